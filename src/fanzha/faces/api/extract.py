"""What a narrative says, for programs: the text is read and forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from fanzha.engine.reading import NEEDS_HUMAN, NarrativeTooLong, as_document, read_narrative
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.faces.common.reading import LONGEST, LONGEST_TOGETHER, MOST_AT_ONCE, READ

router = APIRouter(prefix="/extract", tags=["extract"])

Reader = Annotated[ApiContext, Depends(api_access(READ))]


class Narrative(BaseModel):
    """`reported_at` is what 昨天 and dates without a year rest on."""

    text: str = Field(min_length=1, max_length=LONGEST)
    reported_at: AwareDatetime | None = None


class Narratives(BaseModel):
    items: list[Narrative] = Field(min_length=1, max_length=MOST_AT_ONCE)
    human_below: float = Field(default=NEEDS_HUMAN, ge=0, le=1, description="Confidence in the type under which a person must look.")


class ReadingOut(BaseModel):
    """Places are characters of the text, `end` exclusive; money is fen."""

    identifiers: list[dict[str, Any]]
    amounts: list[dict[str, Any]]
    times: list[dict[str, Any]]
    platforms: list[dict[str, Any]]
    loss_fen: int
    type: dict[str, Any]


class Readings(BaseModel):
    """In the order of the narratives."""

    items: list[ReadingOut]


@router.post("")
def extract(api: Reader, asked: Narratives) -> Readings:
    """Read up to 100 narratives of 100,000 characters together. Neither texts nor results are kept; how many were read is audited."""
    characters = sum(len(one.text) for one in asked.items)
    if characters > LONGEST_TOGETHER:
        raise NarrativeTooLong(characters=characters)
    items = [_read(one.text, one.reported_at, asked.human_below) for one in asked.items]
    with api.work() as work:
        work.audit("extract.read", "narratives", {"asked": len(items)})
    return Readings(items=items)


def _read(text: str, reported_at: datetime | None, human_below: float) -> ReadingOut:
    return ReadingOut(**as_document(read_narrative(text, reported_at, human_below=human_below)))
