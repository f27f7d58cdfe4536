"""`fanzha bench cases`: how long a search takes among a million sealed cases, beside its bound and beside a plain scan of open text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import psycopg
import typer

from fanzha.desks.cases import CaseFilters, searching
from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases.reading import index_of, more_indexes, suspect_index
from fanzha.desks.cases.words import blinded
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.kit.progress import Progress
from fanzha.settings import Settings
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

TARGET_MS: Final = 200.0
COUNTIES: Final = ("350302", "350303", "350304", "350305", "350322")
_PHRASES: Final = (
    "报警人称在网上看到兼职刷单广告", "添加对方微信后被拉入群聊", "对方自称银行客服要求开启屏幕共享", "接到自称公安局的电话称其涉嫌洗钱",
    "在某贷款平台申请贷款后被要求缴纳解冻费", "通过网恋对象介绍到投资平台充值", "对方冒充单位领导要求转账", "在二手平台购买商品被骗定金",
    "称快递丢失可以双倍理赔", "以注销校园贷为由要求转账", "小额返现后要求做大额任务", "提现失败后发现被骗遂报警",
)  # fmt: skip
HOTLINE: Final = "+8617099999999"
"""Named in every twentieth case, as a popular number is."""
_FIRST_DAY: Final = datetime(2021, 1, 1, tzinfo=UTC)
_COMMON_LETTERS: Final = 2_500
_WORDS: Final = 20_000
_PORTION: Final = 5_000
_SIZES: Final = "SELECT pg_relation_size('ix_case_words_words'), pg_total_relation_size('case_words'), pg_database_size(current_database())"
_PAGE: Final = 50


def register(app: typer.Typer) -> None:
    bench_group(app).command("cases")(cases)


def cases(
    context: typer.Context,
    rows: Annotated[int, typer.Option("--cases", min=1_000, help="Made-up cases; a million take about 3 GB under the temporary folder.")] = 1_000_000,
    repeats: Annotated[int, typer.Option(min=3, help="Different searches of each kind.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Search by number, identifier and words as a city's officer and as a county's, in a database of its own that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder, cli(context).opener(Settings(home=Path(folder))) as platform:
        made = _Made(rows)
        progress = cli(context).progress
        loaded = _load(platform, made, progress)
        report = {"cases": rows, "target_ms": TARGET_MS, "loading": loaded, **_measure(platform, made, repeats, progress)}
    if json:
        print_json(report)
    else:
        _say(report)


@dataclass(frozen=True)
class _Row:
    number: int
    narrative: str
    name: str
    phone: str
    suspects: tuple[str, ...]

    @cached_property
    def case_id(self) -> str:
        return f"{self.number:032x}"

    @property
    def case_number(self) -> str:
        return f"A{350302000000 + self.number % 5}202601{self.number:06d}"

    @cached_property
    def filed_at(self) -> datetime:
        return _FIRST_DAY + timedelta(seconds=150 * self.number)

    @property
    def region(self) -> str:
        """Each of the counties has twenty stations."""
        return f"{COUNTIES[self.number % 5]}{self.number // 5 % 20 + 1:03d}"


class _Made:
    """Cases of people that never were: a few stock phrases, and words whose use falls off as in language (Zipf)."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        chance = np.random.default_rng(20260501)
        letters = chance.permutation(np.arange(0x4E00, 0x4E00 + _COMMON_LETTERS))
        lengths = chance.integers(2, 5, _WORDS)
        self.words = ["".join(map(chr, letters[np.minimum(chance.zipf(1.2, length), _COMMON_LETTERS) - 1])) for length in lengths]
        self._weights = 1 / np.arange(1, _WORDS + 1)
        self._weights /= self._weights.sum()

    def portion(self, start: int) -> Iterator[_Row]:
        """Rows from `start` on, the same at every call."""
        size = min(_PORTION, self.rows - start)
        chance = np.random.default_rng(start)
        words = chance.choice(_WORDS, (size, 14), p=self._weights)
        phrases = chance.integers(0, len(_PHRASES), (size, 2))
        for place in range(size):
            number = start + place
            said = [self.words[word] for word in words[place]]
            story = f"{_PHRASES[phrases[place][0]]}，{''.join(said[:7])}，{_PHRASES[phrases[place][1]]}，{'、'.join(said[7:])}。"
            suspects = (f"+86170{number:08d}", f"62{number % 400_000:017d}", *((HOTLINE,) if number % 20 == 0 else ()))
            yield _Row(number, story, f"测{self.words[number % _WORDS]}", f"+86139{number:08d}", suspects)


