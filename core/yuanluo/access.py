"""Commands on accounts, roles and tokens, and the way back from a token to its viewer.

Nobody gives away more than he has: a role is granted, and a token for an account made, only by somebody who
outranks it, or equals it, wherever it applies (`RANKS`). Tokens are stored by SHA-256 alone; the clear token is
in the receipt, once.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo.accounts import Account, AccountKind, AccountPerson, AccountStatus, ApiToken, Grant, TokenScope
from yuanluo.authority import (
    CORE_NAMES,
    OPERATOR,
    RANKS,
    Action,
    RoleAbout,
    Rules,
    Unauthenticated,
    called,
    hash_token,
    new_token,
)
from yuanluo.calendar import check_not_far
from yuanluo.clock import day_in_shanghai
from yuanluo.command import ADDS, STEPS, Command, CommandContext, Offer, OfferContext, Outcome, actor_of, each
from yuanluo.inputs import Given
from yuanluo.offering import choice, reference
from yuanluo.statements import changed, many, rows
from yuanluo.viewer import Clearance, Viewer
from yuanluo_tenants.columns import Bound
from yuanluo_tenants.database import Database, Row
from yuanluo_tenants.errors import Conflict, Forbidden, Invalid, NotFound
from yuanluo_tenants.scope import EVERYTHING, Range, Scope
from yuanluo_tenants.tree import Node, above, place_of, scope_of

__all__ = [
    "Authority",
    "CreateAccount",
    "CreateToken",
    "DisableAccount",
    "EnableAccount",
    "GrantRole",
    "RevokeRole",
    "RevokeToken",
    "create_account",
    "create_token",
    "disable_account",
    "enable_account",
    "grant_role",
    "revoke_role",
    "revoke_token",
]

STALE: Final = 1.0
"""Seconds for which a viewer is kept; expiry is checked at every request all the same."""

MOST_DAYS: Final = 366
TOKEN_DAYS: Final = Bound(1, MOST_DAYS, "TOKEN_DAYS", "domain 2")
KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A login to be made; `person_id` is the holder's own person in the courtyard the command runs at."""

    login: str
    name: str
    kind: AccountKind = AccountKind.PERSON
    person_id: Annotated[
        uuid.UUID | None, Given("本人", "the holder's own person in this courtyard", refers="Person")
    ] = None


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """A login to be refused from now on, with every token it has."""

    account_id: Annotated[uuid.UUID, Given("账号", "the account", refers="Account")]


@dataclass(frozen=True, slots=True)
class EnableAccount:
    """A disabled login to be let in again."""

    account_id: Annotated[uuid.UUID, Given("账号", "the account", refers="Account")]


@dataclass(frozen=True, slots=True)
class GrantRole:
    """A role to be held on the node the command runs at, from a day, to a day if given."""

    account_id: Annotated[uuid.UUID, Given("账号", "the account", refers="Account")]
    role: str
    started_on: dt.date | None = None
    ended_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class RevokeRole:
    """A grant to be revoked at once."""

    grant_id: Annotated[uuid.UUID, Given("授权", "the grant", refers="Grant")]


@dataclass(frozen=True, slots=True)
class CreateToken:
    """A token to be made for an account, valid for `days`; `below` keeps it below one node.

    With `trusted_only` it may run the deployment's trusted documents and no other.
    """

    account_id: Annotated[uuid.UUID, Given("账号", "the account", refers="Account")]
    label: str
    scope: TokenScope = TokenScope.WRITE
    days: Annotated[int, Given("有效天数", "days for which it is valid", bound=TOKEN_DAYS)] = 90
    below: Annotated[int | None, Given("限于节点", "the node below which alone it works", is_node=True)] = None
    trusted_only: Annotated[bool, Given("仅限可信文档", "whether it runs trusted documents only")] = False


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """A token to be refused from now on."""

    token_id: Annotated[uuid.UUID, Given("令牌", "the token", refers="ApiToken")]


