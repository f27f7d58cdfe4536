"""Every command is documented, and asks for help without opening an installation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest
import typer
from typer.testing import CliRunner

from fanzha.faces import cli as package
from fanzha.faces.cli.main import build, first_sentence, global_first, walk
from fanzha.faces.cli.table import COMMANDS, Entry
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def _never(settings: Settings) -> AbstractContextManager[Platform]:
    raise AssertionError(settings)


def _all() -> list[tuple[tuple[str, ...], object]]:
    return list(walk())


def _registered() -> Iterator[tuple[str, Entry]]:
    """What the modules say of themselves: the words that call each command, its module, and the first sentence of its help."""
    for module in iter_modules(package.__path__):
        loaded = import_module(f"{package.__name__}.{module.name}")
        if hasattr(loaded, "register"):
            app = typer.Typer()
            loaded.register(app)
            for name, command in typer.main.get_group(app).commands.items():
                within = getattr(command, "commands", {}).items() if name == "bench" else [("", command)]
                yield from ((f"{name} {one}".strip(), Entry(module.name, first_sentence(found.help or ""))) for one, found in within)


def test_the_table_is_what_the_modules_register() -> None:
    assert dict(COMMANDS) == dict(_registered()), "faces/cli/table.py names every command, its module and the first sentence of its help"


def test_the_table_is_in_order() -> None:
    assert list(COMMANDS) == sorted(COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["bench", "--help"], ["extract", "--help"]], ids=" ".join)
def test_help_waits_for_nothing_heavy(arguments: list[str]) -> None:
    heavy = {"numba", "polars", "sqlalchemy", "fastapi", "pyarrow", "numpy", "pydantic_settings", "rich", "fanzha.desks"}
    script = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); from fanzha.bootstrap import main; main()"
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage")
    assert not heavy & set(done.stderr.split())


@pytest.mark.parametrize(("typed", "offered"), [("fanzha ext", "extract"), ("fanzha bench scr", "screen"), ("fanzha users cre", "create")])
def test_a_shell_completes_commands_that_are_not_imported_yet(typed: str, offered: str) -> None:
    environment = {"_FANZHA_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert CliRunner().invoke(build(_never), prog_name="fanzha", env=environment).output.split() == [offered]


def test_lists_of_commands_say_whole_sentences() -> None:
    for group in ([], ["extract"], ["detectors"], ["bench"]):
        assert "..." not in CliRunner().invoke(build(_never), [*group, "--help"]).output.replace("COMMAND [ARGS]...", "")


def test_every_command_and_option_is_documented_and_nothing_else() -> None:
    documented = DOCS.read_text()
    headings = {line.removeprefix("## `fanzha ").removesuffix("`") for line in documented.splitlines() if line.startswith("## `fanzha ")}
    assert headings == {" ".join(path) for path, _ in _all()}
    for path, command in _all():
        section = documented.split(f"## `fanzha {' '.join(path)}`\n", 1)[1].split("\n## ", 1)[0]
        for option in _options(command):
            assert f"`{option}`" in section, (path, option)


def _options(command: object) -> list[str]:
    parameters = [parameter for parameter in getattr(command, "params", []) if not getattr(parameter, "hidden", False)]
    return [found for parameter in parameters for found in getattr(parameter, "opts", []) if found.startswith("--") and found != "--help"]


@pytest.mark.parametrize("path", [path for path, _ in _all()], ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(build(_never), [*path, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage" in result.output


def test_a_wrong_option_is_a_sentence_not_a_trace() -> None:
    result = CliRunner().invoke(build(_never), ["serve", "--nonsense"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | click.exceptions.Exit | None)


@pytest.mark.parametrize(
    "given",
    [
        ["--home", "HOME", "--quiet", "audit", "verify"],
        ["audit", "--quiet", "verify", "--home", "HOME"],
        ["audit", "verify", "--home=HOME", "--quiet"],
    ],
    ids=["before", "between and after", "joined"],
)
def test_the_home_folder_may_be_named_before_or_after_the_command(tmp_path: Path, given: list[str]) -> None:
    seen: list[Settings] = []

    def opener(settings: Settings) -> AbstractContextManager[Platform]:
        seen.append(settings)
        raise typer.Exit(3)

    result = CliRunner().invoke(build(opener), [word.replace("HOME", str(tmp_path)) for word in given])
    assert result.exit_code == 3, result.output
    assert [settings.home for settings in seen] == [tmp_path]


def test_what_follows_a_double_dash_is_a_file_and_no_option() -> None:
    assert global_first(["ingest", "calls", "--", "--home", "--quiet"]) == ["ingest", "calls", "--", "--home", "--quiet"]


def test_a_home_without_a_folder_does_not_swallow_the_command() -> None:
    assert global_first(["demo", "--home"]) == ["demo", "--home"]
