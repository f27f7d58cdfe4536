"""Case reports in words, as a duty officer takes them down: many ways to say the same, spoken amounts, a slip of the pen now and then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import cn2an
import numpy as np

from fanzha.kit import clock
from fanzha.simulator import story_lines
from fanzha.vocab.fraud_types import FraudType

_SLIPS = (
    ("账号", "帐号"),
    ("转账", "转帐"),
    ("登录", "登陆"),
    ("的时候", "时侯"),
    ("再次", "在次"),
    ("发现", "发觉"),
    ("微信", "V信"),
    ("对方", "对放"),
)
_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")


@dataclass(frozen=True)
class Story:
    """What a victim tells: `numbers`, `accounts` and `sites` are the gang's, in the order met; `loss_fen` 0 where nothing was paid."""

    type: FraudType
    name: str
    age: int
    met_at: datetime
    paid_at: datetime | None
    loss_fen: int
    times: int
    numbers: tuple[str, ...]
    accounts: tuple[str, ...]
    sites: tuple[str, ...]
    contact: str
    bank: str


def narrate(rng: np.random.Generator, story: Story) -> str:
    """The story in one paragraph of Chinese."""
    lines = story_lines.LINES[story.type]
    parts = [_one(rng, story_lines.OPENINGS), _one(rng, lines.met), _one(rng, lines.ruse)]
    parts += [_one(rng, lines.paid), _one(rng, story_lines.PAYMENTS)] if story.loss_fen else []
    parts.append(_one(rng, story_lines.ENDINGS if story.loss_fen else story_lines.UNHARMED))
    return _slips(rng, "".join(parts).format_map(_slots(rng, story)))


def _slots(rng: np.random.Generator, story: Story) -> dict[str, str]:
    met = clock.to_local(story.met_at)
    paid = clock.to_local(story.paid_at or story.met_at)
    return {
        "name": story.name,
        "who": _one(rng, ("报警人", "事主", "我", "本人", "受害人")),
        "met": _moment(rng, met),
        "paid": _moment(rng, paid),
        "number": _number(rng, story.numbers[0]) if story.numbers else _one(rng, ("一个陌生号码", "一个外地号码", "不记得的号码")),
        "account": story.accounts[0] if story.accounts else "对方提供的账户",
        "accounts": "、".join(story.accounts) or "对方提供的账户",
        "site": _one(rng, story.sites) if story.sites else "对方发来的链接",
        "contact": _number(rng, story.contact),
        "bank": story.bank,
        "amount": amount_words(rng, story.loss_fen),
        "times": _one(rng, (str(story.times), cn2an.an2cn(str(story.times)))).replace("二", "两") if story.times == 2 else str(story.times),
        "age": str(story.age),
    }


def amount_words(rng: np.random.Generator, fen: int) -> str:
    """An amount as people write or say it: 32000元, 32,000元, 3.2万, 三万二千元, 32000块."""
    yuan = fen // 100
    forms = [f"{yuan}元", f"{yuan:,}元", f"{yuan}块钱", f"{fen / 100:.2f}元", f"{cn2an.an2cn(str(yuan))}元"]
    if yuan >= 10_000:
        forms += [f"{yuan / 10_000:.4f}".rstrip("0").rstrip(".") + "万元", f"{yuan / 10_000:.4f}".rstrip("0").rstrip(".") + "万"]
    return _one(rng, forms)


def _moment(rng: np.random.Generator, at: datetime) -> str:
    forms = (
        f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分许",
        f"{at.month}月{at.day}日{at.hour}点多",
        f"{at.month}月{at.day}号{at.hour}:{at.minute:02d}左右",
        f"{at.year}-{at.month:02d}-{at.day:02d} {at.hour:02d}:{at.minute:02d}",
        f"{cn2an.an2cn(str(at.month))}月{cn2an.an2cn(str(at.day))}号{_one(rng, ('大概', '差不多', ''))}{at.hour}点",
    )
    return _one(rng, forms)


def _number(rng: np.random.Generator, digits: str) -> str:
    """Written plainly, in groups, with dashes, or as spoken digits."""
    forms = [digits, digits, digits]
    if len(digits) == 11:
        forms += [f"{digits[:3]} {digits[3:7]} {digits[7:]}", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}", digits.translate(_SPOKEN)]
    return _one(rng, forms)


def _slips(rng: np.random.Generator, text: str) -> str:
    for right, wrong in _SLIPS:
        if right in text and rng.random() < 0.08:
            text = text.replace(right, wrong, 1)
    return text


def _one(rng: np.random.Generator, choices: tuple[str, ...] | list[str]) -> str:
    return choices[int(rng.integers(0, len(choices)))]
