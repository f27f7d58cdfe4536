"""A decision on its way to be kept: the row as one piece of JSON, the same for the database and for the local file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """One row of `screening_decisions`; see `model.Decision`."""

    id: str
    org_id: str
    key_id: str | None
    request_id: str
    digest: str
    asked: str
    answer: str
    region: str | None
    subject_token: str | None
    other_token: str | None
    amount_fen: int | None
    at: datetime
    decided_at: datetime
    event: dict[str, Any]
    signals: list[dict[str, Any]]
    basis: str | None
    term_minutes: int | None
    ends_at: datetime | None
    policy: str | None
    body: str
    degraded: bool
    spooled: bool = False
    conflicting: bool = False


encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(Record)
