"""What people may ask of the data held of them: a copy, and erasure (个人信息保护法 45, 47).

Whoever is the person asks for himself, and gets his copy of every courtyard to which his account is tied. An office
holder acts on a request that is filed, and that somebody else filed: so nobody takes a copy of a neighbour by saying
that he was asked. He gets what his office may see; the rest is named as withheld, whether or not there is any.

Erased is who has left: while an ownership, a seat or a membership stands, the law that asks for it comes first (47: no
longer necessary for the purpose). What stays - shares, states, days, votes, books - stays under a pseudonym.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo.accounts import AccountStatus
from yuanluo.authority import OPERATOR, Action
from yuanluo.command import ADDS, STEPS, Command, CommandContext, Offer, OfferContext, Outcome, actor_of, each, missing
from yuanluo.counters import CourtyardCounts
from yuanluo.holdings import Holdings, erase_texts, holdings_of, in_force
from yuanluo.identities import identity_indexes
from yuanluo.inputs import Given
from yuanluo.names import pinyin_key
from yuanluo.people import Person, PersonErased, PersonStatus
from yuanluo.privacy import log_reads
from yuanluo.records import erase_personal
from yuanluo.registering import REGISTRARS
from yuanluo.sealing import blind_indexes, unseal
from yuanluo.statements import changed, many, rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Day, Ref, Text
from yuanluo_tenants.database import Row
from yuanluo_tenants.errors import Conflict, Forbidden, Invalid, Refused
from yuanluo_tenants.scope import Scope, crossing, scoped
from yuanluo_tenants.tables import TenantTable

__all__ = [
    "DATA_REQUEST_COMMANDS",
    "AnswerDataRequest",
    "DataRequest",
    "DataRequestKind",
    "DataRequestStatus",
    "ErasePerson",
    "ExportPerson",
    "FileDataRequest",
    "erase_person",
    "export_person",
    "file_data_request",
    "refuse_data_request",
]

FORMAT: Final = "yuanluo person export 1"

EVERYBODY: Final = (
    "RESIDENT",
    "OWNER",
    *REGISTRARS,
    "BRANCH_COMMITTEE",
    "SUPERVISOR",
    "CASHIER",
    "ACCOUNTANT",
    "SIGNATORY",
    "POST_HOLDER",
)
"""Who may ask for himself; for others only those who keep the register."""

HELD_BY_LAW: Final = frozenset({"OWNER", "RESIDENT"})
"""Roles that follow from the register and end with it; any other is an office."""


class DataRequestKind(Enum):
    """What is asked."""

    COPY = ("查阅复制", "a copy of what is held of him")
    ERASURE = ("删除", "that it be erased")


class DataRequestStatus(Enum):
    """Whether it was answered."""

    OPEN = ("待办理", "not answered yet")
    DONE = ("已办理", "done")
    REFUSED = ("不予办理", "refused, with the reason")


class DataRequest(
    TenantTable,
    zh="个人信息请求",
    en="what somebody asks of the data held of him",
    row_class=DataClass.D2,
    subject="person_id",
    natural_key=["person_id", "kind", "filed_on"],
    order=["-filed_on"],
    indexes=[["status"]],
):
    """A request for a copy or for erasure; the evidence on which an office holder acts."""

    person_id = Ref("当事人", "whose data it is about", Person)
    kind = Choice("事项", "what is asked", DataRequestKind)
    filed_on = Day("登记日期", "day on which it was filed")
    filed_by = Code("登记人", "account id of who filed it", klass=DataClass.D1)
    status = Choice("状态", "whether it was answered", DataRequestStatus)
    answered_on = Day("办理日期", "day of the answer", null=True)
    answered_by = Code("办理人", "account id of who answered it", klass=DataClass.D1, null=True)
    reason = Text("不予办理的原因", "why it was refused", klass=DataClass.D2, null=True)


class RequestMissing(Refused):
    """An office holder takes a copy or erases without an open request for it, or on one that he filed himself."""

    code = "REQUEST_MISSING"
    rule = "个人信息保护法 45, 47"
    next_zh = "请由本人或另一名工作人员先登记请求(dataRequestFile)。"
    next_en = "Let the person, or another office holder for him, file the request first (dataRequestFile)."


class StillNeeded(Refused):
    """The person cannot be erased while something about him is in force; the message names it."""

    code = "STILL_NEEDED"
    rule = "个人信息保护法 47"
    next_zh = "请先办理产权变更、迁出、离任或转出,再删除。"
    next_en = "End these first (ownership, residence, office, membership), then erase."


@dataclass(frozen=True, slots=True)
class FileDataRequest:
    """A request, by the person himself or entered for him."""

    person_id: uuid.UUID
    kind: DataRequestKind


@dataclass(frozen=True, slots=True)
class AnswerDataRequest:
    """A request that is refused, and why."""

    data_request_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Whose copy, and on which request."""

    person_id: uuid.UUID
    data_request_id: Annotated[
        uuid.UUID | None, Given("个人信息请求", "the open request; nobody needs one for himself", refers="DataRequest")
    ] = None


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Who is erased, and on which request."""

    person_id: uuid.UUID
    data_request_id: Annotated[
        uuid.UUID | None, Given("个人信息请求", "the open request; nobody needs one for himself", refers="DataRequest")
    ] = None


# requests ---------------------------------------------------------------------------------------------------------


def _is_own(context: CommandContext, person_id: uuid.UUID) -> bool:
    return (context.tenant, person_id) in context.actor.own


def _require_registrar(context: CommandContext, action: str) -> None:
    """Refuse who neither is the person nor keeps the register; whether there is such a person is not told."""
    if not context.actor.roles_at(context.tenant) & {*REGISTRARS, OPERATOR}:
        raise Forbidden(
            "只能就本人的个人信息提出请求。",
            "nobody but who keeps the register acts on the data of somebody else.",
            action=action,
            rule="个人信息保护法 45",
        )


async def _file(context: CommandContext, request: FileDataRequest) -> Outcome:
    if not _is_own(context, request.person_id):
        _require_registrar(context, "data_request.file")
    await _person(context, request.person_id)
    row_id = uuid7()
    row = {
        "id": row_id,
        "person_id": request.person_id,
        "kind": request.kind,
        "filed_on": context.today,
        "filed_by": actor_of(context.actor),
        "status": DataRequestStatus.OPEN,
        "answered_on": None,
        "answered_by": None,
        "reason": None,
    }
    await context.insert(DataRequest, [row])
    return Outcome(row_id, {"kind": request.kind})


async def _refuse(context: CommandContext, answer: AnswerDataRequest) -> Outcome:
    request = await _request(context, answer.data_request_id)
    _require_open(request)
    reason = answer.reason.strip()
    if not reason:
        raise Invalid(
            "请写明不予办理的原因。",
            "say why it is refused.",
            field="reason",
            code="REASON_REQUIRED",
            rule="个人信息保护法 50",
        )
    await _answer(context, request, DataRequestStatus.REFUSED, reason)
    return Outcome(request["id"], {"to": DataRequestStatus.REFUSED})


async def _request(context: CommandContext, request_id: uuid.UUID) -> Row:
    sql = "SELECT id, person_id, kind, filed_by, status FROM data_request WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, request_id)
    if not found:
        raise missing(DataRequest)
    return found[0]


def _require_open(request: Mapping[str, Any]) -> None:
    if request["status"] != DataRequestStatus.OPEN.name:
        zh, en = DataRequestStatus[request["status"]].value
        raise Conflict(f"该请求{zh}。", f"the request is {en}.", code="REQUEST_ANSWERED", rule="个人信息保护法 45")


async def _answer(context: CommandContext, request: Row, status: DataRequestStatus, reason: str | None = None) -> None:
    changes = {
        "status": status,
        "answered_on": context.today,
        "answered_by": actor_of(context.actor),
        "reason": reason,
    }
    await context.update(DataRequest, request["id"], changes)


async def _acting_on(
    context: CommandContext, given: ExportPerson | ErasePerson, kind: DataRequestKind, action: str
) -> Row | None:
    """Return the request on which the actor acts; None where he acts for himself, or runs the server, without one."""
    is_own = _is_own(context, given.person_id)
    if not is_own:
        _require_registrar(context, action)
    if given.data_request_id is None:
        if is_own or OPERATOR in context.actor.roles_at(context.tenant):
            return None
        raise RequestMissing("没有已登记的请求,不能办理。", "there is no request on file for this.")
    request = await _request(context, given.data_request_id)
    if (request["person_id"], request["kind"]) != (given.person_id, kind.name):
        raise RequestMissing("该请求是为他人或其他事项登记的。", "the request is about somebody or something else.")
    _require_open(request)
    if not is_own and request["filed_by"] == actor_of(context.actor):
        raise RequestMissing(
            "本人登记的请求须由另一名工作人员办理。", "who filed a request for somebody does not act on it himself."
        )
    return request


async def _person(context: CommandContext, person_id: uuid.UUID) -> Row:
    sql = "SELECT id, name, id_number, status, erased_on FROM person WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, person_id)
    if not found:
        raise missing(Person)
    if found[0]["erased_on"] is not None:
        raise PersonErased(found[0]["erased_on"])
    return found[0]


# a copy -----------------------------------------------------------------------------------------------------------


async def _export(context: CommandContext, given: ExportPerson) -> Outcome:
    request = await _acting_on(context, given, DataRequestKind.COPY, "person.export")
    await _person(context, given.person_id)
    is_own = _is_own(context, given.person_id)
    is_whole = is_own or (request is not None and OPERATOR in context.actor.roles_at(context.tenant))
    if is_own:
        where = sorted(context.actor.own)
    else:
        where = await _everywhere(context, given.person_id) if is_whole else [(context.tenant, given.person_id)]
    purpose = "个人信息副本" if request is None else f"个人信息副本 {request['id']}"
    parts = [await _part(context, tenant, person_id, purpose, is_whole=is_whole) for tenant, person_id in where]
    if request is not None:
        await _answer(context, request, DataRequestStatus.DONE)
    copy: dict[str, Any] = {
        "format": FORMAT,
        "made_at": context.now.isoformat(),
        "basis": "个人信息保护法 45",
        "account": await _account_of(context) if is_own else None,
        "courtyards": [part for part, _ in parts],
    }
    held = sum(len(each_one.rows) for _, found in parts for each_one in found.held)
    text = json.dumps(copy, ensure_ascii=False, indent=1)
    return Outcome(given.person_id, {"courtyards": len(parts), "rows": held}, secret=text)


async def _part(
    context: CommandContext, tenant: int, person_id: uuid.UUID, purpose: str, *, is_whole: bool
) -> tuple[dict[str, Any], Holdings]:
    """Return one courtyard's part of a copy; what it shows of D3 is logged there, in this transaction."""

    def cleared(body: str, klass: DataClass) -> bool:
        return is_whole or any(tenant in part for part in context.actor.clear_ranges(body, klass))

    database = context.database
    with scoped(Scope.of(tenant)):
        found = await holdings_of(database, context.keys, context.house.registry, tenant, person_id, cleared)
        [courtyard] = await rows(database, "SELECT code, name FROM courtyard WHERE tenant_id = $1", tenant)
    await log_reads(database, context.actor, found.sensitive(), purpose=purpose, now=context.now)
    return {"courtyard": {"code": courtyard["code"], "name": courtyard["name"]}, **found.document()}, found


