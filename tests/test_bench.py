"""The runner of the figures runs: a handful of courtyards, answers compared, a report written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from extent import IS_LONG
from pace import PATIENCE

RUNNER = Path(__file__).parent.parent / "bench" / "run.py"


def test_the_runner_measures_and_writes_its_report(tmp_path: Path) -> None:
    report, kept = tmp_path / "RESULTS.md", tmp_path / "run.json"
    peers = ["bare", "usual"] if IS_LONG else ["bare"]
    engines = ["postgresql", "sqlite"] if IS_LONG else ["postgresql"]
    words = ["--quick", "--peers", *peers, "--engines", *engines, "--write", str(report), "--json", str(kept)]
    done = subprocess.run(
        [sys.executable, str(RUNNER), *words], capture_output=True, text=True, timeout=10 * PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(kept.read_text(encoding="utf-8"))
    assert set(figures["one"]) == {"yuanluo", *peers}
    assert all(len(times) == 4 for times in figures["one"]["yuanluo"].values())
    assert all(min(rates) > 0 for rates in figures["many"]["yuanluo"].values())
    assert set(figures["trips"].values()) == {1.0}, "one operation is one round trip"
    text = report.read_text(encoding="utf-8")
    assert "| PostgreSQL, one client, people |" in text
    assert ("| SQLite, one client, people |" in text) == IS_LONG
    assert ET.parse(tmp_path / "results.svg").getroot().tag.endswith("svg")


@pytest.mark.long
def test_the_measures_beside_it_run(tmp_path: Path) -> None:
    for name, words, said in (
        ("fairness.py", ["--seconds", "1", "--rounds", "1", "--engines", "sqlite"], "p99 with 10x / p99 quiet"),
        ("idle_sockets.py", ["--sockets", "20"], "20 idle sockets"),
    ):
        done = subprocess.run(
            [sys.executable, str(RUNNER.with_name(name)), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=tmp_path,
        )
        assert said in done.stdout, done.stdout + done.stderr
