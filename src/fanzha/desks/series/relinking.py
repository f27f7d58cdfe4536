"""Link all reports and cases anew, and bring the series into line: what analysts have settled stays, what they have told apart stays apart.

Reading, linking and writing are three steps, and only reading and writing hold a transaction. A decision that falls in between makes the linking start again,
so that it never overwrites what a person has just settled. Repeatable: the same cases and decisions give the same series.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import text

from fanzha.desks.series import repository
from fanzha.desks.series.domain import SHARED_AS
from fanzha.desks.series.keys import linking_texts, value_key
from fanzha.engine.linking.cases import Cases, type_codes
from fanzha.engine.linking.held import ALONE, Held
from fanzha.engine.linking.kinds import Settings, Shared
from fanzha.engine.linking.link import Linked, link
from fanzha.engine.linking.meaning import EMPTY, PIECES, Samples
from fanzha.kit import clock
from fanzha.kit.errors import Conflict
from fanzha.kit.ids import new_id
from fanzha.store import Database, Scope, Work, crypto

SCOPE = Scope.system("series")
TRIES = 3

_LINKABLES = """
SELECT id, fraud_type, (happened_at AT TIME ZONE 'Asia/Shanghai')::date - DATE '1900-01-01' AS day
FROM linkable_facts WHERE seen_under IS NULL AND is_case ORDER BY id
"""
_VALUES = """
SELECT v.linkable_id, v.kind, v.value FROM linked_values v
WHERE NOT v.is_quiet AND NOT EXISTS (SELECT 1 FROM series_muted m WHERE m.value = v.value AND m.kind = v.kind)
"""
_MEMBERS = """
SELECT m.linkable_id, m.series_id, m.is_pinned FROM series_members m ORDER BY m.linkable_id
"""
_APART = """
SELECT decision_id, linkable_id, side FROM series_apart ORDER BY decision_id, linkable_id
"""
_UNDER = """
SELECT id, seen_under FROM linkables WHERE seen_under IS NOT NULL
"""
_ACCOUNTS = text("""
SELECT DISTINCT ON (value_index) sealed_as, kind, value FROM (
    SELECT 'report_suspects.value' AS sealed_as, value_index, kind, value, report_id AS at FROM report_suspects
    UNION ALL SELECT 'case_suspects.value', value_index, kind, value, id FROM case_suspects WHERE removed_at IS NULL
) named WHERE kind = ANY(:kinds) AND value_index IS NOT NULL ORDER BY value_index, sealed_as, at
""")
_SKETCHES = """
SELECT linkable_id, encode(sketch, 'hex') FROM linked_sketches WHERE NOT is_quiet
"""
_TABLES: dict[str, dict[str, pl.DataType]] = {
    _LINKABLES: {"linkable_id": pl.String(), "fraud_type": pl.String(), "day": pl.Int32()},
    _VALUES: {"linkable_id": pl.String(), "kind": pl.Int8(), "value": pl.Int64()},
    _MEMBERS: {"linkable_id": pl.String(), "series_id": pl.String(), "is_pinned": pl.String()},
    _APART: {"decision_id": pl.String(), "linkable_id": pl.String(), "side": pl.Int64()},
    _UNDER: {"linkable_id": pl.String(), "seen_under": pl.String()},
    _SKETCHES: {"linkable_id": pl.String(), "sketch": pl.String()},
}


class DecidedMeanwhile(Conflict):
    """Series were decided about while they were being linked anew."""

    code = "series_decided_meanwhile"
    remedy = "The job runs again by itself."


@dataclass(frozen=True)
class Relinked:
    """What a relinking came to. `made`, `gone`: series; `moved`: cases that came into, left or changed a series."""

    cases: int
    series: int
    made: int
    gone: int
    moved: int


@dataclass(frozen=True)
class _Read:
    """What a linking starts from. `under`: linkable_id, seen_under."""

    cases: Cases
    held: Held
    under: pl.DataFrame
    settled: list[str]
    decision: str


def relink(database: Database, settings: Settings | None = None) -> Relinked:
    """Link everything anew.

    Raises:
        DecidedMeanwhile: analysts were quicker, several times; nothing was changed.
    """
    for _ in range(TRIES):
        with database.work(SCOPE) as work:
            read = _read(work)
        linked = link(read.cases, settings, read.held)
        with database.work(SCOPE) as work:
            repository.lock(work)
            if repository.latest_decision(work) == read.decision:
                return _write(work, read, linked)
    raise DecidedMeanwhile


# ---- reading


def _read(work: Work) -> _Read:
    decision = repository.latest_decision(work)
    told, values, members, apart, under, sketches = (_table(work, query) for query in _TABLES)
    rows = told.select("linkable_id").with_row_index("case").with_columns(pl.col("case").cast(pl.Int32))
    mentions = _seen(values, under).join(rows, on="linkable_id").select("case", "kind", _texts(work))
    cases = Cases.build(told["linkable_id"], type_codes(told["fraud_type"].to_list()), told["day"].to_numpy(), mentions)
    cases = replace(cases, told=_samples(sketches.join(rows, on="linkable_id"), len(cases)))
    members = _members(members, under)
    pinned = np.full(len(cases), ALONE, np.int32)
    kept = members.filter("is_pinned").join(rows, on="linkable_id")
    settled = sorted(kept["series_id"].unique().to_list())
    codes = {series: code for code, series in enumerate(settled)}
    for case, series in kept.select("case", "series_id").iter_rows():
        pinned[case] = codes[series]
    sides = _seen(apart, under).unique(["decision_id", "linkable_id"], keep="first", maintain_order=True)
    sides = sides.join(rows, on="linkable_id").select("decision_id", pl.col("case").cast(pl.Int64), "side")
    parts = tuple(part.select("case", "side").to_numpy() for part in sides.partition_by("decision_id", maintain_order=True))
    return _Read(cases, Held(pinned, parts), under, settled, decision)


def _samples(sketches: pl.DataFrame, count: int) -> Samples:
    found = np.full((count, PIECES), EMPTY, np.uint32)
    if sketches.height:
        pieces = b"".join(sketches["sketch"].str.decode("hex"))
        found[sketches["case"].to_numpy()] = np.frombuffer(pieces, np.uint32).reshape(-1, PIECES)
    return found


def _seen(frame: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """What is told of a case that was merged into another counts for that one; what the other says itself comes first."""
    if not under.height:
        return frame
    joined = frame.join(under, on="linkable_id", how="left", maintain_order="left")
    ordered = pl.concat([joined.filter(pl.col("seen_under").is_null()), joined.filter(pl.col("seen_under").is_not_null())])
    return ordered.with_columns(linkable_id=pl.coalesce("seen_under", "linkable_id")).drop("seen_under")


def _members(members: pl.DataFrame, under: pl.DataFrame) -> pl.DataFrame:
    """linkable_id, series_id, is_pinned: one series for each; what a person settled goes before what linking found."""
    seen = _seen(members.with_columns(pl.col("is_pinned") == "t"), under)
    return seen.sort("is_pinned", descending=True, maintain_order=True).unique("linkable_id", keep="first", maintain_order=True)


def _table(work: Work, query: str) -> pl.DataFrame:
    """A query's rows by COPY, which is several times faster than fetching them."""
    buffer = io.BytesIO()
    connection: Any = work.session.connection().connection  # psycopg's, behind SQLAlchemy's
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for piece in copy:
            buffer.write(piece)
    schema = _TABLES[query]
    if not buffer.tell():
        return pl.DataFrame(schema=schema)
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, schema=schema)


