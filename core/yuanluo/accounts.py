"""Logins and what hangs on them: accounts, API tokens, grants of roles on nodes, the persons an account is.

These are ACCOUNT tables: keyed by themselves, without a foreign key to or from tenant rows (`stack.md`, scale-out
rule 4), so references are plain ids. GraphQL shows accounts, grants and tokens by their listings, to whoever may write
them where they stand (`yuanluo.places`); a token's hash is in no listing.
"""

from __future__ import annotations

from enum import Enum

from yuanluo.places import (
    ADMINISTRATION,
    HOLDER,
    HOLDER_WITH_GRANTS,
    OF_HOLDER,
    PLACE_OF_ACCOUNT,
    RANK,
    granted_sql,
    node_of,
)
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Choice, Code, Day, Flag, Kind, Long, Moment, Text
from yuanluo_tenants.listing import Listing, Shown, code_sql
from yuanluo_tenants.tables import AccountTable

__all__ = [
    "Account",
    "AccountKind",
    "AccountPerson",
    "AccountStatus",
    "ApiToken",
    "Grant",
    "GrantState",
    "Identity",
    "IdentityAttempt",
    "Membership",
    "TokenScope",
    "TokenState",
]


class AccountKind(Enum):
    """Whether a human or a program logs in."""

    PERSON = ("个人", "a human")
    SERVICE = ("服务", "a program")


class AccountStatus(Enum):
    """Whether the account may log in."""

    ACTIVE = ("启用", "active")
    DISABLED = ("停用", "disabled")


class TokenScope(Enum):
    """What a token may be used for; never more than the account's grants allow."""

    READ = ("只读", "reading")
    WRITE = ("读写", "reading and commands")


class GrantState(Enum):
    """Whether a grant applies today."""

    ACTIVE = ("有效", "in force today")
    FUTURE = ("未生效", "begins on a later day")
    ENDED = ("已到期", "its last day is past")
    REVOKED = ("已撤销", "revoked")


class TokenState(Enum):
    """Whether a token is accepted now, as far as itself is concerned; its account may be disabled besides."""

    ACTIVE = ("有效", "not revoked and not expired")
    EXPIRED = ("已到期", "past its last moment")
    REVOKED = ("已撤销", "revoked")


class Account(
    AccountTable,
    zh="账号",
    en="a login",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    exposed=False,
    natural_key=["login"],
    order=["login"],
    listing=Listing(
        place=PLACE_OF_ACCOUNT.replace("a.node", "t.node"),
        shown=("login", "name", "kind", "status", "created_at"),
        columns={"node": node_of(PLACE_OF_ACCOUNT.replace("a.node", "t.node")), "rank": RANK},
        joined={
            "sqlite": f"LEFT JOIN ({granted_sql()}) g ON g.account_id = t.id",
            "postgresql": f"LEFT JOIN ({granted_sql()}) g ON g.account_id = CAST(t.id AS text)",
        },
        nodes=("node",),
    ),
):
    """Somebody or something that may log in."""

    login = Code("登录名", "login name", klass=DataClass.D2, unique=True)
    name = Text("名称", "display name", klass=DataClass.D2)
    kind = Choice("类别", "human or program", AccountKind)
    status = Choice("状态", "whether it may log in", AccountStatus)
    created_at = Moment("创建时间", "moment of creation")
    node = Long("节点", "number of the node at which it was made", null=True)


class AccountPerson(
    AccountTable,
    zh="账号人员",
    en="a person row that is the holder of an account",
    exposed=False,
    unique=[["account_id", "person_id"]],
):
    """Ties an account to the holder's own person in one courtyard."""

    account_id = Code("账号", "account id", index=True)
    tenant = Long("院落编号", "number of the courtyard")
    person_id = Code("人员", "person id in that courtyard", klass=DataClass.D2)


