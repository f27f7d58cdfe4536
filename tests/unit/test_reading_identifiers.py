"""Identifiers as other hands write them: glued to words, named a clause before or behind, spoken with counts, and numbers that look like them."""

from __future__ import annotations

import pytest

from fanzha.engine.reading import Mention, read_narrative
from fanzha.vocab.identifiers import Kind


def identifiers_of(text: str) -> list[Mention]:
    """All but names of apps, which are read by other rules."""
    return [mention for mention in read_narrative(text).mentions if mention.kind is not Kind.APP]


FOUND = {
    (Kind.CARD, "6221550000110022033", "6221550000110022033"): (
        "转账：12000→6221550000110022033；9500→同卡。|本人一张、丈夫6221550000110022033两卡分五次转账，"
    ),
    (Kind.BANK_ACCOUNT, "16500006633", "16500006633"): "我的支付宝号就是16500006633，|念某通过支付宝向16500006633转账3000元，",
    (Kind.QQ, "56006633", "56006633"): "接：买家QQ？报：56006633。",
    (Kind.WECHAT, "zls_3302bx", "zls_3302bx"): "问：对方微信号看得到吗？答：zls_3302bx。|他说转给微信向zls_3302bx，",
    (Kind.IM, "00178833", "soul:00178833"): "在Soul上认识个女的，Soul号00178833，",
    (Kind.IM, "sz_szg0033", "xianyu:sz_szg0033"): "賣家個閒魚號叫sz_szg0033，",
    (Kind.CARD, "6225000001003307", "6225000001003307"): "流水上对方账号？市民：6225000001003307。",
    (Kind.PHONE, "021 5000 3327", "+862150003327"): "那个女警官号码021 5000 3327。",
    (Kind.IM, "nongji0033", "kuaishou:nongji0033"): "在快手账号nongji0033的直播间看中一台，",
    (Kind.IM, "ajfc0033", "douyin:ajfc0033"): "佢抖音號碼係ajfc0033，",
    (Kind.IM, "80303317", "yidui:80303317"): "在“一对”上结识一女子（一对号80303317），",
    (Kind.DOMAIN, "gfzx-0033.vip", "gfzx-0033.vip"): "访问涉诈域名gfzx-0033.vip41次。",
    (Kind.IP, "203.0.113.9:8080", "203.0.113.9"): "浏览器输入203.0.113.9:8080打开|控制端203.0.113.9:8080。",
    (Kind.IP, "2001:db8::8a2e", "2001:db8::8a2e"): "IP地址：2001:db8::8a2e，",
    (Kind.URL, "https://h5.lumo.example/a?ch=3", "h5.lumo.example/a?ch=3"): "打开https://h5.lumo.example/a?ch=3（页面是贷款）",
    (Kind.DOMAIN, "lumo9.invalidtop", "lumo9.invalidtop"): "点入lumo9.invalidtop，|要从lumo9.invalidtop扫描装",
    (Kind.DOMAIN, "lumo-dai.topx", "lumo-dai.topx"): "点链接lumo-dai.topx，|网页“lumo-dai.topx”上",
    (Kind.BANK_ACCOUNT, "17000004455", "17000004455"): (
        "支付宝收款账号17000004455。|支付宝（账号17000004455）|支付宝收款人“*强”，账号17000004455，|用支付宝收的 17000004455 名字叫*强|"
        "用支付宝转账2000元到对方账号17000004455|打到17000004455（支付宝）上|支付宝扫码付款给17000004455"
    ),
    (Kind.BANK_ACCOUNT, "kk_8@pay.example", "kk_8@pay.example"): (
        "扫支付宝付款，对方账号为kk_8@pay.example，|付款至kk_8@pay.example。|收款kk_8@pay.example，|转给kk_8@pay.example（支付宝账号）|財付通kk_8@pay.example"
    ),
    (Kind.BANK_ACCOUNT, "16500004455", "16500004455"): (
        "我用支付宝，号就是我手机16500004455，|支付宝就是我号16500004455 |收款：财付通，手机16500004455。|過咗一萬畀16500004455（支付寶）。"
    ),
    (Kind.BANK_ACCOUNT, "kk_9@pay.example", "kk_9@pay.example"): (
        "转五百去kk_9@pay.example呢个支付宝，|我支付宝账号是邮箱kk_9@pay.example，|支付宝先给kk_9@pay.example转2000 |收铜钿支付宝是只邮箱kk_9@pay.example。"
    ),
    (Kind.BANK_ACCOUNT, "37050000011220001", "37050000011220001"): (
        "转至3705000001122000168万元|合同款付到37050000011220001。|存折37050000011220001上的三万|公司账37050000011220001出，|从公司一般户37050000011220001转出|"
        "监管户是37050000011220001，|户口系“某达商贸”，37050000011220001。|给那边的37050000011220001打了三万|设备款给“某医疗器械”37050000011220001。|卡转37050000011220001。"
    ),
    (Kind.BANK_ACCOUNT, "NRA3300000011220", "NRA3300000011220"): "运费汇至NRA3300000011220。",
    (Kind.BANK_ACCOUNT, "DE89370400440532013000", "DE89370400440532013000"): "收款DE89370400440532013000，",
    (Kind.BANK_ACCOUNT, "3300011000220044", "3300011000220044"): "转至3300011000220044（户名：某某有限公司）",
    (Kind.BANK_ACCOUNT, "330011223344", "330011223344"): "在抖音上联系，对方提供账号330011223344让其转账|在Telegram上联系，让其往账号330011223344转账",
    (Kind.BANK_ACCOUNT, "2010 0220 0000 1177 33", "201002200000117733"): "我公司的户（2010 0220 0000 1177 33）|和公司户2010 0220 0000 1177 33。",
    (Kind.CARD, "6217000000000001009", "6217000000000001009"): (
        "转入62170000000000010093万元|名下卡62170000000000010093月4日转入|转入62170000000000010094.7万元、|卡62170000000000010092026年3月4日开户|卡号6217000000000001009余额不足"
    ),
    (Kind.CARD, "6217000000000001019", "6217000000000001019"): (
        "密码，其卡6217000000000001019随即被扣|收款第一张6217000000000001019。|验证码，建行卡6217000000000001019被转|卡62170000000000010194200，我爸"
    ),
    (Kind.ID_CARD, "360000199911100014", "360000199911100014"): "转给曾某（360000199911100014）的卡",
    (Kind.PHONE, "+44 7000000912", "+447000000912"): "以“检察官”身份用+44 7000000912联系。",
    (Kind.PHONE, "02250006501", "+862250006501"): "刘女士（本机02250006501）",
    (Kind.PHONE, "17000004466", "+8617000004466"): "快递员向某（17000004466）验视|手机卡17000004466及U盾|电话170000044663月8日打来|手机17000004466。公司",
    (Kind.PHONE, "幺七零 四个零 二二零五", "+8617000002205"): "打来的号是幺七零 四个零 二二零五。",
    (Kind.PHONE, "幺七零，四个零，二二零五", "+8617000002205"): "电话是幺七零，四个零，二二零五。",
    (Kind.PHONE, "一七零、零零零零、二二零五", "+8617000002205"): "打电话先，一七零、零零零零、二二零五，后来",
    (Kind.PHONE, "17000004455", "+8617000004455"): "接到17000004455的支付宝客服电话|手机号17000004455（微信同号）|付款后联系17000004455发货",
    (Kind.WECHAT, "17000004455", "17000004455"): "他微信就是他电话17000004455。|微信和手机是一个号17000004455|17000004455是他微信也是电话|微信号为手机号17000004455",
    (Kind.WECHAT, "lu_ke99", "lu_ke99"): (
        "微信号就是 lu_ke99 |她微信号我一直有的 lu_ke99 |通过微信转给“小周”（lu_ke99）|有个微信加我 号码lu_ke99 |微信号有人查出来是lu_ke99。"
    ),
    (Kind.QQ, "800112244", "800112244"): "通过“中介”群800112244担保|冒充院长建群800112244，|假冒账号QQ800112244发布|妹妹的号是QQ800112244，",
    (Kind.QQ, "800112233", "800112233"): "在QQ上加了个人800112233，|QQ兼职群（800112233）|qq号他背下来了800112233|加的QQ才是800112233",
    (Kind.WECHAT, "lu_ke88", "lu_ke88"): "长期要，加Vlu_ke88。|微信收款lu_ke88。|微信商户，只看到lu_ke88。|联系人马经理lu_ke88。|把团队的人推给我lu_ke88，",
    (Kind.WECHAT, "wxid_sj501", "wxid_sj501"): "点开看才知道是wxid_sj501。",
    (Kind.WECHAT, "16500004466", "16500004466"): "俩微信，一个网名，一个直接就是手机号16500004466。",
    (Kind.IM, "700010229", "momo:700010229"): "他在那边的号是700010229，这个是陌陌的|在陌陌私信有人700010229发来语音",
    (Kind.BANK_ACCOUNT, "3705 0000 0112 2000 1", "37050000011220001"): "钱全进了“某达商贸”的3705 0000 0112 2000 1。",
    (Kind.IM, "lu_ke88", "instagram:lu_ke88"): "她ins号lu_ke88，",
    (Kind.IM, "lu_ke88", "potato:lu_ke88"): "客服号lu_ke88（土豆聊天）。",
    (Kind.IM, "20077104", "batchat:20077104"): "在蝙蝠（20077104）上派单",
    (Kind.IM, "小安母婴专营店", "wangwang:小安母婴专营店"): "卖家（旺旺小安母婴专营店，",
    (Kind.IM, "60011207", "yidui:60011207"): "伊对ID60011207，|在伊对上（对方ID60011207）|伊对UID60011207",
    (Kind.IM, "20077103", "batchat:20077103"): "经理的蝙蝠20077103，|通过蝙蝠（账号20077103）接单|与上线在20077103（蝙蝠号）联系",
    (Kind.IM, "85200001107", "whatsapp:85200001107"): "客服WhatsApp85200001107称",
    (Kind.IM, "lu_ke99", "skype:lu_ke99"): "加了Skypelu_ke99，|每日在Skype向lu_ke99报到",
    (Kind.IM, "lu_ke99", "line:lu_ke99"): "后转至LINE（lu_ke99）聊天|加LINE跟承办人讲，ID是lu_ke99。|老师LINElu_ke99，",
    (Kind.IM, "lu_ke99", "telegram:lu_ke99"): "飞机群（群主账号lu_ke99）接单|加了个telegram就是lu_ke99然后",
    (Kind.IM, "lu_ke99", "kuaishou:lu_ke99"): "在快手刷到一“女主播”，lu_ke99，天天|阿梅的快手号我抄下来了lu_ke99，",
    (Kind.IM, "lu_ke99", "soul:lu_ke99"): "导师IDlu_ke99（soul上也是他）",
    (Kind.IM, "qq2200881", "tantan:qq2200881"): "探探号qq2200881介绍",
    (Kind.IM, "lepai55#0", "discord:lepai55#0"): "客服Discord是lepai55#0，",
    (Kind.IM, "@lu_ke99", "twitter:lu_ke99"): "其在X上关注一人的账号@lu_ke99，",
    (Kind.IM, "+85290001107", "whatsapp:+85290001107"): (
        "在WhatsApp对方显示的号码系+85290001107，|回信让加+85290001107，WhatsApp的，|是香港的，+85290001107，在WhatsApp里自称|whats app分开写，+85290001107，"
    ),
    (Kind.IM, "+85290001108", "line:+85290001108"): "Line跟手机是一个号+85290001108，",
    (Kind.IM, "0085290001109", "whatsapp:+85290001109"): "在WhatsApp上聊，他那个号是0085290001109。",
    (Kind.IM, "84900001107", "zalo:84900001107"): "zalo上的号码就是84900001107，",
    (Kind.IM, "_lu.ke99", "instagram:_lu.ke99"): "其用ins（_lu.ke99）聊天|以“_lu.ke99”在IG上招人",
    (Kind.IM, "3x7700abckk", "kuaishou:3x7700abckk"): "该快手账号（ID：3x7700abckk）私信",
    (Kind.IM, "@677abcxy", "line:677abcxy"): "加了LINE，他催，我加了，@677abcxy，",
    (Kind.IM, "lu_ke77", "xianyu:lu_ke77"): "咸鱼号lu_ke77，|闲鱼上看中相机，卖家（会员名lu_ke77）",
    (Kind.IM, "lu_ke77", "xiaohongshu:lu_ke77"): "小红薯上那个代购，号lu_ke77，",
    (Kind.IM, "lu_ke77", "potato:lu_ke77"): "土豆聊天里发了名片，ID那栏写的lu_ke77，|接单的lu_ke77（土豆），",
    (Kind.IM, "lu_ke77", "telegram:lu_ke77"): "记下来lu_ke77是电报不是别的|上家lu_ke77（TG）",
    (Kind.IM, "lu_ke77", "batchat:lu_ke77"): "只有这个lu_ke77 蝙蝠的 |lu_ke77，蝙蝠的，",
    (Kind.IM, "lu_ke77", "douyin:lu_ke77"): "主页号lu_ke77系抖音，",
    (Kind.IM, "lu_ke77", "soul:lu_ke77"): "你搜用户lu_ke77，在Soul里搜",
    (Kind.IM, "raven#0017", "discord:raven#0017"): "discord服务器里那个管理员，raven#0017，",
    (Kind.IM, "77100220", "douyin:77100220"): "抖音号显示为77100220，|抖音号我抄下来了：77100220，",
    (Kind.IM, "售后小雪01", "wangwang:售后小雪01"): "旺旺名“售后小雪01”跳出来",
    (Kind.WECHAT, "lu-ke77", "lu-ke77"): "加的lu-ke77，那是微信|lu-ke77——这串是他发我让我加的微信，|lu-ke77才是微信，|薇❤lu-ke77，",
    (Kind.WECHAT, "16500004477", "16500004477"): "他微信用的就是他手机号，16500004477，",
    (Kind.QQ, "2000110033", "2000110033"): "皮肤哥哥扣 2000110033 |留言，扣2000110033，|2000110033这个号是他扣扣，|问：微信还是QQ？答：QQ。问：多少？答：2000110033。",
    (Kind.IM, "老友数码01", "xianyu:老友数码01"): "卖家闲鱼号老友数码01说走平台|卖家闲鱼会员名老友数码01，标价",
    (Kind.IM, "2000110035", "dingtalk:2000110035"): "拉进一个钉钉群里头，群号2000110035，叫联单|被拉入钉钉群，群号2000110035，",
    (Kind.QQ, "2000110034", "2000110034"): "他叫我加扣，2000110034，说|或者扣 2000110034 都行|叫佢加2000110034呢個QQ，",
    (Kind.WECHAT, "lu_ke78", "lu_ke78"): "加我大号领米，Ⓥ lu_ke78 都行",
    (Kind.IM, "晨光家纺033", "wangwang:晨光家纺033"): "加我旺旺晨光家纺033发了个码|旺旺号晨光家纺033，",
}  # fmt: skip


