"""Decisions given while the database is away: an append-only local file, on the disk before the reply.

A file is a run of records: length (4 bytes, big-endian), CRC-32 of the contents, the contents. A record that was cut off by a crash fails its check and
ends the file; nothing before it is lost, and it was never answered. What stands behind a broken record is kept aside, never thrown away.
"""

from __future__ import annotations

import logging
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from fanzha.desks.screening.records import Record, decoder, encoder
from fanzha.kit.ids import new_id

_HEAD: Final = struct.Struct(">II")
_LARGEST: Final = 1 << 20
_ENDING: Final = ".spool"

_log = logging.getLogger(__name__)


class Spool:
    """The folder of one process's files. One writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self.written = 0

    def append(self, records: Sequence[Record]) -> None:
        """Write the records and wait for the disk.

        Raises:
            OSError: nothing of it counts as written; the next call starts a new file.
        """
        if self._file is None:
            self._open()
        assert self._file is not None
        try:
            self._file.write(b"".join(map(_framed, records)))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            self.close()
            raise
        self.written += len(records)

    def close(self) -> None:
        """No more is written to the present file; it may be taken over now."""
        if self._file is not None:
            file, self._file, self._path = self._file, None, None
            try:
                file.close()
            except OSError:
                _log.exception("the file of decisions did not close; what was answered is on the disk")

    def closed_files(self) -> list[Path]:
        """The files that wait to be taken over, the oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if path.suffix == _ENDING and path != self._path)

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = self._folder / f"{new_id()}{_ENDING}"
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        _sync_folder(self._folder)


def read(path: Path) -> Iterator[Record]:
    """The records of a file up to its end or the first that is broken. A second run gives the same."""
    for record, _ in _records(path.read_bytes()):
        yield record


def remove(path: Path) -> None:
    """Take a file away whose records are in the database. What could not be read is kept beside it and told in the log."""
    content = path.read_bytes()
    end = max((end for _, end in _records(content)), default=0)
    if end < len(content):
        aside = path.with_suffix(".torn")
        aside.write_bytes(content[end:])
        _log.warning("%s bytes at the end of %s are no whole record (never answered, or damaged); kept as %s", len(content) - end, path, aside)
    path.unlink()
    _sync_folder(path.parent)


def _framed(record: Record) -> bytes:
    content = encoder.encode(record)
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def _records(content: bytes) -> Iterator[tuple[Record, int]]:
    """Each whole record and where it ends."""
    place = 0
    while place + _HEAD.size <= len(content):
        length, check = _HEAD.unpack_from(content, place)
        body = content[place + _HEAD.size : place + _HEAD.size + length]
        if length > _LARGEST or len(body) < length or zlib.crc32(body) != check:
            return
        try:
            record = decoder.decode(body)
        except msgspec.DecodeError:
            return
        place += _HEAD.size + length
        yield record, place


def _sync_folder(folder: Path) -> None:
    """A new name is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
