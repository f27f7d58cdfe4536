"""How well the loop worked, measured against the truth that the simulator keeps: the only place of the platform that reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from fanzha.desks import warnings
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope

_CONTACTED_MEANS = "warnings to people a gang had called, written to or drawn to a site ÷ warnings to residents"
_AT_ONCE = 2_000
_PAGE = 1_000


@dataclass(frozen=True)
class Seen:
    """What one fraud's victim got: when the first warning after the lead-in was issued (None: never), and when the first loss fell (None: none)."""

    type: str
    lead_in_at: datetime | None
    warned_at: datetime | None
    first_loss_at: datetime | None
    loss_fen: int

    @property
    def in_time(self) -> bool:
        """Warned while nothing was lost yet."""
        return self.warned_at is not None and (self.first_loss_at is None or self.warned_at < self.first_loss_at)


def measure(platform: Platform, city: Path) -> dict[str, Any]:
    """Counts of warnings, and what they were worth: victims warned, warned before the first loss, lead time, precision."""
    cards = list(_all_warnings(platform))
    phones = _phones_by_holder(city)
    truth = pl.read_parquet(city / "truth" / "frauds.parquet")
    targets = {phone for holder in truth["victim"] for phone in phones.get(holder, ())}
    touched = {phone for holder in _contacted(city) for phone in phones.get(holder, ())} | targets
    found = _warnings_of(platform, touched)
    seen = [_seen(fraud, [card for phone in phones.get(fraud["victim"], ()) for card in found.get(phone, ())]) for fraud in truth.iter_rows(named=True)]
    local = {card.id for card in cards if card.region_known}
    to_targets = {card.id for phone in targets for card in found.get(phone, ())}
    to_touched = {card.id for cards_of in found.values() for card in cards_of}
    return {
        "warnings": {
            "total": len(cards),
            "by_level": dict(Counter(card.level.value for card in cards)),
            "by_state": dict(Counter(card.state.value for card in cards)),
            "overdue": sum(card.overdue for card in cards),
            "to_people_elsewhere": len(cards) - len(local),
            "by_type": dict(Counter(card.fraud_type for card in cards)),
        },
        "truth": _truth(seen) | {
            "precision": _share(len(to_targets & local), len(local), "warnings to people a fraud was played on ÷ warnings to residents"),
            "precision_contacted": _share(len(to_touched & local), len(local), _CONTACTED_MEANS),
        },
    }  # fmt: skip


def _truth(seen: list[Seen]) -> dict[str, Any]:
    lost = [fraud for fraud in seen if fraud.first_loss_at is not None]
    ahead = [fraud for fraud in lost if fraud.in_time]
    minutes = [(fraud.first_loss_at - fraud.warned_at).total_seconds() / 60 for fraud in ahead if fraud.first_loss_at and fraud.warned_at]
    return {
        "frauds": len(seen),
        "victims": len(lost),
        "loss_fen": sum(fraud.loss_fen for fraud in seen),
        "warned": _share(sum(fraud.warned_at is not None for fraud in seen), len(seen), "frauds whose victim was warned after the lead-in ÷ all frauds"),
        "victims_warned": _share(sum(fraud.warned_at is not None for fraud in lost), len(lost), "victims with a loss who were warned ÷ victims with a loss"),
        "warned_before_first_loss": _share(len(ahead), len(lost), "victims warned before their first loss ÷ victims with a loss"),
        "lead_time_median_minutes": round(median(minutes)) if minutes else None,
        "warned_by_type": {name: _by_type(seen, name) for name in sorted({fraud.type for fraud in seen})},
    }


def _by_type(seen: list[Seen], name: str) -> str:
    of_type = [fraud for fraud in seen if fraud.type == name]
    return f"{sum(fraud.warned_at is not None for fraud in of_type)}/{len(of_type)}"


def _share(numerator: int, denominator: int, means: str) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "share": round(numerator / denominator, 4) if denominator else None, "means": means}


def _seen(fraud: dict[str, Any], cards: Iterable[warnings.Card]) -> Seen:
    begins = fraud["lead_in_at"] or fraud["grooming_at"] or fraud["first_loss_at"]
    after = [card.issued_at for card in cards if begins is not None and card.issued_at >= begins]
    return Seen(fraud["type"], begins, min(after, default=None), fraud["first_loss_at"], fraud["loss_fen"])


def _all_warnings(platform: Platform) -> Iterator[warnings.Card]:
    cursor = ""
    while True:
        with platform.database.work(Scope.system("demo")) as work:
            cards = warnings.queue.after(work, warnings.Filters(), cursor, _PAGE)
        yield from cards
        if len(cards) < _PAGE:
            return
        cursor = cards[-1].id


def _warnings_of(platform: Platform, phones: Iterable[str]) -> dict[str, list[warnings.Card]]:
    found: dict[str, list[warnings.Card]] = {}
    for some in _batches(sorted(phones)):
        with platform.database.work(Scope.system("demo")) as work:
            found |= warnings.queue.of_phones(work, some)
    return found


def _batches(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _phones_by_holder(city: Path) -> dict[str, list[str]]:
    sims = pl.read_parquet(city / "sims.parquet", columns=["holder", "phone"])
    grouped = sims.group_by("holder").agg("+86" + pl.col("phone"))
    return dict(grouped.iter_rows())


def _contacted(city: Path) -> set[str]:
    """ID cards of those who received a gang's call or message, or opened its site."""
    marked = pl.scan_parquet(city / "truth" / "events.parquet").select("event_id")
    reached = [("calls", "callee"), ("messages", "receiver"), ("visits", "visitor")]
    phones = pl.concat(
        pl.scan_parquet(city / f"{kind}.parquet").join(marked, on="event_id", how="semi").select(pl.col(column).alias("phone")) for kind, column in reached
    )
    holders = pl.scan_parquet(city / "sims.parquet").join(phones, on="phone", how="semi").select("holder").unique().collect()
    return set(holders["holder"].to_list())
