"""`yuanluo person ...`: what the operator does for people who ask about the data held of them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Final

import typer

from yuanluo_graphql.cli_options import PathOption
from yuanluo_tenants.errors import Conflict, Invalid

__all__ = ["person_app"]

person_app: Final = typer.Typer(help="个人信息 the data held of people.", no_args_is_help=True)

PersonArgument = Annotated[str, typer.Argument(help="人员编号 id of the person, as GraphQL shows it or bare.")]
CourtyardOption = Annotated[str, typer.Option("--courtyard", help="院落编码 code of the courtyard.")]
RequestOption = Annotated[
    str | None, typer.Option("--request", help="个人信息请求编号 id of the request that was filed for it.")
]


@person_app.command("export")
def export(
    person: PersonArgument,
    file: Annotated[Path, typer.Argument(help="文件 the JSON file to write.")],
    courtyard: CourtyardOption,
    request: RequestOption = None,
    path: PathOption = None,
) -> None:
    """提供个人信息副本 Write everything held of a person into one file (个人信息保护法 45).

    With a request it holds every class and every courtyard with the same ID number; without one, what a clerk may see.
    """
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.data_requests import ExportPerson, export_person
    from yuanluo_graphql import cli

    if file.exists():
        raise Conflict(f"{file} 已存在,请换一个文件名。", f"{file} is there already; choose another name.")
    given = ExportPerson(_id(person, "Person"), _id(request, "DataRequest") if request else None)

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            number = await cli._courtyard_number(house, courtyard)
            receipt = await run_command(export_person, CommandContext(house, operator(), number), given)
            file.touch(mode=0o600)
            file.write_text(receipt.secrets[0], encoding="utf-8")
            said = receipt.payload
            typer.echo(f"{file}: {said['courtyards']} 个院落 courtyards, {said['rows']} 行 rows")

    cli._run(work())


@person_app.command("erase")
def erase(
    person: PersonArgument,
    courtyard: CourtyardOption,
    request: RequestOption = None,
    path: PathOption = None,
) -> None:
    """删除个人信息 Erase what tells who a person is; the rest stays under a pseudonym (个人信息保护法 47)."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.data_requests import ErasePerson, erase_person
    from yuanluo_graphql import cli

    given = ErasePerson(_id(person, "Person"), _id(request, "DataRequest") if request else None)

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            number = await cli._courtyard_number(house, courtyard)
            receipt = await run_command(erase_person, CommandContext(house, operator(), number), given)
            said = receipt.payload
            typer.echo(f"{said['rows']} 行已删除 rows erased, {said['records']} 条记录 records")

    cli._run(work())


def _id(text: str, type_name: str) -> uuid.UUID:
    """Return the row id of a global id (`Person:<number>:<id>`) or of a bare one."""
    kind, _, rest = text.rpartition(":")
    try:
        if kind and kind.split(":")[0] != type_name:
            raise ValueError(text)
        return uuid.UUID(rest)
    except ValueError as error:
        raise Invalid(
            f"{text} 不是{type_name}的编号;请用 GraphQL 给出的编号。",
            f"{text!r} is no id of a {type_name}; use the one that GraphQL gives.",
            field="id",
        ) from error
