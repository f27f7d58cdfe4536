"""`fanzha bench ingest`: rows a second from a file to the lake, beside what bounds it and beside a peer that does less."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer
from deltalake import write_deltalake
from pydantic import SecretStr

from fanzha.desks.intake import IntakeKind, service
from fanzha.faces.cli.benches import bench_group
from fanzha.faces.cli.context import cli, print_json, say
from fanzha.faces.common.platform import Opener, Platform
from fanzha.kit import clock
from fanzha.lake import EventKind, Lake, Tokens, digests
from fanzha.settings import Settings
from fanzha.store import Scope

_SCOPE = Scope.system("bench")
_ACCOUNTS = 300_000
_DAYS = 7
TARGETS = {"parquet": 150_000, "csv": 80_000}


@dataclass(frozen=True)
class Timing:
    """Wall and processor seconds of one piece of work over `rows` rows."""

    rows: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> int:
        return round(self.rows / self.wall_s)


def register(app: typer.Typer) -> None:
    bench_group(app).command("ingest")(ingest)


def ingest(
    context: typer.Context,
    rows: Annotated[int, typer.Option(min=1000, help="Transfers a file.")] = 1_000_000,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each; the best counts, since other work on the machine only slows.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take made-up transfers in from Parquet and CSV, tokens, duplicates check and quarantine included, in an installation of its own under /tmp."""
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder:
        home = Path(folder)
        opener = cli(context).opener
        with opener(Settings(home=home / "home")) as platform:
            results = [measure(platform, home, form, rows, repeats) for form in TARGETS]
            for result in results:
                result["peak_mb"] = peak_mb(opener, platform, home / f"transfers.{result['format']}")
                result["file_mb"] = round((home / f"transfers.{result['format']}").stat().st_size / 2**20)
    report = {"rows": rows, "formats": results}
    if json:
        print_json(report)
        return
    for result in results:
        _print(result)


def measure(platform: Platform, home: Path, form: str, rows: int, repeats: int) -> dict[str, Any]:
    """The best of several runs of one format: ours, the parts that bound it, the peer."""
    path = home / f"transfers.{form}"
    frame = _transfers(rows)
    frame.write_parquet(path) if form == "parquet" else frame.write_csv(path)
    best: Timing | None = None
    for number in range(repeats):
        shutil.rmtree(home / "home" / "lake", ignore_errors=True)  # every run begins with an empty lake
        timing = _timed(rows, lambda number=number: _ours(platform, path, f"source {number}", rows))  # type: ignore[misc]
        best = timing if best is None or timing.wall_s < best.wall_s else best
    assert best is not None
    again = home / f"again.{form}"
    frame.reverse().write_parquet(again) if form == "parquet" else frame.reverse().write_csv(again)
    known = _timed(rows, lambda: _known(platform, again, f"source {repeats - 1}", rows))
    parts = _bounds(platform, home, path, rows)
    bound = rows / sum(part.wall_s for part in parts.values())
    peer = min((_timed(rows, lambda: _peer(path, home / "peer")) for _ in range(repeats)), key=lambda timing: timing.wall_s)
    return {
        "format": form,
        "rows_per_s": best.rate,
        "cpu_s": round(best.cpu_s, 2),
        "rows_per_cpu_s": round(rows / best.cpu_s),
        "target_rows_per_s": TARGETS[form],
        "known_rows_per_s": known.rate,
        "bound_rows_per_s": round(bound),
        "share_of_bound": round(best.rate / bound, 2),
        "bound_parts_s": {name: round(part.wall_s, 2) for name, part in parts.items()},
        "peer": "Polars reads and writes the same file to Delta: no cleaning, no tokens, no check for duplicates",
        "peer_rows_per_s": peer.rate,
        "ratio_to_peer": round(best.rate / peer.rate, 2),
        "wall": asdict(best),
    }


