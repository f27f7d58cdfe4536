"""Apps without quotes, what became of a sum by its clause, and whose a number is by the words right at it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.reading import MoneyRole, Role, read_narrative
from fanzha.vocab.identifiers import Kind

NAME = "鑫海优投"
TELLINGS = (
    "下载{}APP", "安装了一个{}，里面有客服", "让我装个{}app开共享", "手机上多了个{}图标", "软件叫{}", "那个平台名字叫{}，",
    "一款名为{}的软件", "一个叫{}的东西",
    "在{}APP上投资了五万元", "统一换到{}APP聊", "在虚假平台{}上刷单", "小程序{}下单", "会议软件{}，", "登录{}这个软件",
    "骗子用的软件是{}", "叫我删掉{}", "让我把{}卸载了",
    "坐席：什么软件？市民：{}。", "坐席：在哪里投的？市民：手机上，{}，", "下载“{}”", "搜“{}”下载",
    "「{}」这个軟體",
    "{}.apk", "APP（{}）", "那个{}app是假的", "安装了QQ和{}",
    "一个叫作{}的APP里头买基金", "APP名{}。", "下载使用{}作为工具", "下载{}后注册", "安装{}参与抢单", "对方以{}软件指挥", "让我走{}拼单",
    "都到{}那边去了", "手机上就多了个{}的图标", "在{}上认识", "叫{}的软件", "一款{}软件", "仿冒{}APP", "用{}这个软件", "有个软件{}，", "推荐{}炒股",
    "{}打不开了", "后来{}登不上了", "{}（假APP）", "“{}”打不开了", "“{}”里面显示盈利", "发来“{}”安装包", "扫码装了“{}”", "钱充进“{}”",
    "引导至{}平台投资", "在境外聊天工具{}上联系",
)  # fmt: skip


UNTOLD = ("霁川汇选", "小满有约", "沃伦通", "TideFox", "早点返")
"""Names that stand in no lesson."""


def test_apps_are_found_however_they_are_told() -> None:
    """A few words tell less than a story: nine tenths of the tellings by themselves."""
    found = [apps_in(f"事主称，{telling.format(name)}，后来发现被骗。") == [name] for name in UNTOLD for telling in TELLINGS]
    assert sum(found) >= 0.9 * len(found)


def apps_in(text: str) -> list[str]:
    return [mention.value for mention in read_narrative(text).mentions if mention.kind is Kind.APP]


@pytest.mark.parametrize("name", ["BitNova", "DeFi-Pro", "Global FX", "恒e贷", "Soulmi"])
def test_names_in_latin_letters(name: str) -> None:
    assert [mention.value for mention in read_narrative(f"下载了{name}软件，充值五万元").mentions if mention.kind is Kind.APP] == [name]


def test_two_that_are_installed() -> None:
    found = [mention.value for mention in read_narrative("他让我装了个云晤会和鹊鸣通，都是聊天的").mentions]
    assert found == ["云晤会", "鹊鸣通"]


@pytest.mark.parametrize(
    "text",
    [
        "让我下载软件", "下载了一个会议软件共享屏幕", "安装监控设备", "下个月还款", "拍下一个电饭煲",
        "在抖音上认识", "登录手机银行APP", "平台客服说冻结了", "家里装了个太阳能",
        "使用微信和支付宝", "在线客服",
        "到派出所报案", "用的是信用卡", "下楼买菜", "去柜台存钱", "叫老师带我", "软件是他发的",
        "在百度上搜", "我在币安购买USDT", "以USDT转账", "以母亲微信里的钱", "在手机短信里看到", "在朋友圈里认识", "到App Store里搜", "下载个人所得税APP",
        "登录兴业银行APP",
        "在京东金融平台上借钱", "一款高回报的理财产品", "通过网约车平台", "在彩票票面上看到", "问问家里人", "以便于进一步沟通", "平台“助农订单”可抵押金",
        "在投资峰会上见过", "商品名称是“休闲裤”",
        "平台要求交保证金", "下载国家反诈中心APP", "菜有宫保鸡丁、清蒸鱼、炒饭", "安装师傅上门", "女装和男装",
    ],
)  # fmt: skip
def test_words_of_every_day_are_no_app(text: str) -> None:
    assert [mention.value for mention in read_narrative(text).mentions if mention.kind is Kind.APP] == []


@pytest.mark.parametrize("name", ["同花顺", "拍拍贷", "全民K歌", "顺丰速运", "Teams", "360借条"])
@pytest.mark.parametrize("telling", ["下载{}APP", "在{}上认识", "在“{}”上买的", "软件叫{}，", "让我装{}，"])
def test_services_of_everybody_are_no_app_of_a_trick(telling: str, name: str) -> None:
    assert [mention.value for mention in read_narrative(telling.format(name)).mentions if mention.kind is Kind.APP] == []


def test_what_was_paid_in_stays_paid_behind_invisible_characters() -> None:
    reading = read_narrative("\u200b" * 9 + "我垫进去四万六了，又要两万，没敢交")
    assert [amount.role for amount in reading.amounts] == [MoneyRole.LOST, MoneyRole.OTHER]


ROLES = {
    "要我给三万，我给了八千": (MoneyRole.OTHER, MoneyRole.LOST),
    "后来又让我交5000元，我没敢交": (MoneyRole.OTHER,),
    "对方再次要求支付30万元，财务核实后发现被骗": (MoneyRole.OTHER,),
    "让我转5000元，我就转了": (MoneyRole.LOST,),
    "做了几单得了24块": (MoneyRole.RETURNED,),
    "我先投2000元，提出来过2300元，又放15000元": (MoneyRole.LOST, MoneyRole.RETURNED, MoneyRole.LOST),
    "我投进去46000，只拿回650": (MoneyRole.LOST, MoneyRole.RETURNED),
    "说要解除防沉迷再付2000元，": (MoneyRole.FEE,),
    "走账23万元，获利2300元": (MoneyRole.OTHER, MoneyRole.OTHER),
    "合同金额80000元": (MoneyRole.OTHER,),
    "以缴纳清关费为由，骗取其3.2万元，又称交税再骗1.8万元": (MoneyRole.FEE, MoneyRole.FEE),
    "称账号冻结，需充值解冻，其分三次支付1500元、3000元": (MoneyRole.FEE, MoneyRole.FEE),
    "说要再付299激活退款，付了又让付1196": (MoneyRole.FEE, MoneyRole.FEE),
    "钱包内价值7.3万元的虚拟币被转走": (MoneyRole.LOST,),
    "银行拦截12万元": (MoneyRole.OTHER,),
    "办理年卡2580元，后商家停业，属消费纠纷": (MoneyRole.OTHER,),
    "转账5000元给房东，经查非诈骗，不属诈骗": (MoneyRole.OTHER,),
    "我垫进去四万六了，又要两万，没敢交": (MoneyRole.LOST, MoneyRole.OTHER),
    "把借呗里的钱都贷出来，两万六，全打给他": (MoneyRole.LOST,),
    "伊讲要交三万六个人所得税，我交脱了": (MoneyRole.FEE,),
}


@pytest.mark.parametrize("text", ROLES)
def test_what_became_of_a_sum(text: str) -> None:
    assert tuple(amount.role for amount in read_narrative(text).amounts) == ROLES[text]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9_999), st.sampled_from(["我没给", "我没敢转", "我拒绝了", "我没有交"]), st.sampled_from(["又要我交", "还让我转", "再要求其支付"]))
def test_what_is_refused_is_no_loss(hundreds: int, refusal: str, demand: str) -> None:
    reading = read_narrative(f"对方{demand}{hundreds * 100}元，{refusal}。")
    assert [amount.role for amount in reading.amounts] == [MoneyRole.OTHER]
    assert reading.loss_fen == 0


WHOSE = {
    "我垫了五万，打电话到办公室0591-50000769才知道是假的": Role.UNKNOWN,
    "打他本人电话19900000115才知道微信被盗": Role.UNKNOWN,
    "事主石某接00852-50000714来电，对方自称客服": Role.SUSPECT,
    "未成年人王某被拉入QQ群815000815": Role.SUSPECT,
    "坐席：对方怎么联系您的？市民：QQ，1690000797": Role.SUSPECT,
    "坐席：您的电话？市民：19900000797": Role.VICTIM,
    "让我把理财赎回存到卡6217008140000000011里，密码给了他": Role.VICTIM,
    "将本人银行卡6230000000000001353提供给上家跑分": Role.SUSPECT,
    "汇出卡为6228486330000000015": Role.VICTIM,
    "卡号6222007720000000011，早上发现少了四万": Role.VICTIM,
    "从6228486330000000015转出五万元": Role.VICTIM,
}


@pytest.mark.parametrize("text", WHOSE)
def test_whose_a_number_is(text: str) -> None:
    found = [mention for mention in read_narrative(text).mentions if mention.kind is not Kind.APP]
    assert [mention.role for mention in found] == [WHOSE[text]], found


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("薇fake_v02", Kind.WECHAT, "fake_v02"), ("微❤️：fake_v08", Kind.WECHAT, "fake_v08"), ("加扣31000109", Kind.QQ, "31000109"), ("扣：31000109", Kind.QQ, "31000109"),
     ("佢微信系fake_v09", Kind.WECHAT, "fake_v09"), ("通过微信转账7600元至fake_v10", Kind.WECHAT, "fake_v10"), ("fake_v11这个微信", Kind.WECHAT, "fake_v11"),
     ("他微信号我记得是fake_v12", Kind.WECHAT, "fake_v12"), ("QQ群“财富群”31000109", Kind.QQ, "31000109"), ("QQ昵称阿强，号31000109", Kind.QQ, "31000109"),
     ("用31000109这个QQ加我", Kind.QQ, "31000109"), ("用Skype找我的，号是fake_v13", Kind.IM, "skype:fake_v13"),
     ("转接打**21*17000000001#", Kind.PHONE, "+8617000000001")],
)
def test_more_spellings_of_messengers(text: str, kind: Kind, value: str) -> None:
    reading = read_narrative(f"对方，{text}。")
    assert [(mention.kind, mention.value) for mention in reading.mentions] == [(kind, value)]
    assert [amount.fen for amount in reading.amounts] == ([760_000] if "7600元" in text else [])


@pytest.mark.parametrize(
    ("text", "fen"),
    [("都转出来了，21000打到卡里，16500打到另一张", [2_100_000, 1_650_000]), ("拼成299，我付了", [29_900]), ("第3单我交188，第4单1888，", [18_800, 188_800]),
     ("卡里的钱一笔一笔出去，4999、3200。", [499_900, 320_000]), ("交房租3500，", [350_000]), ("亏了十多万", [10_000_000]), ("扣掉399，", [39_900])],
)  # fmt: skip
def test_sums_without_a_unit(text: str, fen: list[int]) -> None:
    assert [amount.fen for amount in read_narrative(text).amounts] == fen


def test_a_month_of_a_range_ends_before_its_word() -> None:
    assert [moment.raw for moment in read_narrative("2025年11月至2026年2月间先后转账").times] == ["2025年11月", "2026年2月"]


def test_what_is_deducted_is_an_amount() -> None:
    assert [amount.fen for amount in read_narrative("卡里被扣300000元，又扣了12000。").amounts] == [30_000_000, 1_200_000]
