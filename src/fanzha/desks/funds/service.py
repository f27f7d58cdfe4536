"""Use cases of the trace desk (资金穿透). Every one that changes what a trace is computed from computes it again in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks import cases
from fanzha.desks.funds import policy, repository
from fanzha.desks.funds.errors import FundsPurposeNeeded, NoSuchAccount, TraceNotFound, UnfitVictimTransfer
from fanzha.desks.funds.events import StopProposed, TraceComputed
from fanzha.desks.funds.following import Flow, Found, Question, Victim, follow
from fanzha.desks.funds.matching import Side, Telling
from fanzha.desks.funds.model import FundTrace, TraceAccount, TraceResult, TraceRowAside, TraceStatement, TraceVictim
from fanzha.desks.funds.numbers import Numbers
from fanzha.desks.funds.taking import File, take
from fanzha.desks.intake import NAMELESS
from fanzha.engine.tracing.answer import END_KINDS
from fanzha.engine.tracing.errors import UnfitLimits
from fanzha.engine.tracing.trace import Limits, Method
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.ids import stable_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.roles import Permission

SHORTEST_REASON, SHOWN_ASIDE = 4, 20
_ACCOUNT = Kind.BANK_ACCOUNT.value


@dataclass(frozen=True)
class VictimTransfer:
    """What a victim says of one transfer. Accounts as written; money in fen. `victim_name` tells several victims of one trace apart."""

    payer: str
    payee: str
    at: datetime
    fen: int
    payer_bank: str = ""
    payee_bank: str = ""
    victim_name: str = ""


@dataclass(frozen=True)
class View:
    """A trace as it stands: `result` None where nothing was computed yet."""

    trace: FundTrace
    victims: Sequence[TraceVictim]
    statements: Sequence[TraceStatement]
    accounts: Mapping[str, TraceAccount]
    result: TraceResult | None

    @property
    def found(self) -> Found | None:
        return Found.of_json(self.result.found) if self.result else None


def open_trace(work: Work, tokens: Tokens, *, report_id: str = "", case_id: str = "") -> FundTrace:
    """The trace of a report or of a case, opened where there is none.

    Raises:
        ReportNotFound, CaseNotFound, Forbidden.
    """
    require(work, policy.TRACE)
    if case_id:
        case = cases.viewing.get(work, case_id).case
        return _opened(work, tokens, stable_id("trace of case", case.id), {"report_id": None, "case_id": case.id, "ref": case.name, "region": case.region})
    report = cases.service.get(work, report_id).report
    return _opened(work, tokens, stable_id("trace of report", report.id), {"report_id": report.id, "case_id": None, "ref": report.report_no, "region": report.region})


def _opened(work: Work, tokens: Tokens, trace_id: str, of: Mapping[str, str | None]) -> FundTrace:
    numbers, signed = Numbers(work, of["region"] or ""), {"set_at": clock.now(), "set_by": work.actor}
    limits = {"hops": max(1, min(30, numbers.whole("hops"))), "within_hours": max(1, min(8784, numbers.whole("within_hours"))), "least_fen": 1}
    row = {"id": trace_id, "method": numbers.words("method"), "version": 0, "opened_at": clock.now(), "opened_by": work.actor, **limits, **of}
    if repository.add_trace(work, row):
        for account, kind in nameless(tokens).items():
            repository.put_account(work, {"trace_id": trace_id, "account": account, "holder": None, "bank": "", "kind": kind, **signed})
        work.audit("trace.opened", f"trace:{trace_id}", {"report": of["report_id"], "case": of["case_id"]})
    return repository.trace(work, trace_id)


def add_victim(work: Work, trace_id: str, said: VictimTransfer, tokens: Tokens) -> TraceVictim:
    """Start from a victim's transfer too. The same transfer again changes nothing.

    Raises:
        TraceNotFound, Forbidden, UnfitVictimTransfer, InvalidIdentifier.
    """
    require(work, policy.TRACE)
    trace = repository.trace(work, trace_id, lock=True)
    payer, payee = (account_token(account, tokens) for account in (said.payer, said.payee))
    if said.fen <= 0 or payer == payee or said.at > clock.now() + timedelta(days=1):
        raise UnfitVictimTransfer
    key = stable_id("victim telling", payer, payee, said.fen, said.at.isoformat())
    held = repository.victim(work, trace_id, key)
    if held is not None and held.removed_at is None:
        return held
    telling = Telling(key, Side.VICTIM, payer, payee, said.fen, said.at, payer_bank=said.payer_bank.strip(), payee_bank=said.payee_bank.strip())
    repository.put_tellings(work, trace_id, None, [(telling, "")])
    victim = _victim(work, trace, held, key, said)
    work.audit("trace.victim_added", f"trace:{trace_id}", {"fen": said.fen})
    _compute(work, trace)
    return victim


def remove_victim(work: Work, trace_id: str, key: str) -> None:
    """No longer start from this transfer; what was told of it stays.

    Raises:
        TraceNotFound, Forbidden.
    """
    require(work, policy.TRACE)
    trace = repository.trace(work, trace_id, lock=True)
    victim = repository.victim(work, trace_id, key)
    if victim is None:
        raise TraceNotFound(key=key)
    if victim.removed_at is None:
        victim.removed_at = clock.now()
        work.session.flush()
        work.audit("trace.victim_removed", f"trace:{trace_id}", {"fen": victim.claimed_fen})
        _compute(work, trace)


def take_statement(work: Work, trace_id: str, file: File, tokens: Tokens) -> tuple[TraceStatement, bool]:
    """Take a bank's statement in and follow the money again: (what came of it, whether it was there before).

    Raises:
        TraceNotFound, Forbidden, UnreadableFile, BadMapping, TooManyRows.
    """
    require(work, policy.TRACE)
    trace = repository.trace(work, trace_id, lock=True)
    statement, repeated = take(work, trace, file, tokens, Numbers(work, trace.region).tolerance)
    if not repeated:
        detail = {"received": statement.received, "accepted": statement.accepted, "duplicates": statement.duplicates, "quarantined": statement.quarantined}
        work.audit("trace.statement_taken", f"trace:{trace_id}", detail)
        _compute(work, trace)
    return statement, repeated


def choose(work: Work, trace_id: str, method: Method, limits: Limits) -> FundTrace:
    """Follow by another method or further.

    Raises:
        TraceNotFound, Forbidden, UnfitLimits.
    """
    require(work, policy.TRACE)
    trace = repository.trace(work, trace_id, lock=True)
    hours = limits.within // timedelta(hours=1)
    if not (limits.hops <= 30 and 1 <= hours <= 8784):
        raise UnfitLimits
    trace.method, trace.hops, trace.within_hours, trace.least_fen = method.value, limits.hops, hours, limits.least_fen
    work.session.flush()
    work.audit("trace.method_chosen", f"trace:{trace_id}", {"method": method.value, "hops": limits.hops, "within_hours": hours})
    _compute(work, trace)
    return trace


def describe_account(work: Work, trace_id: str, ref: str, *, holder: str, bank: str, kind: str) -> None:
    """Keep what is known of an account: its holder ('' leaves what is there) and bank for orders, and `kind` ('' for none) where following stops there.

    Raises:
        TraceNotFound, NoSuchAccount, Forbidden.
    """
    require(work, policy.TRACE)
    trace = repository.trace(work, trace_id, lock=True)
    shown = view(work, trace_id)
    account = account_of(shown, ref)
    if kind and kind not in END_KINDS:
        raise NoSuchAccount(kind=kind)
    held = shown.accounts.get(account)
    row = {"trace_id": trace_id, "account": account, "holder": holder.strip() or (held.holder if held else None), "bank": bank.strip(), "kind": kind or None}
    repository.put_account(work, row | {"set_at": clock.now(), "set_by": work.actor})
    work.session.expire_all()
    work.audit("trace.account_described", f"trace:{trace_id}", {"account": ref, "kind": kind})
    _compute(work, trace)


def reveal(work: Work, trace_id: str, ref: str, purpose: str, tokens: Tokens) -> str:
    """An account number in clear, for a purpose that the audit log keeps.

    Raises:
        TraceNotFound, NoSuchAccount, FundsPurposeNeeded, Forbidden.
    """
    require(work, policy.REVEAL)
    why = purpose_of(purpose)
    account = account_of(view(work, trace_id), ref)
    work.audit("trace.account_revealed", f"trace:{trace_id}", {"account": ref, "purpose": why})
    return tokens.open(account)[1]


@dataclass(frozen=True)
class StopDraft:
    """What an order on an account needs to know, account numbers in clear; the transfer is the one by which most stolen money came. Money is fen.
    `disputed_fen`: what all victims of the trace lost."""

    event: StopProposed
    account: str
    flow: Flow
    payer: str
    case_id: str | None
    disputed_fen: int


def propose_stop(work: Work, trace_id: str, ref: str, tokens: Tokens, *, asks_only: bool = False) -> StopDraft:
    """Hand a proposal over to whoever requests orders; with `asks_only` the draft is for a query, and nothing is proposed. It opens two account numbers, which
    the audit log says.

    Raises:
        TraceNotFound, NoSuchAccount, Forbidden.
    """
    require(work, policy.TRACE)
    require(work, policy.REVEAL)
    shown = view(work, trace_id)
    account, found = account_of(shown, ref), shown.found
    came = [each for each in found.flows if each.payee == account] if found else []
    if found is None or not came:
        raise NoSuchAccount(account=ref)
    fen = sum(each.fen for each in found.holdings if each.account == account)
    facts = next(each for each in found.accounts if each.account == account)
    known, most = shown.accounts.get(account), max(came, key=lambda each: (each.fen, each.at))
    event = StopProposed(
        trace_id, shown.trace.report_id, account, (known.bank if known else "") or facts.bank, known.holder if known else None, fen, facts.tier,
        facts.told_until or facts.arrived,
    )  # fmt: skip
    if not asks_only:
        work.publish(event)
    work.audit("trace.query_drafted" if asks_only else "trace.stop_proposed", f"trace:{trace_id}", {"account": ref, "fen": fen})
    return StopDraft(event, tokens.open(account)[1], most, tokens.open(most.payer)[1], shown.trace.case_id, max(fen, found.summary["stolen_fen"]))


def traces(work: Work, page: PageRequest, *, words: str = "") -> Page[FundTrace]:
    """The traces of the actor's area, the newest first; `words` begins a number."""
    require(work, policy.SEE)
    return repository.traces(work, page, words=words)


