"""Sites, mail, messaging accounts, devices and addresses of money. All are made up or published test vectors."""

from __future__ import annotations

import hashlib

import pytest

from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean, guess, mask
from fanzha.vocab.identifiers.base import luhn_digit
from fanzha.vocab.identifiers.crypto import _BASE58
from fanzha.vocab.identifiers.keccak import keccak256
from fanzha.vocab.identifiers.web import registered_domain


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("https://WWW.Example.com/Path?b=1#top", "www.example.com/Path?b=1"),
        ("http://www.example.com:80/", "www.example.com/"),
        ("www.example.com:8443", "www.example.com:8443/"),
        ("hxxps://bad[.]example[.]com/x", "bad.example.com/x"),
        ("https://www.bank.example@evil.example/login", "evil.example/login"),
        ("//example.com/a", "example.com/a"),
        ("http://192.0.2.7:8080/a", "192.0.2.7:8080/a"),
        ("http://[2001:db8::1]:8080/a", "[2001:db8::1]:8080/a"),
        ("https://例子.中国/路", "xn--fsqu00a.xn--fiqs8s/路"),
        ("example.com?x=1", "example.com/?x=1"),
    ],
)
def test_web_addresses(raw: str, value: str) -> None:
    assert clean(Kind.URL, raw).value == value


@pytest.mark.parametrize("raw", ["javascript:alert(1)", "tg://join", "http://", "http://a b.com/", "nodots", "http://example.com:99999/", "http://-a.com"])
def test_what_is_no_web_address(raw: str) -> None:
    with pytest.raises(InvalidIdentifier):
        clean(Kind.URL, raw)


def test_a_look_alike_keeps_its_own_name_and_is_doubted() -> None:
    fake = clean(Kind.DOMAIN, "ex\u0430mple.com")  # Cyrillic а
    assert fake.value.startswith("xn--")
    assert fake.value != "example.com"
    assert fake.warnings == ("homograph",)


def test_names_are_grouped_by_who_registered_them() -> None:
    assert registered_domain("a.b.example.com.cn") == "example.com.cn"
    assert clean(Kind.DOMAIN, "App.Example.com.").facts["registered"] == "example.com"
    assert clean(Kind.DOMAIN, "shop.invalidsuffix").warnings == ("unknown_suffix",)


def test_masks_of_the_web() -> None:
    assert mask(Kind.URL, "example.com/u?id=7") == "example.com/***"
    assert mask(Kind.EMAIL, "someone@example.com") == "s******@example.com"
    assert mask(Kind.IP, "192.0.2.7") == "192.0.2.*"
    assert mask(Kind.IP, "2001:db8::1") == "2001:db8:*"


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("QQ：12345", Kind.QQ, "12345"),
        ("12345@qq.com", Kind.QQ, "12345"),
        ("微信: Made_Up01", Kind.WECHAT, "made_up01"),
        ("13800000001", Kind.WECHAT, "13800000001"),
        ("飞机:@made_up", Kind.IM, "telegram:made_up"),
        ("抖音：made.up", Kind.IM, "douyin:made.up"),
        ("com.example.loan", Kind.APP, "com.example.loan"),
        ("闪电  示例贷", Kind.APP, "闪电 示例贷"),
        ("A" * 32, Kind.APP, "a" * 32),
        ("192.0.2.7:80", Kind.IP, "192.0.2.7"),
        ("Some.One@Example.com", Kind.EMAIL, "some.one@example.com"),
        ("460000000000001", Kind.IMSI, "460000000000001"),
    ],
)
def test_other_identifiers(raw: str, kind: Kind, value: str) -> None:
    assert clean(kind, raw).value == value


def test_one_handset_has_one_number() -> None:
    body = "35000000000001"
    full = body + luhn_digit(body)
    spellings = [full, body, f"{body}0", f"{body}77", f"{body[:8]}-{body[8:]}-{full[-1]}"]
    assert {clean(Kind.IMEI, raw).value for raw in spellings} == {full}
    wrong = body + str((int(full[-1]) % 9) + 1)
    assert wrong != full
    assert clean(Kind.IMEI, wrong).warnings == ("luhn",)
    with pytest.raises(InvalidIdentifier):
        clean(Kind.IMEI, "0" * 15)


def test_keccak_of_nothing() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert len(keccak256(b"x" * 300)) == 32


def test_an_ethereum_address_is_doubted_when_its_case_is_wrong() -> None:
    digits = hashlib.sha256(b"made up").hexdigest()[:40]
    marks = keccak256(digits.encode()).hex()
    right = "0x" + "".join(char.upper() if int(mark, 16) >= 8 else char for char, mark in zip(digits, marks, strict=False))
    assert clean(Kind.CRYPTO, right).warnings == ()
    wrong = "0x" + right[2:].swapcase()
    assert clean(Kind.CRYPTO, wrong).warnings == ("eip55",)
    assert clean(Kind.CRYPTO, wrong).value == clean(Kind.CRYPTO, right).value == f"0x{digits}"


def _base58check(version: bytes, body: bytes) -> str:
    payload = version + body
    payload += hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(payload, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(payload) - len(payload.lstrip(b"\x00"))) + text


@pytest.mark.parametrize(("version", "chain"), [(b"\x00", "btc"), (b"\x05", "btc"), (b"\x41", "tron")])
def test_base58_addresses_carry_a_checksum(version: bytes, chain: str) -> None:
    address = _base58check(version, hashlib.sha256(b"made up").digest()[:20])
    assert clean(Kind.CRYPTO, address).facts["chain"] == chain
    assert guess(address) is Kind.CRYPTO
    typo = address[:-1] + ("2" if address[-1] != "2" else "3")
    with pytest.raises(InvalidIdentifier):
        clean(Kind.CRYPTO, typo)


def test_bech32_addresses() -> None:
    published = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"  # test vector of BIP 173
    assert clean(Kind.CRYPTO, published).value == published.lower()
    with pytest.raises(InvalidIdentifier):
        clean(Kind.CRYPTO, published[:-1] + "5")
    taproot = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"  # test vector of BIP 350
    assert clean(Kind.CRYPTO, taproot).facts["chain"] == "btc"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("example.com", Kind.DOMAIN),
        ("example.com/x", Kind.URL),
        ("https://example.com", Kind.URL),
        ("com.example.loan", Kind.APP),
        ("cn.example.unknownending", Kind.APP),
        ("cn.example.com", Kind.DOMAIN),
        ("app.example.top", Kind.DOMAIN),
        ("bad[.]example[.]com/x", Kind.URL),
        ("例子.中国", Kind.DOMAIN),
        ("someone@example.com", Kind.EMAIL),
        ("192.0.2.7", Kind.IP),
        ("qq:12345", Kind.QQ),
        ("微信号：made_up", Kind.WECHAT),
        ("telegram:made_up", Kind.IM),
        ("你好", None),
        ("", None),
        ("微信：", None),
    ],
)
def test_guesses(raw: str, kind: Kind | None) -> None:
    assert guess(raw) is kind
