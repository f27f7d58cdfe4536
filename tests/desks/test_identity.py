"""The identity desk on a real database: who may see and change whom, sign-in, locks, keys, and the trail of it all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from fanzha.desks import identity
from fanzha.desks.identity import OrgState, SessionLimits, UserState, keys, passwords, service, sessions, trail
from fanzha.desks.identity.domain import MANAGING_KINDS, WATCHING_KINDS
from fanzha.desks.identity.errors import (
    BadOrganisation,
    BadScopes,
    BadUser,
    CodeTaken,
    LoginTaken,
    NotYourArea,
    NotYourself,
    UnknownKey,
    UnknownOrganisation,
    UnknownSession,
    UnknownUser,
    WeakPassword,
    WrongPassword,
)
from fanzha.desks.identity.trail import TrailFilter
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Principal, Scope, audit
from fanzha.store.audit import AuditBroken
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

SYSTEM = Scope.system("test")
LIMITS = SessionLimits(absolute=timedelta(hours=10), idle=timedelta(minutes=60))
NOW = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
GOOD = "three red boats 7"
CHENGXIANG, HANJIANG = "350302", "350303"


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    passwords.use(passwords.Argon2(memory_kib=64, passes=1, lanes=1))
    yield
    passwords.use(passwords.Argon2())


@pytest.fixture
def town(platform: Platform) -> dict[str, Principal]:
    """A city with two counties; an administrator each, an officer each, a bank."""
    with clock.frozen(NOW - timedelta(days=1)), platform.database.work(SYSTEM) as work:
        made = {
            "city": service.create_organisation(work, code="city", kind=OrgKind.POLICE_CITY, name="市局", region="3503"),
            "east": service.create_organisation(work, code="east", kind=OrgKind.POLICE_COUNTY, name="东县局", region=CHENGXIANG, parent_code="city"),
            "west": service.create_organisation(work, code="west", kind=OrgKind.POLICE_COUNTY, name="西县局", region=HANJIANG, parent_code="city"),
            "east-st": service.create_organisation(work, code="east-st", kind=OrgKind.POLICE_STATION, name="东一所", region=f"{CHENGXIANG}001"),
            "west-st": service.create_organisation(work, code="west-st", kind=OrgKind.POLICE_STATION, name="西一所", region=f"{HANJIANG}001"),
        }
        people = {}
        for code, org in made.items():
            role = Role.FIELD_OFFICER if code.endswith("-st") else Role.ADMINISTRATOR
            user = service.create_user(
                work, login=f"user.{code}", name=f"姓名{code}", org=org, roles=(role,), phone="13800138000", password=GOOD, must_change_password=False
            ).user  # fmt: skip
            people[code] = sessions.principal_of(user)
    return people


def _sign_in(platform: Platform, login: str, password: str, *, address: str = "192.0.2.1") -> identity.domain.SignInResult:
    with platform.database.work(sessions.SIGN_IN) as work:
        return sessions.sign_in(work, login, password, LIMITS, address=address, agent="test")


def _resolve(platform: Platform, token: str) -> identity.SignedIn | None:
    with platform.database.work(sessions.SIGN_IN) as work:
        return sessions.resolve(work, token, LIMITS)


# --- the borders of an area


def test_an_administrator_of_a_county_sees_its_users_and_no_others(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(Scope.of(town["east"])) as work:
        assert [user.login for user in service.search_users(work).rows] == ["user.east", "user.east-st"]
        with pytest.raises(UnknownUser):
            service.get_user(work, town["west-st"].user_id)
        with pytest.raises(UnknownUser):
            service.reset_password(work, town["city"].user_id)
    with platform.database.work(Scope.of(town["city"])) as work:
        assert service.search_users(work).total == 5


def test_raw_sql_of_another_county_sees_nothing(platform: Platform, town: dict[str, Principal]) -> None:
    _sign_in(platform, "user.west-st", GOOD)
    with platform.database.work(Scope.of(town["west"])) as work:
        keys.make_key(work, "k", [identity.policy.MANAGE_USERS], 30)
    owner = {"organisations": "id", "users": "id", "credentials": "user_id", "sessions": "user_id", "api_keys": "user_id", "audit_log": "actor"}
    theirs = {town["west"].user_id, town["west-st"].user_id, town["west"].org_id, town["west-st"].org_id}
    for table, column in owner.items():
        with platform.database.work(SYSTEM) as work:
            assert not theirs.isdisjoint(work.session.execute(text(f"SELECT {column} FROM {table}")).scalars()), table
        with platform.database.work(Scope.of(town["east"])) as work:
            assert theirs.isdisjoint(work.session.execute(text(f"SELECT {column} FROM {table}")).scalars()), table


BEYOND_THE_BORDER = (
    "UPDATE users SET roles = '{administrator}' WHERE login = 'user.west-st' RETURNING 1",
    "UPDATE users SET state = 'disabled' WHERE login = 'user.city' RETURNING 1",
    "UPDATE organisations SET name = 'x' WHERE code IN ('west', 'city') RETURNING 1",
    "UPDATE sessions SET revoked_at = now() RETURNING 1",
    "UPDATE api_keys SET revoked_at = now() WHERE user_id <> current_setting('fanzha.actor') RETURNING 1",
    "UPDATE credentials SET password_hash = 'x' WHERE user_id IN (SELECT id FROM users WHERE login = 'user.west') RETURNING user_id",
)
NEVER = (
    "SELECT password_hash FROM credentials",
    "SELECT token_hash FROM sessions",
    "SELECT secret_hash FROM api_keys",
    "DELETE FROM users",
    "DELETE FROM audit_log",
    "UPDATE audit_log SET actor = 'x'",
    "INSERT INTO sessions SELECT * FROM sessions",
    "UPDATE sessions SET expires_at = now() + interval '9 days'",
    "UPDATE api_keys SET scopes = '{everything}'",
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
    "DROP POLICY users_app ON users",
    "SET ROLE fanzha_worker",
    "INSERT INTO audit_log VALUES (999, now(), 'somebody else', current_setting('fanzha.org'), 'a.b', 's', '{}', '', '')",
    "INSERT INTO audit_log VALUES (999, now(), current_setting('fanzha.actor'), 'other', 'a.b', 's', '{}', '', '')",
    "UPDATE users SET region = '' WHERE login = 'user.east'",
    "UPDATE users SET region = '3503', org_id = (SELECT id FROM organisations WHERE code = 'city') WHERE login = 'user.east'",
    "UPDATE organisations SET region = '3503' WHERE code = 'east'",
    "SELECT * FROM sign_in_failures",
)


def test_a_change_beyond_the_border_finds_no_row(platform: Platform, town: dict[str, Principal]) -> None:
    _sign_in(platform, "user.west", GOOD)
    for statement in BEYOND_THE_BORDER:
        with platform.database.work(Scope.of(town["east"])) as work:
            assert work.session.execute(text(statement)).all() == [], statement


def test_what_no_page_may_ever_do_is_refused_by_the_database(platform: Platform, town: dict[str, Principal]) -> None:
    for statement in NEVER:
        try:
            with platform.database.work(Scope.of(town["east"])) as work:
                work.session.execute(text(statement))
        except DBAPIError:
            continue
        pytest.fail(f"went through: {statement}")


def test_nobody_is_filed_under_a_region_that_is_not_their_organisations(platform: Platform, town: dict[str, Principal]) -> None:
    with pytest.raises(IntegrityError), platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE users SET region = '' WHERE login = 'user.east-st'"))


def test_an_administrator_cannot_reach_beyond_the_area(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(Scope.of(town["east"])) as work:
        city = service.organisation_by_code(work, "city")  # the body above is known by name
        with pytest.raises(NotYourArea):
            service.create_user(work, login="climber", name="攀", org=city, roles=(Role.ADMINISTRATOR,))
        with pytest.raises(NotYourArea):
            service.create_organisation(work, code="x", kind=OrgKind.GRID, name="x", region=HANJIANG)
        with pytest.raises(NotYourArea):
            service.update_organisation(work, city.id, name="x", state=OrgState.CLOSED)
        with pytest.raises(UnknownOrganisation):
            service.organisation_by_code(work, "west")
        with pytest.raises(LoginTaken):
            service.create_user(work, login="user.west", name="x", org=service.organisation_by_code(work, "east"), roles=(Role.ANALYST,))
        with pytest.raises(CodeTaken):
            service.create_organisation(work, code="west", kind=OrgKind.GRID, name="x", region=CHENGXIANG)


def test_a_bank_keeps_to_itself_and_a_grid_changes_nobody_else(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(SYSTEM) as work:
        actors = {}
        for kind in (OrgKind.BANK, OrgKind.OPERATOR, OrgKind.CONGRESS, OrgKind.MEMBER_UNIT, OrgKind.GRID):
            org = service.create_organisation(work, code=kind, kind=kind, name=kind, region=CHENGXIANG)
            made = service.create_user(work, login=f"admin.{kind}", name="管", org=org, roles=(Role.ADMINISTRATOR,), password_hash="none fits")
            actors[kind] = sessions.principal_of(made.user)
    for kind, actor in actors.items():
        with platform.database.work(Scope.of(actor)) as work:
            logins = {user.login for user in service.search_users(work).rows}
            assert (logins == {f"admin.{kind}"}) == (kind not in WATCHING_KINDS), kind
            assert {entry.org_id for entry in trail.search_trail(work, TrailFilter(), PageRequest()).rows} <= {actor.org_id}, kind
            own = service.organisation(work, actor.org_id)
            colleague = service.create_user(work, login=f"two.{kind}", name="员", org=own, roles=(Role.AUDITOR,), password_hash="none fits").user
            service.set_state(work, colleague.id, UserState.DISABLED)
            with pytest.raises(NotYourArea):
                service.create_organisation(work, code="new", kind=OrgKind.GRID, name="x", region=f"{CHENGXIANG}009")
            beyond = (NotYourArea, UnknownUser)
            with pytest.raises(beyond):
                service.set_state(work, town["east-st"].user_id, UserState.DISABLED)
            with pytest.raises(beyond):
                service.reset_password(work, town["east-st"].user_id)
        for statement in (
            "UPDATE users SET state = 'disabled' WHERE login = 'user.east-st' RETURNING 1",
            "UPDATE credentials SET password_hash = 'x' WHERE user_id IN (SELECT id FROM users WHERE login = 'user.east-st') RETURNING user_id",
        ):
            with suppress(DBAPIError), platform.database.work(Scope.of(actor)) as work:
                assert work.session.execute(text(statement)).all() == [], (kind, statement)


def test_the_database_and_the_desk_agree_on_kinds(platform: Platform) -> None:
    engine = create_engine(platform.database.owner_url)
    with engine.connect() as connection:
        seen, written = connection.execute(text("SELECT qual, with_check FROM pg_policies WHERE policyname = 'users_app'")).one()
    engine.dispose()
    assert {kind for kind in OrgKind if f"'{kind}'" in seen} == WATCHING_KINDS
    assert {kind for kind in OrgKind if f"'{kind}'" in written} == MANAGING_KINDS


def test_somebody_without_an_organisation_sees_nobody(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(Scope(actor="anonymous")) as work:
        for table in ("organisations", "users", "sessions", "api_keys", "audit_log"):
            assert work.session.execute(text(f"SELECT count(*) FROM {table}".replace("*", "id" if table != "audit_log" else "number"))).scalar() == 0


# --- organisations


def test_creating_twice_is_as_good_as_once(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(SYSTEM) as work:
        east = service.create_organisation(work, code="east", kind=OrgKind.POLICE_COUNTY, name="东县局", region=CHENGXIANG)
        again = service.create_user(work, login="User.East", name="x", org=east, roles=(Role.ADMINISTRATOR,))
        assert (again.user.id, again.first_password) == (town["east"].user_id, None)
        with pytest.raises(CodeTaken):
            service.create_organisation(work, code="east", kind=OrgKind.BANK, name="银行", region=CHENGXIANG)
        with pytest.raises(LoginTaken):
            service.create_user(work, login="user.east", name="x", org=east, roles=(Role.ANALYST,))


def test_a_bad_organisation_is_refused(platform: Platform) -> None:
    bad = [("", "x", "35"), ("x", " ", "35"), ("x", "x", "3"), ("x", "x", "35030"), ("x", "x", "abcd"), ("x", "x", "３５")]
    for code, name, region in bad:
        with platform.database.work(SYSTEM) as work, pytest.raises(BadOrganisation):
            service.create_organisation(work, code=code, kind=OrgKind.GRID, name=name, region=region)


def test_the_narrowest_area_is_responsible(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(SYSTEM) as work:
        near = service.find_org_for(work, f"{CHENGXIANG}001", OrgKind.POLICE_STATION)
        assert near is not None
        assert near.code == "east-st"
        assert service.find_org_for(work, f"{CHENGXIANG}999", OrgKind.POLICE_STATION) is None
        county = service.find_org_for(work, f"{CHENGXIANG}999", OrgKind.POLICE_COUNTY)
        assert county is not None
        assert county.code == "east"
        service.update_organisation(work, near.id, name=near.name, state=OrgState.CLOSED)
        assert service.find_org_for(work, f"{CHENGXIANG}001", OrgKind.POLICE_STATION) is None
        assert [org.code for org in service.stations_of(work, "3503")] == ["west-st"]
        with pytest.raises(BadOrganisation):
            service.update_organisation(work, county.id, name="x", state=OrgState.ACTIVE, parent_id=county.id)


def test_users_of_an_organisation_by_role(platform: Platform, town: dict[str, Principal]) -> None:
    org = town["east-st"].org_id
    with platform.database.work(SYSTEM) as work:
        assert [user.login for user in service.users_of(work, org, Role.FIELD_OFFICER)] == ["user.east-st"]
        assert service.users_of(work, org, Role.ANALYST) == []
        service.set_state(work, town["east-st"].user_id, UserState.DISABLED)
        assert service.users_of(work, org) == []
        assert service.names_of(work, [town["east"].user_id]) == {town["east"].user_id: "姓名east"}


# --- users


def test_personal_data_is_sealed_and_the_whole_name_still_finds(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(SYSTEM) as work:
        raw = work.session.execute(text("SELECT name, phone FROM users WHERE login = 'user.east'")).one()
        assert "姓名".encode() not in bytes(raw.name)
        assert b"13800138000" not in bytes(raw.phone)
        assert [user.login for user in service.search_users(work, words="姓名east").rows] == ["user.east"]
        assert [user.login for user in service.search_users(work, words="姓名").rows] == []
        assert [user.login for user in service.search_users(work, words="西一所").rows] == ["user.west-st"]
        assert service.search_users(work, words="%").total == 0
        assert service.search_users(work, role=Role.FIELD_OFFICER, page=PageRequest(2, 1)).total == 2


def test_changing_a_user(platform: Platform, town: dict[str, Principal]) -> None:
    user_id = town["east-st"].user_id
    with platform.database.work(Scope.of(town["east"])) as work:
        east = service.organisation_by_code(work, "east")
        changed = service.update_user(work, user_id, name="新名", org=east, roles=(Role.ANALYST,))
        assert (changed.name, changed.phone, changed.region, changed.roles) == ("新名", "+8613800138000", CHENGXIANG, ["analyst"])
        assert service.update_user(work, user_id, name="新名", org=east, roles=(Role.ANALYST,), phone="").phone is None
        with pytest.raises(BadUser):
            service.update_user(work, user_id, name="新名", org=east, roles=())
        with pytest.raises(BadUser):
            service.update_user(work, user_id, name="新名", org=east, roles=(Role.BANK_AGENT,))
        with pytest.raises(BadUser):
            service.update_user(work, user_id, name=" ", org=east, roles=(Role.ANALYST,))


def test_an_administrator_keeps_their_own_administration(platform: Platform, town: dict[str, Principal]) -> None:
    me = town["east"].user_id
    with platform.database.work(Scope.of(town["east"])) as work:
        with pytest.raises(NotYourself):
            service.set_state(work, me, UserState.DISABLED)
        with pytest.raises(NotYourself):
            service.update_user(work, me, name="x", org=service.organisation_by_code(work, "east"), roles=(Role.AUDITOR,))


def test_a_phone_opens_on_a_stated_purpose(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(Scope.of(town["east"])) as work:
        with pytest.raises(BadUser):
            service.reveal_phone(work, town["east-st"].user_id, " x ")
        assert service.reveal_phone(work, town["east-st"].user_id, "通知值班安排") == "+8613800138000"
    with platform.database.work(Scope.of(town["east"])) as work:
        entry = trail.search_trail(work, TrailFilter(action="user.phone_revealed"), PageRequest()).rows[0]
        assert "通知值班安排" in entry.detail
        assert "138" not in entry.detail


def test_the_first_administrator_is_made_once(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work:
        password = service.ensure_first_administrator(work)
        assert password is not None
        assert service.ensure_first_administrator(work) is None
    result = _sign_in(platform, service.FIRST_LOGIN, password)
    assert result.session is not None
    assert result.session.must_change_password


# --- sign-in


def test_a_right_password_opens_a_session_that_resolves(platform: Platform, town: dict[str, Principal]) -> None:
    result = _sign_in(platform, " USER.east ", GOOD)
    assert result.session is not None
    found = _resolve(platform, result.session.token)
    assert found is not None
    assert found.principal == town["east"]
    with platform.database.work(SYSTEM) as work:
        assert result.session.token not in str(work.session.execute(text("SELECT * FROM sessions")).all())


def test_a_session_ends_when_idle_when_old_when_revoked_and_when_its_user_is_disabled(platform: Platform, town: dict[str, Principal]) -> None:
    def fresh() -> str:
        opened = _sign_in(platform, "user.east-st", GOOD).session
        assert opened is not None
        return opened.token

    with clock.frozen(NOW):
        idle, old, signed_out = fresh(), fresh(), fresh()
        with platform.database.work(sessions.SIGN_IN) as work:
            session = sessions.resolve(work, signed_out, LIMITS)
            assert session is not None
            sessions.sign_out(work, str(session.session_id))
            sessions.sign_out(work, str(session.session_id))
        assert _resolve(platform, signed_out) is None
    for minutes in range(30, 10 * 60, 30):
        with clock.frozen(NOW + timedelta(minutes=minutes)):
            assert _resolve(platform, old) is not None
    with clock.frozen(NOW + timedelta(minutes=61)):
        assert _resolve(platform, idle) is None
    with clock.frozen(NOW + timedelta(hours=10)):
        assert _resolve(platform, old) is None
        current = fresh()
    with clock.frozen(NOW + timedelta(hours=10, minutes=1)), platform.database.work(Scope.of(town["east"])) as work:
        service.set_state(work, town["east-st"].user_id, UserState.DISABLED)
    with clock.frozen(NOW + timedelta(hours=10, minutes=2)):
        assert _resolve(platform, current) is None
        assert _sign_in(platform, "user.east-st", GOOD).session is None
        with platform.database.work(Scope.of(town["east"])) as work:
            service.set_state(work, town["east-st"].user_id, UserState.ACTIVE)
        assert _resolve(platform, current) is None, "enabling somebody again does not revive old sessions"


def test_one_revokes_ones_own_sessions_only(platform: Platform, town: dict[str, Principal]) -> None:
    mine, other, theirs = (_sign_in(platform, login, GOOD).session for login in ("user.east", "user.east", "user.east-st"))
    assert mine is not None
    assert other is not None
    assert theirs is not None
    with platform.database.work(Scope.of(town["east"])) as work:
        assert {session.id for session in sessions.own_sessions(work, LIMITS)} == {mine.session_id, other.session_id}
        with pytest.raises(UnknownSession):
            sessions.revoke_session(work, theirs.session_id)
        assert sessions.revoke_other_sessions(work, keep=mine.session_id) == 1
        sessions.revoke_session(work, mine.session_id)
    assert _resolve(platform, mine.token) is None
    assert _resolve(platform, other.token) is None
    assert _resolve(platform, theirs.token) is not None


def test_five_failures_close_a_login_for_a_growing_while_known_or_not(platform: Platform, town: dict[str, Principal]) -> None:
    for login in ("user.east", "nobody.at.all", "' OR 1=1 --", ""):
        with clock.frozen(NOW):
            for _ in range(4):
                assert _sign_in(platform, login, "wrong").locked_until is None
            assert _sign_in(platform, login, "wrong").locked_until == NOW + timedelta(minutes=1)
            refused = _sign_in(platform, login, GOOD)
            assert (refused.session, refused.locked_until) == (None, NOW + timedelta(minutes=1))
        with clock.frozen(NOW + timedelta(minutes=1)):
            assert _sign_in(platform, login, "wrong").locked_until == NOW + timedelta(minutes=3)
        with clock.frozen(NOW + timedelta(minutes=3)):
            assert (_sign_in(platform, login, GOOD).session is not None) == (login == "user.east")


def test_a_success_forgets_the_failures_and_so_does_a_day(platform: Platform, town: dict[str, Principal]) -> None:
    with clock.frozen(NOW):
        for _ in range(4):
            _sign_in(platform, "user.east", "wrong")
        assert _sign_in(platform, "user.east", GOOD).session is not None
        assert _sign_in(platform, "user.east", "wrong").locked_until is None
        for _ in range(4):
            _sign_in(platform, "nobody", "wrong")
    with clock.frozen(NOW + timedelta(days=2)):
        assert _sign_in(platform, "nobody", "wrong").locked_until is None


def test_a_password_reset_lifts_the_lock_and_ends_the_sessions(platform: Platform, town: dict[str, Principal]) -> None:
    with clock.frozen(NOW):
        session = _sign_in(platform, "user.east-st", GOOD).session
        assert session is not None
        for _ in range(6):
            _sign_in(platform, "user.east-st", "wrong")
    with clock.frozen(NOW + timedelta(seconds=5)):
        with platform.database.work(Scope.of(town["east"])) as work:
            password = service.reset_password(work, town["east-st"].user_id)
        assert _resolve(platform, session.token) is None
        entered = _sign_in(platform, "user.east-st", password)
        assert entered.session is not None
        assert entered.session.must_change_password


def test_a_hash_of_an_older_cost_is_renewed_at_sign_in(platform: Platform, town: dict[str, Principal]) -> None:
    passwords.use(passwords.Argon2(memory_kib=128, passes=1, lanes=1))
    assert _sign_in(platform, "user.east", GOOD).session is not None
    with platform.database.work(SYSTEM) as work:
        hashed = work.session.execute(text("SELECT password_hash FROM credentials WHERE user_id = :u"), {"u": town["east"].user_id}).scalar_one()
    assert "m=128," in hashed


def test_changing_ones_password(platform: Platform, town: dict[str, Principal]) -> None:
    kept, other = (_sign_in(platform, "user.east", GOOD).session for _ in range(2))
    assert kept is not None
    assert other is not None

    def change(present: str, chosen: str) -> None:
        with platform.database.work(sessions.SIGN_IN) as work:
            service.change_password(work, town["east"].user_id, present, chosen, keep_session=kept.session_id)

    for present, chosen, error in (("wrong", "four blue boats 8", WrongPassword), (GOOD, GOOD, WrongPassword), (GOOD, "short", WeakPassword)):
        with pytest.raises(error):
            change(present, chosen)
    change(GOOD, "four blue boats 8")
    assert _resolve(platform, kept.token) is not None
    assert _resolve(platform, other.token) is None
    assert _sign_in(platform, "user.east", GOOD).session is None
    assert _sign_in(platform, "user.east", "four blue boats 8").session is not None


# --- keys


def test_a_key_reaches_its_scopes_and_no_further(platform: Platform, town: dict[str, Principal]) -> None:
    other = permission("test.other", Role.ADMINISTRATOR)
    not_mine = permission("test.not_mine", Role.ANALYST)
    with platform.database.work(Scope.of(town["east"])) as work:
        for scopes, days in (([], 30), ([not_mine], 30), ([other], 0), ([other], 400)):
            with pytest.raises(BadScopes):
                keys.make_key(work, "k", scopes, days)
        made = keys.make_key(work, "k", [identity.policy.MANAGE_USERS], 30)

    def resolve(presented: str) -> identity.SignedIn | None:
        with platform.database.work(sessions.SIGN_IN) as work:
            return keys.resolve_key(work, presented)

    found = resolve(made.secret)
    assert found is not None
    assert found.principal.may(identity.policy.MANAGE_USERS)
    assert not found.principal.may(other)
    assert resolve(made.secret[:-1] + ("A" if made.secret[-1] != "A" else "B")) is None
    assert resolve("nonsense") is None
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert resolve(made.secret) is None
    with platform.database.work(Scope.of(town["west"])) as work:
        with pytest.raises(UnknownKey):
            keys.revoke_key(work, made.key_id)
        with pytest.raises(UnknownUser):
            keys.keys_of(work, town["east"].user_id)
    with platform.database.work(Scope.of(town["east"])) as work:
        assert keys.keys_of(work, town["east"].user_id)[0].last_used_at is not None
        keys.revoke_key(work, made.key_id)
        keys.revoke_key(work, made.key_id)
    assert resolve(made.secret) is None


def test_a_key_dies_with_its_owner(platform: Platform, town: dict[str, Principal]) -> None:
    with platform.database.work(Scope.of(town["east"])) as work:
        made = keys.make_key(work, "k", [identity.policy.MANAGE_USERS], 30)
    with platform.database.work(Scope.of(town["city"])) as work:
        service.set_state(work, town["east"].user_id, UserState.DISABLED)
    with platform.database.work(sessions.SIGN_IN) as work:
        assert keys.resolve_key(work, made.secret) is None


# --- the trail


def test_everything_leaves_a_trail_that_verifies_and_is_read_by_area(platform: Platform, town: dict[str, Principal]) -> None:
    _sign_in(platform, "user.west", GOOD)
    _sign_in(platform, "user.east", "wrong")
    _sign_in(platform, "nobody", "wrong")
    _sign_in(platform, "user.east", GOOD)
    with platform.database.work(SYSTEM) as work:
        count = trail.verify_trail(work)
        actions = [entry.action for entry in trail.walk_trail(work, TrailFilter())]
    assert count == len(actions)
    assert {"organisation.created", "user.created", "session.opened", "session.failed"} <= set(actions)
    with platform.database.work(Scope.of(town["east"])) as work:
        seen = trail.search_trail(work, TrailFilter(), PageRequest()).rows
        assert {entry.actor for entry in seen} == {town["east"].user_id, sessions.SIGN_IN.actor}
        assert {entry.subject for entry in seen} == {f"user:{town['east'].user_id}"}
        assert trail.search_trail(work, TrailFilter(actor="user.east", action="session."), PageRequest()).total == 1
        assert trail.search_trail(work, TrailFilter(until=NOW - timedelta(days=900)), PageRequest()).total == 0
    with platform.database.work(Scope.of(town["city"])) as work:
        assert any(entry.subject.startswith("login:") for entry in trail.search_trail(work, TrailFilter(), PageRequest()).rows)
    with platform.database.work(Scope.of(town["east"])) as work:
        assert trail.actor_names(work, seen) == {town["east"].user_id: "姓名east"}


TAMPERING = (
    "UPDATE audit_log SET actor = 'nobody' WHERE number = 3",
    "UPDATE audit_log SET detail = '{}' WHERE number = 2",
    "DELETE FROM audit_log WHERE number = 4",
    "DELETE FROM audit_log WHERE number = (SELECT max(number) FROM audit_log)",
    "UPDATE audit_log SET at = at + interval '1 second' WHERE number = 1",
)


def test_whoever_owns_the_database_cannot_change_the_trail_unseen(platform: Platform, town: dict[str, Principal]) -> None:
    engine = create_engine(platform.database.owner_url)
    for tampering in TAMPERING:
        with Session(engine) as session:  # rolled back on leaving
            session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
            session.execute(text(tampering))
            with pytest.raises(AuditBroken):
                audit.verify(session)
    engine.dispose()
    with platform.database.work(SYSTEM) as work:
        assert trail.verify_trail(work) > 4
