"""Documents as trees, parsed once for all that look at the same one."""

from __future__ import annotations

from functools import lru_cache

from graphql import DocumentNode, parse

__all__ = ["parsed"]


@lru_cache(maxsize=32)
def parsed(text: str) -> DocumentNode:
    """Return the tree of a document, without places in the text."""
    return parse(text, no_location=True)
