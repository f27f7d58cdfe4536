"""Every command is documented, and asks for help without opening an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from fanzha.faces.cli.main import build, global_first
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def _never(settings: Settings) -> AbstractContextManager[Platform]:
    raise AssertionError(settings)


def _commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    if path and getattr(command, "invoke_without_command", False):
        yield path, command
    for name, child in sorted(children.items()):
        yield from _commands(child, (*path, name))


def _all() -> list[tuple[tuple[str, ...], object]]:
    return list(_commands(typer.main.get_command(build(_never))))


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
