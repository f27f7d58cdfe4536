"""Narratives in other words: sampled likeness against counting every piece, links that it adds, and the words it quotes."""

from __future__ import annotations

from dataclasses import replace
from math import log1p, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.linking import meaning
from fanzha.engine.linking.cases import MENTIONS, Cases
from fanzha.engine.linking.kinds import Settings, Shared
from fanzha.engine.linking.link import link
from fanzha.engine.linking.made_up import city, pairwise
from fanzha.engine.linking.made_up_words import narratives
from fanzha.engine.linking.meaning import EMPTY, PIECES, alike, samples, shared_words

STORY = "对方让下载云鼎优选软件做任务，先返了几笔小额佣金，之后称系统卡单要连做三单才能提现，让把钱转到指定账户，转完后被对方拉黑，遂到所报案"
RETOLD = STORY.replace("先返了", "起初返过").replace("之后称", "后来又讲").replace("遂到所报案", "现请求处理")
OTHER = "冒充航空公司工作人员，谎称机票改签可以领取延误补偿，引导其开启会议软件共享屏幕并输入银行验证码，随后卡内资金被分多次划走"
CHARACTERS = "转账客服验证码屏幕共享会议软件任务佣金对方平台提现系统"


def _pieces(text: str) -> set[str]:
    runs = text.replace("一", "，").split("，")
    return {run[place : place + size] for run in runs for size in (2, 3) for place in range(len(run) - size + 1)}


def test_where_all_pieces_are_sampled_the_cosine_is_exact() -> None:
    texts = [STORY[:45], RETOLD[:46], OTHER[:50]]
    pieces = [_pieces(text) for text in texts]
    few = [told for told in samples(texts) if (told != EMPTY).sum() < PIECES]
    pairs, cosines = alike(samples(texts), 0.0001)
    weight = {piece: log1p(3 / sum(piece in each for each in pieces)) for each in pieces for piece in each}

    def size(chosen: set[str]) -> float:
        return sum(weight[piece] ** 2 for piece in chosen)

    exact = size(pieces[0] & pieces[1]) / sqrt(size(pieces[0]) * size(pieces[1]))
    found = {tuple(pair): cosine for pair, cosine in zip(pairs.tolist(), cosines.tolist(), strict=True)}
    assert found[0, 1] == pytest.approx(exact, abs=1e-9 if len(few) == len(texts) else 0.2)
    assert (0, 2) not in found or found[0, 2] < 0.2


@given(st.lists(st.text(CHARACTERS, min_size=40, max_size=80), min_size=2, max_size=6), st.integers(0, 2**40))
@settings(max_examples=30, deadline=None)
def test_likeness_is_symmetric_bounded_and_blind_to_numbers(texts: list[str], key: int) -> None:
    told = [*texts, texts[0]]
    pairs, cosines = alike(samples(told, key))
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert ((cosines > 0) & (cosines < 1 + 1e-9)).all()
    found = {tuple(pair): cosine for pair, cosine in zip(pairs.tolist(), cosines.tolist(), strict=True)}
    assert found[0, len(texts)] == pytest.approx(1)
    assert (samples([f"{texts[0]}13900000001x"], key) == samples([texts[0]], key)).all()
    back, same = alike(samples(told[::-1], key))
    last = len(told) - 1
    turned = {(last - other, last - one): cosine for (one, other), cosine in zip(back.tolist(), same.tolist(), strict=True)}
    assert turned == pytest.approx(found)


def test_short_narratives_are_like_nothing() -> None:
    assert (samples(["转账。", None, "1" * 90]) == EMPTY).all()
    assert len(alike(samples(["转账。"] * 3))[0]) == 0
    assert len(alike(samples([]))[0]) == 0


def _two(days: tuple[int, int], types: tuple[int, int], app: str = "") -> Cases:
    rows = [(case, int(Shared.APP), app) for case in (0, 1) if app]
    frame = pl.DataFrame(rows, schema=MENTIONS, orient="row")
    cases = Cases.build(pl.Series(["a", "b", "c"]), np.array([*types, 0], np.int32), np.array([*days, 0], np.int32), frame)
    told = [STORY, RETOLD, OTHER]
    return replace(cases, told=samples(told), narratives=told)


def test_other_words_add_to_weak_evidence_and_say_which_they_are() -> None:
    assert link(_two((0, 100), (0, 0), "renwu"), Settings(meaning_bits=0)).series.tolist() == [0, 1, 2]
    linked = link(_two((0, 100), (0, 0), "renwu"))
    assert linked.series.tolist() == [0, 0, 2]
    reasons = {row["kind"]: row for row in linked.reasons().filter(pl.col("case") == 1).iter_rows(named=True)}
    assert reasons.keys() == {"app", "meaning"}
    assert "让下载云鼎优选软件" in reasons["meaning"]["value"]
    assert link(_two((0, 100), (0, 1), "renwu")).series.tolist() == [0, 1, 2]  # another type of fraud
    assert link(_two((0, 0), (0, 0))).series.tolist() == [0, 1, 2]  # by themselves they do not suffice


def test_what_is_quoted_stands_in_both_and_holds_no_number() -> None:
    words = shared_words(f"{STORY}6222020000000000017", f"6222020000000000017{RETOLD}")
    assert words
    assert all(word in STORY and word in RETOLD for word in words)


def test_on_made_up_gangs_narratives_find_more_and_spoil_nothing() -> None:
    made = city(8_000, sharing=0.3)
    told = narratives(made.truth)
    without, same, other = (
        pairwise(link(cases, chosen).series, made.truth)
        for cases, chosen in ((made.cases(), Settings()), (made.cases(told), Settings(meaning_bits=0)), (made.cases(told), Settings()))
    )
    assert without["f1"] <= same["f1"] <= other["f1"] > without["f1"]
    assert other["precision"] > 0.999


def test_threads_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    told = samples(narratives(city(2_000).truth))
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(meaning, "THREADS", threads)
        found.append(meaning.alike(told))
    assert len(found[0][0]) > 100
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))
