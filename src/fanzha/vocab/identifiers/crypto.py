"""Cryptocurrency addresses: Bitcoin (base58check, BIP 173 and BIP 350), Ethereum (EIP-55) and TRON."""

from __future__ import annotations

import hashlib
import re

from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, cover, require_number
from fanzha.vocab.identifiers.keccak import keccak256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_FINAL = {0: 1, 1: 0x2BC830A3}  # BIP 173 for witness version 0, BIP 350 for later ones
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_VERSIONS = {b"\x00": "btc", b"\x05": "btc", b"\x41": "tron"}


def clean_crypto(text: str) -> Cleaned:
    """Ethereum in lower case with 0x, bech32 in lower case, base58 as written. A failed checksum is an error, for Ethereum's case a warning.

    Raises:
        InvalidIdentifier
    """
    address = require_number(Kind.CRYPTO, text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]{40}", address):
        digits = address[2:]
        return Cleaned(f"0x{digits.lower()}", () if _passes_eip55(digits) else ("eip55",), {"chain": "eth"})
    if address.lower().startswith("bc1") and address in (address.lower(), address.upper()) and _passes_bech32(address.lower()):
        return Cleaned(address.lower(), facts={"chain": "btc"})
    chain = _base58_chain(address)
    if chain is None:
        raise InvalidIdentifier(Kind.CRYPTO, "not_a_crypto_address")
    return Cleaned(address, facts={"chain": chain})


def mask_crypto(value: str) -> str:
    """The first 6 and last 4 characters."""
    return cover(value, 6, 4)


def _passes_eip55(digits: str) -> bool:
    if digits in (digits.lower(), digits.upper()):
        return True
    marks = keccak256(digits.lower().encode()).hex()
    return all(char.isdigit() or char.isupper() == (int(mark, 16) >= 8) for char, mark in zip(digits, marks, strict=False))


def _base58_chain(address: str) -> str | None:
    if not 25 <= len(address) <= 35 or any(char not in _BASE58 for char in address):
        return None
    number = 0
    for char in address:
        number = number * 58 + _BASE58.index(char)
    if number.bit_length() > 25 * 8:
        return None
    decoded = number.to_bytes(25, "big")
    zeros = len(address) - len(address.lstrip("1"))
    if len(decoded) - len(decoded.lstrip(b"\x00")) != zeros:
        return None
    if hashlib.sha256(hashlib.sha256(decoded[:-4]).digest()).digest()[:4] != decoded[-4:]:
        return None
    return _VERSIONS.get(decoded[:1])


def _passes_bech32(address: str) -> bool:
    data = address[3:]
    if not 11 <= len(data) <= 71 or any(char not in _BECH32 for char in data):
        return False
    values = [_BECH32.index(char) for char in data]
    checked = _polymod([3, 3, 0, 2, 3, *values])  # "bc" expanded
    return checked == _BECH32_FINAL[min(values[0], 1)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if (top >> bit) & 1 else 0
    return check
