"""What a courtyard holds of one person, found by the declarations alone, so that no plugin need do anything for it.

| row                                           | in a copy (个人信息保护法 45) | at an erasure (47)                |
|-----------------------------------------------|-------------------|-----------------------------------|
| his own, and rows that extend it               | whole             | a pseudonym; what may be empty is |
| about him (`subject`), and rows that extend it | whole             | texts go, days and states stay    |
| that name him otherwise, as the one to act     | what is public    | his name becomes the pseudonym    |
| records about any of these                    | whole             | their personal text goes          |
| who read D3 of him                            | whole             | stays, by ids                     |

What only grows (the record, vouchers, the log of reads) is never written: the law asks that it stays as it was filed
(会计法, 个人信息保护法 56), and it names people by ids. The one exception, a name written by hand on a voucher, stays
for as long as accounts are kept.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from yuanluo.people import Person
from yuanluo.privacy import ReadLog, SensitiveRead
from yuanluo.records import Record, RecordPersonal
from yuanluo.sealing import seal_values, sealed_columns, unseal
from yuanluo.statements import changed, many, rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind, Mask
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.database import Database, Row
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, TableClass, columns_of

__all__ = ["Cleared", "Holdings", "erase_texts", "holdings_of", "in_force"]

GONE: Final = "已删除"
"""What stands in a text that must not be empty once it has been erased."""

_CHUNK: Final = 500
_LIKE: Final = 40
_TEXTS: Final = frozenset({Kind.TEXT, Kind.SEALED})
_PERSONAL: Final = frozenset({Mask.PHONE, Mask.ID_NUMBER})
_AUDIT: Final = frozenset({Record, RecordPersonal, ReadLog})

Cleared = Callable[[str, DataClass], bool]
"""Whether whoever gets a copy may see a class of a body."""


@dataclass(frozen=True, slots=True)
class _Holding:
    """Rows of one table, and whether they are about the person or merely name him."""

    table: type[Declared]
    is_about: bool
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one courtyard holds of one person."""

    tenant: int
    person_id: uuid.UUID
    held: Sequence[_Holding]
    records: Sequence[Row] = ()
    reads: Sequence[Row] = ()
    withheld: frozenset[str] = frozenset()
    """Bodies whose rows are left out for want of clearance, whether or not there are any."""
    unsealed: Mapping[tuple[str, uuid.UUID, str], str] = field(default_factory=lambda: {})

    def sensitive(self) -> list[SensitiveRead]:
        """Return which D3 rows and values a copy shows, for the log of reads."""
        found: list[SensitiveRead] = []
        for each in self.held:
            ids = [row["id"] for row in each.rows]
            about = each.table.declared
            if about.row_class is DataClass.D3:
                found.append(SensitiveRead(self.tenant, about.type_name, "*", ids))
                continue
            for name, column in columns_of(each.table).items():
                shown = [row["id"] for row in each.rows if row.get(name) is not None]
                if column.klass is DataClass.D3 and column.companion_of is None:
                    found.append(SensitiveRead(self.tenant, about.type_name, name, shown))
        return found

    def document(self) -> dict[str, Any]:
        """Return the courtyard's part of a copy, with Chinese terms beside every name; JSON can hold it."""
        return {
            "person": str(self.person_id),
            "withheld": sorted(self.withheld),
            "rows": [self._shown(each) for each in self.held if each.rows],
            "records": [
                {
                    "sequence": row["sequence"],
                    "kind": row["kind"],
                    "day": str(row["day"]),
                    "filed_at": str(row["filed_at"]),
                    "said": json.loads(row["content"])["payload"],
                }
                for row in self.records
            ],
            "read_by": [
                {
                    "at": str(row["read_at"]),
                    "account": row["actor"],
                    "purpose": row["purpose"],
                    "what": f"{row['row_type']}.{row['field']}",
                }
                for row in self.reads
            ],
        }

    def _shown(self, holding: _Holding) -> dict[str, Any]:
        about = holding.table.declared
        columns = {
            name: column
            for name, column in columns_of(holding.table).items()
            if column.companion_of is None and name not in ("tenant_id", "revision") and column.kind is not Kind.BLOB
        }
        return {
            "type": about.type_name,
            "term": about.zh,
            "about_the_person": holding.is_about,
            "columns": {name: column.zh for name, column in columns.items()},
            "rows": [
                {
                    name: self._value(holding.table, row, name, column)
                    for name, column in columns.items()
                    if row.get(name) is not None
                }
                for row in holding.rows
            ],
        }

    def _value(self, table: type[Declared], row: Row, name: str, column: About) -> Any:
        value = row[name]
        if column.kind is Kind.SEALED:
            return self.unsealed[table._meta.tablename, row["id"], name]
        if column.choices is not None:
            member: Any = value if isinstance(value, Enum) else column.choices[value]
            return f"{member.value[0]} {member.name}"
        return value if isinstance(value, (bool, int)) else str(value)


