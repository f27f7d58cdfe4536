"""Compile every kernel into the disk cache, so that no first request or run pays for it: `python -m fanzha.engine.warm`, called by set-up."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from fanzha.engine.exposure import person_exposures
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.features.compute import Features, View
from fanzha.engine.features.history import History
from fanzha.engine.features.sources import Marks
from fanzha.engine.linking.link import link
from fanzha.engine.linking.made_up import city
from fanzha.engine.linking.script import script_places
from fanzha.engine.nearness import Book, Listed
from fanzha.engine.persons import PERSONS_SCHEMA
from fanzha.engine.reading import read_narrative
from fanzha.engine.tracing.ledger import Ledger
from fanzha.engine.tracing.trace import Method, Origin, reachable, trace
from fanzha.engine.windows import window_features
from fanzha.lake.schemas import INSTANT, SCHEMAS, EventKind
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind


def main(*, first_page: bool = False) -> None:
    """Run each kernel once on a handful of events; with `first_page` only those that the shipped rules' first run needs."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = pl.DataFrame(
        {
            "event_key": [1, 2, 3],
            "at": [start, start, start + timedelta(minutes=5)],
            "payer": ["a", "a", None],
            "payee": ["b", "c", "b"],
            "amount_fen": [1, 2, None],
        },
        schema_overrides={"at": INSTANT},
    )
    transfers = pl.concat([pl.DataFrame(schema=SCHEMAS[EventKind.TRANSFERS]), events], how="diagonal")
    window_features(events, "payer", "payee", amount="amount_fen")
    window_features(events.reverse(), "payee", "payer")
    window_features(events, "event_key", "event_key")
    nobody = pl.DataFrame(schema=PERSONS_SCHEMA)
    person_exposures({EventKind.TRANSFERS: transfers}, nobody, {"b": FraudType.OTHER}, EventKind.TRANSFERS, "payer")
    if first_page:
        return
    read_narrative("对方让我下载“云谷”软件，转了5000元到6222000000000000000。")
    _every_link()
    _every_trace()
    _every_near_form()
    _every_feature(transfers, events.select("event_key", "at", caller="payer", callee="payee"))


def _every_link() -> None:
    link(city(200).cases())
    script_places(["报警人称其在家中看到办理贷款的广告，点击后下载应用，对方以卡号填写错误为由要求缴纳解冻费用，遂发现被骗"])


def _every_trace() -> None:
    codes, numbers = np.array([0, 1], np.int32), np.array([1, 2], np.int64)
    ledger = Ledger.build(codes, codes[::-1].copy(), numbers, numbers, 2)
    for method in Method:
        trace(ledger, [Origin(0, 1)], method)
    reachable(ledger, 0)


def _every_near_form() -> None:
    listed = [Listed(Kind.DOMAIN, "made-up-bank.example", "made-up-bank.example", is_brand=True)]
    listed += [Listed(Kind.PHONE, f"+8613900000{number:03d}", "") for number in range(4)] + [Listed(Kind.CARD, "6222000000000000001", "")]
    book = Book(listed)
    for kind, value, host in ((Kind.DOMAIN, "made-up-bamk.example", "made-up-bamk.example"), (Kind.PHONE, "+8613900000009", ""), (Kind.CARD, "6222000000000000010", "")):
        book.near(kind, value, host)


def _every_feature(transfers: pl.DataFrame, calls: pl.DataFrame) -> None:
    calls = pl.concat([pl.DataFrame(schema=SCHEMAS[EventKind.CALLS]), calls], how="diagonal")
    features = Features(History({EventKind.TRANSFERS: transfers, EventKind.CALLS: calls}, pl.DataFrame(schema=PERSONS_SCHEMA)))
    marked = features.mark(Marks({"b": FraudType.OTHER}, frozenset(), datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)))
    for kind, side in ((EventKind.TRANSFERS, "payer"), (EventKind.CALLS, "caller")):
        features.compute(View(kind, side, slice(0, 3)), FEATURES.on(kind), marked)


if __name__ == "__main__":
    main(first_page="first-page" in sys.argv)
