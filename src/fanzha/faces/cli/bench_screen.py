"""`fanzha bench screen`: durable in-flight decisions a second on this machine, the load generator beside the server, and what bounds them."""

from __future__ import annotations

import asyncio
import json as json_text
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import psycopg
import typer

from fanzha.desks import detectors, identity, indicators
from fanzha.desks.detection import rulebook
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.screening import Asked, ledger, policy
from fanzha.desks.screening.records import Record
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen.load import PAYEES, PAYERS, account
from fanzha.kit import clock
from fanzha.kit.errors import Unavailable
from fanzha.kit.ids import new_id
from fanzha.settings import Settings
from fanzha.store import Scope
from fanzha.store.database import WORKER_ROLE
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

RULES, GOAL_RATE, GOAL_P99_MS = 33, 1500, 20.0
PUBLISHED = "66/s and 1.7/s per vCPU are published for other systems with other rules, data, machines and promises of durability: no comparison of like with like"
_SCOPE = Scope.system("bench")
_TICKS = os.sysconf("SC_CLK_TCK")


class NotStarted(Unavailable):
    """`fanzha screen` did not start."""

    code = "screen_not_started"
    remedy = "Its own message stands above."


def register(app: typer.Typer) -> None:
    group = next((found.typer_instance for found in app.registered_groups if found.name == "bench"), None)
    if group is None:
        group = typer.Typer(no_args_is_help=True, help="Measure this machine.")
        app.add_typer(group, name="bench")
    group.command("screen")(screen)


