"""Organisations and users: who exists, who belongs where, who is responsible for which area.

An administrator reaches exactly the region of their own organisation: row security hides the rest, and what would be written beyond it is refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from fanzha.desks.identity import passwords, repository, sessions
from fanzha.desks.identity.domain import MANAGING_KINDS, ROLE_KINDS, OrgState, UserState, clean_login
from fanzha.desks.identity.errors import (
    BadOrganisation,
    BadUser,
    CodeTaken,
    LoginTaken,
    NotYourArea,
    NotYourself,
    UnknownOrganisation,
    UnknownUser,
    WrongPassword,
)
from fanzha.desks.identity.model import Organisation, User
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

FIRST_LOGIN = "admin"
FIRST_ORG_CODE = "centre"
_LONGEST_NAME = 80
_SHORTEST_PURPOSE = 4


@dataclass(frozen=True)
class NewUser:
    """`first_password` is there only if one was made up just now; it is kept nowhere."""

    user: User
    first_password: str | None


# --- organisations


def create_organisation(work: Work, *, code: str, kind: OrgKind, name: str, region: str, parent_code: str | None = None) -> Organisation:
    """Create an organisation, or return the one that is there with exactly this kind and region (idempotent by code).

    Args:
        region: 0, 2, 4, 6 or 9 digits (GB/T 2260); '' is the whole platform.

    Raises:
        CodeTaken: another organisation has this code.
        NotYourArea: the region is not within the actor's.
        BadOrganisation: no name or code, or a region that is none.
        UnknownOrganisation: there is no such parent in sight.
    """
    code, name = code.strip(), name.strip()
    _check_organisation(code, name, region)
    found = repository.organisation_by_code(work, code)
    if found is not None:
        if (found.kind, found.region) != (kind, region):
            raise CodeTaken(org=code)
        return found
    _stay_within(work, region)
    parent = organisation_by_code(work, parent_code) if parent_code else None
    org = Organisation(
        id=new_id(), code=code, kind=kind, name=name, region=region, parent_id=parent.id if parent else None,
        state=OrgState.ACTIVE, created_at=clock.now(),
    )  # fmt: skip
    _insert(work, org, CodeTaken)
    work.audit("organisation.created", f"organisation:{org.id}", {"code": code, "kind": kind, "region": region})
    return org


def update_organisation(work: Work, org_id: str, *, name: str, state: OrgState, parent_id: str | None = None) -> Organisation:
    """Rename, re-parent, close or reopen. The region and the kind stay: rows elsewhere were filed under them.

    Raises:
        UnknownOrganisation, BadOrganisation, NotYourArea.
    """
    org = organisation(work, org_id)
    _stay_within(work, org.region, org.id)
    _check_organisation(org.code, name.strip(), org.region)
    if parent_id is not None and organisation(work, parent_id).id == org_id:
        raise BadOrganisation("An organisation cannot stand above itself.")
    org.name, org.state, org.parent_id = name.strip(), state, parent_id
    work.session.flush()
    work.audit("organisation.changed", f"organisation:{org_id}", {"state": state, "parent": parent_id})
    return org


def organisation(work: Work, org_id: str) -> Organisation:
    """Raises UnknownOrganisation."""
    found = repository.organisation(work, org_id)
    if found is None:
        raise UnknownOrganisation(organisation=org_id)
    return found


def organisation_by_code(work: Work, code: str) -> Organisation:
    """Raises UnknownOrganisation."""
    found = repository.organisation_by_code(work, code)
    if found is None:
        raise UnknownOrganisation(f"There is no organisation {code}.", organisation=code)
    return found


def organisations(work: Work, *, kind: OrgKind | None = None, region: str = "", active_only: bool = True) -> Sequence[Organisation]:
    """Organisations whose region lies within the given one (and in sight), by region and code."""
    return repository.organisations(work, kind=kind, within=region, active_only=active_only)


def stations_of(work: Work, region: str) -> Sequence[Organisation]:
    """The active police stations within a region."""
    return repository.organisations(work, kind=OrgKind.POLICE_STATION, within=region)


def find_org_for(work: Work, region: str, kind: OrgKind) -> Organisation | None:
    """The active organisation of this kind whose area holds the region and is the narrowest such; None where there is none."""
    return repository.responsible_organisation(work, region, kind)


# --- users


def create_user(
    work: Work, *, login: str, name: str, org: Organisation, roles: Collection[Role], phone: str | None = None, password: str | None = None,
    password_hash: str | None = None, must_change_password: bool = True, oidc_subject: str | None = None,
) -> NewUser:  # fmt: skip
    """Create a user, or return the one that is there with this login in this organisation with these roles (idempotent; the password stays).

    Args:
        password: made up and returned where neither it nor `password_hash` is given.
        password_hash: a hash of `passwords.hash_password`, for whoever creates many users at once.

    Raises:
        BadLogin, BadUser, WeakPassword: the input is not valid.
        LoginTaken: somebody else has this login.
        NotYourArea: the organisation lies outside the actor's region.
    """
    login = clean_login(login)
    found = repository.user_by_login(work, login)
    if found is not None:
        if found.org_id != org.id or found.role_set != frozenset(roles):
            raise LoginTaken(login=login)
        return NewUser(found, None)
    _stay_within(work, org.region, org.id)
    _check_roles(org, roles)
    now, made_up = clock.now(), password is None and password_hash is None
    chosen = passwords.first_password() if made_up else password
    if chosen is not None and not made_up:
        passwords.check_rules(chosen, login)
    user = User(
        id=new_id(), login=login, name=_clean_name(name), name_index=repository.name_index(name), phone=_clean_phone(phone), org_id=org.id,
        region=org.region, roles=sorted(roles), state=UserState.ACTIVE, must_change_password=must_change_password or made_up,
        sessions_valid_from=now, oidc_subject=oidc_subject or None, created_at=now, last_sign_in_at=None, org=org,
    )  # fmt: skip
    _insert(work, user, LoginTaken)
    repository.set_password_hash(work, user.id, password_hash or passwords.hash_password(chosen or ""), now)
    work.audit("user.created", f"user:{user.id}", {"organisation": org.code, "roles": sorted(roles)})
    return NewUser(user, chosen if made_up else None)


def update_user(
    work: Work, user_id: str, *, name: str, org: Organisation, roles: Collection[Role], phone: str | None = None, oidc_subject: str | None = None
) -> User:
    """Change who somebody is and what they may do. New roles and organisation count from their next request on.

    Args:
        phone: None leaves it as it is, '' takes it away.

    Raises:
        UnknownUser, BadUser, NotYourArea, NotYourself, LoginTaken (the OIDC subject belongs to somebody else).
    """
    user = get_user(work, user_id)
    _stay_within(work, user.region, user.org_id)
    _stay_within(work, org.region, org.id)
    _check_roles(org, roles)
    if user_id == work.actor and Role.ADMINISTRATOR in user.role_set and Role.ADMINISTRATOR not in roles:
        raise NotYourself
    before = {"roles": sorted(user.roles), "organisation": user.org.code}
    user.name, user.name_index = _clean_name(name), repository.name_index(name)
    user.phone = user.phone if phone is None else _clean_phone(phone)
    user.roles, user.org_id, user.region, user.org, user.oidc_subject = sorted(roles), org.id, org.region, org, oidc_subject or None
    _flush(work, LoginTaken)
    work.audit("user.changed", f"user:{user_id}", {"before": before, "after": {"roles": sorted(roles), "organisation": org.code}})
    return user


def reveal_phone(work: Work, user_id: str, purpose: str) -> str:
    """The user's whole phone number; the stated purpose is logged.

    Raises:
        UnknownUser; BadUser: no purpose is stated, or there is no number.
    """
    user, stated = get_user(work, user_id), purpose.strip()
    if len(stated) < _SHORTEST_PURPOSE:
        raise BadUser("State the purpose first.")
    if user.phone is None:
        raise BadUser("This user has no phone number.")
    work.audit("user.phone_revealed", f"user:{user_id}", {"purpose": stated[:200]})
    return user.phone


def set_state(work: Work, user_id: str, state: UserState) -> User:
    """Disable (every session and key of theirs stops counting at once) or enable again.

    Raises:
        UnknownUser, NotYourself.
    """
    user = get_user(work, user_id)
    if user_id == work.actor:
        raise NotYourself("You cannot disable yourself.")
    _stay_within(work, user.region, user.org_id)
    if user.state != state:
        user.state = state
        if state is UserState.DISABLED:
            user.sessions_valid_from = clock.now()
        work.session.flush()
        work.audit(f"user.{'disabled' if state is UserState.DISABLED else 'enabled'}", f"user:{user_id}")
    return user


def reset_password(work: Work, user_id: str) -> str:
    """Give the user a new first password, end their sessions and lift a lock-out; returns it, to be told once. Not idempotent: each call makes another.

    Raises:
        UnknownUser.
    """
    user, now, password = get_user(work, user_id), clock.now(), passwords.first_password()
    _stay_within(work, user.region, user.org_id)
    user.must_change_password, user.sessions_valid_from = True, now
    work.session.flush()
    repository.set_password_hash(work, user_id, passwords.hash_password(password), now)
    work.audit("user.password_reset", f"user:{user_id}")
    return password


def change_password(work: Work, user_id: str, present: str, chosen: str, *, keep_session: str | None) -> None:
    """Change one's own password; every other session ends. Runs in the sign-in scope, the only one that may read a hash.

    Raises:
        WrongPassword, WeakPassword, UnknownUser.
    """
    user = get_user(work, user_id)
    credential = repository.credential(work, user_id)
    if not passwords.verify(present, credential.password_hash if credential else None):
        raise WrongPassword
    passwords.check_rules(chosen, user.login)
    if present == chosen:
        raise WrongPassword("The new password is the old one.", remedy="Choose another one.")
    user.must_change_password = False
    work.session.flush()
    repository.set_password_hash(work, user_id, passwords.hash_password(chosen), clock.now())
    ended = repository.revoke_sessions(work, user_id, clock.now(), but=keep_session)
    sessions.audit_as(work, user, "user.password_changed", {"sessions_ended": ended})


def get_user(work: Work, user_id: str) -> User:
    """Raises UnknownUser."""
    found = repository.user(work, user_id)
    if found is None:
        raise UnknownUser(user=user_id)
    return found


def user_by_login(work: Work, login: str) -> User:
    """Raises UnknownUser."""
    found = repository.user_by_login(work, clean_login(login))
    if found is None:
        raise UnknownUser(f"There is no user {login}.", login=login)
    return found


def users_of(work: Work, org_id: str, role: Role | None = None) -> Sequence[User]:
    """The active users of an organisation, by login; with a role, those who have it."""
    return repository.users_of(work, org_id, role)


def names_of(work: Work, user_ids: Collection[str]) -> dict[str, str]:
    """Display names by id, for lists; an id that is out of sight is left out."""
    return repository.names(work, user_ids)


def search_users(
    work: Work, *, words: str = "", role: Role | None = None, org_id: str | None = None, state: UserState | None = None, page: PageRequest | None = None
) -> Page[User]:
    """Users in sight, by login. `words`: a part of the login or of the organisation's name, or the whole name of the person (names are sealed)."""
    return repository.search_users(work, words=words.strip(), role=role, org_id=org_id, state=state, page=page or PageRequest())


