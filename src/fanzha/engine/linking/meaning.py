"""Narratives that tell the same story in other words (话术语义相似), without any model from outside.

A narrative is the set of its pieces: two and three characters in a row, numbers, Latin letters and punctuation left out. Of the set a coordinated sample is kept, the
64 pieces of the smallest keyed hashes (bottom-k; Cohen & Kaplan 2007), so that two narratives sample the pieces they share alike. Pieces are weighed by how rare they are
in the corpus itself (TF-IDF with sets). Candidates come from random projections of the weighed pieces, 64 signs each (Charikar 2002), sorted under sixteen rotations so
that likely neighbours stand side by side, and from pieces that few narratives have; each candidate is then scored by the cosine of its samples. Deterministic.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanzha.engine.kernels import Ints, compiled
from fanzha.engine.linking.floats import Floats

PIECES = 64
SHORTEST = 40  # characters below which a narrative tells too little
LONGEST = 20_000
LEAST, SAME = 0.45, 0.85  # cosines: from which on two narratives are alike at all, and as good as the same
RARE = 12  # narratives that may have a piece which makes them candidates by itself
TURNS, WINDOW, APART = 16, 6, 20  # rotations; neighbours that are looked at in each; signs that may differ
EMPTY = np.uint32(0xFFFF_FFFF)
_MASK = r"[^\p{Han}]+|[零〇一二三四五六七八九十百千万亿两几幺年月日号时分]+"
_BUCKETS = 1 << 22
_STOP = ord("。")
THREADS = max(1, min(4, os.cpu_count() or 1))

Samples: TypeAlias = NDArray[np.uint32]
Signs: TypeAlias = NDArray[np.uint64]


@compiled
def _mix(told: np.uint64) -> np.uint64:
    told = (told ^ (told >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    told = (told ^ (told >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return told ^ (told >> np.uint64(31))


@compiled
def _sample(codes: np.ndarray, start: Ints, key: np.uint64, out: Samples) -> None:
    """The smallest distinct hashes of the pieces of each text (code points `codes[start[i]:start[i + 1]]`), in order; EMPTY fills the rest."""
    hashes = np.empty(2 * LONGEST, np.uint32)
    for i in range(len(start) - 1):
        used = 0
        for place in range(start[i], start[i + 1]):
            told = key
            for step in range(3):
                if place + step >= start[i + 1] or codes[place + step] == _STOP:
                    break
                told = _mix(told ^ np.uint64(codes[place + step])) + np.uint64(step)
                if step:
                    hashes[used] = np.uint32(_mix(told) >> np.uint64(32))
                    used += 1
        if start[i + 1] - start[i] < SHORTEST:
            continue
        mine = np.unique(hashes[:used])[:PIECES]
        out[i, : len(mine)] = mine


def samples(narratives: Sequence[str | None], key: int = 0, chunk: int = 50_000) -> Samples:
    """(narratives, PIECES) hashes, all EMPTY where a narrative is too short. With another key no two samples can be compared."""
    found = np.full((len(narratives), PIECES), EMPTY, np.uint32)
    for first in range(0, len(narratives), chunk):
        given = pl.Series(narratives[first : first + chunk], dtype=pl.String).fill_null("").str.slice(0, LONGEST)
        texts = given.str.replace_all(_MASK, "。")
        start = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(texts.str.len_chars().to_numpy(), out=start[1:])
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
        _sample(codes, start, np.uint64(key), found[first : first + chunk])
    return found


@compiled
def _counts(told: Samples) -> Ints:
    counts = np.zeros(_BUCKETS, np.int64)
    for i in range(len(told)):
        for piece in told[i]:
            if piece != EMPTY:
                counts[piece % _BUCKETS] += 1
    return counts


@compiled
def _project(told: Samples, weights: Floats) -> Signs:
    """64 signs of random projections of each narrative's weighed pieces."""
    signs = np.zeros(len(told), np.uint64)
    sums = np.empty(64)
    for i in range(len(told)):
        sums[:] = 0.0
        for piece in told[i]:
            if piece == EMPTY:
                break
            weight, bits = weights[piece % _BUCKETS], _mix(np.uint64(piece))
            for place in range(64):
                sums[place] += weight if (bits >> np.uint64(place)) & np.uint64(1) else -weight
        for place in range(64):
            if sums[place] > 0:
                signs[i] |= np.uint64(1) << np.uint64(place)
    return signs


