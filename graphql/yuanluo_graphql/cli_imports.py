"""`yuanluo import ...`: a workbook goes in (`import KIND FILE`), batches are listed and undone.

`import KIND FILE` is the command `file` of the group, so that `import list` and `import undo` stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from yuanluo_graphql.cli_access import id_of, print_rows
from yuanluo_graphql.cli_options import JsonOption, PathOption

if TYPE_CHECKING:
    from yuanluo.importing import RegisterPreview
    from yuanluo.sheets import Preview
    from yuanluo_tenants.settings import Settings

__all__ = ["import_app", "told_by_register"]


class _FileFirst(TyperGroup):
    """A group whose first word may be a kind of form instead of a command."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take everything that names no command of the group as a file to be imported."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["file", *args]
        return super().parse_args(ctx, args)


import_app: Final = typer.Typer(
    help="导入表格 Import a workbook (`import KIND FILE`), list what was imported, undo it.",
    cls=_FileFirst,
    no_args_is_help=True,
)


async def told_by_register(
    settings: Settings, courtyard: str, found: Preview, options: Mapping[str, str]
) -> RegisterPreview | None:
    """Return what the register says to a preview; None where there is no deployment yet to ask."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext
    from yuanluo.importing import preview_import
    from yuanluo_graphql import cli

    if settings.is_sqlite and not settings.sqlite_path.exists():
        typer.echo(
            f"{settings.sqlite_path} 不存在,只检查了文件本身,未与登记簿核对。\n"
            f"{settings.sqlite_path} does not exist: the file alone was checked, not the register.",
            err=True,
        )
        return None
    async with cli.opened_house(settings) as house:
        number = await cli._courtyard_number(house, courtyard)
        return await preview_import(CommandContext(house, operator(), number), found, options)


@import_app.command("list")
def list_(
    courtyard: Annotated[str, typer.Option("--courtyard", help="院落编码 code of the courtyard.")],
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """列出导入批次 List what was imported into a courtyard, the latest first."""
    from yuanluo.statements import rows
    from yuanluo_graphql import cli
    from yuanluo_tenants.scope import scoped

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            number = await cli._courtyard_number(house, courtyard)
            with scoped(number):
                found = await rows(
                    house.database,
                    "SELECT id, kind, file_name, imported_on, record_count, keeps_trace, undone_on FROM import_batch"
                    " WHERE tenant_id = $1 ORDER BY imported_at DESC, id DESC",
                    number,
                )
        shown = [
            {
                "id": str(each["id"]),
                "kind": each["kind"],
                "file": each["file_name"],
                "imported_on": each["imported_on"].isoformat(),
                "records": each["record_count"],
                "undone_on": None if each["undone_on"] is None else each["undone_on"].isoformat(),
                "can_be_undone": bool(each["keeps_trace"]) and each["undone_on"] is None,
            }
            for each in found
        ]
        print_rows(shown, as_json=as_json)

    cli._run(work())


@import_app.command("undo")
def undo(
    batch: Annotated[str, typer.Argument(help="批次编号 id of the batch, as `import list` shows it.")],
    courtyard: Annotated[str, typer.Option("--courtyard", help="院落编码 code of the courtyard.")],
    reason: Annotated[str, typer.Option(help="原因 why; filed with the undo.")] = "命令行撤销",
    path: PathOption = None,
) -> None:
    """撤销导入批次 Take back what a batch wrote, as a whole, while nothing rests on it."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.undoing import UndoImport, undo_import
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            context = CommandContext(house, operator(), await cli._courtyard_number(house, courtyard))
            receipt = await run_command(undo_import, context, UndoImport(id_of(batch), reason))
            counts = {name: told for name, told in receipt.payload.items() if isinstance(told, int)}
            written = "、".join(f"{_WORDS.get(name, name)} {count} 项" for name, count in counts.items())
            typer.echo(f"已撤销 undone: {written} ({', '.join(f'{name} {count}' for name, count in counts.items())})")

    cli._run(work())


_WORDS: Final = {"removed": "移除", "given_back": "恢复原值", "reversed": "冲销凭证"}
