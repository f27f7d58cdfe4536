"""An application that decides nothing: `python -m fanzha.faces.screen.null`.

The same HTTP server on the same loop answers every request at once with as many bytes as a decision has. What the load generator gets out of it on this
machine is the ceiling that no way of deciding could pass.
"""

from __future__ import annotations

import asyncio
import sys

from fanzha.faces.screen.app import Receive, Scope, Send
from fanzha.faces.screen.wire import listening, serve_on

_BODY = b'{"decision":"pass","decision_id":"' + b"0" * 32 + b'","nothing":"' + b"." * 300 + b'"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode()), (b"cache-control", b"no-store")]


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Read what was sent and answer."""
    del scope
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def _run() -> None:
    with listening("127.0.0.1", 0) as sock:
        sys.stdout.write(f"{sock.getsockname()[1]}\n")
        sys.stdout.flush()
        await serve_on(answer, sock)


if __name__ == "__main__":
    from fanzha.faces.screen.wire import LOOP

    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(_run())
