from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fanzha.desks.intake import BatchCommitted, BatchFilter, BatchState, Given, IntakeKind, Reason, Receipt, RowFilter, RowState, service
from fanzha.desks.intake.columns import aliases
from fanzha.desks.intake.errors import (
    BadMapping,
    EmptyFile,
    KindBusy,
    MissingColumns,
    NoSuchBatch,
    RowIsClosed,
    RowNeedsCells,
    SourceMissing,
    TooLarge,
    TruncatedFile,
    WrongEncoding,
)
from fanzha.desks.intake.repository import kind_lock
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.paging import PageRequest
from fanzha.lake import EventKind
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

CLI = Scope.system("cli")
TRANSFERS = IntakeKind.TRANSFERS
HEADER = "交易流水号,交易时间,付款账号,收款账号,交易金额\n"
A, B, C = "6200000000000001", "6200000000000002", "6200000000000003"


@pytest.fixture(autouse=True)
def _present() -> object:
    with clock.frozen(datetime(2026, 3, 10, tzinfo=UTC)):
        yield


@pytest.fixture
def send(platform: Platform, tmp_path: Path) -> Callable[..., Receipt]:
    def sending(content: str | bytes, kind: IntakeKind = TRANSFERS, source: str = "示例银行", scope: Scope = CLI, given: Given | None = None) -> Receipt:
        path = tmp_path / "sent.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return service.take(platform, scope, path, kind, source, given=given)

    return sending


def counted(receipt: Receipt) -> tuple[int, int, int, int]:
    assert receipt.received == receipt.accepted + receipt.duplicates + receipt.quarantined
    return receipt.received, receipt.accepted, receipt.duplicates, receipt.quarantined


def uploaded(platform: Platform, content: bytes) -> Receipt:
    with service.upload(platform, CLI, TRANSFERS) as upload:
        upload.write(content[:20])
        upload.write(content[20:])
    return service.receive(platform, CLI, upload.path, TRANSFERS, "示例银行", file_name="x.csv")


def quarantined(platform: Platform, receipt: Receipt) -> list[tuple[int, str, str]]:
    with platform.database.work(CLI) as work:
        page = service.rows(work, RowFilter(batch_id=receipt.batch_id), PageRequest(1, 200))
        return [(row.row_number, row.reason, row.raw.encode("latin-1").decode()) for row in page.rows]


def test_a_file_becomes_tokens_in_the_lake_and_one_event(platform: Platform, send: Callable[..., Receipt]) -> None:
    heard: list[BatchCommitted] = []
    platform.database.events.on(BatchCommitted, lambda work, event: heard.append(event))
    receipt = send(HEADER + f'1,2026-03-05 14:20:33,{A},{B},"1,234.50"\n2,2026/3/6 09:00,{B},{C},5\n')
    assert counted(receipt) == (2, 2, 0, 0)
    rows = platform.lake.scan(EventKind.TRANSFERS).sort("at").collect()
    assert rows["amount_fen"].to_list() == [123450, 500]
    assert platform.tokens.open(rows["payer"][0]) == ("bank_account", A)
    assert rows["at"][0] == datetime(2026, 3, 5, 6, 20, 33, tzinfo=UTC)
    assert [(event.kind, event.accepted, str(event.first_day), str(event.last_day)) for event in heard] == [(TRANSFERS, 2, "2026-03-05", "2026-03-06")]


def test_the_same_file_twice_changes_nothing(platform: Platform, send: Callable[..., Receipt]) -> None:
    content = HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n1x,2026-03-05 14:20:33,{A},{B},-3\n"
    first = send(content)
    version = platform.lake.version(EventKind.TRANSFERS)
    again = send(content)
    assert again.repeated
    assert counted(again) == counted(first) == (2, 1, 0, 1)
    assert platform.lake.version(EventKind.TRANSFERS) == version


