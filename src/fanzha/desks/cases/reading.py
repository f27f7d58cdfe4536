"""From the row of a list to a report that can be stored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from fanzha.desks.cases.domain import Refused, ReportRow
from fanzha.desks.cases.model import Report, Suspect
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store.crypto import blind_index
from fanzha.vocab import identifiers, regions
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

MOST_SUSPECTS = 50
CLOCK_SKEW = timedelta(days=1)
"""How far a source's clock may be ahead; the intake is stricter."""
_LONGEST_NUMBER = 100
_TAIL = 4
_ENDS_IN_DIGITS = re.compile(r"[0-9]{3}[0-9Xx]")


@dataclass(frozen=True)
class Read:
    """A report and what it names, not yet in the database. `report.row_hash` tells whether the same number came with the same content."""

    report: Report
    suspects: tuple[Suspect, ...]


def index_of(kind: Kind | str, value: str) -> str:
    """The blind index of a victim's identifier or name."""
    return blind_index(f"report:{kind}", value)


def suspect_index(kind: Kind, value: str) -> str:
    return blind_index(f"suspect:{identifiers.token_kind(kind).value}", value)


def more_indexes(value: str, kind: Kind | str | None) -> list[str]:
    """Blind indexes under which a value is found beside its own: its last four digits, and its very text where it was not recognised."""
    tail = tail_index(value)
    return [*([tail] if tail else []), *([text_index(value)] if kind is None else [])]


def tail_index(value: str) -> str | None:
    """Of the last four digits (an identity card's may end in X); None for what does not end so."""
    return blind_index("tail", value[-4:].upper()) if len(value) > _TAIL and _ENDS_IN_DIGITS.fullmatch(value[-_TAIL:]) else None


def text_index(value: str) -> str:
    """Of a value as it is written, in half width and lower case."""
    return blind_index("raw", " ".join(unicodedata.normalize("NFKC", value).lower().split()))


def read(row: ReportRow, tokens: Tokens, actor: str) -> Read | Refused:
    """A report without number or with an impossible loss, time or region is refused. A victim's phone or identity card that cannot be read is a doubt:
    the report counts all the same, and the words stand in its narrative."""
    wrong = _refusal(row)
    if wrong is not None:
        return Refused(row.row_number, *wrong)
    number, report_id = row.report_no.strip(), stable_id("report", row.source, row.report_no.strip())
    doubts: list[str] = []
    phone = _clean(Kind.PHONE, row.victim_phone, "victim_phone", doubts)
    card = _clean(Kind.ID_CARD, row.victim_id_card, "victim_id_card", doubts)
    name, region = row.victim_name.strip() or None, regions.resolve(row.region) or ""
    report = Report(
        id=report_id, source=row.source, report_no=number, region=region, state=row.state.value, fraud_type=row.fraud_type.value, loss_fen=row.loss_fen,
        received_at=row.received_at, happened_at=row.happened_at, narrative=_narrative(row, doubts), victim_name=name,
        victim_name_index=index_of("name", name) if name else None, victim_phone=phone, victim_phone_index=index_of(Kind.PHONE, phone) if phone else None,
        victim_phone_token=tokens.seal(Kind.PHONE.value, phone) if phone else None, victim_id_card=card,
        victim_id_card_index=index_of(Kind.ID_CARD, card) if card else None, victim_person_token=tokens.seal(Kind.ID_CARD.value, card) if card else None,
        doubts=doubts, row_hash=_hash(row), imported_at=clock.now(), imported_by=actor,
    )  # fmt: skip
    return Read(report, tuple(_suspect(report_id, place, raw) for place, raw in enumerate(dict.fromkeys(row.suspects)) if place < MOST_SUSPECTS))


def _refusal(row: ReportRow) -> tuple[str, str, str] | None:
    if not row.report_no.strip() or len(row.report_no) > _LONGEST_NUMBER:
        return "no_report_number", "缺少警情编号", "the report has no number"
    if row.loss_fen < 0:
        return "negative_loss", "损失金额为负数", "the loss is negative"
    if row.received_at > clock.now() + CLOCK_SKEW:
        return "future_time", "接报时间在未来", "it was received in the future"
    if not (clock.is_held(row.received_at) and clock.is_held(row.happened_at)):
        return "past_time", "时间早于1900年", "a time lies before 1900"
    if row.region.strip() and regions.resolve(row.region) is None:
        return "unknown_region", "行政区划不存在，或同名不止一处", "the region does not exist, or several have its name"
    return None


def _clean(kind: Kind, raw: str, field: str, doubts: list[str]) -> str | None:
    if not raw.strip():
        return None
    try:
        return identifiers.clean(kind, raw).value
    except InvalidIdentifier as error:
        doubts.append(f"{field}:{error.reason}")
        return None


def _narrative(row: ReportRow, doubts: list[str]) -> str:
    """What could not be read is kept at the end, so that nothing is lost."""
    kept = {"victim_phone": row.victim_phone, "victim_id_card": row.victim_id_card}
    unread = [f"[{field}] {kept[field]}" for field in (doubt.partition(":")[0] for doubt in doubts)]
    return "\n".join([row.narrative, *unread])


def _suspect(report_id: str, place: int, raw: str) -> Suspect:
    kind = identifiers.guess(raw)
    value = identifiers.clean(kind, raw).value if kind else raw
    return Suspect(report_id=report_id, position=place, kind=kind.value if kind else None, value=value, value_index=suspect_index(kind, value) if kind else None)


def _hash(row: ReportRow) -> str:
    """Of everything that the source says, so that a changed row under the same number shows; blinded, for it holds personal data."""
    said = (
        row.narrative, row.region, row.fraud_type, row.loss_fen, row.received_at.isoformat(), row.happened_at, row.victim_name, row.victim_phone,
        row.victim_id_card, *row.suspects,
    )  # fmt: skip
    return blind_index("report:row", stable_id(*said))
