"""The registry on lists that nobody here wrote (not shipped; the test skips where they are absent). No row of them is printed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from fanzha.desks.indicators import Answer, IndicatorRow, service
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope
from fanzha.vocab.identifiers import Kind

LISTS = (("tw165_sites.csv", "url", None, 0.95), ("tw165_bank_accounts.csv", "account", Kind.BANK_ACCOUNT, 0.95), ("tw165_phones.csv", "phone", Kind.PHONE, 0.95))
MOST = 12_000
"""Rows of a list that the suite takes: enough to meet every shape, and quick."""


@pytest.fixture
def folder(real_data: Path) -> Path:
    found = real_data / "tw165_lists"
    if not found.is_dir():
        pytest.skip(f"{found} is absent")
    return found


def test_lists_of_the_165_line_are_taken_whole(platform: Platform, folder: Path) -> None:
    for name, column, kind, least in LISTS:
        with (folder / name).open(encoding="utf-8") as file:
            values = [line[column] for line in csv.DictReader(file)][:MOST]
        rows = [IndicatorRow(value=value, kind=kind, source="165", row_number=number) for number, value in enumerate(values)]
        with platform.database.work(Scope.system("test")) as work:
            added = service.add_many(work, rows, platform.tokens)
        assert added.received == len(rows)
        assert (added.accepted + added.duplicates) / len(rows) > least, Counter(refused.reason for refused in added.refused)
        with platform.database.work(Scope.system("test")) as work:
            verdicts = Counter(service.check(work, value, kind).answer for value in values[:300])
        assert verdicts[Answer.CAUTION] >= 300 * least
        print(name, len(rows), added.accepted, added.duplicates, dict(Counter(refused.reason for refused in added.refused)))  # noqa: T201 - counts for docs
