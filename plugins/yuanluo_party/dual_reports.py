"""Reporting in (双报到, R9): a member whose registration is at the employer reports to the branch where he lives.

Accepted, he gets a REPORTED_IN membership: he serves here, but neither counts for the thresholds nor votes (A12).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo import (
    CommandContext,
    Conflict,
    Given,
    Invalid,
    NotFound,
    Outcome,
    Refused,
    Row,
    check_not_future,
    each,
    rows,
    value,
)
from yuanluo_party.memberships import (
    RegisterMembership,
    TransferMembership,
    register_memberships,
    transfer_memberships,
)
from yuanluo_party.rules import dual_report_may_become
from yuanluo_party.tables import DualReport
from yuanluo_party.terms import (
    DualReportStatus,
    DualReportSubject,
    PartyMembershipStatus,
    PartyMemberType,
    PartyRelation,
)

__all__ = [
    "DecideDualReport",
    "MoveDualReport",
    "OwnReport",
    "ReportStep",
    "ResidenceUnchecked",
    "SubmitDualReport",
    "decide_reports",
    "move_reports",
    "submit_reports",
]


class OwnReport(Refused):
    """Nobody accepts, rejects or appraises his own report-in, or gives himself a post (`domain.md` §7, K7)."""

    code = "OWN_REPORT"
    rule = "domain 7"
    next_zh = "请由其他有权人员办理。"
    next_en = "Let somebody else who holds the right decide."

    def __init__(self) -> None:
        super().__init__("本人不能办理自己的报到。", "nobody decides on his own report-in.")


class ReportStep(Conflict):
    """The report-in cannot become that, or cannot be decided or taken further as it stands (R9)."""

    code = "DUAL_REPORT_STEP"
    rule = "R9"

    def __init__(self, status: DualReportStatus, wanted: DualReportStatus | None = None) -> None:
        if wanted is None:
            super().__init__(
                f"双报到处于“{status.value[0]}”,不能办理此步。",
                f"this step does not follow for a {status.name} report-in (R9).",
            )
            return
        super().__init__(
            f"双报到不能由{status.value[0]}变为{wanted.value[0]}。",
            f"a {status.name} report-in cannot become {wanted.name} (R9).",
        )


class ResidenceUnchecked(Refused):
    """The secretary must check that the member lives in the courtyard (R9)."""

    code = "RESIDENCE_UNCHECKED"
    rule = "R9"
    next_zh = "请先核实居住情况,再注明已核实。"
    next_en = "Check where he lives, then say so in `residenceChecked`."

    def __init__(self) -> None:
        super().__init__(
            "登记簿上没有该党员在本院落的居住记录,请先核实居住情况。",
            "the register does not show the member living here; check his residence first (R9).",
        )


@dataclass(frozen=True, slots=True)
class SubmitDualReport:
    """A report-in as it was handed in: a person of the register, or a party unit by name."""

    employer: str
    person_id: uuid.UUID | None = None
    unit_name: str | None = None
    home_org: str | None = None
    room_key: str | None = None
    reported_on: str | None = None
    """`2026`, `2026-03` or `2026-03-01`; today unless given."""
    skills: tuple[str, ...] = ()
    claimed_posts: tuple[str, ...] = ()
    id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DecideDualReport:
    """The branch secretary's decision."""

    report_id: Annotated[uuid.UUID, Given("双报到", "the report-in", refers="DualReport")]
    accepted: Annotated[bool, Given("是否接收", "whether it is accepted")]
    org_id: Annotated[
        uuid.UUID | None, Given("所在党组织", "the organisation that receives him", refers="PartyOrg")
    ] = None
    """The branch that takes the member, when accepted."""
    joint_org_id: Annotated[
        uuid.UUID | None, Given("联合党支部", "the joint branch that takes him", refers="PartyOrg", upward=True)
    ] = None
    """Or the joint branch of a node above that does."""
    type: Annotated[PartyMemberType, Given("党员类别", "full or probationary")] = PartyMemberType.FULL
    reason: str | None = None
    """Why it is rejected."""
    residence_checked: Annotated[bool, Given("已核实居住", "whether the secretary checked that he lives here")] = False
    """The secretary has seen that he lives here, though the register does not say so."""


@dataclass(frozen=True, slots=True)
class MoveDualReport:
    """The next step of an accepted report-in: serving, appraised, serving again, closed."""

    report_id: Annotated[uuid.UUID, Given("双报到", "the report-in", refers="DualReport")]
    status: DualReportStatus
    reason: str | None = None


