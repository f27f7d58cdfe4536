"""Who one is, and who else works in one's area."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from fanzha.desks import identity
from fanzha.desks.identity import Organisation, User, policy
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit.paging import LARGEST_PAGE, PageRequest
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

router = APIRouter(tags=["identity"])


class Me(BaseModel):
    """The caller; `scopes` is null for a session."""

    user_id: str
    name: str
    organisation_id: str
    organisation: str
    region: str
    roles: list[Role]
    scopes: list[str] | None


class OrganisationOut(BaseModel):
    id: str
    code: str
    kind: OrgKind
    name: str
    region: str
    parent_id: str | None
    state: str

    @staticmethod
    def of(org: Organisation) -> OrganisationOut:
        return OrganisationOut(id=org.id, code=org.code, kind=org.org_kind, name=org.name, region=org.region, parent_id=org.parent_id, state=org.state)


class UserOut(BaseModel):
    """No phone number: that is opened one at a time, with a purpose."""

    id: str
    login: str
    name: str
    organisation_id: str
    region: str
    roles: list[Role]
    state: str

    @staticmethod
    def of(user: User) -> UserOut:
        return UserOut(
            id=user.id, login=user.login, name=user.name, organisation_id=user.org_id, region=user.region, roles=sorted(user.role_set), state=user.state
        )


class UserPage(BaseModel):
    total: int
    page: int
    rows: list[UserOut]


@router.get("/me")
def me(call: Annotated[ApiContext, Depends(api_access())]) -> Me:
    """Who the session or key stands for."""
    user = call.me
    scopes = sorted(user.scopes) if user.scopes is not None else None
    return Me(
        user_id=user.user_id, name=user.name, organisation_id=user.org_id, organisation=user.org_name, region=user.region, roles=sorted(user.roles),
        scopes=scopes,
    )  # fmt: skip


@router.get("/organisations")
def organisations(
    call: Annotated[ApiContext, Depends(api_access(policy.VIEW_ORGANISATIONS))], kind: OrgKind | None = None, region: str = ""
) -> list[OrganisationOut]:
    """The active organisations in the caller's area, and those above it."""
    with call.work() as work:
        return [OrganisationOut.of(org) for org in identity.service.organisations(work, kind=kind, region=region)]


@router.get("/users")
def users(
    call: Annotated[ApiContext, Depends(api_access(policy.MANAGE_USERS))],
    q: str = "",
    role: Role | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
) -> UserPage:
    """The users of the caller's area, by login."""
    with call.work() as work:
        found = identity.service.search_users(work, words=q, role=role, page=PageRequest(page, size))
        return UserPage(total=found.total, page=page, rows=[UserOut.of(user) for user in found.rows])
