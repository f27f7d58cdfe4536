"""In flight as in batch: every feature of every event has the value that the batch kernels give it, on data full of ties."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import COLUMNS, History, moment
from fanzha.engine.features.sources import Marks
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.screening.events import SIDES, Event, event_of
from fanzha.engine.screening.recalling import Recalling
from fanzha.engine.screening.routes import seen
from fanzha.engine.screening.state import BESIDE, State, horizons
from fanzha.engine.screening.times import before, first_since, key_of, last_before, pair_of, record, see
from fanzha.engine.screening.values import Values, unsupported
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType

START = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = tuple(COLUMNS)
SUPPORTED = {kind: sorted(name for name in FEATURES.on(kind) if unsupported(name) is None) for kind in KINDS}

PHONES = st.sampled_from(["p1", "p2", "p3", None])
ACCOUNTS = st.sampled_from(["a1", "a2", "a3", None])
# Few instants, far and near: most events share theirs with others, and the edges of every window are met exactly.
TIMES = st.sampled_from([0, 1, 299, 300, 3599, 3600, 3601, 86_399, 86_400, 86_401, 7 * 86_400, 30 * 86_400 - 1, 30 * 86_400, 31 * 86_400])
SECONDS = st.sampled_from([None, 0, 14, 15, 600, 90_000])
TYPES = st.sampled_from([None, "loan", "authority"])
FLAGGED = st.dictionaries(
    st.sampled_from(["p1", "p2", "a1", "a3", "d1", "h1", "app1", "q1"]), st.sampled_from([FraudType("loan"), FraudType("authority"), FraudType("other")])
)
VICTIMS = st.frozensets(st.sampled_from(["w1", "a2", "p3"]))
PEOPLE = st.dictionaries(st.sampled_from(["p1", "p2", "a1", "a2"]), st.sampled_from(["w1", "w2", "p1"]))

COLUMN: dict[EventKind, dict[str, st.SearchStrategy[Any]]] = {
    EventKind.CALLS: {
        "caller": PHONES, "callee": PHONES, "caller_foreign": st.sampled_from([True, False, None]), "seconds": SECONDS,
        "imei": st.sampled_from(["i1", None]), "imsi": st.sampled_from(["s1", "s2", None]), "caller_kind": st.sampled_from(["mobile", None]),
        "callee_kind": st.none(),
    },
    EventKind.MESSAGES: {
        "sender": PHONES, "receiver": PHONES, "sender_kind": st.sampled_from(["mobile", None]), "sender_foreign": st.booleans(), "text_type": TYPES,
        "links": st.sampled_from([None, [], ["d1"]]), "contacts": st.sampled_from([None, ["q1", "p1"]]),
    },
    EventKind.VISITS: {
        "visitor": PHONES, "host": st.sampled_from(["h1", None]), "domain": st.sampled_from(["d1", "d2", None]),
        "app": st.sampled_from(["app1", "remote", None]), "seconds": SECONDS, "bytes": st.none() | st.just(5),
    },
    EventKind.TRANSFERS: {
        "payer": ACCOUNTS, "payee": ACCOUNTS, "amount_fen": st.sampled_from([1, 5000, 10_000]), "payer_bank": st.sampled_from(["x", None]),
        "payee_bank": st.sampled_from(["x", "y"]), "channel": st.none(), "payer_balance_fen": st.none(), "payee_balance_fen": st.just(3),
    },
}  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> list[tuple[EventKind, dict[str, Any]]]:
    found = []
    keys = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=14, unique=True))
    for key in keys:
        kind = draw(st.sampled_from(KINDS))
        at = START + timedelta(seconds=draw(TIMES))
        found.append((kind, {"event_key": key, "event_id": str(key), "at": at, **{name: draw(values) for name, values in COLUMN[kind].items()}}))
    return found


def batch(rows: list[tuple[EventKind, dict[str, Any]]], people: dict[str, str], flags: dict[str, FraudType], victims: frozenset[str]) -> dict[Any, Any]:
    """(kind, side, event key) → feature → value by the batch kernels."""
    tables = {kind: pl.DataFrame([row for each, row in rows if each is kind], schema=SCHEMAS[kind]) for kind in KINDS}
    persons = pl.DataFrame([{"subject": subject, "person": person} for subject, person in people.items()], schema=PERSONS_SCHEMA)
    history = History(tables, persons, ["remote"])
    features = Features(history)
    marked = features.mark(Marks(flags, victims, START - timedelta(days=9), START + timedelta(days=99)))
    found: dict[Any, Any] = {}
    for kind in KINDS:
        for side in dict.fromkeys(SIDES[kind][: 1 if kind is EventKind.VISITS else 2]):
            view = View(kind, side, slice(0, history.tables[kind].rows.height))
            table = features.compute(view, SUPPORTED[kind], marked)
            for key, values in zip(history.tables[kind].rows["event_key"], table.iter_rows(named=True), strict=True):
                found[kind, side, key] = values
    return found


def in_flight(state: State, kind: EventKind, row: dict[str, Any], side: str) -> dict[str, Any]:
    values = Values(state, event_of(kind, row), row, side)
    return {name: values[name] for name in SUPPORTED[kind]}


def fresh_state(people: dict[str, str]) -> State:
    state = State(horizons(FEATURES.features), remote_apps=["remote"])
    state.persons = people
    return state


def in_time(rows: list[tuple[EventKind, dict[str, Any]]]) -> list[tuple[EventKind, dict[str, Any]]]:
    return sorted(rows, key=lambda each: (each[1]["at"], each[1]["event_key"]))


def test_every_feature_is_held_or_said_not_to_be() -> None:
    held = {name for names in SUPPORTED.values() for name in names}
    rest = {name for name, feature in FEATURES.features.items() if name not in held and FEATURES.kinds(name)}
    assert len(held) >= 280
    assert all(name in (unsupported(name) or "") or FEATURES.inputs(name) for name in rest)
    assert unsupported("no_such_feature") == "no_such_feature is not a feature of the registry"


@given(events(), PEOPLE, FLAGGED, VICTIMS)
@settings(max_examples=40, deadline=None)
def test_as_they_come(rows: list[tuple[EventKind, dict[str, Any]]], people: dict[str, str], flags: dict[str, FraudType], victims: frozenset[str]) -> None:
    expected = batch(rows, people, flags, victims)
    state = fresh_state(people)
    state.set_flags(flags)
    state.set_victims(victims)
    for kind, row in in_time(rows):
        for side in SIDES[kind][: 1 if kind is EventKind.VISITS else 2]:
            assert in_flight(state, kind, row, side) == expected[kind, side, row["event_key"]]
        state.add(event_of(kind, row))


@given(events(), PEOPLE, st.lists(st.tuples(FLAGGED, VICTIMS), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_loaded_in_any_order_and_marked_later(
    rows: list[tuple[EventKind, dict[str, Any]]], people: dict[str, str], marks: list[tuple[dict[str, FraudType], frozenset[str]]]
) -> None:
    """All events known, in whatever order they came, some of them twice, and the flags changed afterwards: still the batch's values."""
    state = fresh_state(people)
    kept: list[Event] = [event_of(kind, row) for kind, row in rows]
    assert state.add_many(kept) == len(kept)
    for flags, victims in marks:
        state.set_flags(flags)
        state.set_victims(victims)
    expected = batch(rows, people, *marks[-1])
    for kind, row in rows:
        for side in SIDES[kind][: 1 if kind is EventKind.VISITS else 2]:
            assert in_flight(state, kind, row, side) == expected[kind, side, row["event_key"]]


