"""Who works with the platform, and what a permission is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is there for. A user may have several."""

    ANALYST = "analyst"  # 研判员
    DUTY_OFFICER = "duty_officer"  # 值班民警
    LEADER = "leader"  # 审批领导: a police head at county level or above, who approves measures
    FIELD_OFFICER = "field_officer"  # 派出所民警
    GRID_WORKER = "grid_worker"  # 网格员
    BANK_AGENT = "bank_agent"  # 银行联络员
    OPERATOR_AGENT = "operator_agent"  # 运营商联络员
    OFFICE = "office"  # 联席办
    DEPUTY = "deputy"  # 人大代表: aggregates only (代表法 §31, §59)
    AUDITOR = "auditor"  # 审计员
    ADMINISTRATOR = "administrator"  # 系统管理员


@dataclass(frozen=True)
class Permission:
    """One thing that may be done, and the roles that may do it."""

    name: str
    roles: frozenset[Role]


def permission(name: str, *roles: Role) -> Permission:
    return Permission(name, frozenset(roles))
