"""`fanzha bench indicators`: a bulk check against the registry and look-ups of near forms, beside what bounds them and beside peers."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.desks.indicators import Answer, IndicatorRow, IndicatorState, bulk, nearby, service
from fanzha.faces.cli.bench_indicators_whole import whole_way
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Scope, crypto
from fanzha.vocab.identifiers import Kind

GOAL_SECONDS, GOAL_NEAR = 5.0, 1000
_SCOPE = Scope.system("bench")
_LETTERS = "abcdefghijkmnopqrstuvwxyz"


def register(app: typer.Typer) -> None:
    bench_group(app).command("indicators")(indicators)


def indicators(
    context: typer.Context,
    listed: Annotated[int, typer.Option(min=1000, help="Made-up entries of the registry.")] = 100_000,
    asked: Annotated[int, typer.Option(min=1000, help="Identifiers of the bulk check.")] = 100_000,
    near: Annotated[int, typer.Option(min=100, help="Look-ups of near forms.")] = 5_000,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a list against a registry of made-up entries, and look near forms up. In an installation of its own under /tmp."""
    chance = random.Random(3)  # noqa: S311 - made-up identifiers
    values = made_up(chance, listed)
    questions = [value if chance.random() < 0.1 else made_up(chance, 1)[0] for value in chance.choices(values, k=asked)]
    with tempfile.TemporaryDirectory(prefix="fz-bench-indicators-") as folder, cli(context).opener(Settings(home=Path(folder) / "home")) as platform:
        fill(platform, values)
        report = {
            "listed": listed,
            "bulk": bulk_check(platform, values, questions),
            "whole_way": whole_way(platform, questions, GOAL_SECONDS),
            "near": near_forms(platform, values, [slip(chance, value) for value in chance.choices(values, k=near)]),
        }
    if json:
        print_json(report)
    else:
        _print(report)


def made_up(chance: random.Random, count: int) -> list[str]:
    """Phones, cards and sites in equal parts; none of them is anybody's on purpose."""
    found = []
    for _ in range(count):
        kind = chance.randrange(3)
        if kind == 0:
            found.append(f"1{chance.choice('3589')}{chance.randrange(10**9):09d}")
        elif kind == 1:
            found.append(f"62{chance.randrange(10**17):017d}")
        else:
            found.append(f"{''.join(chance.choices(_LETTERS, k=chance.randrange(7, 13)))}{chance.randrange(50)}.example")
    return found


def slip(chance: random.Random, value: str) -> str:
    """The value with one character replaced."""
    end = value.index(".") if "." in value else len(value)
    place = chance.randrange(min(4, end - 1), end)
    letters = "0123456789" if value[place].isdecimal() else _LETTERS
    return value[:place] + chance.choice([each for each in letters if each != value[place]]) + value[place + 1 :]


def fill(platform: Platform, values: list[str]) -> None:
    with platform.database.work(_SCOPE) as work:
        rows = [IndicatorRow(value, source="bench", state=IndicatorState.SUSPECTED, row_number=place) for place, value in enumerate(values)]
        service.add_many(work, rows, platform.tokens)


def as_people_write(value: str) -> str:
    """The value with spaces, dashes, a country code, a scheme or capitals."""
    if "." in value:
        return f"https://{value.upper()}/"
    if len(value) == 11:
        return f"+86 {value[:3]}-{value[3:7]}-{value[7:]}"
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def bulk_check(platform: Platform, values: list[str], questions: list[str]) -> dict[str, Any]:
    """Ours with the database, clean and as people write; the parts that nothing could leave out; and a set of the raw strings in memory, which knows no other
    spelling and no kind."""
    with platform.database.work(_SCOPE) as work:
        checked, wall, cpu = timed(lambda: bulk.check_many(work, [(value, None) for value in questions]))
        written = [as_people_write(value) for value in questions]
        as_written, written_wall, written_cpu = timed(lambda: bulk.check_many(work, [(value, None) for value in written]))
    read_cpu, index_cpu, wanted = _bound(questions)
    held = set(values)
    hits, peer_wall, peer_cpu = timed(lambda: sum(value in held for value in questions))
    one_by_one = 300
    with platform.database.work(_SCOPE) as work:
        _, single_wall, _ = timed(lambda: [service.check(work, value) for value in questions[:one_by_one]])
    slowest = max(wall, written_wall) / len(questions) * 100_000
    return {
        "asked": len(questions), "found": _listed(checked), "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "per_s": round(len(questions) / wall),
        "as_people_write": {"found": _listed(as_written), "wall_s": round(written_wall, 2), "cpu_s": round(written_cpu, 2)},
        "goal_s_for_100000": GOAL_SECONDS, "reached": slowest < GOAL_SECONDS,
        "bound_cpu_s": {"readings": round(read_cpu, 2), "blind_indexes": round(index_cpu, 2), "indexes": wanted},
        "one_by_one_per_s": round(one_by_one / single_wall), "ratio_to_one_by_one": round(len(questions) / wall / (one_by_one / single_wall), 1),
        "peer": "a Python set of the raw strings: no cleaning, no sealed values, no other spelling, no kinds",
        "peer_found": hits, "peer_wall_s": round(peer_wall, 4), "peer_cpu_s": round(peer_cpu, 4),
    }  # fmt: skip


