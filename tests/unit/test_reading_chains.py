"""Chains of tags against a slow oracle that goes through every path, what they learn, and what is shipped of them."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.reading.apps import find_apps
from fanzha.engine.reading.chains import NEVER, SLOTS, Chain, fresh
from fanzha.engine.reading.folding import fold
from fanzha.engine.reading.lessons import app_lesson, fingerprint, lessons, owner_lesson, rows_of, sum_lesson
from fanzha.engine.reading.letters import letters
from fanzha.engine.reading.looks import look_at, sketched
from fanzha.engine.reading.narrative import kinds_of, surest
from fanzha.engine.reading.net_teaching import fresh_parts
from fanzha.engine.reading.nets import PARTS, Net
from fanzha.engine.reading.sights import Known
from fanzha.engine.reading.stretches import fresh_chain, stretches_of, tags_of
from fanzha.engine.reading.taught import Taught, keep, shipped
from fanzha.engine.reading.teaching import everywhere, teach_stretches
from fanzha.engine.reading.words import words_of

TOLD = Path(__file__).parents[1] / "narratives"
SEED = 7


def some_chain(tags: int, seed: int, base: Chain | None = None) -> Chain:
    chance = np.random.default_rng(seed)
    empty = base or fresh(tags)
    weights = np.zeros((SLOTS, tags), np.float32)
    weights[:40] = chance.normal(size=(40, tags))
    steps = np.where(empty.steps > NEVER, chance.normal(size=(tags, tags)), NEVER)
    return Chain(weights, steps, np.where(empty.starts > NEVER, chance.normal(size=tags), NEVER))


def some_features(places: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    return np.random.default_rng(seed).integers(-1, 40, size=(places, 3)).astype(np.int32)


def worth(chain: Chain, features: np.ndarray[tuple[int, int], np.dtype[np.int32]], path: tuple[int, ...]) -> float:
    total = float(chain.starts[path[0]])
    for place, tag in enumerate(path):
        total += float(sum(chain.weights[slot, tag] for slot in features[place] if slot >= 0))
        total += float(chain.steps[path[place - 1], tag]) if place else 0.0
    return total


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(2, 3), st.integers(0, 10_000))
def test_the_likeliest_tags_and_their_shares_are_those_of_all_paths(places: int, tags: int, seed: int) -> None:
    chain, features = some_chain(tags, seed), some_features(places, seed + 1)
    worths = {path: worth(chain, features, path) for path in itertools.product(range(tags), repeat=places)}
    best, shares = chain.likeliest(features)
    assert worths[tuple(best.tolist())] == pytest.approx(max(worths.values()), abs=1e-4)
    whole = sum(map(math.exp, worths.values()))
    for place in range(places):
        share = sum(math.exp(value) for path, value in worths.items() if path[place] == best[place]) / whole
        assert shares[place] == pytest.approx(share, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 2), st.integers(0, 10_000))
def test_a_stretch_has_the_share_of_the_paths_on_which_it_stands(places: int, kinds: int, seed: int) -> None:
    chain, features = some_chain(2 * kinds + 1, seed, fresh_chain(kinds)), some_features(places, seed + 1)
    worths = {path: worth(chain, features, path) for path in itertools.product(range(2 * kinds + 1), repeat=places)}
    allowed = {path: math.exp(value) for path, value in worths.items() if value > NEVER / 2}
    for one in stretches_of(chain.fits(features), chain):
        tags = tags_of(places, [(one.start, one.end, one.kind)])[one.start : one.end].tolist()
        further = 2 * one.kind + 2
        holds = [
            value for path, value in allowed.items() if list(path[one.start : one.end]) == tags and (one.end == places or path[one.end] != further)
        ]
        assert one.share == pytest.approx(sum(holds) / sum(allowed.values()), rel=1e-4)


def test_nothing_goes_on_that_has_not_begun() -> None:
    chain = some_chain(5, 3, fresh_chain(2))
    for seed in range(20):
        tags = chain.likeliest(some_features(12, seed))[0].tolist()
        assert all(tag % 2 or tag == 0 or (place and tags[place - 1] in (tag - 1, tag)) for place, tag in enumerate(tags))


def test_where_names_stand_is_learned_and_not_which_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanzha.engine.reading.teaching.AGAIN", 1)
    monkeypatch.setattr("fanzha.engine.reading.teaching.ROUNDS", 40)
    told = ["他让我下载一个叫⟦app|{}⟧的软件", "我在⟦app|{}⟧上充值了", "群里叫我去超市买菜", "老师叫小王来开会", "我在家里上网课"]
    names = ["云朵通", "金海投", "米粒宝", "星火贷"]
    rows = [f'{{"text": "{one.format(name)}"}}' for one in told for name in names]
    texts = [app_lesson(one) for one in lessons(rows)]
    seen = sketched(one.text for one in texts)
    chain = teach_stretches(texts, 1, seen, SEED)

    def found(text: str) -> list[str]:
        kinds = kinds_of(text, surest(fold(text), None))
        return [text[one.start : one.end] for one in stretches_of(chain.fits(letters(look_at(text, words_of(text), kinds, seen))), chain)]

    assert found("他让我下载一个叫绿洲汇的软件") == ["绿洲汇"]
    assert found("老师叫小李来开会") == []


def test_a_text_does_not_count_itself() -> None:
    text, other = "他让我下载云朵通", "他让我充值五万元"
    kinds = np.zeros(len(text), np.int64)
    with_itself = letters(look_at(text, words_of(text), kinds, sketched([text, other]), own=1))
    assert (with_itself == letters(look_at(text, words_of(text), kinds, sketched([other])))).all()


def test_a_name_is_taught_wherever_it_stands_after_it_was_told() -> None:
    text = "在云通上，云通里，甲云通"
    assert everywhere(text, [(1, 3, 0)]) == ((1, 3, 0), (5, 7, 0), (10, 12, 0))


@settings(max_examples=60, deadline=None)
@given(st.text("云通金海在上下载叫软件“”（）,，。A1b ", min_size=1, max_size=40))
def test_names_lie_in_the_text_and_outside_of_what_is_taken(text: str) -> None:
    folded = fold(text)
    known = surest(folded, None)
    last = 0
    for one in find_apps(folded.text, words_of(folded.text), kinds_of(folded.text, known), known.taken):
        assert last <= one.start < one.end <= len(folded.text)
        assert not known.taken.overlaps(one.start, one.end)
        assert 0.0 < one.confidence <= 1.0
        last = one.end


def test_what_is_kept_is_what_was_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain, chance = some_chain(3, 5), np.random.default_rng(5)
    known = Known(np.array([48, 20170]), np.array([7]), np.array([3, 9]))
    net = Net(known, chance.normal(size=(3, 4)).astype(np.float32), fresh_parts(known.rows, 4, chance))
    keep(Taught(chain, net, np.zeros(1 << 17, np.uint8), chain, chain, "source"), tmp_path / "taught.npz")
    monkeypatch.setattr("fanzha.engine.reading.taught.resources.files", lambda _: tmp_path)
    shipped.cache_clear()
    try:
        again = shipped()
    finally:
        shipped.cache_clear()
    assert again.source == "source"
    assert np.abs(again.apps.weights * again.apps.part - chain.weights).max() <= np.abs(chain.weights).max() / 127
    assert (again.apps.steps == chain.steps).all()
    assert [getattr(again.net.known, name).tolist() for name in ("codes", "classes", "words")] == [[48, 20170], [7], [3, 9]]
    assert np.abs(again.net.vectors - net.vectors).max() <= np.abs(net.vectors).max() / 127
    assert all(again.net.parts[name] == pytest.approx(net.parts[name], abs=1e-3, rel=1e-3) for name in PARTS)


def test_what_is_shipped_was_learned_from_these_narratives() -> None:
    narratives = rows_of(sorted([TOLD / "tuning.jsonl", *TOLD.glob("development*.jsonl")]))
    sentences = rows_of(sorted(TOLD.glob("sentences*.jsonl")))
    assert shipped().source == fingerprint(narratives, sentences), "run scripts/teach-reading"
    held_out = {one.folded.text for one in lessons(rows_of(sorted(TOLD.glob("held_out*.jsonl"))))}
    assert not held_out & {one.folded.text for one in lessons([*narratives, *sentences])}


def test_lessons_tell_what_is_marked() -> None:
    row = '{"text": "在⟦app:suspect|云通⟧投⟦amount:lost=5000|5千元⟧，打⟦phone:unknown|17000000001⟧说要交⟦amount:other=900|900元⟧"}'
    (one,) = lessons([row])
    assert app_lesson(one).stretches == ((1, 3, 0),)
    assert sum_lesson(one)[1].tolist() == [0, 3]
    assert owner_lesson(one)[1].tolist() == [0, 2]