@pytest.mark.parametrize(("expected", "texts"), FOUND.items(), ids=str)
def test_identifiers_as_other_hands_write_them(expected: tuple[Kind, str, str], texts: str) -> None:
    for text in texts.split("|"):
        assert [(mention.kind, mention.raw, mention.value) for mention in identifiers_of(f"报警人说{text}后来")] == [expected], text


@pytest.mark.parametrize(
    "text",
    [
        "我家ETC卡号是3301 0000 2244 0000，", "合同号PA-CQ-260227-009也查不到", "证明编号JQ-330011，", "快递单号是假的SF00001107220", "证券账户（资金账号540200011277）",
        "学生账号2026000112，", "游戏ID88002211，角色ID 88002212", "UID 330011223，", "许总在飞机上 MU5100没法发消息", "合同编号DK20260304007 让我下借",
        "闲鱼上看中的是iphone15pro，", "旺旺雪饼100包", "机身号D5600-4900。", "医保号A133040000。", "工牌号JR62001，",
        "公积金账号37050000011220，",
        "追踪号UK7700112233GB，", "鸽讯号gx00912，", "他回only Telegram，再没提", "加了WhatsApp business账号，", "到账，扣20000000，",
        "已垫800+6600+28000，", "显示已放款100000但冻结", "把支付宝里15000打到保证金账户，", "警官号330011，",
        "“清零账户”：9000、14800。", "农肥（2024）准字16800002205号", "交了钱，芯片号900000000112233 ", "QQ上转了20000给他",
        "QQ飞车卖家要我给33001122这个充值", "对方QQ发来二维码，金额20260305。", "微信上发来一个链接，我填了账号zhang_001", "下载聚财后账号abc_112233登录",
    ],
)  # fmt: skip
def test_numbers_that_are_none(text: str) -> None:
    assert identifiers_of(text) == []


