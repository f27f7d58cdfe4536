"""Where the accounts of a trace stand in a picture: one column a tier (一级、二级、三级账户), the most money at the top. Pure geometry; units are pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log10

from fanzha.desks.funds.following import Found

WIDTH, HEIGHT = 168, 58  # of a node
_ACROSS, _DOWN = 248, 74
_EDGE = 26
MOST_NODES = 60


@dataclass(frozen=True)
class Node:
    """An account; `through` is the stolen money (fen) that came to it, `rest` what of it rests there, by kind."""

    account: str
    tier: int
    x: int
    y: int
    through: int
    rest: Mapping[str, int]


@dataclass(frozen=True)
class Edge:
    """Stolen money (fen) from one account to another, over `count` transfers; `path` is an SVG path, `width` its stroke."""

    payer: str
    payee: str
    fen: int
    count: int
    path: str
    width: float


@dataclass(frozen=True)
class Picture:
    """`hidden`: accounts that found no place because they carry the least; the table has them all."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    tiers: tuple[int, ...]
    width: int
    height: int
    hidden: int

    def across(self, tier: int) -> int:
        """The left edge of a tier's column."""
        return _EDGE + self.tiers.index(tier) * _ACROSS


def draw(found: Found, most: int = MOST_NODES) -> Picture:
    """Lay out the accounts that carry the most; victims and the accounts that money rests in before the others."""
    through, rest = _amounts(found)
    tier_of = {each.account: each.tier for each in found.accounts}
    order = sorted(tier_of, key=lambda account: (tier_of[account] > 0, -sum(rest[account].values()), -through[account], account))
    shown = set(order[:most])
    tiers = tuple(sorted({tier_of[account] for account in shown}))
    nodes = _nodes(shown, tiers, tier_of, through, rest)
    tallest = max((node.y for node in nodes), default=0)
    picture = Picture(nodes, _edges(found, {node.account: node for node in nodes}), tiers, 0, 0, len(tier_of) - len(shown))
    return Picture(picture.nodes, picture.edges, tiers, 2 * _EDGE + max(0, len(tiers) - 1) * _ACROSS + WIDTH, tallest + HEIGHT + _EDGE, picture.hidden)


def _amounts(found: Found) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    through: dict[str, int] = defaultdict(int)
    for flow in found.flows:
        through[flow.payee] += flow.fen
        if flow.hop == 1:
            through[flow.payer] += flow.fen
    rest: dict[str, dict[str, int]] = defaultdict(dict)
    for each in found.holdings:
        rest[each.account][each.kind] = each.fen
    return through, rest


def _nodes(
    shown: Collection[str], tiers: tuple[int, ...], tier_of: Mapping[str, int], through: Mapping[str, int], rest: Mapping[str, Mapping[str, int]]
) -> tuple[Node, ...]:
    nodes = []
    for column, tier in enumerate(tiers):
        here = sorted((each for each in shown if tier_of[each] == tier), key=lambda each: (-sum(rest.get(each, {}).values()), -through[each], each))
        for row, account in enumerate(here):
            nodes.append(Node(account, tier, _EDGE + column * _ACROSS, _EDGE + 24 + row * _DOWN, through[account], rest.get(account, {})))
    return tuple(nodes)


def _edges(found: Found, nodes: Mapping[str, Node]) -> tuple[Edge, ...]:
    summed: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for flow in found.flows:
        if flow.payer in nodes and flow.payee in nodes:
            summed[flow.payer, flow.payee][0] += flow.fen
            summed[flow.payer, flow.payee][1] += 1
    return tuple(Edge(payer, payee, fen, count, _path(nodes[payer], nodes[payee]), _stroke(fen)) for (payer, payee), (fen, count) in sorted(summed.items()))


def _path(payer: Node, payee: Node) -> str:
    """A curve from the right of the payer to the left of the payee; backwards or within a tier it goes around by the right."""
    x1, y1, y2 = payer.x + WIDTH, payer.y + HEIGHT // 2, payee.y + HEIGHT // 2
    if payee.x > payer.x:
        middle = (x1 + payee.x) // 2
        return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {payee.x} {y2}"
    x2 = payee.x + WIDTH
    bend = max(x1, x2) + 40
    return f"M{x1} {y1} C{bend} {y1} {bend} {y2} {x2} {y2}"


def _stroke(fen: int) -> float:
    """1.5 px for a yuan to 8 px for ten million."""
    return round(min(8.0, 1.5 + log10(max(1, fen // 100)) * 0.9), 1)
