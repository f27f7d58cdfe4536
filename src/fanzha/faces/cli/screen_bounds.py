"""What bounds `fanzha bench screen` on this machine: the disk, the database and the load generator, each alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg

from fanzha.desks.screening import ledger
from fanzha.desks.screening.records import Record
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store.database import WORKER_ROLE

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(process: int) -> float:
    """Processor seconds of a process so far (Linux; 0 elsewhere)."""
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def database_cpu(backend: int) -> float:
    """Processor seconds of all processes of the server that has this backend; 0 where it runs elsewhere."""
    mine = _stat(backend)
    if not mine:
        return 0.0
    parents = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return sum(cpu(process) for process, fields in parents.items() if fields and fields[1] == mine[1])


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: state, parent, …"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@contextmanager
def nothing() -> Iterator[int]:
    """A server that decides nothing; the port."""
    with subprocess.Popen([sys.executable, "-m", "fanzha.faces.screen.null"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def bounds(platform: Platform, folder: Path) -> dict[str, int]:
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
