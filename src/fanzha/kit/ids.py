"""Identifiers of our own records."""

from __future__ import annotations

import hashlib
import secrets
import time

_SEPARATOR = "\x1f"


def new_id() -> str:
    """32 hex digits, ordered by the millisecond of their making; unguessable after the first 12."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def stable_id(*parts: object) -> str:
    """32 hex digits that depend on the parts alone: the same parts give the same id on every machine."""
    joined = _SEPARATOR.join(str(part) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]