# commands ---------------------------------------------------------------------------------------------------------


async def create_accounts(context: CommandContext, accounts: Sequence[CreateAccount]) -> Sequence[Outcome]:
    """Make logins; a second one of the same login name is refused as a Duplicate."""
    new: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []
    for account in accounts:
        if not account.login.strip() or not account.name.strip():
            raise Invalid("登录名和名称不能为空。", "a login and a name are needed.", field="login")
        if not (account.login.strip().isprintable() and account.name.strip().isprintable()):
            raise Invalid(
                "登录名和名称不能含换行或控制字符。",
                "a login and a name hold no line breaks and control characters.",
                field="login",
                code="TEXT_INVALID",
            )
        account_id = uuid7()
        new.append(
            {
                "id": account_id,
                "login": account.login.strip(),
                "name": account.name.strip(),
                "kind": account.kind,
                "status": AccountStatus.ACTIVE,
                "created_at": context.now,
                "node": context.tenant,
            }
        )
        if account.person_id is not None:
            await _require_person(context, account.person_id)
            own.append({"account_id": str(account_id), "tenant": context.tenant, "person_id": str(account.person_id)})
    await context.database.insert_rows(Account, new)
    await context.database.insert_rows(AccountPerson, own)
    return [Outcome(row["id"], {"kind": row["kind"]}) for row in new]


async def _require_person(context: CommandContext, person_id: uuid.UUID) -> None:
    sql = "SELECT id FROM person WHERE tenant_id = $1 AND id = $2"
    if not await rows(context.database, sql, context.tenant, person_id):
        raise NotFound("没有这个人员。", "there is no such person here.")


def _own_account() -> Conflict:
    return Conflict(
        "不能停用或启用本人的账号。", "nobody disables or enables his own account.", code="OWN_ACCOUNT", rule="domain 7"
    )


def _has_status(status: AccountStatus) -> Conflict:
    zh, en = status.value
    return Conflict(f"账号已{zh}。", f"the account is {en} already.", code=f"ACCOUNT_{status.name}", rule="domain 2")


def _set_status(status: AccountStatus, action: str) -> Callable[[CommandContext, Any], Awaitable[Outcome]]:
    async def set_status(context: CommandContext, given: DisableAccount | EnableAccount) -> Outcome:
        account = await _account(context, given.account_id)
        if given.account_id == context.actor.account_id:
            raise _own_account()
        await _require_standing(context, given.account_id, action)
        if account["status"] == status.name:
            raise _has_status(status)
        await changed(
            context.database,
            "UPDATE account SET status = $1 WHERE id = $2",
            status.name,
            given.account_id,
            shared=True,
        )
        return Outcome(given.account_id, {"status": status})

    return set_status


async def _account(context: CommandContext, account_id: uuid.UUID) -> Row:
    found = await _found_account(context, account_id)
    if found is None:
        raise NotFound("没有这个账号。", "there is no such account.")
    return found


async def _found_account(context: CommandContext, account_id: uuid.UUID) -> Row | None:
    """Return an account of which the actor may know; any other does not exist for him."""
    sql = "SELECT id, status, node FROM account WHERE id = $1"
    found = await rows(context.database, sql, account_id, shared=True)
    is_known = bool(found) and await _is_known(context, account_id, found[0]["node"])
    return found[0] if is_known else None


async def _is_known(context: CommandContext, account_id: uuid.UUID, made_at: int | None) -> bool:
    """Whether the account is the actor's own, was made in his scope, or holds or held a role there."""
    scope = context.actor.scope
    if account_id == context.actor.account_id or scope == EVERYTHING or made_at in scope:
        return True
    sql = "SELECT DISTINCT node FROM role_grant WHERE account_id = $1"
    return any(row["node"] in scope for row in await rows(context.database, sql, str(account_id), shared=True))


