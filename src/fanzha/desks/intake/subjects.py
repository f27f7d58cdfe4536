"""Identifiers of a column → tokens and facts, once per distinct value.

What rules need of the raw value (its kind, its region, whether it is foreign) is derived here, for afterwards only the key opens the token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

import polars as pl

from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.sheet import Sheet
from fanzha.lake.distinct import split
from fanzha.lake.tokens import Tokens
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, banking, clean, phones, token_kind, web

_REMEMBER: Final = 300_000
_PLAIN_ACCOUNT: Final = r"^[0-9]{5,34}$"
"""What `banking.clean_fast` leaves as it is."""

T = TypeVar("T")


class PhoneFacts(NamedTuple):
    token: str | None
    kind: str | None
    region: str | None
    foreign: bool | None


class SiteFacts(NamedTuple):
    host: str | None
    domain: str | None


_NO_PHONE: Final = PhoneFacts(None, None, None, None)
_NO_SITE: Final = SiteFacts(None, None)


class _Memory(Generic[T]):
    """Answers by raw value, the oldest half forgotten when full. An answer of None (an invalid value) is worked out anew each time: there are few."""

    def __init__(self, answer: Callable[[list[str]], list[T]]) -> None:
        self._answer = answer
        self._known: dict[str, T] = {}

    def look_up(self, raws: list[str]) -> list[T | None]:
        found: list[T | None] = list(map(self._known.get, raws))
        if None in found:
            fresh = [place for place, answer in enumerate(found) if answer is None]
            answers = self._answer([raws[place] for place in fresh])
            for place, answer in zip(fresh, answers, strict=True):
                found[place] = answer
            self._remember(raws, fresh, answers)
        return found

    def _remember(self, raws: list[str], fresh: list[int], answers: list[T]) -> None:
        if len(self._known) + len(fresh) > _REMEMBER:
            for raw in list(self._known)[: len(self._known) // 2 + len(fresh)]:
                del self._known[raw]
        for place, answer in zip(fresh[:_REMEMBER], answers, strict=False):
            self._known[raws[place]] = answer


@dataclass(frozen=True)
class Phones:
    """One column of numbers: token, kind (`PhoneKind`), region where known, foreign or not."""

    token: pl.Series
    kind: pl.Series
    region: pl.Series
    foreign: pl.Series


class Subjects:
    """Resolves the identifiers of one batch after another. Invalid ones are rejected in the sheet with the vocabulary's reason."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._phones = _Memory(self._resolve_phones)
        self._sites = _Memory(self._resolve_sites)

    def phones(self, sheet: Sheet, name: str, raw: pl.Series, *, required: bool = True) -> Phones:
        distinct, places = split(raw)
        facts = [fact or _NO_PHONE for fact in self._phones.look_up(distinct.to_list())]
        token = _column([fact.token for fact in facts], pl.String).gather(places)
        self._judge(sheet, name, Kind.PHONE, raw, token, required=required)
        return Phones(
            token,
            _column([fact.kind for fact in facts], pl.String).gather(places),
            _column([fact.region for fact in facts], pl.String).gather(places),
            _column([fact.foreign for fact in facts], pl.Boolean).gather(places),
        )

    def accounts(self, sheet: Sheet, name: str, raw: pl.Series, *, required: bool = True) -> pl.Series:
        distinct, places = split(raw)
        token = self.tokens.seal_distinct(token_kind(Kind.BANK_ACCOUNT).value, _clean_accounts(distinct)).gather(places)
        self._judge(sheet, name, Kind.BANK_ACCOUNT, raw, token, required=required)
        return token

    def sites(self, sheet: Sheet, name: str, raw: pl.Series) -> tuple[pl.Series, pl.Series]:
        """(token of the host, token of its registered domain) of host names or web addresses."""
        distinct, places = split(raw)
        facts = [fact or _NO_SITE for fact in self._sites.look_up(distinct.to_list())]
        host = _column([fact.host for fact in facts], pl.String).gather(places)
        self._judge(sheet, name, Kind.URL, raw, host, required=False)
        return host, _column([fact.domain for fact in facts], pl.String).gather(places)

    def others(self, sheet: Sheet, kind: Kind, name: str, raw: pl.Series, *, required: bool = False, strict: bool = True) -> pl.Series:
        """Tokens of any other kind. With `strict` off an invalid value is left out instead of costing the row."""
        distinct, places = split(raw)
        token = _column([self._token(kind, text) for text in distinct.to_list()], pl.String).gather(places)
        if strict:
            self._judge(sheet, name, kind, raw, token, required=required)
        return token

    def sealed(self, kind: str, raw: pl.Series) -> pl.Series:
        """Free text under its own kind."""
        return self.tokens.seal_many(kind, raw)

    def _judge(self, sheet: Sheet, name: str, kind: Kind, raw: pl.Series, token: pl.Series, *, required: bool) -> None:
        if required:
            sheet.reject(raw.is_null(), Reason.MISSING, name)
        bad = token.is_null() & raw.is_not_null()
        if not bad.any():
            return
        for detail, values in _reasons(kind, raw.filter(bad).unique().to_list()).items():
            reason = Reason.DIGITS_LOST if detail == "excel_destroyed" else Reason.INVALID_IDENTIFIER
            sheet.reject(bad & raw.is_in(values), reason, name, detail)

    def _token(self, kind: Kind, raw: str) -> str | None:
        try:
            return self.tokens.seal(token_kind(kind), clean(kind, raw).value)
        except InvalidIdentifier:
            return None

    def _resolve_phones(self, raws: list[str]) -> list[PhoneFacts]:
        cleaned = [phones.clean_fast(raw) for raw in raws]
        tokens = self._seal(Kind.PHONE, cleaned)
        return [_NO_PHONE if value is None else _phone_facts(value, token) for value, token in zip(cleaned, tokens, strict=True)]

    def _resolve_sites(self, raws: list[str]) -> list[SiteFacts]:
        hosts = [_host(raw) for raw in raws]
        names = self._seal(Kind.DOMAIN, hosts)
        domains = self._seal(Kind.DOMAIN, [None if host is None else web.registered_domain(host) for host in hosts])
        return [SiteFacts(host, domain) for host, domain in zip(names, domains, strict=True)]

    def _seal(self, kind: Kind, cleaned: list[str | None]) -> list[str | None]:
        tokens: list[str | None] = self.tokens.seal_distinct(kind.value, _column(cleaned, pl.String)).to_list()
        return tokens


