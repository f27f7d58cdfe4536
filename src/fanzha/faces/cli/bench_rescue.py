"""`fanzha bench rescue`: frauds and rescues from end to end with simulated banks: minutes until money is held, money saved, and the platform's machine time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median, quantiles
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say

if TYPE_CHECKING:
    from fanzha.faces.cli.rescue.play import Case, Machine
    from fanzha.faces.cli.rescue.shares import Outcome


class RescueFault(AssertionError):
    """Money was not conserved, or an order broke a rule: the result would mean nothing."""


def register(app: typer.Typer) -> None:
    bench_group(app).command("rescue")(rescue)


def rescue(
    context: typer.Context,
    cases: Annotated[int, typer.Option(min=2, help="Frauds, each with a victim, a gang and its accounts at six banks.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same frauds and the same luck.")] = 1,
    processes: Annotated[int, typer.Option(min=1, help="Play so many shares of the frauds at a time; who plays which changes no figure but machine time.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play frauds to the end of a day in installations of their own: once with the platform, once with handwork in place of its steps; people's and banks' delays
    are assumptions and are printed."""
    from fanzha.faces.cli.rescue import assumptions  # loads numeric libraries, which other commands need not wait for
    from fanzha.faces.cli.rescue.shares import deal, play_all

    here = cli(context)
    ways = {"with the platform": assumptions.WITH_PLATFORM, "by hand": assumptions.BY_HAND}
    with here.progress.step("Rescues", total=2 * cases) as step:
        outcomes = play_all(deal(ways, cases, seed, processes), here.opener, processes, step.advance)
    told = {way: _told_way([one for one in outcomes if one.way == way], cases) | {"assumptions": delays.told()} for way, delays in ways.items()}
    report = {"cases": cases, "seed": seed, "ratios": _ratios(*told.values()), "ways": told}
    if json:
        print_json(report)
    else:
        _say(report)


def _told_way(outcomes: Sequence[Outcome], cases: int) -> dict[str, Any]:
    """One way of working, its shares together."""
    from fanzha.faces.cli.rescue.play import Machine

    faults = sum((one.faults for one in outcomes), Counter[str]())
    if faults:
        raise RescueFault(dict(faults))
    done = sorted((case for one in outcomes for case in one.cases), key=lambda case: case.fraud.number)
    return figures(done) | {"machine": machine(Machine.of(one.machine for one in outcomes), cases)}


def figures(done: Sequence[Case]) -> dict[str, Any]:
    """Distributions of minutes and of money (fen) over the frauds; `bound`: what had not left as cash when the victim called."""
    from fanzha.desks.funds.rescue_figures import SPANS, Spread

    disputed, saved = sum(case.fraud.fen for case in done), sum(case.rescue.saved for case in done if case.rescue is not None)
    spans = {}
    for name, (begin, end) in SPANS.items():
        known = [minutes for case in done if case.rescue is not None and (minutes := case.rescue.minutes(begin, end)) is not None]
        spans[name] = asdict(Spread.of(known))
    shares = [case.rescue.saved / case.fraud.fen if case.rescue is not None else 0.0 for case in done]
    bound = sum(case.fraud.still_there(case.reported_at) for case in done)
    orders = [order for case in done for order in case.orders]
    spans["money"] = asdict(Spread.of(minutes for case in done if (minutes := _minutes_to_money(case)) is not None))
    tiers = Counter[str]()
    for order in orders:
        tiers[str(order.tier)] += order.held_fen or 0
    return {
        "disputed_fen": disputed, "saved_fen": saved, "lost_fen": disputed - saved, "share": round(saved / disputed, 4), "bound_fen": bound,
        "share_of_bound": round(saved / bound, 4) if bound else None, "shares": [round(one, 3) for one in _quarters(shares)],
        "all_lost": sum(one == 0 for one in shares), "minutes": spans, "orders": len(orders), "held_fen_by_tier": dict(sorted(tiers.items())),
        "narratives_read_right": sum(case.read_right for case in done),
    }  # fmt: skip


def _minutes_to_money(case: Case) -> float | None:
    """From the report to the first order by which a bank held at least 500 yuan: crumbs that mules leave behind are held by any stop."""
    from fanzha.faces.cli.rescue.play import LEAST

    starts = [order.starts_at for order in case.orders if order.starts_at is not None and (order.held_fen or 0) >= LEAST]
    return round((min(starts) - case.reported_at).total_seconds() / 60, 1) if starts else None


