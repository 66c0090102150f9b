"""The plan of an operation: one SQL statement, its parameters, and what Python has to complete.

A plan is compiled once per (document, operation, variable shape, rights shape) and bound per request.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.model import PermissionsField, PythonEntityField
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Locale

__all__ = ["CLEARED", "HIDDEN", "NIL", "Binder", "Binding", "Completion", "Permitted", "Plan", "PythonRoot"]

_BYTES_PER_PLAN = 2_000
_BYTES_PER_BINDER = 400
HIDDEN = "~"
"""The key under which a statement hands hidden values to Python; no GraphQL name can be it."""


NIL = uuid.UUID(int=0)
"""An id that no row has."""
CLEARED = "~"
"""In the hidden values of a Python field: whether the viewer is cleared for this row."""


@dataclass(slots=True)
class Binding:
    """What the parameters of one request are made from."""

    variables: Mapping[str, Any]
    rights: Rights
    today: dt.date
    cursors: Cursors
    now: dt.datetime
    memo: dict[object, Any] = field(default_factory=lambda: {})
    locale: Locale = "zh-CN"


Binder = Callable[[Binding], Any]


@dataclass(frozen=True, slots=True)
class Permitted:
    """A field `permissions` at its response key: what it asks of which commands."""

    key: str
    field: PermissionsField
    nodes: tuple[FieldNode, ...]
    actions: Callable[[Mapping[str, Any]], Sequence[str]] | None


@dataclass(slots=True)
class Completion:
    """What Python completes in the objects at one place of the answer; a tree beside the selection."""

    children: dict[str, Completion] = field(default_factory=lambda: {})
    python: list[tuple[str, PythonEntityField]] = field(default_factory=lambda: [])
    cursor_keys: list[str] = field(default_factory=lambda: [])
    """Response keys of an edge's `cursor`."""
    start_keys: list[str] = field(default_factory=lambda: [])
    end_keys: list[str] = field(default_factory=lambda: [])
    bound_to: Callable[[Binding], bytes] | None = None
    permissions: list[Permitted] = field(default_factory=lambda: [])
    logged: tuple[str, DataClass] | None = None
    """The type of the rows, where reading them is to be logged."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do here or below."""
        cursors = self.cursor_keys or self.start_keys or self.end_keys
        return not (self.children or self.python or cursors or self.logged or self.permissions)


@dataclass(frozen=True, slots=True)
class PythonRoot:
    """A root field that Python answers: `viewer`, `plugins`."""

    key: str
    name: str
    nodes: tuple[FieldNode, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One compiled operation."""

    sql: str | None
    """None where no root needs the database."""
    binders: tuple[Binder, ...]
    completion: Completion | None
    python_roots: tuple[PythonRoot, ...]
    introspects: bool
    keys: tuple[str, ...]
    """Response keys of the roots, in order."""

    @property
    def weight(self) -> int:
        """The bytes that it takes in memory, about."""
        return _BYTES_PER_PLAN + len(self.sql or "") + _BYTES_PER_BINDER * len(self.binders)

    @property
    def is_direct(self) -> bool:
        """Whether the statement's bytes are the answer."""
        return self.sql is not None and self.completion is None and not self.python_roots and not self.introspects
