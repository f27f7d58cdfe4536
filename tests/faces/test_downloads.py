"""Downloads let go of what they are drawn from, however they end."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

import pytest

from fanzha.faces.common.downloads import csv_response

SCOPE = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "path": "/", "headers": []}


class Rows:
    """Rows drawn from something that must be let go of."""

    def __init__(self, count: int) -> None:
        self.count, self.drawn, self.held = count, 0, False

    def __iter__(self) -> Generator[list[str], None, None]:
        self.held = True
        try:
            for _ in range(self.count):
                self.drawn += 1
                yield ["x" * 100]
        finally:
            self.held = False


async def _answer(rows: Rows, pieces: int) -> int:
    """Send the file to a reader who goes away after so many pieces; returns how many came."""
    came, gone = 0, asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal came
        came += len(message.get("body", b"")) > 0
        if came >= pieces:
            gone.set()
            await asyncio.sleep(0)

    await csv_response("x.csv", ["a"], iter(rows))(SCOPE, receive, send)
    return came


@pytest.mark.parametrize(("count", "pieces"), [(100_000, 1), (100_000, 3), (10, 9)])
def test_rows_are_closed_when_the_reader_goes_away_and_at_the_end(count: int, pieces: int) -> None:
    rows = Rows(count)
    came = asyncio.run(_answer(rows, pieces))
    assert came >= 1
    assert not rows.held
    assert (rows.drawn < count) == (count > 10)