def _clean_accounts(raws: pl.Series) -> pl.Series:
    """Plain digits are clean as they are; the others go one by one. Null where there is no account."""
    plain = raws.str.contains(_PLAIN_ACCOUNT)
    if plain.all():
        return raws
    others = [banking.clean_fast(raw) for raw in raws.filter(~plain).to_list()]
    return raws.scatter((~plain).arg_true(), _column(others, pl.String))


def _phone_facts(value: str, token: str | None) -> PhoneFacts:
    told = phones.facts(value)
    return PhoneFacts(token, told.kind.value, told.region, told.foreign)


def _host(raw: str) -> str | None:
    """The host of a name or address; an IP address stands for itself."""
    try:
        found = clean(Kind.URL, raw).facts["host"]
    except InvalidIdentifier:
        return None
    return found if isinstance(found, str) else None


def _reasons(kind: Kind, raws: list[str]) -> dict[str, list[str]]:
    """Invalid values by the vocabulary's reason."""
    found: dict[str, list[str]] = {}
    for raw in raws:
        try:
            clean(kind, raw)
        except InvalidIdentifier as error:
            found.setdefault(error.reason, []).append(raw)
        else:
            found.setdefault("not_clean", []).append(raw)
    return found


def _column(values: list[T], dtype: type[pl.DataType]) -> pl.Series:
    return pl.Series("", values, dtype=dtype)
