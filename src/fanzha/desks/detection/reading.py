"""What a run reads: how far back it must start, and the stretch of the lake that its days need."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources

import polars as pl

from fanzha.desks.detection.domain import Cause, Flags
from fanzha.desks.detection.model import DetectionRun
from fanzha.engine.detection import reach
from fanzha.engine.features.history import COLUMNS, History
from fanzha.engine.persons import persons
from fanzha.engine.rules.model import Rule
from fanzha.kit.shipped import load_yaml
from fanzha.lake.lake import NO_VERSION, Lake
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.vocab.fraud_types import FraudType

EVENTS = tuple(COLUMNS)
REGISTERS = (EventKind.ACCOUNTS, EventKind.SIMS)
_REGISTER_COLUMNS = {
    EventKind.ACCOUNTS: ("event_key", "at", "account", "holder", "phone", "region"),
    EventKind.SIMS: ("event_key", "at", "phone", "holder", "region"),
}


@dataclass(frozen=True)
class State:
    """What there is now: the lake's versions, and fingerprints of rules and flags."""

    versions: Mapping[str, int]
    rules: str
    flags: str

    @staticmethod
    def now(lake: Lake, rules: str, flags: Flags) -> State:
        return State({kind.value: lake.version(kind) for kind in (*EVENTS, *REGISTERS)}, rules, fingerprint_of(flags))


def fingerprint_of(flags: Flags) -> str:
    """32 hex digits that change when a token is flagged or no longer is, or its fraud type or level changes."""
    lines = sorted(f"{token} {flag.fraud_type} {flag.level}" for token, flag in flags.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Start:
    """Why to run, and from which day to which; no day where there is nothing to do."""

    cause: Cause
    first: date | None = None
    last: date | None = None


def start_of(lake: Lake, last: DetectionRun | None, state: State, lookback: timedelta, *, full: bool) -> Start:
    """The first day on which anything may differ from what the last run saw.

    New events start a run on the earliest of their days. Rules, indicators and registrations reach back `lookback` from the newest day with events:
    older findings stay as they were found.
    """
    spans = [days for kind in EVENTS if (days := lake.days(kind)) is not None]
    if not spans:
        return Start(Cause.NOTHING)
    oldest, newest = min(first for first, _ in spans), max(last_day for _, last_day in spans)
    if full or last is None:
        return Start(Cause.FULL if full else Cause.FIRST, oldest, newest)
    starts: list[tuple[date, Cause]] = []
    news = earliest_news(lake, last.versions)
    if news is not None:
        starts.append((news, Cause.NEWS))
    if state.rules != last.rules:
        starts.append((newest - lookback, Cause.RULES))
    registers = any(state.versions[kind.value] != last.versions.get(kind.value, NO_VERSION) for kind in REGISTERS)
    if registers or state.flags != last.flags:
        starts.append((newest - lookback, Cause.FLAGS))
    if not starts:
        return Start(Cause.NOTHING)
    first, cause = min(starts)
    return Start(cause, max(first, oldest), newest)


def earliest_news(lake: Lake, versions: Mapping[str, int]) -> date | None:
    """The earliest day of an event that came after these versions."""
    days = [
        lake.changes_since(kind, versions.get(kind.value, NO_VERSION)).select(pl.col("day").min()).collect().item()
        for kind in EVENTS
        if lake.version(kind) > versions.get(kind.value, NO_VERSION)
    ]
    return min((day for day in days if day is not None), default=None)


def load_people(lake: Lake) -> pl.DataFrame:
    """The persons behind phones and accounts, by the registers as they stand."""
    accounts, sims = (lake.scan(kind).select(_REGISTER_COLUMNS[kind]).collect() for kind in REGISTERS)
    return persons(accounts, sims)


def load_history(lake: Lake, people: pl.DataFrame, rules: Sequence[Rule], remote_apps: Sequence[str], first: date, last: date) -> History:
    """The events that the days from `first` to `last` need for these rules."""
    tables = {
        kind: lake.scan(kind, first - timedelta(days=-(-reach(rules, kind) // timedelta(days=1))), last).select(COLUMNS[kind]).collect()
        for kind in EVENTS
    }
    return History(tables, people, remote_apps)


def remote_apps(tokens: Tokens) -> list[str]:
    """Tokens of the applications of `remote_apps.yaml`."""
    return [tokens.seal("app", name) for name in _remote_app_names()]


@cache
def _remote_app_names() -> tuple[str, ...]:
    return tuple(load_yaml(resources.files(__package__).joinpath("remote_apps.yaml")))


def types_of(flags: Flags) -> dict[str, FraudType]:
    return {token: flag.fraud_type for token, flag in flags.items()}
