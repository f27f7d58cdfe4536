"""The `fanzha` command: one module a command, listed here."""

from fanzha.faces.cli.main import run

__all__ = ["run"]