class ApiToken(
    AccountTable,
    zh="访问令牌",
    en="an API token, stored by its hash",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    exposed=False,
    order=["created_at"],
    listing=Listing(
        place=PLACE_OF_ACCOUNT,
        shown=("prefix", "label", "scope", "created_at", "expires_at", "revoked_at", "trusted_only"),
        columns={
            **OF_HOLDER,
            "node": node_of(PLACE_OF_ACCOUNT),
            "rank": RANK,
            "below": Shown(
                About(Kind.CODE, "限于节点", "code of the node below which alone it works", DataClass.D0, null=True),
                code_sql("t.node"),
            ),
            "state": Shown(
                About(Kind.CHOICE, "状态", "whether it is accepted now", DataClass.D0, choices=TokenState),
                "CASE WHEN t.revoked_at IS NOT NULL THEN 'REVOKED' WHEN t.expires_at <= {now} THEN 'EXPIRED'"
                " ELSE 'ACTIVE' END",
            ),
        },
        joined=HOLDER_WITH_GRANTS,
        references={"account_id": "account"},
        nodes=("node",),
    ),
):
    """A bearer token; only SHA-256 of it is stored."""

    account_id = Code("账号", "account id", index=True)
    hash = Code("哈希", "SHA-256 of the token, in hex", klass=DataClass.D3, unique=True)
    prefix = Code("前缀", "the first characters, to tell tokens apart", klass=DataClass.D2)
    label = Text("用途", "what it is for", klass=DataClass.D2)
    scope = Choice("范围", "what it may be used for", TokenScope)
    node = Long("节点", "only below this node, if set", null=True, default=None)
    created_at = Moment("创建时间", "moment of creation")
    expires_at = Moment("失效时间", "moment from which it is refused")
    revoked_at = Moment("撤销时间", "moment of revocation", null=True)
    trusted_only = Flag("仅限可信查询", "whether it may run trusted documents only", default=False)


class Grant(
    AccountTable,
    zh="授权",
    en="a role held on a node of the tree, dated",
    body=ADMINISTRATION,
    row_class=DataClass.D2,
    exposed=False,
    order=["started_on"],
    tablename="role_grant",
    listing=Listing(
        place="t.node",
        shown=("role", "started_on", "ended_on", "revoked_at"),
        columns={
            **OF_HOLDER,
            "node": node_of("t.node"),
            "given_by": Shown(About(Kind.CODE, "授权人", "account id of who granted it", DataClass.D2), "t.granted_by"),
            "state": Shown(
                About(Kind.CHOICE, "状态", "whether it applies today", DataClass.D0, choices=GrantState),
                "CASE WHEN t.revoked_at IS NOT NULL THEN 'REVOKED' WHEN t.ended_on < {today} THEN 'ENDED'"
                " WHEN t.started_on > {today} THEN 'FUTURE' ELSE 'ACTIVE' END",
            ),
        },
        joined=HOLDER,
        references={"account_id": "account"},
        nodes=("node",),
    ),
):
    """A role of an account on a node; it applies to everything below, from and to the days given."""

    account_id = Code("账号", "account id", index=True)
    role = Code("角色", "role", klass=DataClass.D2)
    node = Long("节点", "number of the node", index=True)
    started_on = Day("起始日期", "first day")
    ended_on = Day("终止日期", "last day", null=True)
    granted_by = Code("授权人", "account id of who granted it", klass=DataClass.D2)
    revoked_at = Moment("撤销时间", "moment of revocation", null=True)


class Identity(AccountTable, zh="身份", en="one human in the deployment, known by a blind index", exposed=False):
    """Ties one human's persons together; reached through `yuanluo.identities` only."""

    blind_index = Code("盲索引", "blind index of the ID number, in hex", klass=DataClass.D3, unique=True)
    created_at = Moment("创建时间", "moment of creation", klass=DataClass.D2)


class Membership(
    AccountTable,
    zh="唯一关系",
    en="a relation a human may have only once in the deployment",
    exposed=False,
    unique=[["identity_id", "kind"]],
    tablename="identity_membership",
):
    """One human's one relation of a kind, such as a registered party membership (`domain.md` §3.1 R8)."""

    identity_id = Code("身份", "identity id", klass=DataClass.D3)
    kind = Code("类别", "kind of relation")
    tenant = Long("节点编号", "number of the node that holds it", index=True)
    subject_id = Code("对象", "row id of the relation in that node", klass=DataClass.D3)
    since = Moment("登记时间", "moment of registration", klass=DataClass.D2)


class IdentityAttempt(
    AccountTable,
    zh="身份查询",
    en="an attempt at a deployment-wide relation, for the rate limit and the log",
    exposed=False,
    indexes=[["actor", "at"]],
):
    """Who tried what, and whether it was refused; says nothing about whom it concerned."""

    actor = Code("经办人", "account id", klass=DataClass.D2)
    tenant = Long("节点编号", "number of the node")
    kind = Code("类别", "kind of relation")
    refused = Flag("是否被拒", "whether it was refused")
    at = Moment("时间", "moment", index=True)
