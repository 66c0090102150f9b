"""Commands on opinions: collected, triaged, handled, closed, rated (`domain.md` C7, C12).

A resident may report and rate what is his own; everything else is done by those who keep the ledger. Nothing a
person said or who said it stands in a record's payload.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo import (
    ADDS,
    STEPS,
    Action,
    Command,
    CommandContext,
    Given,
    Invalid,
    NotFound,
    Outcome,
    Reads,
    day_of_filing,
    each,
    many,
    normalize_phone,
    rows,
    value,
)
from yuanluo.humans import own_people, roles_of_people
from yuanluo.names import normalize_name
from yuanluo_council.offers import (
    COLLECTORS,
    KEEPERS,
    RATE,
    OwnWork,
    check_not_keeper,
    check_own_or_keeper,
    is_collector,
    opinion_offer,
)
from yuanluo_council.parameters import rulings
from yuanluo_council.rules import (
    LIMIT_KEYS,
    check_limit,
    check_order,
    check_partial,
    due_on,
    full_day,
    is_closed,
    is_satisfied,
    opinion_step,
    status_of_past_opinion,
)
from yuanluo_council.tables import (
    BodyKind,
    CouncilCounts,
    Opinion,
    OpinionCategory,
    OpinionSource,
    OpinionStatus,
    Reporter,
    Satisfaction,
)

__all__ = [
    "AnswerOpinion",
    "CloseOpinion",
    "CollectOpinion",
    "MergeOpinion",
    "ProposeOpinion",
    "RateOpinion",
    "ReferOpinion",
    "RegisterOpinion",
    "TriageOpinion",
    "answer_opinion",
    "bump_counts",
    "close_opinion",
    "collect_opinion",
    "merge_opinion",
    "propose_opinion",
    "rate_opinion",
    "refer_opinion",
    "register_opinion",
    "register_opinions",
    "triage_opinion",
    "write_opinions",
]


@dataclass(frozen=True, slots=True)
class CollectOpinion:
    """Something somebody asked for or said.

    Without a reporter it is a resident's own, and anonymous where somebody writes it down who keeps the ledger (K8).
    """

    content: str
    category: OpinionCategory
    source: OpinionSource | None = None
    received_on: dt.date | None = None
    """Today unless said otherwise."""
    reporter_id: uuid.UUID | None = None
    reporter_name: Annotated[str | None, Given("反映人姓名", "name of the reporter", reads=Reads.NAME)] = None
    room_key: Annotated[
        str | None, Given("房号", "room of the reporter, building-stairwell-room", reads=Reads.ROOM)
    ] = None
    phone: Annotated[str | None, Given("联系电话", "phone of the reporter", reads=Reads.PHONE)] = None


@dataclass(frozen=True, slots=True)
class TriageOpinion:
    """Who is responsible and within how many working days; the limit of the category unless said otherwise."""

    opinion_id: uuid.UUID
    assignee_id: uuid.UUID | None = None
    assignee_name: str | None = None
    limit_workdays: int | None = None
    category: OpinionCategory | None = None
    """Where the category was wrong."""


@dataclass(frozen=True, slots=True)
class AnswerOpinion:
    """Answered on the spot: `reason` is the answer."""

    opinion_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ReferOpinion:
    """Referred: `reason` says to whom and why."""

    opinion_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class MergeOpinion:
    """The same matter as another opinion, which carries it on."""

    opinion_id: uuid.UUID
    merged_into_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ProposeOpinion:
    """To be decided: `reason` names the proposal."""

    opinion_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class CloseOpinion:
    """What came of it; it is closed on the day on which that is filed."""

    opinion_id: uuid.UUID
    result: str
    closed_on: dt.date | None = None
    """Today; a day before is refused as BACKDATED (K1)."""


@dataclass(frozen=True, slots=True)
class RateOpinion:
    """How content the reporter is."""

    opinion_id: uuid.UUID
    satisfaction: Satisfaction


@dataclass(frozen=True, slots=True)
class RegisterOpinion:
    """A row of an existing ledger, taken over as it stands; dates are known to the year, month or day."""

    content: str
    category: OpinionCategory | None = None
    received_on: str | None = None
    source: OpinionSource | None = None
    reporter_id: uuid.UUID | None = None
    reporter_name: Annotated[str | None, Given("反映人姓名", "name of the reporter", reads=Reads.NAME)] = None
    room_key: Annotated[
        str | None, Given("房号", "room of the reporter, building-stairwell-room", reads=Reads.ROOM)
    ] = None
    phone: Annotated[str | None, Given("联系电话", "phone of the reporter", reads=Reads.PHONE)] = None
    assignee_id: uuid.UUID | None = None
    assignee_name: str | None = None
    limit_workdays: int | None = None
    closed_on: str | None = None
    result: str | None = None
    satisfaction: Satisfaction | None = None

    @property
    def status(self) -> OpinionStatus:
        """Where it stands, by what the row says."""
        return status_of_past_opinion(
            is_assigned=self.assignee_id is not None or self.assignee_name is not None,
            closed_on=self.closed_on,
            satisfaction=self.satisfaction,
        )


# writing ---------------------------------------------------------------------------------------------------------


async def register_opinions(context: CommandContext, opinions: Sequence[RegisterOpinion]) -> Sequence[Outcome]:
    """Take over ledger rows in their order; each gets the next number of the courtyard's ledger."""
    for opinion in opinions:
        check_partial(opinion.received_on, "received_on", context.today)
        check_partial(opinion.closed_on, "closed_on", context.today)
    return await write_opinions(context, opinions)


