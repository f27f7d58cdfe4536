"""Compile every kernel into the disk cache, so that no first request or run pays for it: `python -m fanzha.engine.warm`, called by set-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from fanzha.engine.exposure import person_exposures
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.windows import window_features
from fanzha.lake.schemas import INSTANT, SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType


def main() -> None:
    """Run each kernel once on a handful of events."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = pl.DataFrame(
        {
            "event_key": [1, 2, 3],
            "at": [start, start, start + timedelta(minutes=5)],
            "payer": ["a", "a", None],
            "payee": ["b", "c", "b"],
            "amount_fen": [1, 2, None],
        },
        schema_overrides={"at": INSTANT},
    )
    transfers = pl.concat([pl.DataFrame(schema=SCHEMAS[EventKind.TRANSFERS]), events], how="diagonal")
    window_features(events, "payer", "payee", amount="amount_fen")
    window_features(events.reverse(), "payee", "payer")
    nobody = pl.DataFrame(schema=PERSONS_SCHEMA)
    person_exposures({EventKind.TRANSFERS: transfers}, nobody, {"b": FraudType.OTHER}, EventKind.TRANSFERS, "payer")


if __name__ == "__main__":
    main()
