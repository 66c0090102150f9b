"""Sealed columns from plain text: ciphertext, blind index and masked form in one step."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from yuanluo.masking import mask_id_number, mask_name, mask_phone, mask_room_key
from yuanluo.statements import changed, rows
from yuanluo_tenants.columns import About, Kind, Mask
from yuanluo_tenants.crypto import Field, Keyring, SealBroken
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import crossing, scoped
from yuanluo_tenants.tables import Declared, TableClass, columns_of

__all__ = ["SEPARATOR", "blind_index", "blind_indexes", "masked", "require_key", "seal_anew", "seal_values", "unseal"]

SEPARATOR: Final = "/"
"""Between several values in one sealed column, such as further phones."""

_TRIED: Final = 5

_MASKS: Final[Mapping[Mask, Callable[[str | None], str | None]]] = {
    Mask.NAME: mask_name,
    Mask.PHONE: mask_phone,
    Mask.ID_NUMBER: mask_id_number,
    Mask.ROOM: mask_room_key,
}


def masked(rule: Mask, text: str) -> str | None:
    """Return what stays visible of `text` under `rule`; each part of a list by itself, None where all is hidden."""
    function = _MASKS.get(rule)
    if function is None:
        return None
    return SEPARATOR.join(function(part) or "" for part in text.split(SEPARATOR))


@cache
def sealed_columns(table: type[Declared]) -> Mapping[str, About]:
    """Return the SEALED columns of `table` by name."""
    return {name: each for name, each in columns_of(table).items() if each.kind is Kind.SEALED}


def _comparable(text: str) -> str:
    """Return the form in which two writings of one number are equal."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def blind_index(keys: Keyring, table: type[Declared], tenant: int, column: str, text: str) -> bytes:
    """Return the blind index under which `text` is stored in a sealed column of one tenant."""
    return keys.index(_comparable(text), Field(tenant, table._meta.tablename, column))


def blind_indexes(keys: Keyring, table: type[Declared], tenant: int, column: str, text: str) -> list[bytes]:
    """Return the blind indexes under which `text` may be found, one per key version, newest first."""
    return keys.indexes(_comparable(text), Field(tenant, table._meta.tablename, column))


def seal_values(keys: Keyring, table: type[Declared], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `row` with the plain text of every SEALED column replaced by its three stored values.

    `row` must carry `tenant_id` and `id`; an empty text counts as None.
    """
    out = dict(row)
    for name, about in sealed_columns(table).items():
        if name not in row:
            continue
        text = row[name] or None
        tenant, row_id = row["tenant_id"], row["id"]
        out[name] = None if text is None else keys.seal(text, Field(tenant, table._meta.tablename, name), row_id)
        out[f"{name}_index"] = None if text is None else blind_index(keys, table, tenant, name, text)
        out[f"{name}_masked"] = None if text is None else masked(about.mask, text)
    return out


def unseal(keys: Keyring, table: type[Declared], tenant: int, row_id: uuid.UUID, column: str, sealed: bytes) -> str:
    """Return the plain text of a sealed value read from `table`."""
    return keys.open(sealed, Field(tenant, table._meta.tablename, column), row_id)


async def seal_anew(database: Database, keys: Keyring, registry: Registry, tenant: int) -> int:
    """Seal what stands at `tenant` under older keys with the newest one; return how many values there were.

    Writes may go on meanwhile: a value that changed since it was read is left, for whoever changed it sealed it anew.
    """
    done = 0
    with scoped(tenant):
        for table in registry.of_class(TableClass.TENANT):
            name = table._meta.tablename
            for column in sealed_columns(table):
                sql = f'SELECT id, "{column}" AS sealed FROM "{name}" WHERE tenant_id = $1 AND "{column}" IS NOT NULL'
                old = [row for row in await rows(database, sql, tenant) if not keys.is_current(row["sealed"])]
                if not old:
                    continue
                field = Field(tenant, name, column)
                async with database.transaction():
                    for row in old:
                        text = keys.open(row["sealed"], field, row["id"])
                        done += await changed(
                            database,
                            f'UPDATE {name} SET "{column}" = $1, "{column}_index" = $2'
                            f' WHERE tenant_id = $3 AND id = $4 AND "{column}" = $5',
                            keys.seal(text, field, row["id"]),
                            blind_index(keys, table, tenant, column, text),
                            tenant,
                            row["id"],
                            row["sealed"],
                        )
    return done


async def require_key(database: Database, keys: Keyring, registry: Registry) -> None:
    """Raise ConfigurationError where none of the sealed values that are tried opens: the database has another key.

    One that opens will do: a damaged value must not keep a deployment from starting.
    """
    broken: SealBroken | None = None
    with crossing("start: the key is tried on what is sealed"):
        for table in registry.of_class(TableClass.TENANT):
            for column in sealed_columns(table):
                sql = (
                    f'SELECT tenant_id, id, "{column}" AS sealed FROM "{table._meta.tablename}"'
                    f' WHERE "{column}" IS NOT NULL LIMIT {_TRIED}'
                )
                for row in await rows(database, sql):
                    row_id = uuid.UUID(str(row["id"]))
                    try:
                        unseal(keys, table, row["tenant_id"], row_id, column, row["sealed"])
                    except SealBroken as error:
                        broken = error
                    else:
                        return
    if broken is not None:
        where = f"{broken.field.table}.{broken.field.column}"
        raise ConfigurationError(
            f"部署密钥与数据库不符,解不开 {where} 等密文;"
            "请改用写入这些数据时的密钥(YUANLUO_SECRET_KEY 或 YUANLUO_KEY_FILE)。",
            f"the deployment key is not this database's: it opens nothing sealed, such as {where}; give the key under"
            " which it was written (YUANLUO_SECRET_KEY or YUANLUO_KEY_FILE).",
        ) from broken
