"""Indicators desk (涉诈标识): the registry of suspect identifiers, who judged them and why."""

from fanzha.desks.indicators.domain import Added, Answer, Flag, IndicatorRow, IndicatorState, Refused, Verdict

__all__ = ["Added", "Answer", "Flag", "IndicatorRow", "IndicatorState", "Refused", "Verdict"]
