"""Sign-in through an OpenID Connect issuer: a made-up one, inside this process."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient

from fanzha.desks import identity
from fanzha.desks.identity import oidc
from fanzha.faces.common.app import create_app
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

ISSUER = "https://id.example"
SUBJECT = "subject-of-zhang"
SignIn = Callable[..., Principal]


@dataclass
class Issuer:
    """Answers discovery, keys and the token call; `claims` and `key` can be bent by a test."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    claims: dict[str, object] = field(default_factory=dict)
    issuer: str = ISSUER
    token_endpoint: str = f"{ISSUER}/token"
    nonce: str = ""
    challenge: str = ""
    alg: str = "ES256"
    signing: ECKey | OctKey | None = None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/.well-known/openid-configuration":
            return httpx2.Response(200, json={
                "issuer": self.issuer, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": self.token_endpoint, "jwks_uri": f"{ISSUER}/keys",
            })  # fmt: skip
        if request.url.path == "/keys":
            return httpx2.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        sent = parse_qs(request.content.decode())
        verifier = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
        if sent["code"] != ["good"] or urlsafe_b64encode(verifier).decode().rstrip("=") != self.challenge:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "fanzha", "sub": SUBJECT, "exp": now + 60, "iat": now, "nonce": self.nonce} | self.claims
        token = jwt.encode({"alg": self.alg, "kid": "k1"}, {k: v for k, v in claims.items() if v is not None}, self.signing or self.key, algorithms=[self.alg])
        return httpx2.Response(200, json={"access_token": "a", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def client(platform: Platform, issuer: Issuer) -> TestClient:
    settings = platform.settings.model_copy(update={"oidc_issuer": ISSUER, "oidc_client_id": "fanzha"})
    app = create_app(replace(platform, settings=settings))
    app.state.oidc = oidc.Client(ISSUER, "fanzha", "secret", "http://testserver/sign-in/oidc/callback", httpx2.MockTransport(issuer))
    with platform.database.work(Scope.system("test")) as work:
        org = identity.service.create_organisation(work, code="east", kind=OrgKind.POLICE_COUNTY, name="东县局", region="350302")
        identity.service.create_user(work, login="zhang", name="张三", org=org, roles=(Role.ANALYST,), oidc_subject=SUBJECT)
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def depart(client: TestClient, issuer: Issuer, target: str = "/account") -> str:
    """Go to the issuer; returns the state to come back with."""
    left = client.get("/sign-in/oidc", params={"next": target})
    assert left.status_code == 303, left.text
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert left.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert (asked["scope"], asked["code_challenge_method"], asked["response_type"]) == (["openid"], ["S256"], ["code"])
    issuer.nonce, issuer.challenge = asked["nonce"][0], asked["code_challenge"][0]
    return asked["state"][0]


def arrive(client: TestClient, state: str, code: str = "good") -> httpx2.Response:
    return client.get("/sign-in/oidc/callback", params={"state": state, "code": code})


def test_a_known_subject_signs_in_without_the_password_of_this_platform(client: TestClient, issuer: Issuer) -> None:
    assert "用单位账号登录" in client.get("/sign-in").text
    entered = arrive(client, depart(client, issuer))
    assert entered.headers["location"] == "/account"
    assert client.get("/account").status_code == 200, "a first password is not due: none was used"
    assert arrive(client, "again").status_code == 401


def test_one_is_led_nowhere_else(client: TestClient, issuer: Issuer) -> None:
    assert arrive(client, depart(client, issuer, "//evil.example")).headers["location"] == "/"


def test_an_unknown_subject_is_nobody_and_is_logged(client: TestClient, issuer: Issuer, platform: Platform) -> None:
    issuer.claims = {"sub": "somebody-else", "preferred_username": "zhang", "email": "zhang@example.org", "roles": ["administrator"]}
    refused = arrive(client, depart(client, issuer))
    assert refused.status_code == 401
    assert "本平台没有登记" in refused.text
    assert client.get("/account").status_code == 303
    with platform.database.work(Scope.system("test")) as work:
        last = identity.trail.search_trail(work, identity.trail.TrailFilter(action="session.failed"), identity.trail.PageRequest()).rows[0]
    assert last.subject == "login:unknown"


def test_a_disabled_user_stays_out(client: TestClient, issuer: Issuer, platform: Platform) -> None:
    with platform.database.work(Scope.system("test")) as work:
        user = identity.service.user_by_login(work, "zhang")
        identity.service.set_state(work, user.id, identity.UserState.DISABLED)
    assert arrive(client, depart(client, issuer)).status_code == 401


def test_a_token_that_does_not_fit_is_refused(client: TestClient, issuer: Issuer) -> None:
    bent: list[dict[str, object]] = [
        {"aud": "another"}, {"iss": "https://evil.example"}, {"nonce": "old"}, {"nonce": None}, {"exp": 1}, {"exp": None}, {"sub": None},
    ]  # fmt: skip
    for claims in bent:
        issuer.claims = claims
        assert arrive(client, depart(client, issuer)).status_code == 401, claims
        assert client.get("/account").status_code == 303


def test_a_token_signed_by_others_is_refused(client: TestClient, issuer: Issuer) -> None:
    issuer.signing = ECKey.generate_key("P-256", {"kid": "k1"})
    assert arrive(client, depart(client, issuer)).status_code == 401
    issuer.signing, issuer.alg = OctKey.import_key("x" * 32), "HS256"
    assert arrive(client, depart(client, issuer)).status_code == 401


def test_a_state_or_code_that_is_not_ours_is_refused(client: TestClient, issuer: Issuer) -> None:
    state = depart(client, issuer)
    assert arrive(client, "another").status_code == 401
    assert arrive(client, state, code="stolen").status_code == 401
    assert arrive(client, state, code="").status_code == 401
    client.cookies.clear()
    assert arrive(client, state).status_code == 401


def test_an_issuer_that_is_not_who_it_says_or_sends_us_elsewhere_is_refused(client: TestClient, issuer: Issuer) -> None:
    issuer.issuer = "https://evil.example"
    assert client.get("/sign-in/oidc").status_code == 401
    issuer.issuer = ISSUER
    state = depart(client, issuer)
    issuer.token_endpoint = "http://evil.example/token"
    assert arrive(client, state).status_code == 401


def test_without_settings_there_is_no_such_page(platform: Platform) -> None:
    client = TestClient(create_app(platform), follow_redirects=False)
    assert client.get("/sign-in/oidc").status_code == 404
    assert "用单位账号登录" not in client.get("/sign-in").text
