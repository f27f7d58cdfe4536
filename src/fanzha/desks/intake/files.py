"""Content hashes of files, and uploads that wait until they are taken."""

from __future__ import annotations

import os
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


def content_digest(path: Path) -> str:
    """BLAKE2b-256 of a file's bytes. Raises UnreadableFile."""
    return content_of(path).digest


class Upload:
    """A file that is being received. Used in a `with` block: leaving it with an exception removes what was written."""

    def __init__(self, path: Path, largest: int) -> None:
        self.path = path
        self._largest = largest
        self._size = 0
        self._file = path.open("wb")

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Raises TooLarge: the upload exceeds the limit."""
        self._size += len(piece)
        if self._size > self._largest:
            raise TooLarge(limit=self._largest)
        self._file.write(piece)


class Inbox:
    """Uploads on disk. A kept upload is named by its batch, so that an interrupted batch can be resumed without its sender."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder = folder
        self._largest = largest

    def open(self) -> Upload:
        """A new upload; what was written of it goes where the `with` block fails."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return Upload(self._folder / f"upload-{new_id()}", self._largest)

    def keep(self, path: Path, batch_id: str) -> Path:
        """Name an upload by its batch."""
        return path.rename(self._folder / batch_id)

    def find(self, batch_id: str) -> Path | None:
        path = self._folder / batch_id
        return path if path.is_file() else None

    def drop(self, batch_id: str) -> None:
        (self._folder / batch_id).unlink(missing_ok=True)
