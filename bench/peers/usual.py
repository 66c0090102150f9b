"""The usual way, done well: strawberry types, Piccolo tables, a DataLoader per relation, Litestar on uvicorn.

What a good team does is done: one query per level, grouped counts, cached parsing and validation, a warm pool, the
fast JSON library, uvloop and httptools, no access log. It knows no token, no scope and no locks, and its database
role is bound by no policy.

    BENCH_DATABASE_URL=... BENCH_PORT=... BENCH_POOL=... python bench/peers/usual.py
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import strawberry
import uvicorn
import uvloop
from litestar import Litestar
from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, Integer, Text, Timestamptz
from piccolo.engine.postgres import PostgresEngine
from piccolo.query.functions.aggregate import Count, Sum
from piccolo.table import Table
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.litestar import make_graphql_controller

DB = PostgresEngine(config={"dsn": os.environ["BENCH_DATABASE_URL"]}, extensions=(), log_queries=False)
POOL = int(os.environ["BENCH_POOL"])
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
T = TypeVar("T")


# -- tables ---------------------------------------------------------------------------------------------------------


class CourtyardTable(Table, tablename="courtyard", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    code = Text()
    name = Text()
    name_pinyin = Text()
    address = Text(null=True)
    kind = Text()
    built_years = Text(null=True)
    building_count = Integer()
    has_owners_assembly = Boolean()
    management_mode = Text()
    opened_on = Date()


class OrganizationTable(Table, tablename="organization", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    kind = Text()
    name = Text()
    established_on = Text()
    dissolved_on = Date(null=True)


class SeatTable(Table, tablename="seat", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    organization_id = UUID()
    person_id = UUID()
    role = Text()
    started_on = Date()
    ended_on = Date(null=True)


class PersonTable(Table, tablename="person", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    name = Text()
    name_pinyin = Text()
    gender = Text(null=True)
    birth = Text(null=True)
    ethnicity = Text(null=True)
    status = Text()
    id_number = Bytea(null=True)
    id_number_masked = Text(null=True)
    phone_masked = Text(null=True)
    phone_alt_masked = Text(null=True)


class ActivityTable(Table, tablename="activity", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    title = Text()
    day = Date()
    starts_at = Timestamptz()
    status = Text()


class LedgerEntryTable(Table, tablename="ledger_entry", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    net_fen = BigInt()


class CourtyardCountsTable(Table, tablename="courtyard_counts", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    people = BigInt()
    organizations = BigInt()


class FinanceCountsTable(Table, tablename="finance_counts", db=DB):
    tenant_id = BigInt()
    id = UUID(primary_key=True)
    balance_fen = BigInt()


# -- loaders: one query for all parents of a level --------------------------------------------------------------------


def grouped(keys: Sequence[Any], rows: Sequence[dict[str, Any]], column: str) -> list[list[dict[str, Any]]]:
    """Return the rows of each key, in the order of the keys."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return [found[key] for key in keys]


def by_key(keys: Sequence[Any], rows: Sequence[dict[str, Any]], column: str, default: Any = None) -> list[Any]:
    """Return the one row of each key."""
    found = {row[column]: row for row in rows}
    return [found.get(key, default) for key in keys]


async def people_of(keys: list[tuple[int, int]]) -> list[list[dict[str, Any]]]:
    """Load the first people of each courtyard; keys are (courtyard, how many)."""
    p = PersonTable
    columns = (p.tenant_id, p.id, p.name, p.gender, p.birth, p.ethnicity, p.status)
    sealed = (p.phone_masked, p.id_number_masked, p.phone_alt_masked)
    if len(keys) == 1:
        [(tenant, first)] = keys
        query = p.select(*columns, *sealed).where(p.tenant_id == tenant).order_by(p.name_pinyin, p.id).limit(first)
        return [await query]
    tenants = [tenant for tenant, _ in keys]
    query = p.select(*columns, *sealed).where(p.tenant_id.is_in(tenants)).order_by(p.name_pinyin, p.id)
    return [rows[:first] for rows, (_, first) in zip(grouped(tenants, await query, "tenant_id"), keys, strict=True)]


async def organizations_of(tenants: list[int]) -> list[list[dict[str, Any]]]:
    """Load the organizations of each courtyard."""
    o = OrganizationTable
    query = o.select(o.tenant_id, o.id, o.kind, o.name, o.established_on)
    rows = await query.where(o.tenant_id.is_in(tenants)).order_by(o.kind, o.name, o.id)
    return grouped(tenants, rows, "tenant_id")


