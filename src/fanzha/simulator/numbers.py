"""Identifiers that pass their check and are plainly made up.

ID cards carry the sequence numbers 990–999, which the registration rules kept for centenarians; card numbers begin 6299, which no bank issues;
IMEIs begin 8699999, device codes never allotted. Phone numbers have Putian's real ranges (rules read the place from them) and random ends.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.dice import Ints

_ID_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), dtype=np.int64)
_ID_CHECKS = np.array(list("10X98765432"))
_STRIDE = 7_368_787  # a prime: index → stride × index mod size visits every number once


def _words(text: str) -> list[str]:
    return text.split()


MOBILE = _words(
    "1345905 1345906 1345907 1345908 1345909 1351404 1351405 1351592 1351593 1355938 1355939 1355980 1355981 1355982 1359900 1359901 1359902 1359945"
    " 1359946 1359947 1359948 1359949 1359955 1359985 1359986 1359987 1359988 1359989 1360750 1360751 1360752 1360753 1360754 1361593 1361598 1361599"
    " 1362690 1362691 1362692 1362693"
)
UNICOM = _words(
    "1300385 1300386 1301590 1301596 1301597 1301598 1301599 1302385 1302386 1303081 1303082 1303083 1303085 1303086 1304594 1304690 1305530 1305531"
    " 1305568 1305569 1305594 1306213 1306214 1306215 1306229 1310795 1310796 1310797 1310798 1310799 1311055 1311056 1311069 1311594 1312327 1312328"
    " 1312329 1312406 1315933 1315944"
)
TELECOM = _words(
    "1330504 1330594 1331395 1331396 1332836 1332837 1332882 1332883 1332884 1333850 1333851 1333852 1334048 1334049 1334830 1334831 1334832 1335851"
    " 1335852 1335853 1336593 1336594 1337410 1337505 1337506 1337594 1337695 1338594 1338690 1338691 1338692 1339594 1530594 1530606 1533750 1534593"
    " 1535904 1535977 1535978 1535979"
)
VIRTUAL = _words("1704045 1704046 1704047 1707544 1707598 1707599 1708191 1708192 1708193 1708195 1712035 1712036 1712037")
ELSEWHERE = _words("1380591 1390591 1395920 1380013 1391001 1370161 1381600 1380288 1382211 1390755 1589001 1770591 1860591 1895910")

RESERVED = 300_000
"""From this index on, numbers of MOBILE are never a resident's: residents draw from 0, and half a million people have fewer lines of one carrier."""

_MNC = {"移动": "00", "联通": "01", "电信": "11"}


def mobiles(ranges: list[str], first: int, count: int, seed: int) -> pl.Series:
    """`count` different 11-digit mobiles from these seven-digit ranges. Draws never meet while their `first … first + count` lie apart, modulo the size.

    Raises:
        ValueError: the ranges hold fewer numbers than asked for.
    """
    size = len(ranges) * 10_000
    if count > size:
        msg = f"{len(ranges)} ranges hold {size} numbers, {count} were asked for"
        raise ValueError(msg)
    spot = ((np.arange(first, first + count, dtype=np.int64) * _STRIDE) + seed * 104_729) % size
    heads = np.array([int(head) for head in ranges], dtype=np.int64)
    return pl.Series(heads[spot // 10_000] * 10_000 + spot % 10_000).cast(pl.String)


def imsis(carriers: pl.Series, first: int) -> pl.Series:
    """One 15-digit IMSI a row by carrier name (移动, 联通, 电信)."""
    serial = pl.int_range(first, first + len(carriers), dtype=pl.Int64, eager=True)
    frame = pl.DataFrame({"carrier": carriers, "serial": serial})
    tail = pl.col("serial").cast(pl.String).str.zfill(10)
    return frame.select(pl.lit("460") + pl.col("carrier").replace_strict(_MNC, default="00") + tail).to_series()


def luhn_digits(body: Ints) -> Ints:
    """The Luhn check digit that completes each number, shape as given."""
    total = np.zeros_like(body)
    rest, doubled = body.copy(), True
    while rest.any():
        digit = rest % 10
        twice = digit * 2
        total += np.where(doubled, twice - 9 * (twice > 9), digit)
        rest //= 10
        doubled = not doubled
    return (10 - total % 10) % 10


def imeis(first: int, count: int) -> pl.Series:
    """`count` different IMEIs (15 digits with check digit)."""
    body = 86_999_990_000_000 + np.arange(first, first + count, dtype=np.int64)
    return pl.Series(body * 10 + luhn_digits(body)).cast(pl.String)


def cards(bank: Ints, first: int) -> pl.Series:
    """One 19-digit card a row (6299 + two digits of the bank + serial + check digit)."""
    serial = (np.arange(first, first + len(bank), dtype=np.int64) * _STRIDE) % 1_000_000_000_000
    body = (629_900 + bank) * 1_000_000_000_000 + serial
    return pl.Series(body * 10 + luhn_digits(body)).cast(pl.String)


def id_cards(region: Ints, born: Ints, male: np.ndarray, rank: Ints) -> pl.Series:
    """One 18-character ID card a row (GB 11643, ISO 7064 MOD 11-2).

    `region` is six digits, `born` yyyymmdd, `rank` the how-manieth (from 0) of that county, birthday and sex: the sequence goes down from 999 or 998.
    """
    sequence = np.where(male, 999, 998) - 2 * rank
    body = region * 100_000_000_000 + born * 1_000 + sequence
    powers = 10 ** np.arange(16, -1, -1, dtype=np.int64)
    digits = body[:, None] // powers % 10
    check = _ID_CHECKS[digits @ _ID_WEIGHTS % 11]
    return pl.Series(np.char.add(body.astype(str), check))
