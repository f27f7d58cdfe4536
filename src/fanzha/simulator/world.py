"""Simulates a whole city into a folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from fanzha.kit.progress import Progress, Quiet
from fanzha.simulator import files, truth
from fanzha.simulator.city import City, settle
from fanzha.simulator.gangs.work import Work, work
from fanzha.simulator.known import indicators
from fanzha.simulator.life_calls import life_calls
from fanzha.simulator.life_messages import life_messages
from fanzha.simulator.life_money import life_money
from fanzha.simulator.life_visits import life_visits
from fanzha.simulator.outlets import name_outlets
from fanzha.simulator.plan import Plan
from fanzha.simulator.reports import reports

_LIFE = {"calls": life_calls, "messages": life_messages, "visits": life_visits, "transfers": life_money}
_LETTERS = {"calls": "C", "messages": "M", "visits": "V", "transfers": "T"}


@dataclass(frozen=True)
class Summary:
    """What a simulation wrote: rows by file, frauds by type and by outcome, victims with a loss, the sum lost in fen, and the gangs' identifiers."""

    people: int
    days: int
    seed: int
    fraud_rate: float
    begins: str
    ends: str
    rows: dict[str, int]
    frauds: dict[str, int]
    outcomes: dict[str, int]
    victims_with_loss: int
    loss_fen: int
    gangs: int
    suspects: int


def simulate(plan: Plan, out: Path, progress: Progress | None = None) -> Summary:
    """Write the city of this plan under `out` (made where absent); the same plan writes the same rows.

    Files: calls, messages, visits, transfers, sims, accounts (.parquet), reports.csv, indicators.csv, summary.json; the truth in truth/.
    """
    show = progress or Quiet()
    (out / "truth").mkdir(parents=True, exist_ok=True)
    with show.step("Settling the city"):
        city = settle(plan)
        gang_work = work(city)
        named = name_outlets(plan, gang_work.teams, city.lines.frame(), city.accounts.frame())
        lines, accounts = named.lines, named.accounts
        files.write(named.truth, out / "truth" / "outlets.parquet")
    rows = _write_owned(city, lines, accounts, out)
    events: dict[str, pl.DataFrame] = {}
    marked: list[pl.DataFrame] = []
    with show.step("Living and defrauding", total=len(_LIFE)) as step:
        for kind, live in _LIFE.items():
            ordered = files.in_order(plan, [live(city), gang_work.events[kind]], _LETTERS[kind])
            sent = _sent(city, lines, accounts, kind, ordered, out)
            files.write(sent.sent, out / f"{kind}.parquet")
            events[kind], rows[kind] = ordered.filter(pl.col("gang").is_not_null()), ordered.height
            marked.append(sent.truth)
            step.advance()
    with show.step("Writing reports and the truth"):
        return _write_truth(city, gang_work, lines, accounts, events, pl.concat(marked), rows, out)


def _sent(city: City, lines: pl.DataFrame, accounts: pl.DataFrame, kind: str, ordered: pl.DataFrame, out: Path) -> files.Sent:
    if kind == "transfers":
        sent, opening = files.transfers_file(city, accounts, ordered)
        files.write(accounts.select("account", opening_fen=pl.Series(opening)), out / "truth" / "opening_balances.parquet")
        return sent
    return {"calls": files.calls_file, "messages": files.messages_file, "visits": files.visits_file}[kind](city, lines, ordered)


def _write_owned(city: City, lines: pl.DataFrame, accounts: pl.DataFrame, out: Path) -> dict[str, int]:
    """Write who owns which phone and account; rows by file."""
    owned = {"sims": files.sims_file(city, lines), "accounts": files.accounts_file(city, lines, accounts)}
    for kind, frame in owned.items():
        files.write(frame, out / f"{kind}.parquet")
    return {kind: frame.height for kind, frame in owned.items()}


def _write_truth(
    city: City,
    gang_work: Work,
    lines: pl.DataFrame,
    accounts: pl.DataFrame,
    events: dict[str, pl.DataFrame],
    marked: pl.DataFrame,
    rows: dict[str, int],
    out: Path,
) -> Summary:
    frauds = truth.frauds_truth(city, gang_work, lines, accounts, events["transfers"], marked)
    suspects = truth.suspects(gang_work, lines, accounts)
    told = reports(city, gang_work, frauds, lines, accounts, events)
    listed = indicators(city, gang_work, suspects)
    told.drop("fraud_id").write_csv(out / "reports.csv", include_bom=True)
    listed.write_csv(out / "indicators.csv")
    kept = {
        "frauds": frauds,
        "events": truth.marked_truth(city, marked),
        "mule_edges": truth.mule_edges(city, accounts, events["transfers"]),
        "suspects": suspects.with_columns(truth.gang_names(suspects["gang"]).alias("gang")),
        "reports": told.select(pl.col("警情编号").alias("report"), "fraud_id"),
    }
    for name, frame in kept.items():
        files.write(frame, out / "truth" / f"{name}.parquet")
    summary = _summary(city.plan, rows | {"reports": told.height, "indicators": listed.height}, frauds, suspects, len(gang_work.teams))
    (out / "summary.json").write_text(json.dumps(asdict(summary), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return summary


def _summary(plan: Plan, rows: dict[str, int], frauds: pl.DataFrame, suspects: pl.DataFrame, gangs: int) -> Summary:
    return Summary(
        people=plan.people,
        days=plan.days,
        seed=plan.seed,
        fraud_rate=plan.fraud_rate,
        begins=plan.begins.isoformat(),
        ends=plan.ends.isoformat(),
        rows=rows,
        frauds=_counts(frauds["type"]),
        outcomes=_counts(frauds["outcome"]),
        victims_with_loss=int((frauds["loss_fen"] > 0).sum()),
        loss_fen=int(frauds["loss_fen"].sum()),
        gangs=gangs,
        suspects=suspects.height,
    )


def _counts(column: pl.Series) -> dict[str, int]:
    counted = pl.DataFrame({"name": column}).group_by("name").len().sort("name")
    return dict(zip(counted["name"].to_list(), counted["len"].to_list(), strict=True))
