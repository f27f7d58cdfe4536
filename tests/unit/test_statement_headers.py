"""Statements as banks and the police platform head them are read without a mapping: the same two rows, whatever the columns are called."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanzha.desks.intake import read_statement
from fanzha.desks.intake.columns import IntakeKind, match
from fanzha.lake.tokens import Tokens

OWN, OTHER, NEXT = "6200000000000000022", "6200000000000000011", "6200000000000000033"
PLATFORM = (
    "AccountNumber,Time,BorrowingSigns,Amount,AccountBalance,Serial,"
    "Opponent.Name,Opponent.AccountNumber,Opponent.DepositBankID,TransactionType,Remark"
)
STATEMENTS = {
    "platform messages": f"""{PLATFORM}
{OWN},20260501120020,1,10000.00,10500.00,S2,张某,{OTHER},示例行,转账,
{OWN},20260501120520,0,4500.00,6000.00,S3,李某,{NEXT},示例行,转账,
""",
    "date beside time": f"""帐号,交易日期,交易时间,借贷标志,交易金额,余额,对方户名,对方帐号,对方行名,摘要
{OWN},2026-05-01,12:00:20,贷,"10,000.00",10500.00,张某,{OTHER},示例行,转账
{OWN},2026-05-01,12:05:20,借,4500.00,6000.00,李某,{NEXT},示例行,转账
""",
    "money out and money in": f"""账号,记账日,交易时间,支出,收入,账户余额,币种,对方账号,对方户名,对方开户银行
{OWN},20260501,12:00:20,,10000.00,10500.00,人民币,{OTHER},张某,示例行
{OWN},20260501,12:05:20,4500.00,,6000.00,人民币,{NEXT},李某,示例行
""",
    "signs and bare digits": f"""卡号,交易日期,交易时间,交易金额,本次余额,对方户名,对方账号,对方银行,交易渠道
{OWN},2026-05-01,120020,+10000.00,10500.00,张某,{OTHER},示例行,网银
{OWN},2026-05-01,120520,-4500.00,6000.00,李某,{NEXT},示例行,网银
""",
    "police platform's list": f"""交易卡号,交易时间,交易金额,交易余额,收付标志,交易对手账卡号,对手户名,对手开户银行,摘要说明,IP地址,MAC地址,交易流水号,交易柜员号
{OWN},2026-05-01 12:00:20,10000.00,10500.00,进,{OTHER},张某,示例行,转账,,,S2,
{OWN},2026-05-01 12:05:20,4500.00,6000.00,出,{NEXT},李某,示例行,转账,,,S3,
""",
}
VOCABULARY = ("Time", "BorrowingSigns", "Amount", "AccountBalance", "Serial", "Opponent.AccountNumber", "Opponent.DepositBankID", "TransactionType", "AccountNumber")


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_same_two_rows(name: str, tmp_path: Path) -> None:
    tokens, path = Tokens(bytes(range(64))), tmp_path / "statement.csv"
    path.write_text(STATEMENTS[name], encoding="utf-8")
    read = read_statement(path, tokens)
    assert read.set_aside == []
    own, other, after = (tokens.seal("bank_account", number) for number in (OWN, OTHER, NEXT))
    columns = ("at", "payer", "payee", "amount_fen", "side", "payer_balance_fen", "payee_balance_fen")
    assert [tuple(row[column] for column in columns) for row in read.rows.iter_rows(named=True)] == [
        (datetime(2026, 5, 1, 4, 0, 20, tzinfo=UTC), other, own, 1_000_000, "payee", None, 1_050_000),
        (datetime(2026, 5, 1, 4, 5, 20, tzinfo=UTC), own, after, 450_000, "payer", 600_000, None),
    ]


def test_the_message_vocabularys_names_are_each_a_field() -> None:
    found = match(IntakeKind.TRANSFERS, VOCABULARY)
    assert {column.name for column in found.found.values()} == set(VOCABULARY)
