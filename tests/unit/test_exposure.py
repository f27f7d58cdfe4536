"""Every windowed feature and every exposure equals brute force on small histories full of ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.exposure import EXPOSURES, person_exposures
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import History
from fanzha.engine.features.model import Formula, Key, Measure, Over
from fanzha.engine.features.sources import SOURCES, Marks
from fanzha.engine.persons import persons
from fanzha.engine.rules.expression import parse
from fanzha.engine.rules.single import to_python
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType

C, M, V, T = EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS
ZERO = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

PERSON = {"p1": "A", "p2": "A", "p3": "B", "a1": "A", "a2": "B"}  # p4 and a3 are nobody's: they are their own persons
PHONES = st.sampled_from(["p1", "p2", "p3", "p4", None])
ACCOUNTS = st.sampled_from(["a1", "a2", "a3"])
SITES = st.sampled_from(["s1", "s2", None])
FLAGGED = {"p3": FraudType.AUTHORITY, "s1": FraudType.LOAN, "a3": FraudType.OTHER, "p4": FraudType.LOAN}
VICTIMS = frozenset({"A"})
REMOTE = ["r1"]

AT = st.one_of(
    st.integers(0, 4).map(lambda n: n * 30), st.sampled_from([60, 24 * 60, 24 * 60 + 30, 7 * 24 * 60, 7 * 24 * 60 + 30, 31 * 24 * 60])
)
COMMON = {"minute": AT, "event_key": st.integers(-3, 3)}
EVENT = st.one_of(
    st.fixed_dictionaries(COMMON | {"kind": st.just(C), "caller": PHONES, "callee": PHONES, "caller_foreign": st.sampled_from([True, False, None]),
                                    "seconds": st.sampled_from([0, 14, 15, 1800, 5400, None]), "imei": st.sampled_from(["i1", None]),
                                    "imsi": st.sampled_from(["m1", "m2"])}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(M), "sender": PHONES, "receiver": PHONES, "text_type": st.sampled_from(["loan", "authority", None]),
                                    "links": st.lists(st.sampled_from(["s1", "s2"]), max_size=2), "contacts": st.lists(ACCOUNTS, max_size=1)}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(V), "visitor": PHONES, "domain": SITES, "host": SITES, "app": st.sampled_from(["r1", "x", None]),
                                    "seconds": st.sampled_from([0, 600])}),
    st.fixed_dictionaries(COMMON | {"kind": st.just(T), "payer": ACCOUNTS, "payee": ACCOUNTS, "amount_fen": st.integers(0, 5)}),
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One past event as a source sees it, in minutes."""

    key: str | tuple[str, str]
    start: float
    order: int
    party: str | None
    value: int
    end: float


Sees = Callable[[dict[str, Any]], Iterator[Past]]


def person(subject: str) -> str:
    return PERSON.get(subject, subject)


def past(event: dict[str, Any], key: str | tuple[str, str] | None, party: str | None, value: int = 0) -> Iterator[Past]:
    if key is not None:
        yield Past(key, event["minute"], event["event_key"], party, value, event["minute"] + (event.get("seconds") or 0) / 60)


def persons_past(event: dict[str, Any], subject: str | None, party: str | None, value: int = 0) -> Iterator[Past]:
    yield from past(event, person(subject) if subject else None, party, value)


def flag(event: dict[str, Any], other: str | None) -> FraudType | None:
    """Of several flagged things on one event the type that stands last in `FraudType`."""
    named = [other, *event.get("links", []), *event.get("contacts", []), event.get("domain"), event.get("host"), event.get("app")]
    types = [FLAGGED[each] for each in named if each in FLAGGED]
    return max(types, key=list(FraudType).index, default=None)


def contacts(event: dict[str, Any]) -> Iterator[tuple[FraudType | None, Iterator[Past]]]:
    match event["kind"]:
        case EventKind.CALLS:
            for side, other in (("callee", "caller"), ("caller", "callee")):
                yield flag(event, event[other]), persons_past(event, event[side], event[other])
        case EventKind.MESSAGES:
            yield flag(event, event["sender"]), persons_past(event, event["receiver"], event["sender"])
        case EventKind.VISITS:
            yield flag(event, None), persons_past(event, event["visitor"], event["domain"])


def of_kind(kind: EventKind, sees: Sees) -> Sees:
    return lambda event: sees(event) if event["kind"] is kind else iter(())


