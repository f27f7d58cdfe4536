"""A model's reasons in words: what the strongest features mean and what they were, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.rules.expression import Scalar
from fanzha.engine.rules.reasons import MISSING, Language
from fanzha.engine.rules.scorer import Contribution
from fanzha.kit.money import format_yuan

_HOUR, _MINUTE = 3600, 60


def in_words(contributions: Sequence[Contribution], language: Language) -> str:
    """“meaning: value” of each, the strongest first; a dash where nothing raised the score."""
    zh = language is Language.ZH
    told = [_told(each, zh) for each in contributions]
    return ("；" if zh else "; ").join(told) or MISSING


def _told(each: Contribution, zh: bool) -> str:
    feature = FEATURES[each.feature]
    return f"{feature.zh}：{_value(each.value, feature.unit, zh)}" if zh else f"{feature.en}: {_value(each.value, feature.unit, zh)}"


def _value(value: Scalar, unit: str, zh: bool) -> str:
    if value is None:
        return "无" if zh else "none"
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    if isinstance(value, str):
        return value
    return _NUMBERS.get(unit, _plain)(float(value), zh)


def _plain(value: float, zh: bool) -> str:
    del zh
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"


def _seconds(value: float, zh: bool) -> str:
    if value >= _HOUR:
        return f"{value / _HOUR:,.1f} {'小时' if zh else 'h'}"
    if value >= _MINUTE:
        return f"{value / _MINUTE:,.0f} {'分钟' if zh else 'min'}"
    return f"{value:,.0f} {'秒' if zh else 's'}"


_NUMBERS: dict[str, Callable[[float, bool], str]] = {
    "fen": lambda value, zh: f"{format_yuan(round(value))} {'元' if zh else 'yuan'}",
    "s": _seconds,
    "min": lambda value, zh: _seconds(value * _MINUTE, zh),
    "share": lambda value, zh: f"{value:.0%}",
}
