"""From a narrative to what it says: the one entry of this package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from fanzha.engine.reading.apps import find_apps
from fanzha.engine.reading.folding import Folded, fold
from fanzha.engine.reading.handles import find_handles
from fanzha.engine.reading.judging import NEEDS_HUMAN, judge, says_unpaid
from fanzha.engine.reading.labels import Label, label_before, paid_through, service_after
from fanzha.engine.reading.model import Amount, Mention, MoneyRole, PlatformMention, Reading, Role
from fanzha.engine.reading.money import FoundAmount, find_amounts
from fanzha.engine.reading.numbers import find_numbers
from fanzha.engine.reading.platforms import shipped_platforms
from fanzha.engine.reading.roles import people_of, role_of
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.times import FoundTime, find_times
from fanzha.engine.reading.web import Found, find_web, try_clean
from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import Fen
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

MOST_CHARACTERS = 100_000
_SURE_ENOUGH = 0.9
_NO_CRIME = re.compile(
    r"不属(?:于)?(?:电信)?(?:网络)?诈骗|(?:属|系|为)(?:于)?[^，。；\d]{0,4}纠纷|[,，。；](?:并?非|不是)(?:电信)?(?:网络)?(?:诈骗|被骗)|(?:跟|和|与)(?:这|诈骗)(?:个|件事)?没(?:有)?关系"
)
"""What an officer or the caller says of a story that is no fraud: its sums were only spoken of."""
_PAID_REACH = 8
_PAID_IN = re.compile(r"(?:垫|投|充|转|打|存|汇)(?:了?进去|了?出去|了?过去)(?:了)?\s?$")
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


def read_narrative(text: str, reported_at: datetime | None = None, *, human_below: float = NEEDS_HUMAN) -> Reading:
    """Everything that a report's words say. Nothing leaves the process and nothing is kept.

    `reported_at` (aware) is what 昨天 and dates without a year rest on.

    Raises:
        NarrativeTooLong: over 100,000 characters.
    """
    if len(text) > MOST_CHARACTERS:
        raise NarrativeTooLong(characters=len(text))
    folded = fold(text)
    found, money, times = _find(folded, reported_at)
    mentions = _mentions(folded, found)
    amounts = _unless_unpaid(folded.text, money)
    platforms = _platforms(folded, found)
    judgement = judge(folded.text, mentions, amounts, human_below=human_below)
    if judgement.type is FraudType.OTHER and judgement.confidence >= _NO_FRAUD:
        mentions = tuple(_nobodys(mention) for mention in mentions)
    return Reading(mentions, amounts, tuple(one.moment for one in times), platforms, judgement, loss_of(amounts))


def _find(folded: Folded, reported_at: datetime | None) -> tuple[list[Found], list[FoundAmount], list[FoundTime]]:
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
    apps = find_apps(text, taken, shipped_platforms().names)
    found = sorted([*web, *numbers, *handles, *apps], key=lambda one: one.start)
    return found, sorted([*money, *bare], key=lambda one: one.start), times


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


def _mentions(folded: Folded, found: list[Found]) -> tuple[Mention, ...]:
    """In the order of the text, since one identifier's role tells that of its neighbour."""
    people, before = people_of(folded.text), None
    told = []
    for one in found:
        role, sure = role_of(folded.text, one, before, people)
        before = (one.end, role)
        told.append(_mention(folded, one, role, sure))
    return tuple(told)


def _mention(folded: Folded, found: Found, role: Role, sure: float) -> Mention:
    start, end = folded.span(found.start, found.end)
    raw = folded.original[start:end]
    identifier = (try_clean(Kind.APP, raw) if found.identifier.kind is Kind.APP else None) or found.identifier
    return Mention(identifier.kind, start, end, raw, identifier.value, role, found.confidence, round(sure, 3), identifier.warnings)


def _nobodys(mention: Mention) -> Mention:
    """Where the narrative tells of no fraud, a number that nothing calls the suspect's is nobody's."""
    weak = mention.role is Role.SUSPECT and mention.role_confidence < _SURE_ENOUGH
    return replace(mention, role=Role.UNKNOWN, role_confidence=0.5) if weak else mention


def _unless_unpaid(text: str, money: list[FoundAmount]) -> tuple[Amount, ...]:
    """Where a narrative says that nothing was paid and names no sum lost, or that it is no fraud, its amounts were only spoken of."""
    paid, amounts = (MoneyRole.LOST, MoneyRole.FEE), tuple(one.amount for one in money)
    if not any(amount.role in paid for amount in amounts):
        return amounts
    unpaid = not any(amount.is_total for amount in amounts) and says_unpaid(text)
    if not unpaid and _NO_CRIME.search(text) is None:
        return amounts
    return tuple(
        replace(one.amount, role=MoneyRole.OTHER) if one.amount.role in paid and not _PAID_IN.search(text, max(0, one.start - _PAID_REACH), one.start) else one.amount
        for one in money
    )


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
