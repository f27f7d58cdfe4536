"""Grading of a holder's other accounts (名下账户分级): the answer to a query of all accounts, each with its signs, points and grade, and the measure proposed.

The signs that an officer adds stand in the address (`sign=REF.SIGN`), so that the view can be sent to a colleague; nothing is stored but the orders asked for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response

from fanzha.desks.controls import grading, holders, kinds, policy, service
from fanzha.desks.controls.grading import Grade, Sign
from fanzha.desks.controls.holders import Assessed
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.i18n import Locale, catalogues
from fanzha.faces.console import order_forms
from fanzha.kit.errors import NotFound
from fanzha.store import Work

router = APIRouter()

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Requester = Annotated[PageContext, Depends(signed_in(policy.REQUEST))]
HOLDER_QUERY = holders.QUERY
ADDABLE = tuple(sign for sign in Sign if sign not in {Sign.TOOK_CASE_MONEY, Sign.PASSED_CASE_MONEY_ON, Sign.OPENED_WITH_CASE_ACCOUNT, Sign.MANY_OPENED})
"""Signs that the platform cannot see in an answer; an officer knows them from elsewhere."""
Signs = Annotated[list[str] | None, Query()]


@router.get("/orders/{order_id}/holder")
def holder(page: Reader, order_id: str, sign: Signs = None) -> Response:
    with page.work() as work:
        order = service.get(work, order_id)
        found = holders.assess(work, order, _added(sign or []))
        table = grading.Table.in_force(work, order.region)
    proposed = {one.graded.grade: [(key, order_forms.kind_name(page, key)) for key in one.graded.meaning.proposed] for one in found}
    meanings = [(each, grading.MEANINGS[each].zh if page.locale is Locale.ZH else grading.MEANINGS[each].en, table.floors.get(each)) for each in Grade]
    return page.render(
        "console/orders/holder.html", order=order, found=found, table=table, proposed=proposed, meanings=meanings, addable=ADDABLE, lowering=grading.LOWERING,
        query=page.request.url.query,
        kinds=order_forms.kind_names(page), may_request=page.may(policy.REQUEST) and page.may(policy.REVEAL),
    )  # fmt: skip


@router.post("/orders/{order_id}/holder/{ref}/request")
def request(page: Requester, order_id: str, ref: str, kind: Annotated[str, Form()], sign: Signs = None) -> Response:
    """The form of the measure, filled in; nothing is requested yet. It opens the account number, which the audit log says."""
    with page.work() as work:
        order = service.get(work, order_id)
        one = next((each for each in holders.assess(work, order, _added(sign or [])) if each.account.ref == ref), None)
        if one is None or kind not in kinds.registered():
            raise NotFound
        work.audit("order.holder_account_opened", f"order:{order.id}", {"account": ref, "kind": kind, "grade": one.graded.grade.value})
        form = _filled(page, work, order_id, one, kind)
    return page.render("console/orders/new.html", form=form, kinds=order_forms.first_kinds(page), headers={"Cache-Control": "no-store"})


def _filled(page: PageContext, work: Work, order_id: str, one: Assessed, kind: str) -> order_forms.OrderForm:
    order = service.get(work, order_id)
    origin = order_forms.Origin(order.report_id or "", order.case_id or "")
    form = order_forms.blank(work, kind, origin)
    said = catalogues()
    why = "; ".join(f"{said.term(page.locale, 'order_sign', sign.value)} {points:+d}" for sign, points in one.graded.reasons) or "—"
    grade = said.term(page.locale, "order_grade", one.graded.grade.value)
    form.values |= {
        "account": one.account.number, "holder_name": order.holder_name or "", "holder_type": order.holder_type, "receiver_org_id": order.receiver_org_id,
        "tier": "", "amount_fen": "", "transfer_fen": "",
        "reason": page.say("名下账户分级：{grade}，{points} 分（{why}）。", grade=grade, points=one.graded.points, why=why),
    }  # fmt: skip
    return form


def _added(given: list[str]) -> dict[str, frozenset[Sign]]:
    """What is no known sign adds nothing."""
    found: dict[str, set[Sign]] = defaultdict(set)
    for text in given[:500]:
        ref, _, name = text.partition(".")
        if name in {sign.value for sign in ADDABLE}:
            found[ref].add(Sign(name))
    return {ref: frozenset(signs) for ref, signs in found.items()}
