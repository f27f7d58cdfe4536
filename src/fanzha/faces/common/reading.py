"""Who may have narratives read and how long they may be, alike for the page and the API."""

from __future__ import annotations

from typing import Final

from fanzha.vocab.roles import Role, permission

READ: Final = permission("extract.read", Role.ANALYST, Role.DUTY_OFFICER)
MOST_AT_ONCE: Final = 100
LONGEST: Final = 20_000
LONGEST_TOGETHER: Final = 100_000
