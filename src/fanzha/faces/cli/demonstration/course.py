"""The course of the demonstration, from an empty home folder to its summary."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from fanzha.desks.detection import service as detection
from fanzha.faces.cli.demonstration import appeals, filed, measure, numbers, replay, staff, stops
from fanzha.faces.cli.demonstration.ledger import Ledger
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.progress import Progress
from fanzha.simulator import Plan, simulate
from fanzha.store import Scope

SIGN_INS = "demo-signins.json"


def plan_of(ledger: Ledger) -> Plan:
    """The city of a ledger: it ends at the ledger's moment, in the middle of its last day."""
    city = ledger.city
    start = clock.local_day(city.until) - timedelta(days=city.days)
    return Plan(city.people, city.days + 1, city.seed, start, city.fraud_rate, until=city.until)


def simulate_once(ledger: Ledger, progress: Progress) -> Path:
    """Write the city beside the ledger, unless it stands there whole; returns its folder."""
    folder = ledger.file.parent / "city"
    if not (folder / "summary.json").exists():
        simulate(plan_of(ledger), folder, progress)
    return folder


def run(platform: Platform, ledger: Ledger, city: Path, progress: Progress) -> tuple[staff.Staff | None, dict[str, Any]]:
    """Hire, live through the days, measure; a demonstration that is through only tells what it had measured (and hires nobody: None)."""
    if ledger.summary is not None:
        return None, ledger.summary
    with progress.step("Creating organisations and users"):
        people = staff.hire(platform, _busiest_township(city), platform.settings.home / SIGN_INS)
    replay.live(platform, people, ledger, plan_of(ledger), city, progress)
    with progress.step("Measures on numbers"):
        numbers.place(platform, people, ledger.city.until)
    with progress.step("Filing cases"):
        filed.place(platform, people, ledger.city.until)
    with progress.step("Stopping payments"):
        stopped = stops.place(platform, people, ledger.city.until)
    with progress.step("Appeals"):
        appeals.place(platform, people, platform.settings.home / SIGN_INS, stopped, ledger.city.until)
    with progress.step("Comparing with the truth"):
        ledger.summary = _summary(platform, ledger, city)
    ledger.save()
    return people, ledger.summary


def sign_ins(home: Path) -> list[staff.SignIn]:
    """The demonstration's sign-ins as they stand in the home folder."""
    return [staff.SignIn(**one) for one in orjson.loads((home / SIGN_INS).read_bytes())["signins"]]


def _busiest_township(city: Path) -> str:
    """Where most frauds are played: the officer that visitors sign in as has something to do."""
    frauds = pl.read_parquet(city / "truth" / "frauds.parquet", columns=["region"])
    people = pl.read_parquet(city / "sims.parquet", columns=["region"])
    towns = frauds if frauds.height else people
    return str(towns.group_by("region").len().sort("len", "region", descending=[True, False])["region"][0])


def _summary(platform: Platform, ledger: Ledger, city: Path) -> dict[str, Any]:
    with platform.database.work(Scope.system("demo")) as work:
        by_rule = {name: count.findings for name, count in sorted(detection.rule_counts(work).items())}
    moments = replay.moments(plan_of(ledger))
    return {
        **{name: value for name, value in asdict(ledger.city).items() if name != "until"},
        "until": ledger.city.until.isoformat(),
        "moments": [moment.isoformat() for moment in moments],
        "events": ledger.counts,
        "findings": {"total": sum(by_rule.values()), "by_rule": by_rule},
        **measure.measure(platform, city),
    }
