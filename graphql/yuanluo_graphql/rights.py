"""Rights as the compiler sees them: their shape goes into the plan, their values into the parameters.

For each body and data class a viewer is clear everywhere in his scope, nowhere, or in some ranges; nearly always
one of the first two, and then the statement carries no condition at all. His own rows are clear to him anyway.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from dataclasses import dataclass, field

from yuanluo.viewer import Viewer
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.scope import Range, Scope

__all__ = ["Rights"]


@dataclass(slots=True)
class Rights:
    """A viewer's rights, prepared once and shared by all requests of his token while it is cached."""

    viewer: Viewer
    shape: Hashable = None
    nodes: tuple[int, ...] = ()
    """The nodes of the tree on which the viewer holds a role: they pay for his operations."""
    token: int | None = None
    """The token, which pays as well; a plain number, because it is looked up several times a request."""
    above: tuple[int, ...] = ()
    """The nodes of the tree above the scope."""
    _clear: dict[tuple[str, DataClass], tuple[Range, ...]] = field(default_factory=lambda: {})

    @classmethod
    def of(cls, viewer: Viewer) -> Rights:
        """Prepare the rights of `viewer`."""
        made = cls(viewer)
        made.token = None if viewer.token_id is None else viewer.token_id.int
        made.nodes = tuple(sorted({node for _, node in viewer.roles}))
        made.above = viewer.nodes_above
        bodies = sorted({each.body for each in viewer.clearances} | {"*"})
        made.shape = (
            viewer.scope.is_single,
            len(viewer.scope.ranges),
            len(viewer.own),
            len(made.above),
            tuple(
                (body, klass.value, made.kind(body, klass))
                for body in bodies
                for klass in (DataClass.D1, DataClass.D2, DataClass.D3)
            ),
        )
        return made

    @property
    def scope(self) -> Scope:
        """The viewer's scope."""
        return self.viewer.scope

    def ranges(self, body: str, klass: DataClass) -> tuple[Range, ...]:
        """Return the ranges in which `klass` of `body` is clear."""
        key = (body, klass)
        found = self._clear.get(key)
        if found is None:
            found = self._clear[key] = self.viewer.clear_ranges(body, klass)
        return found

    def kind(self, body: str, klass: DataClass) -> int:
        """Return -1 if clear in the whole scope, 0 if nowhere, else the number of ranges."""
        ranges = self.ranges(body, klass)
        covered = all(any(c.lo <= r.lo and r.hi <= c.hi for c in ranges) for r in self.scope.ranges)
        return -1 if covered else len(ranges)

    @property
    def own(self) -> tuple[tuple[int, uuid.UUID], ...]:
        """The viewer's own persons."""
        return self.viewer.own