SEAT = (
    SeatTable.tenant_id,
    SeatTable.id,
    SeatTable.role,
    SeatTable.started_on,
    SeatTable.person_id,
    SeatTable.organization_id,
)
ORDER = (SeatTable.started_on, SeatTable.role, SeatTable.id)


async def officers_of(keys: list[tuple[int, Any]]) -> list[list[dict[str, Any]]]:
    """Load who sits in each organization today; keys are (courtyard, organization)."""
    s, ids = SeatTable, [row_id for _, row_id in keys]
    rows = await (
        s.select(*SEAT)
        .where(s.tenant_id.is_in(sorted({tenant for tenant, _ in keys})))
        .where(s.organization_id.is_in(ids))
        .where(s.ended_on.is_null() | (s.ended_on >= today()))
        .order_by(*ORDER)
    )
    return grouped(ids, rows, "organization_id")


async def seats_of(keys: list[tuple[int, Any]]) -> list[list[dict[str, Any]]]:
    """Load the seats of each person; keys are (courtyard, person)."""
    s, ids = SeatTable, [row_id for _, row_id in keys]
    rows = await (
        s.select(*SEAT)
        .where(s.tenant_id.is_in(sorted({tenant for tenant, _ in keys})))
        .where(s.person_id.is_in(ids))
        .order_by(*ORDER)
    )
    return grouped(ids, rows, "person_id")


async def persons(keys: list[tuple[int, Any]]) -> list[dict[str, Any]]:
    """Load people by id; keys are (courtyard, id)."""
    p, ids = PersonTable, [row_id for _, row_id in keys]
    rows = await p.select(p.id, p.name).where(p.tenant_id.is_in(sorted({t for t, _ in keys}))).where(p.id.is_in(ids))
    return by_key(ids, rows, "id")


async def organizations(keys: list[tuple[int, Any]]) -> list[dict[str, Any]]:
    """Load organizations by id; keys are (courtyard, id)."""
    o, ids = OrganizationTable, [row_id for _, row_id in keys]
    rows = await (
        o.select(o.tenant_id, o.id, o.kind, o.name, o.established_on)
        .where(o.tenant_id.is_in(sorted({tenant for tenant, _ in keys})))
        .where(o.id.is_in(ids))
    )
    return by_key(ids, rows, "id")


async def people_counts(tenants: list[int]) -> list[int]:
    """Count the people of each courtyard."""
    p = PersonTable
    rows = await (
        p.select(p.tenant_id, Count(alias="n"))
        .where(p.tenant_id.is_in(tenants))
        .where(p.status == "ACTIVE")
        .group_by(p.tenant_id)
    )
    return [row["n"] for row in by_key(tenants, rows, "tenant_id", {"n": 0})]


async def organization_counts(tenants: list[int]) -> list[int]:
    """Count the organizations of each courtyard."""
    o = OrganizationTable
    rows = await (
        o.select(o.tenant_id, Count(alias="n"))
        .where(o.tenant_id.is_in(tenants))
        .where(o.dissolved_on.is_null())
        .group_by(o.tenant_id)
    )
    return [row["n"] for row in by_key(tenants, rows, "tenant_id", {"n": 0})]


async def balances(tenants: list[int]) -> list[int]:
    """Sum the ledger of each courtyard."""
    e = LedgerEntryTable
    rows = await (
        e.select(e.tenant_id, Sum(e.net_fen, alias="n")).where(e.tenant_id.is_in(tenants)).group_by(e.tenant_id)
    )
    return [int(row["n"]) for row in by_key(tenants, rows, "tenant_id", {"n": 0})]


async def upcoming_of(tenants: list[int]) -> list[list[dict[str, Any]]]:
    """Load the coming activities of each courtyard."""
    a = ActivityTable
    rows = await (
        a.select(a.tenant_id, a.title, a.day)
        .where(a.tenant_id.is_in(tenants))
        .where(a.day >= today())
        .where(a.status != "CANCELLED")
        .order_by(a.day, a.starts_at, a.id)
    )
    return grouped(tenants, rows, "tenant_id")


async def counts_of(tenants: list[int]) -> list[dict[str, Any] | None]:
    """Load core's counter row of each courtyard."""
    c = CourtyardCountsTable
    rows = await c.select(c.tenant_id, c.people, c.organizations).where(c.tenant_id.is_in(tenants))
    return by_key(tenants, rows, "tenant_id")


async def finance_counts_of(tenants: list[int]) -> list[dict[str, Any] | None]:
    """Load the finance plugin's counter row of each courtyard."""
    c = FinanceCountsTable
    rows = await c.select(c.tenant_id, c.balance_fen).where(c.tenant_id.is_in(tenants))
    return by_key(tenants, rows, "tenant_id")


