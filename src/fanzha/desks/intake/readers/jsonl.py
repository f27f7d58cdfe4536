"""JSON lines: one object a line, UTF-8. Numbers are kept as they are written, so no digit of an account or an amount is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from fanzha.desks.intake.errors import EmptyFile, UnreadableFile
from fanzha.desks.intake.readers.base import ROW, ROWS_A_CHUNK, Chunk, Failure, Format
from fanzha.desks.intake.reasons import Reason

_LONGEST_LINE: Final = 1024 * 1024
_SAMPLE: Final = 1000


class JsonlSource:
    """A file of JSON objects. `header` is the union of the first thousand rows' keys; a key that comes later is in its chunk's frame all the same."""

    format = Format.JSONL
    note = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        keys: dict[str, None] = {}
        good = seen = 0
        for _, _, record in self._records():
            seen += 1
            if isinstance(record, dict):
                good += 1
                keys.update(dict.fromkeys(record))
            if seen >= _SAMPLE:
                break
        if not seen:
            raise EmptyFile
        if not good:
            raise UnreadableFile("The file looks like JSON, but none of its first lines is an object.", remedy="Write one JSON object a line.")
        self.header = tuple(keys)

    def chunks(self) -> Iterator[Chunk]:
        taken: list[tuple[int, bytes, dict[str, str | None]]] = []
        failures: list[Failure] = []
        for row, raw, record in self._records():
            if isinstance(record, Reason):
                failures.append(Failure(row, raw, record))
            else:
                taken.append((row, raw, record))
            if len(taken) + len(failures) >= ROWS_A_CHUNK:
                yield _chunk(taken, failures)
                taken, failures = [], []
        if taken or failures:
            yield _chunk(taken, failures)

    def _records(self) -> Iterator[tuple[int, bytes, dict[str, str | None] | Reason]]:
        with self._path.open("rb") as file:
            for row, line in enumerate(file, 1):
                raw = line.removeprefix(b"\xef\xbb\xbf") if row == 1 else line
                raw = raw.strip()
                if raw:
                    yield row, raw, _parse(raw)


def _parse(raw: bytes) -> dict[str, str | None] | Reason:
    if len(raw) > _LONGEST_LINE:
        return Reason.NOT_JSON
    try:
        record = json.loads(raw, parse_float=str, parse_int=str)
    except UnicodeDecodeError:
        return Reason.WRONG_ENCODING
    except (ValueError, RecursionError):
        return Reason.NOT_JSON
    if not isinstance(record, dict):
        return Reason.NOT_JSON
    return {name: value if value is None or isinstance(value, str) else _text(value) for name, value in record.items()}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else str(value)


def _chunk(taken: list[tuple[int, bytes, dict[str, str | None]]], failures: list[Failure]) -> Chunk:
    names = list(dict.fromkeys(name for _, _, record in taken for name in record if name != ROW))
    numbers = pl.Series(ROW, [row for row, _, _ in taken], dtype=pl.Int64)
    columns = [pl.Series(name, [record.get(name) for _, _, record in taken], dtype=pl.String) for name in names]
    raws = [raw for _, raw, _ in taken]
    return Chunk(pl.DataFrame([numbers, *columns]), lambda places: [raws[place] for place in places], failures)