def ensure_first_administrator(work: Work) -> str | None:
    """On an installation without users: create the centre and its administrator `admin`; returns the first password, to be told once, else None.

    Runs in a system scope. Two processes that start at once make one administrator.
    """
    repository.lock_users(work)
    if repository.any_user(work):
        return None
    centre = create_organisation(work, code=FIRST_ORG_CODE, kind=OrgKind.POLICE_CITY, name="反诈中心", region="")
    return create_user(work, login=FIRST_LOGIN, name="系统管理员", org=centre, roles=(Role.ADMINISTRATOR,)).first_password


# --- checks


def _stay_within(work: Work, region: str, org_id: str | None = None) -> None:
    """A system scope reaches everything; a bank's administrator, say, only the bank itself."""
    actor = work.scope.principal
    is_own = actor is not None and actor.org_id == org_id
    if not region.startswith(work.scope.region) or not (actor is None or is_own or actor.org_kind in MANAGING_KINDS):
        raise NotYourArea(region=region)


def _check_organisation(code: str, name: str, region: str) -> None:
    if not code or not name or len(code) > _LONGEST_NAME or len(name) > _LONGEST_NAME:
        raise BadOrganisation("An organisation needs a code and a name of at most 80 characters.")
    if len(region) not in (0, 2, 4, 6, 9) or not (region.isascii() and (region.isdigit() or not region)):
        raise BadOrganisation("A region code has 2, 4, 6 or 9 digits.", region=region)


