"""What can be wrong with cases that are to be linked."""

from __future__ import annotations

from fanzha.kit.errors import InvalidInput


class UnreadableCases(InvalidInput):
    """The cases cannot be read."""

    code = "unreadable_cases"
    remedy = (
        'Give JSON lines, one case each, for instance {"case_id": "a1", "reported_at": "2026-03-01", "fraud_type": "loan", '
        '"identifiers": [{"kind": "phone", "value": "17000000001"}]}.'
    )
