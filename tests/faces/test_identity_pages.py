"""The identity desk's pages, as their users meet them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
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


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/users", "/users?q=x&role=analyst&state=active&page=2", "/users/new", "/organisations", "/organisations/new", "/audit", "/account"]
)
def test_pages_open_in_both_languages(client: TestClient, sign_in: SignIn, path: str, language: str) -> None:
    sign_in(client, ADMIN)
    client.cookies.set("lang", language)
    assert client.get(path).status_code == 200


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
