"""What someone without clearance sees of personal data, in Python and in both databases' SQL.

Filters, orders and cursors must see the masked value too (or they could be used to guess the clear one), so
each mask exists twice: as a function of a value and as an SQL expression that gives the same text for every
input. Only `length`, `substr` and a position function are needed; a mask shows at most 32 stars, so that an
SQL `repeat` (which SQLite lacks) is a `substr` of a constant.

    name        张建国 → 张*国 · 王芳 → 王* · 欧阳锋 → 欧阳* · 买买提·艾力 → 买买提*
    ID number   510100195207141010 → 510***********1010
    phone       15400000101 → 154****0101 · 8-digit landline 20000108 → ****0108
    room        3-2-509 → 3-*
    address     枣子巷13号院3栋2单元509 → 枣子巷13号院3栋***
    free text   ***
"""

from __future__ import annotations

from typing import Literal

from yuanluo.names import COMPOUND_SURNAMES, NAME_DOT

__all__ = [
    "MASKED_TEXT",
    "Dialect",
    "MaskRule",
    "address_mask_sql",
    "id_number_mask_sql",
    "mask",
    "mask_address",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "mask_room_key",
    "mask_sql",
    "mask_text",
    "name_mask_sql",
    "phone_mask_sql",
    "room_key_mask_sql",
    "text_mask_sql",
]

Dialect = Literal["sqlite", "postgresql"]
"""The two databases yuanluo speaks."""

MaskRule = Literal["name", "id_number", "phone", "room_key", "address", "text"]
"""Which mask a value of personal data takes."""

MASKED_TEXT = "***"
"""What stands in place of a free text."""

_STARS = "*" * 32
_ID_SHOWN_FROM = 15
_PHONE_HEAD_FROM = 10
_PHONE_TAIL_FROM = 7
_BUILDING_WORDS = ("栋", "幢", "号楼", "号院")
_COMPOUNDS = tuple(sorted(COMPOUND_SURNAMES))


def mask_name(name: str | None) -> str | None:
    """Return a name with the surname and the last character left: 张*国, 王*, 欧阳*国, 买买提*."""
    if not name:
        return name
    dot = name.find(NAME_DOT)
    if dot >= 0:
        return name[:dot] + "*"
    length = len(name)
    if length == 1:
        return "*"
    kept = 2 if length > 2 and name[:2] in COMPOUND_SURNAMES else 1
    if length == kept + 1:
        return name[:kept] + "*"
    return name[:kept] + _stars(length - kept - 1) + name[-1]


def mask_id_number(number: str | None) -> str | None:
    """Return an ID number with its first 3 and last 4 characters left; a shorter one than 15 is hidden."""
    if not number:
        return number
    length = len(number)
    if length < _ID_SHOWN_FROM:
        return _stars(length)
    return number[:3] + _stars(length - 7) + number[-4:]


def mask_phone(phone: str | None) -> str | None:
    """Return a phone number with its first 3 (from 10 digits on) and its last 4 (from 7 on) left."""
    if not phone:
        return phone
    length = len(phone)
    if length < _PHONE_TAIL_FROM:
        return _stars(length)
    if length < _PHONE_HEAD_FROM:
        return _stars(length - 4) + phone[-4:]
    return phone[:3] + _stars(length - 7) + phone[-4:]


def mask_room_key(room_key: str | None) -> str | None:
    """Return a room key with the building alone left: 3-2-509 gives 3-*."""
    if not room_key:
        return room_key
    hyphen = room_key.find("-")
    return "*" if hyphen < 0 else room_key[:hyphen] + "-*"


def mask_address(address: str | None) -> str | None:
    """Return an address up to its building, else up to its compound, else hidden whole."""
    if not address:
        return address
    for word in _BUILDING_WORDS:
        found = address.find(word)
        if found >= 0:
            return address[: found + len(word)] + MASKED_TEXT
    return MASKED_TEXT


def mask_text(text: str | None) -> str | None:
    """Return three stars for any text, whatever its length."""
    return None if text is None else MASKED_TEXT


def mask(rule: MaskRule, value: str | None) -> str | None:
    """Return `value` masked by `rule`; None and the empty text (but for free text) stay as they are."""
    match rule:
        case "name":
            return mask_name(value)
        case "id_number":
            return mask_id_number(value)
        case "phone":
            return mask_phone(value)
        case "room_key":
            return mask_room_key(value)
        case "address":
            return mask_address(value)
        case "text":
            return mask_text(value)


