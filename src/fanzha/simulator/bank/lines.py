"""The simulated bank's connections: to the platform by HTTP, and from it as a web hook."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import orjson

from fanzha.kit import clock, signing
from fanzha.simulator.bank.teller import Teller

_WINDOW = timedelta(minutes=5)
_LARGEST = 2**20
_SLOW_SECONDS = 12.0
"""Longer than the platform waits for an answer to a push."""

_log = logging.getLogger(__name__)


class HttpLine:
    """To the platform, with the bank's API key."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False)

    def ask(self, path: str) -> tuple[int, Any]:
        return self._answer(lambda: self._client.get(path))

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        return self._answer(lambda: self._client.post(path, content=body, headers={"Content-Type": "application/json"} | dict(headers)))

    def close(self) -> None:
        self._client.close()

    def _answer(self, call: Any) -> tuple[int, Any]:
        try:
            response = call()
            return response.status_code, response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ConnectionError(type(error).__name__) from error


class _Hook(BaseHTTPRequestHandler):
    """Takes one pushed message: 204 where it was taken (or known), 401 where the signature is wrong."""

    teller: Teller
    slow_seconds = _SLOW_SECONDS

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if 0 < length <= _LARGEST else b""
        get = self.headers.get
        stamp, serial, signature = get(signing.TIMESTAMP, ""), get(signing.SERIAL, ""), get(signing.SIGNATURE, "")
        if not signing.fits(self.teller.secret, stamp, serial, signature, body, now=clock.now(), window=_WINDOW):
            self._end(401)
            return
        message = orjson.loads(body)
        if message.get("TransSerialNumber") != serial:
            self._end(401)
            return
        self.teller.take(message)
        if self.teller.times_out():
            time.sleep(self.slow_seconds)
        self._end(204)

    def _end(self, status: int) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except (BrokenPipeError, ConnectionResetError):
            _log.info("the platform did not wait for the answer")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the standard library's name
        _log.debug(format, *args)


@contextmanager
def listening(teller: Teller, host: str, port: int, *, slow_seconds: float = _SLOW_SECONDS) -> Iterator[int]:
    """Take pushed messages while the block runs; gives the port (0 chooses one)."""
    handler = type("Hook", (_Hook,), {"teller": teller, "slow_seconds": slow_seconds})
    with ThreadingHTTPServer((host, port), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
