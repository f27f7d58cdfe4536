"""Evidence: what is taken, where it stands, who looked at it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desks.cases.kit import put, staff

from fanzha.desks.cases import Vault, evidence, media, viewing
from fanzha.desks.cases.errors import BadEvidence, BadPart, EvidenceGone, EvidenceTooLarge, PartNotFound, PurposeNeeded
from fanzha.faces.common.platform import Platform

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def vault(platform: Platform) -> Vault:
    return Vault(platform.settings.home / "evidence")


def test_custody_from_adding_to_exporting(platform: Platform) -> None:
    case, other, store = put(platform), put(platform), vault(platform)
    with platform.database.work(staff()) as work:
        one = evidence.add(work, store, case.id, io.BytesIO(PNG), "C:\\截图\\转账.png", "转账截图")
        assert evidence.add(work, store, case.id, io.BytesIO(PNG), "again.png") is one
        assert (one.file_name, one.media, one.sha256) == ("转账.png", "image/png", hashlib.sha256(PNG).hexdigest())
        for purpose, how in (("核对金额", "viewed"), ("移送检察院", "exported")):
            evidence.look(work, store, case.id, one.id, purpose, how)  # type: ignore[arg-type]
        with pytest.raises(PurposeNeeded):
            evidence.look(work, store, case.id, one.id, "看", "viewed")
        with pytest.raises(PartNotFound):
            evidence.look(work, store, other.id, one.id, "核对金额", "viewed")
        (held,) = viewing.get(work, case.id).evidence
        assert [(line.action, line.intact, line.actor_name) for line in held.custody] == [
            ("added", True, "民警3503"), ("viewed", True, "民警3503"), ("exported", True, "民警3503")
        ]  # fmt: skip
    place = platform.settings.home / "evidence" / one.sha256[:2] / one.sha256
    assert place.stat().st_mode & 0o777 == 0o400


def test_a_changed_or_missing_file_is_seen(platform: Platform) -> None:
    case, store = put(platform), vault(platform)
    with platform.database.work(staff()) as work:
        one = evidence.add(work, store, case.id, io.BytesIO(PNG), "a.png")
        place = platform.settings.home / "evidence" / one.sha256[:2] / one.sha256
        place.unlink()
        place.write_bytes(PNG + b"x")
        evidence.look(work, store, case.id, one.id, "核对金额", "viewed")
        (held,) = viewing.get(work, case.id).evidence
        assert [line.intact for line in held.custody] == [True, False]
        place.unlink()
        with pytest.raises(EvidenceGone):
            evidence.look(work, store, case.id, one.id, "核对金额", "viewed")


def test_nothing_is_kept_of_what_is_refused(tmp_path: Path, platform: Platform) -> None:
    store = Vault(tmp_path / "evidence")
    for content, name, most, error in (
        (b"", "a.png", 100, BadEvidence), (PNG, "a.png", 10, EvidenceTooLarge), (b"MZ" + bytes(64), "a.png", 100, BadEvidence), (PNG, "a.pdf", 100, BadEvidence),
    ):  # fmt: skip
        with pytest.raises(error):
            store.take(io.BytesIO(content), name, most)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    case = put(platform)
    with platform.database.work(staff()) as work, pytest.raises(BadPart):
        evidence.add(work, store, case.id, io.BytesIO(PNG), "  ")


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"%PDF-1.7", "a.PDF", "application/pdf"), (b"PK\x03\x04...", "fake.apk", "application/zip"), (b"\0\0\0\x18ftypmp42", "a.mp4", "video/mp4"),
        ("<script>转账</script>".encode(), "a.html", "text/plain"), ("聊天记录".encode("gb18030"), "a.txt", "text/plain"), ("聊".encode()[:2] + b"", "a.txt", None),
        (b"\x7fELF", "a.txt", None), (bytes(9), "a.txt", None), (b"RIFF\0\0\0\0WAVE", "a.wav", "audio/wav"), (PNG, "noending", None),
    ],
)  # fmt: skip
def test_content_decides(head: bytes, name: str, kind: str | None) -> None:
    if kind is None:
        try:
            assert media.media_of(head, name) == "text/plain"
        except BadEvidence:
            return
        assert name == "a.txt"
    else:
        assert media.media_of(head, name) == kind


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.png", "a.exe", "a", "a.zip"]))
def test_any_bytes_are_told_apart_or_refused(head: bytes, name: str) -> None:
    try:
        found = media.media_of(head, name)
    except BadEvidence:
        return
    assert "/" in found
    assert name.endswith(("txt", "png", "zip"))
