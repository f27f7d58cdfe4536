"""Tables of the identity desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fanzha.desks.identity.domain import OrgState, SignInMethod, UserState
from fanzha.store import Instant, Sealed, Table
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role


class Organisation(Table):
    """A police body, bank, operator, office, member unit, grid or congress. `region` '' is the whole platform."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[str] = mapped_column(Text, default=OrgState.ACTIVE)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def org_kind(self) -> OrgKind:
        return OrgKind(self.kind)


class User(Table):
    """A person who works with the platform. `region` and `org_kind` follow the organisation and are kept here for row security and look-up."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    login: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Sealed("users.name"))
    name_index: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Sealed("users.phone"))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    region: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text, default=UserState.ACTIVE)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    sessions_valid_from: Mapped[datetime] = mapped_column(Instant)
    oidc_subject: Mapped[str | None] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)

    org: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles)

    @property
    def is_active(self) -> bool:
        return self.state == UserState.ACTIVE


class Session(Table):
    """One sign-in of one browser; found by the hash of its token."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True, deferred=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    method: Mapped[str] = mapped_column(Text, default=SignInMethod.PASSWORD)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)


class ApiKey(Table):
    """A key a program signs in with, on behalf of its owner and limited to its scopes."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(Text, deferred=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInFailures(Table):
    """Failures in a row of one login, known or not, under a blind index: a password typed into the wrong field is not kept."""

    __tablename__ = "sign_in_failures"

    login_index: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
