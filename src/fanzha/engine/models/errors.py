"""What can be wrong with the data or the folder of a model."""

from __future__ import annotations

from fanzha.kit.errors import InvalidInput


class UnreadableTable(InvalidInput):
    """The file cannot be read as a table."""

    code = "unreadable_table"
    remedy = "Give a .csv, .csv.gz, .parquet, .jsonl, .ndjson or .jsonl.gz file with a header and at least one row."


class UnknownColumn(InvalidInput):
    """A column that was asked for is not in the file."""

    code = "unknown_column"
    remedy = "Check the names against the file's header."


class MissingColumns(InvalidInput):
    """The file lacks columns that the model was trained on."""

    code = "missing_columns"
    remedy = "Predict on a file with the same columns as the training file; the model's manifest.json lists them."


class UnfitLabels(InvalidInput):
    """The labels cannot be learned from."""

    code = "unfit_labels"
    remedy = "A label column needs at least two different values, and two rows of each of two classes."


class NoFeatures(InvalidInput):
    """The file has no column that can be learned from."""

    code = "no_features"
    remedy = "Leave at least one column that is neither the label, nor the id, nor dropped, nor different in every row."


class UnfitEdges(InvalidInput):
    """The edges cannot be used."""

    code = "unfit_edges"
    remedy = "An edge file has two columns of account ids (src,dst or from,to), spelled as in the data file's id column."


class UnwritableOutput(InvalidInput):
    """The output cannot be written here."""

    code = "unwritable_output"
    remedy = "Name a place with --out whose folder can be written to."


class InvalidFolder(InvalidInput):
    """This folder does not hold a model that this version can load."""

    code = "invalid_model_folder"
    remedy = "Train the model again with `fanzha models train`."
