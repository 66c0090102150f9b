"""`yuanluo account|grant|token ...`: seeing who may come in, and shutting them out.

Each command that writes calls the command behind the mutation of the same name, at the node where the row stands.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yuanluo_graphql.cli_options import JsonOption, PathOption
from yuanluo_tenants.errors import Invalid

if TYPE_CHECKING:
    from yuanluo.command import Command
    from yuanluo.house import House
    from yuanluo_tenants.tables import Declared

__all__ = ["account_app", "grant_app", "id_of", "print_rows", "run_on", "token_app"]

account_app: Final = typer.Typer(help="账号 accounts.", no_args_is_help=True)
grant_app: Final = typer.Typer(help="授权 grants of roles.", no_args_is_help=True)
token_app: Final = typer.Typer(help="访问令牌 API tokens.", no_args_is_help=True)

NodeOption = Annotated[str | None, typer.Option(help="节点编码 only at or below the node with this code.")]
LoginOption = Annotated[str | None, typer.Option(help="登录名 only of the account with this login.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="只看有效 only those that hold now.")]
LoginArgument = Annotated[str, typer.Argument(help="登录名 login of the account.")]
IdArgument = Annotated[str, typer.Argument(help="编号 id, as `list` shows it.")]


def id_of(text: str) -> uuid.UUID:
    """Return the id that a client wrote, with or without its type before it."""
    try:
        return uuid.UUID(text.rpartition(":")[2])
    except ValueError:
        raise Invalid(
            f"{text} 不是编号;请用 list 查看。", f"{text!r} is not an id; `list` shows them.", field="id"
        ) from None


def print_rows(found: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows as JSON, or one a line without what is empty."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for each in found:
        typer.echo("  ".join(f"{name}={_shown(value)}" for name, value in each.items() if value not in (None, "", [])))


def _shown(value: Any) -> str:
    """Return a value on one line: what clients wrote must neither break it nor speak to the terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in str(value))


def _list(
    table: Callable[[], type[Declared]],
    path: Path | None,
    *,
    node: str | None,
    login: str | None,
    active: bool,
    as_json: bool,
) -> None:
    from yuanluo.administration import listed
    from yuanluo.clock import system_clock
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            below = None if node is None else await cli._node_number(house, node)
            found = await listed(house.database, table(), system_clock(), below=below, login=login)
            held = [each for each in found if not active or "ACTIVE" in (each.get("state"), each.get("status"))]
            print_rows(held, as_json=as_json)

    cli._run(work())


def run_on(
    path: Path | None,
    find: Callable[[House], Awaitable[Mapping[str, Any]]],
    command: Callable[[Mapping[str, Any]], tuple[Command[Any], Any]],
    tell: Callable[[Any], str] | None = None,
) -> None:
    """Find a row of a listing, run a command about it where it stands, and print its id or what `tell` makes of it."""
    from yuanluo.administration import node_for
    from yuanluo.authority import operator
    from yuanluo.command import CommandContext, run_command
    from yuanluo_graphql import cli

    async def work() -> None:
        async with cli.opened_house(cli._settings(path)) as house:
            row = await find(house)
            wanted, given = command(row)
            context = CommandContext(house, operator(), await node_for(house.database, row))
            receipt = await run_command(wanted, context, given)
            typer.echo(tell(receipt) if tell is not None else str(receipt.subject_id))

    cli._run(work())


def _by_id(table: Callable[[], type[Declared]], text: str) -> Callable[[House], Awaitable[Mapping[str, Any]]]:
    async def find(house: House) -> Mapping[str, Any]:
        from yuanluo.administration import row_of
        from yuanluo.clock import system_clock

        return await row_of(house.database, table(), id_of(text), system_clock())

    return find


def _by_login(login: str) -> Callable[[House], Awaitable[Mapping[str, Any]]]:
    async def find(house: House) -> Mapping[str, Any]:
        from yuanluo.administration import account_named
        from yuanluo.clock import system_clock

        return await account_named(house.database, login, system_clock())

    return find


def _account() -> type[Declared]:
    from yuanluo.accounts import Account

    return Account


def _grant() -> type[Declared]:
    from yuanluo.accounts import Grant

    return Grant


def _token() -> type[Declared]:
    from yuanluo.accounts import ApiToken

    return ApiToken


# accounts ---------------------------------------------------------------------------------------------------------


@account_app.command("list")
def list_accounts(
    node: NodeOption = None, active: ActiveOption = False, as_json: JsonOption = False, path: PathOption = None
) -> None:
    """列出账号 List the accounts and where they stand: the lowest node that holds all their grants."""
    _list(_account, path, node=node, login=None, active=active, as_json=as_json)


@account_app.command("disable")
def disable(login: LoginArgument, path: PathOption = None) -> None:
    """停用账号 Refuse a login from now on, with every token it has."""
    from yuanluo.access import DisableAccount, disable_account

    run_on(path, _by_login(login), lambda row: (disable_account, DisableAccount(row["id"])))


@account_app.command("enable")
def enable(login: LoginArgument, path: PathOption = None) -> None:
    """启用账号 Let a disabled login in again."""
    from yuanluo.access import EnableAccount, enable_account

    run_on(path, _by_login(login), lambda row: (enable_account, EnableAccount(row["id"])))


# grants -----------------------------------------------------------------------------------------------------------


@grant_app.command("list")
def list_grants(
    node: NodeOption = None,
    login: LoginOption = None,
    active: ActiveOption = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """列出授权 List the roles that were granted, whose, where and from when to when."""
    _list(_grant, path, node=node, login=login, active=active, as_json=as_json)


@grant_app.command("revoke")
def revoke_grant(grant: IdArgument, path: PathOption = None) -> None:
    """撤销授权 Revoke a grant at once."""
    from yuanluo.access import RevokeRole, revoke_role

    run_on(path, _by_id(_grant, grant), lambda row: (revoke_role, RevokeRole(row["id"])))


# tokens -----------------------------------------------------------------------------------------------------------


@token_app.command("list")
def list_tokens(
    node: NodeOption = None,
    login: LoginOption = None,
    active: ActiveOption = False,
    as_json: JsonOption = False,
    path: PathOption = None,
) -> None:
    """列出令牌 List the tokens by their first characters; expired and revoked ones say so."""
    _list(_token, path, node=node, login=login, active=active, as_json=as_json)


@token_app.command("revoke")
def revoke(token: IdArgument, path: PathOption = None) -> None:
    """撤销令牌 Refuse a token from now on."""
    from yuanluo.access import RevokeToken, revoke_token

    run_on(path, _by_id(_token, token), lambda row: (revoke_token, RevokeToken(row["id"])))
