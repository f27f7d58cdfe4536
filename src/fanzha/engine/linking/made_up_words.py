"""Narratives of gangs that never were: each gang has a script of its own, and each victim tells it in their own words.

A script is one way to go for each step of the story, and a name that the gang gave its platform. A way is written in several wordings; a telling takes one of them at
random, leaves steps out, and stands between the phrases that officers write whatever happened.
"""

from __future__ import annotations

import numpy as np

from fanzha.engine.kernels import Ints

STEPS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("刷短视频时点进一条招聘广告", "看视频看到有人招兼职就点了进去", "在短视频软件上被一则招工信息吸引"),
        ("收到一个快递里面夹着刮奖卡", "家里寄来不明包裹附了张中奖卡片", "拆开陌生快递发现一张扫码领奖的卡"),
        ("有人打来电话自称航空公司地勤", "接到说是机场工作人员的来电", "对方在电话里讲是航司的客服人员"),
        ("被老乡拉进一个养生交流的群聊", "熟人带着进了健康讲座的聊天群", "同村人邀请加入一个讲养生的群"),
        ("在相亲软件上结识一名自称军医的男子", "网上认识了个说在部队当医生的对象", "交友平台里有个军医主动来聊天"),
        ("收到短信说交通违章未处理要吊销", "有条信息称有违章再不办就停用驾照", "手机来了消息讲违法记录逾期要注销"),
        ("二手平台上有买家要买旧手机", "闲置物品挂网后有人来问手机卖不卖", "出售旧机时一名买家联系过来"),
        ("接到自称学校教务处老师的语音", "有人冒充孩子班主任在群里发消息", "家长群里忽然有老师头像的人讲话"),
    ),
    (
        ("让去应用商店外头装一款聊天工具", "叫人扫码下载没听过的聊天程序", "发链接要安装一个小众通讯软件"),
        ("要求打开会议软件把屏幕共享出来", "指导着开了视频会议共享手机画面", "叫进线上会议室把屏幕给他看"),
        ("发来一份盖红章的协查通知书", "传了张有公章的立案文书照片", "给看了带印章的通缉公告图片"),
        ("加了一个头像是客服的企业号", "通过好友后对方名片写着官方专员", "添加所谓官方售后的企业账号"),
        ("引到一个带排行榜的积分商城页面", "进入可以看名次的积分兑换页面", "点开一个积分榜单的商城网页"),
        ("叫把来电转移设置到一串代码", "教着在拨号盘输入代码做呼叫转移", "让按键输一段码把电话都转走"),
        ("寄来一部专门联络用的手机", "快递送到一台说是保密的电话机", "收到对方邮寄的工作专用机"),
    ),
    (
        ("先给发了几个小红包作为见面礼", "头几回真的到手一点零钱甜头", "开始时确实拿到几笔小额返现"),
        ("说系统里名额只剩最后三个要抓紧", "讲仅余三席过了今天就没有", "催着讲限量只有三位先到先得"),
        ("称账户被列入风控要做清查比对", "讲名下资产需要核验才能排除嫌疑", "说账上的钱要比对清查证明清白"),
        ("许诺带着一起做原油期货内参", "说有内部渠道可以跟着买原油", "声称跟老师做石油行情稳赚"),
        ("讲航班取消可以领延误补偿金", "说飞机停飞给办理误机赔付", "称班机有故障能申请延误理赔"),
        ("讲买家已经付款被平台冻结要激活", "说货款卡在担保账户需要认证开通", "称收款权限没开通钱被系统锁住"),
        ("说要交培训材料费统一缴纳", "称资料费需要当天统一收齐", "讲教辅和培训的费用要马上交"),
    ),
    (
        ("再按抽签号码补足保证金", "随后要照抽到的签号追加押金", "接着以抽签编号为由续缴保证款"),
        ("叫去金店买金条交给上门的人", "指使买黄金由专人来家里取", "让换成金条等人上门收走"),
        ("指定办理多张购物卡把密码拍照发去", "要买超市卡刮开密码发照片", "让购买礼品卡并把卡密传过去"),
        ("让把钱存进所谓监管的安全户头", "要求汇到说是国家代管的账户", "叫转进专门保管的安全账号"),
        ("教着在几个借款平台贷出来再转", "引导去网贷把额度全部借出汇走", "让从多家小贷借钱后一并转出"),
        ("说操作超时要重新走三遍流程", "称没按时间做完得从头再来三次", "讲时限过了需连做三轮才作数"),
        ("要现金装进茶叶盒放在桥下", "叫把钱塞到茶叶罐搁在桥洞", "让用茶叶盒装现钞摆到桥墩旁"),
    ),
    (
        ("临了还要交一笔跨境结汇手续费", "最后又说出境结汇得付手续费", "到提现时称外汇结算要缴费用"),
        ("见不肯再付就威胁通报单位", "不愿继续给便吓唬要告诉公司", "拒绝以后被恐吓要发函到单位"),
        ("对方突然把群解散并删掉记录", "群聊一下没了聊天内容也清空", "忽然散群连消息都被撤光"),
        ("改口说会计出错需要再验资一次", "又讲财务弄错要重做验资", "推说记账有误还得重新验资"),
        ("让写下保密承诺不许告诉家人", "要求签保密书别跟亲属讲", "叫抄一份承诺对家里人保密"),
        ("谎称下个月连本带息一起退回", "说月底之后本息会统一返还", "讲过一个月全部连利息退"),
    ),
)
OPENINGS = ("报警人称", "事主到所反映", "据受害人讲", "来电人报称", "经了解，报警人")
_NAMED = ("在名叫{name}的平台上", "平台叫{name}", "对方的{name}")
_FIRST, _SECOND = "云鼎泰盛恒信嘉融汇聚金众联优选星辰海纳百川", "享汇通达富瑞丰源诚创利鑫宝荣昌隆兴旺华耀"
_THIRD = ("优选", "商城", "资本", "助手", "联盟", "之家", "在线", "云仓")
ENDINGS = ("后发现被骗，遂报警。", "之后联系不上对方，才知道上当。", "现要求公安机关处理。", "随后被对方拉黑，来所报案。", "家人提醒后醒悟，拨打报警电话。")


