"""What a file is by its content: the first bytes decide, and the name must agree. Evidence is stored and handed out, never run or shown in a page."""

from __future__ import annotations

from typing import Final

from fanzha.desks.cases.errors import BadEvidence

HEAD: Final = 4_096
_ZIP: Final = frozenset({"zip", "apk", "docx", "xlsx", "pptx", "ofd"})
_OLE: Final = frozenset({"doc", "xls", "ppt", "msg"})
_SIGNS: Final[tuple[tuple[bytes, int, str, frozenset[str]], ...]] = (
    # first bytes, where they stand, media type, endings that a name may have
    (b"\xff\xd8\xff", 0, "image/jpeg", frozenset({"jpg", "jpeg"})),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", frozenset({"png"})),
    (b"GIF8", 0, "image/gif", frozenset({"gif"})),
    (b"WEBP", 8, "image/webp", frozenset({"webp"})),
    (b"%PDF-", 0, "application/pdf", frozenset({"pdf"})),
    (b"ftyp", 4, "video/mp4", frozenset({"mp4", "mov", "m4a", "m4v", "3gp", "heic"})),
    (b"ID3", 0, "audio/mpeg", frozenset({"mp3"})),
    (b"\xff\xfb", 0, "audio/mpeg", frozenset({"mp3"})),
    (b"\xff\xf3", 0, "audio/mpeg", frozenset({"mp3"})),
    (b"WAVE", 8, "audio/wav", frozenset({"wav"})),
    (b"#!AMR", 0, "audio/amr", frozenset({"amr"})),
    (b"OggS", 0, "audio/ogg", frozenset({"ogg", "oga", "opus"})),
    (b"PK\x03\x04", 0, "application/zip", _ZIP),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed", frozenset({"7z"})),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar", frozenset({"rar"})),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage", _OLE),
)
_TEXT: Final = frozenset({"txt", "csv", "tsv", "log", "json", "jsonl", "eml", "html", "htm", "xml", "md", "srt"})
ENDINGS: Final = tuple(sorted({ending for *_, endings in _SIGNS for ending in endings} | _TEXT))
_CONTROL: Final = frozenset(range(9)) | frozenset(range(14, 32)) - {27}
_RUNS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def media_of(head: bytes, file_name: str) -> str:
    """The media type by the first `HEAD` bytes. Text of any kind is text/plain: it is never shown as a page.

    Raises:
        BadEvidence: a program, an unknown kind, or a name that says something else than the content.
    """
    ending = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    if head.startswith(_RUNS):
        raise BadEvidence("The file is a program.", remedy="Pack it into an archive first, so that nobody starts it by mistake.")
    for sign, place, media, endings in _SIGNS:
        if head[place : place + len(sign)] == sign:
            return _agreed(media, ending, endings)
    if _is_text(head):
        return _agreed("text/plain", ending, _TEXT)
    raise BadEvidence("The content is of no kind that is allowed.", ending=ending)


def _agreed(media: str, ending: str, endings: frozenset[str]) -> str:
    if ending not in endings:
        raise BadEvidence(
            "The file's name says another kind than its content.", remedy="By its content its name should end in: {endings}.", endings=", ".join(sorted(endings))
        )
    return media


def _is_text(head: bytes) -> bool:
    """UTF-8 or GB 18030 without control characters; the last character may be cut."""
    if not head or not _CONTROL.isdisjoint(head):
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue  # cut inside a character, or another encoding
            return True
    return False
