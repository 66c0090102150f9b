"""Simple registers: a table that names its keepers has commands to create, update, archive and restore its rows.

    class Plot(TenantTable, zh="绿地", en="a plot of green", keepers=("COUNCIL_DIRECTOR",), rule="domain 3.4"): ...

brings `plot.create`, `plot.update`, `plot.archive` and `plot.restore`. Their inputs are made from the columns: what
may be null may be left out, an update changes what it names and empties what stands in `clear`. Nothing is ever
deleted: an archived row keeps its content and its key, and takes no update until it is restored. Counters over the
table move by what each row counts for before and after.

Code that writes rows of a register itself, such as an importer, calls `create_entries` and does the same.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, cast

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.calendar import is_partial_date
from yuanluo.command import ADDS, STEPS, Command, CommandContext, Offer, OfferContext, Outcome, each, missing
from yuanluo.counters import Count
from yuanluo.inputs import Given, check_bound, snake
from yuanluo.offices import check_upward
from yuanluo.readers import read_text
from yuanluo.statements import rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind, bound_of
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, DeclarationError, Invalid
from yuanluo_tenants.tables import Declared, columns_of

__all__ = ["Archived", "NotArchived", "Register", "checked_values", "count_row", "create_entries", "register_of"]

_KEPT: Final = frozenset({"tenant_id", "id", "revision", "archived_on"})
_TYPES: Final[Mapping[Kind, type]] = {
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.SEALED: str,
    Kind.PARTIAL_DATE: str,
    Kind.INTEGER: int,
    Kind.LONG: int,
    Kind.FEN: int,
    Kind.AREA: int,
    Kind.MINUTES: int,
    Kind.FLAG: bool,
    Kind.DAY: dt.date,
    Kind.MOMENT: dt.datetime,
    Kind.REF: uuid.UUID,
    Kind.UPWARD: uuid.UUID,
}
"""What an input holds for a column; a CHOICE is its Enum, a BLOB is not written by hand."""
_TEXTS: Final = frozenset({Kind.TEXT, Kind.CODE, Kind.SEALED, Kind.PARTIAL_DATE})


class Archived(Conflict):
    """The entry is archived: it is neither changed nor archived again."""

    code = "ARCHIVED"
    next_zh = "如需修改,请先恢复该条登记。"
    next_en = "Restore the entry first if it is to be changed."

    def __init__(self, about: str, on: object, rule: str) -> None:
        super().__init__(f"该{about}已于 {on} 归档。", f"the entry was archived on {on}.", rule=rule)


class NotArchived(Conflict):
    """The entry is not archived, so there is nothing to restore."""

    code = "NOT_ARCHIVED"
    next_zh = "无需办理。"
    next_en = "Nothing needs to be done."

    def __init__(self, about: str, rule: str) -> None:
        super().__init__(f"该{about}未归档。", "the entry is not archived.", rule=rule)


@dataclass(frozen=True, slots=True)
class Register:
    """The commands of a register."""

    create: Command[Any]
    update: Command[Any]
    archive: Command[Any]
    restore: Command[Any]

    def __iter__(self) -> Any:
        """Yield the commands."""
        return iter((self.create, self.update, self.archive, self.restore))


@cache
def register_of(table: type[Declared]) -> Register:
    """Return the commands of the register that `table` is; raise DeclarationError where it cannot be one."""
    about = table.declared
    if not about.revised or about.extends:
        raise DeclarationError(
            f"表 {table.__name__} 不能作登记簿:须为公开、可改写、不延伸他表的院落表。",
            f"{table.__name__} cannot be a register: its rows must be a tenant's own, exposed and not append-only.",
        )
    key = f"{snake(about.type_name)}_id"
    words = snake(about.type_name).replace("_", " ")
    named = (key, uuid.UUID)

    def command(verb: str, zh: str, en: str, given: Any, many: Any, **more: Any) -> Command[Any]:
        action = Action(
            f"{snake(about.type_name)}.{verb}", about.keepers, about.rule, f"{zh}{about.zh}", f"{en} {words}"
        )
        return Command(
            action=action,
            input=given,
            many=many,
            subject_type=about.type_name,
            body=about.body,
            disclosure=max(about.row_class, DataClass.D1),
            **more,
        )

    async def create(context: CommandContext, items: Sequence[Any]) -> Sequence[Outcome]:
        return await create_entries(context, table, [_given(table, item) for item in items])

    async def update(context: CommandContext, item: Any) -> Outcome:
        return await _update(context, table, getattr(item, key), _given(table, item), item.clear)

    async def archive(context: CommandContext, item: Any) -> Outcome:
        return await _archive(context, table, getattr(item, key), context.today)

    async def restore(context: CommandContext, item: Any) -> Outcome:
        return await _archive(context, table, getattr(item, key), None)

    def check_present(row: Mapping[str, Any], _context: OfferContext) -> None:
        _require_present(table, row)

    def check_archived(row: Mapping[str, Any], _context: OfferContext) -> None:
        _require_archived(table, row)

    clear = (
        "clear",
        Annotated[tuple[str, ...], Given("清空的字段", "fields to be emptied")],
        dataclasses.field(default=()),
    )
    present = Offer(("archived_on",), check_present)
    type_name = about.type_name
    return Register(
        command(
            "create", "登记", "create a", _input(f"Create{type_name}", _new_fields(table)), create, unversioned=ADDS
        ),
        command(
            "update",
            "更正",
            "update a",
            _input(f"Update{type_name}", [named, *_changed_fields(table), clear]),
            each(update),
            offer=present,
        ),
        command(
            "archive",
            "归档",
            "archive a",
            _input(f"Archive{type_name}", [named]),
            each(archive),
            offer=present,
            unversioned=STEPS,
        ),
        command(
            "restore",
            "恢复",
            "restore a",
            _input(f"Restore{type_name}", [named]),
            each(restore),
            offer=Offer(("archived_on",), check_archived),
            unversioned=STEPS,
        ),
    )


# inputs -----------------------------------------------------------------------------------------------------------


def written_columns(table: type[Declared]) -> dict[str, About]:
    """Return the columns of a register that its keepers write, by name."""
    return {
        name: about
        for name, about in columns_of(table).items()
        if name not in _KEPT
        and about.exposed
        and about.companion_of is None
        and (about.kind in _TYPES or about.choices is not None)
    }


def _type_of(about: About) -> Any:
    return about.choices if about.choices is not None else _TYPES[about.kind]


def _new_fields(table: type[Declared]) -> list[Any]:
    columns = written_columns(table)
    required = [(name, _type_of(about)) for name, about in columns.items() if not about.null]
    optional = [
        (name, _type_of(about) | None, dataclasses.field(default=None)) for name, about in columns.items() if about.null
    ]
    return [*required, *optional]


def _changed_fields(table: type[Declared]) -> list[Any]:
    return [
        (name, _type_of(about) | None, dataclasses.field(default=None))
        for name, about in written_columns(table).items()
    ]


def _input(name: str, fields: Iterable[Any]) -> type:
    return dataclasses.make_dataclass(name, fields, frozen=True, slots=True, namespace={"__module__": __name__})


def _given(table: type[Declared], item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in written_columns(table) if getattr(item, name) is not None}


# values -----------------------------------------------------------------------------------------------------------


def checked_values(table: type[Declared], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that `given` sets, texts without blanks around them; raise Invalid naming the wrong one."""
    columns = written_columns(table)
    return {name: _checked(columns[name], name, value) for name, value in given.items()}


