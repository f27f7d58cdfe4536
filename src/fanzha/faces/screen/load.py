"""A load generator for `fanzha screen`: `python -m fanzha.faces.screen.load`, a process of its own with keep-alive connections.

With a rate, requests are due at even moments and a reply's time counts from when it was due, so that a stall is seen by all who wait behind it. Without
one, each connection asks again as soon as it is answered. What was acknowledged is written as JSON lines where a file is given.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import orjson

PAYERS, PAYEES = 5_000, 3_000


@dataclass
class Told:
    """What came of the load."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    lost: int = 0


class Bodies:
    """Transfers between made-up accounts, each with a request number of its own."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._dice = random.Random(run)  # noqa: S311 - made-up load, not a secret
        self._count = 0

    def next(self) -> tuple[str, bytes]:
        self._count += 1
        name, dice = f"{self._run}-{self._count}", self._dice
        payer, payee = account(dice.randrange(PAYERS)), account(PAYERS + int(PAYEES * dice.random() ** 3))
        return name, (
            f'{{"request_id":"{name}","payer":"{payer}","payee":"{payee}","amount_fen":{dice.randrange(100, 3_000_000)},"payer_bank":"A","payee_bank":"B",'
            f'"channel":"mobile"}}'
        ).encode()


def account(number: int) -> str:
    """An account number that never was."""
    return f"62229900{number:011d}"


class Connection(asyncio.Protocol):
    """One keep-alive connection; asks one thing at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._waiting: tuple[str, float] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._load.free(self)

    def ask(self, due: float) -> None:
        name, body = self._load.bodies.next()
        self._waiting = (name, due)
        assert self._transport is not None
        self._transport.write(self._load.head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
        assert self._waiting is not None
        (name, due), self._waiting = self._waiting, None
        self._load.answered(name, due, int(head[9:12]), body)
        self._load.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._load.lost(1 if self._waiting else 0)


class Load:
    """The whole run."""

    def __init__(self, key: str, run: str, rate: float, acknowledged: TextIO | None) -> None:
        self.head = f"POST /v1/screen/transfer HTTP/1.1\r\nHost: screen\r\nAuthorization: Bearer {key}\r\nContent-Length: ".encode()
        self.bodies = Bodies(run)
        self.told = Told()
        self.gone = asyncio.Event()
        self._rate = rate
        self._acknowledged = acknowledged
        self._idle: deque[Connection] = deque()
        self._due: deque[float] = deque()
        self._ends = float("inf")

    async def run(self, host: str, port: int, connections: int, seconds: float) -> float:
        """Ask for so long, wait for what is under way, and say how long it took."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await loop.create_connection(lambda: Connection(self), host, port)
        started = time.perf_counter()
        self._ends = started + seconds
        if self._rate:
            await self._pace(started, seconds)
        else:
            for connection in [self._idle.popleft() for _ in range(len(self._idle))]:
                connection.ask(time.perf_counter())
            await self._sleep(seconds)
        while len(self._idle) < connections and not self.gone.is_set() and time.perf_counter() < self._ends + 10:
            await asyncio.sleep(0.01)
        return time.perf_counter() - started

    async def _pace(self, started: float, seconds: float) -> None:
        sent = 0
        while (now := time.perf_counter()) < started + seconds and not self.gone.is_set():
            while started + sent / self._rate <= now:
                self._due.append(started + sent / self._rate)
                sent += 1
            while self._due and self._idle:
                self._idle.popleft().ask(self._due.popleft())
            await asyncio.sleep(0.001)
        self.told.lost += len(self._due)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.gone.wait()
        except TimeoutError:
            return

    def free(self, connection: Connection) -> None:
        now = time.perf_counter()
        if self._rate and self._due:
            connection.ask(self._due.popleft())
        elif not self._rate and self.told.statuses and now < self._ends:
            connection.ask(now)
        else:
            self._idle.append(connection)

    def answered(self, name: str, due: float, status: int, body: bytes) -> None:
        told = self.told
        told.latencies.append(time.perf_counter() - due)
        told.statuses[status] = told.statuses.get(status, 0) + 1
        if status == 200:
            start = body.find(b'"decision":"') + 12
            answer = body[start : body.index(b'"', start)].decode()
            told.answers[answer] = told.answers.get(answer, 0) + 1
            if self._acknowledged:
                start = body.find(b'"decision_id":"') + 15
                self._acknowledged.write(f"{name} {body[start : start + 32].decode()}\n")

    def lost(self, under_way: int) -> None:
        self.told.lost += under_way
        self.gone.set()


def summary(told: Told, seconds: float) -> dict[str, Any]:
    """Rates and quantiles (milliseconds)."""
    ordered = sorted(told.latencies)

    def quantile(share: float) -> float | None:
        return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2) if ordered else None

    return {
        "decisions": told.statuses.get(200, 0), "seconds": round(seconds, 2), "per_second": round(told.statuses.get(200, 0) / seconds, 1),
        "p50_ms": quantile(0.5), "p90_ms": quantile(0.9), "p99_ms": quantile(0.99), "worst_ms": quantile(1.0),
        "statuses": told.statuses, "answers": told.answers, "lost": told.lost, "cpu_s": round(time.process_time(), 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--run", required=True, help="what the request numbers begin with")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: as fast as they are answered")
    parser.add_argument("--acknowledged", type=Path)
    given = parser.parse_args()
    key = sys.stdin.readline().strip()  # not an argument: those are seen by everybody on the machine
    kept = given.acknowledged.open("w", buffering=1) if given.acknowledged else None

    async def run() -> dict[str, Any]:
        load = Load(key, given.run, given.rate, kept)
        return summary(load.told, await load.run(given.host, given.port, given.connections, given.seconds))

    try:
        sys.stdout.buffer.write(orjson.dumps(asyncio.run(run()), option=orjson.OPT_NON_STR_KEYS) + b"\n")
    finally:
        if kept:
            kept.close()


if __name__ == "__main__":
    main()
