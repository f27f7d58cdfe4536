"""The public task of twelve classes (CCL23-Eval task 6) as files that a city has: it may not be passed on, so only its shape is known here.

Read are a JSON list, an object of objects, or JSON lines, in UTF-8 or GB 18030; the text stands under 案情描述, the label under 案件类别 (or their English names),
with or without 类 at its end.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanzha.kit.errors import InvalidInput
from fanzha.vocab.fraud_types import ENTRIES, FraudType

TEXTS = ("案情描述", "简要案情", "案情", "case description", "case_description", "description", "narrative", "text", "content")
LABELS = ("案件类别", "案件类型", "类别", "case category", "case_category", "category", "label", "type")
IDS = ("案件编号", "编号", "case id", "case_id", "id")
_MARKS = re.compile(r"[^\w]|_|诈骗|类|及|和|与")


class UnreadableTask(InvalidInput):
    """The file is not labelled narratives in a form that is known."""

    code = "unreadable_task"
    remedy = "Give a JSON list or JSON lines with 案情描述 and 案件类别 in every entry."


@dataclass(frozen=True)
class Task:
    """Narratives with their types, in the order of the file. `unknown`: labels of no known class, read as OTHER, and how often."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    types: tuple[FraudType, ...]
    unknown: dict[str, int]


def read_task(path: Path) -> Task:
    """Read a file of labelled narratives.

    Raises:
        UnreadableTask: no such file, no JSON, or an entry without text or label (its number is told).
    """
    rows = _rows(path)
    ids, texts, types = [], [], []
    unknown: Counter[str] = Counter()
    for number, row in enumerate(rows, 1):
        text, label = _value(row, TEXTS), _value(row, LABELS)
        if not text or not label:
            raise UnreadableTask(f"Entry {number} of {path.name} has no {'text' if not text else 'label'}.")
        kind = type_of(label)
        unknown.update([label] if kind is None else [])
        ids.append(_value(row, IDS) or str(number))
        texts.append(text)
        types.append(kind or FraudType.OTHER)
    if not texts:
        raise UnreadableTask(f"{path.name} holds no entry.")
    return Task(tuple(ids), tuple(texts), tuple(types), dict(unknown))


def type_of(label: str) -> FraudType | None:
    """The type of a label: one of our codes, or a name of the ministry's or the task's list in any punctuation; None for an unknown one."""
    plain = _plain(label)
    if label.strip() in set(FraudType):
        return FraudType(label.strip())
    return next((kind for name, kind in _names().items() if name == plain), None)


def _names() -> dict[str, FraudType]:
    names = {_plain(name): entry.code for entry in ENTRIES.values() for name in (entry.zh, entry.fcc12 or entry.zh)}
    return names | {_plain("虚假网络投资理财"): FraudType.INVESTMENT, _plain("网络婚恋、交友"): FraudType.ROMANCE, _plain("虚假贷款"): FraudType.LOAN}


def _plain(label: str) -> str:
    return _MARKS.sub("", label)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise UnreadableTask(f"There is no file {path}.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = _lines(path, text)
    if isinstance(document, dict):
        document = _unwrapped(document)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise UnreadableTask(f"{path.name} is no list of entries.")
    return document


def _lines(path: Path, text: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise UnreadableTask(f"Line {number} of {path.name} is no JSON.") from error
    return rows


def _unwrapped(document: dict[str, Any]) -> list[Any]:
    """One entry, {"data": [...]}, or entries by their number."""
    if any(name in document for name in TEXTS):
        return [document]
    lists = [value for value in document.values() if isinstance(value, list)]
    if len(lists) == 1:
        return list(lists[0])
    return [{"id": key} | value if isinstance(value, dict) else value for key, value in document.items()]


def _value(row: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of several fields that is there, compared without case and outer blanks."""
    known = {str(key).strip().lower(): value for key, value in row.items()}
    return next((str(known[name]).strip() for name in names if known.get(name) not in (None, "")), "")
