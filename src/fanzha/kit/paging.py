"""A slice of a longer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

LARGEST_PAGE = 200


@dataclass(frozen=True)
class PageRequest:
    """Page `number` counts from 1; `size` is between 1 and `LARGEST_PAGE`."""

    number: int = 1
    size: int = 50

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", max(1, self.number))
        object.__setattr__(self, "size", min(max(1, self.size), LARGEST_PAGE))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows of one page, and how many there are in all."""

    rows: list[T]
    total: int
    request: PageRequest

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.request.size))

    @property
    def has_next(self) -> bool:
        return self.request.number < self.pages

    @property
    def has_previous(self) -> bool:
        return self.request.number > 1
