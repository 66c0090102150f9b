"""The declaration of an entity: one Piccolo table class with described columns and a class of table.

| class     | keyed by                     | examples                                        |
|-----------|------------------------------|-------------------------------------------------|
| TENANT    | `(tenant_id, id)`            | person, organization, record, the courtyard row |
| REFERENCE | its own small key            | the tree of nodes, dictionaries                 |
| ACCOUNT   | itself; no key to or from TENANT | accounts, tokens, grants                    |

    class Plot(TenantTable, zh="绿地", en="A plot of green that a household looks after", body="culture"):
        name = Text("名称", "name", klass=DataClass.D0)
        keeper_id = Ref("认养人", "who looks after it", "person", null=True)

is a whole register: table, keys, policy, triggers, indexes, GraphQL type, connection, filters, masking.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Self

from piccolo.columns.base import Column
from piccolo.query.methods import Count, Delete, Exists, Insert, Objects, Raw, Select, Update
from piccolo.querystring import QueryString, Selectable
from piccolo.table import Table
from typing_extensions import override

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Day, Kind, Long, Sealed, UuidKey, about, check_glosses
from yuanluo_tenants.errors import DeclarationError, ScopeViolation
from yuanluo_tenants.listing import Listing
from yuanluo_tenants.queries import PLAIN, SCOPED, Queries, stored_choice

__all__ = [
    "AccountTable",
    "Claim",
    "Declared",
    "ReferenceTable",
    "TableAbout",
    "TableClass",
    "TenantTable",
    "columns_of",
    "is_shown",
    "shown_columns",
    "sort_column",
]


class TableClass(Enum):
    """How a table is spread and keyed (`stack.md`, scale-out rule 4)."""

    TENANT = "TENANT"
    REFERENCE = "REFERENCE"
    ACCOUNT = "ACCOUNT"


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows of which a human may have one in the whole deployment, held under his ID number once it is known.

    `where` holds columns with the values that such a row has; the flag `verified` says that it is held.
    """

    kind: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    verified: str = "is_verified"


@dataclass(frozen=True, slots=True)
class TableAbout:
    """What a table means: terms, who may see its rows, what identifies and orders them."""

    table_class: TableClass
    zh: str
    en: str
    body: str
    """Whose business the rows are: `registry`, `party`, `council`, `finance`, `culture`, ...; clearances name it."""
    row_class: DataClass
    """Without clearance of this class for `body` a row does not exist for the viewer (his own excepted)."""
    row_class_column: str | None
    """A column `D0` to `D3` that says the class of each row by itself, on top of `row_class`."""
    row_body_column: str | None
    """The column that says whose business each row is: its class and those of its columns are cleared for that body."""
    subject: str | None
    """The column naming the person a row is about; that person sees his own row in the clear."""
    natural_key: tuple[str, ...]
    """Business columns that identify a row in exports and digests."""
    claim: Claim | None
    """What the row's subject may have once in the deployment."""
    once: tuple[str, ...]
    """Of rows that begin and end: columns of which no two rows in force at one time are equal, unless it is the natural
    key."""
    order: tuple[str, ...]
    """Default order of connections, before the id; `-column` is descending."""
    unique: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, ...], ...]
    """Further indexes. Each reference has one by itself, which goes on in `order`, so that lists need no sort."""
    append_only: bool
    checks: tuple[tuple[str, str], ...]
    """Conditions of a whole row by name, in SQL of both engines; the database refuses a row that breaks one."""
    agreeing: tuple[tuple[str, tuple[str, ...]], ...]
    """A reference and the columns in which a row agrees with the one referred to, under the same names there; the
    database refuses another value. The referred table names them as a unique key after its id."""
    extends: str | None
    """The table whose `(tenant_id, id)` this one shares, one to at most one (PartyOrg extends Organization)."""
    type_name: str
    exposed: bool
    revised: bool
    """Whether rows carry `revision`, the number of times each was written; writes name the one they saw."""
    keepers: tuple[str, ...]
    """Roles that create, update and archive rows of a simple register; none: the plugin brings its own commands."""
    rule: str
    """The rule by which `keepers` keep the register."""
    listing: Listing | None
    """The select by which the schema reads the table, where that is not the table itself."""

    @property
    def description(self) -> str:
        """Chinese term and English gloss, as GraphQL shows it."""
        return f"{self.zh}: {self.en}"


