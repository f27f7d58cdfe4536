"""Web addresses, domain names, e-mail and IP addresses.

Names are kept in ASCII (punycode); the registered domain comes from the bundled snapshot of the public suffix list, never from the network.
A web address is kept as `host[:port]/path?query` without its scheme, so that http and https, and an address copied without either, are one.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import idna

from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, cover, require_number

if TYPE_CHECKING:
    import tldextract

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SCHEME = re.compile(r"^(?:(?P<scheme>[a-z][a-z0-9+.\-]{1,15}):)?//|^(?P<bare>https?|hxxps?):(?!\d)", re.IGNORECASE)
_WEB_SCHEMES = frozenset({"http", "https", "hxxp", "hxxps", "ftp", "ws", "wss"})
_DEFAULT_PORTS = frozenset({"80", "443"})
_DEFANGED = ((re.compile(r"\[\.\]|\(\.\)|\[dot\]|。|．"), "."), (re.compile(r"\[:\]"), ":"))
_LIKE_IP = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%.*)?")
_LONGEST_URL = 2000
_LONGEST_NAME = 253


@cache
def _suffixes() -> tldextract.TLDExtract:
    import tldextract  # brings a whole HTTP client, which nobody waits for who cleans no host

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)


@lru_cache(maxsize=65_536)
def _parts(host: str) -> tuple[str, str, bool]:
    """(registered domain, owned domain, whether the suffix is known); the host itself where there is no such domain."""
    found = _suffixes().extract_str(host, include_psl_private_domains=True)
    return found.top_domain_under_registry_suffix or host, found.top_domain_under_public_suffix or host, bool(found.suffix)


def registered_domain(host: str) -> str:
    """The part of a clean host name that somebody registered: 'a.b.example.com.cn' → 'example.com.cn'; the host itself where the suffix is unknown."""
    return _parts(host)[0]


def owned_domain(host: str) -> str:
    """As `registered_domain`, but below a hosting service of the public suffix list's private part: 'a.shop.github.io' → 'shop.github.io'."""
    return _parts(host)[1]


def clean_domain(text: str) -> Cleaned:
    """Lower case ASCII without a trailing dot. Raises InvalidIdentifier."""
    host, warnings = _host(Kind.DOMAIN, _refang(require_number(Kind.DOMAIN, text)))
    if is_ip(host):
        raise InvalidIdentifier(Kind.DOMAIN, "not_a_domain")
    return Cleaned(host, warnings, {"registered": registered_domain(host), "display": _display(host)})


def clean_url(text: str) -> Cleaned:
    """`host[:port]/path?query`; the fragment and what stands before @ are dropped. Raises InvalidIdentifier."""
    refanged = _refang(require_number(Kind.URL, text))
    if len(refanged) > _LONGEST_URL or re.search(r"[\s\x00-\x1f<>\"]", refanged):
        raise InvalidIdentifier(Kind.URL, "not_a_url")
    found = _SCHEME.match(refanged)
    scheme = ((found["scheme"] or found["bare"]) if found else None) or "http"
    if scheme.lower() not in _WEB_SCHEMES:
        raise InvalidIdentifier(Kind.URL, "not_a_url")
    rest = (refanged[found.end() :] if found else refanged).lstrip("/").partition("#")[0]
    authority, tail = _split_authority(rest)
    _, at, authority = authority.rpartition("@")
    host, port = _split_port(authority)
    name, warnings = _host(Kind.URL, host)
    warnings += ("userinfo_dropped",) if at else ()
    path = tail if tail.startswith("/") else f"/{tail}"
    shown = f"[{name}]" if ":" in name else name
    where = shown if port in _DEFAULT_PORTS or not port else f"{shown}:{port}"
    return Cleaned(f"{where}{path}", warnings, {"host": name, "registered": name if is_ip(name) else registered_domain(name), "scheme": scheme.lower()})


