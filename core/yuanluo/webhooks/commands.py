"""Commands of webhooks: an administration's endpoints, made and changed like everything else, as records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from yuanluo.access import ADMINISTRATORS
from yuanluo.authority import OPERATOR, RANKS, Action
from yuanluo.command import ADDS, STATES, Command, CommandContext, Offer, Outcome, actor_of, each, missing
from yuanluo.inputs import WITHIN, Given
from yuanluo.records import CHAIN
from yuanluo.sealing import unseal
from yuanluo.statements import changed, rows
from yuanluo.webhooks.due import new_progress, within
from yuanluo.webhooks.payload import KIND_PATTERN
from yuanluo.webhooks.signing import new_secret
from yuanluo.webhooks.tables import ProgressState, WebhookEndpoint, WebhookProgress, WebhookState
from yuanluo_tenants.columns import Bound, Kind
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Forbidden, Invalid, NotFound
from yuanluo_tenants.scope import Scope, scoped
from yuanluo_tenants.tree import code_of, scope_of

__all__ = [
    "WEBHOOK_COMMANDS",
    "CreateWebhook",
    "PauseWebhook",
    "RedeliverWebhook",
    "ResumeWebhook",
    "RotateWebhookSecret",
    "SuspendWebhook",
    "UpdateWebhook",
    "WebhookNotActive",
    "create_webhook",
    "pause_webhook",
    "redeliver_webhook",
    "resume_webhook",
    "rotate_webhook_secret",
    "suspend_webhook",
    "update_webhook",
]

RULE: Final = "domain 2"
WEBHOOK: Final = Given("回调端点", "the endpoint", refers="WebhookEndpoint")
URL: Final = Given("地址", "where records are posted")
KINDS: Final = Given("类型", "kinds of record wanted, `person.*` or `person.create`; empty for all")
PAYLOAD: Final = Given("含内容", "whether the record's payload is told as well")
PURPOSE: Final = Given("用途", "what it is for")
COURTYARD: Final = Given("院落", "the courtyard whose records it is about", is_node=True)
LONGEST_URL: Final = 2_000
LONGEST_GRACE: Final = 24 * 7


class WebhookNotActive(Conflict):
    """The endpoint is paused or disabled already."""

    code = "WEBHOOK_NOT_ACTIVE"

    def __init__(self) -> None:
        super().__init__(
            "该回调端点已暂停或停用,请先恢复。", "the webhook endpoint is paused or disabled already; resume it first."
        )


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """An endpoint of the node the command runs at; it is told what is filed from now on, there and below."""

    url: Annotated[str, URL]
    kinds: Annotated[tuple[str, ...], KINDS] = ()
    """`person.create`, or `person.*` for all that begin so; empty for every record."""
    role: Annotated[str | None, Given("身份", "the role in whose name it receives")] = None
    """The role in whose name it receives, one of the actor's own; his highest in the administration unless given."""
    with_payload: Annotated[bool, PAYLOAD] = False
    description: Annotated[str, PURPOSE] = ""


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """What is to change of an endpoint; None stays."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]
    url: Annotated[str | None, URL] = None
    kinds: Annotated[tuple[str, ...] | None, KINDS] = None
    with_payload: Annotated[bool | None, PAYLOAD] = None
    description: Annotated[str | None, PURPOSE] = None


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    """A new signing secret; the old one signs beside it for some hours."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]
    grace_hours: Annotated[
        int, Given("过渡时间(小时)", "hours for which the old secret signs as well", bound=Bound(0, LONGEST_GRACE))
    ] = 24


@dataclass(frozen=True, slots=True)
class PauseWebhook:
    """An endpoint that is not to be told for a while; what is filed meanwhile waits."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]


@dataclass(frozen=True, slots=True)
class ResumeWebhook:
    """An endpoint that is to be told again: paused, disabled, or suspended for courtyards (one, or all)."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]
    tenant: Annotated[int | None, COURTYARD] = None


