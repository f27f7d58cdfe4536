"""Give a list of texts the senders, receivers and times it lacks, so that `fanzha ingest messages` can take it.

Usage: python docs/examples/resident_messages.py TEXTS.csv[.gz] SIMS.parquet OUT.csv --until 2026-03-09T12:00:00+08:00 [--days 7]

`TEXTS` has columns super, category, text (words set apart by blanks). Receivers are phones of `SIMS` (a simulated city's register), every
text has a made-up message port of its own (a fake base station shows any number it likes), times are spread evenly over the days before `--until`; all three follow
from the row's number alone. **They are invented: only the texts are real.**
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

_SPREAD = 7_919  # a prime: neighbouring rows go to residents far apart


def resident_messages(texts: pl.DataFrame, phones: pl.Series, until: datetime, days: int) -> pl.DataFrame:
    """One row a text: 序号, 下发时间, 端口, 居民, 短信 and the set's own label (类别), which the platform does not read."""
    row = pl.int_range(0, texts.height, eager=True)
    seconds = row * (days * 86_400) // max(1, texts.height)
    start = until - timedelta(days=days)
    return pl.DataFrame(
        {
            "序号": "SMS-" + row.cast(pl.String),
            "下发时间": pl.select(pl.lit(start) + pl.duration(seconds=pl.lit(seconds))).to_series().dt.strftime("%Y-%m-%d %H:%M:%S"),
            "端口": "1069" + (90_000_000 + row).cast(pl.String),
            "居民": phones.gather((row * _SPREAD) % len(phones)),
            # The set keeps words apart by blanks; the platform reads running text.
            "短信": texts["text"].str.replace_all(" ", ""),
            "类别": texts["category"],
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("sims", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", type=datetime.fromisoformat, required=True)
    parser.add_argument("--days", type=int, default=7)
    given = parser.parse_args()
    phones = pl.read_parquet(given.sims, columns=["phone"])["phone"].unique(maintain_order=True)
    resident_messages(pl.read_csv(given.texts, infer_schema=False), phones, given.until, given.days).write_csv(given.out)


if __name__ == "__main__":
    main()
