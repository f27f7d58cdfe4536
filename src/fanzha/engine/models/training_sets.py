"""Rows to learn from: events of a history with their features as of the event, and labels that were known by then.

Features come from the kernels that detection runs, over the same history and the same day's marks, so batch, backtest and training see the same
numbers; their windows end strictly before the event. A label tells of a subject, of a subject's day, or of one event; the narrower wins, and of
two that contradict each other the positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import History
from fanzha.engine.features.sources import Marks
from fanzha.engine.models.recipes import Recipe
from fanzha.engine.rules.model import Target
from fanzha.kit.clock import local_midnight
from fanzha.lake.schemas import INSTANT, EventKind

LABELS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "subject": pl.String,  # token of the phone, the account or the person
    "event_id": pl.String,  # null: of all the subject's events
    "day": pl.Date,  # null: of all days
    "label": pl.Int64,  # 1: what the model looks for; 0: looked at and found honest
    "known_at": INSTANT,  # when it became known
}

DAY = timedelta(days=1)
_SHARES = 1 << 20
_MIX = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing (Knuth, TAOCP 6.4): spreads keys that are merely counted, too


@dataclass(frozen=True)
class Stretch:
    """Days of history (both included) and the marks under which each was seen: what `detect` returns beside its findings.

    The history reaches back as far as the features' windows do.
    """

    history: History
    first: date
    last: date
    marks: Mapping[date, Marks]

    def events(self, kind: EventKind) -> int:
        """How many of this kind its days have."""
        span = self.history.tables[kind].span(local_midnight(self.first), local_midnight(self.last + DAY))
        found: int = span.stop - span.start
        return found

    def days(self) -> Iterator[date]:
        """First to last."""
        day = self.first
        while day <= self.last:
            yield day
            day += DAY


class Labels:
    """Labels ready to be put to events. Later knowledge than `as_of` is left out, so that a training can be repeated as it was on any day."""

    def __init__(self, told: pl.DataFrame, as_of: datetime | None = None, presume_honest: bool = True) -> None:
        known = told.select(pl.col(name).cast(kind) for name, kind in LABELS_SCHEMA.items())
        if as_of is not None:
            known = known.filter(pl.col("known_at") <= as_of)
        self.rows = known.height
        self.positives = int((known["label"] == 1).sum())
        self.presume_honest = presume_honest
        by_event = pl.col("event_id").is_not_null()
        by_day = pl.col("day").is_not_null() & ~by_event
        self._events = _greatest(known.filter(by_event), ["event_id"])
        self._days = _greatest(known.filter(by_day), ["subject", "day"])
        self._subjects = _greatest(known.filter(~by_event & ~by_day), ["subject"])

    def put(self, events: pl.DataFrame) -> pl.Series:
        """The label of each event, null where nothing is told and honesty is not presumed. `events` has event_id, day, side, person."""
        frame = events.join(self._events, on="event_id", how="left", maintain_order="left").rename({"label": "of_event"})
        for who in ("side", "person"):
            keys = self._days.rename({"subject": who, "label": f"day_{who}"})
            frame = frame.join(keys, on=[who, "day"], how="left", maintain_order="left")
            keys = self._subjects.rename({"subject": who, "label": f"all_{who}"})
            frame = frame.join(keys, on=who, how="left", maintain_order="left")
        day, ever = pl.max_horizontal("day_side", "day_person"), pl.max_horizontal("all_side", "all_person")
        last = pl.lit(0 if self.presume_honest else None, pl.Int64)
        return frame.select(label=pl.coalesce("of_event", day, ever, last)).to_series()


def _greatest(labels: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return labels.group_by(keys).agg(pl.col("label").max())


class Rows:
    """The labelled events of a stretch, day by day, as tables: `subject`, `event_id`, `event_key`, `day`, `label` and a column for each feature."""

    def __init__(self, stretch: Stretch, recipe: Recipe, labels: Labels) -> None:
        self._stretch = stretch
        self._recipe = recipe
        self._labels = labels
        self._features = Features(stretch.history)
        self._people = stretch.history.persons.select("subject", "person")

    def of(self, day: date) -> pl.DataFrame:
        """The day's labelled events in the order of time."""
        table = self._stretch.history.tables[self._recipe.on]
        view = View(self._recipe.on, self._recipe.subject, table.span(local_midnight(day), local_midnight(day + DAY)))
        events = self._events(view, day)
        label = self._labels.put(events)
        marks = self._stretch.marks.get(day)
        features = self._features.compute(view, self._recipe.features, self._features.mark(marks) if marks is not None else None)
        who = pl.coalesce("person", "side") if self._recipe.target is Target.VICTIM else pl.col("side")
        head = events.select(who.alias("subject"), "event_id", "event_key", "day").with_columns(label=label)
        return pl.concat([head, features], how="horizontal").filter(events["side"].is_not_null() & label.is_not_null())

    def _events(self, view: View, day: date) -> pl.DataFrame:
        rows = self._stretch.history.tables[view.kind].rows[view.span]
        events = rows.select("event_id", "event_key", pl.col(view.side).alias("side")).with_columns(day=pl.lit(day, pl.Date))
        return events.join(self._people, left_on="side", right_on="subject", how="left", maintain_order="left")


def sampled(rows: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """All positives and this share of the negatives, with `drawn`: whether the row would be there whatever its label.

    Drawn by the events' keys: the same every time, whatever else is there.
    """
    mixed = (rows["event_key"].to_numpy().astype(np.uint64) ^ np.uint64(seed)) * _MIX
    drawn = pl.Series("drawn", (mixed >> np.uint64(44)) < np.uint64(round(share * _SHARES)))
    return rows.with_columns(drawn).filter(pl.col("drawn") | (pl.col("label") == 1))
