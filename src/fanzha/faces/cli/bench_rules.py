"""`fanzha bench rules`: a table of 200 rules over one event at a time, beside zen-engine on the same table with the same hits."""

from __future__ import annotations

import json as json_text
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from fanzha.engine.rules.expression import Node, Type, parse
from fanzha.engine.rules.single import to_python
from fanzha.engine.rules.together import compile_together
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say

GOAL = 20.0
"""Times faster than zen-engine."""
_WORDS = ("phone", "hotline", "toll_free", "short", "satellite")
_NUMBERS = ("calls_1h", "callees_1h", "calls_24h", "callees_24h", "received_24h", "seconds_24h", "amount_fen", "paid_24h", "payees_24h", "payers_24h")
_FIELDS: Mapping[str, Type] = {**dict.fromkeys(_NUMBERS, Type.NUMBER), "kind": Type.TEXT, "foreign": Type.BOOLEAN}

Row = dict[str, float | int | str | bool]


@dataclass(frozen=True)
class Cell:
    """One test of one field, as our SQL and as a cell of zen-engine's decision table."""

    field: str
    ours: str
    zen: str


def register(app: typer.Typer) -> None:
    bench_group(app).command("rules")(rules)


def rules(
    size: Annotated[int, typer.Option("--rules", min=1, help="Rules in the table.")] = 200,
    events: Annotated[int, typer.Option(min=1, help="Events, each evaluated alone.")] = 2000,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each; the best counts, since other work on the machine only slows.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Microseconds of processor time an event: all rules in one function, each rule a function, and zen-engine; the hits are compared."""
    result = measure(table(size), rows(events), repeats)
    if json:
        print_json(result)
        return
    say(f"{size} rules, {events} events one at a time, {result['hits']} hits")
    say(f"  one function for all rules  {result['together_us']:8.1f} µs an event")
    say(f"  a function for each rule    {result['alone_us']:8.1f} µs an event")
    if result["zen_us"] is None:
        say(f"  zen-engine                  not measured: {result['zen_absent']}")
        return
    say(f"  zen-engine                  {result['zen_us']:8.1f} µs an event, {'the same hits' if result['same_hits'] else 'OTHER HITS'}")
    say(f"  {result['times_faster']:.1f} times faster; goal {GOAL:.0f} {'reached' if result['reached'] else 'not reached'}")


def measure(rule_table: Sequence[Sequence[Cell]], events: Sequence[Row], repeats: int) -> dict[str, Any]:
    """Every engine on the same events; `times_faster` is null where zen-engine is not installed."""
    nodes = [condition(cells) for cells in rule_table]
    together, alone = compile_together(nodes), [to_python(node) for node in nodes]
    ours = [together(row) for row in events]
    each = [[place for place, fires in enumerate(alone) if fires(row) is True] for row in events]
    result: dict[str, Any] = {
        "rules": len(rule_table), "events": len(events), "hits": sum(map(len, ours)), "goal": GOAL,
        "together_us": _best(together, events, repeats),
        "alone_us": _best(lambda row: [fires(row) for fires in alone], events, repeats),
    }  # fmt: skip
    same = ours == each
    try:
        peer = _zen(rule_table)
    except ImportError:
        return result | {"zen_us": None, "zen_absent": "zen-engine is not installed (extra bench)", "same_hits": same, "times_faster": None, "reached": None}
    same = same and ours == [peer(row) for row in events]
    zen_us = _best(peer, events, max(1, repeats - 3))
    times = zen_us / result["together_us"]
    return result | {"zen_us": zen_us, "same_hits": same, "times_faster": round(times, 1), "reached": same and times >= GOAL}


def table(size: int) -> list[list[Cell]]:
    """Rules of three to five tests each; the same at every call."""
    dice = random.Random(20_240_625)  # noqa: S311 - a fixed table, not a secret
    return [[_cell(dice, field) for field in dice.sample(list(_FIELDS), dice.randint(3, 5))] for _ in range(size)]


def rows(count: int) -> list[Row]:
    """Events without nulls: a decision table has no word for them."""
    dice = random.Random(7)  # noqa: S311 - fixed events, not a secret
    return [
        {**{name: dice.randint(0, 100) for name in _NUMBERS}, "kind": dice.choice(_WORDS), "foreign": dice.random() < 0.3}
        for _ in range(count)
    ]  # fmt: skip


def condition(cells: Sequence[Cell]) -> Node:
    """The rule's condition: all its tests."""
    return parse(" AND ".join(cell.ours for cell in cells), _FIELDS)


def _cell(dice: random.Random, field: str) -> Cell:
    if field == "kind":
        words = dice.sample(_WORDS, dice.randint(1, 3))
        return Cell(field, f"kind IN ({', '.join(map(repr, words))})", ", ".join(f'"{word}"' for word in words))
    if field == "foreign":
        wanted = dice.random() < 0.5
        return Cell(field, f"foreign = {str(wanted).upper()}", str(wanted).lower())
    low = dice.randint(0, 80)
    match dice.randint(0, 2):
        case 0:
            return Cell(field, f"{field} >= {low}", f">= {low}")
        case 1:
            return Cell(field, f"{field} < {low + 20}", f"< {low + 20}")
        case _:
            return Cell(field, f"{field} BETWEEN {low} AND {low + 30}", f"[{low}..{low + 30}]")


def _zen(rule_table: Sequence[Sequence[Cell]]) -> Callable[[Row], list[int]]:
    zen = import_module("zen")  # the peer, of the extra `bench`; the product never needs it

    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in _FIELDS],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": str(place), "rule": str(place), **dict.fromkeys(_FIELDS, ""), **{cell.field: cell.zen for cell in cells}}
            for place, cells in enumerate(rule_table)
        ],
    }  # fmt: skip
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "content": {}, "position": {"x": 0, "y": 0}},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content, "position": {"x": 1, "y": 0}},
        {"id": "out", "name": "out", "type": "outputNode", "content": {}, "position": {"x": 2, "y": 0}},
    ]
    edges = [{"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"}, {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"}]
    decision = zen.ZenEngine().create_decision(json_text.dumps({"nodes": nodes, "edges": edges}))
    return lambda row: [found["rule"] for found in decision.evaluate(row)["result"]]


def _best(evaluate: Callable[[Row], Any], events: Sequence[Row], repeats: int) -> float:
    """Microseconds of processor time an event, the best of the repeats."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        for row in events:
            evaluate(row)
        found.append((time.process_time() - start) / len(events) * 1e6)
    return round(min(found), 2)
