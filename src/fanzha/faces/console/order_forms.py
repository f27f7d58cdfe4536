"""The form of a request: what was typed, what it means, what is wrong with it. What was typed is kept as typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request as HttpRequest

from fanzha.desks import cases, controls, lines
from fanzha.desks.controls import Effect, Officer, Order, OrderKind, Request, reading, service
from fanzha.desks.controls.numbers import Numbers
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.i18n import Locale
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden, NotFound
from fanzha.kit.ids import new_id
from fanzha.kit.money import InvalidAmount, format_yuan, parse_yuan
from fanzha.store import Work
from fanzha.vocab import legal

_ACCOUNTS = ("bank_account", "card")
_LIKE = "order:"
"""Before the id of an order whose account another is asked for, in the choice of accounts."""
_MONEY = ("disputed_fen", "amount_fen", "transfer_fen")


@dataclass(frozen=True)
class Named:
    """An account that the report or case names; the page shows it masked and sends its key back."""

    key: str
    masked: str
    value: str


@dataclass(frozen=True)
class Background:
    """The report or case that an order is asked for. `loss_fen` is what is in dispute; `victim` a name, '' where there is none or are several."""

    report_id: str | None
    case_id: str | None
    name: str
    fraud_type: str
    loss_fen: int
    victim: str
    accounts: tuple[Named, ...]

    @property
    def address(self) -> str:
        return f"/cases/{self.case_id}" if self.case_id else f"/reports/{self.report_id}"


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
    background: Background | None = None
    suspects: list[tuple[str, str]] = field(default_factory=list)
    officers: list[tuple[str, str]] = field(default_factory=list)
    receivers: list[tuple[str, str]] = field(default_factory=list)
    bases: list[tuple[str, str]] = field(default_factory=list)
    longest: str = ""
    grounds: tuple[str, ...] = ()

    def filled(self, work: Work) -> OrderForm:
        """With the choices that the form offers."""
        me = work.scope.principal
        self.values = defaultdict(str, self.values)
        self.base = _order(work, self.values.get("on_order_id", ""))
        self.background = background(work, self.values.get("report_id", ""), self.values.get("case_id", ""))
        self.suspects = [(one.key, one.masked) for one in self.background.accounts] if self.background is not None else []
        like = _order(work, self.values.get("like", ""))
        if like is not None:
            self.suspects.insert(0, (_LIKE + like.id, f"{like.masked_subject} {like.masked_holder}".strip()))
        self.officers = reading.officers(work, me.org_id) if me is not None else []
        self.receivers = reading.receivers(work, self.kind.key)
        self.bases = [(key, legal.by_key(key).citation()) for key in self.kind.bases]
        term = Numbers(work, me.region if me is not None else "").longest(self.kind, major=False)
        self.longest = f"{term.count}" if term is not None else ""
        if self.kind.key in lines.RENEWALS:
            self.grounds = lines.domain.grounds_for(self.kind.key, lines.numbers.ladder(work, work.scope.region))
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


@dataclass(frozen=True)
class Origin:
    """From where somebody comes to the form: ids of a report, a case, the measure that an extension or release is for, an order on the same account."""

    report_id: str = ""
    case_id: str = ""
    on_order_id: str = ""
    like: str = ""


def blank(work: Work, kind: str, origin: Origin) -> OrderForm:
    """An empty form, with what is known of the origin filled in, and the two officers of one's last request."""
    of, like = controls.kinds.by_key(kind), _order(work, origin.like)
    report_id, case_id, on_order_id = origin.report_id, origin.case_id, origin.on_order_id
    if like is not None:
        report_id, case_id = report_id or like.report_id or "", case_id or like.case_id or ""
    values = {"kind": of.key, "key": new_id(), "report_id": report_id, "case_id": case_id, "on_order_id": on_order_id, "tier": "1"} | _officers(work)
    behind = background(work, report_id, case_id)
    if behind is not None:
        values |= {"case_number": behind.name, "fraud_type": behind.fraud_type, "disputed_fen": _yuan(behind.loss_fen)}
        values |= {"amount_fen": values["disputed_fen"], "transfer_fen": values["disputed_fen"]}
    base = _order(work, on_order_id)
    if base is not None:
        values |= {"case_number": base.case_number}
    if like is not None:
        values |= _alike(like)
    return OrderForm(of, values).filled(work)


