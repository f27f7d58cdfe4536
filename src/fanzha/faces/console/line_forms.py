"""The form of a step on numbers: what was typed, what it means, what is wrong with it. What was typed is kept as typed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import Request as HttpRequest

from fanzha.desks import cases, controls, lines
from fanzha.desks.controls import Officer, OrderKind, reading
from fanzha.desks.controls.errors import BadOrder
from fanzha.desks.controls.numbers import Numbers
from fanzha.desks.lines import numbers as settings
from fanzha.desks.lines.domain import grounds_for
from fanzha.desks.lines.errors import NotALine, NumberProtected
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.i18n import Locale
from fanzha.kit.errors import NotFound
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab import identifiers, legal
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

_COMMON = ("reason", "basis", "officer_one", "officer_two", "term", "scope")
"""Faults that are the request's own: the same for every number."""


@dataclass(frozen=True)
class Given:
    """Everything that was typed, at most 4,000 characters a field."""

    values: Mapping[str, str]
    ids: tuple[str, ...]
    scope: tuple[str, ...]

    def text(self, name: str) -> str:
        return self.values.get(name, "").strip()


async def given(request: HttpRequest) -> Given:
    form = await request.form()

    def many(name: str) -> tuple[str, ...]:
        return tuple(str(value)[:64] for value in form.getlist(name)[:1000] if isinstance(value, str))

    return Given({name: value[:4000] for name, value in form.items() if isinstance(value, str)}, many("ids"), many("scope"))


@dataclass
class LineForm:
    """`values` as typed; `errors`: field → code of the terms family `order_fault`."""

    kind: OrderKind
    ids: tuple[str, ...]
    values: dict[str, str]
    scope: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    asked: lines.Asked | None = None
    number: str = ""
    rows: list[lines.LineSuspect] = field(default_factory=list)
    report: cases.Report | None = None
    officers: list[tuple[str, str]] = field(default_factory=list)
    receivers: list[tuple[str, str]] = field(default_factory=list)
    bases: list[tuple[str, str]] = field(default_factory=list)
    grounds: tuple[str, ...] = ()
    longest: str = ""
    needs_city: bool = False

    def filled(self, work: Work) -> LineForm:
        """With the choices that the form offers."""
        me = work.scope.principal
        self.values = defaultdict(str, self.values)
        self.rows = [lines.service.get(work, one) for one in self.ids]
        self.report = _report(work, self.values["report_id"])
        self.officers = reading.officers(work, me.org_id) if me is not None else []
        self.receivers = reading.receivers(work, self.kind.key)
        self.bases = [(key, legal.by_key(key).citation()) for key in self.kind.bases]
        ladder = settings.ladder(work, work.scope.region)
        self.grounds, self.needs_city = grounds_for(self.kind.key, ladder), self.kind.key in ladder.needs_city
        term = Numbers(work, work.scope.region).longest(self.kind, major=False)
        self.longest = str(term.count) if term is not None else ""
        return self

    @property
    def needs_receiver(self) -> bool:
        return not self.rows or any(row.operator_org_id is None for row in self.rows)


def kind_name(page: PageContext, key: str) -> str:
    kind = controls.kinds.by_key(key)
    return kind.zh if page.locale is Locale.ZH else kind.en


def kind_names(page: PageContext) -> dict[str, str]:
    return {key: kind_name(page, key) for key, kind in controls.kinds.registered().items() if kind.subject is controls.Subject.NUMBER}


def _kind(key: str) -> OrderKind:
    """A kind of step on numbers; anything else is a check."""
    return controls.kinds.by_key(key if key in (lines.VERIFY, lines.PROTECT, *lines.LEVELS) else lines.VERIFY)


def blank(work: Work, kind: str, ids: Sequence[str], report_id: str = "") -> LineForm:
    """An empty form, with the two officers of one's last request."""
    of, last, me = _kind(kind), reading.last_request(work), work.scope.principal
    values = {"key": new_id(), "report_id": report_id, "officer_one": me.user_id if me is not None else "", "term": "", "basis": of.bases[0]}
    if last is not None:
        values |= {"officer_one": last.officer_one_id, "officer_one_card": last.officer_one_card}
        values |= {"officer_two": last.officer_two_id, "officer_two_card": last.officer_two_card}
    return LineForm(of, tuple(dict.fromkeys(ids)), values, of.scopes[:2]).filled(work)