async def _everywhere(context: CommandContext, person_id: uuid.UUID) -> list[tuple[int, uuid.UUID]]:
    """Return the persons of the deployment with the same ID number; the person alone where he has none."""
    database, keys = context.database, context.keys
    person = await _person(context, person_id)
    here = (context.tenant, person_id)
    if person["id_number"] is None:
        return [here]
    number = unseal(keys, Person, context.tenant, person_id, "id_number", person["id_number"])
    found = {here}
    with crossing("a copy of everything that is held of one human"):
        for node in await rows(database, "SELECT number FROM node WHERE kind = 'COURTYARD'", shared=True):
            indexes = blind_indexes(keys, Person, node["number"], "id_number", number)
            sql = f"SELECT id FROM person WHERE tenant_id = $1 AND id_number_index IN ({many(indexes, 2)})"
            found |= {(node["number"], row["id"]) for row in await rows(database, sql, node["number"], *indexes)}
    return sorted(found)


async def _account_of(context: CommandContext) -> dict[str, Any]:
    """Return what is held of the actor's own login; hashes of tokens tell nothing and are left out."""
    account, database = str(context.actor.account_id), context.database
    [stored] = await rows(
        database, "SELECT login, name, created_at FROM account WHERE id = $1", context.actor.account_id, shared=True
    )
    grants = await rows(
        database,
        "SELECT role, node, started_on, ended_on FROM role_grant WHERE account_id = $1 ORDER BY started_on, role",
        account,
        shared=True,
    )
    tokens = await rows(
        database,
        "SELECT prefix, label, created_at, expires_at, revoked_at FROM api_token WHERE account_id = $1"
        " ORDER BY created_at",
        account,
        shared=True,
    )
    return {
        **_plain(stored),
        "grants": [_plain(each_one) for each_one in grants],
        "tokens": [_plain(each_one) for each_one in tokens],
    }


