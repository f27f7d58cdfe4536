"""Decisions given in flight: the list, narrowed by kind and answer. Subjects are masked; nothing here opens them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks.screening import Answer, Asked, Decision, Filters, policy, service
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console.indicators import one_of
from fanzha.kit.paging import PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.vocab.identifiers import Kind, mask

router = APIRouter()
NAV = NavEntry("screening", "事中阻断", "In-flight decisions", "/screening", "shield-check", policy.SEE, order=46)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]


@router.get("/screening")
def listing(
    page: Reader, asked: str = "", answer: str = "", request_id: str = "", degraded: bool = False, number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:
    """The newest first; what is no kind or answer does not narrow."""
    filters = Filters(one_of(Asked, asked), one_of(Answer, answer), request_id.strip()[:64], degraded)
    with page.work() as work:
        found = service.search(work, filters, PageRequest(number))
        counts = service.counts_today(work)
    shown = {row.id: (_masked(page.services.tokens, row.subject_token), _masked(page.services.tokens, row.other_token)) for row in found.rows}
    return page.render(
        "console/screening/list.html", found=found, counts=counts, shown=shown, reasons=_reasons(page, found.rows),
        may_read_policy=page.may(policy.READ_POLICY),
    )  # fmt: skip


def _masked(tokens: Tokens, token: str | None) -> str:
    """What a token stands for, with most of it covered."""
    if token is None:
        return ""
    kind, value = tokens.open(token)
    return mask(Kind(kind), value)


def _reasons(page: PageContext, rows: list[Decision] | tuple[Decision, ...]) -> dict[str, list[str]]:
    language = "en" if page.locale.value.startswith("en") else "zh"
    return {row.id: [str(signal[language]) for signal in row.signals] for row in rows}
