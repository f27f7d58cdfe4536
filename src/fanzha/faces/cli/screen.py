"""`fanzha screen`: in-flight decisions for banks' and operators' systems, and the policy behind them."""

from __future__ import annotations

import signal
from datetime import date, datetime
from typing import Annotated

import typer

from fanzha.desks import identity
from fanzha.desks import screening as desk
from fanzha.desks.screening import Answer, Asked, PolicyRow
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.sessions import limits_of
from fanzha.kit import clock
from fanzha.kit.errors import NotSignedIn
from fanzha.store import Scope


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True, help="In-flight decisions.")
    group.callback()(screen)
    group.command("policy")(show_policy)
    group.command("decide")(decide_line)
    group.command("approve")(approve_line)
    group.command("decline")(decline_line)
    group.command("verify")(verify)
    app.add_typer(group, name="screen")


def screen(context: typer.Context) -> None:
    """Decide in flight until interrupted: `POST /v1/screen/{transfer|call|message|visit}` on FANZHA_SCREEN_HOST and FANZHA_SCREEN_PORT."""
    if context.invoked_subcommand is not None:
        return
    from fanzha.faces.screen import server, wire  # loads the kernels, which the other commands need not wait for

    here = cli(context)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with wire.listening(here.settings.screen_host, here.settings.screen_port) as sock, here.platform() as platform:
            host, port = sock.getsockname()[:2]
            server.serve(server.assemble(platform), sock, on_ready=lambda: say(f"Deciding in flight on http://{host}:{port}."))
    except KeyboardInterrupt:
        return


def show_policy(
    context: typer.Context,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only the lines that wait for approval.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What leads to what today, with legal basis, term and source."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        found = desk.service.waiting_lines(work) if waiting else desk.service.policy(work).rows.values()
        rows = sorted(found, key=lambda row: (list(Asked).index(row.asked), -row.answer.rank, row.signal))
    if json:
        print_json([vars(row) for row in rows])
        return
    for row in rows:
        measure = f"  {row.basis}, {row.term_minutes} min" if row.answer.is_measure else ""
        say(f"{row.asked:<9}{row.signal:<32}{row.answer:<6}{measure}  [{row.source}, from {row.effective_from}, version {row.version}]")


Person = Annotated[str, typer.Option("--as", help="Your user name.", prompt="User name")]
Password = Annotated[str, typer.Option(envvar="FANZHA_PASSWORD", help="Asked for where it is not given.", prompt=True, hide_input=True)]
Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (default: today).")]


def decide_line(
    context: typer.Context,
    asked: Annotated[Asked, typer.Argument(help="Kind of event.")],
    line: Annotated[str, typer.Argument(help="The signal, such as level:red, rule:ID, indicator:confirmed, warning:red, degraded.")],
    answer: Annotated[Answer, typer.Argument(help="What it leads to.")],
    source: Annotated[str, typer.Option(help="The document or decision behind it.")],
    login: Person,
    password: Password,
    basis: Annotated[str | None, typer.Option(help="The article, such as atfl:18; needed to hold or block.")] = None,
    minutes: Annotated[int | None, typer.Option(help="The term; needed to hold or block.")] = None,
    remedy_zh: Annotated[str | None, typer.Option(help="Where to object, in Chinese; needed to hold or block.")] = None,
    remedy_en: Annotated[str | None, typer.Option(help="The same in English.")] = None,
    effective: Day = None,
) -> None:
    """Let a signal lead to an answer from a day on, once somebody else approves it."""
    row = PolicyRow(asked, line, answer, source, _day(effective), 0, basis, minutes, remedy_zh, remedy_en)
    with cli(context).platform() as platform, platform.database.work(_signed_in(platform, login, password)) as work:
        kept = desk.service.decide_line(work, row)
    say(f"{kept.asked} {kept.signal} leads to {kept.answer} from {kept.effective_from} (version {kept.version}) once it is approved.")


def approve_line(
    context: typer.Context,
    asked: Annotated[Asked, typer.Argument(help="Kind of event.")],
    line: Annotated[str, typer.Argument(help="The signal.")],
    version: Annotated[int, typer.Argument(help="The version that was decided.")],
    login: Person,
    password: Password,
    effective: Day = None,
) -> None:
    """Put a line that somebody else decided in force. Decisions follow within two seconds, or from its first day on."""
    with cli(context).platform() as platform, platform.database.work(_signed_in(platform, login, password)) as work:
        row = desk.service.approve_line(work, asked, line, _day(effective), version)
    say(f"{row.asked} {row.signal} leads to {row.answer} from {row.effective_from} (version {row.version}).")


def decline_line(
    context: typer.Context,
    asked: Annotated[Asked, typer.Argument(help="Kind of event.")],
    line: Annotated[str, typer.Argument(help="The signal.")],
    version: Annotated[int, typer.Argument(help="The version that was decided.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever decided it.")],
    login: Person,
    password: Password,
    effective: Day = None,
) -> None:
    """Say no to a line that waits; whoever decided it may take it back so."""
    with cli(context).platform() as platform, platform.database.work(_signed_in(platform, login, password)) as work:
        row = desk.service.decline_line(work, asked, line, _day(effective), version, reason)
    say(f"{row.asked} {row.signal} (version {row.version}) is declined.")


def _day(given: datetime | None) -> date:
    return given.date() if given else clock.local_day(clock.now())


def _signed_in(platform: Platform, login: str, password: str) -> Scope:
    """Who decides must be known. The attempt counts as one on the page; the session ends at once."""
    limits = limits_of(platform.settings)
    with platform.database.work(identity.sessions.SIGN_IN) as work:
        opened = identity.sessions.sign_in(work, login, password, limits, address="cli", agent="fanzha screen").session
        found = identity.sessions.resolve(work, opened.token, limits) if opened else None
        if opened and found:
            identity.sessions.sign_out(work, opened.session_id)
    if found is None:
        raise NotSignedIn("User name or password is wrong, or the login is closed for a while.")
    return Scope.of(found.principal)


def verify(context: typer.Context) -> None:
    """Compare the decisions with the seals over them."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        say(f"{desk.service.verify(work)} decisions agree with their seals.")