def view(work: Work, trace_id: str, version: int | None = None) -> View:
    """The trace with its newest result, or an older one. Raises TraceNotFound."""
    trace = repository.trace(work, trace_id)
    wanted = trace.version if version is None else version
    result = repository.result(work, trace_id, wanted) if wanted else None
    if version is not None and result is None:
        raise TraceNotFound(version=version)
    return View(trace, repository.victims(work, trace_id), repository.statements(work, trace_id), repository.accounts(work, trace_id), result)


def rows_aside(work: Work, shown: View) -> dict[str, list[TraceRowAside]]:
    """Statement → its rows that could not be taken, the first `SHOWN_ASIDE` of each."""
    found: dict[str, list[TraceRowAside]] = {}
    for one in shown.statements:
        if one.quarantined:
            found[one.id] = list(repository.rows_aside(work, [one.id], SHOWN_ASIDE))
    return found


def ref_of(account: str) -> str:
    """How pages and addresses name an account: a hash of its token, of which nothing can be learned."""
    return stable_id("trace account", account)[:16]


def account_of(shown: View, ref: str) -> str:
    """The token that a page's reference stands for. Raises NoSuchAccount."""
    found = shown.found
    for facts in found.accounts if found else ():
        if ref_of(facts.account) == ref:
            return facts.account
    raise NoSuchAccount(account=ref)


