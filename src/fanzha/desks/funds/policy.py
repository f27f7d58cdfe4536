"""Who may do what at the funds desk. Row security holds the same line: police by region, banks only the payments they are asked to make."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("funds.see", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
TRACE = permission("funds.trace", Role.ANALYST, Role.DUTY_OFFICER)
"""Open a trace, enter transfers, take statements, choose the method."""
REVEAL = permission("funds.reveal", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
EXPORT = permission("funds.export", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
REFUND = permission("funds.refund", Role.ANALYST, Role.DUTY_OFFICER)
"""Draft a refund round, give public notice, answer objections, send payments."""
DECIDE = permission("funds.decide", Role.LEADER)
PAY = permission("funds.pay", Role.BANK_AGENT)
"""See and answer the payments that one's own bank is asked to make."""
