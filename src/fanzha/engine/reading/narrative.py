"""From a narrative to what it says: the one entry of this package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from fanzha.engine.reading.apps import find_apps
from fanzha.engine.reading.folding import Folded, fold
from fanzha.engine.reading.handles import find_handles
from fanzha.engine.reading.judging import NEEDS_HUMAN, judge
from fanzha.engine.reading.labels import Label, label_before, paid_through, service_after
from fanzha.engine.reading.model import Amount, Mention, MoneyRole, PlatformMention, Reading, Role
from fanzha.engine.reading.money import FoundAmount, find_amounts
from fanzha.engine.reading.money_roles import with_roles
from fanzha.engine.reading.numbers import find_numbers
from fanzha.engine.reading.places import NAME, SUM, TIME, Marked
from fanzha.engine.reading.platforms import shipped_platforms
from fanzha.engine.reading.roles import whose
from fanzha.engine.reading.taken import Placed, Taken
from fanzha.engine.reading.times import FoundTime, find_times
from fanzha.engine.reading.web import Found, find_web, try_clean
from fanzha.engine.reading.words import words_of
from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import Fen
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

MOST_CHARACTERS = 100_000
_SURE_ENOUGH = 0.9
_NO_FRAUD = 0.45
_PAYMENT_AFTER = re.compile(r"\s?[)）]?\s?(?:的|[这那呢嗰]个|是)?支付[宝寶]")
_PAID_TO = re.compile(r"(?:收款|支付[宝寶][^。；;，,\d]{0,3}[给向往]|付款?[至到给]|(?:转|汇|打)(?:账|款|钱)?(?:了)?[至到给])[^。；;，,\d邮箱件]{0,6}$")
_PAID_BACK = 16
_CHAT_HOSTS = {"t.me": "telegram", "telegram.me": "telegram", "wa.me": "whatsapp"}
_CHAT_LINK = re.compile(r"(?:https?://)?(?P<host>t\.me|telegram\.me|wa\.me)/(?P<account>\+?[A-Za-z0-9_]{4,32})", re.IGNORECASE)


class NarrativeTooLong(InvalidInput):
    """The narrative is too long to be read."""

    code = "narrative_too_long"
    remedy = f"Send at most {MOST_CHARACTERS:,} characters."


@dataclass(frozen=True)
class Surest:
    """What rules find, each in the order of the text but for `numbers`: sites and addresses, times, sums, numbers and accounts; and all that is taken by them."""

    web: list[Found]
    times: list[FoundTime]
    sums: list[FoundAmount]
    numbers: list[Found]
    taken: Taken


_NUMBER, _SUM, _MOMENT, _SITE, _SERVICE = range(1, 6)


def read_narrative(text: str, reported_at: datetime | None = None, *, human_below: float = NEEDS_HUMAN) -> Reading:
    """Everything that a report's words say. Nothing leaves the process and nothing is kept.

    `reported_at` (aware) is what 昨天 and dates without a year rest on.

    Raises:
        NarrativeTooLong: over 100,000 characters.
    """
    if len(text) > MOST_CHARACTERS:
        raise NarrativeTooLong(characters=len(text))
    folded = fold(text)
    mentions, money, times, platforms = _find(folded, reported_at) if folded.text else ((), [], [], ())
    amounts = tuple(one.amount for one in money)
    judgement = judge(folded.text, mentions, amounts, human_below=human_below)
    if judgement.type is FraudType.OTHER and judgement.confidence >= _NO_FRAUD:
        mentions = tuple(_nobodys(mention) for mention in mentions)
    return Reading(mentions, amounts, tuple(one.moment for one in times), platforms, judgement, loss_of(amounts))


def surest(folded: Folded, reported_at: datetime | None) -> Surest:
    """What has the surest form is taken first; what comes later stays outside of it."""
    text = folded.text
    taken = Taken()
    web = [_settled(text, one) for one in find_web(text)]
    taken.add(web)
    times = [one for one in find_times(folded, reported_at) if not taken.overlaps(one.start, one.end)]
    taken.add(times)
    money = find_amounts(folded, taken, bare=False)
    taken.add(money)
    numbers = list(find_numbers(text, taken))
    taken.add(numbers)
    bare = find_amounts(folded, taken, bare=True)
    taken.add(bare)
    handles = list(find_handles(text, taken))
    taken.add(handles)
    return Surest(web, times, sorted([*money, *bare], key=lambda one: one.start), [*numbers, *handles], taken)


def kinds_of(text: str, known: Surest) -> NDArray[np.int64]:
    """What each character belongs to, as the chain of apps sees it; 0 for nothing."""
    kinds = np.zeros(len(text), np.int64)
    for start, end, _ in shipped_platforms().find(text):
        kinds[start:end] = _SERVICE
    stretches: tuple[tuple[int, Iterable[Placed]], ...] = ((_NUMBER, known.numbers), (_SUM, known.sums), (_MOMENT, known.times), (_SITE, known.web))
    for kind, found in stretches:
        for one in found:
            kinds[one.start : one.end] = kind
    return kinds


def _find(folded: Folded, reported_at: datetime | None) -> tuple[tuple[Mention, ...], list[FoundAmount], list[FoundTime], tuple[PlatformMention, ...]]:
    """Everything that stands in a text; names of apps are learned, and so are whose each identifier is and what became of each sum."""
    text, known = folded.text, surest(folded, reported_at)
    words = words_of(text)
    apps = find_apps(text, words, kinds_of(text, known), known.taken)
    found = sorted([*known.web, *known.numbers, *apps], key=lambda one: one.start)
    signs: tuple[tuple[str, Iterable[Placed]], ...] = ((NAME, found), (SUM, known.sums), (TIME, known.times))
    marked = sorted((Marked(one.start, one.end, sign) for sign, places in signs for one in places), key=lambda one: one.start)
    mentions = tuple(_mention(folded, one, *role) for one, role in zip(found, whose(text, words, marked, found), strict=True))
    return mentions, with_roles(text, words, marked, known.sums), known.times, _platforms(folded, found)


def _settled(text: str, found: Found) -> Found:
    """An e-mail address beside 支付宝, or one that is paid to, is the payment account of that name, a link to t.me the account it leads to."""
    settled = None
    if found.identifier.kind is Kind.EMAIL and _is_paid(text, found):
        settled = try_clean(Kind.BANK_ACCOUNT, found.identifier.value)
    elif found.identifier.kind is Kind.URL:
        account = _CHAT_LINK.fullmatch(text[found.start : found.end])
        settled = try_clean(Kind.IM, f"{_CHAT_HOSTS[account['host'].lower()]}:{account['account']}") if account else None
    return Found(found.start, found.end, settled, found.confidence) if settled else found


def _is_paid(text: str, found: Found) -> bool:
    after = service_after(text, found.end)
    return (
        Label.PAYMENT in (label_before(text, found.start), paid_through(text, found.start))
        or (after is not None and after.label is Label.PAYMENT)
        or bool(_PAYMENT_AFTER.match(text, found.end) or _PAID_TO.search(text, max(0, found.start - _PAID_BACK), found.start))
    )


def _mention(folded: Folded, found: Found, role: Role, sure: float) -> Mention:
    start, end = folded.span(found.start, found.end)
    raw = folded.original[start:end]
    identifier = (try_clean(Kind.APP, raw) if found.identifier.kind is Kind.APP else None) or found.identifier
    return Mention(identifier.kind, start, end, raw, identifier.value, role, found.confidence, sure, identifier.warnings)


def _nobodys(mention: Mention) -> Mention:
    """Where the narrative tells of no fraud, a number that nothing calls the suspect's is nobody's."""
    weak = mention.role is Role.SUSPECT and mention.role_confidence < _SURE_ENOUGH
    return replace(mention, role=Role.UNKNOWN, role_confidence=0.5) if weak else mention


def _platforms(folded: Folded, identifiers: Iterable[Found]) -> tuple[PlatformMention, ...]:
    found, taken = [], Taken()
    taken.add(identifiers)
    for start, end, code in shipped_platforms().find(folded.text):
        if not taken.overlaps(start, end):
            begins, ends = folded.span(start, end)
            found.append(PlatformMention(begins, ends, folded.original[begins:ends], code, 0.9))
    return tuple(found)


def loss_of(amounts: Iterable[Amount]) -> Fen:
    """The greatest total that the text states; without one what was paid less what came back, never below zero."""
    known = list(amounts)
    totals = [amount.fen for amount in known if amount.is_total]
    if totals:
        return max(totals)
    paid = sum(amount.fen for amount in known if amount.role in (MoneyRole.LOST, MoneyRole.FEE))
    back = sum(amount.fen for amount in known if amount.role is MoneyRole.RETURNED)
    return max(0, paid - back)
