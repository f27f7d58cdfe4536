"""One town for all tests of numbers; each begins with it as it was built."""

from __future__ import annotations

from tests.desks.lines.lines_kit import build
from tests.desks.standing import fixtures

built, platform, places = fixtures("lines", build)