def _require_rank(context: CommandContext, role: str, action: str, node: int) -> None:
    """Refuse unless the actor outranks or equals `role` at `node`."""
    if not _has_rank(context.actor, RANKS.get(role, 0), node):
        raise _too_high(role, action)


def _has_rank(viewer: Viewer, rank: int, node: int) -> bool:
    held = viewer.roles_at(node)
    highest = max((RANKS.get(each_role, 0) for each_role in held), default=0)
    return OPERATOR in held or (highest > 0 and highest >= rank)


def _too_high(role: str, action: str) -> Forbidden:
    zh, en = called(CORE_NAMES, role)
    return Forbidden(
        f"不能授予或代表高于本人层级的角色:{zh}。",
        f"a role above your own, {en}, is not yours to give.",
        action=action,
        rule="authority.rank",
    )


async def grant_roles(context: CommandContext, grants: Sequence[GrantRole]) -> Sequence[Outcome]:
    """Grant roles on the node of `context`."""
    await place_of(context.database, context.tenant)
    new: list[dict[str, Any]] = []
    for grant in grants:
        context.house.rules.require_role(grant.role)
        _require_rank(context, grant.role, "role.grant", context.tenant)
        started_on = grant.started_on or context.today
        check_not_far(started_on, context.today, "started_on", rule="domain 2")
        check_not_far(grant.ended_on, context.today, "ended_on", rule="domain 2")
        if grant.ended_on is not None and grant.ended_on < started_on:
            raise Invalid(
                "终止日期早于起始日期。",
                "a grant cannot end before it begins.",
                field="ended_on",
                code="DATE_ORDER",
                rule="domain 2",
            )
        await _account(context, grant.account_id)
        new.append(
            {
                "id": uuid7(),
                "account_id": str(grant.account_id),
                "role": grant.role,
                "node": context.tenant,
                "started_on": started_on,
                "ended_on": grant.ended_on,
                "granted_by": actor_of(context.actor),
            }
        )
    await context.database.insert_rows(Grant, new)
    return [
        Outcome(
            row["id"],
            {"account": row["account_id"], "role": row["role"], "from": row["started_on"], "to": row["ended_on"]},
        )
        for row in new
    ]


async def _revoke_role(context: CommandContext, revocation: RevokeRole) -> Outcome:
    found = await rows(
        context.database,
        "SELECT account_id, role, node, revoked_at FROM role_grant WHERE id = $1 AND node = $2",
        revocation.grant_id,
        context.tenant,
        shared=True,
    )
    if not found:
        raise NotFound("该节点没有这项授权。", "there is no such grant at this node.")
    grant = found[0]
    if grant["revoked_at"] is not None:
        raise _revoked_already()
    _require_rank(context, grant["role"], "role.revoke", context.tenant)
    await changed(
        context.database,
        "UPDATE role_grant SET revoked_at = $1 WHERE id = $2",
        context.now,
        revocation.grant_id,
        shared=True,
    )
    return Outcome(revocation.grant_id, {"account": grant["account_id"], "role": grant["role"]})


def _disabled() -> Conflict:
    return Conflict("账号已停用。", "the account is disabled.", code="ACCOUNT_DISABLED", rule="domain 2")


def _revoked_already() -> Conflict:
    return Conflict("该授权已撤销。", "the grant has been revoked already.", code="GRANT_REVOKED", rule="domain 2")


