"""The generated leak test of writes and exports: every mutation of the composed schema, with every reference of another
courtyard; every kind of workbook that can be exported.

Nobody adds a mutation here by hand. For each one an input is made from its form; each reference in turn is an id of
the other courtyard, one of it that is not there, an own tenant with the other's row, and one that nothing has. All of
them must be refused alike, and the other courtyard must stand as it stood, to the last row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from served_world import World, furnish

import yuanluo
from yuanluo import Composition, GrantRole, Plugins, run_command, scoped
from yuanluo.authority import Role
from yuanluo.fields import camel
from yuanluo.importing import export_records
from yuanluo.inputs import InputField
from yuanluo.webhooks.commands import CreateWebhook, create_webhook
from yuanluo_graphql import mutations as writing
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.model import Mutation
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.tables import Declared, TableClass

NOWHERE: Final = uuid.UUID(int=7)
NEVER: Final = ("CASHIER",)  # whoever is cashier may not enter vouchers
SAMPLES: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: "样例",
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
MUTATIONS: Final = compose(Composition.of(Plugins.load())).model.mutations
REFUSED: Final = {"NOT_FOUND", "DANGLING_REFERENCE"}


@dataclass(slots=True)
class Two:
    """Two courtyards, and somebody who may do everything in the first and nothing in the second."""

    world: World
    rows: Mapping[int, Mapping[str, Sequence[uuid.UUID]]]
    """Ids by tenant and type."""
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
        return int(self.world.codes[0])

    @property
    def theirs(self) -> int:
        """The other one."""
        return int(self.world.codes[1])

    def own(self, type_name: str) -> str:
        """Return the global id of an own row of a type, or of one that is not there."""
        ids = self.rows[self.mine].get(type_name) or [NOWHERE]
        if self.is_listed(type_name):
            return f"{type_name}:{ids[0]}"
        return f"{type_name}:{self.mine}:{ids[0]}"

    def strange(self, type_name: str) -> list[list[str]]:
        """Return pairs of ids that must be refused alike: one of the other's row, and one of a row that nobody has."""
        theirs = self.rows[self.theirs].get(type_name) or [uuid.UUID(int=9)]
        if self.is_listed(type_name):
            return [[f"{type_name}:{theirs[0]}", f"{type_name}:{NOWHERE}"]]
        return [
            [f"{type_name}:{tenant}:{theirs[0]}", f"{type_name}:{tenant}:{NOWHERE}"]
            for tenant in (self.theirs, self.mine)
        ]

    def is_listed(self, type_name: str) -> bool:
        """Whether a type's rows stand at nodes by a listing."""
        table = self.world.house.registry.by_type(type_name)
        return table is not None and table.declared.listing is not None

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
            value = self.world.codes[0]
        else:
            assert each.kind is not None
            value = SAMPLES[each.kind]
        return [value] if each.is_list else value

    def input_of(self, mutation: Mutation, wrong: Mapping[str, Any]) -> dict[str, Any]:
        """Return an input with everything that is required, and what `wrong` names."""
        form = mutation.form
        values = {camel(each.name): self.given(each, wrong) for each in form.fields if wanted(each, wrong)}
        if form.anchor is None:
            values["node"] = wrong.get("node", self.world.codes[0])
        if form.revised is not None:
            values["revision"] = 1
        return values

    async def send(self, mutation: Mutation, values: Mapping[str, Any]) -> Any:
        """Send a mutation; a write that succeeds is told by null."""
        text = f"mutation($input: {mutation.type_prefix}Input!) {{ {mutation.name}(input: $input) {{ __typename }} }}"
        return await self.world.send(text, "everything", {"input": values})

    async def counted(self, mutation: Mutation, values: Mapping[str, Any]) -> tuple[Any, int]:
        """Send a mutation and count the statements it asked of the database: what its time is made of."""
        before = self.statements
        return await self.send(mutation, values), self.statements - before

    async def standing(self, tenant: int) -> str:
        """Return a digest of every row of a courtyard."""
        total = hashlib.sha256()
        with scoped(tenant):
            for table in self.world.house.registry.of_class(TableClass.TENANT):
                rows = await yuanluo.rows(
                    self.world.database, f'SELECT * FROM "{table._meta.tablename}" WHERE tenant_id = $1', tenant
                )
                lines = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
                total.update(json.dumps([table._meta.tablename, lines]).encode())
            for table in self.world.house.registry:
                if table.declared.listing is not None:
                    lines = sorted(json.dumps(row, default=str) for row in await standing_at(self.world, table, tenant))
                    total.update(json.dumps([table._meta.tablename, lines]).encode())
        return total.hexdigest()