def _plain(row: Row) -> dict[str, Any]:
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in row.items()}


# erasure ----------------------------------------------------------------------------------------------------------


async def _erase(context: CommandContext, given: ErasePerson) -> Outcome:
    request = await _acting_on(context, given, DataRequestKind.ERASURE, "person.erase")
    person = await _person(context, given.person_id)
    database, keys, tenant = context.database, context.keys, context.tenant
    accounts = await _accounts(context, given.person_id)
    await _require_past(context, given.person_id, accounts)
    id_number = person["id_number"]
    number = None if id_number is None else unseal(keys, Person, tenant, given.person_id, "id_number", id_number)
    if request is not None:
        await _answer(context, request, DataRequestStatus.DONE)
    pseudonym = f"已删除{secrets.token_hex(3)}"
    written, ids = await erase_texts(database, keys, context.house.registry, tenant, given.person_id, pseudonym)
    await context.update(
        Person,
        given.person_id,
        {
            "name": pseudonym,
            "name_pinyin": pinyin_key(pseudonym),
            **dict.fromkeys(("gender", "birth", "ethnicity", "id_number", "phone", "phone_alt")),
            "status": PersonStatus.DECEASED
            if person["status"] == PersonStatus.DECEASED.name
            else PersonStatus.MOVED_OUT,
            "erased_on": context.today,
        },
    )
    context.bump(CourtyardCounts, people=-int(person["status"] == PersonStatus.ACTIVE.name))
    records = await _erase_records(context, ids)
    for account in accounts:
        await _leave(context, account, given.person_id, pseudonym)
    await _forget_identity(context, number)
    context.attempts.append(database.checkpoint)
    return Outcome(given.person_id, {"rows": written + 1, "records": records})