async def _create_token(context: CommandContext, wanted: CreateToken) -> Outcome:
    account = await _account(context, wanted.account_id)
    if account["status"] != AccountStatus.ACTIVE.name:
        raise _disabled()
    await _require_standing(context, wanted.account_id, "token.create")
    if wanted.below is not None:
        if wanted.below not in context.actor.scope:  # else it would tell which courtyards there are elsewhere
            raise NotFound("没有这个节点。", "there is no such node.")
        await place_of(context.database, wanted.below)
    token, token_id = new_token(), uuid7()
    expires_at = context.now + dt.timedelta(days=wanted.days)
    await context.database.insert_rows(
        ApiToken,
        [
            {
                "id": token_id,
                "account_id": str(wanted.account_id),
                "hash": hash_token(token),
                "prefix": token[:8],
                "label": wanted.label,
                "scope": wanted.scope,
                "node": wanted.below,
                "created_at": context.now,
                "expires_at": expires_at,
                "trusted_only": wanted.trusted_only,
            }
        ],
    )
    payload: dict[str, Any] = {
        "account": wanted.account_id,
        "scope": wanted.scope,
        "node": wanted.below,
        "expires_at": expires_at,
    }
    if wanted.trusted_only:
        payload["trusted_only"] = True
    return Outcome(token_id, payload, secret=token)


async def _require_standing(context: CommandContext, account_id: uuid.UUID, action: str) -> None:
    """Refuse unless the account is the actor's own, or he outranks or equals each of its roles where it applies."""
    if account_id == context.actor.account_id:
        return
    for grant in await _grants(context.database, account_id, context.today):
        _require_rank(context, grant["role"], action, grant["node"])


async def _revoke_token(context: CommandContext, revocation: RevokeToken) -> Outcome:
    sql = "SELECT account_id, revoked_at FROM api_token WHERE id = $1"
    found = await rows(context.database, sql, revocation.token_id, shared=True)
    held = [await _found_account(context, uuid.UUID(row["account_id"])) for row in found]
    if not held or held[0] is None:
        raise NotFound("没有这个令牌。", "there is no such token.")
    account_id = uuid.UUID(found[0]["account_id"])
    await _require_standing(context, account_id, "token.revoke")
    if found[0]["revoked_at"] is None:
        await changed(
            context.database,
            "UPDATE api_token SET revoked_at = $1 WHERE id = $2",
            context.now,
            revocation.token_id,
            shared=True,
        )
    return Outcome(revocation.token_id, {"account": account_id})


async def _grants(database: Database, account_id: uuid.UUID, today: dt.date) -> list[Row]:
    return await rows(
        database,
        "SELECT role, node FROM role_grant WHERE account_id = $1 AND revoked_at IS NULL"
        " AND started_on <= $2 AND (ended_on IS NULL OR ended_on >= $2) ORDER BY node, role",
        str(account_id),
        today,
        shared=True,
    )


ADMINISTRATORS: Final = ("DISTRICT_ADMIN", "SUBDISTRICT_OFFICER", "COMMUNITY_SECRETARY")


def _action(name: str, zh: str, en: str) -> Action:
    return Action(name, ADMINISTRATORS, "domain 2", zh, en)


# offers, on the rows that the listings show


def _offer_status(status: AccountStatus, action: str) -> Offer:
    def check(row: Mapping[str, Any], context: OfferContext) -> None:
        if row["id"] is not None and reference(row, "id") == context.viewer.account_id:
            raise _own_account()
        _check_rank(row, context, action)
        if choice(row, "status", AccountStatus) is status:
            raise _has_status(status)

    return Offer(("id", "rank", "status"), check)


def _offer_on_account(action: str) -> Offer:
    def check(row: Mapping[str, Any], context: OfferContext) -> None:
        if row["id"] is None or reference(row, "id") != context.viewer.account_id:
            _check_rank(row, context, action)
        if choice(row, "status", AccountStatus) is AccountStatus.DISABLED:
            raise _disabled()

    return Offer(("id", "rank", "status"), check)


def _offer_revocation(row: Mapping[str, Any], context: OfferContext) -> None:
    if row["revoked_at"] is not None:
        raise _revoked_already()
    role = row["role"]
    if role is not None and not _has_rank(context.viewer, RANKS.get(role, 0), context.tenant):
        raise _too_high(role, "role.revoke")


