"""Many identifiers at once: the same answers as one by one, for 100,000 in seconds. What is asked is kept nowhere; the audit log has counts.

The common shapes (mobile numbers, cards and accounts, plain host names) are read without trying every kind in turn; a property test holds the readings equal
to those of `checking.readings`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import orjson
from sqlalchemy import TextClause, text

from fanzha.desks.indicators import checking, known_good, local_good
from fanzha.desks.indicators.cleaning import index_of, indexes_of, site_of
from fanzha.desks.indicators.domain import Answer, IndicatorState, Verdict
from fanzha.desks.indicators.errors import BadCheckList, TooManyAtOnce
from fanzha.desks.indicators.known_good import Local
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.identifiers.base import passes_luhn

MOST = 200_000
_CHUNK = 50_000
_MOBILE = re.compile(r"(?:(\+?86)[ -]?)?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})")
_LONG = re.compile(r"[3-6](?:\d{15,16}|\d{18})")
_IN_FOURS = re.compile(r"[3-6]\d{3}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?")
_HOST = re.compile(r"(?!(?:com|cn|net|org|io|me)\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")  # those may be packages, written from their end
_PAGE = re.compile(r"https?://([A-Za-z0-9.-]+)(/[A-Za-z0-9/_.%=&?-]*)?", re.IGNORECASE)
_ALSO_PLAIN, _ALSO_SPACED, _ALSO_CARD = (Kind.BANK_ACCOUNT, Kind.QQ, Kind.WECHAT), (Kind.BANK_ACCOUNT, Kind.QQ), (Kind.BANK_ACCOUNT,)
_LONGEST_NAME = 80  # of an app that is known by its name (vocab.identifiers.devices)

Question: TypeAlias = tuple[str, Kind | None]


class Reading(NamedTuple):
    """What a text may be: kind, clean value, and a site's host ('' for anything else)."""

    kind: Kind
    value: str
    host: str = ""


Readings: TypeAlias = tuple[Reading, ...]
_Side: TypeAlias = tuple[list[str], list[int]]

_FLAGGED = "state IN ('suspected', 'confirmed') AND (expires_at IS NULL OR expires_at > CAST(:now AS timestamptz))"
# `= ANY` of many constants is one pass with a hash table, of few an index scan each; the values hold no space, and one string is read faster than an array.
_BY_INDEX = text(f"""
SELECT id, value_index AS place, kind, state, fraud_type FROM indicators
WHERE value_index = ANY(string_to_array(:wanted, ' ')) AND {_FLAGGED}
""")  # noqa: S608 - a constant
_BY_HOST = text(f"""
SELECT id, site AS place, kind, state, fraud_type FROM indicators
WHERE site = ANY(string_to_array(:wanted, ' ')) AND kind = 'domain' AND {_FLAGGED}
""")  # noqa: S608 - a constant


@dataclass(frozen=True)
class Checked:
    """The answers in the order of the questions, and how many of each kind there were."""

    verdicts: Sequence[Verdict]
    counts: Mapping[Answer, int]


def check_many(work: Work, questions: Iterable[Question]) -> Checked:
    """`check` of every value; a value that stands several times is looked up once.

    Raises:
        TooManyAtOnce: more than 200,000.
    """
    asked = list(questions)
    if len(asked) > MOST:
        raise TooManyAtOnce(asked=len(asked), most=MOST)
    distinct = list(dict.fromkeys(asked))
    kinds, local = _kinds_held(work), local_good.in_force(work)
    found: dict[Question, Verdict] = {}
    for start in range(0, len(distinct), _CHUNK):
        chunk = distinct[start : start + _CHUNK]
        found |= zip(chunk, _verdicts(work, chunk, kinds, local), strict=True)
    verdicts = [found[question] for question in asked]
    counts = Counter(verdict.answer for verdict in verdicts)
    listed = counts[Answer.DANGER] + counts[Answer.CAUTION]
    work.audit("indicators.checked", "indicators", {"asked": len(asked), "listed": listed})
    return Checked(verdicts, counts)


class Asked(NamedTuple):
    """What a list asks, and beside each question its line in the list, from 1."""

    questions: list[Question]
    lines: list[int]