def _load(platform: Platform, made: _Made, progress: Progress) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    with psycopg.connect(platform.database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")  # this database is thrown away: no trigger has to check the references
        connection.execute("ALTER TABLE case_words ENABLE ALWAYS TRIGGER case_words_marked")
        connection.execute("DROP INDEX ix_case_words_words")
        connection.execute("CREATE UNLOGGED TABLE open_narratives (case_id text PRIMARY KEY, at timestamptz, narrative text)")
        with progress.step("make cases", made.rows) as step:
            for start in range(0, made.rows, _PORTION):
                batch = list(made.portion(start))
                for table, columns, rows in _tables(platform, batch):
                    _copy(connection, table, columns, rows)
                step.advance(len(batch))
        with progress.step("build the index"):
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute("CREATE INDEX ix_case_words_words ON case_words USING gin (words) WITH (fastupdate = off)")
            connection.commit()
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
        sizes = connection.execute(_SIZES).fetchone()
    assert sizes is not None
    megabytes = {name: round(size / 1e6) for name, size in zip(("index_mb", "words_mb", "database_mb"), sizes, strict=True)}
    return {"wall_s": round(time.perf_counter() - began, 1), "cpu_s": round(time.process_time() - cpu, 1), **megabytes}


def _copy(connection: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """As one block of COPY's own text: a fifth of the processor time of handing it value by value."""
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write("".join("\t".join(map(_cell, row)) + "\n" for row in rows))


def _cell(value: object) -> str:
    """No text made up here holds a tab, a backslash or an end of line."""
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)


def _tables(platform: Platform, batch: list[_Row]) -> Iterator[tuple[str, str, list[tuple[object, ...]]]]:
    seal, kinds = platform.cipher.seal, list(FraudType)
    yield "cases", (
        "id, ref, number, state, root_id, region, unit_id, unit_name, fraud_type, narrative, loss_fen, victims, reported_at, filed_at, source, created_at, created_by"
    ), [
        (row.case_id, f"FZ2026-{row.number:07d}", row.case_number, "filed", row.case_id, row.region, "o", "u", kinds[row.number % len(kinds)].value,
         seal("cases.narrative", row.narrative), row.number * 100, 1, row.filed_at, row.filed_at, "bench", row.filed_at, "bench")
        for row in batch
    ]  # fmt: skip
    yield "open_narratives", "case_id, at, narrative", [(row.case_id, row.filed_at, row.narrative) for row in batch]
    yield "case_victims", "id, case_id, added_at, added_by, name, name_index, phone, phone_index, more_indexes, doubts", [
        (f"v{row.case_id}", row.case_id, row.filed_at, "bench", seal("case_victims.name", row.name), index_of("name", row.name),
         seal("case_victims.phone", row.phone), index_of(Kind.PHONE, row.phone), more_indexes(row.phone, Kind.PHONE), [])
        for row in batch
    ]  # fmt: skip
    yield "case_suspects", "id, case_id, added_at, added_by, kind, role, value, value_index, more_indexes, doubts", [
        (f"s{place}{row.case_id}", row.case_id, row.filed_at, "bench", kind.value, "other", seal("case_suspects.value", value), suspect_index(kind, value),
         more_indexes(value, kind), [])
        for row in batch
        for place, (kind, value) in enumerate(zip((Kind.PHONE, Kind.BANK_ACCOUNT, Kind.PHONE), row.suspects, strict=False))
    ]  # fmt: skip
    yield "case_words", "case_id, at, words", [(row.case_id, row.filed_at, blinded(row.narrative)) for row in batch]


def _measure(platform: Platform, made: _Made, repeats: int, progress: Progress) -> dict[str, Any]:
    some = np.random.default_rng(7).integers(0, made.rows, repeats)
    asked = {name: [typed(made, int(place)) for place in some] for name, typed in _QUESTIONS.items()}
    city, county = (_officer(region) for region in ("3503", COUNTIES[0]))
    officers = {"city": city, "county": county, "station": _officer(f"{COUNTIES[0]}001")}
    found = {}
    for who, scope in officers.items():
        with progress.step(f"search as {who}", len(_QUESTIONS)) as step:
            for name in _QUESTIONS:
                found[f"{name}, {who}"] = _times(partial(_search, platform, scope), asked[name])
                step.advance()
    ids = [f"{int(place):032x}" for place in np.random.default_rng(9).integers(0, made.rows, _PAGE)]
    bound = _times(lambda _: _open_page(platform, city, ids), [""] * repeats)
    peer = _times(lambda typed: _scan(platform, typed), asked["one rare word"][: max(3, repeats // 10)])
    ours = found["one rare word, city"]
    return {
        "slowest_p95_ms": max(one["p95_ms"] for one in found.values()), "searches": found, "list": _times(lambda _: _listing(platform, county), [""] * repeats),
        "bound": {"name": "fetch and open a page of 50 narratives by id", **bound},
        "peer": {"name": "LIKE over open text in PostgreSQL, the newest 50", "ratio": round(peer["p50_ms"] / ours["p50_ms"], 1), **peer},
    }  # fmt: skip


def _row(made: _Made, place: int) -> _Row:
    return next(row for row in made.portion(place // _PORTION * _PORTION) if row.number == place)


_QUESTIONS: Final[dict[str, Callable[[_Made, int], str]]] = {
    "case number": lambda made, place: _row(made, place).case_number,
    "suspect's phone": lambda made, place: _row(made, place).suspects[0].removeprefix("+86"),
    "suspect's account": lambda made, place: _row(made, place).suspects[1],
    "last 4 digits of a number": lambda made, place: _row(made, place).suspects[1][-4:],
    "last 6 digits of a number": lambda made, place: _row(made, place).suspects[0][-6:],
    "beginning of a case number": lambda made, place: _row(made, place).case_number[:-2],
    "short beginning of a number": lambda made, place: _row(made, place).case_number[: 4 + place % 9],
    "a popular number": lambda made, place: HOTLINE.removeprefix("+86"),
    "victim's name": lambda made, place: _row(made, place).name,
    "one rare word": lambda made, place: made.words[_WORDS - 1 - place % 5_000],
    "one common word": lambda made, place: made.words[place % 40],
    "a stock phrase": lambda made, place: _PHRASES[place % len(_PHRASES)][:8],
    "two common words": lambda made, place: f"{made.words[place % 12]} {made.words[12 + place % 40]}",
    "two stock phrases": lambda made, place: f"{_PHRASES[place % 12][:6]} {_PHRASES[(place // 12) % 12][-6:]}",
    "phrase and word": lambda made, place: f"{_PHRASES[place % len(_PHRASES)][-6:]} {made.words[200 + place % 5_000]}",
    "nothing that stands there": lambda made, place: f"{made.words[place % _WORDS][0]}龘{made.words[place % _WORDS][-1]}",
}


def _officer(region: str) -> Scope:
    kind = {4: OrgKind.POLICE_CITY, 6: OrgKind.POLICE_COUNTY}.get(len(region), OrgKind.POLICE_STATION)
    role = Role.ANALYST if kind is OrgKind.POLICE_CITY else Role.DUTY_OFFICER
    return Scope.of(Principal("bench", "bench", "o", "u", kind, region, frozenset({role})))


def _search(platform: Platform, scope: Scope, typed: str) -> int:
    with platform.database.work(scope) as work:
        return len(searching.search(work, typed, CaseFilters()).hits)


def _listing(platform: Platform, scope: Scope) -> int:
    with platform.database.work(scope) as work:
        return searching.listing(work, CaseFilters(), PageRequest()).total


def _open_page(platform: Platform, scope: Scope, ids: list[str]) -> int:
    with platform.database.work(scope) as work:
        return len(repository.with_narratives(work, ids))


def _scan(platform: Platform, typed: str) -> int:
    with psycopg.connect(platform.database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        query = "SELECT narrative FROM open_narratives WHERE narrative LIKE %s ORDER BY at DESC LIMIT 50"
        return len(connection.execute(query, (f"%{typed}%",)).fetchall())


def _times(act: Callable[[str], int], asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds of the wall clock, the first call left out (it opens a connection), and hits on average."""
    act(asked[0])
    taken, hits = [], 0
    for typed in asked:
        began = time.perf_counter()
        hits += act(typed)
        taken.append((time.perf_counter() - began) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "hits": round(hits / len(asked), 1)}


def _say(report: dict[str, Any]) -> None:
    peer, bound, loaded = report["peer"], report["bound"], report["loading"]
    say(f"{peer['ratio']} × faster than {peer['name']} ({peer['p50_ms']} ms); bound: {bound['name']}: {bound['p50_ms']} ms")
    say(f"{report['cases']:,} cases; slowest kind of search p95 {report['slowest_p95_ms']} ms (goal {report['target_ms']:.0f} ms)")
    for name, one in report["searches"].items():
        say(f"  {name}: p50 {one['p50_ms']} ms, p95 {one['p95_ms']} ms, {one['hits']} hits")
    say(f"  list of a county: p50 {report['list']['p50_ms']} ms; loaded in {loaded['wall_s']} s; index {loaded['index_mb']} MB")