def nameless(tokens: Tokens) -> dict[str, str]:
    """Tokens of the stand-ins for counterparties that statements leave nameless, and what kind of end each is."""
    return {tokens.seal(_ACCOUNT, number): kind for kind, number in NAMELESS.items()}


def account_token(raw: str, tokens: Tokens) -> str:
    """Raises InvalidIdentifier."""
    return tokens.seal(_ACCOUNT, identifiers.clean(Kind.BANK_ACCOUNT, raw).value)


def purpose_of(text: str) -> str:
    """Raises FundsPurposeNeeded."""
    why = text.strip()[:200]
    if len(why) < SHORTEST_REASON:
        raise FundsPurposeNeeded
    return why


def require(work: Work, permission: Permission) -> None:
    """Raises Forbidden: whoever acts is a person without this permission."""
    principal = work.scope.principal
    if principal is not None and not principal.may(permission):
        raise Forbidden(permission=permission.name)


def _victim(work: Work, trace: FundTrace, held: TraceVictim | None, key: str, said: VictimTransfer) -> TraceVictim:
    name = said.victim_name.strip()
    victim = held or TraceVictim(trace_id=trace.id, key=key)
    victim.victim = blind_index("refund:victim", name) if name else f"report:{trace.report_id or trace.case_id}"
    victim.victim_name, victim.claimed_fen, victim.removed_at = name or None, said.fen, None
    victim.added_at, victim.added_by = clock.now(), work.actor
    work.session.add(victim)
    work.session.flush()
    return victim


def _compute(work: Work, trace: FundTrace) -> None:
    """A new version where anything it is computed from has changed."""
    work.session.flush()
    victims = [Victim(each.key, each.victim, each.claimed_fen) for each in repository.victims(work, trace.id)]
    tellings = repository.tellings(work, trace.id)
    known = {token: each.kind for token, each in repository.accounts(work, trace.id).items() if each.kind}
    limits = Limits(trace.hops, timedelta(hours=trace.within_hours), trace.least_fen)
    question = Question(Method(trace.method), limits, Numbers(work, trace.region).tolerance, known)
    digest = stable_id(question, sorted(victims, key=lambda one: one.key), tellings)
    last = repository.result(work, trace.id, trace.version)
    if last is not None and last.digest == digest:
        return
    found = follow(tellings, victims, question)
    if found is None:
        return
    trace.version += 1
    result = TraceResult(
        trace_id=trace.id, version=trace.version, digest=digest, method=trace.method, computed_at=clock.now(), computed_by=work.actor, found=found.as_json()
    )
    work.session.add(result)
    work.session.flush()
    summary = found.summary
    work.publish(TraceComputed(trace.id, trace.report_id, trace.case_id, trace.version, trace.method, summary["stolen_fen"], summary["still_there_fen"]))
