"""The party plugin's commands on both engines: tree, memberships, reports-in, parameters, counters."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, TODAY, at
from party_world import (
    ELECTED,
    build_party_house,
    committee,
    counters_agree,
    found_branch,
    member,
    new_id_number,
    person,
    viewer,
)

import yuanluo
from yuanluo import (
    AppointSeat,
    Conflict,
    Forbidden,
    House,
    Invalid,
    MoveIn,
    NotFound,
    Occupancy,
    Resident,
    appoint_seat,
    rows,
    run_command,
    run_commands,
    scoped,
)
from yuanluo.identities import NotRegistrable
from yuanluo_party.commands import (
    advance_party_org,
    amend_membership,
    decide_dual_report,
    end_membership,
    found_party_org,
    move_dual_report,
    register_membership,
    set_party_parameter,
    submit_dual_report,
    transfer_membership,
)
from yuanluo_party.dual_reports import (
    DecideDualReport,
    MoveDualReport,
    OwnReport,
    ResidenceUnchecked,
    SubmitDualReport,
)
from yuanluo_party.memberships import AmendMembership, EndMembership, RegisterMembership, TransferMembership
from yuanluo_party.organizations import AdvancePartyOrg, FoundPartyOrg, count_members
from yuanluo_party.parameters import SetPartyParameter, load_thresholds
from yuanluo_party.terms import (
    DualReportStatus,
    PartyMembershipStatus,
    PartyMemberType,
    PartyOrgKind,
    PartyOrgStatus,
    PartyRelation,
    PartyTier,
)
from yuanluo_tenants.scope import Range

FULL, PROBATIONARY = PartyMemberType.FULL, PartyMemberType.PROBATIONARY


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await build_party_house(make_database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def above(house: House) -> uuid.UUID:
    house.database.bind(house.registry)
    return await committee(house)


async def one(house: House, table: str, row_id: uuid.UUID | None, tenant: int = COURTYARD) -> dict[str, Any]:
    with scoped(tenant):
        found = await rows(house.database, f"SELECT * FROM {table} WHERE tenant_id = $1 AND id = $2", tenant, row_id)
    return found[0]


async def refused(code: str, act: Callable[[], Awaitable[Any]]) -> None:
    with pytest.raises(yuanluo.Refused) as caught:
        await act()
    assert caught.value.stable_code == code


# organisations --------------------------------------------------------------------------------------------------


async def test_a_branch_and_its_organization_are_one_row_each_under_one_id(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "一号院落党支部", above)
    org, base = await one(house, "party_org", branch), await one(house, "organization", branch)
    assert (org["tier"], org["status"], org["upper_id"], org["term_years"]) == ("BRANCH", "ACTIVE", above, 3)
    assert org["term_end"] == dt.date(2028, 2, 29)
    assert (base["kind"], base["name"], base["status"], base["upper_id"]) == (
        "PARTY_BRANCH", "一号院落党支部", "ACTIVE", above,
    )  # fmt: skip
    assert await counters_agree(house)


async def side_by_side(
    house: House, first: Callable[[], Awaitable[Any]], second: Callable[[], Awaitable[Any]]
) -> list[Any]:
    """Let `second` begin when `first` has written and not committed; return what became of both."""
    written = asyncio.Event()

    async def hold() -> Any:
        async with house.database.transaction():
            done = await first()
            written.set()
            await asyncio.sleep(0.5)
            return done

    async def follow() -> Any:
        await written.wait()
        return await second()

    return await asyncio.gather(hold(), follow(), return_exceptions=True)


async def test_a_committee_is_not_dissolved_beside_a_branch_that_is_just_founded_below_it(house: House) -> None:
    upper = await committee(house)
    dissolve = AdvancePartyOrg(upper, PartyOrgStatus.DISSOLVED)
    branch, refusal = await side_by_side(
        house,
        lambda: found_branch(house, "并发支部一", upper),
        lambda: run_command(advance_party_org, at(house, COMMUNITY), dissolve),
    )
    assert isinstance(refusal, Conflict)
    assert refusal.stable_code == "PARTY_ORG_NOT_EMPTY"
    assert (await one(house, "party_org", branch))["status"] == "ACTIVE"
    assert (await one(house, "party_org", upper, COMMUNITY))["status"] == "ACTIVE"


async def test_no_branch_is_founded_below_a_committee_that_is_just_dissolved(house: House) -> None:
    upper = await committee(house)
    dissolve = AdvancePartyOrg(upper, PartyOrgStatus.DISSOLVED)
    receipt, refusal = await side_by_side(
        house,
        lambda: run_command(advance_party_org, at(house, COMMUNITY), dissolve),
        lambda: found_branch(house, "并发支部二", upper),
    )
    assert receipt.payload["to"] == PartyOrgStatus.DISSOLVED
    assert isinstance(refusal, NotFound)
    with scoped(COURTYARD):
        sql = "SELECT id FROM organization WHERE tenant_id = $1 AND name = '并发支部二'"
        assert await rows(house.database, sql, COURTYARD) == []


async def test_a_branch_stands_below_no_branch(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "二号院落党支部", above)
    wrong = FoundPartyOrg("支部下支部", PartyTier.BRANCH, parent_id=branch)
    await refused("PARTY_TREE", lambda: run_command(found_party_org, at(house), wrong))


async def test_a_group_stands_in_its_branch(house: House, above: uuid.UUID) -> None:
    branch_id = uuid.uuid4()
    branch = FoundPartyOrg(
        "三号院落党支部", PartyTier.BRANCH, upper_id=above, approval_no="3号", elected_on=ELECTED, id=branch_id
    )
    group = FoundPartyOrg("1栋党小组", PartyTier.GROUP, parent_id=branch_id)
    receipt = await run_commands(found_party_org, at(house), [branch, group])
    assert (await one(house, "party_org", receipt.subject_ids[1]))["parent_id"] == branch_id
    assert await counters_agree(house)


async def test_an_upper_organisation_is_of_a_node_above(house: House, above: uuid.UUID) -> None:
    beside = await found_branch(house, "银杏里院落党支部", above, OTHER)
    with pytest.raises(NotFound):
        await found_branch(house, "四号院落党支部", beside)


async def test_a_branch_is_approved_then_elected_then_active(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "五号院落党支部", None)
    assert (await one(house, "party_org", branch))["status"] == "PREPARING"
    step = AdvancePartyOrg
    await refused(
        "PARTY_ORG_STEP",
        lambda: run_command(advance_party_org, at(house), step(branch, PartyOrgStatus.APPROVED, upper_id=above)),
    )
    await refused(
        "PARTY_TREE",
        lambda: run_command(advance_party_org, at(house), step(branch, PartyOrgStatus.APPROVED, approval_no="5号")),
    )
    approve = step(branch, PartyOrgStatus.APPROVED, approval_no="5号", upper_id=above)
    receipt = await run_command(advance_party_org, at(house), approve)
    assert receipt.payload["findings"] == ["W_BRANCH_TOO_SMALL"]
    await refused(
        "PARTY_ORG_STEP", lambda: run_command(advance_party_org, at(house), step(branch, PartyOrgStatus.ACTIVE))
    )
    await run_command(advance_party_org, at(house), step(branch, PartyOrgStatus.ACTIVE, elected_on=TODAY))
    org = await one(house, "party_org", branch)
    assert (org["status"], org["term_end"], org["upper_id"]) == ("ACTIVE", dt.date(2029, 11, 21), above)
    assert (await one(house, "organization", branch))["status"] == "ACTIVE"


async def test_a_branch_is_overdue_after_its_term_and_active_again_after_the_next_election(
    house: House, above: uuid.UUID
) -> None:
    running = AdvancePartyOrg(await found_branch(house, "在任支部", above), PartyOrgStatus.OVERDUE)
    await refused("TERM_NOT_OVER", lambda: run_command(advance_party_org, at(house), running))
    old = FoundPartyOrg(
        "届满支部", PartyTier.BRANCH, upper_id=above, approval_no="7号", elected_on=dt.date(2023, 11, 21)
    )
    branch = (await run_command(found_party_org, at(house), old)).subject_id
    assert branch is not None
    await run_command(advance_party_org, at(house), AdvancePartyOrg(branch, PartyOrgStatus.OVERDUE))
    assert (await one(house, "organization", branch))["status"] == "OVERDUE"
    again = AdvancePartyOrg(branch, PartyOrgStatus.ACTIVE, elected_on=TODAY)
    await run_command(advance_party_org, at(house), again)
    assert (await one(house, "party_org", branch))["term_end"] == dt.date(2029, 11, 21)


async def test_a_branch_with_members_is_not_dissolved(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "六号院落党支部", above)
    membership = await member(house, branch, "何文清")
    dissolve = AdvancePartyOrg(branch, PartyOrgStatus.DISSOLVED)
    await refused("PARTY_ORG_NOT_EMPTY", lambda: run_command(advance_party_org, at(house), dissolve))
    await run_command(end_membership, at(house), EndMembership(membership, PartyMembershipStatus.DECEASED))
    await run_command(advance_party_org, at(house), dissolve)
    assert (await one(house, "organization", branch))["dissolved_on"] == TODAY
    assert await counters_agree(house)


async def test_a_committee_with_branches_in_courtyards_is_not_dissolved(house: House) -> None:
    org = FoundPartyOrg("银杏第二党委", PartyTier.COMMITTEE, approval_no="2号", elected_on=ELECTED)
    upper = (await run_command(found_party_org, at(house, COMMUNITY), org)).subject_id
    assert upper is not None
    branch = await found_branch(house, "八号院落党支部", upper)
    dissolve = AdvancePartyOrg(upper, PartyOrgStatus.DISSOLVED)
    await refused("PARTY_ORG_NOT_EMPTY", lambda: run_command(advance_party_org, at(house, COMMUNITY), dissolve))
    await run_command(advance_party_org, at(house), AdvancePartyOrg(branch, PartyOrgStatus.DISSOLVED))
    await run_command(advance_party_org, at(house, COMMUNITY), dissolve)


async def test_offices_end_with_their_party_organisation(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "七号院落党支部", above)
    secretary = AppointSeat(branch, await person(house, "蒋建国"), "SECRETARY", ELECTED)
    seat = (await run_command(appoint_seat, at(house), secretary)).subject_id
    await run_command(advance_party_org, at(house), AdvancePartyOrg(branch, PartyOrgStatus.DISSOLVED))
    assert (await one(house, "seat", seat))["ended_on"] == TODAY
    assert (await one(house, "organization", branch))["dissolved_on"] == TODAY
    assert await counters_agree(house)


async def test_a_joint_branch_belongs_to_the_lowest_common_node_and_covers_courtyards(
    house: House, above: uuid.UUID
) -> None:
    def joint(covers: tuple[int, ...]) -> FoundPartyOrg:
        return FoundPartyOrg(
            "联合党支部", PartyTier.BRANCH, PartyOrgKind.JOINT, parent_id=above,
            approval_no="8号", elected_on=ELECTED, covers=covers,
        )  # fmt: skip

    with pytest.raises(Invalid):
        await run_command(found_party_org, at(house, COMMUNITY), joint((COURTYARD,)))
    with pytest.raises(NotFound):
        await run_command(found_party_org, at(house, COMMUNITY), joint((COURTYARD, COMMUNITY + 77)))
    receipt = await run_command(found_party_org, at(house, COMMUNITY), joint((COURTYARD, OTHER)))
    joint_id = receipt.subject_id
    for courtyard in (COURTYARD, OTHER):
        with scoped(courtyard):
            found = await rows(house.database, "SELECT branch_id FROM branch_coverage WHERE tenant_id = $1", courtyard)
        assert [row["branch_id"] for row in found] == [joint_id]
    person_id = await person(house, "吴光华", tenant=OTHER)
    registered = await run_command(
        register_membership, at(house, OTHER), RegisterMembership(person_id, FULL, joint_org_id=joint_id)
    )
    assert (await one(house, "party_membership", registered.subject_id, OTHER))["joint_org_id"] == joint_id
    assert await counters_agree(house, OTHER)
    assert await counters_agree(house, COMMUNITY)


async def test_a_joint_branch_ends_once_its_members_elsewhere_have_left_and_covers_nothing_more(
    house: House, above: uuid.UUID
) -> None:
    org = FoundPartyOrg(
        "第二联合党支部", PartyTier.BRANCH, PartyOrgKind.JOINT, parent_id=above,
        approval_no="9号", elected_on=ELECTED, covers=(COURTYARD, OTHER),
    )  # fmt: skip
    joint = (await run_command(found_party_org, at(house, COMMUNITY), org)).subject_id
    assert joint is not None
    person_id = await person(house, "邓素芬", tenant=OTHER)
    registering = RegisterMembership(person_id, FULL, joint_org_id=joint)
    membership = (await run_command(register_membership, at(house, OTHER), registering)).subject_id
    assert membership is not None
    dissolve = AdvancePartyOrg(joint, PartyOrgStatus.DISSOLVED)
    await refused("PARTY_ORG_NOT_EMPTY", lambda: run_command(advance_party_org, at(house, COMMUNITY), dissolve))
    ending = EndMembership(membership, PartyMembershipStatus.DECEASED)
    await run_command(end_membership, at(house, OTHER), ending)
    await run_command(advance_party_org, at(house, COMMUNITY), dissolve)
    for courtyard in (COURTYARD, OTHER):
        with scoped(courtyard):
            sql = "SELECT ended_on FROM branch_coverage WHERE tenant_id = $1 AND branch_id = $2"
            [row] = await rows(house.database, sql, courtyard, joint)
        assert row["ended_on"] == TODAY
    late = RegisterMembership(await person(house, "迟到人", tenant=OTHER), FULL, joint_org_id=joint)
    await refused("NOT_FOUND", lambda: run_command(register_membership, at(house, OTHER), late))


# memberships ----------------------------------------------------------------------------------------------------


async def test_registering_counts_and_files_one_record_for_a_list(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "十号院落党支部", above)
    people = [await person(house, f"党员{n}") for n in "甲乙丙丁"]
    wanted = [
        RegisterMembership(each, FULL, branch, joined_on="1990-07-01", confirmed_on="1991-07-01") for each in people[:3]
    ]
    wanted.append(RegisterMembership(people[3], PROBATIONARY, branch, joined_on="2026-05-01"))
    receipt = await run_commands(register_membership, at(house), wanted)
    assert len(receipt.subject_ids) == 4
    with scoped(COURTYARD):
        assert await count_members(at(house), branch) == (3, 4)
    assert await counters_agree(house)


async def test_reporting_in_leaves_thresholds_alone_and_a_second_registration_is_refused(
    house: House, above: uuid.UUID
) -> None:
    """A12."""
    id_number = new_id_number()
    home = await found_branch(house, "甲地院落党支部", above)
    abode = await found_branch(house, "乙地院落党支部", above, OTHER)
    await member(house, home, "钟建平", id_number=id_number)
    twin = await person(house, "钟建平", tenant=OTHER, id_number=id_number)
    with pytest.raises(NotRegistrable) as caught:
        await run_command(register_membership, at(house, OTHER), RegisterMembership(twin, FULL, abode))
    assert "甲地" not in str(caught.value)
    await run_command(
        register_membership,
        at(house, OTHER),
        RegisterMembership(twin, FULL, abode, relation=PartyRelation.REPORTED_IN, employer="区教育局"),
    )
    with scoped(OTHER):
        assert await count_members(at(house, OTHER), abode) == (0, 0)
    assert await counters_agree(house, OTHER)


async def test_a_member_transferred_out_may_be_registered_elsewhere(house: House, above: uuid.UUID) -> None:
    id_number = new_id_number()
    home = await found_branch(house, "丙地院落党支部", above)
    there = await found_branch(house, "丁地院落党支部", above, OTHER)
    membership = await member(house, home, "罗志成", id_number=id_number)
    await run_command(
        transfer_membership, at(house), TransferMembership(membership, destination="丁地院落党支部", day=TODAY)
    )
    second = await member(house, there, "罗志成", tenant=OTHER, id_number=id_number)
    old, new = await one(house, "party_membership", membership), await one(house, "party_membership", second, OTHER)
    assert (old["status"], old["ended_on"]) == ("TRANSFERRED", TODAY)
    assert (new["status"], new["is_verified"]) == ("ACTIVE", True)
    assert await counters_agree(house)


async def test_a_transfer_inside_the_courtyard_closes_one_membership_and_opens_the_next(
    house: House, above: uuid.UUID
) -> None:
    first = await found_branch(house, "第一支部", above)
    second = await found_branch(house, "第二支部", above)
    membership = await member(house, first, "邓学文", id_number=new_id_number())
    receipt = await run_command(transfer_membership, at(house), TransferMembership(membership, second))
    opened = await one(house, "party_membership", uuid.UUID(str(receipt.payload["opened"])))
    assert (opened["org_id"], opened["started_on"], opened["is_verified"]) == (second, dt.date(2026, 11, 22), True)
    await refused(
        "MEMBERSHIP_ENDED",
        lambda: run_command(transfer_membership, at(house), TransferMembership(membership, second)),
    )
    assert await counters_agree(house)


async def test_a_transfer_of_today_can_be_put_right_today(house: House, above: uuid.UUID) -> None:
    here, wrong = await found_branch(house, "原支部", above), await found_branch(house, "误转支部", above)
    membership = await member(house, here, "邓学武")
    moved = await run_command(transfer_membership, at(house), TransferMembership(membership, wrong))
    back = TransferMembership(uuid.UUID(str(moved.payload["opened"])), here)
    receipt = await run_command(transfer_membership, at(house), back)
    opened = await one(house, "party_membership", uuid.UUID(str(receipt.payload["opened"])))
    assert (opened["org_id"], opened["status"]) == (here, "ACTIVE")
    assert await counters_agree(house)


async def test_a_person_has_one_membership_per_courtyard_and_joins_at_eighteen(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "年龄支部", above)
    person_id = await person(house, "周天福", birth="1990-05-10")
    young = RegisterMembership(person_id, FULL, branch, joined_on="2008-05-09")
    await refused("JOIN_UNDER_18", lambda: run_command(register_membership, at(house), young))
    short = RegisterMembership(person_id, FULL, branch, joined_on="2008-05-10", confirmed_on="2009-01-01")
    receipt = await run_command(register_membership, at(house), short)
    assert receipt.payload["findings"] == ["W_PROBATION_LT_1Y"]
    await refused("ALREADY_MEMBER", lambda: run_command(register_membership, at(house), short))


async def test_a_membership_without_id_number_is_unverified(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "无证支部", above)
    assert (await one(house, "party_membership", await member(house, branch, "唐树林")))["is_verified"] is False


async def test_confirmation_moves_the_counters_and_floating_out_keeps_the_registration(
    house: House, above: uuid.UUID
) -> None:
    id_number = new_id_number("20000101")
    branch = await found_branch(house, "转正支部", above)
    person_id = await person(house, "彭子涵", id_number=id_number)
    wanted = RegisterMembership(person_id, PROBATIONARY, branch, joined_on="2025-10-01")
    membership = (await run_command(register_membership, at(house), wanted)).subject_id
    assert membership is not None
    confirm = AmendMembership(membership, type=FULL, confirmed_on="2026-10-01")
    assert (await run_command(amend_membership, at(house), confirm)).payload["fields"] == ["confirmed_on", "type"]
    assert await counters_agree(house)
    away = AmendMembership(membership, relation=PartyRelation.FLOATING_OUT)
    await run_command(amend_membership, at(house), away)
    assert await counters_agree(house)
    twin = await person(house, "彭子涵", tenant=OTHER, id_number=id_number)
    there = await found_branch(house, "转入支部", above, OTHER)
    with pytest.raises(NotRegistrable):
        await run_command(register_membership, at(house, OTHER), RegisterMembership(twin, FULL, there))


async def test_a_list_is_refused_as_a_whole(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "整批支部", above)
    good = await person(house, "冯桂芳")
    wanted = [RegisterMembership(good, FULL, branch), RegisterMembership(uuid.uuid4(), FULL, branch)]
    with pytest.raises(NotFound):
        await run_commands(register_membership, at(house), wanted)
    with scoped(COURTYARD):
        assert await count_members(at(house), branch) == (0, 0)
    assert await counters_agree(house)


async def test_only_the_branch_secretary_registers_members(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "权限支部", above)
    person_id = await person(house, "曾秀英")
    wanted = RegisterMembership(person_id, FULL, branch)
    here = Range(COURTYARD, COURTYARD)
    for role in ("COUNCIL_DIRECTOR", "RESIDENT", "BRANCH_COMMITTEE", "COMMUNITY_SECRETARY"):
        with pytest.raises(Forbidden):
            await run_command(register_membership, at(house, actor=viewer(house, role, here)), wanted)
    secretary = viewer(house, "BRANCH_SECRETARY", here)
    receipt = await run_command(register_membership, at(house, actor=secretary), wanted)
    assert receipt.subject_id is not None


# reports-in -------------------------------------------------------------------------------------------------------


async def test_a_report_in_is_accepted_after_the_residence_was_checked(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "报到支部", above)
    person_id = await person(house, "肖雨桐")
    report = (
        await run_command(submit_dual_report, at(house), SubmitDualReport("区税务局", person_id, skills=("法律",)))
    ).subject_id
    assert report is not None
    accept = DecideDualReport(report, accepted=True, org_id=branch)
    with pytest.raises(ResidenceUnchecked):
        await run_command(decide_dual_report, at(house), accept)
    dwelling = (await run_command(yuanluo.add_dwelling, at(house), yuanluo.AddDwelling(9, 1, "901", 5000))).subject_id
    assert dwelling is not None
    await run_command(yuanluo.move_in, at(house), MoveIn(dwelling, (Resident(person_id),), Occupancy.OWNER_OCCUPIED))
    himself = viewer(house, "BRANCH_SECRETARY", Range(COURTYARD, COURTYARD), ((COURTYARD, person_id),))
    with pytest.raises(OwnReport):
        await run_command(decide_dual_report, at(house, actor=himself), accept)
    await run_command(decide_dual_report, at(house), accept)
    stored = await one(house, "dual_report", report)
    membership = await one(house, "party_membership", stored["membership_id"])
    assert (stored["status"], membership["relation"], membership["employer"]) == ("ACCEPTED", "REPORTED_IN", "区税务局")
    await refused("DUAL_REPORT_STEP", lambda: run_command(decide_dual_report, at(house), accept))
    for status in (DualReportStatus.SERVING, DualReportStatus.APPRAISED):
        with pytest.raises(OwnReport):
            await run_command(move_dual_report, at(house, actor=himself), MoveDualReport(report, status))
        await run_command(move_dual_report, at(house), MoveDualReport(report, status))
    leaving = MoveDualReport(report, DualReportStatus.CLOSED, "搬离")
    await run_command(move_dual_report, at(house, actor=himself), leaving)
    assert (await one(house, "party_membership", stored["membership_id"]))["status"] == "TRANSFERRED"
    assert await counters_agree(house)


async def test_a_rejection_needs_its_reason(house: House) -> None:
    person_id = await person(house, "冉某")
    report = (await run_command(submit_dual_report, at(house), SubmitDualReport("某中学", person_id))).subject_id
    assert report is not None
    with pytest.raises(Invalid):
        await run_command(decide_dual_report, at(house), DecideDualReport(report, accepted=False))
    blank = DecideDualReport(report, accepted=False, reason="  ")
    await refused("REASON_REQUIRED", lambda: run_command(decide_dual_report, at(house), blank))
    await run_command(decide_dual_report, at(house), DecideDualReport(report, accepted=False, reason="不在本院居住"))
    assert (await one(house, "dual_report", report))["status"] == "REJECTED"


# parameters -------------------------------------------------------------------------------------------------------


async def test_a_parameter_set_above_holds_below_from_its_day_on(house: House) -> None:
    wanted = SetPartyParameter("branch.term_years", 4, dt.date(2026, 12, 1), "区委组织部通知")
    await run_command(set_party_parameter, at(house, DISTRICT), wanted)
    with scoped(COURTYARD):
        assert (await load_thresholds(at(house))).term_years == 3
        assert (await load_thresholds(at(house), dt.date(2026, 12, 1))).term_years == 4


async def test_a_parameter_keeps_its_bounds_and_is_never_set_in_the_past(house: House) -> None:
    fixed = SetPartyParameter("branch.min_full", 2, TODAY, "某文件")
    await refused("PARAMETER_BOUND", lambda: run_command(set_party_parameter, at(house), fixed))
    late = SetPartyParameter("branch.term_years", 4, dt.date(2026, 1, 1), "某文件")
    with pytest.raises(Invalid):
        await run_command(set_party_parameter, at(house), late)


async def test_two_branches_of_one_id_are_a_conflict(house: House, above: uuid.UUID) -> None:
    branch = await found_branch(house, "重号支部", above)
    again = FoundPartyOrg("又一支部", PartyTier.BRANCH, id=branch)
    with pytest.raises(Conflict):
        await run_command(found_party_org, at(house), again)