async def _require_past(context: CommandContext, person_id: uuid.UUID, accounts: Sequence[str]) -> None:
    standing = await in_force(context.database, context.house.registry, context.tenant, person_id)
    offices = [
        row["role"] for account in accounts for row in await _grants(context, account) if row["role"] not in HELD_BY_LAW
    ]
    if not standing and not offices:
        return
    named = [(table.declared.zh, table.declared.en) for table in standing]
    roles = context.house.rules.roles
    named += [(roles[role].zh, roles[role].en) for role in dict.fromkeys(offices) if role in roles]
    raise StillNeeded(
        f"仍有有效的{'、'.join(zh for zh, _ in named)},暂不能删除。",
        f"still in force: {'; '.join(en for _, en in named)}.",
    )


async def _erase_records(context: CommandContext, ids: Sequence[uuid.UUID]) -> int:
    """Erase the personal text of the records about these rows; the chain goes on holding."""
    database, tenant, erased = context.database, context.tenant, 0
    for start in range(0, len(ids), 500):
        part = [str(each_one) for each_one in ids[start : start + 500]]
        sql = (
            "SELECT r.id FROM record r JOIN record_personal p ON p.tenant_id = r.tenant_id AND p.id = r.id"
            f" WHERE r.tenant_id = $1 AND r.subject_id IN ({many(part, 2)}) ORDER BY r.sequence"
        )
        for row in await rows(database, sql, tenant, *part):
            erased += 1
            await erase_personal(
                database,
                context.keys,
                row["id"],
                tenant=tenant,
                actor=actor_of(context.actor),
                now=context.now,
                day=context.today,
                reason="person.erase",
            )
    return erased


async def _accounts(context: CommandContext, person_id: uuid.UUID) -> list[str]:
    sql = "SELECT account_id FROM account_person WHERE tenant = $1 AND person_id = $2"
    found = await rows(context.database, sql, context.tenant, str(person_id), shared=True)
    return [row["account_id"] for row in found]


async def _grants(context: CommandContext, account: str) -> list[Row]:
    sql = (
        "SELECT id, role, node FROM role_grant WHERE account_id = $1 AND revoked_at IS NULL"
        " AND (ended_on IS NULL OR ended_on >= $2)"
    )
    return await rows(context.database, sql, account, context.today, shared=True)


