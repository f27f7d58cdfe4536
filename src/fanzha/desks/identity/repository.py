"""All queries of the identity desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, any_, delete, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.identity.domain import OrgState, UserState
from fanzha.desks.identity.model import ApiKey, Organisation, Session, SignInFailures, User
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

_FIRST_USER_LOCK = 4_401_020


def organisation(work: Work, org_id: str) -> Organisation | None:
    return work.session.get(Organisation, org_id)


def organisation_by_code(work: Work, code: str) -> Organisation | None:
    return work.session.scalar(select(Organisation).where(Organisation.code == code))


def organisations(work: Work, *, kind: OrgKind | None = None, within: str = "", active_only: bool = True) -> Sequence[Organisation]:
    """Those of a kind whose region lies within the given one, by region and code."""
    query = select(Organisation).where(func.starts_with(Organisation.region, within)).order_by(Organisation.region, Organisation.code)
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    if active_only:
        query = query.where(Organisation.state == OrgState.ACTIVE)
    return work.session.scalars(query).all()


def responsible_organisation(work: Work, region: str, kind: OrgKind) -> Organisation | None:
    """The active organisation of this kind with the narrowest region that holds the given one."""
    return work.session.scalar(
        select(Organisation)
        .where(Organisation.kind == kind, Organisation.state == OrgState.ACTIVE, func.starts_with(literal(region), Organisation.region))
        .order_by(func.length(Organisation.region).desc(), Organisation.code)
        .limit(1)
    )


def user(work: Work, user_id: str) -> User | None:
    return work.session.get(User, user_id)


def user_by_login(work: Work, login: str) -> User | None:
    return work.session.scalar(select(User).where(User.login == login))


def user_by_oidc_subject(work: Work, subject: str) -> User | None:
    return work.session.scalar(select(User).where(User.oidc_subject == subject))


def any_user(work: Work) -> bool:
    return work.session.scalar(select(User.id).limit(1)) is not None


def lock_users(work: Work) -> None:
    """Until the transaction ends nobody else passes here."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _FIRST_USER_LOCK})


def names(work: Work, user_ids: Collection[str]) -> dict[str, str]:
    return {row.id: row.name for row in work.session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))}


def users_of(work: Work, org_id: str, role: Role | None) -> Sequence[User]:
    query = select(User).where(User.org_id == org_id, User.state == UserState.ACTIVE).order_by(User.login)
    return work.session.scalars(query if role is None else query.where(_has_role(role))).unique().all()


def search_users(
    work: Work, *, words: str, role: Role | None, org_id: str | None, state: UserState | None, page: PageRequest
) -> Page[User]:  # fmt: skip
    """By a part of the login or organisation name, or by the whole name of the person (which is sealed)."""
    conditions: list[ColumnElement[bool]] = []
    if words:
        in_login, in_org = User.login.contains(words.lower(), autoescape=True), Organisation.name.contains(words, autoescape=True)
        conditions.append(or_(in_login, in_org, User.name_index == name_index(words)))
    if role is not None:
        conditions.append(_has_role(role))
    if org_id:
        conditions.append(User.org_id == org_id)
    if state is not None:
        conditions.append(User.state == state)
    base = select(User).join(Organisation, Organisation.id == User.org_id).where(*conditions)
    return _page(work, base.order_by(User.login), page)


def _has_role(role: Role) -> ColumnElement[bool]:
    return literal(role.value) == any_(User.roles)


def _page(work: Work, query: Select[User], page: PageRequest) -> Page[User]:
    total = work.session.scalar(select(func.count()).select_from(query.order_by(None).with_only_columns(User.id).subquery())) or 0
    rows = work.session.scalars(query.limit(page.size).offset(page.offset)).unique().all()
    return Page(list(rows), total, page)


def name_index(name: str) -> str:
    return blind_index("users.name", name.strip())


@dataclass(frozen=True)
class Credential:
    password_hash: str
    changed_at: datetime


def credential(work: Work, user_id: str) -> Credential | None:
    """Only a system scope may read it."""
    row = work.session.execute(text("SELECT password_hash, changed_at FROM credentials WHERE user_id = :user"), {"user": user_id}).one_or_none()
    return Credential(row.password_hash, row.changed_at) if row else None


def set_password_hash(work: Work, user_id: str, hashed: str, at: datetime) -> None:
    """Pages may not read the table, so this is an update first and an insert where there was nothing."""
    values = {"user": user_id, "hashed": hashed, "at": at}
    changed = work.session.execute(
        text("UPDATE credentials SET password_hash = :hashed, changed_at = :at WHERE user_id = :user RETURNING user_id"), values
    ).first()
    if changed is None:
        work.session.execute(text("INSERT INTO credentials (user_id, password_hash, changed_at) VALUES (:user, :hashed, :at)"), values)


def session_by_token(work: Work, token_hash: str) -> tuple[Session, User] | None:
    row = work.session.execute(select(Session, User).join(User, User.id == Session.user_id).where(Session.token_hash == token_hash)).unique().one_or_none()
    return (row[0], row[1]) if row else None


def session(work: Work, session_id: str) -> Session | None:
    return work.session.get(Session, session_id)


def live_sessions(work: Work, user_id: str, now: datetime, seen_since: datetime) -> Sequence[Session]:
    query = select(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > now, Session.last_seen_at > seen_since)
    return work.session.scalars(query.order_by(Session.last_seen_at.desc())).all()


def delete_old_sessions(work: Work, before: datetime) -> None:
    work.session.execute(delete(Session).where(Session.expires_at < before))


def revoke_sessions(work: Work, user_id: str, at: datetime, *, but: str | None) -> int:
    query = update(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None)).values(revoked_at=at).returning(Session.id)
    return len(work.session.execute(query if but is None else query.where(Session.id != but)).all())


def failures(work: Work, login_index: str) -> SignInFailures:
    """The row of this login, made where missing and locked until the transaction ends, so that attempts on one login come one after the other."""
    work.session.execute(
        insert(SignInFailures).values(login_index=login_index, failures=0, last_at=func.now()).on_conflict_do_nothing(index_elements=["login_index"])
    )
    return work.session.scalars(select(SignInFailures).where(SignInFailures.login_index == login_index).with_for_update()).one()


def forget_failures(work: Work, *, login_index: str | None = None, before: datetime | None = None) -> None:
    query = delete(SignInFailures)
    query = query.where(SignInFailures.login_index == login_index) if login_index is not None else query.where(SignInFailures.last_at < before)
    work.session.execute(query)


def key_with_owner(work: Work, key_id: str) -> tuple[ApiKey, User] | None:
    row = work.session.execute(select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.id == key_id)).unique().one_or_none()
    return (row[0], row[1]) if row else None


def key(work: Work, key_id: str) -> ApiKey | None:
    return work.session.get(ApiKey, key_id)


def keys_of(work: Work, user_id: str) -> Sequence[ApiKey]:
    return work.session.scalars(select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.created_at.desc())).all()
