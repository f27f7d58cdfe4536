"""Suspect numbers from what others have found: a queue for officers, never a measure.

Invariants: known-good numbers, service numbers and numbers abroad are never proposed; a piece of evidence counts once; what a person has dismissed comes back
only with evidence of another kind. Taking the same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fanzha.desks import controls
from fanzha.desks.detection import FindingView, Target
from fanzha.desks.indicators import Indicator, known_good
from fanzha.desks.lines import register, repository
from fanzha.desks.lines.domain import Source, SuspectState
from fanzha.desks.lines.errors import NotALine, NumberProtected
from fanzha.desks.lines.model import LineEvidence, LineSuspect
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.identifiers import Identifier, Kind, phones
from fanzha.vocab.identifiers.phones import PhoneKind
from fanzha.vocab.risk import RiskLevel

SERVED = frozenset({PhoneKind.MOBILE, PhoneKind.VIRTUAL, PhoneKind.IOT, PhoneKind.LANDLINE, PhoneKind.SATELLITE})
"""Kinds of number that a domestic operator has given to somebody."""


@dataclass(frozen=True)
class Piece:
    """One piece of evidence about a number (clean)."""

    number: str
    source: Source
    reference: str
    name: str
    reason_zh: str
    reason_en: str
    level: RiskLevel
    fraud_type: str
    at: datetime


@dataclass(frozen=True)
class Taken:
    """What a batch did: numbers new in the queue, pieces added, numbers that may not be proposed."""

    fresh: int
    added: int
    refused: int


def confirmed(work: Work) -> Sequence[Indicator]:
    """Every number that the registry holds as confirmed."""
    return repository.confirmed_phones(work)


def guard(number: str) -> None:
    """Raises NumberProtected, NotALine."""
    told = phones.facts(number)
    if known_good.shipped().why(Identifier(Kind.PHONE, number, number)) is not None:
        raise NumberProtected
    if told.kind not in SERVED:
        raise NotALine if told.foreign or told.kind is PhoneKind.SPOOFED else NumberProtected


def index_of(number: str) -> str:
    """By which orders and suspects on this clean number are found."""
    return controls.service.subject_index(controls.Subject.NUMBER, number)


class Proposer:
    """Takes evidence into the queue, as whoever runs the pipeline. `home_region` receives numbers that no operator here has sold."""

    def __init__(self, known: register.Register, tokens: Tokens, home_region: str) -> None:
        self._register = known
        self._tokens = tokens
        self._home = home_region

    def of_findings(self, findings: Iterable[FindingView]) -> list[Piece]:
        """What detectors found on numbers; the reasons carry their figures."""
        return [
            Piece(self._tokens.open(one.subject_token)[1], Source.FINDING, one.finding_id, one.rule_id, one.reason_zh, one.reason_en, one.level,
                  one.fraud_type.value, one.at)
            for one in findings if one.target is Target.NUMBER
        ]  # fmt: skip

    @staticmethod
    def of_indicators(indicators: Iterable[Indicator]) -> list[Piece]:
        """Numbers that the registry of suspect identifiers holds as confirmed."""
        return [
            Piece(one.value, Source.INDICATOR, one.id, one.source, f"涉诈标识库已确认，可信度{one.confidence}，来源{one.sightings}个。",
                  f"Confirmed in the registry of suspect identifiers: confidence {one.confidence}, {one.sightings} sources.", one.level, one.fraud_type, one.last_seen_at)
            for one in indicators
        ]  # fmt: skip

    def take(self, work: Work, pieces: Sequence[Piece]) -> Taken:
        """Idempotent by (number, source, reference)."""
        allowed = [piece for piece in pieces if _may_be_proposed(piece.number)]
        if not allowed:
            return Taken(0, 0, len({piece.number for piece in pieces}))
        repository.lock_proposals(work)
        held, fresh = self._suspects(work, allowed)
        before = repository.evidence(work, [suspect.id for suspect in held.values()])
        known_names = {key: {(row.source, row.name) for row in rows} for key, rows in before.items()}
        added = repository.put_evidence(work, _distinct([_row(work, held[index_of(piece.number)].id, piece) for piece in allowed]))
        _settle(work, held.values(), {key[0] for key in added}, known_names)
        taken = Taken(fresh, len(added), len({piece.number for piece in pieces} - {piece.number for piece in allowed}))
        if taken.fresh or taken.added:
            work.audit("lines.proposed", "lines", vars(taken))
            repository.announce(work, held.values())
        return taken

    def _suspects(self, work: Work, pieces: Sequence[Piece]) -> tuple[dict[str, LineSuspect], int]:
        numbers = {index_of(piece.number): piece.number for piece in pieces}
        held = repository.by_indexes(work, numbers)
        missing = {index: number for index, number in numbers.items() if index not in held}
        tokens = {index: self._tokens.seal("phone", number) for index, number in missing.items()}
        lines, serving = self._register.find(tokens.values()), register.operators(work) if missing else {}
        for index, number in missing.items():
            line = lines.get(tokens[index], register.Line())
            region = line.region or self._home  # a person proposes within their own area
            held[index] = _new(number, index, tokens[index], line, serving, region if region.startswith(work.scope.region) else work.scope.region)
            work.session.add(held[index])
        work.session.flush()
        return held, len(missing)


def _new(number: str, index: str, token: str, line: register.Line, serving: dict[str, str], region: str) -> LineSuspect:
    told, now = phones.facts(number), clock.now()
    carrier = line.carrier or told.carrier or ""
    return LineSuspect(
        id=new_id(), number=number, number_index=index, token=token, phone_kind=told.kind.value, carrier=carrier,
        operator_org_id=register.operator_of(carrier, serving), outlet=line.outlet, opened_at=line.opened_at, region=region,
        level=RiskLevel.GREEN.value, fraud_type="other", sources=[], pieces=0, first_at=now, last_at=now, state=SuspectState.OPEN.value, changed_at=now,
    )  # fmt: skip


def _may_be_proposed(number: str) -> bool:
    try:
        guard(number)
    except (NumberProtected, NotALine):
        return False
    return True


def _row(work: Work, suspect_id: str, piece: Piece) -> dict[str, Any]:
    values = {name: value for name, value in vars(piece).items() if name != "number"}
    return values | {
        "suspect_id": suspect_id, "source": piece.source.value, "level": piece.level.value, "recorded_at": clock.now(), "recorded_by": work.actor, "withdrawn_at": None,
    }  # fmt: skip


def _distinct(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(row["suspect_id"], row["source"], row["reference"]): row for row in rows}.values())


_RETURNING = frozenset({SuspectState.WITHDRAWN, SuspectState.RESTORED})


def _settle(work: Work, suspects: Iterable[LineSuspect], touched: Collection[str], known_names: dict[str, set[tuple[str, str]]] | None = None) -> None:
    """Write what the standing evidence comes to. What nothing stands for leaves the queue; what a person has dismissed returns only for another kind of evidence."""
    everyone = list(suspects)
    pieces = repository.evidence(work, [suspect.id for suspect in everyone])
    for suspect in everyone:
        standing = [piece for piece in pieces.get(suspect.id, ()) if piece.withdrawn_at is None]
        _sum_up(suspect, standing)
        state = SuspectState(suspect.state)
        another = {(piece.source, piece.name) for piece in standing} - (known_names or {}).get(suspect.id, set())
        if not standing and state is SuspectState.OPEN:
            _to(suspect, SuspectState.WITHDRAWN)
        elif suspect.id in touched and (state in _RETURNING or (state is SuspectState.DISMISSED and another)):
            _to(suspect, SuspectState.OPEN)
    work.session.flush()


def _to(suspect: LineSuspect, state: SuspectState) -> None:
    suspect.state, suspect.changed_at = state.value, clock.now()


def _sum_up(suspect: LineSuspect, standing: Sequence[LineEvidence]) -> None:
    suspect.pieces, suspect.sources = len(standing), sorted({piece.source for piece in standing})
    if standing:
        leading = min(standing, key=lambda piece: (RiskLevel(piece.level).rank, -piece.at.timestamp()))
        suspect.level, suspect.fraud_type = leading.level, _fraud_type(leading, standing)
        suspect.first_at, suspect.last_at = min(piece.at for piece in standing), max(piece.at for piece in standing)


def _fraud_type(leading: LineEvidence, standing: Sequence[LineEvidence]) -> str:
    """The leading evidence's type, or the first that is known."""
    return next((piece.fraud_type for piece in (leading, *standing) if piece.fraud_type != "other"), "other")


def withdraw(work: Work, source: Source, references: Collection[str]) -> int:
    """Evidence that no longer stands; returns how many numbers it was about. Measures stay: people and clocks end them."""
    touched = repository.withdraw_evidence(work, source.value, references, clock.now()) if references else set()
    if touched:
        repository.lock_proposals(work)
        suspects = [found for key in sorted(touched) if (found := repository.by_id(work, key, lock=True)) is not None]
        _settle(work, suspects, ())
        repository.announce(work, suspects)
        work.audit("lines.evidence_withdrawn", "lines", {"numbers": len(touched)})
    return len(touched)