def _check_roles(org: Organisation, roles: Collection[Role]) -> None:
    if not roles:
        raise BadUser("A user needs at least one role.")
    misplaced = [role for role in roles if org.org_kind not in ROLE_KINDS.get(role, frozenset(OrgKind))]
    if misplaced:
        raise BadUser("This role does not exist in an organisation of this kind.", role=misplaced[0], kind=org.kind)


def _clean_name(name: str) -> str:
    clean = name.strip()
    if not clean or len(clean) > _LONGEST_NAME:
        raise BadUser("A user needs a name of at most 80 characters.")
    return clean


def _clean_phone(phone: str | None) -> str | None:
    if not phone or not phone.strip():
        return None
    return identifiers.clean(identifiers.Kind.PHONE, phone).value


def _insert(work: Work, row: Organisation | User, taken: Callable[[], FanzhaError]) -> None:
    """A code or login may be taken out of the actor's sight; only the unique constraint knows."""
    try:
        with work.session.begin_nested():
            work.session.add(row)
            work.session.flush()
    except IntegrityError as error:
        raise taken() from error


def _flush(work: Work, taken: Callable[[], FanzhaError]) -> None:
    try:
        with work.session.begin_nested():
            work.session.flush()
    except IntegrityError as error:
        raise taken() from error
