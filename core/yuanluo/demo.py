"""What a plugin gets to write plausible demo rows with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from yuanluo.command import CommandContext
from yuanluo_tenants.tree import NodeKind

if TYPE_CHECKING:
    from yuanluo.synthetic import SyntheticCourtyard

__all__ = ["DemoContext", "Settled"]


@dataclass(frozen=True, slots=True)
class Settled:
    """A synthetic courtyard and the ids under which it was written."""

    courtyard: SyntheticCourtyard
    people: Sequence[uuid.UUID]
    """Ids of `courtyard.people`, in their order; the person with serial n is `people[n - 1]`."""
    dwellings: Mapping[str, uuid.UUID]
    """Ids of the dwellings by room key."""
    households: Mapping[str, uuid.UUID]
    """Ids of the households by room key."""

    def person_id(self, serial: int) -> uuid.UUID:
        """Return the id of the person with `serial`."""
        return self.people[serial - 1]


@dataclass(frozen=True, slots=True)
class DemoContext:
    """A node of the synthetic district, its courtyard's registry already written.

    The hook `demo_rows` is called for districts, subdistricts, communities and grids first, courtyards last;
    most plugins return at once unless `kind` is COURTYARD. Take `random` for every choice: it is seeded by the
    demo's seed, the node and the plugin. `shared` holds what plugins want to find again at the nodes below, by
    `(plugin, node number, name)`, such as the id of the community's party committee.
    """

    command: CommandContext
    kind: NodeKind
    number: int
    name: str
    seed: int
    ancestors: Mapping[NodeKind, int]
    """Numbers of the nodes above, by kind."""
    settled: Settled | None = None
    """The courtyard's registry as it was written; None above the courtyards."""
    shared: dict[tuple[str, int, str], uuid.UUID] = field(default_factory=lambda: {})

    def random(self, plugin: str) -> Random:
        """Return the seeded generator of `plugin` at this node; the same seed gives the same rows."""
        from yuanluo.synthetic import derive

        return derive(self.seed, str(self.number), plugin)
