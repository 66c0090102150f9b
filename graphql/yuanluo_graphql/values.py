"""Values between a client, a statement and a cursor: conversion, checks, and what is refused."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import Enum
from typing import Any

from yuanluo_graphql.model import Entity
from yuanluo_graphql.plan import NIL
from yuanluo_graphql.scalars import moment_text
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Invalid

__all__ = [
    "CASTS",
    "FILTER_DEPTH",
    "FILTER_SIZE",
    "LIST_SIZE",
    "courtyard_number",
    "filter_too_large",
    "from_json",
    "gid_parts",
    "gid_row",
    "name_of",
    "native",
    "page_size",
    "quoted_table",
    "storable",
    "tree_number",
]

CASTS: dict[Kind, str] = {
    Kind.INTEGER: "integer",
    Kind.MINUTES: "integer",
    Kind.LONG: "bigint",
    Kind.FEN: "bigint",
    Kind.AREA: "bigint",
    Kind.FLAG: "boolean",
    Kind.DAY: "date",
    Kind.MOMENT: "timestamptz",
    Kind.UUID: "uuid",
    Kind.REF: "uuid",
    Kind.UPWARD: "uuid",
}
FILTER_DEPTH = 20
FILTER_SIZE = 200
LIST_SIZE = 1_000


def page_size(maximum: int, name: str) -> Invalid:
    """Return the refusal of a page that is too large or negative."""
    return Invalid(
        f"{name} 须在 0 到 {maximum} 之间;请分页取。",
        f"{name} must be between 0 and {maximum}; ask for more pages instead.",
        field=name,
        code="PAGE_SIZE",
    )


def filter_too_large() -> Invalid:
    """Return the refusal of a filter with too many conditions, levels or items."""
    return Invalid(
        f"筛选条件过多:最多 {FILTER_SIZE} 个条件、{FILTER_DEPTH} 层、每个列表 {LIST_SIZE} 项。",
        f"The filter is too large: at most {FILTER_SIZE} conditions, {FILTER_DEPTH} levels and "
        f"{LIST_SIZE} items of a list.",
        field="filter",
        code="FILTER_LIMIT",
    )


def storable(value: Any) -> Any:
    """Return a client's value; refuse text that a database cannot hold (NUL, lone surrogates)."""
    if (isinstance(value, str) and not value.isascii()) or (isinstance(value, str) and "\0" in value):
        try:
            value.encode()
        except UnicodeEncodeError:
            pass
        else:
            if "\0" not in value:
                return value
        raise Invalid(
            "文本中有无法存储的字符。", "The text holds a character that cannot be stored.", code="BAD_USER_INPUT"
        )
    return value


def quoted_table(entity: Entity) -> str:
    """Return the name of an entity's table, quoted."""
    return f'"{entity.table}"'


def name_of(value: Any) -> str:
    """Return the name of an enum member, or the text itself."""
    return value.name if isinstance(value, Enum) else str(value)


def courtyard_number(code: Any) -> int:
    """Return the tenant number that a 16-digit code says, or -1, which no node has."""
    text = str(code)
    return int(text) if len(text) == 16 and text.isascii() and text.isdigit() and int(text) < 2**53 else -1


def tree_number(gid: Any) -> int:
    """Return the number in the global id of a node of the tree, or -1."""
    parts = str(gid).split(":")
    return courtyard_number(parts[1]) if len(parts) == 3 and parts[1] == parts[2] else -1


def gid_parts(gid: Any) -> tuple[int, uuid.UUID]:
    """Return tenant number and row id of a global id; ones that no row has if it is malformed."""
    parts = str(gid).split(":")
    if len(parts) != 3:
        return -1, NIL
    try:
        row = uuid.UUID(parts[2])
    except ValueError:
        return -1, NIL
    return (courtyard_number(parts[1]), row) if str(row) == parts[2] else (-1, NIL)


def gid_row(gid: Any) -> uuid.UUID:
    """Return the row id in the global id of a listing, `Grant:<id>`; one that no row has if it is malformed."""
    _, _, text = str(gid).partition(":")
    try:
        row = uuid.UUID(text)
    except ValueError:
        return NIL
    return row if str(row) == text else NIL


def from_json(value: Any, kind: Kind) -> Any:
    """Return a cursor's JSON value as the value that `native` takes."""
    match kind:
        case Kind.DAY:
            return dt.date.fromisoformat(value)
        case Kind.MOMENT:
            return dt.datetime.fromisoformat(value)
        case Kind.UUID | Kind.REF | Kind.UPWARD:
            return uuid.UUID(value)
        case _:
            return value


def native(value: Any, kind: Kind, dialect: str) -> Any:
    """Return a Python value as the driver of `dialect` binds it."""
    if isinstance(value, Enum):
        return value.name
    if dialect == "postgresql":
        return bool(value) if kind is Kind.FLAG and value is not None else value
    match value:
        case bool():
            return int(value)
        case dt.datetime():
            return moment_text(value)
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case _:
            return value
