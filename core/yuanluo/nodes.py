"""The tree as people change it: nodes are opened, given another name, moved, closed and opened again.

A number never changes, so a move rewrites no row of a tenant but what says where it stands: the path beside the
counters of every plugin, whether switched on there or not, the courtyard's own row, references to rows of nodes
that are no longer above, and from where on webhooks are told. Grants and tokens stand at numbers; what is below
them is read from the tree anew within a second, by every process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo.authority import OPERATOR, Action
from yuanluo.clock import Clock, system_clock
from yuanluo.command import ADDS, STATES, STEPS, Command, CommandContext, Outcome, each, run_command
from yuanluo.courtyards import Courtyard
from yuanluo.house import House
from yuanluo.inputs import Given
from yuanluo.names import normalize_name, pinyin_key
from yuanluo.records import lock_head
from yuanluo.statements import changed, many, rows
from yuanluo.viewer import Viewer
from yuanluo.webhooks.due import follow_the_tree
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Invalid, NotFound
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.tables import columns_of
from yuanluo_tenants.tree import (
    NodeExists,
    NodeKind,
    NodeStatus,
    above,
    ancestors,
    close_node,
    code_of,
    kind_of_number,
    lock_tree,
    move_node,
    number_of,
    open_node,
    place_of,
    rename_node,
    reopen_node,
)

__all__ = [
    "CloseNode",
    "MoveNode",
    "OpenNode",
    "Opened",
    "RenameNode",
    "ReopenNode",
    "close",
    "move",
    "node_name",
    "open_nodes",
    "open_upper_node",
    "opened_at",
    "rename",
    "reopen",
]

AT_ONCE: Final = 500
"""Nodes that one statement writes."""


@dataclass(frozen=True, slots=True)
class OpenNode:
    """A district, subdistrict, community or grid to be opened."""

    code: Annotated[str, Given("编码", "its administrative code; a grid's is its community's, 9 and a number")]
    name: str


@dataclass(frozen=True, slots=True)
class RenameNode:
    """Another name for the node the command runs at."""

    name: str


@dataclass(frozen=True, slots=True)
class CloseNode:
    """The node the command runs at is closed: read as before, written no more."""


@dataclass(frozen=True, slots=True)
class ReopenNode:
    """The node the command runs at, which is closed, is opened again."""


@dataclass(frozen=True, slots=True)
class MoveNode:
    """The node the command runs at is moved, with all below it."""

    to: Annotated[int, Given("迁入节点", "the node below which it is to stand from now on", is_node=True)]


def opened_at(code: str) -> int:
    """Return the number of the node at which `code` is opened: the one above it or, of a district, itself."""
    number = number_of(code)
    kind, opened_in = kind_of_number(number), ancestors(number)
    upper = {
        NodeKind.SUBDISTRICT: opened_in.district,
        NodeKind.COMMUNITY: opened_in.subdistrict,
        NodeKind.GRID: opened_in.community,
    }
    return upper.get(kind) or number


def node_name(name: str) -> str:
    """Return the name of a node as it is kept; refuse one without."""
    if not (called := normalize_name(name)):
        raise Invalid("节点名称不能为空。", "a node needs a name.", field="name", code="REQUIRED", rule="domain 2")
    return called


# commands ---------------------------------------------------------------------------------------------------------


async def _open(context: CommandContext, wanted: OpenNode) -> Outcome:
    """Open a node at the one above it. A district, above which there is none, stands already and only files that."""
    name, number = node_name(wanted.name), number_of(wanted.code)
    kind = kind_of_number(number)
    by_operator = OPERATOR in context.actor.roles_at(context.tenant)
    if kind is NodeKind.COURTYARD or opened_at(wanted.code) != context.tenant:
        raise Invalid(
            f"{wanted.code} 不是本节点直接下级的街道、社区或网格的编码;院落请用 courtyard.open 开通。",
            f"{wanted.code} is no subdistrict, community or grid right below; courtyard.open opens courtyards.",
            field="code",
            code="NOT_RIGHT_BELOW",
            rule="domain 2",
        )
    if kind is NodeKind.DISTRICT and not by_operator:
        raise NodeExists(f"{wanted.code} 已经开通。", f"{wanted.code} is open already.")
    if kind is NodeKind.GRID:
        await open_node(context.database, kind, name, parent=context.tenant, serial=number % 10_000)
    elif number != context.tenant:
        await open_node(context.database, kind, name, code=wanted.code)
    return Outcome(None, {"code": code_of(number), "kind": kind, "name": name})


async def _rename(context: CommandContext, given: RenameNode) -> Outcome:
    name = node_name(given.name)
    await _require_right_above(context, "node.rename")
    node = await rename_node(context.database, context.tenant, name)
    if node.name == name:
        raise Invalid(
            f"名称已是“{name}”。",
            f"it is called {name!r} already.",
            field="name",
            code="NOTHING_TO_CHANGE",
            rule="domain 2",
        )
    if node.kind == NodeKind.COURTYARD.name:
        sql = "SELECT id FROM courtyard WHERE tenant_id = $1"
        for row in await rows(context.database, sql, context.tenant):
            await context.update(Courtyard, row["id"], {"name": name, "name_pinyin": pinyin_key(name)})
    return Outcome(None, {"code": node.code, "from": node.name, "to": name})


async def _close(context: CommandContext, _given: CloseNode) -> Outcome:
    await _require_right_above(context, "node.close")
    node = await close_node(context.database, context.tenant)
    return Outcome(None, {"code": node.code, "kind": node.kind, "to": NodeStatus.CLOSED})


async def _reopen(context: CommandContext, _given: ReopenNode) -> Outcome:
    await _require_right_above(context, "node.reopen")
    node = await reopen_node(context.database, context.tenant)
    return Outcome(None, {"code": node.code, "kind": node.kind, "to": NodeStatus.OPEN})


async def _move(context: CommandContext, given: MoveNode) -> Outcome:
    await _require_right_above(context, "node.move")
    if given.to not in context.actor.scope:  # else it would tell which nodes there are elsewhere
        raise NotFound("没有这个节点。", "there is no such node.")
    context.house.rules.may(context.actor, "node.move", given.to).enforce()
    database = context.database
    before, moved = await move_node(database, context.tenant, given.to)
    after = await place_of(database, context.tenant)
    was, now = above(before), above(after)
    left, joined = sorted(set(was) - set(now)), sorted(set(now) - set(was))
    levels = [
        name
        for name in ("district", "subdistrict", "community", "grid")
        if name != before.kind.lower() and getattr(before, name) != getattr(after, name)
    ]
    path = {name: getattr(after, name) for name in levels}
    with scoped(Scope.of(*moved)):
        for part in _parts(moved):
            await _write_path(context, path, part)
    detached = await _detach(context, moved, left)
    await follow_the_tree(database, moved, left, joined)
    payload = {
        "code": before.code,
        "from": code_of(before.parent),
        "to": code_of(given.to),
        "nodes": len(moved),
        "detached": detached,
    }
    return Outcome(None, payload)


async def _require_right_above(context: CommandContext, action: str) -> None:
    """Refuse unless the actor has the right at the node above as well: it is from there that a node is looked after."""
    node = await place_of(context.database, context.tenant)
    if node.parent:  # nothing is above a district
        context.house.rules.may(context.actor, action, node.parent).enforce()


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


async def _write_path(context: CommandContext, path: dict[str, Any], numbers: Sequence[int]) -> None:
    """Write where nodes stand beside their counters and into the courtyards' own rows."""
    counters = sorted(each.table._meta.tablename for each in context.house.composition.counters)
    kept = {name: number for name, number in path.items() if name != "grid"}
    for table, columns in [(Courtyard._meta.tablename, path), *((name, kept) for name in counters)]:
        if not columns:
            continue
        setting = [f'"{name}" = ${index}' for index, name in enumerate(columns, 1)]
        if table == Courtyard._meta.tablename:
            setting.append("revision = revision + 1")
        inside = many(numbers, len(columns) + 1)
        sql = f"UPDATE {table} SET {', '.join(setting)} WHERE tenant_id IN ({inside})"
        await changed(context.database, sql, *columns.values(), *numbers)


