"""The global id of what a record is about, as the schema writes it."""

from __future__ import annotations

import uuid
from typing import Final

__all__ = ["WITHOUT_NODE", "gid_of"]

WITHOUT_NODE: Final = frozenset({"Account", "ApiToken", "Grant", "WebhookEndpoint"})
"""Types whose ids name no node: their rows stand at a node by a listing."""


def gid_of(type_name: str, tenant: int, row_id: uuid.UUID | str) -> str:
    """Return the global id of a row: `Person:<number>:<id>`, or `Grant:<id>` where the type has a listing."""
    return f"{type_name}:{row_id}" if type_name in WITHOUT_NODE else f"{type_name}:{tenant}:{row_id}"
