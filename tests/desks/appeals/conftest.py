"""One town for all tests of appeals; each begins with it as it was built."""

from __future__ import annotations

from tests.desks.appeals.appeals_kit import build
from tests.desks.standing import fixtures

built, platform, town = fixtures("appeals", build)
