"""Many identifiers at once: the same answers as one by one, for 100,000 in seconds. What is asked is kept nowhere; the audit log has counts.

The common shapes (mobile numbers, cards and accounts, plain host names) are read without trying every kind in turn; a property test holds the readings equal
to those of `checking.readings`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import orjson
from sqlalchemy import TextClause, text

from fanzha.desks.indicators import checking, known_good
from fanzha.desks.indicators.cleaning import index_of, site_of
from fanzha.desks.indicators.domain import Answer, IndicatorState, Verdict
from fanzha.desks.indicators.errors import BadCheckList, TooManyAtOnce
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Identifier, Kind
from fanzha.vocab.identifiers.base import passes_luhn

MOST = 200_000
_CHUNK = 50_000
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LONG = re.compile(r"[3-6](?:\d{15,16}|\d{18})")
_HOST = re.compile(r"(?!(?:com|cn|net|org|io|me)\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")  # those may be packages, written from their end
_ALSO_MOBILE = (Kind.BANK_ACCOUNT, Kind.QQ, Kind.WECHAT, Kind.APP)
_LONGEST_NAME = 80  # of an app that is known by its name (vocab.identifiers.devices)

Question: TypeAlias = tuple[str, Kind | None]


class Reading(NamedTuple):
    """What a text may be: kind, clean value, and a site's host ('' for anything else)."""

    kind: Kind
    value: str
    host: str = ""


Readings: TypeAlias = tuple[Reading, ...]

_FLAGGED = "state IN ('suspected', 'confirmed') AND (expires_at IS NULL OR expires_at > CAST(:now AS timestamptz))"
_BY_INDEX = text(f"""
SELECT id, value_index AS place, kind, state, fraud_type
FROM unnest(CAST(:wanted AS text[])) AS asked (value_index) JOIN indicators USING (value_index) WHERE {_FLAGGED}
""")  # noqa: S608 - a constant
_BY_HOST = text(f"""
SELECT id, site AS place, kind, state, fraud_type
FROM unnest(CAST(:wanted AS text[])) AS asked (site) JOIN indicators USING (site) WHERE kind = 'domain' AND {_FLAGGED}
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
    kinds = _kinds_held(work)
    found: dict[Question, Verdict] = {}
    for start in range(0, len(distinct), _CHUNK):
        chunk = distinct[start : start + _CHUNK]
        found |= zip(chunk, _verdicts(work, chunk, kinds), strict=True)
    verdicts = [found[question] for question in asked]
    counts = Counter(verdict.answer for verdict in verdicts)
    listed = counts[Answer.DANGER] + counts[Answer.CAUTION]
    work.audit("indicators.checked", "indicators", {"asked": len(asked), "listed": listed})
    return Checked(verdicts, counts)


def read_list(body: bytes) -> list[Question]:
    """One identifier a line, in the first column where the line has commas or tabs; empty lines and a heading are passed over.

    Raises:
        BadCheckList: it is not UTF-8 text.
    """
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadCheckList(place=error.start) from error
    values = [value for line in lines if (value := re.split(r"[,\t;]", line.strip(), maxsplit=1)[0].strip().strip('"'))]
    return [(value, None) for value in (values[1:] if values and values[0].lower() in _HEADINGS else values)]


def read_json(body: bytes) -> list[Question]:
    """A JSON list of strings.

    Raises:
        BadCheckList: it is something else.
    """
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadCheckList(remedy="Send a JSON list of strings.", place=error.pos) from error
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadCheckList(remedy="Send a JSON list of strings.")
    return [(value, None) for value in values]


_HEADINGS = frozenset({"value", "identifier", "phone", "account", "url", "domain", "site", "号码", "标识", "账号", "卡号", "网址", "域名", "电话", "手机号"})


def readings(raw: str, kind: Kind | None = None) -> Readings:
    """What the text may be, the likeliest first: `checking.readings`, with short cuts for the common shapes."""
    if kind is None and raw.isascii():
        if _MOBILE.fullmatch(raw):
            return Reading(Kind.PHONE, f"+86{raw}"), *(Reading(other, raw) for other in _ALSO_MOBILE)
        if _LONG.fullmatch(raw):
            likeliest = Kind.CARD if passes_luhn(raw) else Kind.BANK_ACCOUNT
            return tuple(Reading(each, raw) for each in dict.fromkeys((likeliest, Kind.BANK_ACCOUNT, Kind.APP)))
        if len(raw) <= _LONGEST_NAME and _HOST.fullmatch(raw):
            return Reading(Kind.DOMAIN, raw, raw), Reading(Kind.APP, raw)
    return tuple(Reading(one.kind, one.value, site_of(one) or "") for one in checking.readings(raw[: checking.LONGEST], kind))


def _verdicts(work: Work, questions: Sequence[Question], kinds: frozenset[Kind]) -> list[Verdict]:
    all_readings = [readings(raw, kind) for raw, kind in questions]
    indexes = [[index_of(one.kind, one.value) for one in some if one.kind in kinds] for some in all_readings]
    hosts = [checking.wider_hosts(named) if (named := [one.host for one in some if one.host]) else [] for some in all_readings]
    by_index = _held(work, _BY_INDEX, {one for some in indexes for one in some})
    by_host = _held(work, _BY_HOST, {one for some in hosts for one in some})
    verdicts = []
    for place, some in enumerate(all_readings):
        entries = [entry for index in indexes[place] for entry in by_index.get(index, ())]
        entries += [entry for host in hosts[place] for entry in by_host.get(host, ())]
        verdicts.append(_verdict(questions[place][1], some, entries))
    return verdicts


def _kinds_held(work: Work) -> frozenset[Kind]:
    """Kinds of which the registry has anything: what may not be there need not be looked up."""
    rows = work.session.execute(text("SELECT DISTINCT kind FROM indicators")).scalars()
    held = {identifiers.token_kind(Kind(kind)) for kind in rows}
    return frozenset(kind for kind in Kind if identifiers.token_kind(kind) in held)


def _held(work: Work, query: TextClause, wanted: set[str]) -> dict[str, list[Any]]:
    """Flagged entries by what was asked for."""
    found: dict[str, list[Any]] = {}
    if wanted:
        for row in work.session.execute(query, {"wanted": list(wanted), "now": clock.now()}):
            found.setdefault(row.place, []).append(row)
    return found


def _verdict(kind: Kind | None, some: Readings, entries: Sequence[Any]) -> Verdict:
    if not some:
        return replace(checking.UNREADABLE, kind=kind)
    first = some[0]
    masked = identifiers.mask(first.kind, first.value)
    for state, answer in ((IndicatorState.CONFIRMED, Answer.DANGER), (IndicatorState.SUSPECTED, Answer.CAUTION)):
        entry = min((entry for entry in entries if entry.state == state), key=lambda entry: str(entry.id), default=None)
        if entry is not None:
            return Verdict(answer, Kind(entry.kind), masked, FraudType(entry.fraud_type), entry.id)
    good = known_good.shipped().why(Identifier(first.kind, first.value, first.value))
    if good is not None:
        return Verdict(Answer.KNOWN_GOOD, first.kind, masked, note_zh=good.zh, note_en=good.en)
    return Verdict(Answer.NO_RECORD, first.kind, masked)
