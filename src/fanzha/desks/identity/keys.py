"""API keys: `fz_<id>_<secret>`; the secret is 256 random bits, stored as its SHA-256."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from fanzha.desks.identity import repository
from fanzha.desks.identity.domain import NewKey, SignedIn
from fanzha.desks.identity.errors import BadScopes, UnknownKey, UnknownUser
from fanzha.desks.identity.model import ApiKey
from fanzha.desks.identity.sessions import hash_token, principal_of
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.roles import Permission

LONGEST_LIFE_DAYS = 366
_SHAPE = re.compile(r"^fz_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_\-]{43})$")
_USED_EVERY = timedelta(minutes=1)


def make_key(work: Work, name: str, scopes: Sequence[Permission], days: int) -> NewKey:
    """Make a key for the actor, limited to these permissions and to 1–366 days. Not idempotent: each call makes a key of its own.

    Raises:
        BadScopes: none are given, or the actor has not got one of them.
    """
    actor = work.scope.principal
    if actor is None or not scopes or not all(actor.may(permission) for permission in scopes):
        raise BadScopes(scopes=[permission.name for permission in scopes])
    if not name.strip() or not 1 <= days <= LONGEST_LIFE_DAYS:
        raise BadScopes("A key needs a name and a life of 1 to 366 days.")
    now, key_id, secret = clock.now(), secrets.token_hex(6), secrets.token_urlsafe(32)
    names = sorted({permission.name for permission in scopes})
    key = ApiKey(
        id=key_id, secret_hash=hash_token(secret), user_id=actor.user_id, name=name.strip()[:80], scopes=names,
        created_at=now, expires_at=now + timedelta(days=days), last_used_at=None, revoked_at=None,
    )  # fmt: skip
    work.session.add(key)
    work.session.flush()
    work.audit("api_key.made", f"api_key:{key_id}", {"user": actor.user_id, "scopes": names, "days": days})
    return NewKey(key_id, f"fz_{key_id}_{secret}")


def resolve_key(work: Work, presented: str) -> SignedIn | None:
    """Whose key this is; runs in the sign-in scope. None: misshapen, unknown, wrong, expired, revoked, or its owner is disabled or owes a password change."""
    shape = _SHAPE.match(presented)
    found = repository.key_with_owner(work, shape["id"]) if shape else None
    if shape is None or found is None:
        return None
    key, user = found
    now = clock.now()
    fits = hmac.compare_digest(key.secret_hash, hash_token(shape["secret"]))
    if not fits or key.revoked_at is not None or key.expires_at <= now or not user.is_active or user.must_change_password:
        return None
    if key.last_used_at is None or key.last_used_at <= now - _USED_EVERY:
        key.last_used_at = now
    return SignedIn(principal_of(user, frozenset(key.scopes)), None, key_id=key.id)


def keys_of(work: Work, user_id: str) -> Sequence[ApiKey]:
    """All keys of a user in the actor's sight, the newest first."""
    if repository.user(work, user_id) is None:
        raise UnknownUser(user=user_id)
    return repository.keys_of(work, user_id)


def revoke_key(work: Work, key_id: str, *, owner: str | None = None) -> None:
    """End a key; twice is as good as once.

    Args:
        owner: only if it belongs to this user.

    Raises:
        UnknownKey: there is none in sight.
    """
    key = repository.key(work, key_id)
    if key is None or (owner is not None and key.user_id != owner):
        raise UnknownKey(key=key_id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        work.session.flush()
        work.audit("api_key.revoked", f"api_key:{key_id}", {"user": key.user_id})
