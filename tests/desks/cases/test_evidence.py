"""Evidence: what is taken, where it stands, who looked at it."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desks.cases.kit import put, staff

from fanzha.desks.cases import Vault, evidence, media, sealing, viewing
from fanzha.desks.cases.errors import BadEvidence, BadPart, EvidenceGone, EvidenceTooLarge, PartNotFound, PurposeNeeded
from fanzha.faces.common.platform import Platform
from fanzha.store import crypto
from fanzha.store.crypto import FieldCipher
from fanzha.store.keys import Keys

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


def test_a_file_is_sealed_and_every_change_of_it_is_seen(tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PIECE", 100)
    store = Vault(tmp_path / "evidence")
    for length in (9, 99, 100, 101, 1_000):
        content = ("证据" * 500).encode()[:length]
        sha256 = store.take(io.BytesIO(content), "a.txt", 10_000).sha256
        place = tmp_path / "evidence" / sha256[:2] / sha256
        sealed = place.read_bytes()
        assert content[:9] not in sealed
        assert b"".join(store.read(sha256)) == content
        assert store.is_intact(sha256)
        for changed in (sealed[:-1], sealed[:-116], sealed + b"x", sealed[:200] + bytes([sealed[200] ^ 1]) + sealed[201:] if length > 300 else b"", b"\x93FZSEAL\x01"):
            place.unlink()
            place.write_bytes(changed)
            assert not store.is_intact(sha256)
        place.unlink()
        place.write_bytes(sealed)
    with monkeypatch.context() as other:
        other.setattr(crypto, "_current", FieldCipher(Keys.generate()))
        assert not store.is_intact(sha256)


def test_files_of_an_earlier_release_open_and_are_sealed(tmp_path: Path, platform: Platform) -> None:
    folder, content = tmp_path / "evidence", PNG * 3
    names = [hashlib.sha256(content).hexdigest(), hashlib.sha256(b"other").hexdigest()]
    for name in names:
        (folder / name[:2]).mkdir(parents=True)
        (folder / name[:2] / name).write_bytes(content)
    store = Vault(folder)
    assert b"".join(store.read(names[0])) == content
    assert (store.is_intact(names[0]), store.is_intact(names[1])) == (True, False)
    swept = store.seal_all()
    assert (swept.sealed, swept.already, swept.damaged) == (1, 0, (names[1],))
    assert content not in (folder / names[0][:2] / names[0]).read_bytes()
    assert b"".join(store.read(names[0])) == content
    assert (store.seal_all().sealed, store.seal_all().already) == (0, 1)


def test_a_draft_that_a_kill_left_is_swept_away(tmp_path: Path, platform: Platform) -> None:
    folder = tmp_path / "evidence"
    (folder / "incoming").mkdir(parents=True)
    old, new = folder / "incoming" / "old", folder / "incoming" / "new"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    Vault(folder).take(io.BytesIO(PNG), "a.png", 1_000)
    assert (old.exists(), new.exists()) == (False, True)


@given(st.binary(max_size=500), st.lists(st.integers(1, 200), max_size=8))
def test_any_content_in_any_portions_comes_back(content: bytes, cuts: list[int]) -> None:
    crypto.use(FieldCipher(Keys(*(bytes(size) for size in (32, 32, 64, 32, 32))))) if crypto._current is None else None
    stream, file = io.BytesIO(content), io.BytesIO()
    sealing.seal((piece for size in [*cuts, 500] if (piece := stream.read(size))), file)
    file.seek(0)
    assert b"".join(sealing.opened(file)) == content


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
