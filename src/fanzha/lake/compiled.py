"""Compiled loops: kept on disk, run without holding the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    return cast("F", njit(cache=True, nogil=True)(function))


def inlined(function: F) -> F:
    """A part of another compiled function, set in where it is called."""
    return cast("F", njit(cache=True, nogil=True, inline="always")(function))
