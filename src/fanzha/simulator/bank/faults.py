"""What goes wrong between two systems, by chance and by seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields

from fanzha.kit.errors import InvalidInput


class BadFaults(InvalidInput):
    """These are no faults."""

    code = "bad_faults"
    remedy = "Write them as timeouts=0.1,duplicates=0.2,mismatches=0.05,wrong_signatures=0.05,lost_acknowledgements=0.1; shares between 0 and 1."


@dataclass(frozen=True)
class Faults:
    """Shares of messages (0–1) to which this happens. `timeouts`: a pushed message is not answered in time, though it was taken; `duplicates`: an answer is
    sent twice; `mismatches`: the bank finds that the particulars differ; `wrong_signatures`: an answer is signed wrongly once, then rightly;
    `lost_acknowledgements`: no acknowledgement is sent, only the result."""

    timeouts: float = 0.0
    duplicates: float = 0.0
    mismatches: float = 0.0
    wrong_signatures: float = 0.0
    lost_acknowledgements: float = 0.0

    @staticmethod
    def parse(text: str) -> Faults:
        """Raises BadFaults."""
        known = {one.name for one in fields(Faults)}
        shares: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, share = part.partition("=")
            try:
                shares[name] = float(share)
            except ValueError as wrong:
                raise BadFaults(fault=part) from wrong
            if name not in known or not 0 <= shares[name] <= 1:
                raise BadFaults(fault=part)
        return Faults(**shares)


NO_FAULTS = Faults()


@dataclass
class Chance:
    """Draws whether a fault happens: the same seed and order of messages give the same faults."""

    faults: Faults
    seed: int = 1
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def strikes(self, name: str) -> bool:
        share: float = getattr(self.faults, name)
        return share > 0 and self._random.random() < share

    def seconds(self, low: float, high: float) -> float:
        """A delay between the two."""
        return self._random.uniform(low, high) if high > low else low
