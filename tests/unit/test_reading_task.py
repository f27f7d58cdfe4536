"""Files of the public task's shape, a model of types learned from one, and the command that reads narratives."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fanzha.engine.reading.public_task import UnreadableTask, read_task, type_of
from fanzha.faces.cli import bench_extract
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.kit.errors import FanzhaError
from fanzha.settings import Settings
from fanzha.vocab.fraud_types import ENTRIES, FraudType

_MADE_UP = {
    "刷单返利类": "被拉进群做第{}单刷单任务，派单员说要做连单才能返佣金，垫付后无法提现。",
    "贷款、代办信用卡类": "申请第{}笔贷款时客服称银行卡号错误被冻结，需要交解冻金才能放款。",
    "冒充公检法及政府机关类": "接到自称公安局第{}支队民警的电话，说涉嫌洗钱，要转到安全账户核查。",
}


def _entries(each: int) -> list[dict[str, str]]:
    return [
        {"案件编号": f"{label[:2]}{number}", "案情描述": story.format(number), "案件类别": label} for label, story in _MADE_UP.items() for number in range(each)
    ]


@pytest.mark.parametrize("form", ["list", "lines", "object", "wrapped", "gb18030"])
def test_the_public_tasks_shapes_are_read(form: str, tmp_path: Path) -> None:
    entries = _entries(2)
    documents = {
        "list": json.dumps(entries, ensure_ascii=False),
        "lines": "\n".join(json.dumps(row, ensure_ascii=False) for row in entries),
        "object": json.dumps({row["案件编号"]: row for row in entries}, ensure_ascii=False),
        "wrapped": json.dumps({"data": entries}, ensure_ascii=False),
        "gb18030": json.dumps(entries, ensure_ascii=False),
    }
    path = tmp_path / "task.json"
    path.write_bytes(documents[form].encode("gb18030" if form == "gb18030" else "utf-8"))
    task = read_task(path)
    assert len(task.texts) == 6
    assert set(task.types) == {FraudType.REBATE_TASKS, FraudType.LOAN, FraudType.AUTHORITY}
    assert task.unknown == {}


def test_labels_are_known_in_any_punctuation() -> None:
    for entry in ENTRIES.values():
        assert type_of(entry.code.value) is entry.code
        assert type_of(entry.zh) is entry.code
        if entry.fcc12:
            assert type_of(entry.fcc12) is entry.code
            assert type_of(f"{entry.fcc12}类") is entry.code
    assert type_of("网络婚恋、交友类(非虚假网络投资理财类)") is FraudType.ROMANCE
    assert type_of("冒充军警购物类诈骗") is FraudType.MILITARY_PURCHASE
    assert type_of("没有这一类") is None


def test_english_fields_and_unknown_labels(tmp_path: Path) -> None:
    path = tmp_path / "task.jsonl"
    path.write_text('{"case description": "x", "label": "没有这一类"}\n', "utf-8")
    task = read_task(path)
    assert (task.types, task.unknown, task.ids) == ((FraudType.OTHER,), {"没有这一类": 1}, ("1",))


@pytest.mark.parametrize("content", ["", "{]", '[{"案情描述": "x"}]', '[{"案件类别": "刷单返利"}]', "[1]", "[]", '{"案情描述": "x"}\n{]'])
def test_what_cannot_be_read_says_why(content: str, tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UnreadableTask):
        read_task(path)
    with pytest.raises(UnreadableTask):
        read_task(tmp_path / "absent.json")


def _never(settings: Settings) -> AbstractContextManager[Platform]:
    raise AssertionError(settings)


def _run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(build(_never), ["--quiet", "extract", *arguments], input=given)


def test_types_are_learned_from_a_citys_own_file_and_used(tmp_path: Path) -> None:
    data = tmp_path / "task.json"
    data.write_text(json.dumps(_entries(12), ensure_ascii=False), "utf-8")
    made = _run("train-types", "--data", str(data), "--out", str(tmp_path / "model"), "--folds", "2", "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert (told["narratives"], told["classes"]) == (36, 3)
    assert 0.9 <= told["macro_f1"] <= 1
    assert 0.9 <= told["phrases_macro_f1"] <= 1
    text = tmp_path / "one.txt"
    text.write_text(_MADE_UP["贷款、代办信用卡类"].format(99), "utf-8")
    read = json.loads(_run(str(text), "--types", str(tmp_path / "model"), "--json").stdout)
    assert read["type"]["type"] == "loan"


def test_reading_a_file_standard_input_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "narrative.txt"
    path.write_text("昨天下午3点半接到+85250000001来电，转账12万3千元到6217000000000000003。", "utf-8")
    one = json.loads(_run(str(path), "--json", "--reported-at", "2026-03-06").stdout)
    assert [found["kind"] for found in one["identifiers"]] == ["phone", "card"]
    assert one["times"][0]["at"] == "2026-03-05T15:30:00+08:00"
    assert one["loss_fen"] == 12_300_000
    assert json.loads(_run("--json", given=path.read_text("utf-8")).stdout)["loss_fen"] == 12_300_000
    lines = '{"id": "a", "narrative": "QQ123456789", "reported_at": "2026-03-06T10:00:00+08:00"}\n{"text": "加威信fake_01"}\n'
    many = [json.loads(line) for line in _run("-", "--json", given=lines).stdout.splitlines()]
    assert [(row["id"], row["identifiers"][0]["kind"]) for row in many] == [("a", "qq"), ("2", "wechat")]
    assert len(_run("--lines", "--json", given="一行\n\n二行\n").stdout.splitlines()) == 2
    shown = _run(str(path)).stdout
    assert "123,000.00" in shown
    assert "+85250000001" in shown


@pytest.mark.parametrize(("given", "words"), [('{"x": 1}\n', "no field"), ('{"text": "x"}\n{]\n', "Line 2"), ('{"text": "x", "reported_at": "x"}\n', "no time")])
def test_unreadable_narratives_say_where(given: str, words: str) -> None:
    failed = _run("-", given=given)
    assert isinstance(failed.exception, FanzhaError)
    assert words in str(failed.exception)


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in str(_run(str(path)).exception)
    assert "cannot be read" in str(_run(str(tmp_path / "absent.txt")).exception)


def test_the_benchmark_measures_and_scores() -> None:
    held = Path(__file__).parents[1] / "narratives" / "held_out.jsonl"
    result = bench_extract.measure(bench_extract._texts(20), 1)
    assert result["narratives"] == 20
    assert result["per_cpu_s"] > 0
    quality = bench_extract.quality([held])
    assert quality["usual"]["our_recall"] > quality["usual"]["recall"]
    assert quality["person"] == {}


def test_two_people_are_held_against_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    text = "{}汇到{}，{}他又来电"
    rows = {
        first: ["⟦amount:lost=3000|3000元⟧", "⟦card:suspect|6217000000000001112⟧", "⟦time=2026-03-05|昨天⟧"],
        second: ["⟦amount:fee=3000|3000元⟧", "⟦bank_account:suspect|6217000000000001112⟧", "⟦time=2026-03-05|昨天⟧"],
    }
    for path, marks in rows.items():
        path.write_text(json.dumps({"id": "x1", "type": "loan", "text": text.format(*marks)}) + "\n", "utf-8")
    person = bench_extract.quality([first], [second])["person"]
    assert {kind: (one["precision"], one["recall"]) for kind, one in person.items()} == {"amount": (1, 1), "bank_account": (0, 1), "card": (1, 0), "time": (1, 1)}
    assert person["amount"]["role_right"] == 0
    shown = CliRunner().invoke(build(_never), ["bench", "extract", "--narratives", "10", "--repeats", "1", "--labelled", str(first), "--again", str(second)])
    assert "another person  precision 1.000               recall 0.000" in shown.output
