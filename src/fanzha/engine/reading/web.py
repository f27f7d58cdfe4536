"""Sites, e-mail and IP addresses, crypto addresses and app packages: what is written in Latin letters and keeps its own form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Identifier, InvalidIdentifier, Kind

Reader: TypeAlias = "Callable[[str], tuple[Identifier, float] | None]"

_DOT = r"(?:\.|\s?\[\.\]\s?|\s?\(\.\)\s?|\s?\[?(?:点|dot)\]?\s?|。)"
_TLDS = (
    "com|cn|net|org|top|xyz|vip|cc|info|club|shop|app|site|online|io|me|co|tv|pro|ltd|hk|tw|us|uk|live|win|work|icu|asia|biz|fun|store|link|tech|wang|ink|mobi|name|world|"
    "life|today|space|website|cloud|plus|group|company|finance|trade|loan|bid|red|pub|art|ren|fit|run|chat|email|host|press|kim|gg|ai|la|ws|in|ru|jp|kr|sg|my|th|ph|vn|"
    "xin|gov|edu|example|test|invalid|中国|公司|网络"
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}{_DOT}){{1,6}}(?:{_TLDS})(?![A-Za-z-]|\d(?!\d{{0,4}}次))"
_PATH = r"(?::\d{1,5})?(?:[/?][A-Za-z0-9\-._~%!$&'()*+,;=:@/?#]*)?"
_SCHEME = r"(?:h\s?t\s?t\s?p\s?s?|hxxps?|ftp)\s?(?::|\[:\])\s?/\s?/\s?"
_IPV4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_ANY_HOST = rf"(?:{_LABEL}{_DOT}){{1,6}}[A-Za-z]{{2,12}}(?![A-Za-z0-9-])|{_IPV4}"

_COIN = r"(?:(?<![A-Za-z0-9])|(?<=BTC)|(?<=ETH)|(?<=TRX)|(?<=USDT)|(?<=TRC20)|(?<=ERC20))"

_IBAN_LANDS = "A[DELTZ]|B[AEGHRY]|C[HRYZ]|D[EKO]|E[EGS]|F[IORK]|G[BEILRT]|H[RU]|I[ELQST]|JO|K[WZ]|L[BCITUVY]|M[CDEKRTU]|N[LO]|P[KLST]|QA|R[OS]|S[ACEIKMV]|T[LNR]|UA|VG|XK"
"""Lands whose accounts have an IBAN; NRA, OSA and FT… begin accounts of non-residents and of free trade zones."""

_PATTERNS = re.compile(
    rf"(?P<email>(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}\s?(?:@|\(at\)|"
    rf"\[at\])\s?(?:{_LABEL}\s?\.\s?){{1,4}}[A-Za-z]{{2,12}}(?![A-Za-z0-9-]))"
    rf"|(?P<eth>{_COIN}0[xX][0-9a-fA-F]{{40}}(?![A-Za-z0-9]))"
    rf"|(?P<coin>{_COIN}(?:bc1[ac-hj-np-z02-9]{{11,71}}|[13T][1-9A-HJ-NP-Za-km-z]{{25,34}})(?![A-Za-z0-9]))"
    rf"|(?P<account>(?<![A-Za-z0-9])(?:NRA|OSA|FT[EFINU])\d{{8,22}}(?![A-Za-z0-9]))"
    rf"|(?P<iban>(?<![A-Za-z0-9])(?:{_IBAN_LANDS})\d\d(?:\s?[A-Z0-9]{{4}}){{2,7}}(?:\s?[A-Z0-9]{{1,3}})?(?![A-Za-z0-9]))"
    rf"|(?P<package>(?<![A-Za-z0-9.])com(?:\.[A-Za-z][A-Za-z0-9_]*){{2,}}(?![A-Za-z0-9./]))"
    rf"|(?P<url>{_SCHEME}(?:{_ANY_HOST}){_PATH}|(?<![A-Za-z0-9@.-])(?:{_HOST}|{_IPV4}(?=(?::\d{{1,5}})?/)){_PATH})"
    rf"|(?P<odd>(?<=[接址站页名点为是叫从入开问陆录:“\"(（\s])(?:[a-z0-9][a-z0-9-]{{1,40}}\.){{1,3}}[a-z]{{2,10}}[0-9]?[a-z]?(?![A-Za-z0-9-.]))"
    rf"|(?P<ip>(?:(?<![\d.A-Za-z-])|(?<=[iI][pP])){_IPV4}(?![\d.]*\d)(?::\d{{1,5}}(?!\d))?)"
    rf"|(?P<ip6>(?<![0-9A-Za-z])(?<![0-9A-Fa-f:]:)(?:[0-9A-Fa-f]{{1,4}}:){{2,7}}(?::?[0-9A-Fa-f]{{1,4}}){{1,6}}(?![0-9A-Za-z:]))"
)
_SAID_IBAN = re.compile(r"(?:IBAN|账[号户]|帐[号户]|[汇转][至到])[码为是:]?\s?$")
_SAID_SITE = re.compile(r"(?:链接|网址|网站|网页|域名|网点|点[入开进]|打开|进入|访问|登[录陆]|[要就]从)[为是叫]?[:“\"(（]?\s?$")
"""Before a name under a suffix that nobody sells: it is a site where the text calls it one."""
_VERSION = re.compile(r"(?:版本号?|[vV]er\.?|固件|系统)[:为是]?\s?$")
_SHORTEST_IBAN = 15
_TRAILING = ".,;:!?'）)]】”’"
_DOT_WORD = re.compile(r"\s?\[?(?:点|dot)\]?\s?")
_LATIN = re.compile(r"[A-Za-z.:@]|\d\.\d")
_FILES = re.compile(r"\.(?:apk|exe|jpg|png|pdf|docx?|xlsx?|mp[34]|zip|rar)$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A stretch of the folded text and the identifier that it is."""

    start: int
    end: int
    identifier: Identifier
    confidence: float


