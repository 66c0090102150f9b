"""Counters: one row per tenant and plugin, kept in the transaction that changes what it counts.

    class LedgerCounts(CounterTable, zh="民情计数", en="opinion counts", body="council"):
        opinions = Long("民情数", "opinions collected")

    Counter(LedgerCounts, {"opinions": Count("opinion")})

A command says `context.bump(LedgerCounts, opinions=+1)`; the deltas of a transaction are added up and written once,
last, in table-name order, so that no two transactions deadlock. What depends on the day is never counted but
computed. `recount` computes the row anew from what it counts; a test proves that both are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from yuanluo.statements import changed, many, rows, value
from yuanluo_tenants.columns import Area, Code, Long
from yuanluo_tenants.database import Database
from yuanluo_tenants.tables import TableClass, TenantTable
from yuanluo_tenants.tree import Place, where_is

__all__ = [
    "COURTYARD_COUNTER",
    "Count",
    "Counter",
    "CounterTable",
    "CourtyardCounts",
    "Deltas",
    "apply_deltas",
    "counter_row",
    "recount",
    "repair_counter",
    "stored_counts",
]


class CounterTable(TenantTable):
    """The base of a counter table: one row per tenant; every further column is a Long, Fen, Area or Minutes."""

    _table_class = TableClass.TENANT
    counter = Code("计数器", "name of the counter row", exposed=False)
    district = Long("区编号", "number of the district, for roll-ups", null=True, default=None, exposed=False)
    subdistrict = Long("街道编号", "number of the subdistrict, for roll-ups", null=True, default=None, exposed=False)
    community = Long("社区编号", "number of the community, for roll-ups", null=True, default=None, exposed=False)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(unique=[["counter"]], natural_key=["counter"], revised=False, **kwargs)


@dataclass(frozen=True, slots=True)
class Count:
    """What one counter column is: the number of rows of `table`, or the sum of one of its columns.

    `where` holds `(column, value)` pairs that must all be equal; None means `is null`, a tuple one of several values.
    """

    table: str
    sum_of: str | None = None
    where: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter table and what each of its columns counts."""

    table: type[CounterTable]
    counts: Mapping[str, Count]


class CourtyardCounts(CounterTable, zh="院落计数", en="how many people and dwellings the courtyard has"):
    """Core's own counters."""

    people = Long("人数", "people on the register", unit="people")
    households = Long("户数", "households now", unit="households")
    dwellings = Long("房屋数", "dwellings", unit="dwellings")
    area_c = Area("建筑面积", "floor area of all dwellings")
    organizations = Long("组织数", "organizations not dissolved", unit="organizations")


COURTYARD_COUNTER = Counter(
    CourtyardCounts,
    {
        "people": Count("person", where=(("status", "ACTIVE"),)),
        "households": Count("household", where=(("ended_on", None),)),
        "dwellings": Count("dwelling"),
        "area_c": Count("dwelling", sum_of="area_c"),
        "organizations": Count("organization", where=(("dissolved_on", None),)),
    },
)
"""What core's own counters count."""


Deltas = dict[tuple[type[CounterTable], int], dict[str, int]]
"""What a transaction adds to counters, by table and tenant."""


def counter_row(table: type[CounterTable], tenant: int, place: Place) -> dict[str, Any]:
    """Return the zero row of a counter, with its place in the tree, for `insert_rows`."""
    return {
        "tenant_id": tenant,
        "counter": table._meta.tablename,
        "district": place.district,
        "subdistrict": place.subdistrict,
        "community": place.community,
    }


async def apply_deltas(database: Database, deltas: Deltas) -> None:
    """Add `deltas` to their counters, in table-name order; a missing row is made."""
    for (table, tenant), columns in sorted(deltas.items(), key=lambda each: (each[0][0]._meta.tablename, each[0][1])):
        moved = {name: delta for name, delta in columns.items() if delta}
        if not moved:
            continue
        name = table._meta.tablename
        setting = ", ".join(f'"{column}" = "{column}" + ${index}' for index, column in enumerate(moved, 3))
        args = (tenant, name, *moved.values())
        sql = f"UPDATE {name} SET {setting} WHERE tenant_id = $1 AND counter = $2"
        if not await changed(database, sql, *args):
            zero = counter_row(table, tenant, await where_is(database, tenant))
            await database.insert_rows(table, [{**zero, **moved}])


def conditions_of(count: Count, args: list[Any]) -> list[str]:
    """Return the SQL conditions of the rows that `count` counts; their values are appended to `args`."""
    conditions: list[str] = []
    for name, expected in count.where:
        if expected is None:
            conditions.append(f'"{name}" IS NULL')
        else:
            values = cast("tuple[Any, ...]", expected) if isinstance(expected, tuple) else (expected,)
            conditions.append(f'"{name}" IN ({many(values, len(args) + 1)})')
            args += values
    return conditions


async def recount(database: Database, counter: Counter, tenant: int) -> dict[str, int]:
    """Return every column of `counter` counted anew at `tenant`, which must be in scope."""
    counted: dict[str, int] = {}
    for column, count in counter.counts.items():
        what = "count(*)" if count.sum_of is None else f'coalesce(sum("{count.sum_of}"), 0)'
        args: list[Any] = [tenant]
        conditions = ["tenant_id = $1", *conditions_of(count, args)]
        sql = f"SELECT {what} AS n FROM {count.table} WHERE {' AND '.join(conditions)}"
        counted[column] = int(await value(database, sql, *args))
    return counted


async def repair_counter(database: Database, counter: Counter, tenant: int) -> dict[str, int]:
    """Write the recounted row of `counter` at `tenant` and return it; for a plugin that is new at the tenant."""
    name = counter.table._meta.tablename
    async with database.transaction():
        counted = await recount(database, counter, tenant)
        await changed(database, f"DELETE FROM {name} WHERE tenant_id = $1", tenant)
        zero = counter_row(counter.table, tenant, await where_is(database, tenant))
        await database.insert_rows(counter.table, [{**zero, **counted}])
    return counted


async def stored_counts(database: Database, counter: Counter, tenant: int) -> dict[str, int] | None:
    """Return the counter row of `tenant` as stored, or None if there is none."""
    names = ", ".join(f'"{column}"' for column in counter.counts)
    found = await rows(database, f"SELECT {names} FROM {counter.table._meta.tablename} WHERE tenant_id = $1", tenant)
    return {column: int(found[0][column]) for column in counter.counts} if found else None
