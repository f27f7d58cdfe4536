"""The server tells its address when it answers, and not where it cannot."""

from __future__ import annotations

import dataclasses
import signal
import socket
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from fanzha.faces.cli import serve
from fanzha.faces.cli.context import Cli
from fanzha.faces.common.platform import Platform


@pytest.fixture
def here(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cli, Platform, socket.socket]]:
    """A command line and a platform without a worker, on a port that is bound to the socket and free once it is closed."""
    monkeypatch.setattr(serve, "_worker_beside", lambda _: nullcontext())
    held = socket.create_server(("127.0.0.1", 0))
    settings = platform.settings.model_copy(update={"port": held.getsockname()[1]})
    before = signal.getsignal(signal.SIGTERM)
    yield Cli(platform.settings.home, lambda _: nullcontext(platform), quiet=True), dataclasses.replace(platform, settings=settings), held
    signal.signal(signal.SIGTERM, before)


def test_the_address_is_told_when_it_answers(here: tuple[Cli, Platform, socket.socket]) -> None:
    cli, platform, held = here
    held.close()
    told: list[str] = []

    def tell(address: str) -> None:
        told.append(address)
        socket.create_connection(("127.0.0.1", platform.settings.port), timeout=5).close()
        signal.raise_signal(signal.SIGINT)

    serve.serve_platform(cli, platform, tell)
    assert told == [f"http://127.0.0.1:{platform.settings.port}"]


def test_nothing_is_told_where_the_port_is_taken(here: tuple[Cli, Platform, socket.socket]) -> None:
    cli, platform, held = here
    told: list[str] = []
    with held, pytest.raises(SystemExit):
        serve.serve_platform(cli, platform, told.append)
    assert told == []
