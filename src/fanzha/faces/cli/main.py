"""The root of the command line."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated

import typer

from fanzha import __version__
from fanzha.faces import cli as package
from fanzha.faces.cli.context import Cli
from fanzha.faces.common.platform import Opener
from fanzha.kit.errors import FanzhaError
from fanzha.settings import Settings


def run(opener: Opener) -> None:
    """Run the command in `sys.argv`. An expected error is one line on standard error and exit code 1; an unexpected one is loud."""
    try:
        build(opener)()
    except FanzhaError as error:
        sys.stderr.write(f"fanzha: {error}\n")
        sys.exit(1)


def build(opener: Opener) -> typer.Typer:
    """The command tree: every module of this package that has `register(app)` adds its commands."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="反诈: a city's platform against telecom and online fraud.")

    @app.callback()
    def root(
        context: typer.Context,
        home: Annotated[Path | None, typer.Option(help="The folder that holds everything (FANZHA_HOME).")] = None,
        quiet: Annotated[bool, typer.Option(help="No progress on standard error.")] = False,
    ) -> None:
        settings = Settings() if home is None else Settings(home=home)
        context.obj = Cli(settings, opener, quiet)

    @app.command()
    def version() -> None:
        """Print the version."""
        sys.stdout.write(__version__ + "\n")

    for module in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        loaded = import_module(f"{package.__name__}.{module.name}")
        if hasattr(loaded, "register"):
            loaded.register(app)
    return app
