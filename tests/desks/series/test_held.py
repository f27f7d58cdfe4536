"""What analysts decided holds in every linking, whatever the cases share; and the passages that narratives have in common."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.desks.series.linking_output import assign
from fanzha.desks.series.passages import SHORTEST, common
from fanzha.engine.linking.cases import MENTIONS, Cases, type_codes
from fanzha.engine.linking.held import ALONE, Held
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.link import link

COUNT = 9


def cases_of(mentions: list[tuple[int, Shared, str]]) -> Cases:
    frame = pl.DataFrame([(case, int(kind), value) for case, kind, value in mentions], schema=MENTIONS, orient="row")
    return Cases.build(pl.Series([f"c{i}" for i in range(COUNT)]), type_codes([None] * COUNT), np.zeros(COUNT, np.int32), frame)


MENTIONED = st.lists(st.tuples(st.integers(0, COUNT - 1), st.sampled_from((Shared.ACCOUNT, Shared.APP)), st.sampled_from("abcd")), max_size=30)
SIDES = st.lists(st.dictionaries(st.integers(0, COUNT - 1), st.integers(0, 2), min_size=2), max_size=3)


@given(MENTIONED, st.lists(st.sampled_from((ALONE, ALONE, 0, 1)), min_size=COUNT, max_size=COUNT), SIDES)
@settings(max_examples=60)
def test_no_linking_breaks_a_decision(mentions: list[tuple[int, Shared, str]], pinned: list[int], told: list[dict[int, int]]) -> None:
    for sides in told:  # a decision that told settled cases apart took them out of their series
        for series in (0, 1):
            of = [case for case in sides if pinned[case] == series]
            for case in of:
                sides[case] = sides[of[0]]
    held = Held(np.array(pinned, np.int32), tuple(np.array(sorted(sides.items()), np.int64) for sides in told))
    cases = cases_of(mentions)
    free, found = link(cases), link(cases, held=held)
    for series in (0, 1):
        assert len({int(found.series[case]) for case in range(COUNT) if pinned[case] == series}) <= 1
    for sides in [{case: code for case, code in enumerate(pinned) if code != ALONE}, *told]:
        assert all(found.series[one] != found.series[other] for one in sides for other in sides if sides[one] != sides[other])
    if all(code == ALONE for code in pinned):
        pairs = [(one, other) for one in range(COUNT) for other in range(one) if found.series[one] == found.series[other]]
        assert all(free.series[one] == free.series[other] for one, other in pairs)  # decisions never add a link of their own
    assert (found.series[found.series] == found.series).all()


def test_without_decisions_nothing_changes() -> None:
    cases = cases_of([(0, Shared.ACCOUNT, "a"), (1, Shared.ACCOUNT, "a")])
    nobody = Held(np.full(COUNT, ALONE, np.int32))
    assert link(cases, held=nobody).series.tolist() == link(cases).series.tolist()


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(("s1", "s2", "s3", None)), st.booleans()), min_size=1, max_size=20))
def test_series_keep_their_names(rows: list[tuple[int, str | None, bool]]) -> None:
    settled: dict[str, int] = {}
    told = []
    for number, (component, series, pin) in enumerate(rows):
        pinned = pin and series is not None and settled.setdefault(series, component) == component and list(settled.values()).count(component) == 1
        told.append((f"r{number}", component, series, pinned))
    settled = {series: component for _, component, series, pinned in told if pinned and series}
    components = pl.DataFrame([(report, component) for report, component, _, _ in told], schema={"linkable_id": pl.String, "component": pl.Int32}, orient="row")
    members = pl.DataFrame(
        [(report, series, pinned) for report, _, series, pinned in told if series], schema={"linkable_id": pl.String, "series_id": pl.String, "is_pinned": pl.Boolean},
        orient="row",
    )  # fmt: skip
    found = assign(components, members)
    named = found.join(components, on="linkable_id").group_by("component").agg(pl.col("series_id").n_unique().alias("n"), pl.col("series_id").first())
    assert named["n"].to_list() == [1] * named.height
    assert named["series_id"].n_unique() == named.height
    by_component = dict(zip(named["component"], named["series_id"], strict=True))
    assert all(by_component[component] == series for series, component in settled.items())


@given(st.lists(st.text("客服转账验证码屏幕共享会议一二三四五六。", max_size=40), max_size=6), st.text("甲乙丙丁戊己庚辛壬癸", min_size=SHORTEST, max_size=16))
def test_passages_are_shared_and_hide_numbers(rest: list[str], script: str) -> None:
    narratives = [f"{text}。{script}。手机13700000009" for text in rest]
    found = common(narratives)
    assert all(each.cases > 1 and sum(each.text in text for text in narratives) >= each.cases for each in found if "＊" not in each.text)
    assert not any("137" in each.text for each in found)
    assert len(rest) < 2 or any(each.text == script and each.cases == len(rest) for each in found)
