"""The identity desk's pages, as their users meet them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from fanzha.desks import identity
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
ADMIN = Role.ADMINISTRATOR


@pytest.fixture
def station(platform: Platform) -> identity.Organisation:
    with platform.database.work(Scope.system("test")) as work:
        return identity.service.create_organisation(work, code="st-1", kind=OrgKind.POLICE_STATION, name="测试派出所", region="350302001")


def test_pages_open_in_both_languages(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, ADMIN)
    for path in ("/users", "/users?q=x&role=analyst&state=active&page=2", "/users/new", "/organisations", "/organisations/new", "/audit", "/account"):
        for language in ("zh", "en"):
            client.cookies.set("lang", language)
            assert client.get(path).status_code == 200, (path, language)


def test_a_user_is_created_signs_in_and_must_choose_a_password(client: TestClient, sign_in: SignIn, station: identity.Organisation) -> None:
    sign_in(client, ADMIN)
    form = {"login": "Zhang.San", "name": "张三", "org_id": station.id, "roles": ["field_officer"], "phone": "13800138000"}
    response = client.post("/users", data=form)
    assert response.status_code == 200, response.text
    found = re.search(r"<code[^>]*>([a-z2-9]{5}(?:-[a-z2-9]{5}){3})</code>", response.text)
    assert found is not None
    newcomer = TestClient(client.app, follow_redirects=False)
    page = newcomer.get("/sign-in?next=/account")
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)
    assert token is not None
    entered = newcomer.post("/sign-in", data={"login": "zhang.san", "password": found[1], "next": "/account", "csrf_token": token[1]})
    assert entered.headers["location"] == "/account/first-password"
    assert newcomer.get("/account").headers["location"] == "/account/first-password"
    page = newcomer.get("/account/first-password")
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)
    assert token is not None
    chosen = "three red boats 7"
    changed = newcomer.post("/account/first-password", data={"present": found[1], "chosen": chosen, "again": chosen, "csrf_token": token[1]})
    assert changed.headers["location"] == "/"
    assert newcomer.get("/").headers["location"] == "/field"
    account = newcomer.get("/account")
    assert "密码已更改" in account.text
    assert "138****8000" in account.text
    assert "13800138000" not in account.text


@pytest.fixture
def clerk(platform: Platform, station: identity.Organisation) -> identity.User:
    """An officer of the station with a phone."""
    with platform.database.work(Scope.system("test")) as work:
        made = identity.service.create_user(
            work, login="clerk", name="王五", org=station, roles=(Role.FIELD_OFFICER,), phone="13800138000", password_hash="none fits"
        )
        return made.user


def test_the_list_is_filtered_by_the_address(client: TestClient, sign_in: SignIn, clerk: identity.User) -> None:
    sign_in(client, ADMIN)
    found = lambda query: re.findall(r'<td><a href="/users/[0-9a-f]{32}">([^<]+)</a>', client.get(f"/users?{query}").text)  # noqa: E731
    assert found("") == ["administrator.3503", "clerk"]
    assert found("q=王五") == found("q=测试派出所") == found("q=cler") == found("role=field_officer") == found(f"org={clerk.org_id}") == ["clerk"]
    assert found("state=disabled") == []
    assert found("role=nonsense") == ["administrator.3503", "clerk"]


def test_a_user_is_changed_disabled_and_enabled(client: TestClient, sign_in: SignIn, clerk: identity.User, station: identity.Organisation) -> None:
    sign_in(client, ADMIN)
    page = f"/users/{clerk.id}"
    assert "138****8000" in client.get(page).text
    form = {"name": "王六", "org_id": station.id, "roles": ["field_officer", "duty_officer"]}
    assert client.post(page, data=form).headers["location"] == page
    changed = client.get(page).text
    assert "王六" in changed
    assert "138****8000" in changed, "an empty phone leaves it"
    client.post(page, data=form | {"remove_phone": "1"})
    assert "138****8000" not in client.get(page).text
    client.post(f"{page}/disable")
    assert "启用用户" in client.get(page).text
    client.post(f"{page}/enable")
    assert "停用用户" in client.get(page).text


def test_mistakes_come_back_with_a_sentence_and_what_was_typed(client: TestClient, sign_in: SignIn, station: identity.Organisation) -> None:
    admin = sign_in(client, ADMIN)
    good = {"login": "li.si", "name": "李四", "org_id": station.id, "roles": ["analyst"]}
    for bent, status, sentence in (
        ({"login": "x"}, 422, "用户名为 3 到 40 个字符"),
        ({"name": " "}, 422, "请填写姓名"),
        ({"roles": []}, 422, "用户至少要有一个角色"),
        ({"roles": ["bank_agent"]}, 422, "这类单位没有这个角色"),
        ({"roles": ["emperor"]}, 422, "用户信息有误"),
        ({"org_id": "nowhere"}, 404, "没有这个单位"),
        ({"login": "administrator.3503"}, 409, "这个用户名已被使用"),
    ):
        response = client.post("/users", data=good | bent)
        assert (response.status_code, sentence in response.text) == (status, True), (bent, response.text)
        assert 'value="李四"' in response.text or "name" in bent
    assert client.post(f"/users/{admin.user_id}/disable").status_code == 409


def test_a_phone_is_revealed_on_a_purpose_only(client: TestClient, sign_in: SignIn, clerk: identity.User) -> None:
    sign_in(client, ADMIN)
    assert client.post(f"/users/{clerk.id}/reveal-phone", data={"purpose": ""}).status_code == 422
    assert client.post(f"/users/{clerk.id}/reveal-phone", data={"purpose": "通知值班安排"}).json() == {"value": "+8613800138000"}
    assert "通知值班安排" in client.get("/audit?action=user.phone").text


def test_the_neighbours_users_do_not_exist(client: TestClient, sign_in: SignIn, clerk: identity.User) -> None:
    sign_in(client, ADMIN, "350303")
    page = f"/users/{clerk.id}"
    answers = [client.get(page), client.get(f"/organisations/{clerk.org_id}"), client.get("/users/" + "0" * 32)]
    answers += [client.post(f"{page}/{step}") for step in ("disable", "enable", "reset-password", "reveal-phone")]
    answers.append(client.post(page, data={"name": "x", "org_id": clerk.org_id, "roles": ["analyst"]}))
    assert {answer.status_code for answer in answers} == {404}
    assert "clerk" not in client.get("/users").text


def test_an_organisation_is_made_and_changed(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, ADMIN)
    form = {"code": "g-1", "kind": "grid", "name": "第一网格", "region": "350302002"}
    assert client.post("/organisations", data=form).headers["location"] == "/organisations"
    found = re.search(r'href="/organisations/([0-9a-f]{32})">g-1<', client.get("/organisations?kind=grid&region=3503").text)
    assert found is not None
    for bent, status in (({"region": "35"}, 403), ({"region": "1"}, 422), ({"kind": "castle"}, 422), ({"code": "g-1", "kind": "bank"}, 409)):
        assert client.post("/organisations", data=form | {"code": "g-2"} | bent).status_code == status, bent
    page = f"/organisations/{found[1]}"
    assert client.get(page).status_code == 200
    assert client.post(page, data={"name": ""}).status_code == 422
    client.post(page, data={"name": "第二网格", "state": "closed"})
    assert "第二网格" not in client.get("/organisations").text
    assert "第二网格" in client.get("/organisations?closed=1").text


def test_who_may_only_look_at_organisations_changes_none(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    assert "/organisations/new" not in client.get("/organisations").text
    assert client.get("/organisations/new").status_code == 403


def test_the_audit_log_is_filtered_exported_and_verified(client: TestClient, sign_in: SignIn, clerk: identity.User, platform: Platform) -> None:
    auditor = sign_in(client, Role.AUDITOR, "")
    assert "user.created" in client.get(f"/audit?subject=user:{clerk.id}").text
    assert "没有符合条件的记录" in client.get("/audit?until=2020-01-01").text
    assert client.get("/audit?since=nonsense&actor=nobody").status_code == 200
    client.post("/audit/verify")
    assert "审计日志完整" in client.get("/audit").text
    export = client.get(f"/audit/export?subject=user:{clerk.id}")
    assert export.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    lines = export.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "number,at,actor,org_id,action,subject,detail,hash"
    assert [line.split(",")[4] for line in lines[1:]] == ["user.created"]
    with platform.database.work(Scope.system("test")) as work:
        actions = {entry.action for entry in identity.trail.walk_trail(work, identity.trail.TrailFilter(actor=auditor.user_id))}
    assert {"audit.verified", "audit.exported"} <= actions


def test_a_broken_trail_is_said_aloud(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    sign_in(client, Role.AUDITOR)
    engine = create_engine(platform.database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit_log SET actor = 'nobody' WHERE number = 2"))
    engine.dispose()
    client.post("/audit/verify")
    assert "审计日志在第 2 条断开" in client.get("/audit").text


def test_an_auditor_of_a_county_reads_that_county_only(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, ADMIN, "3503")  # there is a city above
    sign_in(client, ADMIN, "350303")
    client.post("/account/keys", data={"name": "k", "days": "30", "scopes": ["identity.manage_users"]})
    sign_in(client, Role.AUDITOR, "350302")
    assert "api_key.made" not in client.get("/audit").text
    assert "user.created" not in client.get("/audit").text, "what the platform did itself is read at the top"
    sign_in(client, Role.AUDITOR, "3503")
    assert "api_key.made" in client.get("/audit").text
    assert "user.created" in client.get("/audit").text


def test_a_key_is_shown_once_and_revoked_by_its_owner_or_an_administrator(client: TestClient, sign_in: SignIn) -> None:
    owner = sign_in(client, Role.ANALYST)
    for bent in ({"name": ""}, {"days": "999"}, {"scopes": ["identity.manage_users"]}, {"scopes": []}):
        form: dict[str, object] = {"name": "k", "days": "30", "scopes": ["identity.view_organisations"]}
        assert client.post("/account/keys", data=form | bent).status_code == 422, bent
    made = client.post("/account/keys", data={"name": "k", "days": "30", "scopes": ["identity.view_organisations"]})
    key = re.search(r"fz_([0-9a-f]{12})_[\w\-]{43}", made.text)
    assert key is not None
    assert key[0] not in client.get("/account").text
    stranger = TestClient(client.app)
    assert stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {key[0]}"}).status_code == 200
    sign_in(client, ADMIN)
    assert client.post(f"/account/keys/{key[1]}/revoke").status_code == 404, "not one's own"
    assert client.post(f"/users/{owner.user_id}/keys/{key[1]}/revoke").status_code == 303
    assert stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {key[0]}"}).status_code == 401


def test_ones_own_password_is_changed(client: TestClient, sign_in: SignIn, platform: Platform) -> None:
    user = sign_in(client, Role.ANALYST)
    with platform.database.work(Scope.system("test")) as work:
        first = identity.service.reset_password(work, user.user_id)
        work.session.execute(text("UPDATE users SET must_change_password = false, sessions_valid_from = created_at"))
    chosen = "three red boats 7"
    for present, new, again, sentence in (
        (first, chosen, "other", "两次输入的新密码不一样"), ("wrong", chosen, chosen, "现在的密码不对"), (first, "short", "short", "密码少于 12 个字符"),
    ):  # fmt: skip
        answer = client.post("/account/password", data={"present": present, "chosen": new, "again": again})
        assert (answer.status_code, sentence in answer.text) == (422, True)
    assert client.post("/account/password", data={"present": first, "chosen": chosen, "again": chosen}).headers["location"] == "/account"
    assert "密码已更改" in client.get("/account").text
