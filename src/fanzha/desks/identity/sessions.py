"""Sign-in and the sessions that follow from it.

Who somebody is must be found before their scope is known: `sign_in`, `resolve` and the other functions that say so take a unit of work of
`Scope.system("sign-in")`. Nothing else on the pages' side runs unscoped.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fanzha.desks.identity import passwords, repository
from fanzha.desks.identity.domain import (
    FORGET_FAILURES_AFTER,
    NewSession,
    SessionLimits,
    SignedIn,
    SignInMethod,
    SignInResult,
    fold_login,
    lock_after,
)
from fanzha.desks.identity.errors import UnknownSession
from fanzha.desks.identity.model import Session, SignInFailures, User
from fanzha.desks.identity.repository import Credential
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope, Work, audit
from fanzha.store.crypto import blind_index

SIGN_IN = Scope.system("sign-in")

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 200


def principal_of(user: User, scopes: frozenset[str] | None = None) -> Principal:
    """What the user may be seen as by the rest of the platform."""
    return Principal(
        user_id=user.id, name=user.name, org_id=user.org_id, org_name=user.org.name, org_kind=user.org.org_kind,
        region=user.region, roles=user.role_set, scopes=scopes,
    )  # fmt: skip


def sign_in(work: Work, login: str, password: str, limits: SessionLimits, *, address: str, agent: str) -> SignInResult:
    """Check a password and open a session; runs in the sign-in scope. A failed attempt is counted and returned, so commit in either case.

    An unknown, a disabled and a locked login answer alike and take as long as a wrong password.
    """
    now, folded = clock.now(), fold_login(login)
    index = blind_index("users.login", folded)
    repository.forget_failures(work, before=now - FORGET_FAILURES_AFTER)
    row = repository.failures(work, index)
    user = repository.user_by_login(work, folded)
    credential = repository.credential(work, user.id) if user is not None and user.is_active else None
    fits = passwords.verify(password, credential.password_hash if credential else None)
    if _still_locked(row, credential, now):
        _log_refusal(work, user, index, "session.refused_locked", {"address": address})
        return SignInResult(None, row.locked_until)
    if user is None or credential is None or not fits:
        _count_failure(row, now)
        work.session.flush()
        _log_refusal(work, user, index, "session.failed", {"address": address, "failures": row.failures, "locked_until": row.locked_until})
        return SignInResult(None, row.locked_until)
    repository.forget_failures(work, login_index=index)
    if passwords.is_outdated(credential.password_hash):
        repository.set_password_hash(work, user.id, passwords.hash_password(password), credential.changed_at)
    return SignInResult(open_session(work, user, limits, SignInMethod.PASSWORD, address=address, agent=agent))


def _log_refusal(work: Work, user: User | None, index: str, action: str, detail: Mapping[str, object]) -> None:
    """Under the organisation of the user it was about, so that their administrator reads it; an unknown login is named by its blind index."""
    org_id, subject = (user.org_id, f"user:{user.id}") if user is not None else ("", f"login:{index}")
    audit.append(work.session, actor=work.actor, org_id=org_id, action=action, subject=subject, detail=detail)


def _still_locked(row: SignInFailures, credential: Credential | None, now: datetime) -> bool:
    """A password set after the last failure (by an administrator) lifts the lock."""
    if row.locked_until is None or row.locked_until <= now:
        return False
    return credential is None or credential.changed_at <= row.last_at


def _count_failure(row: SignInFailures, now: datetime) -> None:
    row.failures, row.last_at = row.failures + 1, now
    pause = lock_after(row.failures)
    row.locked_until = now + pause if pause else None


def open_session(work: Work, user: User, limits: SessionLimits, method: SignInMethod, *, address: str, agent: str) -> NewSession:
    """Start a session under a fresh random token (256 bits); runs in the sign-in scope."""
    now, token = clock.now(), secrets.token_urlsafe(32)
    repository.delete_old_sessions(work, now - timedelta(days=30))
    session = Session(
        id=new_id(), token_hash=hash_token(token), user_id=user.id, method=method, created_at=now, last_seen_at=now,
        expires_at=now + limits.absolute, revoked_at=None, address=address, agent=agent[:_LONGEST_AGENT],
    )  # fmt: skip
    work.session.add(session)
    user.last_sign_in_at = now
    work.session.flush()
    audit_as(work, user, "session.opened", {"address": address, "method": method, "session": session.id})
    return NewSession(token, session.id, user.must_change_password and method is SignInMethod.PASSWORD)


def resolve(work: Work, token: str, limits: SessionLimits, *, is_use: bool = True) -> SignedIn | None:
    """Who holds this token; runs in the sign-in scope. None: unknown, ended, idle for too long, revoked, or the user is disabled.

    Args:
        is_use: False for what a page asks by itself (its live stream): that does not keep a forgotten session alive.
    """
    now = clock.now()
    found = repository.session_by_token(work, hash_token(token))
    if found is None:
        return None
    session, user = found
    ended = session.revoked_at is not None or session.expires_at <= now or session.last_seen_at <= now - limits.idle
    if ended or not user.is_active or session.created_at < user.sessions_valid_from:
        return None
    if is_use and session.last_seen_at <= now - _SEEN_EVERY:
        session.last_seen_at = now
    due = user.must_change_password and session.method == SignInMethod.PASSWORD
    return SignedIn(principal_of(user), session.id, must_change_password=due)


def sign_out(work: Work, session_id: str) -> None:
    """End one's own session; twice is as good as once."""
    session = repository.session(work, session_id)
    if session is not None and session.revoked_at is None:
        session.revoked_at = clock.now()
        work.session.flush()
        work.audit("session.closed", f"user:{session.user_id}", {"session": session.id})


def own_sessions(work: Work, limits: SessionLimits) -> Sequence[Session]:
    """The actor's sessions that still count, the last used first."""
    now = clock.now()
    return repository.live_sessions(work, work.actor, now, now - limits.idle)


def revoke_session(work: Work, session_id: str) -> None:
    """End another session of one's own.

    Raises:
        UnknownSession: there is none, or it is somebody else's.
    """
    session = repository.session(work, session_id)
    if session is None or session.user_id != work.actor:
        raise UnknownSession(session=session_id)
    if session.revoked_at is None:
        session.revoked_at = clock.now()
        work.session.flush()
        work.audit("session.revoked", f"user:{session.user_id}", {"session": session_id})


def revoke_other_sessions(work: Work, keep: str | None) -> int:
    """End all of the actor's sessions but one; returns how many."""
    count = repository.revoke_sessions(work, work.actor, clock.now(), but=keep)
    if count:
        work.audit("session.revoked_others", f"user:{work.actor}", {"count": count})
    return count


def hash_token(token: str) -> str:
    """Tokens are random and long, so one SHA-256 suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def audit_as(work: Work, user: User, action: str, detail: Mapping[str, object]) -> None:
    """Log something about a user under that user's own name, from a transaction of the sign-in scope."""
    audit.append(work.session, actor=user.id, org_id=user.org_id, action=action, subject=f"user:{user.id}", detail=detail)
