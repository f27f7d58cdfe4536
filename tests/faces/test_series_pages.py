"""Pages of series. Every number is made up."""

from __future__ import annotations

import io
import zipfile

import pytest
from starlette.testclient import TestClient
from tests.desks.series.series_kit import SCRIPT, ids, put, report, take, the_series, together, worked
from tests.faces.conftest import SignIn

from fanzha.faces.common.platform import Platform
from fanzha.vocab.roles import Role

A, B = "13900000001", "6222020000000000017"


@pytest.fixture
def series(platform: Platform) -> str:
    take(
        platform, report("1", A, narrative=SCRIPT), report("2", A, B, narrative=f"{SCRIPT}本人手机13700000009"), report("3", B, region="350303"),
        report("4", "13900000077", region="350303"), report("5", "13900000077", region="350303"),
    )  # fmt: skip
    return the_series(platform, "1")


def test_list_one_graph_and_exports(client: TestClient, sign_in: SignIn, series: str, platform: Platform) -> None:
    sign_in(client, Role.ANALYST)
    assert f'href="/series/{series}"' in client.get("/series?unsettled=1&across=1").text
    assert f'href="/series/{series}"' not in client.get("/series?state=accepted&q=77&fraud_type=loan").text
    for lang in ("zh", "en"):
        page = client.get(f"/series/{series}?lang={lang}")
        assert page.status_code == 200
        assert A not in page.text
        assert "139****0001" in page.text
        assert ("案情叙述约" if lang == "zh" else "% alike") in page.text
    drawn = client.get(f"/series/{series}/graph").json()
    assert sorted(node["kind"] for node in drawn["nodes"]) == ["account", "case", "case", "case", "phone"]
    assert (len(drawn["edges"]), drawn["left_out"]) == (4, 0)
    script = client.post(f"/series/{series}/script", data={"purpose": "研判话术需要"}).json()["value"]
    assert "对方以会员到期将自动扣费为由" in script
    assert "137" not in script
    assert client.post(f"/series/{series}/script", data={"purpose": ""}).status_code == 422
    pdf = client.post(f"/series/{series}/dossier/pdf")
    assert pdf.content.startswith(b"%PDF")
    book = zipfile.ZipFile(io.BytesIO(client.post(f"/series/{series}/dossier/xlsx").content))
    words = book.read("xl/sharedStrings.xml").decode()
    assert "139****0001" in words
    assert A not in words


def test_an_analyst_decides_and_a_county_sees_counts(client: TestClient, sign_in: SignIn, series: str, platform: Platform) -> None:
    sign_in(client, Role.ANALYST, region="350303")
    page = client.get(f"/series/{series}")
    assert "另有 2 起案件在其他辖区" in page.text
    assert client.post(f"/series/{series}/accept", data={"reason": "标识一致", "cases": 3}).status_code == 403
    of_three = client.get(f"/series/of/{ids(platform)['3']}").text
    assert "串并第" in of_three
    assert client.get(f"/series/of/{ids(platform)['1']}").text.count("串并第") == 0
    sign_in(client, Role.ANALYST)
    assert client.post(f"/series/{series}/accept", data={"reason": "标识一致", "cases": 2}).status_code == 409
    assert client.post(f"/series/{series}/accept", data={"reason": "标识一致", "cases": 3}).status_code == 303
    assert client.post(f"/series/{series}/split", data={"reason": "并非同一人", "case": [ids(platform)["3"]]}).status_code == 303
    assert client.post(f"/series/{the_series(platform, '4')}/reject", data={"reason": "公共电话", "mute": "1"}).status_code == 303
    assert together(platform) == {frozenset("12")}
    assert client.post(f"/series/{series}/merge", data={"reason": "同一团伙", "other": "999"}).status_code == 422
    sign_in(client, Role.DUTY_OFFICER)
    assert client.post(f"/series/{series}/accept", data={"reason": "标识一致", "cases": 2}).status_code == 403
    for role in (Role.DEPUTY, Role.BANK_AGENT, Role.GRID_WORKER, Role.OFFICE):
        sign_in(client, role)
        assert client.get("/series").status_code == 403


def test_pages_of_reports_and_cases_ask_for_their_series(client: TestClient, sign_in: SignIn, series: str, platform: Platform) -> None:
    case = put(platform, "案甲", A)
    worked(platform)
    sign_in(client, Role.ANALYST)
    report_id = ids(platform)["1"]
    assert f'hx-get="/series/of/{report_id}"' in client.get(f"/reports/{report_id}").text
    assert f'hx-get="/series/of-case/{case}"' in client.get(f"/cases/{case}").text
    assert f'href="/series/{series}"' in client.get(f"/series/of-case/{case}").text
    page = client.get(f"/series/{series}").text
    assert f'href="/cases/{case}"' in page
    assert f'href="/reports/{report_id}"' in page
    assert {"案件", "警情"} <= {node["name"] for node in client.get(f"/series/{series}/graph").json()["nodes"]}
    assert "还在比对" in client.get("/series/of-case/nothing").text


def test_a_large_series_is_drawn_in_part_and_says_so(client: TestClient, sign_in: SignIn, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanzha.faces.console.series.MOST_NODES", 20)
    take(platform, *(report(str(number), A) for number in range(30)))
    sign_in(client, Role.ANALYST)
    at = f"/series/{the_series(platform, '1')}"
    page = client.get(at).text
    assert "全串有 31 个案件和标识，图中最多画 20 个" in page
    assert page.count('href="/reports/') == 30
    first = client.get(f"{at}/graph").json()
    (value,) = (node for node in first["nodes"] if node["kind"] == "phone")
    assert (len(first["nodes"]), value["more"], first["left_out"]) == (25, 6, 6)
    opened = client.get(f"{at}/graph", params={"around": value["id"]}).json()
    assert (len(opened["nodes"]), opened["left_out"], {node["more"] for node in opened["nodes"]}) == (31, 0, {0})
