"""What a batch wrote, kept so that it can be undone as a whole (`domain.md` §11 K12).

The rows of the courtyard are read before and after the importer ran, and what differs is the trace. So nothing that
an importer does is missed, whichever command wrote it and whoever's table it stands in; a plugin does nothing for it.
Of a row that was made only a keyed hash is kept, to see later whether somebody changed it since; of one that was
changed, its columns before and after, sealed. Journals, counters and what belongs to the house are left out, and of
tables that only grow just the new ids count.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from yuanluo.counters import CounterTable
from yuanluo.sealing import unseal
from yuanluo.statements import rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Mask, Ref, Sealed
from yuanluo_tenants.crypto import Field, Keyring
from yuanluo_tenants.tables import Declared, TableClass, TenantTable

if TYPE_CHECKING:
    from yuanluo.command import CommandContext

__all__ = ["MEMBERSHIPS", "Deed", "ImportChange", "Trace", "Traces", "traces_of"]

MEMBERSHIPS: Final = "identity_membership"
"""The deployment-wide relations of humans, which an importer takes and gives back along with its rows."""

_LEFT_OUT: Final = frozenset(
    {"idempotency", "import_batch", "import_change", "read_log", "record", "record_head", "record_personal"}
)
_UNSAID: Final = frozenset({"revision"})

Rows = dict[str, dict[str, Mapping[str, Any]]]
"""Rows by table and id."""


class Deed(Enum):
    """What a batch did to a row."""

    MADE = ("新增", "made")
    CHANGED = ("更改", "changed")
    REMOVED = ("移除", "removed")


class ImportChange(
    TenantTable,
    zh="导入写入",
    en="what a batch wrote to one row",
    row_class=DataClass.D3,
    subject="person_id",
    exposed=False,
    unique=[["batch_id", "table_name", "row_id"]],
    indexes=[["table_name", "row_id"]],
):
    """One row that a batch made, changed or removed; gone once the batch is undone."""

    batch_id = Ref("导入批次", "the batch", "import_batch")
    table_name = Code("数据表", "name of the table")
    row_id = Code("行编号", "id of the row")
    person_id = Ref("所涉人员", "the person the row is about, if any", "person", klass=DataClass.D3, null=True)
    deed = Choice("写入方式", "what was done to it", Deed)
    written = Code("写入哈希", "keyed hash of a row that was made, as it was left", klass=DataClass.D3, null=True)
    kept = Sealed("前后数值", "columns before and after, as JSON", klass=DataClass.D3, mask=Mask.HIDE, null=True)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a batch did to one row, as it was kept."""

    table: str
    row_id: str
    deed: Deed
    written: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Traces:
    """The rows of a courtyard before an importer ran."""

    def __init__(self, before: Rows) -> None:
        self._before = before

    @classmethod
    async def before(cls, context: CommandContext) -> Traces:
        """Read the rows as they stand."""
        return cls(await _read(context))

    async def keep(self, context: CommandContext, batch_id: uuid.UUID) -> None:
        """Keep what differs now under the batch."""
        after = await _read(context)
        kept: list[dict[str, Any]] = []
        for name, now in after.items():
            was = self._before.get(name, {})
            about = _subject(context, name)
            for row_id in was.keys() | now.keys():
                if was.get(row_id) == now.get(row_id):
                    continue
                if (deed := _deed(context, name, was.get(row_id), now.get(row_id))) is None:
                    continue
                known = now.get(row_id) or was[row_id]
                person = known.get(about) if about is not None else None
                said = {"batch_id": batch_id, "table_name": name, "row_id": row_id, **deed}
                kept.append({**said, "person_id": person})
        await context.insert(ImportChange, sorted(kept, key=lambda row: (row["table_name"], row["row_id"])))


