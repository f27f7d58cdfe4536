"""Features that come in families: one measure over several windows, named and explained the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from fanzha.engine.features.model import Feature, Key, Measure, Over
from fanzha.engine.rules.expression import Type
from fanzha.engine.windows import WINDOWS

NO_KEY = "the event does not name the key"

ZH_WINDOW = {"1h": "1小时", "24h": "24小时", "7d": "7天"}
EN_WINDOW = {"1h": "hour", "24h": "24 hours", "7d": "7 days"}


def ago(window: str) -> tuple[str, str]:
    """The window in words, Chinese and English."""
    return f"前{ZH_WINDOW[window]}", f"in the {EN_WINDOW[window]} before"


def family(stem: str, source: str, key: Key, zh: str, en: str, *, parties: tuple[str, str, str] | None = None,
           total: tuple[str, str, str, str] | None = None, memory: timedelta = timedelta()) -> Iterator[Feature]:  # fmt: skip
    """Count over the three windows; different counterparties (name, zh, en) and sum (name, unit, zh, en) where given."""
    for window, span in WINDOWS.items():
        ago_zh, ago_en = ago(window)
        count = Over(source, key, Measure.COUNT, span, memory=memory)
        yield Feature(f"{stem}_{window}", Type.NUMBER, "events", f"{ago_zh}{zh}次数", f"{en} {ago_en}", NO_KEY, count)
        if parties:
            name, party_zh, party_en = parties
            different = Over(source, key, Measure.DISTINCT, span)
            yield Feature(
                f"{name}_{window}", Type.NUMBER, "counterparties", f"{ago_zh}{party_zh}", f"{party_en} {ago_en}", NO_KEY, different
            )
        if total:
            name, unit, total_zh, total_en = total
            summed = Over(source, key, Measure.SUM, span)
            ending = "_fen" if unit == "fen" else ""
            yield Feature(f"{name}_{window}{ending}", Type.NUMBER, unit, f"{ago_zh}{total_zh}", f"{total_en} {ago_en}", NO_KEY, summed)