def _offer_token_revocation(row: Mapping[str, Any], context: OfferContext) -> None:
    if row["account_id"] is None or reference(row, "account_id") != context.viewer.account_id:
        _check_rank(row, context, "token.revoke")


def _check_rank(row: Mapping[str, Any], context: OfferContext, action: str) -> None:
    """Refuse whoever has not the rank of the account at the node that holds all of its grants."""
    rank = row["rank"] or 0
    if not _has_rank(context.viewer, rank, context.tenant):
        raise _too_high(next((role for role, each_rank in RANKS.items() if each_rank == rank), "—"), action)


create_account: Final = Command(
    action=_action("account.create", "创建账号", "create an account"),
    input=CreateAccount,
    many=create_accounts,
    subject_type="Account",
    unversioned=ADDS,
)
"""Make a login."""

disable_account: Final = Command(
    action=_action("account.disable", "停用账号", "disable an account"),
    input=DisableAccount,
    many=each(_set_status(AccountStatus.DISABLED, "account.disable")),
    offer=_offer_status(AccountStatus.DISABLED, "account.disable"),
    subject_type="Account",
    unversioned=STEPS,
    when_closed=True,
)
"""Refuse a login from now on."""

enable_account: Final = Command(
    action=_action("account.enable", "启用账号", "enable an account"),
    input=EnableAccount,
    many=each(_set_status(AccountStatus.ACTIVE, "account.enable")),
    offer=_offer_status(AccountStatus.ACTIVE, "account.enable"),
    subject_type="Account",
    unversioned=STEPS,
    when_closed=True,
)
"""Let a disabled login in again."""

grant_role: Final = Command(
    action=_action("role.grant", "授予角色", "grant a role"),
    input=GrantRole,
    many=grant_roles,
    subject_type="Grant",
    unversioned=ADDS,
)
"""Grant a role on a node."""

revoke_role: Final = Command(
    action=_action("role.revoke", "撤销角色", "revoke a role"),
    input=RevokeRole,
    many=each(_revoke_role),
    offer=Offer(("role", "revoked_at"), _offer_revocation),
    subject_type="Grant",
    unversioned=STEPS,
    when_closed=True,
)
"""Revoke a grant."""

create_token: Final = Command(
    action=_action("token.create", "签发令牌", "create a token"),
    input=CreateToken,
    many=each(_create_token),
    offer=_offer_on_account("token.create"),
    subject_type="ApiToken",
    unversioned=ADDS,
    secret=("令牌", "the token, stored nowhere"),
)
"""Make an API token; the receipt's secret is the token, shown once."""

revoke_token: Final = Command(
    action=_action("token.revoke", "撤销令牌", "revoke a token"),
    input=RevokeToken,
    many=each(_revoke_token),
    offer=Offer(("account_id", "rank"), _offer_token_revocation),
    subject_type="ApiToken",
    unversioned=STEPS,
    when_closed=True,
)
"""Revoke an API token."""


# from a token to its viewer ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    viewer: Viewer
    loaded: float