def _checked(about: About, name: str, value: Any) -> Any:
    if about.kind in _TEXTS:
        return _checked_text(about, name, value)
    bound = bound_of(about.kind, about.bound)
    if bound is not None:
        check_bound(about.kind, bound, value, name, about.zh, about.en)
    if about.kind is Kind.MOMENT:
        if value.tzinfo is None:
            raise Invalid(
                f"{about.zh}须带时区。",
                f"{about.en}: a moment needs its offset from UTC.",
                field=name,
                code="MOMENT_OFFSET",
            )
        return value.astimezone(dt.UTC)
    return value


def _checked_text(about: About, name: str, value: str) -> str | None:
    text = value.strip()
    if not text:
        if about.null or about.kind is Kind.PARTIAL_DATE:
            return None
        raise Invalid(f"请填写{about.zh}。", f"{about.en}: it is needed.", field=name, code="REQUIRED")
    if "\x00" in text:
        raise Invalid(
            f"{about.zh}含有无效字符。",
            f"{about.en}: it holds a character that is none.",
            field=name,
            code="TEXT_INVALID",
        )
    if about.kind is Kind.PARTIAL_DATE and not is_partial_date(text):
        raise Invalid(
            f"{about.zh} {text} 应为 1958、1958-07 或 1958-07-02 的形式。",
            f"{about.en}: it is written 1958, 1958-07 or 1958-07-02.",
            field=name,
            code="PARTIAL_DATE",
        )
    return text if about.reads is None else read_text(about.reads, text, name) or None


def cleared_names(
    table: type[Declared], clear: Iterable[str], given: Iterable[str], among: Iterable[str] | None = None
) -> list[str]:
    """Return the columns named in `clear`, in either spelling; raise Invalid for one that is `given` or must be there.

    `among` are the columns that may be written at all, every one of a register unless said otherwise.
    """
    written = written_columns(table)
    columns = written if among is None else {name: written[name] for name in among}
    names = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in clear]
    wrong = sorted(name for name in names if name not in columns or not columns[name].null)
    if wrong:
        raise Invalid(
            f"不能清空 {'、'.join(wrong)}。",
            f"these cannot be emptied: {', '.join(wrong)}.",
            field="clear",
            code="NOT_CLEARABLE",
        )
    if both := sorted({*names} & {*given}):
        raise Invalid(
            f"{both[0]} 不能既填写又清空。",
            f"{both[0]} is both given and emptied.",
            field="clear",
            code="NOT_CLEARABLE",
        )
    return names


