"""Tables of the lake.

Invariants: times are UTC; money is integer fen; a column named in `TOKENS` holds a subject's token, never the identifier itself; `event_key` is the
64-bit hash of (source, event_id) by which rows are deduplicated; `day` is the calendar day in China, and the partition of the
tables whose rows come day by day. A register's rows are as old as the accounts and cards that it lists: by day it would be thousands of tiny files.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

INSTANT = pl.Datetime("us", "UTC")


class EventKind(StrEnum):
    CALLS = "calls"
    MESSAGES = "messages"
    VISITS = "visits"
    TRANSFERS = "transfers"
    ACCOUNTS = "accounts"
    SIMS = "sims"


REGISTERS = frozenset({EventKind.ACCOUNTS, EventKind.SIMS})


_COMMON: dict[str, pl.DataType | type[pl.DataType]] = {
    "event_key": pl.Int64,
    "event_id": pl.String,  # the source's own id, or a stable hash of the row where it has none
    "source": pl.String,
    "batch_id": pl.String,
    "at": INSTANT,
    "day": pl.Date,
}

SCHEMAS: dict[EventKind, dict[str, pl.DataType | type[pl.DataType]]] = {
    EventKind.CALLS: _COMMON
    | {
        "caller": pl.String,
        "callee": pl.String,
        "caller_kind": pl.String,  # vocab PhoneKind
        "callee_kind": pl.String,
        "caller_region": pl.String,  # 6 digits or null: where the number belongs
        "callee_region": pl.String,
        "caller_foreign": pl.Boolean,
        "seconds": pl.Int32,  # 0: not answered
        "imei": pl.String,
        "imsi": pl.String,
        "cell": pl.String,
        "roaming_region": pl.String,
        "call_type": pl.String,
    },
    EventKind.MESSAGES: _COMMON
    | {
        "sender": pl.String,
        "receiver": pl.String,
        "sender_kind": pl.String,
        "receiver_kind": pl.String,
        "sender_foreign": pl.Boolean,
        "text": pl.String,  # sealed like a token: opened only with the key and a purpose
        "text_type": pl.String,  # FraudType by the phrase lexicon at intake, or null
        "text_phrases": pl.List(pl.String),  # the phrases that hit, in words
        "links": pl.List(pl.String),  # tokens of the domains named in the text
        "contacts": pl.List(pl.String),  # tokens of the phones, accounts and IM accounts named in the text
    },
    EventKind.VISITS: _COMMON
    | {
        "visitor": pl.String,  # the visitor's phone
        "host": pl.String,  # host name
        "domain": pl.String,  # registered domain
        "app": pl.String,  # package name, or null
        "seconds": pl.Int32,
        "bytes": pl.Int64,
    },
    EventKind.TRANSFERS: _COMMON
    | {
        "payer": pl.String,
        "payee": pl.String,
        "amount_fen": pl.Int64,
        "payer_bank": pl.String,
        "payee_bank": pl.String,
        "channel": pl.String,
        "payer_balance_fen": pl.Int64,  # after the transfer, where known
        "payee_balance_fen": pl.Int64,
    },
    EventKind.ACCOUNTS: _COMMON
    | {
        "account": pl.String,
        "holder": pl.String,  # token of the holder's ID card: the person
        "holder_name": pl.String,  # sealed
        "phone": pl.String,
        "bank": pl.String,
        "branch": pl.String,
        "holder_kind": pl.String,  # person | entity
        "region": pl.String,
        "state": pl.String,
    },
    EventKind.SIMS: _COMMON
    | {
        "phone": pl.String,
        "holder": pl.String,
        "holder_name": pl.String,
        "imsi": pl.String,
        "imei": pl.String,
        "carrier": pl.String,
        "outlet": pl.String,
        "region": pl.String,  # where the holder lives: 6 or 9 digits
        "address": pl.String,  # sealed
        "birth_year": pl.Int32,
        "sex": pl.String,
        "occupation": pl.String,
        "state": pl.String,
    },
}

TOKENS: dict[EventKind, tuple[str, ...]] = {
    EventKind.CALLS: ("caller", "callee", "imei", "imsi"),
    EventKind.MESSAGES: ("sender", "receiver"),
    EventKind.VISITS: ("visitor", "host", "domain", "app"),
    EventKind.TRANSFERS: ("payer", "payee"),
    EventKind.ACCOUNTS: ("account", "holder", "phone"),
    EventKind.SIMS: ("phone", "holder", "imsi", "imei"),
}
"""Columns whose values are tokens. Sealed free text (`text`, `holder_name`, `address`) uses the same cipher with its own kind."""