def _texts(work: Work) -> pl.Expr:
    """Values as the engine compares them: accounts in clear, since two that differ in one digit may be a slip; all others by their hash."""
    kinds = [kind.value for kind, shared in SHARED_AS.items() if shared is Shared.ACCOUNT]
    cipher = crypto.current()
    sealed = [(row.kind, cipher.open(row.sealed_as, bytes(row.value))) for row in work.session.execute(_ACCOUNTS, {"kinds": kinds})]
    plain = [found[1] for found in linking_texts(sealed) if found is not None]
    accounts = {value_key(Shared.ACCOUNT, account): account for account in plain}
    hashed = pl.concat_str(pl.lit("#"), pl.col("value").cast(pl.String))
    clear = pl.col("value").replace_strict(accounts, default=None, return_dtype=pl.String) if accounts else pl.lit(None, pl.String)
    return pl.when(pl.col("kind") == int(Shared.ACCOUNT)).then(pl.coalesce(clear, hashed)).otherwise(hashed).alias("value")


# ---- writing


def _write(work: Work, read: _Read, linked: Linked) -> Relinked:
    members = _members(_table(work, _MEMBERS), read.under)  # as they are now: another linking may have named series meanwhile
    wanted = assign(_components(read, linked), members)
    _stage(work, wanted)
    moved = [row[0] for row in work.session.execute(text(_TOUCHED))]
    made = work.session.execute(text(_MAKE), {"now": clock.now()}).rowcount  # type: ignore[attr-defined] # a cursor's result has it
    changed = {row[0] for query in (_LEAVE, _COME) for row in work.session.execute(text(query), {"now": clock.now()})}
    repository.refresh(work, changed)
    gone = work.session.execute(text(_DISSOLVE), {"now": clock.now()}).rowcount  # type: ignore[attr-defined] # as above
    _keep_weights(work, linked)
    _keep_likeness(work, linked)
    _keep_hints(work, read, linked)
    result = Relinked(len(read.cases), wanted["series_id"].n_unique(), made, gone, len(moved))
    if moved:
        work.audit("series.relinked", "series", {"cases": result.cases, "series": result.series, "made": made, "gone": gone, "moved": len(moved)})
    return result


def _components(read: _Read, linked: Linked) -> pl.DataFrame:
    """linkable_id, component of every case that is linked to another or settled."""
    inside = (linked.sizes() > 1) | (read.held.pinned != ALONE)
    return pl.DataFrame({"linkable_id": read.cases.ids, "component": linked.series}).filter(pl.Series(inside))


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


