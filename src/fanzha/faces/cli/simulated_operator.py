"""`fanzha simulate operator`: an operator that takes orders on numbers over the machine interface, as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fanzha.faces.cli.simulated_bank import KeyMissing, content, run, span
from fanzha.simulator.bank import Book, Faults
from fanzha.simulator.bank.lines import HttpLine
from fanzha.simulator.operator import Clerk, Habits, Holders


def operator(
    url: Annotated[str, typer.Option(help="Address of the platform.")] = "http://127.0.0.1:8000",
    key_file: Annotated[Path | None, typer.Option(help="File with the operator agent's API key.")] = None,
    numbers: Annotated[Path | None, typer.Option(help="JSON list of numbers; without it every number asked for is served.")] = None,
    passed: Annotated[float, typer.Option(help="Share of holders who pass a check, where no list is given.", min=0, max=1)] = 0.25,
    not_reached: Annotated[float, typer.Option(help="Share of holders who are not reached.", min=0, max=1)] = 0.25,
    listen: Annotated[int, typer.Option(help="Port on this machine for pushed messages; 0 pulls only.")] = 0,
    secret_file: Annotated[Path | None, typer.Option(help="File with the secret of the endpoint, for pushed messages.")] = None,
    delay: Annotated[str, typer.Option(help="Seconds before acknowledgement and before result, as LOW-HIGH.")] = "0.5-3",
    faults: Annotated[str, typer.Option(help="What goes wrong, as timeouts=0.1,duplicates=0.2,wrong_signatures=0.1,lost_acknowledgements=0.1.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    every: Annotated[float, typer.Option(help="Seconds between two pulls.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Pull once, answer everything, and stop.")] = False,
) -> None:
    """Simulate an operator: pull or be pushed orders on numbers, verify holders, limit, suspend and restore; with delays and faults."""
    key = content(key_file)
    if not key:
        raise KeyMissing
    holders = Holders.read(numbers) if numbers is not None else Holders(open_house=True, habits=Habits(passed, not_reached))
    clerk = Clerk(HttpLine(url, key), Book(), Faults.parse(faults), seed, span(delay), content(secret_file), holders=holders)
    run(clerk, "operator", url, listen=listen, every=every, once=once)
