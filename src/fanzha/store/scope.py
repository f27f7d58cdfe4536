"""Who acts, and on which rows: what PostgreSQL's row security sees of a transaction."""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Permission, Role

NOWHERE = "-"
"""A region no code starts with: sees no row."""


@dataclass(frozen=True)
class Principal:
    """A signed-in person or an API key. `region` is the code (2–9 digits) of the area they may see; '' is the whole platform."""

    user_id: str
    name: str
    org_id: str
    org_name: str
    org_kind: OrgKind
    region: str
    roles: frozenset[Role]
    scopes: frozenset[str] | None = None
    """Permission names an API key is limited to; None for a person."""

    def may(self, permission: Permission) -> bool:
        if self.scopes is not None and permission.name not in self.scopes:
            return False
        return not self.roles.isdisjoint(permission.roles)


@dataclass(frozen=True)
class Scope:
    """What a transaction runs as."""

    actor: str
    region: str = NOWHERE
    org_id: str = ""
    is_system: bool = False
    principal: Principal | None = None

    @property
    def org_kind(self) -> str:
        """Kind of the actor's organisation, by which some tables are narrowed further; '' for the pipeline."""
        return self.principal.org_kind.value if self.principal is not None else ""

    @staticmethod
    def of(principal: Principal) -> Scope:
        return Scope(actor=principal.user_id, region=principal.region, org_id=principal.org_id, principal=principal)

    @staticmethod
    def system(name: str) -> Scope:
        """The pipeline itself (`worker`, `sign-in`, `cli`): connects as the worker role, which row security does not narrow."""
        return Scope(actor=f"system:{name}", region="", is_system=True)
