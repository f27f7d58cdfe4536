"""Plays frauds and rescues on one clock of events: the money moves by the mules' plan, people and banks take their time, the platform does the rest for real.

Every step of the platform runs through its own services, and the banks' through the machine interface; its machine time is measured and not added to the clock,
where it would be lost among minutes.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fanzha.desks import cases, controls, funds
from fanzha.desks.controls import Effect, Officer, Order, Request
from fanzha.desks.funds import VictimTransfer, proposals, rescue_reading
from fanzha.desks.funds.errors import NoSuchAccount
from fanzha.desks.funds.numbers import Numbers
from fanzha.desks.funds.rescue import Rescue
from fanzha.engine.reading import read_narrative
from fanzha.faces.cli.rescue.assumptions import Delays, Span
from fanzha.faces.cli.rescue.cast import COUNTY, Cast, InProcess, hire
from fanzha.faces.cli.rescue.world import BANKS, Fraud, World, play_fraud
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.money import Fen, format_yuan
from fanzha.simulator.bank import Teller
from fanzha.store import Principal, Scope, Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

BEGINS = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in China
HORIZON = timedelta(hours=24)
APART = timedelta(minutes=11)
LEAST: Fen = 50_000
"""Less than 500 yuan in an account is not ordered."""
_PLENTY = Rate(1_000_000_000, 1)
_QUERY = "query_transactions"


@dataclass
class Case:
    """One rescue under way. `asked`: (account's reference, kind of order) that somebody is at; `writing_until`: the officer writes one order after the
    other; `in_the_books`: what the banks' own books hold for its orders at the horizon."""

    fraud: Fraud
    reported_at: datetime
    case_id: str = ""
    trace_id: str = ""
    asked: set[tuple[str, str]] = field(default_factory=set)
    writing_until: datetime = BEGINS
    rescue: Rescue | None = None
    orders: list[Order] = field(default_factory=list)
    in_the_books: Fen = 0
    read_right: bool = False


@dataclass
class Machine:
    """Wall and processor seconds of the platform's own steps, by name."""

    wall: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @staticmethod
    def of(parts: Iterable[Machine]) -> Machine:
        """Several processes' together."""
        whole = Machine()
        for part in parts:
            for name, wall in part.wall.items():
                whole.wall[name] += wall
                whole.cpu[name] += part.cpu[name]
        return whole

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name].append(time.perf_counter() - wall)
        self.cpu[name] += time.process_time() - cpu


