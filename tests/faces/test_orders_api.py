"""The machine interface of orders: pulling, answering, signatures; and the simulated bank at the other end, beside it and pushed to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.desks.controls.orders_kit import ACCOUNT, NOON, OTHER_ACCOUNT, SYSTEM, Places, approve, asking, build, now_of, request

from fanzha.desks import identity
from fanzha.desks.controls import Result, State, answering, delivering, kinds, messages, policy, tasks
from fanzha.desks.controls.delivering import Pusher
from fanzha.desks.controls.model import OrderAlarm, OrderMessage
from fanzha.faces.common.app import create_app
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock, signing
from fanzha.simulator.bank import Account, Book, Faults, Teller
from fanzha.simulator.bank.lines import HttpLine, listening
from fanzha.store import Principal, Scope

SECRET = "a-secret-of-more-than-thirty-two-characters"
MESSAGES, ACKNOWLEDGEMENTS, RESULTS = ("/api/v1/orders/" + part for part in ("messages", "acknowledgements", "results"))


@pytest.fixture
def places(platform: Platform) -> Places:
    return build(platform)


def key_of(platform: Platform, who: Principal) -> str:
    with platform.database.work(Scope.of(who)) as work:
        return identity.keys.make_key(work, "bank system", [policy.RECEIVE], 30).secret


def sent(platform: Platform, places: Places, kind: str = "stop", **changes: Any) -> str:
    order = request(platform, places.asker, asking(places, kind, transfer_at=clock.now() - timedelta(minutes=9), **changes))
    approve(platform, places.head, order.id)
    return order.id


class Bank:
    """Calls of one bank's system."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}"}

    def pull(self, after: int = 0, limit: int = 100) -> dict[str, Any]:
        answer = self.client.get(f"{MESSAGES}?after={after}&limit={limit}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        return self.client.post(path, content=json.dumps(body), headers=self.headers | {"Content-Type": "application/json"} | dict(headers or {}))


@pytest.fixture
def bank(client: TestClient, platform: Platform, places: Places) -> Bank:
    return Bank(client, key_of(platform, places.bank))


def result(message: Mapping[str, Any], serial: str = "R1", **changes: Any) -> dict[str, Any]:
    checked = dict.fromkeys(("AccountName", "AccountNumber", "TransferAmount", "TransferTime"), True)
    return {"TransSerialNumber": serial, "ApplicationID": message["ApplicationID"], "Result": "0000", "Checked": checked, "FrozedBalance": "50000.00"} | changes


def test_an_order_is_pulled_acknowledged_and_answered(platform: Platform, places: Places, bank: Bank, client: TestClient) -> None:
    order_id, second = sent(platform, places), sent(platform, places, account=OTHER_ACCOUNT)
    first = bank.pull(limit=1)
    assert first["more"] is True
    message = first["messages"][0]
    assert (message["TxCode"], message["AccountNumber"], message["TransferAmount"], message["Balance"]) == ("100101", ACCOUNT, "50000.00", "50000.00")
    assert len(message["TransSerialNumber"]) <= 53
    assert message["TransferOut"]["AccountName"] == "林某某"
    rest = bank.pull(first["cursor"])
    assert [len(rest["messages"]), rest["more"], bank.pull(rest["cursor"])["messages"]] == [1, False, []]
    for _ in range(2):
        taken = bank.post(ACKNOWLEDGEMENTS, {"TransSerialNumber": "A1", "ApplicationID": message["ApplicationID"]})
        assert (taken.status_code, taken.json()["State"], taken.json()["ResultCode"]) == (200, "acknowledged", "100000")
    for _ in range(2):
        assert bank.post(RESULTS, result(message)).json()["State"] == "in_force"
    assert now_of(platform, order_id).held_fen == 5_000_000
    state = client.get(f"/api/v1/orders/{message['ApplicationID']}", headers=bank.headers).json()
    assert (state["State"], len(state["ExpireTime"])) == ("in_force", 14)
    assert now_of(platform, second).state_now is State.SENT


def test_what_cannot_be_is_refused_with_its_place(platform: Platform, places: Places, bank: Bank, client: TestClient) -> None:
    order_id = sent(platform, places)
    message = bank.pull()["messages"][0]
    for changes, status, code in (
        ({"Checked": {}}, 422, "checks_missing"), ({"Result": "9999"}, 422, "bad_answer"), ({"StartTime": "2026"}, 422, "bad_answer"),
        ({"FrozedBalance": "-1"}, 422, "bad_answer"), ({"FrozedBalance": "50000.01"}, 422, "bad_answer"), ({"Result": "0004"}, 422, "bad_answer"),
        ({"Result": "0002"}, 422, "bad_answer"), ({"ApplicationID": "none"}, 404, "order_not_found"), ({"TransSerialNumber": "x" * 54}, 422, None),
        ({"StartTime": "20200101000000"}, 422, "bad_answer"),
    ):  # fmt: skip
        answer = bank.post(RESULTS, result(message, **changes))
        assert answer.status_code == status, (changes, answer.text)
        assert code is None or answer.json()["code"] == code, changes
    assert now_of(platform, order_id).state_now is State.SENT
    assert bank.post(RESULTS, result(message)).status_code == 200
    assert bank.post(RESULTS, result(message, Remark="other")).json()["code"] == "serial_reused"
    other = Bank(client, key_of(platform, places.other_bank))
    assert other.pull()["messages"] == []
    assert other.post(RESULTS, result(message, "R9")).status_code == 404


def test_first_tier_accounts_go_to_their_own_bank_alone(platform: Platform, places: Places, bank: Bank, client: TestClient) -> None:
    sent(platform, places)
    sent(platform, places, account=OTHER_ACCOUNT, tier=2)
    found = client.get("/api/v1/orders/first-tier", headers=bank.headers).json()
    assert [row["AccountNumber"] for row in found["accounts"]] == [ACCOUNT]
    assert client.get(f"/api/v1/orders/first-tier?after={found['cursor']}", headers=bank.headers).json()["accounts"] == []
    other = Bank(client, key_of(platform, places.other_bank))
    assert client.get("/api/v1/orders/first-tier", headers=other.headers).json()["accounts"] == []


def endpoint(platform: Platform, places: Places, url: str = "https://bank.example/hook") -> None:
    with platform.database.work(SYSTEM) as work:
        delivering.set_endpoint(work, places.bank.org_id, url, SECRET)


def test_a_bank_with_an_endpoint_signs_what_it_says(platform: Platform, places: Places, bank: Bank) -> None:
    endpoint(platform, places)
    order_id = sent(platform, places)
    message = bank.pull()["messages"][0]
    body = result(message)
    raw = json.dumps(body).encode()
    now = clock.now()
    others = (signing.sign("wrong" * 8, now, "R1", raw), signing.sign(SECRET, now, "R2", raw), signing.sign(SECRET, now, "R1", b"{}"))
    for headers in ({}, *others, signing.sign(SECRET, now - timedelta(minutes=6), "R1", raw)):
        assert bank.post(RESULTS, body, headers).json()["code"] == "bad_signature"
    assert now_of(platform, order_id).state_now is State.SENT
    assert bank.post(RESULTS, body, signing.sign(SECRET, clock.now(), "R1", raw)).status_code == 200


def pushed(platform: Platform, answers: list[int]) -> tuple[list[httpx2.Request], Pusher]:
    taken: list[httpx2.Request] = []

    def handle(asked: httpx2.Request) -> httpx2.Response:
        taken.append(asked)
        return httpx2.Response(answers[min(len(taken), len(answers)) - 1])

    return taken, Pusher(platform.database, SYSTEM, httpx2.MockTransport(handle))


def test_a_push_is_repeated_with_growing_waits_and_given_up_with_an_alarm(platform: Platform, places: Places) -> None:
    endpoint(platform, places)
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        approve(platform, places.head, order.id)
    taken, pusher = pushed(platform, [500])
    at, waits = NOON, []
    for _ in range(10):
        with clock.frozen(at):
            assert pusher.run().failed == 1
            assert pusher.run().failed == 0, "not before its time"
        with platform.database.work(SYSTEM) as work:
            message = work.session.scalars(select(OrderMessage)).one()
        if message.next_at is not None:
            waits.append((message.next_at - at).total_seconds())
            at = message.next_at
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1800]
    assert message.push == "dead"
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalars(select(OrderAlarm.kind)).all() == ["not_delivered"]
        assert delivering.push_again(work, order.id) == 1
    assert len({asked.headers[signing.SERIAL] for asked in taken}) == 1
    said = [taken[0].headers[name] for name in (signing.TIMESTAMP, signing.SERIAL, signing.SIGNATURE)]
    assert signing.fits(SECRET, *said, taken[0].content, now=NOON, window=timedelta(minutes=5))
    again, pusher = pushed(platform, [204])
    assert pusher.run().delivered == 1
    assert [asked.content for asked in again] == [taken[0].content]


