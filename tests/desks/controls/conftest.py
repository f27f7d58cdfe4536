"""One town for all tests of orders; each begins with it as it was built."""

from __future__ import annotations

from tests.desks.controls.orders_kit import build
from tests.desks.standing import fixtures

built, platform, places = fixtures("controls", build)
