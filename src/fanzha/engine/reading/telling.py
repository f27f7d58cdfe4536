"""A reading as a document of plain values, the same for the command line and the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fanzha.engine.reading.model import Reading


def as_document(reading: Reading) -> dict[str, Any]:
    """Times in ISO form with zone, money in fen, places in characters of the text as it came."""
    judged = asdict(reading.judgement)
    return {
        "identifiers": [asdict(mention) for mention in reading.mentions],
        "amounts": [asdict(amount) for amount in reading.amounts],
        "times": [asdict(moment) | {"at": moment.at.isoformat() if moment.at else None} for moment in reading.times],
        "platforms": [asdict(platform) for platform in reading.platforms],
        "loss_fen": reading.loss_fen,
        "type": judged,
    }
