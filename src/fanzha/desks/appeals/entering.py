"""How somebody without an account shows at the public pages that a measure concerns them: the number of the notice, the last digits, a code to the phone on record.

Strangers learn nothing: whatever is typed gives the same row and the same answer at once; only a job looks the numbers up and texts a code, if they fit and a
phone is on record. Then every try of a code does the same work, right or wrong, known or unknown.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from fanzha.desks.appeals import recording, repository, targets
from fanzha.desks.appeals.domain import Target
from fanzha.desks.appeals.errors import CodeRefused, NothingToAppeal, TooManyCodes
from fanzha.desks.appeals.model import Appeal, AppealChallenge
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.appeals.targets import Measure
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import Tokens
from fanzha.store import Work, crypto
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.notice_numbers import NoticeOf, read_number

LONGEST = 40
_DIGITS = 6


@dataclass(frozen=True)
class Visit:
    """What a visitor who has shown the code may see: the measure, and of appeals those of the holder, or the one whose receipt was given."""

    target: Target
    target_id: str
    appeal_id: str | None


def ask(work: Work, number: str, tail: str) -> str:
    """Somebody says which notice (or receipt) and which last digits; returns a token for their browser. A code goes out if the two belong together.

    Raises:
        TooManyCodes: this number was asked for too often today, whether it exists or not.
    """
    numbers, now = Numbers(work, ""), clock.now()
    typed = read_number(number[:LONGEST]) or number.strip()[:LONGEST]
    index = crypto.blind_index("appeal:notice", typed)
    if repository.codes_since(work, index, now - timedelta(days=1)) >= numbers.whole("codes_a_day"):
        raise TooManyCodes
    token, row_id = secrets.token_urlsafe(32), new_id()
    work.session.add(
        AppealChallenge(
            id=row_id, token_digest=_digest(token), number=typed, number_index=index, tail=tail.strip()[:LONGEST], made_at=now,
            expires_at=now + timedelta(minutes=numbers.whole("code_minutes")), tries=0, target=None, target_id=None, appeal_id=None,
            code_digest=_digest(secrets.token_urlsafe(16)), verified_at=None,
        )
    )
    work.session.flush()
    work.defer(recording.CHALLENGE, challenge_id=row_id)
    return token


def look_up(work: Work, lake: Lake, tokens: Tokens, challenge_id: str) -> bool:
    """The job behind `ask`: text a code where number and digits belong together and a phone is on record. Repeating it sends no second code."""
    row = repository.challenge(work, challenge_id)
    if row is None or row.target is not None or row.expires_at <= clock.now():
        return False
    found = _found(work, tokens, row)
    if found is None:
        return False
    measure, appeal = found
    phone = appeal.contact if appeal is not None else phone_on_record(lake, tokens, measure)
    if phone is None or not hmac.compare_digest(_tail(row.tail).encode(), measure.tail.encode()) or not measure.tail:
        return False
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    row.target, row.target_id, row.appeal_id = measure.target.value, measure.id, appeal.id if appeal is not None else None
    row.code_digest = _code_digest(row.id, code)
    work.session.flush()
    minutes = Numbers(work, "").whole("code_minutes")
    recording.say(work, phone, f"【反诈申诉】验证码 {code}，{minutes}分钟内有效，只用于查看您的管控措施和提交申诉。民警不会向您要验证码，请勿告诉别人。")
    return True


def _found(work: Work, tokens: Tokens, row: AppealChallenge) -> tuple[Measure, Appeal | None] | None:
    number = read_number(row.number)
    if number is None:
        return None
    appeal = repository.by_receipt(work, number) if number.startswith(NoticeOf.RECEIPT.value) else None
    named = (appeal.of_target, appeal.target_id) if appeal is not None else targets.by_notice(work, number)
    if named is None:
        return None
    try:
        return targets.load(work, tokens, *named), appeal
    except NothingToAppeal:
        return None


def phone_on_record(lake: Lake, tokens: Tokens, measure: Measure) -> str | None:
    """Where the holder can be reached: of an account the phone in the bank's register; of a number another one of the same holder, else itself."""
    if measure.target is Target.WARNING or measure.subject_token is None:
        return measure.subject_no or None
    if measure.subject_kind == "account":
        rows = lake.scan(EventKind.ACCOUNTS).filter(pl.col("account") == measure.subject_token).sort("at", "event_key").select("phone").collect()
        phones = [row[0] for row in rows.iter_rows() if row[0]]
        return _opened(tokens, phones[-1]) if phones else None
    sims = lake.scan(EventKind.SIMS).sort("at", "event_key").select("phone", "holder")
    own = [row[1] for row in sims.filter(pl.col("phone") == measure.subject_token).collect().iter_rows() if row[1]]
    others = [row[0] for row in sims.filter(pl.col("holder") == own[-1]).collect().iter_rows() if row[0] != measure.subject_token] if own else []
    return _opened(tokens, others[-1]) if others else measure.subject_no


def _opened(tokens: Tokens, token: str) -> str | None:
    kind, value = tokens.open(token)
    return value if kind == Kind.PHONE.value else None


def verify(work: Work, token: str, code: str) -> bool:
    """Whether this is the code that was texted; from then on the token opens the measure for the time that is set.

    Every try counts, so a wrong one is no error here: an exception would take the count back. False: wrong, too old, too many tries, or there never was one.
    """
    now, numbers = clock.now(), Numbers(work, "")
    row = repository.challenge_by_token(work, _digest(token), lock=True)
    typed = "".join(str(int(one)) for one in code[:LONGEST] if one.isdecimal())
    right = hmac.compare_digest(row.code_digest if row is not None else _digest("nobody"), _code_digest(row.id if row is not None else "", typed))
    if row is None:
        return False
    row.tries += 1
    in_time = row.expires_at > now and row.tries <= numbers.whole("code_tries") and row.target is not None and row.verified_at is None
    if right and in_time:
        row.verified_at, row.expires_at = now, now + timedelta(minutes=numbers.whole("visit_minutes"))
        work.audit("appeal.visited", f"{row.target}:{row.target_id}", {})
    work.session.flush()
    return right and in_time


def visit(work: Work, token: str) -> Visit:
    """What a token opens now. Raises CodeRefused."""
    row = repository.challenge_by_token(work, _digest(token)) if token else None
    if row is None or row.verified_at is None or row.expires_at <= clock.now() or row.target is None or row.target_id is None:
        raise CodeRefused
    return Visit(Target(row.target), row.target_id, row.appeal_id)


def leave(work: Work, token: str) -> None:
    """The token opens nothing any more."""
    row = repository.challenge_by_token(work, _digest(token), lock=True)
    if row is not None:
        row.expires_at = min(row.expires_at, clock.now())
        work.session.flush()


def _tail(typed: str) -> str:
    """Digits as somebody typed them, full-width ones read; an X of an identity card counts."""
    return "".join(str(int(one)) if one.isdecimal() else one.upper() for one in typed if one.isalnum())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_digest(challenge_id: str, code: str) -> str:
    """Keyed: who reads the table cannot try the million codes."""
    return crypto.blind_index("appeal:code", f"{challenge_id}:{code}")
