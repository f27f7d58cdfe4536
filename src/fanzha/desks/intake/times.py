"""Times as banks and operators write them → UTC.

A time without a zone is China's. Understood: 2026-03-05 14:20:33 with - / . or 年月日 between and 时分秒 or : inside, T or blanks between, fractions of a
second, seconds or the whole clock left out, 上午/下午/AM/PM, a zone (Z, +08:00, +0800); 20260305142033 with or without seconds, clock or milliseconds;
epoch seconds, milliseconds and microseconds; spreadsheet day numbers (46086.597). Anything else, such as 05/03/2026, is not guessed at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from fanzha.lake.schemas import INSTANT

EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
CLOCK_SKEW: Final = timedelta(minutes=10)
"""How far a source's clock may run ahead of ours."""

_SUMMER_TIME_ENDED: Final = datetime(1992, 1, 1)  # noqa: DTZ001 - compared with wall-clock times; China kept summer time in 1986–1991 only
_CHINA: Final = timedelta(hours=8)
_EPOCH_DAYS: Final = 25_569  # a spreadsheet's number of 1970-01-01
_WALL: Final = pl.Datetime("us")

_WRITTEN: Final = (
    r"^(?<y>\d{4})\s*[-/.年]\s*(?<mo>\d{1,2})\s*[-/.月]\s*(?<d>\d{1,2})\s*日?"
    r"(?:[T\s]*(?<half>上午|下午|[AaPp][Mm])?\s*(?<h>\d{1,2})\s*[:时点]\s*(?<mi>\d{1,2})\s*(?:[:分]\s*(?<s>\d{1,2})(?:[.,](?<f>\d{1,9}))?)?\s*[秒分]?)?"
    r"\s*(?<half2>[AaPp][Mm])?\s*(?<z>[Zz]|[+-]\d{2}:?\d{2})?$"
)
_DIGITS: Final = r"^(?<y>(?:19|20)\d{2})(?<mo>\d{2})(?<d>\d{2})(?:[T\s]?(?<h>\d{2}):?(?<mi>\d{2}):?(?<s>\d{2})?(?<f>\d{3})?)?(?<z>[Zz]|[+-]\d{2}:?\d{2})?$"

_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M")


def parse(values: pl.Series) -> pl.Series:
    """UTC instants (`INSTANT`), row by row; null for what is null, blank or not a time. Takes text, numbers, dates and date-times."""
    name = values.name
    if values.dtype == pl.Null:
        return pl.Series(name, [None] * len(values), dtype=INSTANT)
    if isinstance(values.dtype, pl.Datetime):
        return _typed(values, values.dtype.time_zone)
    if values.dtype == pl.Date:
        return from_china(values.cast(_WALL)).rename(name)
    if values.dtype.is_numeric():
        return _numbers(values.cast(pl.Float64) if values.dtype.is_float() else values.cast(pl.Int64)).rename(name)
    return _texts(values.cast(pl.String)).rename(name)


def join(days: pl.Series, clocks: pl.Series) -> pl.Series:
    """A date column and a clock column as text for `parse`. A clock of bare digits may have lost its leading zeros (92033 → 09:20:33);
    where the column holds no more than four digits they are hours and minutes (920 → 09:20:00)."""
    day = days.cast(pl.String).str.strip_chars()
    day = pl.select(pl.when(day.str.len_chars() >= 16).then(day.str.slice(0, 10)).otherwise(day)).to_series()
    clock = clocks.cast(pl.String).str.strip_chars().str.replace(r"\.0$", "")
    bare = clock.str.contains(r"^\d{1,6}$").fill_null(value=False)
    longest = clock.filter(bare).str.len_chars().max()
    full = clock.str.zfill(6) if isinstance(longest, int) and longest > 4 else clock.str.zfill(4) + "00"
    padded = pl.select(pl.when(bare).then(full).otherwise(clock)).to_series()
    digits = padded.str.replace(r"^(\d{2})(\d{2})(\d{2})$", "${1}:${2}:${3}")
    dashed = day.str.replace(r"^(\d{4})(\d{2})(\d{2})$", "${1}-${2}-${3}")
    return dashed + " " + digits


