"""Who takes part: a county's two officers and its head, a bank each with an agent's key, and the line by which a bank reaches the platform in process."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from fastapi import FastAPI

from fanzha.desks import controls, identity
from fanzha.faces.cli.rescue.world import BANKS
from fanzha.faces.common.platform import Platform
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

COUNTY, CITY = "350302", "3503"


@dataclass(frozen=True)
class Cast:
    """`keys` and `receivers` by bank: the API key of its agent, and the organisation's id."""

    officer: Principal
    second: Principal
    head: Principal
    keys: Mapping[str, str]
    receivers: Mapping[str, str]


def hire(platform: Platform) -> Cast:
    """Create everybody. Keys last for the whole run."""
    with platform.database.work(Scope.system("bench")) as work:

        def person(login: str, kind: OrgKind, region: str, role: Role, code: str, name: str) -> Principal:
            org = identity.service.create_organisation(work, code=code, kind=kind, name=name, region=region)
            made = identity.service.create_user(
                work, login=login, name=f"测试{login}", org=org, roles=(role,), password_hash="", must_change_password=False
            )
            return identity.sessions.principal_of(made.user)

        police = (OrgKind.POLICE_COUNTY, COUNTY)
        officer, second, head = (
            person(login, *police, role, "bench-county", "示例分局")
            for login, role in (("bench-one", Role.DUTY_OFFICER), ("bench-two", Role.DUTY_OFFICER), ("bench-head", Role.LEADER))
        )
        agents = {
            bank: person(f"bench-bank{place}", OrgKind.BANK, CITY, Role.BANK_AGENT, f"bench-bank{place}", bank) for place, bank in enumerate(BANKS)
        }
    keys = {}
    for bank, agent in agents.items():
        with platform.database.work(Scope.of(agent)) as work:
            keys[bank] = identity.keys.make_key(work, "bench", [controls.policy.RECEIVE], 60).secret
    return Cast(officer, second, head, keys, {bank: agent.org_id for bank, agent in agents.items()})


class InProcess:
    """A bank's line to the application in this process. What comes of a result that was taken is told to `told` (ApplicationID)."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner, key: str, told: Callable[[str], None]) -> None:
        self._client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {key}"})
        self._runner = runner
        self._told = told

    def ask(self, path: str) -> tuple[int, Any]:
        return self._run("GET", path, b"", {})

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        status, answer = self._run("POST", path, body, headers)
        if status == 200 and path.endswith("/results"):
            self._told(answer["ApplicationID"])
        return status, answer

    def close(self) -> None:
        self._runner.run(self._client.aclose())

    def _run(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        """In a copy of this moment's context, so that the request lives on the same clock."""
        asked = self._client.request(method, path, content=body, headers={"Content-Type": "application/json"} | dict(headers))
        response = self._runner.run(asked, context=contextvars.copy_context())
        return response.status_code, response.json()
