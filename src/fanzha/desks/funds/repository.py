"""All queries on traces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, select
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.funds.errors import TraceNotFound
from fanzha.desks.funds.matching import Side, Telling
from fanzha.desks.funds.model import FundTrace, TraceAccount, TraceResult, TraceRowAside, TraceStatement, TraceTelling, TraceVictim
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

_PIECE = 2000
_SUPPORT = ("payer_balance_fen", "payee_balance_fen", "position")
_NAMES = ("payer_bank", "payee_bank", "channel")


def trace(work: Work, trace_id: str, *, lock: bool = False) -> FundTrace:
    """Raises TraceNotFound."""
    query = select(FundTrace).where(FundTrace.id == trace_id)
    found = work.session.scalars(query.with_for_update().execution_options(populate_existing=True) if lock else query).one_or_none()
    if found is None:
        raise TraceNotFound(trace=trace_id)
    return found


def add_trace(work: Work, row: Mapping[str, Any]) -> bool:
    """Whether it is new."""
    done = work.session.execute(insert(FundTrace).values(**row).on_conflict_do_nothing())
    return bool(cast("CursorResult[Any]", done).rowcount)


def traces(work: Work, page: PageRequest, *, words: str = "") -> Page[FundTrace]:
    """The newest first; `words` begins a reference."""
    fits: list[ColumnElement[bool]] = [FundTrace.ref.startswith(words, autoescape=True)] if words else []
    total = work.session.scalar(select(func.count()).select_from(FundTrace).where(*fits)) or 0
    rows = work.session.scalars(select(FundTrace).where(*fits).order_by(FundTrace.opened_at.desc(), FundTrace.id).limit(page.size).offset(page.offset))
    return Page(list(rows), total, page)


def of_report(work: Work, report_id: str) -> FundTrace | None:
    return work.session.scalars(select(FundTrace).where(FundTrace.report_id == report_id)).one_or_none()


def keys(work: Work, trace_id: str) -> set[str]:
    return set(work.session.scalars(select(TraceTelling.key).where(TraceTelling.trace_id == trace_id)))


def put_tellings(work: Work, trace_id: str, statement_id: str | None, rows: Sequence[tuple[Telling, str]]) -> None:
    """Each telling with its serial, once by its key. Where a telling is there, the smaller balance, position and name stay: nothing hangs on the order of files."""
    for start in range(0, len(rows), _PIECE):
        values = [_row(trace_id, statement_id, telling, serial) for telling, serial in rows[start : start + _PIECE]]
        statement = insert(TraceTelling).values(values)
        new = statement.excluded
        kept = {name: func.least(getattr(TraceTelling, name), new[name]) for name in _SUPPORT}
        kept |= {name: func.coalesce(func.least(func.nullif(getattr(TraceTelling, name), ""), func.nullif(new[name], "")), "") for name in _NAMES}
        work.session.execute(statement.on_conflict_do_update(index_elements=["trace_id", "key"], set_=kept))


def tellings(work: Work, trace_id: str) -> list[Telling]:
    columns = (
        TraceTelling.key, TraceTelling.side, TraceTelling.payer, TraceTelling.payee, TraceTelling.fen, TraceTelling.at, TraceTelling.position,
        TraceTelling.payer_balance_fen, TraceTelling.payee_balance_fen, TraceTelling.payer_bank, TraceTelling.payee_bank, TraceTelling.channel,
    )  # fmt: skip
    rows = work.session.execute(select(*columns).where(TraceTelling.trace_id == trace_id).order_by(TraceTelling.key))
    return [Telling(key, Side(side), *rest) for key, side, *rest in rows]


def victims(work: Work, trace_id: str) -> Sequence[TraceVictim]:
    query = select(TraceVictim).where(TraceVictim.trace_id == trace_id, TraceVictim.removed_at.is_(None)).order_by(TraceVictim.added_at, TraceVictim.key)
    return work.session.scalars(query).all()


def victim(work: Work, trace_id: str, key: str) -> TraceVictim | None:
    return work.session.get(TraceVictim, (trace_id, key))


def statement(work: Work, statement_id: str) -> TraceStatement | None:
    return work.session.get(TraceStatement, statement_id)


def statements(work: Work, trace_id: str) -> Sequence[TraceStatement]:
    return work.session.scalars(select(TraceStatement).where(TraceStatement.trace_id == trace_id).order_by(TraceStatement.taken_at, TraceStatement.id)).all()


def rows_aside(work: Work, statement_ids: Collection[str], most: int) -> Sequence[TraceRowAside]:
    query = select(TraceRowAside).where(TraceRowAside.statement_id.in_(statement_ids)).order_by(TraceRowAside.statement_id, TraceRowAside.row)
    return work.session.scalars(query.limit(most)).all()


def accounts(work: Work, trace_id: str) -> dict[str, TraceAccount]:
    found = work.session.scalars(select(TraceAccount).where(TraceAccount.trace_id == trace_id))
    return {each.account: each for each in found}


def put_account(work: Work, row: Mapping[str, Any]) -> None:
    statement = insert(TraceAccount).values(**row)
    changed = {name: statement.excluded[name] for name in row if name not in {"trace_id", "account"}}
    work.session.execute(statement.on_conflict_do_update(index_elements=["trace_id", "account"], set_=changed))


def result(work: Work, trace_id: str, version: int) -> TraceResult | None:
    return work.session.get(TraceResult, (trace_id, version))


def _row(trace_id: str, statement_id: str | None, told: Telling, serial: str) -> dict[str, Any]:
    return {
        "trace_id": trace_id, "key": told.key, "statement_id": statement_id, "side": told.side.value, "payer": told.payer, "payee": told.payee, "fen": told.fen,
        "at": told.at, "position": told.position, "serial": serial, "payer_balance_fen": told.payer_balance_fen,
        "payee_balance_fen": told.payee_balance_fen, "payer_bank": told.payer_bank, "payee_bank": told.payee_bank, "channel": told.channel,
    }  # fmt: skip
