"""The tests inside a rule file: small event sets in plain words, run through the same engine as everything else.

```yaml
tests:
  - name: twenty minutes on the phone, then a new payee
    fires: [wang]                     # the subjects (persons, for victims) expected; [] for none
    flagged: {scam1: authority}       # identifiers that are suspect, with their fraud type
    victims: [zhang]                  # persons found to be potential victims on the day before
    remote_apps: [share]
    persons: {p1: wang, a1: wang}     # phones and accounts of persons; others are their own
    calls: [{at: "2026-03-01 10:00", caller: scam1, callee: p1, seconds: 1500}]
    transfers: [{at: "2026-03-01 10:20", payer: a1, payee: a9, yuan: 20000}]
```
Times are on a Chinese clock. `repeat: 50` with `every: 30` (seconds) makes fifty such events; `{n}` in a text is then the number of the copy, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from fanzha.engine.detection import DAY, Known, detect
from fanzha.engine.features.history import History
from fanzha.engine.rules.model import Fault, InvalidRule, Rule
from fanzha.kit.clock import SHANGHAI, local_day
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType

KINDS = (EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS)

_DEFAULTS: dict[EventKind, dict[str, Any]] = {
    EventKind.CALLS: {"caller_foreign": False, "caller_kind": "mobile", "callee_kind": "mobile", "seconds": 60},
    EventKind.MESSAGES: {"sender_foreign": False, "sender_kind": "mobile", "links": [], "contacts": []},
    EventKind.VISITS: {"seconds": 60},
    EventKind.TRANSFERS: {},
}


@dataclass(frozen=True)
class Outcome:
    """What one test of a rule file expected and what came."""

    name: str
    expected: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.expected == self.found


def run_tests(rule: Rule) -> list[Outcome]:
    """Run every test of the rule's file.

    Raises:
        InvalidRule: an example that is not made of lake columns.
    """
    return [_run(rule, test, number) for number, test in enumerate(rule.tests, 1)]


def _run(rule: Rule, test: Mapping[str, Any], number: int) -> Outcome:
    name = str(test.get("name", number))
    try:
        tables = {kind: _table(kind, test.get(kind.value, [])) for kind in KINDS}
    except (TypeError, ValueError, KeyError, pl.exceptions.PolarsError) as wrong:
        raise InvalidRule(rule.id, [Fault(1, 1, f"the example “{name}” is not made of events: {wrong}")]) from wrong
    days = sorted(local_day(at) for table in tables.values() for at in table["at"].to_list())
    if not days:
        return Outcome(name, tuple(sorted(test["fires"])), ())
    history = History(tables, _persons(test.get("persons", {})), test.get("remote_apps", ()))
    flagged = {token: FraudType(kind) for token, kind in test.get("flagged", {}).items()}
    known = Known({}, {days[0] - DAY: frozenset(test.get("victims", ()))})
    found, _ = detect(history, [rule], flagged, known, days[0], days[-1])
    return Outcome(name, tuple(sorted(test["fires"])), tuple(sorted({each.subject for each in found})))


def _persons(given: Mapping[str, str]) -> pl.DataFrame:
    frame = pl.DataFrame({"subject": list(given), "person": list(given.values())}, schema={"subject": pl.String, "person": pl.String})
    return frame.with_columns(phone=pl.lit(None, pl.String), region=pl.lit(None, pl.String))


def _table(kind: EventKind, events: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [row for event in events for row in _copies(event)]
    for number, row in enumerate(rows, 1):
        row.setdefault("event_id", f"{kind.value}{number}")
        row["event_key"] = number
        row["day"] = local_day(row["at"])
        if "yuan" in row:
            row["amount_fen"] = round(row.pop("yuan") * 100)
    unknown = {name for row in rows for name in row} - set(SCHEMAS[kind])
    if unknown:
        raise KeyError(*sorted(unknown))
    filled = [dict.fromkeys(SCHEMAS[kind]) | _DEFAULTS[kind] | row for row in rows]
    return pl.DataFrame(filled, schema=SCHEMAS[kind])


def _copies(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    plain = {name: value for name, value in event.items() if name not in ("repeat", "every")}
    first = plain["at"]
    first = first if isinstance(first, datetime) else datetime.fromisoformat(first)
    for number in range(1, event.get("repeat", 1) + 1):
        at = first.replace(tzinfo=SHANGHAI) + timedelta(seconds=event.get("every", 60) * (number - 1))
        numbered = {name: value.replace("{n}", str(number)) if isinstance(value, str) else value for name, value in plain.items()}
        yield numbered | {"at": at}
