"""Linking held against the plain definition on small random cases, and to what analysts expect."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from fanzha.bootstrap import open_platform
from fanzha.engine.linking.benchmark import curve, measure
from fanzha.engine.linking.candidates import Candidates
from fanzha.engine.linking.cases import MENTIONS, Cases, clean, type_codes
from fanzha.engine.linking.errors import UnreadableCases
from fanzha.engine.linking.kinds import STRENGTH, Settings, Shared
from fanzha.engine.linking.link import Linked, link
from fanzha.engine.linking.made_up import city, pairwise
from fanzha.engine.linking.near import near_pairs
from fanzha.engine.linking.reading import read_cases
from fanzha.engine.linking.script import script_places
from fanzha.engine.linking.weights import UNKNOWN
from fanzha.faces.cli.main import build

DIGITS = st.text("0123456789", min_size=8, max_size=10)


def cases_of(mentions: list[tuple[int, Shared, str]], types: list[str | None], days: list[int]) -> Cases:
    frame = pl.DataFrame([(case, int(kind), value) for case, kind, value in mentions], schema=MENTIONS, orient="row")
    return Cases.build(pl.Series([f"c{i}" for i in range(len(types))]), type_codes(types), np.array(days, np.int32), frame)


@st.composite
def some_cases(draw: st.DrawFn) -> Cases:
    count = draw(st.integers(2, 14))
    kinds = st.sampled_from((Shared.ACCOUNT, Shared.PHONE, Shared.APP, Shared.NAME, Shared.SCRIPT))
    mentions = draw(st.lists(st.tuples(st.integers(0, count - 1), kinds, st.sampled_from("abcdef")), max_size=40))
    types = draw(st.lists(st.sampled_from(("loan", "rebate", None)), min_size=count, max_size=count))
    days = draw(st.lists(st.sampled_from((0, 10, 80, 150, 300, 900, UNKNOWN)), min_size=count, max_size=count))
    return cases_of(mentions, types, days)


def bits_by_hand(cases: Cases, value: int) -> float:
    mine = cases.known_by[cases.start[value] : cases.start[value + 1]].tolist()
    types = [t for case in mine if (t := int(cases.types[case])) != UNKNOWN]
    days = sorted(d for case in mine if (d := int(cases.days[case])) != UNKNOWN)
    bits = STRENGTH[Shared(int(cases.kinds[value]))] - 0.5 * max(0.0, float(np.log2(len(mine) / 8)))
    if len(types) >= 4:
        share = max(types.count(t) for t in types) / len(types)
        bits += 2 if share >= 0.9 else 1 if share >= 0.7 else 0 if share >= 0.5 else -4
    if len(days) >= 2:
        edge = len(days) // 10
        span = days[len(days) - 1 - edge] - days[edge]
        bits += next(told for most, told in ((31, 2), (92, 1), (183, 0), (366, -3), (10**6, -6)) if span <= most)
    return bits


def series_by_hand(cases: Cases) -> list[int]:
    """All pairs, added up value by value, then everything that hangs together."""
    group = list(range(len(cases)))
    known = {value: cases.known_by[cases.start[value] : cases.start[value + 1]].tolist() for value in range(len(cases.kinds))}
    bits = {value: bits_by_hand(cases, value) for value, mine in known.items() if len(mine) > 1}
    for one, other in combinations(range(len(cases)), 2):
        shared = [bits[value] for value, mine in known.items() if one in mine and other in mine and bits[value] > 0]
        if shared and (max(shared) >= 8.0 or sum(each for each in shared if each < 8.0) >= 8.0):
            low, high = sorted((group[one], group[other]))
            group = [low if each == high else each for each in group]
    return group


@given(some_cases())
def test_series_are_what_adding_up_every_pair_gives(cases: Cases) -> None:
    assert link(cases).series.tolist() == series_by_hand(cases)


@given(some_cases())
def test_every_linked_case_has_a_reason_and_no_other_has(cases: Cases) -> None:
    linked = link(cases)
    told = linked.reasons()
    assert set(told["case"].to_list()) == {case for case, size in enumerate(linked.sizes().tolist()) if size > 1 and _shares_within(linked, case)}
    assert all(linked.sizes()[case] > 1 for case in told["case"])


def _shares_within(linked: Linked, case: int) -> bool:
    cases = linked.cases
    for value in range(len(cases.kinds)):
        mine = cases.known_by[cases.start[value] : cases.start[value + 1]].tolist()
        if linked.bits[value] > 0 and case in mine and sum(linked.series[other] == linked.series[case] for other in mine) > 1:
            return True
    return False


@given(st.lists(DIGITS, unique=True, max_size=30))
def test_near_numbers_differ_in_exactly_one_digit(numbers: list[str]) -> None:
    found = {tuple(sorted(pair)) for pair in near_pairs(pl.Series(numbers, dtype=pl.String), 100).tolist()}
    wanted = {
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(numbers), 2)
        if len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    }
    assert found == wanted


def test_a_hotline_links_nobody_and_a_gangs_number_does() -> None:
    types = [f"t{i % 5}" for i in range(400)] + ["loan"] * 40
    days = list(range(400)) + list(range(40))
    mentions = [(i, Shared.PHONE, "96110") for i in range(400)] + [(i, Shared.PHONE, "17000000001") for i in range(400, 440)]
    linked = link(cases_of(mentions, types, days))
    assert linked.sizes().tolist() == [1] * 400 + [40] * 40


def test_a_slip_of_one_digit_links_cases_of_one_type_and_time_and_is_told() -> None:
    mentions = [(0, Shared.ACCOUNT, "6222000011112222"), (1, Shared.ACCOUNT, "6222000011112222"), (2, Shared.ACCOUNT, "6222000011112223")]
    linked = link(cases_of(mentions, ["loan"] * 3, [0, 3, 5]))
    assert linked.series.tolist() == [0, 0, 0]
    assert linked.reasons().filter(pl.col("case") == 2)["value"].to_list() == ["6222000011112223"]
    for types, days in ((["loan", "loan", "rebate"], [0, 3, 5]), (["loan"] * 3, [0, 3, 300])):
        assert link(cases_of(mentions, types, days)).series.tolist() == [0, 0, 2]


def test_narratives_that_are_nearly_the_same_join_and_others_do_not() -> None:
    story = (
        "报警人称其在家中刷短视频时看到办理低息贷款的广告，点击后下载了一款应用，对方客服以银行卡号填写错误导致资金冻结为由，"
        "要求其缴纳解冻费用，其先后两次转账后仍无法提现，遂发现被骗。"
    )
    other = (
        "受害人在游戏群里看到有人收购游戏账号，私聊后对方发来一个交易平台的网址，注册后显示账户被冻结，需要充值保证金才能提现，"
        "受害人充值三次后对方失联，遂到派出所报案求助处理。"
    )
    texts = [story, story.replace("两次", "三次"), other, None, "太短"]
    scripts = script_places(texts)
    mentions = [(row["case"], Shared.SCRIPT, row["value"]) for row in scripts.iter_rows(named=True)]
    assert link(cases_of(mentions, ["loan", "loan", "game", None, None], [1, 5, 6, 7, 8])).series.tolist() == [0, 0, 2, 3, 4]


def test_values_are_cleaned_as_people_write_them() -> None:
    numbers = [(Shared.PHONE, "+86 170-0000 0001"), (Shared.PHONE, "１７００００００００１")]
    sites = [(Shared.SITE, "HTTPS://www.Bad.example/a?b"), (Shared.SITE, "bad.example.")]
    frame = clean(pl.DataFrame([(0, int(kind), value) for kind, value in numbers + sites], schema=MENTIONS, orient="row"))
    assert frame["value"].to_list() == ["17000000001", "17000000001", "bad.example", "bad.example"]


@settings(max_examples=30)
@given(some_cases(), st.integers(0, 13))
def test_a_case_finds_its_own_series_when_it_asks_anew(cases: Cases, asked: int) -> None:
    linked = link(cases)
    asked %= len(cases)
    owner = np.repeat(np.arange(len(cases.kinds)), np.diff(cases.start))
    values = [(Shared(int(cases.kinds[value])), str(cases.texts[int(value)])) for value in owner[cases.known_by == asked]]
    found = Candidates(linked).find(values)
    told = {candidate.series for candidate in found}
    assert int(linked.series[asked]) in told or not any(linked.settings.strength[kind] > 0 for kind, _ in values) or not _positive(linked, asked)
    assert [each.bits for each in found] == sorted((each.bits for each in found), reverse=True)
    assert all(each.bits == pytest.approx(sum(reason.bits for reason in each.reasons), abs=0.3) for each in found)


def _positive(linked: Linked, case: int) -> bool:
    owner = np.repeat(np.arange(len(linked.bits)), np.diff(linked.cases.start))
    return bool((linked.bits[owner[linked.cases.known_by == case]] > 0).any())


def test_the_command_links_a_file_and_says_why(tmp_path: Path) -> None:
    lines = [
        {"case_id": "a", "reported_at": "2026-03-01T08:00:00+08:00", "fraud_type": "loan", "identifiers": [{"kind": "phone", "value": "170 0000 0001"}]},
        {"case_id": "b", "reported_at": "2026-03-05", "fraud_type": "loan", "phones": ["17000000001"], "accounts": ["6222000011112222"]},
        {"id": 7, "identifiers": {"account": ["6222 0000 1111 2222"]}, "narrative": "短"},
        {"case_no": "d", "phone": "17000000009"},
    ]
    cases, out = tmp_path / "cases.jsonl", tmp_path / "series.jsonl"
    cases.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    outcome = CliRunner().invoke(build(open_platform), ["--quiet", "link", "--cases", str(cases), "--out", str(out), "--json"])
    assert outcome.exception is None, outcome.output
    summary = orjson.loads(outcome.stdout)
    assert [summary[key] for key in ("cases", "series", "linked_cases", "largest")] == [4, 1, 3, 3]
    told = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [(row["case_id"], row["series_id"], row["size"]) for row in told] == [("a", "a", 3), ("b", "a", 3), ("7", "a", 3), ("d", "d", 1)]
    assert {reason["value"] for reason in told[1]["reasons"]} == {"17000000001", "6222000011112222"}
    assert told[3]["reasons"] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no case"),
        ("{\n", "line 1 is no JSON"),
        ("[1]\n", "line 1 is no JSON object"),
        ('{"phone": "1"}\n', "line 1 has no case_id"),
        ('{"id": 1}\n{"id": "1"}\n', "comes more than once"),
        ('{"id": 1, "time": "soon"}\n', "'soon' is no date"),
        ('{"id": 1, "identifiers": ["x"]}\n', "no object with kind and value"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableCases, match=message):
        read_cases(path)


def test_a_made_up_city_is_linked_well_and_the_curve_falls_with_sharing() -> None:
    told, linked = measure(city(4_000), asked=50)
    assert told["f1"] >= 0.95
    assert told["candidates"]["own_series_first"] >= 0.95
    assert len(linked.series) == 4_000
    figures = [row["f1"] for row in curve(4_000)]
    assert figures == sorted(figures, reverse=True)


def test_pairwise_figures() -> None:
    assert pairwise(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])) == {"precision": 0.5, "recall": 0.33333, "f1": 0.4}
    assert pairwise(np.array([0, 1, 2]), np.array([0, 0, 0]))["f1"] == 0.0


def test_a_higher_threshold_links_less() -> None:
    mentions = [(0, Shared.APP, "a"), (1, Shared.APP, "a")]
    cases = cases_of(mentions, ["loan", "loan"], [0, 1])
    assert link(cases).sizes().tolist() == [2, 2]
    assert link(cases, Settings(threshold=12.0)).sizes().tolist() == [1, 1]
