"""Risk levels of a warning (DOMAIN §5: 紧急红 / 高黄 / 中蓝 / 低绿)."""

from __future__ import annotations

from enum import StrEnum


class RiskLevel(StrEnum):
    """Ordered: red is the most urgent."""

    RED = "red"
    YELLOW = "yellow"
    BLUE = "blue"
    GREEN = "green"

    @property
    def rank(self) -> int:
        """0 for red … 3 for green."""
        return list(RiskLevel).index(self)

    @property
    def raised(self) -> RiskLevel:
        """One grade more urgent; red stays red."""
        return list(RiskLevel)[max(0, self.rank - 1)]

    @staticmethod
    def highest(*levels: RiskLevel) -> RiskLevel:
        return min(levels, key=lambda level: level.rank)
