"""The start of a process: the `fanzha` command, and the installation that it opens. What is wired to what stands in `wiring`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from fanzha.faces import cli
from fanzha.kit.starting import uncollected

if TYPE_CHECKING:
    from fanzha.faces.common.platform import Platform
    from fanzha.settings import Settings


def open_platform(settings: Settings) -> AbstractContextManager[Platform]:
    """Open the installation that the settings name, migrated to the newest version; leave it clean."""
    with uncollected():
        from fanzha.bootstrap import wiring  # every desk: a command that opens nothing does not wait for them

    return wiring.opened(settings)


def main() -> None:
    """The `fanzha` command."""
    cli.run(open_platform)
