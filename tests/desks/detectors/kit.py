"""Texts and people for the tests of the detectors desk."""

from __future__ import annotations

from fanzha.desks.detectors import DetectorVersion, MoveKind, service
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SYSTEM = Scope.system("test")

_TEXT = """id: {identity}
version: {version}
on: calls
subject: callee
target: victim
fraud_type: other
level: {level}
owner: 研判组
title: {{zh: 试验规则, en: Trial rule}}
when: |
  other_flagged AND {when}
reason: {{zh: "接到涉诈电话", en: "called by a flagged number"}}
tests:
  - name: a flagged caller
    fires: [wang]
    flagged: {{scam1: other}}
    persons: {{p1: wang}}
    calls: [{{at: "2026-03-01 10:00", caller: scam1, callee: p1, seconds: 900}}]
  - name: anybody else
    fires: []
    calls: [{{at: "2026-03-01 10:00", caller: aunt, callee: p1, seconds: 900}}]
"""


def text(identity: str = "trial_rule", when: str = "seconds >= 60", version: int = 1, level: str = "yellow") -> str:
    return _TEXT.format(identity=identity, version=version, when=when, level=level)


def person(name: str, *roles: Role, kind: OrgKind = OrgKind.POLICE_CITY, region: str = "3503") -> Scope:
    """Somebody of the centre."""
    return Scope.of(Principal(f"user-{name}", name, "centre", "反诈中心", kind, region, frozenset(roles or {Role.ANALYST})))


ANALYST = person("analyst")
COLLEAGUE = person("colleague")
DUTY = person("duty", Role.DUTY_OFFICER)


def submitted(platform: Platform, given: str, scope: Scope = ANALYST) -> DetectorVersion:
    with platform.database.work(scope) as work:
        return service.submit(work, given)


def live(platform: Platform, version: DetectorVersion) -> None:
    """The analyst asks, the duty officer approves."""
    with platform.database.work(ANALYST) as work:
        move = service.request(work, version.detector_id, version.version, MoveKind.GO_LIVE, "新手法出现")
    with platform.database.work(DUTY) as work:
        service.approve(work, move.id)