def test_duplicates_are_counted_and_contradictions_quarantined(platform: Platform, send: Callable[..., Receipt]) -> None:
    first = send(HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n1,2026-03-05 14:20:33,{A},{B},12.00\n1,2026-03-05 14:20:33,{A},{B},13\n")
    assert counted(first) == (3, 1, 1, 1)
    assert quarantined(platform, first) == [(4, Reason.CONFLICT.value, f"1,2026-03-05 14:20:33,{A},{B},13")]
    second = send(HEADER + f"1,2026-03-05 14:20:33,{A},{C},12\n1,2026-03-05 14:20:33,{A},{B},12\n2,2026-03-05 14:20:33,{A},{B},12\n")
    assert counted(second) == (3, 1, 1, 1)
    assert quarantined(platform, second) == [(2, Reason.CONFLICT.value, f"1,2026-03-05 14:20:33,{A},{C},12")]
    other = send(HEADER + f"1,2026-03-05 14:20:33,{A},{C},12\n", source="另一银行")
    assert counted(other) == (1, 1, 0, 0)
    assert platform.lake.scan(EventKind.TRANSFERS).collect().height == 3


def test_rows_without_ids_are_the_same_event_in_any_format(platform: Platform, send: Callable[..., Receipt]) -> None:
    assert counted(send(f"交易时间,付款账号,收款账号,交易金额\n2026-03-05 14:20:33,{A},{B},12\n")) == (1, 1, 0, 0)
    same = send(json.dumps({"交易时间": "20260305142033", "付款账号": A, "收款账号": B, "交易金额": "12.00"}) + "\n")
    assert counted(same) == (1, 0, 1, 0)


def test_a_statement_becomes_directed_transfers(platform: Platform, send: Callable[..., Receipt]) -> None:
    receipt = send(
        "交易卡号,对手账号,借贷标志,交易金额(元),交易时间,交易余额\n"
        f"{A},{B},借,10,2026-03-05 10:00:00,90\n"
        f"{A},{C},进,20,2026-03-05 11:00:00,110\n"
        f"{A},{B},出,-5,2026-03-05 12:00:00,105\n"
        f"{A},{B},贷,-5,2026-03-05 13:00:00,110\n"
        f"{A},{B},?,5,2026-03-05 13:00:00,110\n"
        f"{A},,借,500,2026-03-05 14:00:00,10\n"
    )
    assert counted(receipt) == (6, 3, 0, 3)
    rows = platform.lake.scan(EventKind.TRANSFERS).sort("at").collect()
    opened = [(platform.tokens.open(row["payer"])[1], platform.tokens.open(row["payee"])[1], row["amount_fen"]) for row in rows.iter_rows(named=True)]
    assert opened == [(A, B, 1000), (C, A, 2000), (A, B, 500)]
    assert rows["payer_balance_fen"].to_list() == [9000, None, 10500]
    assert rows["payee_balance_fen"].to_list() == [None, 11000, None]
    assert [reason for _, reason, _ in quarantined(platform, receipt)] == ["sign_conflict", "bad_direction", "no_counterparty"]


def test_what_is_wrong_with_a_row_is_said_and_its_bytes_kept(platform: Platform, send: Callable[..., Receipt]) -> None:
    bad = [
        (f"1,2026-04-05 14:20:33,{A},{B},12", Reason.FUTURE_TIME),
        (f"2,2026-13-05 14:20:33,{A},{B},12", Reason.BAD_TIME),
        (f"3,2026-03-05 14:20:33,{A},{B},-12", Reason.NEGATIVE_AMOUNT),
        (f"4,2026-03-05 14:20:33,{A},{B},0.00", Reason.ZERO_AMOUNT),
        (f"5,2026-03-05 14:20:33,{A},{B},1.234", Reason.BAD_AMOUNT),
        (f"6,2026-03-05 14:20:33,{A},,1", Reason.MISSING),
        (f"7,2026-03-05 14:20:33,{A},{A},1", Reason.SAME_PARTY),
        (f"8,2026-03-05 14:20:33,6.22E+15,{B},1", Reason.DIGITS_LOST),
        (f"9,2026-03-05 14:20:33,?,{B},1", Reason.INVALID_IDENTIFIER),
        (f"10,1920-03-05 14:20:33,{A},{B},1", Reason.TIME_TOO_OLD),
        (f"11,2026-03-05 14:20:33,{A},{B},1,2,3", Reason.COLUMN_COUNT),
    ]
    receipt = send(HEADER + "".join(row + "\n" for row, _ in bad) + f"12,2026-03-05 14:20:33,{A},{B},1\n")
    assert counted(receipt) == (12, 1, 0, 11)
    assert quarantined(platform, receipt) == [(number, reason.value, raw) for number, (raw, reason) in enumerate(bad, 2)]
    assert receipt.reasons == {reason.value: 1 for _, reason in bad}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFile),
        (HEADER.encode(), EmptyFile),
        (b"\xff\xff\x80,\xff\n1,2\n", WrongEncoding),
        ("交易时间,付款账号,收款账号\n2026-03-05,1,2\n".encode(), MissingColumns),
        (b"PAR1 and then nothing", TruncatedFile),
    ],
)
def test_a_file_that_cannot_be_taken_leaves_a_failed_batch_and_nothing_else(platform: Platform, tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(error) as raised:
        service.take(platform, CLI, path, TRANSFERS, "示例银行")
    assert str(raised.value)
    assert platform.lake.version(EventKind.TRANSFERS) == -1
    with platform.database.work(CLI) as work:
        (batch,) = service.batches(work, BatchFilter(), PageRequest()).rows
        assert batch.stands is BatchState.FAILED
        assert batch.error is not None
        assert batch.error["message"]
        assert service.open_rows(work) == 0
    assert not list((platform.settings.home / "staging").glob("*/*"))


def test_a_missing_column_is_named_with_what_would_be_understood(send: Callable[..., Receipt]) -> None:
    with pytest.raises(MissingColumns, match=r"amount \(交易金额, 金额, 转账金额\).*Columns found: 交易时间, 付款账号, 收款账号, 数目"):
        send(f"交易时间,付款账号,收款账号,数目\n2026-03-05,{A},{B},1\n")


def test_a_mapping_names_columns_units_and_constants(platform: Platform, send: Callable[..., Receipt]) -> None:
    content = f"when,out,how many\n2026-03-05 10:00:00,{A},1.5\n"
    given = Given({"at": "when", "payer": "out", "amount": "how many"}, {"amount": "wan"}, {"payee": B})
    assert counted(send(content, given=given)) == (1, 1, 0, 0)
    assert platform.lake.scan(EventKind.TRANSFERS).collect()["amount_fen"].to_list() == [1_500_000]
    with pytest.raises(BadMapping, match="do not have: nonsense"):
        send(content, given=Given({"nonsense": "when"}))
    with pytest.raises(BadMapping, match="columns that the file does not have: absent"):
        send(content, given=Given({"at": "absent"}))


def test_a_source_is_needed(send: Callable[..., Receipt]) -> None:
    with pytest.raises(SourceMissing):
        send(HEADER, source="  ")


def test_other_kinds_reach_their_tables(platform: Platform, send: Callable[..., Receipt]) -> None:
    calls = send(
        "主叫号码,被叫号码,开始时间,通话时长,IMEI\n13900000001,+0012025550100,2026-03-05 10:00:00,1分5秒,\n95588,13900000002,2026-03-05 10:00:01,65,x\n",
        IntakeKind.CALLS,
    )
    assert counted(calls) == (2, 2, 0, 0)
    rows = platform.lake.scan(EventKind.CALLS).sort("at").collect()
    assert rows["seconds"].to_list() == [65, 65]
    assert rows["caller_kind"].to_list() == ["mobile", "hotline"]
    messages = send(
        "发送号码,接收号码,短信内容,发送时间\n"
        "1069012345,13900000001,刷单返利日结佣金，登录 http://pay.example-shua.top/a 联系13900000009或微信号: abc_12345,2026-03-05 10:00:00\n",
        IntakeKind.MESSAGES,
    )
    assert counted(messages) == (1, 1, 0, 0)
    row = platform.lake.scan(EventKind.MESSAGES).collect().row(0, named=True)
    assert platform.tokens.open(row["text"])[0] == "text"
    assert [platform.tokens.open(token) for token in row["links"]] == [("domain", "pay.example-shua.top"), ("domain", "example-shua.top")]
    assert [platform.tokens.open(token) for token in row["contacts"]] == [("phone", "+8613900000009"), ("wechat", "abc_12345")]
    visits = send("手机号码,域名,访问时间,流量\n13900000001,https://a.example.com/x,2026-03-05 10:00:00,100\n", IntakeKind.VISITS)
    assert counted(visits) == (1, 1, 0, 0)
    accounts = send("账号,证件号码,户名,开户时间,账户类型\n" + f"{A},110101199003070011,甲,2020-01-01,个人\n{B},,某公司,2020-01-01,对公\n", IntakeKind.ACCOUNTS)
    assert counted(accounts) == (2, 2, 0, 0)
    sims = send("手机号码,证件号码,姓名,入网时间\n13900000001,110101199003070011,甲,2020-01-01\n", IntakeKind.SIMS)
    assert counted(sims) == (1, 1, 0, 0)


def test_reports_and_indicators_go_to_their_desks(platform: Platform, send: Callable[..., Receipt]) -> None:
    reports = "警情编号,报警时间,报警人,联系电话,案发地区划,案件类别,简要案情,损失金额,涉案账号\n"
    content = reports + f"R1,2026-03-05 10:00:00,甲,13900000001,350302,虚假贷款,接到贷款电话后转账,1000.00,{A}\nR2,x,乙,13900000002,350302,,案情,,\n"
    assert counted(send(content, IntakeKind.REPORTS)) == (2, 1, 0, 1)
    assert counted(send(content + " \n", IntakeKind.REPORTS)) == (2, 0, 1, 1)
    listed = send("标识类型,号码,诈骗类型\n电话,13900000009,贷款\n域名,scam-example.top,\n什么,1,\n电话,99,\n", IntakeKind.INDICATORS)
    assert counted(listed) == (4, 2, 0, 2)
    assert {reason for _, reason, _ in quarantined(platform, listed)} == {"unknown_kind", "refused"}


def test_a_row_is_mended_and_replayed(platform: Platform, send: Callable[..., Receipt]) -> None:
    receipt = send(HEADER + f"1,2026-03-05 14:20:33,{A},{B},-12\n2,2026-03-05 14:20:33,{A},{B},x\n")
    with platform.database.work(CLI) as work:
        first, second = service.rows(work, RowFilter(batch_id=receipt.batch_id), PageRequest()).rows
        cells = service.cells_of(work, first.id, "更正")
        assert cells == {"交易流水号": "1", "交易时间": "2026-03-05 14:20:33", "付款账号": A, "收款账号": B, "交易金额": "-12"}
        service.mend(work, first.id, cells | {"交易金额": "12"})
    replayed = service.replay(platform, CLI, receipt.batch_id)
    assert counted(replayed) == (2, 1, 0, 1)
    with platform.database.work(CLI) as work:
        assert [row.state for row in service.rows(work, RowFilter(batch_id=receipt.batch_id), PageRequest()).rows] == [RowState.REPLAYED.value] * 2
        assert service.batch(work, replayed.batch_id).replays == receipt.batch_id
        with pytest.raises(RowIsClosed):
            service.mend(work, second.id, {"交易金额": "1"})
        (left,) = service.rows(work, RowFilter(batch_id=replayed.batch_id), PageRequest()).rows
        service.dismiss(work, left.id, "无法辨认")
    with pytest.raises(RowNeedsCells):
        service.replay(platform, CLI, replayed.batch_id)
    assert platform.lake.scan(EventKind.TRANSFERS).collect().height == 1


def test_a_row_replayed_unchanged_waits_again_and_is_never_lost(platform: Platform, send: Callable[..., Receipt]) -> None:
    receipt = send(HEADER + f"1,2026-03-05 14:20:33,{A},{B},x\n")
    once = service.replay(platform, CLI, receipt.batch_id)
    twice = service.replay(platform, CLI, once.batch_id)
    assert counted(once) == counted(twice) == (1, 0, 0, 1)
    assert len({receipt.batch_id, once.batch_id, twice.batch_id}) == 3
    with platform.database.work(CLI) as work:
        assert service.open_rows(work) == 1


def test_a_row_from_the_future_can_be_replayed_when_it_has_come(platform: Platform, send: Callable[..., Receipt]) -> None:
    receipt = send(HEADER + f"1,2026-03-15 14:20:33,{A},{B},12\n")
    with clock.frozen(clock.now() + timedelta(days=10)):
        assert counted(service.replay(platform, CLI, receipt.batch_id)) == (1, 1, 0, 0)


def test_one_batch_of_a_kind_at_a_time(platform: Platform, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n")
    with kind_lock(platform.database, CLI, TRANSFERS, wait=False), pytest.raises(KindBusy):
        service.take(platform, CLI, path, TRANSFERS, "示例银行", wait=False)
    assert counted(service.take(platform, CLI, path, TRANSFERS, "示例银行", wait=False)) == (1, 1, 0, 0)


def test_uploads_are_bounded_and_removed(platform: Platform) -> None:
    content = (HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n").encode()
    assert counted(uploaded(platform, content)) == (1, 1, 0, 0)
    small = platform.settings.model_copy(update={"max_upload_mb": 0})
    with pytest.raises(TooLarge):
        uploaded(_with(platform, small), content)
    assert list((platform.settings.home / "inbox").iterdir()) == []


def test_an_interrupted_upload_is_resumed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: object, **kwargs: object) -> int:
        raise KeyboardInterrupt

    content = (HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n").encode()
    with monkeypatch.context() as patched:
        patched.setattr(platform.lake, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            uploaded(platform, content)
    with platform.database.work(CLI) as work:
        (batch,) = service.batches(work, BatchFilter(), PageRequest()).rows
        assert batch.stands is BatchState.STAGED
    (receipt,) = service.recover(platform)
    assert counted(receipt) == (1, 1, 0, 0)
    assert service.recover(platform) == []
    assert list((platform.settings.home / "inbox").iterdir()) == []


def test_an_upload_that_cannot_be_resumed_fails_and_does_not_stop_the_others(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    for content in (b"", (HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n").encode()):
        with monkeypatch.context() as patched:
            patched.setattr("fanzha.desks.intake.taking.Taking._start_again", killed)
            with pytest.raises(KeyboardInterrupt):
                uploaded(platform, content)
    assert [counted(receipt) for receipt in service.recover(platform)] == [(1, 1, 0, 0)]
    with platform.database.work(CLI) as work:
        states = sorted(batch.state for batch in service.batches(work, BatchFilter(), PageRequest()).rows)
    assert states == [BatchState.COMMITTED.value, BatchState.FAILED.value]
    assert list((platform.settings.home / "inbox").iterdir()) == []


def test_a_batch_in_the_lake_is_only_finished(platform: Platform, send: Callable[..., Receipt], monkeypatch: pytest.MonkeyPatch) -> None:
    content = HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n2,2026-03-05 14:20:33,{A},{B},x\n"

    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("fanzha.desks.intake.taking.Taking._finish", killed)
        with pytest.raises(KeyboardInterrupt):
            send(content)
    version = platform.lake.version(EventKind.TRANSFERS)
    assert counted(send(content)) == (2, 1, 0, 1)
    assert platform.lake.version(EventKind.TRANSFERS) == version


def _principal(org: str, kind: OrgKind, *roles: Role, region: str = "3503") -> Scope:
    return Scope.of(Principal(f"user-{org}", "某人", org, f"机构{org}", kind, region, frozenset(roles)))


def test_a_bank_sends_its_own_kinds_under_its_own_name_and_sees_its_own(platform: Platform, send: Callable[..., Receipt]) -> None:
    bank, other = _principal("b1", OrgKind.BANK, Role.BANK_AGENT), _principal("b2", OrgKind.BANK, Role.BANK_AGENT)
    police = _principal("p1", OrgKind.POLICE_CITY, Role.ANALYST)
    elsewhere = _principal("p2", OrgKind.POLICE_CITY, Role.ANALYST, region="3504")
    receipt = send(HEADER + f"1,2026-03-05 14:20:33,{A},{B},12\n2,2026-03-05 14:20:33,{A},{B},x\n", source="冒名", scope=bank)
    assert receipt.source == "机构b1"
    assert counted(receipt) == (2, 1, 0, 1)
    with pytest.raises(Forbidden):
        send("x", IntakeKind.CALLS, scope=bank)
    for scope, sees in ((bank, True), (other, False), (police, True), (elsewhere, False)):
        with platform.database.work(scope) as work:
            assert service.batches(work, BatchFilter(), PageRequest()).total == sees
            assert service.open_rows(work) == sees
    with platform.database.work(other) as work, pytest.raises(NoSuchBatch):
        service.batch(work, receipt.batch_id)


def test_every_alias_belongs_to_one_field_of_its_kind() -> None:
    for kind in IntakeKind:
        own = [(name, text) for name, texts in aliases(kind).items() for text in texts]
        assert all(text for _, text in own), kind


def _with(platform: Platform, settings: object) -> Platform:
    from dataclasses import replace

    return replace(platform, settings=settings)  # type: ignore[arg-type]


def test_a_workbook_and_parquet_give_the_same_rows(platform: Platform, tmp_path: Path) -> None:
    frame = pl.DataFrame({"交易时间": [datetime(2026, 3, 5, 14, 20)], "付款账号": [A], "收款账号": [B], "交易金额": [12.34]})
    frame.write_parquet(tmp_path / "x.parquet")
    frame.write_excel(tmp_path / "x.xlsx")
    assert counted(service.take(platform, CLI, tmp_path / "x.parquet", TRANSFERS, "甲")) == (1, 1, 0, 0)
    assert counted(service.take(platform, CLI, tmp_path / "x.xlsx", TRANSFERS, "甲")) == (1, 0, 1, 0)
