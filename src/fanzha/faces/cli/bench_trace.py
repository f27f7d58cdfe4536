"""`fanzha bench trace`: following money through ten million transfers, beside DuckDB and igraph."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say


def register(app: typer.Typer) -> None:
    bench_group(app).command("trace")(trace)


def trace(
    transfers: Annotated[int, typer.Option(min=10_000, help="Transfers of a made-up three days.")] = 10_000_000,
    accounts: Annotated[int, typer.Option(min=1_000, help="Accounts.")] = 1_000_000,
    victims: Annotated[int, typer.Option(min=1_000, help="Transfers that are followed, one by one and a thousand at once.")] = 1_000,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build, trace by every method, ask the five shapes of question; ratios to the peers first."""
    from fanzha.engine.tracing.benchmark import run  # loads the numeric libraries, which other commands need not wait for

    result = run(transfers, accounts, victims)
    if json:
        print_json(result)
    else:
        _say(result)


def _say(result: dict[str, Any]) -> None:
    for name, peer in result["peers"].items():
        if "absent" in peer:
            say(f"{name}: not measured, {peer['absent']}")
        else:
            same = "the same accounts" if peer["equal_reach_sets"] else "OTHER ACCOUNTS"
            say(f"{peer['ratio']} × faster than {name} at reach ({peer['mean_us']:.0f} µs on average, built in {peer['build_s']} s; {same} of {peer['asked']} asked)")
    build = result["build"]
    say(f"{result['transfers']:,} transfers, {result['accounts']:,} accounts: built in {build['wall_s']} s, {build['cpu_s']} of the processor (goal {build['goal_s']})")
    say(f"  bound: {build['bound']}: {build['bound_s']} s")
    for name, told in {**result["methods"], "reach": result["reach"]}.items():
        together = f"; {told['victims']} victims at once {told['together_ms']} ms" if "victims" in told else ""
        say(f"  {name:<10}p50 {told['p50_us']:>8.1f} µs  p95 {told['p95_us']:>8.1f} µs{together}")
    for name, told in result["queries"].items():
        say(f"  {name:<24}p50 {told['p50_us']:>8.1f} µs  p95 {told['p95_us']:>8.1f} µs")
