"""What a bank's or operator's system sends, and the lake columns that it becomes: cleaned, sealed and with the same derived facts as at intake.

The same identifier gives the same token here and in a batch, and the same (source, event id) the same event key, so that an event that is screened first
and sent in a batch later is one event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import polars as pl
from msgspec import Meta

from fanzha.desks.intake import mentions
from fanzha.desks.screening.domain import Asked
from fanzha.desks.screening.errors import BadRequest
from fanzha.engine.features.history import moment
from fanzha.engine.text import match_phrases
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean, phones, token_kind

LATEST: Final = timedelta(minutes=10)
OLDEST: Final = timedelta(days=1)
_REMEMBER: Final = 200_000
_FIELD_SEPARATOR: Final = b"\x1f"

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Raw: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Fen: TypeAlias = Annotated[int, Meta(ge=1, le=10**15)]
Balance: TypeAlias = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=10**12)]
Lasting: TypeAlias = Annotated[int, Meta(ge=0, le=10**7)]


class _Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`request_id` names the request within the organisation; `event_id` and `source` the event as a later batch will (default: the request and the
    organisation); `at` is when it happens (default: now), at most a day ago and ten minutes ahead."""

    request_id: Name
    at: datetime | None = None
    event_id: Name | None = None
    source: Name | None = None


class Transfer(_Request):
    """Amounts in fen; balances after the transfer, where known."""

    payer: Raw
    payee: Raw
    amount_fen: Fen
    payer_bank: Name | None = None
    payee_bank: Name | None = None
    channel: Name | None = None
    payer_balance_fen: Balance | None = None
    payee_balance_fen: Balance | None = None


class Call(_Request):
    """`seconds`: how long it has lasted until now; 0 while it rings."""

    caller: Raw
    callee: Raw
    seconds: Lasting = 0
    imei: Raw | None = None
    imsi: Raw | None = None
    call_type: Name | None = None


class Message(_Request):
    """The text is looked through and not kept."""

    sender: Raw
    receiver: Raw
    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Visit(_Request):
    """`host`: a host name or address; `app`: a package name. One of the two at least."""

    visitor: Raw
    host: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    app: Raw | None = None
    seconds: Lasting = 0
    bytes: Count | None = None


Request: TypeAlias = Transfer | Call | Message | Visit
Columns: TypeAlias = dict[str, Any]

_DECODERS: Final[dict[Asked, msgspec.json.Decoder[Any]]] = {
    Asked.TRANSFER: msgspec.json.Decoder(Transfer),
    Asked.CALL: msgspec.json.Decoder(Call),
    Asked.MESSAGE: msgspec.json.Decoder(Message),
    Asked.VISIT: msgspec.json.Decoder(Visit),
}


def parse(asked: Asked, body: bytes) -> Request:
    """The request in a JSON body.

    Raises:
        BadRequest: with the place (`$.amount_fen`) and what is wrong there.
    """
    try:
        found: Request = _DECODERS[asked].decode(body)
    except msgspec.ValidationError as wrong:
        reason, _, place = str(wrong).partition(" - at ")
        raise BadRequest(f"{reason}.", place=place.strip("`") or "$") from wrong
    except msgspec.DecodeError as wrong:
        raise BadRequest(f"The body is not JSON: {wrong}.", place="$") from wrong
    if found.at is not None:
        _check_time(found.at)
    return found


def _check_time(at: datetime) -> None:
    now = clock.now()
    if at.tzinfo is None:
        raise BadRequest("A time needs its zone, such as +08:00.", place="$.at")
    if not now - OLDEST <= at <= now + LATEST:
        raise BadRequest("The time is more than a day ago or more than ten minutes ahead.", place="$.at")


