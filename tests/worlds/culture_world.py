"""A house with the culture plugin, viewers by role, and documents asked of it, for the tests of that plugin."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from databases import MakeDatabase
from houses import CLOCK, COURTYARD, at, make_house

import yuanluo_culture
from yuanluo import (
    Clearance,
    Clock,
    CommandContext,
    CreatePerson,
    House,
    Plugins,
    Range,
    Scope,
    Viewer,
    create_person,
    run_commands,
)
from yuanluo.counters import recount, stored_counts
from yuanluo_culture.fields import COUNTERS
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.database import Database

__all__ = ["CultureWorld", "build_culture_world", "viewer"]


def viewer(house: House, role: str, *, tenant: int = COURTYARD, own: uuid.UUID | None = None, span: int = 0) -> Viewer:
    """Return a viewer who holds `role` at `tenant` (and the `span` numbers behind it) and may be a person there."""
    held = house.rules.roles[role].clearances
    where = Range(tenant, tenant + span)
    return Viewer(
        account_id=uuid.uuid4(),
        name=role,
        scope=Scope.of(where),
        clearances=tuple(Clearance(where, body, klass) for body, klass in held.items()),
        roles=((role, tenant),),
        own=((tenant, own),) if own else (),
        reach=((role, where),),
    )


@dataclass(slots=True)
class CultureWorld:
    """The house, its engine, and what its tests say again and again."""

    house: House
    engine: CompiledEngine

    @property
    def database(self) -> Database:
        """The database, for the fixture that binds tables."""
        return self.house.database

    def context(
        self,
        role: str | None = None,
        *,
        own: uuid.UUID | None = None,
        clock: Clock = CLOCK,
        tenant: int = COURTYARD,
    ) -> CommandContext:
        """Return a context acting in `role` (the operator without one), as the person `own`, at `clock`."""
        actor = viewer(self.house, role, tenant=tenant, own=own) if role else at(self.house).actor
        return CommandContext(self.house, actor, tenant, clock)

    async def people(self, count: int, *, tenant: int = COURTYARD) -> list[uuid.UUID]:
        """Put `count` people on the register."""
        receipt = await run_commands(
            create_person, self.context(tenant=tenant), [CreatePerson(f"测试人{n}") for n in range(count)]
        )
        return [each for each in receipt.subject_ids if each is not None]

    async def ask(self, asking: Viewer, text: str, **variables: Any) -> dict[str, Any]:
        """Answer a document for a viewer."""
        prepared = self.engine.documents.prepare(text)
        values = self.engine.documents.coerce_variables(prepared, variables).coerced
        return json.loads(await self.engine.run(prepared, values, Rights.of(asking)))

    async def counters_agree(self, tenant: int = COURTYARD) -> bool:
        """Whether the stored counters are what counting anew gives; call it in scope."""
        return await stored_counts(self.database, COUNTERS[0], tenant) == await recount(
            self.database, COUNTERS[0], tenant
        )


async def build_culture_world(make_database: MakeDatabase) -> CultureWorld:
    """Build a house with two courtyards and the culture plugin alone."""
    house = await make_house(make_database, Plugins.load({"culture": yuanluo_culture}, entry_points=False))
    composed = compose(house.composition, house.keys)

    async def authenticate(_token: str) -> Viewer:
        raise AssertionError("these tests bring their viewers")

    async def log_reads(*_read: object) -> None:
        raise AssertionError("nothing of culture is D3")

    engine = CompiledEngine(
        house.database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, house.database.dialect, PageSizes()),
        Cursors(b"culture"),
        Doors(authenticate, log_reads, now=CLOCK),
    )
    return CultureWorld(house, engine)
