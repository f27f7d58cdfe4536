from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fanzha.lake import NO_VERSION, SCHEMAS, EventKind, Lake, WrongColumns

KIND = EventKind.TRANSFERS
NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)


def rows(first: int, count: int, batch: str, at: datetime = NOON) -> pl.DataFrame:
    filled = pl.DataFrame(
        {
            "event_key": list(range(first, first + count)),
            "event_id": [str(number) for number in range(first, first + count)],
            "source": ["bank"] * count,
            "batch_id": [batch] * count,
            "at": [at] * count,
            "day": [at.date()] * count,
            "payer": ["ac.x"] * count,
            "payee": ["ac.y"] * count,
            "amount_fen": [100] * count,
        }
    )
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMAS[KIND].items() if name not in filled.columns]
    return filled.with_columns(absent).cast(dict(SCHEMAS[KIND].items()))


def keys(frame: pl.LazyFrame) -> list[int]:
    return sorted(frame.collect()["event_key"].to_list())


def test_an_unwritten_table_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.version(KIND) == NO_VERSION
    assert lake.scan(KIND).collect().schema == SCHEMAS[KIND]
    assert lake.changes_since(KIND, NO_VERSION).collect().height == 0
    assert lake.existing(KIND, pl.Series([1], dtype=pl.Int64)).height == 0
    assert lake.days(KIND) is None
    assert lake.compact(KIND) == {"merged": 0, "deleted": 0}


def test_a_batch_is_one_commit_and_repeating_it_changes_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    frames = [rows(0, 3, "a"), rows(3, 2, "a")]
    assert lake.append(KIND, frames, "a") == 0
    assert lake.append(KIND, frames, "a") == 0
    assert lake.holds(KIND, "a")
    assert not lake.holds(KIND, "b")
    assert keys(lake.scan(KIND)) == [0, 1, 2, 3, 4]
    assert lake.scan(KIND).collect_schema() == SCHEMAS[KIND]


def test_a_batch_without_rows_commits_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.append(KIND, [rows(0, 0, "a")], "a") == NO_VERSION
    assert not lake.holds(KIND, "a")


def test_what_a_frame_raises_reaches_the_caller_and_nothing_is_written(tmp_path: Path) -> None:
    def breaking() -> Iterator[pl.DataFrame]:
        yield rows(0, 3, "a")
        raise LookupError("the file ends here")

    lake = Lake(tmp_path)
    with pytest.raises(LookupError, match="ends here"):
        lake.append(KIND, breaking(), "a")
    with pytest.raises(WrongColumns):
        lake.append(KIND, [rows(0, 3, "a").drop("payer")], "a")
    assert keys(lake.scan(KIND)) == []


def test_days_are_read_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(KIND, [rows(day, 1, "a", NOON + timedelta(days=day)) for day in range(4)], "a")
    assert keys(lake.scan(KIND, date(2026, 3, 6), date(2026, 3, 7))) == [1, 2]
    assert keys(lake.scan(KIND, since=date(2026, 3, 7))) == [2, 3]
    assert keys(lake.scan(KIND, until=date(2026, 3, 5))) == [0]
    assert lake.days(KIND) == (date(2026, 3, 5), date(2026, 3, 8))
    assert "day=2026-03-08" not in lake.scan(KIND, until=date(2026, 3, 5)).explain()


def test_changes_are_the_batches_since_a_version(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = lake.append(KIND, [rows(0, 2, "a")], "a")
    second = lake.append(KIND, [rows(2, 2, "b")], "b")
    lake.append(KIND, [rows(4, 2, "c")], "c")
    assert keys(lake.changes_since(KIND, NO_VERSION)) == [0, 1, 2, 3, 4, 5]
    assert keys(lake.changes_since(KIND, first)) == [2, 3, 4, 5]
    assert keys(lake.changes_since(KIND, second)) == [4, 5]
    assert keys(lake.changes_since(KIND, lake.version(KIND))) == []


def test_compaction_keeps_every_row_and_is_no_change(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in range(4):
        lake.append(KIND, [rows(number, 1, str(number))], str(number))
    before = lake.version(KIND)
    assert lake.compact(KIND)["merged"] == 4
    assert keys(lake.scan(KIND)) == [0, 1, 2, 3]
    assert keys(lake.changes_since(KIND, before)) == []
    assert keys(lake.changes_since(KIND, before - 1)) == [3]
    assert lake.append(KIND, [rows(0, 1, "0")], "0") == lake.version(KIND)
    assert keys(lake.scan(KIND)) == [0, 1, 2, 3]


def test_existing_rows_are_found_by_key(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(KIND, [rows(0, 5, "a")], "a")
    found = lake.existing(KIND, pl.Series([3, 3, 9], dtype=pl.Int64), pl.col("amount_fen"))
    assert found.rows() == [(3, 100)]


def cards(first: int, count: int, batch: str) -> pl.DataFrame:
    """Cards issued a month apart."""
    issued = [NOON - timedelta(days=30 * (first + number)) for number in range(count)]
    filled = pl.DataFrame(
        {
            "event_key": list(range(first, first + count)),
            "batch_id": [batch] * count,
            "at": issued,
            "day": [at.date() for at in issued],
            "phone": [f"ph.{first + number}" for number in range(count)],
        }
    )
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMAS[EventKind.SIMS].items() if name not in filled.columns]
    return filled.with_columns(absent).cast(dict(SCHEMAS[EventKind.SIMS].items()))


def test_a_register_is_one_file_a_batch_however_old_its_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(EventKind.SIMS, [cards(0, 40, "a")], "a", days=40)
    lake.append(EventKind.SIMS, [cards(40, 40, "b")], "b", days=40)
    assert len(list((tmp_path / "sims").glob("*.parquet"))) == 2
    assert keys(lake.scan(EventKind.SIMS)) == list(range(80))
    assert keys(lake.scan(EventKind.SIMS, since=date(2026, 1, 5))) == [0, 1]
    assert lake.days(EventKind.SIMS) == ((NOON - timedelta(days=30 * 79)).date(), date(2026, 3, 5))
    assert lake.existing(EventKind.SIMS, pl.Series([7, 70, 99], dtype=pl.Int64), pl.col("phone")).sort("event_key").rows() == [(7, "ph.7"), (70, "ph.70")]
    assert lake.compact(EventKind.SIMS)["merged"] == 2
    assert keys(lake.scan(EventKind.SIMS)) == list(range(80))


def test_a_register_that_was_made_by_day_goes_on_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("fanzha.lake.lake.REGISTERS", frozenset())
        Lake(tmp_path).append(EventKind.SIMS, [cards(0, 3, "a")], "a", days=3)
    lake = Lake(tmp_path)
    lake.append(EventKind.SIMS, [cards(3, 2, "b")], "b", days=2)
    assert keys(lake.scan(EventKind.SIMS)) == [0, 1, 2, 3, 4]
    assert lake.existing(EventKind.SIMS, pl.Series([1, 4], dtype=pl.Int64), pl.col("phone")).sort("event_key").rows() == [(1, "ph.1"), (4, "ph.4")]
