"""Which reader a file needs, by its first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from fanzha.desks.intake.columns import Given, IntakeKind, find_header, match, missing
from fanzha.desks.intake.errors import BadMapping, CompressedFile, EmptyFile, NotATable
from fanzha.desks.intake.readers.base import Format, Source
from fanzha.desks.intake.readers.csv import CsvSource
from fanzha.desks.intake.readers.jsonl import JsonlSource
from fanzha.desks.intake.readers.parquet import ParquetSource
from fanzha.desks.intake.readers.xlsx import XlsxSource

_ARCHIVES: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd", b"7z\xbc\xaf", b"Rar!")
_DOCUMENTS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"<!DOCTYPE", b"<html")
_HEADS: Final = ((b"PAR1", Format.PARQUET), (b"PK\x03\x04", Format.XLSX), (b"\xd0\xcf\x11\xe0", Format.XLSX))


def detect(path: Path) -> Format:
    """The format of a file; text that is no JSON is CSV.

    Raises:
        EmptyFile: there is nothing in it.
        CompressedFile: an archive.
        NotATable: a document or a picture.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise EmptyFile
    if head.startswith(_ARCHIVES):
        raise CompressedFile
    if head.startswith(_DOCUMENTS):
        raise NotATable
    for mark, found in _HEADS:
        if head.startswith(mark):
            return found
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Format.JSONL if text.startswith((b"{", b"[")) else Format.CSV


def open_source(path: Path, kind: IntakeKind, given: Given | None = None) -> Source:
    """Open a file to be read as `kind`.

    Raises:
        UnreadableFile: its subclasses say what is wrong with the file as a whole.
    """
    found = detect(path)
    choose = partial(find_header, kind, given=given)
    if found is Format.PARQUET:
        return ParquetSource(path)
    if found is Format.XLSX:
        return XlsxSource(path, choose, partial(_whole_header, kind, given))
    if found is Format.JSONL:
        return JsonlSource(path)
    return CsvSource(path, choose)


def _whole_header(kind: IntakeKind, given: Given | None, rows: Sequence[Sequence[str]]) -> int:
    """The first row that meets every need of the kind; -1 where none does."""
    for place, row in enumerate(rows):
        try:
            if not missing(kind, match(kind, row, given)):
                return place
        except BadMapping:
            continue
    return -1
