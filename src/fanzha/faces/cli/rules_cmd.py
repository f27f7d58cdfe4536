"""`fanzha rules list|show|check`: read the rules in force, and prove a rule file before anybody relies on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from fanzha.desks.detection import service
from fanzha.engine.rules.examples import Outcome, run_tests
from fanzha.engine.rules.model import InvalidRule, Rule, read_rule
from fanzha.faces.cli.context import print_json, say

rules = typer.Typer(no_args_is_help=True, help="Detection rules.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    app.add_typer(rules, name="rules")


@rules.command("list")
def list_rules(as_json: Json = False) -> None:
    """The rules in force."""
    found = service.rules()
    if as_json:
        print_json([_document(rule) for rule in found])
        return
    for rule in found:
        say(f"{rule.level:<7} {rule.target:<8} {rule.id} v{rule.version}  {rule.title_zh}")


@rules.command()
def show(rule_id: str) -> None:
    """Print a rule's file."""
    say(service.rule(rule_id).text)


@rules.command()
def check(files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)], as_json: Json = False) -> None:
    """Read rule files and run the tests in them. Exit code 1 if one is not valid or a test does not come out as said."""
    results = [_check(file) for file in files]
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            for line in result.lines:
                say(f"{result.file}: {line}")
    if not all(result.passed for result in results):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Result:
    file: str
    passed: bool
    lines: list[str]


def _check(file: Path) -> _Result:
    try:
        outcomes = run_tests(read_rule(file.read_text("utf-8"), file.name))
    except InvalidRule as wrong:
        return _Result(str(file), passed=False, lines=[str(fault) for fault in wrong.faults])
    return _Result(str(file), all(outcome.passed for outcome in outcomes), [_line(outcome) for outcome in outcomes])


def _line(outcome: Outcome) -> str:
    if outcome.passed:
        return f"passed  {outcome.name}"
    return f"FAILED  {outcome.name}: expected {', '.join(outcome.expected) or 'none'}, found {', '.join(outcome.found) or 'none'}"


def _document(rule: Rule) -> dict[str, object]:
    told = ("id", "version", "on", "subject", "target", "fraud_type", "level", "score", "title_zh", "title_en", "when", "owner")
    return {name: getattr(rule, name) for name in told} | {"features": sorted(rule.inputs)}