def flagged(*kinds: EventKind) -> Sees:
    return lambda event: (each for type_, found in contacts(event) if type_ and event["kind"] in kinds for each in found)


def signs(kind: FraudType) -> Sees:
    def sees(event: dict[str, Any]) -> Iterator[Past]:
        for type_, found in contacts(event):
            if type_ is kind:
                yield from found
        if event["kind"] is M and event["text_type"] == kind.value:
            yield from persons_past(event, event["receiver"], event["sender"])

    return sees


def when(test: Callable[[dict[str, Any]], object], sees: Sees) -> Sees:
    return lambda event: sees(event) if test(event) else iter(())


def paid(key: str, party: str) -> Sees:
    return of_kind(T, lambda e: past(e, e[key], e[party], e["amount_fen"]))


ORACLE: dict[str, Sees] = {
    "calls_made": of_kind(C, lambda e: past(e, e["caller"], e["callee"], e["seconds"] or 0)),
    "short_calls_made": of_kind(C, when(lambda e: (e["seconds"] or 0) < 15, lambda e: past(e, e["caller"], e["callee"]))),
    "calls_received": of_kind(C, lambda e: past(e, e["callee"], e["caller"], e["seconds"] or 0)),
    "device_calls": of_kind(C, lambda e: past(e, e["imei"], e["imsi"])),
    "messages_sent": of_kind(M, lambda e: past(e, e["sender"], e["receiver"])),
    "scam_texts_sent": of_kind(M, when(lambda e: e["text_type"], lambda e: past(e, e["sender"], e["receiver"]))),
    "messages_received": of_kind(M, lambda e: past(e, e["receiver"], e["sender"])),
    "visits_made": of_kind(V, lambda e: past(e, e["visitor"], e["domain"])),
    "payments_made": paid("payer", "payee"),
    "payments_into_payer": paid("payee", "payer"),
    "payments_received": paid("payee", "payer"),
    "payments_out_of_payee": paid("payer", "payee"),
    "pair_payments": of_kind(T, lambda e: past(e, (person(e["payer"]), e["payee"]), e["payee"], e["amount_fen"])),
    "person_payments": of_kind(T, lambda e: persons_past(e, e["payer"], e["payee"], e["amount_fen"])),
    "person_income": of_kind(T, lambda e: persons_past(e, e["payee"], e["payer"], e["amount_fen"])),
    "foreign_calls": of_kind(C, when(lambda e: e["caller_foreign"], lambda e: persons_past(e, e["callee"], e["caller"]))),
    "scam_texts": of_kind(M, when(lambda e: e["text_type"], lambda e: persons_past(e, e["receiver"], e["text_type"]))),
    "remote_app_visits": of_kind(V, when(lambda e: e["app"] in REMOTE, lambda e: persons_past(e, e["visitor"], e["app"]))),
    "flagged_calls": flagged(C),
    "flagged_messages": flagged(M),
    "flagged_visits": flagged(V),
    "flagged_contacts": flagged(C, M, V),
    "flagged_payments": of_kind(
        T, when(lambda e: e["payee"] in FLAGGED, lambda e: persons_past(e, e["payer"], e["payee"], e["amount_fen"]))
    ),
    "payments_by_victims": of_kind(
        T, when(lambda e: person(e["payer"]) in VICTIMS, lambda e: past(e, e["payee"], e["payer"], e["amount_fen"]))
    ),
    **{f"signs_{kind.value}": signs(kind) for kind in FraudType},
}


def brute(over: Over, key: Any, event: dict[str, Any], events: list[dict[str, Any]]) -> Any:
    if key is None:
        return None
    now, reach = event["minute"], over.window / timedelta(minutes=1)
    mine = [each for other in events for each in ORACLE[over.source](other) if each.key == key]
    seen = [each for each in mine if (each.start, each.order) < (now, event["event_key"])]
    inside = [each for each in seen if each.start >= now - reach]
    match over.measure:
        case Measure.COUNT:
            return len(inside)
        case Measure.SUM:
            return sum(each.value for each in inside)
        case Measure.DISTINCT:
            return len({each.party for each in inside} - {None})
        case Measure.SECONDS:
            return round(60 * sum(max(0.0, min(each.end, now) - max(each.start, now - reach)) for each in seen))
        case _:
            since = min((max(0.0, now - each.end) for each in seen), default=None)
            recent = since is not None and since <= reach
            return recent if over.measure is Measure.ONGOING else (pytest.approx(since) if recent else None)


