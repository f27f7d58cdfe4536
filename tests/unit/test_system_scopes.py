"""Work that row security does not narrow is done in few places, each for a reason."""

from __future__ import annotations

import re
from pathlib import Path

import fanzha

SOURCE = Path(fanzha.__file__).parent
OPENS = re.compile(r"Scope\.system\(|\bSIGN_IN\b|is_system=True")
ALLOWED = {
    "store/scope.py": "defines it",
    "desks/identity/sessions.py": "who somebody is must be found before their scope is known",
    "faces/common/sessions.py": "same: session and key look-up",
    "faces/console/signin.py": "same: sign-in, and reading one's own password hash",
    "faces/console/account.py": "reading one's own password hash",
    "faces/console/audit.py": "the chain is verified whole; only its length or its first break is told",
    "faces/console/overview.py": "deputies and member units get the counts of their area and no row",
    "faces/portal/public.py": "strangers have no scope; only what the register publishes is told",
    "faces/portal/appeals.py": "appellants have no account; each handler asks first what the visitor has shown to concern them",
    "faces/console/appeals_rates.py": "counts of the reader's area alone leave it, no row",
    "faces/api/appeals.py": "same: the rates",
    "desks/appeals/tasks.py": "job",
    "desks/intake/service.py": "batches that a kill interrupted are resumed without their sender",
    "desks/indicators/tasks.py": "job",
    "desks/warnings/tasks.py": "job",
    "desks/detection/tasks.py": "job",
    "desks/detection/backtests.py": "job: the whole lake is looked at, the asker sees figures and masked samples",
    "desks/detectors/tasks.py": "job",
    "desks/screening/tasks.py": "job",
    "faces/screen/keeping.py": "the state in memory is the whole platform's; an answer tells the asker what concerns its own event alone",
    "faces/screen/asking.py": "key look-up",
    "desks/controls/tasks.py": "job",
    "desks/lines/tasks.py": "job",
    "desks/learning/retraining.py": "job: trains between two transactions",
    "desks/series/linking_input.py": "job: cases are linked across all areas; each reader sees those of their own",
    "desks/sharing/making.py": "job: a briefing counts a whole area; what it sends names nobody",
    "bootstrap/wiring.py": "the package's rules are registered before anybody is there",
}
WHOLE_FOLDERS = ("faces/cli/", "faces/worker/")  # whoever runs the installation; the pipeline


def test_only_the_listed_modules_work_unscoped() -> None:
    found = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if OPENS.search(path.read_text(encoding="utf-8"))}
    unlisted = {path for path in found if not path.startswith(WHOLE_FOLDERS)} - set(ALLOWED)
    assert not unlisted, "row security does not narrow these; use the asker's scope, or list them here with the reason"


def test_the_list_names_no_module_that_is_gone() -> None:
    assert [path for path in ALLOWED if not (SOURCE / path).is_file()] == []
