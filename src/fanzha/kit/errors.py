"""The one error base. An expected failure is a subclass whose docstring is its message."""

from __future__ import annotations

from typing import ClassVar


class FanzhaError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    remedy: ClassVar[str] = ""

    def __init__(self, message: str | None = None, *, remedy: str | None = None, **params: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.params = params
        self.what_to_do = remedy if remedy is not None else type(self).remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.what_to_do}".strip()


class InvalidInput(FanzhaError):
    """The input is not valid."""

    code = "invalid_input"
    status = 422


class NotFound(FanzhaError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"
    status = 404


class Forbidden(FanzhaError):
    """You may not do this."""

    code = "forbidden"
    status = 403


class Conflict(FanzhaError):
    """The state has changed meanwhile; this step is not possible now."""

    code = "conflict"
    status = 409


class NotSignedIn(FanzhaError):
    """Sign in first."""

    code = "not_signed_in"
    status = 401


class TooMany(FanzhaError):
    """Too many attempts."""

    code = "too_many"
    status = 429


class Unavailable(FanzhaError):
    """A part of the platform that this needs is not available."""

    code = "unavailable"
    status = 503
