"""The root of the command line.

Its commands are named in `table`, and the module of one is imported when that one is asked for: `fanzha --help` waits for none,
`fanzha extract` not for the database.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import Cli
from fanzha.faces.cli.table import COMMANDS
from fanzha.kit.errors import FanzhaError
from fanzha.kit.starting import uncollected

if TYPE_CHECKING:
    from fanzha.faces.common.platform import Opener

_GLOBAL_FLAGS = frozenset({"--quiet", "--no-quiet"})


class Lazy(TyperGroup):
    """A group that lists its commands from the table, and puts the real one in place of a listed one when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # typer names the types of commands and contexts in a private module
        del ctx
        return sorted(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        is_listed_only = name is not None and not isinstance(listed, Lazy)
        return name, load(f"{self.name or ''} {name}".strip()) if is_listed_only else listed, rest


class Root(Lazy):
    """The root group: `--home` and `--quiet` count wherever they stand, since people write them before and after the command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
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
    """The root of the command tree, as the table lists it."""
    about = "反诈: a city's platform against telecom and online fraud."
    app = typer.Typer(cls=Root, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=about)

    @app.callback()
    def root(
        context: typer.Context,
        home: Annotated[Path | None, typer.Option(help="The folder that holds everything (FANZHA_HOME).")] = None,
        quiet: Annotated[bool, typer.Option(help="No progress on standard error.")] = False,
    ) -> None:
        context.obj = Cli(home, opener, quiet)

    bench = bench_group(app, Lazy)
    for path, entry in COMMANDS.items():
        group, _, name = path.rpartition(" ")
        (bench if group else app).command(name, short_help=entry.about)(_listed)
    return app


def _listed() -> None:
    """Stands in the lists for a command whose module is not imported yet."""
    raise AssertionError


def load(path: str) -> Any:
    """The command as its own module registers it. `path`: as in the table, 'bench screen'."""
    with uncollected():
        module = import_module(f"fanzha.faces.cli.{COMMANDS[path].module}")
    app = typer.Typer(rich_markup_mode=None)
    module.register(app)
    found: Any = typer.main.get_group(app)
    for name in path.split():
        found = found.commands[name]
    for child in getattr(found, "commands", {}).values():
        child.short_help = first_sentence(child.help)
    return found


def first_sentence(text: str) -> str:
    """What a list of commands says of one: whole, where the library would cut it off at the end of the line."""
    return re.split(r"(?<=[.])\s", " ".join(text.split()), maxsplit=1)[0]


def walk() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that can be called, with the words that call it; imports them all."""
    for path in COMMANDS:
        yield from _below(load(path), tuple(path.split()))


def _below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None or command.invoke_without_command:
        yield path, command
    for name, child in sorted((children or {}).items()):
        yield from _below(child, (*path, name))
