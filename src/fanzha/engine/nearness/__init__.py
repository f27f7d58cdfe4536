"""Near forms: identifiers that look like, or stand close to, one that is known. Pure; an index is built from clean values and held by whoever asks.

`skeletons` what looks alike becomes the same text · `edits` distances and their explanation · `neighbours` candidates within one or two edits ·
`sites` look-alikes of sites and brands · `numbers` digits that differ in one place, and ranges · `book` all of them behind one question.
"""

from fanzha.engine.nearness.book import Book, Listed
from fanzha.engine.nearness.forms import Form, Hit

__all__ = ["Book", "Form", "Hit", "Listed"]
