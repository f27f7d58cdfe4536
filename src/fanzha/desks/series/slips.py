"""Accounts that differ in one digit, found without opening any: each account's holes are hashed under the installation's key when it is taken in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.series.domain import SHARED_AS
from fanzha.desks.series.keys import linking_texts, slip_key, value_key
from fanzha.desks.series.model import LinkedSlip
from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.near import Holes
from fanzha.store import Work, copying, crypto

_CHUNK = 5_000
_SLIPS = "SELECT value, holes FROM linked_slips"
_BEFORE = 2 + 4 + 8 + 4
_ACCOUNTS = text("""
SELECT DISTINCT ON (value_index) sealed_as, kind, value FROM (
    SELECT 'report_suspects.value' AS sealed_as, value_index, kind, value FROM report_suspects
    UNION ALL SELECT 'case_suspects.value', value_index, kind, value FROM case_suspects WHERE removed_at IS NULL
) named WHERE kind = ANY(:kinds) AND value_index IS NOT NULL ORDER BY value_index, sealed_as
""")


def keep(work: Work, accounts: Iterable[str]) -> None:
    """The holes of these accounts (clean texts). Repeatable."""
    _put(work, {value_key(Shared.ACCOUNT, account): slip_key(account) for account in accounts})


def holes_of(work: Work, keys: Ints, kinds: Codes) -> Holes:
    """Of the accounts among these values; `owner` is the place in `keys`. Accounts taken in before holes were kept get theirs here, once."""
    accounts = pl.DataFrame({"key": keys, "kind": kinds}).with_row_index("place").filter(pl.col("kind") == int(Shared.ACCOUNT))
    told, holes = _read(work)
    if missing := accounts.join(told, on="key", how="anti")["key"].to_list():
        _fill(work, missing)
        told, holes = _read(work)
    mine = told.join(accounts.select("key", "place"), on="key", how="left", maintain_order="left")
    owner = np.repeat(mine["place"].fill_null(-1).cast(pl.Int64).to_numpy(), mine["count"].to_numpy())
    return Holes(holes[owner >= 0], owner[owner >= 0])


def _read(work: Work) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.uint64]]]:
    """key, count (of its holes); and the holes of all, one after the other."""
    sent = copying.binary_rows(work, _SLIPS)
    keys = np.frombuffer(b"".join(row[6:14] for row in sent), ">i8").astype(np.int64)
    counts = np.fromiter(((len(row) - _BEFORE) // 8 for row in sent), np.int64, len(sent))
    return pl.DataFrame({"key": keys, "count": counts}), np.frombuffer(b"".join(row[_BEFORE:] for row in sent), np.uint64)


def _fill(work: Work, missing: list[int]) -> None:
    """What nobody names in clear any more gets an empty row, and is not looked for again until somebody does."""
    kinds = [kind.value for kind, shared in SHARED_AS.items() if shared is Shared.ACCOUNT]
    cipher = crypto.current()
    sealed = [(row.kind, cipher.open(row.sealed_as, bytes(row.value))) for row in work.session.execute(_ACCOUNTS, {"kinds": kinds})]
    named = {value_key(Shared.ACCOUNT, found[1]): found[1] for found in linking_texts(sealed) if found is not None}
    _put(work, {key: slip_key(named[key]) if key in named else b"" for key in missing})


def _put(work: Work, found: dict[int, bytes]) -> None:
    rows = [{"value": key, "holes": holes} for key, holes in sorted(found.items())]
    query = insert(LinkedSlip)
    query = query.on_conflict_do_update(index_elements=["value"], set_={"holes": query.excluded.holes}, where=(LinkedSlip.holes == b"") & (query.excluded.holes != b""))
    for start in range(0, len(rows), _CHUNK):
        work.session.execute(query, rows[start : start + _CHUNK])


