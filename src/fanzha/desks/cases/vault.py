"""Where evidence files stand: one file a content, named by its SHA-256, readable by the owner alone, never written again.

A kill between storing a file and recording it leaves a file that nothing names; the same file sent again finds it there. A record is only ever written after
its file stands on disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fanzha.desks.cases.errors import BadEvidence, EvidenceGone, EvidenceTooLarge
from fanzha.desks.cases.media import HEAD, media_of
from fanzha.kit.ids import new_id

_PIECE = 1 << 20


@dataclass(frozen=True)
class Stored:
    """A file that was taken in: its content's SHA-256 in hex, length in bytes, and media type by content."""

    sha256: str
    bytes: int
    media: str


class Vault:
    """`folder` is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, stream: BinaryIO, file_name: str, most: int) -> Stored:
        """Copy the stream in. The same content twice is stored once.

        Raises:
            EvidenceTooLarge: more than `most` bytes; BadEvidence: empty, or of a kind that is not allowed. Nothing is kept then.
        """
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = incoming / new_id()
        try:
            stored = self._copy(stream, draft, file_name, most)
            place = self._place(stored.sha256)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.replace(place)
            _sync(place.parent)
        finally:
            draft.unlink(missing_ok=True)
        return stored

    def is_intact(self, sha256: str) -> bool:
        """Whether the file is still what was taken in; it is read whole. Raises EvidenceGone."""
        digest = hashlib.sha256()
        for piece in self.read(sha256):
            digest.update(piece)
        return digest.hexdigest() == sha256

    def read(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces. Raises EvidenceGone."""
        try:
            file = self._place(sha256).open("rb")
        except FileNotFoundError as error:
            raise EvidenceGone(sha256=sha256) from error
        with file:
            while piece := file.read(_PIECE):
                yield piece

    def _copy(self, stream: BinaryIO, draft: Path, file_name: str, most: int) -> Stored:
        digest, length, head = hashlib.sha256(), 0, b""
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            while piece := stream.read(_PIECE):
                length += len(piece)
                if length > most:
                    raise EvidenceTooLarge(most=most)
                head = head or piece[:HEAD]
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not length:
            raise BadEvidence("The file is empty.")
        return Stored(digest.hexdigest(), length, media_of(head, file_name))

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
