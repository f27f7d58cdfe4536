"""`fanzha bench patterns`: transfers a CPU-second for the patterns of the account graph, beside their bound and beside snapml on the same graph."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
import typer

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.patterns import cycles, distance, passing, scatter, unordered
from fanzha.engine.patterns.graph import Graph, adjacent
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say
from fanzha.faces.cli.peers import __path__ as peers
from fanzha.kit.errors import FanzhaError

GOAL = 10  # times the peer
DAYS = 10
GANGS = 0.01  # share of the transfers that belong to planted rings and scatter-gathers
BATCHES = (1, 128)  # the peer's: one event at a time, where its answers may be compared, and a batch that suits it
PEER_SECONDS = 900

T = TypeVar("T")


class PeerFailed(FanzhaError):
    """The peer did not run."""

    code = "peer_failed"


@dataclass(frozen=True)
class Transfers:
    """A made-up graph: all times different, in whole seconds, rising."""

    at: Ints
    source: Codes
    target: Codes
    amount: Ints


def register(app: typer.Typer) -> None:
    bench_group(app).command("patterns")(patterns)


def patterns(
    transfers: Annotated[int, typer.Option(min=1000, max=800_000, help="Transfers in the graph; a fifth as many accounts, ten days.")] = 100_000,
    window: Annotated[int, typer.Option(min=1, help="Hours a pattern may take.")] = 168,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each; the best counts, since other work on the machine only slows.")] = 3,
    peer_python: Annotated[
        Path | None, typer.Option(help="A Python that has snapml (proprietary, so never part of this product) to compare with.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find cycles, scatter-gathers and the other account patterns in a made-up transfer graph, each on one thread; compare counts and speed."""
    graph = transfer_graph(transfers)
    report = measure(graph, window * 3600, repeats)
    if peer_python:
        report["peer"] = compare(graph, window * 3600, peer_python, report)
    if json:
        print_json(report)
    else:
        _print(report)


def transfer_graph(transfers: int, seed: int = 7) -> Transfers:
    """Accounts with few and with many partners (a power law, the same accounts busy both ways for half of the payees), and gangs planted among them."""
    dice = np.random.default_rng(seed)
    accounts = transfers // 5
    busy = (np.arange(accounts) + 5.0) ** -0.6
    payers = dice.choice(accounts, transfers, p=busy / busy.sum())
    merchants = dice.permutation(busy)
    alike, apart = dice.choice(accounts, transfers, p=busy / busy.sum()), dice.choice(accounts, transfers, p=merchants / merchants.sum())
    payees = np.where(dice.random(transfers) < 0.5, alike, apart)
    at = np.sort(dice.choice(DAYS * 86_400, transfers, replace=False))
    row = 0
    while row < transfers * GANGS:
        legs = _gang(dice, accounts)
        begin = int(dice.integers(0, transfers - 40 * len(legs)))
        rows = begin + np.sort(dice.choice(40 * len(legs), len(legs), replace=False))
        payers[rows], payees[rows] = legs[:, 0], legs[:, 1]
        row += len(legs)
    payees = np.where(payees == payers, (payees + 1) % accounts, payees)
    amounts = dice.integers(1, 5_000_000, transfers)
    return Transfers(at.astype(np.int64), payers.astype(np.int32), payees.astype(np.int32), amounts)


def _gang(dice: np.random.Generator, accounts: int) -> Ints:
    """The legs (payer, payee) of a ring of 3 to 6 accounts, or of a scatter-gather through 3 to 8, in the order of time."""
    if dice.random() < 0.5:
        ring = dice.choice(accounts, int(dice.integers(3, 7)), replace=False)
        return np.column_stack([ring, np.roll(ring, -1)])
    through = dice.choice(accounts, int(dice.integers(5, 11)), replace=False)
    first, last, middle = through[0], through[1], through[2:]
    scattered = np.column_stack([np.full(len(middle), first), middle])
    return np.vstack([scattered, np.column_stack([middle, np.full(len(middle), last)])])


def measure(transfers: Transfers, window: int, repeats: int) -> dict[str, Any]:
    """CPU seconds of each kernel, all over the same graph and window (seconds); compiled before."""
    few = Transfers(transfers.at[:500], transfers.source[:500], transfers.target[:500], transfers.amount[:500])
    for work in _works(few, window).values():
        work()
    seconds = {name: _best(work, repeats) for name, work in _works(transfers, window).items()}
    rows = len(transfers.at)
    alike = seconds["graph"] + seconds["count_cycles"] + seconds["scatter_gather_any_order"]
    product = seconds["graph"] + seconds["shortest_cycle"] + seconds["scatter_gather"]
    bound = seconds["graph"] + seconds["bound_read_adjacent_edges_once"]
    return {
        "transfers": rows,
        "accounts": int(max(transfers.source.max(), transfers.target.max())) + 1,
        "window_h": window / 3600,
        "cycles_and_scatter_gather_per_cpu_s": round(rows / alike),
        "features_per_cpu_s": round(rows / product),
        "bound_per_cpu_s": round(rows / bound),
        "share_of_bound": round(bound / product, 2),
        "each_per_cpu_s": {name: round(rows / each) for name, each in seconds.items()},
    }