async def submit_reports(context: CommandContext, wanted: Sequence[SubmitDualReport]) -> Sequence[Outcome]:
    """Enter reports-in; decisions follow."""
    new: list[dict[str, Any]] = []
    for report in wanted:
        if (report.person_id is None) == (not report.unit_name):
            raise Invalid(
                "须指明报到的党员或单位党组织。",
                "name the member or the party unit that reports.",
                field="person_id",
                code="REQUIRED",
                rule="R9",
            )
        if not report.employer.strip():
            raise Invalid("须填写工作单位。", "name the employer.", field="employer", code="REQUIRED", rule="R9")
        check_not_future(report.reported_on, context.today, "reported_on", rule="R9")
        new.append(
            {
                "id": report.id or uuid7(),
                "subject": DualReportSubject.PERSON if report.person_id else DualReportSubject.PARTY_UNIT,
                "person_id": report.person_id,
                "unit_name": report.unit_name or None,
                "employer": report.employer.strip(),
                "home_org": report.home_org,
                "room_key": report.room_key,
                "reported_on": report.reported_on or context.today.isoformat(),
                "skills": "、".join(report.skills) or None,
                "claimed_posts": "/".join(report.claimed_posts) or None,
                "status": DualReportStatus.SUBMITTED,
            }
        )
    await context.insert(DualReport, new)
    return [Outcome(row["id"], {"subject": row["subject"]}) for row in new]


async def _decide(context: CommandContext, decision: DecideDualReport) -> Outcome:
    report = await _report(context, decision.report_id)
    wanted = DualReportStatus.ACCEPTED if decision.accepted else DualReportStatus.REJECTED
    _check_step(report, wanted)
    person_id = report["person_id"]
    _check_not_own(context, report)
    changes: dict[str, Any] = {"status": wanted, "decided_on": context.today}
    if not decision.accepted:
        reason = (decision.reason or "").strip()
        if not reason:
            raise Invalid(
                "退回须说明原因。", "a rejection needs its reason.", field="reason", code="REASON_REQUIRED", rule="R9"
            )
        changes["reason"] = reason
    elif person_id is not None:
        if not decision.residence_checked and not await _lives_here(context, person_id):
            raise ResidenceUnchecked
        member = RegisterMembership(
            person_id=person_id,
            type=decision.type,
            org_id=decision.org_id,
            joint_org_id=decision.joint_org_id,
            relation=PartyRelation.REPORTED_IN,
            employer=report["employer"],
            room_key=report["room_key"],
        )
        [outcome] = await register_memberships(context, [member])
        changes["membership_id"] = outcome.subject_id
    await context.update(DualReport, decision.report_id, changes)
    return Outcome(decision.report_id, {"to": wanted, "membership": changes.get("membership_id")})


async def _move(context: CommandContext, step: MoveDualReport) -> Outcome:
    report = await _report(context, step.report_id)
    if step.status in (DualReportStatus.ACCEPTED, DualReportStatus.REJECTED):
        raise Invalid(
            "接收或退回须由支部书记另行决定。",
            "acceptance is a decision of its own.",
            field="status",
            code="DECISION_NEEDED",
            rule="R9",
        )
    _check_step(report, step.status)
    if step.status is not DualReportStatus.CLOSED:
        _check_not_own(context, report)
    await context.update(DualReport, step.report_id, {"status": step.status, "reason": step.reason or report["reason"]})
    if step.status is DualReportStatus.CLOSED and report["membership_id"] is not None:
        await _close_membership(context, report["membership_id"], step.reason or "双报到结束")
    return Outcome(step.report_id, {"from": report["status"], "to": step.status})


async def _close_membership(context: CommandContext, membership_id: uuid.UUID, reason: str) -> None:
    status = await value(
        context.database,
        "SELECT status FROM party_membership WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        membership_id,
    )
    if status == PartyMembershipStatus.ACTIVE.name:
        await transfer_memberships(context, [TransferMembership(membership_id, destination=reason)])


def _check_not_own(context: CommandContext, report: Row) -> None:
    if (context.tenant, report["person_id"]) in context.actor.own:
        raise OwnReport


def _check_step(report: Row, wanted: DualReportStatus) -> None:
    status = DualReportStatus[report["status"]]
    if not dual_report_may_become(status, wanted):
        raise ReportStep(status, wanted)


async def _report(context: CommandContext, report_id: uuid.UUID) -> Row:
    found = await rows(
        context.database, "SELECT * FROM dual_report WHERE tenant_id = $1 AND id = $2", context.tenant, report_id
    )
    if not found:
        raise NotFound("没有找到该报到。", "there is no such DualReport here.")
    return found[0]


async def _lives_here(context: CommandContext, person_id: uuid.UUID) -> bool:
    found = await value(
        context.database,
        "SELECT count(*) FROM residency WHERE tenant_id = $1 AND person_id = $2"
        " AND (started_on IS NULL OR started_on <= $3) AND (ended_on IS NULL OR ended_on >= $3)",
        context.tenant,
        person_id,
        context.today,
    )
    return bool(int(found))


decide_reports: Final = each(_decide)
"""Accept or reject reports-in; acceptance opens a REPORTED_IN membership."""

move_reports: Final = each(_move)
"""Take reports-in further; closing one ends the membership it became."""