_TOUCHED = """
SELECT coalesce(w.linkable_id, m.linkable_id) FROM relinked w
FULL JOIN (SELECT m.* FROM series_members m JOIN linkables l ON l.id = m.linkable_id WHERE NOT (m.is_pinned AND l.seen_under IS NOT NULL)) m
    ON m.linkable_id = w.linkable_id
WHERE w.series_id IS DISTINCT FROM m.series_id
"""
_MAKE = """
INSERT INTO series (id, state, fraud_type, cases, unsettled, loss_fen, by_region, made_at, changed_at)
SELECT series_id, 'proposed', 'other', 0, 0, 0, '{}', :now, :now FROM relinked WHERE is_new GROUP BY series_id ORDER BY min(linkable_id)
"""
# What a person has settled stays, unless it was found to be no case; the row of a merged case waits for the merge to be undone.
_LEAVE = """
DELETE FROM series_members m
WHERE NOT EXISTS (SELECT 1 FROM relinked w WHERE w.linkable_id = m.linkable_id AND w.series_id = m.series_id)
    AND (NOT m.is_pinned OR NOT EXISTS (SELECT 1 FROM linkable_facts f WHERE f.id = m.linkable_id AND f.is_case))
RETURNING m.series_id
"""
_COME = """
INSERT INTO series_members (linkable_id, series_id, is_pinned, since) SELECT w.linkable_id, w.series_id, false, :now FROM relinked w
WHERE NOT EXISTS (SELECT 1 FROM series_members m WHERE m.linkable_id = w.linkable_id) RETURNING series_id
"""
_DISSOLVE = """
UPDATE series SET state = 'dissolved', changed_at = :now
WHERE state IN ('proposed', 'accepted') AND NOT EXISTS (SELECT 1 FROM series_members m WHERE m.series_id = series.id)
"""


def _stage(work: Work, wanted: pl.DataFrame) -> None:
    work.session.execute(text("CREATE TEMP TABLE relinked (linkable_id text PRIMARY KEY, series_id text NOT NULL, is_new boolean NOT NULL) ON COMMIT DROP"))
    _copy_in(work, "relinked", wanted)
    work.session.execute(text("ANALYZE relinked"))


def _keep_weights(work: Work, linked: Linked) -> None:
    """What each shared value carries, for a new report's candidates and for the reasons."""
    counts = np.diff(linked.cases.start)
    told = np.flatnonzero(counts > 1)
    texts = linked.cases.texts.gather(told)
    kinds = linked.cases.kinds[told]
    clear = ~texts.str.starts_with("#")
    keys = texts.str.strip_prefix("#").set(clear, None).cast(pl.Int64)
    opened = [value_key(Shared.ACCOUNT, account) for account in texts.filter(clear)]
    keys = keys.scatter(clear.arg_true(), pl.Series(opened, dtype=pl.Int64)) if opened else keys
    rows = {"value": keys, "kind": pl.Series(kinds).cast(pl.Int16), "known_by": pl.Series(counts[told]), "bits": pl.Series(linked.bits[told])}
    work.session.execute(text("CREATE TEMP TABLE weighed (value bigint, kind smallint, known_by integer, bits double precision) ON COMMIT DROP"))
    _copy_in(work, "weighed", pl.DataFrame(rows).unique(["value", "kind"], maintain_order=True))
    work.session.execute(text("DELETE FROM linked_weights"))
    work.session.execute(text("INSERT INTO linked_weights (value, kind, known_by, bits) SELECT value, kind, known_by, bits FROM weighed"))


def _keep_likeness(work: Work, linked: Linked) -> None:
    """Of those in one series, which tell the same in other words: for the reasons."""
    pairs = linked.alike.pairs
    within = linked.series[pairs[:, 0]] == linked.series[pairs[:, 1]]
    ids, ends = linked.cases.ids, pairs[within]
    likeness, bits = (pl.Series(told[within]) for told in (linked.alike.cosines, linked.alike.bits))
    rows = {"one": ids.gather(ends[:, 0]), "other": ids.gather(ends[:, 1]), "likeness": likeness, "bits": bits}
    work.session.execute(text("CREATE TEMP TABLE likened (one text, other text, likeness double precision, bits double precision) ON COMMIT DROP"))
    _copy_in(work, "likened", pl.DataFrame(rows))
    work.session.execute(text("DELETE FROM linked_likeness"))
    work.session.execute(text("INSERT INTO linked_likeness (one, other, likeness, bits) SELECT one, other, likeness, bits FROM likened"))


def _keep_hints(work: Work, read: _Read, linked: Linked) -> None:
    work.session.execute(text("DELETE FROM series_hints"))
    rows = [{"one": read.settled[one], "other": read.settled[other], "now": clock.now()} for one, other in linked.refused]
    if rows:
        work.session.execute(text("INSERT INTO series_hints (one, other, found_at) VALUES (:one, :other, :now)"), rows)


def _copy_in(work: Work, table: str, rows: pl.DataFrame) -> None:
    """Into a temporary table: PostgreSQL copies into none that has row security."""
    connection: Any = work.session.connection().connection  # psycopg's, behind SQLAlchemy's
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(rows.write_csv(include_header=False).encode())
