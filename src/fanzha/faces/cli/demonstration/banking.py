"""The demonstration's banks: while the pages are served, simulated banks pull their orders over the machine interface and answer them.

The bank that visitors sign in for is left to them. The keys live in memory and end with the demonstration; keys of an earlier start are revoked.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from fanzha.desks import controls, identity
from fanzha.faces.common.platform import Platform
from fanzha.kit.errors import FanzhaError
from fanzha.settings import Settings
from fanzha.simulator.bank import Book, Teller
from fanzha.simulator.bank.lines import HttpLine
from fanzha.store import Principal, Scope
from fanzha.vocab.roles import Role

BY_HAND = "demo-bank-icbc"
"""Its orders wait for the visitor who signs in as `bank`."""
SIMULATED = ("demo-bank-abc", "demo-bank-boc", "demo-bank-ccb")
_KEY_NAME = "simulated bank"
_DAYS = 30
_EVERY_SECONDS = 2.0
_DELAY = (1.0, 6.0)
_LEAVE_SECONDS = 3.0


@contextmanager
def answering(platform: Platform) -> Iterator[None]:
    """Let the banks answer while the block runs. One thread a bank, which waits until the pages are served; all are gone when the block ends."""
    stop = threading.Event()
    threads = [threading.Thread(target=_work, args=(key, _address(platform.settings), seed, stop), daemon=True) for seed, key in enumerate(_keys(platform), 1)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        until = time.monotonic() + _LEAVE_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))


def _work(key: str, address: str, seed: int, stop: threading.Event) -> None:
    line = HttpLine(address, key)
    teller = Teller(line, Book(open_house=True), seed=seed, delay=_DELAY)
    try:
        while not stop.wait(_EVERY_SECONDS):
            with suppress(ConnectionError):  # not served yet, or no more
                teller.pull()
            teller.work()
    finally:
        line.close()


def _address(settings: Settings) -> str:
    """From this machine itself: what people type may lead through a proxy."""
    everywhere = settings.host in {"", "::", "0.0.0.0"}  # noqa: S104 — compared with, not bound to
    return f"http://{'127.0.0.1' if everywhere else settings.host}:{settings.port}"


def _keys(platform: Platform) -> Sequence[str]:
    return [_fresh_key(platform, agent) for agent in agents(platform)]


def agents(platform: Platform) -> list[Principal]:
    """One a simulated bank, with a password that nobody knows. Made once."""
    made_agents, nobody_knows = [], identity.passwords.hash_password(secrets.token_urlsafe(32))
    with platform.database.work(Scope.system("demo")) as work:
        for code in SIMULATED:
            with suppress(FanzhaError):  # a home folder whose demonstration had other banks
                org = identity.service.organisation_by_code(work, code)
                made = identity.service.create_user(
                    work, login=code.removeprefix("demo-"), name="模拟银行", org=org, roles=(Role.BANK_AGENT,), must_change_password=False,
                    password_hash=nobody_knows,
                )  # fmt: skip
                made_agents.append(identity.sessions.principal_of(made.user))
    return made_agents


def _fresh_key(platform: Platform, agent: Principal) -> str:
    with platform.database.work(Scope.of(agent)) as work:
        for key in identity.keys.keys_of(work, agent.user_id):
            if key.name == _KEY_NAME and key.revoked_at is None:
                identity.keys.revoke_key(work, key.id, owner=agent.user_id)
        return identity.keys.make_key(work, _KEY_NAME, [controls.policy.RECEIVE], _DAYS).secret
