"""Pages of detectors: the list, one detector with its steps, the rule editor."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.desks.detectors.kit import ANALYST, live, submitted, text
from tests.faces.conftest import SignIn
from tests.faces.test_detection_pages import fill

from fanzha.desks.detection.rulebook import shipped_rules
from fanzha.desks.detectors import MoveKind, service
from fanzha.desks.models import modelbook, shipped_detectors
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.rules import examples, expression, model, reasons
from fanzha.engine.rules.model import Fault
from fanzha.faces.common.i18n import Locale, catalogues
from fanzha.faces.common.platform import Platform
from fanzha.faces.console import rule_faults
from fanzha.faces.console.detector_views import difference
from fanzha.faces.console.rule_editor import STARTERS, starter_text
from fanzha.store import Scope
from fanzha.vocab.roles import Role

HX = {"HX-Request": "true"}
MOVES = "/detectors/trial_rule/moves"


def open_move(platform: Platform) -> str:
    with platform.database.work(Scope.system("test")) as work:
        return service.waiting(work)[0].id


# ---- the list


def test_every_detector_is_listed_narrowed_sorted_and_exported(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    fill(platform)
    submitted(platform, text())
    listed = client.get("/detectors").text
    assert all(f'href="/detectors/{rule.id}"' in listed for rule in shipped_rules())
    assert "首次运行" in listed
    assert "没有符合条件的检测模型" in client.get("/detectors?q=no+such+thing").text
    drafts = client.get("/detectors?state=draft").text
    assert 'href="/detectors/trial_rule"' in drafts
    assert 'href="/detectors/sim_box"' not in drafts
    by_level = re.findall(r'href="/detectors/(\w+)"', client.get("/detectors?sort=level&q=account").text)
    assert by_level[0] == "account_paid_by_victims"
    for sort in ("name", "-findings", "precision", "-load", "lag", "drift", "-changed", "state", "nonsense"):
        assert client.get(f"/detectors?sort={sort}").status_code == 200
    exported = client.get("/detectors/list.csv?kind=rule&state=draft")
    assert exported.headers["content-type"].startswith("text/csv")
    assert [line.split(",")[0] for line in exported.text.splitlines()] == ["\ufeffid", "trial_rule"]


def test_a_model_that_is_not_built_is_a_state_and_no_error(
    client: TestClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(modelbook, "PACKAGE", tmp_path)
    sign_in(client, Role.ANALYST)
    listed = client.get("/detectors").text
    assert listed.count("模型未构建") == len(shipped_detectors())
    detector = shipped_detectors()[0]
    assert f"模型 {detector.model} 尚未构建" in client.get(f"/detectors/{detector.id}").text
    assert f"模型 {detector.model} 尚未构建" in client.get("/models").text
    assert "not_built" in client.get("/detectors/list.csv?kind=model").text
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_a_rule_tells_whether_it_is_asked_in_flight(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    submitted(platform, text(when="seconds >= 60 AND (caller_unanswered_24h IS NULL OR caller_unanswered_24h >= 0)"))
    assert "事中可问" in client.get("/detectors/sim_box").text
    page = client.get("/detectors/trial_rule").text
    assert "仅批量" in page
    assert "<code>caller_unanswered_24h</code>" in page


def test_the_old_addresses_of_rules_lead_to_detectors(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    for old, new in (("/rules", "/detectors"), ("/rules/sim_box", "/detectors/sim_box")):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["location"]) == (301, new)


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.ANALYST, 200, 200), (Role.DUTY_OFFICER, 200, 403), (Role.AUDITOR, 200, 403), (Role.BANK_AGENT, 403, 403), (Role.DEPUTY, 403, 403)],
)
def test_who_may_look_and_who_may_write(client: TestClient, sign_in: SignIn, role: Role, reads: int, writes: int) -> None:
    sign_in(client, role)
    assert client.get("/detectors").status_code == reads
    assert client.get("/detectors/sim_box").status_code == reads
    assert client.get("/rule-editor").status_code == writes
    assert client.post("/rule-editor", data={"text": text()}).status_code in ({303} if writes == 200 else {403})


# ---- one detector


def test_a_detector_shows_its_words_features_tests_and_findings(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    fill(platform)
    shown = client.get("/detectors/on_flagged_call_and_pays").text
    assert "on_flagged_call AND flagged_call_seconds_1h" in shown
    assert "不通过" not in shown
    assert "全部 1 条" in shown
    assert "随产品发布" in shown
    assert "条件" not in client.get("/detectors/sim_box?lang=en").text
    assert client.get("/detectors/no_such_rule?lang=zh").status_code == 404
    assert client.get("/detectors/sim_box?version=99").status_code == 404


def test_two_people_bring_a_version_live_and_one_takes_it_back(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    assert client.post("/rule-editor", data={"text": text(), "note": "新手法"}).headers["location"] == "/detectors/trial_rule?version=1"
    page = client.get("/detectors/trial_rule").text
    assert "提交审批" in page
    assert "新手法" in page
    refused = client.post(MOVES, data={"version": 1, "kind": "go_live", "reason": "短"})
    assert refused.status_code == 422
    assert "变更检测模型须写明理由" in refused.text
    assert client.post(MOVES, data={"version": 1, "kind": "go_live", "reason": "出现新手法"}).status_code == 303
    move = open_move(platform)
    waiting = client.get("/detectors/trial_rule").text
    assert f"/detector-moves/{move}/withdraw" in waiting
    assert f"/detector-moves/{move}/approve" not in waiting
    assert client.post(f"/detector-moves/{move}/approve").status_code == 403

    sign_in(client, Role.DUTY_OFFICER)
    assert f"/detector-moves/{move}/approve" in client.get("/detectors").text
    assert client.post(f"/detector-moves/{move}/approve", data={"reason": "同意"}).status_code == 303
    assert "在用" in client.get("/detectors/trial_rule").text

    sign_in(client, Role.ANALYST)
    with platform.database.work(ANALYST) as work:
        second = service.submit(work, text(when="seconds >= 120"))
    live(platform, second)
    page = client.get("/detectors/trial_rule").text
    assert 'class="diff-new"' in page
    assert "seconds &gt;= 120" in page
    assert 'name="kind" value="rollback"' in page
    back = client.post(MOVES, data={"version": 1, "kind": "rollback", "reason": "误报太多"})
    assert back.headers["location"] == "/detectors/trial_rule?version=1"
    with platform.database.work(ANALYST) as work:
        detail = service.get(work, "trial_rule")
        assert detail.live is not None
        assert detail.live.version == 1


def test_a_move_may_be_refused_or_withdrawn_and_wait_for_its_time(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    submitted(platform, text())
    sign_in(client, Role.ANALYST)
    asked = {"version": 1, "kind": "go_live", "reason": "出现新手法"}
    assert client.post(MOVES, data=asked | {"effective_at": "2020-01-01T00:00"}).status_code == 422
    assert client.post(MOVES, data=asked | {"effective_at": "soon"}).status_code == 422
    assert client.post(MOVES, data=asked | {"effective_at": "2099-01-01T00:00"}).status_code == 303
    assert client.post(f"/detector-moves/{open_move(platform)}/withdraw").status_code == 303
    client.post(MOVES, data=asked)
    sign_in(client, Role.DUTY_OFFICER)
    assert client.post(f"/detector-moves/{open_move(platform)}/refuse", data={"reason": "证据不足"}).status_code == 303
    assert "证据不足" in client.get("/detectors/trial_rule").text
    assert client.post("/detector-moves/none/refuse", data={"reason": "证据不足"}).status_code == 404


def test_a_county_sees_detectors_and_is_offered_no_step(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    submitted(platform, text())
    sign_in(client, Role.ANALYST, "350302")
    shown = client.get("/detectors/trial_rule")
    assert shown.status_code == 200
    assert 'name="kind"' not in shown.text
    assert client.post(MOVES, data={"version": 1, "kind": MoveKind.SHADOW.value, "reason": "试运行"}).status_code in {403, 404}


def test_differences_keep_the_lines_around_a_change() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    lines = difference(before, before.replace("line 3\n", "line three\n").replace("line 17", "line seventeen"))
    assert [line.text for line in lines if line.sign == "+"] == ["line three", "line seventeen"]
    assert sum(line.sign == "@" for line in lines) == 1
    assert difference(before, before) == []


# ---- the editor


def test_a_text_is_checked_as_it_stands(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    good = client.post("/rule-editor/check", data={"text": text()}, headers=HX).text
    assert "2 个样例全部通过" in good
    bad = client.post("/rule-editor/check", data={"text": text(when="secondz >= 60").replace("version: 1", "version: none")}, headers=HX).text
    assert "有 2 处要改" in bad
    assert "没有名为 secondz 的特征" in bad
    assert "是不是 seconds" in bad
    assert 'data-line="11"' in bad
    failing = client.post("/rule-editor/check", data={"text": text().replace("[wang]", "[zhang]")}, headers=HX).text
    assert "1 个样例不符" in failing
    assert "缺少" in client.post("/rule-editor/check", data={"text": ""}, headers=HX).text
    assert client.post("/rule-editor/check", data={"text": "a: [&x, *y"}, headers=HX).status_code == 200


def test_what_cannot_be_saved_comes_back_as_it_was_typed(platform: Platform, client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    typed = text().replace("fires: [wang]", "fires: [zhang]") + "# 别丢了这一行 <b>\n"
    page = client.post("/rule-editor", data={"text": typed, "key": "new"})
    assert page.status_code == 422
    assert "别丢了这一行 &lt;b&gt;" in page.text
    fragment = client.post("/rule-editor", data={"text": typed}, headers=HX)
    assert fragment.status_code == 422
    assert "<html" not in fragment.text
    assert "没有保存：请先改好下面指出的地方。" in fragment.text
    saved = client.post("/rule-editor", data={"text": text()}, headers=HX)
    assert saved.headers["HX-Redirect"] == "/detectors/trial_rule?version=1"
    with platform.database.work(ANALYST) as work:
        assert service.version_of(work, "trial_rule", 1).state == "draft"


def test_one_starts_from_a_template_or_a_copy(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    assert "caller_callees_1h" in client.get("/rule-editor?starter=calls").text
    copied = client.get("/rule-editor?from=sim_box").text
    assert "device_sims_7d" in copied
    assert 'data-editor-key-value="sim_box"' in copied
    assert client.get("/rule-editor?from=none_such").status_code == 404


@pytest.mark.parametrize("name", STARTERS)
def test_every_template_is_a_rule_whose_examples_pass(name: str) -> None:
    assert service.check(starter_text(name)).good


def test_features_are_found_by_name_and_meaning(client: TestClient, sign_in: SignIn) -> None:
    sign_in(client, Role.ANALYST)
    found = client.get("/rule-editor/features", params={"on": "transfers", "q": "paid payee 30"}, headers=HX).text
    assert "new_payee" in found
    assert "caller_calls_1h" not in client.get("/rule-editor/features", params={"on": "transfers", "q": "caller"}, headers=HX).text
    assert "caller_calls_1h" in client.get("/rule-editor/features", params={"on": "calls", "q": "caller_calls"}, headers=HX).text
    assert "没有符合的特征" in client.get("/rule-editor/features", params={"on": "nonsense", "q": "qqqq"}, headers=HX).text


def test_every_unit_of_a_feature_has_a_word() -> None:
    units = {code for code, _ in catalogues().family(Locale.ZH, "feature_unit")}
    assert {feature.unit for feature in FEATURES.features.values() if feature.unit} <= units


# ---- faults in words


_SAID = re.compile(r'(?:_fault\(.*?,|_wrong\(tree,|InvalidExpression\(|column,|found\.append\(|Fault\(1, 1,|else \[) ?f?"((?:[^"\\]|\\.)*)"')


def _sentences() -> set[str]:
    """Every reason for a fault in the engine's source, with `x` where a value stands."""
    said = {sentence for module in (model, expression, reasons, examples) for sentence in _SAID.findall(inspect.getsource(module))}
    return {re.sub(r"\{[^}]*\}", "x", sentence.replace("{DEEPEST}", "9").replace("{LONGEST}", "9")) for sentence in said}


def test_every_fault_that_the_engine_can_name_is_said_in_chinese() -> None:
    sentences = _sentences()
    assert len(sentences) > 25
    assert [said for said in sorted(sentences) if rule_faults.kind_of(said) is None] == []


def test_a_fault_that_nobody_foresaw_is_shown_as_the_engine_said_it() -> None:
    assert rule_faults.shown([Fault(2, 3, "The {moon} is full")], Locale.ZH)[0].text == "The {moon} is full"


def test_the_package_holds_the_templates() -> None:
    assert {path.stem for path in Path(rule_faults.__file__).parent.joinpath("starters").glob("*.yaml")} == set(STARTERS)
