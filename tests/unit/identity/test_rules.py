"""Passwords, logins, locks, addresses and tokens: the pure parts of signing in."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.desks.identity import passwords
from fanzha.desks.identity.domain import FREE_FAILURES, LONGEST_LOCK, clean_login, fold_login, lock_after
from fanzha.desks.identity.errors import BadLogin, WeakPassword
from fanzha.faces.common.limits import Buckets, Rate, TooFast
from fanzha.faces.common.security import csrf_fits, csrf_token, pack_flash, safe_next, unpack_flash
from fanzha.store.keys import Keys

KEYS = Keys.generate()
CHEAP = passwords.Argon2(memory_kib=64, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def _cheap_hashes() -> object:
    passwords.use(CHEAP)
    yield
    passwords.use(passwords.Argon2())


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("short", "zhang"), ("elevenchars", "zhang"), ("password123456", "zhang"), ("PassWord!!!!!!", "zhang"), ("123456789012", "zhang"),
        ("aaaaaaaaaaaaaaa", "zhang"), ("abababababababab", "zhang"), ("woaini13141314", "zhang"), ("xx-zhang.san-2026", "zhang.san"),
        ("ＺＨＡＮＧ-forever-99", "zhang"), ("x" * 300, "zhang"),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused(password: str, login: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_rules(password, login)


@pytest.mark.parametrize("password", ["three red boats 7", "四只白鹭飞过木兰溪的早晨", "kX9!vQ2#mT7$"])
def test_a_good_password_is_taken(password: str) -> None:
    passwords.check_rules(password, "zhang")


def test_a_first_password_is_good_and_never_the_same() -> None:
    made = {passwords.first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        passwords.check_rules(password, "zhang")


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_a_hash_fits_its_own_password_alone(password: str, other: str) -> None:
    stored = passwords.hash_password(password)
    assert passwords.verify(password, stored)
    assert passwords.verify(other, stored) == (passwords._same(other) == passwords._same(password))
    assert not passwords.verify(password, None)


def test_a_hash_names_argon2id_and_its_cost_and_is_renewed_when_the_cost_changes() -> None:
    stored = passwords.hash_password("three red boats 7")
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert not passwords.is_outdated(stored)
    passwords.use(passwords.Argon2(memory_kib=128, passes=1, lanes=1))
    assert passwords.is_outdated(stored)
    assert passwords.verify("three red boats 7", stored)


def test_a_damaged_hash_fits_nothing() -> None:
    assert not passwords.verify("three red boats 7", "$argon2id$nonsense")


@given(st.integers(0, 10_000))
def test_a_lock_grows_and_ends(failures: int) -> None:
    now, later = lock_after(failures), lock_after(failures + 1)
    assert (now is None) == (failures < FREE_FAILURES)
    assert later is None or timedelta(0) < later <= LONGEST_LOCK
    assert now is None or (later is not None and later >= now)


def test_the_lock_doubles() -> None:
    assert [lock_after(count) for count in range(4, 13)] == [None, *(timedelta(minutes=m) for m in (1, 2, 4, 8, 16, 32, 60, 60))]


@given(st.text(max_size=60))
def test_a_login_is_clean_or_refused(raw: str) -> None:
    try:
        login = clean_login(raw)
    except BadLogin:
        return
    assert clean_login(login) == login == fold_login(raw)
    assert 3 <= len(login) <= 40
    assert login.isascii()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/a\nSet-Cookie: x",
        "evil", "", None, "/\t/evil.example", "http:/x",
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_not_followed(target: str | None) -> None:
    assert safe_next(target) == "/"


@given(st.text(max_size=40) | st.text(alphabet="/\\.:@?#%aé\t\n", max_size=12))
def test_wherever_one_is_sent_it_is_here(target: str) -> None:
    sent = safe_next(target)
    parts = urlsplit(urljoin("https://here.example/sign-in", sent))
    assert parts.netloc == "here.example"
    assert parts.scheme == "https"
    assert sent == "/" or sent == target


def test_a_path_of_ours_is_kept_with_its_query() -> None:
    assert safe_next("/warnings?level=red&page=2") == "/warnings?level=red&page=2"


@given(st.text(min_size=1, max_size=60), st.text(max_size=80))
def test_a_csrf_token_fits_its_binding_alone(binding: str, other: str) -> None:
    token = csrf_token(KEYS, binding)
    assert csrf_fits(KEYS, binding, token)
    assert csrf_fits(KEYS, other, token) == (other == binding)
    assert not csrf_fits(KEYS, binding, other)
    assert not csrf_fits(KEYS, "", csrf_token(KEYS, ""))


def test_a_flash_is_ours_or_nothing() -> None:
    packed = pack_flash(KEYS, "success", "已保存")
    assert unpack_flash(KEYS, packed) == [("success", "已保存")]
    assert unpack_flash(Keys.generate(), packed) == []
    assert unpack_flash(KEYS, packed[:-2] + "xx") == []
    assert unpack_flash(KEYS, None) == []


def test_a_bucket_empties_and_refills() -> None:
    at = 0.0
    buckets = Buckets(Rate(3, 30), timer=lambda: at)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(TooFast) as caught:
        buckets.take("a")
    assert caught.value.params["retry_after"] == 10
    buckets.take("b")
    at = 10.0
    buckets.take("a")
    with pytest.raises(TooFast):
        buckets.take("a")


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_no_rhythm_gets_more_than_the_rate(pauses: list[float]) -> None:
    at, passed = 0.0, 0
    buckets = Buckets(Rate(4, 8), timer=lambda: at)
    for pause in pauses:
        at += pause
        try:
            buckets.take("a")
            passed += 1
        except TooFast:
            continue
    assert passed <= 4 + at * 4 / 8 + 1e-6
