"""Files, columns, labels and folds."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.models.errors import MissingColumns, NoFeatures, UnfitLabels, UnknownColumn, UnreadableTable
from fanzha.engine.models.features import Encoder
from fanzha.engine.models.folds import deal
from fanzha.engine.models.reading import BLANK, as_keys, need_columns, read_labels, read_table, write_table

FRAME = pl.DataFrame({"id": ["a", "b", "c"], "calls": [1.5, None, 3.0], "label": [1, None, 0]})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.jsonl", "t.ndjson", "t.jsonl.gz"])
def test_every_format_gives_the_same_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    plain = tmp_path / name.removesuffix(".gz")
    if plain.suffix == ".parquet":
        FRAME.write_parquet(plain)
    elif plain.suffix == ".csv":
        FRAME.write_csv(plain)
    else:
        FRAME.write_ndjson(plain)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_table(path).equals(FRAME)


NO_TABLES = [("t.csv", b""), ("t.parquet", b"PAR1 no"), ("t.jsonl", b"{oops"), ("t.xls", b"x"), ("t.csv", b"a,b\n"), ("t.csv.gz", b"\x1f\x8bno")]


@pytest.mark.parametrize(("name", "content"), NO_TABLES)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableTable, match=name):
        read_table(tmp_path / name)


FAULTS = [
    ("t.csv", "a,b\nx,1\n中文,1\n".encode("gbk"), "line 3, byte 1 is not UTF-8", "UTF-8"),
    ("t.csv.gz", gzip.compress("a,b\n中文,1\n".encode("gbk"), mtime=0), "line 2, byte 1 is not UTF-8", "UTF-8"),
    ("t.csv", "a,b\nx,1\n".encode("utf-16"), "is UTF-16", "UTF-8"),
    ("t.csv", b'a,b\n"two\nlines",1\n1,2,3\n', "row at line 4 has 3 fields, the header 2", "quotation marks"),
    ("t.csv", b'a,b\n1,2\n"x,1\ny,2\n', "row at line 3", "quotation mark"),
    ("t.csv", b"a,b,a\n1,2,3\n", "twice: 'a'", "own name"),
    ("t.jsonl", b'{"a": 1}\n{oops\n', "line 2 is no JSON", "one JSON object a line"),
    ("t.jsonl", '{"a": "中"}\n'.encode("gbk"), "line 1, byte 8 is not UTF-8", "UTF-8"),
    ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-20], "t.csv.gz cannot be read", "Give a .csv"),
]


@pytest.mark.parametrize(("name", "content", "message", "remedy"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_told_with_its_place_and_remedy(tmp_path: Path, name: str, content: bytes, message: str, remedy: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableTable, match=message) as found:
        read_table(tmp_path / name)
    assert remedy in found.value.what_to_do


def test_quoted_line_breaks_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'\xef\xbb\xbfid,text\r\n7,"L: hello\nR: ""yes"", who?"\r\n')
    assert read_table(tmp_path / "t.csv").rows() == [(7, 'L: hello\nR: "yes", who?')]


def test_an_absent_file_and_an_unknown_output_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(UnreadableTable, match="known format"):
        write_table(FRAME, tmp_path / "out.xlsx")


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownColumn, match=r"'labl'.*'label'"):
        need_columns(FRAME, ["label", "labl"])


def test_labels_are_whole_where_a_blank_made_them_floats() -> None:
    found = read_labels(pl.Series("label", [1.0, None, 0.0, 1.0, float("nan"), 0.0]))
    assert found.classes == ("0", "1")
    assert found.numbers.tolist() == [1, BLANK, 0, 1, BLANK, 0]
    assert found.known.tolist() == [0, 2, 3, 5]


def test_empty_text_is_no_label_and_numbers_are_ordered_by_value() -> None:
    assert read_labels(pl.Series("label", ["10", " ", "9", "", "10", "9"])).classes == ("9", "10")
    assert as_keys(pl.Series([True, False])).to_list() == ["1", "0"]


@pytest.mark.parametrize("values", [["x", "x"], [None, None], ["x", "y", "z"], [None, "x", "x", "x", "y"]])
def test_labels_that_teach_nothing_are_refused(values: list[str | None]) -> None:
    with pytest.raises(UnfitLabels, match="label"):
        read_labels(pl.Series("label", values, dtype=pl.String))


def test_columns_are_read_as_numbers_times_and_categories() -> None:
    frame = pl.DataFrame(
        {
            "n": [1, 2, 3, 4],
            "as_text": ["1.5", "2", None, "4"],
            "at": [datetime(1970, 1, 1, 0, 0, second, tzinfo=UTC) for second in range(4)],
            "kind": ["a", "b", "a", None],
            "empty": pl.Series([None] * 4, dtype=pl.String),
            "listed": [[1], [2], [3], [4]],
        }
    )
    encoder = Encoder.learn(frame)
    assert {column.name: column.kind for column in encoder.columns} == {"n": "number", "as_text": "number", "at": "time", "kind": "category"}
    assert set(encoder.skipped) == {"empty", "listed"}
    assert encoder.encode(frame).values[:, 2].tolist() == [0, 1, 2, 3]
    other = frame.head(3).with_columns(kind=pl.Series(["b", "never seen", "a"]))
    assert np.isnan(encoder.encode(other).values[1, 3])
    assert Encoder.from_json(encoder.as_json()) == encoder


def test_text_that_names_rows_teaches_nothing() -> None:
    frame = pl.DataFrame({"name": [f"row {number}" for number in range(60)]})
    with pytest.raises(NoFeatures):
        Encoder.learn(frame)
    assert Encoder.learn(frame, allow_none=True).skipped == {"name": "different in most rows"}


def test_a_lacking_column_and_text_for_a_number_are_errors() -> None:
    encoder = Encoder.learn(pl.DataFrame({"calls": [1, 2], "days": [1, 2]}))
    with pytest.raises(MissingColumns, match="days"):
        encoder.encode(pl.DataFrame({"calls": [1]}))
    with pytest.raises(UnreadableTable, match=r"'calls'.*row 3 has 'many'"):
        encoder.encode(pl.DataFrame({"calls": ["1", None, "many"], "days": [1, 2, 3]}))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=60), st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=80, deadline=None)
def test_folds_keep_copies_together_and_spread_classes(rows: list[tuple[int, int]], folds: int, seed: int) -> None:
    classes, groups = np.array(rows, dtype=np.int64).T
    dealt = deal(classes, groups, folds, seed)
    assert (dealt == deal(classes, groups, folds, seed)).all()
    assert ((dealt >= 0) & (dealt < folds)).all()
    for group in np.unique(groups):
        assert len(set(dealt[groups == group])) == 1
    alone = deal(classes, np.arange(len(rows), dtype=np.int64), folds, seed)
    for kind in np.unique(classes):
        shares = Counter(alone[classes == kind].tolist())
        assert max(shares.values()) - min(shares.get(fold, 0) for fold in range(folds)) <= 1
