"""The event lake: Delta tables of calls, messages, visits, transfers, accounts and sims."""

from fanzha.lake.lake import NO_VERSION, Lake, WrongColumns
from fanzha.lake.schemas import SCHEMAS, TOKENS, EventKind
from fanzha.lake.tokens import InvalidToken, Tokens

__all__ = ["NO_VERSION", "SCHEMAS", "TOKENS", "EventKind", "InvalidToken", "Lake", "Tokens", "WrongColumns"]
