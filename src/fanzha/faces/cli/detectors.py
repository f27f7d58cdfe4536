"""`fanzha detectors …`: versions of detectors, who lets which of them run, backtests and shadows.

Whoever runs the installation may act as somebody (`--as LOGIN`); without it the command line itself does. Two people are needed here as on the pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fanzha.desks import detection, identity
from fanzha.desks.detection.model import Backtest
from fanzha.desks.detectors import DetectorVersion, Move, MoveKind, service
from fanzha.desks.identity import sessions
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.kit.clock import SHANGHAI, to_local
from fanzha.store import Scope, Work

detectors = typer.Typer(no_args_is_help=True, help="Detectors: rules and models, their versions, and which of them run.")
backtest = typer.Typer(no_args_is_help=True, help="Try a version on past days.")
detectors.add_typer(backtest, name="backtest")
_CLI = Scope.system("cli")

Identity = Annotated[str, typer.Argument(metavar="DETECTOR", help="As `fanzha detectors list` shows it.")]
Number = Annotated[int, typer.Argument(metavar="VERSION", min=1)]
MoveId = Annotated[str, typer.Argument(metavar="MOVE", help="As `fanzha detectors waiting` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; at least four characters.")]
As = Annotated[str, typer.Option("--as", metavar="LOGIN", help="Act as this user, with their rights and in their name.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Chinese calendar day, included.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(detectors, name="detectors")


@contextmanager
def _acting(platform: Platform, login: str) -> Iterator[Work]:
    """A unit of work of the named user, or of the command line."""
    scope = _CLI
    if login:
        with platform.database.work(_CLI) as work:
            scope = Scope.of(sessions.principal_of(identity.service.user_by_login(work, login)))
    with platform.database.work(scope) as work:
        yield work


# ---- reading


@detectors.command("list")
def list_detectors(context: typer.Context, as_json: Json = False) -> None:
    """Every detector with its live version and what waits."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = service.summaries(work)
        rows = [
            {
                "id": each.id, "live": each.live.version if each.live else None, "newest": each.newest.version, "kind": each.newest.kind,
                "target": each.newest.target, "level": each.newest.level, "title_zh": each.newest.title_zh, "title_en": each.newest.title_en,
                "states": dict(each.states), "waiting": len(each.open_moves),
            }
            for each in found
        ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    for row in rows:
        live = f"live v{row['live']}" if row["live"] else "not live"
        say(f"{row['id']:<32} {live:<10} newest v{row['newest']:<4} {row['kind']:<6} {row['target']:<8} {row['waiting']} waiting  {row['title_zh']}")


@detectors.command()
def show(
    context: typer.Context,
    detector: Identity,
    version: Annotated[int | None, typer.Option(min=1, help="Print the text of this version.")] = None,
    as_json: Json = False,
) -> None:
    """The versions and moves of a detector, or the text of one version."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        if version is not None:
            say(service.version_of(work, detector, version).text)
            return
        detail = service.get(work, detector)
    if as_json:
        told = {"versions": [_version(each) for each in detail.versions], "moves": [_move(each) for each in detail.moves]}
        print_json({"id": detector, "fallback": detail.fallback} | told)
        return
    for each in detail.versions:
        say(f"v{each.version:<4} {each.state:<11} {each.origin:<8} {to_local(each.created_at):%Y-%m-%d %H:%M} {each.author_name}  {each.note}")
    for move in detail.moves:
        say(f"  {to_local(move.requested_at):%Y-%m-%d %H:%M} v{move.version} {move.kind}: {move.state}, {move.requested_name}: {move.reason}")


@detectors.command()
def waiting(context: typer.Context, as_json: Json = False) -> None:
    """What waits for approval or for its time."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = service.waiting(work)
    if as_json:
        print_json([_move(each) for each in found])
        return
    for each in found:
        say(f"{each.id}  {each.detector_id} v{each.version} {each.kind}: {each.state}, asked for by {each.requested_name}: {each.reason}")


# ---- writing and moving


@detectors.command()
def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A rule's YAML text.")],
    note: Annotated[str, typer.Option(help="What is new in it.")] = "",
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Take a text as a draft; its number is set here. The same text again changes nothing."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        version = service.submit(work, file.read_text("utf-8"), note)
    print_json(_version(version)) if as_json else say(f"{version.detector_id} v{version.version}: {version.state}")


@detectors.command()
def move(
    context: typer.Context,
    detector: Identity,
    version: Number,
    kind: Annotated[MoveKind, typer.Argument(metavar="MOVE", help="shadow, go_live, retire or rollback.")],
    reason: Reason,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="When it takes effect, on a Chinese clock; default: once approved.")] = None,
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Ask for a version to become a shadow, go live or be retired. What changes detection waits for `approve` by somebody else."""
    effective = at.replace(tzinfo=SHANGHAI) if at else None
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        asked = service.request(work, detector, version, kind, reason, effective)
    _told(asked, as_json)


@detectors.command()
def approve(context: typer.Context, move_id: MoveId, answer: Annotated[str, typer.Option(help="A remark.")] = "", as_user: As = "", as_json: Json = False) -> None:
    """Confirm what somebody else wrote and asked for."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        _told(service.approve(work, move_id, answer), as_json)


@detectors.command()
def refuse(context: typer.Context, move_id: MoveId, reason: Reason, as_user: As = "", as_json: Json = False) -> None:
    """Turn down what waits."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        _told(service.refuse(work, move_id, reason), as_json)


@detectors.command()
def withdraw(context: typer.Context, move_id: MoveId, as_user: As = "", as_json: Json = False) -> None:
    """Take back what one asked for."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        _told(service.withdraw(work, move_id), as_json)