def clean_email(text: str) -> Cleaned:
    """Lower case. Raises InvalidIdentifier."""
    local, at, host = require_number(Kind.EMAIL, text).removeprefix("mailto:").rpartition("@")
    if not at or not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", local):
        raise InvalidIdentifier(Kind.EMAIL, "not_an_email")
    name, warnings = _host(Kind.EMAIL, host)
    return Cleaned(f"{local.lower()}@{name}", warnings, {"host": name})


def clean_ip(text: str) -> Cleaned:
    """The shortest usual form of an IPv4 or IPv6 address; a port is dropped. Raises InvalidIdentifier."""
    plain = _refang(require_number(Kind.IP, text))
    found = re.fullmatch(r"(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([0-9a-fA-F:.]+)\](?::\d{1,5})?", plain)
    address = (found[1] or found[2]) if found else plain
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise InvalidIdentifier(Kind.IP, "not_an_ip") from error
    return Cleaned(str(parsed), ("port_dropped",) if found else (), {"version": str(parsed.version), "private": parsed.is_private})


def mask_domain(value: str) -> str:
    """A site is not a person: shown in full."""
    return value


def mask_url(value: str) -> str:
    """The host; path and query may carry a victim's id and are hidden."""
    host, _, tail = value.partition("/")
    return f"{host}/{'***' if tail else ''}"


def mask_email(value: str) -> str:
    local, _, host = value.rpartition("@")
    return f"{cover(local, 1, 0)}@{host}"


def mask_ip(value: str) -> str:
    """IPv4 without its last part, IPv6 without all but its first two."""
    return f"{value.rpartition('.')[0]}.*" if "." in value and ":" not in value else f"{':'.join(value.split(':')[:2])}:*"


def _refang(text: str) -> str:
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


def _split_authority(rest: str) -> tuple[str, str]:
    found = re.search(r"[/?\\]", rest)
    if found is None:
        return rest, ""
    return rest[: found.start()], rest[found.start() :].replace("\\", "/", 1)


def _split_port(authority: str) -> tuple[str, str]:
    found = re.fullmatch(r"(?P<host>\[[^\]]+\]|[^:]*):(?P<port>\d{0,5})", authority)
    if found is None:
        return authority, ""
    if found["port"] and int(found["port"]) > 65_535:
        raise InvalidIdentifier(Kind.URL, "not_a_url")
    return found["host"], found["port"].lstrip("0")


def _host(kind: Kind, raw: str) -> tuple[str, tuple[str, ...]]:
    """A clean host name or IP address, and doubts about it. Raises InvalidIdentifier."""
    wrong = {Kind.URL: "not_a_url", Kind.EMAIL: "not_an_email"}.get(kind, "not_a_domain")
    name = raw.strip().rstrip(".").lower()
    if kind is Kind.URL and is_ip(name.strip("[]")):
        return str(ipaddress.ip_address(name.strip("[]"))), ()
    ascii_name = name if name.isascii() else _to_ascii(name, kind, wrong)
    labels = ascii_name.split(".")
    is_name = len(labels) >= 2 and len(ascii_name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    if not is_name or labels[-1].isdigit() or len(labels[-1]) < 2:
        raise InvalidIdentifier(kind, wrong)
    return ascii_name, _doubts(ascii_name)


def _doubts(host: str) -> tuple[str, ...]:
    doubts = () if _parts(host)[2] else ("unknown_suffix",)
    return doubts + (("homograph",) if "xn--" in host and _mixes_scripts(_display(host)) else ())


def _to_ascii(name: str, kind: Kind, wrong: str) -> str:
    try:
        return idna.encode(name, uts46=True, transitional=False).decode()
    except idna.IDNAError as error:
        raise InvalidIdentifier(kind, wrong) from error


def _display(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host  # a label that no browser would show in Unicode either


def _mixes_scripts(shown: str) -> bool:
    """Whether one label mixes Latin letters with look-alikes of Cyrillic or Greek, or is wholly made of them under a Latin suffix."""
    for label in shown.split(".")[:-1]:
        scripts = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
        if scripts & {"CYRILLIC", "GREEK"}:
            return True
    return False


def is_ip(text: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address."""
    if not _LIKE_IP.fullmatch(text):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
