"""`fanzha screen`: in-flight decisions for banks' and operators' systems, and the policy behind them."""

from __future__ import annotations

import signal
import socket
from datetime import datetime
from typing import Annotated

import typer

from fanzha.desks import screening as desk
from fanzha.desks.screening import Answer, Asked, PolicyRow
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.kit import clock
from fanzha.store import Scope


def register(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True, help="In-flight decisions.")
    group.callback()(screen)
    group.command("policy")(show_policy)
    group.command("decide")(decide_line)
    group.command("verify")(verify)
    app.add_typer(group, name="screen")


def screen(context: typer.Context) -> None:
    """Decide in flight until interrupted: `POST /v1/screen/{transfer|call|message|visit}` on FANZHA_SCREEN_HOST and FANZHA_SCREEN_PORT."""
    if context.invoked_subcommand is not None:
        return
    from fanzha.faces.screen import server  # loads the kernels, which the other commands need not wait for

    here = cli(context)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with listening(here.settings.screen_host, here.settings.screen_port) as sock, here.platform() as platform:
            host, port = sock.getsockname()[:2]
            server.serve(server.assemble(platform), sock=sock, on_ready=lambda: say(f"Deciding in flight on http://{host}:{port}."))
    except KeyboardInterrupt:
        return


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections.

    Those accepted inherit that nothing waits for the acknowledgement of what was sent before: asyncio asks for that only where the socket was made naming
    TCP, and without it the second packet of each answer would wait 40 ms for the client's delayed acknowledgement of the first.
    """
    sock = socket.create_server((host, port), backlog=2048)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def show_policy(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """What leads to what today, with legal basis, term and source."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        rows = sorted(desk.service.policy(work).rows.values(), key=lambda row: (list(Asked).index(row.asked), -row.answer.rank, row.signal))
    if json:
        print_json([vars(row) for row in rows])
        return
    for row in rows:
        measure = f"  {row.basis}, {row.term_minutes} min" if row.answer.is_measure else ""
        say(f"{row.asked:<9}{row.signal:<32}{row.answer:<6}{measure}  [{row.source}, from {row.effective_from}, version {row.version}]")


def decide_line(
    context: typer.Context,
    asked: Annotated[Asked, typer.Argument(help="Kind of event.")],
    line: Annotated[str, typer.Argument(help="The signal, such as level:red, rule:ID, indicator:confirmed, warning:red, degraded.")],
    answer: Annotated[Answer, typer.Argument(help="What it leads to.")],
    source: Annotated[str, typer.Option(help="The document or decision behind it.")],
    basis: Annotated[str | None, typer.Option(help="The article, such as atfl:18; needed to hold or block.")] = None,
    minutes: Annotated[int | None, typer.Option(help="The term; needed to hold or block.")] = None,
    remedy_zh: Annotated[str | None, typer.Option(help="Where to object, in Chinese; needed to hold or block.")] = None,
    remedy_en: Annotated[str | None, typer.Option(help="The same in English.")] = None,
    effective: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (default: today).")] = None,
) -> None:
    """Let a signal lead to an answer from a day on. Running processes take it up within two seconds."""
    day = effective.date() if effective else clock.local_day(clock.now())
    row = PolicyRow(asked, line, answer, source, day, 0, basis, minutes, remedy_zh, remedy_en)
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        kept = desk.service.decide_line(work, row)
    say(f"{kept.asked} {kept.signal} leads to {kept.answer} from {kept.effective_from} (version {kept.version}).")


def verify(context: typer.Context) -> None:
    """Compare the decisions with the seals over them."""
    with cli(context).platform() as platform, platform.database.work(Scope.system("cli")) as work:
        say(f"{desk.service.verify(work)} decisions agree with their seals.")
