"""Tokens: what stands in the lake for a subject.

A token is the subject's clean identifier under AES-SIV (RFC 5297): the same identifier gives the same token, so tokens join and count; only the key
opens them. The kind is bound in as associated data: a token of one kind never equals or opens as one of another.
Free text that must not lie open in the lake (a message, a name, an address) is sealed with the same cipher under a kind of its own.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from fanzha.kit.errors import InvalidInput
from fanzha.lake.distinct import split
from fanzha.lake.siv import LONGEST, ManySiv

PREFIXES: Final[dict[str, str]] = {
    "phone": "ph",
    "bank_account": "ac",
    "id_card": "id",
    "imei": "ie",
    "imsi": "is",
    "domain": "do",
    "url": "ur",
    "ip": "ip",
    "app": "ap",
    "qq": "qq",
    "wechat": "wx",
    "im": "im",
    "email": "em",
    "crypto": "cr",
    "name": "nm",
    "address": "ad",
    "text": "tx",
}
"""Kinds that are sealed (those of `vocab.identifiers.Kind`, and free text), and the letters their tokens start with."""

_SAME: Final = {"card": "bank_account", "account": "bank_account"}
"""A statement does not tell a card from an account, so both have one token. A host name is sealed as `domain`."""

_KINDS: Final = {prefix: kind for kind, prefix in PREFIXES.items()}

_MANY: Final = 16
"""From so many texts on it pays to seal them at once."""


class InvalidToken(InvalidInput):
    """This is not a token of this installation."""

    code = "invalid_token"
    remedy = "Check that it was copied whole and that the key file is the one it was made with."


class Tokens:
    """Seals and opens. `remember` bounds how many values a kind keeps ready that were sealed one by one (about 200 bytes each)."""

    def __init__(self, key: bytes, *, remember: int = 100_000) -> None:
        self._cipher = AESSIV(key)
        self._remember = remember
        self._known: dict[str, dict[str, str]] = {kind: {} for kind in PREFIXES}
        self._many = {kind: ManySiv(key, kind.encode()) for kind in PREFIXES}

    def seal(self, kind: str, value: str) -> str:
        """The token of one clean value.

        Raises:
            KeyError: a kind that is not sealed.
        """
        kind = _SAME.get(kind, kind)
        known = self._known[kind]
        token = known.get(value)
        if token is None:
            self._make_room(known, 1)
            token = known[value] = self._compute(kind, value)
        return token

    def open(self, token: str) -> tuple[str, str]:
        """(kind, value) of a token.

        Raises:
            InvalidToken: anything that `seal` of this key did not make.
        """
        prefix, dot, body = token.partition(".")
        kind = _KINDS.get(prefix)
        if not dot or kind is None:
            raise InvalidToken
        try:
            sealed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            return kind, self._cipher.decrypt(sealed, [kind.encode()]).decode()
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise InvalidToken from error

    def seal_many(self, kind: str, values: pl.Series) -> pl.Series:
        """The tokens of a column of strings, row by row; null stays null. Each distinct value is computed once."""
        distinct, places = split(values.cast(pl.String))
        return self.seal_distinct(kind, distinct).gather(places).rename(values.name)

    def seal_distinct(self, kind: str, values: pl.Series) -> pl.Series:
        """As `seal_many`, for values that mostly differ: every one is computed."""
        kind = _SAME.get(kind, kind)
        lengths = values.str.len_bytes()
        short = (values.is_not_null() & lengths.is_between(1, LONGEST)).fill_null(value=False)
        if short.sum() < _MANY:
            return self._one_by_one(kind, values)
        if short.all():
            return self._at_once(kind, values)
        others = self._one_by_one(kind, values.filter(~short))
        sealed = pl.concat([self._at_once(kind, values.filter(short)), others])
        order = pl.concat([short.arg_true(), (~short).arg_true()])
        return sealed.gather(order.arg_sort()).rename(values.name)

    def _at_once(self, kind: str, values: pl.Series) -> pl.Series:
        return self._many[kind].seal(values, PREFIXES[kind] + ".")

    def _one_by_one(self, kind: str, values: pl.Series) -> pl.Series:
        return pl.Series(values.name, [None if value is None else self._compute(kind, value) for value in values.to_list()], dtype=pl.String)

    def _compute(self, kind: str, value: str) -> str:
        body = base64.urlsafe_b64encode(self._cipher.encrypt(value.encode(), [kind.encode()]))
        return f"{PREFIXES[kind]}.{body.rstrip(b'=').decode()}"

    def _make_room(self, known: dict[str, str], more: int) -> None:
        """Forget the oldest half when full: cheaper than bookkeeping per use, and a batch's values come in runs."""
        if len(known) + more > self._remember:
            for value in list(known)[: len(known) // 2 + more]:
                del known[value]
