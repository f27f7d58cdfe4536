"""Files at rest: each sealed under a key of its own, in pieces that are written and read one after the other.

A sealed file is MARK, the length of the wrapped key (2 bytes), the wrapped key, then the pieces. The file's key is 32 random bytes, wrapped by the installation's
field cipher (`store.crypto`); a piece is 1 MiB of content, the last one shorter or as long, under AES-256-GCM. Its nonce is its number and whether it is the last,
so that pieces that were changed, swapped, left out or cut off do not open (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015).
No file that may be taken as evidence begins with MARK: it is neither text nor any media type's sign.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fanzha.desks.cases.errors import EvidenceDamaged
from fanzha.store import crypto
from fanzha.store.crypto import CannotOpen

MARK: Final = b"\x93FZSEAL\x01"
PIECE: Final = 1 << 20
_TAG: Final = 16
_KEY: Final = 32
_LENGTH: Final = 2
_COLUMN: Final = "evidence_files.key"


def seal(pieces: Iterable[bytes], into: BinaryIO) -> None:
    """Write the content sealed. `pieces` are of any length; nothing is kept in memory beyond two of PIECE bytes."""
    key = secrets.token_bytes(_KEY)
    wrapped = crypto.current().seal(_COLUMN, key.hex())
    into.write(MARK + len(wrapped).to_bytes(_LENGTH, "big") + wrapped)
    cipher, number, held = AESGCM(key), 0, b""
    for piece in _even(pieces):
        if held:
            into.write(cipher.encrypt(_nonce(number, is_last=False), held, None))
            number += 1
        held = piece
    into.write(cipher.encrypt(_nonce(number, is_last=True), held, None))


def opened(file: BinaryIO) -> Iterator[bytes]:
    """The content in pieces; of a file that is not sealed, as it stands (one of a release before files were sealed).

    Raises:
        EvidenceDamaged: a piece does not open. The pieces before it were given.
    """
    head = file.read(len(MARK))
    if head != MARK:
        yield head
        while piece := file.read(PIECE):
            yield piece
        return
    cipher, number = AESGCM(_key(file)), 0
    sealed = file.read(PIECE + _TAG)
    while True:
        following = file.read(PIECE + _TAG)
        try:
            piece = cipher.decrypt(_nonce(number, is_last=not following), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise EvidenceDamaged from error
        if piece:
            yield piece
        if not following:
            return
        sealed, number = following, number + 1


def is_sealed(file: BinaryIO) -> bool:
    """Whether the file, read from its beginning, is a sealed one."""
    return file.read(len(MARK)) == MARK


def _key(file: BinaryIO) -> bytes:
    wrapped = file.read(int.from_bytes(file.read(_LENGTH), "big"))
    try:
        return bytes.fromhex(crypto.current().open(_COLUMN, wrapped))
    except (CannotOpen, ValueError) as error:
        raise EvidenceDamaged from error


def _nonce(number: int, *, is_last: bool) -> bytes:
    return bytes([is_last]) + number.to_bytes(11, "big")


def _even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same content in pieces of PIECE bytes, the last one shorter or as long."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) > PIECE:
            yield bytes(rest[:PIECE])
            del rest[:PIECE]
    if rest:
        yield bytes(rest)
