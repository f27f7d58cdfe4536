"""The database goes away and comes back, and the process is killed outright: no decision that was answered is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest
from sqlalchemy import text
from tests.faces.screening_kit import OPERATOR, ask, key_for, screened, transfer, until

from fanzha.bootstrap.wiring import assemble, prepare
from fanzha.desks import screening
from fanzha.faces.cli import bench_screen
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen.server import DecidesAlready, Screening, running
from fanzha.faces.screen.server import assemble as assemble_screening
from fanzha.settings import Settings
from fanzha.store import Scope
from fanzha.store.embedded import Embedded
from fanzha.vocab.roles import Role

TRANSFER = "/v1/screen/transfer"


class Server:
    """A PostgreSQL of this test alone, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._embedded = Embedded(folder)
        self.url = self._embedded.start()

    def start(self) -> None:
        """The same server again: the wheel's own handle knows how, also where it runs as another user."""
        self._embedded._server.ensure_postgres_running()

    def stop(self) -> None:
        """Fast shutdown: every connection is cut."""
        note = self.folder / "postmaster.pid"
        os.kill(int(note.read_text().split()[0]), signal.SIGINT)
        while note.exists():
            time.sleep(0.05)

    def end(self) -> None:
        self._embedded.stop()


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[Server, Platform]]:
    """An installation on a server of its own. Its connections are closed before the server goes, whatever the tests do."""
    with tempfile.TemporaryDirectory(prefix="fz-pg-") as folder:
        server = Server(Path(folder) / "pg")
        settings = Settings(home=Path(folder) / "home", screen_rate=100_000)
        settings.home.mkdir()
        platform = assemble(settings, server.url)
        try:
            prepare(platform)
            yield server, platform
        finally:
            platform.database.close()
            server.end()


def stored(platform: Platform, org: str = "") -> dict[str, Any]:
    """Request number → decision, of one organisation or of all."""
    with platform.database.work(Scope.system("test")) as work:
        query = text("SELECT * FROM screening_decisions WHERE :org IN ('', org_id)")
        return {row.request_id: row for row in work.session.execute(query, {"org": org})}


@pytest.mark.parametrize("mode", ["fail_open", "fail_closed"])
def test_the_database_stops_and_comes_back(town: tuple[Server, Platform], mode: Literal["fail_open", "fail_closed"]) -> None:
    own_server, shared = town
    platform = replace(shared, settings=shared.settings.model_copy(update={"screen_degraded": mode}))
    bank, org = key_for(platform)
    operator, _ = key_for(platform, permissions=OPERATOR, role=Role.OPERATOR_AGENT)
    outages = audited(platform)
    answers: dict[str, Any] = {}

    async def work(up: Screening) -> None:
        async def screen(name: str) -> Any:
            reply = await ask(up.app, TRANSFER, bank, transfer(name))
            assert reply.status == 200, reply.body
            answers[name] = reply.json
            return reply.json

        call = {"request_id": "c", "caller": "13800001111", "callee": "13800002222"}
        assert (await ask(up.app, "/v1/screen/call", operator, call)).status == 200
        assert (await screen("before"))["degraded"] is False
        await asyncio.to_thread(own_server.stop)
        await asyncio.gather(*(screen(f"away-{n}") for n in range(20)))
        away = await screen("away-last")
        assert away["degraded"] is True
        assert away["decision"] == ("pass" if mode == "fail_open" else "hold")
        again = await ask(up.app, TRANSFER, bank, transfer("away-last"))
        assert again.json == away
        refused = await ask(up.app, "/v1/screen/call", operator, call | {"request_id": "c-2"})
        assert refused.status == (200 if mode == "fail_open" else 503)
        assert (await ask(up.app, "/health", None, method="GET")).json == {"status": "degraded"}
        status = (await ask(up.app, "/v1/screen/status", bank, method="GET")).json
        assert (status["status"], status["mode"], status["database"]["outages"]) == ("degraded", mode, 1)
        await asyncio.to_thread(own_server.start)
        await until(lambda: not up.committer.is_away, 60)
        assert (await screen("after"))["degraded"] is False
        await until(lambda: audited(platform) == outages + 1)

    screened(platform, work)
    rows = stored(platform, org)
    assert {name: rows[name].id for name in answers} == {name: answer["decision_id"] for name, answer in answers.items()}
    assert rows["away-last"].spooled
    assert not rows["after"].spooled
    assert not list((platform.settings.home / "screen").glob("*.spool"))


