"""Read a file of events as the lake would hold it, without an installation: for training on files that never enter one."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from fanzha.desks.intake.columns import Given, IntakeKind
from fanzha.desks.intake.parsing import EventParser
from fanzha.desks.intake.readers import ROW, open_source
from fanzha.desks.intake.subjects import Subjects
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.lake.tokens import Tokens


def lake_rows(path: Path, kind: EventKind, source: str, tokens: Tokens) -> pl.DataFrame:
    """The good rows of the file, with the lake table's columns; rows that intake would quarantine are left out.

    Raises:
        UnreadableFile: not a table of this kind.
    """
    parser = EventParser(kind, source, source, Subjects(tokens))
    parsed = [parser.parse(chunk).rows.drop(ROW) for chunk in open_source(path, IntakeKind(kind.value), Given()).chunks()]
    return pl.concat(parsed) if parsed else pl.DataFrame(schema=SCHEMAS[kind])
