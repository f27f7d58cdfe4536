"""Why cases are linked, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.script import BANDS

Pair = tuple[str, str]
"""(Chinese, English)."""

NAMES: Mapping[Shared, Pair] = {
    Shared.ACCOUNT: ("银行账户", "bank account"),
    Shared.PHONE: ("电话号码", "phone number"),
    Shared.SITE: ("网站", "site"),
    Shared.CHAT: ("通讯账号", "messenger account"),
    Shared.CRYPTO: ("虚拟货币地址", "crypto address"),
    Shared.DEVICE: ("设备", "device"),
    Shared.MONEY: ("资金到达的账户", "account that the money reached"),
    Shared.APP: ("应用", "app"),
    Shared.NAME: ("自称名称", "name"),
    Shared.SCRIPT: ("话术", "script"),
}


def tie_words(kind: Shared, shown: str, cases: int, known_by: int, bits: float) -> Pair:
    """One value that ties a series: `cases` of it share it, `known_by` of all cases know it."""
    zh, en = NAMES[kind]
    only_zh = "，此外没有别的案件提到" if known_by <= cases else f"，全部案件中有 {known_by} 起提到"
    only_en = "; no other case names it" if known_by <= cases else f"; {known_by} of all cases name it"
    return (
        f"{cases} 起案件共用{zh} {shown}{only_zh}；证据 {bits:.1f} 比特",
        f"{cases} cases share the {en} {shown}{only_en}; {bits:.1f} bits of evidence",
    )


def script_words(cases: int, alike: float, bits: float) -> Pair:
    """The narratives of `cases` cases resemble each other: `alike` and `bits` of a typical one of them and the rest."""
    return (
        f"{cases} 起案件的案情叙述约 {alike:.0%} 相同；证据 {bits:.1f} 比特",
        f"the narratives of {cases} cases are about {alike:.0%} alike; {bits:.1f} bits of evidence",
    )


def meaning_words(cases: int, alike: float, bits: float) -> Pair:
    """The narratives of `cases` cases tell the same in other words: cosine and `bits` of a typical pair."""
    return (
        f"{cases} 起案件用不同的说法讲同一套话术（相似度约 {alike:.0%}）；证据 {bits:.1f} 比特",
        f"{cases} cases tell the same script in other words (about {alike:.0%} alike); {bits:.1f} bits of evidence",
    )


def reason_words(reason: Mapping[str, Any], shown: str) -> Pair:
    """Why a new report may belong to a series: one reason of a candidate, as it was kept."""
    kind = Shared(reason["kind"])
    if kind is Shared.SCRIPT:
        alike = similarity(reason["known_by"])
        return f"案情叙述约 {alike:.0%} 相同；证据 {reason['bits']:.1f} 比特", f"the narratives are about {alike:.0%} alike; {reason['bits']:.1f} bits of evidence"
    zh, en = NAMES[kind]
    return (
        f"与其中 {reason['cases']} 起案件共用{zh} {shown}；证据 {reason['bits']:.1f} 比特",
        f"shares the {en} {shown} with {reason['cases']} of its cases; {reason['bits']:.1f} bits of evidence",
    )


def similarity(places: int) -> float:
    """How alike two narratives are that share so many of their places in the order: each place stands for four pieces of text that must all agree (Broder 1997)."""
    return float((min(places, BANDS) / BANDS) ** 0.25)