def name_mask_sql(expr: str, dialect: Dialect) -> str:
    """Return SQL for `mask_name`; `expr` is repeated, so pass a column rather than a subquery."""
    dot = _position(expr, NAME_DOT, dialect)
    compounds = ", ".join(_quoted(surname) for surname in _COMPOUNDS)
    length = f"length({expr})"
    last = f"substr({expr}, {length}, 1)"
    return (
        f"CASE WHEN {expr} IS NULL THEN NULL WHEN {length} = 0 THEN ''"
        f" WHEN {dot} > 0 THEN substr({expr}, 1, {dot} - 1) || '*'"
        f" WHEN {length} = 1 THEN '*'"
        f" WHEN {length} = 2 THEN substr({expr}, 1, 1) || '*'"
        f" WHEN substr({expr}, 1, 2) IN ({compounds}) THEN substr({expr}, 1, 2) ||"
        f" CASE WHEN {length} = 3 THEN '*' ELSE {_stars_sql(f'{length} - 3')} || {last} END"
        f" ELSE substr({expr}, 1, 1) || {_stars_sql(f'{length} - 2')} || {last} END"
    )


def id_number_mask_sql(expr: str, dialect: Dialect) -> str:  # noqa: ARG001 - one signature for all
    """Return SQL for `mask_id_number`, the same in either dialect."""
    length = f"length({expr})"
    return (
        f"CASE WHEN {expr} IS NULL THEN NULL"
        f" WHEN {length} < {_ID_SHOWN_FROM} THEN {_stars_sql(length)}"
        f" ELSE substr({expr}, 1, 3) || {_stars_sql(f'{length} - 7')} || substr({expr}, {length} - 3) END"
    )


def phone_mask_sql(expr: str, dialect: Dialect) -> str:  # noqa: ARG001 - one signature for all
    """Return SQL for `mask_phone`, the same in either dialect."""
    length = f"length({expr})"
    tail = f"substr({expr}, {length} - 3)"
    return (
        f"CASE WHEN {expr} IS NULL THEN NULL"
        f" WHEN {length} < {_PHONE_TAIL_FROM} THEN {_stars_sql(length)}"
        f" WHEN {length} < {_PHONE_HEAD_FROM} THEN {_stars_sql(f'{length} - 4')} || {tail}"
        f" ELSE substr({expr}, 1, 3) || {_stars_sql(f'{length} - 7')} || {tail} END"
    )


def room_key_mask_sql(expr: str, dialect: Dialect) -> str:
    """Return SQL for `mask_room_key`."""
    hyphen = _position(expr, "-", dialect)
    return (
        f"CASE WHEN {expr} IS NULL THEN NULL WHEN length({expr}) = 0 THEN ''"
        f" WHEN {hyphen} = 0 THEN '*' ELSE substr({expr}, 1, {hyphen} - 1) || '-*' END"
    )


def address_mask_sql(expr: str, dialect: Dialect) -> str:
    """Return SQL for `mask_address`."""
    whens = " ".join(
        f"WHEN {place} > 0 THEN substr({expr}, 1, {place} + {len(word) - 1}) || '{MASKED_TEXT}'"
        for word in _BUILDING_WORDS
        for place in (_position(expr, word, dialect),)
    )
    return f"CASE WHEN {expr} IS NULL THEN NULL WHEN length({expr}) = 0 THEN '' {whens} ELSE '{MASKED_TEXT}' END"


def text_mask_sql(expr: str, dialect: Dialect) -> str:  # noqa: ARG001 - one signature for all
    """Return SQL for `mask_text`, the same in either dialect."""
    return f"CASE WHEN {expr} IS NULL THEN NULL ELSE '{MASKED_TEXT}' END"


def mask_sql(rule: MaskRule, expr: str, dialect: Dialect) -> str:
    """Return SQL that masks `expr` by `rule` as `mask` does; `expr` is repeated, so pass a column."""
    match rule:
        case "name":
            return name_mask_sql(expr, dialect)
        case "id_number":
            return id_number_mask_sql(expr, dialect)
        case "phone":
            return phone_mask_sql(expr, dialect)
        case "room_key":
            return room_key_mask_sql(expr, dialect)
        case "address":
            return address_mask_sql(expr, dialect)
        case "text":
            return text_mask_sql(expr, dialect)


def _stars(count: int) -> str:
    return _STARS[:count]


def _stars_sql(count: str) -> str:
    return f"substr('{_STARS}', 1, {count})"


def _position(expr: str, needle: str, dialect: Dialect) -> str:
    function = "instr" if dialect == "sqlite" else "strpos"
    return f"{function}({expr}, {_quoted(needle)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
