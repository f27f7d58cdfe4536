"""The main job on data nobody here wrote: police lists become indicators, real texts become findings, and those to a resident become warnings.

Skips where the data are absent (FANZHA_DATA). Counts are asserted as bounds and identities: docs/real-input.md tells the numbers.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from fanzha.desks import indicators, intake, warnings
from fanzha.desks.detection import service as detection
from fanzha.desks.detection import tasks as detection_tasks
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.simulator import Plan, simulate
from fanzha.store import Scope
from fanzha.vocab.identifiers import InvalidIdentifier, Kind, clean

DOCS = Path(__file__).parents[2] / "docs" / "examples"
SYSTEM = Scope.system("test")
UNTIL = datetime(2026, 3, 9, 12, 0, tzinfo=clock.SHANGHAI)


def _take(platform: Platform, file: Path, kind: str, mapping: str | None = None) -> intake.Receipt:
    given = intake.read_mapping(DOCS / f"{mapping}.mapping.yaml") if mapping else None
    receipt = intake.service.take(platform, SYSTEM, file, intake.IntakeKind(kind), "165名单", given=given)
    assert receipt.received == receipt.accepted + receipt.duplicates + receipt.quarantined
    assert sum(receipt.reasons.values()) == receipt.quarantined
    return receipt


def _sample(file: Path, every: int, out: Path) -> Path:
    """Each `every`th row: a quarter of the list shows what the whole does (docs/real-input.md has the whole)."""
    pl.read_csv(file, infer_schema=False).gather_every(every).write_csv(out)
    return out


def _folder(real_data: Path, name: str) -> Path:
    folder = real_data / name
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder} (FANZHA_DATA)")
    return folder


def _example(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_police_lists_become_indicators_and_every_row_is_accounted_for(platform: Platform, real_data: Path, tmp_path: Path) -> None:
    lists = _folder(real_data, "tw165_lists")
    some_sites = _sample(lists / "tw165_sites.csv", 4, tmp_path / "sites.csv")
    sites = _take(platform, some_sites, "indicators")
    accounts = _take(platform, lists / "tw165_bank_accounts.csv", "indicators", "tw165_accounts")
    phones = _take(platform, lists / "tw165_phones.csv", "indicators", "tw165_phones")
    for receipt, file in ((sites, some_sites), (accounts, lists / "tw165_bank_accounts.csv"), (phones, lists / "tw165_phones.csv")):
        rows = pl.read_csv(file, infer_schema=False).height
        assert receipt.received == rows
        assert receipt.quarantined < 0.02 * rows
    assert _take(platform, some_sites, "indicators").repeated
    with platform.database.work(SYSTEM) as work:
        held = indicators.service.counts(work)
        kinds = Counter({kind: count for (_, kind), count in held.items()})
    assert sum(kinds.values()) == sites.accepted + accounts.accepted + phones.accepted
    assert kinds["phone"] == phones.accepted
    assert kinds["bank_account"] + kinds["card"] == accounts.accepted


def test_no_official_site_becomes_an_indicator(platform: Platform, real_data: Path, tmp_path: Path) -> None:
    """The list of popular domains offered as suspects: official sites and big platforms are refused, and said so."""
    benign = _folder(real_data, "benign_domains") / "opendns-top-domains.txt"
    offered = tmp_path / "popular.csv"
    offered.write_text("domain\n" + "\n".join(benign.read_text("utf-8").split()[:1_500]), "utf-8")
    receipt = _take(platform, offered, "indicators")
    assert receipt.quarantined > 10
    with platform.database.work(SYSTEM) as work:
        rows = intake.service.rows(work, intake.RowFilter(batch_id=receipt.batch_id), PageRequest(1, 100)).rows
    assert any("official" in row.detail or "platform" in row.detail for row in rows)


def test_the_police_list_names_no_popular_domain_itself(real_data: Path) -> None:
    """Pages on a shared host may be listed; the host itself must not."""
    lists, benign = _folder(real_data, "tw165_lists"), _folder(real_data, "benign_domains")
    popular = set((benign / "opendns-top-domains.txt").read_text("utf-8").split())
    bare = set()
    for url in pl.read_csv(lists / "tw165_sites.csv", infer_schema=False)["url"]:
        try:
            found = clean(Kind.URL, url)
        except InvalidIdentifier:
            continue
        if "/" not in found.value:
            bare.add(str(found.facts["host"]).removeprefix("www."))
    assert not bare & popular


def test_real_texts_to_residents_become_warnings(platform: Platform, real_data: Path, tmp_path: Path) -> None:
    texts = pl.read_csv(_folder(real_data, "sms_fake_base_station") / "messages.csv.gz", infer_schema=False).gather_every(5)
    simulate(Plan(300, 1, 3, UNTIL.date(), fraud_rate=0), tmp_path)
    phones = pl.read_parquet(tmp_path / "sims.parquet")["phone"]
    _example("resident_messages").resident_messages(texts, phones, UNTIL, 7).write_csv(tmp_path / "messages.csv")
    with clock.frozen(UNTIL):
        assert _take(platform, tmp_path / "sims.parquet", "sims").accepted == len(phones)
        taken = _take(platform, tmp_path / "messages.csv", "messages", "resident_messages")
        assert taken.accepted == texts.height
        run = detection_tasks.detect(platform)
    with platform.database.work(SYSTEM) as work:
        by_rule = detection.rule_counts(work)
        cards = warnings.queue.after(work, warnings.Filters(), "", 5_000)
        warned = warnings.queue.of_phones(work, ["+86" + phone for phone in phones.to_list()])
    assert run.found > 0
    assert by_rule["scam_text_received"].findings > 0
    assert len(cards) == sum(len(some) for some in warned.values())
    assert all(card.region_known for card in cards)


def test_listed_identifiers_that_residents_meet_become_findings(platform: Platform, real_data: Path, tmp_path: Path) -> None:
    lists = _folder(real_data, "tw165_lists")
    simulate(Plan(400, 1, 3, UNTIL.date(), fraud_rate=0), tmp_path)
    met = _example("listed_contacts").listed_contacts(lists, tmp_path, UNTIL, 15)
    for name, column in (("sites", "url"), ("bank_accounts", "account"), ("phones", "phone")):
        whole = pl.read_csv(lists / f"tw165_{name}.csv", infer_schema=False)
        whole.filter(pl.col(column).is_in(_values(met).implode())).write_csv(tmp_path / f"{name}.csv")
    with clock.frozen(UNTIL):
        _take(platform, tmp_path / "sites.csv", "indicators")
        _take(platform, tmp_path / "bank_accounts.csv", "indicators", "tw165_accounts")
        _take(platform, tmp_path / "phones.csv", "indicators", "tw165_phones")
        for kind in ("sims", "accounts"):
            _take(platform, tmp_path / f"{kind}.parquet", kind)
        for kind, frame in met.items():
            frame.write_csv(tmp_path / f"{kind}.csv")
            assert _take(platform, tmp_path / f"{kind}.csv", kind).accepted == frame.height == 15
        detection_tasks.detect(platform)
    with platform.database.work(SYSTEM) as work:
        by_rule = detection.rule_counts(work)
        cards = warnings.queue.after(work, warnings.Filters(), "", 500)
    found = {rule: count.findings for rule, count in by_rule.items()}
    assert found["uses_flagged_site"] >= 13  # a site of a known platform's page may be refused
    assert found["pays_flagged_account"] == 15
    assert found["long_flagged_call"] == 15
    assert all(card.region_known for card in cards)
    assert len(cards) >= 20  # several findings about one person are one warning


def _values(met: dict[str, pl.DataFrame]) -> pl.Series:
    return pl.concat([met["calls"]["caller"], met["visits"]["host"], met["transfers"]["payee"]])