def read_list(body: bytes) -> Asked:
    """One identifier a line, in the first column where the line has commas or tabs; empty lines and a heading are passed over. UTF-8, or GB 18030 as
    spreadsheets save it.

    Raises:
        BadCheckList: it is no such text.
    """
    found = [
        (value, line) for line, text in enumerate(_text(body).splitlines(), start=1) if (value := _SEPARATOR.split(text.strip(), maxsplit=1)[0].strip().strip('"'))
    ]
    if found and found[0][0].lower() in _HEADINGS:
        del found[0]
    return Asked([(value, None) for value, _ in found], [line for _, line in found])


def _text(body: bytes) -> str:
    """Raises BadCheckList."""
    for encoding in _ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadCheckList


def read_json(body: bytes) -> Asked:
    """A JSON list of strings; the line of a question is its place in it.

    Raises:
        BadCheckList: it is something else.
    """
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadCheckList(remedy="Send a JSON list of strings.", place=error.pos) from error
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadCheckList(remedy="Send a JSON list of strings.")
    return Asked([(value, None) for value in values], list(range(1, len(values) + 1)))


_SEPARATOR = re.compile(r"[,\t;]")
_ENCODINGS = ("utf-8-sig", "gb18030")
_HEADINGS = frozenset({"value", "identifier", "phone", "account", "url", "domain", "site", "号码", "标识", "账号", "卡号", "网址", "域名", "电话", "手机号"})


def readings(raw: str, kind: Kind | None = None) -> Readings:
    """What the text may be, the likeliest first: `checking.readings`, with short cuts for the common shapes."""
    shape = _shape_of(raw) if kind is None else None
    if shape is not None:
        first, value, others, compact, host = shape
        return Reading(first, value, host), *(Reading(other, compact) for other in others), Reading(Kind.APP, raw)
    return tuple(Reading(one.kind, one.value, site_of(one) or "") for one in checking.readings(raw[: checking.LONGEST], kind))


class _Shape(NamedTuple):
    """A common shape: its likeliest reading, as what else its `compact` digits may be read, and the host of a site. The whole text may name an app."""

    first: Kind
    value: str
    others: tuple[Kind, ...] = ()
    compact: str = ""
    host: str = ""


def _shape_of(raw: str) -> _Shape | None:
    """None for anything that is not of a common shape."""
    if not raw.isascii() or len(raw) > _LONGEST_NAME:
        return None
    if raw[:1].isdecimal() or raw[:1] == "+":
        found = _shape_of_digits(raw)
        if found is not None:
            return found
    lower = raw.lower()
    if _HOST.fullmatch(lower):
        return _Shape(Kind.DOMAIN, lower, host=lower)
    page = _PAGE.fullmatch(raw)
    if page is None or not _HOST.fullmatch(host := page[1].lower()):
        return None
    return _Shape(Kind.URL, f"{host}{page[2] or '/'}", host=host)


def _shape_of_digits(raw: str) -> _Shape | None:
    mobile = _MOBILE.fullmatch(raw)
    if mobile is not None:
        country, head, middle, tail = mobile.groups("")
        number = f"{head}{middle}{tail}"
        if country:
            return _Shape(Kind.PHONE, f"+86{number}", () if country == "+86" else (Kind.BANK_ACCOUNT,), f"86{number}")
        return _Shape(Kind.PHONE, f"+86{number}", _ALSO_PLAIN if raw == number else _ALSO_SPACED, number)
    compact = raw.replace(" ", "").replace("-", "") if _IN_FOURS.fullmatch(raw) else raw
    if not _LONG.fullmatch(compact):
        return None
    return _Shape(Kind.CARD, compact, _ALSO_CARD, compact) if passes_luhn(compact) else _Shape(Kind.BANK_ACCOUNT, compact)


