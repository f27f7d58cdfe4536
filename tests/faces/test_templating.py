"""Templates, words and formats: every page's Chinese is translated, every value is escaped, every macro renders in both languages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError, nodes
from markupsafe import Markup

from fanzha.faces.common import app, assets, formats, i18n
from fanzha.faces.common.i18n import FACES, Locale, translate
from fanzha.faces.common.templating import Templates, query_value, with_query
from fanzha.faces.console.glossary import glossary
from fanzha.kit.clock import frozen
from fanzha.kit.errors import FanzhaError
from fanzha.kit.paging import Page, PageRequest

CHINESE = re.compile(r"[\u3400-\u9fff]")
NOW = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
TEMPLATE_FILES = sorted(FACES.glob("*/templates/**/*.html"))
NOT_WORDS = {"中文"}  # the switch to Chinese names itself in Chinese


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


def _parsed(path: Path) -> nodes.Template:
    return Templates().environment(Locale.ZH).parse(path.read_text(encoding="utf-8"))


def _said(tree: nodes.Template) -> Iterator[nodes.Const]:
    """Constants inside `_('…')`."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args and isinstance(call.args[0], nodes.Const):
            yield call.args[0]


def _said_in_python() -> Iterator[str]:
    for path in FACES.glob("**/*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and (name := getattr(call.func, "id", getattr(call.func, "attr", ""))) in {"N_", "say", "translate"}:
                texts = [arg.value for arg in call.args[: 2 if name == "translate" else 1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                yield from (text for text in texts if CHINESE.search(text))


def _without_comments(data: str) -> str:
    return re.sub(r"<!--.*?-->", "", data, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATE_FILES, ids=lambda path: str(path.relative_to(FACES)))
def test_a_template_has_no_chinese_outside_the_translation_call(path: Path) -> None:
    tree = _parsed(path)
    translated = {id(const) for const in _said(tree)}
    raw = [data.data.strip() for data in tree.find_all(nodes.TemplateData) if CHINESE.search(_without_comments(data.data))]
    raw += [c.value for c in tree.find_all(nodes.Const) if isinstance(c.value, str) and CHINESE.search(c.value) and id(c) not in translated]
    assert raw == []


def test_every_chinese_sentence_has_an_english_one() -> None:
    english = i18n.catalogues().sentences[Locale.EN]
    sentences = {str(const.value) for path in TEMPLATE_FILES for const in _said(_parsed(path))} | set(_said_in_python())
    assert sorted(text for text in sentences if CHINESE.search(text) and text not in english and text not in NOT_WORDS) == []


@pytest.mark.parametrize("name", ["en.yaml", "zh.yaml"])
def test_two_files_do_not_translate_one_sentence_differently(name: str) -> None:
    seen: dict[str, str] = {}
    clashes = []
    for path in i18n.catalogue_files(name):
        for text, said in i18n.read_sentences(path).items():
            if seen.setdefault(text, said) != said:
                clashes.append((text, seen[text], said, path.parent.name))
    assert clashes == []


def test_translations_keep_the_placeholders() -> None:
    holes = re.compile(r"\{(\w+)\}")
    for name in ("en.yaml", "zh.yaml"):
        for path in i18n.catalogue_files(name):
            for text, said in i18n.read_sentences(path).items():
                extra = set(holes.findall(said)) - set(holes.findall(text))
                assert extra <= {"full"}, (path, text)


@pytest.mark.parametrize("path", TEMPLATE_FILES, ids=lambda path: str(path.relative_to(FACES)))
def test_a_template_obeys_the_content_security_policy(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=\s*[\"']|hx-on|javascript:|js:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


def test_a_locale_is_picked_from_address_then_cookie_then_chinese() -> None:
    assert i18n.pick_locale("en", "zh") is Locale.EN
    assert i18n.pick_locale("xx", "en") is Locale.EN
    assert i18n.pick_locale(None, None) is Locale.ZH


def test_an_unknown_family_is_an_error_and_an_unknown_code_is_shown_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    words = i18n.catalogues()
    with pytest.raises(i18n.UnknownTerm):
        words.term(Locale.ZH, "no_such_family", "x")
    assert words.term(Locale.EN, "level", "purple") == "purple"
    assert "purple" in caplog.text


@pytest.mark.parametrize("content", ["- a\n- b\n", "1: x\n", "a: {b: c}\n"])
def test_a_catalogue_of_the_wrong_form_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(i18n.BadCatalogue):
        i18n.read_sentences(path)


def test_terms_without_both_languages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text("level: {red: {zh: 红}}\n", encoding="utf-8")
    with pytest.raises(i18n.BadCatalogue):
        i18n.read_terms(path)


def test_an_unknown_variable_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError):
        templates.render("error.html", title="x")


@given(text=st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_whatever_is_shown_is_escaped(text: str) -> None:
    page = _MACROS.render("error.html", title="t", text=f"<script>{text}", remedy="", status=500)
    assert "<script>" + text not in page


_MACROS = Templates()
_SAMPLE = Path(__file__).with_name("every_macro.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", list(Locale))
def test_every_macro_renders_in_both_languages(templates: Templates, locale: Locale) -> None:
    template = templates.environment(locale).from_string(_SAMPLE)
    with frozen(NOW):
        page = template.render(due=NOW - timedelta(minutes=5), rows=Page([1], 120, PageRequest(2, 50)), csrf_token="tok", url="/x", flashes=[("info", "hi")])
    assert ("页" in page) is (locale is Locale.ZH)
    assert ("5 min late" in page) is (locale is Locale.EN)
    assert page.count('name="csrf_token" value="tok"') == 4
    assert 'aria-sort="descending"' in page
    assert not CHINESE.search(page.replace("城厢", "")) or locale is Locale.ZH


def test_frames_render_for_nobody(templates: Templates) -> None:
    for base in ("base.html", "field_base.html", "portal_base.html", "auth_base.html"):
        assert 'id="main"' in templates.render(base, locale=Locale.EN)


def test_an_address_keeps_its_filters_and_goes_back_to_page_one() -> None:
    assert with_query("/w?level=red&page=3", sort="due") == "/w?level=red&sort=due"
    assert with_query("/w?level=red&page=3", page=4) == "/w?level=red&page=4"
    assert with_query("/w?level=red", level=None) == "/w"
    assert with_query("//evil.example/w?q=中", lang="en") == "/w?q=%E4%B8%AD&lang=en"
    assert query_value("/w?q=%E4%B8%AD", "q") == "中"


@given(st.integers(-(10**14), 10**14))
@settings(max_examples=60)
def test_money_in_a_tile_is_the_same_sum_rounded(fen: int) -> None:
    said = formats.yuan_short(fen, partial(translate, Locale.EN))
    assert abs(int(said.removeprefix("¥").replace(",", "")) - fen / 100) <= 0.5


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (formats.number(None), "—"),
        (formats.number(12345.6), "12,346"),
        (formats.percent(0.9512), "95.1%"),
        (formats.percent(None), "—"),
        (formats.yuan(None, str), "—"),
        (formats.yuan_short(123456789, partial(translate, Locale.ZH)), "123.46 万元"),
        (formats.duration(timedelta(hours=30), partial(translate, Locale.ZH)), "1 天"),
        (formats.duration(timedelta(seconds=3), partial(translate, Locale.EN)), "under 1 min"),
        (formats.day(None), "—"),
    ],
)
def test_formats(said: str, expected: str) -> None:
    assert said == expected


def test_an_instant_is_shown_on_a_chinese_clock_and_shortened_by_its_distance() -> None:
    say = partial(translate, Locale.ZH)
    with frozen(NOW):
        assert formats.short(NOW - timedelta(minutes=29)) == "11:31"
        assert formats.short(NOW - timedelta(days=2)) == "03-02 12:00"
        assert formats.short(NOW - timedelta(days=90)) == "2025-12-04 12:00"
        assert formats.instant(NOW - timedelta(minutes=29), say) == Markup(
            '<time datetime="2026-03-04T03:31:00Z" title="2026-03-04 11:31:00 · 29 分钟前">11:31</time>'
        )
        assert "2 小时后" in formats.ago(NOW + timedelta(hours=2), say)


def test_the_map_of_the_demonstration_city_holds_its_five_counties() -> None:
    features = assets.county_map("3503")["features"]
    assert isinstance(features, list)
    assert [feature["properties"]["code"] for feature in features] == ["350302", "350303", "350304", "350305", "350322"]
    for feature in features:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert all(118 < x < 120.2 and 24.5 < y < 26.5 for x, y in ring)


@pytest.mark.parametrize("area", ["9999", "x", "../etc"])
def test_a_map_of_nowhere_is_refused(area: str) -> None:
    with pytest.raises(assets.UnknownArea):
        assets.county_map(area)


def test_a_city_brings_its_own_map(tmp_path: Path) -> None:
    given, out = tmp_path / "own.json", tmp_path / "maps"
    given.write_text(json.dumps(assets.county_map("3503")), encoding="utf-8")
    assert json.loads(assets.write_map("3503", out, given).read_text(encoding="utf-8")) == assets.county_map("3503")


ELSEWHERE = '{"features": [{"properties": {"code": "1101", "name": "x"}, "geometry": {"type": "Point"}}]}'


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"features": []}', '{"features": [{}]}', ELSEWHERE])
def test_a_map_that_is_none_is_refused_and_nothing_is_written(tmp_path: Path, content: str) -> None:
    given = tmp_path / "own.json"
    given.write_text(content, encoding="utf-8")
    with pytest.raises(assets.BadMap):
        assets.write_map("3503", tmp_path / "maps", given)
    assert not (tmp_path / "maps").exists()


def test_a_missing_build_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(assets.NotBuilt, match="make build"):
        assets.manifest(tmp_path)


def test_the_glossary_of_the_docs_is_the_one_on_the_page() -> None:
    rows = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    written = {tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows if row.startswith("| ") and "English |" not in row}
    shown = [(term.zh, term.en, term.about_en) for terms in glossary().values() for term in terms]
    assert len(shown) == 82
    assert set(shown) == written


def test_every_failure_that_a_page_can_show_is_said_in_chinese() -> None:
    app.find_routers()  # imports every desk
    chinese = i18n.catalogues().sentences[Locale.ZH]
    texts = {text for error in _errors(FanzhaError) if error.__module__.startswith(SHOWN) for text in (_message(error), error.remedy) if text}
    assert sorted(texts - chinese.keys()) == []


SHOWN = ("fanzha.kit", "fanzha.vocab", "fanzha.store", "fanzha.lake", "fanzha.desks", "fanzha.faces.common")


def _errors(base: type[FanzhaError]) -> Iterator[type[FanzhaError]]:
    for error in base.__subclasses__():
        yield error
        yield from _errors(error)


def _message(error: type[FanzhaError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]
