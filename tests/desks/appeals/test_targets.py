"""Appeals against what is no order: a transfer held in flight, a warning wrongly given; and how the parts of a notice number and a clock behave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.desks.appeals.appeals_kit import NOON, SYSTEM, Town, answered, file
from tests.desks.warnings_kit import TOWN, finding, merge

from fanzha.desks import appeals
from fanzha.desks.appeals import State, Target, errors, tasks
from fanzha.desks.appeals.domain import resumed, soon
from fanzha.desks.appeals.remedies import further, to_bring
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.vocab.notice_numbers import LENGTH, NoticeOf, grouped, notice_number, read_number

PAYER = "6222000000000000106"
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def held(platform: Platform, town: Town, answer: str = "hold") -> str:
    """A transfer that a bank was told to hold."""
    payer = platform.tokens.seal("bank_account", PAYER)
    signals = [{"signal": "rule:mule", "rule": "mule", "version": 2, "zh": "向可疑账户转账", "en": "pays a suspect account", "fraud_type": "loan"}]
    row = {
        "id": hashlib.sha256(answer.encode()).hexdigest()[:32], "org": town.places.bank.org_id, "answer": answer, "token": payer, "at": NOON,
        "event": orjson.dumps({"payer": payer}).decode(), "signals": orjson.dumps(signals).decode(), "ends": NOON + timedelta(hours=24),
    }  # fmt: skip
    with platform.database.work(SYSTEM) as work:
        work.session.execute(
            text(
                "INSERT INTO screening_decisions (id, org_id, request_id, digest, asked, answer, region, subject_token, at, decided_at, event, signals, basis,"
                " term_minutes, ends_at, body, degraded, spooled)"
                " VALUES (:id, :org, :id, '', 'transfer', :answer, '350302', :token, :at, :at, CAST(:event AS jsonb), CAST(:signals AS jsonb), 'atfl:18',"
                " 1440, :ends, '{}', false, false)"
            ),
            row,
        )
    return str(row["id"])


def test_a_transfer_held_in_flight(platform: Platform, town: Town) -> None:
    decision = held(platform, town)
    with platform.database.work(SYSTEM) as work:
        assert appeals.targets.by_notice(work, notice_number(NoticeOf.DECISION, decision)) == (Target.DECISION, decision)
        measure = appeals.targets.load(work, platform.tokens, Target.DECISION, decision)
    assert (measure.subject_no, measure.tail, measure.detectors) == (PAYER, PAYER[-4:], ["mule@2"])
    appeal = file(platform, None, decision, Target.DECISION)
    assert (appeal.unit_org_id, appeal.answer_by) == (town.places.head.org_id, NOON + timedelta(hours=24))
    with platform.database.work(SYSTEM) as work:
        assert [one.org_id for one in appeals.relief.receivers(work, appeal)] == [town.places.bank.org_id]
    answered(platform, town, appeal)
    tasks.let_time_pass(platform)
    with platform.database.work(SYSTEM) as work:
        assert appeals.filing.get(work, appeal.id).state_now is State.CLOSED
        assert work.session.scalar(text("SELECT token FROM appeal_clearances")) == measure.subject_token
        row = appeals.rates.rates(work, "detector", NOON - timedelta(days=1), NOON + timedelta(days=1), "35").rows[0]
        assert (row.key, row.decided.numerator, row.overall.denominator) == ("mule", 1, 1)


def test_what_was_let_pass_cannot_be_appealed(platform: Platform, town: Town) -> None:
    with platform.database.work(SYSTEM) as work, pytest.raises(errors.NothingToAppeal):
        appeals.targets.load(work, platform.tokens, Target.DECISION, "0" * 32)
    decision = held(platform, town, "warn")
    with platform.database.work(SYSTEM) as work:
        assert appeals.targets.by_notice(work, notice_number(NoticeOf.DECISION, decision)) is None
        with pytest.raises(errors.NothingToAppeal):
            appeals.targets.load(work, platform.tokens, Target.DECISION, decision)


def test_a_warning_wrongly_given(platform: Platform, town: Town) -> None:
    merge(platform, finding("f1", "7", region=TOWN))
    with platform.database.work(SYSTEM) as work:
        warning = str(work.session.scalar(text("SELECT id FROM warnings")))
        assert appeals.targets.by_notice(work, notice_number(NoticeOf.WARNING, warning)) == (Target.WARNING, warning)
    appeal = file(platform, town.clerk, warning, Target.WARNING)
    assert (appeal.subject_no, appeal.detectors, appeal.unit_org_id) == ("+8613900000007", ["victim.authority.call@1"], town.places.head.org_id)
    assert answered(platform, town, appeal).verdict == "upheld"


@given(st.sampled_from(NoticeOf), st.text(min_size=1, max_size=40))
def test_a_number_reads_back_and_a_slip_shows(of: NoticeOf, record: str) -> None:
    number = notice_number(of, record)
    assert len(number) == LENGTH
    assert read_number(grouped(number)) == read_number(f" {number[:6]}-{number[6:]} ") == number
    for place in range(LENGTH):
        slip = f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"
        assert read_number(slip) is None
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    assert read_number(full_width) == number


@given(st.text(max_size=60))
def test_anything_may_be_typed(typed: str) -> None:
    found = read_number(typed)
    assert found is None or len(found) == LENGTH


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)), st.timedeltas(timedelta(0), timedelta(days=40)), st.integers(1, 99))
def test_a_pause_moves_the_clock_by_no_more_than_it_lasted(at: datetime, granted: timedelta, stood: timedelta, percent: int) -> None:
    due = at + timedelta(days=5)
    after, seconds = resumed(due, at, at + granted, at + stood)
    assert due <= after <= due + min(granted, stood)
    assert after == due + timedelta(seconds=seconds)
    assert at <= soon(at, due, percent) <= due


def test_everybody_is_told_what_to_bring_and_what_is_left() -> None:
    for track in appeals.Track:
        assert to_bring(track)
        for verdict in appeals.Verdict:
            told = further(track, verdict, instance=1, again_days=15, review_days=60, suit_months=6)
            assert told.zh
            assert told.en
            assert ("检察院" in told.zh) == (track.is_criminal and verdict is not appeals.Verdict.UPHELD)