def test_each_account_is_of_the_service_named_behind_it() -> None:
    told = "71100221是扣扣，lx-7110a是微信，lx7110是电报，先是微信Rong-ge_77，被封以后换成Rong-ge_78"
    assert [mention.value for mention in identifiers_of(told)] == ["71100221", "lx-7110a", "telegram:lx7110", "rong-ge_77", "rong-ge_78"]


@pytest.mark.parametrize("text", ["他让我下土豆聊天，后来客服的账号nana_330没了", "里头有个接待员，号是nana_330，土豆上的", "在土豆上认识的，用户名nana_330，头像是猫"])
def test_an_account_is_of_the_only_messenger_that_a_text_names(text: str) -> None:
    assert [(one.kind, one.value) for one in identifiers_of(text)] == [(Kind.IM, "potato:nana_330")]


@pytest.mark.parametrize("text", ["在Telegram里聊，我的网银用户名abc_1234", "在土豆上认识。游戏账号abc_1234卖了", "土豆上说的。登录账号abc_1234"])
def test_an_account_of_something_else_is_of_no_messenger(text: str) -> None:
    assert not [one for one in identifiers_of(text) if one.kind is Kind.IM]


@pytest.mark.parametrize("between", [" 后来说换了个号 ", "，后对方称换号，加", "，之后换了号"])
def test_a_number_changed_is_of_the_same_service(between: str) -> None:
    told = identifiers_of(f"先加QQ1300270016{between}1300270018。")
    assert [(mention.kind, mention.value) for mention in told] == [(Kind.QQ, "1300270016"), (Kind.QQ, "1300270018")]


