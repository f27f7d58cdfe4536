"""Model cards: what a trained model is for, what it learned from, how good it is, where its limits are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from fanzha.desks import models
from fanzha.desks.detectors import policy, service
from fanzha.faces.common.context import PageContext, signed_in

router = APIRouter()
Reader = Annotated[PageContext, Depends(signed_in(policy.READ))]
MOST_WEIGHING = 8


@router.get("/models")
def listing(page: Reader) -> Response:
    """Every version of every model, with the detectors that use it."""
    with page.work() as work:
        used = _used(service.summaries(work))
    cards = [(each, models.card_of(each.reference)) for each in models.all_models()]
    missing = sorted(used.keys() - {each.reference for each, _ in cards})
    return page.render("console/model_cards/list.html", cards=cards, used=used, missing=missing)


@router.get("/models/{reference}")
def card(page: Reader, reference: str) -> Response:
    found = models.card_of(reference)
    with page.work() as work:
        used = _used(service.summaries(work)).get(reference, [])
    weighing = found.features[:MOST_WEIGHING]
    return page.render(
        "console/model_cards/page.html", card=found, used=used, weighing=weighing, shares=_percent(each.share for each in weighing),
        bins=[f"{each.score:.0%}" for each in found.bins], rates=_percent(each.rate for each in found.bins), scores=_percent(each.score for each in found.bins),
        moment=datetime.fromisoformat, libraries=", ".join(f"{name} {version}" for name, version in found.libraries.items()),
    )  # fmt: skip


def _percent(shares: Iterable[float]) -> list[float]:
    return [round(each * 100, 1) for each in shares]


def _used(summaries: list[service.Summary]) -> dict[str, list[str]]:
    """Model → the detectors whose live (else newest) version reads it."""
    found: dict[str, list[str]] = {}
    for each in summaries:
        shown = each.live or each.newest
        if shown.model is not None:
            found.setdefault(shown.model, []).append(each.id)
    return found