def today() -> dt.date:
    """Return the day in Shanghai."""
    return dt.datetime.now(SHANGHAI).date()


LOADERS: dict[str, Callable[[list[Any]], Any]] = {
    "people": people_of,
    "organizations": organizations_of,
    "officers": officers_of,
    "seats": seats_of,
    "person": persons,
    "organization": organizations,
    "people_count": people_counts,
    "organization_count": organization_counts,
    "balance": balances,
    "upcoming": upcoming_of,
    "counts": counts_of,
    "finance_counts": finance_counts_of,
}


def loader(info: strawberry.Info[Any, Any], name: str) -> DataLoader[Any, Any]:
    """Return the request's loader of this name."""
    loaders: dict[str, DataLoader[Any, Any]] = info.context["loaders"]
    found = loaders.get(name)
    if found is None:
        found = loaders[name] = DataLoader(LOADERS[name])
    return found


# -- types ----------------------------------------------------------------------------------------------------------


@strawberry.type
class Activity:
    title: str
    day: dt.date


@strawberry.type
class Activities:
    nodes: list[Activity]


@strawberry.type
class Organization:
    tenant: strawberry.Private[int]
    row: strawberry.Private[Any]
    id: strawberry.ID
    name: str
    kind: str
    established_on: str | None

    @strawberry.field
    async def officers(self, info: strawberry.Info[Any, Any]) -> Seats:
        rows = await loader(info, "officers").load((self.tenant, self.row))
        return Seats(nodes=[seat_of(each) for each in rows[:50]])


@strawberry.type
class Organizations:
    nodes: list[Organization]


@strawberry.type
class Person:
    tenant: strawberry.Private[int]
    row: strawberry.Private[Any]
    id: strawberry.ID
    name: str
    gender: str | None = None
    birth: str | None = None
    ethnicity: str | None = None
    status: str | None = None
    phone: str | None = None
    id_number: str | None = None
    phone_alt: str | None = None

    @strawberry.field
    async def seats(self, info: strawberry.Info[Any, Any], first: int = 50) -> Seats:
        rows = await loader(info, "seats").load((self.tenant, self.row))
        return Seats(nodes=[seat_of(each) for each in rows[:first]])


@strawberry.type
class People:
    nodes: list[Person]


@strawberry.type
class Seat:
    tenant: strawberry.Private[int]
    person_row: strawberry.Private[Any]
    organization_row: strawberry.Private[Any]
    role: str
    started_on: dt.date

    @strawberry.field
    async def person(self, info: strawberry.Info[Any, Any]) -> Person:
        row = await loader(info, "person").load((self.tenant, self.person_row))
        return Person(
            tenant=self.tenant, row=row["id"], id=strawberry.ID(f"Person:{self.tenant}:{row['id']}"), name=row["name"]
        )

    @strawberry.field
    async def organization(self, info: strawberry.Info[Any, Any]) -> Organization:
        return organization_of(await loader(info, "organization").load((self.tenant, self.organization_row)))


@strawberry.type
class Seats:
    nodes: list[Seat]


def seat_of(row: dict[str, Any]) -> Seat:
    """Return the seat that a row says."""
    return Seat(
        tenant=row["tenant_id"],
        person_row=row["person_id"],
        organization_row=row["organization_id"],
        role=row["role"],
        started_on=row["started_on"],
    )


def organization_of(row: dict[str, Any]) -> Organization:
    """Return the organization that a row says."""
    return Organization(
        tenant=row["tenant_id"],
        row=row["id"],
        id=strawberry.ID(f"Organization:{row['tenant_id']}:{row['id']}"),
        name=row["name"],
        kind=row["kind"],
        established_on=row["established_on"],
    )


def person_of(row: dict[str, Any]) -> Person:
    """Return the person that a row says."""
    return Person(
        tenant=row["tenant_id"],
        row=row["id"],
        id=strawberry.ID(f"Person:{row['tenant_id']}:{row['id']}"),
        name=row["name"],
        gender=row["gender"],
        birth=row["birth"],
        ethnicity=row["ethnicity"],
        status=row["status"],
        phone=row["phone_masked"],
        id_number=row["id_number_masked"],
        phone_alt=row["phone_alt_masked"],
    )


@strawberry.type
class Counts:
    people: int
    organizations: int


@strawberry.type
class FinanceCounts:
    balance_fen: int


