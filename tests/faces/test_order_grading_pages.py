"""The page of a holder's other accounts: masked, graded with reasons, the measure one step away; for those who may see orders. Every number is made up."""

from __future__ import annotations

import re

import orjson
import pytest
from starlette.testclient import TestClient
from tests.desks.controls.orders_kit import ACCOUNT, AGREED, OTHER_ACCOUNT, Places, approve, asking, build, in_force, request
from tests.faces.test_orders_pages import enter

from fanzha.desks import controls
from fanzha.desks.controls import Answer, Result
from fanzha.desks.controls.answering import Message
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope

LISTED = [{"AccountNumber": ACCOUNT, "OpenTime": "20260102143000"}, {"AccountNumber": OTHER_ACCOUNT, "OpenTime": "20260104101500"}]


@pytest.fixture
def places(platform: Platform) -> Places:
    return build(platform)


def answered(platform: Platform, places: Places) -> str:
    """A query of all accounts that its bank has answered."""
    query = request(platform, places.asker, asking(places, "query_accounts", amount_fen=None, disputed_fen=None))
    approve(platform, places.head, query.id)
    body = orjson.dumps({"Result": "0000", "Accounts": LISTED}).decode()
    with platform.database.work(Scope.of(places.bank)) as work:
        controls.answering.answer(work, query.id, Answer(Result.DONE, AGREED), Message("B1", body))
    return query.id


def test_accounts_are_graded_masked_and_lead_to_the_measure(platform: Platform, places: Places, client: TestClient) -> None:
    stop, query = in_force(platform, places), answered(platform, places)
    enter(platform, client, places.asker)
    page = client.get(f"/orders/{query}/holder")
    assert page.status_code == 200
    assert ACCOUNT not in page.text
    assert OTHER_ACCOUNT not in page.text
    refs = dict.fromkeys(re.findall(rf"/orders/{query}/holder/(\w+)/request", page.text))
    assert len(refs) >= 1, "what is to be blocked or watched leads to its measure"
    form = client.post(f"/orders/{query}/holder/{next(iter(refs))}/request", data={"kind": "receive_only"})
    assert form.status_code == 200
    assert ACCOUNT in form.text, "the form that is to be sent names the account"
    assert client.post(f"/orders/{query}/holder/nobody/request", data={"kind": "receive_only"}).status_code == 404
    assert client.get(f"/orders/{query}/holder?lang=en").status_code == 200
    assert client.get(f"/orders/{stop.id}/holder").status_code == 409, "a stop asks for no list"
    enter(platform, client, places.bank)
    assert client.get(f"/orders/{query}/holder").status_code == 403