def digest(body: bytes) -> str:
    """32 hex digits over the contents as sent."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def event_key(source: str, event_id: str) -> int:
    """The 64-bit key under which a batch would know the event (`intake.parsing.event_keys`, for one)."""
    content = source.encode() + _FIELD_SEPARATOR + event_id.encode()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


class Reader:
    """Turns requests into lake columns; remembers what it has cleaned. Raises BadRequest with the field's place."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known: dict[tuple[Kind, str], tuple[Any, ...]] = {}

    def columns(self, asked: Asked, request: Request, org_id: str, now: datetime) -> Columns:
        """The event's columns; `at` in microseconds since 1970."""
        source, event_id = request.source or f"screen:{org_id}", request.event_id or request.request_id
        found: Columns = {"event_key": event_key(source, event_id), "event_id": event_id, "source": source, "at": moment(request.at or now)}
        match request:
            case Transfer():
                return found | self._transfer(request)
            case Call():
                return found | self._call(request)
            case Message():
                return found | self._message(request)
            case Visit():
                return found | self._visit(request)

    def _transfer(self, request: Transfer) -> Columns:
        payer, payee = self._account("payer", request.payer), self._account("payee", request.payee)
        if payer == payee:
            raise BadRequest("Payer and payee are one account.", place="$.payee")
        return {
            "payer": payer, "payee": payee, "amount_fen": request.amount_fen, "payer_bank": request.payer_bank, "payee_bank": request.payee_bank,
            "channel": request.channel, "payer_balance_fen": request.payer_balance_fen, "payee_balance_fen": request.payee_balance_fen,
        }  # fmt: skip

    def _call(self, request: Call) -> Columns:
        caller, caller_kind, caller_region, foreign = self._phone("caller", request.caller)
        callee, callee_kind, callee_region, _ = self._phone("callee", request.callee)
        if caller == callee:
            raise BadRequest("Caller and callee are one number.", place="$.callee")
        return {
            "caller": caller, "callee": callee, "caller_kind": caller_kind, "callee_kind": callee_kind, "caller_region": caller_region,
            "callee_region": callee_region, "caller_foreign": foreign, "seconds": request.seconds, "call_type": request.call_type,
            "imei": self._token(Kind.IMEI, "imei", request.imei), "imsi": self._token(Kind.IMSI, "imsi", request.imsi),
        }  # fmt: skip

    def _message(self, request: Message) -> Columns:
        sender, sender_kind, _, foreign = self._phone("sender", request.sender)
        receiver, receiver_kind, _, _ = self._phone("receiver", request.receiver)
        texts = pl.Series([request.text], dtype=pl.String)
        links, contacts = mentions.mentions(texts, self._tokens)
        return {
            "sender": sender, "receiver": receiver, "sender_kind": sender_kind, "receiver_kind": receiver_kind, "sender_foreign": foreign,
            "text_type": match_phrases(texts)["type"][0], "links": links.to_list()[0], "contacts": contacts.to_list()[0],
        }  # fmt: skip

    def _visit(self, request: Visit) -> Columns:
        if request.host is None and request.app is None:
            raise BadRequest("Name a host or an app.", place="$.host")
        host, domain = self._site(request.host) if request.host is not None else (None, None)
        return {
            "visitor": self._phone("visitor", request.visitor)[0], "host": host, "domain": domain, "app": self._token(Kind.APP, "app", request.app),
            "seconds": request.seconds, "bytes": request.bytes,
        }  # fmt: skip

    # ---- identifiers

    def _account(self, field: str, raw: str) -> str:
        found: str = self._look_up(Kind.BANK_ACCOUNT, field, raw, self._sealed)[0]
        return found

    def _token(self, kind: Kind, field: str, raw: str | None) -> str | None:
        return None if raw is None else self._look_up(kind, field, raw, self._sealed)[0]

    def _phone(self, field: str, raw: str) -> tuple[str, str, str | None, bool]:
        found: tuple[str, str, str | None, bool] = self._look_up(Kind.PHONE, field, raw, self._phone_facts)
        return found

    def _site(self, raw: str) -> tuple[str, str]:
        found: tuple[str, str] = self._look_up(Kind.URL, "host", raw, self._site_facts)
        return found

    def _look_up(self, kind: Kind, field: str, raw: str, read: Callable[[Kind, str], tuple[Any, ...]]) -> tuple[Any, ...]:
        known = self._known.get((kind, raw))
        if known is None:
            try:
                known = read(kind, raw)
            except InvalidIdentifier as wrong:
                raise BadRequest(str(wrong), place=f"$.{field}", reason=wrong.reason) from wrong
            if len(self._known) >= _REMEMBER:
                for old in list(self._known)[: _REMEMBER // 2]:
                    del self._known[old]
            self._known[kind, raw] = known
        return known

    def _sealed(self, kind: Kind, raw: str) -> tuple[str]:
        return (self._tokens.seal(token_kind(kind).value, clean(kind, raw).value),)

    def _phone_facts(self, kind: Kind, raw: str) -> tuple[str, str, str | None, bool]:
        value = clean(kind, raw).value
        facts = phones.facts(value)
        return self._tokens.seal(kind.value, value), facts.kind.value, facts.region, facts.foreign

    def _site_facts(self, kind: Kind, raw: str) -> tuple[str, str]:
        facts = clean(kind, raw).facts
        host, domain = str(facts["host"]), str(facts["registered"])
        return self._tokens.seal(Kind.DOMAIN.value, host), self._tokens.seal(Kind.DOMAIN.value, domain)
