"""The tree District > Subdistrict > Community > Grid > Courtyard, and the numbers of its nodes.

A number is the 12-digit community code times 10,000 plus a serial, below 2^53, so that the nodes below a node form
one range (`range_of`). A district is its 6-digit code followed by ten zeros, a subdistrict its 9-digit code
followed by seven, a community its 12-digit code followed by four. In a community, courtyards take the serials
1 to 8999 and grids 9001 to 9999. A number never changes, and with it stay code, rows, records and grants: a node that
moves changes its parents only, and so does everything below it, and then `scope_of` lists it beside the range. What
the digits of a number say is therefore where a node was opened (`ancestors`); where it is now, the stored tree says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Long, Reads, Text
from yuanluo_tenants.database import Database, Row
from yuanluo_tenants.errors import Conflict, Invalid, NotFound
from yuanluo_tenants.scope import Range, Scope
from yuanluo_tenants.tables import ReferenceTable

__all__ = [
    "Node",
    "NodeClosed",
    "NodeExists",
    "NodeInUse",
    "NodeKind",
    "NodeStatus",
    "Place",
    "WrongParent",
    "above",
    "ancestors",
    "close_node",
    "code_of",
    "kind_of_code",
    "kind_of_number",
    "lock_tree",
    "move_node",
    "nodes_opened_above",
    "number_of",
    "open_node",
    "place_of",
    "range_of",
    "rename_node",
    "reopen_node",
    "scope_of",
    "where_is",
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


class NodeClosed(Conflict):
    """The node is closed: what it holds is read, and nothing is written there or opened below it."""

    code = "NODE_CLOSED"
    rule = "domain 2"
    next_zh = "请改在启用的节点办理,或由区级管理员重新启用该节点(node.reopen)。"
    next_en = "Do it at a node that is open, or let the district open this one again (node.reopen)."

    @classmethod
    def of(cls, node: Node) -> NodeClosed:
        """Say that `node` is closed."""
        kind = NodeKind[node.kind]
        return cls(
            f"{kind.value[0]}“{node.name}”({node.code})已停用。",
            f"the {kind.value[1]} {node.name!r} ({node.code}) is closed.",
        )


class NodeExists(Conflict):
    """There is a node with this code already."""

    code = "NODE_EXISTS"
    rule = "domain 2"
    next_zh = "请用 node list 查看已有的节点;改名请用 node.rename,停用的请用 node.reopen。"
    next_en = "See `node list`; node.rename gives another name, node.reopen opens a closed one again."


class NodeInUse(Conflict):
    """Something below the node is open still."""

    code = "NODE_IN_USE"
    rule = "domain 2"
    next_zh = "请先停用或迁出下级节点。"
    next_en = "Close or move what is below it first."


class WrongParent(Invalid):
    """A node of this kind does not lie below the one that was named."""

    code = "WRONG_PARENT"
    rule = "domain 2"
    next_zh = "院落迁入社区或网格,网格迁入社区,社区迁入街道,街道迁入区。"
    next_en = (
        "A courtyard moves into a community or a grid, a grid into a community, a community into a subdistrict, a"
        " subdistrict into a district."
    )


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


def nodes_opened_above(number: int) -> tuple[int, ...]:
    """Return the numbers of the district, subdistrict and community that `number` lies in and is not the first of."""
    return tuple(first for span in _SPAN.values() if (first := number - number % span) < number)


# the stored tree --------------------------------------------------------------------------------------------

_LEVELS: Final = ("district", "subdistrict", "community", "grid")
_BELOW: Final = {
    NodeKind.SUBDISTRICT: (NodeKind.DISTRICT,),
    NodeKind.COMMUNITY: (NodeKind.SUBDISTRICT,),
    NodeKind.GRID: (NodeKind.COMMUNITY,),
    NodeKind.COURTYARD: (NodeKind.COMMUNITY, NodeKind.GRID),
}
"""What each kind of node stands below."""
_NAMED: Final = 5
"""How many of the nodes that are in the way are named."""


async def _fetch(database: Database, sql: str, *args: object) -> list[Row]:
    text = sql if database.dialect == "postgresql" else sql.replace("$", "?")
    return await database.fetch(text, args, shared=True)


async def place_of(database: Database, number: int) -> Node:
    """Return the node `number` as the tree stands today; raise NotFound if there is none."""
    rows = await _fetch(database, "SELECT * FROM node WHERE number = $1", number)
    if not rows:
        raise NotFound("没有找到该节点。", "there is no such node.")
    return Node(**rows[0], _exists_in_db=True)


def above(node: Node) -> tuple[int, ...]:
    """Return the numbers of the nodes above `node`, the lowest first."""
    numbers = (node.grid, node.community, node.subdistrict, node.district)
    return tuple(number for number in numbers if number and number != node.number)


async def where_is(database: Database, number: int) -> Place:
    """Return the district, subdistrict and community of a node as the tree stands, to be written beside its rows.

    A node that is not in the tree is where its number says. On PostgreSQL the node stays there until the transaction
    ends: what is written beside it is true when it commits.
    """
    lock = " FOR SHARE" if database.dialect == "postgresql" and database.in_transaction() else ""
    sql = f"SELECT district, subdistrict, community FROM node WHERE number = $1{lock}"
    rows = await _fetch(database, sql, number)
    return Place(**rows[0]) if rows else ancestors(number)


async def lock_tree(database: Database) -> None:
    """Wait for whoever changes the shape of the tree, and keep others from it until the transaction ends.

    Opening, moving and closing are rare, and each reads what is above and below; so they go one after the other.
    SQLite has one writer and needs no lock.
    """
    if database.dialect == "postgresql":
        await _fetch(database, "SELECT number FROM node WHERE parent IS NULL ORDER BY number FOR UPDATE")


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
    """Open a node and return its number; raise NodeExists, NodeClosed or NotFound.

    A district, subdistrict or community is opened by its `code`; its parent must be open already. A courtyard or a
    grid is opened in the community `parent`, with the given `serial` or the next free one; a courtyard may stand
    in a `grid` of that community. It stands where its parent stands today.
    """
    async with database.transaction():
        await lock_tree(database)
        if kind in _SPAN:
            if code is None or kind_of_code(code) is not kind:
                raise Invalid(
                    f"{kind.value[0]}须给出 {_WIDTH[kind]} 位编码。",
                    f"a {kind.value[1]} is opened by its code of {_WIDTH[kind]} digits.",
                    field="code",
                )
            number = number_of(code)
            opened_in = ancestors(number)
            upper = opened_in.subdistrict if kind is NodeKind.COMMUNITY else opened_in.district
            parent_number = upper if kind is not NodeKind.DISTRICT else None
        else:
            if parent is None or kind_of_number(parent) is not NodeKind.COMMUNITY:
                raise Invalid(
                    f"{kind.value[0]}须开在社区之下。",
                    f"a {kind.value[1]} is opened in a community.",
                    field="parent",
                )
            number = parent + await _serial(database, parent, kind, serial)
            parent_number = grid if grid is not None else parent
        above_it = await _open_parent(database, parent_number)
        if grid is not None and (above_it is None or above_it.community != parent):
            raise Invalid("网格不在该社区。", "the grid is not in that community.", field="grid")
        await _require_new(database, number)
        path = {level: getattr(above_it, level) if above_it is not None else None for level in _LEVELS}
        if kind is not NodeKind.COURTYARD:
            path[kind.name.lower()] = number
        row = {"number": number, "kind": kind, "code": code_of(number), "name": name, "parent": parent_number}
        await database.insert_rows(Node, [{**row, **path, "status": NodeStatus.OPEN}])
    return number


async def _open_parent(database: Database, number: int | None) -> Node | None:
    """Return the node above, which must be there and open; None above a district."""
    if number is None:
        return None
    try:
        node = await place_of(database, number)
    except NotFound:
        code = code_of(number)
        raise NotFound(
            f"上级节点 {code} 尚未开通,请先开通。", f"the node above, {code}, is not open; open that one first."
        ) from None
    _require_open(node)
    return node


def _require_open(node: Node) -> None:
    if node.status != NodeStatus.OPEN.name:
        raise NodeClosed.of(node)


async def _require_new(database: Database, number: int) -> None:
    if await _fetch(database, "SELECT number FROM node WHERE number = $1", number):
        node = await place_of(database, number)
        zh = "已停用" if node.status != NodeStatus.OPEN.name else "已经开通"
        raise NodeExists(
            f"{node.code} {zh},名称为“{node.name}”。",
            f"{node.code} is {'closed' if node.status != NodeStatus.OPEN.name else 'open'} already, as {node.name!r}.",
        )


async def _serial(database: Database, community: int, kind: NodeKind, wanted: int | None) -> int:
    allowed = COURTYARDS if kind is NodeKind.COURTYARD else GRIDS
    if wanted is None:
        rows = await _fetch(
            database,
            "SELECT max(number) AS top FROM node WHERE number BETWEEN $1 AND $2",
            community + allowed.start,
            community + allowed.stop - 1,
        )
        top = rows[0]["top"]
        wanted = allowed.start if top is None else int(top) - community + 1
    if wanted not in allowed:
        raise Conflict(
            f"社区 {code_of(community)} 的{kind.value[0]}序号已用完或无效。",
            f"community {code_of(community)} has no such serial for a {kind.value[1]}.",
        )
    return wanted


async def rename_node(database: Database, number: int, name: str) -> Node:
    """Give a node another name and return it as it was."""
    async with database.transaction():
        node = await place_of(database, number)
        await _execute(database, "UPDATE node SET name = $1 WHERE number = $2", name, number)
    return node


async def close_node(database: Database, number: int) -> Node:
    """Close a node and return it; raise NodeInUse, naming what below it is open."""
    async with database.transaction():
        await lock_tree(database)
        node = await place_of(database, number)
        _require_open(node)
        rows = await _fetch(
            database,
            f"SELECT code, name FROM node WHERE {_at_or_below(node)} AND number <> $1 AND status = $2 ORDER BY number",
            number,
            NodeStatus.OPEN.name,
        )
        if rows:
            named = [f"{row['name']}({row['code']})" for row in rows[:_NAMED]]
            more = len(rows) - len(named)
            raise NodeInUse(
                f"“{node.name}”下还有 {len(rows)} 个启用的节点:{'、'.join(named)}{' 等' if more else ''}。",
                f"{len(rows)} nodes below {node.name!r} are open: {', '.join(named)}{', ...' if more else ''}.",
            )
        await _execute(database, "UPDATE node SET status = $1 WHERE number = $2", NodeStatus.CLOSED.name, number)
    return node


async def reopen_node(database: Database, number: int) -> Node:
    """Open a closed node again and return it; the node above it must be open."""
    async with database.transaction():
        await lock_tree(database)
        node = await place_of(database, number)
        if node.status == NodeStatus.OPEN.name:
            raise NodeExists(f"“{node.name}”({node.code})没有停用。", f"{node.name!r} ({node.code}) is not closed.")
        await _open_parent(database, node.parent)
        await _execute(database, "UPDATE node SET status = $1 WHERE number = $2", NodeStatus.OPEN.name, number)
    return node


async def move_node(database: Database, number: int, parent: int) -> tuple[Node, tuple[int, ...]]:
    """Move a node and all below it below `parent`; return the node as it was and the numbers of all that moved.

    Only the tree is written; whoever keeps the path elsewhere writes it there, for those numbers (`yuanluo.nodes`).
    """
    async with database.transaction():
        await lock_tree(database)
        node, target = await place_of(database, number), await place_of(database, parent)
        _require_open(node)
        _require_open(target)
        kind, into = NodeKind[node.kind], NodeKind[target.kind]
        if into not in _BELOW.get(kind, ()):
            raise WrongParent(
                f"{kind.value[0]}“{node.name}”不能迁入{into.value[0]}“{target.name}”。",
                f"the {kind.value[1]} {node.name!r} does not move into the {into.value[1]} {target.name!r}.",
                field="to",
            )
        if node.parent == parent:
            raise Invalid(
                f"“{node.name}”已在“{target.name}”之下。",
                f"{node.name!r} is below {target.name!r} already.",
                field="to",
                code="NOTHING_TO_CHANGE",
                rule="domain 2",
            )
        rows = await _fetch(database, f"SELECT number FROM node WHERE {_at_or_below(node)} ORDER BY number", number)
        own = kind.name.lower()
        levels = _LEVELS[: _LEVELS.index(own)] if own in _LEVELS else _LEVELS
        setting = ", ".join(f'"{level}" = ${index}' for index, level in enumerate(levels, 2))
        path = [getattr(target, level) for level in levels]
        await _execute(database, f"UPDATE node SET {setting} WHERE {_at_or_below(node)}", number, *path)
        await _execute(database, "UPDATE node SET parent = $1 WHERE number = $2", parent, number)
    return node, tuple(row["number"] for row in rows)


def _at_or_below(node: Node) -> str:
    """Return the condition of the node `$1` and all below it, as the tree stands."""
    return "number = $1" if node.kind == NodeKind.COURTYARD.name else f'(number = $1 OR "{node.kind.lower()}" = $1)'


async def _execute(database: Database, sql: str, *args: object) -> None:
    text = sql if database.dialect == "postgresql" else sql.replace("$", "?")
    await database.execute(text, args, shared=True)


async def scope_of(database: Database, numbers: Iterable[int]) -> Scope:
    """Return the scope of everything at or below the nodes `numbers` as the tree stands today.

    Below a grid stand its courtyards; what moved away from where its number lies is left out, and what moved in is
    listed: of a community or a subdistrict its whole range, so that a courtyard opened in it later is in it too.
    """
    parts: list[Range] = []
    for number in numbers:
        kind = kind_of_number(number)
        parts += [range_of(number)] if kind is NodeKind.COURTYARD else await _ranges_below(database, number, kind)
    return Scope.merged(parts)


async def _ranges_below(database: Database, number: int, kind: NodeKind) -> list[Range]:
    own, column = range_of(number), kind.name.lower()
    moved = await _fetch(
        database,
        f'SELECT number, "{column}" AS owner FROM node WHERE "{column}" = $1 AND NOT (number BETWEEN $2 AND $3)'
        f' OR number BETWEEN $2 AND $3 AND "{column}" <> $1',
        number,
        own.lo,
        own.hi,
    )
    if not moved:
        return [own]
    wide = [row for row in moved if _size(row["number"])]
    said = [row for row in moved if not any(row["number"] in range_of(each["number"]) for each in wide)]
    for each in wide:  # a moved community takes its range along, but for what had left it
        reached = range_of(each["number"])
        left = await _fetch(
            database,
            f'SELECT number, "{column}" AS owner FROM node WHERE number BETWEEN $1 AND $2 AND "{column}" <> $3',
            reached.lo,
            reached.hi,
            each["owner"],
        )
        known = {row["number"] for row in wide}
        wide += [row for row in left if _size(row["number"]) and row["number"] not in known]
        said += [row for row in left if not _size(row["number"])]
    parts = [own]
    for row in sorted([*wide, *said], key=lambda row: -_size(row["number"])):
        there = range_of(row["number"])
        parts = _without(parts, there)
        if row["owner"] == number:
            parts.append(there)
    return parts


def _size(number: int) -> int:
    reached = range_of(number)
    return reached.hi - reached.lo


def _without(parts: Sequence[Range], taken: Range) -> list[Range]:
    left: list[Range] = []
    for each in parts:
        if each.lo < taken.lo:
            left.append(Range(each.lo, min(each.hi, taken.lo - 1)))
        if each.hi > taken.hi:
            left.append(Range(max(each.lo, taken.hi + 1), each.hi))
    return left
