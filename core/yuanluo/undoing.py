"""`import.undo`: a batch is taken back as a whole while nothing rests on it (`domain.md` §11 K12).

Rows that the batch made are removed (those of a simple register archived, for nothing there is deleted), values that
it changed are given back. It is refused, by name, where a row of the batch was changed since, where something that is
not of the batch names one of its rows, or where a value is no longer what the batch wrote. Records stay, and the undo
files its own; a file that was undone can be imported again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo.authority import Action
from yuanluo.command import (
    STEPS,
    Command,
    CommandContext,
    Offer,
    OfferContext,
    Outcome,
    PluginOff,
    each,
    missing,
)
from yuanluo.import_traces import MEMBERSHIPS, Deed, Trace, by_table, is_as_written, traces_of
from yuanluo.importing import ImportBatch, Importer, importer_of
from yuanluo.inputs import Given
from yuanluo.people import Person
from yuanluo.references import called, listed, may_see, references_to, rows_by
from yuanluo.registers import count_row
from yuanluo.statements import changed, many, rows
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Invalid
from yuanluo_tenants.tables import Declared, columns_of

__all__ = ["BatchUndone", "NotUndoable", "RestsOnBatch", "UndoImport", "undo_import"]

IMPORTERS: Final = (
    "COMMUNITY_SECRETARY",
    "BRANCH_SECRETARY",
    "BRANCH_COMMITTEE",
    "COUNCIL_DIRECTOR",
    "COUNCIL_MEMBER",
    "ACCOUNTANT",
)
"""Who may undo batches; of each kind only those who may import it."""
CHUNK: Final = 500


class BatchUndone(Conflict):
    """The batch was undone before; there is nothing left of it."""

    code = "BATCH_UNDONE"
    rule = "domain K12"
    next_zh = "如需恢复,请重新导入该文件。"
    next_en = "Import the file again if it is wanted after all."

    def __init__(self) -> None:
        super().__init__("该批次已撤销。", "the batch has been undone already.")


class NotUndoable(Conflict):
    """The batch made rows that are never removed, or what it wrote was not kept."""

    code = "NOT_UNDOABLE"
    rule = "domain K12"
    next_zh = "请逐项更正。"
    next_en = "Correct the rows one by one."


class RestsOnBatch(Conflict):
    """Something rests on what the batch wrote; the sentence names it."""

    code = "RESTS_ON_BATCH"
    rule = "domain K12"
    next_zh = "请先处理所列各项,再撤销;或逐项更正。"
    next_en = "Deal with what is named first, or correct the rows one by one."

    def __init__(self, names: Iterable[str]) -> None:
        what = listed(names)
        super().__init__(f"不能撤销该批次:{what}。", f"the batch cannot be undone: {what}.")


@dataclass(frozen=True, slots=True)
class UndoImport:
    """A batch to be taken back, and why."""

    import_batch_id: uuid.UUID
    reason: Annotated[str, Given("撤销原因", "why it is undone")]


def check_undoable(row: Mapping[str, Any]) -> None:
    """Refuse a batch that was undone, or of which nothing was kept."""
    if row["undone_on"] is not None:
        raise BatchUndone
    if row["keeps_trace"] is False:
        raise NotUndoable(
            "该批次导入时尚未保留写入记录,不能整批撤销。",
            "the batch was imported before what a batch writes was kept.",
        )


def _check_offer(row: Mapping[str, Any], _context: OfferContext) -> None:
    check_undoable(row)


async def _undo(context: CommandContext, undo: UndoImport) -> Outcome:
    found = await rows_by(context, ImportBatch, "id", [undo.import_batch_id])
    if not found:
        raise missing(ImportBatch)
    [batch] = found
    if not undo.reason.strip():
        raise Invalid(
            "请写明撤销原因。", "say why it is undone.", field="reason", code="REASON_REQUIRED", rule="domain K12"
        )
    importer = importer_of(context.house, batch["kind"])
    context.may(importer.action.name).enforce()
    plugin = context.house.composition.kind_owners[batch["kind"]]
    if not await context.house.is_enabled(context.tenant, plugin):
        raise PluginOff.of(plugin)
    check_undoable(batch)
    traces = await traces_of(context, batch["id"])
    sql = "DELETE FROM import_change WHERE tenant_id = $1 AND batch_id = $2"
    await changed(context.database, sql, context.tenant, batch["id"])
    counts = await _taken_back(context, importer, traces, undo.reason.strip())
    await context.update(ImportBatch, batch["id"], {"undone_on": context.today})
    payload = {"kind": batch["kind"], "file_sha256": batch["file_sha256"], **counts}
    return Outcome(batch["id"], payload, personal=undo.reason.strip())


async def _taken_back(
    context: CommandContext, importer: Importer, traces: Sequence[Trace], reason: str
) -> Mapping[str, int]:
    made = by_table(traces, Deed.MADE)
    if importer.undo is not None:
        ids = {name: [uuid.UUID(trace.row_id) for trace in each_made] for name, each_made in made.items()}
        with context.house.plugins.within(context.house.composition.kind_owners[importer.kind], "undo"):
            return dict(await importer.undo(context, ids, reason))
    registry = context.house.composition.registry
    for name in made:
        if name in registry and registry.table(name).declared.append_only:
            about = registry.table(name).declared
            raise NotUndoable(
                f"该批次写入了只增不改的{about.zh},不能整批撤销。",
                f"the batch wrote rows of {about.type_name}, which are never removed.",
            )
    stored = {name: await _stored(context, name, each_one) for name, each_one in _tables(traces).items()}
    await _check_free(context, traces, stored)
    given_back = await _give_back(context, by_table(traces, Deed.CHANGED), stored)
    removed = await _remove(context, made, stored)
    await _put_back(context, traces)
    return {"removed": removed, "given_back": given_back}


def _tables(traces: Iterable[Trace]) -> dict[str, list[Trace]]:
    found: dict[str, list[Trace]] = {}
    for trace in traces:
        if trace.table != MEMBERSHIPS and trace.deed is not Deed.REMOVED:
            found.setdefault(trace.table, []).append(trace)
    return found


async def _stored(context: CommandContext, name: str, traces: Sequence[Trace]) -> dict[str, Row]:
    table = context.house.composition.registry.table(name)
    found = await rows_by(context, table, "id", [uuid.UUID(trace.row_id) for trace in traces])
    return {str(row["id"]): row for row in found}


# what rests on it ---------------------------------------------------------------------------------------------------


async def _check_free(
    context: CommandContext, traces: Sequence[Trace], stored: Mapping[str, Mapping[str, Row]]
) -> None:
    """Raise RestsOnBatch where something rests on what the batch wrote."""
    registry = context.house.composition.registry
    names: list[str] = []
    ours = {(trace.table, trace.row_id): trace for trace in traces}
    for (name, row_id), trace in ours.items():
        if name == MEMBERSHIPS or trace.deed is Deed.REMOVED:
            continue
        table, row = registry.table(name), stored[name].get(row_id)
        if row is None:
            names.append(f"一项{table.declared.zh}已不在")
        elif not _is_left(context, trace, row):
            names.append(f"{await _told(context, table, row)}此后有改动")
    for name, made in by_table(traces, Deed.MADE).items():
        if name == MEMBERSHIPS:
            continue
        ids = [uuid.UUID(trace.row_id) for trace in made]
        for reference in references_to(registry, name):
            other = reference.table._meta.tablename
            if other == "import_change":
                continue
            for row in await rows_by(context, reference.table, reference.column, ids):
                own = ours.get((other, str(row["id"])))
                if own is None or (own.deed is Deed.CHANGED and reference.column not in own.after):
                    names.append(await _resting(context, registry.table(name), reference.column, reference.table, row))
    names += await _accounts(context, by_table(traces, Deed.MADE).get("person", []))
    if names:
        raise RestsOnBatch(names)


def _is_left(context: CommandContext, trace: Trace, row: Row) -> bool:
    if trace.deed is Deed.MADE:
        return is_as_written(context.keys, context.tenant, trace, row)
    kept = bool(trace.after)  # else it was erased with what it said of a person
    return kept and all(row[column] == value for column, value in trace.after.items())


async def _told(context: CommandContext, table: type[Declared], row: Row) -> str:
    if not may_see(context, table):
        return "一项您无权查看的登记"
    return await called(context, table, row["id"])


async def _resting(
    context: CommandContext, target: type[Declared], column: str, table: type[Declared], row: Row
) -> str:
    """Say which row names one of the batch, and which one it names."""
    named = await _told(context, target, {"id": row[column]})
    return f"{await _told(context, table, row)}引用了{named}"


async def _accounts(context: CommandContext, people: Sequence[Trace]) -> list[str]:
    names: list[str] = []
    for trace in people:
        tied = await rows(
            context.database,
            "SELECT account_id FROM account_person WHERE tenant = $1 AND person_id = $2",
            context.tenant,
            trace.row_id,
            shared=True,
        )
        if tied:
            names.append(f"账号绑定了{await called(context, Person, uuid.UUID(trace.row_id))}")
    return names


# taking back ------------------------------------------------------------------------------------------------------


async def _give_back(
    context: CommandContext, changes: Mapping[str, Sequence[Trace]], stored: Mapping[str, Mapping[str, Row]]
) -> int:
    total = 0
    for name, traces in changes.items():
        table = context.house.composition.registry.table(name)
        for trace in traces:
            row = stored[name][trace.row_id]
            await write_columns(context, table, row["id"], trace.before)
            count_row(context, table, row, {**row, **trace.before})
            total += 1
    return total


async def write_columns(
    context: CommandContext, table: type[Declared], row_id: uuid.UUID, columns: Mapping[str, Any]
) -> None:
    """Write columns as they are stored, sealed ones included."""
    setting = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(columns, 3))
    if table.declared.revised:
        setting += ", revision = revision + 1"
    sql = f"UPDATE {table._meta.tablename} SET {setting} WHERE tenant_id = $1 AND id = $2"
    await changed(context.database, sql, context.tenant, row_id, *columns.values())


async def _remove(
    context: CommandContext, made: Mapping[str, Sequence[Trace]], stored: Mapping[str, Mapping[str, Row]]
) -> int:
    """Remove the rows that a batch made, those that name others first; a register's are archived."""
    registry = context.house.composition.registry
    total = 0
    for table in _referring_first([registry.table(name) for name in made if name != MEMBERSHIPS]):
        name = table._meta.tablename
        gone = [stored[name][trace.row_id] for trace in made[name]]
        total += len(gone)
        if table.declared.keepers:
            for row in gone:
                await context.update(table, row["id"], {"archived_on": context.today})
                count_row(context, table, row, {**row, "archived_on": context.today})
            continue
        for row in gone:
            count_row(context, table, row, None)
        await _delete(context, table, [row["id"] for row in gone])
    return total


