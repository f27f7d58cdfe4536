"""How values are written on a page: money, numbers, shares, instants, durations. Pure functions; the template filters wrap them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from fanzha.kit.clock import local_day, now, to_local
from fanzha.kit.money import format_yuan

NOTHING = "—"
_NOTHING = Markup("—")

Say = Callable[..., str]
"""Translates a Chinese sentence into the page's language: `say("{n} 分钟前", n=5)`."""

_STEPS = ((timedelta(days=1), "{n} 天"), (timedelta(hours=1), "{n} 小时"), (timedelta(minutes=1), "{n} 分钟"))


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """12345.6 → '12,346'; nothing → '—'."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share between 0 and 1 → '95.1%'; nothing (no denominator) → '—'."""
    return NOTHING if share is None else f"{share * 100:.{digits}f}%"


def yuan(fen: int | None, say: Say) -> str:
    """Fen → '1,234.50 元'; nothing → '—'."""
    return NOTHING if fen is None else say("{n} 元", n=format_yuan(fen))


def yuan_short(fen: int | None, say: Say) -> str:
    """Fen, rounded for a tile: '1,234 元', '123.4 万元', '1.23 亿元' (English: thousands, millions)."""
    if fen is None:
        return NOTHING
    whole = Decimal(fen) / 100
    for size, sentence in ((Decimal(10**8), "{n} 亿元"), (Decimal(10**4), "{n} 万元")):
        if abs(whole) >= size:
            # Chinese counts by ten thousands, English by millions: the English sentence takes the plain sum instead of the count.
            return say(sentence, n=f"{whole / size:,.2f}", full=f"{whole:,.0f}")
    return say("{n} 元", n=f"{whole:,.0f}")


def duration(span: timedelta, say: Say) -> str:
    """The largest fitting unit: '3 天', '5 小时', '20 分钟', '不到 1 分钟'."""
    for unit, sentence in _STEPS:
        if abs(span) >= unit:
            return say(sentence, n=abs(span) // unit)
    return say("不到 1 分钟")


def relative(at: datetime, say: Say) -> str:
    """'5 分钟前' or '5 分钟后', seen from now."""
    span = at - now()
    return say("{span}后" if span > timedelta(0) else "{span}前", span=duration(span, say))


def absolute(at: datetime) -> str:
    """'2026-11-22 09:31:05' on a Chinese clock."""
    return to_local(at).strftime("%Y-%m-%d %H:%M:%S")


def short(at: datetime) -> str:
    """'09:31' today, '11-22 09:31' this year, '2025-11-22 09:31' otherwise; Chinese clock."""
    local, today = to_local(at), local_day(now())
    if local.date() == today:
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")


def _time_tag(at: datetime, shown: str, title: str) -> Markup:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, title, shown)


def instant(at: datetime | None, say: Say) -> Markup:
    """A short time whose title holds the full and the relative one."""
    return _NOTHING if at is None else _time_tag(at, short(at), f"{absolute(at)} · {relative(at, say)}")


def ago(at: datetime | None, say: Say) -> Markup:
    """A relative time whose title holds the full one."""
    return _NOTHING if at is None else _time_tag(at, relative(at, say), absolute(at))


def day(value: date | None) -> str:
    """'2026-11-22'."""
    return NOTHING if value is None else value.isoformat()