async def _check_upward(context: CommandContext, table: type[Declared], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        about = columns_of(table)[name]
        if about.kind is Kind.UPWARD and about.target is not None and value is not None:
            await check_upward(context, about.target, value)


# writing ----------------------------------------------------------------------------------------------------------


async def create_entries(
    context: CommandContext, table: type[Declared], entries: Sequence[Mapping[str, Any]]
) -> list[Outcome]:
    """Write new entries of a register from their columns, checked as its command checks them."""
    columns = written_columns(table)
    optional = {name for name, about in columns.items() if about.null}
    new: list[dict[str, Any]] = []
    for entry in entries:
        for name, about in columns.items():
            if not about.null and entry.get(name) is None:
                raise Invalid(f"请填写{about.zh}。", f"{about.en}: it is needed.", field=name, code="REQUIRED")
        row_id = entry.get("id") or uuid7()
        values = checked_values(table, {name: value for name, value in entry.items() if name != "id"})
        await _check_upward(context, table, values)
        new.append({"id": row_id, **dict.fromkeys(optional), **values})
    await context.insert(table, new)
    for row in new:
        count_row(context, table, None, {"archived_on": None, **row})
    return [Outcome(row["id"], _said(table, row)) for row in new]


def _said(table: type[Declared], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the record says: which columns were written, and those that are public."""
    columns = columns_of(table)
    given = {name: value for name, value in values.items() if name in written_columns(table) and value is not None}
    if table.declared.row_class is not DataClass.D0:
        return {"fields": sorted(given)}
    public = {name: value for name, value in given.items() if columns[name].klass is DataClass.D0}
    return {"fields": sorted(given), **public}


async def _update(
    context: CommandContext, table: type[Declared], row_id: uuid.UUID, given: Mapping[str, Any], clear: Iterable[str]
) -> Outcome:
    stored = await _stored(context, table, row_id)
    _require_present(table, stored)
    emptied = cleared_names(table, clear, given)
    changes = {**checked_values(table, given), **dict.fromkeys(emptied)}
    if not changes:
        raise Invalid("没有要更正的内容。", "nothing is to be changed.", code="NOTHING_TO_CHANGE")
    await _check_upward(context, table, changes)
    await context.update(table, row_id, changes)
    count_row(context, table, stored, {**stored, **changes})
    return Outcome(row_id, {**_said(table, changes), "fields": sorted(changes)})


async def _archive(context: CommandContext, table: type[Declared], row_id: uuid.UUID, on: dt.date | None) -> Outcome:
    stored = await _stored(context, table, row_id)
    (_require_archived if on is None else _require_present)(table, stored)
    await context.update(table, row_id, {"archived_on": on})
    count_row(context, table, stored, {**stored, "archived_on": on})
    return Outcome(row_id, {"archived_on": on})


def _require_present(table: type[Declared], row: Mapping[str, Any]) -> None:
    if row["archived_on"] is not None:
        raise Archived(table.declared.zh, row["archived_on"], table.declared.rule)


def _require_archived(table: type[Declared], row: Mapping[str, Any]) -> None:
    if row["archived_on"] is None:
        raise NotArchived(table.declared.zh, table.declared.rule)


async def _stored(context: CommandContext, table: type[Declared], row_id: uuid.UUID) -> Row:
    columns = [name for name, about in columns_of(table).items() if about.kind not in (Kind.SEALED, Kind.BLOB)]
    named = ", ".join(f'"{name}"' for name in columns)
    sql = f"SELECT {named} FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, row_id)
    if not found:
        raise missing(table)
    return found[0]


# counters ---------------------------------------------------------------------------------------------------------


def count_row(
    context: CommandContext,
    table: type[Declared],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Move every counter over `table` by what the row counts for now less what it counted for before; None: no row."""
    for counter in context.house.composition.counters:
        counts = {column: count for column, count in counter.counts.items() if count.table == table._meta.tablename}
        if counts:
            deltas = {
                column: (0 if after is None else counted_for(count, after))
                - (0 if before is None else counted_for(count, before))
                for column, count in counts.items()
            }
            context.bump(counter.table, **deltas)


def counted_for(count: Count, row: Mapping[str, Any]) -> int:
    """Return what one row adds to a count."""
    for name, expected in count.where:
        among = cast("tuple[Any, ...]", expected) if isinstance(expected, tuple) else (expected,)
        if _plain(row.get(name)) not in [_plain(one) for one in among]:
            return 0
    return 1 if count.sum_of is None else int(row.get(count.sum_of) or 0)


def _plain(value: Any) -> Any:
    return getattr(value, "name", value)
