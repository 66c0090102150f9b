"""The tree District > Subdistrict > Community > Grid > Courtyard, and the numbers of its nodes.

A number is the 12-digit community code times 10,000 plus a serial, below 2^53, so that the nodes below a node form
one range (`range_of`). A district is its 6-digit code followed by ten zeros, a subdistrict its 9-digit code
followed by seven, a community its 12-digit code followed by four. In a community, courtyards take the serials
1 to 8999 and grids 9001 to 9999. A number never changes: a courtyard that moves changes its parents only, and then
`scope_of` lists it beside the range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Long, Reads, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Conflict, Invalid, NotFound
from yuanluo_tenants.scope import Range, Scope
from yuanluo_tenants.tables import ReferenceTable

__all__ = [
    "Node",
    "NodeKind",
    "NodeStatus",
    "Place",
    "ancestors",
    "code_of",
    "kind_of_code",
    "kind_of_number",
    "number_of",
    "open_node",
    "place_of",
    "range_of",
    "scope_of",
]

COURTYARDS = range(1, 9000)
GRIDS = range(9001, 10000)


class NodeKind(Enum):
    """The five kinds of node; the values are `(zh, en)`."""

    DISTRICT = ("区", "district")
    SUBDISTRICT = ("街道", "subdistrict")
    COMMUNITY = ("社区", "community")
    GRID = ("网格", "grid")
    COURTYARD = ("院落", "courtyard")


class NodeStatus(Enum):
    """Whether the node is in use."""

    OPEN = ("启用", "open")
    CLOSED = ("停用", "closed")


class Node(
    ReferenceTable,
    zh="节点",
    en="a node of the tree",
    natural_key=["code"],
    order=["number"],
    indexes=[["parent"], ["grid"]],
    exposed=False,
):
    """One row per node; `district`, `subdistrict`, `community` and `grid` are the numbers of its ancestors."""

    number = Long("编号", "permanent number", default=None, primary_key=True)
    kind = Choice("层级", "kind of node", NodeKind)
    code = Code("编码", "administrative code, or the number in 16 digits", unique=True)
    name = Text("名称", "name", klass=DataClass.D0, reads=Reads.NAME)
    parent = Long("上级", "number of the parent", null=True)
    district = Long("区", "number of the district", null=True, index=True)
    subdistrict = Long("街道", "number of the subdistrict", null=True, index=True)
    community = Long("社区", "number of the community", null=True, index=True)
    grid = Long("网格", "number of the grid", null=True)
    status = Choice("状态", "whether it is in use", NodeStatus)


# numbers and codes, pure ------------------------------------------------------------------------------------

_DIGITS = {6: NodeKind.DISTRICT, 9: NodeKind.SUBDISTRICT, 12: NodeKind.COMMUNITY}
_SPAN = {NodeKind.DISTRICT: 10**10, NodeKind.SUBDISTRICT: 10**7, NodeKind.COMMUNITY: 10**4}
_WIDTH = {NodeKind.DISTRICT: 6, NodeKind.SUBDISTRICT: 9, NodeKind.COMMUNITY: 12}


def kind_of_code(code: str) -> NodeKind:
    """Return the kind of node that `code` names; raise Invalid for anything else."""
    if code.isascii() and code.isdigit():
        if len(code) in _DIGITS:
            return _DIGITS[len(code)]
        if len(code) == 16 and (kind := kind_of_number(int(code))) not in _SPAN:
            return kind
    raise Invalid(
        f"编码 {code} 应为 6、9、12 或 16 位数字。",
        f"code {code!r} must have 6, 9, 12 or 16 digits.",
        field="code",
    )


def kind_of_number(number: int) -> NodeKind:
    """Return the kind of the node `number`; raise Invalid if no node can have it."""
    serial = number % 10**4
    if 10**15 <= number < 2**53:
        if serial in COURTYARDS:
            return NodeKind.COURTYARD
        if serial in GRIDS:
            return NodeKind.GRID
        if serial == 0:
            if number % 10**7:
                return NodeKind.COMMUNITY
            return NodeKind.SUBDISTRICT if number % 10**10 else NodeKind.DISTRICT
    raise Invalid(f"节点编号 {number} 无效。", f"{number} is not the number of a node.", field="number")


def number_of(code: str) -> int:
    """Return the number of the node with `code`; the code's shape decides the kind, and must fit its digits."""
    kind = kind_of_code(code)
    number = int(code.ljust(16, "0"))
    if kind_of_number(number) is not kind:
        raise Invalid(
            f"编码 {code} 不是{kind.value[0]}编码。",
            f"{code} is not the code of a {kind.value[1]}.",
            field="code",
        )
    return number


def code_of(number: int) -> str:
    """Return the code of the node `number`: 6, 9 or 12 digits, 16 for a grid or a courtyard."""
    return str(number)[: _WIDTH.get(kind_of_number(number), 16)]