async def _leave(context: CommandContext, account: str, person_id: uuid.UUID, pseudonym: str) -> None:
    """Untie the account; where it is nobody's any more, it ends under the pseudonym with all its tokens."""
    database, now = context.database, context.now
    await changed(
        database,
        "DELETE FROM account_person WHERE account_id = $1 AND tenant = $2 AND person_id = $3",
        account,
        context.tenant,
        str(person_id),
        shared=True,
    )
    await changed(
        database,
        "UPDATE role_grant SET revoked_at = $1 WHERE account_id = $2 AND node = $3 AND revoked_at IS NULL",
        now,
        account,
        context.tenant,
        shared=True,
    )
    sql = "SELECT id FROM account_person WHERE account_id = $1"
    if await rows(database, sql, account, shared=True) or await _grants(context, account):
        return
    await changed(
        database,
        "UPDATE account SET login = $1, name = $2, status = $3 WHERE id = $4",
        f"{pseudonym}-{account[-12:]}",
        pseudonym,
        AccountStatus.DISABLED.name,
        uuid.UUID(account),
        shared=True,
    )
    await changed(
        database,
        "UPDATE api_token SET label = '', revoked_at = coalesce(revoked_at, $1) WHERE account_id = $2",
        now,
        account,
        shared=True,
    )


async def _forget_identity(context: CommandContext, id_number: str | None) -> None:
    """Forget the blind index of the human, unless a relation in another courtyard still rests on it."""
    if id_number is not None:
        indexes = identity_indexes(context.keys, id_number)
        await changed(
            context.database,
            f"DELETE FROM identity WHERE blind_index IN ({many(indexes)}) AND NOT EXISTS"
            " (SELECT 1 FROM identity_membership m WHERE m.identity_id = CAST(identity.id AS text))",
            *indexes,
            shared=True,
        )


# offers and commands ----------------------------------------------------------------------------------------------


def _check_present(row: Mapping[str, Any], _context: OfferContext) -> None:
    if row["erased_on"] is not None:
        raise PersonErased(row["erased_on"])


def _check_open(row: Mapping[str, Any], _context: OfferContext) -> None:
    if row["status"] is not None:
        _require_open(row)


def _action(name: str, roles: tuple[str, ...], zh: str, en: str) -> Action:
    return Action(name, roles, "个人信息保护法 45, 47", zh, en)


file_data_request: Final = Command(
    action=_action("data_request.file", EVERYBODY, "登记个人信息请求", "file a request about the data held of him"),
    input=FileDataRequest,
    many=each(_file),
    subject_type="DataRequest",
    disclosure=DataClass.D2,
    unversioned=ADDS,
    acts_for="person_id",
    when_closed=True,
)
"""Ask for a copy or for erasure."""

refuse_data_request: Final = Command(
    action=_action("data_request.refuse", REGISTRARS, "不予办理个人信息请求", "refuse a request, with the reason"),
    input=AnswerDataRequest,
    many=each(_refuse),
    subject_type="DataRequest",
    disclosure=DataClass.D2,
    unversioned=STEPS,
    offer=Offer(("status",), _check_open),
    when_closed=True,
)
"""Refuse a request, saying why (个人信息保护法 50)."""

export_person: Final = Command(
    action=_action("person.export", EVERYBODY, "提供个人信息副本", "give a copy of everything held of a person"),
    input=ExportPerson,
    many=each(_export),
    subject_type="Person",
    disclosure=DataClass.D2,
    unversioned=ADDS,
    secret=("个人信息副本", "the copy, as JSON text, stored nowhere"),
    offer=Offer(("erased_on",), _check_present),
    when_closed=True,
)
"""Give a copy of everything that is held of a person."""

erase_person: Final = Command(
    action=_action("person.erase", EVERYBODY, "删除个人信息", "erase what tells who a person is"),
    input=ErasePerson,
    many=each(_erase),
    subject_type="Person",
    disclosure=DataClass.D2,
    unversioned=STEPS,
    offer=Offer(("erased_on",), _check_present),
    when_closed=True,
)
"""Erase what tells who a person is; what law and rules require stays under a pseudonym."""

DATA_REQUEST_COMMANDS: Final = (file_data_request, refuse_data_request, export_person, erase_person)
