"""How long people and banks take. Nothing here is measured: each is a named assumption (GK), printed with every result, and a city that knows better edits it."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from math import exp, log


@dataclass(frozen=True)
class Span:
    """Minutes, log-normal: half of all take at most `median`, nine in ten at most `nine_in_ten`."""

    median: float
    nine_in_ten: float

    def told(self) -> str:
        return f"{self.median:g} ({self.nine_in_ten:g})" if self.median >= 0.01 else "at once"

    def draw(self, key: str) -> float:
        """Seconds. The same key draws the same quantile, so that two ways of working meet the same luck."""
        spread = log(self.nine_in_ten / self.median) / 1.2815515655446004  # the normal quantile of 0.9
        return 60 * exp(log(self.median) + spread * random.Random(key).gauss(0, 1))  # noqa: S311 — a simulation, no secret


@dataclass(frozen=True)
class Delays:
    """Of every step that somebody or something other than the platform takes. Minutes; `poll_seconds`: how often a bank's system asks for messages."""

    notice: Span  # the victim notices and calls
    intake: Span  # the call is taken, until the report is filed
    request: Span  # one order is written; a second one of the same case waits for the first
    approval: Span  # the head reads and decides
    delivery: Span  # the approved order reaches the bank's door
    poll_seconds: float
    acknowledgement: Span  # the bank takes it on
    result: Span  # the bank carries it out and says so
    statement: Span  # after a query's answer: the statement is there
    reading: Span  # a statement is there, until it is known where the money went

    def told(self) -> dict[str, str]:
        """For printing: half within so many minutes (nine in ten within so many)."""
        return {field.name: one.told() if isinstance(one := getattr(self, field.name), Span) else f"{one:g} s" for field in fields(self)}


_AT_ONCE = Span(1e-6, 1e-5)

WITH_PLATFORM = Delays(
    notice=Span(35, 240), intake=Span(4, 8), request=Span(1.5, 3), approval=Span(1.5, 4), delivery=_AT_ONCE, poll_seconds=10, acknowledgement=Span(0.1, 0.5),
    result=Span(0.3, 1.5), statement=Span(8, 25), reading=_AT_ONCE,
)  # fmt: skip
"""The narrative is read, orders are filled in, sent, pulled and answered by machine, and the trace is computed when the statement is taken in."""
BY_HAND = Delays(
    notice=Span(35, 240), intake=Span(12, 25), request=Span(12, 25), approval=Span(15, 45), delivery=Span(8, 25), poll_seconds=60, acknowledgement=Span(5, 15),
    result=Span(6, 20), statement=Span(90, 300), reading=Span(40, 120),
)  # fmt: skip
"""The same steps without the platform: the report typed into a form, each order written and carried to the head, sent to the bank by hand, entered there by a
clerk, and each statement read with a spreadsheet."""
