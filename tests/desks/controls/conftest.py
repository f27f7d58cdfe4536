"""One town for all tests of orders; each begins with it as it was built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.desks.controls.orders_kit import Places, build
from tests.desks.standing import Standing, standing

from fanzha.faces.common.platform import Platform


@pytest.fixture(scope="package")
def built(postgres_url: str, template_url: str, keys_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing[Places]]:
    with standing(postgres_url, template_url, tmp_path_factory.mktemp("controls"), keys_file, build) as town:
        yield town


@pytest.fixture
def platform(built: Standing[Places]) -> Iterator[Platform]:
    yield built.platform
    built.take_back()


@pytest.fixture
def places(built: Standing[Places], platform: Platform) -> Places:
    return built.town
