"""`yuanluo node ...` and `yuanluo courtyard ...`: the tree, which a new deployment begins with.

Each command that writes calls the command behind the mutation of the same name, and files its record where it stands.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yuanluo_graphql.cli_access import print_rows
from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_tenants.errors import Invalid

if TYPE_CHECKING:
    from yuanluo.command import Command

__all__ = ["courtyard_app", "node_app"]

node_app: Final = typer.Typer(help="区、街道、社区和网格 the tree above courtyards.", no_args_is_help=True)
courtyard_app: Final = typer.Typer(help="院落 courtyards.", no_args_is_help=True)

CodeArgument = Annotated[str, typer.Argument(help="编码 code of the node.")]
NameArgument = Annotated[str, typer.Argument(help="名称 name.")]
NodeOption = Annotated[str | None, typer.Option(help="节点编码 only at or below the node with this code.")]
OpenOption = Annotated[bool, typer.Option("--open", help="只看启用 only those that are open.")]


@node_app.command("open")
def open_(
    code: Annotated[str | None, typer.Argument(help="编码 code: 6, 9 or 12 digits, 16 for a grid.")] = None,
    name: Annotated[str | None, typer.Argument(help="名称 name.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="代码表文件 a list of codes and names, .csv or a workbook.")
    ] = None,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """开通节点 Open a node, the one above it first; or all of a list of codes, all or none."""
    from yuanluo.authority import operator
    from yuanluo.code_list import check_code_list, read_code_list
    from yuanluo.nodes import OpenNode, open_nodes
    from yuanluo_graphql import cli

    if (source is None) == (code is None) or (code is None) != (name is None):
        raise Invalid(
            "请给出一个编码和名称,或以 --from 给出代码表文件。",
            "give one code and its name, or a list of codes by `--from`.",
            field="code",
        )

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            if source is None:
                await open_nodes(house, operator(), [OpenNode(code or "", name or "")], is_new=True)
                typer.echo(json.dumps({"code": code, "name": name}, ensure_ascii=False) if as_json else code)
                return
            found = read_code_list(source)
            async with house.database.transaction():
                await check_code_list(house, found)
                opened = await open_nodes(house, operator(), found.nodes)
            told = {"opened": list(opened.codes), "kept": opened.kept, "passed_over": found.passed_over}
            if as_json:
                typer.echo(json.dumps(told, ensure_ascii=False))
            else:
                typer.echo(
                    f"新开通 {len(opened.codes)} 个节点,已有 {opened.kept} 个,略过省市 {found.passed_over} 行"
                    f" {len(opened.codes)} opened, {opened.kept} there already, {found.passed_over} lines passed over"
                )

    cli._run(work())


@node_app.command("list")
def list_(
    node: NodeOption = None, is_open: OpenOption = False, as_json: JsonOption = False, path: PathOption = None
) -> None:
    """列出节点 List the tree, courtyards included, with what is closed."""
    _list(path, node, is_open=is_open, as_json=as_json)


@node_app.command("rename")
def rename_(code: CodeArgument, name: NameArgument, path: PathOption = None) -> None:
    """更改名称 Give a node another name."""
    from yuanluo.nodes import RenameNode, rename

    _run_at(path, code, rename, RenameNode(name))


@node_app.command("move")
def move_(
    code: CodeArgument,
    to: Annotated[str, typer.Option(help="迁入节点编码 code of the node below which it is to stand.")],
    path: PathOption = None,
) -> None:
    """迁移节点 Move a node with all below it; numbers and codes stay."""
    from yuanluo.nodes import MoveNode, move
    from yuanluo_tenants.tree import number_of

    _run_at(path, code, move, MoveNode(number_of(to)), to)


@node_app.command("close")
def close_(code: CodeArgument, path: PathOption = None) -> None:
    """停用节点 Close a node below which nothing is open; what it holds stays readable."""
    from yuanluo.nodes import CloseNode, close

    _run_at(path, code, close, CloseNode())


@node_app.command("reopen")
def reopen_(code: CodeArgument, path: PathOption = None) -> None:
    """重新启用节点 Open a closed node again."""
    from yuanluo.nodes import ReopenNode, reopen

    _run_at(path, code, reopen, ReopenNode())


@courtyard_app.command("open")
def open_courtyard_(
    name: Annotated[str, typer.Argument(help="名称 name of the courtyard.")],
    community: Annotated[str, typer.Option(help="社区编码 12-digit code of its community.")],
    address: Annotated[str, typer.Option(help="地址 street address.")] = "",
    template: Annotated[str, typer.Option(help="模板 template to open it from.")] = "old_courtyard",
    grid: Annotated[str | None, typer.Option(help="网格编码 code of its grid.")] = None,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """开通院落 Open a courtyard; takes effect at once, without a restart."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.opening import OpenCourtyard, open_courtyard
    from yuanluo_graphql import cli
    from yuanluo_tenants.tree import code_of

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            context = CommandContext(house, operator(), await cli._node_number(house, community))
            inside = None if grid is None else await cli._node_number(house, grid)
            wanted = OpenCourtyard(name=name, address=address, template=template, grid=inside)
            receipt = await run_command(open_courtyard, context, wanted)
            code = code_of(int(receipt.payload["number"]))
            typer.echo(json.dumps({"code": code, "name": name}, ensure_ascii=False) if as_json else code)

    cli._run(work())


@courtyard_app.command("list")
def list_courtyards(
    node: NodeOption = None, is_open: OpenOption = False, as_json: JsonOption = False, path: PathOption = None
) -> None:
    """列出院落 List the courtyards and where each stands today."""
    _list(path, node, is_open=is_open, as_json=as_json, kind="COURTYARD")


def _run_at(path: Path | None, code: str, command: Command[Any], given: Any, *others: str) -> None:
    """Run a command as the operator at the node `code` and print the code; `others` must be there too."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            for each in others:
                await cli._node_number(house, each)
            number = await cli._node_number(house, code)
            await run_command(command, CommandContext(house, operator(), number), given)
            typer.echo(code)

    cli._run(work())


def _list(path: Path | None, node: str | None, *, is_open: bool, as_json: bool, kind: str | None = None) -> None:
    from yuanluo.statements import rows
    from yuanluo_graphql import cli
    from yuanluo_tenants.tree import scope_of

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            sql = (
                "SELECT n.number, n.code, n.kind, n.name, n.status, p.code AS parent FROM node n"
                " LEFT JOIN node p ON p.number = n.parent ORDER BY n.number"
            )
            found = await rows(house.database, sql, shared=True)
            if node is not None:
                scope = await scope_of(house.database, [await cli._node_number(house, node)])
                found = [each for each in found if each["number"] in scope]
            shown = ("code", "kind", "name", "status", "parent")
            print_rows(
                [
                    {column: each[column] for column in shown}
                    for each in found
                    if each["kind"] == (kind or each["kind"]) and (not is_open or each["status"] == "OPEN")
                ],
                as_json=as_json,
            )

    cli._run(work())