async def write_opinions(
    context: CommandContext, opinions: Sequence[RegisterOpinion], *, is_new: bool = False
) -> Sequence[Outcome]:
    """Write ledger rows whose days were already held against the present, as an import's preview does.

    They show as taken over from paper unless they are collected here and now.
    """
    registered_on = None if is_new else context.today
    dwellings = await _dwellings(context, (each_one.room_key for each_one in opinions))
    first = 1 + int(await value(context.database, _LAST_NUMBER, context.tenant))
    ledger: list[dict[str, Any]] = []
    reporters: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for number, opinion in enumerate(opinions, first):
        row: dict[str, Any] = {**_row(number, opinion), "registered_on": registered_on}
        ledger.append(row)
        if (reporter := _reporter(row["id"], opinion, dwellings)) is not None:
            reporters.append(reporter)
        payload = {"number": number, "category": opinion.category, "status": opinion.status}
        outcomes.append(Outcome(row["id"], payload))
        bump_counts(context, None, opinion.status, None, opinion.satisfaction)
    await context.insert(Opinion, ledger)
    await context.insert(Reporter, reporters)
    return outcomes


_LAST_NUMBER: Final = "SELECT coalesce(max(number), 0) AS n FROM opinion WHERE tenant_id = $1"


def _row(number: int, opinion: RegisterOpinion) -> dict[str, Any]:
    content = opinion.content.strip()
    if not content:
        raise Invalid(
            "诉求内容不能为空。", "an opinion needs its content.", field="content", code="REQUIRED", rule="domain C7"
        )
    check_partial(opinion.received_on, "received_on")
    check_partial(opinion.closed_on, "closed_on")
    check_order(opinion.received_on, opinion.closed_on)
    check_limit(opinion.limit_workdays)
    return {
        "id": uuid7(),
        "number": number,
        "received_on": opinion.received_on,
        "source": opinion.source,
        "category": opinion.category,
        "content": content,
        "reporter_id": opinion.reporter_id,
        "assignee_id": opinion.assignee_id,
        "assignee_name": opinion.assignee_name,
        "limit_workdays": opinion.limit_workdays,
        "due_on": due_on(full_day(opinion.received_on), opinion.limit_workdays),
        "closed_on": opinion.closed_on,
        "status": opinion.status,
        "result": opinion.result,
        "satisfaction": opinion.satisfaction,
    }


