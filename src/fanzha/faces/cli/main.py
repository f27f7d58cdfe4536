"""The root of the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from fanzha import __version__
from fanzha.faces import cli as package
from fanzha.faces.cli.context import Cli
from fanzha.faces.common.platform import Opener
from fanzha.kit.errors import FanzhaError
from fanzha.settings import Settings

_GLOBAL_FLAGS = frozenset({"--quiet", "--no-quiet"})


class AnyPlace(TyperGroup):
    """The root group: `--home` and `--quiet` count wherever they stand, since people write them before and after the command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer names the type of `ctx` in a private module
        return super().parse_args(ctx, global_first(args))


def global_first(arguments: Sequence[str]) -> list[str]:
    """The same arguments with `--home DIR`, `--home=DIR` and `--quiet` in front. Whatever follows `--` is left alone."""
    ends = arguments.index("--") if "--" in arguments else len(arguments)
    front: list[str] = []
    others: list[str] = []
    rest = iter(arguments[:ends])
    for argument in rest:
        if argument == "--home" and (folder := next(rest, None)) is not None:
            front += [argument, folder]
        elif argument in _GLOBAL_FLAGS or argument.startswith("--home="):
            front.append(argument)
        else:
            others.append(argument)
    return [*front, *others, *arguments[ends:]]


def run(opener: Opener) -> None:
    """Run the command in `sys.argv`. An expected error is one line on standard error and exit code 1; an unexpected one is loud."""
    try:
        build(opener)()
    except FanzhaError as error:
        sys.stderr.write(f"fanzha: {error}\n")
        sys.exit(1)


def build(opener: Opener) -> typer.Typer:
    """The command tree: every module of this package that has `register(app)` adds its commands."""
    about = "反诈: a city's platform against telecom and online fraud."
    app = typer.Typer(cls=AnyPlace, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=about)

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
