"""Where evidence files stand: one file a content, named by the SHA-256 of the clear content, sealed, readable by the owner alone, never changed again.

A kill between storing a file and recording it leaves a sealed file that nothing names; the same file sent again finds it there. A kill while it is being
written leaves a sealed draft, which the next day's first file sweeps away. A record is only ever written after its file stands on disk.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fanzha.desks.cases import sealing
from fanzha.desks.cases.errors import BadEvidence, EvidenceDamaged, EvidenceGone, EvidenceTooLarge
from fanzha.desks.cases.media import HEAD, media_of
from fanzha.kit.ids import new_id

_DRAFT_SECONDS = 86_400


@dataclass(frozen=True)
class Stored:
    """A file that was taken in: its content's SHA-256 in hex, length in bytes, and media type by content."""

    sha256: str
    bytes: int
    media: str


@dataclass(frozen=True)
class Swept:
    """What became of the files of the store: sealed just now, sealed before, and those whose content is not what their name says (left as they are)."""

    sealed: int
    already: int
    damaged: tuple[str, ...]


class Vault:
    """`folder` is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, stream: BinaryIO, file_name: str, most: int) -> Stored:
        """Copy the stream in, sealed. The same content twice is stored once.

        Raises:
            EvidenceTooLarge: more than `most` bytes; BadEvidence: empty, or of a kind that is not allowed. Nothing is kept then.
        """
        reading = _Reading(stream, most)
        draft = self._draft()
        try:
            self._write(draft, reading)
            stored = reading.stored(file_name)
            self._place_draft(draft, stored.sha256)
        finally:
            draft.unlink(missing_ok=True)
        return stored

    def is_intact(self, sha256: str) -> bool:
        """Whether the file is still what was taken in; it is read whole. Raises EvidenceGone."""
        digest = hashlib.sha256()
        try:
            for piece in self.read(sha256):
                digest.update(piece)
        except EvidenceDamaged:
            return False
        return digest.hexdigest() == sha256

    def read(self, sha256: str) -> Generator[bytes, None, None]:
        """The clear content in pieces. Raises EvidenceGone, and EvidenceDamaged at a piece that does not open."""
        try:
            file = self._place(sha256).open("rb")
        except FileNotFoundError as error:
            raise EvidenceGone(sha256=sha256) from error
        with file:
            yield from sealing.opened(file)

    def seal_all(self) -> Swept:
        """Seal the files of a release that did not; each is replaced at once, so that a kill leaves the old one or the new one."""
        sealed, already, damaged = 0, 0, []
        for place in sorted(self._folder.glob("??/" + "?" * 64)):
            with place.open("rb") as file:
                if sealing.is_sealed(file):
                    already += 1
                    continue
            if self.is_intact(place.name):
                self._seal(place.name)
                sealed += 1
            else:
                damaged.append(place.name)
        return Swept(sealed, already, tuple(damaged))

    def _seal(self, sha256: str) -> None:
        draft = self._draft()
        try:
            self._write(draft, self.read(sha256))
            self._place_draft(draft, sha256)
        finally:
            draft.unlink(missing_ok=True)

    def _draft(self) -> Path:
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in incoming.iterdir():
            with suppress(FileNotFoundError):  # another process may be done with it just now
                if left.stat().st_mtime < time.time() - _DRAFT_SECONDS:
                    left.unlink()
        return incoming / new_id()

    def _write(self, draft: Path, pieces: Iterator[bytes]) -> None:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
            sealing.seal(pieces, file)
            file.flush()
            os.fsync(file.fileno())

    def _place_draft(self, draft: Path, sha256: str) -> None:
        place = self._place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.replace(place)
        _sync(place.parent)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


class _Reading:
    """The pieces of a stream, and what they turned out to be once all were read."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream, self._most = stream, most
        self._digest, self._length, self._head = hashlib.sha256(), 0, b""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._stream.read(sealing.PIECE)
        if not piece:
            raise StopIteration
        self._length += len(piece)
        if self._length > self._most:
            raise EvidenceTooLarge(most=self._most)
        self._head = (self._head + piece)[:HEAD] if len(self._head) < HEAD else self._head
        self._digest.update(piece)
        return piece

    def stored(self, file_name: str) -> Stored:
        """Raises BadEvidence."""
        if not self._length:
            raise BadEvidence("The file is empty.")
        return Stored(self._digest.hexdigest(), self._length, media_of(self._head, file_name))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
