"""Kinds of organisation that work on the platform."""

from __future__ import annotations

from enum import StrEnum


class OrgKind(StrEnum):
    POLICE_PROVINCE = "police_province"  # 省公安厅
    POLICE_CITY = "police_city"  # 市公安局反诈中心
    POLICE_COUNTY = "police_county"  # 县区公安局
    POLICE_STATION = "police_station"  # 派出所
    BANK = "bank"
    OPERATOR = "operator"
    OFFICE = "office"  # 联席会议办公室
    MEMBER_UNIT = "member_unit"  # 联席会议成员单位
    GRID = "grid"  # 网格
    CONGRESS = "congress"  # 人大
