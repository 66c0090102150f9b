"""`yuanluo backup` and `yuanluo restore`: an SQLite deployment copied while it serves, and brought back.

PostgreSQL has tools of its own, which docs/operating.md tells how to use; here they are only named.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_graphql.starting import check_there
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import Secret, Settings, load_settings

__all__ = ["backup", "restore"]


def backup(
    file: Annotated[Path, typer.Argument(help="备份文件 the file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="覆盖已有文件 replace the file.")] = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """备份 Copy the database into one file while it serves; without its key, kept apart, it is worthless."""
    from yuanluo_tenants.backup import copy_database, give_name, staged

    settings = _embedded(path, "backup", "pg_dump --format=custom")
    check_there(settings)
    if file.exists() and (file.is_dir() or not overwrite):
        raise ConfigurationError(
            f"{file} 已存在;请换一个文件名,或用 --overwrite 覆盖。",
            f"{file} exists already; choose another name, or say --overwrite.",
        )
    if file.resolve() == settings.sqlite_path.resolve():
        raise ConfigurationError(
            f"{file} 就是数据库本身;请换一个文件名。", f"{file} is the database itself; choose another name."
        )
    with staged(file) as fresh:
        copy_database(settings.sqlite_path, fresh)
        give_name(fresh, file, overwrite=overwrite)
    size = file.stat().st_size
    key = "YUANLUO_SECRET_KEY" if settings.secret_key is not None else str(settings.key_path)
    if as_json:
        typer.echo(json.dumps({"file": str(file), "bytes": size, "key": key}, ensure_ascii=False))
        return
    typer.echo(f"{file}: {size} 字节 bytes")
    typer.echo(
        f"备份中没有部署密钥({key});请另行妥善保存,没有它就无法恢复。\n"
        f"The deployment key ({key}) is not in it; keep that apart: without it the backup cannot be restored.",
        err=True,
    )


def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 the file that `yuanluo backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="替换已有数据库 replace the database; the old one is kept beside it.")
    ] = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """恢复 Put a backup in the place of the database, after checking it, its version and its key."""
    from yuanluo_tenants.backup import copy_database, is_empty, put_in_place, staged

    settings = _embedded(path, "restore", "pg_restore")
    if not file.is_file():
        raise ConfigurationError(f"没有备份文件 {file}。", f"there is no backup {file}.")
    if not settings.has_key:
        raise ConfigurationError(
            f"没有部署密钥,备份无法使用:请先把备份时的密钥放在 {settings.key_path},或设置 YUANLUO_SECRET_KEY。",
            f"there is no deployment key, without which the backup is worthless: first put the key that was in use then"
            f" at {settings.key_path}, or set YUANLUO_SECRET_KEY.",
        )
    target = settings.sqlite_path
    if not (replace or is_empty(target)):
        raise ConfigurationError(
            f"{target} 中已有数据;确认要替换时请用 --replace(原数据库会改名保留)。",
            f"{target} holds data; say --replace if that is to be replaced (it is kept under another name).",
        )
    with staged(target) as fresh:
        copy_database(file, fresh)
        waiting = asyncio.run(_examined(settings, fresh, file))
        kept = put_in_place(fresh, target)
    if as_json:
        told: dict[str, Any] = {"database": str(target), "kept": kept and str(kept), "pending": waiting}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{file} -> {target}")
    if kept is not None:
        typer.echo(f"原数据库改名为 {kept}。 The database that was there is now {kept}.", err=True)
    if waiting:
        typer.echo(
            f"备份来自较早的版本({'、'.join(waiting)});请运行 yuanluo migrate。\n"
            f"The backup is of an earlier version ({', '.join(waiting)}); run `yuanluo migrate`.",
            err=True,
        )
    typer.echo(
        "请运行 yuanluo verify 和 yuanluo check 核验。 Now run `yuanluo verify` and `yuanluo check`.",
        err=True,
    )


def _embedded(path: Path | None, command: str, tool: str) -> Settings:
    settings = load_settings(**({"home": path} if path is not None else {}))
    if not settings.is_sqlite:
        raise ConfigurationError(
            f"yuanluo {command} 只用于 SQLite;PostgreSQL 请用其自带的 {tool},见 docs/operating.md。",
            f"`yuanluo {command}` is for SQLite; use PostgreSQL's own {tool}, as docs/operating.md says.",
        )
    return settings


async def _examined(settings: Settings, fresh: Path, file: Path) -> list[str]:
    """Return the migrations that a copy still lacks; refuse one of another kind, a newer version or another key."""
    from yuanluo.sealing import require_key
    from yuanluo_graphql.assembly import build_house, migration_sources
    from yuanluo_tenants.migrator import pending

    house = build_house(dataclasses.replace(settings, database_url=Secret(f"sqlite:///{fresh}")))
    database = house.database
    await database.open()
    try:
        if "yuanluo_migration" not in await database.table_names():
            raise ConfigurationError(
                f"{file} 不是 yuanluo 的备份:其中没有迁移记录。",
                f"{file} is no backup of yuanluo: it holds no record of migrations.",
            )
        waiting = await pending(database, house.registry, migration_sources(house.plugins))
        await require_key(database, house.keys, house.registry)
    finally:
        await database.close()
    return [f"{each.plugin} {each.number:04}_{each.name}" for each in waiting]
