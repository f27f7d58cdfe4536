"""The network of names: its slopes against differences, its layers against plain loops, what it learns, and what it does not hear."""

from __future__ import annotations

import numpy as np
import pytest

from fanzha.engine.reading import net_teaching
from fanzha.engine.reading.looks import look_at, sketched
from fanzha.engine.reading.net_teaching import Batch, Lesson, batch_of, fresh_parts, rate_at, slopes_of, teach_net
from fanzha.engine.reading.nets import PARTS, Net, Singles, mixed_along, normed
from fanzha.engine.reading.sights import Seen, known_of, sights
from fanzha.engine.reading.teaching import Told
from fanzha.engine.reading.words import words_of

SEED = 11


def some_vectors(words: int, numbers: int = 5) -> Singles:
    found = np.random.default_rng(SEED).normal(size=(words + 1, numbers)).astype(np.float32)
    found[0] = 0
    return found


def some_batch(lengths: tuple[int, ...], rows: int, words: int) -> Batch:
    chance = np.random.default_rng(SEED)
    texts = [(chance.integers(rows, size=(length, 3)), chance.integers(words, size=length), chance.integers(3, size=length)) for length in lengths]
    return batch_of([Lesson(Seen(seen, spoken), tags) for seen, spoken, tags in texts])


def test_slopes_are_what_a_small_change_does_to_the_loss() -> None:
    chance = np.random.default_rng(SEED)
    parts = {name: part.astype(np.float32) for name, part in fresh_parts(20, 5, chance, width=8).items()}
    for name in ("scales", "shifts", "biases", "start", "whole"):
        parts[name] += chance.normal(0, 0.2, parts[name].shape).astype(np.float32)
    vectors, batch = some_vectors(6), some_batch((7, 4, 9), 20, 7)
    _, slopes = slopes_of(parts, batch, vectors, None)
    assert set(slopes) == set(PARTS)
    for name in PARTS:
        steepest = np.unravel_index(int(np.abs(slopes[name]).argmax()), slopes[name].shape)
        told = []
        for change in (0.01, -0.01):
            changed = {**parts, name: parts[name].copy()}
            changed[name][steepest] += np.float32(change)
            told.append(slopes_of(changed, batch, vectors, None)[0])
        assert (told[0] - told[1]) / 0.02 == pytest.approx(float(slopes[name][steepest]), rel=0.03, abs=1e-4), name


def test_texts_taught_together_do_not_hear_of_each_other() -> None:
    parts, vectors = fresh_parts(20, 5, np.random.default_rng(SEED), width=8), some_vectors(6)
    one, other = (some_batch((length,), 20, 7) for length in (6, 11))
    both = batch_of([Lesson(batch.seen.of(0, len(batch.tags) - 8), batch.tags[:-8]) for batch in (one, other)])
    apart = [slopes_of(parts, batch, vectors, None)[0] * float(batch.there.sum()) for batch in (one, other)]
    assert slopes_of(parts, both, vectors, None)[0] * float(both.there.sum()) == pytest.approx(sum(apart), rel=1e-4)


def test_a_layer_mixes_as_its_plain_loops_say() -> None:
    chance = np.random.default_rng(SEED)
    values, along = chance.normal(size=(9, 4)).astype(np.float32), chance.normal(size=(5, 4)).astype(np.float32)
    wanted = np.zeros_like(values)
    for place in range(9):
        for tap in range(5):
            if 0 <= place + (tap - 2) * 2 < 9:
                wanted[place] += values[place + (tap - 2) * 2] * along[tap]
    assert mixed_along(values, along, 2) == pytest.approx(wanted, abs=1e-5)
    straight, widths = normed(values, np.ones(4, np.float32), np.zeros(4, np.float32))
    assert straight.mean(axis=1) == pytest.approx(np.zeros(9), abs=1e-5)
    assert widths == pytest.approx(1 / np.sqrt(values.var(axis=1) + 1e-5), rel=1e-4)


def told(text: str, name: str) -> Told:
    start = text.find(name)
    return Told(text, np.zeros(len(text), np.int64), ((start, start + len(name), 0),) if name and start >= 0 else ())


def test_it_learns_where_names_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net_teaching, "ROUNDS", 12)
    monkeypatch.setattr(net_teaching, "WIDTH", 32)
    names = ["蓝鲸荟", "优选客", "米多多", "天启投", "金玺宝", "云上购", "小河马", "桐语", "惠众站", "融易花"]
    texts = [told(f"他叫我下载{name}做任务{number}单", name) for number in range(4) for name in names]
    texts += [told(f"我在{place}门口等了{number}个钟头", "") for number in range(4) for place in ("万达广场", "人民医院", "建设银行", "老百姓药房", "小肥羊", "家乐福")]
    words = np.unique(np.concatenate([words_of(one.text).hashes for one in texts]))
    seen = sketched(one.text for one in texts)
    net = teach_net(texts, seen, known_of((one.text for one in texts), words), some_vectors(len(words)), SEED)
    text = "她叫我下载星河通做任务"
    shares = np.exp(net.shares(sights(look_at(text, words_of(text), np.zeros(len(text), np.int64), seen), net.known)))
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(text)), abs=1e-4)
    assert shares.argmax(axis=1).tolist() == [0] * 5 + [1, 2, 2] + [0] * 3


def test_what_lies_beyond_its_reach_changes_nothing() -> None:
    before, after = "他" * 90, "我在店里下载了优选客做任务"
    seen = sketched([before])
    known = known_of([before, after] * 3, np.unique(words_of(before + after).hashes))
    net = Net(known, some_vectors(len(known.words)), fresh_parts(known.rows, 5, np.random.default_rng(SEED), width=16))
    texts = (before + after, before[:60] + after)
    told = [net.shares(sights(look_at(text, words_of(text), np.zeros(len(text), np.int64), seen), known)) for text in texts]
    assert told[0][-8:] == pytest.approx(told[1][-8:], abs=1e-5)


def test_strange_characters_and_words_have_the_row_of_the_unknown() -> None:
    known = known_of(["下载了优选"] * 3, np.unique(words_of("下载").hashes))
    text = "下载了龘"
    seen = sights(look_at(text, words_of(text), np.zeros(4, np.int64), sketched([])), known)
    rows, words = seen.rows, seen.words
    assert words.tolist() == [1, 1, 0, 0]
    assert rows[3, 0] == 0
    assert len(set(rows[:3, 0].tolist())) == 3
    assert rows.max() < known.rows


def test_the_rate_rises_and_falls() -> None:
    assert [rate_at(share) for share in (0, 0.05, 0.1, 1)] == pytest.approx([0, 1e-3, 2e-3, 0], abs=1e-9)
