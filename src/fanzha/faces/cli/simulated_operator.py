"""`fanzha simulate operator`: an operator that takes orders on numbers over the machine interface, as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fanzha.faces.cli.simulated_bank import Delay, Every, KeyFile, KeyMissing, Listen, Once, SecretFile, Seed, Url, content, run, span
from fanzha.simulator.bank import Book, Faults
from fanzha.simulator.bank.lines import HttpLine
from fanzha.simulator.operator import Clerk, Habits, Holders


def operator(
    url: Url = "http://127.0.0.1:8000",
    key_file: KeyFile = None,
    numbers: Annotated[Path | None, typer.Option(help="JSON list of numbers; without it every number asked for is served.")] = None,
    passed: Annotated[float, typer.Option(help="Share of holders who pass a check, where no list is given.", min=0, max=1)] = 0.25,
    not_reached: Annotated[float, typer.Option(help="Share of holders who are not reached.", min=0, max=1)] = 0.25,
    listen: Listen = 0,
    secret_file: SecretFile = None,
    delay: Delay = "0.5-3",
    faults: Annotated[str, typer.Option(help="What goes wrong, as timeouts=0.1,duplicates=0.2,wrong_signatures=0.1,lost_acknowledgements=0.1.")] = "",
    seed: Seed = 1,
    every: Every = 2.0,
    once: Once = False,
) -> None:
    """Simulate an operator: pull or be pushed orders on numbers, verify holders, limit, suspend and restore; with delays and faults."""
    key = content(key_file)
    if not key:
        raise KeyMissing
    holders = Holders.read(numbers) if numbers is not None else Holders(open_house=True, habits=Habits(passed, not_reached))
    clerk = Clerk(HttpLine(url, key), Book(), Faults.parse(faults), seed, span(delay), content(secret_file), holders=holders)
    run(clerk, "operator", url, listen=listen, every=every, once=once)
