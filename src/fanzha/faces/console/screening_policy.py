"""The policy of in-flight decisions: which signal leads to which answer, lines that wait for a second person, and what a line would have changed yesterday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks import detectors, identity
from fanzha.desks.screening import Answer, Asked, PolicyRow, policy, service
from fanzha.desks.screening.errors import PolicyRefused
from fanzha.desks.screening.repository import Line
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.console.findings import detector_names
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.store import Work
from fanzha.vocab import legal
from fanzha.vocab.risk import RiskLevel

router = APIRouter()
Reader = Annotated[PageContext, Depends(signed_in(policy.READ_POLICY))]
Decider = Annotated[PageContext, Depends(signed_in(policy.DECIDE))]
HERE = "/screening/policy"
MOST_TOLD = 20
_BASES = ("atfl:18", "atfl:25", "atfl:20", "atfl:31")
"""Articles that a hold or a block in flight can rest on; another can be named at the command."""


@dataclass
class LineForm:
    """What was typed."""

    asked: str = ""
    signal: str = ""
    answer: str = ""
    source: str = ""
    effective_from: str = ""
    basis: str = ""
    minutes: str = ""
    remedy_zh: str = ""
    remedy_en: str = ""

    def row(self) -> PolicyRow:
        """Raises PolicyRefused: a choice that is none, a day or a number that cannot be read, or a day that is past."""
        asked, answer = one_of(Asked, self.asked), one_of(Answer, self.answer)
        if asked is None or answer is None:
            raise PolicyRefused("Choose the event and the answer.", remedy="Choose one of each list.")
        day, minutes = _day(self.effective_from), _minutes(self.minutes)
        if not answer.is_measure:
            return PolicyRow(asked, self.signal, answer, self.source.strip(), day)
        remedies = self.remedy_zh.strip() or None, self.remedy_en.strip() or None
        return PolicyRow(asked, self.signal, answer, self.source.strip(), day, 0, self.basis or None, minutes, *remedies)

    @staticmethod
    def of(row: PolicyRow, today: date) -> LineForm:
        """To change a line that stands: everything as it is, but for a new reason, from today on."""
        minutes = str(row.term_minutes or "")
        return LineForm(row.asked.value, row.signal, row.answer.value, "", today.isoformat(), row.basis or "", minutes, row.remedy_zh or "", row.remedy_en or "")


def _typed(
    asked: Annotated[str, Form()] = "", signal: Annotated[str, Form(max_length=120)] = "", answer: Annotated[str, Form()] = "",
    source: Annotated[str, Form(max_length=1000)] = "", effective_from: Annotated[str, Form()] = "", basis: Annotated[str, Form()] = "",
    minutes: Annotated[str, Form()] = "", remedy_zh: Annotated[str, Form(max_length=1000)] = "", remedy_en: Annotated[str, Form(max_length=1000)] = "",
) -> LineForm:  # fmt: skip
    return LineForm(asked, signal, answer, source, effective_from, basis, minutes, remedy_zh, remedy_en)


Typed = Annotated[LineForm, Depends(_typed)]


def _key(asked: Asked, signal: str, effective_from: date, version: int) -> tuple[Asked, str, date, int]:
    return asked, signal, effective_from, version


Key = Annotated[tuple[Asked, str, date, int], Depends(_key)]
_ONE = HERE + "/{asked}/{signal}/{effective_from}/{version}"


@router.get(HERE)
def listing(page: Reader) -> Response:
    """What leads to what today, what waits, and what was decided before."""
    with page.work() as work:
        rows = sorted(service.policy(work).rows.values(), key=lambda row: (list(Asked).index(row.asked), -row.answer.rank, row.signal))
        told = service.decided_lines(work, MOST_TOLD)
        waiting = [service.get_line(work, row.asked, row.signal, row.effective_from, row.version) for row in service.waiting_lines(work)]
        names, rules = _names(work, [*waiting, *told]), _rules(work, page)
    return page.render(
        "console/screening/policy.html", rows=rows, waiting=waiting, told=[line for line in told if not line.is_waiting], names=names, rules=rules,
        may_decide=policy.may(page.user, policy.DECIDE),
    )  # fmt: skip


@router.get(HERE + "/new")
def new(page: Decider, asked: str = "", signal: str = "") -> Response:
    """An empty form, or one that changes the line that stands for this signal."""
    kind, today = one_of(Asked, asked) or Asked.TRANSFER, clock.local_day(clock.now())
    with page.work() as work:
        standing = service.policy(work).rows.get((kind, signal))
    default = next(row for row in service.default_lines() if row.asked is kind and row.basis)
    form = LineForm.of(standing, today) if standing is not None else LineForm(kind.value, signal, effective_from=today.isoformat())
    if not form.basis:
        form.basis, form.remedy_zh, form.remedy_en = default.basis or "", default.remedy_zh or "", default.remedy_en or ""
    return _form(page, form)


@router.post(HERE + "/preview")
def preview(page: Decider, form: Typed) -> Response:
    """What the line as typed would change: beside what stands, and on yesterday's decisions."""
    try:
        with page.work() as work:
            effect, rules = service.effect(work, form.row()), _rules(work, page)
    except FanzhaError as refused:
        return page.render("console/screening/effect.html", effect=None, refused=_said(page, refused), rules={})
    return page.render("console/screening/effect.html", effect=effect, refused="", rules=rules)


