"""Measure linking on made-up cases: speed, pairwise F1, the curve as sharing falls, and a new report's candidates."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from fanzha.engine.linking.candidates import Candidates
from fanzha.engine.linking.kinds import Settings, Shared
from fanzha.engine.linking.link import Linked, link
from fanzha.engine.linking.made_up import COLUMNS, City, city, pairwise
from fanzha.engine.linking.made_up_words import narratives

CURVE = (0.9, 0.75, 0.6, 0.45, 0.3)


def measure(made: City, asked: int = 500) -> tuple[dict[str, Any], Linked]:
    """Seconds and pairwise figures on one city, and a new report's candidates."""
    link(city(500).cases())
    cpu, wall = time.process_time(), time.perf_counter()
    cases = made.cases()
    prepared = time.process_time() - cpu
    linked = link(cases)
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "prepare_cpu_s": prepared}
    sizes = np.bincount(linked.series)
    told: dict[str, Any] = {"cases": made.table.height, **{name: round(seconds, 2) for name, seconds in took.items()}}
    told |= pairwise(linked.series, made.truth) | {"series": int((sizes > 1).sum()), "largest": int(sizes.max())}
    return told | {"candidates": _candidates(made, linked, asked)}, linked


def with_narratives(made: City) -> dict[str, Any]:
    """The same city with what its victims tell: seconds of sampling (once, when a case is taken in) and of linking, and pairwise figures."""
    told = narratives(made.truth)
    cpu = time.process_time()
    cases = made.cases(told)
    prepared, wall = time.process_time() - cpu, time.perf_counter()
    linked = link(cases)
    took = {"prepare_cpu_s": prepared, "link_cpu_s": time.process_time() - cpu - prepared, "link_wall_s": time.perf_counter() - wall}
    return {name: round(seconds, 2) for name, seconds in took.items()} | pairwise(linked.series, made.truth)


def _candidates(made: City, linked: Linked, asked: int) -> dict[str, float]:
    """A case asks as if it came anew: its own series must come first. Share of right answers among cases of a series, and milliseconds."""
    index = Candidates(linked)
    rows = np.random.default_rng(1).choice(made.table.height, asked, replace=False).tolist()
    sizes = linked.sizes()
    seconds, right, grouped = [], 0, 0
    for row in rows:
        told = made.table.row(row, named=True)
        values = [(Shared(kind), told[name]) for name, kind in COLUMNS.items() if told[name]]
        started = time.perf_counter()
        found = index.find(values)
        seconds.append(time.perf_counter() - started)
        if sizes[row] > 1:
            grouped += 1
            right += int(bool(found) and found[0].series == linked.series[row])
    p50, p95 = (round(float(np.percentile(seconds, share)) * 1e3, 3) for share in (50, 95))
    return {"p50_ms": p50, "p95_ms": p95, "own_series_first": round(right / max(1, grouped), 4)}


def curve(cases: int) -> list[dict[str, float]]:
    """Pairwise figures as the share of a gang's cases that name its values falls."""
    rows = []
    for sharing in CURVE:
        made = city(cases, sharing=sharing)
        rows.append({"sharing": sharing, **pairwise(link(made.cases()).series, made.truth)})
    return rows


def scripts(cases: int, sharing: float = 0.3) -> dict[str, Any]:
    """What narratives add where identifiers are scarce: by what counts, pairwise figures, the share found of pairs of one gang that name nothing in common, and the
    processor seconds. Each gang has a script, each victim tells it in their own words (`made_up_words`)."""
    made = city(cases, sharing=sharing)
    told = narratives(made.truth)
    given = made.cases(told)
    ways = {"identifiers": (made.cases(), Settings()), "same_words": (given, Settings(meaning_bits=0)), "other_words": (given, Settings())}
    found: dict[str, Any] = {"cases": cases, "sharing": sharing}
    for name, (prepared, settings) in ways.items():
        cpu = time.process_time()
        linked = link(prepared, settings)
        took = round(time.process_time() - cpu, 2)
        found[name] = pairwise(linked.series, made.truth) | {"apart_found": _apart_found(made, linked), "cpu_s": took}
    return found


def _apart_found(made: City, linked: Linked) -> float:
    """Of neighbouring cases of one gang (in a random order) that share no value: how many are in one series."""
    order = np.lexsort((np.random.default_rng(3).permutation(len(made.truth)), made.truth))
    one, other = order[:-1], order[1:]
    together = made.truth[one] == made.truth[other]
    one, other = one[together], other[together]
    codes = [made.table[name].to_numpy() for name in COLUMNS]
    shares = np.zeros(len(one), np.bool_)
    for values in codes:
        shares |= np.array([left is not None and left == right for left, right in zip(values[one], values[other], strict=True)])
    joined: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = linked.series[one] == linked.series[other]
    return round(float(joined[~shares].mean()), 5)
