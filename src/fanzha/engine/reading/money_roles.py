"""What became of each sum: paid, given back, paid as a fee, or only spoken of: a chain over the sums of a text, learned from marked narratives (0242)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fanzha.engine.reading.chains import Features
from fanzha.engine.reading.model import MoneyRole
from fanzha.engine.reading.money import FoundAmount
from fanzha.engine.reading.places import SUM, Marked, line_of, places
from fanzha.engine.reading.taught import shipped
from fanzha.engine.reading.words import Words

ROLES = (MoneyRole.LOST, MoneyRole.RETURNED, MoneyRole.FEE, MoneyRole.OTHER)
"""By the number of the tag."""
_TOTAL = re.compile(
    r"(?:共计?|合计|累计|总共|一共|总计|总额|损失(?:金额)?|被骗(?:走|了|去|取)?(?:金额|人民币|现金)?|骗(?:走|去|了)|涉案(?:金额|"
    r"价值)?|案值|金额|前后|全部|总的|统共|拢共|满共)(?:人民币|约|为|是|共|"
    r"大约|大概|近|了|转账|转出|转了|损失|被骗|:|大致|计|有|将近|差不多|金额|走|接近|超过|的钱|达|到|转|高达|充值|支付|被)*\s?[¥]?$")
_STOP = re.compile(r"[。！!？?；;\n]")
_REACH = 30


def with_roles(text: str, words: Words, marked: Sequence[Marked], sums: Sequence[FoundAmount]) -> list[FoundAmount]:
    """The sums, each with what became of it. `marked`: all that is known to stand in the text, the sums among it, in its order."""
    if not sums:
        return []
    tags, shares = shipped().sums.likeliest(sum_features(text, words, marked, [one.amount.fen / 100 for one in sums]))
    return [_settled(text, one, ROLES[tag], share) for one, tag, share in zip(sums, tags.tolist(), shares.tolist(), strict=True)]


def sum_features(text: str, words: Words, marked: Sequence[Marked], yuan: Sequence[float]) -> Features:
    """What the chain sees of each sum."""
    return places(line_of(words, marked, SUM), [0] * len(yuan), yuan, text)


def _settled(text: str, one: FoundAmount, role: MoneyRole, share: float) -> FoundAmount:
    left = text[max(0, one.start - _REACH) : one.start]
    stop = max((found.end() for found in _STOP.finditer(left)), default=0)
    is_total = role is MoneyRole.LOST and _TOTAL.search(left[stop:]) is not None
    return replace(one, amount=replace(one.amount, role=role, is_total=is_total, confidence=round(one.amount.confidence * (0.7 + 0.3 * share), 3)))
