"""How a key behaves, read from its line: spread over others, rhythm, night, round sums, first and last. The definitions are those of `features.measures`.

Each looks at every entry of its window, so it costs with the length of the line; only events whose conditions come to it pay for it. None stands where
the batch has null.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise
from math import log2, sqrt

from fanzha.engine.features.measures import CHINA, DAY, HOUR, NIGHT_BEGINS, NIGHT_ENDS, ROUND_FEN
from fanzha.engine.kernels import MILLISECOND, PARTS
from fanzha.engine.screening.events import Event
from fanzha.engine.screening.lines import Line
from fanzha.engine.windows import SECOND


def entropy(line: Line, event: Event, window: int) -> float | None:
    """Shannon's entropy (bits) of the parties; None where no entry names one."""
    low, high = line.window(event.at, event.order, window)
    counts = Counter(party for party in islice(line.party, low, high) if party is not None)
    known = counts.total()
    if not known:
        return None
    total = sum(map(_weight, counts.values()))
    return 0.0 if total == _weight(known) else log2(known) - total / (known * PARTS)


def _weight(number: int) -> int:
    """number * log2(number) in the whole parts of a bit that the kernel sums in."""
    return round(number * log2(number) * PARTS) if number > 1 else 0


def since_last(line: Line, event: Event, window: int) -> float | None:
    """Seconds since the last entry."""
    low, high = line.window(event.at, event.order, window)
    return (event.at - line.at[high - 1]) / SECOND if low < high else None


def since_first(line: Line, event: Event, window: int) -> float | None:
    """Days since the first entry of the window."""
    low, high = line.window(event.at, event.order, window)
    return (event.at - line.at[low]) / DAY if low < high else None


def gap_mean(line: Line, event: Event, window: int) -> float | None:
    """Mean seconds from one entry to the next; None under two entries."""
    low, high = line.window(event.at, event.order, window)
    return (line.at[high - 1] - line.at[low]) / (high - low - 1) / SECOND if high - low > 1 else None


def gap_spread(line: Line, event: Event, window: int) -> float | None:
    """Standard deviation of these times (seconds); None under three entries. The squares about the mean are whole numbers, as in the kernel."""
    low, high = line.window(event.at, event.order, window)
    gaps = high - low - 1
    if gaps < 2:
        return None
    times = [at // MILLISECOND for at in islice(line.at, low, high)]
    whole = times[-1] - times[0]
    middle = whole // gaps
    about = sum((later - one) ** 2 for one, later in pairwise(times)) - middle * (2 * whole - gaps * middle)
    rest = (whole - middle * gaps) / gaps
    return sqrt(max(about / gaps - rest * rest, 0.0)) / 1000


def night_share(line: Line, event: Event, window: int) -> float | None:
    """Share of the entries that lie in a Chinese night."""
    low, high = line.window(event.at, event.order, window)
    hours = ((at + CHINA) // HOUR % 24 for at in islice(line.at, low, high))
    return sum(hour >= NIGHT_BEGINS or hour < NIGHT_ENDS for hour in hours) / (high - low) if low < high else None


def round_share(line: Line, event: Event, window: int) -> float | None:
    """Share of the entries with a round sum."""
    low, high = line.window(event.at, event.order, window)
    return sum(map(is_round, islice(line.value, low, high))) / (high - low) if low < high else None


def is_round(fen: int) -> bool:
    """A positive multiple of 100 yuan."""
    return fen > 0 and fen % ROUND_FEN == 0
