"""What every command needs: the settings, and a way to open the installation they name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import typer

from fanzha.faces.common.platform import Opener, Platform
from fanzha.kit.progress import Bars, Progress, Quiet
from fanzha.settings import Settings


@dataclass(frozen=True)
class Cli:
    """Stands in typer's context object."""

    settings: Settings
    opener: Opener
    quiet: bool = False

    @contextmanager
    def platform(self) -> Iterator[Platform]:
        with self.opener(self.settings) as platform:
            yield platform

    @property
    def progress(self) -> Progress:
        return Quiet() if self.quiet else Bars()


def cli(context: typer.Context) -> Cli:
    """The command line's context, typed."""
    found = context.find_root().obj
    assert isinstance(found, Cli)
    return found


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode() + "\n")


def say(text: str) -> None:
    """A line for people, on standard output; at once, also into a file: a server that says something goes on running."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
