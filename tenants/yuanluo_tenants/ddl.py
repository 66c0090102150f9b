"""From declarations to the statements that build them, for both engines.

A declaration becomes a `TableShape`, plain values that can be frozen into a migration and compared; a shape
becomes statements. Rules (`stack.md`, scale-out 1-4): PRIMARY KEY (tenant_id, id); every UNIQUE and index begins
with tenant_id; foreign keys are (tenant_id, x_id) -> (tenant_id, id), made in a step of their own on PostgreSQL
and inline on SQLite, which cannot add them later. Row-level security, triggers and grants are made anew from the
shapes at the end of every migration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from yuanluo_tenants.columns import About, Kind
from yuanluo_tenants.database import Dialect
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, TableClass, columns_of, sort_column

__all__ = [
    "ColumnShape",
    "TableShape",
    "create_table",
    "foreign_keys",
    "guards",
    "indexes",
    "schema",
    "shape_of",
    "shapes_of",
    "sql_type",
    "within_scope",
]

SAFE_INTEGER: Final = 2**53 - 1

_SQLITE: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "TEXT",
    Kind.CODE: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.LONG: "INTEGER",
    Kind.FEN: "INTEGER",
    Kind.AREA: "INTEGER",
    Kind.MINUTES: "INTEGER",
    Kind.FLAG: "FLAG_INTEGER",
    Kind.DAY: "DAY_TEXT",
    Kind.PARTIAL_DATE: "TEXT",
    Kind.MOMENT: "MOMENT_TEXT",
    Kind.CHOICE: "TEXT",
    Kind.UUID: "UUID_TEXT",
    Kind.REF: "UUID_TEXT",
    Kind.UPWARD: "UUID_TEXT",
    Kind.BLOB: "BLOB",
    Kind.SEALED: "BLOB",
}
_POSTGRES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.CODE: "text",
    Kind.INTEGER: "integer",
    Kind.LONG: "bigint",
    Kind.FEN: "bigint",
    Kind.AREA: "bigint",
    Kind.MINUTES: "integer",
    Kind.FLAG: "boolean",
    Kind.DAY: "date",
    Kind.PARTIAL_DATE: "text",
    Kind.MOMENT: "timestamptz",
    Kind.CHOICE: "text",
    Kind.UUID: "uuid",
    Kind.REF: "uuid",
    Kind.UPWARD: "uuid",
    Kind.BLOB: "bytea",
    Kind.SEALED: "bytea",
}


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A stored column: its kind, whether it may be null, the names a CHOICE admits."""

    name: str
    kind: Kind
    null: bool
    choices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a snapshot."""
        return {"name": self.name, "kind": self.kind.value, "null": self.null, "choices": list(self.choices)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ColumnShape:
        """Read what `as_json` wrote."""
        return cls(value["name"], Kind(value["kind"]), value["null"], tuple(value["choices"]))


@dataclass(frozen=True, slots=True)
class TableShape:
    """A stored table: what DDL needs to know of a declaration, comparable and freezable."""

    name: str
    table_class: TableClass
    columns: tuple[ColumnShape, ...]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, ...], ...]
    references: tuple[tuple[str, str], ...]
    """(column, target table); each is (tenant_id, column) -> (tenant_id, id)."""
    append_only: bool
    checks: tuple[tuple[str, str], ...] = ()
    """Conditions of a whole row, by name."""
    agreeing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(reference, columns that are those of the row referred to); each widens the reference's foreign key."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a snapshot."""
        return {
            "name": self.name,
            "class": self.table_class.value,
            "columns": [each.as_json() for each in self.columns],
            "key": list(self.key),
            "unique": [list(each) for each in self.unique],
            "indexes": [list(each) for each in self.indexes],
            "references": [list(each) for each in self.references],
            "append_only": self.append_only,
            **({"checks": [list(each) for each in self.checks]} if self.checks else {}),
            **({"agreeing": [[name, list(columns)] for name, columns in self.agreeing]} if self.agreeing else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TableShape:
        """Read what `as_json` wrote."""
        return cls(
            name=value["name"],
            table_class=TableClass(value["class"]),
            columns=tuple(ColumnShape.from_json(each) for each in value["columns"]),
            key=tuple(value["key"]),
            unique=tuple(tuple(each) for each in value["unique"]),
            indexes=tuple(tuple(each) for each in value["indexes"]),
            references=tuple((column, target) for column, target in value["references"]),
            append_only=value["append_only"],
            checks=tuple((name, condition) for name, condition in value.get("checks", ())),
            agreeing=tuple((name, tuple(columns)) for name, columns in value.get("agreeing", ())),
        )

    @property
    def is_tenant(self) -> bool:
        """Whether its rows belong to a node and stand behind the locks."""
        return self.table_class is TableClass.TENANT


def sql_type(kind: Kind, dialect: Dialect) -> str:
    """Return the stored type of `kind` without collation."""
    return (_SQLITE if dialect == "sqlite" else _POSTGRES)[kind]


def shape_of(table: type[Declared]) -> TableShape:
    """Return the stored shape of a declaration."""
    declared = table.declared
    is_tenant = declared.table_class is TableClass.TENANT
    prefix = ("tenant_id",) if is_tenant else ()
    abouts = columns_of(table)
    own_key = tuple(c._meta.name for c in table._meta.columns if c._meta.primary_key)
    # a sealed text is never stored twice alike: its blind index carries the key
    unique = [(*prefix, name) for name, each in abouts.items() if each.unique and each.kind is not Kind.SEALED]
    unique += [(*prefix, *(c for c in group if c not in prefix)) for group in declared.unique]
    indexes = [(*prefix, name) for name, each in abouts.items() if each.index and not each.unique]
    indexes += [(*prefix, *(c for c in group if c not in prefix)) for group in declared.indexes]
    references = [(name, each.target or "") for name, each in abouts.items() if each.kind is Kind.REF]
    if declared.extends is not None:
        references.append(("id", declared.extends))
    taken = list(dict.fromkeys(unique))
    return TableShape(
        name=table._meta.tablename,
        table_class=declared.table_class,
        columns=tuple(_column_shape(name, each) for name, each in abouts.items()),
        key=("tenant_id", "id") if is_tenant else own_key,
        unique=tuple(taken),
        indexes=_in_order(_needed(indexes, taken), table) if is_tenant else _needed(indexes, taken),
        references=tuple(references),
        append_only=declared.append_only,
        checks=declared.checks,
        agreeing=declared.agreeing,
    )


def _needed(indexes: list[tuple[str, ...]], taken: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Leave out each index that another one begins with: that one finds the same rows, and each is written."""
    every = {*indexes, *taken}
    longer = {other[:size] for other in every for size in range(1, len(other))}
    return tuple(each for each in dict.fromkeys(indexes) if each not in taken and each not in longer)


def _in_order(indexes: tuple[tuple[str, ...], ...], table: type[Declared]) -> tuple[tuple[str, ...], ...]:
    """Let the index of a reference go on in the table's own order: what refers to a row is then read without a sort."""
    names = columns_of(table)
    order = [sort_column(each, names) for each in table.declared.order]
    if any(each.startswith("-") for each in order):
        return indexes
    references = {name for name, each in names.items() if each.kind is Kind.REF}
    widened = ((*index, *order, "id") if len(index) == 2 and index[1] in references else index for index in indexes)
    return tuple(tuple(dict.fromkeys(each)) for each in widened)


def _column_shape(name: str, each: About) -> ColumnShape:
    choices = tuple(member.name for member in each.choices) if each.choices else ()
    return ColumnShape(name, each.kind, each.null, choices)


def shapes_of(registry: Registry, owner: str | None = None) -> list[TableShape]:
    """Return the shapes of every table, or of those that `owner` brought, in order of registration."""
    return [shape_of(table) for table in registry if owner is None or registry.owner(table) == owner]


# one table --------------------------------------------------------------------------------------------------


def column_definition(table: TableShape, column: ColumnShape, dialect: Dialect) -> str:
    """Return one column's line in CREATE TABLE or ADD COLUMN."""
    parts = [f'"{column.name}"', sql_type(column.kind, dialect)]
    if dialect == "postgresql" and parts[1] == "text":
        parts.append('COLLATE "C"')
    if not column.null:
        parts.append("NOT NULL")
    if check := column_check(table, column, dialect):
        parts.append(f"CONSTRAINT {check_name(table.name, column.name)} CHECK ({check})")
    return " ".join(parts)


def check_name(table: str, column: str) -> str:
    """Return the name of a column's check."""
    return f'"{_short(f"{table}_{column}_check")}"'


def column_check(table: TableShape, column: ColumnShape, dialect: Dialect) -> str:
    """Return the condition of a column's CHECK, empty where the type says it all."""
    name = f'"{column.name}"'
    sqlite = dialect == "sqlite"
    if column.kind is Kind.CHOICE:
        return f"{name} IN ({', '.join(_literal(each) for each in column.choices)})"
    if column.kind in (Kind.LONG, Kind.FEN, Kind.AREA):
        lowest = 0 if table.is_tenant and column.name == "tenant_id" else -SAFE_INTEGER
        return (
            _whole(name, lowest, SAFE_INTEGER, null=column.null)
            if sqlite
            else (f"{name} BETWEEN {lowest} AND {SAFE_INTEGER}")
        )
    if not sqlite:
        if column.kind is Kind.PARTIAL_DATE:
            return f"{name} ~ '^\\d{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$'"
        return ""
    if column.kind in (Kind.INTEGER, Kind.MINUTES):
        return _whole(name, -(2**31), 2**31 - 1, null=column.null)
    if column.kind is Kind.FLAG:
        return f"{name} IN (0, 1)"
    if column.kind is Kind.DAY:
        return f"{name} IS date({name})" if not column.null else f"{name} IS NULL OR {name} IS date({name})"
    if column.kind is Kind.MOMENT:
        return f"{name} GLOB '????-??-??T??:??:??.??????Z'"
    if column.kind is Kind.PARTIAL_DATE:
        full = f"{name} || substr('0001-01-01', length({name}) + 1)"
        return f"{name} IS NULL OR (length({name}) IN (4, 7, 10) AND ({full}) IS date({full}))"
    return ""


def _whole(name: str, lowest: int, highest: int, *, null: bool) -> str:
    check = f"typeof({name}) = 'integer' AND {name} BETWEEN {lowest} AND {highest}"
    return f"{name} IS NULL OR ({check})" if null else check


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def create_table(shape: TableShape, dialect: Dialect, name: str | None = None) -> str:
    """Return CREATE TABLE; on SQLite with its foreign keys. `name` is for rebuilding under another name."""
    lines = [column_definition(shape, column, dialect) for column in shape.columns]
    lines.append(f"PRIMARY KEY ({_names(shape.key)})")
    lines += [f"CONSTRAINT {check_name(shape.name, name)} CHECK ({condition})" for name, condition in shape.checks]
    if dialect == "sqlite":
        lines += [_foreign_key(shape, column, target) for column, target in shape.references]
    body = ",\n  ".join(lines)
    return f'CREATE TABLE "{name or shape.name}" (\n  {body}\n)'


def index_name(table: str, group: Iterable[str], kind: str) -> str:
    """Return the name of a unique key (`key`) or another index (`index`) over a group of columns."""
    return _short(f"{table}_{'_'.join(column for column in group if column != 'tenant_id')}_{kind}")


def indexes(shape: TableShape) -> dict[str, str]:
    """Return CREATE INDEX by name: the unique keys, then the others."""
    found: dict[str, str] = {}
    for kind, groups in (("key", shape.unique), ("index", shape.indexes)):
        for group in groups:
            name = index_name(shape.name, group, kind)
            word = "UNIQUE INDEX" if kind == "key" else "INDEX"
            found[name] = f'CREATE {word} "{name}" ON "{shape.name}" ({_names(group)})'
    return found


def _foreign_key(shape: TableShape, column: str, target: str) -> str:
    agreeing = dict(shape.agreeing).get(column, ())
    here, there = _names(("tenant_id", column, *agreeing)), _names(("tenant_id", "id", *agreeing))
    return f'FOREIGN KEY ({here}) REFERENCES "{target}" ({there})'


def foreign_key_name(table: str, column: str) -> str:
    """Return the name of a reference's constraint on PostgreSQL."""
    return _short(f"{table}_{column}_fkey")


def foreign_keys(shape: TableShape) -> dict[str, str]:
    """Return PostgreSQL's ADD CONSTRAINT by name."""
    found: dict[str, str] = {}
    for column, target in shape.references:
        name = foreign_key_name(shape.name, column)
        found[name] = f'ALTER TABLE "{shape.name}" ADD CONSTRAINT "{name}" {_foreign_key(shape, column, target)}'
    return found


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{each}"' for each in columns)


def _short(name: str) -> str:
    # PostgreSQL cuts names at 63 bytes; two cut names could collide
    return name if len(name) <= 63 else f"{name[:52]}_{sha256(name.encode()).hexdigest()[:10]}"


# locks ------------------------------------------------------------------------------------------------------


def _of_setting(place: int, sql_type: str) -> str:
    return f"(SELECT nullif(split_part(current_setting('yuanluo.scope', true), '/', {place}), '')::{sql_type})"


POLICY: Final = (
    f"tenant_id >= {_of_setting(1, 'bigint')} AND "
    f"CASE WHEN tenant_id <= {_of_setting(2, 'bigint')} THEN true "
    f"ELSE tenant_id <@ {_of_setting(3, 'int8multirange')} END"
)
"""What row-level security admits: from `lo` on, up to `hi` where the scope is one range, else within `ranges`.

The setting is `lo/hi` or `lo//ranges` (`Scope.setting`). Each part is read once per table and statement, and only when
a row asks for it.

The first half is part of an index's condition, and where `tenant_id = x` stands beside it, it is checked once per
look-up and not per row. The second half is a CASE, so that it is not: of two comparisons the planner believes that one
row in two hundred is left, every index that begins with tenant_id then looks as good as the right one, and a person was
looked up by reading the whole courtyard's.
"""


def guards(shape: TableShape, dialect: Dialect) -> list[str]:
    """Return the statements that put the locks on a table; they may be run again."""
    if dialect == "sqlite":
        return _triggers(shape)
    if not shape.is_tenant:
        return []
    table = f'"{shape.name}"'
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS yuanluo_scope ON {table}",
        f"CREATE POLICY yuanluo_scope ON {table} USING ({POLICY}) WITH CHECK ({POLICY})",
    ]


OUTSIDE: Final = "YUANLUO_SCOPE"
MOVED: Final = "YUANLUO_MOVED"
APPENDED: Final = "YUANLUO_APPEND_ONLY"
"""What SQLite's triggers raise; the engine turns it into ScopeViolation."""


def within_scope(number: str) -> str:
    """Return SQLite's condition that the tenant `number` lies in the scope of the running statement.

    From `lo` on, up to `hi` where the scope is one range, else where Python says so; not true without a scope. A `+`
    before a column keeps the planner from taking the condition for one on an index.
    """
    return (
        f"{number} >= yuanluo_lo() AND CASE WHEN {number} <= yuanluo_hi() THEN 1 "
        f"WHEN yuanluo_hi() IS NULL THEN yuanluo_in({number}) ELSE 0 END"
    )


def _triggers(shape: TableShape) -> list[str]:
    def trigger(event: str, rule: str, when: str, message: str) -> list[str]:
        name = f'"{shape.name}_{event.lower()}_{rule}"'
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            (
                f'CREATE TRIGGER {name} BEFORE {event} ON "{shape.name}" WHEN {when} '
                f"BEGIN SELECT RAISE(ABORT, '{message} {shape.name}'); END"
            ),
        ]

    statements: list[str] = []
    if shape.is_tenant:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            statements += trigger(event, "scope", f"({within_scope(f'{row}.tenant_id')}) IS NOT TRUE", OUTSIDE)
        moved = "NEW.tenant_id IS NOT OLD.tenant_id OR NEW.id IS NOT OLD.id"
        statements += trigger("UPDATE", "move", moved, MOVED)
    if shape.append_only:
        statements += trigger("UPDATE", "append_only", "TRUE", APPENDED)
        statements += trigger("DELETE", "append_only", "TRUE", APPENDED)
    return statements


def grants(shape: TableShape, role: str) -> list[str]:
    """Return PostgreSQL's grants to the app's role; nobody may move a row or rewrite an append-only one."""
    table, quoted = f'"{shape.name}"', f'"{role}"'
    fixed = shape.key if not shape.is_tenant else ("tenant_id", "id")
    statements = [f"REVOKE ALL ON {table} FROM {quoted}", f"GRANT SELECT, INSERT ON {table} TO {quoted}"]
    if not shape.append_only:
        free = [column.name for column in shape.columns if column.name not in fixed]
        statements.append(f"GRANT DELETE ON {table} TO {quoted}")
        if free:
            statements.append(f"GRANT UPDATE ({_names(free)}) ON {table} TO {quoted}")
    return statements


# everything -------------------------------------------------------------------------------------------------


def schema(shapes: Iterable[TableShape], dialect: Dialect) -> list[str]:
    """Return the statements that build `shapes` in an empty database: tables, indexes, foreign keys, locks."""
    every = list(shapes)
    statements = [create_table(shape, dialect) for shape in every]
    statements += [sql for shape in every for sql in indexes(shape).values()]
    if dialect == "postgresql":
        statements += [sql for shape in every for sql in foreign_keys(shape).values()]
    return statements + [sql for shape in every for sql in guards(shape, dialect)]