@dataclass(frozen=True, slots=True)
class RedeliverWebhook:
    """Records of a courtyard to be told again, in order, from the one numbered `sequence` on."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]
    tenant: Annotated[int, COURTYARD]
    sequence: Annotated[int, Given("序号", "number of the first record to be told again", kind=Kind.LONG)]


@dataclass(frozen=True, slots=True)
class SuspendWebhook:
    """What the deliverer gives up: one courtyard of an endpoint, or the whole of it."""

    webhook_id: Annotated[uuid.UUID, WEBHOOK]
    tenant: Annotated[int | None, WITHIN]
    sequence: Annotated[int, WITHIN]
    attempts: Annotated[int, WITHIN]
    error: Annotated[str, WITHIN]


# rules ------------------------------------------------------------------------------------------------------------


def _checked_url(context: CommandContext, url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    schemes = ("https", "http") if context.house.webhooks.is_insecure else ("https",)
    if not host or parts.scheme not in schemes or not url.isascii() or any(each <= " " for each in url):
        raise Invalid(
            f"回调地址须为 {schemes[0]}:// 开头的完整地址,不得含空格或非 ASCII 字符。",
            f"the URL must be a whole one that begins with {schemes[0]}://, without spaces, in ASCII.",
            field="url",
        )
    if len(url) > LONGEST_URL or parts.username is not None or parts.fragment:
        raise Invalid(
            f"回调地址不得超过 {LONGEST_URL} 个字符,也不得含用户名或 # 片段。",
            f"the URL must not exceed {LONGEST_URL} characters, nor carry a user name or a fragment.",
            field="url",
        )
    return url


def _checked_kinds(context: CommandContext, kinds: Sequence[str]) -> str:
    for kind in kinds:
        if not KIND_PATTERN.fullmatch(kind):
            raise Invalid(
                f"记录类型 {kind} 应写作 person.create 或 person.*。",
                f"a kind of record is written person.create or person.*, not {kind!r}.",
                field="kinds",
            )
    context.house.composition.check_kinds(kinds, families=True)
    return " ".join(dict.fromkeys(kinds))


def _own_role(context: CommandContext, wanted: str | None, action: str) -> str:
    """Return the role an endpoint receives by; refuse one that the actor does not hold at the node."""
    held = context.actor.roles_at(context.tenant)
    if wanted is None:
        ranked = [role for role in held if role in RANKS]
        return max(ranked, key=lambda role: RANKS[role], default="")
    if wanted:
        context.house.rules.require_role(wanted)
    if wanted and wanted not in held and OPERATOR not in held:
        zh, en = context.house.rules.called(wanted)
        raise Forbidden(
            f"不能以本人未担任的角色“{zh}”接收记录。",
            f"records cannot be received in the name of a role that is not yours here: {en}.",
            action=action,
            rule="webhook.role",
        )
    return wanted


async def _endpoint(context: CommandContext, webhook_id: uuid.UUID) -> Row:
    sql = "SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, webhook_id)
    if not found:
        raise missing(WebhookEndpoint)
    return found[0]


def _check_active(state: str | None) -> None:
    if state not in (WebhookState.ACTIVE.name, None):
        raise WebhookNotActive


async def _below(context: CommandContext, tenant: int | None = None) -> Scope:
    """Return the scope an endpoint of the node is told of, or the courtyard `tenant` alone if it lies in it."""
    scope = await scope_of(context.database, [context.tenant])
    if tenant is None:
        return scope
    if tenant not in scope:
        raise NotFound("该节点下没有这个院落。", "there is no such courtyard below this node.")
    return Scope.of(tenant)


# commands ---------------------------------------------------------------------------------------------------------


async def _create(context: CommandContext, wanted: CreateWebhook) -> Outcome:
    url, kinds = _checked_url(context, wanted.url), _checked_kinds(context, wanted.kinds)
    role, secret = _own_role(context, wanted.role, "webhook.create"), new_secret()
    [webhook_id] = await context.insert(
        WebhookEndpoint,
        [
            {
                "url": url,
                "kinds": kinds,
                "role": role,
                "with_payload": wanted.with_payload,
                "secret": secret,
                "state": WebhookState.ACTIVE,
                "description": wanted.description.strip(),
                "created_by": actor_of(context.actor),
                "created_at": context.now,
            }
        ],
    )
    with scoped(await _below(context)):
        heads = await rows(context.database, "SELECT tenant_id, sequence FROM record_head WHERE chain = $1", CHAIN)
        new = [new_progress(head["tenant_id"], webhook_id, head["sequence"]) for head in heads]
        await context.database.insert_rows(WebhookProgress, new)
    return Outcome(webhook_id, _told(url, kinds, role, with_payload=wanted.with_payload), secret=secret)


def _told(url: str, kinds: str, role: str, *, with_payload: bool) -> dict[str, Any]:
    """Return what the record says: the host, but not the path, which may carry a key of the receiver's."""
    return {"host": urlsplit(url).hostname, "kinds": kinds.split(), "role": role, "with_payload": with_payload}


