"""Tables of cases: the case, its parts, and the records of what was done with it. What names a person or tells the story is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from fanzha.store import Instant, Sealed, Table
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind


class Case(Table):
    """One case (立案). `ref` is ours and always there, `number` the police's own. `merged_into` names the case this one was merged into, `root_id` the case
    under which it is seen now: itself, or the end of that chain. `loss_fen` (net of what came back) and `victims` count everything seen under it."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    ref: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    root_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    region: Mapped[str] = mapped_column(Text)
    handed_regions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    shared_regions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    unit_id: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str] = mapped_column(Text)
    fraud_type: Mapped[str] = mapped_column(Text)
    narrative: Mapped[str] = mapped_column(Sealed("cases.narrative"), deferred=True)
    loss_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    victims: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    happened_at: Mapped[datetime | None] = mapped_column(Instant)
    reported_at: Mapped[datetime] = mapped_column(Instant)
    first_order_at: Mapped[datetime | None] = mapped_column(Instant)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    solved_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    source: Mapped[str] = mapped_column(Text)
    row_hash: Mapped[str | None] = mapped_column(Text, deferred=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    @property
    def name(self) -> str:
        """What people call it: its number, else our reference."""
        return self.number or self.ref


class CaseReport(Table):
    """The report (警情) that a case came from; a report is in one case at most."""

    __tablename__ = "case_reports"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))


class CaseWords(Table):
    """What a case is found by (migration 0022): the blinded words of its narrative (`words.Words`), and, kept by the database, marks of its identifiers,
    number, state, type, month and areas."""

    __tablename__ = "case_words"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    words: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class _Part:
    """What a case is made of. A part is never deleted, only removed with its time, and moves to another case by a split alone."""

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    @declared_attr
    def case_id(cls) -> Mapped[str]:  # noqa: N805 — SQLAlchemy hands the class
        return mapped_column(ForeignKey("cases.id"))


class Victim(_Part, Table):
    __tablename__ = "case_victims"

    name: Mapped[str | None] = mapped_column(Sealed("case_victims.name"))
    name_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    phone: Mapped[str | None] = mapped_column(Sealed("case_victims.phone"))
    phone_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    phone_token: Mapped[str | None] = mapped_column(Text)
    id_card: Mapped[str | None] = mapped_column(Sealed("case_victims.id_card"))
    id_card_index: Mapped[str | None] = mapped_column(Text, deferred=True)
    person_token: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Sealed("case_victims.note"))
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    more_indexes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), deferred=True)

    @property
    def masked_name(self) -> str:
        return identifiers.mask_name(self.name or "")

    @property
    def masked_phone(self) -> str:
        return identifiers.mask(Kind.PHONE, self.phone) if self.phone else ""

    @property
    def masked_id_card(self) -> str:
        return identifiers.mask(Kind.ID_CARD, self.id_card) if self.id_card else ""


class Loss(_Part, Table):
    """Money (fen): lost, returned, or a fee on top, and who says so."""

    __tablename__ = "case_losses"

    fen: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Sealed("case_losses.note"))


class CaseSuspect(_Part, Table):
    """An identifier that the fraud used; `kind` is None where it was not recognised and then stands as written."""

    __tablename__ = "case_suspects"

    kind: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Sealed("case_suspects.value"))
    value_index: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Sealed("case_suspects.note"))
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    more_indexes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), deferred=True)

    @property
    def masked(self) -> str:
        return identifiers.mask(Kind(self.kind), self.value) if self.kind else "***"


class CaseTask(_Part, Table):
    __tablename__ = "case_tasks"

    title: Mapped[str] = mapped_column(Sealed("case_tasks.title"))
    assignee_id: Mapped[str | None] = mapped_column(Text)
    assignee_name: Mapped[str] = mapped_column(Sealed("case_tasks.assignee_name"))
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Sealed("case_tasks.result"))


class Note(_Part, Table):
    """An event of the investigation, at the time it happened."""

    __tablename__ = "case_notes"

    at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[str] = mapped_column(Sealed("case_notes.body"))
    author: Mapped[str] = mapped_column(Sealed("case_notes.author"))


class Evidence(_Part, Table):
    """A file: its name, what its content is (not what its name says), its length and SHA-256."""

    __tablename__ = "case_evidence"

    file_name: Mapped[str] = mapped_column(Sealed("case_evidence.file_name"))
    media: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Sealed("case_evidence.note"))


class Custody(Table):
    """Who added, viewed or exported a piece of evidence, and whether the file was still the one that was taken in."""

    __tablename__ = "case_custody"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    evidence_id: Mapped[str] = mapped_column(ForeignKey("case_evidence.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("case_custody.actor_name"))
    org_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    intact: Mapped[bool]
    purpose: Mapped[str] = mapped_column(Sealed("case_custody.purpose"))


class LogEntry(Table):
    """One change: who, when, why, and each field before and after (JSON, sealed, for it holds personal data)."""

    __tablename__ = "case_log"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("case_log.actor_name"))
    org_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("case_log.reason"))
    changes: Mapped[str] = mapped_column(Sealed("case_log.changes"))


class CaseOperation(Table):
    """A merge (source into target) or a split (parts out of source into target). `parts`: [table, part id, case it came from]."""

    __tablename__ = "case_operations"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    parts: Mapped[list[Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("case_operations.reason"))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(Text)


class HandOver(Table):
    """A case offered by one unit to another, and the answer."""

    __tablename__ = "case_handovers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    from_region: Mapped[str] = mapped_column(Text)
    from_unit_id: Mapped[str] = mapped_column(Text)
    from_unit: Mapped[str] = mapped_column(Text)
    to_region: Mapped[str] = mapped_column(Text)
    to_unit_id: Mapped[str] = mapped_column(Text)
    to_unit: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Sealed("case_handovers.reason"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Sealed("case_handovers.answer"))