async def holdings_of(
    database: Database, keys: Keyring, registry: Registry, tenant: int, person_id: uuid.UUID, cleared: Cleared
) -> Holdings:
    """Find everything that the courtyard `tenant`, which must be in scope, holds of one person.

    Rows and columns for which the reader is not `cleared` are left out.
    """
    about, named = await _ids(database, registry, tenant, person_id)
    held: list[_Holding] = []
    unsealed: dict[tuple[str, uuid.UUID, str], str] = {}
    for is_about, found in ((True, about), (False, named)):
        for table, ids in found.items():
            declared = table.declared
            if not cleared(declared.body, declared.row_class):
                continue
            names = {"id"} | {
                name
                for name, column in columns_of(table).items()
                if (cleared(declared.body, column.klass) if is_about else column.klass is DataClass.D0)
            }
            shown = [{name: row[name] for name in names} for row in await _by_ids(database, table, tenant, ids)]
            for row in shown:
                for name in sealed_columns(table).keys() & row.keys():
                    if row[name] is not None:
                        key = (table._meta.tablename, row["id"], name)
                        unsealed[key] = unseal(keys, table, tenant, row["id"], name, row[name])
            held.append(_Holding(table, is_about, shown))
    every = [row_id for ids in about.values() for row_id in ids]
    records = [
        row
        for row in await _records(database, tenant, every)
        if cleared(row["body"], max(DataClass[row["disclosure"]], DataClass.D2))
    ]
    reads = await _reads(database, tenant, every) if cleared("registry", DataClass.D3) else []
    return Holdings(tenant, person_id, held, records, reads, _withheld(registry, cleared), unsealed)


def _withheld(registry: Registry, cleared: Cleared) -> frozenset[str]:
    """Return the bodies of which a copy leaves something out, told from the declarations and not from the rows."""
    found: set[str] = set()
    for table in registry.of_class(TableClass.TENANT):
        classes = {table.declared.row_class, *(column.klass for column in columns_of(table).values())}
        if table.declared.subject is not None and not all(cleared(table.declared.body, each) for each in classes):
            found.add(table.declared.body)
    return frozenset(found)


async def in_force(database: Database, registry: Registry, tenant: int, person_id: uuid.UUID) -> list[type[Declared]]:
    """Return the tables with a relation of the person that has not ended: an ownership, a seat, a membership.

    By its declaration: a row about him with a column `ended_on` that is empty.
    """
    about, _ = await _ids(database, registry, tenant, person_id)
    found: list[type[Declared]] = []
    for table, ids in about.items():
        if "ended_on" in columns_of(table):
            stored = await _by_ids(database, table, tenant, ids)
            if any(row["ended_on"] is None for row in stored):
                found.append(table)
    return found


async def erase_texts(
    database: Database, keys: Keyring, registry: Registry, tenant: int, person_id: uuid.UUID, pseudonym: str
) -> tuple[int, list[uuid.UUID]]:
    """Take from the rows of `tenant` what tells who the person is; return how many changed, and the ids about him.

    The person's own row is the caller's. A row that names him by hand, without referring to him, is found where its
    text is exactly his name and nobody else on the register bears it.
    """
    about, named = await _ids(database, registry, tenant, person_id)
    [person] = await _by_ids(database, Person, tenant, [person_id])
    name = person["name"]
    written = 0
    for table, ids in about.items():
        if table is Person or table.declared.append_only:
            continue
        is_own = table.declared.subject == "id"
        for row in await _by_ids(database, table, tenant, ids):
            changes = {
                column: None if stored.null else GONE
                for column, stored in columns_of(table).items()
                if row[column] is not None and _tells(stored, is_own=is_own)
            }
            written += await _change(database, keys, table, row, changes)
    for table, ids in named.items():
        if not table.declared.append_only:
            for row in await _by_ids(database, table, tenant, ids):
                written += await _change(database, keys, table, row, _renamed(table, row, name, pseudonym))
    sql = "SELECT count(*) AS n FROM person WHERE tenant_id = $1 AND name = $2"
    [bearers] = await rows(database, sql, tenant, name)
    if bearers["n"] == 1:
        written += await _rename_by_hand(database, keys, registry, tenant, name, pseudonym)
    return written, [row_id for ids in about.values() for row_id in ids]


def _tells(column: About, *, is_own: bool) -> bool:
    """Whether a column of a row about a person tells who he is, not when something happened and how far it is."""
    if column.companion_of is not None or column.klass is DataClass.D0:
        return False
    if column.kind in _TEXTS:
        return True
    if not column.null:
        return False
    return (is_own and column.kind is not Kind.REF) or (column.kind is Kind.CODE and column.klass >= DataClass.D2)


def _renamed(table: type[Declared], row: Row, name: str, pseudonym: str) -> dict[str, Any]:
    return {
        column: row[column].replace(name, pseudonym)
        for column, stored in columns_of(table).items()
        if stored.kind is Kind.TEXT and isinstance(row[column], str) and name in row[column]
    }


