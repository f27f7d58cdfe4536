"""Words of the series desk: what a series is, and what an analyst may decide about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fanzha.engine.linking.kinds import Shared
from fanzha.vocab.identifiers import Kind


class SeriesState(StrEnum):
    PROPOSED = "proposed"  # 待研判
    ACCEPTED = "accepted"  # 已串并
    REJECTED = "rejected"  # 已否决
    DISSOLVED = "dissolved"  # 已失效: nothing holds it together any more
    MERGED = "merged"  # 已并入


OPEN = (SeriesState.PROPOSED, SeriesState.ACCEPTED)
"""The states in which a series has cases."""


class DecisionKind(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    SPLIT = "split"
    MERGE = "merge"


_STEPS: Mapping[SeriesState, frozenset[DecisionKind]] = {
    SeriesState.PROPOSED: frozenset(DecisionKind),
    SeriesState.ACCEPTED: frozenset(DecisionKind),
    SeriesState.REJECTED: frozenset(),
    SeriesState.DISSOLVED: frozenset(),
    SeriesState.MERGED: frozenset(),
}


def may(state: SeriesState, kind: DecisionKind, unsettled: int) -> bool:
    """Accepting what is accepted settles the cases that linking has added since; without any there is nothing to accept."""
    return kind in _STEPS[state] and not (state is SeriesState.ACCEPTED and kind is DecisionKind.ACCEPT and not unsettled)


SHARED_AS: Mapping[Kind, Shared] = {
    Kind.PHONE: Shared.PHONE,
    Kind.BANK_ACCOUNT: Shared.ACCOUNT,
    Kind.CARD: Shared.ACCOUNT,
    Kind.URL: Shared.SITE,
    Kind.DOMAIN: Shared.SITE,
    Kind.IP: Shared.SITE,
    Kind.QQ: Shared.CHAT,
    Kind.WECHAT: Shared.CHAT,
    Kind.IM: Shared.CHAT,
    Kind.EMAIL: Shared.CHAT,
    Kind.APP: Shared.APP,
    Kind.IMEI: Shared.DEVICE,
    Kind.IMSI: Shared.DEVICE,
    Kind.CRYPTO: Shared.CRYPTO,
}
"""What an identifier that a victim names is for linking. An identity card is a person, who may be named in many ways, and links nothing by itself."""


@dataclass(frozen=True)
class SharedLink:
    """Something that another desk has found out about a report or case and that may tie it to others: an account its money reached (MONEY), a device (DEVICE).

    `of` is the report's or the case's id; `value` is compared as it stands; `source` names the desk or trace that says so.
    """

    of: str
    kind: Shared
    value: str
    source: str


@dataclass(frozen=True)
class Tie:
    """One value that ties cases of a series: how many of its cases share it, how many of all cases know it, and the bits it carries."""

    value: int
    kind: Shared
    cases: int
    known_by: int
    bits: float
