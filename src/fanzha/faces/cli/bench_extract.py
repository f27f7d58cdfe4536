"""`fanzha bench extract`: narratives read a second on one core, beside the expressions usually used for it and beside the cost of only going through the text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from json import loads
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from fanzha.engine.reading import read_narrative
from fanzha.engine.reading.folding import fold
from fanzha.engine.reading.scoring import Labelled, Tally, agreement, load_labelled, score, strip_marks, told, wilson
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import print_json, say
from fanzha.kit import clock
from fanzha.simulator.narratives import Story, narrate
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean

GOAL = 500
"""Narratives a second and core (issue 4)."""
LABELLED_AT = datetime(2026, 3, 6, 10, tzinfo=clock.SHANGHAI)
"""When the labelled narratives of tests/narratives were reported."""
_ROLES = {"identifier": ("suspect", "victim", "unknown"), "amount": ("lost", "returned", "fee", "other")}
_USUAL: dict[Kind, re.Pattern[str]] = {
    Kind.PHONE: re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    Kind.CARD: re.compile(r"(?<!\d)[3-6]\d{15,18}(?!\d)"),
    Kind.ID_CARD: re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    Kind.URL: re.compile(r"https?://[^\s\u4e00-\u9fff，。]+"),
    Kind.DOMAIN: re.compile(r"(?<![\w./@])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|top|xyz|vip|cc|example)(?![\w/])"),
    Kind.EMAIL: re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    Kind.QQ: re.compile(r"(?<=[Qq][Qq])[号:：为是]{0,3}[1-9]\d{4,10}"),
    Kind.WECHAT: re.compile(r"(?<=微信)[号:：为是]{0,3}[A-Za-z][\w-]{5,19}"),
}


def register(app: typer.Typer) -> None:
    bench_group(app).command("extract")(extract)


def extract(
    narratives: Annotated[int, typer.Option(min=10, help="Simulated narratives to read.")] = 2_000,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each; the best counts, since other work on the machine only slows.")] = 3,
    labelled: Annotated[list[Path] | None, typer.Option(help="Labelled narratives (tests/narratives/*.jsonl): precision and recall too; may be repeated.")] = None,
    again: Annotated[list[Path] | None, typer.Option(help="The same narratives marked by another person: how far two people agree.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Narratives a processor second, and with --labelled how much of what is marked is found, kind by kind, beside the usual expressions."""
    result = measure(_texts(narratives), repeats) | {"labelled": [quality(paths, again or []) for paths in _groups(labelled or [])]}
    if json:
        print_json(result)
        return
    say(f"{result['narratives']:,} narratives of {result['characters']} characters on average")
    met = "met" if result["per_cpu_s"] >= GOAL else "missed"
    say(f"  read            {result['per_cpu_s']:8,.0f} a processor second (goal {GOAL}: {met})")
    say(f"  usual patterns  {result['usual_per_cpu_s']:8,.0f}; reading takes {result['times_usual']:.1f} times as long")
    say(f"  folding alone   {result['fold_per_cpu_s']:8,.0f}, which bounds it")
    for one in result["labelled"]:
        _say_quality(one)


def measure(texts: Sequence[str], repeats: int) -> dict[str, Any]:
    """Processor seconds of the best of several runs."""
    reported = clock.now()
    ours = _best(repeats, lambda: [read_narrative(text, reported) for text in texts])
    usual = _best(repeats, lambda: [usual_patterns(text) for text in texts])
    bound = _best(repeats, lambda: [fold(text) for text in texts])
    return {
        "narratives": len(texts), "characters": round(sum(map(len, texts)) / len(texts)), "goal": GOAL, "per_cpu_s": round(len(texts) / ours, 1),
        "usual_per_cpu_s": round(len(texts) / usual, 1), "fold_per_cpu_s": round(len(texts) / bound, 1), "times_usual": round(ours / usual, 2),
    }  # fmt: skip


def usual_patterns(text: str) -> list[tuple[str, int, int, str]]:
    """(kind, start, end, clean value) by one expression a kind, as most projects do it: no fold, no labels, no overlaps resolved."""
    found = []
    for kind, pattern in _USUAL.items():
        for match in pattern.finditer(text):
            words = match[0].lstrip("号:：为是")
            try:
                found.append((kind.value, match.end() - len(words), match.end(), clean(kind, words).value))
            except InvalidIdentifier:
                continue  # what its own check digit refuses is no find
    return found


def _groups(paths: Sequence[Path]) -> list[list[Path]]:
    """Each file by itself, and all of them together where there are several."""
    return [*([path] for path in paths), *([list(paths)] if len(paths) > 1 else [])]


