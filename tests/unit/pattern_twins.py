"""Brute-force twins of the graph patterns: each says the definition over lists of edges, and tries everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Edge(NamedTuple):
    """An event: `at` in any unit, `order` between equal times; an end is None where it is missing."""

    at: int
    order: int
    source: str | None
    target: str | None
    amount: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return self.at, self.order

    @property
    def real(self) -> bool:
        return self.source is not None and self.target is not None and self.source != self.target


def visible(edges: list[Edge], event: Edge, window: int) -> list[Edge]:
    """What the event may know: edges strictly before it, in the window, in the order of time."""
    return sorted((each for each in edges if each.real and each.place < event.place and each.at >= event.at - window), key=lambda each: each.place)


def _paths(edges: list[Edge], start: str | None, steps: int) -> Iterator[list[Edge]]:
    """Every path of rising edges from `start` of at most `steps` edges; accounts may repeat."""
    stack: list[list[Edge]] = [[each] for each in edges if each.source == start] if steps else []
    while stack:
        path = stack.pop()
        yield path
        if len(path) < steps:
            stack += [[*path, each] for each in edges if each.source == path[-1].target and each.place > path[-1].place]


def cycles(edges: list[Edge], event: Edge, window: int, longest: int = 6) -> dict[int, int]:
    """Number of different cycles (as sequences of accounts) that the event closes, by length."""
    if not event.real:
        return {}
    found = set()
    for path in _paths(visible(edges, event, window), event.target, longest - 1):
        accounts = (event.target, *(each.target for each in path))
        if accounts[-1] == event.source and len(set(accounts)) == len(accounts):
            found.add(accounts)
    return {length: sum(len(each) == length for each in found) for length in range(2, longest + 1)}


def scatter_gather(edges: list[Edge], event: Edge, window: int) -> dict[str, int]:
    """The width at each account from which money was scattered, where it is 2 or more."""
    if not event.real:
        return {}
    seen = visible(edges, event, window)
    gathered = [*seen, event]
    widths: dict[str, set[str]] = {}
    for gather in gathered:
        if gather.target != event.target:
            continue
        for scatter in seen:
            if scatter.target == gather.source and scatter.place < gather.place and scatter.source != event.target:
                widths.setdefault(str(scatter.source), set()).add(str(gather.source))
    return {s: len(through) for s, through in widths.items() if event.source in through and len(through) >= 2}


def scatter_gather_any_order(edges: list[Edge], row: int, window: int) -> list[int]:
    """Widths of the scatter-gathers with the row as first or last leg, among the rows up to it, whatever the order of the legs."""
    event = edges[row]
    if not event.real:
        return []
    pairs = {(each.source, each.target) for each in edges[: row + 1] if each.real and each.at >= event.at - window}
    accounts = {account for pair in pairs for account in pair}

    def through(s: str | None, v: str | None) -> set[str | None]:
        return {m for m in accounts if (s, m) in pairs and (m, v) in pairs}

    last = [through(s, event.target) for s in accounts if (s, event.source) in pairs and s != event.target]
    first = [through(event.source, v) for v in accounts if (event.target, v) in pairs and v != event.source]
    return sorted(len(each) for each in [*last, *first] if len(each) >= 2)


def gather_scatter(edges: list[Edge], event: Edge, window: int, most: int = 1000) -> int:
    """The best split of the window into payers before and payees after."""
    if not event.real:
        return 0
    seen = visible(edges, event, window)
    receipts = [each for each in seen if each.target == event.source][-most:]
    payments = [each for each in seen if each.source == event.source][-most:]
    best = 0
    for split in receipts:
        payers = {each.source for each in receipts if each.place <= split.place}
        payees = {each.target for each in [*payments, event] if each.place > split.place}
        best = max(best, min(len(payers), len(payees)))
    return best


def pass_through(edges: list[Edge], event: Edge, window: int, percent: int = 10, most: int = 1000) -> int | None:
    """How long ago the shortest stretch began in which as much went out as came in."""
    if not event.real:
        return None
    seen = visible(edges, event, window)
    receipts = [each for each in seen if each.target == event.source][-most:]
    payments = [each for each in seen if each.source == event.source][-most:]
    for begin in reversed(receipts):
        received = sum(each.amount for each in receipts if each.place >= begin.place)
        paid = event.amount + sum(each.amount for each in payments if each.place >= begin.place)
        if received > 0 and abs(received - paid) * 100 <= percent * received:
            return event.at - begin.at
    return None


def hops(edges: list[Edge], event: Edge, window: int, flagged: set[str], farthest: int = 4) -> tuple[int | None, int | None]:
    """Fewest edges from a flagged account to the payer, and from the payee to a flagged account."""
    if not event.real:
        return None, None
    seen = visible(edges, event, window)
    reaches = [len(path) for start in flagged for path in _paths(seen, start, farthest) if path[-1].target == event.source]
    leads = [len(path) for path in _paths(seen, event.target, farthest) if path[-1].target in flagged]
    incoming = 0 if event.source in flagged else min(reaches, default=None)
    outgoing = 0 if event.target in flagged else min(leads, default=None)
    return incoming, outgoing


def reciprocity(edges: list[Edge], event: Edge, window: int) -> tuple[int, int]:
    """Different numbers the caller called, and those of them that called it."""
    if not event.real:
        return 0, 0
    seen = visible(edges, event, window)
    called = {each.target for each in seen if each.source == event.source}
    callers = {each.source for each in seen if each.target == event.source}
    return len(called), len(called & callers)


def largest_burst(events: list[tuple[str, int, int]], query: tuple[str, int, int], burst: int, window: int) -> int:
    """Most events (key, at, order) of the query's key within `burst` that end with one in its window."""
    key, at, order = query
    mine = sorted(each for each in events if each[0] == key and each[1:] < (at, order))
    ends = [place for place, each in enumerate(mine) if each[1] >= at - window]
    return max((sum(mine[end][1] - burst <= each[1] for each in mine[: end + 1]) for end in ends), default=0)