def _works(transfers: Transfers, window: int) -> dict[str, Callable[[], object]]:
    whole = _graph(transfers)
    events, pairs, rows = whole.events, whole.pairs(), len(transfers.at)
    flagged = np.arange(whole.accounts) % 1000 == 0
    return {
        "graph": lambda: _graph(transfers).pairs(),
        "bound_read_adjacent_edges_once": lambda: adjacent(events, window),
        "count_cycles": lambda: cycles.count_cycles(events, window, 0, rows),
        "shortest_cycle": lambda: cycles.shortest_cycle(events, window, 0, rows),
        "scatter_gather": lambda: scatter.scatter_gather(events, pairs, window, 0, rows),
        "scatter_gather_any_order": lambda: unordered.scatter_gather_any_order(events, pairs, window),
        "gather_scatter": lambda: scatter.gather_scatter(events, window, scatter.MOST_LEGS, 0, rows),
        "pass_through": lambda: passing.pass_through(events, window, passing.TOLERANCE_PERCENT, passing.MOST_LEGS, 0, rows),
        "hops_from_flagged": lambda: distance.hops_from_flagged(events, flagged, window, 0, 0, rows),
        "hops_to_flagged": lambda: distance.hops_to_flagged(events, flagged, window, 0, 0, rows),
    }


def _graph(transfers: Transfers) -> Graph:
    return Graph.of(transfers.at, np.arange(len(transfers.at)), transfers.source, transfers.target, transfers.amount)


def _best(work: Callable[[], object], repeats: int) -> float:
    return min(_timed(work) for _ in range(repeats))


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


# ---- the peer


def compare(transfers: Transfers, window: int, python: Path, report: dict[str, Any]) -> dict[str, Any]:
    """The peer's speed by batch; its counts one event at a time, held against ours."""
    speeds: dict[int, float] = {}
    answers: dict[int, dict[str, Any]] = {}
    for batch in BATCHES:
        answers[batch] = _run(transfers, window, python, batch)
        speeds[batch] = len(transfers.at) / float(answers[batch]["cpu_s"])
    ours = report["cycles_and_scatter_gather_per_cpu_s"]
    ratios = {batch: round(ours / speed, 1) for batch, speed in speeds.items()}
    return {
        "name": "snapml GraphFeaturePreprocessor, one thread",
        "transfers_per_cpu_s": {batch: round(speed) for batch, speed in speeds.items()},
        "ratio": ratios,
        "goal": GOAL,
        "met": ratios[1] >= GOAL,
        "agreement": _agreement(transfers, window, answers[1]),
    }


def _agreement(transfers: Transfers, window: int, peer: dict[str, Any]) -> dict[str, Any]:
    """Rows with equal counts of cycles by length 2 to 6, and of scatter-gathers in any order by width; how many more it counts in the wrong order."""
    whole = _graph(transfers)
    counted = cycles.count_cycles(whole.events, window, 0, len(transfers.at))
    spread = unordered.scatter_gather_any_order(whole.events, whole.pairs(), window)
    _, ordered = scatter.scatter_gather(whole.events, whole.pairs(), window, 0, len(transfers.at))
    return {
        "rows": len(counted),
        "cycles_equal_rows": int((peer["cycles"][:, : cycles.LONGEST - 1] == counted).all(axis=1).sum()),
        "cycles_found": counted.sum(axis=0).tolist(),
        "cycles_longer_found_by_peer_alone": int(peer["cycles"][:, cycles.LONGEST - 1 :].sum()),
        "scatter_gathers_equal_rows": int((peer["scatter"] == spread).all(axis=1).sum()),
        "scatter_gathers_found": spread.sum(axis=0).tolist(),
        "scatter_gathers_in_order_of_time": int(ordered.sum()),
    }


def _run(transfers: Transfers, window: int, python: Path, batch: int) -> dict[str, Any]:
    script = Path(next(iter(peers))) / "snapml_patterns.py"
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder:
        graph, answer = Path(folder) / "graph.npz", Path(folder) / "answer.npz"
        np.savez(graph, at=transfers.at, source=transfers.source, target=transfers.target)
        command = [str(python), str(script), str(graph), str(answer), str(window), str(batch)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_SECONDS, check=False)  # noqa: S603 - the user's own Python
        except subprocess.TimeoutExpired as error:  # it lists cycles of any length, whose number explodes on a dense graph
            raise PeerFailed(remedy=f"it ran for {PEER_SECONDS} s; give it fewer --transfers or a shorter --window") from error
        except OSError as error:
            raise PeerFailed(remedy=f"{python}: {error.strerror}; give a Python that has snapml and numpy") from error
        if done.returncode:
            raise PeerFailed(remedy=f"install snapml and numpy beside {python}: {done.stderr.strip().splitlines()[-1:]}")
        with np.load(answer) as found:
            return dict(found)


def _print(report: dict[str, Any]) -> None:
    peer = report.get("peer")
    if peer:
        for batch, ratio in peer["ratio"].items():
            met = f" (goal {peer['goal']}: {'met' if ratio >= peer['goal'] else 'missed'})"
            say(f"{ratio} times {peer['name']}, in batches of {batch}{met}: {peer['transfers_per_cpu_s'][batch]:,} transfers a CPU-second")
        say(f"  agreement: {peer['agreement']}")
    else:
        say("no peer: --peer-python names a Python that has snapml")
    say(f"{report['transfers']:,} transfers, {report['accounts']:,} accounts, window {report['window_h']:g} h, one thread")
    say(f"  cycles counted and scatter-gathers in any order, as the peer: {report['cycles_and_scatter_gather_per_cpu_s']:,} a CPU-second")
    say(f"  shortest cycle and scatter-gathers in order, as features: {report['features_per_cpu_s']:,} a CPU-second; "
        f"bound {report['bound_per_cpu_s']:,} ({report['share_of_bound']:.0%} of it reached)")  # fmt: skip
    for name, rate in report["each_per_cpu_s"].items():
        say(f"    {name:<32}{rate:>12,} a CPU-second")