class Declared(Table):
    """The root of all declarations; declare TenantTable, ReferenceTable or AccountTable classes."""

    _table_class: ClassVar[TableClass | None] = None
    _queries: ClassVar[Queries] = PLAIN
    declared: ClassVar[TableAbout]

    def __init_subclass__(
        cls,
        *,
        zh: str = "",
        en: str = "",
        body: str = "registry",
        row_class: DataClass = DataClass.D0,
        row_class_column: str | None = None,
        row_body_column: str | None = None,
        subject: str | None = None,
        natural_key: Sequence[str] = (),
        claim: Claim | None = None,
        once: Sequence[str] = (),
        order: Sequence[str] = (),
        unique: Sequence[Sequence[str]] = (),
        indexes: Sequence[Sequence[str]] = (),
        append_only: bool = False,
        checks: Mapping[str, str] | None = None,
        agreeing: Mapping[str, Sequence[str]] | None = None,
        extends: type[Table] | None = None,
        type_name: str | None = None,
        exposed: bool = True,
        revised: bool = True,
        keepers: Sequence[str] = (),
        rule: str = "domain 7",
        listing: Listing | None = None,
        tablename: str | None = None,
        **kwargs: Any,
    ) -> None:
        revised = revised and exposed and not append_only and cls._table_class is TableClass.TENANT
        if "_table_class" not in vars(cls):
            _check_own_columns(cls, revised=revised, is_register=bool(keepers))
            for name, column in _kept_columns(is_register=bool(keepers)).items() if revised else ():
                setattr(cls, name, column)
        for name, value in list(vars(cls).items()):
            if isinstance(value, Sealed):
                for companion, column in value.companions(name).items():
                    setattr(cls, companion, column)
        super().__init_subclass__(  # pyright: ignore[reportUnknownMemberType]  # Piccolo leaves the engine open
            tablename=tablename, help_text=f"{zh}: {en}", **kwargs
        )
        if cls._table_class is None or "_table_class" in vars(cls):
            _drop_serial_key(cls)
            return  # an abstract base
        if not (zh and en):
            raise DeclarationError(
                f"表 {cls.__name__} 缺少中文名或英文释义。", f"table {cls.__name__} needs zh= and en= terms."
            )
        cls.declared = TableAbout(
            table_class=cls._table_class,
            zh=zh,
            en=en,
            body=body,
            row_class=row_class,
            row_class_column=row_class_column,
            row_body_column=row_body_column,
            subject=subject,
            natural_key=tuple(natural_key),
            claim=claim,
            once=tuple(once),
            order=tuple(order),
            unique=tuple(map(tuple, unique)),
            indexes=tuple(map(tuple, indexes)),
            append_only=append_only,
            checks=tuple((checks or {}).items()),
            agreeing=tuple((name, tuple(columns)) for name, columns in (agreeing or {}).items()),
            extends=extends._meta.tablename if extends is not None else None,
            type_name=type_name or cls.__name__,
            exposed=exposed,
            revised=revised,
            keepers=tuple(keepers),
            rule=rule,
            listing=listing,
        )
        known = {column._meta.name for column in cls._meta.columns}
        named = [
            *natural_key,
            *once,
            *([name for name, _ in claim.where] + [claim.verified] if claim is not None else ()),
            *(c.removeprefix("-") for c in order),
            *(c for group in (*unique, *indexes) for c in group),
        ]
        named += [name for name in (subject, row_class_column, row_body_column) if name is not None]
        for name in named:
            if name not in known:
                raise DeclarationError(
                    f"表 {cls.__name__} 的声明提到不存在的列 {name}。",
                    f"the declaration of {cls.__name__} names a column {name!r} that it does not have.",
                )
        for column in cls._meta.columns:
            _check_column(cls, column)

    @property
    def querystring(self) -> QueryString:
        """The row as an insert sends it; an Enum member stands for its name."""
        values = [stored_choice(self[column._meta.name]) for column in self._meta.columns]
        return QueryString(f"({','.join('{}' for _ in values)})", *values)

    @classmethod
    @override
    def select(cls, *columns: Selectable | str, exclude_secrets: bool = False) -> Select[Any]:
        """Select columns, as dictionaries."""
        return cls._queries.select(
            table=cls, columns_list=cls._process_column_args(*columns), exclude_secrets=exclude_secrets
        )

    @classmethod
    @override
    def objects(cls, *prefetch: Any) -> Objects[Self]:
        """Select rows as instances."""
        return cls._queries.objects(table=cls, prefetch=prefetch)

    @classmethod
    @override
    def count(cls, column: Column | None = None, distinct: Sequence[Column] | None = None) -> Count:
        """Count rows."""
        return cls._queries.count(table=cls, column=column, distinct=distinct)

    @classmethod
    @override
    def exists(cls) -> Exists[Any]:
        """Ask whether a row exists."""
        return cls._queries.exists(table=cls)

    @classmethod
    @override
    def insert(cls, *rows: Any) -> Insert[Any]:
        """Insert rows; an Enum member stands for its name."""
        return cls._queries.insert(cls, *rows).returning(cls._meta.primary_key)

    @classmethod
    @override
    def update(
        cls,
        values: dict[Column | str, Any] | None = None,
        force: bool = False,
        use_auto_update: bool = True,
        **kwargs: Any,
    ) -> Update[Any]:
        """Update rows; an Enum member stands for its name."""
        return cls._queries.update(cls, force=force).values(values, **kwargs)

    @classmethod
    @override
    def delete(cls, force: bool = False) -> Delete:
        """Delete rows."""
        return cls._queries.delete(table=cls, force=force)


