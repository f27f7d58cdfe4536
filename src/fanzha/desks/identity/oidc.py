"""Sign-in through an OpenID Connect issuer (authorization code with PKCE), for users who are known already.

Nobody is created and nobody gains a role by it: the `sub` claim must equal the `oidc_subject` that an administrator has filed with the user.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from fanzha.desks.identity import repository
from fanzha.desks.identity.domain import NewSession, SessionLimits, SignInMethod
from fanzha.desks.identity.errors import SignInByOrganisationFailed
from fanzha.desks.identity.sessions import open_session
from fanzha.kit import clock
from fanzha.store import Work

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LEEWAY_SECONDS = 60
_TIMEOUT_SECONDS = 10
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Client:
    """How this platform is known to the issuer. `transport` is for tests."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    transport: httpx2.BaseTransport | None = None


@dataclass(frozen=True)
class Departure:
    """Where the browser is sent, and what must be remembered (in a signed cookie) until it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


def depart(client: Client) -> Departure:
    """Raises SignInByOrganisationFailed: the issuer does not answer."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    endpoint = _address(_metadata(client), "authorization_endpoint")
    with _session(client) as session:
        address, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
    return Departure(address, state, nonce, verifier)


def arrive(client: Client, departure: Departure, *, state: str, code: str) -> str:
    """Exchange the code and check the id token (issuer, audience, expiry, nonce, signature by the issuer's keys); returns its subject.

    Raises:
        SignInByOrganisationFailed: anything does not fit.
    """
    if not code or not hmac.compare_digest(state.encode(), departure.state.encode()):
        raise SignInByOrganisationFailed
    metadata = _metadata(client)
    try:
        with _session(client) as session:
            token = session.fetch_token(_address(metadata, "token_endpoint"), code=code, code_verifier=departure.verifier)
        keys = KeySet.import_key_set(cast("KeySetSerialization", _get(client, _address(metadata, "jwks_uri"))))
        claims = jwt.decode(str(token.get("id_token", "")), keys, algorithms=_ALGORITHMS).claims
        _claims(client, departure).validate(claims)
    except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError) as error:
        raise SignInByOrganisationFailed from error
    return str(claims["sub"])


def sign_in(work: Work, subject: str, limits: SessionLimits, *, address: str, agent: str) -> NewSession | None:
    """Open a session for the active user with this subject; runs in the sign-in scope. None: there is none (the attempt is logged, so commit)."""
    user = repository.user_by_oidc_subject(work, subject)
    if user is None or not user.is_active:
        work.audit("session.failed", f"user:{user.id}" if user else "login:unknown", {"address": address, "method": SignInMethod.OIDC})
        return None
    return open_session(work, user, limits, SignInMethod.OIDC, address=address, agent=agent)


def _claims(client: Client, departure: Departure) -> jwt.JWTClaimsRegistry:
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": client.issuer},
        "aud": {"essential": True, "value": client.client_id},
        "exp": {"essential": True},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": departure.nonce},
    }
    return jwt.JWTClaimsRegistry(now=int(clock.now().timestamp()), leeway=_LEEWAY_SECONDS, **wanted)


def _metadata(client: Client) -> dict[str, Any]:
    try:
        found = _get(client, client.issuer.rstrip("/") + "/.well-known/openid-configuration")
    except (httpx2.HTTPError, ValueError) as error:
        raise SignInByOrganisationFailed from error
    if found.get("issuer") != client.issuer:
        raise SignInByOrganisationFailed
    return found


def _address(metadata: dict[str, Any], name: str) -> str:
    """An address of the issuer: https, or http on this machine."""
    address = str(metadata.get(name, ""))
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise SignInByOrganisationFailed
    return address


def _get(client: Client, address: str) -> dict[str, Any]:
    with httpx2.Client(transport=client.transport, timeout=_TIMEOUT_SECONDS) as session:
        response = session.get(address)
        response.raise_for_status()
        found = response.json()
    if not isinstance(found, dict):
        msg = "the issuer did not answer with a JSON object"
        raise ValueError(msg)
    return found


def _session(client: Client) -> Any:
    return OAuth2Client(
        client.client_id, client.client_secret, scope="openid", redirect_uri=client.redirect_uri, code_challenge_method="S256",
        transport=client.transport, timeout=_TIMEOUT_SECONDS,
    )  # fmt: skip