@router.post(HERE)
def propose(page: Decider, form: Typed) -> Response:
    try:
        with page.work() as work:
            row = service.decide_line(work, form.row())
    except FanzhaError as refused:
        return _form(page, form, refused)
    return page.redirect(_address(row), page.say("已提交，等待另一人审批。"))


@router.get(_ONE)
def one(page: Reader, key: Key) -> Response:
    with page.work() as work:
        line = service.get_line(work, *key)
        effect, names, rules = service.effect(work, line.row), _names(work, [line]), _rules(work, page)
    mine = line.set_by == page.me.user_id
    return page.render(
        "console/screening/line.html", line=line, effect=effect, names=names, rules=rules, here=_address(line.row), mine=mine, refused="",
        may_approve=line.is_waiting and not mine and policy.may(page.user, policy.APPROVE),
        may_decline=line.is_waiting and policy.may(page.user, policy.DECIDE if mine else policy.APPROVE),
    )  # fmt: skip


@router.post(_ONE + "/approve")
def approve(page: Decider, key: Key) -> Response:
    with page.work() as work:
        row = service.approve_line(work, *key)
    return page.redirect(_address(row), page.say("已批准，两秒内或自生效之日起按新口径作出决定。"))


@router.post(_ONE + "/decline")
def decline(page: Decider, key: Key, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    with page.work() as work:
        row = service.decline_line(work, *key, reason)
    return page.redirect(_address(row), page.say("已驳回。"))


def _form(page: PageContext, form: LineForm, refused: FanzhaError | None = None) -> Response:
    """The form as typed; nothing is lost where it is refused."""
    with page.work() as work:
        rules = _rules(work, page)
        known = {row.signal for row in service.policy(work).rows.values()}
    signals = sorted({*known, *(f"level:{level.value}" for level in RiskLevel), *(f"rule:{rule}" for rule in rules), *([form.signal] if form.signal else ())})
    bases = [(key, legal.by_key(key).citation(page.locale.value[:2])) for key in dict.fromkeys((*_BASES, *([form.basis] if form.basis in legal.BASES else ())))]
    error = _said(page, refused) if refused is not None else ""
    return page.render(
        "console/screening/form.html", refused.status if refused is not None else 200, form=form, error=error, signals=signals, bases=bases, rules=rules,
        today=clock.local_day(clock.now()),
    )  # fmt: skip


def _said(page: PageContext, refused: FanzhaError) -> str:
    return page.say(refused.message) + page.say(refused.what_to_do)


def _address(row: PolicyRow) -> str:
    return f"{HERE}/{row.asked.value}/{row.signal}/{row.effective_from}/{row.version}"


def _names(work: Work, lines: list[Line]) -> dict[str, str]:
    people = {person for line in lines for person in (line.set_by, line.approved_by, line.declined_by) if person}
    return identity.service.names_of(work, people)


def _rules(work: Work, page: PageContext) -> dict[str, str]:
    """Live detectors by id, with their title."""
    names = dict(detector_names(work, page.locale))
    return {rule.id: names.get(rule.id, rule.id) for rule in detectors.live_rules(work)}


def _day(text: str) -> date:
    try:
        day = clock.day_of(text.strip())
    except ValueError as wrong:
        raise PolicyRefused("The first day cannot be read.", remedy="Write it as 2026-05-01.") from wrong
    if day < clock.local_day(clock.now()):
        raise PolicyRefused("The first day is past.", remedy="Choose today or a later day.")
    return day


def _minutes(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise PolicyRefused("The term is a number of minutes.", remedy="Write digits alone.")
    return int(text)
