"""Narratives that tell the same story in nearly the same words: places in their order by min-hashing (Broder 1997; one permutation, Li, Owen & Zhang 2012)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fanzha.engine.kernels import Ints, compiled

SHINGLE = 4  # characters
BINS, BANDS = 32, 8
SHORTEST = 40  # characters without digits below which a narrative tells no script
EMPTY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@compiled
def _bands(codes: np.ndarray, start: Ints, out: np.ndarray) -> None:
    """For each text (code points `codes[start[i]:start[i + 1]]`) its bands (`out`, uint64); EMPTY where it is too short."""
    mins = np.empty(BINS, np.uint64)
    for i in range(len(start) - 1):
        out[i] = EMPTY
        if start[i + 1] - start[i] < SHORTEST:
            continue
        mins[:] = EMPTY
        for place in range(start[i], start[i + 1] - SHINGLE + 1):
            mixed = np.uint64(1469598103934665603)
            for step in range(SHINGLE):
                mixed = (mixed ^ np.uint64(codes[place + step])) * np.uint64(1099511628211)
            mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(32)
            bin_ = int(mixed >> np.uint64(59))
            mins[bin_] = min(mins[bin_], mixed)
        for band in range(BANDS):
            told = np.uint64(band)
            for step in range(BINS // BANDS):
                told = (told ^ mins[band * (BINS // BANDS) + step]) * np.uint64(1099511628211)
            out[i, band] = told


def script_places(narratives: Sequence[str | None], chunk: int = 50_000) -> pl.DataFrame:
    """`case` (row), `value` (a place in the order, as text) of every narrative that is long enough; digits and latin letters do not count."""
    frames = [pl.DataFrame(schema={"case": pl.Int32, "value": pl.String})]
    for first in range(0, len(narratives), chunk):
        texts = pl.Series(narratives[first : first + chunk], dtype=pl.String).fill_null("").str.replace_all(r"[\s\p{P}0-9A-Za-z０-９]", "")
        lengths = texts.str.len_chars().to_numpy()
        start = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(lengths, out=start[1:])
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
        out = np.empty((len(texts), BANDS), np.uint64)
        _bands(codes, start, out)
        rows, bands = np.nonzero(out != EMPTY)
        values = pl.Series(out[rows, bands]).cast(pl.String)
        frames.append(pl.DataFrame({"case": pl.Series((rows + first).astype(np.int32)), "value": values}))
    return pl.concat(frames)