@detectors.command()
def rollback(
    context: typer.Context,
    detector: Identity,
    reason: Reason,
    version: Annotated[int | None, typer.Option(min=1, help="Default: the one that was live directly before, at once and without a second person.")] = None,
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Go back to an earlier version."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        _told(service.rollback(work, detector, reason, version), as_json)


# ---- backtests and shadows


@backtest.command("run")
def run_backtest(
    context: typer.Context,
    detector: Identity,
    version: Number,
    first: Day,
    last: Day,
    again: Annotated[bool, typer.Option(help="Also where this has been done: indicators and outcomes may have come since.")] = False,
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Try a version on past days and wait for the figures. The same on the same lake is done once."""
    with cli(context).platform() as platform:
        with _acting(platform, as_user) as work:
            asked = detection.backtests.request(work, platform.lake, detector, version, first.date(), last.date(), again=again)
        detection.backtests.run(platform, backtest_id=asked.id)
        with platform.database.work(_CLI) as work:
            done = detection.backtests.get(work, asked.id)
    print_json(_backtest(done)) if as_json else _say_backtest(done)


@backtest.command("list")
def list_backtests(context: typer.Context, detector: Annotated[str, typer.Option(help="Of this detector only.")] = "", as_json: Json = False) -> None:
    """The newest backtests."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = detection.backtests.recent(work, detector or None)
    if as_json:
        print_json([_backtest(each) for each in found])
        return
    for each in found:
        say(f"{each.id}  {each.detector_id} v{each.version} {each.first_day} – {each.last_day}: {each.state} {each.percent}%")


@backtest.command("show")
def show_backtest(context: typer.Context, backtest_id: Annotated[str, typer.Argument(metavar="BACKTEST")], as_json: Json = False) -> None:
    """One backtest with its figures."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = detection.backtests.get(work, backtest_id)
    print_json(_backtest(found)) if as_json else _say_backtest(found)


@backtest.command("cancel")
def cancel_backtest(context: typer.Context, backtest_id: Annotated[str, typer.Argument(metavar="BACKTEST")], as_user: As = "") -> None:
    """Stop a backtest that waits or runs."""
    with cli(context).platform() as platform, _acting(platform, as_user) as work:
        say(f"{backtest_id}: {detection.backtests.cancel(work, backtest_id).state}")


@detectors.command()
def compare(
    context: typer.Context,
    detector: Identity,
    version: Number,
    first: Day,
    last: Day,
    own: Annotated[bool, typer.Option(help="Beside the same detector's live version only.")] = False,
    as_json: Json = False,
) -> None:
    """Lay what a shadow found beside what live detectors found."""
    with cli(context).platform() as platform, platform.database.work(_CLI) as work:
        found = detection.shadow.compare(work, detector, version, first.date(), last.date(), own=own)
    if as_json:
        print_json({name: value for name, value in asdict(found).items() if name != "pairs"})  # whom it found is for the page, where each row leads on
        return
    say(f"both {found.both:,}, only the shadow {found.only_shadow:,}, only live {found.only_live:,}")
    for day in found.daily:
        say(f"{day.day}  both {day.both:,}, only the shadow {day.only_shadow:,}, only live {day.only_live:,}")


# ---- words


def _told(asked: Move, as_json: bool) -> None:
    print_json(_move(asked)) if as_json else say(f"{asked.id}  {asked.detector_id} v{asked.version} {asked.kind}: {asked.state}")


def _version(each: DetectorVersion) -> dict[str, Any]:
    told = ("detector_id", "version", "kind", "origin", "model", "target", "level", "state", "created_at", "live_from", "live_until", "previous", "author_name", "note")
    return {name: getattr(each, name) for name in told}


def _move(each: Move) -> dict[str, Any]:
    told = (
        "id", "detector_id", "version", "kind", "state", "second_needed", "reason", "requested_name", "requested_at", "effective_at", "decided_name",
        "decided_at", "answer", "done_at", "replaced",
    )  # fmt: skip
    return {name: getattr(each, name) for name in told}


def _backtest(each: Backtest) -> dict[str, Any]:
    told = ("id", "detector_id", "version", "first_day", "last_day", "state", "percent", "asked_at", "ended_at", "failure", "result")
    return {name: getattr(each, name) for name in told}


def _say_backtest(done: Backtest) -> None:
    days: tuple[date, date] = (done.first_day, done.last_day)
    say(f"{done.detector_id} v{done.version}, {days[0]} – {days[1]}: {done.state} {done.failure or ''}".rstrip())
    if done.result is None:
        return
    found = done.result
    say(f"{found['findings']:,} findings on {found['subjects']:,} subjects in {found['seconds']} s")
    for name in ("precision", "recall", "in_time"):
        share = found[name]
        value = "unknown" if share["value"] is None else f"{share['value']:.1%} [{share['low']:.1%}, {share['high']:.1%}]"
        say(f"  {name:<10} {value}  ({share['numerator']:,} of {share['denominator']:,})")
    overlap, load = found["overlap"], found["load"]
    say(f"  also found live {overlap['both']:,}, by this alone {overlap['only_this']:,}, live alone {overlap['only_live']:,}")
    staff = f"; the staff can warn {load['capacity']:,}, {load['days_over']} days are over" if load["capacity"] is not None else ""
    say(f"  new subjects a day: {load['mean']:.1f} on average, {load['most']:,} at most{staff}")
