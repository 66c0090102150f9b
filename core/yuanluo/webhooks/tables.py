"""What is stored of webhooks: endpoints, how far each courtyard was delivered, and the log of attempts."""

from __future__ import annotations

from enum import Enum

from yuanluo.places import ADMINISTRATION, node_of
from yuanluo.records import CHAIN
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Choice, Code, Flag, Integer, Kind, Long, Mask, Moment, Sealed, Text, Upward
from yuanluo_tenants.listing import Listing, Shown, code_sql
from yuanluo_tenants.tables import TenantTable

_PENDING = About(Kind.LONG, "待投递", "records still to be told or passed over", DataClass.D0)
_SOURCE = Shown(
    About(Kind.CODE, "记录所在节点", "code of the node in which the record was filed", DataClass.D0),
    code_sql("t.tenant_id"),
)
_WAITING = (
    "CAST((SELECT coalesce(sum(h.sequence - coalesce(p.sequence, 0)), 0) FROM record_head h"
    " JOIN node n ON n.number = h.tenant_id"
    " AND t.tenant_id IN (n.number, n.grid, n.community, n.subdistrict, n.district)"
    " LEFT JOIN webhook_progress p ON p.tenant_id = h.tenant_id AND p.endpoint_id = t.id"
    f" WHERE h.chain = '{CHAIN}') AS bigint)"
)
"""What waits for an endpoint in its node and below, as the tree stands; nothing was delivered where there is no row."""
_OF_ENDPOINT = "JOIN webhook_endpoint e ON e.id = t.endpoint_id"
"""Progress and log lie in the courtyard that is told of, and are the business of the endpoint's node."""

__all__ = ["ProgressState", "WebhookDelivery", "WebhookEndpoint", "WebhookProgress", "WebhookState"]


class WebhookState(Enum):
    """Whether an endpoint is told anything."""

    ACTIVE = ("启用", "records are delivered")
    PAUSED = ("暂停", "paused by an administrator; nothing is lost meanwhile")
    DISABLED = ("停用", "given up after too long without an answer, or the receiver said it is gone")


class ProgressState(Enum):
    """Whether one courtyard's records still go to one endpoint."""

    ACTIVE = ("投递中", "delivered in order")
    SUSPENDED = ("中止", "the next record was refused for too long, while others were accepted")


class WebhookEndpoint(
    TenantTable,
    zh="回调端点",
    en="a URL that is told of the records of its node and of the courtyards below",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    order=["created_at"],
    exposed=False,
    listing=Listing(
        place="t.tenant_id",
        shown=(
            "url",
            "kinds",
            "role",
            "with_payload",
            "old_until",
            "state",
            "reason",
            "description",
            "created_by",
            "created_at",
        ),
        columns={"node": node_of("t.tenant_id"), "pending": Shown(_PENDING, _WAITING)},
    ),
):
    """Where records are sent; owned by the node whose records, and those below, it receives."""

    url = Text("地址", "where records are posted", klass=DataClass.D2)
    kinds = Text("类型", "kinds of record wanted, `person.*` or `person.create`, by spaces; empty for all")
    role = Code("身份", "role in whose name it receives: what that role may read is told")
    with_payload = Flag("含内容", "whether the record's payload is told as well")
    secret = Sealed("密钥", "signing secret", klass=DataClass.D3, mask=Mask.HIDE, null=False)
    old_secret = Sealed("旧密钥", "signing secret before the last rotation", klass=DataClass.D3, mask=Mask.HIDE)
    old_until = Moment("旧密钥截止", "moment until which the old secret signs as well", null=True)
    state = Choice("状态", "whether it is told anything", WebhookState)
    reason = Text("原因", "why it was disabled", null=True)
    description = Text("用途", "what it is for", klass=DataClass.D2)
    created_by = Code("创建人", "account id", klass=DataClass.D2)
    created_at = Moment("创建时间", "moment of creation")


class WebhookProgress(
    TenantTable,
    zh="回调进度",
    en="how far an endpoint was told of one courtyard's records",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    unique=[["endpoint_id"]],
    exposed=False,
    listing=Listing(
        place="e.tenant_id",
        shown=("endpoint_id", "sequence", "state", "attempts", "failing_since", "next_attempt_at"),
        columns={
            "node": node_of("e.tenant_id"),
            "source": _SOURCE,
            "pending": Shown(_PENDING, "coalesce(h.sequence - t.sequence, 0)"),
        },
        joined=f"{_OF_ENDPOINT} LEFT JOIN record_head h ON h.tenant_id = t.tenant_id AND h.chain = '{CHAIN}'",
    ),
):
    """One row per courtyard and endpoint, in the courtyard; without one nothing has been delivered yet."""

    endpoint_id = Upward("端点", "the endpoint, of this node or of one above", WebhookEndpoint, null=False)
    sequence = Long("序号", "number of the last record delivered, or passed over as not wanted")
    state = Choice("状态", "whether delivery goes on", ProgressState)
    attempts = Integer("次数", "failed attempts at the next record")
    failing_since = Moment("失败起始", "moment of the first failed attempt at the next record", null=True)
    next_attempt_at = Moment("下次时间", "moment before which the next record is not tried again", null=True)
    leased_by = Code("租约", "deliverer at work on this courtyard", null=True)
    leased_until = Moment("租约截止", "moment from which another deliverer may take over", null=True)


class WebhookDelivery(
    TenantTable,
    zh="回调日志",
    en="one attempt at delivering a record",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    indexes=[["endpoint_id", "at"], ["at"]],
    order=["-at"],
    exposed=False,
    listing=Listing(
        place="e.tenant_id",
        shown=(
            "endpoint_id",
            "sequence",
            "attempt",
            "at",
            "delivered",
            "status",
            "milliseconds",
            "error",
            "next_attempt_at",
        ),
        columns={"node": node_of("e.tenant_id"), "source": _SOURCE},
        joined=_OF_ENDPOINT,
    ),
):
    """The log of attempts, in the courtyard; kept for the days of the setting."""

    endpoint_id = Upward("端点", "the endpoint", WebhookEndpoint, null=False)
    sequence = Long("序号", "number of the record")
    attempt = Integer("次数", "which attempt at this record, from 1")
    at = Moment("时间", "moment of the attempt")
    delivered = Flag("是否送达", "whether the receiver answered 2xx")
    status = Integer("状态码", "HTTP status, if there was an answer", null=True)
    milliseconds = Integer("耗时", "how long it took", unit="milliseconds")
    error = Text("错误", "what went wrong", null=True)
    next_attempt_at = Moment("下次时间", "moment of the next attempt; none after the last", null=True)
