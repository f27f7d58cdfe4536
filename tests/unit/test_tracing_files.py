"""Transfers from files, the money sought in them, and the questions of the financial benchmark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from fanzha.bootstrap import open_platform
from fanzha.engine.tracing import queries
from fanzha.engine.tracing.answer import ask, read_ends, read_openings
from fanzha.engine.tracing.benchmark import run
from fanzha.engine.tracing.errors import AmbiguousOrigin, OriginNotFound, UnfitLimits, UnfitTransfer, UnreadableTransfers
from fanzha.engine.tracing.ledger import MOST_FEN, Ledger
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.reading import OUTSIDE, Sought, read_time, read_transfers
from fanzha.engine.tracing.shares import share_of
from fanzha.engine.tracing.telling import flows, rests, summary
from fanzha.engine.tracing.trace import LONGEST, MOST_HOPS, Limits, Method
from fanzha.faces.cli.main import build
from fanzha.kit.clock import SHANGHAI
from fanzha.kit.errors import FanzhaError

ROWS = """time,payer,payee,amount_fen
2026-03-01 10:00:00,victim,m1,1000000
2026-03-01 09:00:00,x,m1,5000
2026-03-01 10:05:00,m1,m2,600000
2026-03-01 10:06:00,m1,m3,300000
2026-03-01 10:20:00,m2,atm,500000
2026-03-01 10:30:00,m3,m4,299000
"""
AT = "2026-03-01 10:00:00"


@pytest.fixture
def transfers(tmp_path: Path) -> Path:
    path = tmp_path / "transfers.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def fanzha(*arguments: str) -> str:
    outcome = CliRunner().invoke(build(open_platform), ["--quiet", "trace", *arguments])
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.stdout


def test_the_command_says_where_the_money_is(transfers: Path, tmp_path: Path) -> None:
    ends, out = tmp_path / "ends.csv", tmp_path / "flows.csv"
    ends.write_text("account,kind\natm,cash\n", encoding="utf-8")
    given = ("--transfers", str(transfers), "--account", "m1", "--at", AT, "--amount", "1000000", "--ends", str(ends))
    told = orjson.loads(fanzha(*given, "--json", "--out", str(out)))
    assert (told["stolen_fen"], told["still_there_fen"], told["withdrawn_fen"], told["left_the_data_fen"]) == (1_000_000, 505_000, 495_000, 0)
    assert told["rests"][0] == {"account": "atm", "kind": "cash", "fen": 495_000, "hop": 3, "uncertain": True}
    assert [(row["payer"], row["payee"], row["fen"]) for row in told["flows"]][:2] == [("victim", "m1", 1_000_000), ("m1", "m2", 595_000)]
    assert pl.read_csv(out).height == len(told["flows"]) == 5
    text = fanzha(*given, "--method", "haircut", "--hops", "2")
    assert "by haircut" in text
    assert "moved_on" in text


def test_the_victims_own_account_finds_the_same_transfer(transfers: Path) -> None:
    results = [orjson.loads(fanzha("--transfers", str(transfers), "--account", name, "--at", AT, "--amount", "1000000", "--json")) for name in ("victim", "m1")]
    assert results[0]["rests"] == results[1]["rests"]
    assert all(result["origin"]["in_data"] for result in results)


def test_money_that_no_transfer_tells_comes_from_outside_and_is_said_so(transfers: Path) -> None:
    text = fanzha("--transfers", str(transfers), "--account", "m2", "--at", "2026-03-01 10:19", "--amount", "77")
    assert "taken to have come in from outside" in text
    assert OUTSIDE in text


def test_known_opening_balances_change_what_is_first_in(transfers: Path, tmp_path: Path) -> None:
    table = read_transfers(transfers)
    sought = Sought("m1", read_time(AT), 1_000_000)
    openings = pl.DataFrame({"account": ["m1", "m2"], "opening_fen": [900_000, 0]})
    answer = ask(table, sought, Method.FIFO, Limits(), openings=openings)
    assert rests(answer.named, answer.found).rows() == [("m1", "held", 1_000_000, 1, False)]
    assert summary(answer.named, answer.found)["uncertain_fen"] == 0
    path = tmp_path / "openings.csv"
    path.write_text("account,opening_fen\nm1,900000\nm2,0\n", encoding="utf-8")
    assert read_openings(path).rows() == openings.rows()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("time,payer,payee\n", "no column amount_fen"),
        ("time,payer,payee,amount_fen\n2026-03-01,a,b,12.5\n", "row 1 is no"),
        ("time,payer,payee,amount_fen\n2026-03-01 10:00,a,b,5\nyesterday,a,b,5\n", "'yesterday' in row 2 is no time"),
        ("time,payer,payee,amount_fen\n2026-03-01 10:00,a,b,-5\n", "not above zero in row 1"),
        ("time,payer,payee,amount_fen\n2026-03-01 10:00,,b,5\n", "no payer in row 1"),
        ("", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(FanzhaError, match=message):
        fanzha("--transfers", str(path), "--account", "b", "--at", AT, "--amount", "5")


def test_other_bad_input_is_refused_too(transfers: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableTransfers, match="There is no file"):
        read_transfers(tmp_path / "none.csv")
    with pytest.raises(UnreadableTransfers, match="no known format"):
        read_transfers(Path(__file__))
    with pytest.raises(OriginNotFound, match="No transfer names"):
        fanzha("--transfers", str(transfers), "--account", "nobody", "--at", AT, "--amount", "5")
    with pytest.raises(OriginNotFound, match="is no time"):
        read_time("soon")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("account,kind\nm1,pub\n", encoding="utf-8")
    with pytest.raises(UnreadableTransfers, match="no kind of end"):
        read_ends(wrong)
    with pytest.raises(UnreadableTransfers, match="has the columns"):
        read_openings(wrong)
    both = pl.concat([read_transfers(transfers), pl.DataFrame({"time": [read_time(AT)], "payer": ["m1"], "payee": ["q"], "amount_fen": [1_000_000]})])
    with pytest.raises(AmbiguousOrigin):
        ask(both, Sought("m1", read_time(AT), 1_000_000), Method.FIFO, Limits())
    assert ask(both, Sought("m1", read_time(AT), 1_000_000, "payee"), Method.FIFO, Limits()).known


@given(st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)).map(lambda at: at.replace(microsecond=0)))
def test_a_moment_reads_the_same_in_every_spelling(at: datetime) -> None:
    local = at.replace(tzinfo=SHANGHAI)
    spellings = (f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%dT%H:%M:%S}", f"{at:%Y/%m/%d %H:%M:%S}", local.isoformat(), f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    for spelling in spellings:
        assert read_time(spelling) == local


def test_parquet_times_with_and_without_a_zone(tmp_path: Path) -> None:
    naive = pl.DataFrame({"time": [datetime(2026, 3, 1, 10)], "payer": ["a"], "payee": ["b"], "amount_fen": [5.0]})
    naive.write_parquet(tmp_path / "naive.parquet")
    naive.with_columns(pl.col("time").dt.replace_time_zone("UTC")).write_parquet(tmp_path / "utc.parquet")
    assert read_transfers(tmp_path / "naive.parquet")["time"].to_list() == [datetime(2026, 3, 1, 2, tzinfo=UTC)]
    assert read_transfers(tmp_path / "utc.parquet")["time"].to_list() == [datetime(2026, 3, 1, 10, tzinfo=UTC)]
    naive.with_columns(amount_fen=pl.lit(5.5)).write_parquet(tmp_path / "broken.parquet")
    with pytest.raises(UnfitTransfer, match="no whole number of fen"):
        read_transfers(tmp_path / "broken.parquet")


def test_questions_of_the_financial_benchmark(transfers: Path) -> None:
    second = 1_000_000
    payer, payee = np.array([9, 0, 1, 2, 7, 8, 2], np.int32), np.array([0, 1, 2, 0, 2, 2, 5], np.int32)
    ledger = Ledger.build(payer, payee, np.arange(1, 8) * second, np.array([50, 40, 30, 20, 5, 6, 25]), 10)
    limits = Limits(4, timedelta(minutes=1))
    assert queries.cycle(ledger, 1, limits) == [1, 2, 3]
    assert queries.cycle(ledger, 0, limits) == []
    assert sorted(queries.downstream(ledger, 0, limits).accounts.tolist()) == [0, 1, 2, 5]
    blocked = np.zeros(10, np.int8)
    blocked[5] = 1
    assert [each.tolist() for each in queries.through_blocked(ledger, 0, limits, blocked)] == [[5], [4]]
    ends = np.zeros(10, np.int8)
    ends[5] = Rest.CASH
    gathered = queries.Incoming(ledger).gathered(2, 7 * second, timedelta(seconds=10), ends)
    assert (gathered.payers, gathered.came_fen, gathered.withdrawn_fen) == (3, 41, 25)
    assert queries.loan(ledger, 1, limits).total(Rest.HELD) == 40


def test_the_flow_table_names_each_transfer_once(transfers: Path) -> None:
    answer = ask(read_transfers(transfers), Sought("m1", read_time(AT), 1_000_000), Method.LARGEST, Limits())
    table = flows(answer.named, answer.found)
    assert table.select("time", "payer", "payee").n_unique() == table.height
    assert bool((table["fen"] <= table["of_fen"]).all())


def test_the_benchmark_reaches_the_same_accounts_as_its_peers() -> None:
    result = run(20_000, 2_000, 1_000)
    assert all(told["conserved"] for told in result["methods"].values())
    for peer in result["peers"].values():
        assert "absent" in peer or peer["equal_reach_sets"]


@given(st.data())
def test_a_haircut_is_exact_to_the_fen_however_large_the_sums(data: st.DataObject) -> None:
    balance = data.draw(st.integers(2, MOST_FEN))
    stolen, amount = data.draw(st.integers(1, balance)), data.draw(st.integers(1, balance - 1))
    assert share_of(False, stolen, amount, balance) == min(stolen, max(stolen * amount // balance, stolen - (balance - amount)))


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "yesterday"])
def test_a_moment_outside_the_calendar_is_refused(moment: str) -> None:
    with pytest.raises(OriginNotFound):
        read_time(moment)


def test_sums_that_cannot_be_counted_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text(f"time,payer,payee,amount_fen\n{AT},v,a,{2**63 - 1}\n{AT},v,a,{2**63 - 1}\n", encoding="utf-8")
    with pytest.raises(UnfitTransfer, match="more than can be counted"):
        ask(read_transfers(path), Sought("a", read_time(AT), 1), Method.FIFO, Limits())


def test_limits_that_no_trace_can_keep_are_refused() -> None:
    assert Limits(MOST_HOPS, LONGEST, MOST_FEN).bounds.hops == MOST_HOPS
    for hops, within, least in ((MOST_HOPS + 1, LONGEST, 1), (1, LONGEST + timedelta(1), 1), (1, LONGEST, MOST_FEN + 1), (0, LONGEST, 1), (1, timedelta(), 1)):
        with pytest.raises(UnfitLimits):
            Limits(hops, within, least)
