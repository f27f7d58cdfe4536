"""The simulated bank at work: takes messages by pulling or by push, acknowledges, decides after a delay, reports. One thread."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from fanzha.kit import clock, signing
from fanzha.simulator.bank.book import Book
from fanzha.simulator.bank.deciding import MISMATCH, decide
from fanzha.simulator.bank.faults import NO_FAULTS, Chance, Faults

MESSAGES, ACKNOWLEDGEMENTS, RESULTS = "/api/v1/orders/messages", "/api/v1/orders/acknowledgements", "/api/v1/orders/results"
_INFORMING = "FZ02"
"""Message codes that only tell something and want no answer."""
_GONE = frozenset({404, 409, 422})
"""Answers that another try cannot change."""
_RETRIES = 5

_log = logging.getLogger(__name__)


class Line(Protocol):
    """A connection to the platform: `ask` a GET, `tell` a POST of a signed body; both give status and JSON. Raises ConnectionError where it is down."""

    def ask(self, path: str) -> tuple[int, Any]: ...

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]: ...


@dataclass
class Counts:
    """What happened so far."""

    taken: int = 0
    again: int = 0
    acknowledged: int = 0
    reported: int = 0
    refused: int = 0
    duplicates: int = 0
    wrong_signatures: int = 0


@dataclass
class Teller:
    """`delay`: seconds between a message and its acknowledgement, and again to its result, drawn between the two; `pause`, where there is one, says it instead
    of a message and the step ("A" or "R") that it is before. `secret` signs answers."""

    line: Line
    book: Book
    faults: Faults = NO_FAULTS
    seed: int = 1
    delay: tuple[float, float] = (0.0, 0.0)
    secret: str = ""
    timer: Callable[[], float] = time.monotonic
    pause: Callable[[Mapping[str, Any], str], float] | None = None
    counts: Counts = field(default_factory=Counts)
    _seen: set[str] = field(default_factory=set)
    _waiting: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cursor: int = 0

    def __post_init__(self) -> None:
        self._chance = Chance(self.faults, self.seed)

    def pull(self) -> int:
        """Take what is new; returns how many messages came."""
        came, more = 0, True
        while more:
            status, answer = self.line.ask(f"{MESSAGES}?after={self._cursor}&limit=100")
            if status != 200:
                _log.warning("pulling was answered %s", status)
                return came
            for message in answer["messages"]:
                self.take(message)
            came, more, self._cursor = came + len(answer["messages"]), answer["more"], answer["cursor"]
        return came

    def take(self, message: Mapping[str, Any]) -> bool:
        """One message, by whichever way it came; one that came before is known by its serial. False where it was known."""
        serial = str(message["TransSerialNumber"])
        with self._lock:
            if serial in self._seen:
                self.counts.again += 1
                return False
            self._seen.add(serial)
            self.counts.taken += 1
            if not str(message.get("TxCode", "")).startswith(_INFORMING):
                self._after(self._seconds(message, "A"), lambda: self._acknowledge(message))
        return True

    def times_out(self) -> bool:
        """Whether the push that is being taken now is left without an answer."""
        with self._lock:
            return self._chance.strikes("timeouts")

    def work(self) -> int:
        """Do what is due; returns how much is still to come."""
        while True:
            with self._lock:
                if not self._waiting or self._waiting[0][0] > self.timer():
                    return len(self._waiting)
                step = heapq.heappop(self._waiting)[2]
            step()

    def next_at(self) -> float | None:
        """When the next step is due, on the timer's scale; None where nothing waits."""
        with self._lock:
            return self._waiting[0][0] if self._waiting else None

    def finish(self) -> None:
        """Work until nothing waits."""
        while self.work():
            time.sleep(0.01)

    def _seconds(self, message: Mapping[str, Any], step: str) -> float:
        return self.pause(message, step) if self.pause is not None else self._chance.seconds(*self.delay)

    def _after(self, seconds: float, step: Callable[[], None]) -> None:
        """The lock is held."""
        heapq.heappush(self._waiting, (self.timer() + seconds, next(self._numbers), step))

    def _acknowledge(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            lost, pause = self._chance.strikes("lost_acknowledgements"), self._seconds(message, "R")
        if not lost and self._tell(ACKNOWLEDGEMENTS, message, "A", {}):
            self.counts.acknowledged += 1
        with self._lock:
            self._after(pause, lambda: self._report(message))

    def _report(self, message: Mapping[str, Any]) -> None:
        if self._tell(RESULTS, message, "R", self.decided(message)):
            self.counts.reported += 1

    def decided(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the result."""
        with self._lock:
            differs = self._chance.strikes("mismatches") and not message.get("OriginalApplicationID")
        return {"Result": MISMATCH, "FailureCause": "户名不符"} if differs else decide(self.book, message, clock.now())

    def _tell(self, path: str, message: Mapping[str, Any], mark: str, fields: Mapping[str, Any]) -> bool:
        """Send one answer until the platform has it. Its serial follows from the order's, so a restarted bank repeats rather than contradicts itself."""
        serial = f"SB{mark}{hashlib.sha256(str(message['TransSerialNumber']).encode()).hexdigest()[:40]}"
        body = orjson.dumps({"TransSerialNumber": serial, "ApplicationID": message["ApplicationID"], "TxCode": _answering(str(message["TxCode"]))} | dict(fields))
        with self._lock:
            twice, wrongly = self._chance.strikes("duplicates"), bool(self.secret) and self._chance.strikes("wrong_signatures")
        if wrongly:
            self.counts.wrong_signatures += 1
            self._send(path, serial, body, "not " + self.secret)
        told = self._send(path, serial, body, self.secret)
        if twice:
            self.counts.duplicates += 1
            self._send(path, serial, body, self.secret)
        self.counts.refused += not told
        return told

    def _send(self, path: str, serial: str, body: bytes, secret: str) -> bool:
        for attempt in range(_RETRIES):
            headers = signing.sign(secret, clock.now(), serial, body) if secret else {}
            try:
                status, answer = self.line.tell(path, body, headers)
            except ConnectionError:
                time.sleep(0.1 * 2**attempt)
                continue
            if status == 200:
                return True
            if status in _GONE or status == 403:
                _log.debug("%s was answered %s %s", path, status, answer.get("code") if isinstance(answer, dict) else "")
                return False
            time.sleep(0.1 * 2**attempt)
        return False


def _answering(tx_code: str) -> str:
    """100101 → 100102: the answer's code follows the order's."""
    return f"{tx_code[:-2]}{int(tx_code[-2:]) + 1:02d}"
