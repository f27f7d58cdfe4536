"""Compile the lake's kernels into the disk cache, so that no first file pays for it: `python -m fanzha.lake.warm`, called by set-up."""

from __future__ import annotations

import polars as pl

from fanzha.lake import digests
from fanzha.lake.siv import ManySiv


def main() -> None:
    """Run each kernel once."""
    texts = pl.Series(["6200000000000000001", "a", "b" * 40])
    digests.keys(b"source", texts)
    digests.hexadecimal(texts, 12)
    ManySiv(bytes(range(64)), b"bank_account").seal(texts, "ac.")


if __name__ == "__main__":
    main()