def range_of(number: int) -> Range:
    """Return the numbers at or below the node; a grid's and a courtyard's is itself (see `scope_of`)."""
    return Range(number, number + _SPAN.get(kind_of_number(number), 1) - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """The numbers of a node's ancestors, itself included, as its number tells them; None where there is none."""

    district: int
    subdistrict: int | None
    community: int | None


def ancestors(number: int) -> Place:
    """Return the district, subdistrict and community in which the node was opened."""
    kind = kind_of_number(number)
    district = number - number % 10**10
    subdistrict = number - number % 10**7 if kind is not NodeKind.DISTRICT else None
    deep = kind in (NodeKind.COMMUNITY, NodeKind.GRID, NodeKind.COURTYARD)
    return Place(district, subdistrict, number - number % 10**4 if deep else None)


# the stored tree --------------------------------------------------------------------------------------------


async def place_of(database: Database, number: int) -> Node:
    """Return the node `number` as the tree stands today; raise NotFound if there is none."""
    mark = "$1" if database.dialect == "postgresql" else "?1"
    rows = await database.fetch(f"SELECT * FROM node WHERE number = {mark}", [number], shared=True)
    if not rows:
        raise NotFound(f"没有编号为 {number} 的节点。", f"there is no node {number}.")
    return Node(**rows[0], _exists_in_db=True)


async def open_node(
    database: Database,
    kind: NodeKind,
    name: str,
    *,
    code: str | None = None,
    parent: int | None = None,
    serial: int | None = None,
    grid: int | None = None,
) -> int:
    """Open a node and return its number.

    A district, subdistrict or community is opened by its `code`; its parent must be open already. A courtyard or a
    grid is opened in the community `parent`, with the given `serial` or the next free one; a courtyard may stand
    in a `grid` of that community.
    """
    async with database.transaction():
        if kind in _SPAN:
            if code is None or kind_of_code(code) is not kind:
                raise Invalid(
                    f"{kind.value[0]}须给出 {_WIDTH[kind]} 位编码。",
                    f"a {kind.value[1]} is opened by its code of {_WIDTH[kind]} digits.",
                    field="code",
                )
            number = number_of(code)
            above = ancestors(number)
            upper = above.subdistrict if kind is NodeKind.COMMUNITY else above.district
            parent_number = upper if kind is not NodeKind.DISTRICT else None
        else:
            if parent is None or kind_of_number(parent) is not NodeKind.COMMUNITY:
                raise Invalid(
                    f"{kind.value[0]}须开在社区之下。",
                    f"a {kind.value[1]} is opened in a community.",
                    field="parent",
                )
            number = parent + await _serial(database, parent, kind, serial)
            above = ancestors(number)
            parent_number = grid if grid is not None else parent
        if parent_number is not None:
            await _require_open(database, parent_number)
        if grid is not None and (await place_of(database, grid)).community != parent:
            raise Invalid("网格不在该社区。", "the grid is not in that community.", field="grid")
        await database.insert_rows(
            Node,
            [
                {
                    "number": number,
                    "kind": kind,
                    "code": code_of(number),
                    "name": name,
                    "parent": parent_number,
                    "district": above.district,
                    "subdistrict": above.subdistrict,
                    "community": above.community,
                    "grid": number if kind is NodeKind.GRID else grid,
                    "status": NodeStatus.OPEN,
                }
            ],
        )
    return number


async def _require_open(database: Database, number: int) -> None:
    node = await place_of(database, number)
    if node.status != NodeStatus.OPEN.name:
        raise NotFound(f"上级节点 {number} 尚未开通。", f"the parent node {number} is not open.")


async def _serial(database: Database, community: int, kind: NodeKind, wanted: int | None) -> int:
    allowed = COURTYARDS if kind is NodeKind.COURTYARD else GRIDS
    if wanted is None:
        mark = "$1 AND $2" if database.dialect == "postgresql" else "?1 AND ?2"
        rows = await database.fetch(
            f"SELECT max(number) AS top FROM node WHERE number BETWEEN {mark}",
            [community + allowed.start, community + allowed.stop - 1],
            shared=True,
        )
        top = rows[0]["top"]
        wanted = allowed.start if top is None else int(top) - community + 1
    if wanted not in allowed:
        raise Conflict(
            f"社区 {community} 的{kind.value[0]}序号已用完或无效。",
            f"community {community} has no such serial for a {kind.value[1]}.",
        )
    return wanted


async def scope_of(database: Database, numbers: Iterable[int]) -> Scope:
    """Return the scope of everything at or below the nodes `numbers` as the tree stands today.

    Below a grid stand its courtyards; a courtyard that moved away from where its number lies is left out, and one
    that moved in is listed.
    """
    parts: list[Range] = []
    for number in numbers:
        kind = kind_of_number(number)
        if kind is NodeKind.COURTYARD:
            parts.append(Range(number, number))
            continue
        own = range_of(number)
        column = kind.name.lower()
        mark = ("$1", "$2", "$3") if database.dialect == "postgresql" else ("?1", "?2", "?3")
        rows = await database.fetch(
            f'SELECT number, "{column}" AS owner FROM node WHERE "{column}" = {mark[0]} AND '
            f"NOT (number BETWEEN {mark[1]} AND {mark[2]}) OR number BETWEEN {mark[1]} AND {mark[2]} "
            f'AND "{column}" <> {mark[0]}',
            [number, own.lo, own.hi],
            shared=True,
        )
        gone = sorted(row["number"] for row in rows if row["owner"] != number)
        parts += [Range(row["number"], row["number"]) for row in rows if row["owner"] == number]
        lo = own.lo
        for each in gone:
            if each > lo:
                parts.append(Range(lo, each - 1))
            lo = each + 1
        if lo <= own.hi:
            parts.append(Range(lo, own.hi))
    return Scope.merged(parts)
