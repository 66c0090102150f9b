"""The viewer: who asks, in which scope, and what he may see in the clear."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.scope import Range, Scope
from yuanluo_tenants.tree import nodes_opened_above

__all__ = ["Clearance", "Viewer"]


@dataclass(frozen=True, slots=True)
class Clearance:
    """In `range`, rows and columns of `body` up to `klass` are seen in the clear; body `*` is every body."""

    range: Range
    body: str
    klass: DataClass


@dataclass(frozen=True, slots=True)
class Viewer:
    """An authenticated account as the schema sees it, computed once per token and cached for a second.

    `scope` is the union of the nodes of all grants in force. `own` are the viewer's own persons as
    `(tenant number, person id)`: rows about them are seen in the clear.
    """

    account_id: uuid.UUID
    name: str
    scope: Scope
    clearances: tuple[Clearance, ...]
    roles: tuple[tuple[str, int], ...]
    """`(role, tenant number of the node)` of every grant in force."""
    own: tuple[tuple[int, uuid.UUID], ...] = ()
    token_id: uuid.UUID | None = None
    expires_at: dt.datetime | None = None
    reach: tuple[tuple[str, Range], ...] = ()
    """Where each role applies: as `roles`, with the nodes' courtyards spelt out as ranges."""
    can_write: bool = True
    """Whether the token may be used for commands at all."""
    trusted_only: bool = False
    """Whether the token may run trusted documents only."""
    above: tuple[int, ...] | None = None
    """The nodes above those of the grants, whose names the viewer sees; None: as the numbers in scope say."""

    @property
    def nodes_above(self) -> tuple[int, ...]:
        """Return the nodes of the tree that stand above the scope."""
        if self.above is not None:
            return self.above
        return tuple(dict.fromkeys(number for each in self.scope.ranges for number in nodes_opened_above(each.lo)))

    def roles_at(self, tenant: int) -> frozenset[str]:
        """Return the roles that apply at the node numbered `tenant`."""
        return frozenset(role for role, reached in self.reach if tenant in reached)

    def clear_ranges(self, body: str, klass: DataClass) -> tuple[Range, ...]:
        """Return the merged ranges in which the viewer sees `klass` of `body` in the clear."""
        if klass is DataClass.D0:
            return self.scope.ranges
        ranges = [each.range for each in self.clearances if each.klass >= klass and each.body in (body, "*")]
        return Scope.merged(ranges).ranges if ranges else ()
