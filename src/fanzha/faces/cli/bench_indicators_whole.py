"""The whole way of a bulk check: a list sent to the console's form and to the API over a socket, until the last byte of the answer is here."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import httpx2
import orjson

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits
from fanzha.desks.identity.domain import SignInMethod
from fanzha.desks.indicators import policy
from fanzha.faces.cli.serving import serving
from fanzha.faces.common.app import create_app
from fanzha.faces.common.limits import Limits, Rate
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import csrf_token
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

_PLENTY = Rate(10_000_000, 1)


def whole_way(platform: Platform, questions: list[str], goal_s: float) -> dict[str, Any]:
    """Wall seconds, processor seconds of this process (server and client are both in it, the database is not) and the machine's load, each way."""
    session, csrf, key = _analyst(platform)
    text = "\n".join(questions).encode()
    with (
        serving(create_app(platform, Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))) as url,
        httpx2.Client(base_url=url, timeout=600, trust_env=False) as client,
    ):
        cookies, by_key = {"Cookie": f"fz_session={session}", "X-CSRF-Token": csrf}, {"Authorization": f"Bearer {key}"}
        found = {
            "form": _sent(client, "/indicator-checks/file", headers=cookies, files={"file": ("list.csv", text, "text/csv")}),
            "api_text": _sent(client, "/api/v1/indicators/check/bulk", headers=by_key | {"Content-Type": "text/csv"}, content=text),
            "api_json": _sent(
                client, "/api/v1/indicators/check/bulk", headers=by_key | {"Content-Type": "application/json"}, content=orjson.dumps(questions)
            ),
        }
    slowest = max(one["wall_s"] for one in found.values()) / len(questions) * 100_000
    return {"asked": len(questions), "sent_bytes": len(text), **found, "goal_s_for_100000": goal_s, "reached": slowest < goal_s}


def _analyst(platform: Platform) -> tuple[str, str, str]:
    """(session, its CSRF token, API key) of an analyst of this installation."""
    with platform.database.work(Scope.system("bench")) as work:
        org = identity.service.create_organisation(
            work, code="bench-centre", kind=OrgKind.POLICE_CITY, name="Bench centre", region=platform.settings.region
        )
        made = identity.service.create_user(
            work, login="bench-analyst", name="Bench", org=org, roles=(Role.ANALYST,), must_change_password=False,
            password_hash="no password fits",  # noqa: S106 - not a hash: nobody signs in with it
        )  # fmt: skip
        limits = SessionLimits(timedelta(hours=10), timedelta(hours=1))
        opened = identity.sessions.open_session(work, made.user, limits, SignInMethod.PASSWORD, address="bench", agent="bench")
        principal = identity.sessions.principal_of(made.user)
    with platform.database.work(Scope.of(principal)) as work:
        key = identity.keys.make_key(work, "bench", [policy.CHECK], 1).secret
    return opened.token, csrf_token(platform.keys, opened.token), key


def _sent(client: httpx2.Client, path: str, **request: Any) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    with client.stream("POST", path, **request) as answer:
        answer.raise_for_status()
        first, size, lines = 0.0, 0, 0
        for piece in answer.iter_bytes():
            first = first or time.perf_counter() - wall
            size, lines = size + len(piece), lines + piece.count(b"\n")
    return {
        "wall_s": round(time.perf_counter() - wall, 2), "first_byte_s": round(first, 2), "cpu_s": round(time.process_time() - cpu, 2),
        "load": round(os.getloadavg()[0], 1), "answer_bytes": size, "answer_lines": lines,
    }  # fmt: skip