def test_long_lines_tally_as_short_ones() -> None:
    """More entries than are counted afresh, ties and a late event among them."""
    rows = [
        (EventKind.TRANSFERS, {"event_key": (n * 7919) % 1000, "event_id": str(n), "at": START + timedelta(seconds=n // 3 * 40), "payer": f"a{n % 83}",
                               "payee": "m", "amount_fen": n, "payer_bank": None, "payee_bank": None, "channel": None, "payer_balance_fen": None,
                               "payee_balance_fen": None})
        for n in range(400)
    ]  # fmt: skip
    expected = batch(rows, {}, {}, frozenset())
    state = fresh_state({})
    ordered = in_time(rows)
    for kind, row in [*ordered[:200], *ordered[201:], ordered[200]]:
        state.add(event_of(kind, row))
    for kind, row in [*ordered, *ordered[::-7]]:
        assert in_flight(state, kind, row, "payee") == expected[kind, "payee", row["event_key"]]


def test_what_no_window_reaches_is_forgotten() -> None:
    state = fresh_state({})
    old = {"event_key": 1, "at": START, "payer": "a1", "payee": "a2", "amount_fen": 5}
    state.add(event_of(EventKind.TRANSFERS, old))
    state.add(event_of(EventKind.TRANSFERS, old | {"event_key": 2, "at": START + timedelta(days=40), "payer": "a3", "payee": "a4"}))
    assert state.newest == moment(START + timedelta(days=40))
    for _ in state.forget(at_once=1):
        pass
    assert state.line("payments_made", "a1") is None
    assert state.line("payments_made", "a3") is not None


def _graph(seed: int, count: int) -> list[tuple[EventKind, dict[str, Any]]]:
    """Calls and transfers among few, at few moments: money that passes through, calls that are returned, bursts of calls that drop, twins in time."""
    chance = random.Random(seed)
    rows: list[tuple[EventKind, dict[str, Any]]] = []
    for number in range(count):
        at = START + timedelta(seconds=chance.choice([0, 1, 60, 300, 599, 600, 601, 3600, 3601, 7200, 86_400, 86_401, 90_000]) + chance.randrange(3) * 86_400)
        parties = [chance.choice(["x1", "x2", "x3", "x4", None]) for _ in range(2)]
        common = {"event_key": chance.randrange(-50, 50) * 1000 + number, "event_id": str(number), "at": at}
        if number % 2:
            amount = chance.choice([100_000, 95_000, 50_000, 105_000, None])
            rows.append((EventKind.TRANSFERS, {**dict.fromkeys(SCHEMAS[EventKind.TRANSFERS]), **common, "payer": parties[0], "payee": parties[1], "amount_fen": amount}))
        else:
            seconds = chance.choice([0, 3, 14, 15, 200, None])
            rows.append((EventKind.CALLS, {**dict.fromkeys(SCHEMAS[EventKind.CALLS]), **common, "caller": parties[0], "callee": parties[1], "seconds": seconds}))
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_patterns_of_one_account_or_number_as_on_the_whole_graph(seed: int) -> None:
    rows = _graph(seed, 160)
    expected = batch(rows, {}, {}, frozenset())
    state = fresh_state({})
    state.add_many(event_of(kind, row) for kind, row in rows)
    told = {name: set[Any]() for name in BESIDE}
    for kind, row in rows:
        for name in BESIDE:
            if kind in FEATURES.kinds(name):
                value = Values(state, event_of(kind, row), row, SIDES[kind][0])[name]
                assert value == expected[kind, SIDES[kind][0], row["event_key"]][name], name
                told[name].add(value)
    assert all(len(values - {None}) >= 2 for values in told.values()), "the data show the patterns and their absence"


@given(events(), st.integers(0, 14))
@settings(max_examples=40, deadline=None)
def test_times_recalled_from_tables_tell_as_events_do(rows: list[tuple[EventKind, dict[str, Any]]], cut: int) -> None:
    """The oldest come as tables of which the times alone are kept, some of them twice; nothing that the times tell differs."""
    rows = in_time(rows)
    whole, some = fresh_state({}), fresh_state({})
    whole.add_many(event_of(kind, row) for kind, row in rows)
    old, new = rows[:cut], rows[cut:]
    recalling = Recalling()
    for kind in KINDS:
        table = pl.DataFrame([row for each, row in old if each is kind], schema=SCHEMAS[kind]).sort("at", "event_key")
        recalling.add(kind, table.head(2))
        recalling.add(kind, table.slice(2))
    recalling.into(some)
    some.add_many(event_of(kind, row) for kind, row in new)
    for kind, row in old[-2:]:
        some.see(kind, row[SIDES[kind][0]], row[SIDES[kind][1]], moment(row["at"]), row["event_key"])
    for kind, row in rows:
        for source, key in seen(kind, row[SIDES[kind][0]], row[SIDES[kind][1]]):
            assert some.times(source, key) == whole.times(source, key)


def test_times_that_no_window_reaches_are_forgotten() -> None:
    state = fresh_state({})
    call = {**dict.fromkeys(SCHEMAS[EventKind.CALLS]), "caller": "a", "callee": "b", "seconds": 9}
    for day in (0, 20, 45, 60):
        state.add(event_of(EventKind.CALLS, {**call, "event_key": day, "event_id": str(day), "at": START + timedelta(days=day)}))
    list(state.forget(at_once=1))
    kept = state.times("pair_calls", pair_of("a", "b"))
    assert kept is not None
    assert len(kept) // 2 == 2
    assert state.times("calls_made", key_of("nobody")) is None


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=30), st.integers(-4, 4), st.integers(-4, 4), st.integers(0, 5))
def test_records_of_times(entries: list[tuple[int, int]], at: int, order: int, window: int) -> None:
    found = record()
    for entry in entries:
        see(found, *entry, -(2**62))
    kept = sorted(set(entries))
    assert list(found) == [number for entry in kept for number in entry]
    earlier = [entry for entry in kept if entry < (at, order)]
    assert before(found, at, order) == len(earlier)
    assert last_before(found, at, order) == (earlier[-1][0] if earlier else None)
    assert first_since(found, at, order, window) == next((time for time, _ in earlier if time >= at - window), None)
