"""Where a text file (CSV, JSON lines) stops being a table: looked for only after reading failed, so that reading stays fast."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

_FOREIGN_MARKS = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 says so in its first two bytes


@dataclass(frozen=True)
class Fault:
    """What is wrong, with the line (from 1), and what to do."""

    message: str
    remedy: str


def find_fault(path: Path, lines: bool) -> Fault | None:
    """The first fault of a CSV file or, with `lines`, of a file of JSON lines; None where this finds none."""
    try:
        with _opened(path) as file:
            return _not_unicode(file) or (_no_object(file) if lines else _uneven(file))
    except (OSError, EOFError):  # damaged compression: the reader's own word says it
        return None


def is_foreign(path: Path) -> bool:
    """Whether the file is UTF-16, which reads as a table of nonsense."""
    try:
        with _opened(path) as file:
            return file.read(2) in _FOREIGN_MARKS
    except (OSError, EOFError):  # damaged compression: the reader's own word says it
        return False


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with cast("BinaryIO", gzip.open(path, "rb")) if path.name.lower().endswith(".gz") else path.open("rb") as file:
        yield file


def _not_unicode(file: BinaryIO) -> Fault | None:
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            return Fault(f"line {number}, byte {error.start + 1} is not UTF-8", "Save the file as UTF-8; files from Excel are often GBK.")
    file.seek(0)
    return None


def _no_object(file: BinaryIO) -> Fault | None:
    for number, line in enumerate(file, start=1):
        try:
            found = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError as error:
            return Fault(f"line {number} is no JSON: {error.msg} at character {error.pos + 1}", "Write one JSON object a line.")
        if not isinstance(found, dict):
            return Fault(f"line {number} is no JSON object", "Write one JSON object a line.")
    return None


def _uneven(file: BinaryIO) -> Fault | None:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        return _uneven_row(csv.reader(text, strict=True))
    finally:
        text.detach()  # who opened the file closes it


def _uneven_row(rows: Any) -> Fault | None:
    width, before = 0, 0
    try:
        for row in rows:
            width = width or len(row)
            if len(row) > width:
                remedy = "Put a field that holds a comma between quotation marks."
                return Fault(f"the row at line {before + 1} has {len(row)} fields, the header {width}", remedy)
            before = rows.line_num
    except csv.Error as error:
        return Fault(f"the row at line {before + 1}: {error}", "Close every quotation mark, and double those inside a field.")
    return None
