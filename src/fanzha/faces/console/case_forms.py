"""What forms of cases send, read into what the desk takes; and the form in which a case is filed or changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form

from fanzha.desks.cases import NewCase, NewLoss, NewSuspect, NewVictim
from fanzha.desks.cases.errors import BadPart
from fanzha.engine.reading import Mention, MoneyRole, Precision, Reading, Role, read_narrative
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock, money
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

MOST_SUSPECTS = 50


@dataclass(frozen=True)
class CaseForm:
    """The fields as typed; times are Chinese clock time, `suspects` one a line."""

    narrative: str = ""
    region: str = ""
    number: str = ""
    fraud_type: str = "other"
    happened_at: str = ""
    reported_at: str = ""
    victim_name: str = ""
    victim_phone: str = ""
    victim_id_card: str = ""
    loss: str = ""
    suspects: str = ""
    reason: str = ""
    version: int = 0
    key: str = ""


def case_form(
    narrative: Annotated[str, Form(max_length=60_000)] = "", region: Annotated[str, Form()] = "", number: Annotated[str, Form(max_length=200)] = "",
    fraud_type: Annotated[str, Form()] = "other", happened_at: Annotated[str, Form()] = "", reported_at: Annotated[str, Form()] = "",
    victim_name: Annotated[str, Form(max_length=300)] = "", victim_phone: Annotated[str, Form(max_length=300)] = "",
    victim_id_card: Annotated[str, Form(max_length=300)] = "", loss: Annotated[str, Form(max_length=60)] = "",
    suspects: Annotated[str, Form(max_length=20_000)] = "", reason: Annotated[str, Form(max_length=1000)] = "", version: Annotated[int, Form()] = 0,
    key: Annotated[str, Form(max_length=64)] = "",
) -> CaseForm:  # fmt: skip
    return CaseForm(
        narrative, region, number, fraud_type, happened_at, reported_at, victim_name, victim_phone, victim_id_card, loss, suspects, reason, version, key
    )  # fmt: skip


Typed = Annotated[CaseForm, Depends(case_form)]


def instant(text: str) -> datetime | None:
    """A time as a browser sends it, taken as Chinese clock time. Raises BadPart."""
    if not text.strip():
        return None
    try:
        return clock.moment_of(text.strip()).replace(tzinfo=clock.SHANGHAI)
    except ValueError as error:
        raise BadPart("This is not a day or time.", remedy="Write it as 2026-03-02T09:30.") from error


def demanded(text: str) -> datetime:
    """Raises BadPart: empty, or no time."""
    at = instant(text)
    if at is None:
        raise BadPart("A time is missing.", remedy="Write it as 2026-03-02T09:30.")
    return at


def lines_of(text: str) -> list[str]:
    """What was typed one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def as_typed(at: datetime | None) -> str:
    """How a time stands in a form."""
    return clock.to_local(at).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def new_case(form: CaseForm) -> NewCase:
    """Raises BadPart, InvalidAmount."""
    victim = NewVictim(form.victim_name, form.victim_phone, form.victim_id_card)
    named = any(getattr(victim, field.name).strip() for field in fields(victim))
    lost = money.parse_yuan(form.loss) if form.loss.strip() else 0
    lines = lines_of(form.suspects)[:MOST_SUSPECTS]
    return NewCase(
        form.narrative, demanded(form.reported_at), form.region, form.number, one_of(FraudType, form.fraud_type) or FraudType.OTHER, instant(form.happened_at),
        victims=(victim,) if named else (), losses=(NewLoss(lost),) if lost else (), suspects=tuple(map(NewSuspect, lines)), source="manual",
    )  # fmt: skip


def read_into(form: CaseForm) -> CaseForm:
    """The form with what its narrative says in the fields that are still empty; suspects are added to those typed. Raises NarrativeTooLong, BadPart."""
    reading = read_narrative(form.narrative, instant(form.reported_at))
    named = [one.raw.strip() for one in reading.suspects()]
    typed = lines_of(form.suspects)
    judged = reading.judgement
    return replace(
        form, suspects="\n".join(dict.fromkeys([*typed, *named])), loss=form.loss or _loss(reading), happened_at=form.happened_at or _happened(reading),
        victim_phone=form.victim_phone or _victims(reading, Kind.PHONE), victim_id_card=form.victim_id_card or _victims(reading, Kind.ID_CARD),
        fraud_type=judged.type.value if form.fraud_type == FraudType.OTHER.value and not judged.needs_human else form.fraud_type,
    )  # fmt: skip


def _loss(reading: Reading) -> str:
    paid = any(one.role in (MoneyRole.LOST, MoneyRole.FEE) for one in reading.amounts)
    return f"{reading.loss_fen // 100}.{reading.loss_fen % 100:02d}" if reading.loss_fen and paid else ""


def _happened(reading: Reading) -> str:
    """The first moment known to the hour or better."""
    exact = (Precision.HOUR, Precision.MINUTE, Precision.SECOND)
    times = [one.at for one in reading.times if one.at is not None and one.precision in exact]
    return as_typed(min(times)) if times else ""


def _victims(reading: Reading, kind: Kind) -> str:
    theirs: list[Mention] = [one for one in reading.mentions if one.kind is kind and one.role is Role.VICTIM]
    return theirs[0].raw.strip() if theirs else ""
