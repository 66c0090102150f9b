"""The npm packages of `tests/conformance`, installed once per machine for every checkout, and node to run on them.

They stand in a folder of the user's cache named after the lock, so that a new lock is a new folder; the checkout gets a
link to them. The lock names no addresses: npm asks whichever registry the machine is set up for.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["CONFORMANCE", "package_folder", "run_node"]

CONFORMANCE: Final = Path(__file__).parent.parent / "conformance"
"""Where the scripts, the list of packages and their lock stand."""


@functools.cache
def package_folder() -> Path:
    """Return the `node_modules` of the conformance tests, installing them if this machine has none."""
    lock = (CONFORMANCE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yuanluo-conformance"
    installed = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not installed.is_dir():
        install(installed)
    modules = CONFORMANCE / "node_modules"
    if modules.is_symlink() and modules.readlink() == installed / "node_modules":
        return modules
    fresh = CONFORMANCE / f".node_modules-{os.getpid()}"
    fresh.symlink_to(installed / "node_modules", target_is_directory=True)
    if modules.is_dir() and not modules.is_symlink():
        shutil.rmtree(modules)
    fresh.replace(modules)
    return modules


def install(target: Path) -> None:
    """Install the locked packages into `target`, whole or not at all, also while another process does the same."""
    npm = program("npm")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="installing-") as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(CONFORMANCE / name, folder)
        done = subprocess.run(
            [npm, "ci", "--loglevel=error"], cwd=folder, capture_output=True, text=True, timeout=480, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        with contextlib.suppress(OSError):  # another process was faster; its folder is the same
            Path(folder).rename(target)
            Path(folder).mkdir()
    assert target.is_dir(), f"{target} was not installed"


def program(name: str) -> str:
    """Return the path of a program that the conformance tests cannot do without."""
    found = shutil.which(name)
    assert found, f"{name} must be on PATH: real clients of GraphQL are part of the promise"
    return found


def run_node(
    script: str, *words: str, stdin: str | None = None, timeout: float = 240, folder: Path = CONFORMANCE
) -> subprocess.CompletedProcess[str]:
    """Run a script of `tests/conformance`, or a program of its packages, and return how it ended."""
    modules = package_folder()
    path = CONFORMANCE / script if script.endswith(".mjs") else modules / script
    command: Sequence[str] = [program("node"), str(path), *words]
    return subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
