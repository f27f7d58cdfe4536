"""What the detectors desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.kit.events import Event


@dataclass(frozen=True)
class DetectorsChanged(Event):
    """What is live or runs as a shadow is no longer what it was. Published in the transaction that changes it."""

    detectors: tuple[str, ...]
