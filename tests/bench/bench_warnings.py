"""How fast the queue, the search and the overview are over many warnings: `python -m tests.bench.bench_warnings --rows 1000000`.

A fresh embedded server in a temporary folder; rows over 400 days, 0.5 % of them open; read as an officer of the city, a county and a station, under row security.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, text

from fanzha.bootstrap import open_platform
from fanzha.desks.warnings import Filters, overview, queue
from fanzha.faces.common.platform import Platform
from fanzha.kit.paging import PageRequest
from fanzha.settings import Settings
from fanzha.store import Principal, Scope, Work
from fanzha.store.crypto import blind_index
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

FILL = """
INSERT INTO warnings (id, number, person_key, state, level, found_level, fraud_type, region, region_known, channels, must_meet, phone_index, issued_at,
    sign_by, call_by, meet_by, feedback_by, signed_at, first_call_at, met_at, fed_back_at, ended_at, due_at, due_step, outcome, amount_protected_fen, later_victim)
SELECT lpad(n::text, 32, '0'), 'YJ' || n, 'person-' || n, CASE WHEN open THEN 'dispatched' ELSE 'closed' END, level, level,
    (ARRAY['loan', 'authority', 'investment', 'rebate_tasks', 'logistics_agent'])[1 + n % 5],
    (ARRAY['350302001', '350303100', '350304100', '350305100', '350322100'])[1 + n % 5], true, '["call"]', level = 'red', md5(n::text), at,
    at + interval '5 minutes', at + interval '10 minutes', CASE WHEN level = 'red' THEN at + interval '30 minutes' END, at + interval '2 hours',
    CASE WHEN NOT open THEN at + interval '4 minutes' END, CASE WHEN NOT open THEN at + interval '9 minutes' END,
    CASE WHEN NOT open AND level = 'red' THEN at + n % 60 * interval '1 minute' END, CASE WHEN NOT open THEN at + interval '1 hour' END,
    CASE WHEN NOT open THEN at + interval '3 days' END, CASE WHEN open THEN at + interval '5 minutes' END, CASE WHEN open THEN 'sign' END,
    CASE WHEN NOT open THEN 'dissuaded' END, CASE WHEN NOT open THEN 100000 END, n % 97 = 0
FROM (SELECT n, now() - n * (interval '400 days' / :rows) AS at, n % 200 = 0 AS open, (ARRAY['red', 'yellow', 'blue', 'blue'])[1 + n % 4] AS level
      FROM generate_series(1, :rows) n) made
"""

WHO = {"city": "3503", "county": "350302", "station": "350302001"}


def reader(region: str) -> Principal:
    kind = {4: OrgKind.POLICE_CITY, 6: OrgKind.POLICE_COUNTY}.get(len(region), OrgKind.POLICE_STATION)
    return Principal("bench", "bench", "bench", "bench", kind, region, frozenset({Role.DUTY_OFFICER}))


READS: dict[str, Callable[[Work], object]] = {
    "overview, 30 days": overview.overview,
    "queue, open, first page": lambda work: queue.queue(work, Filters(state="open"), PageRequest()),
    "queue, open red": lambda work: queue.queue(work, Filters(state="open", level="red"), PageRequest()),
    "queue, overdue": lambda work: queue.queue(work, Filters(overdue=True), PageRequest()),
    "queue, all, newest": lambda work: queue.queue(work, Filters(sort="-issued_at"), PageRequest()),
    "search by phone": lambda work: queue.search(work, "13900000001"),
    "search by number": lambda work: queue.search(work, "YJ777"),
}


def measure(platform: Platform, repeats: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of each read for each reader, the transaction included."""
    found: dict[str, dict[str, float]] = {}
    for name, read in READS.items():
        found[name] = {}
        for who, region in WHO.items():
            times = []
            for _ in range(repeats):
                start = time.perf_counter()
                with platform.database.work(Scope.of(reader(region))) as work:
                    read(work)
                times.append((time.perf_counter() - start) * 1000)
            found[name][who] = round(statistics.median(times), 1)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--repeats", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="fz-bench-") as folder, open_platform(Settings(home=Path(folder))) as platform:
        with platform.database.work(Scope.system("bench")) as work:
            work.session.execute(text(FILL), {"rows": given.rows})
            phone = {"phone": blind_index("phone", "+8613900000001")}
            work.session.execute(text("UPDATE warnings SET phone_index = :phone WHERE number = 'YJ5'"), phone)
        _analyse(platform)
        json.dump({"rows": given.rows, "median_ms": measure(platform, given.repeats)}, sys.stdout, indent=1)


def _analyse(platform: Platform) -> None:
    engine = create_engine(platform.database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE warnings"))
    engine.dispose()


if __name__ == "__main__":
    main()
