"""What a person has been through: calls, messages, visits and transfers joined in one window.

"On the phone with a flagged number for 20 minutes, then paying a new payee" is `flagged_call_seconds_1h >= 1200 AND new_payee` at the payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import polars as pl

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import History
from fanzha.engine.features.model import Key, Over
from fanzha.engine.features.sources import Marks
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import FraudType

EXPOSURES: tuple[str, ...] = tuple(
    name for name, feature in FEATURES.features.items() if isinstance(feature.how, Over) and feature.how.key is Key.PERSON
)
"""The features whose key is the person."""

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


def person_exposures(
    events: Mapping[EventKind, pl.DataFrame],
    persons: pl.DataFrame,
    flagged: Mapping[str, FraudType],
    kind: EventKind,
    side: str,
    names: Iterable[str] = EXPOSURES,
    remote_apps: Iterable[str] = (),
) -> pl.DataFrame:
    """The exposures of the person on one side of each event of a kind: `event_key`, `at` and one column a name, by (at, event_key).

    `events` are lake tables (missing ones count as empty), `persons` the mapping of `engine.persons.persons`, `flagged` the tokens that are suspect
    with the fraud type each is known for, `remote_apps` the tokens of remote-control applications.
    """
    history = History(events, persons, remote_apps)
    features = Features(history)
    rows = history.tables[kind].rows
    marked = features.mark(Marks(dict(flagged), frozenset(), _FIRST, _LAST))
    found = features.compute(View(kind, side, slice(0, rows.height)), names, marked)
    return pl.concat([rows.select("event_key", "at"), found], how="horizontal")
