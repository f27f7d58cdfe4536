"""`fanzha detectors`: the whole life of a detector from the command line, two people included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.desks.detection_kit import ZERO, World
from typer.testing import CliRunner, Result

from fanzha.desks import identity
from fanzha.desks.detectors.errors import SecondPersonNeeded
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.lake.schemas import EventKind
from fanzha.settings import Settings
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

RULE = """id: long_talks
version: 1
on: calls
subject: caller
target: number
fraud_type: other
level: yellow
owner: 研判组
title: {zh: 长时间通话, en: Long talks}
when: |
  seconds >= LEAST
reason: {zh: "通话{seconds:minutes}分钟", en: "talked for {seconds:minutes} minutes"}
tests:
  - name: a long one
    fires: [talker]
    calls: [{at: "2026-03-01 10:00", caller: talker, callee: p1, seconds: 3000}]
  - name: a short one
    fires: []
    calls: [{at: "2026-03-01 10:00", caller: talker, callee: p1, seconds: 9}]
"""


def _run(platform: Platform, *arguments: str) -> Result:
    @contextmanager
    def opener(settings: Settings) -> Iterator[Platform]:
        del settings
        yield platform

    return CliRunner().invoke(build(opener), ("detectors", *arguments))


def _json(platform: Platform, *arguments: str) -> dict[str, object]:
    result = _run(platform, *arguments, "--json")
    assert result.exit_code == 0, result.exception
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.fixture
def staffed(platform: Platform) -> Platform:
    """An analyst `wenwen` and a duty officer `hehe`."""
    with platform.database.work(Scope.system("test")) as work:
        centre = identity.service.create_organisation(work, code="centre", kind=OrgKind.POLICE_CITY, name="反诈中心", region="3503")
        for login, role in (("wenwen", Role.ANALYST), ("hehe", Role.DUTY_OFFICER)):
            identity.service.create_user(work, login=login, name=f"某{login}", org=centre, roles=(role,))
    return platform


def test_from_a_file_to_live_and_back(staffed: Platform, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    for version, least in ((1, 60), (2, 90)):
        file.write_text(RULE.replace("LEAST", str(least)), encoding="utf-8")
        assert _json(staffed, "submit", str(file), "--note", "试一试", "--as", "wenwen")["version"] == version
        move = _json(staffed, "move", "long_talks", str(version), "go_live", "--reason", "新手法出现", "--as", "wenwen")
        assert move["state"] == "waiting"
        assert str(move["id"]) in _run(staffed, "waiting").stdout
        assert isinstance(_run(staffed, "approve", str(move["id"]), "--as", "wenwen").exception, SecondPersonNeeded)
        assert _json(staffed, "approve", str(move["id"]), "--as", "hehe")["state"] == "done"
    assert "live v2" in next(line for line in _run(staffed, "list").stdout.splitlines() if line.startswith("long_talks"))
    assert _json(staffed, "rollback", "long_talks", "--reason", "误报太多了", "--as", "wenwen")["state"] == "done"
    shown = _json(staffed, "show", "long_talks")
    assert [(each["version"], each["state"]) for each in shown["versions"]] == [(2, "retired"), (1, "live")]  # type: ignore[attr-defined]
    assert "seconds >= 90" in _run(staffed, "show", "long_talks", "--version", "2").stdout
    assert "试一试" in _run(staffed, "show", "long_talks").stdout


def test_asking_refusing_and_withdrawing(staffed: Platform, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text(RULE.replace("LEAST", "60"), encoding="utf-8")
    assert "long_talks v1: draft" in _run(staffed, "submit", str(file)).stdout
    ask = ("move", "long_talks", "1", "go_live", "--reason", "新手法出现", "--at", "2099-01-01T08:00", "--as", "wenwen")
    assert _json(staffed, "withdraw", str(_json(staffed, *ask)["id"]), "--as", "wenwen")["state"] == "withdrawn"
    assert _json(staffed, "refuse", str(_json(staffed, *ask)["id"]), "--reason", "太多误报", "--as", "hehe")["state"] == "refused"
    assert _json(staffed, "move", "long_talks", "1", "shadow", "--reason", "先看一看")["state"] == "done"
    compared = _json(staffed, "compare", "long_talks", "1", "--first", "2026-03-01", "--last", "2026-03-02")
    assert (compared["both"], compared["only_shadow"], len(compared["daily"]), "pairs" in compared) == (0, 0, 2, False)  # type: ignore[arg-type]


def test_a_backtest_and_its_figures(staffed: Platform, tmp_path: Path) -> None:
    world = World(Path(staffed.lake.location), staffed.tokens)
    world.add(EventKind.CALLS, [world.call("c1", ZERO, 0, 1, 900), world.call("c2", ZERO, 2, 1, 5)])
    file = tmp_path / "rule.yaml"
    file.write_text(RULE.replace("LEAST", "60"), encoding="utf-8")
    _run(staffed, "submit", str(file), "--as", "wenwen")
    days = ("--first", "2026-03-01", "--last", "2026-03-05", "--as", "wenwen")
    done = _json(staffed, "backtest", "run", "long_talks", "1", *days)
    assert (done["state"], done["result"]["findings"], done["last_day"]) == ("done", 1, "2026-03-01")  # type: ignore[index]
    assert "1 findings on 1 subjects" in _run(staffed, "backtest", "run", "long_talks", "1", *days).stdout
    assert str(done["id"]) in _run(staffed, "backtest", "list").stdout
    assert "precision  unknown  (0 of 0)" in _run(staffed, "backtest", "show", str(done["id"])).stdout
    assert _run(staffed, "backtest", "cancel", str(done["id"])).exit_code == 1
