"""Indicators desk (涉诈标识): the registry of suspect identifiers, who judged them and why."""

from fanzha.desks.indicators import policy, service
from fanzha.desks.indicators.domain import Added, Answer, Flag, IndicatorRow, IndicatorState, Refused, Verdict
from fanzha.desks.indicators.events import IndicatorsChanged
from fanzha.desks.indicators.model import Indicator

__all__ = [
    "Added", "Answer", "Flag", "Indicator", "IndicatorRow", "IndicatorState", "IndicatorsChanged", "Refused", "Verdict", "policy", "service",
]  # fmt: skip
