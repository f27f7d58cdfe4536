"""What a near form can be, and a hit with its explanation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How the value asked about comes near a known one; the surest first."""

    HOMOGRAPH = "homograph"  # 形近字符
    HYPHENATION = "hyphenation"  # 增减连字符
    SUFFIX_SWAP = "suffix_swap"  # 换后缀
    BRAND_IN_NAME = "brand_in_name"  # 名称中嵌入品牌
    TYPO = "typo"  # 错拼
    ONE_DIGIT = "one_digit"  # 一位数字不同
    SWAPPED_DIGITS = "swapped_digits"  # 相邻两位对调
    RANGE = "range"  # 同一号段


@dataclass(frozen=True)
class Hit:
    """`owner` is the known entry's place in the list the index was built from. `place` counts characters from 1; `known` and `asked` are what stands there,
    '' where one of them has nothing. `distance` is in edits (typo, digits), in numbers (range), else 0; `size` is how many of a range are known."""

    owner: int
    form: Form
    distance: int = 0
    place: int = 0
    known: str = ""
    asked: str = ""
    size: int = 0