def audited(platform: Platform) -> int:
    with platform.database.work(Scope.system("test")) as work:
        return int(work.session.execute(text("SELECT count(*) FROM audit_log WHERE action = 'screening.degraded'")).scalar_one())


def test_a_killed_process_leaves_its_file_to_the_next(platform: Platform) -> None:
    """What stands in the file of a dead process is taken over at the next start, and twice is as good as once."""
    key, _ = key_for(platform)

    async def spooling(up: Screening) -> str:
        up.committer._lose(OSError("unplugged"))
        up.committer._tasks[-1].cancel()  # it does not come back in this life
        return str((await ask(up.app, TRANSFER, key, transfer("r-1"))).json["decision_id"])

    decision = screened(platform, spooling)
    assert stored(platform) == {}
    (file,) = (platform.settings.home / "screen").glob("*.spool")
    copy = file.read_bytes()
    body = screened(platform, lambda up: ask(up.app, TRANSFER, key, transfer("r-1")))
    assert body.json["decision_id"] == decision, "the number is known, so the answer stands"
    file.write_bytes(copy + copy[:30])
    screened(platform, lambda up: ask(up.app, "/health", None, method="GET"))
    assert list(stored(platform)) == ["r-1"]


def test_a_number_used_twice_during_an_outage_keeps_both(platform: Platform) -> None:
    key, org = key_for(platform)

    async def first(up: Screening) -> str:
        return str((await ask(up.app, TRANSFER, key, transfer("r-1"))).json["decision_id"])

    async def spooling(up: Screening) -> str:
        up.committer._lose(OSError("unplugged"))
        up.committer._tasks[-1].cancel()
        return str((await ask(up.app, TRANSFER, key, transfer("r-1", amount_fen=7))).json["decision_id"])

    one, two = screened(platform, first), screened(platform, spooling)
    screened(platform, lambda up: ask(up.app, "/health", None, method="GET"))
    with platform.database.work(Scope.system("test")) as work:
        rows = work.session.execute(text("SELECT id, conflicting FROM screening_decisions WHERE org_id = :org ORDER BY number"), {"org": org}).all()
    assert rows == [(one, False), (two, True)]


def test_a_kill_under_load_loses_no_acknowledged_decision(platform: Platform, tmp_path: Path) -> None:
    """The real process, the real load generator, and SIGKILL in the middle."""
    quick = replace(platform, settings=platform.settings.model_copy(update={"screen_rate": 100_000}))
    key, _ = key_for(quick)
    acknowledged = tmp_path / "acknowledged"
    with bench_screen.serving(quick) as (server, port):
        command = [sys.executable, "-m", "fanzha.faces.screen.load", "--port", str(port), "--run", "kill", "--seconds", "30", "--connections", "8"]
        generator = subprocess.Popen([*command, "--acknowledged", str(acknowledged)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert generator.stdin is not None
        generator.stdin.write(key + "\n")
        generator.stdin.flush()
        while not acknowledged.exists() or len(acknowledged.read_bytes()) < 3_000:
            assert generator.poll() is None
        server.send_signal(signal.SIGKILL)
        generator.communicate(timeout=60)
    told = dict(line.split() for line in acknowledged.read_text().splitlines())
    assert len(told) >= 30
    rows = stored(quick)
    assert {name: rows[name].id for name in told} == told


def test_a_second_process_does_not_decide_beside_the_first(platform: Platform) -> None:
    async def work(up: Screening) -> None:
        del up
        with pytest.raises(DecidesAlready):
            async with running(assemble_screening(platform)):
                pass

    screened(platform, work)


def test_the_decisions_are_sealed_and_a_change_shows(platform: Platform) -> None:
    key, _ = key_for(platform)

    async def work(up: Screening) -> None:
        for n in range(3):
            await ask(up.app, TRANSFER, key, transfer(f"r-{n}"))

    screened(platform, work)
    with platform.database.work(Scope.system("test")) as opened:
        assert screening.service.seal(opened) == 3
        assert screening.service.seal(opened) == 0
        assert screening.service.verify(opened) == 3
    owner = platform.database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(owner) as connection:
        connection.execute("UPDATE screening_decisions SET answer = 'warn' WHERE request_id = 'r-1'")
    with platform.database.work(Scope.system("test")) as opened, pytest.raises(screening.service.SealBroken):
        screening.service.verify(opened)
    with pytest.raises(Exception, match="permission denied"), platform.database.work(Scope.system("test")) as opened:
        opened.session.execute(text("DELETE FROM screening_decisions"))
