"""One human behind several accounts: what a courtyard knows of who else somebody is.

An account says which persons its holder is (`AccountPerson`); whatever else is held under the same person is held by
the same human. Where no account names a person nothing is known, and nothing is guessed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from yuanluo.command import CommandContext
from yuanluo.statements import many, rows
from yuanluo_tenants.tree import place_of

__all__ = ["own_people", "roles_of_people"]


def own_people(context: CommandContext) -> set[uuid.UUID]:
    """Return the persons of this courtyard that the actor is."""
    return {person for tenant, person in context.actor.own if tenant == context.tenant}


async def roles_of_people(context: CommandContext, people: Iterable[uuid.UUID]) -> frozenset[str]:
    """Return the roles that apply in this courtyard today of every account whose holder is one of `people`."""
    ids = sorted(str(person) for person in people)
    if not ids:
        return frozenset()
    place = await place_of(context.database, context.tenant)
    nodes = (place.number, place.grid, place.community, place.subdistrict, place.district)
    known = [number for number in nodes if number]
    found = await rows(
        context.database,
        "SELECT DISTINCT g.role FROM account_person a JOIN role_grant g ON g.account_id = a.account_id"
        " WHERE a.tenant = $1 AND g.revoked_at IS NULL AND g.started_on <= $2"
        " AND (g.ended_on IS NULL OR g.ended_on >= $2)"
        f" AND g.node IN ({many(known, 3)}) AND a.person_id IN ({many(ids, 3 + len(known))})",
        context.tenant,
        context.today,
        *known,
        *ids,
        shared=True,
    )
    return frozenset(row["role"] for row in found)