async def _update(context: CommandContext, change: UpdateWebhook) -> Outcome:
    row = await _endpoint(context, change.webhook_id)
    _own_role(context, row["role"], "webhook.update")
    new: dict[str, Any] = {}
    if change.url is not None:
        new["url"] = _checked_url(context, change.url)
    if change.kinds is not None:
        new["kinds"] = _checked_kinds(context, change.kinds)
    if change.with_payload is not None:
        new["with_payload"] = change.with_payload
    if change.description is not None:
        new["description"] = change.description.strip()
    await context.update(WebhookEndpoint, change.webhook_id, new)
    now = {**row, **new}
    return Outcome(change.webhook_id, _told(now["url"], now["kinds"], row["role"], with_payload=now["with_payload"]))


async def _rotate(context: CommandContext, rotation: RotateWebhookSecret) -> Outcome:
    row = await _endpoint(context, rotation.webhook_id)
    _own_role(context, row["role"], "webhook.rotate_secret")
    old = unseal(context.keys, WebhookEndpoint, context.tenant, rotation.webhook_id, "secret", row["secret"])
    secret, until = new_secret(), context.now + dt.timedelta(hours=rotation.grace_hours)
    keeps = rotation.grace_hours > 0
    await context.update(
        WebhookEndpoint,
        rotation.webhook_id,
        {"secret": secret, "old_secret": old if keeps else None, "old_until": until if keeps else None},
    )
    return Outcome(rotation.webhook_id, {"old_until": until if keeps else None}, secret=secret)


async def _pause(context: CommandContext, pause: PauseWebhook) -> Outcome:
    row = await _endpoint(context, pause.webhook_id)
    _check_active(row["state"])
    await context.update(WebhookEndpoint, pause.webhook_id, {"state": WebhookState.PAUSED})
    return Outcome(pause.webhook_id)


async def _resume(context: CommandContext, resumption: ResumeWebhook) -> Outcome:
    await _endpoint(context, resumption.webhook_id)
    below = await _below(context, resumption.tenant)
    await context.update(WebhookEndpoint, resumption.webhook_id, {"state": WebhookState.ACTIVE, "reason": None})
    inside, numbers = within(below, 3)
    with scoped(below):
        resumed = await changed(
            context.database,
            "UPDATE webhook_progress SET state = $1, attempts = 0, failing_since = NULL, next_attempt_at = NULL"
            f" WHERE endpoint_id = $2 AND (attempts > 0 OR state <> $1) AND {inside}",
            ProgressState.ACTIVE,
            resumption.webhook_id,
            *numbers,
        )
    tenant = resumption.tenant
    return Outcome(resumption.webhook_id, {"tenant": None if tenant is None else code_of(tenant), "resumed": resumed})


async def _redeliver(context: CommandContext, wanted: RedeliverWebhook) -> Outcome:
    await _endpoint(context, wanted.webhook_id)
    with scoped(await _below(context, wanted.tenant)):
        args = (wanted.tenant, wanted.webhook_id)
        sql = "SELECT sequence FROM webhook_progress WHERE tenant_id = $1 AND endpoint_id = $2"
        found = await rows(context.database, sql, *args)
        if not found or not 1 <= wanted.sequence <= found[0]["sequence"]:
            last = found[0]["sequence"] if found else 0
            raise Invalid(
                f"该院落已处理到第 {last} 条,只能从第 1 至 {last} 条重发。",
                f"of this courtyard {last} records were handled; redeliver from one of these.",
                field="sequence",
            )
        # whoever delivers this courtyard now loses its lease, and stops after the record under way
        await changed(
            context.database,
            "UPDATE webhook_progress SET sequence = $3, state = $4, attempts = 0, failing_since = NULL,"
            " next_attempt_at = NULL, leased_by = NULL, leased_until = NULL WHERE tenant_id = $1 AND endpoint_id = $2",
            *args,
            wanted.sequence - 1,
            ProgressState.ACTIVE,
        )
    return Outcome(wanted.webhook_id, {"tenant": code_of(wanted.tenant), "sequence": wanted.sequence})