def _check_own_columns(table: type[Table], *, revised: bool, is_register: bool) -> None:
    """Refuse a column that the table has without declaring it; another one of its name would take its place."""
    brought = {"tenant_id", "id"} if issubclass(table, TenantTable) else set[str]()
    if revised:
        brought |= set(_kept_columns(is_register=is_register))
    for name in sorted(brought & vars(table).keys()):
        raise DeclarationError(
            f"表 {table.__name__} 自带列 {name},请勿再声明。",
            f"table {table.__name__} has the column {name!r} by itself; do not declare it.",
        )


def _check_column(table: type[Declared], column: Column) -> None:
    if column._meta.primary_key and not isinstance(getattr(column, "about", None), About):
        raise DeclarationError(
            f"表 {table.__name__} 没有主键,请声明一列,如 number = Long(..., primary_key=True, default=None)。",
            f"table {table.__name__} has no key of its own; declare one, such as"
            " number = Long(..., primary_key=True, default=None).",
        )
    said = about(column)
    if not (said.zh and said.en):
        raise DeclarationError(
            f"列 {table.__name__}.{column._meta.name} 缺少中文名或英文释义。",
            f"column {table.__name__}.{column._meta.name} needs its Chinese term and its English gloss.",
        )
    if said.choices is not None:
        check_glosses(said.choices)


def _kept_columns(*, is_register: bool) -> dict[str, Column]:
    """Return the columns that a table has without declaring them: its revision, and a register's day of archiving."""
    found: dict[str, Column] = {"revision": Long("修订号", "how many times the row was written", default=1)}
    if is_register:
        found["archived_on"] = Day("归档日期", "day on which the entry was archived", null=True)
    return found


def _drop_serial_key(base: type[Table]) -> None:
    # Piccolo gives a table without a key a serial `id`; an abstract base must not hand that down.
    if "id" in vars(base) and not isinstance(vars(base)["id"], UuidKey):
        delattr(base, "id")


_drop_serial_key(Declared)


class TenantTable(Declared):
    """A table whose rows belong to a node of the tree, nearly always a courtyard.

    Its queries carry the current scope (`queries.py`) and raise ScopeRequired outside of any.
    """

    _table_class = TableClass.TENANT
    _queries = SCOPED
    tenant_id = Long("所属节点编号", "number of the owning node", default=None, exposed=False)
    id = UuidKey()

    @classmethod
    @override
    def raw(cls, sql: str, *args: Any) -> Raw:
        """Refuse: use `Database.fetch`, which asks for a scope."""
        raise ScopeViolation(
            f"表 {cls._meta.tablename} 不允许 raw();请使用 database.fetch()。",
            f"raw() is refused on {cls._meta.tablename}; use database.fetch(), which asks for a scope.",
        )

    @override
    def save(self, columns: Sequence[Column | str] | None = None) -> Insert[Any] | Update[Any]:
        """Insert a new row, or update the named columns of an existing one.

        A stored row is saved by naming its columns, so that a stale instance does not undo another's work.
        """
        if self._exists_in_db and columns is None:
            raise DeclarationError(
                "保存已有记录时须指明列。", "name the columns to save of a stored row: save(columns=[...])."
            )
        inherited: Any = super()
        query: Insert[Any] | Update[Any] = inherited.save(columns)
        return query


class ReferenceTable(Declared):
    """A small table shared by every tenant; declare its own primary key."""

    _table_class = TableClass.REFERENCE


class AccountTable(Declared):
    """Logins and what hangs on them; keyed by itself, no foreign key to or from TENANT tables."""

    _table_class = TableClass.ACCOUNT
    id = UuidKey()


def columns_of(table: type[Declared]) -> dict[str, About]:
    """Return every column of `table` by name, in declaration order, `tenant_id` and `id` first."""
    found: dict[str, About] = {column._meta.name: about(column) for column in table._meta.columns}
    first = [name for name in ("tenant_id", "id", "number") if name in found]
    return {name: found[name] for name in [*first, *(n for n in found if n not in first)]}


def sort_column(column: str, names: Container[str]) -> str:
    """Return the stored column that `column` sorts by, of a table with the columns `names`: a name by its pinyin."""
    return pinyin if (pinyin := f"{column}_pinyin") in names else column


def is_shown(table: type[Declared]) -> bool:
    """Whether the rows of `table` are a type of the schema."""
    said = table.declared
    return said.listing is not None or (said.exposed and said.table_class is TableClass.TENANT)


def shown_columns(table: type[Declared]) -> dict[str, About]:
    """Return the columns of `table` as the schema knows them, by name: those of its listing if it has one."""
    stored, listing = columns_of(table), table.declared.listing
    return stored if listing is None else listing.columns_beside(stored)


def references_of(table: type[Declared]) -> dict[str, About]:
    """Return the REF columns of `table` by name."""
    return {name: each for name, each in columns_of(table).items() if each.kind is Kind.REF}


def column(table: type[Declared], name: str) -> Column:
    """Return the Piccolo column of `table` called `name`."""
    return table._meta.get_column_by_name(name)
