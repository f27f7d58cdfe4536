"""`fanzha lines`: outlets compared, the queue of suspect numbers filled from what stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy import select

from fanzha.desks import lines
from fanzha.desks.detection import Target
from fanzha.desks.detection.domain import FindingState
from fanzha.desks.detection.model import Finding
from fanzha.desks.detection.recording import read_back
from fanzha.desks.lines.outlets import Comparison, Opening
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.store import Scope


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Suspect numbers and the outlets that opened cards and accounts.")
    group.command("outlets")(outlets)
    group.command("propose")(propose)
    app.add_typer(group, name="lines")


def outlets(
    context: typer.Context,
    what: Annotated[Opening, typer.Option(help="What the outlets opened.")] = Opening.CARDS,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare outlets: flagged cards or accounts by rates with intervals, those to be looked into first."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = lines.outlets.compare(work, platform.lake, what)
        work.audit("lines.outlets_exported", "lines", {"what": what.value, "outlets": len(found.outlets)})
    if json:
        print_json(_as_json(found))
        return
    say(f"{found.since} – {found.until}: {len(found.compared)} of {len(found.outlets)} outlets compared, {len(found.singled_out)} to be looked into")
    for one in found.compared[:20]:
        interval = f"{one.low or 0:7.2%} – {one.high or 0:7.2%}"
        say(f"  {'!' if one.singled_out else ' '} {interval}  {one.flagged:>5} of {one.opened:<6} {one.name} ({one.group} {one.usual or 0:.2%})")


def _as_json(found: Comparison) -> dict[str, Any]:
    names = ("what", "since", "until", "unnamed", "flagged_unnamed")
    return {name: getattr(found, name) for name in names} | {"rule": asdict(found.rule), "outlets": [asdict(one) for one in found.outlets]}


def propose(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Fill the queue from all findings on numbers that stand and all confirmed indicators; what is there is not put twice."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        proposer = lines.proposing.Proposer(lines.register.LakeRegister(platform.lake), platform.tokens, platform.settings.region)
        standing = select(Finding).where(Finding.target == Target.NUMBER.value, Finding.state == FindingState.STANDING.value)
        taken = proposer.take(work, proposer.of_findings(read_back(row) for row in work.session.scalars(standing)))
        listed = proposer.take(work, proposer.of_indicators(lines.proposing.confirmed(work)))
    done = {name: vars(taken)[name] + vars(listed)[name] for name in vars(taken)}
    if json:
        print_json(done)
    else:
        say(" ".join(f"{name}={count}" for name, count in done.items()))
