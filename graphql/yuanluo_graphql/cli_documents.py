"""`yuanluo documents`: trusted documents checked before they are deployed, operations blocked while servers run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_tenants.errors import ConfigurationError, NotFound
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["documents_app"]

documents_app = typer.Typer(help="可信查询与停用 trusted documents and blocked operations.", no_args_is_help=True)

HashArgument = Annotated[str, typer.Argument(metavar="SHA256", help="查询文本的 SHA-256 SHA-256 of its text.")]


def _settings(path: Path | None) -> Settings:
    return load_settings(**({"home": path} if path is not None else {}))


@documents_app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="文件夹或清单 folder or manifest (default: YUANLUO_TRUSTED_DOCUMENTS)."),
    ] = None,
) -> None:
    """校验可信查询 Validate trusted documents against the schema of the installed plugins; for CI."""
    from yuanluo.composition import Composition
    from yuanluo.plugins import Plugins
    from yuanluo_graphql.assembly import compose, documents_of
    from yuanluo_graphql.trusted import load_trusted

    settings = load_settings()
    where = folder or settings.trusted_documents
    if where is None:
        raise ConfigurationError(
            "未指定可信查询:请给出文件夹,或设置 YUANLUO_TRUSTED_DOCUMENTS。",
            "name the folder of trusted documents, or set YUANLUO_TRUSTED_DOCUMENTS.",
        )
    trusted = load_trusted(where)
    trusted.check(documents_of(compose(Composition.of(Plugins.load())).core, settings))
    typer.echo(f"{len(set(trusted.by_id.values()))} 份可信查询通过校验 trusted documents are valid.")


@documents_app.command("hash")
def hash_file(file: Annotated[Path, typer.Argument(help="查询文件 file of the document.")]) -> None:
    """输出查询的 SHA-256 Print the SHA-256 by which a document is known."""
    from yuanluo_graphql.documents import hash_of

    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"无法读取 {file}({error})。", f"{file} cannot be read: {error}.") from None
    typer.echo(hash_of(text))


@documents_app.command("block")
def block_document(
    document: HashArgument,
    reason: Annotated[str, typer.Option(help="原因 why; its clients are told.")],
    path: PathOption = None,
) -> None:
    """停用查询 Have running servers refuse an operation, within two seconds."""
    from yuanluo.blocking import block
    from yuanluo.clock import system_clock
    from yuanluo_graphql.cli import opened_house

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            made = await block(house.database, document, reason, system_clock())
            typer.echo(f"{made.hash} 已停用 is blocked.")

    asyncio.run(work())


@documents_app.command("unblock")
def unblock_document(document: HashArgument, path: PathOption = None) -> None:
    """恢复查询 Let an operation be executed again."""
    from yuanluo.blocking import unblock
    from yuanluo_graphql.cli import opened_house

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            await unblock(house.database, document)
            typer.echo("已恢复 it may be executed again.")

    asyncio.run(work())


@documents_app.command("list")
def list_blocked(as_json: JsonOption = False, path: PathOption = None) -> None:
    """列出已停用的查询 List the blocked operations."""
    from yuanluo.blocking import blocks
    from yuanluo_graphql.cli import opened_house

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            found = await blocks(house.database)
        if as_json:
            listed = [
                {"sha256": each.hash, "reason": each.reason, "blockedAt": each.blocked_at.isoformat()} for each in found
            ]
            typer.echo(json.dumps(listed, ensure_ascii=False))
            return
        for each in found:
            typer.echo(f"{each.hash} {each.blocked_at:%Y-%m-%d %H:%M} {each.reason}")

    asyncio.run(work())
