"""Who may do what at the identity desk."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

MANAGE_USERS = permission("identity.manage_users", Role.ADMINISTRATOR)
VIEW_AUDIT = permission("identity.view_audit", Role.AUDITOR, Role.ADMINISTRATOR)
VIEW_ORGANISATIONS = permission("identity.view_organisations", Role.ADMINISTRATOR, Role.AUDITOR, Role.ANALYST, Role.DUTY_OFFICER, Role.OFFICE)
