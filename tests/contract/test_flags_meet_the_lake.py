"""Two desks must agree on tokens: what the registry flags is what the intake writes into the lake. Every identifier is made up."""

from __future__ import annotations

import polars as pl
import pytest

from fanzha.desks.indicators import IndicatorRow
from fanzha.desks.indicators.cleaning import clean_rows
from fanzha.desks.intake.mentions import mentions
from fanzha.lake.tokens import Tokens
from fanzha.store import crypto
from fanzha.store.keys import Keys
from fanzha.vocab.identifiers import Kind


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    keys = Keys.generate()
    crypto.use(crypto.FieldCipher(keys))
    return Tokens(keys.tokens)


@pytest.mark.parametrize(
    ("listed", "kind", "text"),
    [
        ("made-up-invest.top", None, "点击 http://made-up-invest.top/a 领取"),
        ("made-up-invest.top", None, "点击 h5.made-up-invest.top/a?x=1 领取"),
        ("https://app.made-up-invest.top/register", None, "下载 made-up-invest.top"),
        ("www.made-up-invest.top", None, "登录made-up-invest.top查看"),
        ("shop.made-up.com.cn", None, "请进 https://pay.made-up.com.cn 付款"),
        ("http://192.0.2.7:8080/x", None, "打开 http://192.0.2.7/y 认证"),
        ("192.0.2.7", Kind.IP, "打开 http://192.0.2.7/y 认证"),
        ("13800000001", None, "联系客服 138-0000-0001"),
        ("+85290000001", None, "请拨 0085290000001"),
        ("400-000-0001", None, "客服电话 4000000001"),
        ("6220000000000000001", Kind.CARD, "汇到 6220 0000 0000 0000 001"),
        ("12345678", Kind.QQ, "加QQ：12345678"),
        ("Made_up01", Kind.WECHAT, "加微信号 made_up01 领取"),
    ],
)
def test_a_listed_identifier_is_found_in_a_text(tokens: Tokens, listed: str, kind: Kind | None, text: str) -> None:
    (entry,) = clean_rows([IndicatorRow(value=listed, kind=kind)], tokens).entries.values()
    links, contacts = mentions(pl.Series([text]), tokens)
    assert set(entry.tokens) & {*links[0], *contacts[0]}


def test_a_page_on_a_platform_is_not_the_platform(tokens: Tokens) -> None:
    (entry,) = clean_rows([IndicatorRow(value="https://play.google.com/store/apps/details?id=made.up")], tokens).entries.values()
    links, _ = mentions(pl.Series(["下载 https://play.google.com/store/apps/details?id=other.app"]), tokens)
    assert not set(entry.tokens) & set(links[0])
