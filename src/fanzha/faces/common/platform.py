"""What a running process of the platform holds. Built by bootstrap, handed to every face."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.settings import Settings
from fanzha.store import Database
from fanzha.store.crypto import FieldCipher
from fanzha.store.keys import Keys


@dataclass(frozen=True)
class Platform:
    """One installation, opened: settings, keys, database, lake."""

    settings: Settings
    keys: Keys
    database: Database
    lake: Lake
    tokens: Tokens
    cipher: FieldCipher


Opener = Callable[[Settings], AbstractContextManager[Platform]]
"""Opens an installation for the length of a `with` block: starts the embedded server if none is given, migrates, wires events."""
