"""The process beside the web server: noticed and started again when it dies, gone when the server stops or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fanzha.faces.cli.serve import Beside

_WAITS = 20.0


def _until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + _WAITS
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_a_process_that_dies_is_started_again_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    beside = Beside(["sleep", "600"], dict(os.environ), pause=0.01)
    try:
        first = beside.process
        first.kill()
        assert _until(lambda: beside.process is not first and beside.process.poll() is None)
        assert "ended by itself with status -9" in caplog.text
    finally:
        beside.stop()
    assert beside.process.returncode == -signal.SIGTERM
    assert "status -15" not in caplog.text  # it was told to


def test_stopping_while_it_waits_to_start_again_ends_at_once() -> None:
    beside = Beside(["false"], dict(os.environ), pause=600)
    assert _until(lambda: beside.process.poll() is not None)
    beside.stop()
    assert beside.process.returncode == 1


def test_a_worker_leaves_with_the_server_that_started_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = (
        "import importlib, os, pathlib, signal, sys\n"
        "run = importlib.import_module('fanzha.faces.worker.run')\n"
        "run._PARENT_SECONDS = 0.05\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(told)!r}).write_text('left'), os._exit(0)))\n"
        "print('ready', flush=True)\n"
        "run._leave_with(int(sys.argv[1]))\n"
    )
    parent = f"import os, subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', {child!r}, str(os.getpid())])\ntime.sleep(600)"
    server = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE)
    assert server.stdout is not None
    with server.stdout:
        assert server.stdout.readline() == b"ready\n"
        server.kill()
        server.wait()
        assert _until(told.exists)
