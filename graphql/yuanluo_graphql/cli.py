"""The `yuanluo` command line: the deployment's operator at work.

Every command works on one deployment: the folder of `--path` (default: `YUANLUO_HOME`, `./yuanluo-data`) or the
database that `YUANLUO_DATABASE_URL` names. What goes wrong is told in one sentence on standard error; the exit
status is 1 then, and 2 for a wrong call.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import json
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yuanluo_graphql.cli_access import account_app, grant_app, token_app
from yuanluo_graphql.cli_backup import backup, restore
from yuanluo_graphql.cli_documents import documents_app
from yuanluo_graphql.cli_imports import import_app, told_by_register
from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_graphql.cli_people import person_app
from yuanluo_graphql.cli_tree import node_app
from yuanluo_graphql.cli_webhooks import webhooks_app
from yuanluo_graphql.starting import check_there, prepare_process, tell
from yuanluo_tenants.errors import ConfigurationError, Invalid, NotFound, YuanluoError
from yuanluo_tenants.settings import Settings, load_settings

if TYPE_CHECKING:
    from yuanluo.house import House

__all__ = ["app", "main", "opened_house"]

app = typer.Typer(
    name="yuanluo",
    help="院落治理平台:在一个部署中管理一个区的院落。 Governing residential courtyards, a district on one deployment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
courtyard_app = typer.Typer(help="院落 courtyards.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(grant_app, name="grant")
app.add_typer(token_app, name="token")
app.add_typer(node_app, name="node")
app.add_typer(courtyard_app, name="courtyard")
app.add_typer(person_app, name="person")
app.add_typer(documents_app, name="documents")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(import_app, name="import")
app.command()(backup)
app.command()(restore)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it with the flag
    from yuanluo.plugins import yuanluo_version

    if wanted:
        typer.echo(f"yuanluo {yuanluo_version()}")
        raise typer.Exit


@app.callback()
def about(
    *,
    version: Annotated[  # its callback answers
        bool, typer.Option("--version", help="版本 print the version.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Take what stands before the command."""


CourtyardOption = Annotated[str, typer.Option("--courtyard", help="院落编码 code of the courtyard.")]
OptionsOption = Annotated[
    list[str] | None, typer.Option("--option", help="选项 an option of the kind, such as period=2026-10 or fund=捐赠.")
]
TodayOption = Annotated[
    str | None, typer.Option("--today", help="当作今天的日期 the day to take for today, YYYY-MM-DD.")
]


def main() -> None:
    """Run the command line; plugins may have added commands to it."""
    prepare_process()
    try:
        _check_words(sys.argv[1:])
        _add_plugin_commands()
        app()
    except YuanluoError as error:
        tell(error)
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or "stdout"
        tell(
            ConfigurationError(
                f"无法写出到 {where}(空间不足);请腾出空间后重试。",
                f"cannot write to {where}: no space is left on its device; make room and try again.",
            )
        )
        sys.exit(1)


def _check_words(words: Sequence[str]) -> None:
    """Refuse what no database and no record can hold: bytes that are no UTF-8, such as a file's name in GBK."""
    for number, word in enumerate(words, 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(word).decode(errors="replace")
            raise Invalid(
                f"第 {number} 个词 {shown} 不是 UTF-8 文字;请改用 UTF-8,文件请先改名。",
                f"word {number}, {shown}, is not UTF-8 text; write it in UTF-8, and rename a file first.",
                field="word",
            ) from None


def _add_plugin_commands() -> None:
    known = {each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands}
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    if sys.argv[1:2] != ["--version"] and wanted not in known | {each.name for each in app.registered_groups}:
        from yuanluo.plugins import Plugins

        Plugins.load().add_commands(app)


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def _settings(path: Path | None, **overrides: Any) -> Settings:
    return load_settings(**({"home": path} if path is not None else {}), **overrides)


def _day(text: str | None) -> dt.date:
    from yuanluo.clock import day_in_shanghai, system_clock

    if text is None:
        return day_in_shanghai(system_clock())
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"--today {text} 不是 YYYY-MM-DD 形式的日期。",
            f"--today {text} is not a date such as 2026-11-22.",
            field="today",
        ) from None


