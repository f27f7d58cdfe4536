"""An installation full of made-up cases, as intake leaves it: reports, what each can be linked by, sketches of narratives, holes of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import psycopg

from fanzha.desks.series.keys import slip_key
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.made_up import COLUMNS, City
from fanzha.engine.linking.made_up_words import narratives
from fanzha.engine.linking.meaning import samples
from fanzha.engine.linking.script import script_places
from fanzha.lake.digests import hexadecimal, keys
from fanzha.store import copying

if TYPE_CHECKING:
    from fanzha.store import Database

_CHUNK = 50_000
_TYPES = ("loan", "rebate_tasks", "investment", "romance", "authority", "logistics_agent", "shopping", "game_trade", "credit_record", "other")
_STAGE = "CREATE TEMP TABLE staged (id text, fraud_type text, day integer, region text)"
_REPORTS = """
INSERT INTO reports (id, source, report_no, region, state, fraud_type, loss_fen, received_at, narrative, doubts, row_hash, imported_at, imported_by)
SELECT id, 'bench', id, region, 'received', fraud_type, 100000, TIMESTAMPTZ '2025-01-01 00:00+08' + day * INTERVAL '1 day', decode(repeat('5f', 500), 'hex'), '{}', id,
    now(), 'bench' FROM staged
"""
_VALUES_INDEX = "CREATE INDEX ix_linked_values_value ON linked_values (value, kind, linkable_id) WHERE NOT is_quiet"
_TABLES = ("reports", "linkables", "linked_values", "linked_sketches", "linked_slips", "series", "series_members", "linked_weights", "linked_likeness")


@dataclass(frozen=True)
class Filling:
    """A city with the words of its victims; `ids`: of each case, as long as real ones."""

    made: City
    told: Sequence[str]
    ids: pl.Series

    @staticmethod
    def of(made: City) -> Filling:
        order = pl.Series([f"{number:012x}" for number in range(made.table.height)])
        return Filling(made, narratives(made.truth), order + hexadecimal(made.table["case_id"], 10))


def fill(database: Database, given: Filling, first: int, last: int) -> None:
    """Put the cases [first, last) there, and tidy up as the server itself would after so many. As the owner, without the checks that intake has made before."""
    with psycopg.connect(database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(_STAGE)
        if first == 0:
            connection.execute("DROP INDEX ix_linked_values_value")
        for start in range(first, last, _CHUNK):
            with connection.transaction():
                _part(connection, given, start, min(start + _CHUNK, last))
        if first == 0:
            connection.execute(_VALUES_INDEX)
        tidy(connection)


def tidy(connection: psycopg.Connection) -> None:
    """What autovacuum does by and by."""
    for table in _TABLES:
        connection.execute(f"VACUUM ANALYZE {table}".encode())


def _part(connection: psycopg.Connection, given: Filling, start: int, stop: int) -> None:
    table, ids, told = given.made.table[start:stop], given.ids[start:stop], given.told[start:stop]
    types = pl.Series([_TYPES[code % len(_TYPES)] for code in table["fraud_type"]])
    regions = pl.Series([f"35030{2 + code % 4}" for code in table["day"]])
    connection.execute("TRUNCATE staged")
    copying.write(connection, "staged", pl.DataFrame({"id": ids, "fraud_type": types, "day": table["day"], "region": regions}))
    connection.execute(_REPORTS)
    connection.execute("INSERT INTO linkables (id, report_id, taken_at) SELECT id, id, now() FROM staged")
    values = [_values(ids.filter(table[name].is_not_null()), table[name].drop_nulls(), kind) for name, kind in COLUMNS.items()]
    places = script_places(told)
    values.append(_values(ids.gather(places["case"]), places["value"], Shared.SCRIPT))
    both = pl.concat(values).unique(["linkable_id", "value", "kind"]).sort("linkable_id", "value")
    copying.write(connection, "linked_values", both.with_columns(source=pl.lit("report"), is_quiet=pl.lit(value=False)))
    sketches = pl.Series([f"\\x{sketch.tobytes().hex()}" for sketch in samples(told, 1)])
    copying.write(connection, "linked_sketches", pl.DataFrame({"linkable_id": ids, "sketch": sketches}))
    accounts = table["account"].drop_nulls().unique()
    holes = pl.Series([f"\\x{slip_key(account).hex()}" for account in accounts])
    connection.execute("CREATE TEMP TABLE holed (value bigint, holes bytea)")
    copying.write(connection, "holed", pl.DataFrame({"value": keys(b"bench", accounts), "holes": holes}))
    connection.execute("INSERT INTO linked_slips SELECT value, holes FROM holed ON CONFLICT DO NOTHING")
    connection.execute("DROP TABLE holed")


def _values(ids: pl.Series, texts: pl.Series, kind: Shared) -> pl.DataFrame:
    return pl.DataFrame({"linkable_id": ids.alias("linkable_id"), "value": keys(b"bench", texts), "kind": np.full(len(ids), int(kind), np.int16)})
