"""What a narrative says, shown: the text with its spans marked, each find with whose it is held to be, and the field of a form that takes it over.

Reading happens on this machine; nothing is stored until the form is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from fanzha.desks.cases.cleaning import doubts_of
from fanzha.engine.reading import Amount, Judgement, Mention, Moment, MoneyRole, PlatformMention, Reading, Role, read_narrative
from fanzha.faces.console.case_forms import CaseForm, as_typed, instant, lines_of, read_into
from fanzha.vocab.identifiers import Kind

_VICTIMS: Final = {Kind.PHONE: "victim_phone", Kind.ID_CARD: "victim_id_card"}
TARGETS: Final = frozenset({"suspects", "loss", "happened_at", *_VICTIMS.values()})

Span = Mention | Amount | Moment | PlatformMention


@dataclass(frozen=True)
class Segment:
    """A piece of the text; `kind` is '' between the finds, else `identifier`, `amount`, `time` or `platform`; `role` whose, or what became of the money."""

    text: str
    kind: str = ""
    role: str = ""


@dataclass(frozen=True)
class Find:
    """One find: `family` and `code` name what it is, `role` whose; `targets` are the fields that can take `value` over, `taken` those that hold it."""

    raw: str
    family: str
    code: str
    role: str
    percent: int
    value: str
    targets: tuple[str, ...]
    taken: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A narrative as a page shows it read."""

    segments: tuple[Segment, ...]
    finds: tuple[Find, ...]
    judgement: Judgement
    typed_doubts: tuple[tuple[str, tuple[str, ...]], ...]
    """Lines typed among the suspects whose check digits fail: told, never refused."""


def read_form(form: CaseForm, take: str = "") -> tuple[CaseForm, Shown]:
    """The form with what its narrative says, or (`take`: field, colon, value) with one find taken over, and what was read.

    Raises:
        NarrativeTooLong, BadPart.
    """
    field, _, value = take.partition(":")
    filled = _taken(form, field, value) if field in TARGETS else read_into(form)
    return filled, shown(filled.narrative, read_narrative(filled.narrative, instant(filled.reported_at)), filled)


def shown(narrative: str, reading: Reading, form: CaseForm) -> Shown:
    finds = (*_identifiers(reading.mentions, form), *_amounts(reading, form), *_times(reading, form))
    told = {one.raw for one in finds}
    typed = ((line, tuple(doubts_of(line))) for line in lines_of(form.suspects) if line not in told)
    return Shown(segments(narrative, reading), finds, reading.judgement, tuple((line, doubts) for line, doubts in typed if doubts))


def segments(narrative: str, reading: Reading) -> tuple[Segment, ...]:
    """The text cut at the finds' spans; together it is the text."""
    spans: list[Span] = [*reading.mentions, *reading.amounts, *reading.times, *reading.platforms]
    found: list[Segment] = []
    end = 0
    for one in sorted(spans, key=lambda one: one.start):
        if one.start < end:
            continue
        found += [Segment(narrative[end : one.start]), _segment(narrative, one)]
        end = one.end
    return tuple(piece for piece in (*found, Segment(narrative[end:])) if piece.text)


def _segment(narrative: str, one: Span) -> Segment:
    text = narrative[one.start : one.end]
    if isinstance(one, Mention):
        return Segment(text, "identifier", one.role.value)
    if isinstance(one, Amount):
        return Segment(text, "amount", one.role.value)
    return Segment(text, "time" if isinstance(one, Moment) else "platform")


def _identifiers(mentions: Iterable[Mention], form: CaseForm) -> list[Find]:
    once = {(one.kind, one.value): one for one in reversed(list(mentions))}
    held = {"suspects": lines_of(form.suspects), "victim_phone": [form.victim_phone], "victim_id_card": [form.victim_id_card]}
    found = []
    for one in reversed(list(once.values())):
        targets = ("suspects", *((_VICTIMS[one.kind],) if one.kind in _VICTIMS else ()))
        raw = one.raw.strip()
        taken = tuple(target for target in targets if raw in held[target] or one.value in held[target])
        found.append(Find(raw, "identifier_kind", one.kind.value, one.role.value, round(one.confidence * 100), raw, targets, taken, one.warnings))
    return found


def _amounts(reading: Reading, form: CaseForm) -> list[Find]:
    found = []
    for one in reading.amounts:
        if one.role is MoneyRole.OTHER:
            continue
        value = f"{one.fen // 100}.{one.fen % 100:02d}"
        targets = ("loss",) if one.role in (MoneyRole.LOST, MoneyRole.FEE) else ()
        taken = ("loss",) if targets and form.loss == value else ()
        found.append(Find(one.raw, "read_kind", "amount", one.role.value, round(one.confidence * 100), value, targets, taken, ()))
    return found


def _times(reading: Reading, form: CaseForm) -> list[Find]:
    return [
        Find(one.raw, "read_kind", "time", "", round(one.confidence * 100), as_typed(one.at), ("happened_at",),
             ("happened_at",) if form.happened_at == as_typed(one.at) else (), ())
        for one in reading.times
        if one.at is not None
    ]  # fmt: skip


def _taken(form: CaseForm, field: str, value: str) -> CaseForm:
    if field == "suspects":
        return replace(form, suspects="\n".join(dict.fromkeys([*lines_of(form.suspects), value])))
    return replace(form, **{field: value})  # type: ignore[arg-type]  # the fields of TARGETS are text


def suspects_of(reading: Reading) -> list[tuple[Mention, bool]]:
    """Identifiers of a narrative that are not the victim's, each once, and whether they are held to be the suspect's."""
    sure = {(one.kind, one.value) for one in reading.suspects()}
    once = {(one.kind, one.value): one for one in reversed(reading.mentions) if one.role is not Role.VICTIM}
    return [(one, key in sure) for key, one in reversed(once.items())]
