"""Whether the platform is well, and what its interface looks like."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import text

from fanzha import __version__
from fanzha.faces.common.context import ApiContext, api_access, api_anyone

router = APIRouter(tags=["platform"])


class Health(BaseModel):
    """`ok`: the database answers."""

    status: Literal["ok"] = "ok"
    version: str = __version__


@router.get("/health")
def health(call: Annotated[ApiContext, Depends(api_anyone())]) -> Health:
    """For load balancers: 200 while the platform can work; tells nothing else."""
    with call.work() as work:
        work.session.execute(text("SELECT 1"))
    return Health()


@router.get("/openapi.json", include_in_schema=False)
def openapi(call: Annotated[ApiContext, Depends(api_access())]) -> dict[str, Any]:
    """The interface in OpenAPI 3.1."""
    schema: dict[str, Any] = call.request.app.openapi()
    return schema
