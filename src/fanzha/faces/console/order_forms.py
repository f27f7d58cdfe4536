"""The form of a request: what was typed, what it means, what is wrong with it. What was typed is kept as typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request as HttpRequest

from fanzha.desks import cases, controls
from fanzha.desks.controls import Effect, Officer, Order, OrderKind, Request, reading, service
from fanzha.desks.controls.numbers import Numbers
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.i18n import Locale
from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.kit.ids import new_id
from fanzha.kit.money import InvalidAmount, format_yuan, parse_yuan
from fanzha.store import Work
from fanzha.vocab import legal

_ACCOUNTS = ("bank_account", "card")
_MONEY = ("disputed_fen", "amount_fen", "transfer_fen")


@dataclass
class OrderForm:
    """`values` as typed; `errors`: field → code of the terms family `order_fault`; `doubts`: codes of `order_doubt`, shown once before the request goes."""

    kind: OrderKind
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    message: str = ""
    confirmed: bool = False
    asked: Request | None = None
    base: Order | None = None
    report: cases.Report | None = None
    suspects: list[tuple[str, str]] = field(default_factory=list)
    officers: list[tuple[str, str]] = field(default_factory=list)
    receivers: list[tuple[str, str]] = field(default_factory=list)
    bases: list[tuple[str, str]] = field(default_factory=list)
    longest: str = ""

    def filled(self, work: Work) -> OrderForm:
        """With the choices that the form offers."""
        me = work.scope.principal
        self.values = defaultdict(str, self.values)
        self.base = _order(work, self.values.get("on_order_id", ""))
        detail = _detail(work, self.values.get("report_id", ""))
        if detail is not None:
            self.report = detail.report
            self.suspects = [(str(one.position), one.masked) for one in detail.suspects if one.kind in _ACCOUNTS]
        self.officers = reading.officers(work, me.org_id) if me is not None else []
        self.receivers = reading.receivers(work, self.kind.key)
        self.bases = [(key, legal.by_key(key).citation()) for key in self.kind.bases]
        term = Numbers(work, me.region if me is not None else "").longest(self.kind, major=False)
        self.longest = f"{term.count}" if term is not None else ""
        return self

    @property
    def follows(self) -> bool:
        """An extension or release: account and receiver are those of the measure."""
        return self.kind.effect in (Effect.EXTEND, Effect.RELEASE)


async def given(request: HttpRequest) -> dict[str, str]:
    """Everything that was typed, at most 4,000 characters a field."""
    return {name: value[:4000] for name, value in (await request.form()).items() if isinstance(value, str)}


def kind_name(page: PageContext, key: str) -> str:
    kind = controls.kinds.by_key(key)
    return kind.zh if page.locale is Locale.ZH else kind.en


def kind_names(page: PageContext) -> dict[str, str]:
    return {key: kind_name(page, key) for key in controls.kinds.registered()}


def first_kinds(page: PageContext) -> list[tuple[str, str]]:
    """Kinds that one can ask for without a measure to act on."""
    return [(key, kind_name(page, key)) for key, kind in controls.kinds.registered().items() if not kind.acts_on and kind.subject is controls.Subject.ACCOUNT]


def blank(work: Work, kind: str, report_id: str, on_order_id: str) -> OrderForm:
    """An empty form, with what is known of the report or the measure filled in."""
    of = controls.kinds.by_key(kind)
    me = work.scope.principal
    values = {"kind": of.key, "key": new_id(), "report_id": report_id, "on_order_id": on_order_id, "officer_one": me.user_id if me is not None else "", "tier": "1"}
    detail = _detail(work, report_id)
    if detail is not None:
        values |= {"case_number": detail.report.report_no, "fraud_type": detail.report.fraud_type, "disputed_fen": _yuan(detail.report.loss_fen)}
        values |= {"amount_fen": values["disputed_fen"], "transfer_fen": values["disputed_fen"]}
    base = _order(work, on_order_id)
    if base is not None:
        values |= {"case_number": base.case_number, "officer_one": values["officer_one"]}
    return OrderForm(of, values).filled(work)


def read(work: Work, values: Mapping[str, str]) -> OrderForm:
    """What was typed, understood as far as it goes. Raises UnknownOrderKind."""
    form = OrderForm(controls.kinds.by_key(values.get("kind", "")), dict(values), confirmed=values.get("confirmed") == "1")

    def text(name: str) -> str:
        return values.get(name, "").strip()

    sums = {name: _money(form, name) for name in _MONEY}
    at, count = _time(form, "transfer_at"), _count(form, "term")
    detail = _detail(work, text("report_id"))
    form.asked = Request(
        kind=form.kind.key, basis=text("basis"), reason=text("reason"), key=text("key"),
        officers=(Officer(text("officer_one"), text("officer_one_card")), Officer(text("officer_two"), text("officer_two_card"))),
        receiver_org_id=text("receiver_org_id"), account=text("account") or _suspect(detail, text("suspect")), holder_name=text("holder_name"),
        holder_type=text("holder_type"), bank_id=text("bank_id"), tier=int(text("tier")) if text("tier") in {"1", "2", "3"} else None,
        report_id=detail.report.id if detail is not None else None, case_number=text("case_number"), fraud_type=text("fraud_type")[:40],
        major=text("major") == "1", disputed_fen=sums["disputed_fen"], amount_fen=sums["amount_fen"], transfer_fen=sums["transfer_fen"], transfer_at=at,
        payer_bank=text("payer_bank"), payer_name=text("payer_name") or _victim(detail), payer_account=text("payer_account"), term=count,
        on_order_id=text("on_order_id") or None,
    )  # fmt: skip
    return form


def report_of(work: Work, report_id: str | None) -> cases.Report | None:
    """The report behind an order, where the reader may see it."""
    detail = _detail(work, report_id or "")
    return detail.report if detail is not None else None


def _detail(work: Work, report_id: str) -> cases.service.Detail | None:
    if not report_id:
        return None
    try:
        return cases.service.get(work, report_id)
    except NotFound:
        return None


def _order(work: Work, order_id: str) -> Order | None:
    try:
        return service.get(work, order_id) if order_id else None
    except NotFound:
        return None


def _suspect(detail: cases.service.Detail | None, position: str) -> str:
    """The account that was chosen from those the victim names; the page shows it masked."""
    chosen = [one.value for one in detail.suspects if str(one.position) == position and one.kind in _ACCOUNTS] if detail is not None else []
    return chosen[0] if chosen else ""


def _victim(detail: cases.service.Detail | None) -> str:
    return (detail.report.victim_name or "") if detail is not None else ""


def _money(form: OrderForm, name: str) -> int | None:
    text = form.values.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_yuan(text)
    except InvalidAmount:
        form.errors[name] = "not_an_amount"
        return None


def _time(form: OrderForm, name: str) -> datetime | None:
    text = form.values.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)
    except ValueError:
        form.errors[name] = "not_a_time"
        return None


def _count(form: OrderForm, name: str) -> int | None:
    text = form.values.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 5):
        form.errors[name] = "not_a_number"
        return None
    return int(text) if text else None


def _yuan(fen: int) -> str:
    return format_yuan(fen).replace(",", "") if fen else ""
