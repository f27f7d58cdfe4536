"""`fanzha version`."""

from __future__ import annotations

import sys

import typer

from fanzha import __version__


def register(app: typer.Typer) -> None:
    app.command()(version)


def version() -> None:
    """Print the version."""
    sys.stdout.write(__version__ + "\n")
