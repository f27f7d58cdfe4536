"""Statements as banks send them: read, joined with what is held, counted so that nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from fanzha.desks.funds import repository
from fanzha.desks.funds.errors import TooManyRows
from fanzha.desks.funds.matching import Side, Telling, Tolerance, match
from fanzha.desks.funds.model import FundTrace, TraceRowAside, TraceStatement
from fanzha.desks.intake import Given, SetAside, Statement, content_digest, read_statement
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

MOST_ROWS = 200_000
Told: TypeAlias = tuple[Telling, str]
"""A telling and the serial number that its bank gave it ('' where none)."""


@dataclass(frozen=True)
class File:
    """A statement as it came. `bank`: who sent it, for rows that do not name the bank of their own account."""

    path: Path
    name: str
    bank: str = ""
    given: Given | None = None


def take(work: Work, trace: FundTrace, file: File, tokens: Tokens, tolerance: Tolerance) -> tuple[TraceStatement, bool]:
    """Take a statement in; (what came of it, whether it was there before). The same file under the same mapping changes nothing.

    Raises:
        UnreadableFile, BadMapping (of the intake), TooManyRows.
    """
    digest = content_digest(file.path)
    statement_id = stable_id("trace statement", trace.id, digest, file.given.digest if file.given else "", file.bank)
    held = repository.statement(work, statement_id)
    if held is not None:
        return held, True
    read = read_statement(file.path, tokens, file.given)
    if read.received > MOST_ROWS:
        raise TooManyRows(rows=read.received, most=MOST_ROWS)
    told = with_bank(tellings_of(read), file.bank)
    made = _counted(work, trace, read, told, tolerance)
    made.id, made.bank, made.file_name, made.digest = statement_id, file.bank, file.name[:200], digest
    work.session.add(made)
    work.session.flush()
    repository.put_tellings(work, trace.id, statement_id, list({telling.key: (telling, serial) for telling, serial in told}.values()))
    work.session.add_all(_aside(statement_id, row) for row in read.set_aside)
    work.session.flush()
    return made, False


def tellings_of(read: Statement) -> list[Told]:
    """Every row with a key made of what it says. Rows of one file that say the same without a serial number are told apart by their count, since two equal
    payments in one second do happen; in another file the same rows get the same keys and are found again. With a serial number equal rows are one."""
    seen: Counter[str] = Counter()
    told: list[Told] = []
    newest_first = _newest_first(read)
    for row, at, payer, payee, fen, serial, side, payer_balance, payee_balance, payer_bank, payee_bank, channel in read.rows.iter_rows():
        said = stable_id("telling", side, payer, payee, fen, at.isoformat(), serial)
        key = said if serial or not seen[said] else stable_id(said, seen[said])
        seen[said] += 1
        position = -row if newest_first else row
        told.append((Telling(key, Side(side), payer, payee, fen, at, position, payer_balance, payee_balance, payer_bank, payee_bank, channel), serial))
    return told


def with_bank(told: Sequence[Told], bank: str) -> list[Told]:
    """The sender's name at each row's own account, where the row does not say it."""
    return [(_named(telling, bank), serial) for telling, serial in told]


def _named(telling: Telling, bank: str) -> Telling:
    if telling.side is Side.PAYEE:
        return telling if telling.payee_bank else replace(telling, payee_bank=bank)
    return telling if telling.payer_bank else replace(telling, payer_bank=bank)


def _newest_first(read: Statement) -> bool:
    at = read.rows["at"]
    return read.rows.height > 1 and at[0] > at[-1]


def _counted(work: Work, trace: FundTrace, read: Statement, told: Sequence[Told], tolerance: Tolerance) -> TraceStatement:
    held = repository.tellings(work, trace.id)
    accepted = new_transfers([telling for telling, _ in told], held, tolerance)
    good = read.rows.height
    return TraceStatement(
        trace_id=trace.id, received=read.received, accepted=accepted, duplicates=good - accepted, quarantined=len(read.set_aside), taken_at=clock.now(),
        taken_by=work.actor,
    )  # fmt: skip


def new_transfers(told: Sequence[Telling], held: Collection[Telling], tolerance: Tolerance) -> int:
    """How many transfers the rows add. The other rows are duplicates: told before by the same side, or by the other one."""
    known = {each.key for each in held}
    fresh = {each.key: each for each in told if each.key not in known}
    added = len(match([*held, *fresh.values()], tolerance)) - len(match(held, tolerance))
    return max(0, min(len(fresh), added))


def _aside(statement_id: str, row: SetAside) -> TraceRowAside:
    raw = row.raw.decode("utf-8", "backslashreplace")
    return TraceRowAside(statement_id=statement_id, row=row.row, raw=raw, reason=row.reason.value, field=row.field, detail=row.detail)
