"""Short messages (短信). The text is sealed; what is named in it becomes tokens, and the phrases of fraud that hit are kept in words."""

from __future__ import annotations

import polars as pl

from fanzha.desks.intake.mentions import mentions
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.engine.text import match_phrases

IDENTITY = ("sender", "receiver", "text")


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `messages`."""
    sender = subjects.phones(sheet, "sender", sheet.text("sender"))
    receiver = subjects.phones(sheet, "receiver", sheet.text("receiver"))
    text = sheet.demand("text", sheet.text("text"))
    links, contacts = mentions(text, subjects.tokens)
    hits = match_phrases(text)
    return {
        "sender": sender.token,
        "receiver": receiver.token,
        "sender_kind": sender.kind,
        "receiver_kind": receiver.kind,
        "sender_foreign": sender.foreign,
        "text": subjects.sealed("text", text),
        "text_type": hits["type"],
        "text_phrases": hits["phrases"],
        "links": links,
        "contacts": contacts,
    }
