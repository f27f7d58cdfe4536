"""The same content as a workbook: one sheet for what the parts say, one for each table. Every cell is text, so that nothing is taken for a formula or a number."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import xlsxwriter

from fanzha.faces.common.documents.content import Document, Part
from fanzha.faces.common.downloads import harmless

_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_WIDEST = 60


def to_xlsx(document: Document) -> bytes:
    """The document as a workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        _front(book.add_worksheet(_sheet_name(document.title, [])), document, bold, wrapped)
        names: list[str] = [_sheet_name(document.title, [])]
        for part in document.parts:
            if part.table is not None:
                names.append(_sheet_name(part.heading, names))
                _table(book.add_worksheet(names[-1]), part, bold)
    return out.getvalue()


def _front(sheet: xlsxwriter.worksheet.Worksheet, document: Document, bold: object, wrapped: object) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    lines = [(document.title, document.issuer), ("", document.marking), *document.facts]
    for part in document.parts:
        lines += [(part.heading, ""), *(("", words) for words in part.paragraphs)]
    for row, (name, words) in enumerate([*lines, ("", document.foot)]):
        sheet.write_string(row, 0, harmless(name), bold)
        sheet.write_string(row, 1, harmless(words), wrapped)


def _table(sheet: xlsxwriter.worksheet.Worksheet, part: Part, bold: object) -> None:
    assert part.table is not None, "only parts with a table have a sheet"
    for column, head in enumerate(part.table.heads):
        longest = max([len(head), *(len(row[column]) for row in part.table.rows)])
        sheet.set_column(column, column, min(_WIDEST, longest * 1.6 + 2))
        sheet.write_string(0, column, head, bold)
    sheet.freeze_panes(1, 0)
    for place, row in enumerate(part.table.rows, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(place, column, harmless(cell))


def _sheet_name(heading: str, taken: Sequence[str]) -> str:
    """At most 31 characters, none that a workbook forbids, and not one that is there already."""
    plain = _FORBIDDEN.sub(" ", heading).strip()[:_LONGEST_NAME] or "—"
    return plain if plain not in taken else f"{plain[: _LONGEST_NAME - 4]} {len(taken)}"
