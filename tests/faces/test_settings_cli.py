"""`fanzha settings`: a county's own deadline reaches its warnings, nothing is overwritten, and what does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from fanzha.desks.warnings.plan import Channel, Due, Plans
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Scope, dated
from fanzha.vocab.risk import RiskLevel

KEY = "warnings.yellow.call_minutes"
ORDER = ("--source", "C: county order 7")


def _run(platform: Platform, *arguments: str) -> Result:
    @contextmanager
    def opener(settings: Settings) -> Iterator[Platform]:
        del settings
        yield platform

    return CliRunner().invoke(build(opener), arguments)


def test_a_county_sets_its_own_deadline_from_a_day_on(platform: Platform) -> None:
    set_once = ("settings", "set", KEY, "60", "--region", "350302", "--from", "2026-03-01", *ORDER, "--json")
    assert json.loads(_run(platform, *set_once).stdout)["version"] == 1
    assert json.loads(_run(platform, *set_once).stdout)["version"] == 1
    with platform.database.work(Scope.system("test")) as work:
        assert Plans(work).of(RiskLevel.YELLOW, "350302001").minutes[Due.CALL] == 60
        assert Plans(work).of(RiskLevel.YELLOW, "350303001").minutes[Due.CALL] == 120
        assert dated.value(work, KEY, region="350302", at=datetime(2026, 2, 27, tzinfo=UTC)) == 120
        assert len(dated.decisions(work)) == 1


def test_a_second_thought_is_a_new_version_and_the_first_stays(platform: Platform) -> None:
    for minutes in ("60", "90"):
        assert _run(platform, "settings", "set", KEY, minutes, "--from", "2026-03-01", *ORDER).exit_code == 0
    listed = json.loads(_run(platform, "settings", "list", "--region", "350302", "--json").stdout)["settings"]
    found = next(row for row in listed if row["key"] == KEY)
    assert (found["value"], found["default"]) == (90, 120)
    assert [(row["version"], row["value"], row["source"]) for row in found["overrides"]] == [(2, 90, "C: county order 7"), (1, 60, "C: county order 7")]
    assert "warnings.red.meet_minutes" in _run(platform, "settings", "list").stdout


def test_no_deadline_is_negative() -> None:
    with pytest.raises(dated.BadNumber):
        dated.named(KEY).read("-5")


def test_channels_are_words_of_the_plan(platform: Platform) -> None:
    assert _run(platform, "settings", "set", "warnings.blue.channels", "visit  sms", *ORDER).exit_code == 0
    with platform.database.work(Scope.system("test")) as work:
        assert Plans(work).of(RiskLevel.BLUE, "350302").channels == (Channel.VISIT, Channel.SMS)


@pytest.mark.parametrize(
    ("key", "value", "options", "error"),
    [
        ("warnings.purple.call_minutes", "1", ORDER, "unknown_number"),
        (KEY, "soon", ORDER, "bad_number"),
        (KEY, "99999999999", ORDER, "bad_number"),
        ("warnings.blue.channels", "pigeon", ORDER, "bad_number"),
        ("warnings.blue.channels", " ", ORDER, "bad_number"),
        (KEY, "60", ("--source", " "), "source_needed"),
        (KEY, "60", (*ORDER, "--region", "999999"), "unknown_region"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_set(platform: Platform, key: str, value: str, options: tuple[str, ...], error: str) -> None:
    result = _run(platform, "settings", "set", key, value, *options)
    assert result.exit_code != 0
    assert getattr(result.exception, "code", None) == error
    with platform.database.work(Scope.system("test")) as work:
        assert dated.decisions(work) == []