def quality(paths: Sequence[Path], again: Sequence[Path] = ()) -> dict[str, Any]:
    """Span-level precision and recall by kind with their intervals, roles, type, stage, how often a human is asked for; the usual patterns' and another person's."""
    narratives = [one for path in paths for one in load_labelled(path)]
    total, _ = score(narratives, LABELLED_AT)
    return {
        "file": " + ".join(path.name for path in paths), "narratives": total.narratives, "spans": {kind: _spans(tally) for kind, tally in sorted(total.spans.items())},
        "roles": {f"{family} {role}": _role(*total.role(family, role)) for family, roles in _ROLES.items() for role in roles},
        "person": _person(narratives, again), "usual": _usual_quality(narratives),
        "type_accuracy": round(total.type_accuracy, 4), "type_macro_f1": round(total.type_macro_f1, 4),
        "type_accuracy_unasked": round(total.type_accuracy_unasked, 4), "stage_accuracy": round(total.stage_accuracy, 4),
        "asked_human": total.asked_human, "asked_human_wrong": total.asked_human_wrong,
    }  # fmt: skip


def _spans(tally: Tally) -> dict[str, Any]:
    return {
        "marked": tally.marked, "precision": round(tally.precision, 4), "precision_from": _bounds(tally.right, tally.found), "recall": round(tally.recall, 4),
        "recall_from": _bounds(tally.right, tally.marked), "value_right": _share(tally.values, tally.right), "role_right": _share(tally.roles, tally.roles_asked),
    }  # fmt: skip


def _person(narratives: Sequence[Labelled], again: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """By kind, what another person marked held against the first marks: what a reader can reach."""
    second = {row["id"]: strip_marks(row["text"])[1] for path in again for row in map(loads, path.read_text("utf-8").splitlines())}
    return {kind: _spans(tally) for kind, tally in sorted(agreement(narratives, second).items())}


def _role(right: int, read: int, given: int) -> dict[str, Any]:
    return {"given": given, "precision": _share(right, read), "recall": _share(right, given)}


def _bounds(part: int, whole: int) -> list[float]:
    return [round(bound, 3) for bound in wilson(part, whole)]


def _usual_quality(narratives: Sequence[Labelled]) -> dict[str, float]:
    """Precision and recall of the usual patterns over the kinds that they know."""
    known = {kind.value for kind in _USUAL}
    found = {(one.id, *span[:3]) for one in narratives for span in usual_patterns(one.text)}
    marked = {(one.id, mark.kind, mark.start, mark.end) for one in narratives for mark in one.marks if mark.kind in known}
    ours = {(one.id, *span[:3]) for one in narratives for span in told(read_narrative(one.text, LABELLED_AT)) if span[0] in known}
    return {
        "precision": round(len(found & marked) / max(1, len(found)), 4), "recall": round(len(found & marked) / max(1, len(marked)), 4),
        "our_precision": round(len(ours & marked) / max(1, len(ours)), 4), "our_recall": round(len(ours & marked) / max(1, len(marked)), 4),
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _texts(count: int) -> list[str]:
    """Reports as the simulator writes them, of all types in turn."""
    rng = np.random.default_rng(7)
    at = datetime(2026, 3, 5, 14, tzinfo=clock.SHANGHAI)
    kinds = [kind for kind in FraudType if kind not in (FraudType.OTHER, FraudType.MILITARY_PURCHASE, FraudType.BLACK_INDUSTRY)]
    return [narrate(rng, _story(kinds[number % len(kinds)], number, at)) for number in range(count)]


def _story(kind: FraudType, number: int, at: datetime) -> Story:
    return Story(
        type=kind, name="陈某", age=30 + number % 40, met_at=at, paid_at=at, loss_fen=1_000_00 + number * 137_00, times=2 + number % 3, numbers=(f"170{number:08d}",),
        accounts=(f"6217{number:015d}",), sites=(f"www.fake{number}.example",), contact=f"{200000000 + number}", bank="示例银行",
    )  # fmt: skip


def _best(repeats: int, work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def _say_quality(one: dict[str, Any]) -> None:
    say(f"{one['file']}: {one['narratives']} narratives")
    for kind, span in one["spans"].items():
        role = "" if span["role_right"] is None else f"  role {span['role_right']:.3f}"
        low, high = span["precision_from"], span["recall_from"]
        found = f"precision {span['precision']:.3f} [{low[0]:.2f}, {low[1]:.2f}]  recall {span['recall']:.3f} [{high[0]:.2f}, {high[1]:.2f}]"
        say(f"  {kind:<13} marked {span['marked']:>4}  {found}{role}")
        if kind in one["person"]:
            person = one["person"][kind]
            said = "" if person["role_right"] is None else f"  role {person['role_right']:.3f}"
            say(f"  {'':<13} another person  precision {person['precision']:.3f}               recall {person['recall']:.3f}            {said}")
    for role, whose in one["roles"].items():
        say(f"  {role:<19} given {whose['given']:>4}  precision {whose['precision'] or 0:.3f}  recall {whose['recall'] or 0:.3f}")
    usual = one["usual"]
    say(f"  usual patterns: precision {usual['precision']:.3f}, recall {usual['recall']:.3f}")
    say(f"  ours on the same kinds: precision {usual['our_precision']:.3f}, recall {usual['our_recall']:.3f}")
    say(f"  type accuracy {one['type_accuracy']:.3f}, macro-F1 {one['type_macro_f1']:.3f}; stage {one['stage_accuracy']:.3f}")
    say(f"  a human asked for {one['asked_human']} times, {one['asked_human_wrong']} of them rightly; of the others {one['type_accuracy_unasked']:.3f} right")
