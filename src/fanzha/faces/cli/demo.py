"""`fanzha demo`: from nothing to a running platform with a week of life in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer

from fanzha.faces.cli.context import Cli, cli, print_json, say
from fanzha.faces.cli.demonstration import banking, course
from fanzha.faces.cli.demonstration.ledger import City, ends_now, open_ledger
from fanzha.faces.cli.serve import serve_platform

_WARM = (sys.executable, "-m", "fanzha.engine.warm")
_LAST_IN_LINE = 19
DEFAULTS = {"people": 6_000, "days": 7, "seed": 1, "fraud_rate": 80.0}


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    context: typer.Context,
    people: Annotated[int | None, typer.Option(help=f"Residents (default {DEFAULTS['people']}).")] = None,
    days: Annotated[int | None, typer.Option(help=f"Days before now (default {DEFAULTS['days']}).")] = None,
    seed: Annotated[int | None, typer.Option(help=f"The same seed gives the same city (default {DEFAULTS['seed']}).")] = None,
    fraud_rate: Annotated[float | None, typer.Option(help=f"Multiple of the realistic rate (default {DEFAULTS['fraud_rate']:.0f}).")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages afterwards.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON document.")] = False,
) -> None:
    """Simulate a city, live through its days on this installation, and serve. What is there already is not done again."""
    here = cli(context)
    started = time.monotonic()
    defaults = City(int(DEFAULTS["people"]), int(DEFAULTS["days"]), int(DEFAULTS["seed"]), DEFAULTS["fraud_rate"], ends_now())
    ledger = open_ledger(here.settings.home / "demo" / "demo.json", people, days, seed, fraud_rate, defaults)
    city = course.simulate_once(ledger, here.progress)
    with here.platform() as platform:
        _, summary = course.run(platform, ledger, city, here.progress)
        if json:
            print_json(summary | {"seconds": round(time.monotonic() - started, 1)})
        else:
            _tell(here, summary)
        # Whoever reads through a pipe wants the sign-ins before the server, which ends only when it is stopped.
        sys.stdout.flush()
        if serve:
            with banking.answering(platform), beside(_WARM):
                serve_platform(here, platform, partial(typer.echo, err=True) if json else say)


@contextmanager
def beside(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Compile beside the pages what the first of them did not need, so that nobody waits for it later; whoever wants the processor goes first. Ends with them."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 — our own command, not a caller's
    os.setpriority(os.PRIO_PROCESS, process.pid, _LAST_IN_LINE)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _tell(here: Cli, summary: dict[str, object]) -> None:
    say(f"{summary['people']} people, {summary['days']} days, until {summary['until']}")
    say("Sign-ins of this demonstration (also in demo-signins.json):")
    for one in course.sign_ins(here.settings.home):
        say(f"  {one.login:<10}{one.password:<26}{one.role:<16}{one.organisation}")