def _reporter(
    opinion_id: uuid.UUID, opinion: RegisterOpinion, dwellings: Mapping[str, uuid.UUID]
) -> dict[str, Any] | None:
    name = normalize_name(opinion.reporter_name or "") or None
    phone = normalize_phone(opinion.phone or "")
    known = (name, opinion.reporter_id, opinion.room_key, phone)
    if not any(known):
        return None
    return {
        "id": opinion_id,
        "name": name,
        "person_id": opinion.reporter_id,
        "dwelling_id": dwellings.get(opinion.room_key or ""),
        "room_key": opinion.room_key,
        "phone": phone,
    }


async def _dwellings(context: CommandContext, room_keys: Iterable[str | None]) -> Mapping[str, uuid.UUID]:
    """Return the ids of the dwellings among `room_keys` that the courtyard has."""
    wanted = {key for key in room_keys if key}
    if not wanted:
        return {}
    found = await rows(context.database, "SELECT id, room_key FROM dwelling WHERE tenant_id = $1", context.tenant)
    return {row["room_key"]: row["id"] for row in found if row["room_key"] in wanted}


def bump_counts(
    context: CommandContext,
    before: OpinionStatus | None,
    after: OpinionStatus,
    was: Satisfaction | None,
    now: Satisfaction | None,
) -> None:
    """Move the counters from one state of an opinion to the next."""

    def counts(status: OpinionStatus | None, satisfaction: Satisfaction | None) -> dict[str, int]:
        is_rated = status is OpinionStatus.RATED
        return {
            "opinions": int(status is not None),
            "closed": int(status is not None and is_closed(status)),
            "rated": int(is_rated),
            "satisfied": int(is_rated and is_satisfied(satisfaction)),
        }

    old, new = counts(before, was), counts(after, now)
    context.bump(CouncilCounts, **{name: new[name] - old[name] for name in new})


async def _collect(context: CommandContext, opinions: Sequence[CollectOpinion]) -> Sequence[Outcome]:
    new: list[RegisterOpinion] = []
    for opinion in opinions:
        reporter_id = opinion.reporter_id
        if not is_collector(context.actor, context.tenant):
            reporter_id = await _himself(context, opinion)
            day_of_filing(opinion.received_on, context.today, "received_on", rule="K1, domain C7")
        received = (opinion.received_on or context.today).isoformat()
        check_partial(received, "received_on", context.today)
        new.append(
            RegisterOpinion(
                opinion.content,
                opinion.category,
                received,
                opinion.source,
                reporter_id,
                opinion.reporter_name,
                opinion.room_key,
                opinion.phone,
            )
        )
    return await write_opinions(context, new, is_new=True)


async def _himself(context: CommandContext, opinion: CollectOpinion) -> uuid.UUID:
    """Return the resident who reports: himself where he says nothing, and nobody else, by id or by name (K8)."""
    reporter_id = opinion.reporter_id or min(own_people(context), default=None)
    _own_or_keeper(context, reporter_id)
    assert reporter_id is not None, "an own person was found"
    named = normalize_name(opinion.reporter_name or "")
    if named and named not in await _names(context, [reporter_id]):
        _own_or_keeper(context, None)
    return reporter_id


async def _names(context: CommandContext, people: Sequence[uuid.UUID]) -> set[str]:
    sql = f"SELECT name FROM person WHERE tenant_id = $1 AND id IN ({many(people, 2)})"
    return {row["name"] for row in await rows(context.database, sql, context.tenant, *people)}


def _own_or_keeper(context: CommandContext, reporter_id: uuid.UUID | None) -> None:
    check_own_or_keeper(context.actor, context.tenant, reporter_id)


# steps -----------------------------------------------------------------------------------------------------------


async def _stored(context: CommandContext, opinion_id: uuid.UUID) -> Mapping[str, Any]:
    found = await rows(
        context.database,
        "SELECT number, status, category, received_on, reporter_id, assignee_id, assignee_name, satisfaction"
        " FROM opinion"
        " WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        opinion_id,
    )
    if not found:
        raise NotFound("没有找到该民情。", "there is no such opinion here.")
    return found[0]


