"""Texts as numbers: as the network is defined, whatever stands beside a text, and near where the texts say the same."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from fanzha.engine.encoder.encoding import LAYERS, MOST_PIECES, NUMBERS, encode
from fanzha.engine.encoder.pieces import END, START, joined
from fanzha.engine.encoder.weights import HEADS, WIDTH, Layer, Linear, Norm, Packed, shipped

Vector = npt.NDArray[np.float64]


def normed(row: Vector, norm: Norm) -> Vector:
    return np.asarray((row - row.mean()) / math.sqrt(row.var() + 1e-12) * norm.scale + norm.offset, np.float64)


def times(row: Vector, linear: Linear) -> Vector:
    return row @ linear.weights.astype(np.float64) + linear.offset


def through(rows: list[Vector], layer: Layer) -> list[Vector]:
    """One layer, a piece and a head at a time, with the error function."""
    parts = [np.split(times(row, layer.attention), 3) for row in rows]
    width = WIDTH // HEADS
    done = []
    for row, (query, _, _) in zip(rows, parts, strict=True):
        heads = []
        for head in range(HEADS):
            part = slice(head * width, head * width + width)
            looks = np.array([math.exp(query[part] @ key[part] / math.sqrt(width)) for _, key, _ in parts])
            heads.append(sum(look * value[part] for look, (_, _, value) in zip(looks / looks.sum(), parts, strict=True)))
        row = normed(row + times(np.concatenate(heads), layer.output), layer.attended)
        wide = times(row, layer.wide)
        bent = np.array([each * (1 + math.erf(each / math.sqrt(2))) / 2 for each in wide])
        done.append(normed(row + times(bent, layer.narrow), layer.done))
    return done


def by_definition(text: str) -> Vector:
    weights = shipped()
    numbers = [START, *weights.pieces.numbers("query: " + joined(text), MOST_PIECES), END]
    rows = [normed(weights.words.rows([number])[0].astype(np.float64) + weights.places[place], weights.start) for place, number in enumerate(numbers)]
    means = []
    for number, layer in enumerate(weights.layers, 1):
        rows = through(rows, layer)
        if number in LAYERS:
            means.append(np.mean(rows, axis=0))
    return np.concatenate(means)


def test_as_the_network_is_defined() -> None:
    text = "您的 ETC 已过期，请点击链接"
    assert encode([text])[0] == pytest.approx(by_definition(text), abs=0.02)


def test_alone_as_among_others() -> None:
    texts = ["", "转账", "您的快递丢失，请加客服微信办理理赔" * 9, "今天下雨", "转账"]
    together = encode(texts)
    assert together.shape == (5, NUMBERS)
    assert np.isfinite(together).all()
    assert together == pytest.approx(np.vstack([encode([text]) for text in texts]), abs=1e-3)


def test_no_texts_no_numbers() -> None:
    assert encode([]).shape == (0, NUMBERS)


@pytest.mark.parametrize(
    ("said", "same", "other"),
    [
        ("您的银行卡有风险，请点击链接核实", "账户出现异常，打开网址验证身份", "本店新到夏装，全场八折，欢迎光临"),
        ("刷单返利，日入三百，加客服领任务", "招兼职点赞员，佣金日结，私信接单", "明天上午九点在三楼会议室开会"),
    ],
)
def test_the_same_in_other_words_is_nearer(said: str, same: str, other: str) -> None:
    numbers = encode([said, same, other])
    assert np.square(numbers[0] - numbers[1]).sum() < np.square(numbers[0] - numbers[2]).sum()


def test_weights_of_four_bits() -> None:
    codes = np.zeros((2, 16), np.uint8)
    codes[1, 0], codes[1, 15] = 0xF0, 0x1F
    rows = Packed(codes, np.array([[0.5], [2]], np.float16)).rows()
    assert rows[0].tolist() == [-4.0] * 32
    assert rows[1, [0, 15, 16, 31]].tolist() == [-16.0, 14.0, 14.0, -14.0]
