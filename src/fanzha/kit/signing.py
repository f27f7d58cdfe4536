"""Signatures of messages between two systems that share a secret: HMAC-SHA-256 over time, serial and body."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

TIMESTAMP, SERIAL, SIGNATURE = "X-Fanzha-Timestamp", "X-Fanzha-Serial", "X-Fanzha-Signature"
_SCHEME = "v1="


def sign(secret: str, at: datetime, serial: str, body: bytes) -> dict[str, str]:
    """The three headers of a message: seconds since 1970, the serial, `v1=` and 64 hex digits."""
    stamp = str(int(at.timestamp()))
    return {TIMESTAMP: stamp, SERIAL: serial, SIGNATURE: _SCHEME + _digest(secret, stamp, serial, body)}


def fits(secret: str, stamp: str, serial: str, signature: str, body: bytes, *, now: datetime, window: timedelta) -> bool:
    """Whether the signature is right and the time within the window around now. Serials seen before are the caller's to remember."""
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12:
        return False
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > window:
        return False
    return hmac.compare_digest((_SCHEME + _digest(secret, stamp, serial, body)).encode(), signature.encode())


def _digest(secret: str, stamp: str, serial: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}\n{serial}\n".encode() + body, hashlib.sha256).hexdigest()
