"""Tables and rows for the isolation tests: two courtyards, a plot in each, a note on each plot."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from databases import MakeDatabase, ground_registry

from yuanluo_tenants.columns import Code, Ref, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable

A, B, C = 5101060240010001, 5101060240010002, 5101060250010001
"""Two courtyards of one community and one of another subdistrict."""


class Ground(TenantTable, zh="地块", en="a plot of ground", unique=[["code"]]):
    """A table that others refer to."""

    code = Code("编号", "code")
    name = Text("名称", "name")


class GroundNote(TenantTable, zh="地块说明", en="a note on a plot"):
    """A table that refers to another one."""

    ground_id = Ref("地块", "the plot", Ground)
    text = Text("内容", "text")


class Stone(TenantTable, zh="碑记", en="a line carved in stone", append_only=True):
    """A table that is only appended to."""

    text = Text("内容", "text")


TABLES = (Ground, GroundNote, Stone)


@dataclass(frozen=True, slots=True)
class Courtyards:
    """A database with the same rows in three courtyards; `plots` are their plots' ids by tenant."""

    database: Database
    plots: dict[int, uuid.UUID]


async def three_courtyards(make_database: MakeDatabase) -> Courtyards:
    """Build a database with one plot, one note and one stone in each courtyard."""
    registry = ground_registry()
    registry.add("test", TABLES)
    database = await make_database(registry)
    plots = {number: uuid.uuid4() for number in (A, B, C)}
    with scoped(A, B, C):
        await database.insert_rows(
            Ground, [{"tenant_id": n, "id": i, "code": "p", "name": f"plot of {n}"} for n, i in plots.items()]
        )
        await database.insert_rows(
            GroundNote, [{"tenant_id": n, "ground_id": i, "text": f"note of {n}"} for n, i in plots.items()]
        )
        await database.insert_rows(Stone, [{"tenant_id": n, "text": f"stone of {n}"} for n in plots])
    return Courtyards(database, plots)


def mark(database: Database, position: int) -> str:
    """Return the native placeholder."""
    return f"${position}" if database.dialect == "postgresql" else f"?{position}"
