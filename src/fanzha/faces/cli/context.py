"""What every command needs: the settings, and a way to open the installation they name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import typer

if TYPE_CHECKING:  # a command imports what it uses: who only asks for help, or reads a text, does not wait for the database
    from fanzha.faces.common.platform import Opener, Platform
    from fanzha.kit.progress import Progress
    from fanzha.settings import Settings


@dataclass(frozen=True)
class Cli:
    """Stands in typer's context object. `home`: the folder named on the command line, before the one of the environment."""

    home: Path | None
    opener: Opener
    quiet: bool = False

    @cached_property
    def settings(self) -> Settings:
        from fanzha.settings import Settings

        return Settings() if self.home is None else Settings(home=self.home)

    @contextmanager
    def platform(self) -> Iterator[Platform]:
        with self.opener(self.settings) as platform:
            yield platform

    @property
    def progress(self) -> Progress:
        from fanzha.kit.progress import Bars, Quiet

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
