"""What is due: the statements by which a deliverer finds, leases and advances the courtyards of an endpoint."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from uuid_utils.compat import uuid7

from yuanluo.authority import Rules
from yuanluo.records import CHAIN
from yuanluo.sealing import unseal
from yuanluo.statements import changed, rows
from yuanluo.webhooks.answer import Answer
from yuanluo.webhooks.tables import ProgressState, WebhookDelivery, WebhookEndpoint, WebhookProgress, WebhookState
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.database import Database, Duplicate, Row
from yuanluo_tenants.scope import Scope, crossing, scoped
from yuanluo_tenants.tree import scope_of

__all__ = [
    "Endpoint",
    "Lease",
    "active_endpoints",
    "advance",
    "due_courtyards",
    "endpoint_now",
    "extend",
    "failing_courtyards",
    "follow_the_tree",
    "give_back",
    "give_back_all",
    "lease",
    "log_attempt",
    "new_progress",
    "next_records",
    "set_back",
    "sweep_log",
    "try_all_again",
    "was_accepted_since",
    "within",
]

SWEPT_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it stands: where it is, what it may be told, which secrets sign."""

    node: int
    id: uuid.UUID
    url: str
    kinds: tuple[str, ...]
    role: str
    with_payload: bool
    secrets: tuple[str, ...]

    def clearances(self, rules: Rules) -> dict[str, DataClass]:
        """Return what the endpoint's role may read, by body."""
        about = rules.roles.get(self.role)
        return dict(about.clearances) if about is not None else {}


@dataclass(frozen=True, slots=True)
class Lease:
    """A courtyard held by a deliverer, and where its delivery stands."""

    tenant: int
    endpoint_id: uuid.UUID
    holder: str
    sequence: int
    attempts: int
    failing_since: dt.datetime | None
    until: dt.datetime
    """When it would run out if nothing was delivered."""


async def active_endpoints(database: Database) -> list[tuple[int, uuid.UUID]]:
    """Return node and id of every endpoint that is to be told."""
    with crossing("webhooks: which endpoints there are"):
        found = await rows(
            database,
            "SELECT tenant_id, id FROM webhook_endpoint WHERE state = $1 ORDER BY tenant_id, id",
            WebhookState.ACTIVE,
        )
    return [(row["tenant_id"], row["id"]) for row in found]


async def endpoint_now(
    database: Database, keys: Keyring, node: int, endpoint_id: uuid.UUID, now: dt.datetime
) -> Endpoint | None:
    """Return the endpoint as it stands, or None where it is not to be told any more."""
    with scoped(node):
        found = await rows(
            database,
            "SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2 AND state = $3",
            node,
            endpoint_id,
            WebhookState.ACTIVE,
        )
    if not found:
        return None
    row = found[0]
    signing = [unseal(keys, WebhookEndpoint, node, endpoint_id, "secret", row["secret"])]
    if row["old_secret"] and row["old_until"] is not None and now < row["old_until"]:
        signing.append(unseal(keys, WebhookEndpoint, node, endpoint_id, "old_secret", row["old_secret"]))
    return Endpoint(
        node,
        endpoint_id,
        row["url"],
        tuple(row["kinds"].split()),
        row["role"],
        row["with_payload"],
        tuple(signing),
    )


async def due_courtyards(
    database: Database, node: int, endpoint_id: uuid.UUID, now: dt.datetime, most: int
) -> list[int]:
    """Return courtyards with something due for the endpoint, those never refused first, then by their next moment.

    One statement in the scope of the endpoint's node as the tree stands, over one small row per courtyard.
    """
    with scoped(await scope_of(database, [node])):
        found = await rows(
            database,
            "SELECT h.tenant_id FROM record_head h LEFT JOIN webhook_progress p"
            " ON p.tenant_id = h.tenant_id AND p.endpoint_id = $1"
            " WHERE h.chain = $2 AND h.sequence > coalesce(p.sequence, 0)"
            " AND (p.state IS NULL OR p.state = $3)"
            " AND (p.next_attempt_at IS NULL OR p.next_attempt_at <= $4)"
            " AND (p.leased_until IS NULL OR p.leased_until <= $4)"
            " ORDER BY p.next_attempt_at IS NOT NULL, p.next_attempt_at, h.tenant_id LIMIT $5",
            endpoint_id,
            CHAIN,
            ProgressState.ACTIVE,
            now,
            most,
        )
    return [row["tenant_id"] for row in found]


