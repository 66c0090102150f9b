"""Authority: who may do what where, and the rule that says so.

A role is held on a node of the tree, from a day to a day, and applies to everything below (`domain.md` §2). What a
role may do stands with the action (`Action.roles`), what it may see stands with the role (`RoleAbout.clearances`);
both are data, and plugins add to both by hook. `decide` is the whole rule, a plain function of values.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from yuanluo.viewer import Clearance, Viewer
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Forbidden, NotFound, Refused
from yuanluo_tenants.scope import EVERYTHING

__all__ = [
    "CORE_NAMES",
    "CORE_ROLES",
    "OPERATOR",
    "Action",
    "Decision",
    "Role",
    "RoleAbout",
    "Rules",
    "Unauthenticated",
    "called",
    "decide",
    "hash_token",
    "new_token",
    "operator",
]

OPERATOR: Final = "OPERATOR"
"""The role of whoever runs the command line on the server itself; it cannot be granted."""

_MARK: Final = "yl_"


class Role(Enum):
    """The roles of `domain.md` §2; plugins may add others by name."""

    DISTRICT_ADMIN = ("区级管理员", "district administrator")
    SUBDISTRICT_OFFICER = ("街道工作人员", "subdistrict officer")
    COMMUNITY_SECRETARY = ("社区书记", "community secretary")
    BRANCH_SECRETARY = ("院落党支部书记", "branch secretary")
    BRANCH_COMMITTEE = ("支部委员", "branch committee member")
    COUNCIL_DIRECTOR = ("院委会主任", "council director")
    COUNCIL_MEMBER = ("院委会成员", "council member")
    SUPERVISOR = ("监委会成员", "supervisor")
    CASHIER = ("出纳", "cashier")
    ACCOUNTANT = ("会计", "accountant")
    SIGNATORY = ("签批人", "sole signatory")
    POST_HOLDER = ("岗位负责人", "post holder")
    OWNER = ("业主", "owner")
    RESIDENT = ("居民", "resident")
    AUDITOR = ("审计", "auditor")
    PUBLIC = ("公众", "public")


class Unauthenticated(Refused):
    """The token is unknown, expired or revoked; the answer does not say which."""

    code = "UNAUTHENTICATED"
    next_zh = "请重新获取令牌。"
    next_en = "Ask for a new token."

    def __init__(self) -> None:
        super().__init__("令牌无效或已过期,请重新获取。", "the token is not valid or has expired; ask for a new one.")


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be asked for: its name, the roles that may, those that never may, and the source."""

    name: str
    roles: tuple[str, ...]
    rule: str
    zh: str
    en: str
    never: tuple[str, ...] = ()
    writes: bool = True


@dataclass(frozen=True, slots=True)
class RoleAbout:
    """What a role is called and which data class it sees in the clear, by body.

    Several plugins may say something of one role: clearances add up, the higher class of a body wins.
    """

    role: str
    clearances: Mapping[str, DataClass] = field(default_factory=lambda: {})
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, with the rule that decided."""

    allowed: bool
    action: str
    rule: str
    zh: str
    en: str

    def enforce(self) -> None:
        """Raise `Forbidden` unless allowed."""
        if not self.allowed:
            raise Forbidden(self.zh, self.en, action=self.action, rule=self.rule)


def _registry(klass: DataClass) -> Mapping[str, DataClass]:
    return {"registry": klass}


CORE_ROLES: Final[tuple[RoleAbout, ...]] = tuple(
    RoleAbout(role.name, _registry(klass), role.value[0], role.value[1])
    for role, klass in (
        # D1 is for those who live or serve in a courtyard; above it people are counted, not named (domain.md §2)
        (Role.DISTRICT_ADMIN, DataClass.D0),
        (Role.SUBDISTRICT_OFFICER, DataClass.D0),
        (Role.COMMUNITY_SECRETARY, DataClass.D2),
        (Role.BRANCH_SECRETARY, DataClass.D2),
        (Role.BRANCH_COMMITTEE, DataClass.D2),
        (Role.COUNCIL_DIRECTOR, DataClass.D2),
        (Role.COUNCIL_MEMBER, DataClass.D2),
        (Role.SUPERVISOR, DataClass.D1),
        (Role.CASHIER, DataClass.D1),
        (Role.ACCOUNTANT, DataClass.D1),
        (Role.SIGNATORY, DataClass.D1),
        (Role.POST_HOLDER, DataClass.D1),
        (Role.OWNER, DataClass.D1),
        (Role.RESIDENT, DataClass.D1),
        (Role.AUDITOR, DataClass.D1),
        (Role.PUBLIC, DataClass.D0),
    )
)
"""What core's roles see of core's own body, the registry; plugins add what they see of theirs."""

CORE_NAMES: Final[Mapping[str, RoleAbout]] = {
    **{each.role: each for each in CORE_ROLES},
    OPERATOR: RoleAbout(OPERATOR, {}, "服务器管理员", "who runs the server"),
}
"""What core's roles are called, and whoever runs the command line."""

