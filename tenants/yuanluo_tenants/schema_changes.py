"""The difference between two sets of table shapes, as statements for one engine.

On PostgreSQL a difference is a series of ALTERs. On SQLite, which cannot alter a constraint, a changed table is
built anew under another name, filled and renamed; the owner's connection has foreign keys off meanwhile and
checks them before it commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from yuanluo_tenants import ddl
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.database import Dialect
from yuanluo_tenants.ddl import ColumnShape, TableShape
from yuanluo_tenants.errors import DeclarationError

__all__ = ["difference", "removals"]

_FILLED: Final = {
    Kind.TEXT: "''",
    Kind.CODE: "''",
    Kind.INTEGER: "0",
    Kind.MINUTES: "0",
    Kind.LONG: "0",
    Kind.FEN: "0",
    Kind.AREA: "0",
    Kind.FLAG: "FALSE",
}
"""What existing rows get in a new column that may not be null."""


def removals(old: Iterable[TableShape], new: Iterable[TableShape]) -> list[str]:
    """Return what `new` no longer has, loses meaning or narrows: `table` or `table.column`, with the reason."""
    now = {shape.name: shape for shape in new}
    found: list[str] = []
    for before in old:
        after = now.get(before.name)
        if after is None:
            found.append(f"{before.name}: dropped")
            continue
        columns = {column.name: column for column in after.columns}
        for column in before.columns:
            other = columns.get(column.name)
            if other is None:
                found.append(f"{before.name}.{column.name}: dropped")
            elif other.kind is not column.kind:
                found.append(f"{before.name}.{column.name}: {column.kind.value} became {other.kind.value}")
            elif column.null and not other.null:
                found.append(f"{before.name}.{column.name}: may no longer be null")
            elif not set(column.choices) <= set(other.choices):
                found.append(f"{before.name}.{column.name}: choices were removed")
        if before.key != after.key or before.table_class is not after.table_class:
            found.append(f"{before.name}: another key or class")
    return found


def difference(old: Sequence[TableShape], new: Sequence[TableShape], dialect: Dialect) -> list[str]:
    """Return the statements that turn `old` into `new`, without locks and grants."""
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    created = [each for each in new if each.name not in before]
    changed = [(before[each.name], each) for each in new if each.name in before and before[each.name] != each]
    dropped = [each for each in reversed(old) if each.name not in after]
    for first, second in changed:
        _refuse_impossible(first, second)
    statements = [ddl.create_table(each, dialect) for each in created]
    if dialect == "sqlite":
        for first, second in changed:
            statements += _rebuilt(first, second) if _stored_differs(first, second) else _reindexed(first, second)
        statements += [sql for each in created for sql in ddl.indexes(each).values()]
    else:
        for first, second in changed:
            statements += _altered(first, second)
        # a foreign key rests on a unique index: it goes before that goes, and comes after it came
        for first, second in changed:
            statements += _constraints_gone(first, second)
        statements += [sql for each in created for sql in ddl.indexes(each).values()]
        for first, second in changed:
            statements += _reindexed(first, second)
        statements += [sql for each in created for sql in ddl.foreign_keys(each).values()]
        for first, second in changed:
            there = ddl.foreign_keys(first)
            statements += [sql for name, sql in ddl.foreign_keys(second).items() if there.get(name) != sql]
    return statements + [f'DROP TABLE "{each.name}"' for each in dropped]


def _refuse_impossible(before: TableShape, after: TableShape) -> None:
    known = {column.name: column for column in before.columns}
    for column in after.columns:
        old = known.get(column.name)
        if old is not None and ddl.sql_type(old.kind, "postgresql") != ddl.sql_type(column.kind, "postgresql"):
            raise _impossible(after, column, "类型改变", "its type changed")
        if old is None and not column.null and column.kind not in _FILLED and not _agreed(after, column):
            raise _impossible(after, column, "新列不可为空", "a new column without a natural default must be nullable")
    if before.key != after.key:
        raise _impossible(after, after.columns[0], "主键改变", "the primary key changed")


def _impossible(table: TableShape, column: ColumnShape, zh: str, en: str) -> DeclarationError:
    where = f"{table.name}.{column.name}"
    return DeclarationError(f"{where}:{zh},请手写迁移文件。", f"{where}: {en}; write that migration by hand.")


def _stored_differs(before: TableShape, after: TableShape) -> bool:
    def stored(shape: TableShape) -> object:
        return shape.columns, shape.references, shape.key, shape.checks, shape.agreeing

    return stored(before) != stored(after)


def _agreed(table: TableShape, column: ColumnShape) -> str | None:
    """Return the value of a column that agrees with a row referred to, as that row says it; None for any other."""
    for reference, columns in table.agreeing:
        if column.name in columns:
            target = dict(table.references)[reference]
            return (
                f'(SELECT r."{column.name}" FROM "{target}" r'
                f' WHERE r."tenant_id" = "{table.name}"."tenant_id" AND r."id" = "{table.name}"."{reference}")'
            )
    return None


def _read_by(table: TableShape, column: str) -> list[str]:
    """Return the tables that are read to fill a column that agrees, the table itself first."""
    references = dict(table.references)
    return [table.name, *(references[reference] for reference, columns in table.agreeing if column in columns)]


def _fill(table: TableShape, column: ColumnShape) -> str:
    """Return what existing rows get in a new column."""
    return _agreed(table, column) or ("NULL" if column.null else _FILLED[column.kind])


# SQLite -----------------------------------------------------------------------------------------------------


def _rebuilt(before: TableShape, after: TableShape) -> list[str]:
    fresh = f"yuanluo_new_{after.name}"
    known = {column.name for column in before.columns}
    names = ", ".join(f'"{column.name}"' for column in after.columns)
    values = ", ".join(f'"{column.name}"' if column.name in known else _fill(after, column) for column in after.columns)
    return [
        ddl.create_table(after, "sqlite", fresh),
        f'INSERT INTO "{fresh}" ({names}) SELECT {values} FROM "{after.name}"',
        f'DROP TABLE "{after.name}"',
        f'ALTER TABLE "{fresh}" RENAME TO "{after.name}"',
        *ddl.indexes(after).values(),
    ]


def _reindexed(before: TableShape, after: TableShape) -> list[str]:
    old, new = ddl.indexes(before), ddl.indexes(after)
    return [f'DROP INDEX IF EXISTS "{name}"' for name in old if old[name] != new.get(name)] + [
        sql for name, sql in new.items() if old.get(name) != sql
    ]


# PostgreSQL -------------------------------------------------------------------------------------------------


def _altered(before: TableShape, after: TableShape) -> list[str]:
    table = f'ALTER TABLE "{after.name}"'
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    statements: list[str] = []
    for name, column in new.items():
        if name not in old:
            definition = ddl.column_definition(after, column, "postgresql")
            if agreed := _agreed(after, column):
                statements.append(f"{table} ADD COLUMN {definition.replace(' NOT NULL', '', 1)}")
                # row-level security is forced on the owner too, who fills the rows of every tenant here
                locked = [f'ALTER TABLE "{each}" {{}}FORCE ROW LEVEL SECURITY' for each in _read_by(after, name)]
                statements += [sql.format("NO ") for sql in locked]
                statements.append(f'UPDATE "{after.name}" SET "{name}" = {agreed}')
                statements += [sql.format("") for sql in locked]
                if not column.null:
                    statements.append(f'{table} ALTER COLUMN "{name}" SET NOT NULL')
            elif column.null:
                statements.append(f"{table} ADD COLUMN {definition}")
            else:
                filled = definition.replace(" NOT NULL", f" NOT NULL DEFAULT {_FILLED[column.kind]}", 1)
                statements.append(f"{table} ADD COLUMN {filled}")
                statements.append(f'{table} ALTER COLUMN "{name}" DROP DEFAULT')
            continue
        if old[name].null != column.null:
            statements.append(f'{table} ALTER COLUMN "{name}" {"DROP" if column.null else "SET"} NOT NULL')
        check_before = ddl.column_check(before, old[name], "postgresql")
        check_after = ddl.column_check(after, column, "postgresql")
        if check_before != check_after:
            constraint = ddl.check_name(after.name, name)
            if check_before:
                statements.append(f"{table} DROP CONSTRAINT {constraint}")
            if check_after:
                statements.append(f"{table} ADD CONSTRAINT {constraint} CHECK ({check_after})")
    was, checks = dict(before.checks), dict(after.checks)
    statements += [
        f"{table} DROP CONSTRAINT {ddl.check_name(after.name, name)}"
        for name, condition in was.items()
        if condition != checks.get(name)
    ]
    statements += [
        f"{table} ADD CONSTRAINT {ddl.check_name(after.name, name)} CHECK ({condition})"
        for name, condition in checks.items()
        if condition != was.get(name)
    ]
    gone = [name for name in old if name not in new]
    # a dropped column takes its foreign keys and indexes along
    return statements + [f'{table} DROP COLUMN "{name}" CASCADE' for name in gone]


def _constraints_gone(before: TableShape, after: TableShape) -> list[str]:
    old, new = ddl.foreign_keys(before), ddl.foreign_keys(after)
    dropped = [name for name in old if old[name] != new.get(name)]
    return [f'ALTER TABLE "{after.name}" DROP CONSTRAINT IF EXISTS "{name}"' for name in dropped]
