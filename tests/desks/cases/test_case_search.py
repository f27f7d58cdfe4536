"""Searching cases: numbers, identifiers, words; what the hits show and what the index stores. Everything is made up."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.desks.cases.kit import CARD, NOON, NUMBER, PHONE, STORY, SUSPECT, put, staff

from fanzha.desks.cases import Case, CaseFilters, CaseStep, NewSuspect, NewVictim, editing, joining, moving, searching, words
from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases.errors import SearchTooShort
from fanzha.desks.cases.searching import Found
from fanzha.faces.common.platform import Platform
from fanzha.store import Scope, crypto
from fanzha.store.crypto import FieldCipher
from fanzha.store.keys import Keys
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind

_STORIES = st.text(st.sampled_from("刷单返利被骗加微信V转账a1b2 ，。\n"), max_size=60)


def find(platform: Platform, typed: str, scope: Scope | None = None, filters: CaseFilters | None = None) -> Found:
    with platform.database.work(scope or staff()) as work:
        return searching.search(work, typed, filters)


def test_every_way_to_find_a_case(platform: Platform) -> None:
    case = put(platform, number=NUMBER)
    other = put(platform, narrative="另一个故事，冒充客服", victims=(NewVictim("李四"),), suspects=())
    for typed in (NUMBER, NUMBER[:12].lower(), PHONE, "138-0000-0001", CARD, "张小三", SUSPECT, "made-up.example/x", "刷单返利", "加v信", "平台　垫付", case.ref):
        assert [hit.case.id for hit in find(platform, typed).hits] == [case.id], typed
    assert {hit.case.id for hit in find(platform, "FZ2026-").hits} == {case.id, other.id}


def test_a_hit_shows_what_was_typed_and_masks_the_rest(platform: Platform) -> None:
    put(platform)
    (hit,) = find(platform, "被骗" if "被骗" in STORY else "垫付").hits
    shown = "".join(piece.text for piece in hit.pieces)
    assert [piece.text for piece in hit.pieces if piece.is_hit] == ["垫付"]
    assert not any(secret in shown for secret in (PHONE, SUSPECT, "张小三"))
    (hit,) = find(platform, "张小三称").hits
    assert [piece.text for piece in hit.pieces if piece.is_hit] == ["张小三称"]
    (hit,) = find(platform, SUSPECT).hits
    assert (hit.where, hit.pieces[0].text) == ("suspect", "170****0001")


def test_a_hit_keeps_the_text_as_it_was_written(platform: Platform) -> None:
    put(platform, narrative="对方自称ＡＢＣ客服，\n要求“屏幕共享”。", suspects=())
    put(platform, narrative="垫付到账户６２２２０２００００１２３４５，再联系", suspects=())
    assert "垫付到账户***，再联系" in "".join(piece.text for piece in find(platform, "垫付").hits[0].pieces)
    (hit,) = find(platform, "abc客服 屏幕").hits
    assert [(piece.text, piece.is_hit) for piece in hit.pieces] == [("对方自称", False), ("ＡＢＣ客服", True), ("， 要求“", False), ("屏幕", True), ("共享”。", False)]


def test_row_security_and_filters_narrow_every_way(platform: Platform) -> None:
    case = put(platform, number=NUMBER)
    for typed in (NUMBER, PHONE, SUSPECT, "刷单返利"):
        for scope in (staff("350303"), staff(kind=OrgKind.BANK)):
            assert find(platform, typed, scope).hits == []
        assert len(find(platform, typed, staff("350302")).hits) == 1
        assert find(platform, typed, filters=CaseFilters(state="solved")).hits == []
        assert find(platform, typed, filters=CaseFilters(region="350303")).hits == []
        assert find(platform, typed, filters=CaseFilters(since=NOON + timedelta(days=1))).hits == []
    with platform.database.work(staff()) as work:
        moving.offer(work, case.id, "350303", "移交管辖")
    assert len(find(platform, "刷单返利", staff("350303")).hits) == 1


def test_the_end_of_a_number_and_what_was_not_recognised(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    case = put(platform, suspects=(NewSuspect(SUSPECT), NewSuspect("对方自称 王经理"), NewSuspect("6222000000000012345", Kind.BANK_ACCOUNT)))
    put(platform, victims=(), suspects=(NewSuspect("17000000009"),))
    for typed, shown in (("12345", "2345"), ("00 0001", "0001"), ("000000012345", "2345")):
        (hit,) = find(platform, typed).hits
        assert (hit.case.id, [piece.text for piece in hit.pieces if piece.is_hit]) == (case.id, [shown]), typed
    assert [hit.case.id for hit in find(platform, CARD[-4:]).hits] == [case.id]
    (hit,) = find(platform, "对方自称　王经理").hits
    assert (hit.where, [piece.text for piece in hit.pieces]) == ("suspect", ["对方自称　王经理"])
    assert find(platform, "2345").hits[0].case.id == case.id
    some = [put(platform, victims=(), suspects=(NewSuspect(f"1700000{place}4321"),)).id for place in range(5)]
    at_once = [(hit.case.id, hit.pieces) for hit in find(platform, "4321").hits]
    monkeypatch.setattr(searching, "_NAMED", (2, 4, 600))
    assert [(hit.case.id, hit.pieces) for hit in find(platform, "4321").hits] == at_once
    assert {case_id for case_id, _ in at_once} == set(some)
    assert find(platform, "345 刷单返利").hits == []


def test_what_a_case_is_found_by_follows_its_changes(platform: Platform) -> None:
    case = put(platform, number=NUMBER)
    with platform.database.work(staff()) as work:
        added = editing.add_suspect(work, case.id, NewSuspect("17000000777"), key="added-later")
    assert [hit.where for hit in find(platform, "17000000777").hits] == ["suspect"]
    with platform.database.work(staff()) as work:
        editing.remove(work, case.id, "suspect", added.id, "登记有误")
        facts = editing.Facts("A350302000000202605777", editing.FraudType.LOAN, None, NOON)
        editing.edit(work, case.id, facts, case.version + 2, "编号更正")
        moving.step(work, case.id, CaseStep.SOLVE, "嫌疑人已抓获")
    assert find(platform, "17000000777").hits == []
    assert find(platform, NUMBER[:-3]).hits == []
    narrowed = CaseFilters(state="solved", fraud_type="loan", region="35", since=NOON, until=NOON + timedelta(days=1))
    assert [hit.case.id for hit in find(platform, "A35030200000020260577", filters=narrowed).hits] == [case.id]
    assert [hit.case.id for hit in find(platform, "刷单返利", filters=narrowed).hits] == [case.id]


def test_the_index_finds_what_reading_everything_finds(platform: Platform) -> None:
    """Months apart, in several areas, more than the newest that are looked through one by one; against the narratives themselves."""
    chance, said = random.Random(7), ["刷单返利", "冒充客服", "网贷解冻", "投资平台", "注销校园贷"]
    cases: list[tuple[Case, str]] = []
    for place in range(40):
        story = "、".join(chance.sample(said, chance.randint(1, 3)))
        region = chance.choice(["350302", "350302001", "350303", "3503"])
        at = NOON - timedelta(days=chance.choice([0, 3, 40, 400, 2_000]), minutes=place)
        more = {"narrative": story, "region": region, "suspects": (), "victims": (), "losses": (), "happened_at": None, "reported_at": at, "filed_at": at}
        cases.append((put(platform, **more), story))
    for typed in (*said, "刷单返利 投资平台", "返利 冒充客服 贷", "没有的词"):
        for area in ("", "3503", "350302", "350302001"):
            found = find(platform, typed, staff(area or "35"), CaseFilters(region=area))
            expected = [case for case, story in cases if all(term in story for term in typed.split()) and case.region.startswith(area)]
            assert [hit.case.id for hit in found.hits] == [one.id for one in sorted(expected, key=lambda one: (one.filed_at, one.id), reverse=True)][:50]
    with platform.database.work(staff()) as work:
        buckets = words.current().blind(words.words_of("刷单返利"))
        assert repository.hits(work, CaseFilters(), 3, all_of=buckets) == repository.hits(work, CaseFilters(), 1_000, all_of=buckets)[:3]


def test_merged_cases_are_found_and_lead_on(platform: Platform) -> None:
    first, second = put(platform, narrative="冒充客服诈骗"), put(platform)
    with platform.database.work(staff()) as work:
        joining.merge(work, second.id, first.id, "同一团伙")
        found = searching.search(work, "刷单返利")
        assert [hit.case.id for hit in found.hits] == [second.id]
        assert searching.live_names(work, found.hits) == {second.id: first.ref}


def test_a_changed_narrative_is_found_by_its_new_words_alone(platform: Platform) -> None:
    case = put(platform)
    with platform.database.work(staff()) as work:
        facts = editing.Facts("", editing.FraudType.LOAN, None, NOON, "网贷解冻费骗局")
        editing.edit(work, case.id, facts, 1, "案情更正")
    assert (len(find(platform, "解冻费").hits), find(platform, "刷单返利").hits) == (1, [])


def test_a_search_needs_two_characters(platform: Platform) -> None:
    put(platform)
    assert len(find(platform, "刷单 钱 提").hits) == 0
    assert len(find(platform, "刷单 提").hits) == 1
    for typed in ("", " ", "刷", "刷 单", "，。"):
        with pytest.raises(SearchTooShort):
            find(platform, typed)


@given(_STORIES, st.integers(0, 50), st.integers(2, 8))
def test_what_stands_in_a_text_is_among_its_words(story: str, start: int, length: int) -> None:
    """A Chinese piece of a text has no word that the text does not have."""
    piece = "".join(letter for letter in words.plain(story)[start : start + length])
    if piece and all("\u3400" <= letter <= "\u9fff" for letter in piece):
        assert words.words_of(piece) <= words.words_of(story)


@given(_STORIES, _STORIES)
def test_pieces_of_a_hit_come_from_the_text(story: str, term: str) -> None:
    typed = words.plain(term).split()
    shown = words.snippet(story, typed)
    assert all(words.plain(piece.text) in words.plain(" ".join(story.split())) for piece in shown if piece.is_hit)


def test_buckets_depend_on_the_key_and_are_small() -> None:
    one, two = (words.Words(FieldCipher(Keys.generate())) for _ in range(2))
    some = [f"{chr(0x4E00 + place)}骗" for place in range(200)]
    assert one.blind(some) != two.blind(some)
    assert all(0 <= bucket < 1 << words.BITS for bucket in one.blind(some))
    assert "00" not in words.words_of("电话17000000001")
    assert {"17000000001", "电话"} <= words.words_of("电话17000000001")
    assert "话1" not in words.words_of("电话17000000001")


def test_a_bucket_shared_by_chance_is_no_hit(platform: Platform) -> None:
    case = put(platform)
    with platform.database.work(Scope.system("test")) as work:
        stray = words.Words(crypto.current()).blind(["客服"])
        work.session.execute(text("UPDATE case_words SET words = words || :more WHERE case_id = :id"), {"more": stray, "id": case.id})
    assert find(platform, "客服").hits == []


def test_sums_of_money_stay_and_numbers_are_masked() -> None:
    shown = words.snippet("先付3.0052万元和12,345.67元，再付30052元，对方电话13800000001元宵前停机，点我", ("点我",))
    whole = words.snippet("点我付3.0052万元、308元、30052元", ("点我",))
    assert "".join(piece.text for piece in whole).endswith("付3.0052万元、308元、30052元")
    assert "13800000001" not in "".join(piece.text for piece in shown)
