"""What test modules import to ask for a database (see `conftest.py`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.switches import PluginSwitch
from yuanluo_tenants.tree import Node

MakeDatabase = Callable[[Registry], Awaitable[Database]]
"""Builds a fresh database with the schema of a registry, on the engine of this round."""


def ground_registry() -> Registry:
    """Return a registry with the ground floor's own tables, to add to."""
    registry = Registry()
    registry.add("tenants", [Node, PluginSwitch])
    return registry
