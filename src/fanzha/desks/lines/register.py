"""What operators say of a number: carrier, outlet, day of opening, region; and which operator on the platform serves it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl

from fanzha.desks import identity
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.store import Work
from fanzha.vocab.organisations import OrgKind

CARRIERS = ("移动", "电信", "联通", "广电")


@dataclass(frozen=True)
class Line:
    """One card as the operator's register has it."""

    carrier: str = ""
    outlet: str = ""
    opened_at: datetime | None = None
    region: str = ""


class Register(Protocol):
    """Finds cards in one go for a whole batch."""

    def find(self, tokens: Collection[str]) -> Mapping[str, Line]:
        """By phone token; a number nobody sold here is absent."""
        ...


class LakeRegister:
    """The register over the lake's `sims`: the newest row of each number. One scan a batch."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def find(self, tokens: Collection[str]) -> Mapping[str, Line]:
        if not tokens:
            return {}
        wanted = self._lake.scan(EventKind.SIMS).filter(pl.col("phone").is_in(sorted(set(tokens))))
        newest = wanted.sort("at", "event_key").group_by("phone", maintain_order=True).last().select("phone", "carrier", "outlet", "at", "region").collect()
        return {row[0]: Line(row[1] or "", row[2] or "", row[3], row[4] or "") for row in newest.iter_rows()}


def operators(work: Work) -> dict[str, str]:
    """Carrier → the one active operator in sight whose name holds it; carriers with none or several are left out, a person chooses."""
    named = [(org.name, org.id) for org in identity.service.organisations(work, kind=OrgKind.OPERATOR)]
    found = {carrier: [org_id for name, org_id in named if carrier in name] for carrier in CARRIERS}
    return {carrier: ids[0] for carrier, ids in found.items() if len(ids) == 1}


def operator_of(carrier: str, known: Mapping[str, str]) -> str | None:
    """The organisation that serves this carrier's numbers."""
    return next((org_id for name, org_id in known.items() if name in carrier), None)
