"""Personal data at rest: sealed fields and their blind index.

Invariants: a sealed value carries its cipher, so both ciphers open side by side; the associated data is the column's name, so a value moved
to another column does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fanzha.kit.errors import FanzhaError
from fanzha.store.keys import Keys

CipherName = Literal["aes", "sm4"]

_MARK: dict[CipherName, bytes] = {"aes": b"\x01", "sm4": b"\x02"}
_NONCE = 12
_TAG = 16


class CannotOpen(FanzhaError):
    """A sealed value does not open: wrong key, wrong column or damaged data."""

    code = "cannot_open"


class FieldCipher:
    """Seals text under a column's name. AES-256-GCM, or SM4-GCM (GB/T 32907) with the first half of the same key."""

    def __init__(self, keys: Keys, cipher: CipherName = "aes") -> None:
        self._aes = AESGCM(keys.fields)
        self._sm4_key = hashlib.sha256(b"sm4" + keys.fields).digest()[:16]
        self._blind = keys.blind
        padded = keys.blind.ljust(64, b"\0") if len(keys.blind) <= 64 else hashlib.sha256(keys.blind).digest().ljust(64, b"\0")
        self._inner, self._outer = (hashlib.sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
        self._cipher: CipherName = cipher

    def seal(self, column: str, text: str) -> bytes:
        nonce = os.urandom(_NONCE)
        plain, bound = text.encode(), column.encode()
        body = self._aes.encrypt(nonce, plain, bound) if self._cipher == "aes" else self._sm4_seal(nonce, plain, bound)
        return _MARK[self._cipher] + nonce + body

    def open(self, column: str, sealed: bytes) -> str:
        """Raises CannotOpen."""
        mark, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if mark == _MARK["aes"]:
                return self._aes.decrypt(nonce, body, column.encode()).decode()
            if mark == _MARK["sm4"]:
                return self._sm4_open(nonce, body, column.encode()).decode()
        except InvalidTag as error:
            raise CannotOpen(column=column) from error
        raise CannotOpen(column=column)

    def blind_index(self, kind: str, value: str) -> str:
        """32 hex digits by which a sealed value of this kind is found: HMAC-SHA-256 under its own key, shortened to 128 bits."""
        return hmac.digest(self._blind, f"{kind}\x1f{value}".encode(), "sha256").hex()[:32]

    def blind_indexes(self, kind: str, values: Iterable[str]) -> list[str]:
        """`blind_index` of many values, at half the cost of each: both keyed blocks of HMAC (RFC 2104) are hashed once and copied."""
        inner, outer, found = self._inner.copy(), self._outer, []
        inner.update(f"{kind}\x1f".encode())
        for value in values:
            within = inner.copy()
            within.update(value.encode())
            whole = outer.copy()
            whole.update(within.digest())
            found.append(whole.hexdigest()[:32])
        return found

    def _sm4_seal(self, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        encryptor = Cipher(algorithms.SM4(self._sm4_key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def _sm4_open(self, nonce: bytes, body: bytes, bound: bytes) -> bytes:
        decryptor = Cipher(algorithms.SM4(self._sm4_key), modes.GCM(nonce, body[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(bound)
        return decryptor.update(body[:-_TAG]) + decryptor.finalize()


_current: FieldCipher | None = None


def use(cipher: FieldCipher) -> None:
    """Set the process's cipher; called by bootstrap."""
    global _current
    _current = cipher


def current() -> FieldCipher:
    """The process's cipher."""
    if _current is None:
        raise CannotOpen("No keys are loaded.")
    return _current


def blind_index(kind: str, value: str) -> str:
    return current().blind_index(kind, value)


def blind_indexes(kind: str, values: Iterable[str]) -> list[str]:
    return current().blind_indexes(kind, values)