async def _rename_by_hand(
    database: Database, keys: Keyring, registry: Registry, tenant: int, name: str, pseudonym: str
) -> int:
    """Put the pseudonym where a text is exactly the name, with the sealed values beside it, which were his as well."""
    written = 0
    for table in registry.of_class(TableClass.TENANT):
        texts = [
            column
            for column, stored in columns_of(table).items()
            if stored.kind is Kind.TEXT and stored.klass is not DataClass.D0
        ]
        if table is Person or table in _AUDIT or table.declared.append_only or not texts:
            continue
        where = " OR ".join(f'"{column}" = $2' for column in texts)
        sql = f"SELECT * FROM {table._meta.tablename} WHERE tenant_id = $1 AND ({where})"
        for row in await rows(database, sql, tenant, name):
            changes: dict[str, Any] = {column: pseudonym for column in texts if row[column] == name}
            changes |= {column: None for column, stored in sealed_columns(table).items() if stored.mask in _PERSONAL}
            written += await _change(database, keys, table, row, changes)
    return written


async def _change(
    database: Database, keys: Keyring, table: type[Declared], row: Row, changes: Mapping[str, Any]
) -> int:
    if not changes:
        return 0
    tenant, row_id = row["tenant_id"], row["id"]
    stored = seal_values(keys, table, {"tenant_id": tenant, "id": row_id, **changes})
    names = [name for name in stored if name not in ("tenant_id", "id")]
    setting = ", ".join(f'"{name}" = ${index}' for index, name in enumerate(names, 3))
    if table.declared.revised:
        setting += ", revision = revision + 1"
    sql = f"UPDATE {table._meta.tablename} SET {setting} WHERE tenant_id = $1 AND id = $2"
    return await changed(database, sql, tenant, row_id, *(stored[name] for name in names))


# finding ----------------------------------------------------------------------------------------------------------

_Found = dict[type[Declared], list[uuid.UUID]]


async def _ids(database: Database, registry: Registry, tenant: int, person_id: uuid.UUID) -> tuple[_Found, _Found]:
    """Return the ids of the rows about the person, and of those that name him otherwise, by table."""
    about: _Found = {}
    named: _Found = {}
    tables = [table for table in registry.of_class(TableClass.TENANT) if table not in _AUDIT]
    for table in tables:
        subject = table.declared.subject
        if subject is not None:
            about[table] = await _where(database, table, tenant, [subject], [person_id])
    for table in tables:  # a row that shares the id of one about him is about him too
        extended = next((other for other in about if other._meta.tablename == table.declared.extends), None)
        if extended is not None and about[extended]:
            found = await _where(database, table, tenant, ["id"], about[extended])
            about[table] = list(dict.fromkeys([*about.get(table, ()), *found]))
    for table in tables:
        references = [
            name
            for name, column in columns_of(table).items()
            if column.kind is Kind.REF and column.target == Person._meta.tablename and name != table.declared.subject
        ]
        if references:
            found = await _where(database, table, tenant, references, [person_id])
            named[table] = [row_id for row_id in found if row_id not in about.get(table, ())]
    return {k: v for k, v in about.items() if v}, {k: v for k, v in named.items() if v}


async def _where(
    database: Database, table: type[Declared], tenant: int, columns: Sequence[str], values: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    for part in _parts(values):
        where = " OR ".join(f'"{column}" IN ({many(part, 2)})' for column in columns)
        sql = f"SELECT id FROM {table._meta.tablename} WHERE tenant_id = $1 AND ({where}) ORDER BY id"
        found += [uuid.UUID(str(row["id"])) for row in await rows(database, sql, tenant, *part)]
    return found


async def _by_ids(database: Database, table: type[Declared], tenant: int, ids: Sequence[uuid.UUID]) -> list[Row]:
    found: list[Row] = []
    for part in _parts(ids):
        sql = f"SELECT * FROM {table._meta.tablename} WHERE tenant_id = $1 AND id IN ({many(part, 2)}) ORDER BY id"
        found += [{**row, "id": uuid.UUID(str(row["id"]))} for row in await rows(database, sql, tenant, *part)]
    return found


async def _records(database: Database, tenant: int, ids: Sequence[uuid.UUID]) -> list[Row]:
    found: list[Row] = []
    for part in _parts([str(each) for each in ids]):
        sql = (
            "SELECT id, sequence, kind, body, disclosure, day, filed_at, content FROM record"
            f" WHERE tenant_id = $1 AND subject_id IN ({many(part, 2)})"
        )
        found += await rows(database, sql, tenant, *part)
    return sorted(found, key=lambda row: row["sequence"])


async def _reads(database: Database, tenant: int, ids: Sequence[uuid.UUID]) -> list[Row]:
    found: dict[str, Row] = {}
    for part in _parts([f"%{each}%" for each in ids], _LIKE):
        where = " OR ".join(f"row_ids LIKE ${index}" for index in range(2, 2 + len(part)))
        sql = f"SELECT id, read_at, actor, purpose, row_type, field FROM read_log WHERE tenant_id = $1 AND ({where})"
        found |= {str(row["id"]): row for row in await rows(database, sql, tenant, *part)}
    return sorted(found.values(), key=lambda row: row["read_at"])


def _parts(values: Sequence[Any], size: int = _CHUNK) -> Iterable[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))