RANKS: Final[Mapping[str, int]] = {"DISTRICT_ADMIN": 3, "SUBDISTRICT_OFFICER": 2, "COMMUNITY_SECRETARY": 1}
"""Administrative rank of a role; nobody grants a role above his own rank, whoever has no rank grants none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every action and every role of the composed house, core's and the plugins'."""

    actions: Mapping[str, Action]
    roles: Mapping[str, RoleAbout]

    @classmethod
    def of(cls, actions: Iterable[Action], roles: Iterable[RoleAbout]) -> Rules:
        """Compose rules; what several say of one role adds up."""
        merged: dict[str, RoleAbout] = {}
        for each in roles:
            known = merged.get(each.role, RoleAbout(each.role))
            clearances = dict(known.clearances)
            for body, klass in each.clearances.items():
                clearances[body] = max(klass, clearances.get(body, klass))
            merged[each.role] = RoleAbout(each.role, clearances, known.zh or each.zh, known.en or each.en)
        return cls({action.name: action for action in actions}, merged)

    def require_role(self, role: str) -> None:
        """Raise NotFound, naming the roles there are, for one that there is not."""
        if role not in self.roles:
            raise NotFound(
                f"没有角色 {role},可用:{'、'.join(f'{each}({self.roles[each].zh})' for each in sorted(self.roles))}。",
                f"there is no role {role!r}; use one of {', '.join(sorted(self.roles))}.",
            )

    def may(self, viewer: Viewer, action: str, tenant: int) -> Decision:
        """Decide whether `viewer` may do `action` at the node numbered `tenant`."""
        return decide(viewer, self.actions.get(action), action, tenant, self.roles)

    def called(self, *roles: str) -> tuple[str, str]:
        """Return what roles are called, in Chinese and English."""
        return called(self.roles, *roles)


def called(known: Mapping[str, RoleAbout], *roles: str) -> tuple[str, str]:
    """Return what roles are called, in Chinese and English; one that is not known stays a role."""
    abouts = [known.get(role, RoleAbout(role)) for role in roles]
    zh = "、".join(dict.fromkeys(each.zh or "该角色" for each in abouts))
    return zh, ", ".join(dict.fromkeys(each.en or "this role" for each in abouts))


def decide(
    viewer: Viewer, action: Action | None, name: str, tenant: int, roles: Mapping[str, RoleAbout] | None = None
) -> Decision:
    """Decide with the rule that decided: what is not written down is not allowed.

    In order: the action must exist; the node must be in the viewer's scope (else it does not exist for him); a
    read-only token does not write; a `never` role forbids; one of the action's roles allows. `roles` are what the
    sentence calls them.
    """
    known = CORE_NAMES if roles is None else {**CORE_NAMES, **roles}

    def no(rule: str, zh: str, en: str) -> Decision:
        return Decision(False, name, rule, zh, en)

    if action is None:
        return no("authority.unknown", f"没有名为 {name} 的操作。", f"there is no action called {name!r}.")
    if tenant not in viewer.scope:
        return no(
            "authority.scope",
            f"您的授权不包括该院落,不能{action.zh}。",
            f"your grants do not reach this node, so you may not {action.en}.",
        )
    if action.writes and not viewer.can_write:
        return no(
            "authority.token", f"该令牌只能查询,不能{action.zh}。", f"this token is read-only; it may not {action.en}."
        )
    held = viewer.roles_at(tenant)
    if forbidding := held.intersection(action.never):
        zh, en = called(known, min(forbidding))
        return no(action.rule, f"{zh}不得{action.zh}。", f"whoever is {en} may never {action.en}.")
    allowing = held.intersection((*action.roles, OPERATOR))
    if not allowing:
        zh, en = called(known, *(action.roles or (OPERATOR,)))
        return no(action.rule, f"只有{zh}可以{action.zh}。", f"only {en} may {action.en}.")
    zh, en = called(known, min(allowing))
    return Decision(True, name, action.rule, f"{zh}可以{action.zh}。", f"{en} may {action.en}.")


def new_token() -> str:
    """Return a new API token: `yl_` and 256 random bits."""
    return _MARK + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token in hex, the only form that is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def operator(name: str = "operator", bodies: Iterable[str] = ("*",)) -> Viewer:
    """Return the viewer for the command line and the demo: every node, every action, no account.

    The one who runs it has the database file in his hands anyway; records show `operator` as the actor.
    """
    return Viewer(
        account_id=uuid.UUID(int=0),
        name=name,
        scope=EVERYTHING,
        clearances=tuple(Clearance(EVERYTHING.ranges[0], body, DataClass.D2) for body in bodies),
        roles=((OPERATOR, 0),),
        reach=((OPERATOR, EVERYTHING.ranges[0]),),
    )
