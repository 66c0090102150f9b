"""The two dialects: how each database builds JSON, formats a value, compares and counts.

PostgreSQL answers `row_to_json`/`json_agg` over records (1.5 times cheaper than json_build_object); keys over 63
bytes, which it would cut, are built as text. SQLite answers json_object/json_group_array; a sub-select loses its
JSON-ness there, so nested JSON is wrapped in `json()`. One formatter per kind and dialect; both finishes agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from yuanluo_tenants.columns import Kind

__all__ = ["DIALECTS", "Dialect", "Item", "quoted"]

_MAX_PG_NAME = 63
_MAX_FIELDS = 400
_WHOLE = '"~row"'
"""The name of a record on PostgreSQL; a column of that name would be taken in its stead, and no key is it."""
_LITERAL = re.compile(r"'(?:[^']|'')*'|NULL")


@dataclass(frozen=True, slots=True)
class Item:
    """One key of a JSON object: `sql` gives its value; `is_json` if that is JSON text already."""

    key: str
    sql: str
    is_json: bool = False


def quoted(text: str) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _places(size: int) -> str:
    return f"(VALUES {','.join(f'({place})' for place in range(size))})"


class Dialect(Protocol):
    """What the compiler needs to know of a database."""

    name: Literal["sqlite", "postgresql"]
    most_selects: int
    """How many SELECTs a statement may hold."""

    def placeholder(self, number: int, cast: str) -> str:
        """Return the placeholder of the parameter `number` of SQL type `cast`."""
        ...

    def show(self, kind: Kind, expr: str) -> Item:
        """Return how a value of `kind` is shown in JSON; the key is empty."""
        ...

    def object(self, items: Sequence[Item]) -> str:
        """Return one JSON object."""
        ...

    def array(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """Return the scalar sub-select of a JSON array of objects over the derived table `rows`."""
        ...

    def row(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """Return the scalar sub-select of one JSON object over the derived table `rows`, or null."""
        ...

    def values(self, exprs: Sequence[str]) -> str:
        """Return a JSON array of plain values."""
        ...

    def collect(self, expr: str, rows: str, alias: str) -> str:
        """Return the scalar sub-select of a JSON array of `expr`, JSON itself, over `rows`."""
        ...

    def places(self, size: int, parts: Sequence[str]) -> str:
        """Return a JSON array of `size` places; `parts` select a place `n` and the JSON `v` that stands there."""
        ...

    def statement(self, data: str) -> str:
        """Return the whole statement whose only value is the JSON `data`."""
        ...

    def contains(self, expr: str, needle: str) -> str:
        """Return whether `expr` contains `needle`."""
        ...

    def starts_with(self, expr: str, needle: str) -> str:
        """Return whether `expr` begins with `needle`."""
        ...

    def in_scope(self, column: str, lo: str, hi: str, *, is_single: bool) -> str:
        """Return whether the tenant number `column` lies in the scope."""
        ...

    def sum(self, expr: str) -> str:
        """Return the sum of a whole number over a group."""
        ...

    def among(self, expr: str, numbers: str) -> str:
        """Return whether `expr` is among the few that the select `numbers` gives, so that rows are found by key."""
        ...

    def hundredths(self, expr: str) -> str:
        """Return a whole number of hundredths as a number with two digits."""
        ...

    def json_value(self, expr: str) -> str:
        """Return JSON so that it stays JSON inside of `values`."""
        ...

    def day_text(self, kind: Kind, expr: str) -> str:
        """Return a day, a moment's day in Asia/Shanghai or a partial date as ISO text."""
        ...

    def plain_text(self, expr: str) -> str:
        """Return a text that is shown as a text, whatever function it comes from."""
        ...

    def boolean(self, expr: str) -> Item:
        """Return a truth as JSON."""
        ...

    def json_null(self) -> str:
        """Return a JSON-typed SQL null."""
        ...

    def hexed(self, expr: str) -> str:
        """Return bytes as hexadecimal text."""
        ...


