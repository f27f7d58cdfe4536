"""Passwords: argon2id (RFC 9106), and the rules for choosing one."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from fanzha.desks.identity.errors import WeakPassword

SHORTEST = 12
LONGEST = 256
_FIRST_PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 — without letters and digits that look alike
_AT_ONCE = 4


@dataclass(frozen=True)
class Argon2:
    """Cost of one hash. The default takes about 0.1 s; `_AT_ONCE` hashes may run at a time, so 256 MiB are used at most."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1

    def hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes, hash_len=32, salt_len=16, type=Type.ID)


_hasher = Argon2().hasher()
_gate = threading.BoundedSemaphore(_AT_ONCE)


def use(cost: Argon2) -> None:
    """Set the process's cost; hashes made at another cost are renewed at the next sign-in."""
    global _hasher
    _hasher = cost.hasher()
    _decoy.cache_clear()


def hash_password(password: str) -> str:
    with _gate:
        return _hasher.hash(_same(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether the password fits. Without a stored hash the same work is done, so that an unknown user takes as long as a known one."""
    with _gate:
        try:
            return _hasher.verify(stored or _decoy(), _same(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made at another cost than today's."""
    return _hasher.check_needs_rehash(stored)


def check_rules(password: str, login: str) -> None:
    """Length counts, not kinds of character (NIST SP 800-63B, 5.1.1.2): 12 characters or more, not a common one, not built on the login.

    Raises:
        WeakPassword: says which rule is broken.
    """
    plain = _same(password)
    folded = plain.lower()
    if len(plain) < SHORTEST:
        raise WeakPassword("The password has fewer than 12 characters.")
    if len(plain) > LONGEST:
        raise WeakPassword("The password has more than 256 characters.")
    if login.lower() in folded:
        raise WeakPassword("The password contains the user name.")
    if len(set(folded)) < 5 or _bare(folded) in _common():
        raise WeakPassword("The password is one of the common ones.")


def first_password() -> str:
    """A random password to be read out and typed once: 20 characters in groups of five, 99 bits."""
    letters = [secrets.choice(_FIRST_PASSWORD_ALPHABET) for _ in range(20)]
    return "-".join("".join(letters[start : start + 5]) for start in range(0, 20, 5))


def _same(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bare(folded: str) -> str:
    """A common password with a tail of digits or marks is still that common password."""
    return folded.rstrip("0123456789!@#$%^&*._-~?") or folded


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return frozenset(word for line in words for word in (line, _bare(line)))


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_hex(16))
