"""Sealed columns from plain text: ciphertext, blind index and masked form in one step."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from yuanluo.masking import mask_id_number, mask_name, mask_phone, mask_room_key
from yuanluo_tenants.columns import About, Kind, Mask
from yuanluo_tenants.crypto import Field, Keyring
from yuanluo_tenants.tables import Declared, columns_of

__all__ = ["SEPARATOR", "blind_index", "blind_indexes", "masked", "seal_values", "unseal"]

SEPARATOR: Final = "/"
"""Between several values in one sealed column, such as further phones."""


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
