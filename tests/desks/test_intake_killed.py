"""Kill -9 at fifty random moments, then the same command again: no row lost, none doubled."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
import pytest

from fanzha.bootstrap.wiring import assemble
from fanzha.desks.intake import BatchFilter, BatchState, IntakeKind, Receipt, RowFilter, service
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.lake import EventKind
from fanzha.settings import Settings
from fanzha.store import Scope

FILES, KILLS, ROWS = 10, 5, 300
SOURCE = "示例银行"
CLI = Scope.system("cli")


def ingest(home: str, keys: str, url: str, file: str, source: str, ready: Connection) -> None:
    """What the command does, in a process of its own."""
    platform = assemble(Settings(home=Path(home), key_file=Path(keys)), url)
    ready.send("go")
    service.take(platform, CLI, Path(file), IntakeKind.TRANSFERS, source)
    ready.send("done")


def good(row: int) -> str:
    return f"{row},2026-03-0{row % 7 + 1} 10:00:00,62000000{row % 90:04},62100000{row % 70:04},{row + 1}"


def written(path: Path, number: int) -> Path:
    """300 good rows, of which 20 were in the file before; 10 bad ones; 5 that contradict."""
    first = number * ROWS
    lines = ["交易流水号,交易时间,付款账号,收款账号,交易金额"]
    lines += [good(row) for row in range(first - 20 if number else first, first + ROWS)]
    lines += [f"bad{row},2026-03-01 10:00:00,620000000001,621000000001,-{row + 1}" for row in range(10)]
    lines += [f"{first + row},2026-03-01 10:00:00,620000000001,621000000001,999" for row in range(5)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def counted(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.received, receipt.accepted, receipt.duplicates, receipt.quarantined


class Killer:
    """Starts the command in a process forked from a warm server, and ends it in the middle."""

    def __init__(self, platform: Platform, keys_file: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["fanzha.bootstrap.wiring"])
        url = platform.database.owner_url.render_as_string(hide_password=False)
        self._installation = (str(platform.settings.home), str(keys_file), url)

    def run(self, path: Path, source: str, kill_after: float | None) -> float:
        """Seconds from the start of the work to its end, or to its kill."""
        here, there = self._context.Pipe(duplex=False)
        process = self._context.Process(target=ingest, args=(*self._installation, str(path), source, there))
        process.start()
        there.close()
        assert here.recv() == "go"
        begun = time.monotonic()
        if kill_after is None:
            assert here.recv() == "done"
        else:
            time.sleep(kill_after)
            process.kill()
        lasted = time.monotonic() - begun
        process.join()
        here.close()
        return lasted


def test_fifty_kills_lose_nothing_and_double_nothing(platform: Platform, keys_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # the child process imports this module by name
    killer, dice = Killer(platform, keys_file), random.Random(20260305)
    whole = killer.run(written(tmp_path / "warm.csv", 0), "别的银行", None)
    for number in range(FILES):
        path = written(tmp_path / f"{number}.csv", number)
        for _ in range(KILLS):
            killer.run(path, SOURCE, dice.uniform(0, min(1.1 * whole, 0.6)))
        expected = (315 if number == 0 else 335, ROWS, 0 if number == 0 else 20, 15)
        assert counted(service.take(platform, CLI, path, IntakeKind.TRANSFERS, SOURCE)) == expected
        again = service.take(platform, CLI, path, IntakeKind.TRANSFERS, SOURCE)
        assert again.repeated
        assert counted(again) == expected
    rows = platform.lake.scan(EventKind.TRANSFERS).filter(pl.col("source") == SOURCE).collect()
    assert sorted(rows["event_id"].cast(pl.Int64).to_list()) == list(range(FILES * ROWS))
    assert rows["amount_fen"].sum() == sum((row + 1) * 100 for row in range(FILES * ROWS))
    with platform.database.work(CLI) as work:
        assert service.rows(work, RowFilter(), PageRequest()).total == service.open_rows(work) == (FILES + 1) * 15
        states = {batch.state for batch in service.batches(work, BatchFilter(), PageRequest(1, 200)).rows}
        assert states == {BatchState.COMMITTED.value}
