"""Who read what: sensitive reads (D3) are logged before the answer leaves (`design.md`, question 3).

The log stands outside the record chain, so that reading does not change a courtyard's version.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from yuanluo.command import actor_of
from yuanluo.viewer import Viewer
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Code, Integer, Moment, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.tables import TenantTable

__all__ = ["ReadLog", "SensitiveRead", "log_reads"]


class ReadLog(
    TenantTable,
    zh="敏感信息查阅日志",
    en="who read which sensitive rows, when and what for",
    row_class=DataClass.D3,
    natural_key=["read_at", "actor", "row_type"],
    order=["read_at"],
    indexes=[["read_at"]],
    append_only=True,
    exposed=False,
):
    """One read of sensitive rows of one type in one courtyard."""

    actor = Code("查阅人", "account id", klass=DataClass.D2)
    purpose = Text("目的", "why", klass=DataClass.D2)
    row_type = Code("对象类型", "GraphQL type of the rows")
    field = Code("字段", "what was read of them")
    row_ids = Text("对象编号", "ids of the rows, as JSON", klass=DataClass.D3)
    row_count = Integer("行数", "number of rows", unit="rows")
    read_at = Moment("时间", "moment")


@dataclass(frozen=True, slots=True)
class SensitiveRead:
    """Rows of one type and tenant whose D3 value is about to be shown."""

    tenant: int
    row_type: str
    field: str
    row_ids: Sequence[uuid.UUID]


async def log_reads(
    database: Database, viewer: Viewer, reads: Sequence[SensitiveRead], *, purpose: str, now: dt.datetime
) -> None:
    """Log `reads` in one batched insert, committed when this returns; call it before the first byte is sent."""
    rows = [
        {
            "tenant_id": read.tenant,
            "actor": actor_of(viewer),
            "purpose": purpose,
            "row_type": read.row_type,
            "field": read.field,
            "row_ids": json.dumps(sorted(str(each) for each in read.row_ids)),
            "row_count": len(read.row_ids),
            "read_at": now,
        }
        for read in reads
        if read.row_ids
    ]
    if not rows:
        return
    with scoped(Scope.of(*{read.tenant for read in reads})):
        async with database.transaction():
            await database.insert_rows(ReadLog, rows)
