"""What a document says, whatever it is written as. All of it is text: nothing is taken for markup or a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TableOf:
    """`numeric`: columns that stand at the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Part:
    """A section: heading, paragraphs, then a table where there is one. `empty` is said in place of a table without rows."""

    heading: str
    paragraphs: Sequence[str] = ()
    table: TableOf | None = None
    empty: str = ""


@dataclass(frozen=True)
class Document:
    """`marking`: how it is to be handled, at the head of every page; `facts`: name and value, under the title; `foot`: who took it out, and when."""

    title: str
    issuer: str
    marking: str
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    foot: str
    lang: str = "zh"
