"""Exposures of a person, and who stands behind a number. Every feature's value is held to brute force in tests/contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from tests.contract.feature_twins import FLAGGED, SECOND, VICTIMS, ZERO, C, M, T, history

from fanzha.engine.exposure import EXPOSURES, person_exposures
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.sources import Marks
from fanzha.engine.persons import persons
from fanzha.lake.schemas import SCHEMAS, EventKind

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def test_twenty_minutes_with_a_flagged_number_then_a_new_payee() -> None:
    call = {
        "kind": C,
        "us": 0,
        "event_key": 1,
        "caller": "p3",
        "callee": "p1",
        "caller_foreign": False,
        "seconds": 3600,
        "imei": None,
        "imsi": None,
    }
    pay = {"kind": T, "us": 20 * 60 * SECOND, "event_key": 2, "payer": "a1", "payee": "a2", "amount_fen": 5}
    tables = history([call, pay])
    found = person_exposures(
        {kind: table.rows for kind, table in tables.tables.items()},
        tables.persons,
        FLAGGED,
        T,
        "payer",
        [*EXPOSURES, "new_payee"],
    )
    row = found.row(0, named=True)
    assert row["flagged_call_seconds_1h"] == 1200, "only what had run by then"
    assert row["on_flagged_call"] is True
    assert row["minutes_since_flagged_contact"] == 0
    assert row["new_payee"] is True


def test_what_is_flagged_on_the_event_itself() -> None:
    call = {"kind": C, "us": 0, "event_key": 1, "caller": "p3", "callee": "p1", "seconds": 60}
    text = {"kind": M, "us": 0, "event_key": 2, "sender": "p2", "receiver": "p1", "links": ["s2"], "contacts": ["a3"]}
    features = Features(history([call, text]))
    marked = features.mark(Marks(FLAGGED, VICTIMS, FIRST, LAST))
    names = ["other_flagged", "other_fraud_type", "subject_flagged"]
    assert features.compute(View(C, "callee", slice(0, 1)), names, marked).row(0) == (True, "authority", False)
    assert features.compute(View(C, "caller", slice(0, 1)), names, marked).row(0) == (False, None, True)
    assert features.compute(View(M, "receiver", slice(0, 1)), names, marked).row(0) == (True, "other", False)


def test_persons_take_the_latest_registration() -> None:
    def rows(kind: EventKind, *given: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame([{"event_key": n, "at": ZERO + timedelta(days=n)} | each for n, each in enumerate(given)], schema=SCHEMAS[kind])

    sims = rows(
        EventKind.SIMS,
        {"phone": "p1", "holder": "Old", "region": "350302"},
        {"phone": "p1", "holder": "A", "region": "350303"},
        {"phone": "p2", "holder": None, "region": "350304"},
    )
    accounts = rows(
        EventKind.ACCOUNTS,
        {"account": "a1", "holder": "A", "phone": None, "region": "350305"},
        {"account": "a2", "holder": None, "phone": "p1"},
        {"account": "a3", "holder": None, "phone": "p2"},
        {"account": "a4", "holder": None, "phone": None},
    )
    found = persons(accounts, sims).rows()
    assert found == [
        ("a1", "A", "p1", "350303"),
        ("a2", "A", "p1", "350303"),
        ("a3", "p2", "p2", "350304"),
        ("a4", "a4", None, None),
        ("p1", "A", "p1", "350303"),
        ("p2", "p2", "p2", "350304"),
    ]