def from_china(wall: pl.Series) -> pl.Series:
    """Wall-clock times in China → UTC. Since 1992 the offset is +08:00 all year; before, the zone table decides."""
    if wall.len() == wall.null_count() or (wall.min() or _SUMMER_TIME_ENDED) >= _SUMMER_TIME_ENDED:  # type: ignore[operator]
        return (wall.cast(_WALL) - _CHINA).dt.replace_time_zone("UTC")
    return wall.cast(_WALL).dt.replace_time_zone("Asia/Shanghai", ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def local_day(instants: pl.Series) -> pl.Series:
    """The calendar day in China: the lake's partition."""
    return instants.dt.convert_time_zone("Asia/Shanghai").dt.date()


def _typed(values: pl.Series, zone: str | None) -> pl.Series:
    wall = values.dt.cast_time_unit("us")
    return from_china(wall) if zone is None else wall.dt.convert_time_zone("UTC")


def _numbers(values: pl.Series) -> pl.Series:
    """Numbers by their size: day number, epoch s, ms, us; 8, 12, 14 or 17 digits of a written time."""
    return _texts(values.cast(pl.String).str.replace(r"\.0$", ""))


def _texts(values: pl.Series) -> pl.Series:
    """The form of the first value over the whole column; what that leaves is looked at more closely."""
    fast = from_china(values.str.to_datetime(_form_of(values), strict=False, time_unit="us"))
    # The fast form reads a short year such as 26 as the year 26: those rows, too, take the closer look.
    doubtful = (fast.is_null() & values.is_not_null()) | (fast < EARLIEST).fill_null(value=False)
    if not doubtful.any():
        return fast
    slow = _closely(values.filter(doubtful))
    return fast.scatter(doubtful.arg_true(), slow)


def _form_of(values: pl.Series) -> str:
    first = values.drop_nulls().head(1)
    return next((form for form in _FORMS if not first.str.to_datetime(form, strict=False, time_unit="us").has_nulls()), _FORMS[0])


def _closely(values: pl.Series) -> pl.Series:
    plain = values.str.normalize("NFKC").str.strip_chars(" \t\r\n'\"=")
    written = _from_parts(plain, _WRITTEN)
    digits = _from_parts(plain, _DIGITS)
    counted = _from_counts(plain)
    return pl.select(pl.coalesce(written, digits, counted)).to_series()


def _from_parts(values: pl.Series, pattern: str) -> pl.Series:
    """Cut into year … zone, then let the calendar judge: 2026-02-30 and 24:00 are no times."""
    parts = values.str.extract_groups(pattern).struct.unnest()
    if "half" not in parts.columns:
        parts = parts.with_columns(half=pl.lit(None, pl.String), half2=pl.lit(None, pl.String))
    half = pl.coalesce("half", "half2").str.to_lowercase()
    hour = pl.col("h").cast(pl.Int32).fill_null(0)
    late, early = half.is_in(["下午", "pm"]).fill_null(value=False), half.is_in(["上午", "am"]).fill_null(value=False)
    clock = pl.when(late & (hour < 12)).then(hour + 12).when(early & (hour == 12)).then(0).otherwise(hour)
    text = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        pl.col("y"),
        pl.col("mo").str.zfill(2),
        pl.col("d").str.zfill(2),
        clock.cast(pl.String).str.zfill(2),
        pl.col("mi").fill_null("0").str.zfill(2),
        pl.col("s").fill_null("0").str.zfill(2),
        pl.col("f").fill_null("0").str.slice(0, 6).str.pad_end(6, "0"),
    )
    wall = parts.select(text.str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", strict=False, time_unit="us")).to_series()
    zone = parts["z"]
    if zone.null_count() == len(zone):
        return from_china(wall)
    minutes = _offset_minutes(zone)
    zoned = (wall - (minutes.cast(pl.Int64) * 60_000_000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")
    return pl.select(pl.when(zone.is_not_null()).then(zoned).otherwise(from_china(wall))).to_series()


def _offset_minutes(zones: pl.Series) -> pl.Series:
    """'+08:00' → 480; 'Z' → 0."""
    digits = zones.str.replace(":", "", literal=True)
    sign = pl.select(pl.when(digits.str.starts_with("-")).then(-1).otherwise(1)).to_series()
    hours, minutes = digits.str.slice(1, 2).cast(pl.Int32, strict=False).fill_null(0), digits.str.slice(3, 2).cast(pl.Int32, strict=False).fill_null(0)
    return sign * (hours * 60 + minutes)


def _from_counts(values: pl.Series) -> pl.Series:
    """Epoch seconds (10 digits, fraction allowed), milliseconds (13), microseconds (16); spreadsheet days (5 digits, fraction allowed)."""
    whole = values.str.extract(r"^(\d{10}|\d{13}|\d{16})(?:\.0+)?$")
    scale = pl.select(pl.when(whole.str.len_chars() == 10).then(1_000_000).when(whole.str.len_chars() == 13).then(1_000).otherwise(1)).to_series()
    epoch = whole.cast(pl.Int64, strict=False) * scale
    fractional = values.str.extract(r"^(\d{10}\.\d*[1-9]\d*)$").cast(pl.Float64, strict=False)
    epoch = pl.select(pl.coalesce(epoch, (fractional * 1_000_000).round().cast(pl.Int64))).to_series()
    days = values.str.extract(r"^([2-7]\d{4}(?:\.\d+)?)$").cast(pl.Float64, strict=False)
    # A spreadsheet keeps a moment as a fraction of a day, exact to the millisecond at best.
    wall = ((days - _EPOCH_DAYS) * 86_400_000).round().cast(pl.Int64).cast(pl.Datetime("ms")).cast(_WALL)
    return pl.select(pl.coalesce(epoch.cast(_WALL).dt.replace_time_zone("UTC"), from_china(wall))).to_series()