def key_of(key: Key, kind: EventKind, side: str, event: dict[str, Any]) -> Any:
    match key:
        case Key.PERSON:
            return person(event[side]) if event[side] else None
        case Key.PAIR:
            return person(event["payer"]), event["payee"]
        case Key.DEVICE:
            return event["imei"]
        case _:
            return event[key.value]


def history(events: list[dict[str, Any]]) -> History:
    tables = {}
    for kind in (C, M, V, T):
        schema = {"minute": pl.Int64} | {name: dtype for name, dtype in SCHEMAS[kind].items() if name != "at"}
        rows = [{name: event.get(name) for name in schema} for event in events if event["kind"] is kind]
        at = pl.lit(ZERO).dt.cast_time_unit("us") + pl.duration(minutes=pl.col("minute"))
        tables[kind] = pl.DataFrame(rows, schema=schema).with_columns(at=at)
    subjects = pl.DataFrame({"subject": list(PERSON), "person": list(PERSON.values())}).with_columns(
        phone=pl.lit(None), region=pl.lit(None)
    )
    return History(tables, subjects, REMOTE)


@pytest.mark.parametrize(("kind", "side"), [(C, "caller"), (C, "callee"), (M, "receiver"), (V, "visitor"), (T, "payer"), (T, "payee")])
@given(events=st.lists(EVENT, max_size=14, unique_by=lambda event: (event["kind"], event["minute"], event["event_key"])))
@settings(max_examples=40, deadline=None)
def test_every_windowed_feature_equals_brute_force(kind: EventKind, side: str, events: list[dict[str, Any]]) -> None:
    past_events = history(events)
    names = [name for name in FEATURES.on(kind) if isinstance(FEATURES[name].how, Over)]
    features = Features(past_events)
    marked = features.mark(Marks(FLAGGED, VICTIMS, FIRST, LAST))
    mine = sorted((event for event in events if event["kind"] is kind), key=lambda event: (event["minute"], event["event_key"]))
    found = features.compute(View(kind, side, slice(0, len(mine))), names, marked)
    for name in names:
        over = FEATURES[name].how
        assert isinstance(over, Over)
        expected = [brute(over, key_of(over.key, kind, side, event), event, events) for event in mine]
        assert found[name].to_list() == expected, name


@given(events=st.lists(EVENT, max_size=14, unique_by=lambda event: (event["kind"], event["minute"], event["event_key"])))
@settings(max_examples=25, deadline=None)
def test_formulas_say_what_they_are_made_of(events: list[dict[str, Any]]) -> None:
    features = Features(history(events))
    marked = features.mark(Marks(FLAGGED, VICTIMS, FIRST, LAST))
    for kind, side in ((T, "payer"), (C, "caller")):
        rows = features.history.tables[kind].rows.height
        formulas = [name for name in FEATURES.on(kind) if isinstance(FEATURES[name].how, Formula)]
        found = features.compute(
            View(kind, side, slice(0, rows)), [*formulas, *(each for name in formulas for each in FEATURES.inputs(name))], marked
        )
        for name in formulas:
            how = FEATURES[name].how
            assert isinstance(how, Formula)
            single = to_python(parse(how.text, FEATURES.types, FEATURES[name].type))
            assert [single(row) for row in found.iter_rows(named=True)] == found[name].to_list()


def test_the_oracle_knows_every_source_and_needs_follow_the_source() -> None:
    assert set(ORACLE) == set(SOURCES)
    for feature in FEATURES.features.values():
        if isinstance(feature.how, Over):
            assert SOURCES[feature.how.source].marked is bool(feature.how.needs), feature.name


def test_twenty_minutes_with_a_flagged_number_then_a_new_payee() -> None:
    call = {
        "kind": C,
        "minute": 0,
        "event_key": 1,
        "caller": "p3",
        "callee": "p1",
        "caller_foreign": False,
        "seconds": 3600,
        "imei": None,
        "imsi": None,
    }
    pay = {"kind": T, "minute": 20, "event_key": 2, "payer": "a1", "payee": "a2", "amount_fen": 5}
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
    call = {"kind": C, "minute": 0, "event_key": 1, "caller": "p3", "callee": "p1", "seconds": 60}
    text = {"kind": M, "minute": 0, "event_key": 2, "sender": "p2", "receiver": "p1", "links": ["s2"], "contacts": ["a3"]}
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
