"""Files that a page sends, streamed: rows as comma-separated values, or pieces of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext

import anyio
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 65_536


class Download(StreamingResponse):
    """Pieces drawn while they are sent. What they are drawn from (a transaction, a file) is closed at the end, also where the reader goes away before it."""

    def __init__(self, pieces: Generator[str | bytes, None, None], media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._pieces.close)


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Download:
    """A download with a byte order mark, so that Excel reads it as UTF-8. Rows are drawn while they are sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Download(csv_lines(heads, rows), "text/csv; charset=utf-8", headers)


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Generator[str, None, None]:
    """The file in pieces of about 64 kB; rows that are drawn from somewhere are closed with it."""
    with closing(rows) if isinstance(rows, Generator) else nullcontext():
        yield from _pieces(heads, rows)


def _pieces(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Generator[str, None, None]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([harmless("" if cell is None else str(cell)) for cell in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