def narratives(truth: Ints, *, left_out: float = 0.2, seed: int = 5) -> list[str]:
    """One for each case; `truth`: the gang of each case. `left_out`: how often a step, or the platform's name, is not told."""
    rng = np.random.default_rng(seed)
    gangs = int(truth.max()) + 1
    ways = np.column_stack([rng.integers(0, len(step), gangs) for step in STEPS])[truth]
    names = [f"{_FIRST[one]}{_SECOND[two]}{_THIRD[three]}" for one, two, three in rng.integers(0, (len(_FIRST), len(_SECOND), len(_THIRD)), (gangs, 3)).tolist()]
    worded = rng.integers(0, 3, (len(truth), len(STEPS) + 1)).tolist()
    told = (rng.random((len(truth), len(STEPS) + 1)) >= left_out).tolist()
    ends = rng.integers(0, (len(OPENINGS), len(ENDINGS)), (len(truth), 2)).tolist()
    return [
        _telling(way, word, tells, names[gang], opening, ending)
        for gang, way, word, tells, (opening, ending) in zip(truth.tolist(), ways.tolist(), worded, told, ends, strict=True)
    ]


def _telling(way: list[int], word: list[int], tells: list[bool], name: str, opening: int, ending: int) -> str:
    parts = [STEPS[step][way[step]][word[step]] for step in range(len(STEPS)) if tells[step]]
    if tells[-1]:
        parts.insert(min(1, len(parts)), _NAMED[word[-1]].format(name=name))
    return f"{OPENINGS[opening]}{'，'.join(parts)}，{ENDINGS[ending]}"
