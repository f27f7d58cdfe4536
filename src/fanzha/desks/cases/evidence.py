"""Evidence files of a case and their custody log: who added, viewed or exported what and when, and whether the file was still the one taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Literal

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import cleaning, numbers, policy, record
from fanzha.desks.cases.case_model import Case, Custody, Evidence
from fanzha.desks.cases.domain import Action
from fanzha.desks.cases.editing import fields_of
from fanzha.desks.cases.errors import BadPart, PartNotFound, PurposeNeeded
from fanzha.desks.cases.vault import Swept, Vault
from fanzha.kit import clock
from fanzha.kit.ids import new_id, stable_id
from fanzha.store import Work

Look = Literal["viewed", "exported"]


@dataclass(frozen=True)
class Held:
    """A piece of evidence with its custody log, oldest first."""

    evidence: Evidence
    custody: Sequence[Custody]


def add(work: Work, vault: Vault, case_id: str, stream: BinaryIO, file_name: str, note: str = "") -> Evidence:
    """Take a file in. The same content in the same case again changes nothing and gives the evidence that is there.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, BadPart, BadEvidence, EvidenceTooLarge.
    """
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    name = PurePath(file_name.replace("\\", "/")).name.strip()[: cleaning.LONGEST_VALUE]
    if not name:
        raise BadPart("The file has no name.")
    stored = vault.take(stream, name, numbers.most_evidence_bytes(work, case.region))
    held = _held(work, case, stored.sha256)
    if held is not None:
        return held
    one = Evidence(
        id=stable_id("evidence", case.id, stored.sha256, new_id()), case_id=case.id, added_at=clock.now(), added_by=work.actor, file_name=name,
        media=stored.media, bytes=stored.bytes, sha256=stored.sha256, note=note.strip()[: cleaning.LONGEST_NOTE] or None,
    )  # fmt: skip
    work.session.add(one)
    work.session.flush()
    work.session.add(_line(work, one, "added", stored.sha256, intact=True, purpose=""))
    record.write(work, case, "added", fields_of(one, "evidence"))
    return one


def look(work: Work, vault: Vault, case_id: str, evidence_id: str, purpose: str, how: Look) -> tuple[Evidence, bool]:
    """Check the file against its SHA-256 and write into the custody log that the actor views or exports it. Returns the evidence and whether the
    file is what was taken in; it is then the caller's to send.

    Raises:
        Forbidden, CaseNotFound, PartNotFound, PurposeNeeded, EvidenceGone.
    """
    record.require(work, policy.EXPORT if how == "exported" else policy.REVEAL)
    why = purpose.strip()
    if len(why) < record.SHORTEST_REASON:
        raise PurposeNeeded
    one = found(work, case_id, evidence_id)
    intact = vault.is_intact(one.sha256)
    work.session.add(_line(work, one, how, one.sha256, intact=intact, purpose=why))
    work.audit(f"evidence.{how}", f"evidence:{one.id}", {"case": case_id, "intact": intact})
    return one, intact


def seal_all(work: Work, vault: Vault) -> Swept:
    """Seal the files of a release that kept them in clear, and say in the audit log how many. Doing it again changes nothing."""
    swept = vault.seal_all()
    work.audit("evidence.sealed", "evidence", {"sealed": swept.sealed, "already": swept.already, "damaged": len(swept.damaged)})
    return swept


def held(work: Work, pieces: Sequence[Evidence]) -> list[Held]:
    lines = repository.custody(work, [one.id for one in pieces])
    return [Held(one, [line for line in lines if line.evidence_id == one.id]) for one in pieces]


def found(work: Work, case_id: str, evidence_id: str) -> Evidence:
    """Raises CaseNotFound, PartNotFound."""
    case = record.found(work, case_id)
    one = repository.part(work, "evidence", evidence_id)
    if not isinstance(one, Evidence) or one.case_id not in repository.member_ids(work, case.root_id):
        raise PartNotFound(part=evidence_id)
    return one


def _held(work: Work, case: Case, sha256: str) -> Evidence | None:
    pieces = repository.parts(work, repository.member_ids(work, case.id)).evidence
    return next((one for one in pieces if one.sha256 == sha256), None)


def _line(work: Work, one: Evidence, action: str, sha256: str, *, intact: bool, purpose: str) -> Custody:
    principal = work.scope.principal
    return Custody(
        id=new_id(), evidence_id=one.id, at=clock.now(), actor=work.actor, actor_name=principal.name if principal else "",
        org_name=principal.org_name if principal else "", action=action, sha256=sha256, intact=intact, purpose=purpose,
    )  # fmt: skip