async def standing_at(world: World, table: type[Declared], tenant: int) -> list[Mapping[str, Any]]:
    """Return the rows that stand at a node by their listing."""
    listing = table.declared.listing
    assert listing is not None
    source = listing.source(table._meta.tablename, world.database.dialect)
    source = source.replace("{now}", "'2026-11-22T04:00:00.000000Z'").replace("{today}", "'2026-11-22'")
    sql = f"SELECT * FROM ({source}) r WHERE tenant_id = $1 ORDER BY id"
    return await yuanluo.rows(world.database, sql, tenant, shared=True)


async def administer(world: World, code: str) -> None:
    """Give a courtyard an account, a grant, a token and an endpoint of its own."""
    at = world.at(int(code))
    account = (await run_command(yuanluo.create_account, at, yuanluo.CreateAccount(f"own{code}", "本院"))).subject_id
    assert account is not None
    await run_command(yuanluo.grant_role, at, GrantRole(account, "CASHIER"))
    await run_command(yuanluo.create_token, at, yuanluo.CreateToken(account, "own"))
    await run_command(create_webhook, at, CreateWebhook("https://receiver.example/here", role=""))


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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(make_database: MakeDatabase) -> Two:
    plugins = Plugins.load()
    world = await furnish(await make_database(Composition.of(plugins).registry), plugins)
    receipt = await run_command(yuanluo.create_account, world.at(), yuanluo.CreateAccount("everything", "全能"))
    account = receipt.subject_id
    assert account is not None
    start = yuanluo.day_in_shanghai(world.at().now) - dt.timedelta(days=1)
    for role in Role:
        if role.name not in NEVER:
            await run_command(yuanluo.grant_role, world.at(), GrantRole(account, role.name, start))
    token = (await run_command(yuanluo.create_token, world.at(), yuanluo.CreateToken(account, "test"))).secrets[0]
    world.tokens = {**world.tokens, "everything": token}
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
    return Two(world, rows)


def told(answer: Any, sent: str) -> str:
    """Return what an answer says, apart from the id the client sent himself."""
    text = json.dumps({**answer, "extensions": None}, ensure_ascii=False, sort_keys=True)
    return text.replace(sent.rpartition(":")[2], "<id>") if ":" in sent else text


async def refused_alike(two: Two, mutation: Mutation, path: str, values: Sequence[Any]) -> str | None:
    """Send the mutation with each of `values` at `path`; return its code, or say what differs.

    Compared are the answers and the number of statements: neither words nor time tell one from the other.
    """
    codes: list[str] = []
    answers: list[str] = []
    two.world.house.switches.forget()
    await two.send(mutation, two.input_of(mutation, {path: values[0]}))  # what is remembered is remembered for all
    for value in values:
        answer, asked = await two.counted(mutation, two.input_of(mutation, {path: value}))
        answers.append(f"{told(answer, value)} by {asked} statements")
        codes += [error["extensions"]["code"] for error in answer.get("errors", [])] or ["DONE"]
    if len(set(answers)) > 1:
        two.found.append(f"{mutation.name}.{path}: {sorted(set(answers))}")
    return codes[0]


@pytest.mark.parametrize("name", sorted(MUTATIONS))
async def test_no_mutation_tells_another_courtyards_ids_from_ones_that_are_not_there(two: Two, name: str) -> None:
    mutation = MUTATIONS[name]
    before = await two.standing(two.theirs)
    two.found.clear()
    for path, each in references(mutation.form.fields):
        table = two.world.house.registry.by_type(each.refers or "")
        if table is None or not (table.declared.table_class is TableClass.TENANT or two.is_listed(each.refers or "")):
            continue
        for pair in two.strange(each.refers or ""):
            code = await refused_alike(two, mutation, path, pair)
            if mutation.form.anchor is not None and path == mutation.form.anchor.name:
                assert code != "DONE", path
    if mutation.form.anchor is None:
        strange = ["5101060320019999", two.world.codes[1], two.world.codes[1][:12], "510106", "x"]
        assert await refused_alike(two, mutation, "node", strange) == "NOT_FOUND"
    assert two.found == []
    assert await two.standing(two.theirs) == before


async def test_who_helps_whom_names_nobody_of_another_courtyard(two: Two) -> None:
    before = await two.standing(two.theirs)
    for mutation in MUTATIONS.values():
        if mutation.command.acts_for is None:
            continue
        for pair in two.strange("Person"):
            values = two.input_of(mutation, {})
            answers = {told(await two.send(mutation, values | {"onBehalfOf": value}), value) for value in pair}
            assert len(answers) == 1, (mutation.name, answers)
    assert await two.standing(two.theirs) == before


