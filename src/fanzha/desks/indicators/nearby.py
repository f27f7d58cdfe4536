"""Near forms of a value: what the registry or the known-good list holds that it looks like, and in what it differs.

The index lives in the memory of the process that asks and is built from the registry's clean values; nothing of it is stored. A hit is read again from the
registry before it is told, so a withdrawal counts at once; what is new is found at most `FRESH` later.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import LargeBinary, func, select, type_coerce

from fanzha.desks.indicators import bulk, known_good, repository
from fanzha.desks.indicators.domain import IndicatorState
from fanzha.desks.indicators.model import Indicator
from fanzha.engine.nearness import Book, Form, Hit, Listed
from fanzha.kit import clock
from fanzha.store import Work, crypto
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Identifier, Kind

FRESH = timedelta(seconds=30)
MOST = 10
Standing: TypeAlias = Mapping[str, tuple[FraudType, IndicatorState]]
KINDS = (Kind.DOMAIN, Kind.URL, Kind.PHONE, Kind.BANK_ACCOUNT, Kind.CARD, Kind.QQ, Kind.WECHAT, Kind.IM, Kind.EMAIL, Kind.APP)

_WORDS: Mapping[Form, tuple[str, str]] = {
    Form.HOMOGRAPH: ("与“{name}”字形相近：第{place}位“{known}”换成了“{asked}”", 'looks like "{name}": at {place} "{known}" became "{asked}"'),
    Form.HYPHENATION: ("与“{name}”只差连字符", 'differs from "{name}" in hyphens alone'),
    Form.SUFFIX_SWAP: ("与“{name}”同名，后缀由“{known}”换成“{asked}”", 'has the name of "{name}" under another suffix: "{asked}" instead of "{known}"'),
    Form.BRAND_IN_NAME: ("名称中嵌入“{name}”，但并不属于它", 'wears "{name}" in its name and does not belong to it'),
    Form.TYPO: ("与“{name}”相差{distance}处：第{place}位起“{known}”写成“{asked}”", '{distance} edits from "{name}": from place {place} "{known}" became "{asked}"'),
    Form.ONE_DIGIT: ("与“{name}”只有第{place}位不同：“{known}”与“{asked}”", 'differs from "{name}" in place {place} alone: "{known}" and "{asked}"'),
    Form.SWAPPED_DIGITS: ("与“{name}”相邻两位对调：第{place}位起“{known}”成了“{asked}”", 'two digits of "{name}" are swapped: at {place} "{known}" became "{asked}"'),
    Form.RANGE: ("与“{name}”相差{distance}号，前后各五十号内已有{size}个涉诈号码", '{distance} numbers from "{name}"; {size} within fifty on either side are listed'),
}  # fmt: skip


@dataclass(frozen=True)
class Near:
    """One near form. `indicator_id`, `fraud_type` and `state` are set for a suspect, None for a brand that the value pretends to be."""

    form: Form
    name: str
    is_brand: bool
    sentence_zh: str
    sentence_en: str
    indicator_id: str | None = None
    fraud_type: FraudType | None = None
    state: IndicatorState | None = None


@dataclass(frozen=True)
class Nearby:
    """An index of what was flagged when it was built."""

    book: Book
    ids: Sequence[str | None]
    version: datetime | None
    built_at: datetime


def brands() -> list[Listed]:
    """The names that others pretend to be: official sites and big platforms."""
    good = known_good.shipped()
    return [Listed(Kind.DOMAIN, name, name, is_brand=True) for name in sorted(good.domains | good.platforms)]


def build(work: Work) -> Nearby:
    """Read what is flagged and index it: about 30 µs an entry."""
    now, cipher = clock.now(), crypto.current()
    sealed = type_coerce(Indicator.value, LargeBinary)  # opened below, and only where the host does not stand open beside it
    query = select(Indicator.id, Indicator.kind, sealed.label("sealed"), Indicator.site)
    query = query.where(repository.flagged_now(now), Indicator.kind.in_([kind.value for kind in KINDS]))
    version = version_of(work)
    listed = brands()
    ids: list[str | None] = [None] * len(listed)
    seen: set[tuple[str, str]] = set()
    for row in work.session.execute(query.order_by(Indicator.id)):
        value = row.site or cipher.open("indicators.value", bytes(row.sealed))
        kind = Kind.DOMAIN if row.site else Kind(row.kind)
        if (kind.value, value) not in seen:
            seen.add((kind.value, value))
            listed.append(Listed(kind, value, row.site or ""))
            ids.append(row.id)
    return Nearby(Book(listed), ids, version, now)


def version_of(work: Work) -> datetime | None:
    """When anything that a look-up sees last changed, as far as the asker sees."""
    return work.session.scalar(select(func.max(Indicator.changed_at)))


class Shelf:
    """The index that a process keeps, by database; built anew when the registry has changed, at most once in `FRESH`."""

    def __init__(self) -> None:
        self._kept: dict[str, Nearby] = {}
        self._lock = threading.Lock()

    def get(self, work: Work) -> Nearby:
        key = str(work.session.get_bind().engine.url.database)
        with self._lock:
            kept = self._kept.get(key)
            version = version_of(work)
            if kept is None or (kept.version != version and (version is None or clock.now() - kept.built_at >= FRESH)):
                self._kept = {key: build(work)}  # one installation a process
            return self._kept[key]


shelf = Shelf()


def near(work: Work, raw: str, kind: Kind | None = None, *, nearby: Nearby | None = None, most: int = MOST) -> list[Near]:
    """What stands near a value as somebody typed it, the surest first; empty where it is unreadable, official, or near nothing."""
    return near_many(work, [(raw, kind)], nearby=nearby, most=most)[0]


def near_many(work: Work, questions: Sequence[bulk.Question], *, nearby: Nearby | None = None, most: int = MOST) -> list[list[Near]]:
    """`near` of every value, in order; the registry is read once for all."""
    held = nearby or shelf.get(work)
    hits = [_hits(held, raw, kind) for raw, kind in questions]
    wanted = {indicator_id for some in hits for hit in some if (indicator_id := held.ids[hit.owner])}
    standing = _still_flagged(work, wanted)
    return [[one for hit in some if (one := _told(held, hit, standing)) is not None][:most] for some in hits]


def _hits(held: Nearby, raw: str, kind: Kind | None) -> list[Hit]:
    """By the likeliest reading of the value."""
    first = next(iter(bulk.readings(raw.strip(), kind)), None)
    return [] if first is None or _is_official(first) else held.book.near(first.kind, first.value, first.host)


def _is_official(reading: bulk.Reading) -> bool:
    good = known_good.shipped()
    return good.why(Identifier(reading.kind, reading.value, reading.value)) is not None or (bool(reading.host) and good.covers(reading.host))


def _still_flagged(work: Work, ids: Iterable[str]) -> Standing:
    wanted = list(ids)
    if not wanted:
        return {}
    query = select(Indicator.id, Indicator.fraud_type, Indicator.state).where(Indicator.id.in_(wanted), repository.flagged_now(clock.now()))
    return {row.id: (FraudType(row.fraud_type), IndicatorState(row.state)) for row in work.session.execute(query)}


def _told(held: Nearby, hit: Hit, standing: Standing) -> Near | None:
    """None for a suspect that is flagged no more."""
    listed, indicator_id = held.book.listed[hit.owner], held.ids[hit.owner]
    if indicator_id is not None and indicator_id not in standing:
        return None
    name = identifiers.mask(listed.kind, listed.value)
    zh, en = (words.format(name=name, place=hit.place, known=hit.known, asked=hit.asked, distance=hit.distance, size=hit.size) for words in _WORDS[hit.form])
    if indicator_id is None:
        return Near(hit.form, name, is_brand=True, sentence_zh=zh, sentence_en=en)
    fraud_type, state = standing[indicator_id]
    return Near(hit.form, name, False, zh, en, indicator_id, fraud_type, state)