def test_a_pusher_that_dies_between_leaves_the_message_to_the_next(platform: Platform, places: Places) -> None:
    endpoint(platform, places)
    with clock.frozen(NOON):
        order = request(platform, places.asker, asking(places))
        approve(platform, places.head, order.id)

        def dies(asked: httpx2.Request) -> httpx2.Response:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Pusher(platform.database, SYSTEM, httpx2.MockTransport(dies)).run()
        taken, pusher = pushed(platform, [204])
        assert pusher.run().delivered == 0, "whoever claimed it has a minute"
    with clock.frozen(NOON + timedelta(seconds=61)):
        assert pusher.run().delivered == 1
        assert pusher.run().delivered == 0
    assert len(taken) == 1


def test_a_receiver_without_an_endpoint_pulls(platform: Platform, places: Places) -> None:
    sent(platform, places)
    taken, pusher = pushed(platform, [204])
    pusher.run()
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalars(select(OrderMessage.push)).all() == ["none"]
    assert taken == []


@pytest.mark.parametrize("url", ["http://bank.example/", "ftp://bank.example/", "https://user:word@bank.example/", "nothing", "https://", "http://127.0.0.1.example/"])
def test_no_message_is_pushed_in_the_open(url: str) -> None:
    with pytest.raises(Exception, match="no address"):
        delivering.check_address(url)


