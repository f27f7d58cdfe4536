"""Transfers (资金交易): directed (付款账号, 收款账号), or a statement told from one account's side (本方, 对手, 借贷标志) turned into directed ones.

In a statement the side is told by the flag, by which of two amount columns is filled, or by the amount's sign. A flag that contradicts the sign
(a reversal) is set aside for a person to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.shapes.directions import outward, sides
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects

IDENTITY = ("payer", "payee", "amount_fen")

_FAILED: Final = ["失败", "交易失败", "未成功", "否", "冲正", "已冲正", "撤销", "已撤销", "failed", "fail", "reversed", "cancelled"]


@dataclass(frozen=True)
class _Told:
    """Raw parties, unsigned amount and the two sides' further columns, all directed."""

    payer: pl.Series
    payee: pl.Series
    amount: pl.Series
    payer_balance: pl.Series
    payee_balance: pl.Series
    payer_bank: pl.Series
    payee_bank: pl.Series


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `transfers`."""
    told = _directed(sheet) if sheet.has("payer", "payee") else _statement(sheet)
    payer = subjects.accounts(sheet, "payer", told.payer)
    payee = subjects.accounts(sheet, "payee", told.payee)
    sheet.reject(payer == payee, Reason.SAME_PARTY)
    sheet.reject(told.amount < 0, Reason.NEGATIVE_AMOUNT, "amount")
    sheet.reject(told.amount == 0, Reason.ZERO_AMOUNT, "amount")
    if sheet.has("state"):
        sheet.reject(sheet.text("state").str.to_lowercase().is_in(_FAILED), Reason.NOT_COMPLETED, "state")
    return {
        "payer": payer,
        "payee": payee,
        "amount_fen": told.amount,
        "payer_bank": told.payer_bank,
        "payee_bank": told.payee_bank,
        "channel": sheet.text("channel"),
        "payer_balance_fen": told.payer_balance,
        "payee_balance_fen": told.payee_balance,
    }


def _directed(sheet: Sheet) -> _Told:
    return _Told(
        sheet.text("payer"),
        sheet.text("payee"),
        sheet.fen(_amount_field(sheet)),
        _balance(sheet, "payer_balance"),
        _balance(sheet, "payee_balance"),
        sheet.text("payer_bank"),
        sheet.text("payee_bank"),
    )


def _statement(sheet: Sheet) -> _Told:
    out, amount = _two_columns(sheet) if sheet.has("amount_out", "amount_in") else _one_column(sheet)
    counterparty = sheet.text("counterparty")
    sheet.reject(counterparty.is_null(), Reason.NO_COUNTERPARTY)
    payer, payee = sides(out, sheet.text("own"), counterparty)
    payer_balance, payee_balance = sides(out, _balance(sheet, "balance"), _balance(sheet, "counterparty_balance"))
    payer_bank, payee_bank = sides(out, sheet.text("own_bank"), sheet.text("counterparty_bank"))
    return _Told(payer, payee, amount, payer_balance, payee_balance, payer_bank, payee_bank)


def _one_column(sheet: Sheet) -> tuple[pl.Series, pl.Series]:
    """(outward or not, unsigned amount) by the flag, or by the sign where there is no flag."""
    signed = sheet.fen(_amount_field(sheet))
    if not sheet.has("direction"):
        return signed < 0, signed.abs()
    flags = sheet.text("direction")
    out = outward(flags)
    sheet.reject(flags.is_null(), Reason.MISSING, "direction")
    sheet.reject(out.is_null() & flags.is_not_null(), Reason.BAD_DIRECTION, "direction")
    # Many banks print what leaves with a minus; a minus on what comes in is a reversal.
    sheet.reject((signed < 0) & ~out, Reason.SIGN_CONFLICT, "amount")
    return out, signed.abs()


def _two_columns(sheet: Sheet) -> tuple[pl.Series, pl.Series]:
    """(outward or not, amount) where money out and money in stand in columns of their own; exactly one of them says something."""
    left, came = sheet.fen("amount_out", required=False), sheet.fen("amount_in", required=False)
    is_out, is_in = (left != 0).fill_null(value=False), (came != 0).fill_null(value=False)
    sheet.reject(~is_out & ~is_in, Reason.MISSING, "amount")
    sheet.reject(is_out & is_in, Reason.BAD_DIRECTION, "amount")
    amount = pl.select(pl.when(is_out).then(left).otherwise(came)).to_series()
    sheet.reject(amount < 0, Reason.SIGN_CONFLICT, "amount")
    return is_out, amount


def _amount_field(sheet: Sheet) -> str:
    return "amount_fen" if sheet.has("amount_fen") and not sheet.has("amount") else "amount"


def _balance(sheet: Sheet, name: str) -> pl.Series:
    """A balance in fen; an unreadable one costs no row, for it only supports the transfer."""
    field = f"{name}_fen" if sheet.has(f"{name}_fen") else name
    kept = len(sheet.rejections)
    balance = sheet.fen(field, required=False)
    del sheet.rejections[kept:]
    return balance
