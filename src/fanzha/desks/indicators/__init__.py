"""Indicators desk (涉诈标识): the registry of suspect identifiers, who judged them and why."""

from fanzha.desks.indicators import known_good, local_good, numbers, policy, service, sharing, withdrawing
from fanzha.desks.indicators.domain import Added, Answer, Flag, IndicatorRow, IndicatorState, Refused, Verdict
from fanzha.desks.indicators.events import IndicatorsChanged, IndicatorsRelisted, IndicatorsRetracted, IndicatorsWithdrawn
from fanzha.desks.indicators.judging import SightingKind, SightingOf
from fanzha.desks.indicators.model import Indicator

__all__ = [
    "Added", "Answer", "Flag", "Indicator", "IndicatorRow", "IndicatorState", "IndicatorsChanged", "IndicatorsRelisted", "IndicatorsRetracted",
    "IndicatorsWithdrawn", "Refused", "SightingKind", "SightingOf", "Verdict", "known_good", "local_good", "numbers", "policy", "service", "sharing", "withdrawing",
]  # fmt: skip
