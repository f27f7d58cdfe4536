"""`fanzha users` and `fanzha audit`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from fanzha.desks import identity
from fanzha.desks.identity import passwords
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Scope
from fanzha.store.audit import AuditBroken
from fanzha.vocab.organisations import OrgKind


class Cli:
    """Runs commands on one installation."""

    def __init__(self, platform: Platform) -> None:
        @contextmanager
        def opener(settings: Settings) -> Iterator[Platform]:
            del settings
            yield platform

        self._app = build(opener)

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(self._app, arguments)

    def json(self, *arguments: str) -> object:
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def cli(platform: Platform) -> Iterator[Cli]:
    passwords.use(passwords.Argon2(memory_kib=64, passes=1, lanes=1))
    with platform.database.work(Scope.system("test")) as work:
        identity.service.create_organisation(work, code="east", kind=OrgKind.POLICE_COUNTY, name="东县局", region="350302")
    yield Cli(platform)
    passwords.use(passwords.Argon2())


CREATE = ("users", "create", "zhang.san", "--name", "张三", "--org", "east", "--role", "analyst", "--role", "duty_officer")


def test_users_are_created_listed_reset_and_disabled(cli: Cli) -> None:
    made = cli.json(*CREATE)
    assert isinstance(made, dict)
    assert len(made["first_password"]) == 23
    again = cli.json(*CREATE)
    assert again == {"login": "zhang.san", "user_id": made["user_id"], "first_password": None}
    assert "nothing was changed" in cli(*CREATE).stdout
    assert cli.json("users", "list") == [
        {"login": "zhang.san", "organisation": "east", "region": "350302", "roles": ["analyst", "duty_officer"], "state": "active"}
    ]
    reset = cli("users", "reset-password", "zhang.san")
    assert reset.stdout.startswith("zhang.san: first password ")
    assert made["first_password"] not in reset.stdout
    assert cli("users", "disable", "zhang.san").stdout == "zhang.san: disabled\n"
    assert "disabled" in cli("users", "list", "--q", "zhang").stdout
    assert cli("users", "enable", "zhang.san").stdout == "zhang.san: active\n"


def test_an_unknown_user_or_organisation_is_an_error(cli: Cli) -> None:
    assert isinstance(cli("users", "disable", "nobody").exception, identity.errors.UnknownUser)
    arguments = tuple("nowhere" if part == "east" else part for part in CREATE)
    assert isinstance(cli(*arguments).exception, identity.errors.UnknownOrganisation)


def test_the_audit_log_is_shown_exported_and_verified(cli: Cli, platform: Platform, tmp_path: Path) -> None:
    cli(*CREATE)
    assert cli.json("audit", "verify") == {"entries": 2, "whole": True}
    last = cli.json("audit", "tail", "-n", "1")
    assert isinstance(last, list)
    assert (last[0]["action"], last[0]["actor"], last[0]["detail"]["organisation"]) == ("user.created", "system:cli", "east")
    assert "organisation.created" in cli("audit", "tail", "--action", "organisation.").stdout
    out = tmp_path / "audit.csv"
    assert cli("audit", "export", "--out", str(out)).exit_code == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["action"] for row in rows] == ["organisation.created", "user.created"]
    assert rows[1]["previous"] == rows[0]["hash"]
    assert cli("audit", "tail", "-n", "1").stdout.count("audit.exported") == 1

    engine = create_engine(platform.database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM audit_log WHERE number = 2"))
    engine.dispose()
    broken = cli("audit", "verify")
    assert isinstance(broken.exception, AuditBroken)
    assert "entry 2" in str(broken.exception)
