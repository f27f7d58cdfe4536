"""On PostgreSQL: a holder's accounts graded from a bank's answer, and the inbox of proposed stops. Every person and number here is made up."""

from __future__ import annotations

import orjson
import pytest
from tests.desks.controls.orders_kit import ACCOUNT, AGREED, OTHER_ACCOUNT, SYSTEM, approve, asking, build, in_force, request
from tests.desks.funds.funds_kit import FIRST, opened, staff

from fanzha.desks import controls
from fanzha.desks.controls import Answer, Result, holders
from fanzha.desks.controls.answering import Message
from fanzha.desks.controls.errors import NoHolderQuery
from fanzha.desks.controls.grading import Grade, Sign
from fanzha.desks.funds import proposing, service
from fanzha.desks.funds.errors import FundsReasonNeeded
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope

THIRD = "6222000000000000003"
LISTED = [
    {"AccountNumber": ACCOUNT, "OpenTime": "20260102143000", "AccountBalance": "1.00", "AccountState": "正常"},
    {"AccountNumber": OTHER_ACCOUNT, "OpenTime": "20260104101500", "LastTransactionTime": "yesterday", "AccountBalance": "x"},
    {"AccountNumber": THIRD, "OpenTime": "20250110093000"},
    {"AccountNumber": "not an account"},
    {"AccountNumber": ACCOUNT, "OpenTime": "20200101000000"},
]


def test_the_answer_to_a_query_is_graded_and_what_an_officer_knows_counts(platform: Platform) -> None:
    places = build(platform)
    stop = in_force(platform, places)
    query = request(platform, places.asker, asking(places, "query_accounts", amount_fen=None, disputed_fen=None))
    approve(platform, places.head, query.id)
    body = orjson.dumps({"Result": "0000", "Accounts": LISTED}).decode()
    with platform.database.work(Scope.of(places.bank)) as work:
        controls.answering.answer(work, query.id, Answer(Result.DONE, AGREED), Message("B1", body))
    with platform.database.work(Scope.of(places.asker)) as work:
        found = holders.assess(work, controls.service.get(work, query.id), {})
        assert [one.account.number for one in found] == [ACCOUNT, OTHER_ACCOUNT, THIRD]
        assert [set(one.seen) for one in found] == [{Sign.TOOK_CASE_MONEY}, {Sign.OPENED_WITH_CASE_ACCOUNT}, set()]
        assert [one.graded.grade for one in found] == [Grade.BLOCK, Grade.WATCH, Grade.FREE]
        assert (found[1].account.last_at, found[1].account.balance_fen) == (None, None), "what cannot be read is unknown"
        ref = found[1].account.ref
        more = holders.assess(work, controls.service.get(work, query.id), {ref: frozenset({Sign.HOLDER_CONVICTED, Sign.OPENED_WITH_CASE_ACCOUNT})})
        again = next(one for one in more if one.account.ref == ref)
        assert (again.graded.grade, set(again.added)) == (Grade.BLOCK, {Sign.HOLDER_CONVICTED})
        with pytest.raises(NoHolderQuery):
            holders.assess(work, controls.service.get(work, stop.id), {})


def test_a_proposed_stop_waits_until_somebody_asks_for_it_or_drops_it(platform: Platform) -> None:
    places = build(platform)
    trace_id = opened(platform)
    ref = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    with platform.database.work(staff()) as work:
        for _ in range(2):
            service.propose_stop(work, trace_id, ref, platform.tokens)
        service.propose_stop(work, trace_id, ref, platform.tokens, asks_only=True)
    with platform.database.work(Scope.of(places.asker)) as work:
        ((proposal, trace),) = proposing.waiting(work)
        assert (proposal.fen, trace.id) == (1_000_000, trace_id)
        with pytest.raises(FundsReasonNeeded):
            proposing.drop(work, proposal.id, " ")
    with platform.database.work(Scope.of(places.far_asker)) as work:
        assert proposing.waiting(work) == [], "another county's"
    order = request(platform, places.asker, asking(places, account=FIRST))
    with platform.database.work(Scope.of(places.asker)) as work:
        assert proposing.waiting(work) == [], "an order is under way"
        controls.service.withdraw(work, order.id, "填写有误")
    with platform.database.work(Scope.of(places.asker)) as work:
        assert len(proposing.waiting(work)) == 1, "it came to nothing"
        for _ in range(2):
            proposing.drop(work, proposal.id, "账户已销户")
    with platform.database.work(SYSTEM) as work:
        assert proposing.waiting(work) == []
        assert work.session.get(type(proposal), proposal.id).drop_reason == "账户已销户"  # type: ignore[union-attr]
