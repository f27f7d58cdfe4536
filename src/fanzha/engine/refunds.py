"""Give frozen money back (资金返还): who gets how much, to the fen.

银监发〔2016〕41号 (seen in excerpts only; check against the original): money that traces to one victim goes to that victim, whether it was the only
inflow (a) or one of several told apart by time (b); what cannot be traced is shared among the victims pro rata after a public notice of 30 days (c).
Residue stays frozen; a new victim means a new round.
What the excerpts leave open is a named policy: the denominator of the share, and whether a victim may get more than was lost.

Invariants: direct + shared + residue = frozen, account by account; nobody gets more than was claimed and not yet given back; no float touches money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import Fen


class UnfitRefund(InvalidInput):
    """These claims and frozen amounts cannot be divided."""

    code = "unfit_refund"
    remedy = "Every amount is zero or more; every victim and every account is named once; traced amounts name victims and accounts of this round."


class Denominator(StrEnum):
    """What a victim's loss is divided by."""

    CLAIMS = "claims"  # the claims of this round's victims that are still open: all the money is given back as far as claims go
    LOSSES = "losses"  # the first losses of this round's victims, returned or not: who got something before shares less
    CASE = "case"  # the losses of all victims of the case, also of those who have not come forward: their part stays frozen


@dataclass(frozen=True)
class Policy:
    """How shares are reckoned. `case_losses`: the denominator of `CASE`."""

    denominator: Denominator = Denominator.CLAIMS
    case_losses: Fen | None = None


@dataclass(frozen=True)
class Claim:
    """A victim's loss and what came back of it before this round."""

    victim: str
    loss: Fen
    returned: Fen = 0

    @property
    def open(self) -> Fen:
        return max(0, self.loss - self.returned)


@dataclass(frozen=True)
class Traced:
    """Money of one victim that rests in a frozen account, by the trace whose method the decision names."""

    victim: str
    account: str
    fen: Fen


@dataclass(frozen=True)
class Payment:
    """What one victim gets from one account; `direct`: it was traced there, else it is a share."""

    victim: str
    account: str
    fen: Fen
    direct: bool


@dataclass(frozen=True)
class Division:
    """What comes of a round: the payments, and what stays frozen in each account."""

    payments: tuple[Payment, ...]
    residue: Mapping[str, Fen]

    def of(self, victim: str) -> Fen:
        """All that a victim gets."""
        return sum(each.fen for each in self.payments if each.victim == victim)


def divide(frozen: Mapping[str, Fen], claims: Sequence[Claim], traced: Sequence[Traced], policy: Policy | None = None) -> Division:
    """Divide the frozen amounts (account → fen) among the claims: the traced first, then the rest pro rata.

    Raises:
        UnfitRefund: a negative amount, a victim named twice, or a traced amount of an unknown victim or account.
    """
    _check(frozen, claims, traced, policy)
    left = dict(frozen)
    still = {claim.victim: claim.open for claim in claims}
    direct = _direct(left, still, traced)
    shared = _shared(left, still, claims, policy or Policy())
    return Division((*direct, *shared), left)


def largest_remainder(total: Fen, weights: Mapping[str, int]) -> dict[str, Fen]:
    """`total` in whole fen by the weights (zero or more): rounded down, the fen left over to the largest remainders, of equals to the first by name.

    Sums to `total` unless all weights are zero; each part is within one fen of its exact share (Hamilton's method).
    """
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, 0)
    parts = {name: total * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(total * weights[name] % whole), name))
    for name in order[: total - sum(parts.values())]:
        parts[name] += 1
    return parts


def _direct(left: dict[str, Fen], still: dict[str, Fen], traced: Sequence[Traced]) -> list[Payment]:
    """Account by account: what traces there, scaled down where more traces there than is frozen."""
    wanted: dict[str, dict[str, Fen]] = defaultdict(lambda: defaultdict(int))
    for each in traced:
        wanted[each.account][each.victim] += each.fen
    payments = []
    for account in sorted(wanted):
        asked = {victim: min(fen, still[victim]) for victim, fen in wanted[account].items()}
        parts = largest_remainder(min(left[account], sum(asked.values())), asked)
        for victim in sorted(parts):
            payments += _pay(left, still, victim, account, parts[victim], direct=True)
    return payments


def _shared(left: dict[str, Fen], still: dict[str, Fen], claims: Sequence[Claim], policy: Policy) -> list[Payment]:
    """The rest of all accounts together by the policy's shares, paid from the accounts in the order of their names."""
    pool = sum(left.values())
    entitled = _entitled(pool, still, claims, policy)
    payments = []
    for victim in sorted(entitled):
        for account in sorted(left):
            part = min(entitled[victim], left[account])
            entitled[victim] -= part
            payments += _pay(left, still, victim, account, part, direct=False)
    return payments


def _entitled(pool: Fen, still: Mapping[str, Fen], claims: Sequence[Claim], policy: Policy) -> dict[str, Fen]:
    if policy.denominator is Denominator.CLAIMS:
        return largest_remainder(min(pool, sum(still.values())), still)
    losses = {claim.victim: claim.loss for claim in claims}
    told = sum(losses.values()) if policy.denominator is Denominator.LOSSES else policy.case_losses or 0
    absent = {"": max(0, told - sum(losses.values()))}  # those who have not come forward; no victim is named by nothing
    parts = largest_remainder(pool, losses | absent)
    return {victim: min(parts[victim], still[victim]) for victim in losses}


def _pay(left: dict[str, Fen], still: dict[str, Fen], victim: str, account: str, fen: Fen, *, direct: bool) -> list[Payment]:
    if fen == 0:
        return []
    left[account] -= fen
    still[victim] -= fen
    return [Payment(victim, account, fen, direct)]


def _check(frozen: Mapping[str, Fen], claims: Sequence[Claim], traced: Sequence[Traced], policy: Policy | None) -> None:
    victims = {claim.victim for claim in claims}
    amounts = [*frozen.values(), *(claim.loss for claim in claims), *(claim.returned for claim in claims), *(each.fen for each in traced)]
    if min(amounts, default=0) < 0:
        raise UnfitRefund("An amount is below zero.")
    if len(victims) < len(claims) or "" in victims:
        raise UnfitRefund("A victim is named twice, or not at all.")
    unknown = [each for each in traced if each.victim not in victims or each.account not in frozen]
    if unknown:
        raise UnfitRefund(f"Traced money of {unknown[0].victim!r} in {unknown[0].account!r}: the victim or the account is not of this round.")
    if policy and policy.denominator is Denominator.CASE and (policy.case_losses or 0) < sum(claim.loss for claim in claims):
        raise UnfitRefund("The losses of the whole case are less than those of this round's victims.", remedy="State the losses of all victims of the case.")
