"""The keys of one installation: made on first start, kept in one file that only its owner reads."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from fanzha.kit.errors import FanzhaError


class KeysUnreadable(FanzhaError):
    """The key file is damaged or incomplete."""

    code = "keys_unreadable"
    remedy = "Restore it from your backup: without these keys sealed data cannot be opened."


@dataclass(frozen=True)
class Keys:
    """32-byte keys, except `tokens` (64 bytes: AES-256-SIV takes two)."""

    fields: bytes
    blind: bytes
    tokens: bytes
    cookies: bytes
    audit: bytes

    @staticmethod
    def generate() -> Keys:
        return Keys(*(secrets.token_bytes(_length(field.name)) for field in fields(Keys)))

    @staticmethod
    def load_or_create(path: Path) -> Keys:
        """Read the keys, or make them; two processes starting at once end up with the same ones."""
        if not path.exists():
            _write_once(path, Keys.generate())
        return _read(path)


def _length(name: str) -> int:
    return 64 if name == "tokens" else 32


def _write_once(path: Path, keys: Keys) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    body = json.dumps({field.name: base64.b64encode(getattr(keys, field.name)).decode() for field in fields(Keys)})
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(path: Path) -> Keys:
    try:
        stored = json.loads(path.read_text())
        keys = Keys(**{field.name: base64.b64decode(stored[field.name]) for field in fields(Keys)})
    except (ValueError, KeyError, TypeError) as error:
        raise KeysUnreadable(path=str(path)) from error
    if any(len(getattr(keys, field.name)) != _length(field.name) for field in fields(Keys)):
        raise KeysUnreadable(path=str(path))
    return keys
