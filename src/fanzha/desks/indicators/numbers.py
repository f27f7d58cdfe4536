"""Numbers of the indicators desk that a city may change: how trust wears off, when votes call for a review, which judgements need two people."""

from __future__ import annotations

from datetime import date, datetime

from fanzha.desks.indicators.domain import IndicatorState
from fanzha.desks.indicators.life import Decay
from fanzha.store import Work, dated
from fanzha.vocab.identifiers import Kind

_FROM = date(2022, 12, 1)

HALF_LIVES: dict[Kind, int] = {
    Kind.PHONE: 180, Kind.BANK_ACCOUNT: 365, Kind.CARD: 365, Kind.ID_CARD: 0, Kind.URL: 120, Kind.DOMAIN: 120, Kind.QQ: 365, Kind.WECHAT: 365, Kind.IM: 365,
    Kind.APP: 180, Kind.IMEI: 730, Kind.IMSI: 365, Kind.IP: 30, Kind.EMAIL: 365, Kind.CRYPTO: 730,
}  # fmt: skip
"""Days. Numbers are given out again, sites and addresses change hands within weeks; a person stays who they are."""


def _half_life(kind: Kind) -> dated.DatedNumber:
    meaning = f"After how many days without a sighting the confidence in a suspect {kind.value.replace('_', ' ')} is halved; 0 never."
    return dated.DatedNumber(f"indicators.half_life.{kind.value}", HALF_LIVES[kind], "days", meaning, "GK", _FROM)


FLOOR = dated.DatedNumber("indicators.confidence_floor", 20, "percent", "The confidence below which an indicator that nobody saw again expires.", "GK", _FROM)
VOTES = dated.DatedNumber("indicators.votes_for_review", 3, "votes", "How many false-positive votes since the last judgement call for a review.", "GK", _FROM)
TWO_PEOPLE = dated.DatedNumber(
    "indicators.two_people", "none", "states", "Judgements that one person proposes and a second decides on.", "GK", _FROM, frozenset({"none", "confirmed", "cleared"})
)

dated.register(*map(_half_life, Kind), FLOOR, VOTES, TWO_PEOPLE)


def decay(work: Work, at: datetime | None = None) -> Decay:
    """The half-lives and the floor in force."""
    lives = {kind: int(dated.value(work, f"indicators.half_life.{kind.value}", at=at)) for kind in Kind}
    return Decay(lives, int(dated.value(work, FLOOR.key, at=at)))


def votes_for_review(work: Work) -> int:
    return int(dated.value(work, VOTES.key))


def needs_two(work: Work, state: IndicatorState) -> bool:
    """Whether a judgement of this kind waits for a second person."""
    return state.value in str(dated.value(work, TWO_PEOPLE.key)).split()