@asynccontextmanager
async def opened_house(settings: Settings, *, is_ready: bool = True) -> AsyncGenerator[House]:
    """Open the deployment for a command and close it again; it must be migrated unless `is_ready` is false."""
    from yuanluo_graphql.assembly import build_house, require_ready

    check_there(settings)
    house = build_house(settings)
    await house.database.open()
    try:
        if is_ready:
            await require_ready(house)
        yield house
    finally:
        await house.database.close()


async def _courtyard_number(house: House, code: str) -> int:
    from yuanluo.statements import rows

    found = await rows(
        house.database, "SELECT number FROM node WHERE code = $1 AND kind = 'COURTYARD'", code, shared=True
    )
    if not found:
        raise NotFound(
            f"没有编码为 {code} 的院落;yuanluo node list 列出已有的。",
            f"there is no courtyard with the code {code}; `yuanluo node list` shows those there are.",
        )
    return int(found[0]["number"])


async def _node_number(house: House, code: str) -> int:
    from yuanluo.statements import rows

    found = await rows(house.database, "SELECT number FROM node WHERE code = $1", code, shared=True)
    if not found:
        raise NotFound(
            f"没有编码为 {code} 的节点;yuanluo node list 列出已有的,yuanluo node open 开通新的。",
            f"there is no node with the code {code}; `yuanluo node list` shows those there are, `yuanluo node open`"
            " opens one.",
        )
    return int(found[0]["number"])


# the server and the schema ----------------------------------------------------------------------------------------


@app.command()
def serve(
    path: PathOption = None,
    host: Annotated[str | None, typer.Option(help="监听地址 address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="监听端口 port to listen on.")] = None,
) -> None:
    """启动服务 Serve GraphQL over HTTP."""
    from yuanluo_graphql.serving import serve_forever

    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = _settings(path, **given)
    check_there(settings)
    serve_forever(settings)


@app.command()
def migrate(
    path: PathOption = None,
    show: Annotated[bool, typer.Option("--show", help="只列出,不执行 list only.")] = False,
) -> None:
    """升级数据库结构 Bring the database to the declared schema; safe to run at any time."""
    from yuanluo_graphql.assembly import absent_plugins, build_house, migration_sources
    from yuanluo_tenants import migrator

    async def work() -> None:
        settings = _settings(path)
        if show:
            async with opened_house(settings, is_ready=False) as house:
                sources = migration_sources(house.plugins)
                for each in await migrator.status(house.database, house.registry, sources):
                    typer.echo(f"{each.plugin} {each.number:04}_{each.name} {each.applied_at or '待执行 pending'}")
            return
        house = build_house(settings)
        sources = migration_sources(house.plugins)
        done = await migrator.migrate(house.database, house.registry, sources)
        for each in done:
            typer.echo(f"{each.plugin} {each.number:04}_{each.name}")
        typer.echo("数据库已是最新 the schema is up to date.")
        async with house.database.owner() as owner:
            for line in await absent_plugins(house, owner):
                typer.echo(line, err=True)

    _run(work())


@app.command()
def makemigration(
    plugin: Annotated[str, typer.Argument(help="插件名 name of the plugin (or core, tenants).")],
    name: Annotated[str, typer.Argument(help="迁移名 name of the migration, such as add_due_on.")],
    allow_removal: Annotated[
        bool, typer.Option("--allow-removal", help="允许删除列或表 allow columns or tables to be dropped.")
    ] = False,
) -> None:
    """生成迁移文件 Freeze the difference between a plugin's declarations and its last migration into a file."""
    from yuanluo.composition import Composition
    from yuanluo.plugins import Plugins
    from yuanluo_graphql.assembly import migration_sources
    from yuanluo_tenants import migrator

    plugins = Plugins.load()
    registry = Composition.of(plugins).registry
    source = next((each for each in migration_sources(plugins) if each.plugin == plugin), None)
    if source is None:
        raise NotFound(
            f"没有插件 {plugin};yuanluo plugins 列出已安装的插件。",
            f"there is no plugin {plugin!r}; `yuanluo plugins` lists those there are.",
        )
    written = migrator.make_migration(registry, source, name, allow_removal=allow_removal)
    typer.echo(f"{written}" if written else "没有变化 nothing changed.")


@app.command()
def schema() -> None:
    """输出 GraphQL 模式 Print the schema definition (SDL)."""
    from yuanluo.composition import Composition
    from yuanluo.plugins import Plugins
    from yuanluo_graphql.assembly import sdl

    typer.echo(sdl(Composition.of(Plugins.load())), nl=False)


@app.command()
def plugins(as_json: JsonOption = False) -> None:
    """列出插件 List the installed plugins."""
    from yuanluo.plugins import Plugins
    from yuanluo_graphql.assembly import plugin_infos

    infos = plugin_infos(Plugins.load())
    if as_json:
        listed = [{"name": each.name, "version": each.version, "description": each.description} for each in infos]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    for each in infos:
        typer.echo(f"{each.name:12} {each.version:8} {each.description}")


@app.command()
def key(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="在密钥文件中加一个新版本 add a version to the key file.")
    ] = False,
    path: PathOption = None,
) -> None:
    """生成部署密钥 Print a new deployment key; with --rotate, add one to the key file, used from the next start."""
    import base64

    from yuanluo_tenants.crypto import new_key, read_key_file, write_key_file

    if not rotate:
        typer.echo(base64.b64encode(new_key()).decode())
        return
    settings = _settings(path)
    if settings.secret_key is not None or not settings.key_path.exists():
        raise ConfigurationError(
            f"轮换需要密钥文件:请把现有密钥写成 1:密钥 一行,放在 {settings.key_path}(权限 600),"
            "并去掉 YUANLUO_SECRET_KEY。",
            f"rotation needs a key file: put the key that is in use at {settings.key_path}, as the line `1:KEY`,"
            " readable by its owner alone, and unset YUANLUO_SECRET_KEY.",
        )
    ring = read_key_file(settings.key_path).rotated(new_key())
    write_key_file(settings.key_path, ring)
    typer.echo(
        f"{settings.key_path}: 第 {ring.version} 版 version {ring.version}\n"
        "请另存一份,重启所有服务,再运行 yuanluo reseal。"
        " Keep a copy apart, restart every server, then run `yuanluo reseal`."
    )


