"""What can be wrong with a whole file: nothing of it is taken, and the message says what to do."""

from __future__ import annotations

from fanzha.kit.errors import Conflict, InvalidInput, NotFound


class UnreadableFile(InvalidInput):
    """The file cannot be read."""

    code = "unreadable_file"
    remedy = "Send CSV (UTF-8 or GB18030), JSON lines, Parquet or xlsx."


class EmptyFile(UnreadableFile):
    """The file holds no row."""

    code = "empty_file"
    remedy = "Check the export and send it again."


class WrongEncoding(UnreadableFile):
    """The header is neither UTF-8 nor GB18030."""

    code = "wrong_encoding"
    remedy = "Save the file as CSV UTF-8 and send it again."


class TruncatedFile(UnreadableFile):
    """The file ends too early or is damaged."""

    code = "truncated_file"
    remedy = "The copy is incomplete: copy it again and compare its size with the original."


class CompressedFile(UnreadableFile):
    """The file is an archive (gzip or zip)."""

    code = "compressed_file"
    remedy = "Unpack it and send each file that was in it; nothing of an archive is read unseen."


class NotATable(UnreadableFile):
    """The file is a document or a picture, not a table."""

    code = "not_a_table"


class WorkbookTooLarge(UnreadableFile):
    """The workbook is too large once unpacked."""

    code = "workbook_too_large"
    remedy = "Save the sheet as CSV UTF-8: a CSV may be of any size."


class ProtectedWorkbook(UnreadableFile):
    """The workbook is protected by a password."""

    code = "protected_workbook"
    remedy = "Save it without a password and send it again."


class SeveralSheets(UnreadableFile):
    """More than one sheet of the workbook holds a table of this kind, so it is not clear which is meant."""

    code = "several_sheets"
    remedy = "Save each sheet as a file of its own."


class TooLarge(UnreadableFile):
    """The file is larger than this installation accepts."""

    code = "too_large"
    status = 413
    remedy = "Split it, or raise FANZHA_MAX_UPLOAD_MB."


class MissingColumns(UnreadableFile):
    """A column that this kind needs was not found."""

    code = "missing_columns"
    remedy = "Rename the column, or give a mapping file that names it."


class BadMapping(InvalidInput):
    """The mapping file is not valid."""

    code = "bad_mapping"
    remedy = "It is YAML (or JSON) with `fields`, our names and the column names, and, if needed, `units` and `constants`."


class SourceMissing(InvalidInput):
    """A file needs the name of its source."""

    code = "source_missing"
    remedy = "Say who the data come from; event ids are unique within a source."


class RowNeedsCells(Conflict):
    """There is no open row that could be replayed."""

    code = "row_needs_cells"
    remedy = "Rows that could not be cut into columns must be mended first."


class NoSuchBatch(NotFound):
    """There is no such batch."""

    code = "no_such_batch"


class NoSuchRow(NotFound):
    """There is no such quarantined row."""

    code = "no_such_row"


class RowIsClosed(Conflict):
    """This row has been replayed or dismissed already."""

    code = "row_is_closed"


class KindBusy(Conflict):
    """Another batch of this kind is being taken in."""

    code = "kind_busy"
    remedy = "Try again in a moment."
