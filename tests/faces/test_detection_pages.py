"""Pages of findings, and commands of rules and runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.desks.detection_kit import ZERO, World, run
from typer.testing import CliRunner

from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.lake.schemas import EventKind
from fanzha.settings import Settings
from fanzha.store import Principal
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]


def fill(platform: Platform) -> World:
    """A long call with a flagged number, then a payment to a new payee."""
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.SIMS, [world.sim(3, 3)])
    world.add(EventKind.ACCOUNTS, [world.bank_account(3, 3, 3)])
    world.add(EventKind.CALLS, [world.call("c1", ZERO, 0, 3, seconds=1500)])
    world.add(EventKind.TRANSFERS, [world.pay("t1", ZERO + timedelta(minutes=20), 3, 5)])
    run(platform, world, [world.phone(0)], shipped_rules())
    return world


def test_findings_are_listed_narrowed_and_explained(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    assert "没有符合条件的发现" in client.get("/findings").text
    fill(platform)
    listed = client.get("/findings?rule=on_flagged_call_and_pays&level=red&target=victim&since=2026-03-01&until=nonsense&fraud_type=bogus")
    assert "正在或刚刚与涉诈号码通话" in listed.text
    assert "没有符合条件的发现" in client.get("/findings?target=account").text
    assert "没有符合条件的发现" in client.get("/findings?state=withdrawn").text
    address = listed.text.split('href="/findings/')[1].split('"')[0]
    page = client.get(f"/findings/{address}")
    assert "通话 25 分" in page.text
    assert "转账 5,000.00 元" in page.text
    assert "13000000003" not in page.text
    english = client.get(f"/findings/{address}?lang=en").text
    assert "On the phone with a flagged number" in english
    assert "依据的事件" not in english
    assert client.get("/findings/" + "0" * 32).status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.BANK_AGENT, Role.DEPUTY])
def test_who_may_not_look(client: TestClient, sign_in: SignIn, role: Role) -> None:
    sign_in(client, role)
    assert client.get("/findings").status_code == 403


def test_detect_on_the_command_line(platform: Platform) -> None:
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.TRANSFERS, [world.pay("t1", ZERO, 3, 5)])
    app = build(lambda settings: nullcontext(platform))
    first = CliRunner().invoke(app, ["--quiet", "--home", str(platform.settings.home), "detect", "--json"], catch_exceptions=False)
    summary = json.loads(first.stdout)
    assert (summary["cause"], summary["events"], summary["first_day"]) == ("first", 1, "2026-03-01")
    again = CliRunner().invoke(app, ["--quiet", "detect"], catch_exceptions=False)
    assert again.stdout == "Nothing is new.\n"
    full = CliRunner().invoke(app, ["--quiet", "detect", "--full"], catch_exceptions=False)
    assert full.stdout.startswith("2026-03-01 to 2026-03-01: 1 events, 0 findings stand")


def test_rule_files_are_checked_on_the_command_line(tmp_path: Path) -> None:
    def never(settings: Settings) -> nullcontext[Platform]:
        raise AssertionError(settings)

    app = build(never)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    text = next(rule for rule in shipped_rules() if rule.id == "long_flagged_call").text
    good.write_text(text, "utf-8")
    bad.write_text(text.replace("other_flagged AND seconds", "other_flagged AND no_such_feature"), "utf-8")
    listed = CliRunner().invoke(app, ["rules", "list", "--json"], catch_exceptions=False)
    assert {rule["id"] for rule in json.loads(listed.stdout)} == {rule.id for rule in shipped_rules()}
    assert "long_flagged_call v1" in CliRunner().invoke(app, ["rules", "list"]).stdout
    assert CliRunner().invoke(app, ["rules", "show", "long_flagged_call"]).stdout == text + "\n"
    assert CliRunner().invoke(app, ["rules", "check", str(good)]).exit_code == 0
    refused = CliRunner().invoke(app, ["rules", "check", str(good), str(bad)])
    assert refused.exit_code == 1
    assert "line 12, column 21: There is no feature named no_such_feature here." in refused.stdout
    good.write_text(text.replace("fires: [wei]", "fires: [someone]"), "utf-8")
    failed = CliRunner().invoke(app, ["rules", "check", str(good), "--json"])
    assert (failed.exit_code, json.loads(failed.stdout)[0]["passed"]) == (1, False)