async def _detach(context: CommandContext, moved: Sequence[int], left: Sequence[int]) -> int:
    """Empty references of moved nodes to rows of nodes that are no longer above; return how many there were."""
    detached = 0
    if not left:
        return detached
    for table in context.house.registry:
        for name, about in columns_of(table).items():
            if about.kind is not Kind.UPWARD or not about.null or table.declared.append_only:
                continue
            revised = ", revision = revision + 1" if table.declared.revised else ""
            for part in _parts(moved):
                with scoped(Scope.of(*moved, *left)):
                    detached += await changed(
                        context.database,
                        f'UPDATE {table._meta.tablename} SET "{name}" = NULL{revised}'
                        f' WHERE tenant_id IN ({many(part, len(left) + 1)}) AND "{name}" IN'
                        f" (SELECT id FROM {about.target} WHERE tenant_id IN ({many(left)}))",
                        *left,
                        *part,
                    )
    return detached


def _action(name: str, zh: str, en: str) -> Action:
    return Action(name, ("DISTRICT_ADMIN",), "domain 2", zh, en)


open_upper_node: Final = Command(
    action=_action("node.open", "开通节点", "open a node above courtyards"),
    input=OpenNode,
    many=each(_open),
    subject_type="Node",
    disclosure=DataClass.D0,
    unversioned=ADDS,
)
"""Open a subdistrict, community or grid at the node above it, or record that a district was opened, at itself."""

