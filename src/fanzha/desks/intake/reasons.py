"""Why a row was set aside: a code, and a sentence in each language. `{field}` is the field's name, `{value}` what stood there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    MISSING = "missing"
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
    Reason.MISSING: _Sentence("缺少“{field}”。", "There is no {field}."),
    Reason.BAD_TIME: _Sentence("“{field}”不是可识别的时间。", "The {field} is not a time in a known form."),
    Reason.FUTURE_TIME: _Sentence("“{field}”晚于现在。", "The {field} lies in the future."),
    Reason.TIME_TOO_OLD: _Sentence("“{field}”早于1980年。", "The {field} lies before 1980."),
    Reason.BAD_AMOUNT: _Sentence("“{field}”不是最多两位小数的金额。", "The {field} is not an amount with at most two decimals."),
    Reason.NEGATIVE_AMOUNT: _Sentence("“{field}”是负数。", "The {field} is negative."),
    Reason.ZERO_AMOUNT: _Sentence("“{field}”是零。", "The {field} is zero."),
    Reason.BAD_NUMBER: _Sentence("“{field}”不是非负整数。", "The {field} is not a whole number of zero or more."),
    Reason.BAD_DIRECTION: _Sentence("借贷标志无法识别。", "The debit/credit flag is not known."),
    Reason.SIGN_CONFLICT: _Sentence("借贷标志与金额正负相矛盾，可能是冲正。", "The debit/credit flag contradicts the amount's sign; it may be a reversal."),
    Reason.INVALID_IDENTIFIER: _Sentence("“{field}”不是有效的号码或标识。", "The {field} is not a valid identifier."),
    Reason.DIGITS_LOST: _Sentence("“{field}”的末位数字已被表格软件抹去。", "A spreadsheet has rounded the last digits of the {field} away."),
    Reason.SAME_PARTY: _Sentence("双方是同一号码或账号。", "Both parties are the same."),
    Reason.NOT_COMPLETED: _Sentence("该笔交易未成功或已冲正。", "This transaction failed or was reversed."),
    Reason.CONFLICT: _Sentence("同一来源同一编号已有内容不同的记录。", "The same source already sent another content under this id."),
    Reason.COLUMN_COUNT: _Sentence("列数多于表头。", "The row has more columns than the header."),
    Reason.BAD_QUOTES: _Sentence("引号不成对。", "The quotation marks do not pair."),
    Reason.WRONG_ENCODING: _Sentence("含有既非UTF-8也非GB18030的字节。", "It holds bytes that are not in the file's encoding."),
    Reason.NOT_JSON: _Sentence("不是一个JSON对象。", "The line is not a JSON object."),
    Reason.UNKNOWN_KIND: _Sentence("“{field}”的种类无法识别。", "The kind of the {field} is not known."),
    Reason.REFUSED: _Sentence("业务规则拒绝：{value}", "It was refused: {value}"),
}


def sentence(reason: Reason, field: str = "", value: str = "", *, locale: str = "zh") -> str:
    """The reason in words; `locale` starting with `en` gives English, anything else Chinese."""
    words = _SENTENCES[reason]
    return (words.en if locale.startswith("en") else words.zh).format(field=field, value=value)
