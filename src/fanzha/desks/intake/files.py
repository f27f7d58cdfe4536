"""Content hashes of files, and uploads that wait until they are taken."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from fanzha.desks.intake.errors import TooLarge, UnreadableFile
from fanzha.kit.ids import new_id

_PIECE: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Content:
    """What a file holds: BLAKE2b-256 of its bytes, and how many there are."""

    digest: str
    size: int


def content_of(path: Path) -> Content:
    """Hash a file.

    Raises:
        UnreadableFile: it is not there, or not a readable file.
    """
    hashed, size = blake2b(digest_size=32), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                hashed.update(piece)
                size += len(piece)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.", remedy="Check the name and the permissions.") from error
    return Content(hashed.hexdigest(), size)


class Inbox:
    """Uploads on disk. A kept upload is named by its batch, so that an interrupted batch can be resumed without its sender."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder = folder
        self._largest = largest

    def receive(self, pieces: Iterable[bytes]) -> Path:
        """Write an upload to a file of its own.

        Raises:
            TooLarge: it exceeds the limit; what was written is removed.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"upload-{new_id()}"
        size = 0
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > self._largest:
                    path.unlink()
                    raise TooLarge(limit=self._largest)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return path

    def keep(self, path: Path, batch_id: str) -> Path:
        """Name an upload by its batch."""
        return path.rename(self._folder / batch_id)

    def find(self, batch_id: str) -> Path | None:
        path = self._folder / batch_id
        return path if path.is_file() else None

    def drop(self, batch_id: str) -> None:
        (self._folder / batch_id).unlink(missing_ok=True)
