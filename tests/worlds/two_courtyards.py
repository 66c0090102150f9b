"""Two courtyards of the demo and somebody who may do everything in the first, with an input for every mutation.

What the generated leak tests of writes, exports, subscriptions and webhooks act with.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bundled import bundled_schema
from databases import MakeDatabase
from served_world import World, furnish

import yuanluo
from yuanluo import Composition, GrantRole, Plugins, run_command, scoped
from yuanluo.authority import Role
from yuanluo.fields import camel
from yuanluo.inputs import InputField
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo_graphql.model import Mutation
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.tables import Declared, TableClass

__all__ = [
    "MODEL",
    "MUTATIONS",
    "NOWHERE",
    "Two",
    "build_two",
    "holder_of_everything",
    "nodes_named",
    "references",
    "wanted",
]

NOWHERE: Final = uuid.UUID(int=7)
NEVER: Final = ("CASHIER",)  # whoever is cashier may not enter vouchers
SAMPLES: Final[Mapping[Kind, Any]] = {
    Kind.CODE: "SAMPLE",
    Kind.INTEGER: 1,
    Kind.LONG: 1,
    Kind.FEN: 100,
    Kind.AREA: 5_000,
    Kind.MINUTES: 30,
    Kind.FLAG: True,
    Kind.DAY: "2026-10-08",
    Kind.PARTIAL_DATE: "2020-05",
    Kind.MOMENT: "2026-10-08T02:00:00Z",
}
MODEL: Final = bundled_schema().model
MUTATIONS: Final = MODEL.mutations


@dataclass(slots=True)
class Two:
    """Two courtyards, and somebody who may do everything in the first and nothing in the second."""

    world: World
    rows: Mapping[int, Mapping[str, Sequence[uuid.UUID]]]
    """Ids by tenant and type."""
    codes: tuple[str, str]
    who: str = "everything"
    """Whose token is used."""
    text: str = "样例"
    """What is written where a text is asked for."""
    found: list[str] = field(default_factory=lambda: [])
    statements: int = 0

    def __post_init__(self) -> None:
        database = self.world.database
        for name in ("fetch", "execute", "query", "fetch_json", "_insert_tuples"):
            setattr(database, name, self._counting(getattr(database, name)))

    def _counting(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        async def counting(*args: Any, **named: Any) -> Any:
            if not named.get("shared"):  # tokens are looked up once a second, whoever asks
                self.statements += 1
            return await plain(*args, **named)

        return counting

    @property
    def mine(self) -> int:
        """The first courtyard."""
        return int(self.codes[0])

    @property
    def theirs(self) -> int:
        """The other one."""
        return int(self.codes[1])

    def seen_by(self, who: str, text: str) -> Two:
        """Return the two as the holder of another token sees them, who may do everything in the second."""
        return Two(self.world, self.rows, (self.codes[1], self.codes[0]), who, text)

    def own(self, type_name: str) -> str:
        """Return the global id of an own row of a type, or of one that is not there."""
        ids = self.rows[self.mine].get(type_name) or [NOWHERE]
        return global_id(type_name, self.mine, ids[0])

    def strange(self, type_name: str) -> list[list[str]]:
        """Return pairs of ids that must be refused alike: one of the other's row, and one of a row that nobody has."""
        theirs = self.rows[self.theirs].get(type_name) or [uuid.UUID(int=9)]
        pairs = [
            [global_id(type_name, tenant, theirs[0]), global_id(type_name, tenant, NOWHERE)]
            for tenant in (self.theirs, self.mine)
        ]
        return pairs if names_its_courtyard(type_name) else pairs[:1]

    def given(self, each: InputField, wrong: Mapping[str, Any], path: str = "") -> Any:
        """Return a value for a field; `wrong` replaces those at their path."""
        here = path + each.name
        if here in wrong:
            return [wrong[here]] if each.is_list else wrong[here]
        value: Any
        if each.nested is not None:
            value = {
                camel(one.name): self.given(one, wrong, f"{here}.") for one in each.fields if wanted(one, wrong, here)
            }
        elif each.choices is not None:
            value = next(iter(each.choices)).name
        elif each.refers is not None:
            value = self.own(each.refers)
        elif each.is_node:
            value = self.codes[0]
        else:
            assert each.kind is not None
            value = self.text if each.kind is Kind.TEXT else SAMPLES[each.kind]
            if each.bound is not None:
                value = max(value, each.bound.least)
        return [value] if each.is_list else value

    def input_of(self, mutation: Mutation, wrong: Mapping[str, Any]) -> dict[str, Any]:
        """Return an input with everything that is required, and what `wrong` names."""
        form = mutation.form
        values = {camel(each.name): self.given(each, wrong) for each in form.fields if wanted(each, wrong)}
        if form.anchor is None:
            values["node"] = wrong.get("node", self.codes[0])
        if form.revised is not None:
            values["revision"] = 1
        return values

    async def send(self, mutation: Mutation, values: Mapping[str, Any]) -> Any:
        """Send a mutation; a write that succeeds is told by null."""
        text = f"mutation($input: {mutation.type_prefix}Input!) {{ {mutation.name}(input: $input) {{ __typename }} }}"
        return await self.world.send(text, self.who, {"input": values})

    async def counted(self, mutation: Mutation, values: Mapping[str, Any]) -> tuple[Any, int]:
        """Send a mutation and count the statements it asked of the database: what its time is made of."""
        before = self.statements
        return await self.send(mutation, values), self.statements - before

    async def everything(self, tenant: int) -> dict[str, list[yuanluo.Row]]:
        """Return every row of a courtyard, by table."""
        with scoped(tenant):
            return {
                table._meta.tablename: await yuanluo.rows(
                    self.world.database, f'SELECT * FROM "{table._meta.tablename}" WHERE tenant_id = $1', tenant
                )
                for table in self.world.house.registry.of_class(TableClass.TENANT)
            }

    async def standing(self, tenant: int) -> str:
        """Return a digest of every row of a courtyard."""
        total = hashlib.sha256()
        for table, rows in (await self.everything(tenant)).items():
            lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
            total.update(json.dumps([table, lines]).encode())
        for table in self.world.house.registry:
            if table.declared.listing is not None:
                lines = sorted(json.dumps(row, default=str) for row in await standing_at(self.world, table, tenant))
                total.update(json.dumps([table._meta.tablename, lines]).encode())
        return total.hexdigest()