def _deed(
    context: CommandContext, name: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    if was is None:
        assert now is not None
        return {"deed": Deed.MADE, "written": row_hash(context.keys, context.tenant, name, now), "kept": None}
    if now is None:
        return {"deed": Deed.REMOVED, "written": None, "kept": _as_text([was, {}])}
    changed = [column for column in now if was[column] != now[column] and column not in _UNSAID]
    if not changed:
        return None
    before, after = ({column: each[column] for column in changed} for each in (was, now))
    return {"deed": Deed.CHANGED, "written": None, "kept": _as_text([before, after])}


def _subject(context: CommandContext, name: str) -> str | None:
    registry = context.house.composition.registry
    return registry.table(name).declared.subject if name in registry and name != MEMBERSHIPS else None


async def traces_of(context: CommandContext, batch_id: uuid.UUID) -> list[Trace]:
    """Return what a batch of this courtyard wrote."""
    found: list[Trace] = []
    for row in await rows(
        context.database,
        "SELECT id, table_name, row_id, deed, written, kept FROM import_change"
        " WHERE tenant_id = $1 AND batch_id = $2 ORDER BY table_name, row_id",
        context.tenant,
        batch_id,
    ):
        before: Mapping[str, Any] = {}
        after: Mapping[str, Any] = {}
        if row["kept"] is not None:
            text = unseal(context.keys, ImportChange, context.tenant, row["id"], "kept", row["kept"])
            before, after = _from_text(text)
        found.append(Trace(row["table_name"], row["row_id"], Deed[row["deed"]], row["written"], before, after))
    return found


def row_hash(keys: Keyring, tenant: int, name: str, row: Mapping[str, Any]) -> str:
    """Return the keyed hash of a row's columns; its revision is no content."""
    return keys.index(_content(row), Field(tenant, ImportChange._meta.tablename, name)).hex()


def is_as_written(keys: Keyring, tenant: int, trace: Trace, row: Mapping[str, Any]) -> bool:
    """Whether a row that a batch made still has the content it left."""
    indexes = keys.indexes(_content(row), Field(tenant, ImportChange._meta.tablename, trace.table))
    return any(index.hex() == trace.written for index in indexes)


def _content(row: Mapping[str, Any]) -> str:
    return _as_text({name: value for name, value in row.items() if name not in _UNSAID})


# reading ----------------------------------------------------------------------------------------------------------


def traced_tables(context: CommandContext) -> list[type[Declared]]:
    """Return the tables whose rows an importer may write."""
    return [
        table
        for table in context.house.composition.registry.of_class(TableClass.TENANT)
        if table._meta.tablename not in _LEFT_OUT and not issubclass(table, CounterTable)
    ]


async def _read(context: CommandContext) -> Rows:
    found: Rows = {}
    for table in traced_tables(context):
        name = table._meta.tablename
        columns = "id" if table.declared.append_only else "*"
        sql = f"SELECT {columns} FROM {name} WHERE tenant_id = $1"
        found[name] = {str(row["id"]): row for row in await rows(context.database, sql, context.tenant)}
    sql = f"SELECT * FROM {MEMBERSHIPS} WHERE tenant = $1"
    held = await rows(context.database, sql, context.tenant, shared=True)
    found[MEMBERSHIPS] = {str(row["id"]): row for row in held}
    return found


# values as text ---------------------------------------------------------------------------------------------------

_MARKS: Final[Sequence[tuple[type, str, Callable[[Any], str], Callable[[str], Any]]]] = (
    (bytes, "$bytes", lambda value: base64.b64encode(value).decode(), base64.b64decode),
    (dt.datetime, "$moment", lambda value: value.isoformat(), dt.datetime.fromisoformat),
    (dt.date, "$day", lambda value: value.isoformat(), dt.date.fromisoformat),
    (uuid.UUID, "$id", str, uuid.UUID),
)
"""What JSON does not know: type, mark, how it is written and read; a moment is a day as well and comes first."""


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_marked)


def _marked(value: Any) -> dict[str, str]:
    for kind, mark, write, _ in _MARKS:
        if isinstance(value, kind):
            return {mark: write(value)}
    raise TypeError(f"a {type(value).__name__} does not stand in a row")


def _from_text(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    before, after = json.loads(text, object_hook=_unmarked)
    return before, after


def _unmarked(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        [(mark, text)] = found.items()
        for _, known, _, read in _MARKS:
            if mark == known and isinstance(text, str):
                return read(text)
    return found


def by_table(traces: Iterable[Trace], deed: Deed) -> dict[str, list[Trace]]:
    """Return the traces of one deed by table."""
    found: dict[str, list[Trace]] = {}
    for trace in traces:
        if trace.deed is deed:
            found.setdefault(trace.table, []).append(trace)
    return found