def test_a_number_from_abroad_beside_a_messenger_is_a_telephone_where_it_is_called_one() -> None:
    for text in ("在WhatsApp聊，后接到来电+85290001107", "客服的LINE是lu_ke77，国际号码0085290001107。"):
        assert identifiers_of(text)[-1].kind is Kind.PHONE, text


def test_the_next_of_a_list_is_of_the_same_kind() -> None:
    told = "发我：35101 0000 0022 0011，4100 0222 0000 0339，转账用。QQ800112233，还有个2100 3300 17。①账户1111822000000220033（某某公司）②10550 0000 0044 0022。"
    assert [mention.kind for mention in identifiers_of("钱转到对方账户，" + told)] == [*[Kind.BANK_ACCOUNT] * 2, *[Kind.QQ] * 2, *[Kind.BANK_ACCOUNT] * 2]


@pytest.mark.parametrize("told", ["骗人的QQ是270001884，我的是56006633。", "伊的QQ是270001884，骗人那个是56006633。"])
def test_what_is_said_of_another_one_is_of_the_same_kind(told: str) -> None:
    assert [(mention.kind, mention.value) for mention in identifiers_of(told)] == [(Kind.QQ, "270001884"), (Kind.QQ, "56006633")]


def test_a_mail_is_a_payment_account_only_where_it_is_paid() -> None:
    for text in ("对方的收款邮箱kk_8@pay.example", "转给财务邮箱kk_8@pay.example说明", "账号资料发到kk_8@pay.example"):
        assert [mention.kind for mention in identifiers_of(text)] == [Kind.EMAIL], text


def test_letters_inside_an_account_in_chinese_are_no_second_account() -> None:
    (found,) = read_narrative("卖家闲鱼号老友ab-001说走平台").mentions
    assert (found.value, found.raw) == ("xianyu:老友ab-001", "老友ab-001")
