"""PostgreSQL: the system of record."""

from fanzha.store.database import Database
from fanzha.store.scope import Principal, Scope
from fanzha.store.tables import Instant, Sealed, Table
from fanzha.store.work import Work

__all__ = ["Database", "Instant", "Principal", "Scope", "Sealed", "Table", "Work"]
