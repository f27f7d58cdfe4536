"""Ways of saying: what ten others would say in place of one, and what looks like it and is nothing of the kind."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.reading import MoneyRole, read_narrative
from fanzha.engine.reading.amounts import amounts_in, value_of
from fanzha.vocab.identifiers import Kind

NAMES = ("云谷微聊", "瑞盛财经", "Kotrade", "聚鑫荟", "橙果部落")
TELLINGS = """
他让我去下载一个APP名字叫{}，|对方推荐我用一款叫{}的聊天软件|软件的名字我记得是{}，|后来都在{}里面聊|一直在{}上操作，|用的啥软件？叫{}。
叫什么{}的一个平台|就是{}，一个炒股的软件
名叫{}的交友平台|一个投资平台（{}）|下载名为{}的软件|一个做任务的软件，叫{}，
扫码装了{}，注册要填邀请码|软件下载好了，打开{}，显示余额八万|让我下载软件，称要在{}接单|扫二维码后用{}联系
通过{}交易平台投资|下载了短剧软件{}，|安装交友APP{}，|喊我下那个{}，
安装“星贸”和“{}”，|名称记不清的软件，好像叫“{}”，|我在一个叫“{}”上面买|软件叫{}来着，
""".replace("\n", "|").strip("|").split("|")


@pytest.mark.parametrize("telling", TELLINGS)
def test_an_app_is_found_whatever_its_name(telling: str) -> None:
    for name in NAMES:
        found = [mention.value for mention in read_narrative("事主称，" + telling.format(name) + "后来发现被骗。").mentions if mention.kind is Kind.APP]
        assert found[-1:] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "打开车库大门，发现里面没人", "我在万达广场里面买衣服", "他叫王志强，是做工程的", "客服叫李晓雨，让我下载软件", "在李家村里投资养鸡场，扫二维码",
        "桌面上写着注意事项，",
        "登录邮箱，显示密码错误", "在瑞祥小区里聊天，后来下载了软件", "用座机联系我，后来让我下载软件", "有个老师叫陈思远，说带我炒股",
        "打开相册，照片没了，是软件偷的", "把聊天记录删了", "网名叫云淡风轻，在软件里聊",
        "她叫Linda，在软件上认识", "昵称叫甜甜圈，软件上认识的", "在门诊大厅里登记，扫二维码", "一个叫张伟的，说是警察", "用英语沟通，加了软件", "平台上有很多人跟单",
        "添加名为“小甜甜”的微信", "客服“李经理”通过软件内聊天告知", "在海上钻井平台做工程师",
    ],
)  # fmt: skip
def test_people_and_places_are_no_app(text: str) -> None:
    assert [mention.value for mention in read_narrative(text).mentions if mention.kind is Kind.APP] == []


ACCOUNTS = {
    (Kind.IM, "line:lu_ke99"): "叫我加LINE，账号是lu_ke99|用LINE聊，他的ID是lu_ke99|Line号lu_ke99",
    (Kind.IM, "telegram:lu_ke99"): "用Telegram联系，账号lu_ke99|电报上加的他，用户名lu_ke99|让我加@lu_ke99",
    (Kind.IM, "soul:88170000990"): "在soul认识，账号数字88170000990|soul账号88170000990",
    (Kind.IM, "whatsapp:+6500000908"): "安装包从WhatsApp发我，号码+6500000908",
    (Kind.WECHAT, "lu_ke99"): "他微x是lu_ke99|微信名片推给我，号是lu_ke99|微信名叫小鹿，号是lu_ke99",
    (Kind.QQ, "820001234"): "对方的QQ还是您儿子的号吗？来电人：不是，仔细看是820001234|加了QQ群，群号820001234",
    (Kind.PHONE, "+8619300000963"): "现场手机卡号码：19300000963|电话卡号19300000963",
    (Kind.PHONE, "10690000000996"): "短信发件号码10690000000996",
    (Kind.BANK_ACCOUNT,
    "44050000000904"): "通过手机银行向44050000000904（户名：某商贸行）转账|44050000000904收款115万元|汇到农商行44050000000904|转账到建行对公44050000000904",
}


@pytest.mark.parametrize(("identifier", "texts"), ACCOUNTS.items(), ids=str)
def test_accounts_are_of_the_messenger_or_bank_that_is_named(identifier: tuple[Kind, str], texts: str) -> None:
    for text in texts.split("|"):
        assert [(mention.kind, mention.value) for mention in read_narrative(f"事主称，{text}，").mentions] == [identifier], text


@pytest.mark.parametrize("text", ["宽带账号0712000992", "平台账号88170000990", "余额里有150000.00"])
def test_what_is_no_account(text: str) -> None:
    assert read_narrative(text + "，").mentions == ()


SUMS = {
    "三张卡的一千二四千六还有两万都转了": (1200, 4600, 20_000), "投一万一年给1800的利息": (10_000, 1800), "贷款廿万，": (200_000,), "欠网贷三千多没还清": (3000,),
    "一双39块9的鞋子": (Decimal("39.9"),), "垫6，980元": (6980,), "转出9 800元": (9800,), "借给他贰万圆整，": (20_000,), "拢共7200箍，": (7200,),
    "一桌1288，": (1288,), "1499一瓶，": (1499,), "两张内场5160 转完": (5160,), "给我一百五一张，": (150,), "余额剩17.83。": (Decimal("17.83"),),
    "转了4笔，分别是5000、6000、7000元": (5000, 6000, 7000), "我有打过110和96110，": (), "送两百把铁锹": (), "ID多少 我：17000997 买家": (), "一单元1502，": (),
    "一瓶500毫升": (), "GPS 30.01,122.10，": (), "一个叫360极速贷的，": (),
}  # fmt: skip


@pytest.mark.parametrize("text", SUMS)
def test_sums_as_they_are_told(text: str) -> None:
    assert [Decimal(amount.fen) / 100 for amount in read_narrative(text).amounts] == list(SUMS[text])


_HUNDREDS = st.builds(lambda head, tail: f"{head}千{tail}", st.sampled_from("一二三四五六七八九"), st.sampled_from("一二三四五六七八九"))


@settings(max_examples=60, deadline=None)
@given(st.lists(_HUNDREDS, min_size=1, max_size=6))
def test_sums_without_a_stop_between_are_told_apart(sums: list[str]) -> None:
    assert [match["core"] for match in amounts_in("".join(sums))] == sums


@settings(max_examples=60, deadline=None)
@given(st.text("一二三四五六七八九十百千万廿零两元多余 ，0123456789年张", max_size=40))
def test_matches_of_sums_go_forward_and_lie_apart(text: str) -> None:
    last = 0
    for match in amounts_in(text):
        assert last <= match.start() < match.end() <= len(text)
        last = match.end()
        money = value_of(match)
        assert money is None or money.fen > 0


FATES = {
    "说账户被锁了，喊他充八百八": MoneyRole.FEE, "称银行卡号填写有误导致资金冻结，吴某支付3600元，均未退回": MoneyRole.FEE,
    "说卡被风控要六千 我又打了": MoneyRole.FEE, "说我信用分不行，再打12000元，我打了": MoneyRole.FEE,
    "完成点赞任务后获18元，": MoneyRole.RETURNED, "做任务3次，第1次得20元": MoneyRole.RETURNED,
    "刷单第一天赚120，": MoneyRole.RETURNED, "平台退我238，我就信了": MoneyRole.RETURNED,
    "开了个户给他 他给了我2000 后来": MoneyRole.OTHER, "我帮他跑分，得了860元": MoneyRole.OTHER,
    "我给了，他又要300，鸟环编号也对不上": MoneyRole.OTHER, "转完又说再借五千，我打他电话人家在喝酒": MoneyRole.OTHER,
    "打完不结账，又要罚500。坐席：请说": MoneyRole.OTHER,
    "一桌1288，说要十桌": MoneyRole.OTHER, "矿机6800元一台，": MoneyRole.OTHER, "每期还930，": MoneyRole.OTHER,
}  # fmt: skip


@pytest.mark.parametrize("text", FATES)
def test_what_the_story_makes_of_a_sum(text: str) -> None:
    assert [amount.role for amount in read_narrative(text).amounts][:1] == [FATES[text]]


def test_one_after_the_other_is_no_price() -> None:
    roles = [amount.role for amount in read_narrative("我把两张存单都取了，一张五万，一张七万，都汇到他说的账户").amounts]
    assert roles == [MoneyRole.LOST, MoneyRole.LOST]


def test_times_as_banks_write_them() -> None:
    assert [moment.raw for moment in read_narrative("交易时间显示03-05 13:07，演出当天取消").times] == ["03-05 13:07"]


@pytest.mark.parametrize(
    ("told", "sums", "owners"),
    [
        ("报警人称对方电话17000000002，昨天转账3000元被骗。", ["lost"], ["suspect"]),
        ("张女士称接到自称客服的电话400 000 3345，说误开会员，共享屏幕后卡内2.3万元被转走。", ["lost"], ["suspect"]),
        ("李先生被人拉进群刷单，垫付3800元后无法提现，对方QQ为330011225。", ["lost"], ["suspect"]),
        ("其母亲电话13800000033，被骗5万元，转入6228480000000000018。", ["lost"], ["victim", "suspect"]),
        ("嫌疑人使用号码17000000045拨打受害人电话13900000056。", [], ["suspect", "victim"]),
        ("报警人从自己的工商银行卡6222000000000000045向对方账户6217000000000000052转账1万元。", ["lost"], ["victim", "suspect"]),
        ("对方要求交2000元保证金，报警人没有交。", ["other"], []),
        ("银行工作人员电话0594-2200000反映客户欲汇款20万元，已劝阻。", ["other"], ["unknown"]),
        ("冒充孙子借钱，老人给了对方现金2万元。", ["lost"], []),
        ("返现50元，又转了500元、1500元，都没回来。", ["returned", "lost", "lost"], []),
        ("民警电话05942210110联系受害人。", [], ["unknown"]),
    ],
)
def test_a_plain_sentence_by_itself_is_read_plainly(told: str, sums: list[str], owners: list[str]) -> None:
    reading = read_narrative(told)
    assert [one.role.value for one in reading.amounts] == sums
    assert [one.role.value for one in reading.mentions] == owners
