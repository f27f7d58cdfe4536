"""Plain-Python twins of the graph features, for the contract test: the definitions of `tests.unit.pattern_twins` over lake events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract.feature_twins import FLAGGED, SECOND, C, Event, FamilyTwin, T
from tests.unit import pattern_twins as twins
from tests.unit.pattern_twins import Edge

HOUR = 3600 * SECOND
DAY, WEEK = 24 * HOUR, 168 * HOUR

Told = Callable[[list[Edge], Edge], Any]


def _edge(event: Event) -> Edge:
    if event["kind"] is T:
        return Edge(event["us"], event["event_key"], event["payer"], event["payee"], event["amount_fen"] or 0)
    return Edge(event["us"], event["event_key"], event["caller"], event["callee"])


def _graph(tell: Told, *, amount: bool = False) -> FamilyTwin:
    """Null where the event is no edge, or without an amount where it is wanted."""

    def twin(name: str, event: Event, side: str, events: list[Event]) -> Any:
        edge = _edge(event)
        if not edge.real or (amount and event["amount_fen"] is None):
            return None
        return tell([_edge(each) for each in events if each["kind"] is event["kind"]], edge)

    return twin


def _shortest(window: int) -> Told:
    return lambda edges, event: min((length for length, number in twins.cycles(edges, event, window).items() if number), default=None)


def _share(window: int) -> Told:
    def tell(edges: list[Edge], event: Edge) -> float | None:
        called, returned = twins.reciprocity(edges, event, window)
        return returned / called if called else None

    return tell


def _minutes(window: int) -> Told:
    def tell(edges: list[Edge], event: Edge) -> float | None:
        held = twins.pass_through(edges, event, window)
        return None if held is None else held / SECOND / 60

    return tell


def _burst(name: str, event: Event, side: str, events: list[Event]) -> int | None:
    short = [(e["caller"], e["us"], e["event_key"]) for e in events if e["kind"] is C and (e["seconds"] or 0) < 15 and e["caller"]]
    if event["caller"] is None:
        return None
    return twins.largest_burst(short, (event["caller"], event["us"], event["event_key"]), 600 * SECOND, DAY)


GRAPH_TWINS: dict[str, FamilyTwin] = {
    **{f"cycle_length_{name}": _graph(_shortest(window)) for name, window in (("24h", DAY), ("7d", WEEK))},
    **{
        f"scatter_gather_width_{name}": _graph(lambda edges, event, w=window: max(twins.scatter_gather(edges, event, w).values(), default=0))
        for name, window in (("24h", DAY), ("7d", WEEK))
    },
    **{
        f"scatter_gathers_{name}": _graph(lambda edges, event, w=window: len(twins.scatter_gather(edges, event, w)))
        for name, window in (("24h", DAY), ("7d", WEEK))
    },
    **{
        f"gather_scatter_width_{name}": _graph(lambda edges, event, w=window: twins.gather_scatter(edges, event, w))
        for name, window in (("24h", DAY), ("7d", WEEK))
    },
    **{
        f"passes_through_{name}": _graph(lambda edges, event, w=window: twins.pass_through(edges, event, w) is not None, amount=True)
        for name, window in (("1h", HOUR), ("24h", DAY))
    },
    **{f"pass_through_minutes_{name}": _graph(_minutes(window), amount=True) for name, window in (("1h", HOUR), ("24h", DAY))},
    "payer_hops_from_flagged_7d": _graph(lambda edges, event: twins.hops(edges, event, WEEK, set(FLAGGED))[0]),
    "payee_hops_to_flagged_7d": _graph(lambda edges, event: twins.hops(edges, event, WEEK, set(FLAGGED))[1]),
    **{f"caller_reciprocity_{name}": _graph(_share(window)) for name, window in (("24h", DAY), ("7d", WEEK))},
    "caller_short_burst_24h": _burst,
}
