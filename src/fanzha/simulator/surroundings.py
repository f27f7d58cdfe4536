"""What the city's life happens among: service numbers, relatives abroad, web sites and apps. All sites are well-known names or carry the mark `moni` (模拟)."""

from __future__ import annotations

OPERATOR_NUMBERS = ("10086", "10000", "10010")
BANK_NUMBERS = ("95588", "95599", "95566", "95533", "95559", "95580", "96336", "95561")
SERVICE_NUMBERS = (*OPERATOR_NUMBERS, *BANK_NUMBERS, "12345", "120", "110", "96110", "4008123456")
MARKETING_NUMBERS = tuple(f"0594{2600000 + 137 * n}" for n in range(40)) + tuple(f"0591{83300000 + 911 * n}" for n in range(40))
SHORT_MESSAGE_PORTS = tuple(f"1069{80000000 + 7919 * n}" for n in range(60))
ABROAD = tuple(
    f"00{country}{base + 7717 * n}"
    for country, base in (("65", 81230000), ("1626", 5550100), ("81", 9012340000), ("54", 1155501000))
    for n in range(60)
)
"""Numbers of relatives abroad (Putian has many emigrants): the honest part of foreign calls."""

SITES = (
    "www.baidu.com",
    "www.taobao.com",
    "www.jd.com",
    "www.douyin.com",
    "www.qq.com",
    "weixin.qq.com",
    "www.bilibili.com",
    "www.xiaohongshu.com",
    "www.weibo.com",
    "www.pinduoduo.com",
    "www.zhihu.com",
    "www.163.com",
    "www.sina.com.cn",
    "www.12306.cn",
    "www.ctrip.com",
    "www.meituan.com",
    "www.ele.me",
    "www.alipay.com",
    "www.icbc.com.cn",
    "www.abchina.com",
    "www.ccb.com",
    "www.boc.cn",
    "www.psbc.com",
    "www.gov.cn",
    "www.putian.gov.cn",
    "www.people.com.cn",
    "www.iqiyi.com",
    "www.youku.com",
    "www.kuaishou.com",
    "www.amap.com",
    "www.58.com",
    "www.zhipin.com",
    "www.autohome.com.cn",
    "www.dianping.com",
    "www.kugou.com",
    "www.csdn.net",
    "www.chsi.com.cn",
    "www.10086.cn",
)
"""Sites that many visit, most visited first."""

SMALL_SITES = tuple(f"www.moni-shop{n}.com" for n in range(300)) + tuple(f"m.moni-news{n}.cn" for n in range(200))
"""Sites that few visit."""

APPS = {
    "www.douyin.com": "com.ss.android.ugc.aweme",
    "weixin.qq.com": "com.tencent.mm",
    "www.taobao.com": "com.taobao.taobao",
    "www.jd.com": "com.jingdong.app.mall",
    "www.pinduoduo.com": "com.xunmeng.pinduoduo",
    "www.alipay.com": "com.eg.android.AlipayGphone",
    "www.meituan.com": "com.sankuai.meituan",
    "www.kuaishou.com": "com.smile.gifmaker",
    "www.bilibili.com": "tv.danmaku.bili",
    "www.amap.com": "com.autonavi.minimap",
}
"""Apps by the site they talk to."""

MEETING_SITE, MEETING_APP = "meeting.tencent.com", "com.tencent.wemeet.app"
"""A meeting app with screen sharing that honest people use too."""
