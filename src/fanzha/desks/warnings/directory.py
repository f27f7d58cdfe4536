"""Who is behind a token: the latest row of the operators' register (the lake's `sims`) for each phone, opened with the key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens


@dataclass(frozen=True)
class Subject:
    """What is known about a person. Everything is in clear: seal it before it is stored."""

    person_token: str | None
    phone: str | None
    name: str | None = None
    address: str | None = None
    birth_year: int | None = None
    occupation: str | None = None
    region: str | None = None


class Directory(Protocol):
    """Finds people in one go for a whole batch."""

    def find(self, phones: Collection[str], persons: Collection[str]) -> Mapping[str, Subject]:
        """By phone token and by person token; a token nobody knows is absent, except that a phone's own number always opens."""
        ...


_COLUMNS = ("phone", "holder", "holder_name", "address", "birth_year", "occupation", "region")


class RegisterDirectory:
    """The directory over the lake. One scan a batch."""

    def __init__(self, lake: Lake, tokens: Tokens) -> None:
        self._lake = lake
        self._tokens = tokens

    def find(self, phones: Collection[str], persons: Collection[str]) -> Mapping[str, Subject]:
        rows = self._latest(phones, persons)
        found = {phone: Subject(None, self._opened(phone)) for phone in phones}
        for row in rows:
            subject = self._subject(row)
            # Rows come oldest first, so a person's newest number stands in the end.
            found[row["phone"]] = subject
            if row["holder"]:
                found[row["holder"]] = subject
        return found

    def _latest(self, phones: Collection[str], persons: Collection[str]) -> list[dict[str, Any]]:
        wanted = pl.col("phone").is_in(_series(phones)) | pl.col("holder").is_in(_series(persons))
        newest = self._lake.scan(EventKind.SIMS).filter(wanted).sort("at", "event_key").group_by("phone", maintain_order=True).last()
        return newest.sort("at", "event_key").select(_COLUMNS).collect().to_dicts()

    def _subject(self, row: Mapping[str, Any]) -> Subject:
        return Subject(
            person_token=row["holder"] or None,
            phone=self._opened(row["phone"]),
            name=self._opened(row["holder_name"]),
            address=self._opened(row["address"]),
            birth_year=row["birth_year"],
            occupation=row["occupation"] or None,
            region=row["region"] or None,
        )

    def _opened(self, token: str | None) -> str | None:
        return self._tokens.open(token)[1] if token else None


def _series(values: Iterable[str]) -> list[str]:
    return sorted(set(values))

