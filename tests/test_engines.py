"""Both engines: values come back as they went in, transactions, errors, speed of the compiled path."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from enum import Enum
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase, ground_registry
from yuanluo_tenants.columns import (
    Area,
    Blob,
    Choice,
    Code,
    Day,
    Fen,
    Flag,
    Integer,
    Moment,
    PartialDate,
    Ref,
    Text,
)
from yuanluo_tenants.database import Broken, DanglingReference, Database, Duplicate
from yuanluo_tenants.errors import Invalid, ScopeRequired
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.tables import TenantTable

A, B = 5101060240010001, 5101060240010002


class Light(Enum):
    SHADE = ("背阴", "shade")
    SUN = ("向阳", "sun")


class Bed(TenantTable, zh="花床", en="a flower bed", unique=[["code"]]):
    code = Code("编号", "code")
    name = Text("名称", "name", null=True)
    light = Choice("光照", "light", Light)
    cost = Fen("造价", "cost", null=True)
    size = Area("面积", "size", null=True)
    steps = Integer("步数", "steps")
    watered = Flag("已浇水", "watered")
    planted = Day("种植日", "day of planting", null=True)
    founded = PartialDate("始建", "founded")
    seen_at = Moment("巡查时间", "seen at", null=True)
    seed = Blob("种子", "seed", null=True)
    neighbour_id = Ref("相邻", "neighbour", "bed", null=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def beds(make_database: MakeDatabase) -> Database:
    registry = ground_registry()
    registry.add("test", [Bed])
    return await make_database(registry)


FULL: dict[str, Any] = {
    "tenant_id": A,
    "code": "full",
    "name": "桂花",
    "light": Light.SUN,
    "cost": 2**53 - 1,
    "size": 1234,
    "steps": -7,
    "watered": True,
    "planted": dt.date(2026, 2, 28),
    "founded": "1958-07",
    "seen_at": dt.datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=dt.timezone.utc),
    "seed": b"\x00\xff",
}


async def test_every_kind_of_value_comes_back_as_it_went_in(beds: Database) -> None:
    key = uuid.uuid4()
    with scoped(A):
        await beds.insert_rows(Bed, [{**FULL, "id": key}])
        (row,) = await beds.fetch("SELECT * FROM bed WHERE code = 'full'")
        (selected,) = await Bed.select().where(Bed.code == "full")
    expected = {**FULL, "id": key, "light": "SUN", "neighbour_id": None}
    assert row == expected
    assert selected == expected
    assert isinstance(row["id"], uuid.UUID)
    assert row["watered"] is True
