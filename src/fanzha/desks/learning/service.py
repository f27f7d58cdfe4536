"""Use cases of the learning desk: what the pages and the command line read, and what the jobs do.

Reading runs in the reader's scope. Labels and figures over a free window show what the reader's region lets them see; the daily snapshots are of the whole
platform and name nobody, so deputies read those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fanzha.desks.learning import lagging, metrics, repository, watching
from fanzha.desks.learning.domain import Delay, Selection, Window
from fanzha.desks.learning.errors import LabelNotFound, WrongWindow
from fanzha.desks.learning.labels import Gathered, forget, gather
from fanzha.desks.learning.lagging import Lag
from fanzha.desks.learning.metrics import DetectorFigures
from fanzha.desks.learning.model import AlarmRow, ChallengerRow, DriftRow, FigureRow, Label, LabelDetector, MissedRow, TrickRow
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.repository import Filters
from fanzha.desks.learning.words import Pair, caveat
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

__all__ = [
    "Filters", "Gathered", "Quality", "alarms", "challengers", "counts", "drift", "drift_history", "drift_of", "figures", "forget", "gather", "label", "labels",
    "lags", "missed", "quality", "snapshot", "tricks", "window",
]  # fmt: skip


@dataclass(frozen=True)
class LabelDetail:
    """A label and the detector versions that had said something about its subject."""

    label: Label
    said: Sequence[LabelDetector]


@dataclass(frozen=True)
class Quality:
    """What is to be known of the labels of a window before any figure is believed; `caveat` says it in Chinese and English."""

    window: Window
    delays: tuple[Delay, ...]
    selection: Selection
    caveat: Pair


def window(work: Work, first: date | None = None, last: date | None = None) -> Window:
    """From the beginning of the Chinese day `first` to the end of `last`; without them the last days that are set (`learning.window_days`).

    Raises:
        WrongWindow: the last day is before the first.
    """
    until = min(clock.local_midnight(last + timedelta(days=1)), clock.now()) if last is not None else clock.now()
    found = Window(clock.local_midnight(first), until) if first is not None else watching.window_of(until, Numbers(work).whole("window_days"))
    if found.until <= found.since:
        raise WrongWindow(first=str(first), last=str(last))
    return found


# ---- labels


def labels(work: Work, filters: Filters, page: PageRequest) -> Page[Label]:
    """Current labels, the newest known first: the rows behind a figure, by the query that it carries."""
    return repository.search(work, filters, page)


def label(work: Work, label_id: str) -> LabelDetail:
    """Raises LabelNotFound."""
    found = work.session.get(Label, label_id)
    if found is None:
        raise LabelNotFound(label=label_id)
    return LabelDetail(found, repository.said_about(work, label_id))


def counts(work: Work) -> Mapping[tuple[str, str], int]:
    """(source, verdict) → current labels."""
    return repository.counts(work)


def quality(work: Work, over: Window) -> Quality:
    """Delay and bias of the labels of what happened in the window."""
    delays, selection = metrics.delays(work, over), metrics.selection(work, over)
    return Quality(over, delays, selection, caveat(delays, selection))


# ---- figures


def figures(work: Work, over: Window) -> list[DetectorFigures]:
    """Every detector version's figures over the window, as far as the reader may see the rows behind them."""
    return metrics.by_detector(work, over)


def snapshot(work: Work, day: date | None = None) -> Sequence[FigureRow]:
    """The figures of the whole platform as they stood on a day; by default on the newest there is."""
    found = day or repository.latest_day(work, FigureRow)
    return repository.figures(work, found) if found is not None else ()


def drift(work: Work, day: date | None = None) -> Sequence[DriftRow]:
    """Every detector's drift on a day, the greatest index first; by default on the newest there is."""
    found = day or repository.latest_day(work, DriftRow)
    return repository.drifts(work, found) if found is not None else ()


def drift_of(work: Work, detector: str, version: int) -> Sequence[DriftRow]:
    """One version's comparisons of the newest day on which it was looked at, the greatest index first."""
    rows = repository.drifts(work, None, detector, version)
    return [row for row in rows if row.day == rows[0].day]


def drift_history(work: Work, detector: str, version: int | None = None) -> Sequence[DriftRow]:
    """One detector's drift, the newest day first."""
    return repository.drifts(work, None, detector, version)


def missed(work: Work, day: date | None = None) -> Sequence[MissedRow]:
    """Victims by week and fraud type and how many nobody had warned, as known on a day; the newest week first."""
    found = day or repository.latest_day(work, MissedRow)
    return repository.missed(work, found) if found is not None else ()


def lags(work: Work, since: datetime | None = None) -> tuple[Lag, ...]:
    """Detection lag by fraud type, of tricks whose first case became known since then (default: as far back as tricks are looked for)."""
    return lagging.lags(work, since or clock.now() - timedelta(days=Numbers(work).whole("trick_days")))


def tricks(work: Work, since: datetime | None = None) -> Sequence[TrickRow]:
    """The newest first."""
    return repository.tricks(work, since)


def challengers(work: Work, most: int = 30) -> Sequence[ChallengerRow]:
    """What the nightly retraining did, the newest night first."""
    return repository.challengers(work, most)


def alarms(work: Work, most: int = 50) -> Sequence[AlarmRow]:
    """The newest first."""
    return repository.alarms(work, most)
