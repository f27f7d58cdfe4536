"""Documents that leave the platform: one content, written as PDF (Typst) or as a workbook (XlsxWriter)."""

from fanzha.faces.common.documents.content import Document, Part, TableOf
from fanzha.faces.common.documents.pdf import FontsMissing, to_pdf
from fanzha.faces.common.documents.workbook import to_xlsx

__all__ = ["Document", "FontsMissing", "Part", "TableOf", "to_pdf", "to_xlsx"]
