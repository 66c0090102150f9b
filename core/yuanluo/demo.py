"""What a plugin gets to write plausible demo rows with."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yuanluo_tenants.tree import NodeKind

from yuanluo.command import CommandContext

__all__ = ["DemoContext"]

DemoRow = Mapping[str, Any]


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
    people: Sequence[DemoRow] = ()
    """Rows of the courtyard's people: id, name, gender, birth, ethnicity, id_number, phone, dwelling_id, room_key."""
    dwellings: Sequence[DemoRow] = ()
    """Rows of its dwellings: id, room_key, building_no, stairwell_no, area_c, occupancy."""
    households: Sequence[DemoRow] = ()
    """Rows of its households: id, dwelling_id, head_id."""
    shared: dict[tuple[str, int, str], uuid.UUID] = field(default_factory=lambda: {})

    def random(self, plugin: str) -> random.Random:
        """Return the seeded generator of `plugin` at this node; the same seed gives the same rows."""
        return random.Random(f"{self.seed}:{self.number}:{plugin}")
