"""Small worlds for the tests of the detection desk."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import text

from fanzha.desks.detection import FindingsRecorded, FindingsWithdrawn, FindingView, service
from fanzha.desks.detection.domain import RunSummary
from fanzha.engine.rules.model import Rule, read_rule
from fanzha.faces.common.platform import Platform
from fanzha.kit.clock import local_day
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.lake.tokens import Tokens
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

ZERO = datetime(2026, 3, 1, 1, tzinfo=UTC)
SYSTEM = Scope.system("test")

_RULE = """
id: {id}
version: 1
on: {on}
subject: {subject}
target: {target}
fraud_type: other
level: {level}
owner: test
title: {{zh: {id}, en: {id}}}
when: |
  {when}
reason: {{zh: "{reason}", en: "{reason}"}}
tests: [{{name: a, fires: [x]}}, {{name: b, fires: []}}]
"""


def small_rule(identity: str, on: str, subject: str, target: str, when: str, reason: str = "", level: str = "yellow") -> Rule:
    return read_rule(_RULE.format(id=identity, on=on, subject=subject, target=target, when=when, reason=reason or identity, level=level))


SMALL_RULES = (
    small_rule("busy_caller", "calls", "caller", "number", "caller_callees_24h >= 2", "{caller_callees_24h}"),
    small_rule(
        "quick_account", "transfers", "payer", "account", "payer_receipts_1h >= 1 AND amount_fen >= 100", "{payer_received_1h_fen:yuan}"
    ),
    small_rule(
        "call_and_pay", "transfers", "payer", "victim", "flagged_calls_24h >= 1 AND new_payee", "{minutes_since_flagged_contact}", "red"
    ),
    small_rule("pays_flagged", "transfers", "payer", "victim", "other_flagged AND payments_30d >= 0", "{payments_30d}"),
    small_rule("called_by_flagged", "calls", "callee", "victim", "other_flagged", "{flagged_callers_7d}"),
    small_rule("victims_pay_it", "transfers", "payee", "account", "payee_victims_7d >= 1", "{payee_victims_7d}", "red"),
)
"""Rules of all three stages that fire on a handful of events."""


@dataclass(frozen=True)
class PlainFlag:
    fraud_type: FraudType = FraudType.OTHER
    level: RiskLevel = RiskLevel.RED


@dataclass
class Heard:
    """Collects what a desk publishes."""

    recorded: list[FindingsRecorded] = field(default_factory=list)
    withdrawn: list[FindingsWithdrawn] = field(default_factory=list)

    @staticmethod
    def by(platform: Platform) -> Heard:
        heard = Heard()
        events = platform.database.events
        events.on(FindingsRecorded, lambda work, event: heard.recorded.append(event))
        events.on(FindingsWithdrawn, lambda work, event: heard.withdrawn.append(event))
        return heard


class World:
    """A lake of its own, filled by hand; identifiers are made up."""

    def __init__(self, folder: Path, tokens: Tokens) -> None:
        self.lake = Lake(folder)
        self.tokens = tokens
        self._batches = count()

    def phone(self, number: int) -> str:
        return self.tokens.seal("phone", f"+86130{number:08d}")

    def account(self, number: int) -> str:
        return self.tokens.seal("bank_account", f"62{number:014d}")

    def holder(self, number: int) -> str:
        return self.tokens.seal("id_card", f"35030219800101{number:04d}")

    def add(self, kind: EventKind, events: Iterable[dict[str, Any]]) -> None:
        """Append one batch."""
        batch = f"batch{next(self._batches)}"
        rows = [self._row(kind, event, batch) for event in events]
        self.lake.append(kind, [pl.DataFrame(rows, schema=SCHEMAS[kind])], batch)

    @staticmethod
    def _row(kind: EventKind, event: dict[str, Any], batch: str) -> dict[str, Any]:
        identity = event["event_id"]
        key = random.Random(f"{kind} {identity}").getrandbits(62)
        common = {"event_key": key, "source": "test", "batch_id": batch, "day": local_day(event["at"])}
        return dict.fromkeys(SCHEMAS[kind]) | common | event

    def call(self, identity: str, at: datetime, caller: int, callee: int, seconds: int = 600) -> dict[str, Any]:
        parties = {"caller": self.phone(caller), "callee": self.phone(callee), "caller_kind": "mobile", "caller_foreign": False}
        return {"event_id": identity, "at": at, "seconds": seconds} | parties

    def pay(self, identity: str, at: datetime, payer: int, payee: int, fen: int = 500_000) -> dict[str, Any]:
        return {"event_id": identity, "at": at, "payer": self.account(payer), "payee": self.account(payee), "amount_fen": fen}

    def sim(self, number: int, holder: int, region: str = "350302", at: datetime = ZERO) -> dict[str, Any]:
        return {"event_id": f"sim{number}", "at": at, "phone": self.phone(number), "holder": self.holder(holder), "region": region}

    def bank_account(self, number: int, holder: int, phone: int, at: datetime = ZERO) -> dict[str, Any]:
        owned = {"account": self.account(number), "holder": self.holder(holder), "phone": self.phone(phone)}
        return {"event_id": f"account{number}", "at": at} | owned

    def random_events(self, chance: random.Random, size: int, days: int) -> list[tuple[EventKind, dict[str, Any]]]:
        """Calls and payments among few, with many equal times."""
        found: list[tuple[EventKind, dict[str, Any]]] = []
        for number in range(size):
            at = ZERO + timedelta(days=chance.randrange(days), minutes=30 * chance.randrange(30))
            if chance.random() < 0.5:
                found.append((EventKind.CALLS, self.call(f"c{number}", at, chance.randrange(4), chance.randrange(6))))
            else:
                found.append(
                    (EventKind.TRANSFERS, self.pay(f"t{number}", at, chance.randrange(6), chance.randrange(6), chance.randrange(1, 900)))
                )
        return found


def forget(platform: Platform) -> None:
    """Empty the desk's tables."""
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("DELETE FROM findings"))
        work.session.execute(text("DELETE FROM detection_runs"))


def run(
    platform: Platform, world: World, flags: Iterable[str] = (), rules: Sequence[Rule] = SMALL_RULES, *, full: bool = False
) -> RunSummary:
    with platform.database.work(SYSTEM) as work:
        return service.run(work, world.lake, world.tokens, {token: PlainFlag() for token in flags}, rules=rules, full=full)


def standing(platform: Platform) -> dict[str, FindingView]:
    """Every finding that stands, by id."""
    with platform.database.work(SYSTEM) as work:
        ids = work.session.execute(text("SELECT id FROM findings WHERE state = 'standing'")).scalars().all()
        return {identity: service.view(work, identity) for identity in ids}
