"""What an operator asks of accounts, grants and tokens: which there are, whose, where, and which of them hold now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any

from yuanluo.accounts import Account
from yuanluo.clock import day_in_shanghai
from yuanluo.command import missing
from yuanluo.records import moment_text
from yuanluo.statements import rows
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import DeclarationError, NotFound
from yuanluo_tenants.listing import NOWHERE
from yuanluo_tenants.scope import crossing
from yuanluo_tenants.tables import Declared, shown_columns
from yuanluo_tenants.tree import scope_of

__all__ = ["account_named", "listed", "node_for", "row_of"]


async def listed(
    database: Database, table: type[Declared], now: dt.datetime, *, below: int | None = None, login: str | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a listing as plain values, `id` and `node` first: below a node, of one login, where given."""
    column = "holder_login" if "holder_login" in shown_columns(table) else "login"
    found = await _read(database, table, now, {} if login is None else {column: login})
    if below is not None:
        scope = await scope_of(database, [below])
        found = [row for row in found if row["tenant_id"] in scope]
    shown = [name for name, about in shown_columns(table).items() if about.exposed and name not in ("id", "node")]
    return [{name: _plain(row[name]) for name in ("id", "node", *shown)} for row in found]


async def row_of(database: Database, table: type[Declared], row_id: uuid.UUID, now: dt.datetime) -> Mapping[str, Any]:
    """Return one row of a listing, with the number of the node at which it stands as `tenant_id`."""
    found = await _read(database, table, now, {"id": row_id})
    if not found:
        raise missing(table)
    return found[0]


async def account_named(database: Database, login: str, now: dt.datetime) -> Mapping[str, Any]:
    """Return the account with this login as its listing shows it."""
    found = await _read(database, Account, now, {"login": login})
    if not found:
        raise NotFound(f"没有登录名为 {login} 的账号。", f"there is no account with the login {login}.")
    return found[0]


async def node_for(database: Database, row: Mapping[str, Any]) -> int:
    """Return the node at which the operator writes a row: where it stands, or the first district if that is nowhere."""
    if row["tenant_id"] != NOWHERE:
        return int(row["tenant_id"])
    [first] = await rows(database, "SELECT min(number) AS number FROM node", shared=True)
    return int(first["number"])


async def _read(
    database: Database, table: type[Declared], now: dt.datetime, wanted: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of a listing whose columns have the values `wanted`."""
    said = table.declared
    if said.listing is None:
        raise DeclarationError(f"表 {table.__name__} 没有列表。", f"table {table.__name__} has no listing.")
    source = said.listing.source(table._meta.tablename, database.dialect)
    values: list[Any] = []
    for place, value in (("{now}", now), ("{today}", day_in_shanghai(now))):
        if place in source:
            values.append(value)
            source = source.replace(place, f"${len(values)}")
    values += wanted.values()
    conditions = [f"{name} = ${number}" for number, name in enumerate(wanted, len(values) - len(wanted) + 1)]
    clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = ", ".join(f"{name.removeprefix('-')}{' DESC' if name.startswith('-') else ''}" for name in said.order)
    with crossing("administration: the operator lists what there is"):
        found = await rows(database, f"SELECT * FROM ({source}) r{clause} ORDER BY {order}, id", *values)
    uuids = [name for name, about in shown_columns(table).items() if about.kind in (Kind.UUID, Kind.UPWARD)]
    return [row | {name: None if row[name] is None else uuid.UUID(str(row[name])) for name in uuids} for row in found]


def _plain(value: Any) -> Any:
    match value:
        case dt.datetime():
            return moment_text(value)
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case Enum():
            return value.name
        case _:
            return value
