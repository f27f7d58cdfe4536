from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanzha.desks.intake.columns import IntakeKind
from fanzha.desks.intake.errors import (
    CompressedFile,
    EmptyFile,
    NotATable,
    SeveralSheets,
    TruncatedFile,
    UnreadableFile,
    WorkbookTooLarge,
    WrongEncoding,
)
from fanzha.desks.intake.readers import ROW, Format, Source, detect, open_source, records
from fanzha.desks.intake.reasons import Reason

HEADER = ["主叫号码", "被叫号码", "开始时间", "备注"]
KIND = IntakeKind.CALLS
letters = st.characters(blacklist_categories=("Cs", "Cc"), max_codepoint=0xFFFF)
cells = st.text(st.sampled_from("a1中文 ,;\t\"'\n=") | letters, max_size=8).map(lambda text: text.replace("\r", ""))
tables = st.lists(st.lists(cells, min_size=4, max_size=4), max_size=12)


def everything(source: Source) -> tuple[list[tuple[int, tuple[str, ...]]], list[tuple[int, bytes, Reason]]]:
    rows: list[tuple[int, tuple[str, ...]]] = []
    failures: list[tuple[int, bytes, Reason]] = []
    for chunk in source.chunks():
        rows += [(row[0], tuple("" if cell is None else str(cell) for cell in row[1:])) for row in chunk.frame.iter_rows()]
        failures += [(failure.row, failure.raw, failure.reason) for failure in chunk.failures]
    return rows, failures


def written(table: Sequence[Sequence[str]], separator: str, encoding: str, end: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerow(HEADER)
    writer.writerows(table)
    return text.getvalue().encode(encoding, errors="strict")


@given(tables, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_csv_gives_back_what_was_written(tmp_path: Path, table: list[list[str]], separator: str, encoding: str, end: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(written(table, separator, encoding, end))
    rows, failures = everything(open_source(path, KIND))
    filled = [tuple(row) for row in table if any(cell.strip() for cell in row)]
    assert [row for _, row in rows] == filled
    assert failures == []


@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"")), max_size=12))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_line_of_a_damaged_csv_is_a_row_or_a_failure(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes("主叫号码,被叫号码,开始时间\n".encode() + b"\n".join(lines))
    try:
        source = open_source(path, KIND)
    except WrongEncoding:
        return  # most lines speak for another encoding than the header: the whole file is refused
    raws: list[tuple[int, bytes]] = []
    for chunk in source.chunks():
        numbers = chunk.frame[ROW].to_list()
        raws += zip(numbers, chunk.raw(range(len(numbers))), strict=True)
        raws += [(failure.row, failure.raw) for failure in chunk.failures]
    raws.sort()
    assert len({row for row, _ in raws}) == len(raws)
    found = b"\n".join(raw for _, raw in raws).split(b"\n")
    assert [line for line in found if line.strip(b' ,"\x00')] == [line for line in lines if line.strip(b' ,"\x00')] or _only_blank_differ(found, lines)


def _only_blank_differ(found: list[bytes], lines: list[bytes]) -> bool:
    def filled(some: list[bytes]) -> list[bytes]:
        return [line for line in some if line.decode("utf-8", "replace").replace(",", "").replace('"', "").strip()]

    return filled(found) == filled(lines)


@given(tables)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_json_lines_give_back_what_was_written(tmp_path: Path, table: list[list[str]]) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text("".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) + "\n" for row in table) + '{"主叫号码": 1}\n', "utf-8")
    rows, failures = everything(open_source(path, KIND))
    assert [row[:4] for _, row in rows[:-1]] == [tuple(row) for row in table]
    assert failures == []


def test_json_numbers_keep_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "transfers.jsonl"
    path.write_text('{"a": 9999888877776666555, "b": 0.10, "c": true, "d": null, "e": {"f": 1}}\n\nnonsense\n[1]\n')
    rows, failures = everything(open_source(path, KIND))
    assert rows == [(1, ("9999888877776666555", "0.10", "true", "", '{"f": "1"}'))]
    assert [(row, reason) for row, _, reason in failures] == [(3, Reason.NOT_JSON), (4, Reason.NOT_JSON)]


def test_blocks_end_where_records_end() -> None:
    data = b'a,"x\ny"\n' * 1000 + b"last"
    for size in (7, 64, 4096):
        pieces = list(records.blocks(io.BytesIO(data), size))
        assert b"".join(pieces) == data
        assert all(piece.count(b'"') % 2 == 0 for piece in pieces)
        assert sum(records.count(piece) for piece in pieces) == 1001


def test_rows_that_cannot_be_cut_are_failures_with_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(b'\xe4\xb8\xbb\xe5\x8f\xab,\xe8\xa2\xab\xe5\x8f\xab,time\n1,2,3\n1,2,3,4\n"open,2,3\n\n5,6" inch,7\n\xff\xfe,2,3\n8,9\n1,2,3,,\n')
    rows, failures = everything(open_source(path, KIND))
    assert rows == [(2, ("1", "2", "3")), (6, ("5", '6" inch', "7")), (8, ("8", "9", "")), (9, ("1", "2", "3"))]
    assert failures == [(3, b"1,2,3,4", Reason.COLUMN_COUNT), (4, b'"open,2,3', Reason.BAD_QUOTES), (7, b"\xff\xfe,2,3", Reason.WRONG_ENCODING)]


