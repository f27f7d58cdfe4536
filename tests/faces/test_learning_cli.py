"""`fanzha learn`: every command on an installation that has learned a little, and on one that knows nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.desks.learning.learning_kit import HOUR, NOON, SYSTEM, find, person_token, phone, report, warn
from typer.testing import CliRunner, Result

from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.settings import Settings


def _run(platform: Platform, *arguments: str) -> Result:
    @contextmanager
    def opener(settings: Settings) -> Iterator[Platform]:
        del settings
        yield platform

    with clock.frozen(NOON + timedelta(days=3)):
        found = CliRunner().invoke(build(opener), ("learn", *arguments))
    assert found.exit_code == 0, found.output
    return found


def _json(platform: Platform, command: str) -> Any:
    return json.loads(_run(platform, command, "--json").stdout)


def test_what_became_known_is_printed_with_what_it_cannot_see(platform: Platform) -> None:
    warn(platform, find(platform, "f1", person_token(platform, 1), NOON))
    report(platform, "J1", 1, NOON + HOUR, suspects=(phone(77),))
    report(platform, "J2", 2, NOON + HOUR, suspects=(phone(77),))
    labels = _json(platform, "labels")
    assert {each["source"]: each["fresh"] for each in labels["gathered"]} == {
        "warning": 0, "later_victim": 1, "report": 2, "report_suspect": 2, "indicator": 0, "vote": 0, "measure": 0, "appeal": 0,
    }  # fmt: skip
    (victim,) = (each["figures"] for each in labels["figures"] if each["detector"] == "victim_call")
    assert (victim["recall"]["value"], victim["precision"]["value"]) == (0.5, 1.0)
    assert "Delay of outcomes" in victim["precision"]["note_en"]
    assert "victim_call v1: precision 100% (1/1)" in _run(platform, "labels", "--days", "30").stdout
    lag = _json(platform, "lag")
    assert [(each["fraud_type"], each["tricks"], each["ahead"]) for each in lag["lags"]] == [("authority", 1, 1)]
    assert lag["missed"] == [{"week": "2026-03-02", "fraud_type": "authority", "victims": 2, "never_warned": 1}]
    assert "1 warned before the first case" in _run(platform, "lag").stdout


def test_without_models_or_events_the_reason_is_told(platform: Platform) -> None:
    for row in _json(platform, "retrain")["challengers"]:
        assert (row["state"], row["challenger"]) == ("skipped", None)
        assert row["reason"] == "only 0 subjects have a positive label; 20 are needed"
    assert set(_json(platform, "drift")["drift"]) == set()
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE detector_versions SET state = 'retired' WHERE kind = 'model'"))
    assert "No detector is live" in _run(platform, "drift").stdout
