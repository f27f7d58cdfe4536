"""The job worker: runs the desks' tasks, each in one transaction."""

from fanzha.faces.worker.run import build, run, run_waiting

__all__ = ["build", "run", "run_waiting"]
