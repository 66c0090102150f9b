"""What an operator asks of webhooks: which endpoints there are, how far behind, and how the attempts went."""

from __future__ import annotations

from typing import Any

from yuanluo.records import CHAIN, moment_text
from yuanluo.statements import rows, value
from yuanluo.webhooks.due import within
from yuanluo.webhooks.tables import ProgressState
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import EVERYTHING, Scope, crossing, scoped
from yuanluo_tenants.tree import code_of, scope_of

__all__ = ["attempts", "endpoints"]


async def endpoints(database: Database) -> list[dict[str, Any]]:
    """Return every endpoint with its state and what waits for it, as plain values."""
    with crossing("webhooks: the operator lists the endpoints"):
        found = await rows(database, "SELECT * FROM webhook_endpoint ORDER BY tenant_id, created_at, id")
    listed: list[dict[str, Any]] = []
    for row in found:
        with scoped(await scope_of(database, [row["tenant_id"]])):
            waiting = await value(
                database,
                "SELECT coalesce(sum(h.sequence - coalesce(p.sequence, 0)), 0) AS records FROM record_head h"
                " LEFT JOIN webhook_progress p ON p.tenant_id = h.tenant_id AND p.endpoint_id = $1"
                " WHERE h.chain = $2",
                row["id"],
                CHAIN,
            )
            suspended = await rows(
                database,
                "SELECT tenant_id FROM webhook_progress WHERE endpoint_id = $1 AND state = $2 ORDER BY tenant_id",
                row["id"],
                ProgressState.SUSPENDED,
            )
        listed.append(
            {
                "id": str(row["id"]),
                "node": code_of(row["tenant_id"]),
                "url": row["url"],
                "state": row["state"],
                "reason": row["reason"],
                "kinds": row["kinds"].split(),
                "role": row["role"],
                "with_payload": bool(row["with_payload"]),
                "waiting": int(waiting),
                "suspended": [code_of(each["tenant_id"]) for each in suspended],
                "description": row["description"],
            }
        )
    return listed


async def attempts(database: Database, tenant: int | None, *, failed_only: bool, most: int) -> list[dict[str, Any]]:
    """Return the latest attempts of one courtyard or of all, newest first, as plain values."""
    with crossing("webhooks: the operator reads the log"):
        inside, numbers = within(EVERYTHING if tenant is None else Scope.of(tenant), 2)
        found = await rows(
            database,
            f"SELECT * FROM webhook_delivery WHERE {inside}{' AND NOT delivered' if failed_only else ''}"
            " ORDER BY at DESC, id DESC LIMIT $1",
            most,
            *numbers,
        )
    return [
        {
            "at": moment_text(row["at"]),
            "endpoint": str(row["endpoint_id"]),
            "tenant": code_of(row["tenant_id"]),
            "sequence": row["sequence"],
            "attempt": row["attempt"],
            "delivered": bool(row["delivered"]),
            "status": row["status"],
            "milliseconds": row["milliseconds"],
            "error": row["error"],
            "next_attempt_at": None if row["next_attempt_at"] is None else moment_text(row["next_attempt_at"]),
        }
        for row in found
    ]
