"""The field's words, for everybody who is new to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.kit.shipped import load_yaml

router = APIRouter()
NAV = NavEntry("glossary", "术语", "Glossary", "/glossary", "book", order=900)


@dataclass(frozen=True)
class Term:
    """One word in Chinese and English, and what it is in both."""

    zh: str
    en: str
    about: str
    about_en: str

    def holds(self, wanted: str) -> bool:
        return wanted.casefold() in f"{self.zh} {self.en} {self.about} {self.about_en}".casefold()


@cache
def glossary() -> dict[str, tuple[Term, ...]]:
    """Group → its terms, in the order of the work."""
    content = load_yaml(Path(__file__).with_name("glossary.yaml"))
    return {group: tuple(Term(**term) for term in terms) for group, terms in content.items()}


@router.get("/glossary")
def listing(page: Annotated[PageContext, Depends(signed_in())], q: str = "") -> HTMLResponse:
    wanted = q.strip()
    groups = {group: [term for term in terms if term.holds(wanted)] for group, terms in glossary().items()}
    return page.render("console/glossary/list.html", groups={group: terms for group, terms in groups.items() if terms}, q=wanted)