@app.command()
def reseal(path: PathOption = None) -> None:
    """重新密封 Seal with the newest key what older ones sealed; safe to run at any time, after servers have the key."""
    from yuanluo.sealing import seal_anew
    from yuanluo.statements import rows

    async def work() -> None:
        done = 0
        async with opened_house(_settings(path)) as house:
            for row in await rows(house.database, "SELECT number FROM node ORDER BY number", shared=True):
                done += await seal_anew(house.database, house.keys, house.registry, row["number"])
            version = house.keys.version
        typer.echo(f"{done} 个密文改用第 {version} 版密钥 values sealed anew with key version {version}")

    _run(work())


@app.command()
def settings(as_markdown: Annotated[bool, typer.Option("--markdown", help="完整说明 the whole page.")] = False) -> None:
    """列出设置 List the settings and their meaning."""
    from yuanluo_tenants.settings import settings_markdown

    page = settings_markdown()
    typer.echo(
        page.rstrip() if as_markdown else "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    )


# people who may call --------------------------------------------------------------------------------------------


@token_app.command("create")
def token_create(
    login: Annotated[str, typer.Option(help="登录名 login of the account; made if it is new.")],
    role: Annotated[str, typer.Option(help="角色 role, such as DISTRICT_ADMIN or ACCOUNTANT.")],
    node: Annotated[str, typer.Option(help="节点编码 code of the district, ..., courtyard the role is held on.")],
    days: Annotated[int, typer.Option(help="有效天数 days the token is valid.")] = 90,
    label: Annotated[str, typer.Option(help="用途 what it is for.")] = "cli",
    read_only: Annotated[bool, typer.Option("--read-only", help="只读 for reading alone.")] = False,
    trusted_only: Annotated[
        bool, typer.Option("--trusted-only", help="仅限可信查询 for trusted documents alone.")
    ] = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """签发令牌 Make an account if needed, grant the role and print a token, once."""
    from yuanluo.access import CreateAccount, CreateToken, GrantRole, create_account, create_token, grant_role
    from yuanluo.accounts import TokenScope
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.statements import rows

    login = login.strip()

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            number = await _node_number(house, node)
            context = CommandContext(house, operator(), number)
            async with house.database.transaction():  # all of it, or nothing
                known = await rows(house.database, "SELECT id FROM account WHERE login = $1", login, shared=True)
                if known:
                    account: uuid.UUID = known[0]["id"]
                else:
                    account = uuid.UUID(
                        str((await run_command(create_account, context, CreateAccount(login, login))).subject_id)
                    )
                held = await rows(
                    house.database,
                    "SELECT id FROM role_grant WHERE account_id = $1 AND role = $2 AND node = $3"
                    " AND revoked_at IS NULL AND started_on <= $4 AND (ended_on IS NULL OR ended_on >= $4)",
                    str(account),
                    role,
                    number,
                    context.today,
                    shared=True,
                )
                if not held:
                    await run_command(grant_role, context, GrantRole(account, role))
                scope = TokenScope.READ if read_only else TokenScope.WRITE
                wanted = CreateToken(account, label, scope, days, trusted_only=trusted_only)
                receipt = await run_command(create_token, context, wanted)
            token = receipt.secrets[0]
            told = {"login": login, "role": role, "node": node, "token": token}
            typer.echo(json.dumps(told, ensure_ascii=False) if as_json else token)

    _run(work())


@courtyard_app.command("open")
def courtyard_open(
    name: Annotated[str, typer.Argument(help="名称 name of the courtyard.")],
    community: Annotated[str, typer.Option(help="社区编码 12-digit code of its community.")],
    address: Annotated[str, typer.Option(help="地址 street address.")] = "",
    template: Annotated[str, typer.Option(help="模板 template to open it from.")] = "old_courtyard",
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """开通院落 Open a courtyard; takes effect at once, without a restart."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.opening import OpenCourtyard, open_courtyard
    from yuanluo_tenants.tree import code_of

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            context = CommandContext(house, operator(), await _node_number(house, community))
            receipt = await run_command(
                open_courtyard, context, OpenCourtyard(name=name, address=address, template=template)
            )
            code = code_of(int(receipt.payload["number"]))
            typer.echo(json.dumps({"code": code, "name": name}, ensure_ascii=False) if as_json else code)

    _run(work())


@app.command()
def verify(
    courtyard: Annotated[
        str | None, typer.Option("--courtyard", help="只查一个院落 only the courtyard with this code.")
    ] = None,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """核验记录链 Check every link of the record chains and name the first broken one."""
    from yuanluo import records
    from yuanluo.statements import rows
    from yuanluo_tenants.scope import scoped

    async def work() -> None:
        broken: list[records.Verification] = []
        total = 0
        async with opened_house(_settings(path)) as house:
            if courtyard is not None:
                numbers = [await _courtyard_number(house, courtyard)]
            else:
                found = await rows(house.database, "SELECT number FROM node ORDER BY number", shared=True)
                numbers = [int(each["number"]) for each in found]
            for number in numbers:
                with scoped(number):
                    verified = await records.verify(house.database, number, house.keys)
                total += verified.records
                if not verified.is_whole:
                    broken.append(verified)
        if as_json:
            listed = [
                {"tenant": str(each.tenant), "sequence": each.broken.sequence, "reason": each.broken.en}
                for each in broken
                if each.broken is not None
            ]
            typer.echo(json.dumps({"chains": len(numbers), "records": total, "broken": listed}, ensure_ascii=False))
        else:
            for each in broken:
                if each.broken is not None:
                    typer.echo(f"{each.tenant} 第 {each.broken.sequence} 条:{each.broken.zh} {each.broken.en}")
            typer.echo(f"{len(numbers)} 条链,{total} 条记录,{len(broken)} 处断裂 chains, records, broken")
        if broken:
            raise typer.Exit(1)

    _run(work())


@app.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="修复有误的计数 write wrong counters anew.")] = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """核对 Recount counters and indicators, and check books, numbers, offices and records; exit 1 if any differs."""
    from yuanluo.checking import check_house
    from yuanluo.statements import rows
    from yuanluo_graphql.cli_check import print_checked

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            checked = await check_house(house, repair=repair)
            found = await rows(house.database, "SELECT number, name FROM node", shared=True)
        names = {int(row["number"]): str(row["name"]) for row in found}
        wrong = bool(checked.wrong_counters or checked.wrong_indicators)
        print_checked(checked, names, repaired=repair and wrong, as_json=as_json)
        if checked.found or (wrong and not repair):
            raise typer.Exit(1)

    _run(work())


@app.command()
def sweep(path: PathOption = None) -> None:
    """清扫 Delete what is kept for a time only: idempotency keys and attempts of webhooks; a server does so hourly."""
    from yuanluo.clock import system_clock
    from yuanluo.command import sweep_idempotency
    from yuanluo.webhooks.due import sweep_log

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            now = system_clock()
            keys = await sweep_idempotency(house.database, now)
            attempts = await sweep_log(house.database, now - house.webhooks.log_kept)
        typer.echo(f"{keys} 个幂等键,{attempts} 条推送日志 idempotency keys, attempts of webhooks")

    _run(work())


# workbooks in and out -------------------------------------------------------------------------------------------


@import_app.command("file")
def import_(
    kind: Annotated[str, typer.Argument(help="表格种类 kind of form, such as party_roster.")],
    file: Annotated[Path, typer.Argument(help="文件 the workbook.")],
    courtyard: CourtyardOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预览,不写入 preview only.")] = False,
    option: OptionsOption = None,
    as_json: JsonOption = False,
    today: TodayOption = None,
    path: PathOption = None,
) -> None:
    """导入表格 Import a workbook: preview it, then write the accepted rows, all or none."""
    from yuanluo_graphql.exchange import chosen_options, commit_file, preview_file, print_preview

    day, options = _day(today), chosen_options(option)

    async def work() -> None:
        found = preview_file(kind, file, day, options)
        if dry_run:
            told = await told_by_register(_settings(path), courtyard, found, options)
            print_preview(found, as_json=as_json, told=told)
            return
        async with opened_house(_settings(path)) as house:
            number = await _courtyard_number(house, courtyard)
            await commit_file(house, number, found, options, as_json=as_json)

    _run(work())


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="表格种类 kind of form, such as party_roster.")],
    file: Annotated[Path, typer.Argument(help="文件 the workbook to write.")],
    courtyard: CourtyardOption,
    option: OptionsOption = None,
    purpose: Annotated[str, typer.Option(help="目的 why; filed with the export.")] = "命令行导出",
    path: PathOption = None,
) -> None:
    """导出表格 Export a register with the exact headers of its form; the export is filed as a record."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext
    from yuanluo.importing import export_file
    from yuanluo_graphql.exchange import chosen_options

    options = chosen_options(option)

    async def work() -> None:
        async with opened_house(_settings(path)) as house:
            number = await _courtyard_number(house, courtyard)
            context = CommandContext(house, operator(), number, purpose=purpose)
            count = await export_file(context, kind, file, options)
            typer.echo(f"{file}: {count} 行 rows")

    _run(work())


# the demo -------------------------------------------------------------------------------------------------------


@app.command()
def demo(
    courtyards: Annotated[int, typer.Option(min=1, max=5_000, help="院落数 number of courtyards.")] = 30,
    seed: Annotated[int, typer.Option(help="随机种子 seed; the same seed gives the same content.")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="端口 port.")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="只生成,不启动 build only.")] = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """演示 Build a synthetic district, import the sample workbooks, serve it and print tokens and queries."""
    from yuanluo_graphql.showing import show_demo

    if os.environ.get("YUANLUO_ENVIRONMENT") == "production":
        raise ConfigurationError(
            "YUANLUO_ENVIRONMENT=production:演示不能在生产环境中生成;请在别处运行,或去掉该变量。",
            "YUANLUO_ENVIRONMENT=production: no demo is built in production; run it elsewhere, or unset the variable.",
        )
    show_demo(
        _settings(path, environment="demo", graphiql=True, port=port),
        courtyards=courtyards,
        seed=seed,
        serve=not no_serve,
        as_json=as_json,
    )
