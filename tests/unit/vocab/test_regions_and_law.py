"""Regions and legal bases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.vocab import legal, regions


def test_the_demonstration_city() -> None:
    assert regions.children("3503") == ("350302", "350303", "350304", "350305", "350322")
    assert regions.name("3503") == "莆田市"
    assert regions.full_name("350302") == "福建省莆田市城厢区"
    assert regions.name("350302", "en") == "Chengxiang"
    assert regions.find("莆田") == regions.find("莆田市") == "3503"
    assert regions.find("城厢", "3503") == "350302"
    assert regions.find("仙游县") == "350322"


def test_the_parts_of_a_municipality_have_no_placeholder_in_their_name() -> None:
    assert regions.full_name("110101") == "北京市东城区"
    assert regions.name("") == "全国"
    assert regions.full_name("") == "全国"


def test_levels_and_lineage() -> None:
    assert [regions.level(code) for code in ("", "35", "3503", "350302", "350302001")] == ["country", "province", "city", "county", "township"]
    assert [regions.parent(code) for code in ("35", "3503", "350302", "350302001")] == ["", "35", "3503", "350302"]
    assert len(regions.children()) == 34
    with pytest.raises(regions.UnknownRegion):
        regions.level("350")
    with pytest.raises(regions.UnknownRegion):
        regions.name("9999")
    assert regions.find("没有这个地方") is None
    assert regions.find("鼓楼区", "3503") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("350302", "350302"),
        ("350300", "3503"),
        ("350000", "35"),
        ("350302000000", "350302"),
        ("福建省莆田市城厢区", "350302"),
        ("福建莆田城厢", "350302"),
        ("北京市东城区", "110101"),
        ("莆田市", "3503"),
        ("莆田市涵江区", "350303"),
        ("朝阳区", None),
        ("仙游县", "350322"),
        ("鼓楼区", None),
        ("999999", None),
        ("3503029", None),
        ("火星", None),
        ("", None),
    ],
)
def test_what_a_form_means(text: str, code: str | None) -> None:
    assert regions.resolve(text) == code


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_everything_below_a_region_is_contained_in_it(data: st.DataObject) -> None:
    code = ""
    while regions.children(code):
        child = data.draw(st.sampled_from(regions.children(code)))
        assert regions.contains(code, child)
        assert regions.parent(child) == code
        assert regions.full_name(child).endswith(regions.name(child))
        code = child
        assert regions.resolve(code) == code
        assert (regions.resolve(code.ljust(12, "0")) or "").startswith(code)  # a city without counties holds one numbered 00
    assert regions.exists(code)


def test_every_basis_is_found_and_has_its_day() -> None:
    for key, basis in legal.BASES.items():
        assert legal.by_key(key) is basis
        assert legal.in_force(key, basis.effective_from)
        assert not legal.in_force(key, date(2000, 1, 1))
        assert basis.summary_zh
        assert basis.summary_en
    assert legal.by_key("atfl:34").citation() == "《反电信网络诈骗法》第34条"
    assert legal.by_key("refund").citation("en") == "Rules on returning frozen funds (银监发〔2016〕41号)"
    with pytest.raises(legal.UnknownLegalBasis):
        legal.by_key("atfl:999")


def test_a_superseded_act_ends() -> None:
    act = legal.Act("x", "某办法", "Some measures", "1", date(2020, 1, 1), "C", effective_until=date(2021, 1, 1))
    legal.BASES["x:1"] = legal.LegalBasis("x:1", act, "1", "摘要", "summary")
    try:
        assert legal.in_force("x:1", date(2020, 12, 31))
        assert not legal.in_force("x:1", date(2021, 1, 1))
    finally:
        del legal.BASES["x:1"]