def find_web(text: str) -> Iterator[Found]:
    """Non-overlapping, in the order of the folded text."""
    if not _LATIN.search(text):
        return
    for match in _PATTERNS.finditer(text):
        name = match.lastgroup or ""
        raw = _trimmed(match[name], name)
        found = _READERS[name](raw)
        if found is not None and not _is_other(text, match.start(), name, found[0]):
            yield Found(match.start(), match.start() + len(raw), found[0], found[1])


def _is_other(text: str, start: int, name: str, found: Identifier) -> bool:
    """Figures of a version that look like an address, letters with figures that nothing calls an IBAN, names that nothing calls a site."""
    if name == "iban":
        doubted = found.facts.get("account_kind") != "iban" or "iban_check" in found.warnings
        return doubted and not (len(found.value) >= _SHORTEST_IBAN and _SAID_IBAN.search(text, max(0, start - 8), start))
    if name == "odd":
        return not _SAID_SITE.search(text, max(0, start - 8), start)
    return name == "ip" and bool(_VERSION.search(text, max(0, start - 6), start))


def try_clean(kind: Kind, raw: str) -> Identifier | None:
    """The clean identifier; None where `raw` is none of this kind."""
    try:
        return identifiers.clean(kind, raw)
    except InvalidIdentifier:
        return None


def _trimmed(raw: str, name: str) -> str:
    if name != "url":
        return raw
    plain = raw.rstrip(_TRAILING)
    if plain.count("(") <= plain.count(")"):
        return plain
    closed = raw.rstrip(_TRAILING.replace(")", ""))
    return closed if closed.count("(") <= closed.count(")") else plain[: plain.rindex("(")].rstrip(_TRAILING)  # a bracket of the sentence begins there


def _site(raw: str) -> tuple[Identifier, float] | None:
    """A scheme, a port, a path or a query make an address, a bare name a domain. A file's name is neither."""
    schemed = re.match(_SCHEME, raw)
    rest = raw[schemed.end() :] if schemed else raw
    host, tail = _cut(rest)
    plain = _DOT_WORD.sub(".", host) if re.search("点|dot", host) else host
    plain = re.sub(r"[\s\[\]()]", "", plain)
    if _FILES.search(plain) or (not schemed and not tail and _number_like(plain)):
        return None
    if schemed or tail:
        found = try_clean(Kind.URL, f"{'https://' if schemed else ''}{plain}{tail}")
        return (found, 0.97) if found else None
    found = try_clean(Kind.DOMAIN, plain)
    return (found, 0.95 if "unknown_suffix" not in found.warnings or plain.endswith((".example", ".test")) else 0.7) if found else None


def _cut(rest: str) -> tuple[str, str]:
    found = re.search(r":\d|[/?]", rest)
    return (rest[: found.start()], rest[found.start() :]) if found else (rest, "")


def _number_like(host: str) -> bool:
    """'3.5w' and '1.2.me' come from figures, not from names."""
    return bool(re.fullmatch(r"[\d.。]+(?:[A-Za-z]{0,2}|公司|网络|中国)", host))


def _email(raw: str) -> tuple[Identifier, float] | None:
    found = try_clean(Kind.EMAIL, re.sub(r"\s", "", raw).replace("(at)", "@").replace("[at]", "@"))
    return (found, 0.98) if found else None


def _simple(kind: Kind, confidence: float) -> Reader:
    def read(raw: str) -> tuple[Identifier, float] | None:
        found = try_clean(kind, raw)
        return (found, confidence) if found else None

    return read


_READERS: dict[str, Reader] = {
    "email": _email, "url": _site, "odd": _site, "eth": _simple(Kind.CRYPTO, 0.98), "coin": _simple(Kind.CRYPTO, 0.98), "package": _simple(Kind.APP, 0.9),
    "account": _simple(Kind.BANK_ACCOUNT, 0.97), "iban": _simple(Kind.BANK_ACCOUNT, 0.95), "ip": _simple(Kind.IP, 0.95), "ip6": _simple(Kind.IP, 0.9),
}  # fmt: skip