@dataclass(slots=True)
class Authority:
    """Answers who holds a token; a viewer is kept for at most a second."""

    database: Database
    rules: Rules
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=lambda: {})

    def forget(self) -> None:
        """Drop every kept viewer."""
        self._kept.clear()

    def knows(self, token: str) -> bool:
        """Whether the token held when it was last looked up."""
        return hash_token(token) in self._kept

    async def viewer_of(self, token: str, now: dt.datetime) -> Viewer:
        """Return the viewer who holds `token`; raise Unauthenticated for any token that does not hold now."""
        hashed = hash_token(token)
        kept = self._kept.get(hashed)
        if kept is None or self.monotonic() - kept.loaded >= STALE:
            try:
                kept = _Kept(await self._load(hashed, now), self.monotonic())
            except Unauthenticated:
                self._kept.pop(hashed, None)
                raise
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[hashed] = kept
        expires_at = kept.viewer.expires_at
        if expires_at is None or now >= expires_at:
            self._kept.pop(hashed, None)
            raise Unauthenticated
        return kept.viewer

    async def _load(self, hashed: str, now: dt.datetime) -> Viewer:
        found = await rows(
            self.database,
            "SELECT id, account_id, scope, node, expires_at, revoked_at, trusted_only FROM api_token WHERE hash = $1",
            hashed,
            shared=True,
        )
        if not found or found[0]["revoked_at"] is not None or now >= found[0]["expires_at"]:
            raise Unauthenticated
        token = found[0]
        account_id = uuid.UUID(token["account_id"])
        accounts = await rows(
            self.database, "SELECT id, name, status FROM account WHERE id = $1", account_id, shared=True
        )
        if not accounts or accounts[0]["status"] != AccountStatus.ACTIVE.name:
            raise Unauthenticated
        viewer = await self.viewer_for(account_id, accounts[0]["name"], day_in_shanghai(now), token["node"])
        return replace(
            viewer,
            token_id=token["id"],
            expires_at=token["expires_at"],
            can_write=token["scope"] == TokenScope.WRITE.name,
            trusted_only=bool(token["trusted_only"]),
        )

    async def viewer_for(self, account_id: uuid.UUID, name: str, today: dt.date, node: int | None = None) -> Viewer:
        """Return the viewer an account is on `today`, kept below `node` if given.

        An account whose grants reach nothing is refused as Unauthenticated.
        """
        roles: list[tuple[str, int]] = []
        reach: list[tuple[str, Range]] = []
        clearances: list[Clearance] = []
        ranges: list[Range] = []
        nodes: list[int] = []
        limit = None if node is None else (await scope_of(self.database, [node])).ranges
        for grant in await _grants(self.database, account_id, today):
            whole = scope = (await scope_of(self.database, [grant["node"]])).ranges
            if limit is not None:
                scope = _common(scope, limit)
            if not scope:
                continue
            nodes.append(grant["node"] if node is None or node not in Scope(whole) else node)
            roles.append((grant["role"], grant["node"]))
            ranges += scope
            about = self.rules.roles.get(grant["role"], RoleAbout(grant["role"]))
            for each_range in scope:
                reach.append((grant["role"], each_range))
                for body, klass in about.clearances.items():
                    clearances.append(Clearance(each_range, body, klass))
        if not ranges:
            raise Unauthenticated
        scope_now = Scope.merged(ranges)
        return Viewer(
            account_id=account_id,
            name=name,
            scope=scope_now,
            clearances=tuple(dict.fromkeys(clearances)),
            roles=tuple(roles),
            own=await self._own(account_id, scope_now),
            reach=tuple(dict.fromkeys(reach)),
            above=await self._above(sorted(set(nodes))),
        )

    async def _above(self, nodes: Sequence[int]) -> tuple[int, ...]:
        """Return the nodes above `nodes` as the tree stands today."""
        sql = f"SELECT number, district, subdistrict, community, grid FROM node WHERE number IN ({many(nodes)})"
        found = await rows(self.database, sql, *nodes, shared=True)
        return tuple(sorted({number for row in found for number in above(Node(**row))}))

    async def _own(self, account_id: uuid.UUID, scope: Scope) -> tuple[tuple[int, uuid.UUID], ...]:
        found = await rows(
            self.database,
            "SELECT tenant, person_id FROM account_person WHERE account_id = $1 ORDER BY tenant, person_id",
            str(account_id),
            shared=True,
        )
        return tuple((row["tenant"], uuid.UUID(row["person_id"])) for row in found if row["tenant"] in scope)


def _common(ranges: Sequence[Range], limit: Sequence[Range]) -> tuple[Range, ...]:
    """Return the numbers that are in both."""
    return tuple(
        Range(max(a.lo, b.lo), min(a.hi, b.hi)) for a in ranges for b in limit if max(a.lo, b.lo) <= min(a.hi, b.hi)
    )