async def failing_courtyards(database: Database, node: int, endpoint_id: uuid.UUID) -> set[int]:
    """Return the courtyards whose next record was refused, or none where the endpoint took something since."""
    with scoped(await scope_of(database, [node])):
        found = await rows(
            database,
            "SELECT tenant_id, failing_since FROM webhook_progress"
            " WHERE endpoint_id = $1 AND state = $2 AND failing_since IS NOT NULL",
            endpoint_id,
            ProgressState.ACTIVE,
        )
    if not found:
        return set()
    last = max(row["failing_since"] for row in found)
    if await was_accepted_since(database, node, endpoint_id, last):
        return set()
    return {row["tenant_id"] for row in found}


async def lease(
    database: Database, tenant: int, endpoint_id: uuid.UUID, holder: str, now: dt.datetime, until: dt.datetime
) -> Lease | None:
    """Take the courtyard for `holder`, or return None where another has it or nothing may be sent yet."""
    sql = (
        "UPDATE webhook_progress SET leased_by = $1, leased_until = $2 WHERE tenant_id = $3 AND endpoint_id = $4"
        " AND state = $5 AND (next_attempt_at IS NULL OR next_attempt_at <= $6)"
        " AND (leased_until IS NULL OR leased_until <= $6) RETURNING sequence, attempts, failing_since"
    )
    args = (holder, until, tenant, endpoint_id, ProgressState.ACTIVE, now)
    found = await rows(database, sql, *args)
    if not found and await _begin(database, tenant, endpoint_id):
        found = await rows(database, sql, *args)
    if not found:
        return None
    row = found[0]
    return Lease(tenant, endpoint_id, holder, row["sequence"], row["attempts"], row["failing_since"], until)


async def _begin(database: Database, tenant: int, endpoint_id: uuid.UUID) -> bool:
    """Write the progress row of a courtyard that has none; False if it has one."""
    sql = "SELECT 1 AS there FROM webhook_progress WHERE tenant_id = $1 AND endpoint_id = $2"
    if await rows(database, sql, tenant, endpoint_id):
        return False
    try:
        await database.insert_rows(WebhookProgress, [new_progress(tenant, endpoint_id, 0)])
    except Duplicate:
        return False  # another deliverer was faster, and has it
    return True


def new_progress(tenant: int, endpoint_id: uuid.UUID, sequence: int) -> dict[str, Any]:
    """Return the row of a courtyard of which everything up to `sequence` counts as delivered."""
    return {
        "tenant_id": tenant,
        "id": uuid7(),
        "endpoint_id": endpoint_id,
        "sequence": sequence,
        "state": ProgressState.ACTIVE,
    }


async def follow_the_tree(database: Database, moved: Sequence[int], left: Sequence[int], joined: Sequence[int]) -> None:
    """Have the endpoints of the nodes now above moved ones told from now on, and those of the nodes left no more.

    An endpoint hears what is filed while a node is below its own: not what was filed before, nor in between.
    """
    heads: dict[int, int] = {}
    endpoints: dict[int, list[uuid.UUID]] = {node: [] for node in (*left, *joined)}
    if not endpoints:
        return
    with scoped(*endpoints):
        for row in await rows(database, "SELECT tenant_id, id FROM webhook_endpoint"):
            endpoints[row["tenant_id"]].append(row["id"])
    if not any(endpoints.values()):
        return
    with scoped(Scope.of(*moved)):
        for row in await rows(database, "SELECT tenant_id, sequence FROM record_head WHERE chain = $1", CHAIN):
            heads[row["tenant_id"]] = row["sequence"]
        inside, numbers = within(Scope.of(*moved), 2)
        for endpoint in (each for node in left for each in endpoints[node]):
            sql = "UPDATE webhook_progress SET leased_by = NULL, leased_until = NULL WHERE endpoint_id = $1"
            await changed(database, f"{sql} AND {inside}", endpoint, *numbers)
        for endpoint in (each for node in joined for each in endpoints[node]):
            await changed(
                database, f"DELETE FROM webhook_progress WHERE endpoint_id = $1 AND {inside}", endpoint, *numbers
            )
            new = [new_progress(tenant, endpoint, sequence) for tenant, sequence in heads.items()]
            await database.insert_rows(WebhookProgress, new)


async def next_records(database: Database, tenant: int, sequence: int, most: int) -> Sequence[Row]:
    """Return the records of a courtyard beyond `sequence`, in order."""
    sql = "SELECT * FROM record WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
    return await rows(database, sql, tenant, sequence, most)


async def advance(database: Database, held: Lease, sequence: int, until: dt.datetime) -> bool:
    """Write that everything up to `sequence` is delivered and hold the lease longer; False if the lease was lost."""
    done = await changed(
        database,
        "UPDATE webhook_progress SET sequence = $1, attempts = 0, failing_since = NULL, next_attempt_at = NULL,"
        " leased_until = $2 WHERE tenant_id = $3 AND endpoint_id = $4 AND leased_by = $5",
        sequence,
        until,
        held.tenant,
        held.endpoint_id,
        held.holder,
    )
    return done > 0


