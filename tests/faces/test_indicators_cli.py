"""`fanzha indicators …` and `fanzha bench indicators`, as somebody at a terminal uses them. Every identifier is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fanzha.desks.indicators import IndicatorRow, service, sharing
from fanzha.desks.indicators.sharing import Recipient
from fanzha.faces.cli.bench_indicators import bulk_check, made_up, near_forms, slip
from fanzha.faces.cli.bench_indicators_whole import whole_way
from fanzha.faces.cli.main import build
from fanzha.faces.common.platform import Platform
from fanzha.settings import Settings
from fanzha.store import Scope

PHONE = "13800000001"
SYSTEM = Scope.system("test")


@pytest.fixture
def run(platform: Platform) -> CliRunner:
    with platform.database.work(SYSTEM) as work:
        service.add_many(work, [IndicatorRow(value=PHONE, source="list")], platform.tokens)
    return CliRunner()


def call(run: CliRunner, platform: Platform, *arguments: str, given: str = "") -> tuple[int, str]:
    @contextmanager
    def opener(_: Settings) -> Iterator[Platform]:
        yield platform

    result = run.invoke(build(opener), ["indicators", *arguments], input=given)
    return result.exit_code, result.output if result.exception is None or isinstance(result.exception, SystemExit) else str(result.exception)


def test_a_file_is_checked(run: CliRunner, platform: Platform, tmp_path: Path) -> None:
    file, out = tmp_path / "asked.csv", tmp_path / "answers.csv"
    file.write_text(f"{PHONE},x\n13800000002\n", encoding="utf-8")
    code, told = call(run, platform, "check", str(file), "--json", "--out", str(out))
    assert (code, json.loads(told)["counts"]["caution"], json.loads(told)["items"]) == (0, 1, [])
    assert out.read_text("utf-8-sig").splitlines()[1] == "1,caution,phone,138****0001,other"
    code, told = call(run, platform, "check", "-", given=f"{PHONE}\n")
    assert (code, told.startswith("1 asked: danger 0, caution 1")) == (0, True)
    assert "cannot be read" in call(run, platform, "check", str(tmp_path / "none"))[1]
    assert "cannot be written" in call(run, platform, "check", str(file), "--out", str(tmp_path / "none" / "x"))[1]


def test_near_forms_and_retractions_are_told(run: CliRunner, platform: Platform) -> None:
    assert "in place 14 alone" in call(run, platform, "near", "13800000009")[1]
    assert "near nothing" in call(run, platform, "near", "13999999999")[1]
    assert json.loads(call(run, platform, "near", "a1ipay.com", "--json")[1])[0]["near"][0]["form"] == "homograph"
    with platform.database.work(SYSTEM) as work:
        (entry,) = service.search(work).rows
        sharing.remember(work, Recipient("bank-1", "测试银行", "share"), [entry.id])
        service.clear(work, entry.id, "核实为误报")
    assert "138****0001 cleared" in call(run, platform, "retractions")[1]
    assert json.loads(call(run, platform, "retractions", "--json")[1])[0]["organisation"] == "bank-1"


def test_the_benchmark_measures_what_it_says(platform: Platform) -> None:
    import random

    chance = random.Random(1)
    values = made_up(chance, 60)
    with platform.database.work(SYSTEM) as work:
        service.add_many(work, [IndicatorRow(value, source="bench") for value in values], platform.tokens)
    told = bulk_check(platform, values, values[:20] + made_up(chance, 20))
    assert (told["asked"], told["found"], told["peer_found"]) == (40, 20, 20)
    whole = whole_way(platform, values[:20], 5.0)
    assert (whole["form"]["answer_lines"], whole["asked"], whole["reached"]) == (21, 20, whole["reached"])
    assert whole["api_text"]["answer_bytes"] == whole["api_json"]["answer_bytes"] > 1000
    near = near_forms(platform, values, [slip(chance, value) for value in values[:30]])
    assert near["found_share"] > 0.9
