"""The graph of a series: cases, what ties them, and the edges between, small enough to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fanzha.desks.series import linkables, value_queries
from fanzha.desks.series.domain import Tie
from fanzha.desks.series.keys import linking_texts, value_key
from fanzha.desks.series.linkables import LinkedCase
from fanzha.engine.linking.kinds import Shared
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

MOST_NODES = 300
MOST_OF_ONE = 24
"""Cases that a value adds to the first drawing: the rest come when its node is opened."""
HIDDEN = "***"


@dataclass(frozen=True)
class Node:
    """`id` is unique in the graph; `kind`: `case`, `report` or a name of `Shared`, small; `more`: edges that are not drawn."""

    id: str
    kind: str
    label: str
    url: str = ""
    more: int = 0


@dataclass(frozen=True)
class Graph:
    """`edges`: (case node, value node). `left_out`: cases and values that there was no room for."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    left_out: int


def masks(work: Work, ids: Sequence[str]) -> dict[tuple[int, int], str]:
    """(value, kind) → the value as pages show it, of what these linkables name."""
    named = linkables.named(work, ids)
    texts = linking_texts([(each.kind, each.value) for each in named])
    found = {(value_key(*shared), int(shared[0])): each.masked for each, shared in zip(named, texts, strict=True) if shared is not None}
    for value in value_queries.shown_values(work, ids):
        found.setdefault((value.value, value.kind), _masked(Shared(value.kind), value.shown or ""))
    return found


def _masked(kind: Shared, text: str) -> str:
    return identifiers.mask(Kind.IMEI if kind is Shared.DEVICE else Kind.BANK_ACCOUNT, text)


def draw(work: Work, cases: Sequence[LinkedCase], ties: Sequence[Tie], *, around: str = "", most: int = MOST_NODES) -> Graph:
    """The most telling values first, each with the first of its cases, until `most` nodes stand there. `around`: the id of a node whose neighbours come before all
    others, and all of them: what a reader asks for who has opened it."""
    named = value_queries.keys_of(work, [case.id for case in cases])
    shown = masks(work, [case.id for case in cases])
    by_tie = [(tie, [case for case in cases if (tie.value, int(tie.kind)) in named[case.id]]) for tie in ties]
    if around:
        by_tie.sort(key=lambda each: not _touches(each[0], each[1], around))
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    for tie, mine in by_tie:
        room = most - len(nodes) - 1
        fresh = [case for case in mine if case.id not in nodes][: None if around and _touches(tie, mine, around) else MOST_OF_ONE]
        if room < 1 or (fresh and room < min(2, len(fresh))):
            break
        taken = [case for case in mine if case.id in nodes] + fresh[:room]
        nodes[node_id(tie)] = Node(node_id(tie), tie.kind.name.lower(), shown.get((tie.value, int(tie.kind)), HIDDEN), more=len(mine) - len(taken))
        for case in taken:
            nodes.setdefault(case.id, Node(case.id, "case" if case.is_case else "report", case.name, case.url))
            edges.append((case.id, node_id(tie)))
    tied = {case.id for _, mine in by_tie for case in mine}
    for case in [each for each in cases if each.id not in tied][: max(0, most - len(nodes))]:
        nodes.setdefault(case.id, Node(case.id, "case" if case.is_case else "report", case.name, case.url))
    return Graph(tuple(nodes.values()), tuple(edges), len(cases) + len(ties) - len(nodes))


def node_id(tie: Tie) -> str:
    return f"v{int(tie.kind)}.{tie.value}"


def _touches(tie: Tie, cases: Sequence[LinkedCase], around: str) -> bool:
    return node_id(tie) == around or any(case.id == around for case in cases)


def as_json(graph: Graph, names: Mapping[str, str]) -> dict[str, object]:
    """For the page's drawing: `names` are the words of the kinds in the page's language. Reports are drawn as cases are."""
    nodes = [
        {"id": node.id, "kind": "case" if node.kind == "report" else node.kind, "name": names[node.kind], "label": node.label, "url": node.url, "more": node.more}
        for node in graph.nodes
    ]
    return {"nodes": nodes, "edges": [list(edge) for edge in graph.edges], "left_out": graph.left_out}
