"""The truth agrees with the files it is about."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from fanzha.kit import clock
from fanzha.simulator.gangs.scripts import SCRIPTS
from fanzha.vocab.fraud_types import ENTRIES
from fanzha.vocab.stages import Stage

from .conftest import Written

_KINDS = ("calls", "messages", "visits", "transfers")


def test_the_scripts_are_the_ministrys_ten() -> None:
    assert {script.type for script in SCRIPTS} == {code for code, entry in ENTRIES.items() if entry.mps_ten}
    assert abs(sum(script.weight for script in SCRIPTS) - 1) < 1e-9


def test_every_type_occurs(written: Written) -> None:
    assert set(written.summary.frauds) == {script.type.value for script in SCRIPTS}


def test_marked_events_are_in_the_files(written: Written) -> None:
    marked = written.truth("events")
    for kind in _KINDS:
        sent = written.read(kind).select("event_id", sent_at="at")
        joined = marked.filter(pl.col("kind") == kind).join(sent, on="event_id", how="left")
        assert joined.height
        assert (joined["at"] == joined["sent_at"]).all()


def test_stages_follow_one_another(written: Written) -> None:
    frauds = written.truth("frauds")
    stages = [pl.col(name) for name in ("lead_in_at", "first_loss_at", "last_loss_at")]
    for earlier, later in pairwise(stages):
        assert frauds.filter(earlier > later).height == 0
    assert frauds.filter(pl.col("grooming_at") > pl.col("first_loss_at")).height == 0
    assert frauds.filter(pl.col("laundering_at") <= pl.col("first_loss_at")).height == 0
    assert frauds["lead_in_at"].null_count() < 0.05 * frauds.height


def test_losses_are_the_sum_of_the_victims_payments(written: Written) -> None:
    marked = written.truth("events").filter((pl.col("stage") == Stage.TRANSFER.value) & (pl.col("kind") == "transfers"))
    paid = (
        marked.join(written.read("transfers"), on="event_id")
        .group_by("fraud_id")
        .agg(pl.col("amount_fen").sum(), pl.col("payer").n_unique())
    )
    both = written.truth("frauds").filter(pl.col("loss_fen") > 0).join(paid, on="fraud_id", how="left")
    assert (both["loss_fen"] == both["amount_fen"]).all()
    assert (both["payer"] == 1).all()
    assert written.summary.loss_fen == both["loss_fen"].sum()


def test_outcomes_agree_with_losses(written: Written) -> None:
    frauds = written.truth("frauds")
    completed = frauds.filter(pl.col("outcome") == "completed")
    assert (completed["loss_fen"] == completed["planned_fen"]).all()
    assert (frauds.filter(pl.col("outcome") == "stopped_before_loss")["loss_fen"] == 0).all()
    assert (frauds["loss_fen"] <= frauds["planned_fen"]).all()
    assert set(frauds["outcome"].unique()) == {"completed", "stopped_after_loss", "stopped_before_loss", "in_progress"}


def test_victims_are_different_people(written: Written) -> None:
    victims = written.truth("frauds")["victim"]
    assert victims.n_unique() == len(victims)


def test_mules_pass_on_no_more_than_they_get_and_within_hours(written: Written) -> None:
    edges = written.truth("mule_edges").join(
        written.read("transfers").select("event_id", sent="amount_fen", sent_at="at"), on="event_id", how="left"
    )
    assert (edges["amount_fen"] == edges["sent"]).all()
    assert (edges["at"] == edges["sent_at"]).all()
    paid = written.truth("frauds").filter(pl.col("outcome") == "completed").select("fraud_id", "loss_fen", "first_loss_at", "last_loss_at")
    moved = edges.group_by("fraud_id", "layer").agg(pl.col("amount_fen").sum(), pl.col("at").min().alias("first_out"))
    for layer in (1, 2, 3):
        here = paid.join(moved.filter(pl.col("layer") == layer), on="fraud_id")
        assert here.height
        assert (here["amount_fen"] <= here["loss_fen"]).all()
        assert ((here["first_out"] - here["first_loss_at"]).dt.total_minutes() < 60 * 3).all()


def test_collectors_are_paid_by_many_and_empty_within_minutes(written: Written) -> None:
    collectors = written.truth("suspects").filter(pl.col("role") == "layer1")["value"].to_list()
    inward = written.read("transfers").filter(pl.col("payee").is_in(collectors)).group_by("payee").agg(pl.col("payer").n_unique())
    assert inward["payer"].max() >= 4


def test_rebate_victims_get_small_sums_back_first(written: Written) -> None:
    rebate = written.truth("frauds").filter(pl.col("type") == "rebate_tasks")
    returns = written.read("transfers").join(written.truth("events").filter(pl.col("stage") == "grooming"), on="event_id", suffix="_true")
    back = returns.join(rebate.select("fraud_id", account="account"), on="fraud_id").filter(pl.col("payee") == pl.col("account"))
    assert back.height >= 3
    assert back["amount_fen"].max() < 100_000


def test_impostors_are_on_the_phone_while_their_victim_pays(written: Written) -> None:
    types = ["authority", "logistics_agent", "credit_record"]
    frauds = written.truth("frauds").filter(pl.col("type").is_in(types) & (pl.col("loss_fen") > 0))
    marked = written.truth("events").filter(pl.col("stage") == "transfer")
    calls = marked.filter(pl.col("kind") == "calls").join(written.read("calls").select("event_id", "seconds"), on="event_id")
    paid = marked.filter(pl.col("kind") == "transfers").select("fraud_id", paid_at="at")
    during = (pl.col("at") < pl.col("paid_at")) & (pl.col("paid_at") < pl.col("at") + pl.duration(seconds="seconds"))
    on_phone = paid.join(calls, on="fraud_id").filter(during)["fraud_id"].unique()
    assert frauds.filter(pl.col("fraud_id").is_in(on_phone.to_list())).height >= 0.9 * frauds.height


def test_the_centre_knows_a_part_and_later(written: Written) -> None:
    listed, suspects = written.table("indicators"), written.truth("suspects")
    known = listed.join(suspects, on="value", how="semi")
    assert 0.15 * suspects.height < known.height < 0.6 * suspects.height
    assert listed["seen_at"].is_sorted()
    last = clock.to_local(written.plan.ends).strftime("%Y-%m-%d %H:%M:%S")
    assert listed["seen_at"].max() < last


def test_reports_name_what_the_victim_met(written: Written) -> None:
    reports = (
        written.table("reports")
        .join(written.truth("reports"), left_on="警情编号", right_on="report")
        .join(written.truth("frauds"), on="fraud_id")
    )
    assert reports.height == written.summary.rows["reports"] > 10
    lost = reports.filter(pl.col("loss_fen") > 0)
    stated = lost["损失金额"].str.replace_all(",", "").cast(pl.Float64)
    assert ((stated * 100).round().cast(pl.Int64) == lost["loss_fen"]).all()
    collectors = written.truth("suspects").filter(pl.col("role") == "layer1")["value"].to_list()
    assert lost["涉案账号"].str.split(";").explode().is_in(collectors).all()
    assert reports["简要案情"].n_unique() > 0.95 * reports.height
    assert reports["案件类别"].null_count() > 0
    assert written.table("reports")["报警时间"].is_sorted()