async def extend(database: Database, held: Lease, now: dt.datetime, until: dt.datetime) -> bool:
    """Hold the lease until `until` before the next attempt; False if it was lost or has run out."""
    done = await changed(
        database,
        "UPDATE webhook_progress SET leased_until = $1 WHERE tenant_id = $2 AND endpoint_id = $3 AND leased_by = $4"
        " AND leased_until > $5",
        until,
        held.tenant,
        held.endpoint_id,
        held.holder,
        now,
    )
    return done > 0


async def set_back(
    database: Database, held: Lease, attempts: int, since: dt.datetime, again: dt.datetime | None
) -> bool:
    """Write a failed attempt, when the next one is due, and let the lease go; False if it was lost."""
    done = await changed(
        database,
        "UPDATE webhook_progress SET attempts = $1, failing_since = $2, next_attempt_at = $3, leased_by = NULL,"
        " leased_until = NULL WHERE tenant_id = $4 AND endpoint_id = $5 AND leased_by = $6",
        attempts,
        since,
        again,
        held.tenant,
        held.endpoint_id,
        held.holder,
    )
    return done > 0


async def give_back(database: Database, held: Lease, passed: int | None = None) -> None:
    """Let the lease go; `passed` is the last record that was passed over as not wanted, if any was."""
    moved = "" if passed is None else "sequence = $4, attempts = 0, failing_since = NULL, next_attempt_at = NULL, "
    await changed(
        database,
        f"UPDATE webhook_progress SET {moved}leased_by = NULL, leased_until = NULL"
        " WHERE tenant_id = $1 AND endpoint_id = $2 AND leased_by = $3",
        held.tenant,
        held.endpoint_id,
        held.holder,
        *([] if passed is None else [passed]),
    )


async def give_back_all(database: Database, holder: str) -> None:
    """Let every lease of a deliverer go that ends in good order."""
    with crossing("webhooks: a deliverer ends and gives its leases back"):
        sql = "UPDATE webhook_progress SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1"
        await changed(database, sql, holder)


def within(scope: Scope, start: int) -> tuple[str, list[int]]:
    """Return the condition that a row is in `scope`, with placeholders from `start`, and its values.

    Updates of many rows say it themselves: the triggers of SQLite refuse a row outside instead of passing over it.
    """
    numbers = [number for each in scope.ranges for number in (each.lo, each.hi)]
    places = range(start, start + len(numbers), 2)
    return "(" + " OR ".join(f"tenant_id BETWEEN ${n} AND ${n + 1}" for n in places) + ")", numbers


async def try_all_again(database: Database, node: int, endpoint_id: uuid.UUID) -> None:
    """Make every waiting courtyard of an endpoint due, since the receiver answers again."""
    with scoped(await scope_of(database, [node])) as scope:
        inside, numbers = within(scope, 2)
        await changed(
            database,
            "UPDATE webhook_progress SET next_attempt_at = NULL"
            f" WHERE endpoint_id = $1 AND next_attempt_at IS NOT NULL AND {inside}",
            endpoint_id,
            *numbers,
        )


async def log_attempt(
    database: Database,
    held: Lease,
    sequence: int,
    attempt: int,
    at: dt.datetime,
    answer: Answer,
    again: dt.datetime | None,
) -> None:
    """Write one attempt into the log."""
    await database.insert_rows(
        WebhookDelivery,
        [
            {
                "tenant_id": held.tenant,
                "id": uuid7(),
                "endpoint_id": held.endpoint_id,
                "sequence": sequence,
                "attempt": attempt,
                "at": at,
                "delivered": answer.is_delivered,
                "status": answer.status,
                "milliseconds": answer.milliseconds,
                "error": answer.error,
                "next_attempt_at": again,
            }
        ],
    )


async def was_accepted_since(database: Database, node: int, endpoint_id: uuid.UUID, since: dt.datetime) -> bool:
    """Whether the endpoint took any record of any courtyard since a moment."""
    with scoped(await scope_of(database, [node])):
        found = await rows(
            database,
            "SELECT 1 AS accepted FROM webhook_delivery WHERE endpoint_id = $1 AND at >= $2 AND delivered LIMIT 1",
            endpoint_id,
            since,
        )
    return bool(found)


async def sweep_log(database: Database, before: dt.datetime) -> int:
    """Delete the attempts older than `before`, a part at a time, and return how many there were."""
    gone = 0
    with crossing("webhooks: old attempts are swept"):
        while True:
            sql = "SELECT at FROM webhook_delivery WHERE at < $1 ORDER BY at LIMIT $2"
            found = await rows(database, sql, before, SWEPT_AT_ONCE)
            if not found:
                return gone
            gone += await changed(database, "DELETE FROM webhook_delivery WHERE at <= $1", found[-1]["at"])
