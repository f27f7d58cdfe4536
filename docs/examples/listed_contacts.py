"""Let residents of a simulated city meet identifiers of a real list, so that their matches can be shown.

Usage: python docs/examples/listed_contacts.py LISTS CITY OUT --until 2026-03-09T12:00:00+08:00 [--each 40]

`LISTS` holds tw165_sites.csv, tw165_bank_accounts.csv and tw165_phones.csv, `CITY` a simulated city's sims.parquet and accounts.parquet. Writes calls.csv, visits.csv and
transfers.csv: `--each` listed phones call a resident for six minutes, as many sites are opened for seven,
as many accounts are paid. **The events are invented: only the identifiers are real.**
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

_SPREAD = 104_729  # a prime: neighbouring rows go to residents far apart


def listed_contacts(lists: Path, city: Path, until: datetime, each: int) -> dict[str, pl.DataFrame]:
    """`calls`, `visits` and `transfers`, `each` rows of each at most, one an hour up to `until`."""
    phones = pl.read_parquet(city / "sims.parquet")["phone"].unique(maintain_order=True)
    owned = pl.read_parquet(city / "accounts.parquet").filter(pl.col("holder_kind") == "person")["account"]
    listed = {
        name: _spread_over(pl.read_csv(lists / f"tw165_{name}.csv", infer_schema=False), each)
        for name in ("phones", "sites", "bank_accounts")
    }
    calls, sites, accounts = listed["phones"]["phone"], listed["sites"]["url"], listed["bank_accounts"]["account"]
    return {
        "calls": pl.DataFrame(
            {"at": _times(until, len(calls)), "caller": calls, "callee": _someone(phones, len(calls)), "seconds": ["360"] * len(calls)}
        ),
        "visits": pl.DataFrame(
            {"at": _times(until, len(sites)), "visitor": _someone(phones, len(sites)), "host": sites, "seconds": ["420"] * len(sites)}
        ),
        "transfers": pl.DataFrame(
            {
                "at": _times(until, len(accounts)),
                "payer": _someone(owned, len(accounts)),
                "payee": accounts,
                "amount": ["4999.00"] * len(accounts),
            }
        ),
    }


def _spread_over(frame: pl.DataFrame, each: int) -> pl.DataFrame:
    return frame.gather_every(max(1, frame.height // each)).head(each)


def _someone(owned: pl.Series, count: int) -> pl.Series:
    return owned.gather((pl.int_range(0, count, eager=True) * _SPREAD) % len(owned))


def _times(until: datetime, count: int) -> list[str]:
    return [(until - timedelta(hours=back + 1)).strftime("%Y-%m-%d %H:%M:%S") for back in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", type=Path)
    parser.add_argument("city", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", type=datetime.fromisoformat, required=True)
    parser.add_argument("--each", type=int, default=40)
    given = parser.parse_args()
    for kind, frame in listed_contacts(given.lists, given.city, given.until, given.each).items():
        frame.write_csv(given.out / f"{kind}.csv")


if __name__ == "__main__":
    main()
