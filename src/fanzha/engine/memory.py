"""How the process keeps its memory."""

from __future__ import annotations

import ctypes
import sys

_MMAP_MAX, _TRIM_THRESHOLD = -4, -1  # <malloc.h>
_TOP = 2**31 - 1


def keep_freed() -> bool:
    """Let large arrays reuse memory that was freed, rather than ask the system for fresh pages each time: on a virtual machine the first touch of a
    page costs more than the work on it. The process stays as large as it once was. False where the C library has no such setting.
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return False
    return bool(library.mallopt(_MMAP_MAX, 0) and library.mallopt(_TRIM_THRESHOLD, _TOP))
