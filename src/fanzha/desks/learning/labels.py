"""Gathering labels: one sweep over every source. Repeatable; what differs from the latest revision of its source row is added as the next one.

One sweep runs at a time, in one transaction: a kill leaves the labels as they were, and the next sweep finds the same differences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fanzha.desks.learning import repository
from fanzha.desks.learning.domain import OPEN, Draft, Verdict
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.sources import READERS, Sweep, drafts
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work, dated


@dataclass(frozen=True)
class Gathered:
    """What a sweep did with one source: rows read, labels that are new, and labels that correct an earlier revision."""

    source: str
    read: int
    fresh: int
    corrected: int


def gather(work: Work, tokens: Tokens) -> tuple[Gathered, ...]:
    """Bring the labels up to date with what the other desks know now."""
    repository.lock_sweep(work)
    numbers = Numbers(work)
    warned_days = int(dated.value(work, "warnings.later_victim_days"))
    sweep = Sweep(clock.now() - timedelta(days=numbers.whole("sweep_days")), warned_days, tokens)
    done: list[Gathered] = []
    for reader in READERS:
        read = fresh = corrected = 0
        for batch in drafts(work, reader, sweep):
            added = _add(work, batch, numbers.whole("said_days"))
            read, fresh, corrected = read + len(batch), fresh + added[0], corrected + added[1]
        done.append(Gathered(reader.source.value, read, fresh, corrected))
    if any(each.fresh or each.corrected for each in done):
        work.audit("labels.gathered", "labels", {each.source: [each.fresh, each.corrected] for each in done})
    return tuple(done)


def forget(work: Work) -> int:
    """Remove labels that were known longer ago than the time set, and snapshots as old; returns how many labels. A source row is forgotten with all its
    revisions."""
    before = clock.now() - timedelta(days=Numbers(work).whole("labels_days"))
    repository.forget_snapshots(work, clock.local_day(before))
    gone = repository.forget(work, before)
    if gone:
        work.audit("labels.forgotten", "labels", {"labels": gone, "before": before.isoformat()})
    return gone


def _add(work: Work, batch: Sequence[Draft], said_days: int) -> tuple[int, int]:
    """(new, corrected). An outcome that is still open makes no label, unless it takes one back."""
    held = repository.latest_of(work, batch[0].source.value, [draft.source_id for draft in batch])
    rows = [
        _row(draft, digest, held.get(draft.source_id))
        for draft in batch
        if (digest := digest_of(draft)) != _digest_held(held, draft) and (draft.meaning.outcome != OPEN or draft.source_id in held)
    ]
    repository.insert_labels(work, rows, said_days)
    corrected = sum(row["revision"] > 1 for row in rows)
    return len(rows) - corrected, corrected


def _digest_held(held: Mapping[str, repository.Held], draft: Draft) -> str | None:
    latest = held.get(draft.source_id)
    return latest.digest if latest else None


def digest_of(draft: Draft) -> str:
    """32 hex digits that change when anything the label says does."""
    said = (
        draft.subject_token, draft.phone_token, draft.meaning.verdict.value, draft.meaning.outcome, draft.meaning.weight, draft.fraud_type, draft.region,
        draft.happened_at.isoformat(), draft.known_at.isoformat(), draft.loss_fen, draft.warned,
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:32]


def _row(draft: Draft, digest: str, held: repository.Held | None) -> dict[str, Any]:
    revision = held.revision + 1 if held else 1
    # What corrects cannot have been known before what it corrects: else a training set as of a day between would see it.
    known = max(draft.known_at, held.known_at) if held else draft.known_at
    return {
        "id": stable_id("label", draft.source, draft.source_id, revision), "source": draft.source.value, "source_id": draft.source_id,
        "revision": revision, "subject_kind": draft.subject_kind.value, "subject_token": draft.subject_token, "phone_token": draft.phone_token,
        "verdict": draft.meaning.verdict.value, "outcome": draft.meaning.outcome, "fraud_type": draft.fraud_type, "region": draft.region,
        "happened_at": draft.happened_at, "known_at": known, "weight": draft.meaning.weight if draft.meaning.verdict is not Verdict.UNKNOWN else 0.0,
        "loss_fen": draft.loss_fen, "warned": draft.warned, "digest": digest, "recorded_at": clock.now(),
    }  # fmt: skip
