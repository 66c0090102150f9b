"""`yuanluo webhooks ...`: making, listing and delivering webhooks from the command line."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import signal
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yuanluo_graphql.cli_access import IdArgument, id_of, print_rows, run_on
from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_tenants.errors import Invalid

if TYPE_CHECKING:
    from yuanluo.command import Command
    from yuanluo.house import House

__all__ = ["webhooks_app"]

webhooks_app: Final = typer.Typer(help="回调 webhooks.", no_args_is_help=True)


@webhooks_app.command("create")
def create(
    url: Annotated[str, typer.Argument(help="接收地址 URL of the receiver.")],
    node: Annotated[str, typer.Option(help="节点编码 code of the node whose records, and those below, are told.")],
    kind: Annotated[list[str] | None, typer.Option(help="记录类型 kind such as person.create or person.*.")] = None,
    role: Annotated[str, typer.Option(help="身份 role whose clearance decides what is told; none: the public.")] = "",
    with_payload: Annotated[bool, typer.Option("--with-payload", help="含内容 tell the payload as well.")] = False,
    description: Annotated[str, typer.Option(help="用途 what it is for.")] = "",
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """创建回调端点 Make an endpoint and print its id and signing secret, once."""
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo.webhooks.commands import CreateWebhook, create_webhook
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            context = CommandContext(house, operator(), await cli._node_number(house, node))
            wanted = CreateWebhook(url, tuple(kind or ()), role, with_payload, description)
            receipt = await run_command(create_webhook, context, wanted)
            told = {"id": str(receipt.subject_id), "secret": receipt.secrets[0]}
            typer.echo(json.dumps(told) if as_json else f"{told['id']}\n{told['secret']}")

    cli._run(work())


@webhooks_app.command("list")
def list_endpoints(as_json: JsonOption = False, path: PathOption = None) -> None:
    """列出回调端点 List the endpoints, how many courtyards wait and which are suspended."""
    from yuanluo.webhooks.overview import endpoints
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            print_rows(await endpoints(house.database), as_json=as_json)

    cli._run(work())


@webhooks_app.command("log")
def log(
    courtyard: Annotated[str | None, typer.Option(help="院落编码 only of the courtyard with this code.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="只看失败 failed attempts only.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="条数 how many, newest first.")] = 50,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """查看投递日志 Show the latest attempts."""
    from yuanluo.webhooks.overview import attempts
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            number = None if courtyard is None else await cli._node_number(house, courtyard)
            print_rows(await attempts(house.database, number, failed_only=failed, most=limit), as_json=as_json)

    cli._run(work())


# an endpoint ------------------------------------------------------------------------------------------------------


def _on(path: Path | None, webhook: str, command: Command[Any], given: Callable[[uuid.UUID], Any]) -> None:
    async def find(house: House) -> Mapping[str, Any]:
        from yuanluo.administration import row_of
        from yuanluo.clock import system_clock
        from yuanluo.webhooks.tables import WebhookEndpoint

        return await row_of(house.database, WebhookEndpoint, id_of(webhook), system_clock())

    def tell(receipt: Any) -> str:
        return receipt.secrets[0] if receipt.secrets else str(receipt.subject_id)

    run_on(path, find, lambda row: (command, given(row["id"])), tell)


@webhooks_app.command("update")
def update(
    webhook: IdArgument,
    url: Annotated[str | None, typer.Option(help="接收地址 new URL of the receiver.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="记录类型 kinds wanted from now on.")] = None,
    all_kinds: Annotated[bool, typer.Option("--all-kinds", help="全部类型 every kind from now on.")] = False,
    payload: Annotated[bool | None, typer.Option("--with-payload/--without-payload", help="含内容 payload.")] = None,
    description: Annotated[str | None, typer.Option(help="用途 what it is for.")] = None,
    path: PathOption = None,
) -> None:
    """修改回调端点 Change what is given of an endpoint."""
    from yuanluo.webhooks.commands import UpdateWebhook, update_webhook

    if all_kinds and kind:
        raise Invalid(
            "--all-kinds 与 --kind 不能同时使用。",
            "--all-kinds and --kind contradict each other; give one of them.",
            field="kind",
        )
    kinds = () if all_kinds else tuple(kind) if kind else None
    _on(path, webhook, update_webhook, lambda row: UpdateWebhook(row, url, kinds, payload, description))


@webhooks_app.command("pause")
def pause(webhook: IdArgument, path: PathOption = None) -> None:
    """暂停回调端点 Tell an endpoint nothing for a while; what is filed meanwhile waits."""
    from yuanluo.webhooks.commands import PauseWebhook, pause_webhook

    _on(path, webhook, pause_webhook, PauseWebhook)


@webhooks_app.command("resume")
def resume(
    webhook: IdArgument,
    courtyard: Annotated[str | None, typer.Option(help="院落编码 only of the courtyard with this code.")] = None,
    path: PathOption = None,
) -> None:
    """恢复回调端点 Tell an endpoint again that was paused, disabled or suspended."""
    from yuanluo.webhooks.commands import ResumeWebhook, resume_webhook
    from yuanluo_tenants.tree import number_of

    tenant = None if courtyard is None else number_of(courtyard)
    _on(path, webhook, resume_webhook, lambda row: ResumeWebhook(row, tenant))


@webhooks_app.command("rotate")
def rotate(
    webhook: IdArgument,
    grace_hours: Annotated[int, typer.Option(help="过渡小时 hours for which the old secret signs as well.")] = 24,
    path: PathOption = None,
) -> None:
    """更换密钥 Give an endpoint a new signing secret and print it, once."""
    from yuanluo.webhooks.commands import RotateWebhookSecret, rotate_webhook_secret

    _on(path, webhook, rotate_webhook_secret, lambda row: RotateWebhookSecret(row, grace_hours))


@webhooks_app.command("redeliver")
def redeliver(
    webhook: IdArgument,
    courtyard: Annotated[str, typer.Option(help="院落编码 code of the courtyard.")],
    sequence: Annotated[int, typer.Option(help="序号 number of the first record to be told again.")],
    path: PathOption = None,
) -> None:
    """重发 Tell an endpoint again of a courtyard's records, in order, from one on."""
    from yuanluo.webhooks.commands import RedeliverWebhook, redeliver_webhook
    from yuanluo_tenants.tree import number_of

    tenant = number_of(courtyard)
    _on(path, webhook, redeliver_webhook, lambda row: RedeliverWebhook(row, tenant, sequence))


# delivering -------------------------------------------------------------------------------------------------------


@webhooks_app.command("run")
def run(
    once: Annotated[bool, typer.Option("--once", help="投完即止 deliver what is due and stop.")] = False,
    path: PathOption = None,
) -> None:
    """投递回调 Deliver webhooks in a process of its own, until interrupted."""
    from yuanluo_graphql import cli
    from yuanluo_graphql.assembly import build_house
    from yuanluo_graphql.starting import check_there

    settings = cli._settings(path)
    check_there(settings)
    house = build_house(settings)
    cli._run(_deliver(dataclasses.replace(house, webhooks=dataclasses.replace(house.webhooks, runs=False)), once=once))


async def _deliver(house: House, *, once: bool) -> None:
    from yuanluo.webhooks.deliverer import Deliverer
    from yuanluo_graphql.app import opened

    async with opened(house), Deliverer(house) as deliverer:
        if once:
            await deliverer.round()
            return
        running = asyncio.create_task(deliverer.run())
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        with suppress(asyncio.CancelledError):
            await running
