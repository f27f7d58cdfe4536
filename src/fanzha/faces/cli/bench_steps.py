"""What each step of something costs: wall time, our own processor time, and that of the PostgreSQL server on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanzha.store import Database

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 1, 11, 12, 13, 14


@dataclass
class Steps:
    """`rows`: name → seconds, in the order of their first run; a step that runs again adds up. `server`: the server's first process, 0 where it runs elsewhere
    (its seconds are 0 then)."""

    server: int = 0
    rows: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measure a step."""
        before = self._now()
        yield
        row = self.rows.setdefault(name, dict.fromkeys(("wall_s", "cpu_s", "postgres_cpu_s"), 0.0))
        for key, was, now in zip(row, before, self._now(), strict=True):
            row[key] = round(row[key] + now - was, 2)

    def total(self) -> dict[str, float]:
        """Of all steps together."""
        return {key: round(sum(row[key] for row in self.rows.values()), 2) for key in ("wall_s", "cpu_s", "postgres_cpu_s")}

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), server_cpu(self.server)


def server_of(database: Database) -> int:
    """The first process of the server, 0 where it does not run on this machine."""
    from sqlalchemy import text

    from fanzha.store import Scope

    with database.work(Scope.system("bench")) as work:
        fields = _stat(work.session.scalar(text("SELECT pg_backend_pid()")) or 0)
    return int(fields[_PARENT]) if fields else 0


def server_cpu(server: int) -> float:
    """Seconds of all processes of the server, those that have ended too."""
    mine = _stat(server) if server else []
    if not mine:
        return 0.0
    ticks = sum(int(mine[place]) for place in (_USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM))
    for path in Path("/proc").iterdir():
        fields = _stat(int(path.name)) if path.name.isdigit() else []
        if fields and int(fields[_PARENT]) == server:
            ticks += int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks / _TICKS


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: state, parent, …"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
