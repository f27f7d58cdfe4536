"""The public pages of appeals: what a person who was hit sees and can do, and that strangers learn nothing. Every identifier is made up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient
from tests.desks.appeals.appeals_kit import ACCOUNT, NUMBER, SYSTEM, Town, answer, answered, build, file, in_force, on_number
from tests.desks.standing import fixtures
from tests.desks.warnings_kit import TOWN, finding, merge

from fanzha.desks.appeals import Appeal, State, Target, Verdict, entering, filing, reading, relief, repository, tasks
from fanzha.desks.controls import Order
from fanzha.desks.intake import IntakeKind
from fanzha.desks.intake import service as intake
from fanzha.desks.warnings.model import Outbox
from fanzha.faces.common.limits import Buckets, Rate
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.vocab.notice_numbers import NoticeOf, notice_number

PHONE = "13900000021"


built, platform, town = fixtures("portal", build, "module")


@pytest.fixture
def stopped(platform: Platform, town: Town) -> Order:
    """A stop on an account whose holder left a phone at the bank."""
    path = platform.settings.home / "accounts.csv"
    path.write_text(
        f"账号,开户人证件号码,姓名,手机号码,开户行,开户时间\n{ACCOUNT},350302199001010013,王某某,{PHONE},测试银行,2020-01-01 00:00:00\n", encoding="utf-8"
    )
    intake.take(platform, SYSTEM, path, IntakeKind.ACCOUNTS, "测试")
    with clock.frozen(datetime.now(UTC) - timedelta(minutes=30)):
        return in_force(platform, town.places)


@pytest.fixture
def visitor(client: TestClient) -> TestClient:
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', client.get("/portal/appeals").text)
    assert token is not None
    client.headers["X-CSRF-Token"] = token[1]
    return client


def code_of(platform: Platform) -> str:
    with platform.database.work(SYSTEM) as work:
        bodies = [one.body for one in sorted(entering.repository.texts(work, 20), key=lambda one: one.at)]
    codes = [found[1] for body in bodies if (found := re.search(r"验证码 (\d{6})", body))]
    return codes[-1] if codes else ""


def look_up(platform: Platform) -> None:
    """What the waiting jobs do, in place of a whole worker."""
    with platform.database.work(SYSTEM) as work:
        waiting = list(work.session.scalars(text("SELECT args ->> 'challenge_id' FROM procrastinate_jobs WHERE task_name = 'appeals.challenge' ORDER BY id")))
    for challenge in waiting:
        tasks.look_up(platform, challenge)


def enter(platform: Platform, client: TestClient, number: str, tail: str = ACCOUNT[-4:]) -> None:
    assert client.post("/portal/appeals", data={"number": number, "tail": tail}).headers["location"] == "/portal/appeals/code"
    look_up(platform)
    assert client.post("/portal/appeals/code", data={"code": code_of(platform)}).headers["location"] == "/portal/appeals/mine"


def appeal_of(platform: Platform, order: Order) -> Appeal:
    with platform.database.work(SYSTEM) as work:
        return reading.of_target(work, Target.ORDER, order.id)[0]


def test_a_person_sees_why_appeals_adds_a_photo_and_reads_the_answer(platform: Platform, town: Town, stopped: Order, visitor: TestClient) -> None:
    number = notice_number(NoticeOf.ORDER, stopped.id)
    enter(platform, visitor, f" {number[:4]} {number[4:8]}-{number[8:]}")
    page = visitor.get("/portal/appeals/mine").text
    for told in ("紧急止付", "为什么", "要带什么", "您的身份证", "反电信网络诈骗法", town.places.head.org_name, "96110", "最迟 24 小时"):
        assert told in page, told
    for hidden in (ACCOUNT, "王某某", "款项可能被转移", "测试head", "林某某", "P000001"):
        assert hidden not in page
    assert "Why" in visitor.get("/portal/appeals/mine?lang=en").text
    visitor.get("/portal/appeals/mine?lang=zh")
    wrong = visitor.post("/portal/appeals/file", data={"reason": "工资", "contact": "x", "key": "k1"})
    assert (wrong.status_code, "请填手机号" in wrong.text, "工资" in wrong.text) == (422, True, True)
    for _ in range(2):
        visitor.post("/portal/appeals/file", data={"reason": "这是我的工资卡", "contact": PHONE, "key": "k1"})
    appeal = appeal_of(platform, stopped)
    page = visitor.get("/portal/appeals/mine").text
    assert f"{appeal.receipt[:4]} {appeal.receipt[4:8]} {appeal.receipt[8:]}" in page
    assert "我要申诉" not in page
    photo = {"file": ("工资单.jpg", b"\xff\xd8\xff\xe0" + b"x" * (2 * 2**20), "image/jpeg")}
    assert visitor.post("/portal/appeals/documents", data={"appeal": appeal.id}, files=photo).status_code == 303
    assert "已收到 1 个文件" in visitor.get("/portal/appeals/mine").text
    markup = {"file": ("x.html", b"<html></html>", "text/html")}
    assert visitor.post("/portal/appeals/documents", data={"appeal": appeal.id}, files=markup).status_code == 422
    answered(platform, town, appeal)
    told = visitor.get("/portal/appeals/mine").text
    assert "申诉成立" in told
    assert "已通知解除，等对方确认" in told
    pdf = visitor.get(f"/portal/appeals/answer/{appeal.id}")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    visitor.post("/portal/appeals/leave")
    assert visitor.get("/portal/appeals/mine").headers["location"] == "/portal/appeals"


def test_strangers_are_told_the_same_whatever_they_type(platform: Platform, stopped: Order, visitor: TestClient) -> None:
    number = notice_number(NoticeOf.ORDER, stopped.id)
    tries = [(number, "0000"), ("123456789012", ACCOUNT[-4:]), ("1" * 12, "0001"), ("", ""), ("x" * 500, "y" * 500), (notice_number(NoticeOf.WARNING, "no"), "0001")]
    answers = []
    for given, tail in tries:
        answer = visitor.post("/portal/appeals", data={"number": given, "tail": tail})
        answers.append((answer.status_code, answer.headers["location"], len(answer.content), visitor.get("/portal/appeals/code").text.split("csrf")[0]))
    look_up(platform)
    assert len(set(answers)) == 1
    assert code_of(platform) == ""
    pages = [visitor.post("/portal/appeals/code", data={"code": code}) for code in ("000000", "", "１２３４５６", "x" * 999)]
    assert {page.status_code for page in pages} == {422}
    assert visitor.get("/portal/appeals/mine").headers["location"] == "/portal/appeals"
    with platform.database.work(SYSTEM) as work:
        rows = work.session.execute(text("SELECT target IS NULL, verified_at IS NULL FROM appeal_challenges")).all()
    assert set(rows) == {(True, True)}


def test_a_code_is_tried_five_times_and_asked_for_five_times_a_day(platform: Platform, stopped: Order, visitor: TestClient) -> None:
    number = notice_number(NoticeOf.ORDER, stopped.id)
    visitor.post("/portal/appeals", data={"number": number, "tail": ACCOUNT[-4:]})
    look_up(platform)
    code = code_of(platform)
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=11)):  # too old
        assert visitor.post("/portal/appeals/code", data={"code": code}).status_code == 422
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(4):
        visitor.post("/portal/appeals/code", data={"code": wrong})
    assert visitor.post("/portal/appeals/code", data={"code": code}).status_code == 422
    for _ in range(4):
        assert visitor.post("/portal/appeals", data={"number": number, "tail": "9999"}).status_code == 303
    assert visitor.post("/portal/appeals", data={"number": number, "tail": ACCOUNT[-4:]}).status_code == 429
    assert visitor.post("/portal/appeals", data={"number": "9" * 12, "tail": "0001"}).status_code == 303
    with clock.frozen(datetime.now(UTC) + timedelta(days=3)):
        tasks.let_time_pass(platform)
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT count(*) FROM appeal_challenges")) == 0


def test_a_person_whose_line_is_suspended_sees_why_what_to_bring_and_by_when(platform: Platform, town: Town, visitor: TestClient) -> None:
    """In plain words, on a telephone of their own: the code goes to the number itself where the register knows no other of the holder."""
    with clock.frozen(datetime.now(UTC) - timedelta(minutes=30)):
        suspend = on_number(platform, town, "line_suspend", town.operator, "case_confirmed")
        bar = on_number(platform, town, "line_bar", town.other_operator, "certified", basis="atfl:31", major=True)
    assert notice_number(NoticeOf.ORDER, suspend.id) in (suspend.notice_zh or "").replace(" ", "")
    enter(platform, visitor, notice_number(NoticeOf.ORDER, suspend.id), NUMBER[-4:])
    page = visitor.get("/portal/appeals/mine").text
    bring = ("要带什么", "您的身份证", "这张电话卡", "最快的办法", "到运营商营业厅重新核验身份")
    for told in ("暂停服务（停机）", "有涉嫌用于电信网络诈骗的异常情形", *bring, "最迟 24 小时", "到期没有办延期手续的，自动解除"):
        assert told in page, told
    for hidden in (NUMBER, NUMBER[3:], "测试head", "P000001", "号码疑似用于诈骗", "line_suspend", "已查实用于作案"):
        assert hidden not in page, hidden
    visitor.post("/portal/appeals/file", data={"reason": "这是我跑快递用的号码", "contact": PHONE, "key": "k1"})
    appeal = appeal_of(platform, suspend)
    answered(platform, town, appeal)
    for receiver in (town.operator, town.other_operator):
        assert f"{receiver.org_name}：已通知解除，等对方确认" in visitor.get("/portal/appeals/mine").text
    with platform.database.work(SYSTEM) as work:
        releases = {one.order.id: one.release for one in relief.lifted(work, appeal)}
    for order, receiver in ((suspend, town.operator), (bar, town.other_operator)):
        release = releases[order.id]
        assert release is not None
        answer(platform, receiver, release.id)
    tasks.let_time_pass(platform)
    page = visitor.get("/portal/appeals/mine").text
    assert page.count("已解除") == 2
    assert "已经结束" in page
    assert "最快的办法" not in page


def test_a_person_who_was_warned_by_text_message_can_object(platform: Platform, town: Town, visitor: TestClient) -> None:
    """The number in the message opens the warning, with a code to the phone that was warned, and the objection is answered."""
    merge(platform, finding("f1", "7", region=TOWN))
    with platform.database.work(SYSTEM) as work:
        (sent,) = work.session.query(Outbox).all()
        body, phone, warning = sent.body, sent.recipient, sent.warning_id
    found = re.search(r"预警编号([0-9 ]{14})，", body)
    assert found is not None
    assert found[1].replace(" ", "") == notice_number(NoticeOf.WARNING, warning)
    assert "http" not in body
    enter(platform, visitor, found[1], "0007")
    with platform.database.work(SYSTEM) as work:
        assert [one.recipient for one in entering.repository.texts(work, 5)] == [phone]
    page = visitor.get("/portal/appeals/mine").text
    for told in ("预警劝阻", "预警不限制您的账户和电话", "这次预警的短信或通知"):
        assert told in page, told
    assert phone not in page
    visitor.post("/portal/appeals/file", data={"reason": "我在给孩子交学费", "contact": PHONE, "key": "k1"})
    with platform.database.work(SYSTEM) as work:
        (appeal,) = reading.of_target(work, Target.WARNING, warning)
    assert answered(platform, town, appeal).verdict == "upheld"
    assert "申诉成立" in visitor.get("/portal/appeals/mine").text


def test_a_receipt_opens_its_own_appeal_and_no_other(platform: Platform, town: Town, stopped: Order, visitor: TestClient) -> None:
    appeal = file(platform, town.clerk, stopped, contact="13900000022", by_holder=False)
    answered(platform, town, appeal, Verdict.REJECTED)
    enter(platform, visitor, notice_number(NoticeOf.ORDER, stopped.id))
    assert appeal.receipt[:4] not in visitor.get("/portal/appeals/mine").text  # another person's appeal
    assert visitor.get(f"/portal/appeals/answer/{appeal.id}").status_code == 404
    assert visitor.post("/portal/appeals/withdraw", data={"appeal": appeal.id}).status_code == 422
    enter(platform, visitor, appeal.receipt)
    page = visitor.get("/portal/appeals/mine").text
    assert appeal.receipt[:4] in page
    assert "我要申诉" not in page
    assert visitor.post("/portal/appeals/reconsider", data={"appeal": appeal.id, "reason": "我有新的证明", "key": "k"}).status_code == 303
    with platform.database.work(SYSTEM) as work:
        second = repository.following(work, appeal.id)
        assert second is not None
    assert second.receipt[8:] in visitor.get("/portal/appeals/mine").text
    visitor.post("/portal/appeals/withdraw", data={"appeal": second.id})
    with platform.database.work(SYSTEM) as work:
        assert filing.get(work, second.id).state_now is State.WITHDRAWN


def test_asking_is_slow_for_one_address(app: FastAPI, visitor: TestClient) -> None:
    app.state.appeal_asks = Buckets(Rate(1, 3600))
    assert visitor.post("/portal/appeals", data={"number": "1", "tail": "1"}).status_code == 303
    assert visitor.post("/portal/appeals", data={"number": "2", "tail": "1"}).status_code == 429


