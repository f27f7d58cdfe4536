"""Bring the series into line with a linking: what differs is staged by COPY in temporary tables and written by a few statements, all in one transaction.

So the old linking stands whole until the new one does, and a linking after few changes writes little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import text

from fanzha.desks.series import series_queries
from fanzha.desks.series.linking_input import ROOM, Given, Step, seen
from fanzha.engine.linking.held import ALONE
from fanzha.engine.linking.link import Linked
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work, copying


@dataclass(frozen=True)
class Relinked:
    """What a relinking came to. `made`, `gone`: series; `moved`: cases that came into, left or changed a series."""

    cases: int
    series: int
    made: int
    gone: int
    moved: int


_MANY = 20_000
"""Members that come and go from which on whole tables are read to count their series, in place of one row after the other."""
_MEMBERS = "SELECT linkable_id, series_id, is_pinned FROM series_members ORDER BY linkable_id"
_RAW = {"linkable_id": pl.String(), "series_id": pl.String(), "is_pinned": pl.String()}
_STAGES = """
CREATE TEMP TABLE coming (linkable_id text NOT NULL, series_id text NOT NULL, is_new boolean NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE leaving (linkable_id text NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE touched (series_id text NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE weighed (value bigint, kind smallint, known_by integer, bits double precision) ON COMMIT DROP;
CREATE TEMP TABLE likened (one text, other text, likeness double precision, bits double precision) ON COMMIT DROP;
"""
_MAKE = """
INSERT INTO series (id, state, fraud_type, cases, unsettled, loss_fen, by_region, made_at, changed_at)
SELECT series_id, 'proposed', 'other', 0, 0, 0, '{}', :now, :now FROM coming WHERE is_new GROUP BY series_id ORDER BY min(linkable_id)
"""
# What a person has settled stays, unless it was found to be no case; the row of a merged case waits for the merge to be undone.
_LEAVE = """
WITH gone AS (
    DELETE FROM series_members m USING leaving w WHERE m.linkable_id = w.linkable_id
        AND (NOT m.is_pinned OR NOT EXISTS (SELECT 1 FROM linkable_facts f WHERE f.id = m.linkable_id AND f.is_case))
    RETURNING m.series_id
)
INSERT INTO touched SELECT DISTINCT series_id FROM gone
"""
_COME = """
WITH come AS (
    INSERT INTO series_members (linkable_id, series_id, is_pinned, since) SELECT w.linkable_id, w.series_id, false, :now FROM coming w
    ON CONFLICT (linkable_id) DO NOTHING RETURNING series_id
)
INSERT INTO touched SELECT DISTINCT c.series_id FROM come c WHERE NOT EXISTS (SELECT 1 FROM touched o WHERE o.series_id = c.series_id)
"""
_DISSOLVE = """
UPDATE series SET state = 'dissolved', changed_at = :now
WHERE state IN ('proposed', 'accepted') AND NOT EXISTS (SELECT 1 FROM series_members m WHERE m.series_id = series.id)
"""
_WEIGHTS = (
    """DELETE FROM linked_weights w WHERE NOT EXISTS (
        SELECT 1 FROM weighed n WHERE n.value = w.value AND n.kind = w.kind AND n.known_by = w.known_by AND n.bits = w.bits)""",
    """INSERT INTO linked_weights (value, kind, known_by, bits) SELECT value, kind, known_by, bits FROM weighed n
    WHERE NOT EXISTS (SELECT 1 FROM linked_weights w WHERE w.value = n.value AND w.kind = n.kind)""",
)
_LIKENESS = (
    """DELETE FROM linked_likeness w WHERE NOT EXISTS (
        SELECT 1 FROM likened n WHERE n.one = w.one AND n.other = w.other AND n.likeness = w.likeness AND n.bits = w.bits)""",
    """INSERT INTO linked_likeness (one, other, likeness, bits) SELECT one, other, likeness, bits FROM likened n
    WHERE NOT EXISTS (SELECT 1 FROM linked_likeness w WHERE w.one = n.one AND w.other = n.other)""",
)


def write(work: Work, given: Given, linked: Linked, step: Step) -> Relinked:
    """All of it; the caller holds the lock of decisions and commits."""
    now = {"now": clock.now()}
    work.session.execute(text(ROOM))
    for stage in filter(str.strip, _STAGES.split(";")):
        work.session.execute(text(stage))
    _join_by_loops(work, allowed=False)
    with step("compare members"):
        wanted, coming, leaving, moved = _differences(work, given, linked)
    with step("write members"):
        _stage(work, "coming", coming)
        _stage(work, "leaving", leaving)
        made = work.session.execute(text(_MAKE), now).rowcount  # type: ignore[attr-defined] # a cursor's result has it
        work.session.execute(text(_LEAVE))
        work.session.execute(text(_COME), now)
    with step("count series"):
        work.session.execute(text("ANALYZE touched"))
        _join_by_loops(work, allowed=coming.height + leaving.height < _MANY)
        series_queries.refresh_touched(work)
        gone = work.session.execute(text(_DISSOLVE), now).rowcount  # type: ignore[attr-defined] # as above
    with step("write weights"):
        _join_by_loops(work, allowed=False)
        _replace(work, "weighed", _weights(linked), _WEIGHTS)
    with step("write likeness"):
        _replace(work, "likened", _likeness(linked), _LIKENESS)
        _keep_hints(work, given, linked)
    result = Relinked(len(given.cases), wanted, made, gone, moved)
    if moved:
        work.audit("series.relinked", "series", {"cases": result.cases, "series": result.series, "made": made, "gone": gone, "moved": moved})
    return result


def _differences(work: Work, given: Given, linked: Linked) -> tuple[int, pl.DataFrame, pl.DataFrame, int]:
    """How many series are wanted; the members that are not there (linkable_id, series_id, is_new); those that are and are not wanted (linkable_id); how many cases
    are moved by it. Members are read as they are now: another linking may have named series meanwhile."""
    raw = copying.table(work, _MEMBERS, _RAW).with_columns(pl.col("is_pinned") == "t")
    wanted = assign(_components(given, linked), _members(raw, given.under))
    both = ["linkable_id", "series_id"]
    coming = wanted.join(raw, on=both, how="anti")
    leaving = raw.join(wanted, on=both, how="anti")
    waiting = leaving.filter("is_pinned").join(given.under, on="linkable_id", how="semi")
    told = pl.concat([coming["linkable_id"], leaving.join(waiting, on="linkable_id", how="anti")["linkable_id"]])
    return wanted["series_id"].n_unique(), coming, leaving.select("linkable_id"), told.n_unique()


def _members(raw: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """linkable_id, series_id, is_pinned: one series for each; what a person settled goes before what linking found."""
    if not under.height:
        return raw
    return seen(raw, under).sort("is_pinned", descending=True, maintain_order=True).unique("linkable_id", keep="first", maintain_order=True)


def _components(given: Given, linked: Linked) -> pl.DataFrame:
    """linkable_id, component of every case that is linked to another or settled."""
    inside = (linked.sizes() > 1) | (given.held.pinned != ALONE)
    return pl.DataFrame({"linkable_id": given.cases.ids, "component": linked.series}).filter(pl.Series(inside))


def assign(components: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """linkable_id, series_id, is_new: a component keeps the series that was settled in it; or else the one most of whose cases it has, unless another component
    has more of them; or else it is a new one. Ties go to the older series."""
    both = components.join(members, on="linkable_id")
    settled = both.filter("is_pinned").select("component", "series_id").unique()
    claims = both.join(members.filter("is_pinned").select("series_id").unique(), on="series_id", how="anti")
    claims = claims.join(settled, on="component", how="anti").group_by("component", "series_id").len()
    claims = claims.sort("len", "series_id", "component", descending=[True, False, False])
    claims = claims.unique("component", keep="first", maintain_order=True).unique("series_id", keep="first", maintain_order=True)
    named = pl.concat([settled, claims.select("component", "series_id")])
    others = components.select("component").unique().sort("component").join(named, on="component", how="anti")
    fresh = others.with_columns(pl.Series("series_id", [new_id() for _ in range(others.height)], dtype=pl.String))
    told = pl.concat([named.with_columns(is_new=pl.lit(value=False)), fresh.with_columns(is_new=pl.lit(value=True))])
    return components.join(told, on="component").select("linkable_id", "series_id", "is_new").sort("linkable_id")


def _join_by_loops(work: Work, *, allowed: bool) -> None:
    """A table that this transaction fills looks empty to the planner, which would read it once for every row that comes: seconds for thousands, hours for millions."""
    work.session.execute(text("SELECT set_config('enable_nestloop', :told, true)"), {"told": "on" if allowed else "off"})


def _stage(work: Work, table: str, rows: pl.DataFrame) -> None:
    copying.put(work, table, rows)
    work.session.execute(text(f"ANALYZE {table}"))


def _replace(work: Work, table: str, rows: pl.DataFrame, statements: tuple[str, ...]) -> None:
    _stage(work, table, rows)
    for each in statements:
        work.session.execute(text(each))


def _weights(linked: Linked) -> pl.DataFrame:
    """What each shared value carries, for a new report's candidates and for the reasons; `texts` are the keys (see `linking_input`)."""
    counts = np.diff(linked.cases.start)
    told = np.flatnonzero(counts > 1)
    return pl.DataFrame({
        "value": linked.cases.texts.gather(told), "kind": linked.cases.kinds[told].astype(np.int16), "known_by": counts[told], "bits": linked.bits[told],
    })  # fmt: skip


def _likeness(linked: Linked) -> pl.DataFrame:
    """Of those in one series, which tell the same in other words: for the reasons."""
    pairs = linked.alike.pairs
    within = linked.series[pairs[:, 0]] == linked.series[pairs[:, 1]]
    ids, ends = linked.cases.ids, pairs[within]
    likeness, bits = (pl.Series(told[within]) for told in (linked.alike.cosines, linked.alike.bits))
    return pl.DataFrame({"one": ids.gather(ends[:, 0]), "other": ids.gather(ends[:, 1]), "likeness": likeness, "bits": bits})


def _keep_hints(work: Work, given: Given, linked: Linked) -> None:
    work.session.execute(text("DELETE FROM series_hints"))
    rows = [{"one": given.settled[one], "other": given.settled[other], "now": clock.now()} for one, other in linked.refused]
    if rows:
        work.session.execute(text("INSERT INTO series_hints (one, other, found_at) VALUES (:one, :other, :now)"), rows)
