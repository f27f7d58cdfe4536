"""Reports (警情), cases (案件) and indicators (涉诈标识): kinds that go to their own desks instead of the lake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import polars as pl

from fanzha.desks import cases, indicators
from fanzha.desks.intake import times
from fanzha.desks.intake.columns import Columns, IntakeKind
from fanzha.desks.intake.parsing import SetAside, set_aside
from fanzha.desks.intake.readers.base import ROW, Chunk, as_json
from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.words import fraud_type_of, indicator_state_of, kind_of
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

T = TypeVar("T")

_BETWEEN: Final = re.compile(r"[;；,，、|\s]+")


@dataclass(frozen=True)
class Outcome:
    """What became of a chunk: its rows are accepted + duplicates + set aside."""

    accepted: int
    duplicates: int
    set_aside: list[SetAside]


def import_chunk(work: Work, tokens: Tokens, kind: IntakeKind, source: str, chunk: Chunk, columns: Columns) -> Outcome:
    """Hand the rows of a chunk to the desk of their kind, in this transaction."""
    aside = [SetAside(failure.row, failure.raw, None, failure.reason) for failure in chunk.failures]
    if not chunk.frame.height:
        return Outcome(0, 0, aside)
    sheet = Sheet(chunk.frame, columns)
    if kind is IntakeKind.REPORTS:
        found = cases.service.import_many(work, _good(sheet, _reports(sheet, source)), tokens)
        accepted, duplicates, refused = found.accepted, found.duplicates, [(row.row_number, row.sentence_zh, row.sentence_en) for row in found.refused]
    elif kind is IntakeKind.CASES:
        filed = cases.filing.import_many(work, _good(sheet, _cases(sheet, source)), tokens)
        accepted, duplicates, refused = filed.accepted, filed.duplicates, [(row.row_number, row.sentence_zh, row.sentence_en) for row in filed.refused]
    else:
        added = indicators.service.add_many(work, _good(sheet, _indicators(sheet, source)), tokens)
        accepted, duplicates, refused = added.accepted, added.duplicates, [(row.row_number, row.sentence_zh, row.sentence_en) for row in added.refused]
    aside += set_aside(chunk, sheet, sheet.verdicts())
    aside += _refused(chunk, refused)
    return Outcome(accepted, duplicates, aside)


def _good(sheet: Sheet, rows: list[T]) -> list[T]:
    good = sheet.verdicts().is_null().to_list()
    return [row for row, is_good in zip(rows, good, strict=True) if is_good]


def _refused(chunk: Chunk, refused: Sequence[tuple[int, str, str]]) -> list[SetAside]:
    """Rows the desk did not take, with both sentences as their detail."""
    if not refused:
        return []
    said = {row: f"{zh}\n{en}" for row, zh, en in refused}
    places = chunk.frame[ROW].is_in(list(said)).arg_true().to_list()
    numbers = chunk.frame[ROW].gather(places).to_list()
    cells = [as_json(row) for row in chunk.frame.drop(ROW)[places].iter_rows(named=True)]
    return [
        SetAside(number, raw, cell, Reason.REFUSED, "", said[number]) for number, raw, cell in zip(numbers, chunk.raw(places), cells, strict=True)
    ]


def _reports(sheet: Sheet, source: str) -> list[cases.ReportRow]:
    latest = pl.Series([clock.now() + times.CLOCK_SKEW])
    received = sheet.instant(latest=latest)
    narrative = sheet.demand("narrative", sheet.text("narrative"))
    happened = sheet.instant("happened_at", latest=latest, required=False)
    loss = sheet.fen("loss_fen" if sheet.has("loss_fen") else "loss", required=False)
    sheet.reject(loss < 0, Reason.NEGATIVE_AMOUNT, "loss")
    names = ("event_id", "region", "fraud_type", "victim_name", "victim_phone", "victim_id_card", "accounts", "phones", "sites", "suspects")
    text = {name: sheet.text(name).fill_null("").to_list() for name in names}
    rows = []
    for place, number in enumerate(sheet.numbers.to_list()):
        at, told, then = received[place] or times.EARLIEST, narrative[place] or "", happened[place]
        suspects = [value for name in ("accounts", "phones", "sites", "suspects") for value in _BETWEEN.split(text[name][place]) if value]
        rows.append(
            cases.ReportRow(
                source=source,
                report_no=text["event_id"][place] or stable_id(source, at, told),
                received_at=at,
                narrative=told,
                region=text["region"][place],
                fraud_type=fraud_type_of(text["fraud_type"][place]),
                loss_fen=loss[place] or 0,
                victim_name=text["victim_name"][place],
                victim_phone=text["victim_phone"][place],
                victim_id_card=text["victim_id_card"][place],
                happened_at=then,
                suspects=tuple(dict.fromkeys(suspects)),
                row_number=number,
            )
        )
    return rows


def _cases(sheet: Sheet, source: str) -> list[cases.NewCase]:
    latest = pl.Series([clock.now() + times.CLOCK_SKEW])
    reported = sheet.instant(latest=latest)
    number, narrative = (sheet.demand(name, sheet.text(name)).fill_null("").to_list() for name in ("number", "narrative"))
    happened, filed, ordered = (sheet.instant(name, latest=latest, required=False) for name in ("happened_at", "filed_at", "first_order_at"))
    lost, returned = sheet.fen("loss_fen" if sheet.has("loss_fen") else "loss", required=False), sheet.fen("returned", required=False)
    sheet.reject(lost < 0, Reason.NEGATIVE_AMOUNT, "loss")
    sheet.reject(returned < 0, Reason.NEGATIVE_AMOUNT, "returned")
    names = ("region", "fraud_type", "victim_name", "victim_phone", "victim_id_card", "accounts", "phones", "sites", "suspects")
    text = {name: sheet.text(name).fill_null("").to_list() for name in names}
    rows = []
    for place, row_number in enumerate(sheet.numbers.to_list()):
        sums = ((lost[place], cases.LossRole.LOST), (returned[place], cases.LossRole.RETURNED))
        said = [value for name in ("accounts", "phones", "sites", "suspects") for value in _BETWEEN.split(text[name][place]) if value]
        victim = cases.NewVictim(text["victim_name"][place], text["victim_phone"][place], text["victim_id_card"][place])
        rows.append(
            cases.NewCase(
                narrative=narrative[place],
                reported_at=reported[place] or times.EARLIEST,
                region=text["region"][place],
                number=number[place],
                fraud_type=fraud_type_of(text["fraud_type"][place]),
                happened_at=happened[place],
                filed_at=filed[place],
                first_order_at=ordered[place],
                victims=(victim,) if victim != cases.NewVictim() else (),
                losses=tuple(cases.NewLoss(fen, role, cases.LossSource.IMPORT) for fen, role in sums if fen),
                suspects=tuple(cases.NewSuspect(value) for value in dict.fromkeys(said)),
                source=source,
                row_number=row_number,
            )
        )
    return rows


def _indicators(sheet: Sheet, source: str) -> list[indicators.IndicatorRow]:
    value = sheet.demand("value", sheet.text("value"))
    said = sheet.text("kind")
    kinds = [kind_of(text) for text in said.to_list()]
    sheet.reject(said.is_not_null() & pl.Series([kind is None for kind in kinds], dtype=pl.Boolean), Reason.UNKNOWN_KIND, "value")
    latest = pl.Series([clock.now() + times.CLOCK_SKEW])
    seen, expires = sheet.instant(latest=latest, required=False), sheet.instant("expires_at", required=False)
    confidence = sheet.count("confidence", pl.Int32)
    sheet.reject(confidence > 100, Reason.BAD_NUMBER, "confidence")
    text = {name: sheet.text(name).fill_null("").to_list() for name in ("fraud_type", "state", "note")}
    return [
        indicators.IndicatorRow(
            value=value[place] or "",
            kind=kinds[place],
            fraud_type=fraud_type_of(text["fraud_type"][place]),
            source=source,
            state=indicator_state_of(text["state"][place]),
            confidence=_or(confidence[place], 60),
            note=text["note"][place],
            seen_at=seen[place],
            expires_at=expires[place],
            row_number=number,
        )
        for place, number in enumerate(sheet.numbers.to_list())
    ]


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
