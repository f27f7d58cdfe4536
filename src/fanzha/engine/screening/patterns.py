"""Patterns about one account or number, read from its lines: what `engine.patterns` finds on the whole graph, for the features that look no further than
the neighbours. An event of a side with itself, or with a side missing, is no edge of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator

from fanzha.engine.patterns.passing import MOST_LEGS, TOLERANCE_PERCENT
from fanzha.engine.screening.events import Event
from fanzha.engine.screening.lines import Line

Leg = tuple[int, int, str, int]
"""(time, order, the other side, amount)."""


def reciprocity(made: Line | None, received: Line | None, event: Event, window: int) -> float | None:
    """Share of the numbers that the caller called which also called the caller (`patterns.telephone.reciprocity`); None where it called nobody."""
    called = _others(made, event, window)
    return len(called & _others(received, event, window)) / len(called) if called else None


def largest_burst(short: Line | None, event: Event, burst: int, window: int) -> int:
    """The most short calls within any `burst` microseconds that end in the window (`patterns.telephone.largest_burst`)."""
    if short is None:
        return 0
    low, high = short.window(event.at, event.order, window)
    begin, most = short.place(event.at - window - burst, -(2**63)), 0
    for place in range(low, high):
        while short.at[begin] < short.at[place] - burst:
            begin += 1
        most = max(most, place - begin + 1)
    return most


def stayed(received: Line | None, paid: Line | None, event: Event, window: int) -> int | None:
    """Microseconds that money stayed which left the payer with this payment (`patterns.passing.pass_through`); None where none passed through."""
    payments, out = _legs(paid, event, window), event.weight
    incoming = 0
    pending = next(payments, None)
    receipts = list(_legs(received, event, window))
    for place, (at, order, _, amount) in enumerate(receipts):
        while pending is not None and pending[:2] >= (at, order):
            out += pending[3]
            pending = next(payments, None)
        incoming += amount
        twin = place + 1 < len(receipts) and receipts[place + 1][:2] == (at, order)
        if not twin and incoming > 0 and abs(incoming - out) * 100 <= TOLERANCE_PERCENT * incoming:
            return event.at - at
    return None


def gather_scatter(received: Line | None, paid: Line | None, event: Event, window: int) -> int:
    """The smaller of how many accounts first paid the payer and how many it paid afterwards, this payment included, at the best moment between
    (`patterns.scatter.gather_scatter`)."""
    payments = list(_legs(paid, event, window))  # the latest first
    receipts = list(_legs(received, event, window))[::-1]
    payees, after = {event.second}, [1]
    for leg in payments:
        payees.add(leg[2])
        after.append(len(payees))
    payers: set[str] = set()
    width, later = 0, len(payments)
    for at, order, other, _ in receipts:
        payers.add(other)
        while later and payments[later - 1][:2] <= (at, order):
            later -= 1
        width = max(width, min(len(payers), after[later]))
        if after[later] <= width:
            break
    return width


def _others(line: Line | None, event: Event, window: int) -> set[str | None]:
    if line is None:
        return set()
    low, high = line.window(event.at, event.order, window)
    return set(line.party[low:high]) - {None, event.first}


def _legs(line: Line | None, event: Event, window: int) -> Iterator[Leg]:
    """The payer's latest legs in the window, backwards in time."""
    if line is None:
        return
    low, high = line.window(event.at, event.order, window)
    told = 0
    for place in range(high - 1, low - 1, -1):
        other = line.party[place]
        if other is not None and other != event.first:
            yield line.at[place], line.order[place], other, line.value[place]
            told += 1
            if told == MOST_LEGS:
                return
