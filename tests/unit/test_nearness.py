"""Near forms: what must be found, what must not, and that an index finds what comparing everything would. Every identifier is made up but for brands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.nearness import Book, Form, Listed
from fanzha.engine.nearness.book import shown, site_of
from fanzha.engine.nearness.edits import difference, distance
from fanzha.engine.nearness.neighbours import Deletions, Holes
from fanzha.engine.nearness.skeletons import skeleton
from fanzha.vocab.identifiers import Kind, clean

WORDS = st.text("abcd", min_size=0, max_size=9)


def brute(one: str, other: str) -> int:
    """Optimal string alignment, written out as its definition."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORDS, WORDS, st.integers(0, 3))
def test_distances_agree_with_their_definition(one: str, other: str, most: int) -> None:
    assert distance(one, other, most) == min(brute(one, other), most + 1) == distance(other, one, most)


@given(WORDS, WORDS)
def test_a_difference_turns_one_into_the_other(known: str, asked: str) -> None:
    place, theirs, ours = difference(known, asked)
    head = known[: place - 1]
    assert known == head + theirs + known[len(head) + len(theirs) :]
    assert asked == head + ours + known[len(head) + len(theirs) :]


@settings(max_examples=60)
@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, st.integers(0, 2))
def test_deletions_miss_nothing_within_their_depth(texts: list[str], asked: str, depth: int) -> None:
    near = set(Deletions(texts, [depth] * len(texts)).near(asked, depth))
    assert {place for place, text in enumerate(texts) if brute(text, asked) <= depth} <= near


@settings(max_examples=60)
@given(st.lists(st.text("0123", min_size=1, max_size=6), min_size=1, max_size=12), st.text("0123", min_size=1, max_size=6))
def test_holes_find_exactly_what_differs_in_one_place(texts: list[str], asked: str) -> None:
    expected = [place for place, text in enumerate(texts) if len(text) == len(asked) and sum(map(str.__ne__, text, asked)) <= 1]
    assert Holes(texts).near(asked) == expected


@given(st.text(max_size=20))
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


KNOWN = [
    Listed(Kind.DOMAIN, "alipay.com", "alipay.com", is_brand=True),
    Listed(Kind.DOMAIN, "icbc.com.cn", "icbc.com.cn", is_brand=True),
    Listed(Kind.DOMAIN, "qq.com", "qq.com", is_brand=True),
    Listed(Kind.DOMAIN, "made-up-invest.top", "made-up-invest.top"),
    Listed(Kind.URL, "trading.madeupsite.example/in", "trading.madeupsite.example"),
    Listed(Kind.PHONE, "+8613800000001"),
    Listed(Kind.PHONE, "+8613800000003"),
    Listed(Kind.PHONE, "+8613800000007"),
    Listed(Kind.BANK_ACCOUNT, "6220000000012345"),
    Listed(Kind.WECHAT, "made_up_teacher"),
    Listed(Kind.IM, "telegram:made_up_boss"),
]
BOOK = Book(KNOWN)


def forms(asked: str, kind: Kind = Kind.DOMAIN) -> list[tuple[Form, int]]:
    value = clean(kind, asked).value
    return [(hit.form, hit.owner) for hit in BOOK.near(kind, value, value if kind is Kind.DOMAIN else "")]


@pytest.mark.parametrize(
    ("asked", "form", "owner"),
    [
        ("аlipay.com", Form.HOMOGRAPH, 0),  # Cyrillic а
        ("xn--lipay-3ve.com", Form.HOMOGRAPH, 0),
        ("a1ipay.com", Form.HOMOGRAPH, 0),
        ("αlipay.top", Form.HOMOGRAPH, 0),
        ("lcbc.com.cn", Form.HOMOGRAPH, 1),
        ("alipaay.com", Form.TYPO, 0),
        ("alpiay.com", Form.TYPO, 0),
        ("ali-pay.com", Form.HYPHENATION, 0),
        ("alipay.top", Form.SUFFIX_SWAP, 0),
        ("icbc.com.cn.made-up.example", Form.BRAND_IN_NAME, 1),
        ("icbc-login.made-up.example", Form.BRAND_IN_NAME, 1),
        ("weixin-qq.com", Form.BRAND_IN_NAME, 2),
        ("made-up-invset.top", Form.TYPO, 3),
        ("madeup-invest.top", Form.HYPHENATION, 3),
        ("made-up-invest.vip", Form.SUFFIX_SWAP, 3),
        ("madeupslte.example", Form.HOMOGRAPH, 4),
    ],
)
def test_a_likeness_of_a_site_is_told(asked: str, form: Form, owner: int) -> None:
    assert (form, owner) in forms(asked)


@pytest.mark.parametrize("asked", ["alipay.com", "open.alipay.com", "mail.qq.com", "made-up-invest.top", "nothing-alike.example", "aqq.example", "1.2.3.4"])
def test_what_is_itself_or_the_brands_own_is_near_nothing(asked: str) -> None:
    kind = Kind.IP if asked[0] == "1" else Kind.DOMAIN
    value = clean(kind, asked).value
    assert BOOK.near(Kind.DOMAIN, value, value) == []


def test_numbers_and_accounts_near_a_listed_one() -> None:
    hits = {hit.owner: hit for hit in BOOK.near(Kind.PHONE, "+8613800000002")}
    assert (hits[5].form, hits[5].place, hits[5].known, hits[5].asked) == (Form.ONE_DIGIT, 14, "1", "2")
    (run,) = BOOK.near(Kind.PHONE, "+8613800000034")
    assert (run.form, run.size, run.distance) == (Form.RANGE, 3, 27)
    assert BOOK.near(Kind.PHONE, "+8613800000299") == []
    assert [hit.form for hit in BOOK.near(Kind.CARD, "6220000000021345")] == [Form.SWAPPED_DIGITS]
    assert [hit.form for hit in BOOK.near(Kind.BANK_ACCOUNT, "6220000000012346")] == [Form.ONE_DIGIT]
    assert BOOK.near(Kind.BANK_ACCOUNT, "6220000000012345") == []
    assert BOOK.near(Kind.ID_CARD, "6220000000012345") == []


def test_account_names_near_a_listed_one() -> None:
    assert forms("made_up_teacner", Kind.WECHAT) == [(Form.TYPO, 9)]
    assert forms("made_up_teachcr", Kind.WECHAT) == [(Form.TYPO, 9)]
    assert [hit.form for hit in BOOK.near(Kind.IM, "telegram:made_up_b0ss")] == [Form.HOMOGRAPH]
    assert BOOK.near(Kind.WECHAT, "made_up_teacher") == []


def test_an_empty_book_knows_nothing_and_bad_punycode_stays() -> None:
    assert Book([]).near(Kind.DOMAIN, "made-up.example", "made-up.example") == []
    assert shown("xn--a.example") == "xn--a.example"
    assert site_of("1.2.3.4").label == ""