class _Wanted:
    """What is looked up, and beside each value the place of the question that asked for it. `firsts` are the likeliest readings.

    Of the readings only the first is kept: hundreds of thousands of small objects would keep the collector busier than the look-up.
    A domain is found by its host, which the wider hosts hold, and needs no blind index.
    """

    def __init__(self, questions: Iterable[Question], kinds: frozenset[Kind]) -> None:
        self.values: dict[Kind, _Side] = {identifiers.token_kind(kind): ([], []) for kind in kinds if kind is not Kind.DOMAIN}
        self._sides: dict[Kind, _Side] = {kind: self.values[identifiers.token_kind(kind)] for kind in kinds if kind is not Kind.DOMAIN}
        self.hosts: _Side = ([], [])
        self.firsts = [self._read(place, raw, kind) for place, (raw, kind) in enumerate(questions)]

    def _read(self, place: int, raw: str, kind: Kind | None) -> tuple[Kind, str] | None:
        shape = _shape_of(raw) if kind is None else None
        if shape is None:
            some = readings(raw, kind)
            for one in some:
                self._want(place, one.kind, one.value)
            self._want_hosts(place, [one.host for one in some if one.host])
            return (some[0].kind, some[0].value) if some else None
        first, value, others, compact, host = shape
        self._want(place, first, value)
        for other in others:
            self._want(place, other, compact)
        self._want(place, Kind.APP, raw)
        if host:
            self._want_hosts(place, [host])
        return first, value

    def _want(self, place: int, kind: Kind, value: str) -> None:
        side = self._sides.get(kind)
        if side is not None:
            side[0].append(value)
            side[1].append(place)

    def _want_hosts(self, place: int, named: list[str]) -> None:
        hosts = checking.wider_hosts(named) if named else named
        self.hosts[0].extend(hosts)
        self.hosts[1].extend([place] * len(hosts))


def _verdicts(work: Work, questions: Sequence[Question], kinds: frozenset[Kind], local: Local) -> list[Verdict]:
    wanted = _Wanted(questions, kinds)
    entries: dict[int, list[Any]] = {}
    for kind, (values, places) in wanted.values.items():
        _share_out(_held(work, _BY_INDEX, indexes_of(kind, values)), places, entries)
    hosts, places = wanted.hosts
    _share_out(_held(work, _BY_HOST, hosts), places, entries)
    return [_verdict(questions[place][1], first, entries.get(place), local) for place, first in enumerate(wanted.firsts)]


def _share_out(found: Iterable[Sequence[Any] | None], places: Iterable[int], entries: dict[int, list[Any]]) -> None:
    """What was found for each value goes to the question that asked for it."""
    for rows, place in zip(found, places, strict=True):
        if rows:
            entries.setdefault(place, []).extend(rows)


def _kinds_held(work: Work) -> frozenset[Kind]:
    """Kinds of which the registry has anything: what may not be there need not be looked up."""
    rows = work.session.execute(text("SELECT DISTINCT kind FROM indicators")).scalars()
    held = {identifiers.token_kind(Kind(kind)) for kind in rows}
    return frozenset(kind for kind in Kind if identifiers.token_kind(kind) in held)


def _held(work: Work, query: TextClause, wanted: Sequence[str]) -> Iterable[Sequence[Any] | None]:
    """The flagged entries of each value that is wanted, in order; None where there are none."""
    found: dict[str, list[Any]] = {}
    if wanted:
        for row in work.session.execute(query, {"wanted": " ".join(set(wanted)), "now": clock.now()}):
            found.setdefault(row.place, []).append(row)
    return map(found.get, wanted)


def _verdict(kind: Kind | None, reading: tuple[Kind, str] | None, entries: Sequence[Any] | None, local: Local) -> Verdict:
    if reading is None:
        return checking.UNREADABLE._replace(kind=kind)
    first, value = reading
    masked = identifiers.mask(first, value)
    if entries:
        entry = min(entries, key=_surest)
        return Verdict(_ANSWERS[entry.state], Kind(entry.kind), masked, FraudType(entry.fraud_type), entry.id)
    good = known_good.shipped().why_value(first, value)
    if good is None and local:
        good = local.why(index_of(first, value), value.partition("/")[0] if first in (Kind.DOMAIN, Kind.URL) else "")
    if good is not None:
        return Verdict(Answer.KNOWN_GOOD, first, masked, note_zh=good.zh, note_en=good.en)
    return Verdict(Answer.NO_RECORD, first, masked)


def _surest(entry: Any) -> tuple[bool, str]:
    """What is confirmed before what is suspected, then the older entry."""
    return entry.state != IndicatorState.CONFIRMED, entry.id


_ANSWERS = {IndicatorState.CONFIRMED.value: Answer.DANGER, IndicatorState.SUSPECTED.value: Answer.CAUTION}
