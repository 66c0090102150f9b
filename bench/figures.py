"""What was measured, as plain values; `to_json` and `from_json` keep a run for a later report."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Figures", "percentile"]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class Figures:
    """One run. The keys of the mappings are engine or peer, then the query's name."""

    about: dict[str, str] = field(default_factory=lambda: {})
    """Machine, versions, date, sizes."""
    notes: list[str] = field(default_factory=lambda: [])
    """What was left out and why."""
    sizes: dict[str, int] = field(default_factory=lambda: {})
    """Bytes of yuanluo's answer, by query."""
    one: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Milliseconds at one client: peer, query."""
    many: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Requests per second at 16 clients, one value per round: peer, query."""
    cpu: dict[str, dict[str, float]] = field(default_factory=lambda: {})
    """Processor milliseconds per request at 16 clients, of the peer's own process: peer, query."""
    client: dict[str, dict[str, float]] = field(default_factory=lambda: {})
    """The share of one core that the client took at 16 connections: peer, query."""
    memory: dict[str, dict[str, float]] = field(default_factory=lambda: {})
    """Resident MB: peer, then `idle` and `after`."""
    asked: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Milliseconds by courtyards asked: peer/query, number."""
    stored: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Milliseconds by courtyards stored: peer/query, number."""
    scope: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Milliseconds of the statement without any lock, and with row-level security and scope: query, way."""
    trips: dict[str, float] = field(default_factory=lambda: {})
    """Round trips per operation: query."""
    sqlite: dict[str, dict[str, list[float]]] = field(default_factory=lambda: {})
    """Milliseconds at one client on SQLite: yuanluo or bare, query."""

    def median(self, peer: str, query: str) -> float:
        """Return the middle of one peer's times at one client."""
        return statistics.median(self.one[peer][query])

    def rate(self, peer: str, query: str) -> float:
        """Return the middle of one peer's rates at 16 clients."""
        return statistics.median(self.many[peer][query])

    def to_json(self, path: Path) -> None:
        """Write the run."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def from_json(cls, path: Path) -> Figures:
        """Read a run."""
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**told)
