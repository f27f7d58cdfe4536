"""PDF by Typst, offline: the layout is in `official.typ`, the content comes as data and is never read as markup.

Chinese fonts are those of the machine, or font files in the folder `fonts` of the installation; what a document uses of one is embedded in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import typst

from fanzha.faces.common.documents.content import Document
from fanzha.kit.errors import Unavailable

_LAYOUT = Path(__file__).with_name("official.typ")
SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "FangSong", "SimSun", "Songti SC")
SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "SimHei", "Microsoft YaHei", "PingFang SC")


class FontsMissing(Unavailable):
    """No font with Chinese characters was found, so no PDF can be made."""

    code = "fonts_missing"
    remedy = "Install Noto CJK (Debian: `apt install fonts-noto-cjk`), or put font files into the folder `fonts` of the installation; a workbook needs no font."


def to_pdf(document: Document, folder: Path) -> bytes:
    """The document as PDF. `folder` is where an installation may keep fonts of its own.

    Raises:
        FontsMissing.
    """
    own = folder / "fonts"
    fonts = _fonts(str(own) if own.is_dir() else "")
    told = json.dumps(asdict(document) | {"fonts": _families(fonts)}, ensure_ascii=False, default=list)
    body = typst.compile(_LAYOUT.read_bytes(), font_paths=fonts, sys_inputs={"content": told}, format="pdf")
    assert isinstance(body, bytes), "one PDF comes as bytes"
    return body


@cache
def _fonts(folder: str) -> typst.Fonts:
    """Searched once a process: it takes a quarter of a second."""
    return typst.Fonts(font_paths=[folder] if folder else [])


def _families(fonts: typst.Fonts) -> dict[str, Sequence[str]]:
    there = set(fonts.families())
    serif = [name for name in SERIF if name in there]
    sans = [name for name in SANS if name in there]
    if not serif and not sans:
        raise FontsMissing
    return {"serif": serif or sans, "sans": sans or serif}
