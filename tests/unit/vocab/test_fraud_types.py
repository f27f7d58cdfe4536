"""The fraud types: the ministry's ten and the twelve-class list, name by name, each leading to a code and back."""

from __future__ import annotations

import pytest

from fanzha.vocab.fraud_types import ENTRIES, FraudType, from_fcc12, from_mps_ten
from fanzha.vocab.outcomes import Outcome
from fanzha.vocab.stages import Stage

MPS_TEN = (
    "刷单返利", "虚假网络投资理财", "虚假购物、服务", "冒充电商物流客服", "虚假贷款", "虚假征信", "冒充领导、熟人", "冒充公检法及政府机关",
    "网络婚恋、交友（非投资类）", "网络游戏产品虚假交易",
)  # fmt: skip
FCC12 = (
    "刷单返利", "冒充电商物流客服", "虚假网络投资理财", "贷款、代办信用卡", "虚假征信", "虚假购物、服务", "冒充公检法及政府机关", "冒充领导、熟人",
    "网络游戏产品虚假交易", "网络婚恋、交友（非虚假网络投资理财）", "冒充军警购物", "网黑案件",
)  # fmt: skip


@pytest.mark.parametrize(("number", "name"), tuple(enumerate(MPS_TEN, start=1)))
def test_the_ministrys_ten_have_their_numbers_and_names(number: int, name: str) -> None:
    entry = ENTRIES[from_mps_ten(number)]
    assert (entry.mps_ten, entry.zh) == (number, name)


@pytest.mark.parametrize("label", FCC12)
def test_every_label_of_the_twelve_class_list_has_a_code_of_its_own(label: str) -> None:
    code = from_fcc12(label)
    assert code is not FraudType.OTHER
    assert ENTRIES[code].fcc12 == label
    assert len({from_fcc12(one) for one in FCC12}) == len(FCC12)


def test_what_no_list_knows_is_other() -> None:
    assert [from_mps_ten(number) for number in (0, 11)] == [FraudType.OTHER] * 2
    assert from_fcc12("其他") is FraudType.OTHER
    assert set(ENTRIES) == set(FraudType)
    assert [code for code, entry in ENTRIES.items() if entry.mps_ten is None and entry.fcc12 is None] == [FraudType.OTHER]


def test_the_stages_and_the_result_codes_are_those_of_the_field() -> None:
    assert [stage.value for stage in Stage] == ["lead_in", "grooming", "transfer", "laundering"]
    assert len(Outcome) == 5
