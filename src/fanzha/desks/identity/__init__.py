"""Who works with the platform: organisations, users, sign-in, API keys."""

from fanzha.desks.identity import keys, sessions
from fanzha.desks.identity.domain import SessionLimits, SignedIn
from fanzha.desks.identity.errors import PasswordChangeDue

__all__ = ["PasswordChangeDue", "SessionLimits", "SignedIn", "keys", "sessions"]
