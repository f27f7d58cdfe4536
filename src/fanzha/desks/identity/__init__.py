"""Who works with the platform: organisations, users, sign-in, API keys."""

from fanzha.desks.identity import errors, keys, passwords, policy, service, sessions, trail
from fanzha.desks.identity.domain import OrgState, SessionLimits, SignedIn, UserState
from fanzha.desks.identity.errors import PasswordChangeDue
from fanzha.desks.identity.model import Organisation, User

__all__ = [
    "OrgState", "Organisation", "PasswordChangeDue", "SessionLimits", "SignedIn", "User", "UserState",
    "errors", "keys", "passwords", "policy", "service", "sessions", "trail",
]  # fmt: skip