async def _move(
    context: CommandContext,
    opinion_id: uuid.UUID,
    stored: Mapping[str, Any],
    target: OpinionStatus,
    changes: Mapping[str, Any],
) -> Outcome:
    before = OpinionStatus[stored["status"]]
    was = Satisfaction[stored["satisfaction"]] if stored["satisfaction"] else None
    now = changes.get("satisfaction", was)
    await context.update(Opinion, opinion_id, {"status": target, **changes})
    bump_counts(context, before, target, was, now)
    return Outcome(opinion_id, {"number": stored["number"], "from": before, "to": target})


async def _triage(context: CommandContext, given: TriageOpinion) -> Outcome:
    stored = await _stored(context, given.opinion_id)
    category = given.category or (OpinionCategory[stored["category"]] if stored["category"] else None)
    received = full_day(stored["received_on"]) or context.today
    limit = given.limit_workdays
    if limit is None:
        key = LIMIT_KEYS[category or OpinionCategory.OTHER]
        limit = (await rulings(context.database, context.tenant, [key], received))[key].value
    assignee = normalize_name(given.assignee_name or "") or None
    check_limit(limit)
    opinion_step(
        OpinionStatus[stored["status"]],
        OpinionStatus.TRIAGED,
        {"assignee": given.assignee_id or assignee, "limit_workdays": limit},
    )
    changes = {
        "category": category,
        "assignee_id": given.assignee_id,
        "assignee_name": assignee,
        "limit_workdays": limit,
        "due_on": due_on(received, limit),
    }
    return await _move(context, given.opinion_id, stored, OpinionStatus.TRIAGED, changes)


def _handle(
    target: OpinionStatus,
) -> Callable[[CommandContext, AnswerOpinion | ReferOpinion | ProposeOpinion], Awaitable[Outcome]]:
    async def handle(context: CommandContext, given: AnswerOpinion | ReferOpinion | ProposeOpinion) -> Outcome:
        stored = await _stored(context, given.opinion_id)
        reason = given.reason.strip()
        opinion_step(OpinionStatus[stored["status"]], target, {"reason": reason})
        return await _move(context, given.opinion_id, stored, target, {"reason": reason})

    return handle


async def _merge(context: CommandContext, given: MergeOpinion) -> Outcome:
    stored = await _stored(context, given.opinion_id)
    reason = given.reason.strip()
    given_now = {"reason": reason, "merged_into": given.merged_into_id}
    opinion_step(OpinionStatus[stored["status"]], OpinionStatus.MERGED, given_now)
    into = await _stored(context, given.merged_into_id)
    if given.merged_into_id == given.opinion_id or into["status"] == OpinionStatus.MERGED.name:
        raise Invalid(
            "不能并入自身或已并案的民情,请选择最终承办的那一件。",
            "it cannot be merged into itself or into one that was merged; choose the one that carries on.",
            field="merged_into_id",
            code="MERGE_TARGET",
            rule="domain C7",
        )
    changes = {"reason": reason, "merged_into_id": given.merged_into_id}
    return await _move(context, given.opinion_id, stored, OpinionStatus.MERGED, changes)


async def _close(context: CommandContext, given: CloseOpinion) -> Outcome:
    stored = await _stored(context, given.opinion_id)
    result = given.result.strip()
    opinion_step(OpinionStatus[stored["status"]], OpinionStatus.CLOSED, {"result": result})
    closed_on = day_of_filing(given.closed_on, context.today, "closed_on", rule="K1, domain C12").isoformat()
    changes = {"result": result, "closed_on": closed_on}
    return await _move(context, given.opinion_id, stored, OpinionStatus.CLOSED, changes)


async def _rate(context: CommandContext, given: RateOpinion) -> Outcome:
    stored = await _stored(context, given.opinion_id)
    _own_or_keeper(context, stored["reporter_id"])
    opinion_step(OpinionStatus[stored["status"]], OpinionStatus.RATED, {"satisfaction": given.satisfaction})
    await _check_others_work(context, stored)
    return await _move(context, given.opinion_id, stored, OpinionStatus.RATED, {"satisfaction": given.satisfaction})