class PostgreSQL:
    """PostgreSQL 15 and later."""

    name: Literal["sqlite", "postgresql"] = "postgresql"
    most_selects = 1_200
    """It says two to three where SQLite says one: what SQLite admits is admitted here."""

    def placeholder(self, number: int, cast: str) -> str:
        """Parameter 1 carries the scope (see `statement`)."""
        return f"${number + 1}::{cast}"

    def show(self, kind: Kind, expr: str) -> Item:
        """UTC to the microsecond for moments; the rest is what to_json writes."""
        if kind is Kind.MOMENT:
            return Item("", f"to_char({expr} AT TIME ZONE 'UTC','YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        return Item("", expr)

    def object(self, items: Sequence[Item]) -> str:
        """A record as JSON, or text where a key is too long for a column name."""
        if self._fits(items):
            return f"(SELECT row_to_json({_WHOLE}) FROM (SELECT {self._columns(items)}) {_WHOLE})"
        return self._text(items)

    def array(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """json_agg over records."""
        if self._fits(items):
            return (
                f"(SELECT coalesce(json_agg({_WHOLE}),'[]'::json) FROM (SELECT {self._columns(items)} "
                f"FROM ({rows}) {alias}) {_WHOLE})"
            )
        return f"(SELECT coalesce(json_agg({self._text(items)}),'[]'::json) FROM ({rows}) {alias})"

    def row(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """row_to_json over at most one record."""
        if self._fits(items):
            return f"(SELECT row_to_json({_WHOLE}) FROM (SELECT {self._columns(items)} FROM ({rows}) {alias}) {_WHOLE})"
        return f"(SELECT {self._text(items)} FROM ({rows}) {alias})"

    def values(self, exprs: Sequence[str]) -> str:
        """json_build_array."""
        return f"json_build_array({','.join(exprs)})"

    def collect(self, expr: str, rows: str, alias: str) -> str:
        """json_agg of an expression."""
        return f"(SELECT coalesce(json_agg({expr}),'[]'::json) FROM ({rows}) {alias})"

    def places(self, size: int, parts: Sequence[str]) -> str:
        """json_agg over the places, null where nothing was found."""
        if not size:
            return "'[]'::json"
        if not parts:
            return f"(SELECT json_agg(NULL::json) FROM {_places(size)} p)"
        found = " UNION ALL ".join(parts)
        return (
            f"(SELECT json_agg(f.v ORDER BY p.column1) FROM {_places(size)} p LEFT JOIN ({found}) f ON f.n=p.column1)"
        )

    def statement(self, data: str) -> str:
        """The scope travels in the same statement; a CASE asks for its result once the condition has been met."""
        return f"SELECT CASE WHEN set_config('yuanluo.scope',$1,true) IS NOT NULL THEN ({data})::json END"

    def contains(self, expr: str, needle: str) -> str:
        """strpos."""
        return f"strpos({expr},{needle})>0"

    def starts_with(self, expr: str, needle: str) -> str:
        """starts_with."""
        return f"starts_with({expr},{needle})"

    def in_scope(self, column: str, lo: str, hi: str, *, is_single: bool) -> str:
        """One range is a between; a list is a multirange, which is read once per statement."""
        between = f"{column} BETWEEN {lo} AND {hi}"
        return between if is_single else f"{between} AND {column} <@ (SELECT split_part($1,'/',3)::int8multirange)"

    def sum(self, expr: str) -> str:
        """A sum of bigint would be numeric."""
        return f"sum({expr})::bigint"

    def among(self, expr: str, numbers: str) -> str:
        """An array is a condition of an index; of a sub-select every row in reach would be asked."""
        return f"{expr}=ANY(ARRAY({numbers}))"

    def hundredths(self, expr: str) -> str:
        """Exact, and written with a point."""
        return f"round(({expr})::numeric/100,2)"

    def json_value(self, expr: str) -> str:
        """JSON is a type."""
        return expr

    def day_text(self, kind: Kind, expr: str) -> str:
        """to_char; China's one offset, as in Python, and not the zone with its summers of 1986 to 1991."""
        if kind is Kind.MOMENT:
            return f"to_char({expr} AT TIME ZONE 'UTC'+interval '8 hours','YYYY-MM-DD')"
        return expr if kind is Kind.PARTIAL_DATE else f"to_char({expr},'YYYY-MM-DD')"

    def plain_text(self, expr: str) -> str:
        """JSON is a type, which text is not."""
        return expr

    def boolean(self, expr: str) -> Item:
        """A boolean is JSON by itself."""
        return Item("", f"({expr})")

    def json_null(self) -> str:
        """A typed null."""
        return "NULL::json"

    def hexed(self, expr: str) -> str:
        """encode."""
        return f"encode({expr},'hex')"

    @staticmethod
    def _fits(items: Sequence[Item]) -> bool:
        return all(len(item.key.encode()) <= _MAX_PG_NAME for item in items)

    @staticmethod
    def _columns(items: Sequence[Item]) -> str:
        return ",".join(f'{item.sql} AS "{item.key}"' for item in items)

    @staticmethod
    def _typed(item: Item) -> str:
        # a literal alone has no type yet, and to_json takes any
        return f"{item.sql}::text" if _LITERAL.fullmatch(item.sql) else item.sql

    @staticmethod
    def _text(items: Sequence[Item]) -> str:
        parts = " || ',' || ".join(
            f"{quoted(chr(34) + item.key + chr(34) + ':')} || coalesce(to_json({PostgreSQL._typed(item)})::text,'null')"
            for item in items
        )
        return f"('{{' || {parts} || '}}')::json"


class SQLite:
    """The SQLite that the driver brings along (3.51 and later)."""

    name: Literal["sqlite", "postgresql"] = "sqlite"
    most_selects = 400
    """It gives up at some 500, each view counted."""

    def placeholder(self, number: int, cast: str) -> str:  # noqa: ARG002  # the protocol's parameter
        """Numbered parameters; types are those of the bound values."""
        return f"?{number}"

    def show(self, kind: Kind, expr: str) -> Item:
        """Dates and moments are stored as they are shown; truths are 0 and 1."""
        return self.boolean(expr) if kind is Kind.FLAG else Item("", expr)

    def object(self, items: Sequence[Item]) -> str:
        """json_object; very wide objects are patched together."""
        if len(items) <= _MAX_FIELDS:
            return f"json_object({self._pairs(items)})"
        head = f"json_object({self._pairs(items[:_MAX_FIELDS])})"
        for start in range(_MAX_FIELDS, len(items), _MAX_FIELDS):
            pairs = ",".join(
                f"{quoted('$.' + item.key)},{self._value(item)}" for item in items[start : start + _MAX_FIELDS]
            )
            head = f"json_insert({head},{pairs})"
        return head

    def array(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """json_group_array over an ordered sub-select."""
        return f"(SELECT json_group_array({self.object(items)}) FROM ({rows}) {alias})"

    def row(self, items: Sequence[Item], rows: str, alias: str) -> str:
        """json_object over at most one row."""
        return f"(SELECT {self.object(items)} FROM ({rows}) {alias})"

    def values(self, exprs: Sequence[str]) -> str:
        """json_array."""
        return f"json_array({','.join(exprs)})"

    def collect(self, expr: str, rows: str, alias: str) -> str:
        """json_group_array of an expression."""
        return f"(SELECT json_group_array({expr}) FROM ({rows}) {alias})"

    def places(self, size: int, parts: Sequence[str]) -> str:
        """json_group_array over the places, null where nothing was found."""
        if not size:
            return "json_array()"
        if not parts:
            return f"(SELECT json_group_array(NULL) FROM {_places(size)} p)"
        found = " UNION ALL ".join(parts)
        return (
            f"(SELECT json_group_array(json(f.v) ORDER BY p.column1) FROM {_places(size)} p "
            f"LEFT JOIN ({found}) f ON f.n=p.column1)"
        )

    def statement(self, data: str) -> str:
        """The scope is the connection's; the statement is a plain select."""
        return f"SELECT {data}"

    def contains(self, expr: str, needle: str) -> str:
        """instr."""
        return f"instr({expr},{needle})>0"

    def starts_with(self, expr: str, needle: str) -> str:
        """substr."""
        return f"substr({expr},1,length({needle}))={needle}"

    def in_scope(self, column: str, lo: str, hi: str, *, is_single: bool) -> str:
        """One range is a between; a list is asked of the connection."""
        between = f"{column} BETWEEN {lo} AND {hi}"
        return between if is_single else f"{between} AND yuanluo_in({column})"

    def sum(self, expr: str) -> str:
        """A sum of integers is one."""
        return f"sum({expr})"

    def among(self, expr: str, numbers: str) -> str:
        """IN goes by the key."""
        return f"{expr} IN ({numbers})"

    def hundredths(self, expr: str) -> str:
        """The nearest double has these two digits."""
        return f"({expr})/100.0"

    def json_value(self, expr: str) -> str:
        """JSON is text until json() makes it one."""
        return f"json({expr})"

    def day_text(self, kind: Kind, expr: str) -> str:
        """Days are stored as they are shown."""
        return f"date(substr({expr},1,19),'+8 hours')" if kind is Kind.MOMENT else expr

    def plain_text(self, expr: str) -> str:
        """What a JSON function gave would be shown as the object that it spells; an operator's result is not."""
        return f"({expr}||'')"

    def boolean(self, expr: str) -> Item:
        """A truth is text until json() makes it one."""
        return Item("", f"CASE WHEN ({expr}) THEN 'true' WHEN NOT ({expr}) THEN 'false' END", is_json=True)

    def json_null(self) -> str:
        """A plain null."""
        return "NULL"

    def hexed(self, expr: str) -> str:
        """hex."""
        return f"lower(hex({expr}))"

    @staticmethod
    def _value(item: Item) -> str:
        return f"json({item.sql})" if item.is_json else item.sql

    def _pairs(self, items: Sequence[Item]) -> str:
        return ",".join(f"{quoted(item.key)},{self._value(item)}" for item in items)


DIALECTS: dict[str, Dialect] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}
"""The dialects by the name of `Database.dialect`."""