async def _delete(context: CommandContext, table: type[Declared], ids: Sequence[uuid.UUID]) -> None:
    if table is Person:  # what other batches wrote about him is about nobody now
        for person_id in ids:
            sql = "UPDATE import_change SET person_id = NULL WHERE tenant_id = $1 AND person_id = $2"
            await changed(context.database, sql, context.tenant, person_id)
    own = [name for name, about in columns_of(table).items() if about.target == table._meta.tablename and about.null]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        where = f"WHERE tenant_id = $1 AND id IN ({many(chunk, 2)})"
        for column in own:  # rows of one table that name each other go together
            sql = f'UPDATE {table._meta.tablename} SET "{column}" = NULL {where}'
            await changed(context.database, sql, context.tenant, *chunk)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        sql = f"DELETE FROM {table._meta.tablename} WHERE tenant_id = $1 AND id IN ({many(chunk, 2)})"
        await changed(context.database, sql, context.tenant, *chunk)


def _referring_first(tables: Sequence[type[Declared]]) -> list[type[Declared]]:
    """Return tables in an order in which none is named by one after it."""
    waiting, ordered = {table._meta.tablename: table for table in tables}, list[type[Declared]]()

    def place(table: type[Declared]) -> None:
        waiting.pop(table._meta.tablename, None)
        about = columns_of(table).values()
        targets = {each_one.target for each_one in about if each_one.target} | {table.declared.extends}
        for name in targets:
            if name is not None and name in waiting:
                place(waiting[name])
        ordered.append(table)

    while waiting:
        place(next(iter(waiting.values())))
    return ordered[::-1]


async def _put_back(context: CommandContext, traces: Iterable[Trace]) -> None:
    """Give the deployment-wide relations back as they were."""
    registry = context.house.composition.registry
    for trace in traces:
        if trace.table == MEMBERSHIPS and trace.deed is Deed.MADE:
            sql = f"DELETE FROM {MEMBERSHIPS} WHERE id = $1"
            await changed(context.database, sql, uuid.UUID(trace.row_id), shared=True)
    for trace in traces:
        if trace.deed is Deed.REMOVED:
            await context.database.insert_rows(registry.table(trace.table), [trace.before])
            if trace.table != MEMBERSHIPS:
                count_row(context, registry.table(trace.table), None, trace.before)


undo_import: Final = Command(
    action=Action("import.undo", IMPORTERS, "domain K12", "撤销导入批次", "undo a batch that was imported"),
    input=UndoImport,
    many=each(_undo),
    subject_type="ImportBatch",
    unversioned=STEPS,
    offer=Offer(("undone_on", "keeps_trace"), _check_offer),
)
"""Take back what a batch wrote."""
