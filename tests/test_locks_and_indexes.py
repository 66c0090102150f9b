"""The database's own locks are filters: they never decide which index a statement uses."""

from __future__ import annotations

import uuid

from databases import MakeDatabase

from yuanluo.composition import Composition
from yuanluo.plugins import Plugins
from yuanluo_tenants.scope import scoped


async def test_a_row_is_looked_up_by_its_key_under_the_locks(make_database: MakeDatabase) -> None:
    database = await make_database(Composition.of(Plugins.load()).registry)
    is_postgres = database.dialect == "postgresql"
    explain, mark = ("EXPLAIN (COSTS OFF)", "$") if is_postgres else ("EXPLAIN QUERY PLAN", "?")
    sql = f"{explain} SELECT name FROM person WHERE tenant_id = {mark}1 AND id = {mark}2"
    with scoped(5101060240010001):
        async with database.transaction():
            if is_postgres:
                await database.execute("SET LOCAL enable_seqscan = off")  # an empty table is read whole otherwise
            rows = await database.fetch(sql, [5101060240010001, uuid.uuid4()])
    plan = "\n".join(str(value) for row in rows for value in row.values())
    if is_postgres:
        [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
        assert "id = " in condition
        assert "tenant_id = " in condition
        assert "InitPlan" not in condition
        assert "InitPlan" in plan, "the policy is on"
    else:
        assert "INDEX sqlite_autoindex_person_1 (tenant_id=? AND id=?)" in plan, plan