def _quarters(values: Sequence[float]) -> list[float]:
    """Quartiles and the ninetieth percentile, within the values."""
    return [*quantiles(values, n=4, method="inclusive"), quantiles(values, n=10, method="inclusive")[8]]


def machine(measured: Machine, cases: int) -> dict[str, Any]:
    """Milliseconds of the platform's own steps, and its processor seconds a case; the database's own processes are not in it."""
    steps = {name: _told(wall, measured.cpu[name]) for name, wall in measured.wall.items() if len(wall) > 1}
    return {"steps": steps, "cpu_s_a_case": round(sum(measured.cpu.values()) / cases, 2), "wall_s_a_case": round(sum(map(sum, measured.wall.values())) / cases, 2)}


def _told(wall: Sequence[float], cpu: float) -> dict[str, float]:
    p95 = quantiles(wall, n=20, method="inclusive")[18]
    return {"count": len(wall), "p50_ms": round(1000 * median(wall), 1), "p95_ms": round(1000 * p95, 1), "cpu_s": round(cpu, 2)}


def _ratios(ours: Mapping[str, Any], hand: Mapping[str, Any]) -> dict[str, float | None]:
    ahead, behind = (one["minutes"]["from_report"]["median"] for one in (ours, hand))
    return {
        "minutes_report_to_in_force": round(behind / ahead, 1) if ahead and behind else None,
        "money_saved": round(ours["saved_fen"] / hand["saved_fen"], 2) if hand["saved_fen"] else None,
    }


_SPAN_WORDS = {
    "report": "fraud → report", "request": "report → first request", "approval": "request → approval", "acknowledgement": "sent → acknowledged",
    "in_force": "sent → first in force", "from_report": "report → first in force", "from_fraud": "fraud → first in force", "money": "report → first 500 yuan held",
}  # fmt: skip


def _say(report: Mapping[str, Any]) -> None:
    ratios = report["ratios"]
    sooner, more = ratios["minutes_report_to_in_force"], ratios["money_saved"]
    say(f"{report['cases']} frauds: the first stop is in force {sooner} × sooner after the report than by hand, and {more} × as much is saved")
    for name, one in report["ways"].items():
        say(f"{name}: {one['saved_fen'] / 100:,.0f} of {one['disputed_fen'] / 100:,.0f} yuan saved ({one['share']:.1%}), {one['lost_fen'] / 100:,.0f} lost")
        say(f"  bound: {one['bound_fen'] / 100:,.0f} yuan had not left as cash when the victims called; {one['share_of_bound']:.1%} of it was saved")
        q1, middle, q3, p90 = one["shares"]
        say(f"  share saved a case: quartiles {q1:.0%} {middle:.0%} {q3:.0%}, one in ten above {p90:.0%}; nothing saved in {one['all_lost']}")
        for span, words in _SPAN_WORDS.items():
            minutes = one["minutes"][span]
            if minutes["count"]:
                spread = f"q1 {minutes['q1']:>7} median {minutes['median']:>7} q3 {minutes['q3']:>7} p90 {minutes['p90']:>7} min"
                say(f"  {words:<30}{spread} ({minutes['count']} cases)")
        say(f"  held by tier (yuan): {', '.join(f'{tier}: {fen / 100:,.0f}' for tier, fen in one['held_fen_by_tier'].items())}; {one['orders']:,} orders")
    _say_machine(report["ways"]["with the platform"])
    say("assumptions (minutes; nothing of this is measured):")
    for name, one in report["ways"].items():
        say(f"  {name}: " + "; ".join(f"{step} {words}" for step, words in one["assumptions"].items()))


def _say_machine(one: Mapping[str, Any]) -> None:
    told = one["machine"]
    say(f"machine time: {told['cpu_s_a_case']} CPU-seconds a case outside PostgreSQL, {told['wall_s_a_case']} s on the wall")
    for name, step in told["steps"].items():
        say(f"  {name:<28}p50 {step['p50_ms']:>7} ms  p95 {step['p95_ms']:>7} ms  × {step['count']}")
    say(f"narratives read right (account and sum): {one['narratives_read_right']}; money conserved, every sent order approved by another, none beyond the dispute")