def peak_mb(opener: Opener, platform: Platform, path: Path) -> int:
    """Largest memory (MB) of a fresh process that opens the installation and takes the file in."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    url = platform.database.owner_url.set(drivername="postgresql").render_as_string(hide_password=False)
    process = context.Process(target=_take_and_tell, args=(opener, platform.settings.home, url, path, there))
    process.start()
    there.close()
    peak = int(here.recv())
    process.join()
    return peak


def _take_and_tell(opener: Opener, home: Path, url: str, path: Path, tell: Connection) -> None:
    with opener(Settings(home=home, database_url=SecretStr(url))) as platform:
        service.take(platform, _SCOPE, path, IntakeKind.TRANSFERS, "memory")
    # Not getrusage: its peak begins with that of the process that started this one.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    tell.send(int(peak.split()[1]) // 1024)


def _ours(platform: Platform, path: Path, source: str, rows: int) -> None:
    receipt = service.take(platform, _SCOPE, path, IntakeKind.TRANSFERS, source)
    assert receipt.accepted == receipt.received == rows


def _known(platform: Platform, path: Path, source: str, rows: int) -> None:
    """The same events in another file: everything is read, compared and found to be held."""
    receipt = service.take(platform, _SCOPE, path, IntakeKind.TRANSFERS, source)
    assert receipt.duplicates == receipt.received == rows


def _bounds(platform: Platform, home: Path, path: Path, rows: int) -> dict[str, Timing]:
    """What no way of doing it could leave out, one after the other: read, one token a distinct account, one key a row, one Delta commit."""
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    distinct = pl.concat([frame["付款账号"], frame["收款账号"]]).unique()
    tokens = Tokens(bytes(range(64)))
    ids = frame["交易流水号"]
    held = platform.lake.scan(EventKind.TRANSFERS).collect()
    target = Lake(home / "bound")
    found = {
        "read": _timed(rows, lambda: _read(path)),
        "aes_siv_per_distinct_account": _timed(rows, lambda: tokens.seal_distinct("bank_account", distinct)),
        "blake2b_event_keys": _timed(rows, lambda: digests.keys(b"bench", ids)),
        "delta_commit": _timed(rows, lambda: target.append(EventKind.TRANSFERS, held.iter_slices(65_536), "bound", days=_DAYS)),
    }
    shutil.rmtree(home / "bound")
    return found


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)


def _peer(path: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    read = _read(path)
    at = read["交易时间"].str.to_datetime("%Y-%m-%d %H:%M:%S") if read["交易时间"].dtype == pl.String else read["交易时间"]
    write_deltalake(str(folder), read.with_columns(day=at.dt.date()).to_arrow(), partition_by=["day"])


def _transfers(rows: int) -> pl.DataFrame:
    """Transfers as a bank sends them; a few accounts have most of the traffic."""
    dice = np.random.default_rng(7)
    accounts = ("62" + pl.Series(np.arange(_ACCOUNTS) * 7_919 + 10**15).cast(pl.String)).alias("account")
    payer = (dice.random(rows) ** 2 * _ACCOUNTS).astype(np.int64)
    payee = (payer + 1 + (dice.random(rows) ** 2 * (_ACCOUNTS - 2)).astype(np.int64)) % _ACCOUNTS
    begins = (int(clock.now().timestamp()) // 86_400 - _DAYS) * 86_400  # the same for every file of a day's run
    seconds = pl.Series(np.sort(dice.integers(0, (_DAYS - 1) * 86_400, rows)) + begins)
    fen = pl.Series(dice.integers(1, 5_000_000, rows))
    return pl.DataFrame(
        {
            "交易流水号": "TB" + pl.Series(np.arange(rows)).cast(pl.String).str.zfill(16),
            "交易时间": pl.from_epoch(seconds + 8 * 3600).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "付款账号": accounts.gather(payer),
            "收款账号": accounts.gather(payee),
            "交易金额": (fen // 100).cast(pl.String) + "." + (fen % 100).cast(pl.String).str.zfill(2),
            "付款行": ["示例银行"] * rows,
            "收款行": ["测试银行"] * rows,
            "渠道": ["手机银行"] * rows,
        }
    )


def _timed(rows: int, work: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Timing(rows, time.perf_counter() - wall, time.process_time() - cpu)


def _print(result: dict[str, Any]) -> None:
    met = "met" if result["rows_per_s"] >= result["target_rows_per_s"] else "missed"
    say(f"{result['format']}: {result['rows_per_s']:,} rows/s (target {result['target_rows_per_s']:,}: {met}); {result['rows_per_cpu_s']:,} rows a CPU second")
    say(f"  the same events again, all found to be held: {result['known_rows_per_s']:,} rows/s")
    say(f"  bound {result['bound_rows_per_s']:,} rows/s ({result['share_of_bound']:.0%} of it reached): {result['bound_parts_s']}")
    say(f"  memory: a process that takes the {result['file_mb']:,} MB file in peaks at {result['peak_mb']:,} MB")
    say(f"  peer {result['peer_rows_per_s']:,} rows/s; ours is {result['ratio_to_peer']:.2f} of it. {result['peer']}")