class Play:
    """`run` plays the frauds of these numbers to their horizon. The same seed gives the same frauds; with other delays, the same luck."""

    def __init__(self, platform: Platform, numbers: Iterable[int], seed: int, delays: Delays) -> None:
        self.world, self.machine, self.seed, self.delays = World(), Machine(), seed, delays
        self._platform = platform
        self._events: list[tuple[datetime, int, Callable[[], object]]] = []
        self._turns = itertools.count()
        self._now = BEGINS
        self._waiting: dict[str, tuple[Case, str]] = {}
        with clock.frozen(BEGINS):
            self._cast: Cast = hire(platform)
        self.cases = [self._fraud(number) for number in numbers]

    def run(self, progress: Callable[[], None] = lambda: None) -> list[Case]:
        """Let everything happen in the order of time; `progress` is called once a case that is through."""
        app = create_app(self._platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))
        self._through = progress
        with asyncio.Runner() as runner, tempfile.TemporaryDirectory(prefix="fz-rescue-") as folder:
            self._folder = Path(folder)
            lines = {bank: InProcess(app, runner, self._cast.keys[bank], self._answered) for bank in BANKS}
            books = self.world.books()
            self._tellers = {bank: Teller(lines[bank], books[bank], seed=self.seed, timer=self._seconds, pause=self._pause) for bank in BANKS}
            while self._events:
                self._now, _, happen = heapq.heappop(self._events)
                with clock.frozen(self._now):
                    happen()
            for line in lines.values():
                line.close()
        return self.cases

    # --- what happens

    def _fraud(self, number: int) -> Case:
        fraud = play_fraud(self.world, number, BEGINS + number * APART, self.seed)
        for move in fraud.moves:
            self._at(move.at, partial(self.world.make, move))
        reported = fraud.at + self._draw(self.delays.notice, number, "notice")
        case = Case(fraud, reported)
        self._at(reported + self._draw(self.delays.intake, number, "intake"), lambda: self._file(case))
        self._at(fraud.at + HORIZON, lambda: self._measure(case))
        return case

    def _file(self, case: Case) -> None:
        """The report is read and filed, the victim's transfer entered, and the first account proposed."""
        fraud = case.fraud
        with self.machine.step("read the narrative"):
            read = read_narrative(self._narrative(fraud), case.reported_at)
        named = [one.raw for one in read.suspects()]
        clean = identifiers.clean(Kind.BANK_ACCOUNT, fraud.first).value
        case.read_right = clean in {one.value for one in read.suspects()} and read.loss_fen == fraud.fen
        new = cases.NewCase(
            self._narrative(fraud), case.reported_at, COUNTY, happened_at=fraud.at, victims=(cases.NewVictim(fraud.victim_name),), losses=(cases.NewLoss(fraud.fen),),
            suspects=tuple(cases.NewSuspect(value) for value in named or [fraud.first]), source="bench",
        )  # fmt: skip
        with self.machine.step("file the case"), self._as(self._cast.officer) as work:
            case.case_id = cases.filing.file(work, new, self._platform.tokens, key=f"rescue {fraud.number}").id
        bank_of = self.world.bank_of
        told = VictimTransfer(fraud.victim, fraud.first, fraud.at, fraud.fen, bank_of[fraud.victim], bank_of[fraud.first])
        with self.machine.step("open the trace"), self._as(self._cast.officer) as work:
            case.trace_id = funds.service.open_trace(work, self._platform.tokens, case_id=case.case_id).id
            funds.service.add_victim(work, case.trace_id, told, self._platform.tokens)
        self._act(case)

    def _act(self, case: Case) -> None:
        """Ask for whatever the trace proposes and nobody is at yet: stops first, then the statements. Nobody begins anything after the horizon."""
        if self._now >= case.fraud.at + HORIZON:
            return
        with self.machine.step("propose"), self._as(self._cast.officer) as work:
            shown, nameless = funds.service.view(work, case.trace_id), frozenset(funds.service.nameless(self._platform.tokens))
            found = shown.found
            if found is None:
                return
            stops = [one.account for one in proposals.proposals(found, clock.now(), Numbers(work, COUNTY).decay, nameless) if one.fen >= LEAST]
            open_ends = [one.account for one in proposals.statements(found, nameless) if one.fen >= LEAST]
        wanted = [(account, "stop") for account in stops] + [(account, _QUERY) for account in open_ends]
        for account, kind in wanted:
            ref = funds.service.ref_of(account)
            if (ref, kind) not in case.asked:
                case.asked.add((ref, kind))
                begun = max(self._now, case.writing_until)
                case.writing_until = begun + self._draw(self.delays.request, case.fraud.number, f"request {len(case.asked)}")
                self._at(case.writing_until, partial(self._request, case, ref, kind))

    def _request(self, case: Case, ref: str, kind: str) -> None:
        """The officer sends the request; the account may hold nothing of the case by now."""
        with self.machine.step("request"), self._as(self._cast.officer) as work, suppress(NoSuchAccount):
            draft = funds.service.propose_stop(work, case.trace_id, ref, self._platform.tokens, asks_only=kind != "stop")
            if kind == "stop" and draft.event.fen < LEAST:
                return
            order = controls.service.request(work, self._asked(case, draft, kind))
            due = self._now + self._draw(self.delays.approval, case.fraud.number, f"approval {ref} {kind}")
            self._waiting[order.application_id] = (case, draft.account)
            self._at(due, partial(self._approve, order.id, kind, case, draft.account))

    def _asked(self, case: Case, draft: funds.service.StopDraft, kind: str) -> Request:
        event, flow = draft.event, draft.flow
        officers = (Officer(self._cast.officer.user_id, "B000001"), Officer(self._cast.second.user_id, "B000002"))
        amount = min(event.fen, case.fraud.fen)
        return Request(
            kind, "atfl:20", "被害人转账正在被转移", officers, f"{case.fraud.number} {funds.service.ref_of(event.account)} {kind}",
            receiver_org_id=self._cast.receivers[self.world.bank_of[draft.account]], account=draft.account, holder_name=self.world.accounts[draft.account].holder,
            holder_type="01", tier=event.tier, case_id=case.case_id, disputed_fen=case.fraud.fen, amount_fen=amount, transfer_fen=flow.of_fen,
            transfer_at=flow.at, payer_bank=flow.payer_bank, payer_account=draft.payer,
        )  # fmt: skip

    def _approve(self, order_id: str, kind: str, case: Case, account: str) -> None:
        with self.machine.step("approve and send"), self._as(self._cast.head) as work:
            controls.service.approve(work, order_id)
        there = self._now + self._draw(self.delays.delivery, case.fraud.number, f"delivery {account} {kind}")
        every = self.delays.poll_seconds
        polled = BEGINS + timedelta(seconds=((there - BEGINS).total_seconds() // every + 1) * every)
        bank = self.world.bank_of[account]
        self._at(polled, partial(self._pull, bank))

    def _pull(self, bank: str) -> None:
        with self.machine.step("pull"):
            came = self._tellers[bank].pull()
        if came:
            self._work(bank)

    def _work(self, bank: str) -> None:
        """Whatever the bank has due now; its next step is put on the clock."""
        teller = self._tellers[bank]
        with self.machine.step("acknowledge and answer"):
            teller.work()
        due = teller.next_at()
        if due is not None:
            self._at(BEGINS + timedelta(seconds=due, milliseconds=1), partial(self._work, bank))  # a time is rounded: never before it is due

    def _answered(self, application_id: str) -> None:
        """A result was taken; the answer to a query is followed by the statement."""
        case, account = self._waiting[application_id]
        if application_id.startswith(controls.kinds.by_key(_QUERY).tx_code):
            self._at(self._now + self._draw(self.delays.statement, case.fraud.number, f"statement {account}"), lambda: self._statement(case, account))

    def _statement(self, case: Case, account: str) -> None:
        text = self.world.statement(account)
        path = self._folder / f"{case.fraud.number}-{account}.csv"
        path.write_text(text, encoding="utf-8")
        with self.machine.step("take a statement and trace"), self._as(self._cast.officer) as work:
            sent = funds.File(path, path.name, self.world.bank_of[account])
            funds.service.take_statement(work, case.trace_id, sent, self._platform.tokens)
        self._at(self._now + self._draw(self.delays.reading, case.fraud.number, f"reading {account}"), lambda: self._act(case))

    def _measure(self, case: Case) -> None:
        """How it stands at the horizon, by the platform's own clock."""
        if case.case_id:
            with self.machine.step("the clock"), self._as(self._cast.officer) as work:
                case.rescue = rescue_reading.of_case(work, case.case_id, self._platform.tokens)
                case.orders = list(controls.reading.of_incident(work, [], [case.case_id]))
            case.in_the_books = self._truly_held(case)
        self._through()

    # --- the clock

    def _at(self, at: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._events, (max(at, self._now), next(self._turns), happen))

    def _seconds(self) -> float:
        return (self._now - BEGINS).total_seconds()

    def _draw(self, span: Span, number: int, what: str) -> timedelta:
        return timedelta(seconds=span.draw(f"{self.seed}:{number}:{what}"))

    def _pause(self, message: Mapping[str, Any], step: str) -> float:
        span = self.delays.acknowledgement if step == "A" else self.delays.result
        return span.draw(f"{self.seed}:{message['AccountNumber']}:{message['TxCode']}:{step}")

    @contextmanager
    def _as(self, who: Principal) -> Iterator[Work]:
        with self._platform.database.work(Scope.of(who)) as work:
            yield work

    def _narrative(self, fraud: Fraud) -> str:
        at = clock.to_local(fraud.at)
        bank = self.world.bank_of[fraud.first]
        return (
            f"报警人{fraud.victim_name}称，其被拉入刷单群，按对方要求做任务，于{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分通过手机银行向对方提供的"
            f"{bank}账户{fraud.first}（户名：{self.world.accounts[fraud.first].holder}）转账{format_yuan(fraud.fen).replace(',', '')}元，后发现被骗。"
        )

    # --- what came of it

    def _truly_held(self, case: Case) -> Fen:
        """What the banks' own books hold for the case's orders, each account once."""
        mine = {order.application_id for order in case.orders if order.effect == Effect.IMPOSE.value}
        numbers = {self._waiting[application][1] for application in mine}
        return sum(max((hold.amount_fen for hold in self.world.accounts[number].holds if hold.application_id in mine), default=0) for number in numbers)

    @staticmethod
    def faults(case: Case) -> list[str]:
        """What must never be: an order that was sent without another's approval, more asked or held than is in dispute, a clock that says otherwise than the
        banks' books."""
        sent = [order for order in case.orders if order.sent_at is not None]
        found = ["sent without approval" for order in sent if order.approver_id in (None, order.requester_id, order.officer_one_id, order.officer_two_id)]
        found += ["asked beyond the dispute" for order in case.orders if (order.amount_fen or 0) > case.fraud.fen]
        found += ["held beyond what was asked" for order in sent if order.kind == "stop" and (order.held_fen or 0) > (order.amount_fen or 0)]
        rescue = case.rescue
        if rescue is None:
            return found + (["more saved than lost"] if case.orders else [])
        if rescue.saved != min(case.fraud.fen, case.in_the_books) or rescue.saved + rescue.lost != case.fraud.fen:
            found.append("the clock differs from the banks' books")
        return found
