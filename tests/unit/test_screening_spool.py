"""The local file of decisions: whatever a crash leaves of it, each whole record before the break is read and nothing is thrown away."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.desks.screening import spool
from fanzha.desks.screening.records import Record
from fanzha.desks.screening.spool import Spool
from fanzha.kit import clock

RECORD = Record(
    id="1", org_id="o", key_id=None, request_id="r", digest="d", asked="transfer", answer="pass", region=None, subject_token=None, other_token=None,
    amount_fen=1, at=clock.now(), decided_at=clock.now(), event={"payer": "ac.x"}, signals=[{"zh": "理由"}], basis=None, term_minutes=None, ends_at=None,
    policy=None, body="{}", degraded=True,
)  # fmt: skip


def records(count: int) -> list[Record]:
    return [msgspec.structs.replace(RECORD, id=str(n), request_id=f"r-{n}") for n in range(count)]


@given(st.integers(1, 6), st.data())
@settings(max_examples=60, deadline=None)
def test_a_torn_file_gives_its_whole_records(count: int, data: st.DataObject) -> None:
    with TemporaryDirectory(prefix="fz-spool-") as folder:
        files, whole = Spool(Path(folder)), records(count)
        files.append(whole)
        files.close()
        (path,) = files.closed_files()
        content = path.read_bytes()
        ends = [0]
        for each in whole:
            ends.append(ends[-1] + 8 + len(msgspec.json.encode(each)))
        cut = data.draw(st.integers(0, len(content)))
        junk = data.draw(st.binary(max_size=12))
        path.write_bytes(content[:cut] + junk)
        kept = [each.id for each in spool.read(path)]
        assert kept[: sum(end <= cut for end in ends[1:])] == [each.id for each, end in zip(whole, ends[1:], strict=True) if end <= cut]
        spool.remove(path)
        aside = path.with_suffix(".torn")
        assert not path.exists()
        assert (aside.read_bytes() if aside.exists() else b"") == (content[:cut] + junk)[ends[len(kept)] :]


def test_a_changed_byte_ends_the_file_there(tmp_path: Path) -> None:
    files = Spool(tmp_path)
    files.append(records(3))
    files.close()
    (path,) = files.closed_files()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert [each.id for each in spool.read(path)] == ["0"]


def test_the_file_that_is_written_to_is_not_taken_over(tmp_path: Path) -> None:
    files = Spool(tmp_path / "new")
    assert files.closed_files() == []
    files.append(records(1))
    assert files.closed_files() == []
    files.close()
    files.append(records(2))
    assert len(files.closed_files()) == 1
    files.close()
    assert sum(len(list(spool.read(path))) for path in files.closed_files()) == 3
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_full_disk_is_an_error_and_the_next_file_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Spool(tmp_path)
    files.append(records(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.append(records(1))
    monkeypatch.undo()
    files.append(records(1))
    files.close()
    assert len(files.closed_files()) == 2
