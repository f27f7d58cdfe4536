"""The pages of appeals for the unit that answers and the receiver; and who is kept out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from tests.desks.appeals.appeals_kit import ACCOUNT, SYSTEM, Town, build, in_force
from tests.desks.standing import fixtures
from tests.faces.test_orders_pages import enter

from fanzha.desks import identity
from fanzha.desks.appeals import State, Target, filing, reading
from fanzha.desks.controls import Order
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.vocab.notice_numbers import NoticeOf, grouped, notice_number
from fanzha.vocab.roles import Role

built, platform, town = fixtures("appeals", build, "module")


@pytest.fixture
def stopped(platform: Platform, town: Town) -> Order:
    with clock.frozen(datetime.now(UTC) - timedelta(minutes=30)):
        return in_force(platform, town.places)


def appeal_of(platform: Platform, order: Order) -> str:
    with platform.database.work(SYSTEM) as work:
        return reading.of_target(work, Target.ORDER, order.id)[0].id


def state_of(platform: Platform, appeal: str) -> State:
    with platform.database.work(SYSTEM) as work:
        return filing.get(work, appeal).state_now


def test_from_the_counter_to_the_proof(platform: Platform, town: Town, stopped: Order, client: TestClient) -> None:
    enter(platform, client, town.clerk)
    assert client.get("/appeals/new?notice=123").status_code == 404
    form = client.get(f"/appeals/new?notice={grouped(notice_number(NoticeOf.ORDER, stopped.id))}").text
    assert "紧急止付" in form
    typed = {"target": "order", "target_id": stopped.id, "origin": "telephone", "reason": "工资", "contact": "1", "name": "王某某", "key": "k1", "by_holder": "1"}
    wrong = client.post("/appeals", data=typed)
    assert (wrong.status_code, "请填手机号" in wrong.text) == (422, True)
    right = typed | {"reason": "这是我的工资卡", "contact": "13900000021"}
    assert client.post("/appeals", data=right).headers["location"] == client.post("/appeals", data=right).headers["location"]
    appeal = appeal_of(platform, stopped)
    at = f"/appeals/{appeal}"
    for step in ("accept", "take"):
        assert client.post(f"{at}/{step}").status_code == 303
    papers = {"file": ("工资单.pdf", b"%PDF-1.7 test", "application/pdf")}
    assert client.post(f"{at}/documents", files=papers).status_code == 303
    assert client.post(f"{at}/facts", data={"org_id": town.places.bank.org_id, "question": "请核实是否有固定的工资入账"}).status_code == 303
    page = client.get(at).text
    assert "工资单.pdf" in page
    assert not any(hidden in page for hidden in (ACCOUNT, "13900000021", "王某某"))
    bare = client.post(f"{at}/propose", data={"verdict": "upheld", "reasons": "经核查，资金来源合法，与案件无关"})
    assert (bare.status_code, "请选择解除指令的两名承办民警" in bare.text, "资金来源合法" in bare.text) == (422, True, True)
    officers = {"officer_one": town.clerk.user_id, "officer_one_card": "P1", "officer_two": town.mate.user_id, "officer_two_card": "P2", "orders": stopped.id}
    assert client.post(f"{at}/propose", data={"verdict": "upheld", "reasons": "经核查，资金来源合法，与案件无关", **officers}).status_code == 303
    enter(platform, client, town.places.bank)
    asked = client.get("/appeal-inquiries").text
    assert "固定的工资入账" in asked
    assert ACCOUNT not in asked
    enter(platform, client, town.chief)
    assert grouped(_receipt(platform, appeal)) in client.get(f"/appeals/of-order/{stopped.id}").text
    assert client.post(f"{at}/decide").status_code == 303
    assert state_of(platform, appeal) is State.UPHELD
    told = client.get(at).text
    assert "已下发，等待证明" in told
    assert client.get(f"{at}/answer.pdf").content[:5] == b"%PDF-"
    assert client.post(f"{at}/reveal/contact", data={"purpose": "联系申诉人"}).json() == {"value": "+8613900000021"}
    assert client.post(f"{at}/reveal/reason", data={"purpose": "联系申诉人"}).status_code == 422
    one = client.get(f"/api/v1/appeals/{appeal}").json()
    assert (one["verdict"], one["releases"][0]["state"]) == ("upheld", "sent")
    assert ACCOUNT not in str(one)


def _receipt(platform: Platform, appeal: str) -> str:
    with platform.database.work(SYSTEM) as work:
        return filing.get(work, appeal).receipt


def test_papers_leave_as_downloads_and_are_audited(platform: Platform, town: Town, stopped: Order, client: TestClient) -> None:
    enter(platform, client, town.clerk)
    client.post("/appeals", data={"target": "order", "target_id": stopped.id, "origin": "walk_in", "reason": "这是我的工资卡", "contact": "13900000021", "key": "k"})
    appeal = appeal_of(platform, stopped)
    client.post(f"/appeals/{appeal}/documents", files={"file": ("a.html.jpg", b"\xff\xd8\xff<script>", "text/html")})
    with platform.database.work(SYSTEM) as work:
        (kept,) = filing.repository.documents(work, appeal)
    answer = client.get(f"/appeals/{appeal}/documents/{kept.id}")
    assert answer.content == b"\xff\xd8\xff<script>"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    enter(platform, client, town.far_chief)
    assert client.get(f"/appeals/{appeal}/documents/{kept.id}").status_code == 404
    for step in ("accept", "decide", "take"):
        assert client.post(f"/appeals/{appeal}/{step}").status_code == 404
    enter(platform, client, town.places.bank)
    assert client.get(f"/appeals/{appeal}").status_code == 403


def test_rates_show_counts_to_readers_of_aggregates_and_no_row(platform: Platform, town: Town, stopped: Order, client: TestClient) -> None:
    from fanzha.desks.appeals import tasks

    tasks.let_time_pass(platform)
    enter(platform, client, town.places.deputy)
    page = client.get("/appeal-rates").text
    assert "怎么算" in page
    assert client.get("/appeals").status_code == 403
    rows = client.get("/api/v1/appeals/rates?by=unit").json()
    assert rows["total"]["overall"] == {"numerator": 0, "denominator": 1, "value": 0.0, "low": 0.0, "high": rows["total"]["overall"]["high"]}
    assert client.get("/appeal-rates?days=x").status_code == 422
    with platform.database.work(SYSTEM) as work:
        made = identity.service.create_user(
            work, login="fardep", name="测试", org=identity.service.organisation(work, town.far_chief.org_id), roles=(Role.ANALYST,), password_hash="none",
            must_change_password=False,
        )  # fmt: skip
        far = identity.sessions.principal_of(made.user)
    enter(platform, client, far)
    assert client.get("/api/v1/appeals/rates").json()["total"]["overall"]["denominator"] == 0
