"""One human, several persons: what may be true of a human only once in the whole deployment.

An identity is known by the deployment-wide blind index of the ID number alone; nothing leads from it back to a
number or a name. What a courtyard learns is only yes or no, and a no is neutral: it does not say where the other
relation is, or even that it is one of this kind. Attempts are logged and rate-limited, so that the service cannot
be used to find out who is a member of something.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, Final

from uuid_utils.compat import uuid7

from yuanluo.accounts import IdentityAttempt, Membership
from yuanluo.command import CommandContext, actor_of
from yuanluo.people import Person
from yuanluo.sealing import unseal
from yuanluo.statements import changed, many, rows, value
from yuanluo_tenants.crypto import Field, Keyring
from yuanluo_tenants.database import Duplicate
from yuanluo_tenants.errors import Refused
from yuanluo_tenants.tables import TableClass

__all__ = ["NotRegistrable", "TooManyAttempts", "claim_identities", "register_membership", "release_membership"]

WINDOW: Final = dt.timedelta(hours=1)
MOST_REFUSED: Final = 20
"""Refusals per actor and hour after which further attempts are not even looked at."""


class NotRegistrable(Refused):
    """The relation cannot be registered; the answer does not say why."""

    code = "NOT_REGISTRABLE"
    rule = "R8"
    next_zh = "请与上级党组织核实组织关系。"
    next_en = "Check the registration with the organization above."

    def __init__(self) -> None:
        super().__init__(
            "该关系无法登记,请与上级组织核实。",
            "this relation cannot be registered; please check with the organization above.",
        )


class TooManyAttempts(Refused):
    """Too many attempts were refused; try again later."""

    code = "RATE_LIMITED"
    rule = "个人信息保护法 51"
    next_zh = "请一小时后再试。"
    next_en = "Try again in an hour."

    def __init__(self) -> None:
        super().__init__("尝试次数过多,请一小时后再试。", "too many attempts; try again in an hour.")


def identity_indexes(keys: Keyring, id_number: str) -> list[str]:
    """Return the deployment-wide blind indexes of an ID number in hex, one per key version, newest first.

    What was registered under an older key is found by that one's: it cannot be made anew, since no number is kept.
    """
    field = Field(None, "identity", "blind_index")
    return [index.hex() for index in keys.indexes(id_number.strip().upper(), field)]


async def register_membership(context: CommandContext, kind: str, subject_id: uuid.UUID, id_number: str | None) -> bool:
    """Register the one relation of `kind` a human may have, in the current transaction.

    Returns False without an ID number: the relation then shows as unverified. Raises NotRegistrable if the human
    has one already anywhere in the deployment, and TooManyAttempts after too many refusals.
    """
    if id_number is None:
        return False
    database, now = context.database, context.now
    await check_rate(context)
    identity_id = await _identity(context, id_number)
    held = await rows(
        database,
        "SELECT tenant, subject_id FROM identity_membership WHERE identity_id = $1 AND kind = $2",
        identity_id,
        kind,
        shared=True,
    )
    if held:
        if (held[0]["tenant"], held[0]["subject_id"]) == (context.tenant, str(subject_id)):
            return True
        raise _refusal(context, kind)
    row = {
        "id": uuid7(),
        "identity_id": identity_id,
        "kind": kind,
        "tenant": context.tenant,
        "subject_id": str(subject_id),
        "since": now,
    }
    try:
        await database.insert_rows(Membership, [row])
    except Duplicate as error:
        raise _refusal(context, kind) from error
    return True


def _refusal(context: CommandContext, kind: str) -> NotRegistrable:
    context.attempts.append(lambda: log_refusal(context, kind))
    return NotRegistrable()


async def release_membership(context: CommandContext, kind: str, subject_id: uuid.UUID) -> bool:
    """End the relation that this tenant registered for `subject_id`, in the current transaction."""
    return bool(
        await changed(
            context.database,
            "DELETE FROM identity_membership WHERE kind = $1 AND tenant = $2 AND subject_id = $3",
            kind,
            context.tenant,
            str(subject_id),
            shared=True,
        )
    )


async def claim_identities(context: CommandContext, people: Iterable[uuid.UUID]) -> None:
    """Hold under their ID numbers what `people` have once in the deployment, now that the numbers are known.

    Those are the rows of tables with a `claim` that are not held yet. Raises NotRegistrable as `register_membership`
    does, so that a number that becomes known later does not let a second relation stand.
    """
    wanted = list(people)
    for table in context.house.composition.registry.of_class(TableClass.TENANT):
        claim, about = table.declared.claim, table.declared
        if claim is None or about.subject is None or not wanted:
            continue
        args: list[Any] = [context.tenant, False]
        conditions = [f't."{claim.verified}" = $2']
        for column, among in ((about.subject, wanted), *claim.where):
            conditions.append(f't."{column}" IN ({many(among, len(args) + 1)})')
            args += among
        for row in await rows(
            context.database,
            f"SELECT t.id, p.id AS person_id, p.id_number FROM {table._meta.tablename} t"
            f' JOIN person p ON p.tenant_id = t.tenant_id AND p.id = t."{about.subject}"'
            f" WHERE t.tenant_id = $1 AND p.id_number IS NOT NULL AND {' AND '.join(conditions)} ORDER BY t.id",
            *args,
        ):
            number = unseal(context.keys, Person, context.tenant, row["person_id"], "id_number", row["id_number"])
            await register_membership(context, claim.kind, row["id"], number)
            await context.update(table, row["id"], {claim.verified: True})


async def check_rate(context: CommandContext) -> None:
    """Raise TooManyAttempts if the actor was refused too often within the last hour."""
    refused = await value(
        context.database,
        "SELECT count(*) FROM identity_attempt WHERE actor = $1 AND at > $2",
        actor_of(context.actor),
        context.now - WINDOW,
        shared=True,
    )
    if int(refused) >= MOST_REFUSED:
        raise TooManyAttempts


async def log_refusal(context: CommandContext, kind: str) -> None:
    """Log a refused attempt in a transaction of its own: the one that was refused has been rolled back."""
    row: dict[str, Any] = {
        "actor": actor_of(context.actor),
        "tenant": context.tenant,
        "kind": kind,
        "refused": True,
        "at": context.now,
    }
    await context.database.insert_rows(IdentityAttempt, [row])


async def _identity(context: CommandContext, id_number: str) -> str:
    database = context.database
    indexes = identity_indexes(context.keys, id_number)
    sql = f"SELECT id FROM identity WHERE blind_index IN ({many(indexes)})"
    found = await value(database, sql, *indexes, shared=True)
    if found is None:
        await changed(
            database,
            "INSERT INTO identity (id, blind_index, created_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (blind_index) DO NOTHING",
            uuid7(),
            indexes[0],
            context.now,
            shared=True,
        )
        found = await value(database, sql, *indexes, shared=True)
    return str(found)