async def standing_at(world: World, table: type[Declared], tenant: int) -> list[yuanluo.Row]:
    """Return the rows that stand at a node by their listing."""
    listing = table.declared.listing
    assert listing is not None
    source = listing.source(table._meta.tablename, world.database.dialect)
    source = source.replace("{now}", "'2026-11-22T04:00:00.000000Z'").replace("{today}", "'2026-11-22'")
    sql = f"SELECT * FROM ({source}) r WHERE tenant_id = $1 ORDER BY id"
    return await yuanluo.rows(world.database, sql, tenant, shared=True)


def names_its_courtyard(type_name: str) -> bool:
    """Whether the ids of a type name the courtyard: those of listings, and of what is not shown, do not."""
    entity = MODEL.entities.get(type_name)
    return entity is not None and entity.listing is None


def global_id(type_name: str, tenant: int, row: uuid.UUID) -> str:
    """Return the id of a row as inputs take it."""
    return f"{type_name}:{tenant}:{row}" if names_its_courtyard(type_name) else f"{type_name}:{row}"


def wanted(each: InputField, wrong: Mapping[str, Any], above: str = "") -> bool:
    """Whether a field is given: it is required, or it or something below it is what is wrong."""
    here = f"{above}.{each.name}" if above else each.name
    return each.is_required or any(path == here or path.startswith(f"{here}.") for path in wrong)


def references(fields: Sequence[InputField], path: str = "") -> Iterator[tuple[str, InputField]]:
    """Yield every reference of a form to a type of the schema, by path."""
    for each in fields:
        if each.nested is not None:
            yield from references(each.fields, f"{path}{each.name}.")
        elif each.refers is not None:
            yield f"{path}{each.name}", each


def nodes_named(fields: Sequence[InputField], path: str = "") -> Iterator[str]:
    """Yield the path of every code of a node in a form."""
    for each in fields:
        if each.nested is not None:
            yield from nodes_named(each.fields, f"{path}{each.name}.")
        elif each.is_node:
            yield f"{path}{each.name}"


async def build_two(make_database: MakeDatabase) -> Two:
    """Build the two courtyards in a fresh database."""
    plugins = Plugins.load()
    world = await furnish(await make_database(Composition.of(plugins).registry), plugins)
    world.tokens = {**world.tokens, "everything": await holder_of_everything(world, "everything", world.tenant)}
    rows: dict[int, dict[str, list[uuid.UUID]]] = {}
    for code in world.codes:
        await administer(world, code)
        with scoped(int(code)):
            rows[int(code)] = {
                table.declared.type_name: [
                    row["id"]
                    for row in await yuanluo.rows(
                        world.database, f'SELECT id FROM "{table._meta.tablename}" ORDER BY id LIMIT 3'
                    )
                ]
                for table in world.house.registry.of_class(TableClass.TENANT)
            } | {
                table.declared.type_name: [
                    row["id"] if isinstance(row["id"], uuid.UUID) else uuid.UUID(row["id"])
                    for row in await standing_at(world, table, int(code))
                ]
                for table in world.house.registry
                if table.declared.listing is not None
            }
    return Two(world, rows, (world.codes[0], world.codes[1]))


async def administer(world: World, code: str) -> None:
    """Give a courtyard an account, a grant, a token and an endpoint of its own."""
    at = world.at(int(code))
    account = (await run_command(yuanluo.create_account, at, yuanluo.CreateAccount(f"own{code}", "本院"))).subject_id
    assert account is not None
    await run_command(yuanluo.grant_role, at, GrantRole(account, "CASHIER"))
    await run_command(yuanluo.create_token, at, yuanluo.CreateToken(account, "own"))
    await run_command(create_webhook, at, CreateWebhook("https://receiver.example/hook", role=""))


async def holder_of_everything(world: World, login: str, tenant: int) -> str:
    """Return the token of a new account that holds every role in one courtyard, and nothing else."""
    receipt = await run_command(yuanluo.create_account, world.at(tenant), yuanluo.CreateAccount(login, "全能"))
    account = receipt.subject_id
    assert account is not None
    start = yuanluo.day_in_shanghai(world.at().now) - dt.timedelta(days=1)
    for role in Role:
        if role.name not in NEVER:
            await run_command(yuanluo.grant_role, world.at(tenant), GrantRole(account, role.name, start))
    return (await run_command(yuanluo.create_token, world.at(tenant), yuanluo.CreateToken(account, "test"))).secrets[0]
