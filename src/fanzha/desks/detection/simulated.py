"""A simulated city as detection would see it, with the truth as labels: what the shipped models learn from and are measured on.

The files pass through intake's own parsing, so the rows are those that a lake would hold. The tokens are sealed with a key made up here: no subject
of a model is ever kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from fanzha.desks.detection import reading
from fanzha.desks.intake import lake_rows
from fanzha.engine.detection import DAY, Found, Known, detect
from fanzha.engine.features.history import COLUMNS, History
from fanzha.engine.features.sources import Marks
from fanzha.engine.models.recipes import CALLER_NUMBERS, PAYEE_ACCOUNTS, VICTIM_PAYMENTS, Recipe
from fanzha.engine.models.training_sets import LABELS_SCHEMA, Stretch
from fanzha.engine.persons import persons
from fanzha.engine.rules.model import Rule
from fanzha.kit.clock import SHANGHAI, local_midnight
from fanzha.kit.progress import Progress, Quiet
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.simulator import Plan, simulate
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage

_KEY = bytes(range(64))
KNOWN_ANEW = timedelta(days=3)
"""How often the list of known indicators is read again while the city is lived through."""


@dataclass(frozen=True)
class Indicator:
    """One line of the centre's list: from when on it is known."""

    token: str
    fraud_type: FraudType
    seen_at: datetime


class City:
    """One simulated city in memory."""

    def __init__(self, plan: Plan, folder: Path, progress: Progress | None = None) -> None:
        show = progress or Quiet()
        simulate(plan, folder, show)
        self.plan = plan
        self.first = plan.start
        self.last = plan.start + timedelta(days=plan.days - 1)
        self._tokens = Tokens(_KEY)
        with show.step("read as intake does"):
            tables = {kind: lake_rows(folder / f"{kind.value}.parquet", kind, "simulated", self._tokens) for kind in EventKind}
        people = persons(tables[EventKind.ACCOUNTS], tables[EventKind.SIMS])
        events = {kind: tables[kind].select(columns) for kind, columns in COLUMNS.items()}
        self.history = History(events, people, reading.remote_apps(self._tokens))
        self._indicators = list(self._read_indicators(pl.read_csv(folder / "indicators.csv", infer_schema_length=None)))
        self._suspects = pl.read_parquet(folder / "truth" / "suspects.parquet")
        self._marked = pl.read_parquet(folder / "truth" / "events.parquet")

    # ---- what detection sees

    def lived(self, rules: Sequence[Rule]) -> tuple[list[Found], dict[date, Marks]]:
        """What the rules find over the whole span, each few days with the indicators known by then, and the marks of each day."""
        found: list[Found] = []
        marks: dict[date, Marks] = {}
        known, day = Known.nothing(), self.first
        while day <= self.last:
            end = min(day + KNOWN_ANEW - DAY, self.last)
            more, seen = detect(self.history, rules, self._flags(day), known, day, end)
            known = known.with_found(more)
            found += more
            marks |= seen
            day = end + DAY
        return found, marks

    def stretch(self, marks: dict[date, Marks]) -> Stretch:
        """All days, to train on."""
        return Stretch(self.history, self.first, self.last, marks)

    def _flags(self, day: date) -> dict[str, FraudType]:
        begins = local_midnight(day)
        return {each.token: each.fraud_type for each in self._indicators if each.seen_at < begins}

    # ---- the truth

    def labels(self, recipe: Recipe) -> pl.DataFrame:
        """The truth for one model; whatever it does not name is honest."""
        truths = {CALLER_NUMBERS.name: self._numbers, PAYEE_ACCOUNTS.name: self._accounts, VICTIM_PAYMENTS.name: self._payments}
        return truths[recipe.name]

    @cached_property
    def victims(self) -> frozenset[str]:
        """Persons (or accounts without a known holder) that paid a gang."""
        return frozenset(self._paying["person"])

    @cached_property
    def active_numbers(self) -> frozenset[str]:
        """The gangs' numbers that called or wrote to anybody."""
        return self._active(self._numbers, (EventKind.CALLS, "caller"), (EventKind.MESSAGES, "sender"))

    @cached_property
    def active_accounts(self) -> frozenset[str]:
        """The gangs' accounts that paid or were paid."""
        return self._active(self._accounts, (EventKind.TRANSFERS, "payer"), (EventKind.TRANSFERS, "payee"))

    def _active(self, owned: pl.DataFrame, *sides: tuple[EventKind, str]) -> frozenset[str]:
        return frozenset(owned["subject"]) & frozenset().union(*(self.history.tables[kind].rows[side].unique() for kind, side in sides))

    @cached_property
    def _numbers(self) -> pl.DataFrame:
        return _told(self._own(Kind.PHONE), self.plan.ends)

    @cached_property
    def _accounts(self) -> pl.DataFrame:
        return _told(self._own(Kind.CARD), self.plan.ends)

    @cached_property
    def _payments(self) -> pl.DataFrame:
        paying = self._paying.select(subject="person", event_id="event_id")
        return _told(paying["subject"], self.plan.ends).with_columns(event_id=paying["event_id"])

    @cached_property
    def _paying(self) -> pl.DataFrame:
        """Payments of the defrauded to a gang, its baits included: event_id, person."""
        stages = [Stage.GROOMING.value, Stage.TRANSFER.value]
        paid = self._marked.filter((pl.col("kind") == EventKind.TRANSFERS.value) & pl.col("stage").is_in(stages)).select("event_id")
        transfers = self.history.tables[EventKind.TRANSFERS].rows.select("event_id", "payer").join(paid, on="event_id", how="semi")
        own = self._own(Kind.CARD).to_frame("payer")
        people = self.history.persons.select("subject", "person")
        outside = transfers.join(own, on="payer", how="anti").join(people, left_on="payer", right_on="subject", how="left", maintain_order="left")
        return outside.select("event_id", person=pl.coalesce("person", "payer"))

    def _own(self, kind: Kind) -> pl.Series:
        values = self._suspects.filter(pl.col("kind") == kind.value)["value"].unique(maintain_order=True)
        return pl.Series("subject", [self._token(kind, value) for value in values], dtype=pl.String)

    def _token(self, kind: Kind, value: str) -> str:
        return self._tokens.seal(identifiers.token_kind(kind).value, identifiers.clean(kind, value).value)

    def _read_indicators(self, listed: pl.DataFrame) -> Iterator[Indicator]:
        for row in listed.iter_rows(named=True):
            seen = datetime.strptime(row["seen_at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
            yield Indicator(self._token(Kind(row["kind"]), str(row["value"])), FraudType(row["fraud_type"]), seen)


def settle(plan: Plan, progress: Progress | None = None) -> City:
    """Simulate the city in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="fanzha-city-") as folder:
        return City(plan, Path(folder), progress)


def _told(subjects: Iterable[str], known_at: datetime) -> pl.DataFrame:
    found = pl.DataFrame({"subject": list(subjects)}, schema={"subject": pl.String})
    blank = {name: pl.lit(None, kind) for name, kind in LABELS_SCHEMA.items() if name not in ("subject", "label", "known_at")}
    return found.with_columns(label=pl.lit(1, pl.Int64), known_at=pl.lit(known_at), **blank).select(
        pl.col(name).cast(kind) for name, kind in LABELS_SCHEMA.items()
    )
