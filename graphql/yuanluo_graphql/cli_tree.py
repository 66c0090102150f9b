"""`yuanluo node ...`: the tree above the courtyards, which a new deployment begins with."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from yuanluo_graphql.cli_access import print_rows
from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_tenants.errors import Conflict, Invalid

__all__ = ["node_app"]

node_app: Final = typer.Typer(help="区、街道、社区和网格 the tree above courtyards.", no_args_is_help=True)


@node_app.command("open")
def open_(
    code: Annotated[str, typer.Argument(help="编码 code: 6, 9 or 12 digits, 16 for a grid.")],
    name: Annotated[str, typer.Argument(help="名称 name.")],
    path: PathOption = None,
) -> None:
    """开通节点 Open a district, subdistrict, community or grid; the one above it comes first."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.opening import OpenNode, node_name, open_upper_node, opened_at
    from yuanluo.statements import rows
    from yuanluo_graphql import cli
    from yuanluo_tenants.tree import NodeKind, code_of, kind_of_number, number_of, open_node

    number = number_of(code)
    kind = kind_of_number(number)
    if kind is NodeKind.COURTYARD:
        raise Invalid(
            f"{code} 是院落编码;院落用 yuanluo courtyard open 开通。",
            f"{code} is the code of a courtyard; `yuanluo courtyard open` opens those.",
            field="code",
        )

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            database = house.database
            if await rows(database, "SELECT number FROM node WHERE number = $1", number, shared=True):
                raise Conflict(
                    f"{code} 已经开通;yuanluo node list 列出已有的节点。",
                    f"{code} is open already; `yuanluo node list` shows what there is.",
                )
            async with database.transaction():
                if kind is NodeKind.DISTRICT:  # nothing stands above it to open it at
                    await open_node(database, kind, node_name(name), code=code)
                above = await cli._node_number(house, code_of(opened_at(code)))
                await run_command(open_upper_node, CommandContext(house, operator(), above), OpenNode(code, name))
            typer.echo(code)

    cli._run(work())


@node_app.command("list")
def list_(
    node: Annotated[str | None, typer.Option(help="节点编码 only at or below the node with this code.")] = None,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """列出节点 List the tree, courtyards included, each below the one above it."""
    from yuanluo.statements import rows
    from yuanluo_graphql import cli
    from yuanluo_tenants.tree import scope_of

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            sql = "SELECT number, code, kind, name, status FROM node ORDER BY number"
            found = await rows(house.database, sql, shared=True)
            if node is not None:
                scope = await scope_of(house.database, [await cli._node_number(house, node)])
                found = [each for each in found if each["number"] in scope]
            shown = ("code", "kind", "name", "status")
            print_rows([{column: each[column] for column in shown} for each in found], as_json=as_json)

    cli._run(work())
