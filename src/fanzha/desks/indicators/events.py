"""What the indicators desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.kit.events import Event


@dataclass(frozen=True)
class IndicatorsChanged(Event):
    """Tokens that are flagged now and were not, or no longer are, and those whose state or fraud type changed. Published once a use case."""

    flagged: tuple[str, ...] = ()
    unflagged: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndicatorsRetracted(Event):
    """Entries that had been handed to these organisations (ids) are flagged no more; the retraction list says which."""

    org_ids: tuple[str, ...]
    retractions: int


@dataclass(frozen=True)
class IndicatorsWithdrawn(Event):
    """Withdrawals (ids) were opened: whatever used the entries is to be followed."""

    withdrawal_ids: tuple[str, ...]


@dataclass(frozen=True)
class IndicatorsRelisted(Event):
    """Withdrawals (ids) are over, since their entries are flagged again."""

    withdrawal_ids: tuple[str, ...]
