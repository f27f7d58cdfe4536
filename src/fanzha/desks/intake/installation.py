"""What intake needs of a running installation."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fanzha.desks.intake.files import Inbox
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.settings import Settings
from fanzha.store import Database


class Installation(Protocol):
    """The parts of the platform that a batch passes through."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def lake(self) -> Lake: ...
    @property
    def tokens(self) -> Tokens: ...


def inbox(at: Installation) -> Inbox:
    return Inbox(at.settings.home / "inbox", at.settings.max_upload_mb * 2**20)


def stage_folder(at: Installation, batch_id: str) -> Path:
    return at.settings.home / "staging" / batch_id
