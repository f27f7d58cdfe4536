"""Numbers of the desk of numbers: the ladder, its terms and clocks, who approves, how outlets are compared. Each has a source and an effective date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fanzha.desks.lines.domain import BAR, CANCEL, LEVELS, LIMIT, PROTECT, PROTECTING, RENEWALS, SKIPPING, SUSPEND, VERIFY, Check, Ladder
from fanzha.store import Work, dated

_LAW = date(2022, 12, 1)  # the Anti-Telecom and Online Fraud Law came into force
_NOTICE = date(2021, 6, 2)
_GK = "GK: editable default"
_CHECK = "C: MIIT/MPS notice 2021 ¶4, verify within 24 hours, else suspend (DOMAIN §3)"
_XIANNING = "C: ladder of 咸宁, suspend and verify → cancel → bar new business (DOMAIN §3); terms GK"
_LADDER = "A: art. 11 limit, suspend; " + _XIANNING
_MILDER = "A: art. 11 (limit); milder than ¶4 by choice (GK)"
_CERTIFIED = "A: art. 31, certified by police at prefecture level"
_LEVEL_WORDS = frozenset({*LEVELS, "none"})
_SKIP_WORDS = frozenset({*(ground.value for ground in SKIPPING), "none"})
_WHO = frozenset({"county", "city"})


def _number(key: str, value: float | str, unit: str, meaning: str, source: str = _GK, since: date = _LAW, words: frozenset[str] = frozenset()) -> dated.DatedNumber:
    return dated.DatedNumber(key, value, unit, meaning, source, since, words)


def _terms(kind: str, count: int, unit: str, meaning: str, source: str) -> tuple[dated.DatedNumber, ...]:
    """An order that city level approves has the same longest term."""
    return (
        _number(f"controls.{kind}.term", count, unit, meaning, source),
        _number(f"controls.{kind}.major_term", count, unit, f"{meaning}, approved at city level", source),
    )


dated.register(
    _number("lines.ladder", " ".join(LEVELS), "words", "The levels of measures on a number, from the mildest", _LADDER, words=frozenset(LEVELS)),
    _number("lines.after.not_passed", SUSPEND, "words", "The level that a check not passed opens at once", _CHECK, _NOTICE, _LEVEL_WORDS),
    _number("lines.after.overdue", SUSPEND, "words", "The level that a check not made in time opens at once", _CHECK, _NOTICE, _LEVEL_WORDS),
    _number("lines.after.not_reached", LIMIT, "words", "The level that opens at once where the holder was not reached", _MILDER, words=_LEVEL_WORDS),
    _number(f"lines.skip.{LIMIT}", "sim_box case_confirmed imminent_harm false_identity", "words", "Grounds on which a limit needs no check first", words=_SKIP_WORDS),
    _number(f"lines.skip.{SUSPEND}", "case_confirmed imminent_harm false_identity", "words", "Grounds on which a suspension needs no limit first", words=_SKIP_WORDS),
    _number(f"lines.skip.{CANCEL}", "false_identity", "words", "Grounds on which cancelling needs no suspension before it", words=_SKIP_WORDS),
    _number(f"lines.skip.{BAR}", "certified", "words", "Grounds on which barring new business needs no cancelling first", _CERTIFIED, words=_SKIP_WORDS),
    *_terms(LIMIT, 30, "days", "How long a limit lasts at most", "GK: art. 11 names no term"),
    *_terms(SUSPEND, 90, "days", "How long a suspension lasts at most", "GK: art. 11 suspends until verified, without a term"),
    *_terms("line_limit_renew", 30, "days", "How long one renewal of a limit lasts at most", "GK: as the limit"),
    *_terms("line_suspend_renew", 90, "days", "How long one renewal of a suspension lasts at most", "GK: as the suspension"),
    _number("lines.renew_most", 3, "times", "How often one limit or suspension is renewed at most; then the next level is asked for or it ends"),
    *_terms(CANCEL, 6, "months", "How long a cancelled number can be restored and is given to nobody else", _XIANNING),
    *_terms(BAR, 24, "months", "How long the holder gets no new numbers at most", "C: joint punishment, 2 years (3 for the convicted; DOMAIN §3)"),
    *_terms(PROTECT, 2, "hours", "How long a victim's line is suspended to protect at most", "B: reports tell of minutes (DOMAIN §5); GK"),
    _number(f"lines.approver.{LIMIT}", "county", "words", "Level of police whose head approves a limit", words=_WHO),
    _number(f"lines.approver.{SUSPEND}", "county", "words", "Level of police whose head approves a suspension", words=_WHO),
    _number(f"lines.approver.{CANCEL}", "city", "words", "Level of police whose head approves cancelling", words=_WHO),
    _number(f"lines.approver.{BAR}", "city", "words", "Level of police whose head approves barring new business", "A: art. 31, prefecture level and above", words=_WHO),
    *(_number(f"lines.approver.{renewal}", "county", "words", f"Level of police whose head approves {renewal}", words=_WHO) for renewal in RENEWALS),
    _number(f"lines.approver.{PROTECT}", "county", "words", "Level of police whose head approves a protective suspension", words=_WHO),
    _number(f"controls.answer_minutes.{VERIFY}", 1440, "minutes", "By when the operator has verified the holder again", _CHECK, _NOTICE),
    _number("controls.answer_minutes.line_measure", 120, "minutes", "By when a measure on a number is answered"),
    _number("controls.answer_minutes.line_protect", 10, "minutes", "By when a protective suspension is answered"),
    _number("controls.answer_minutes.line_restore", 60, "minutes", "By when a restoration is answered (lift at once: art. 32)"),
    _number("lines.check_valid_days", 30, "days", "How long a check that was not passed opens levels; then the holder is verified anew"),
    _number("lines.protect.grounds", " ".join(sorted(ground.value for ground in PROTECTING)), "words", "Grounds of a protective suspension", "A: art. 34; B (DOMAIN §5)",
            words=frozenset(ground.value for ground in PROTECTING)),
    _number("lines.protect.most", 3, "times", "Protective suspensions of one line within the days below"),
    _number("lines.protect.within_days", 7, "days", "The days in which protective suspensions of one line are counted"),
    _number("lines.bulk_most", 200, "numbers", "Numbers in one request at most"),
    _number("lines.outlets.months", 24, "months", "Cards and accounts opened so lately are looked at when outlets are compared"),
    _number("lines.outlets.least_opened", 20, "openings", "An outlet with fewer openings in the time is not compared"),
    _number("lines.outlets.least_flagged", 3, "openings", "An outlet with fewer flagged openings is never singled out"),
    _number("lines.outlets.times", 2.0, "times", "An outlet is singled out only if its rate surely exceeds that of its like so many times"),
    _number("lines.outlets.false_share", 0.05, "share", "Outlets singled out by chance, as a share of all singled out (false discovery rate)"),
)  # fmt: skip


class Numbers(dated.Numbers):
    prefix = "lines"

    def several(self, key: str) -> tuple[str, ...]:
        return tuple(word for word in self.words(key).split() if word != "none")


def ladder(work: Work, region: str = "") -> Ladder:
    """The ladder in force in a region."""
    numbers = Numbers(work, region)
    levels = tuple(dict.fromkeys(numbers.several("ladder")))
    opens = {check: numbers.several(f"after.{check.value}") for check in (Check.NOT_PASSED, Check.OVERDUE, Check.NOT_REACHED)}
    return Ladder(
        levels=levels, after={check: kinds[0] for check, kinds in opens.items() if kinds},
        skips={kind: frozenset(numbers.several(f"skip.{kind}")) for kind in LEVELS},
        check_valid=timedelta(days=numbers.whole("check_valid_days")), protect_grounds=frozenset(numbers.several("protect.grounds")),
        protect_most=numbers.whole("protect.most"), protect_within=timedelta(days=numbers.whole("protect.within_days")),
        needs_city=frozenset(kind for kind in (*LEVELS, *RENEWALS, PROTECT) if numbers.several(f"approver.{kind}") == ("city",)),
        renew_most=numbers.whole("renew_most"),
    )  # fmt: skip


@dataclass(frozen=True)
class OutletRule:
    """How outlets are compared."""

    months: int
    least_opened: int
    least_flagged: int
    times: float
    false_share: float


def outlet_rule(work: Work, region: str = "") -> OutletRule:
    numbers = Numbers(work, region)
    return OutletRule(
        numbers.whole("outlets.months"), numbers.whole("outlets.least_opened"), numbers.whole("outlets.least_flagged"),
        numbers.share("outlets.times"), numbers.share("outlets.false_share"),
    )  # fmt: skip