class InProcess:
    """The simulated bank's line to the application under test."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    def ask(self, path: str) -> tuple[int, Any]:
        answer = self.bank.client.get(path, headers=self.bank.headers)
        return answer.status_code, answer.json()

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        answer = self.bank.client.post(path, content=body, headers=self.bank.headers | {"Content-Type": "application/json"} | dict(headers))
        return answer.status_code, answer.json()


def test_the_simulated_bank_decides_from_its_books(platform: Platform, places: Places, bank: Bank) -> None:
    stop = sent(platform, places)
    wrong_name = sent(platform, places, holder_name="另一人")
    unknown = sent(platform, places, account=OTHER_ACCOUNT)
    freeze = sent(platform, places, "freeze", case_number="A1")
    second = sent(platform, places, "receive_only", case_number="A1")
    at = messages.stamp(now_of(platform, stop).transfer_at)
    book = Book.of([Account(ACCOUNT, "王某某", 1_234_500, ((at, 5_000_000),))])
    for order in (stop, wrong_name):  # both orders name transfers of the same second
        book.accounts[ACCOUNT].incoming = (*(book.accounts[ACCOUNT].incoming or ()), (messages.stamp(now_of(platform, order).transfer_at), 5_000_000))
    for order in (freeze, second):
        book.accounts[ACCOUNT].incoming = (*(book.accounts[ACCOUNT].incoming or ()), (messages.stamp(now_of(platform, order).transfer_at), 5_000_000))
    teller = Teller(InProcess(bank), book)
    assert teller.pull() == 5
    teller.finish()
    results = {name: now_of(platform, order) for name, order in {"stop": stop, "name": wrong_name, "unknown": unknown, "freeze": freeze, "second": second}.items()}
    assert {name: (order.state, order.result) for name, order in results.items()} == {
        "stop": ("in_force", "partly"), "name": ("failed", "mismatch"), "unknown": ("failed", "no_such_account"), "freeze": ("in_force", "partly"),
        "second": ("queued", "queued"),
    }  # fmt: skip
    assert results["stop"].held_fen == 1_234_500
    release = sent(platform, places, "stop_release", on_order_id=stop)
    teller.pull()
    teller.finish()
    assert (now_of(platform, release).state, now_of(platform, stop).state) == ("done", "released")
    assert [hold.slot for hold in book.accounts[ACCOUNT].holds] == ["freeze"]


def test_faults_lose_and_double_nothing(platform: Platform, places: Places, bank: Bank) -> None:
    endpoint(platform, places)
    orders = [sent(platform, places, account=f"62220000000000010{n:02d}") for n in range(6)]
    faults = Faults.parse("duplicates=0.5,wrong_signatures=0.5,lost_acknowledgements=0.5")
    teller = Teller(InProcess(bank), Book(open_house=True), faults, seed=3, secret=SECRET)
    teller.pull()
    for message in bank.pull()["messages"]:
        assert teller.take(message) is False, "a pushed copy of a pulled message is known"
    teller.finish()
    assert {now_of(platform, order).state for order in orders} == {"in_force"}
    assert (teller.counts.reported, teller.counts.refused) == (6, 0)
    assert teller.counts.duplicates > 0
    assert teller.counts.wrong_signatures > 0


@pytest.fixture
def served(platform: Platform) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(platform), host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_bank_that_is_pushed_to_answers_over_http(platform: Platform, places: Places, served: str) -> None:
    line = HttpLine(served, key_of(platform, places.bank))
    teller = Teller(line, Book(open_house=True), Faults(duplicates=1.0), secret=SECRET)
    with listening(teller, "127.0.0.1", 0) as port:
        endpoint(platform, places, f"http://127.0.0.1:{port}/hook")
        order = sent(platform, places)
        assert tasks.deliver(platform).delivered == 1
        teller.finish()
        forged = httpx2.post(f"http://127.0.0.1:{port}/hook", content=b"{}", headers=signing.sign("no" * 20, clock.now(), "x", b"{}"), trust_env=False)
    line.close()
    assert forged.status_code == 401
    assert now_of(platform, order).state == "in_force"


@pytest.mark.slow
def test_the_simulated_bank_is_a_process_of_its_own(platform: Platform, places: Places, served: str, tmp_path: Path) -> None:
    order = sent(platform, places)
    key = tmp_path / "key"
    key.write_text(key_of(platform, places.bank), encoding="utf-8")
    command = [sys.executable, "-m", "fanzha.bootstrap", "simulate", "bank", "--url", served, "--key-file", str(key), "--once", "--delay", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "reported=1" in done.stdout
    assert now_of(platform, order).state == "in_force"


def test_the_message_names_fit_the_vocabulary() -> None:
    codes = [(kind.tx_code, kind.mode) for kind in kinds.registered().values()]
    assert len(codes) == len(set(codes))
    assert all(int(kind.answer_code[-2:]) == int(kind.tx_code[-2:]) + 1 for kind in kinds.registered().values())
    assert {messages.RESULTS[code] for code in messages.RESULTS} == set(Result)
    assert answering.by_hand("x").serial != answering.by_hand("x").serial
