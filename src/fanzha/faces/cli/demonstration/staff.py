"""The people who work with the demonstration: an organisation and a user for every role, and an officer and a grid worker for every township."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from fanzha.desks import identity
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope, Work
from fanzha.vocab import regions
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

_CITY = "3503"
_BANKS = {"icbc": "工商银行莆田分行", "abc": "农业银行莆田分行", "boc": "中国银行莆田分行", "ccb": "建设银行莆田分行"}
_OPERATORS = {"cmcc": "移动莆田分公司", "ctcc": "电信莆田分公司", "cucc": "联通莆田分公司"}
_MEMBERS = {"education": "市教育局", "civil-affairs": "市民政局", "finance-office": "市金融监管局"}


@dataclass(frozen=True)
class SignIn:
    """What a visitor of the demonstration types in."""

    login: str
    password: str
    role: str
    name: str
    organisation: str


@dataclass(frozen=True)
class Staff:
    """`officers` and `grid_workers` by township, `duty` the city's duty officer, who takes what belongs to no township."""

    signins: tuple[SignIn, ...]
    officers: Mapping[str, Principal]
    grid_workers: Mapping[str, Principal]
    duty: Principal
    analyst: Principal
    leader: Principal
    operator: Principal


@dataclass(frozen=True)
class _Post:
    login: str
    name: str
    role: Role
    org: str
    kind: OrgKind
    org_name: str
    region: str


def _posts(town: str) -> tuple[_Post, ...]:
    """One post a role. `town` is where the officer and the grid worker that visitors sign in as belong."""
    place = regions.name(town)
    return (
        _Post("admin", "林系统", Role.ADMINISTRATOR, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
        _Post("analyst", "陈研判", Role.ANALYST, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
        _Post("duty", "黄值班", Role.DUTY_OFFICER, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
        _Post("leader", "许局长", Role.LEADER, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
        _Post("officer", "郑警官", Role.FIELD_OFFICER, f"demo-station-{town}", OrgKind.POLICE_STATION, f"{place}派出所", town),
        _Post("grid", "吴网格", Role.GRID_WORKER, f"demo-grid-{town}", OrgKind.GRID, f"{place}网格服务中心", town),
        _Post("bank", "李联络", Role.BANK_AGENT, "demo-bank-icbc", OrgKind.BANK, _BANKS["icbc"], _CITY),
        _Post("operator", "张联络", Role.OPERATOR_AGENT, "demo-operator-cmcc", OrgKind.OPERATOR, _OPERATORS["cmcc"], _CITY),
        _Post("office", "蔡联席", Role.OFFICE, "demo-office", OrgKind.OFFICE, "市打击治理电信网络新型违法犯罪联席办", _CITY),
        _Post("deputy", "杨代表", Role.DEPUTY, "demo-congress", OrgKind.CONGRESS, "市人大常委会", _CITY),
        _Post("auditor", "方审计", Role.AUDITOR, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
    )


def hire(platform: Platform, town: str, file: Path) -> Staff:
    """Create the organisations and users that are not there yet; the sign-ins stand in `file` (mode 0600), with a password made up once for this home.

    Invariant: the password is for demonstrations only; every demonstration user has it, nobody else does.
    """
    password = _password(file)
    with platform.database.work(Scope.system("demo")) as work:
        hired = _hire_all(work, town, identity.passwords.hash_password(password))
    signins = tuple(SignIn(post.login, password, post.role.value, post.name, post.org_name) for post in _posts(town))
    _write(file, {"password": password, "town": town, "signins": [signin.__dict__ for signin in signins]})
    return Staff(signins, *hired)


_REVIEWERS = (
    _Post("reviewer", "周法制", Role.DUTY_OFFICER, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
    _Post("legal", "蒋副局", Role.LEADER, "demo-centre", OrgKind.POLICE_CITY, "莆田市反诈中心", _CITY),
)


def hire_reviewers(platform: Platform, file: Path) -> tuple[Principal, Principal]:
    """An officer and a head who have no part in any measure, for appeals; their sign-ins join those of `hire` in the file. Repeating it changes nothing."""
    held = orjson.loads(file.read_bytes())
    with platform.database.work(Scope.system("demo")) as work:
        hashed = identity.passwords.hash_password(held["password"])
        officer, head = (_fill(work, post, hashed) for post in _REVIEWERS)
    known = {one["login"] for one in held["signins"]}
    more = [SignIn(post.login, held["password"], post.role.value, post.name, post.org_name).__dict__ for post in _REVIEWERS if post.login not in known]
    _write(file, held | {"signins": [*held["signins"], *more]})
    return officer, head


def _hire_all(work: Work, town: str, password_hash: str) -> tuple[dict[str, Principal], dict[str, Principal], Principal, Principal, Principal, Principal]:
    posts = {post.role: _fill(work, post, password_hash) for post in _posts(town)}
    _silent_organisations(work)
    officers, grids = {town: posts[Role.FIELD_OFFICER]}, {town: posts[Role.GRID_WORKER]}
    for county in regions.children(_CITY):
        bureau = f"{regions.name(county)}公安局" if regions.name(county).endswith("县") else f"{regions.name(county)}分局"
        _fill(work, _Post(f"duty-{county}", "值班民警", Role.DUTY_OFFICER, f"demo-county-{county}", OrgKind.POLICE_COUNTY, bureau, county), password_hash)
        for region in regions.children(county):
            if region != town:
                officers[region], grids[region] = _station_and_grid(work, region, password_hash)
    return officers, grids, posts[Role.DUTY_OFFICER], posts[Role.ANALYST], posts[Role.LEADER], posts[Role.OPERATOR_AGENT]


def _station_and_grid(work: Work, region: str, password_hash: str) -> tuple[Principal, Principal]:
    place = regions.name(region)
    station = _Post(f"officer-{region}", "责任区民警", Role.FIELD_OFFICER, f"demo-station-{region}", OrgKind.POLICE_STATION, f"{place}派出所", region)
    grid = _Post(f"grid-{region}", "网格员", Role.GRID_WORKER, f"demo-grid-{region}", OrgKind.GRID, f"{place}网格服务中心", region)
    return _fill(work, station, password_hash), _fill(work, grid, password_hash)


def _silent_organisations(work: Work) -> None:
    """Organisations without a demonstration user, which lists and dispatch need."""
    kinds = {OrgKind.BANK: _BANKS, OrgKind.OPERATOR: _OPERATORS, OrgKind.MEMBER_UNIT: _MEMBERS}
    for kind, names in kinds.items():
        for code, name in names.items():
            identity.service.create_organisation(work, code=f"demo-{kind.value.replace('_', '-')}-{code}", kind=kind, name=name, region=_CITY)


def _fill(work: Work, post: _Post, password_hash: str) -> Principal:
    org = identity.service.create_organisation(work, code=post.org, kind=post.kind, name=post.org_name, region=post.region)
    made = identity.service.create_user(
        work, login=post.login, name=post.name, org=org, roles=(post.role,), password_hash=password_hash, must_change_password=False
    )
    return identity.sessions.principal_of(made.user)


def _password(file: Path) -> str:
    if file.exists():
        return str(orjson.loads(file.read_bytes())["password"])
    return identity.passwords.first_password()


def _write(file: Path, body: object) -> None:
    """Readable by the owner alone from the first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(orjson.dumps(body, option=orjson.OPT_INDENT_2))
