"""`fanzha simulate bank`: a bank that takes orders over the machine interface, as a process of its own."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from fanzha.faces.cli.context import say
from fanzha.kit.errors import InvalidInput
from fanzha.simulator.bank import Book, Faults, Teller
from fanzha.simulator.bank.lines import HttpLine, listening


class KeyMissing(InvalidInput):
    """The simulated receiver needs an API key of its agent."""

    code = "bank_key_missing"
    remedy = "Make a key with the permission controls.receive, and name the file that holds it with --key-file."


Url = Annotated[str, typer.Option(help="Address of the platform.")]
KeyFile = Annotated[Path | None, typer.Option(help="File with the API key of the receiver's agent.")]
Listen = Annotated[int, typer.Option(help="Port on this machine for pushed messages; 0 pulls only.")]
SecretFile = Annotated[Path | None, typer.Option(help="File with the secret of the endpoint, for pushed messages.")]
Delay = Annotated[str, typer.Option(help="Seconds before acknowledgement and before result, as LOW-HIGH.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same faults.")]
Every = Annotated[float, typer.Option(help="Seconds between two pulls.")]
Once = Annotated[bool, typer.Option("--once", help="Pull once, answer everything, and stop.")]


def bank(
    url: Url = "http://127.0.0.1:8000",
    key_file: KeyFile = None,
    accounts: Annotated[Path | None, typer.Option(help="JSON list of accounts; without it every account asked for is there.")] = None,
    listen: Listen = 0,
    secret_file: SecretFile = None,
    delay: Delay = "0.5-3",
    faults: Annotated[str, typer.Option(help="What goes wrong, as timeouts=0.1,duplicates=0.2,mismatches=0.05,wrong_signatures=0.1,lost_acknowledgements=0.1.")] = "",
    seed: Seed = 1,
    every: Every = 2.0,
    once: Once = False,
) -> None:
    """Simulate a bank: pull or be pushed orders, acknowledge, decide from balances, report; with delays and faults."""
    key = content(key_file)
    if not key:
        raise KeyMissing
    book = Book.read(accounts) if accounts is not None else Book(open_house=True)
    teller = Teller(HttpLine(url, key), book, Faults.parse(faults), seed, span(delay), content(secret_file))
    run(teller, "bank", url, listen=listen, every=every, once=once)


def run(teller: Teller, name: str, url: str, *, listen: int, every: float, once: bool) -> None:
    """Work until stopped, or once through; the counts are told at the end. Closes the teller's line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        if isinstance(teller.line, HttpLine):
            stack.callback(teller.line.close)
        if listen:
            stack.enter_context(listening(teller, "127.0.0.1", listen))
        say(f"The simulated {name} works with {url}" + (f" and listens on http://127.0.0.1:{listen}." if listen else "."))
        with suppress(KeyboardInterrupt):  # stopped by its user
            _work(teller, every, once=once)
        say(" ".join(f"{counted}={count}" for counted, count in vars(teller.counts).items()))


def _work(teller: Teller, every: float, *, once: bool) -> None:
    while True:
        _pull(teller)
        if once:
            teller.finish()
            return
        until = time.monotonic() + every
        while time.monotonic() < until:
            teller.work()
            time.sleep(0.05)


def _pull(teller: Teller) -> None:
    try:
        teller.pull()
    except ConnectionError as error:
        say(f"The platform cannot be reached ({error}); the next pull tries again.")


def content(file: Path | None) -> str:
    """The one line of a file with a secret; '' where none is named."""
    return file.read_text(encoding="utf-8").strip() if file is not None else ""


class BadDelay(InvalidInput):
    """This is no delay."""

    code = "bad_delay"
    remedy = "Write it as 0.5-3 (seconds)."


def span(text: str) -> tuple[float, float]:
    """LOW-HIGH in seconds. Raises BadDelay."""
    low, _, high = text.partition("-")
    try:
        span = float(low), float(high or low)
    except ValueError as wrong:
        raise BadDelay(delay=text) from wrong
    if not 0 <= span[0] <= span[1] <= 3600:
        raise BadDelay(delay=text)
    return span
