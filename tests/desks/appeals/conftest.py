"""One town for all tests of appeals; each begins with it as it was built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.desks.appeals.appeals_kit import Town, build
from tests.desks.standing import Standing, standing

from fanzha.faces.common.platform import Platform


@pytest.fixture(scope="package")
def built(postgres_url: str, template_url: str, keys_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing[Town]]:
    with standing(postgres_url, template_url, tmp_path_factory.mktemp("appeals"), keys_file, build) as town:
        yield town


@pytest.fixture
def platform(built: Standing[Town]) -> Iterator[Platform]:
    yield built.platform
    built.take_back()


@pytest.fixture
def town(built: Standing[Town], platform: Platform) -> Town:
    return built.town
