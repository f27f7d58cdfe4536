"""States and value types of the identity desk. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fanzha.desks.identity.errors import BadLogin
from fanzha.store import Principal
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

FREE_FAILURES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
FORGET_FAILURES_AFTER = timedelta(days=1)

_LOGIN = re.compile(r"^[a-z0-9][a-z0-9._\-]{2,39}$")


class UserState(StrEnum):
    """A disabled user keeps the records and can do nothing."""

    ACTIVE = "active"
    DISABLED = "disabled"


class OrgState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class SignInMethod(StrEnum):
    PASSWORD = "password"  # noqa: S105 — the name of a method
    OIDC = "oidc"


def clean_login(raw: str) -> str:
    """Half-width, lower case, no blanks around.

    Raises:
        BadLogin: not 3–40 letters, digits, dots, hyphens, underscores.
    """
    login = fold_login(raw)
    if not _LOGIN.match(login):
        raise BadLogin(login=login)
    return login


def fold_login(raw: str) -> str:
    """How a login is compared; makes no promise that it is a possible one."""
    return unicodedata.normalize("NFKC", raw).strip().lower()


def lock_after(failures: int) -> timedelta | None:
    """How long a login is closed after so many failures in a row: nothing up to the fourth, then 1, 2, 4 … minutes, one hour at most."""
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


@dataclass(frozen=True)
class SignedIn:
    """Who stands behind a request, and by what."""

    principal: Principal
    session_id: str | None
    """None for an API key."""
    key_id: str | None = None
    must_change_password: bool = False


@dataclass(frozen=True)
class NewSession:
    """`token` is shown to the browser once and stored only as its hash."""

    token: str
    session_id: str
    must_change_password: bool


@dataclass(frozen=True)
class SignInResult:
    """A failed attempt is an outcome, not an exception: its counting must be committed."""

    session: NewSession | None
    locked_until: datetime | None = None


@dataclass(frozen=True)
class SessionLimits:
    """From the settings: the end in any case, and the end for want of requests."""

    absolute: timedelta
    idle: timedelta


@dataclass(frozen=True)
class NewKey:
    """`secret` is shown once and stored only as its hash."""

    key_id: str
    secret: str


# Whose administrators manage their whole area, and whose people know the names of those who work in it; all others keep to their own organisation.
# Row security holds the same lists.
MANAGING_KINDS = frozenset({OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY, OrgKind.POLICE_STATION, OrgKind.OFFICE})
WATCHING_KINDS = MANAGING_KINDS | {OrgKind.GRID}

# Which kinds of organisation a role makes sense in; the administrator and the auditor are found anywhere.
ROLE_KINDS: dict[Role, frozenset[OrgKind]] = {
    Role.LEADER: frozenset({OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY}),
    Role.BANK_AGENT: frozenset({OrgKind.BANK}),
    Role.OPERATOR_AGENT: frozenset({OrgKind.OPERATOR}),
    Role.DEPUTY: frozenset({OrgKind.CONGRESS}),
}
