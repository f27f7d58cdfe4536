"""Every setting is documented, and nothing but settings.py reads the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fanzha.settings import Settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"`(FANZHA_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text()))
    existing = {f"FANZHA_{name.upper()}" for name in Settings.model_fields}
    assert documented == existing


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    }
    # embedded.py sets a variable for the server it starts; serve.py, screen.py and bench_screen.py hand the environment on to the processes they start.
    assert readers <= {"src/fanzha/store/embedded.py", "src/fanzha/faces/cli/serve.py", "src/fanzha/faces/cli/screen.py", "src/fanzha/faces/cli/bench_screen.py"}


def test_a_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings(home=tmp_path).keys_path == tmp_path / "keys.json"
    monkeypatch.setenv("FANZHA_PORT", "8123")
    assert Settings(home=tmp_path).port == 8123
    assert Settings(home=tmp_path, public_url="https://x.example").secure_cookies
