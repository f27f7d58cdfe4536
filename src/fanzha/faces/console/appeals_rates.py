"""The wrongly-hit rate (误伤率): by detector and by unit, each figure with what it is made of, its interval and its definition."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks.appeals import policy
from fanzha.desks.appeals.rates import NOTE_EN, NOTE_ZH, PEOPLE, Rates, rates
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.i18n import Locale
from fanzha.kit import clock
from fanzha.store import Scope

router = APIRouter()
NAV = NavEntry("appeal-rates", "误伤率", "Wrongly hit", "/appeal-rates", "target", policy.RATES, order=58)

Reader = Annotated[PageContext, Depends(signed_in(policy.RATES))]


@router.get("/appeal-rates")
def show(page: Reader, days: Annotated[int, Query(ge=1, le=3660)] = 90) -> Response:
    until = clock.now()
    with page.services.database.work(Scope.system("rates")) as work:
        by: list[Rates] = [rates(work, one, until - timedelta(days=days), until, page.me.region) for one in ("detector", "unit", "target")]
    return page.render(
        "console/appeals/rates.html", by=by, days=days, note=NOTE_ZH if page.locale is Locale.ZH else NOTE_EN, people=PEOPLE,
    )  # fmt: skip