def _alike(like: Order) -> dict[str, str]:
    """What another order on the same account begins with: the account itself stays masked and is chosen, not typed."""
    return {
        "like": like.id, "suspect": _LIKE + like.id, "receiver_org_id": like.receiver_org_id, "holder_type": like.holder_type, "bank_id": like.bank_id,
        "tier": str(like.tier or ""), "case_number": like.case_number, "disputed_fen": _yuan(like.disputed_fen or 0),
        "amount_fen": _yuan(like.held_fen or like.amount_fen or 0), "transfer_fen": _yuan(like.transfer_fen or 0),
        "transfer_at": clock.to_local(like.transfer_at).strftime("%Y-%m-%dT%H:%M:%S") if like.transfer_at else "", "payer_bank": like.payer_bank,
    }  # fmt: skip


def _officers(work: Work) -> dict[str, str]:
    me = work.scope.principal
    last = reading.last_request(work)
    if last is None:
        return {"officer_one": me.user_id if me is not None else ""}
    return {
        "officer_one": last.officer_one_id, "officer_one_card": last.officer_one_card, "officer_two": last.officer_two_id,
        "officer_two_card": last.officer_two_card,
    }  # fmt: skip


def read(work: Work, values: Mapping[str, str]) -> OrderForm:
    """What was typed, understood as far as it goes. Raises UnknownOrderKind."""
    form = OrderForm(controls.kinds.by_key(values.get("kind", "")), dict(values), confirmed=values.get("confirmed") == "1")

    def text(name: str) -> str:
        return values.get(name, "").strip()

    sums = {name: _money(form, name) for name in _MONEY}
    at, count = _time(form, "transfer_at"), _count(form, "term")
    behind, like = background(work, text("report_id"), text("case_id")), _order(work, text("like"))
    form.asked = Request(
        kind=form.kind.key, basis=text("basis"), reason=text("reason"), key=text("key"),
        officers=(Officer(text("officer_one"), text("officer_one_card")), Officer(text("officer_two"), text("officer_two_card"))),
        receiver_org_id=text("receiver_org_id"), account=text("account") or _suspect(behind, like, text("suspect")),
        holder_name=text("holder_name") or _holder(like, text("account")),
        holder_type=text("holder_type"), bank_id=text("bank_id"), tier=int(text("tier")) if text("tier") in {"1", "2", "3"} else None,
        report_id=behind.report_id if behind is not None else None, case_id=behind.case_id if behind is not None else None,
        case_number=text("case_number"), fraud_type=behind.fraud_type if behind is not None else "", major=text("major") == "1",
        disputed_fen=sums["disputed_fen"], amount_fen=sums["amount_fen"], transfer_fen=sums["transfer_fen"], transfer_at=at,
        payer_bank=text("payer_bank"), payer_name=text("payer_name") or (behind.victim if behind is not None and text("tier") == "1" else ""),
        payer_account=text("payer_account"), term=count,
        on_order_id=text("on_order_id") or None, ground=text("ground"),
    )  # fmt: skip
    return form


def background(work: Work, report_id: str, case_id: str) -> Background | None:
    """What an order stands on, where the reader may see it: the case where one is named, else the report."""
    try:
        if case_id:
            return _of_case(cases.viewing.get(work, case_id))
        return _of_report(cases.service.get(work, report_id)) if report_id else None
    except (NotFound, Forbidden):
        return None


def _of_report(detail: cases.service.Detail) -> Background:
    report = detail.report
    accounts = tuple(Named(str(one.position), one.masked, one.value) for one in detail.suspects if one.kind in _ACCOUNTS)
    return Background(report.id, None, report.report_no, report.fraud_type, report.loss_fen, report.victim_name or "", accounts)


def _of_case(view: cases.viewing.CaseView) -> Background:
    lost = sum(one.fen for one in view.parts.losses if one.role != cases.LossRole.RETURNED)
    accounts = tuple(Named(one.id, one.masked, one.value) for one in view.parts.suspects if one.kind in _ACCOUNTS)
    victims = [one.name for one in view.parts.victims if one.name]
    report_id = view.reports[0] if len(view.reports) == 1 else None
    return Background(report_id, view.case.id, view.case.name, view.case.fraud_type, lost, victims[0] if len(victims) == 1 else "", accounts)


def _order(work: Work, order_id: str) -> Order | None:
    try:
        return service.get(work, order_id) if order_id else None
    except NotFound:
        return None


def _holder(like: Order | None, account: str) -> str:
    return (like.holder_name or "") if like is not None and not account else ""


def _suspect(behind: Background | None, like: Order | None, key: str) -> str:
    """The account that was chosen from those the report or case names, or of the order that this one is like."""
    if like is not None and key == _LIKE + like.id:
        return like.subject_no
    return next((one.value for one in behind.accounts if one.key == key), "") if behind is not None else ""


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
        return clock.moment_of(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)
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
