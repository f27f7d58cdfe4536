"""Words of the detection desk: what a finding points at and what state it is in."""

from __future__ import annotations

from enum import StrEnum


class Target(StrEnum):
    """What a rule looks for."""

    VICTIM = "victim"  # a person who may be about to lose money: 潜在被害人
    NUMBER = "number"  # a suspect phone number: 涉诈号码
    ACCOUNT = "account"  # a suspect bank or payment account: 涉诈账户


class SubjectKind(StrEnum):
    """What the subject token of a finding names."""

    PERSON = "person"  # the holder's token, or the phone's where no holder is known
    PHONE = "phone"
    ACCOUNT = "account"


class FindingState(StrEnum):
    """A finding stands until a later run over the same days no longer produces it."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"