def test_chinese_after_a_long_plain_head_is_still_recognised(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    plain = b"1,2,2026-03-05 10:00:00,x\n" * 60_000
    path.write_bytes(b"caller,callee,time,note\n" + plain + "1,2,2026-03-05 10:00:00,诈骗\n".encode("gb18030") * 3)
    rows, failures = everything(open_source(path, KIND))
    assert len(rows) == 60_003
    assert failures == []
    assert rows[-1] == (60_004, ("1", "2", "2026-03-05 10:00:00", "诈骗"))


def test_a_title_above_the_header_is_stepped_over(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("通话详单,,\n查询日期：2026-03-01,,\n主叫号码,被叫号码,开始时间\n1,2,3\n", "utf-8")
    source = open_source(path, KIND)
    assert source.header == ("主叫号码", "被叫号码", "开始时间")
    assert everything(source)[0] == [(4, ("1", "2", "3"))]


def test_files_that_hold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for content in (b"", b"\n\n  \n"):
        path.write_bytes(content)
        with pytest.raises(EmptyFile):
            open_source(path, KIND)
    parquet = tmp_path / "x.parquet"
    pl.DataFrame({"a": []}, schema={"a": pl.String}).write_parquet(parquet)
    with pytest.raises(EmptyFile):
        open_source(parquet, KIND)


def test_a_header_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xff\x80,\xff\n1,2\n")
    with pytest.raises(WrongEncoding):
        open_source(path, KIND)


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": list(range(1000))}).write_parquet(path)
    whole = path.read_bytes()
    assert detect(path) is Format.PARQUET
    for keep in (5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:keep])
        with pytest.raises(TruncatedFile):
            open_source(path, KIND)


def test_parquet_damaged_in_the_middle_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [str(number * 7919) for number in range(50_000)]}).write_parquet(path, compression="zstd")
    whole = bytearray(path.read_bytes())
    whole[200:4000] = bytes(3800)
    path.write_bytes(bytes(whole))
    with pytest.raises(TruncatedFile):
        list(open_source(path, KIND).chunks())


def test_parquet_rows_keep_their_types_and_have_a_raw_form(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"主叫": ["1", None, "3"], "t": [datetime(2026, 3, 5), None, None], "tags": [["a"], None, None]}).write_parquet(path)
    chunk = next(iter(open_source(path, KIND).chunks()))
    assert chunk.frame[ROW].to_list() == [1, 3]
    assert chunk.frame.schema["t"] == pl.Datetime("us")
    assert chunk.raw([1]) == [b'{"\xe4\xb8\xbb\xe5\x8f\xab":"3"}']


def workbook(path: Path, sheets: dict[str, list[list[object]]], merged: Sequence[tuple[str, str]] = ()) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
            for area, text in merged:
                sheet.merge_range(area, text)
    return path


def test_a_workbook_with_merged_headers_is_understood(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        [],
        ["", "账号", "户名", "账号", "户名", ""],
        ["2026-03-05 10:00:00", "6200001", "甲", "6200002", "乙", 12.5],
    ]
    merged = (("A1:F1", "交易明细"), ("A2:A3", "交易时间"), ("B2:C2", "付款方"), ("D2:E2", "收款方"), ("F2:F3", "交易金额"))
    source = open_source(workbook(tmp_path / "x.xlsx", {"S": rows}, merged), IntakeKind.TRANSFERS)
    assert source.header == ("交易时间", "付款方账号", "付款方户名", "收款方账号", "收款方户名", "交易金额")
    assert everything(source)[0] == [(4, ("2026-03-05 10:00:00", "6200001", "甲", "6200002", "乙", "12.5"))]


def test_cells_of_a_workbook_keep_what_they_hold(tmp_path: Path) -> None:
    rows: list[list[object]] = [["主叫号码", "被叫号码", "开始时间"], [13900000000, 6222000011112222333, datetime(2026, 3, 5, 14, 20)], [], ["a", "", 1.5]]
    source = open_source(workbook(tmp_path / "x.xlsx", {"Empty": [], "S": rows}), KIND)
    assert everything(source)[0] == [(2, ("13900000000", "6.22200001111222E+18", "2026-03-05 14:20:00")), (4, ("a", "", "1.5"))]


def test_two_sheets_with_a_table_are_not_guessed_between(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(HEADER), ["1", "2", "3", ""]]
    with pytest.raises(SeveralSheets):
        open_source(workbook(tmp_path / "x.xlsx", {"A": rows, "B": rows}), KIND)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", {"S": [list(HEADER), ["1", "2", "3", ""]]})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableFile):
        open_source(path, KIND)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (gzip.compress(b"a,b\n1,2\n", mtime=0), CompressedFile),
        (b"%PDF-1.7\n1 0 obj\n", NotATable),
        (b"\x89PNG\r\n\x1a\n", NotATable),
    ],
)
def test_archives_and_documents_are_told_apart_from_tables(tmp_path: Path, content: bytes, error: type[UnreadableFile]) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(error) as refused:
        open_source(path, IntakeKind.TRANSFERS)
    assert refused.value.what_to_do


@pytest.mark.parametrize(("member", "error"), [("data.csv", CompressedFile), ("word/document.xml", NotATable), ("xl/workbook.xml", WorkbookTooLarge)])
def test_a_zip_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str, error: type[UnreadableFile]) -> None:
    monkeypatch.setattr("fanzha.desks.intake.readers.xlsx.UNPACKED_MB", 1)
    path = tmp_path / "file.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b" " * (3 << 20))
    with pytest.raises(error):
        open_source(path, IntakeKind.TRANSFERS)
