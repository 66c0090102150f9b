"""What statistics must be, written down a second time: groups as Python dicts, small cells withheld by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import floor
from typing import Any

from yuanluo_graphql.model import ColumnField, Entity
from yuanluo_tenants.columns import Kind

__all__ = ["DEFAULT_GROUPS", "MIN_CELL", "Asked", "asked_keys", "stats"]

DEFAULT_GROUPS = 100
MIN_CELL = 5
PLACES = ("COURTYARD", "COMMUNITY", "SUBDISTRICT")
UNITS = ("DAY", "MONTH", "QUARTER", "YEAR")
Row = dict[str, Any]
Nodes = Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Asked:
    """One key that is asked for: the field it answers in, the column if it has one, and what of it."""

    field: str
    column: str | None
    unit: str


def asked_keys(entity: Entity, group_by: Sequence[str]) -> list[Asked]:
    """Read the names of keys."""
    columns = {each.column: each for each in entity.fields.values() if isinstance(each, ColumnField)}
    found: list[Asked] = []
    for name in dict.fromkeys(group_by):
        column = columns.get(name.lower())
        if column is not None and (column.about.choices is not None or column.kind is Kind.FLAG):
            found.append(Asked(column.name, name.lower(), "VALUE"))
        elif name in PLACES:
            found.append(Asked(name.lower(), None, name))
        else:
            head, _, unit = name.rpartition("_")
            assert unit in UNITS
            found.append(Asked(columns[head.lower()].name, head.lower(), unit))
    return found


def period(value: Any, unit: str) -> str | None:
    """Return the period that a day, a moment or a partial date lies in; None if it is not known that closely."""
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        value = (value.astimezone(dt.timezone.utc) + dt.timedelta(hours=8)).date()
    parts = (value if isinstance(value, str) else value.isoformat()).split("-")
    needed = {"YEAR": 1, "QUARTER": 2, "MONTH": 2, "DAY": 3}[unit]
    if len(parts) < needed:
        return None
    return f"{parts[0]}-Q{(int(parts[1]) + 2) // 3}" if unit == "QUARTER" else "-".join(parts[:needed])


def first_day(text: str) -> str:
    """Return the first day of a period."""
    if "Q" in text:
        year, quarter = text.split("-Q")
        return f"{year}-{int(quarter) * 3 - 2:02}-01"
    return "-".join([*text.split("-"), "01", "01"][:3])


def place(nodes: Nodes, tenant: int, level: str) -> int | None:
    """Return the node of `level` that a node is or lies in."""
    node = nodes[tenant]
    if node["kind"] == level:
        return tenant
    return None if level == "COURTYARD" else node[level.lower()]


class Lazy(dict[str, Any]):
    """An object whose fields are computed when they are asked for."""

    def __init__(self, compute: Callable[[str], Any], **known: Any) -> None:
        super().__init__(known)
        self.compute = compute

    def __missing__(self, name: str) -> Any:
        return self.compute(name)


def stats(
    entity: Entity,
    rows: Sequence[Row],
    given: Mapping[str, Any],
    nodes: Nodes,
    *,
    seen: Callable[[Row, str], Any],
    value: Callable[[Row, str], Any],
    is_counted: bool,
) -> dict[str, Any]:
    """Return the statistics of `rows`: `seen` gives a column to group by, `value` what a field of a row shows."""
    keys = asked_keys(entity, given.get("groupBy", ()))

    def key_of(row: Row) -> tuple[Any, ...]:
        parts: list[Any] = []
        for each in keys:
            if each.column is None:
                parts.append(place(nodes, row["tenant_id"], each.unit))
            elif each.unit == "VALUE":
                found = seen(row, each.column)
                parts.append(found.name if isinstance(found, Enum) else found)
            else:
                parts.append(period(seen(row, each.column), each.unit))
        return tuple(parts)

    cells: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
    for row in rows:
        cells.setdefault(key_of(row), []).append(row)
    ordered = sorted(cells, key=lambda key: tuple((part is None, 0 if part is None else part) for part in key))
    gone = withheld(keys, cells, nodes) if is_counted else set()
    limit = given.get("limit", DEFAULT_GROUPS)
    return {
        "groupCount": len(ordered),
        "isComplete": len(ordered) <= limit,
        "groups": [
            Lazy(
                lambda which, each=key: Lazy(  # type: ignore[misc]  # the default binds the loop's key
                    lambda name: figure(cells[each], which, name, value, is_counted=is_counted)
                ),
                key=Lazy(lambda _: None, **shown_key(keys, key, nodes)),
                count=None if key in gone else len(cells[key]),
                suppressed=key in gone,
            )
            for key in ordered[:limit]
        ],
    }


def withheld(keys: Sequence[Asked], cells: Mapping[tuple[Any, ...], list[Row]], nodes: Nodes) -> set[Any]:
    """Return the keys of the cells that are withheld, with those that would give them away."""
    parts: dict[Any, list[tuple[Any, ...]]] = {}
    for key, rows in cells.items():
        above = {"COURTYARD": "COMMUNITY", "COMMUNITY": "SUBDISTRICT", "SUBDISTRICT": "DISTRICT"}
        level = above.get(keys[0].unit) if keys else None
        part = place(nodes, rows[0]["tenant_id"], level) if level is not None else None
        parts.setdefault(part, []).append(key)
    gone: set[Any] = set()
    for members in parts.values():
        small = [key for key in members if 1 <= len(cells[key]) < MIN_CELL]
        gone.update(small)
        others = [key for key in members if key not in small]
        if others and small and (len(small) == 1 or sum(len(cells[key]) for key in small) < MIN_CELL):
            gone.add(min(others, key=lambda key: (len(cells[key]), *((p is None, 0 if p is None else p) for p in key))))
    return gone


def shown_key(keys: Sequence[Asked], key: tuple[Any, ...], nodes: Nodes) -> dict[str, Any]:
    """Return the key of a group as it is shown."""
    found: dict[str, Any] = {}
    for each, part in zip(keys, key, strict=True):
        if part is None or each.unit == "VALUE":
            found[each.field] = part
        elif each.column is None:
            found[each.field] = {"code": nodes[part]["code"], "name": nodes[part]["name"]}
        else:
            found[each.field] = {"text": part, "startsOn": first_day(part)}
    return found


def figure(rows: Sequence[Row], which: str, name: str, value: Callable[[Row, str], Any], *, is_counted: bool) -> Any:
    """Return one figure of a group."""
    if is_counted:
        return None
    values = [each for each in (value(row, name) for row in rows) if each is not None]
    if not values:
        return None
    match which:
        case "sum":
            return sum(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
    total = sum(values)
    rounded = floor(Fraction(abs(total), len(values)) + Fraction(1, 2))
    return {"sum": total, "count": len(values), "rounded": -rounded if total < 0 else rounded}
