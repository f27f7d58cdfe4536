"""A narrative pasted and read: its words marked, what was found in a table, and both to be copied. The text is read and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.engine.reading import Amount, Mention, Moment, PlatformMention, Reading, as_document, read_narrative
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.downloads import csv_lines
from fanzha.faces.common.reading import LONGEST, READ
from fanzha.faces.console.case_forms import as_typed, instant
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.money import format_yuan

router = APIRouter()
NAV = NavEntry("extract", "警情识读", "Read a narrative", "/extract", "file-text", READ, order=33)

Reader = Annotated[PageContext, Depends(signed_in(READ))]
Part = Mention | Amount | Moment | PlatformMention
_HEADS = ("kind", "role", "value", "text", "start", "end", "confidence")


@dataclass(frozen=True)
class Piece:
    """A piece of the text. `family` and `code` name what it is (`family` is empty between the finds), `look` how it is underlined; `role` as in the reading."""

    text: str
    family: str = ""
    code: str = ""
    look: str = ""
    role: str = ""
    value: str = ""
    percent: int = 0
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a page shows of a reading: `pieces` together are the text; `json` and `csv` are for copying."""

    reading: Reading
    pieces: tuple[Piece, ...]
    json: str
    csv: str

    @property
    def finds(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.family)


@router.get("/extract")
def form(page: Reader) -> Response:
    return page.render("console/extract/page.html", text="", reported_at=as_typed(clock.now()), longest=LONGEST, read=None, error=None)


@router.post("/extract")
def read(page: Reader, text: Annotated[str, Form()] = "", reported_at: Annotated[str, Form()] = "") -> Response:
    """Nothing is kept but that somebody had one narrative read."""
    told = text.replace("\r\n", "\n")  # browsers send lines with two characters
    shown: Read | None = None
    error: str | None = None
    try:
        if len(told) > LONGEST:
            error = page.say("文字太长，最多 {n} 个字。", n=LONGEST)
        elif told.strip():
            shown = shown_of(told, read_narrative(told, instant(reported_at)))
    except FanzhaError as problem:
        error = page.say(problem.message)
    if shown is not None:
        with page.work() as work:
            work.audit("extract.read", "narratives", {"asked": 1})
    return page.render("console/extract/page.html", 422 if error else 200, text=told, reported_at=reported_at, longest=LONGEST, read=shown, error=error)


def shown_of(text: str, reading: Reading) -> Read:
    parts: list[Part] = sorted([*reading.mentions, *reading.amounts, *reading.times, *reading.platforms], key=lambda part: part.start)
    pieces, rows, end = [], [], 0
    for part in parts:
        piece = _piece(part)
        if part.start >= end:
            pieces += [Piece(text[end : part.start]), piece]
            end = part.end
        rows.append((piece.code, piece.role, piece.value, part.raw, part.start, part.end, part.confidence))
    pieces.append(Piece(text[end:]))
    document = orjson.dumps(as_document(reading), default=str, option=orjson.OPT_INDENT_2).decode()
    return Read(reading, tuple(piece for piece in pieces if piece.text), document, "".join(csv_lines(_HEADS, rows)))


def _piece(part: Part) -> Piece:
    common: dict[str, Any] = {"text": part.raw, "percent": round(part.confidence * 100)}
    if isinstance(part, Mention):
        return Piece(family="identifier_kind", code=part.kind.value, look="identifier", role=part.role.value, value=part.value, doubts=part.warnings, **common)
    if isinstance(part, Amount):
        return Piece(family="read_kind", code="amount", look="amount", role=part.role.value, value=format_yuan(part.fen), **common)
    if isinstance(part, Moment):
        at = f"{clock.to_local(part.at):%Y-%m-%d %H:%M}" if part.at else ""
        return Piece(family="read_kind", code="time", look="time", value=at, **common)
    return Piece(family="read_kind", code="platform", look="platform", value=part.value, **common)