def read(work: Work, got: Given) -> LineForm:
    """What was typed, understood as far as it goes."""
    form = LineForm(_kind(got.text("kind")), tuple(dict.fromkeys(got.ids)), dict(got.values), got.scope)
    term = got.text("term")
    if term and not (term.isascii() and term.isdigit() and len(term) < 5):
        form.errors["term"] = "not_a_number"
    if len(got.text("reason")) < lines.service.SHORTEST_REASON:
        form.errors["reason"] = "reason_missing"
    form.number = got.text("number") or _victims_line(work, got.text("report_id"))
    form.asked = lines.Asked(
        kind=form.kind.key, basis=got.text("basis"), reason=got.text("reason"), officers=officers_of(got), key=got.text("key"), ground=got.text("ground"),
        scope=" ".join(got.scope) if form.kind.scopes else "", term=int(term) if term and not form.errors.get("term") else None,
        receiver_org_id=got.text("receiver_org_id"), case_number=got.text("case_number")[:100],
    )  # fmt: skip
    return form.filled(work)


def officers_of(got: Given) -> tuple[Officer, Officer]:
    return Officer(got.text("officer_one"), got.text("officer_one_card")), Officer(got.text("officer_two"), got.text("officer_two_card"))


def faults_of(wrong: BadOrder) -> dict[str, str]:
    fields = wrong.params.get("fields", {})
    return {str(name): str(code) for name, code in fields.items()} if isinstance(fields, dict) else {}


def common_faults(done: Sequence[lines.Outcome]) -> dict[str, str]:
    """Faults of what was typed, where they kept every number from being asked for."""
    if any(outcome.order is not None for outcome in done):
        return {}
    return {name: code for outcome in done for name, code in outcome.faults if name in _COMMON}


def _report(work: Work, report_id: str) -> cases.Report | None:
    try:
        return cases.service.get(work, report_id).report if report_id else None
    except NotFound:
        return None


def _victims_line(work: Work, report_id: str) -> str:
    report = _report(work, report_id)
    return report.victim_phone or "" if report is not None else ""


@dataclass(frozen=True)
class Named:
    """A number that a report names: where it stands, and why it may not be proposed ('' where it may)."""

    position: int
    masked: str
    index: str
    state: str
    refused: str


@dataclass(frozen=True)
class OfCase:
    """A number that a case names: `refused` as of `Named`, `stand` None only where it is refused."""

    suspect_id: str
    masked: str
    index: str
    refused: str
    stand: lines.reading.Stand | None


def of_case(work: Work, view: cases.viewing.CaseView) -> list[OfCase]:
    """Each number once, in the order of the case."""
    found: dict[str, tuple[str, str, str]] = {}
    for one in view.parts.suspects:
        if one.kind == Kind.PHONE.value:
            index, refused = _proposable(one.value)
            found.setdefault(index or one.value, (one.id, one.masked, refused))
    stands = lines.reading.stands(work, [index for index, (_, _, refused) in found.items() if not refused])
    return [OfCase(key, masked, index, refused, stands.get(index)) for index, (key, masked, refused) in found.items()]


def _proposable(raw: str) -> tuple[str, str]:
    """(index, '') of a number that may be proposed, or ('', why not)."""
    try:
        number = identifiers.clean(Kind.PHONE, raw).value
        lines.proposing.guard(number)
    except InvalidIdentifier:
        return "", "not_a_phone"
    except NumberProtected:
        return "", "known_good"
    except NotALine:
        return "", "no_operator"
    return lines.proposing.index_of(number), ""


def named(work: Work, suspect: cases.Suspect) -> Named:
    index, refused = _proposable(suspect.value)
    if refused:
        return Named(suspect.position, suspect.masked, "", "", refused)
    held = lines.reading.find(work, index)
    return Named(suspect.position, suspect.masked, index, held.state if held is not None else "", "")
