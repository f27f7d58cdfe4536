"""Why a row was set aside: a code, and a sentence in each language. `{field}` is the field's name, `{value}` what stood there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    MISSING = "missing"
    NO_COUNTERPARTY = "no_counterparty"
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    TIME_TOO_OLD = "time_too_old"
    BAD_AMOUNT = "bad_amount"
    NEGATIVE_AMOUNT = "negative_amount"
    ZERO_AMOUNT = "zero_amount"
    BAD_NUMBER = "bad_number"
    BAD_DIRECTION = "bad_direction"
    SIGN_CONFLICT = "sign_conflict"
    INVALID_IDENTIFIER = "invalid_identifier"
    DIGITS_LOST = "digits_lost"
    SAME_PARTY = "same_party"
    NOT_COMPLETED = "not_completed"
    CONFLICT = "conflicting_duplicate"
    COLUMN_COUNT = "column_count"
    BAD_QUOTES = "bad_quotes"
    WRONG_ENCODING = "wrong_encoding"
    NOT_JSON = "not_json"
    UNKNOWN_KIND = "unknown_kind"
    REFUSED = "refused"


@dataclass(frozen=True)
class _Sentence:
    zh: str
    en: str


_SENTENCES: dict[Reason, _Sentence] = {
    Reason.MISSING: _Sentence(
        "缺少“{field}”。请补上后重放。",
        "There is no {field}. Fill it in and replay the row.",
    ),
    Reason.NO_COUNTERPARTY: _Sentence(
        "没有对手账号，多为现金存取或手续费：此处只收两个账户之间的转账。漏填的请补上后重放，其余请忽略。",
        "There is no counterparty account, as with cash and fees: only transfers between two accounts are held. Fill it in if it was left out, else dismiss the row.",
    ),
    Reason.BAD_TIME: _Sentence(
        "“{field}”不是可识别的时间。请改成如 2026-03-05 14:20:33 的写法。",
        "The {field} is not a time in a known form. Write it as 2026-03-05 14:20:33.",
    ),
    Reason.FUTURE_TIME: _Sentence(
        "“{field}”晚于现在。请核对年份和来源系统的时钟。",
        "The {field} lies in the future. Check the year, and the clock of the system it comes from.",
    ),
    Reason.TIME_TOO_OLD: _Sentence(
        "“{field}”早于1980年。请核对年份。",
        "The {field} lies before 1980. Check the year.",
    ),
    Reason.BAD_AMOUNT: _Sentence(
        "“{field}”不是最多两位小数的金额。请写成如 1234.56 的元数。",
        "The {field} is not an amount with at most two decimals. Write yuan as 1234.56.",
    ),
    Reason.NEGATIVE_AMOUNT: _Sentence(
        "“{field}”是负数。金额应为正数；若是退款或冲正，请忽略。",
        "The {field} is negative. Amounts are positive; dismiss the row if it is a refund or a reversal.",
    ),
    Reason.ZERO_AMOUNT: _Sentence(
        "“{field}”是零。没有资金转移；若金额有误请更正，否则请忽略。",
        "The {field} is zero. No money moved: correct the amount, or dismiss the row.",
    ),
    Reason.BAD_NUMBER: _Sentence(
        "“{field}”不是非负整数。请改正。",
        "The {field} is not a whole number of zero or more. Correct it.",
    ),
    Reason.BAD_DIRECTION: _Sentence(
        "借贷标志无法识别。请写“借”（转出）或“贷”（转入）。",
        "The debit/credit flag is not known. Write 借 (out) or 贷 (in).",
    ),
    Reason.SIGN_CONFLICT: _Sentence(
        "借贷标志与金额正负相矛盾，可能是冲正。请与来源核对。",
        "The debit/credit flag contradicts the amount's sign; it may be a reversal. Ask the source.",
    ),
    Reason.INVALID_IDENTIFIER: _Sentence(
        "“{field}”不是有效的号码或标识。请对照原始单据改正。",
        "The {field} is not a valid identifier. Correct it from the original record.",
    ),
    Reason.DIGITS_LOST: _Sentence(
        "“{field}”的末位数字已被表格软件抹去。请让来源把该列设为文本后重新导出。",
        "A spreadsheet has rounded the last digits of the {field} away. Ask for an export with this column as text.",
    ),
    Reason.SAME_PARTY: _Sentence(
        "双方是同一号码或账号。请对照原始单据改正，或忽略。",
        "Both parties are the same. Correct it from the original record, or dismiss the row.",
    ),
    Reason.NOT_COMPLETED: _Sentence(
        "该笔交易未成功或已冲正。无需处理。",
        "This transaction failed or was reversed. Nothing needs to be done.",
    ),
    Reason.CONFLICT: _Sentence(
        "同一来源同一编号已有内容不同的记录。请与来源核对哪一条为准；此行若为准，请换一个编号后重放。",
        "The same source already sent another content under this id. Ask the source which holds; if it is this one, replay it under another id.",
    ),
    Reason.COLUMN_COUNT: _Sentence(
        "列数多于表头。多半是某个值里有未加引号的分隔符，请加引号后重新发送。",
        "The row has more columns than the header. A value probably holds a separator without quotation marks: quote it and send the row again.",
    ),
    Reason.BAD_QUOTES: _Sentence(
        "引号不成对。请改正后重新发送该行。",
        "The quotation marks do not pair. Mend them and send the row again.",
    ),
    Reason.WRONG_ENCODING: _Sentence(
        "含有既非UTF-8也非GB18030的字节。请把文件另存为UTF-8后重新发送。",
        "It holds bytes that are not in the file's encoding. Save the file as UTF-8 and send it again.",
    ),
    Reason.NOT_JSON: _Sentence(
        "不是一个JSON对象。每行应写一个 {{…}}。",
        "The line is not a JSON object. Write one {{…}} a line.",
    ),
    Reason.UNKNOWN_KIND: _Sentence(
        "“{field}”的种类无法识别。请写电话、账号、网址等。",
        "The kind of the {field} is not known. Write phone, bank_account, url or another known kind.",
    ),
    Reason.REFUSED: _Sentence("业务规则拒绝：{value}", "It was refused: {value}"),
}


def sentence(reason: Reason, field: str = "", value: str = "", *, locale: str = "zh") -> str:
    """The reason in words; `locale` starting with `en` gives English, anything else Chinese."""
    words = _SENTENCES[reason]
    return (words.en if locale.startswith("en") else words.zh).format(field=field, value=value)