@strawberry.type
class Courtyard:
    tenant: strawberry.Private[int]
    id: strawberry.ID
    code: str
    name: str
    address: str | None
    kind: str
    built_years: str | None
    building_count: int
    has_owners_assembly: bool
    management_mode: str
    opened_on: dt.date

    @strawberry.field
    async def organizations(self, info: strawberry.Info[Any, Any], first: int = 50) -> Organizations:
        rows = await loader(info, "organizations").load(self.tenant)
        return Organizations(nodes=[organization_of(each) for each in rows[:first]])

    @strawberry.field
    async def people(self, info: strawberry.Info[Any, Any], first: int = 50) -> People:
        rows = await loader(info, "people").load((self.tenant, first))
        return People(nodes=[person_of(each) for each in rows])

    @strawberry.field
    async def people_count(self, info: strawberry.Info[Any, Any]) -> int:
        count: int = await loader(info, "people_count").load(self.tenant)
        return count

    @strawberry.field
    async def organization_count(self, info: strawberry.Info[Any, Any]) -> int:
        count: int = await loader(info, "organization_count").load(self.tenant)
        return count

    @strawberry.field
    async def funds_balance(self, info: strawberry.Info[Any, Any]) -> int:
        balance: int = await loader(info, "balance").load(self.tenant)
        return balance

    @strawberry.field
    async def upcoming_activities(self, info: strawberry.Info[Any, Any], first: int = 50) -> Activities:
        rows = await loader(info, "upcoming").load(self.tenant)
        return Activities(nodes=[Activity(title=each["title"], day=each["day"]) for each in rows[:first]])

    @strawberry.field
    async def counts(self, info: strawberry.Info[Any, Any]) -> Counts | None:
        row = await loader(info, "counts").load(self.tenant)
        return Counts(people=row["people"], organizations=row["organizations"]) if row else None

    @strawberry.field
    async def finance_counts(self, info: strawberry.Info[Any, Any]) -> FinanceCounts | None:
        row = await loader(info, "finance_counts").load(self.tenant)
        return FinanceCounts(balance_fen=row["balance_fen"]) if row else None


@strawberry.type
class Courtyards:
    nodes: list[Courtyard]

    @strawberry.field
    async def total_count(self) -> int:
        return int(await CourtyardTable.count())


COURTYARD = (
    CourtyardTable.tenant_id,
    CourtyardTable.id,
    CourtyardTable.code,
    CourtyardTable.name,
    CourtyardTable.address,
    CourtyardTable.kind,
    CourtyardTable.built_years,
    CourtyardTable.building_count,
    CourtyardTable.has_owners_assembly,
    CourtyardTable.management_mode,
    CourtyardTable.opened_on,
)


def courtyard_of(row: dict[str, Any]) -> Courtyard:
    """Return the courtyard that a row says."""
    return Courtyard(
        tenant=row["tenant_id"],
        id=strawberry.ID(f"Courtyard:{row['tenant_id']}:{row['id']}"),
        code=row["code"],
        name=row["name"],
        address=row["address"],
        kind=row["kind"],
        built_years=row["built_years"],
        building_count=row["building_count"],
        has_owners_assembly=row["has_owners_assembly"],
        management_mode=row["management_mode"],
        opened_on=row["opened_on"],
    )


@strawberry.type
class Query:
    @strawberry.field
    async def courtyard(self, code: str) -> Courtyard | None:
        row = await CourtyardTable.select(*COURTYARD).where(CourtyardTable.tenant_id == int(code)).first()
        return courtyard_of(row) if row else None

    @strawberry.field
    async def courtyards(self, first: int = 50) -> Courtyards:
        rows = await (
            CourtyardTable.select(*COURTYARD)
            .order_by(CourtyardTable.name_pinyin, CourtyardTable.code, CourtyardTable.id)
            .limit(first)
        )
        return Courtyards(nodes=[courtyard_of(each) for each in rows])


# -- server -----------------------------------------------------------------------------------------------------------

schema = strawberry.Schema(Query, extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)])


async def context() -> dict[str, Any]:
    """Return the loaders of one request."""
    return {"loaders": {}}


Controller = make_graphql_controller(schema, path="/graphql", context_getter=context, graphql_ide=None)
_encode = msgspec.json.Encoder().encode


class FastController(Controller):  # type: ignore[valid-type,misc]  # made at run time
    """The stock controller with the fast JSON library."""

    def encode_json(self, data: object) -> bytes:
        """Return `data` as JSON."""
        return _encode(data)


@asynccontextmanager
async def pool(_app: Litestar) -> AsyncIterator[None]:
    """Keep the connections open while the application runs."""
    await DB.start_connection_pool(min_size=POOL, max_size=POOL)
    try:
        yield
    finally:
        await DB.close_connection_pool()


app = Litestar([FastController], lifespan=[pool], openapi_config=None, logging_config=None)


def main() -> None:
    """Serve until terminated."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", access_log=False
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
