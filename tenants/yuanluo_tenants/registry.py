"""The table registry: every declared table of the deployment, with the plugin that brought it.

One registry is built at start, after the plugins are loaded; DDL, compiler, masking, export and the leak test
walk it. Nothing registers itself by being imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import DeclarationError
from yuanluo_tenants.tables import Declared, TableClass, columns_of

__all__ = ["Registry"]


class Registry:
    """Tables by name and by GraphQL type, in order of registration."""

    def __init__(self) -> None:
        self._tables: dict[str, type[Declared]] = {}
        self._owners: dict[str, str] = {}
        self._types: dict[str, type[Declared]] = {}

    def add(self, owner: str, tables: Iterable[type[Declared]]) -> None:
        """Register `tables` as brought by the plugin `owner` (`core` and `tenants` for the floors)."""
        for table in tables:
            name, type_name = table._meta.tablename, table.declared.type_name
            if name in self._tables:
                raise DeclarationError(
                    f"表 {name} 已由 {self._owners[name]} 声明,{owner} 不能再声明;请用 tablename= 另取表名。",
                    f"table {name!r} of {owner} is already declared by {self._owners[name]};"
                    " rename it, or say tablename=.",
                )
            if type_name in self._types:
                other = self._owners[self._types[type_name]._meta.tablename]
                raise DeclarationError(
                    f"类型 {type_name} 已由 {other} 声明,{owner} 不能再声明;请用 type_name= 另取类型名。",
                    f"type {type_name!r} of {owner} is already declared by {other}; rename it, or say type_name=.",
                )
            self._tables[name], self._owners[name], self._types[type_name] = table, owner, table

    def check(self) -> None:
        """Refuse dangling references: every target must be a registered TENANT table."""
        for name, table in self._tables.items():
            targets = [
                (column, each.target)
                for column, each in columns_of(table).items()
                if each.kind in (Kind.REF, Kind.UPWARD)
            ]
            if table.declared.extends:
                targets.append(("id", table.declared.extends))
            for column, target in targets:
                found = self._tables.get(target or "")
                if found is None or found.declared.table_class is not TableClass.TENANT:
                    raise DeclarationError(
                        f"{self._owners[name]} 的 {name}.{column} 指向不存在的表 {target}。",
                        f"{name}.{column} of {self._owners[name]} targets {target!r}, "
                        "which is not a registered tenant table.",
                    )

    def __iter__(self) -> Iterator[type[Declared]]:
        return iter(self._tables.values())

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def table(self, name: str) -> type[Declared]:
        """Return the table called `name`; KeyError if none."""
        return self._tables[name]

    def by_type(self, type_name: str) -> type[Declared] | None:
        """Return the table whose GraphQL type is `type_name`, or None."""
        return self._types.get(type_name)

    def owner(self, table: type[Declared] | str) -> str:
        """Return the plugin that brought `table`."""
        return self._owners[table if isinstance(table, str) else table._meta.tablename]

    def of_class(self, table_class: TableClass) -> list[type[Declared]]:
        """Return the tables of one class, in order of registration."""
        return [table for table in self if table.declared.table_class is table_class]