@compiled
def _differ(one: np.uint64, other: np.uint64) -> int:
    told = one ^ other
    told -= (told >> np.uint64(1)) & np.uint64(0x5555555555555555)
    told = (told & np.uint64(0x3333333333333333)) + ((told >> np.uint64(2)) & np.uint64(0x3333333333333333))
    told = (told + (told >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((told * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _side_by_side(signs: Signs, order: Ints, pairs: Ints, used: int) -> int:
    """Pairs that stand near each other in `order` and differ in few signs; returns how many are written then."""
    for place in range(len(order)):
        for step in range(1, WINDOW + 1):
            if place + step < len(order):
                one, other = order[place], order[place + step]
                if _differ(signs[one], signs[other]) <= APART:
                    pairs[used] = min(one, other) * len(signs) + max(one, other)
                    used += 1
    return used


def _near(signs: Signs, rows: Ints) -> Ints:
    def turned(turn: int) -> Ints:
        shift = np.uint64(turn * 64 // TURNS)
        keys = (signs[rows] << shift) | (signs[rows] >> ((np.uint64(64) - shift) % np.uint64(64)))
        pairs = np.empty(len(rows) * WINDOW, np.int64)
        order = rows[np.argsort(keys, kind="stable")]
        return pairs[: _side_by_side(signs, order, pairs, 0)].copy()

    with ThreadPoolExecutor(THREADS) as threads:
        return np.concatenate(list(threads.map(turned, range(TURNS))))


@compiled
def _rare(told: Samples, counts: Ints, rows: Ints, pieces: Samples) -> int:
    """Write the rows and pieces of what few narratives have, by row; returns how many there are. With empty `rows` it counts only."""
    used = 0
    for i in range(len(told)):
        for piece in told[i]:
            if piece != EMPTY and 1 < counts[piece % _BUCKETS] <= RARE:
                if len(rows):
                    rows[used], pieces[used] = i, piece
                used += 1
    return used


def _sharing_rare(told: Samples, counts: Ints) -> Ints:
    """Pairs that share a piece which few narratives have."""
    size = _rare(told, counts, np.empty(0, np.int64), np.empty(0, np.uint32))
    rows, pieces = np.empty(size, np.int64), np.empty(size, np.uint32)
    _rare(told, counts, rows, pieces)
    order = np.argsort(pieces, kind="stable")
    rows, pieces = rows[order], pieces[order]
    found = [np.empty(0, np.int64)]
    for step in range(1, RARE):
        same = np.flatnonzero(pieces[step:] == pieces[:-step])
        if not len(same):
            break
        found.append(rows[same] * len(told) + rows[same + step])
    return np.concatenate(found)


def _distinct(pairs: Ints) -> Ints:
    """Sorted, each once: several times faster than `np.unique`."""
    ordered = np.sort(pairs)
    fresh = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
    return np.asarray(ordered[fresh], np.int64)


@compiled
def _running(told: Samples, weights: Floats, sums: Floats) -> None:
    """For each narrative the sums of the squared weights of its first 0, 1, … 64 pieces: row by row in memory, where the weights lie all over it."""
    for i in range(len(told)):
        sums[i, 0] = 0.0
        for place in range(PIECES):
            piece = told[i, place]
            sums[i, place + 1] = sums[i, place] + (weights[piece % _BUCKETS] ** 2 if piece != EMPTY else 0.0)


@compiled
def _cosines(told: Samples, pairs: Ints, weights: Floats, sums: Floats, found: Floats) -> None:
    """Of the samples of each pair, as far as both reach: below the smaller of the largest hashes both have drawn from all their pieces."""
    for at in range(len(pairs)):
        one = pairs[at] // len(told)
        other = pairs[at] - one * len(told)
        i, j, both = 0, 0, 0.0
        while i < PIECES and j < PIECES:
            left, right = told[one, i], told[other, j]
            if left == right:
                if left == EMPTY:
                    break
                both += weights[left % _BUCKETS] ** 2
            i += 1 if left <= right else 0
            j += 1 if right <= left else 0
        reach = min(told[one, PIECES - 1], told[other, PIECES - 1])
        while i < PIECES and told[one, i] <= reach and told[one, i] != EMPTY:
            i += 1
        while j < PIECES and told[other, j] <= reach and told[other, j] != EMPTY:
            j += 1
        product = sums[one, i] * sums[other, j]
        found[at] = both / np.sqrt(product) if product > 0 else 0.0


def _scored(told: Samples, pairs: Ints, weights: Floats) -> Floats:
    """The cosine of each pair: every thread has its own part of the narratives, then of the pairs, so the outcome is that of one."""
    sums, found = np.empty((len(told), PIECES + 1)), np.empty(len(pairs))
    rows, parts = np.array_split(np.arange(len(told)), THREADS), np.array_split(np.arange(len(pairs)), THREADS * 8)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda part: _running(told[_of(part)], weights, sums[_of(part)]), rows))
        list(threads.map(lambda part: _cosines(told, pairs[_of(part)], weights, sums, found[_of(part)]), parts))
    return found


def _of(part: Ints) -> slice:
    return slice(part[0], part[-1] + 1) if len(part) else slice(0, 0)


def alike(told: Samples, least: float = LEAST) -> tuple[Ints, Floats]:
    """Pairs of narratives that tell the same (rows (n, 2), the smaller first, in order) and the cosine of each, from `least` on.

    O(narratives · log narratives); of narratives that very many others resemble, some neighbours are left out.
    """
    rows = np.flatnonzero(told[:, 0] != EMPTY) if len(told) else np.empty(0, np.int64)
    if len(rows) < 2:
        return np.empty((0, 2), np.int64), np.empty(0)
    counts = _counts(told)
    weights = np.log1p(len(rows) / np.maximum(counts, 1))
    pairs = _distinct(np.concatenate([_near(_project(told, weights), rows), _sharing_rare(told, counts)]))
    cosines = _scored(told, pairs, weights)
    kept = cosines >= least
    return np.column_stack([pairs[kept] // len(told), pairs[kept] % len(told)]), cosines[kept]


def shared_words(one: str, other: str, most: int = 3, shortest: int = 4) -> list[str]:
    """The longest runs of characters that both narratives have, numbers and Latin letters left out."""
    texts = [pl.Series([text[:LONGEST]]).str.replace_all(_MASK, "。")[0] for text in (one, other)]
    known = {texts[1][place : place + shortest] for place in range(len(texts[1]) - shortest + 1)}
    found, place = set[str](), 0
    while place + shortest <= len(texts[0]):
        end = place + shortest
        if texts[0][place:end] in known and "。" not in texts[0][place:end]:
            while end < len(texts[0]) and texts[0][end] != "。" and texts[0][place : end + 1] in texts[1]:
                end += 1
            found.add(texts[0][place:end])
            place = end
        else:
            place += 1
    return sorted(found, key=lambda run: (-len(run), run))[:most]