_COUNCIL_SEATS: Final = (
    "SELECT s.id FROM seat s JOIN organization o ON o.tenant_id = s.tenant_id AND o.id = s.organization_id"
    " WHERE s.tenant_id = $1 AND o.kind = $2 AND s.started_on <= $3 AND (s.ended_on IS NULL OR s.ended_on >= $3)"
)


async def _check_others_work(context: CommandContext, stored: Mapping[str, Any]) -> None:
    """Raise OwnWork where a rating would be of the rater's own work, whoever enters it (K7).

    The rater is the actor and the person he acts for, by every account and seat that they are known to hold here.
    """
    tenant, today = context.tenant, context.today
    check_not_keeper(context.actor, tenant, stored["assignee_id"])
    people = own_people(context)
    people |= {each_one for each_one in (stored["reporter_id"], context.on_behalf_of) if each_one is not None}
    if not people:
        return
    humans = sorted(people)
    if stored["assignee_id"] in people or stored["assignee_name"] in await _names(context, humans):
        raise OwnWork
    if (await roles_of_people(context, humans)).intersection(KEEPERS):
        raise OwnWork
    sql = f"{_COUNCIL_SEATS} AND s.person_id IN ({many(humans, 4)})"
    if await rows(context.database, sql, tenant, BodyKind.RESIDENT_COUNCIL.name, today, *humans):
        raise OwnWork


def _action(name: str, roles: tuple[str, ...], zh: str, en: str) -> Action:
    return Action(f"opinion.{name}", roles, "domain C7", zh, en)


collect_opinion: Final = Command(
    action=_action("collect", (*COLLECTORS, "OWNER", "RESIDENT"), "收集民情", "collect an opinion"),
    input=CollectOpinion,
    many=_collect,
    subject_type="Opinion",
    body="council",
    unversioned=ADDS,
    acts_for="reporter_id",
)
"""Write down an opinion."""

triage_opinion: Final = Command(
    action=_action("triage", KEEPERS, "分办民情", "triage an opinion"),
    input=TriageOpinion,
    many=each(_triage),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.TRIAGED),
)
"""Say who is responsible for an opinion, and by when."""

answer_opinion: Final = Command(
    action=_action("answer", KEEPERS, "答复民情", "answer an opinion"),
    input=AnswerOpinion,
    many=each(_handle(OpinionStatus.ANSWERED)),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.ANSWERED),
)
"""Answer an opinion on the spot."""

refer_opinion: Final = Command(
    action=_action("refer", KEEPERS, "转办民情", "refer an opinion"),
    input=ReferOpinion,
    many=each(_handle(OpinionStatus.REFERRED)),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.REFERRED),
)
"""Refer an opinion to somebody else."""

merge_opinion: Final = Command(
    action=_action("merge", KEEPERS, "并案", "merge an opinion into another"),
    input=MergeOpinion,
    many=each(_merge),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.MERGED),
)
"""Merge an opinion into another one on the same matter."""

propose_opinion: Final = Command(
    action=_action("propose", KEEPERS, "将民情转为议题", "turn an opinion into a proposal"),
    input=ProposeOpinion,
    many=each(_handle(OpinionStatus.PROPOSED)),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.PROPOSED),
)
"""Turn an opinion into a proposal."""

close_opinion: Final = Command(
    action=_action("close", KEEPERS, "办结民情", "close an opinion"),
    input=CloseOpinion,
    many=each(_close),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    offer=opinion_offer(OpinionStatus.CLOSED),
)
"""Close an opinion with its result."""

rate_opinion: Final = Command(
    action=_action("rate", (*COLLECTORS, "OWNER", "RESIDENT"), "评价办理结果", "rate a result"),
    input=RateOpinion,
    many=each(_rate),
    subject_type="Opinion",
    body="council",
    unversioned=STEPS,
    acts_for="reporter_id",
    offer=RATE,
)
"""Rate what came of an opinion."""

register_opinion: Final = Command(
    action=_action("register", KEEPERS, "登记既有台账", "take over an existing ledger"),
    input=RegisterOpinion,
    many=register_opinions,
    subject_type="Opinion",
    body="council",
    unversioned=ADDS,
)
"""Take over rows of an existing ledger."""