async def _suspend(context: CommandContext, given_up: SuspendWebhook) -> Outcome:
    _check_active((await _endpoint(context, given_up.webhook_id))["state"])
    if given_up.tenant is None:
        new = {"state": WebhookState.DISABLED, "reason": given_up.error}
        await context.update(WebhookEndpoint, given_up.webhook_id, new)
    else:
        with scoped(await _below(context, given_up.tenant)):
            await changed(
                context.database,
                "UPDATE webhook_progress SET state = $1, leased_by = NULL, leased_until = NULL"
                " WHERE tenant_id = $2 AND endpoint_id = $3",
                ProgressState.SUSPENDED,
                given_up.tenant,
                given_up.webhook_id,
            )
    told = {
        "tenant": None if given_up.tenant is None else code_of(given_up.tenant),
        "sequence": given_up.sequence,
        "attempts": given_up.attempts,
        "error": given_up.error,
    }
    return Outcome(given_up.webhook_id, told)


def _action(name: str, zh: str, en: str) -> Action:
    return Action(name, ADMINISTRATORS, RULE, zh, en)


SUBJECT: Final = "WebhookEndpoint"

create_webhook: Final = Command(
    action=_action("webhook.create", "创建回调端点", "create a webhook endpoint"),
    input=CreateWebhook,
    many=each(_create),
    subject_type=SUBJECT,
    unversioned=ADDS,
    secret=("签名密钥", "the signing secret"),
)
"""Make an endpoint; the receipt's secret is the signing secret, shown once."""

update_webhook: Final = Command(
    action=_action("webhook.update", "修改回调端点", "change a webhook endpoint"),
    input=UpdateWebhook,
    many=each(_update),
    subject_type=SUBJECT,
    unversioned=(
        "只改写填入的项目,其余不变,每次改动都有记录",
        "it sets what is given and leaves the rest, and each change is a record",
    ),
)
"""Change an endpoint."""

rotate_webhook_secret: Final = Command(
    action=_action("webhook.rotate_secret", "更换回调密钥", "rotate a webhook's signing secret"),
    input=RotateWebhookSecret,
    many=each(_rotate),
    subject_type=SUBJECT,
    unversioned=STATES,
    secret=("签名密钥", "the signing secret"),
)
"""Give an endpoint a new signing secret; the receipt's secret is it, shown once."""

pause_webhook: Final = Command(
    action=_action("webhook.pause", "暂停回调端点", "pause a webhook endpoint"),
    input=PauseWebhook,
    many=each(_pause),
    offer=Offer(("state",), lambda row, _context: _check_active(row["state"])),
    subject_type=SUBJECT,
    unversioned=STATES,
    when_closed=True,
)
"""Pause an endpoint."""

resume_webhook: Final = Command(
    action=_action("webhook.resume", "恢复回调端点", "resume a webhook endpoint"),
    input=ResumeWebhook,
    many=each(_resume),
    subject_type=SUBJECT,
    unversioned=STATES,
)
"""Resume an endpoint, or what was suspended of it."""

redeliver_webhook: Final = Command(
    action=_action("webhook.redeliver", "重发回调", "redeliver records to a webhook endpoint"),
    input=RedeliverWebhook,
    many=each(_redeliver),
    subject_type=SUBJECT,
    unversioned=STATES,
)
"""Tell an endpoint of a courtyard's records again."""

suspend_webhook: Final = Command(
    action=Action("webhook.suspend", (), RULE, "中止回调", "give up on a webhook endpoint"),
    input=SuspendWebhook,
    many=each(_suspend),
    subject_type=SUBJECT,
    unversioned=STATES,
    is_internal=True,
    when_closed=True,
)
"""Give up on an endpoint; the deliverer's own."""

WEBHOOK_COMMANDS: Final = (
    create_webhook,
    update_webhook,
    rotate_webhook_secret,
    pause_webhook,
    resume_webhook,
    redeliver_webhook,
    suspend_webhook,
)
"""Every command of webhooks."""