def any_tenant(self: Any, type_name: str, gid: Any, name: str, *, is_upward: bool = False) -> uuid.UUID:
    return uuid.UUID(str(gid).rpartition(":")[2])


def any_scope(mutation: Mutation, values: Mapping[str, Any], scope: Any) -> int:
    anchor = mutation.form.anchor
    return int(values["node"]) if anchor is None else int(str(values[camel(anchor.name)]).split(":")[1])


@pytest.mark.parametrize(
    ("name", "path", "place", "hole"),
    [
        ("personUpdate", "person_id", "_tenant", any_scope),
        ("opinionCollect", "node", "_tenant", any_scope),
        ("opinionTriage", "opinion_id", "_tenant", any_scope),
    ],
)
async def test_a_forgotten_filter_is_found(
    two: Two, monkeypatch: pytest.MonkeyPatch, name: str, path: str, place: str, hole: Callable[..., Any]
) -> None:
    monkeypatch.setattr(writing, place, hole)
    two.found.clear()
    mutation = MUTATIONS[name]
    if path == "node":
        await refused_alike(two, mutation, path, ["5101060320019999", two.world.codes[1]])
        answer = await two.send(mutation, two.input_of(mutation, {"node": two.world.codes[1]}))
        assert two.found or answer["errors"][0]["extensions"]["code"] != "NOT_FOUND"
        return
    for pair in two.strange(mutation.form.anchor.refers or "" if mutation.form.anchor else ""):
        code = await refused_alike(two, mutation, path, pair)
        if code not in REFUSED:
            two.found.append(f"{name}: {code}")
    assert two.found


async def test_a_reference_that_is_not_checked_is_found(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing._Reader, "reference", any_tenant)
    two.found.clear()
    for name in ("seatAppoint", "opinionTriage", "residencyMoveIn"):
        mutation = MUTATIONS[name]
        for path, each in references(mutation.form.fields):
            for pair in two.strange(each.refers or ""):
                code = await refused_alike(two, mutation, path, pair)
                if code not in REFUSED:
                    two.found.append(f"{name}.{path}: {code}")
    assert two.found


# exports ----------------------------------------------------------------------------------------------------------

EXPORTS: Final = sorted(Composition.of(Plugins.load()).exporters)


def holder(two: Two, tenant: int) -> yuanluo.Viewer:
    """Return somebody who holds every role in one courtyard alone."""
    whole = yuanluo.Range(tenant, tenant)
    held = tuple(role.name for role in Role)
    return yuanluo.Viewer(
        uuid.UUID(int=1),
        "全能",
        yuanluo.Scope.of(tenant),
        tuple(yuanluo.Clearance(whole, body, yuanluo.DataClass.D3) for body in ("*",)),
        tuple((role, tenant) for role in held),
        reach=tuple((role, whole) for role in held),
    )


async def marked(two: Two, tenant: int) -> set[str]:
    """Return texts of a courtyard's exportable rows that stand in no other courtyard's."""
    return {text for kind in EXPORTS for text in await texts(two, tenant, kind)}


async def texts(two: Two, tenant: int, kind: str) -> set[str]:
    """Return every longer text of an export."""
    context = yuanluo.CommandContext(two.world.house, holder(two, tenant), tenant)
    records = (await export_records(context, kind)).records
    return {str(value) for record in records for value in record.values() if len(str(value)) > 6}


@pytest.mark.parametrize("kind", EXPORTS)
async def test_an_export_holds_nothing_that_stands_in_another_courtyard_alone(two: Two, kind: str) -> None:
    mine, theirs = await marked(two, two.mine), await marked(two, two.theirs)
    canaries = theirs - mine
    assert canaries
    assert not canaries.intersection(await texts(two, two.mine, kind))


@pytest.mark.parametrize("kind", EXPORTS)
async def test_an_export_of_another_courtyard_and_of_one_that_is_not_there_are_refused_alike(
    two: Two, kind: str
) -> None:
    before = await two.standing(two.theirs)
    said: set[str] = set()
    for tenant in (two.theirs, 5101060320019999):
        context = yuanluo.CommandContext(two.world.house, holder(two, two.mine), tenant)
        asked = two.statements
        with pytest.raises(yuanluo.Forbidden) as refused:
            await export_records(context, kind)
        said.add(f"{refused.value.stable_code} {refused.value.zh} {refused.value.rule} {two.statements - asked}")
    assert len(said) == 1
    assert await two.standing(two.theirs) == before