def _bound(questions: list[str]) -> tuple[float, float, int]:
    """(processor seconds of reading every value, of one blind index each, how many)."""
    distinct = list(dict.fromkeys(questions))
    readings, _, read_cpu = timed(lambda: [bulk.readings(value)[0].value for value in distinct])
    _, _, index_cpu = timed(lambda: crypto.blind_indexes("indicator:phone", readings))
    return read_cpu, index_cpu, len(readings)


def _listed(checked: bulk.Checked) -> int:
    return checked.counts[Answer.CAUTION] + checked.counts[Answer.DANGER]


def near_forms(platform: Platform, values: list[str], questions: list[str]) -> dict[str, Any]:
    """Ours on one core with explanations and a second look at the registry; RapidFuzz's best match over the same strings of one kind where it is installed."""
    with platform.database.work(_SCOPE) as work:
        held, _, build_cpu = timed(lambda: nearby.build(work))
        nearby.near(work, questions[0], nearby=held)
        found, wall, cpu = timed(lambda: [bool(some) for some in nearby.near_many(work, [(value, None) for value in questions], nearby=held)])
        _, single_wall, _ = timed(lambda: [nearby.near(work, value, nearby=held) for value in questions[:500]])
    first = [some[0] for value in questions if (some := bulk.readings(value))]
    _, _, pure_cpu = timed(lambda: [held.book.near(one.kind, one.value, one.value if one.kind is Kind.DOMAIN else "") for one in first])
    return {
        "asked": len(questions), "build_cpu_s": round(build_cpu, 2), "found_share": round(sum(found) / len(questions), 4), "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2), "per_cpu_s": round(len(questions) / cpu), "index_alone_per_cpu_s": round(len(first) / pure_cpu),
        "one_by_one_per_s": round(min(500, len(questions)) / single_wall),
        "goal_per_s": GOAL_NEAR,
        "reached": len(questions) / wall >= GOAL_NEAR, "peer": _rapidfuzz(values, questions[:50], len(questions) / cpu),
    }  # fmt: skip


def _rapidfuzz(values: list[str], questions: list[str], ours: float) -> dict[str, Any]:
    """One scan of all strings a question, in C++: no look-alikes, no kinds, no explanation."""
    try:
        process, distances = import_module("rapidfuzz.process"), import_module("rapidfuzz.distance")  # a peer, not a part of the product
    except ImportError:
        return {"name": "rapidfuzz", "installed": False}
    _, _, cpu = timed(lambda: [process.extractOne(value, values, scorer=distances.DamerauLevenshtein.distance, score_cutoff=1) for value in questions])
    rate = len(questions) / cpu
    return {"name": "rapidfuzz extractOne, Damerau-Levenshtein, cut-off 1", "installed": True, "per_cpu_s": round(rate, 1), "ratio": round(ours / rate, 1)}


def timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """(result, wall seconds, processor seconds)."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def _print(report: dict[str, Any]) -> None:
    told, near = report["bulk"], report["near"]
    met = "reached" if told["reached"] else "missed"
    say(f"bulk check of {told['asked']:,} against {report['listed']:,}: {told['wall_s']} s, {told['per_s']:,}/s ({told['ratio_to_one_by_one']} times one by one);"
        f" goal {GOAL_SECONDS:.0f} s for 100,000 {met}; {told['found']:,} found")  # fmt: skip
    say(f"  {told['cpu_s']} processor s of ours (the database's beside); bound (processor s): {told['bound_cpu_s']}")
    written = told["as_people_write"]
    say(f"  with spaces, dashes, country codes, schemes and capitals: {written['wall_s']} s, {written['cpu_s']} processor s, {written['found']:,} found")
    say(f"  peer {told['peer_wall_s']} s, {told['peer_found']:,} found. {told['peer']}")
    whole = report["whole_way"]
    say(f"  from sending the list to the last byte of the answer; goal {GOAL_SECONDS:.0f} s for 100,000 {'reached' if whole['reached'] else 'missed'}:")
    for name, way in (("the page's form", "form"), ("the API, text", "api_text"), ("the API, JSON", "api_json")):
        one = whole[way]
        say(f"    {name}: {one['wall_s']} s, {one['cpu_s']} processor s of server and client, load {one['load']}, {one['answer_bytes']:,} bytes")
    say(f"near forms: {near['per_cpu_s']:,} a processor second ({near['index_alone_per_cpu_s']:,} from the index alone), {near['found_share']:.1%} of slips found;"
        f" goal {GOAL_NEAR:,}/s {'reached' if near['reached'] else 'missed'}; index built in {near['build_cpu_s']} s")  # fmt: skip
    say(f"  peer {near['peer']}")
