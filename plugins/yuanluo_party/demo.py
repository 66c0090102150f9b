"""A plausible year of party life in the synthetic district (`domain.md` §4).

A committee for each community and a general branch for each grid; in each courtyard a branch, registered members
about 3 % of the residents and 60 % of them retired, reported-in members about 2 %.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from uuid_utils.compat import uuid7

from yuanluo import DemoContext, NodeKind, Settled, run_command, run_commands, scoped
from yuanluo.offices import AppointSeat, appoint_seat
from yuanluo.synthetic import REFERENCE_DAY, SyntheticPerson, day_between, pick
from yuanluo_party.commands import (
    advance_party_org,
    decide_dual_report,
    found_party_org,
    register_membership,
    submit_dual_report,
)
from yuanluo_party.dual_reports import DecideDualReport, SubmitDualReport
from yuanluo_party.memberships import RegisterMembership
from yuanluo_party.organizations import AdvancePartyOrg, FoundPartyOrg
from yuanluo_party.terms import PartyMemberType, PartyOrgStatus, PartyTier

__all__ = ["write_demo"]

PLUGIN: Final = "party"
REGISTERED_SHARE: Final = 0.03
REPORTED_IN_SHARE: Final = 0.02
RETIRED_SHARE: Final = 0.6
RETIRED_FROM: Final = 60
OVERDUE_SHARE: Final = 0.06
FEWEST: Final = 3
"""A branch needs three full members; a courtyard of the demo has them."""

COMMITTEE_SEATS: Final = (
    ("SECRETARY", "支部书记"),
    ("DEPUTY_SECRETARY", "支部副书记"),
    ("ORGANISATION", "组织委员"),
    ("PUBLICITY", "宣传委员"),
    ("DISCIPLINE", "纪检委员"),
)
EMPLOYERS: Final = (
    "区教育局", "区市场监管局", "某国有银行成都分行", "区人民医院", "某设计研究院", "街道办事处", "成都某科技公司",
    "区税务局", "某中学", "铁路局某段",
)  # fmt: skip
SKILLS: Final = ("法律咨询", "水电维修", "书法", "医疗保健", "文艺表演", "计算机", "摄影", "心理疏导")
POSTS: Final = ("POLICY_PROMOTER", "OPINION_COLLECTOR", "MEDIATOR", "CIVILITY_ADVISOR", "PATROL")
EDUCATION: Final = ("小学", "初中", "高中", "中专", "大专", "本科", "研究生")


@dataclass(frozen=True, slots=True)
class _Resident:
    """An adult who lives in the courtyard."""

    person: SyntheticPerson
    row_id: uuid.UUID
    room_key: str
    age: int


async def write_demo(context: DemoContext) -> None:
    """Write the party rows of one node."""
    with scoped(context.number):
        async with context.command.database.transaction():
            if context.kind is NodeKind.COMMUNITY:
                await _community(context)
            elif context.kind is NodeKind.GRID:
                await _grid(context)
            elif context.settled is not None:
                await _courtyard(context, context.settled)


async def _community(context: DemoContext) -> None:
    rng = context.random(PLUGIN)
    elected = day_between(rng, dt.date(2022, 1, 10), dt.date(2025, 11, 20))
    receipt = await run_command(
        found_party_org,
        context.command,
        FoundPartyOrg(
            f"{context.name}党委",
            PartyTier.COMMITTEE,
            approval_no=f"街工委〔{elected.year}〕{1 + int(rng.random() * 60)}号",
            established_on=str(1998 + int(rng.random() * 15)),
            elected_on=elected,
        ),
    )
    _remember(context, receipt.subject_id)


async def _grid(context: DemoContext) -> None:
    committee = context.shared.get((PLUGIN, context.ancestors[NodeKind.COMMUNITY], "above"))
    if committee is None:
        return
    rng = context.random(PLUGIN)
    elected = day_between(rng, dt.date(2022, 3, 1), dt.date(2025, 11, 20))
    receipt = await run_command(
        found_party_org,
        context.command,
        FoundPartyOrg(
            f"{context.name}党总支",
            PartyTier.GENERAL_BRANCH,
            upper_id=committee,
            approval_no=f"社区党委〔{elected.year}〕{1 + int(rng.random() * 20)}号",
            established_on=str(2012 + int(rng.random() * 8)),
            elected_on=elected,
        ),
    )
    _remember(context, receipt.subject_id)


def _remember(context: DemoContext, row_id: uuid.UUID | None) -> None:
    if row_id is not None:
        context.shared[PLUGIN, context.number, "above"] = row_id


async def _courtyard(context: DemoContext, settled: Settled) -> None:
    rng = context.random(PLUGIN)
    residents = _residents(settled)
    whole = len({residency.person for residency in settled.courtyard.residencies})
    registered = _choose(rng, residents, max(FEWEST, round(whole * REGISTERED_SHARE)))
    if len(registered) < FEWEST:
        return  # too few adults for a branch of their own
    taken = {each.row_id for each in registered}
    serving = [each for each in residents if 25 <= each.age < RETIRED_FROM and each.row_id not in taken]
    reported = rng.sample(serving, min(len(serving), round(whole * REPORTED_IN_SHARE)))
    members = [_member(rng, each, place) for place, each in enumerate(registered)]
    full = [each for each, member in zip(registered, members, strict=True) if member.type is PartyMemberType.FULL]
    is_overdue = rng.random() < OVERDUE_SHARE
    elected = _election_day(rng, is_overdue=is_overdue)
    branch_id = await _found(context, rng, full, elected)
    await run_commands(
        register_membership,
        context.command,
        [_in_branch(member, branch_id) for member in members],
    )
    await _seats(context, branch_id, full, elected)
    await _report_in(context, rng, branch_id, reported)
    if is_overdue:
        step = AdvancePartyOrg(branch_id, PartyOrgStatus.OVERDUE)
        await run_command(advance_party_org, context.command, step)


def _residents(settled: Settled) -> list[_Resident]:
    found: dict[int, _Resident] = {}
    for residency in settled.courtyard.residencies:
        person = settled.courtyard.person(residency.person)
        age = person.age_on(REFERENCE_DAY)
        if age >= 20 and person.serial not in found:
            found[person.serial] = _Resident(person, settled.person_id(person.serial), residency.room_key, age)
    return [found[serial] for serial in sorted(found)]


def _choose(rng: random.Random, residents: Sequence[_Resident], wanted: int) -> list[_Resident]:
    """Choose members among residents, retired ones to their share as far as there are any; the eldest first."""
    retired = [each for each in residents if each.age >= RETIRED_FROM]
    younger = [each for each in residents if each.age < RETIRED_FROM]
    elders = min(len(retired), round(wanted * RETIRED_SHARE))
    chosen = rng.sample(retired, elders)
    chosen += rng.sample(younger, min(len(younger), wanted - elders))
    if len(chosen) < wanted:
        rest = [each for each in retired if each not in chosen]
        chosen += rng.sample(rest, min(len(rest), wanted - len(chosen)))
    return sorted(chosen, key=lambda each: (-each.age, each.person.serial))


def _member(rng: random.Random, resident: _Resident, place: int) -> RegisterMembership:
    """Make a registered member; the first three are full members, so that there is a branch."""
    probationary = place >= FEWEST and resident.age < 45 and rng.random() < 0.12
    if probationary:
        joined = day_between(rng, dt.date(2025, 12, 1), dt.date(2026, 10, 31)).isoformat()
        confirmed = None
    else:
        born = resident.person.birth_year
        year = min(born + 20 + int(rng.random() * 18), REFERENCE_DAY.year - 2)
        joined = _partial(rng, dt.date(year, 1 + int(rng.random() * 12), 1 + int(rng.random() * 28)))
        joined = max(joined, str(born + 19))
        confirmed = f"{int(joined[:4]) + 1}{joined[4:]}"
    return RegisterMembership(
        person_id=resident.row_id,
        type=PartyMemberType.PROBATIONARY if probationary else PartyMemberType.FULL,
        joined_on=joined,
        confirmed_on=confirmed,
        education=EDUCATION[min(len(EDUCATION) - 1, int(rng.random() * 3) + (0 if resident.age > 65 else 3))],
        room_key=resident.room_key,
        started_on=day_between(rng, dt.date(2018, 1, 1), dt.date(2026, 10, 31)),
    )


def _partial(rng: random.Random, day: dt.date) -> str:
    text, drawn = day.isoformat(), rng.random()
    if drawn < 0.05:
        return text[:4]
    return text[:7] if drawn < 0.35 else text


def _in_branch(member: RegisterMembership, branch_id: uuid.UUID) -> RegisterMembership:
    return RegisterMembership(
        person_id=member.person_id,
        type=member.type,
        org_id=branch_id,
        joined_on=member.joined_on,
        confirmed_on=member.confirmed_on,
        education=member.education,
        room_key=member.room_key,
        started_on=member.started_on,
    )


def _election_day(rng: random.Random, *, is_overdue: bool) -> dt.date:
    """Return a day whose term of three years runs on, or ran out within the last year and a half."""
    if is_overdue:
        return day_between(rng, dt.date(2022, 5, 10), dt.date(2023, 10, 31))
    return day_between(rng, dt.date(2024, 1, 10), dt.date(2026, 6, 30))


async def _found(context: DemoContext, rng: random.Random, full: Sequence[_Resident], elected: dt.date) -> uuid.UUID:
    """Found the branch below grid or community, with a group for each building where three members live."""
    above = [context.ancestors.get(kind) for kind in (NodeKind.GRID, NodeKind.COMMUNITY)]
    upper = next(
        (found for number in above if number and (found := context.shared.get((PLUGIN, number, "above")))), None
    )
    branch_id = uuid7()
    approval_no = f"社区党委〔{elected.year}〕{1 + int(rng.random() * 40)}号" if upper else None
    branch = FoundPartyOrg(
        f"{context.name}院落党支部",
        PartyTier.BRANCH,
        upper_id=upper,
        approval_no=approval_no,
        established_on=str(2016 + int(rng.random() * 5)),
        elected_on=elected if approval_no else None,
        id=branch_id,
    )
    by_building: dict[str, int] = {}
    for each in full:
        building = each.room_key.partition("-")[0]
        by_building[building] = by_building.get(building, 0) + 1
    groups = [
        FoundPartyOrg(
            f"{building}栋党小组",
            PartyTier.GROUP,
            parent_id=branch_id,
            approval_no=approval_no,
            established_on=branch.established_on,
            elected_on=branch.elected_on,
        )
        for building in sorted(by_building, key=int)
        if by_building[building] >= FEWEST and len(by_building) > 1
    ]
    await run_commands(found_party_org, context.command, [branch, *groups])
    return branch_id


async def _seats(context: DemoContext, branch_id: uuid.UUID, full: Sequence[_Resident], elected: dt.date) -> None:
    """Elect five to the committee from seven full members on, else a secretary and, from five on, a deputy (R3)."""
    seats: Sequence[tuple[str, str]] = COMMITTEE_SEATS
    if len(full) < 7:
        seats = COMMITTEE_SEATS[: 2 if len(full) >= 5 else 1]
    able = sorted(full, key=lambda each: (abs(each.age - 62), each.person.serial))
    await run_commands(
        appoint_seat,
        context.command,
        [
            AppointSeat(branch_id, each.row_id, role, elected, title=title)
            for (role, title), each in zip(seats, able, strict=False)
        ],
    )


async def _report_in(
    context: DemoContext, rng: random.Random, branch_id: uuid.UUID, reported: Sequence[_Resident]
) -> None:
    if not reported:
        return
    submitted = [
        SubmitDualReport(
            employer=(employer := pick(rng, EMPLOYERS)),
            person_id=each.row_id,
            home_org=f"{employer}党支部",
            room_key=each.room_key,
            reported_on=day_between(rng, dt.date(2025, 12, 1), dt.date(2026, 11, 10)).isoformat(),
            skills=(pick(rng, SKILLS),),
            claimed_posts=(pick(rng, POSTS),),
            id=uuid7(),
        )
        for each in reported
    ]
    await run_commands(submit_dual_report, context.command, submitted)
    accepted = [
        DecideDualReport(report.id, accepted=True, org_id=branch_id)
        for report in submitted
        if report.id is not None and rng.random() < 0.9
    ]
    if accepted:
        await run_commands(decide_dual_report, context.command, accepted)