rename: Final = Command(
    action=_action("node.rename", "更改节点名称", "give a node another name"),
    input=RenameNode,
    many=each(_rename),
    subject_type="Node",
    disclosure=DataClass.D0,
    unversioned=STATES,
)
"""Give a node another name; a courtyard's own row says it too."""

close: Final = Command(
    action=_action("node.close", "停用节点", "close a node"),
    input=CloseNode,
    many=each(_close),
    subject_type="Node",
    disclosure=DataClass.D0,
    unversioned=STEPS,
    when_closed=True,
)
"""Close a node below which nothing is open."""

reopen: Final = Command(
    action=_action("node.reopen", "重新启用节点", "open a closed node again"),
    input=ReopenNode,
    many=each(_reopen),
    subject_type="Node",
    disclosure=DataClass.D0,
    unversioned=STEPS,
    when_closed=True,
)
"""Open a closed node again."""

move: Final = Command(
    action=_action("node.move", "迁移节点", "move a node"),
    input=MoveNode,
    many=each(_move),
    subject_type="Node",
    disclosure=DataClass.D0,
    unversioned=STATES,
)
"""Move a node with all below it; the actor needs the right at the node above, before and after."""


# many at once -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of a list of nodes: the codes that were opened, and how many were open already under that name."""

    codes: tuple[str, ...]
    kept: int


async def open_nodes(
    house: House, actor: Viewer, wanted: Sequence[OpenNode], clock: Clock = system_clock, *, is_new: bool = False
) -> Opened:
    """Open nodes from the top down, all or none; raise NodeExists for one that stands under another name.

    What is open already under the same name stays as it is, unless all must be new. Only whoever runs the server opens
    a district: nobody stands above it.
    """
    database = house.database
    opened: list[str] = []
    async with database.transaction():
        await _lock_above(database, wanted)
        sql = "SELECT number, name, status FROM node"
        there = {row["number"]: row for row in await rows(database, sql, shared=True)}
        for each_node in sorted(wanted, key=lambda one: (len(one.code), one.code)):
            number, name = number_of(each_node.code), node_name(each_node.name)
            kind = kind_of_number(number)
            found = there.get(number)
            stands = found is not None and (found["name"], found["status"]) == (name, NodeStatus.OPEN.name)
            if stands and not is_new:
                continue
            if kind is NodeKind.DISTRICT and found is None:
                await open_node(database, kind, name, code=each_node.code)
            elif found is not None:
                raise _stands_otherwise(each_node.code, found)
            at = number if kind is NodeKind.DISTRICT else (await _above(house, each_node.code))
            await run_command(open_upper_node, CommandContext(house, actor, at, clock), OpenNode(each_node.code, name))
            opened.append(each_node.code)
    return Opened(tuple(opened), len(wanted) - len(opened))


async def _lock_above(database: Database, wanted: Sequence[OpenNode]) -> None:
    """Lock the heads of the nodes at which others are opened, then the tree: the order in which every command does."""
    upper = {opened_at(each_node.code) for each_node in wanted}
    for part in _parts(sorted(upper)):
        there = await rows(database, f"SELECT number FROM node WHERE number IN ({many(part)})", *part, shared=True)
        for number in sorted(row["number"] for row in there):
            with scoped(number):
                await lock_head(database, number)
    await lock_tree(database)


async def _above(house: House, code: str) -> int:
    """Return the node above the one that `code` is to become, which must be there."""
    if kind_of_number(number_of(code)) is NodeKind.COURTYARD:
        raise Invalid(
            f"{code} 是院落编码;院落用 courtyard open 开通。",
            f"{code} is the code of a courtyard; `courtyard open` opens those.",
            field="code",
        )
    upper = opened_at(code)
    if not await rows(house.database, "SELECT number FROM node WHERE number = $1", upper, shared=True):
        raise NotFound(
            f"{code} 的上级节点 {code_of(upper)} 尚未开通;请先用 yuanluo node open 开通。",
            f"the node above {code}, {code_of(upper)}, is not open; open it first with `yuanluo node open`.",
        )
    return upper


def _stands_otherwise(code: str, found: Any) -> NodeExists:
    closed = found["status"] != NodeStatus.OPEN.name
    zh, en = ("已停用", "closed") if closed else ("已经开通", "open already")
    return NodeExists(f"{code} {zh},名称为“{found['name']}”。", f"{code} is {en}, as {found['name']!r}.")