def screen(
    context: typer.Context,
    seconds: Annotated[float, typer.Option(min=2, help="Length of each of the two loads.")] = 10.0,
    rate: Annotated[int, typer.Option(min=1, help="Requests a second of the even load.")] = 1600,
    connections: Annotated[int, typer.Option(min=1, help="Keep-alive connections.")] = 32,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Even load and full load on 33 rules, every answer durable; then a server killed outright under load. In an installation of its own under /tmp."""
    with tempfile.TemporaryDirectory(prefix="fz-bench-screen-") as folder, cli(context).opener(Settings(home=Path(folder) / "home")) as platform:
        key = prepare(platform)
        report: dict[str, Any] = {"rules": RULES, "goal": {"per_second": GOAL_RATE, "p99_ms": GOAL_P99_MS}, "cpus": os.cpu_count()}
        with serving(platform) as (server, port):
            report |= {"warm_up": load(port, key, "warm", 2.0, connections, rate), "even": _with_cpu(server, port, key, "even", seconds, connections, rate)}
            report["full"] = _with_cpu(server, port, key, "full", seconds, connections, 0)
        report["killed"] = killed(platform, key, Path(folder) / "acknowledged", connections)
        report["bound"] = bounds(platform, Path(folder))
    even, full = report["even"], report["full"]
    report["reached"] = full["per_second"] >= GOAL_RATE and even["per_second"] >= GOAL_RATE * 0.98 and even["p99_ms"] < GOAL_P99_MS
    report["published"] = PUBLISHED
    if json:
        print_json(report)
    else:
        _print(report)


def prepare(platform: Platform) -> str:
    """33 live rules, flagged payees and a bank's key."""
    shipped = rulebook.shipped_rules()
    more = [_extra(number) for number in range(RULES - len(shipped))]
    with platform.database.work(_SCOPE) as work:
        detectors.register_shipped(work, [*(rule.text for rule in shipped), *more], platform.settings.region)
        rows = [IndicatorRow(account(PAYERS + n), Kind.BANK_ACCOUNT, FraudType("other"), "bench", IndicatorState.SUSPECTED, 80) for n in range(0, PAYEES, 50)]
        indicators.service.add_many(work, rows, platform.tokens)
        org = identity.service.create_organisation(work, code="bench-bank", kind=OrgKind.BANK, name="Bench bank", region=platform.settings.region)
        made = identity.service.create_user(
            work, login="bench-bank", name="Bench", org=org, roles=(Role.BANK_AGENT,), must_change_password=False,
            password_hash="no password fits",  # noqa: S106 - not a hash: nobody signs in with it
        )  # fmt: skip
        principal = identity.sessions.principal_of(made.user)
    with platform.database.work(Scope.of(principal)) as work:
        return identity.keys.make_key(work, "bench", (policy.ASK[Asked.TRANSFER],), 1).secret


def _extra(number: int) -> str:
    return f"""
id: bench_extra_{number}
version: 1
on: transfers
subject: payer
target: victim
fraud_type: other
level: blue
owner: bench
title: {{zh: 基准规则{number}, en: bench rule {number}}}
when: |
  payments_24h >= {40 + number} AND payer_payees_24h >= 30 AND amount_ratio_30d >= 3
reason: {{zh: "24小时内付款{{payments_24h}}次", en: "{{payments_24h}} payments in 24 hours"}}
tests:
  - {{name: a, fires: []}}
  - {{name: b, fires: [a]}}
"""


@contextmanager
def serving(platform: Platform) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`fanzha screen` on this installation as a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    url = platform.database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = os.environ | {
        "FANZHA_HOME": str(platform.settings.home), "FANZHA_SCREEN_PORT": str(port), "FANZHA_SCREEN_RATE": "1000000", "FANZHA_DATABASE_URL": url,
        "FANZHA_KEY_FILE": str(platform.settings.keys_path),
    }  # fmt: skip
    command = [sys.executable, "-m", "fanzha.bootstrap", "screen"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own command
        try:
            assert server.stdout is not None
            if not server.stdout.readline():
                raise NotStarted
            yield server, port
        finally:
            server.terminate()


def load(port: int, key: str, run: str, seconds: float, connections: int, rate: float, acknowledged: Path | None = None) -> dict[str, Any]:
    """One run of the load generator."""
    generator = _generator(port, key, run, seconds, connections, rate, acknowledged)
    told, _ = generator.communicate(timeout=seconds + 60)
    found: dict[str, Any] = json_text.loads(told)
    return found


def _generator(
    port: int, key: str, run: str, seconds: float, connections: int, rate: float, acknowledged: Path | None
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fanzha.faces.screen.load", "--port", str(port), "--run", run, "--seconds", str(seconds), "--connections", str(connections),
               "--rate", str(rate), *(["--acknowledged", str(acknowledged)] if acknowledged else [])]  # fmt: skip
    generator = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    stdin: IO[str] | None = generator.stdin
    assert stdin is not None
    stdin.write(key + "\n")
    stdin.flush()
    return generator


def _with_cpu(server: subprocess.Popen[str], port: int, key: str, run: str, seconds: float, connections: int, rate: float) -> dict[str, Any]:
    before = _cpu(server.pid)
    found = load(port, key, run, seconds, connections, rate)
    spent = _cpu(server.pid) - before
    return found | {"server_cpu_s": round(spent, 2), "server_cpu_us_a_decision": round(spent / max(found["decisions"], 1) * 1e6, 1)}


def _cpu(process: int) -> float:
    """Processor seconds of a process so far (Linux; 0 elsewhere)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def killed(platform: Platform, key: str, acknowledged: Path, connections: int) -> dict[str, Any]:
    """Kill the server outright under full load; count the acknowledged decisions that the database lacks afterwards."""
    with serving(platform) as (server, port):
        generator = _generator(port, key, f"kill-{new_id()[-6:]}", 10.0, connections, 0, acknowledged)
        time.sleep(2.5)
        server.send_signal(signal.SIGKILL)
        generator.communicate(timeout=60)
    with serving(platform):  # takes over what a local file may hold
        pass
    told = [line.split() for line in acknowledged.read_text().splitlines()]
    with platform.database.work(_SCOPE) as work:
        connection = work.session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        query = "SELECT request_id, id FROM screening_decisions WHERE request_id = ANY(%s)"
        held = dict(connection.execute(query, [[name for name, _ in told]]).fetchall())
    missing = sum(held.get(name) != decision for name, decision in told)
    return {"acknowledged": len(told), "missing": missing}


def bounds(platform: Platform, folder: Path) -> dict[str, Any]:
    """What no durable way could beat: forced writes a second on this disk, and the same rows written by one connection in batches and one by one."""
    return {"fsyncs_per_s": _fsyncs(folder / "fsync"), **asyncio.run(_commits(platform))}


def _fsyncs(path: Path, seconds: float = 1.0) -> int:
    block, count, started = b"x" * 4096, 0, time.perf_counter()
    with path.open("wb", buffering=0) as file:
        while time.perf_counter() < started + seconds:
            file.write(block)
            os.fsync(file.fileno())
            count += 1
    return round(count / (time.perf_counter() - started))


async def _commits(platform: Platform, seconds: float = 1.5) -> dict[str, int]:
    found = {}
    async with await psycopg.AsyncConnection.connect(platform.database.conninfo(WORKER_ROLE), autocommit=True) as connection:
        for size in (1, 32):
            count, started = 0, time.perf_counter()
            while time.perf_counter() < started + seconds:
                await ledger.keep(connection, [_row() for _ in range(size)])
                count += size
            found[f"rows_per_s_in_batches_of_{size}"] = round(count / (time.perf_counter() - started))
    return found


_TEMPLATE = Record(
    id="", org_id="bound", key_id=None, request_id="", digest="0" * 32, asked="transfer", answer="pass", region=None, subject_token="ac." + "x" * 40,
    other_token="ac." + "y" * 40, amount_fen=1, at=clock.now(), decided_at=clock.now(), event={"payer": "ac." + "x" * 40, "payee": "ac." + "y" * 40},
    signals=[], basis=None, term_minutes=None, ends_at=None, policy=None, body="{}" * 150, degraded=False,
)  # fmt: skip


def _row() -> Record:
    number = new_id()
    return msgspec.structs.replace(_TEMPLATE, id=number, request_id=number)


def _print(report: dict[str, Any]) -> None:
    for name, title in (("even", "even load"), ("full", "full load")):
        told = report[name]
        say(f"{title}: {told['per_second']:.0f} durable decisions/s, p50 {told['p50_ms']} ms, p99 {told['p99_ms']} ms, worst {told['worst_ms']} ms;"
            f" server {told['server_cpu_us_a_decision']} µs of processor time a decision; {told['answers']}")  # fmt: skip
    bound = report["bound"]
    say(f"bound: {bound['fsyncs_per_s']} forced writes/s; the same rows {bound['rows_per_s_in_batches_of_1']}/s one by one,"
        f" {bound['rows_per_s_in_batches_of_32']}/s in batches of 32")  # fmt: skip
    say(f"killed under load: {report['killed']['acknowledged']} acknowledged, {report['killed']['missing']} missing afterwards")
    say(f"goal {GOAL_RATE}/s with p99 under {GOAL_P99_MS:.0f} ms {'reached' if report['reached'] else 'not reached'}; {report['published']}")
