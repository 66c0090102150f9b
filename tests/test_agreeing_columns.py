"""Rows that repeat what another row says: filled from it, held to it, and refused where a whole row breaks a check."""

from __future__ import annotations

import uuid
from enum import Enum
from typing import Any, Final

import pytest
from databases import MakeDatabase, ground_registry
from schema_facts import schema_facts

from yuanluo_tenants.columns import Choice, Code, Long, Ref
from yuanluo_tenants.database import Broken, DanglingReference
from yuanluo_tenants.migrator import migrate
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable

A: Final = 5101060240010001
B: Final = 5101060240010002


class Sort(Enum):
    IN = ("进", "in")
    OUT = ("出", "out")


def declared(*, agreeing: bool) -> Registry:
    class Slip(
        TenantTable, zh="单", en="a slip", tablename="a_slip", type_name="ASlip", append_only=True,
        unique=[["id", "sort"]] if agreeing else [],
    ):  # fmt: skip
        sort = Choice("类", "sort", Sort)

    if not agreeing:

        class Line(TenantTable, zh="行", en="a line", tablename="a_line", type_name="ALine", append_only=True):
            slip_id = Ref("单", "slip", "a_slip")
            amount = Long("数", "amount")
            code = Code("码", "code")
    else:

        class Line(  # type: ignore[no-redef]
            TenantTable, zh="行", en="a line", tablename="a_line", type_name="ALine", append_only=True,
            checks={"out_is_negative": "\"sort\" <> 'OUT' OR \"amount\" < 0"}, agreeing={"slip_id": ["sort"]},
        ):  # fmt: skip
            slip_id = Ref("单", "slip", "a_slip")
            amount = Long("数", "amount")
            code = Code("码", "code")
            sort = Choice("类", "sort of the slip", Sort)

    registry = ground_registry()
    registry.add("slips", [Slip, Line])
    return registry


def table(registry: Registry, name: str) -> Any:
    return registry.by_type(name)


async def test_a_new_column_that_agrees_is_filled_from_the_row_referred_to_in_every_courtyard(
    make_database: MakeDatabase,
) -> None:
    old, new = declared(agreeing=False), declared(agreeing=True)
    database = await make_database(old)
    slips = {(tenant, sort): uuid.uuid4() for tenant in (A, B) for sort in Sort}
    for (tenant, sort), slip in slips.items():
        with scoped(tenant):
            await database.insert_rows(table(old, "ASlip"), [{"tenant_id": tenant, "id": slip, "sort": sort}])
            line = {"tenant_id": tenant, "id": uuid.uuid4(), "slip_id": slip, "code": "x"}
            await database.insert_rows(table(old, "ALine"), [line | {"amount": 1 if sort is Sort.IN else -1}])
    database.bind(new)
    await migrate(database, new, [])
    assert await schema_facts(database) == await schema_facts(await make_database(new))
    for (tenant, sort), slip in slips.items():
        with scoped(tenant):
            placeholder = "$1" if database.dialect == "postgresql" else "?1"
            sql = f"SELECT sort FROM a_line WHERE slip_id = {placeholder}"
            assert [row["sort"] for row in await database.fetch(sql, (slip,))] == [sort.name]
            line = {"tenant_id": tenant, "id": uuid.uuid4(), "slip_id": slip, "code": "x", "amount": 1, "sort": sort}
            other = Sort.OUT if sort is Sort.IN else Sort.IN
            with pytest.raises(DanglingReference):
                await database.insert_rows(table(new, "ALine"), [line | {"sort": other, "amount": -1}])
            if sort is Sort.OUT:
                with pytest.raises(Broken):
                    await database.insert_rows(table(new, "ALine"), [line])
            else:
                await database.insert_rows(table(new, "ALine"), [line])
