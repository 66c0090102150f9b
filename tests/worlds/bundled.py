"""Core with every installed plugin, composed once in a process: it takes seconds."""

from __future__ import annotations

import functools

from yuanluo import Composition, Plugins
from yuanluo_graphql.assembly import Composed, compose

__all__ = ["bundled", "bundled_schema"]


@functools.cache
def bundled() -> Composition:
    """Return the composition; nothing in it may be changed."""
    return Composition.of(Plugins.load())


@functools.cache
def bundled_schema() -> Composed:
    """Return its schema, without keys."""
    return compose(bundled())
