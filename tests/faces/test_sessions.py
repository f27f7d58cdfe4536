"""Signing in, sessions, safe headers, limits and failures, as a browser meets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import Depends, FastAPI
from httpx2 import Response
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.testclient import TestClient

from fanzha.desks import identity
from fanzha.desks.identity import passwords
from fanzha.faces.common.app import create_app
from fanzha.faces.common.context import PageContext, anyone
from fanzha.faces.common.limits import Limits, Rate, RateLimits, TooFast
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import csrf_token
from fanzha.kit import clock
from fanzha.kit.errors import Conflict, Unavailable
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SignIn = Callable[..., Principal]
GOOD = "three red boats 7"
CSRF = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    passwords.use(passwords.Argon2(memory_kib=64, passes=1, lanes=1))
    yield
    passwords.use(passwords.Argon2())


@pytest.fixture
def zhang(platform: Platform) -> identity.User:
    with platform.database.work(Scope.system("test")) as work:
        org = identity.service.create_organisation(work, code="east", kind=OrgKind.POLICE_COUNTY, name="东县局", region="350302")
        made = identity.service.create_user(work, login="zhang", name="张三", org=org, roles=(Role.ANALYST,), password=GOOD, must_change_password=False)
        return made.user


def enter(client: TestClient, password: str = GOOD, target: str = "", login: str = "zhang") -> Response:
    page = client.get("/sign-in")
    found = CSRF.search(page.text)
    assert found is not None
    return client.post("/sign-in", data={"login": login, "password": password, "next": target, "csrf_token": found[1]})


# --- signing in and out


def test_signing_in_and_out(client: TestClient, zhang: identity.User) -> None:
    assert enter(client, target="/account?x=1").headers["location"] == "/account?x=1"
    assert client.get("/account").status_code == 200
    assert client.get("/sign-in").headers["location"] == "/"
    token = CSRF.search(client.get("/account").text)
    assert token is not None
    out = client.post("/sign-out", data={"csrf_token": token[1]})
    assert out.headers["location"] == "/sign-in"
    assert client.get("/account").headers["location"] == "/sign-in?next=%2Faccount"


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(client: TestClient, zhang: identity.User) -> None:
    answers = [enter(client, "wrong"), enter(client, "wrong", login="nobody")]
    assert {answer.status_code for answer in answers} == {401}
    texts = {CSRF.sub("", answer.text.replace("zhang", "").replace("nobody", "")) for answer in answers}
    assert len({re.sub(r"-\d+|[0-9a-f]{64}", "", text) for text in texts}) == 1
    assert "用户名或密码不对" in texts.pop()


def test_a_locked_login_says_how_long(client: TestClient, zhang: identity.User) -> None:
    for _ in range(5):
        answer = enter(client, "wrong")
    assert answer.status_code == 429
    assert 55 <= int(answer.headers["retry-after"]) <= 60
    assert enter(client).status_code == 429
    assert "fz_session" not in client.cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(client: TestClient, zhang: identity.User, target: str) -> None:
    assert enter(client, target=target).headers["location"] == "/"


def test_a_session_planted_before_signing_in_is_worth_nothing(client: TestClient, platform: Platform, zhang: identity.User) -> None:
    client.cookies.set("fz_session", "planted-by-somebody")
    entered = enter(client)
    given = re.search(r"fz_session=([^;]+)", entered.headers["set-cookie"])
    assert given is not None
    assert given[1] != "planted-by-somebody"
    stranger = TestClient(client.app, follow_redirects=False, cookies={"fz_session": "planted-by-somebody"})
    assert stranger.get("/account").status_code == 303


def test_signing_in_again_ends_the_former_session(client: TestClient, platform: Platform, zhang: identity.User) -> None:
    enter(client)
    former = client.cookies["fz_session"]
    token = csrf_token(platform.keys, former)
    client.post("/sign-in", data={"login": "zhang", "password": GOOD}, headers={"X-CSRF-Token": token})
    assert client.cookies["fz_session"] != former
    stranger = TestClient(client.app, follow_redirects=False, cookies={"fz_session": former})
    assert stranger.get("/account").status_code == 303


def test_an_ended_session_leads_back_to_the_page(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    with clock.frozen(clock.now() + timedelta(hours=11)):
        assert client.get("/account?tab=1").headers["location"] == "/sign-in?next=%2Faccount%3Ftab%3D1"
        assert client.post("/account/sessions/others/revoke").headers["location"] == "/sign-in"
        fragment = client.get("/account", headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/sign-in")


def test_the_cookie_is_out_of_reach_of_scripts_and_bound_to_https(platform: Platform, zhang: identity.User) -> None:
    secure = replace(platform, settings=platform.settings.model_copy(update={"public_url": "https://fanzha.example"}))
    with TestClient(create_app(secure), base_url="https://fanzha.example", follow_redirects=False) as client:
        cookie = next(part for part in enter(client).headers.get_list("set-cookie") if "session" in part)
        assert cookie.startswith("__Host-fz_session=")
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert attribute in cookie
        assert "Domain" not in cookie
        assert client.get("/sign-in").headers["strict-transport-security"].startswith("max-age=31536000")


def test_one_ends_another_of_ones_sessions_and_never_somebody_elses(client: TestClient, sign_in: SignIn, app: FastAPI) -> None:
    theirs = TestClient(app, follow_redirects=False)
    sign_in(theirs, Role.AUDITOR)
    other = re.search(r"/account/sessions/([0-9a-f]{32})/revoke", _second_session(theirs, sign_in, Role.AUDITOR))
    assert other is not None
    sign_in(client, Role.ANALYST)
    assert client.post(f"/account/sessions/{other[1]}/revoke").status_code == 404
    assert theirs.post(f"/account/sessions/{other[1]}/revoke").headers["location"] == "/account"


def _second_session(client: TestClient, sign_in: SignIn, role: Role) -> str:
    sign_in(client, role)
    return client.get("/account").text


def test_home_is_where_ones_work_is(client: TestClient, sign_in: SignIn) -> None:
    homes = {Role.FIELD_OFFICER: "/field", Role.GRID_WORKER: "/field", Role.OFFICE: "/overview", Role.ADMINISTRATOR: "/overview"}
    for role, home in homes.items():
        sign_in(client, role, "350302001" if home == "/field" else "3503")
        assert client.get("/").headers["location"] == home
        assert client.get(home).status_code == 200
    for role in Role:
        sign_in(client, role)
        location = client.get("/").headers["location"]
        assert client.get(location).status_code == 200, (role, location)


def test_a_live_stream_does_not_keep_a_forgotten_session_alive(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    start = clock.now()
    for minutes, headers, status in ((50, {"Accept": "text/event-stream"}, 200), (100, {}, 303)):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert client.get("/account", headers=headers).status_code == status


# --- headers


def test_every_answer_carries_the_safe_headers(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    for path in ("/users", "/nowhere", "/api/v1/health", "/api/v1/nowhere", "/static/nothing.js"):
        headers = client.get(path).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["img-src"] == "'self' data:"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
        assert "strict-transport-security" not in headers
        assert "server" not in headers
    assert client.get("/users").headers["cache-control"] == "no-store"
    assert client.get("/users", headers={"X-Request-ID": "trace-0001"}).headers["x-request-id"] == "trace-0001"
    assert client.get("/users", headers={"X-Request-ID": "<script>"}).headers["x-request-id"] != "<script>"


# --- limits


def test_too_many_attempts_from_one_address_are_refused(platform: Platform, zhang: identity.User) -> None:
    app = create_app(platform, Limits(sign_in_address=Rate(3, 300)))
    with TestClient(app, follow_redirects=False) as client:
        assert [enter(client, "wrong", login=f"nobody{number}").status_code for number in range(4)] == [401, 401, 401, 429]


def test_what_is_kept_of_a_typed_login_is_short() -> None:
    rates = RateLimits(Limits(sign_in_login=Rate(1, 300)))
    rates.sign_in("192.0.2.1", "x" * 500_000)
    with pytest.raises(TooFast):
        rates.sign_in("192.0.2.2", "x" * 500_001)


def test_guessing_a_password_from_within_is_refused_too(platform: Platform, zhang: identity.User) -> None:
    app = create_app(platform, Limits(sign_in_login=Rate(2, 300)))
    with TestClient(app, follow_redirects=False) as client:
        enter(client)
        client.headers["X-CSRF-Token"] = csrf_token(platform.keys, client.cookies["fz_session"])
        guesses = [client.post("/account/password", data={"present": "x", "chosen": "y", "again": "y"}).status_code for _ in range(3)]
    assert guesses == [422, 422, 429]


def test_too_many_requests_are_refused_in_words(platform: Platform) -> None:
    app = create_app(platform, Limits(anonymous=Rate(2, 60)))
    with TestClient(app, follow_redirects=False) as client:
        assert [client.get("/api/v1/health").status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get("/api/v1/health")
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0
        assert "短时间内请求太多" in client.get("/sign-in").text
        assert client.get("/static/nothing.js").status_code == 404


def test_a_stranger_may_not_send_much(client: TestClient) -> None:
    big = "x" * (2**20 + 1)
    assert client.post("/sign-in", data={"login": big}).status_code == 413

    def endless() -> Iterator[bytes]:
        yield b"login="
        for _ in range(40):
            yield b"x" * 65_536

    response = client.post("/sign-in", content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert response.status_code == 413
    assert "内容太大" in response.text


# --- failures


@pytest.fixture
def breaking(app: FastAPI) -> FastAPI:
    page = Depends(anyone())

    def breaks(page: PageContext = page) -> None:
        secret = "13800138000"
        raise RuntimeError(secret)

    def conflicts(page: PageContext = page) -> None:
        raise Conflict

    def unavailable(page: PageContext = page) -> None:
        raise Unavailable("The lake is away.", remedy="Try later.")

    def deadlocks(page: PageContext = page) -> None:
        raise OperationalError("UPDATE", None, DeadlockDetected("deadlock detected"))

    def starves(page: PageContext = page) -> None:
        raise PoolExhausted("QueuePool limit reached")

    for prefix in ("", "/api/v1"):
        app.add_api_route(f"{prefix}/deadlocks", deadlocks)
        app.add_api_route(f"{prefix}/starves", starves)
        app.add_api_route(f"{prefix}/breaks", breaks)
        app.add_api_route(f"{prefix}/conflicts", conflicts)
        app.add_api_route(f"{prefix}/unavailable", unavailable)
    return app


def test_what_breaks_is_told_by_number_only(breaking: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/breaks", "/api/v1/breaks"):
        caplog.clear()
        response = client.get(path)
        number = response.headers["x-request-id"]
        assert response.status_code == 500
        assert number in response.text
        for inside in ("Traceback", "RuntimeError", "13800138000", ".py"):
            assert inside not in response.text
        assert response.headers["content-security-policy"]
        assert number in caplog.text
        assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("path", ["/deadlocks", "/starves", "/api/v1/deadlocks", "/api/v1/starves"])
def test_a_step_that_the_database_could_not_take_may_be_repeated(breaking: FastAPI, client: TestClient, path: str, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert ("database_busy" if path.startswith("/api") else "没有改动任何内容") in response.text
    assert "deadlock" in caplog.text or "QueuePool" in caplog.text


def test_an_expected_failure_is_a_sentence_or_a_problem(breaking: FastAPI, client: TestClient) -> None:
    page, problem = client.get("/conflicts"), client.get("/api/v1/conflicts")
    assert (page.status_code, problem.status_code) == (409, 409)
    assert "状态已经变了" in page.text
    assert "The state has changed meanwhile" in client.get("/conflicts?lang=en").text
    body = problem.json()
    assert (body["code"], body["status"], body["type"]) == ("conflict", 409, "urn:fanzha:problem:conflict")
    assert client.get("/api/v1/unavailable").json()["remedy"] == "Try later."


def test_a_malformed_request_is_a_sentence_or_a_list_of_places(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    assert "填写有误" in client.get("/users?page=x").text
    problem = client.get("/api/v1/users?page=x").json()
    assert problem["status"] == 422
    assert problem["params"]["places"][0]["place"] == "query.page"


def test_an_unknown_page_is_a_plain_sentence(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "没有找到" in response.text
    assert client.put("/account").status_code == 405
    assert client.get("/account/", headers={"Host": "evil.example"}).status_code == 404


def test_a_flash_is_shown_once(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    client.post("/account/sessions/others/revoke")
    assert "已退出其他" in client.get("/account").text
    assert "已退出其他" not in client.get("/account").text


def test_the_language_of_the_address_is_kept(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    assert "Change password" in client.get("/account?lang=en").text
    assert "Change password" in client.get("/account").text
    assert "更改密码" in client.get("/account?lang=zh").text
