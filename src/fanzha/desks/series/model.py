"""Tables of the series desk.

Invariants (kept by the database too, see migrations 0016, 0023 and 0029): a report or case is in one series at most; what is pinned was settled by a person and no
linking moves it; a merged series names the one it went into.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import FetchedValue

from fanzha.store import Instant, Sealed, Table


class Linkable(Table):
    """What can be linked: a report, or a case. A case that came from a report is one with it and stands under the report's id (`report_id`, `case_id`);
    `seen_under`: the linkable of the case that this one's was merged into."""

    __tablename__ = "linkables"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("reports.id"), unique=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), unique=True)
    seen_under: Mapped[str | None] = mapped_column(ForeignKey("linkables.id"))
    taken_at: Mapped[datetime] = mapped_column(Instant)


class LinkedValue(Table):
    """One value that a linkable can be linked by, as a keyed hash. `shown`: in clear, of values that no suspect of it tells. A quiet value links nothing:
    an analyst has decided against what it said about this one."""

    __tablename__ = "linked_values"

    linkable_id: Mapped[str] = mapped_column(ForeignKey("linkables.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    shown: Mapped[str | None] = mapped_column(Sealed("linked_values.shown"))
    is_quiet: Mapped[bool]


class LinkedSlip(Table):
    """Of an account, keyed hashes of it with one digit left open (`keys.slip_key`), so that a slip of the pen is found without opening any account."""

    __tablename__ = "linked_slips"

    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    holes: Mapped[bytes] = mapped_column(LargeBinary)


class LinkedSketch(Table):
    """What a narrative tells, as keyed hashes of pieces of it (`engine.linking.meaning`): likeness can be computed from them, words cannot. A quiet one is like
    no other: an analyst has decided against what it said."""

    __tablename__ = "linked_sketches"

    linkable_id: Mapped[str] = mapped_column(ForeignKey("linkables.id", ondelete="CASCADE"), primary_key=True)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    is_quiet: Mapped[bool] = mapped_column(server_default=text("false"))


class LinkedLikeness(Table):
    """Two of one series whose narratives tell the same in other words: the cosine, and the bits it carried at the latest linking."""

    __tablename__ = "linked_likeness"

    one: Mapped[str] = mapped_column(ForeignKey("linkables.id"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("linkables.id"), primary_key=True)
    likeness: Mapped[float]
    bits: Mapped[float]


class LinkedWeight(Table):
    """How many linkables knew a value at the latest linking, and the bits it carried; of values that more than one knew."""

    __tablename__ = "linked_weights"

    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    known_by: Mapped[int]
    bits: Mapped[float]


class Series(Table):
    """Cases that one gang is thought to have done. `unsettled`: cases that no person has confirmed. `by_region`: cases by region code.
    `shared_regions`: those that a case of it is shared with by a handover or a merge; they see the series too."""

    __tablename__ = "series"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True, server_default=FetchedValue())
    state: Mapped[str] = mapped_column(Text)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("series.id"))
    fraud_type: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    unsettled: Mapped[int]
    loss_fen: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime | None] = mapped_column(Instant)
    by_region: Mapped[dict[str, int]] = mapped_column(JSONB)
    shared_regions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Member(Table):
    """A linkable of a series. The row of one that is seen under another waits there until the merge is undone, and counts for nothing."""

    __tablename__ = "series_members"

    linkable_id: Mapped[str] = mapped_column(ForeignKey("linkables.id"), primary_key=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"))
    is_pinned: Mapped[bool]
    since: Mapped[datetime] = mapped_column(Instant)


class Candidate(Table):
    """A series that a new report or case may belong to, as it stood when that came in; `series_id` is '' for single cases that are in no series yet."""

    __tablename__ = "series_candidates"

    linkable_id: Mapped[str] = mapped_column(ForeignKey("linkables.id"), primary_key=True)
    series_id: Mapped[str] = mapped_column(Text, primary_key=True)
    bits: Mapped[float]
    is_likely: Mapped[bool]
    number: Mapped[int | None] = mapped_column(BigInteger)
    cases: Mapped[int]
    by_region: Mapped[dict[str, int]] = mapped_column(JSONB)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    found_at: Mapped[datetime] = mapped_column(Instant)


class Decision(Table):
    """Who decided what about a series, and why. Never changed."""

    __tablename__ = "series_decisions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"))
    kind: Mapped[str] = mapped_column(Text)
    cases: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Sealed("series_decisions.actor_name"))
    reason: Mapped[str] = mapped_column(Sealed("series_decisions.reason"))


class Apart(Table):
    """On which side of a decision a linkable stands: no linking joins those on different sides."""

    __tablename__ = "series_apart"

    decision_id: Mapped[str] = mapped_column(ForeignKey("series_decisions.id"), primary_key=True)
    linkable_id: Mapped[str] = mapped_column(ForeignKey("linkables.id"), primary_key=True)
    side: Mapped[int]


class Muted(Table):
    """A value that an analyst has found to say nothing about who did it, or whose indicator was withdrawn."""

    __tablename__ = "series_muted"

    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("series_decisions.id"))
    withdrawal_id: Mapped[str | None] = mapped_column(ForeignKey("indicator_withdrawals.id"))


class Hint(Table):
    """Two accepted series that linking would have joined, had nobody settled them."""

    __tablename__ = "series_hints"

    one: Mapped[str] = mapped_column(ForeignKey("series.id"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("series.id"), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(Instant)
