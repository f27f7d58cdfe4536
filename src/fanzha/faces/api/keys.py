"""One's own API keys. A key is made by a person: a key cannot make another."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from fanzha.desks import identity
from fanzha.desks.identity.errors import BadScopes
from fanzha.faces.common.context import ApiContext, api_access, api_permissions
from fanzha.kit.errors import Forbidden

router = APIRouter(prefix="/keys", tags=["identity"])
Caller = Annotated[ApiContext, Depends(api_access())]


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyIn(BaseModel):
    """`scopes` are permission names."""

    name: str = Field(min_length=1, max_length=80)
    scopes: list[str] = Field(min_length=1)
    days: int = Field(default=90, ge=1, le=366)


class KeyMade(BaseModel):
    """`key` is shown here and never again."""

    id: str
    key: str


@router.get("")
def listing(call: Caller) -> list[KeyOut]:
    """All of one's keys, the newest first."""
    with call.work() as work:
        return [KeyOut.model_validate(key, from_attributes=True) for key in identity.keys.keys_of(work, call.me.user_id)]


@router.post("", status_code=201)
def make(call: Caller, wanted: KeyIn) -> KeyMade:
    """Make a key; only with a session."""
    if call.key_id is not None:
        raise Forbidden("A key cannot make a key.", remedy="Sign in and make it yourself.")
    known = {permission.name: permission for permission in api_permissions()}
    if not set(wanted.scopes) <= set(known):
        raise BadScopes("There is no such scope.", scopes=sorted(set(wanted.scopes) - set(known)))
    with call.work() as work:
        made = identity.keys.make_key(work, wanted.name, [known[name] for name in wanted.scopes], wanted.days)
    return KeyMade(id=made.key_id, key=made.secret)


@router.delete("/{key_id}", status_code=204)
def revoke(call: Caller, key_id: str) -> None:
    """End one of one's keys; twice is as good as once."""
    with call.work() as work:
        identity.keys.revoke_key(work, key_id, owner=call.me.user_id)
