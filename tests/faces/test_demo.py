"""`fanzha demo` on a small city: one JSON summary, life in many states, nothing done twice, and an interrupted run that goes on."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fanzha.desks import identity, warnings
from fanzha.faces.cli.demo import beside
from fanzha.faces.cli.demonstration import replay
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Scope
from fanzha.vocab.roles import Role

ARGUMENTS = ("demo", "--people", "500", "--days", "2", "--seed", "4", "--fraud-rate", "900", "--no-serve", "--json")


class _Lights(Exception):
    """The power fails."""


@pytest.fixture(autouse=True)
def few_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "NEAR_THE_END", (3.0, 14.0))
    monkeypatch.setattr(replay, "APART", 100.0)


def _run(platform: Platform, *arguments: str) -> Result:
    @contextmanager
    def opener(_: Settings) -> Iterator[Platform]:
        yield platform

    return CliRunner().invoke(build(opener), ["--quiet", "--home", str(platform.settings.home), *arguments])


def _summary(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_a_city_lives_and_a_second_run_does_nothing(platform: Platform) -> None:
    first = _summary(_run(platform, *ARGUMENTS))
    for kind, counts in first["events"].items():
        assert counts["received"] == counts["accepted"] > 0, kind
    assert first["findings"]["total"] > 0
    assert first["warnings"]["total"] > 10
    assert len(first["warnings"]["by_state"]) >= 3
    assert first["truth"]["warned"]["numerator"] > 0.5 * first["truth"]["warned"]["denominator"]
    again = _summary(_run(platform, *ARGUMENTS))
    assert {name: value for name, value in again.items() if name != "seconds"} == {
        name: value for name, value in first.items() if name != "seconds"
    }
    assert _summary(_run(platform, "demo", "--no-serve", "--json"))["people"] == 500
    refused = _run(platform, "demo", "--people", "600", "--no-serve")
    assert "Another city" in str(refused.exception)
    _check_sign_ins(platform)


def _check_sign_ins(platform: Platform) -> None:
    """They work, stand in a file that its owner alone may read, and are told."""
    file = platform.settings.home / "demo-signins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    signins = json.loads(file.read_text("utf-8"))["signins"]
    assert {one["role"] for one in signins} == {role.value for role in Role}
    limits = identity.SessionLimits(absolute=timedelta(hours=1), idle=timedelta(hours=1))
    with platform.database.work(Scope.system("sign-in")) as work:
        opened = identity.sessions.sign_in(work, signins[0]["login"], signins[0]["password"], limits, address="127.0.0.1", agent="test")
    assert opened.session is not None
    assert not opened.session.must_change_password
    told = _run(platform, "demo", "--no-serve")
    assert all(one["login"] in told.stdout and one["password"] in told.stdout for one in signins)


def test_an_interrupted_run_goes_on_where_it_was(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    detect, runs = replay.detection_tasks.detect, []

    def fails_once(*given: Any, **named: Any) -> object:
        runs.append(given)
        if len(runs) == 2:
            raise _Lights
        return detect(*given, **named)

    monkeypatch.setattr(replay.detection_tasks, "detect", fails_once)
    assert isinstance(_run(platform, *ARGUMENTS).exception, _Lights)
    summary = _summary(_run(platform, *ARGUMENTS))
    for kind, counts in summary["events"].items():
        assert counts["received"] == counts["accepted"], kind
    assert len(runs) == 4
    with platform.database.work(Scope.system("test")) as work:
        assert len(warnings.queue.after(work, warnings.Filters(), "", 5_000)) == summary["warnings"]["total"]


def test_what_runs_beside_the_pages_gives_way_and_ends_with_them() -> None:
    with beside((sys.executable, "-c", "import time; time.sleep(600)")) as process:
        assert process.poll() is None
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
    assert process.poll() is not None
