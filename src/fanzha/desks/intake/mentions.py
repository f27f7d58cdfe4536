"""Identifiers that a text names, as tokens.

Links give the token of the host and that of its registered domain, so that a list of either finds them. Contacts are phone numbers, bank
accounts and cards, QQ and WeChat accounts. What stands only in the sealed text cannot be matched later, so rather too much is taken than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from fanzha.lake.distinct import split
from fanzha.lake.tokens import Tokens
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean, token_kind

_MOST: Final = 20  # of either sort in one text

_ASCII: Final = r"A-Za-z0-9"
_LINK: Final = re.compile(
    rf"(?:https?://)[^\s\u2e80-\uffff<>\"]{{4,300}}|(?<![{_ASCII}@._-])(?:[{_ASCII}](?:[{_ASCII}-]{{0,62}})\.)+[A-Za-z]{{2,18}}(?![{_ASCII}-])(?:/[^\s\u2e80-\uffff<>\"]{{0,200}})?"
)
_PHONE: Final = re.compile(
    r"(?<![\d+])(?:\+\d{1,3}[ -]?\d{6,13}|(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}|400[ -]?\d{3}[ -]?\d{4}|0\d{2,3}[ -]\d{7,8}|00\d{8,14}|95\d{3,6}|106\d{5,15})(?!\d)"
)
_ACCOUNT: Final = re.compile(r"(?<![\d+])[3-9]\d{3}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})?(?!\d)")
_QQ: Final = re.compile(r"(?:qq|扣扣|企鹅|q群|群号)(?:号码?|群)?\s*[:：为是加]?\s*(\d{5,11})(?!\d)", re.IGNORECASE)
_WECHAT: Final = re.compile(r"(?:微信号?|vx|wx|v信|薇信|威信|加v|wechat)\s*[:：为是加]?\s*([A-Za-z][-_A-Za-z0-9]{5,19})", re.IGNORECASE)

_CONTACTS: Final = ((_PHONE, Kind.PHONE), (_ACCOUNT, Kind.BANK_ACCOUNT), (_QQ, Kind.QQ), (_WECHAT, Kind.WECHAT))


def mentions(texts: pl.Series, tokens: Tokens) -> tuple[pl.Series, pl.Series]:
    """(links, contacts) of each text as lists of tokens, without repeats; an empty list where nothing is named, null where there is no text."""
    distinct, places = split(texts)
    found = [(_sealed(links(text), tokens), _sealed(contacts(text), tokens)) for text in distinct.to_list()]
    tokens_type = pl.List(pl.String)
    return (
        pl.Series("links", [pair[0] for pair in found], dtype=tokens_type).gather(places),
        pl.Series("contacts", [pair[1] for pair in found], dtype=tokens_type).gather(places),
    )


def links(text: str) -> list[tuple[Kind, str]]:
    """Hosts and registered domains that a text names, clean, in order."""
    found: dict[tuple[Kind, str], None] = {}
    for hit in _LINK.finditer(text):
        for host in _hosts(hit[0]):
            found.setdefault((Kind.DOMAIN, host))
    return list(found)[:_MOST]


def contacts(text: str) -> list[tuple[Kind, str]]:
    """Phones, accounts and messenger accounts that a text names, clean, in order of their kinds."""
    found: dict[tuple[Kind, str], None] = {}
    for pattern, kind in _CONTACTS:
        for hit in pattern.finditer(text):
            value = _clean(kind, hit[1] if pattern.groups else hit[0])
            if value is not None:
                found.setdefault((token_kind(kind), value))
    return list(found)[:_MOST]


def _hosts(link: str) -> Iterator[str]:
    try:
        facts = clean(Kind.URL, link.rstrip(".,;:!?)")).facts
    except InvalidIdentifier:
        return
    for name in (facts["host"], facts["registered"]):
        if isinstance(name, str):
            yield name


def _clean(kind: Kind, raw: str) -> str | None:
    try:
        return clean(kind, raw).value
    except InvalidIdentifier:
        return None


def _sealed(found: list[tuple[Kind, str]], tokens: Tokens) -> list[str]:
    return [tokens.seal(kind, value) for kind, value in found]
