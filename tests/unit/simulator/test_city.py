"""The simulated city as its files show it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fanzha.simulator import ImpossiblePlan, Plan, simulate
from fanzha.vocab import regions
from fanzha.vocab.identifiers import Kind, clean, phones, validate
from fanzha.vocab.identifiers.phones import PhoneKind

from .conftest import PLAN, Written

EVENTS = ("calls", "messages", "visits", "transfers")
OWNED = ("sims", "accounts")


def _errors(kind: Kind, values: pl.Series) -> list[str]:
    """Values that cannot be cleaned."""
    found = []
    for value in values.drop_nulls().unique().to_list():
        cleaned = clean(kind, value)
        found += [value for problem in validate(kind, cleaned.value) if problem.is_error]
    return found


@pytest.mark.parametrize(
    ("file", "column", "kind"),
    [
        ("sims", "phone", Kind.PHONE),
        ("sims", "holder", Kind.ID_CARD),
        ("sims", "imei", Kind.IMEI),
        ("sims", "imsi", Kind.IMSI),
        ("accounts", "account", Kind.CARD),
        ("accounts", "holder", Kind.ID_CARD),
        ("accounts", "phone", Kind.PHONE),
        ("calls", "caller", Kind.PHONE),
        ("calls", "callee", Kind.PHONE),
        ("messages", "sender", Kind.PHONE),
        ("messages", "receiver", Kind.PHONE),
        ("visits", "visitor", Kind.PHONE),
        ("visits", "host", Kind.URL),
        ("visits", "app", Kind.APP),
        ("transfers", "payer", Kind.CARD),
        ("transfers", "payee", Kind.CARD),
    ],
)
def test_every_identifier_validates(written: Written, file: str, column: str, kind: Kind) -> None:
    assert _errors(kind, written.read(file)[column]) == []


def test_every_listed_suspect_validates(written: Written) -> None:
    for kind, values in written.table("indicators").group_by("kind"):
        assert _errors(Kind(str(kind[0])), values["value"]) == []


@pytest.mark.parametrize("file", EVENTS)
def test_events_are_in_order_and_within_the_span(written: Written, file: str) -> None:
    frame = written.read(file)
    assert frame["at"].is_sorted()
    assert frame["at"].min() >= PLAN.begins
    assert frame["at"].max() < PLAN.ends
    assert frame["event_id"].n_unique() == frame.height == written.summary.rows[file]


@pytest.mark.parametrize("file", OWNED)
def test_what_people_own_is_older_than_the_span_and_unique(written: Written, file: str) -> None:
    frame = written.read(file)
    key = {"sims": "phone", "accounts": "account"}[file]
    assert frame["at"].max() < PLAN.begins
    assert frame[key].n_unique() == frame.height
    assert all(regions.exists(region) and region.startswith("3503") for region in frame["region"].unique())


def test_id_cards_belong_to_one_person(written: Written) -> None:
    holders = written.read("sims").select("holder", "holder_name", "birth_year").unique()
    assert holders["holder"].n_unique() == holders.height
    assert (holders["holder"].str.slice(6, 4).cast(pl.Int32) == holders["birth_year"]).all()


def test_a_sim_box_has_one_device_and_many_cards(written: Written) -> None:
    most = written.read("sims").group_by("imei").agg(cards=pl.col("imsi").n_unique(), cells=pl.len()).sort("cards").tail(1)
    assert most["cards"][0] >= 16
    boxes = written.truth("suspects").filter(pl.col("role") == "sim_box")["value"]
    lines = written.read("calls").filter(pl.col("caller").is_in(boxes.to_list()))
    assert lines.group_by("imei").agg(pl.col("cell").n_unique().alias("cells"))["cells"].max() == 1


def test_police_impostors_call_from_abroad_or_spoofed(written: Written) -> None:
    foreign = written.truth("suspects").filter((pl.col("role") == "foreign") & (pl.col("type") == "authority"))["value"].to_list()
    kinds = {phones.facts(clean(Kind.PHONE, value).value).kind for value in foreign}
    assert kinds == {PhoneKind.FOREIGN, PhoneKind.SPOOFED}


def test_money_is_conserved_on_every_account(written: Written) -> None:
    """Replay each account from its opening balance: every balance printed is the one computed, and none is negative."""
    balance = dict(written.truth("opening_balances").iter_rows())
    for row in written.read("transfers").iter_rows(named=True):
        assert row["amount_fen"] > 0
        assert row["payer"] != row["payee"]
        for who, change in (("payer", -row["amount_fen"]), ("payee", row["amount_fen"])):
            balance[row[who]] += change
            assert balance[row[who]] >= 0
            assert row[f"{who}_balance_fen"] in (None, balance[row[who]])


def test_ordinary_life_has_a_daily_rhythm(written: Written) -> None:
    hours = written.read("calls")["at"].dt.convert_time_zone("Asia/Shanghai").dt.hour()
    assert (hours == 10).sum() > 10 * (hours == 3).sum()


def test_the_same_plan_writes_the_same_rows(written: Written, tmp_path: Path) -> None:
    simulate(PLAN, tmp_path)
    for file in sorted(written.folder.rglob("*.parquet")):
        assert_frame_equal(pl.read_parquet(file), pl.read_parquet(tmp_path / file.relative_to(written.folder)))
    for name in ("reports.csv", "indicators.csv", "summary.json"):
        assert (written.folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_another_seed_is_another_city(written: Written, tmp_path: Path) -> None:
    simulate(replace(PLAN, seed=8), tmp_path)
    assert not pl.read_parquet(tmp_path / "calls.parquet").equals(written.read("calls"))


def test_a_city_can_end_in_the_middle_of_a_day(tmp_path: Path) -> None:
    noon = PLAN.begins + timedelta(days=1, hours=12)
    simulate(Plan(500, 2, 3, PLAN.start, 400, until=noon), tmp_path)
    for file in EVENTS:
        assert pl.read_parquet(tmp_path / f"{file}.parquet")["at"].max() < noon


def test_the_realistic_rate_is_rare(tmp_path: Path) -> None:
    summary = simulate(Plan(3_000, 3, 5, PLAN.start), tmp_path)
    assert sum(summary.frauds.values()) <= 3
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["people"] == 3_000


def test_without_fraud_there_is_only_ordinary_life(tmp_path: Path) -> None:
    summary = simulate(Plan(500, 1, 5, PLAN.start, fraud_rate=0), tmp_path)
    assert summary.frauds == {}
    assert summary.rows["indicators"] == summary.rows["reports"] == 0
    assert pl.read_parquet(tmp_path / "truth" / "events.parquet").height == 0


@pytest.mark.parametrize("wrong", [{"people": 10}, {"people": 600_000}, {"days": 0}, {"seed": -1}, {"fraud_rate": -1.0}])
def test_an_impossible_plan_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ImpossiblePlan, match="cannot be simulated"):
        replace(PLAN, **wrong)  # type: ignore[arg-type]
