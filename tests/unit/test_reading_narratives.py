"""The labelled narratives: enough of them, varied, and read as well as the report says."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

import fanzha.engine.reading as package
from fanzha.engine.reading import MoneyRole, Role, read_narrative
from fanzha.engine.reading.learned import RECORDS, record_lines
from fanzha.engine.reading.scoring import InvalidMark, Labelled, Score, Slip, load_labelled, score, strip_marks, wilson
from fanzha.kit import clock
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage

FOLDER = Path(__file__).parents[1] / "narratives"
AT = datetime(2026, 3, 6, 10, tzinfo=clock.SHANGHAI)
_NUMBERED = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth")
DEVELOPMENT = ("tuning", "development", *(f"development_{part}" for part in _NUMBERED))
HELD_OUT = ("held_out", "held_out_last")
LATEST = ("held_out_fourth", "held_out_seventh")
"""By four other authors, never opened: what a city should expect."""
FLOORS = {"development": (0.97, 0.95), "held out": (0.96, 0.94)}
PARTS = {"development": DEVELOPMENT, "held out": HELD_OUT, "latest": LATEST}
BELOW_AIM = {Kind.APP.value: (0.95, 0.9)}
"""Precision and recall that are below the aim and may not fall further (docs/benchmarks/extract.md)."""
LATEST_FLOORS = {Kind.APP.value: (0.91, 0.94), Kind.IM.value: (0.97, 0.93), "time": (0.96, 0.94)}
FEW = 20
"""Kinds marked less often in the latest parts have no floor of their own."""


@cache
def _scored(part: str) -> tuple[list[Labelled], Score, list[Slip]]:
    narratives = [one for name in PARTS[part] for one in load_labelled(FOLDER / f"{name}.jsonl")]
    return narratives, *score(narratives, AT)


def test_there_are_enough_and_they_vary() -> None:
    held_out = _scored("held out")[0] + _scored("latest")[0]
    everything = _scored("development")[0] + held_out
    how = Counter(one.how for one in everything)
    assert len(everything) >= 300
    assert how["composed"] < len(everything) / 2
    assert how["adversarial"] >= 30
    assert {one.type for one in everything} == set(FraudType)
    assert {"record", "victim", "dialect", "hotline"} <= {one.style for one in everything}
    assert len(held_out) >= 400
    assert len({one.text for one in everything}) == len(everything)
    marked = Counter(mark.kind for one in _scored("held out")[0] for mark in one.marks)
    assert all(marked[kind.value] >= 25 for kind in (*Kind,) if kind.value in marked), marked


@pytest.mark.parametrize("part", FLOORS)
def test_spans_are_found(part: str) -> None:
    _, total, slips = _scored(part)
    for kind, tally in total.spans.items():
        precision, recall = BELOW_AIM.get(kind, FLOORS[part]) if part == "held out" else FLOORS[part]
        told = [slip for slip in slips if slip.kind == kind and slip.what != "role"] if part == "development" else None
        assert tally.precision >= precision, (kind, told)
        assert tally.recall >= recall, (kind, told)
        assert tally.values >= (0.97 if kind == "time" else 0.997) * tally.right - (part == "held out"), (kind, told)


def test_the_latest_parts_are_read_as_well_as_the_report_says() -> None:
    narratives, total, _ = _scored("latest")
    assert len(narratives) >= 270
    assert sum(one.how == "adversarial" for one in narratives) >= 15
    for kind, tally in total.spans.items():
        precision, recall = LATEST_FLOORS.get(kind, (0.97, 0.95))
        assert tally.marked < FEW or (tally.precision >= precision and tally.recall >= recall), kind
    assert total.spans["amount"].roles / total.spans["amount"].roles_asked >= 0.85
    suspects, read, given = total.role("identifier", "suspect")
    assert min(suspects / read, suspects / given) >= 0.93
    assert total.type_accuracy >= 0.8


@pytest.mark.parametrize(("part", "least_identifiers", "least_amounts"), [("development", 0.96, 0.9), ("held out", 0.93, 0.88)])
def test_roles_types_and_stages(part: str, least_identifiers: float, least_amounts: float) -> None:
    _, total, _ = _scored(part)
    identifiers = [tally for kind, tally in total.spans.items() if kind in set(Kind)]
    assert sum(tally.roles for tally in identifiers) / sum(tally.roles_asked for tally in identifiers) >= least_identifiers
    assert total.spans["amount"].roles / total.spans["amount"].roles_asked >= least_amounts
    assert total.role("identifier", "suspect")[0] >= 0.96 * total.role("identifier", "suspect")[2]
    assert total.type_accuracy >= 0.93
    assert total.type_accuracy_unasked >= 0.95
    assert total.stage_accuracy >= 0.87
    assert total.asked_human < total.narratives / 4


def test_types_learn_from_the_development_narratives_alone() -> None:
    lines = record_lines((one.type, one.text) for one in _scored("development")[0])
    records = (Path(package.__file__).parent / RECORDS).read_text("utf-8")
    assert records == "".join(lines), "run scripts/teach-reading"
    assert not set(record_lines((one.type, one.text) for one in [*_scored("held out")[0], *_scored("latest")[0]])) & set(lines)


def test_an_interval_holds_its_share() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(38, 42)
    assert (round(low, 3), round(high, 3)) == (0.779, 0.962)
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_marks_are_taken_out_and_checked() -> None:
    text, marks = strip_marks("卡⟦card:suspect=6217000000000000003|六二一七 零零⟧，⟦amount:lost=12000|1.2万⟧，⟦time=2026-03-05|3月5日⟧")
    assert text == "卡六二一七 零零，1.2万，3月5日"
    assert [(mark.kind, text[mark.start : mark.end], mark.value, mark.role) for mark in marks] == [
        ("card", "六二一七 零零", "6217000000000000003", "suspect"),
        ("amount", "1.2万", "1200000", "lost"),
        ("time", "3月5日", "2026-03-05", None),
    ]
    for wrong in ("⟦nothing|x⟧", "⟦phone|17000000001"):
        with pytest.raises(InvalidMark):
            strip_marks(wrong)


def test_an_officers_record() -> None:
    reading = read_narrative(
        "2026年3月5日14时许，报警人张某某（身份证号：350302190001010016，联系电话：170 0000 0001）报警称：其接到自称抖音客服的电话（号码：00852-50000001），"
        "让其下载“云视通”APP共享屏幕，后其用自己的农业银行卡（6228 0000 0000 0000 018）转账至对方指定账户6217 0000 0000 0000 003，共计损失12万3千元。",
        AT,
    )
    found = {(mention.kind, mention.value): mention.role for mention in reading.mentions}
    assert found == {
        (Kind.ID_CARD, "350302190001010016"): Role.VICTIM,
        (Kind.PHONE, "+8617000000001"): Role.VICTIM,
        (Kind.PHONE, "+85250000001"): Role.SUSPECT,
        (Kind.APP, "云视通"): Role.SUSPECT,
        (Kind.CARD, "6228000000000000018"): Role.VICTIM,
        (Kind.CARD, "6217000000000000003"): Role.SUSPECT,
    }
    assert [mention.value for mention in reading.suspects()] == ["+85250000001", "云视通", "6217000000000000003"]
    assert reading.loss_fen == 12_300_000
    assert [platform.value for platform in reading.platforms] == ["douyin"]
    assert (reading.judgement.type, reading.judgement.stage, reading.judgement.needs_human) == (
        FraudType.LOGISTICS_AGENT,
        Stage.TRANSFER,
        False,
    )
    assert "抖音客服" in reading.judgement.reasons


@pytest.mark.parametrize(
    "text",
    [
        "订单号202603051700000001", "快递单号：SF1700000000123", "警情编号：350302202603051700020", "验证码170001",
        "会议号 170 000 0204", "通缉令编号20260753", "卡号6217****0217", "车牌闽B00412",
    ],
)  # fmt: skip
def test_numbers_that_name_something_else(text: str) -> None:
    assert read_narrative(f"对方发来{text}，", AT).mentions == ()


def test_the_longer_identifier_wins() -> None:
    kinds = [mention.kind for mention in read_narrative("收款卡6217 17000000001 0003，身份证350302190001010016").mentions]
    assert kinds == [Kind.CARD, Kind.ID_CARD]
    assert [mention.kind for mention in read_narrative("发邮件给17000000001@mail.example").mentions] == [Kind.EMAIL]


def test_amount_roles() -> None:
    roles = [amount.role for amount in read_narrative("先返了我50元佣金，后来我转账5000元，又交解冻费3000元，还剩2万元额度。").amounts]
    assert roles == [MoneyRole.RETURNED, MoneyRole.LOST, MoneyRole.FEE, MoneyRole.OTHER]


def test_times_rest_on_the_day_of_the_report() -> None:
    def at(text: str, reported: datetime | None = AT) -> list[str]:
        return [f"{clock.to_local(moment.at):%m-%d %H:%M}" if moment.at else "?" for moment in read_narrative(text, reported).times]

    assert at("3月5日14时许") == ["03-05 14:00"]
    assert at("昨天下午3点半") == ["03-05 15:30"]
    assert at("3月4日被骗，当日下午3点半转账，次日凌晨1时报警") == ["03-04 00:00", "03-04 15:30", "03-05 01:00"]
    assert at("昨天下午3点半", None) == ["?"]
    assert at("2026年2月30日") == []


def test_a_text_without_phrases_needs_a_human() -> None:
    judged = read_narrative("今天天气不错。").judgement
    assert (judged.type, judged.needs_human, judged.stage) == (FraudType.OTHER, True, Stage.LEAD_IN)
    assert not read_narrative("刷单做任务返佣金，派单员让做连单。", human_below=0.1).judgement.needs_human
