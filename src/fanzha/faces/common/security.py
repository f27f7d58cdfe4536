"""Cookies, CSRF tokens and addresses: the parts of a page's safety that are pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from fanzha.kit.errors import Forbidden
from fanzha.settings import Settings
from fanzha.store.keys import Keys

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FLASH_SECONDS = 120
_TONES = frozenset({"info", "success", "warning", "danger"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


class CsrfFailed(Forbidden):
    """The form was sent from elsewhere or is too old."""

    code = "csrf_failed"
    remedy = "Open the page again and repeat the step."


@dataclass(frozen=True)
class Cookies:
    """Names and attributes of our cookies. On https the names carry `__Host-`: no other host or path can set or overwrite them."""

    secure: bool

    @staticmethod
    def of(settings: Settings) -> Cookies:
        return Cookies(settings.secure_cookies)

    def name(self, plain: str) -> str:
        return f"__Host-fz_{plain}" if self.secure else f"fz_{plain}"

    @property
    def session(self) -> str:
        return self.name("session")

    @property
    def visitor(self) -> str:
        """Binds the CSRF token of somebody who is not signed in."""
        return self.name("visitor")

    @property
    def flash(self) -> str:
        return self.name("flash")

    def put(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


def new_visitor() -> str:
    return secrets.token_urlsafe(24)


def csrf_token(keys: Keys, binding: str) -> str:
    """The token of one session (or visitor): nothing has to be stored, and it dies with what it is bound to."""
    return hmac.new(keys.cookies, b"csrf\x1f" + binding.encode(), hashlib.sha256).hexdigest()


def csrf_fits(keys: Keys, binding: str, presented: str | None) -> bool:
    return bool(binding) and presented is not None and hmac.compare_digest(csrf_token(keys, binding).encode(), presented.encode())


def safe_next(target: str | None, default: str = "/") -> str:
    """Where to go after a sign-in: a path of our own, or the default. No other host, no scheme, no backslash, no control character."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if "\\" in target or any(ord(character) < 32 or ord(character) == 127 for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def pack_flash(keys: Keys, tone: str, text: str) -> str:
    """One message for the next page, signed: nobody can put words on our pages by planting a cookie."""
    assert tone in _TONES
    return _flashes(keys).dumps([tone, text])


def unpack_flash(keys: Keys, packed: str | None) -> list[tuple[str, str]]:
    """The message, or nothing where it is missing, old or not ours."""
    if not packed:
        return []
    try:
        tone, text = _flashes(keys).loads(packed, max_age=_FLASH_SECONDS)
    except BadSignature:
        return []
    return [(str(tone), str(text))]


def _flashes(keys: Keys) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys.cookies, salt="flash")
