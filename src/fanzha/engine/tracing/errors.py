"""What can be wrong with transfers or with the money to be followed."""

from __future__ import annotations

from fanzha.kit.errors import InvalidInput


class UnreadableTransfers(InvalidInput):
    """The transfers cannot be read."""

    code = "unreadable_transfers"
    remedy = "Give a .csv, .csv.gz or .parquet file with the columns time, payer, payee, amount_fen."


class UnfitTransfer(InvalidInput):
    """A transfer cannot be followed as it is written."""

    code = "unfit_transfer"
    remedy = "Every transfer needs a time, a payer, a payee and an amount above zero in whole fen; mend or remove the row."


class OriginNotFound(InvalidInput):
    """The money to be followed is not among the transfers."""

    code = "origin_not_found"
    remedy = "Check how the account is written, and the time and amount."


class AmbiguousOrigin(InvalidInput):
    """More than one transfer fits the account, time and amount."""

    code = "ambiguous_origin"
    remedy = "Say with --side whether the account paid or received."


class UnfitLimits(InvalidInput):
    """The limits of the trace make no sense."""

    code = "unfit_limits"
    remedy = "One to a million hops, a window longer than zero and at most a century, and a smallest amount of one fen or more."
