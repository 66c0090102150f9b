"""What has happened is not recorded before its day: every date that a command takes, on both engines (N7)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, TODAY, at, make_house

import yuanluo
from yuanluo import (
    AddDwelling,
    AppointSeat,
    ChangeOwnership,
    Command,
    CreateOrganization,
    CreatePerson,
    DateInFuture,
    DissolveOrganization,
    EndSeat,
    House,
    MoveIn,
    MoveOut,
    Occupancy,
    OwnerShare,
    Plugins,
    Refused,
    Resident,
    SeatEnd,
    UpdateOrganization,
    UpdatePerson,
    check_moment_not_future,
    check_not_future,
    fixed_clock,
    run_command,
    scoped,
)
from yuanluo.clock import SHANGHAI
from yuanluo.inputs import InputField
from yuanluo_council.bodies import CreateBody, DissolveBody, create_body, dissolve_body
from yuanluo_council.opinions import (
    AnswerOpinion,
    CloseOpinion,
    CollectOpinion,
    RegisterOpinion,
    TriageOpinion,
    answer_opinion,
    close_opinion,
    collect_opinion,
    register_opinion,
    triage_opinion,
)
from yuanluo_council.regulations import (
    AdoptVersion,
    ConsultOnVersion,
    DraftVersion,
    RegisterRegulation,
    adopt_version,
    consult_on_version,
    draft_version,
    register_regulation,
)
from yuanluo_council.tables import BodyKind, OpinionCategory, RegulationKind
from yuanluo_culture.planning import PlanActivity
from yuanluo_culture.recording import Attendance, RecordActivity, record_activity
from yuanluo_culture.terms import ActivityKind
from yuanluo_culture.volunteering import RecordService, record_service
from yuanluo_finance.chart import BANK
from yuanluo_finance.commands import (
    ClosePeriod,
    ConfirmPeriod,
    DraftVoucher,
    OpenFund,
    PostVoucher,
    PublishPeriod,
    ReverseVoucher,
    VoucherLine,
    close_period,
    confirm_period,
    draft_voucher,
    open_fund,
    post_voucher,
    publish_period,
    reverse_voucher,
)
from yuanluo_finance.tables import FundKind, VoucherKind
from yuanluo_party.commands import (
    advance_party_org,
    amend_membership,
    end_membership,
    found_party_org,
    register_membership,
    submit_dual_report,
    transfer_membership,
)
from yuanluo_party.dual_reports import SubmitDualReport
from yuanluo_party.memberships import AmendMembership, EndMembership, RegisterMembership, TransferMembership
from yuanluo_party.organizations import AdvancePartyOrg, FoundPartyOrg
from yuanluo_party.terms import PartyMembershipStatus, PartyMemberType, PartyOrgStatus, PartyTier
from yuanluo_tenants.columns import Kind

TOMORROW: Final = TODAY + dt.timedelta(days=1)
NEXT_MONTH: Final = "2026-12"
NOON: Final = dt.datetime.combine(TODAY, dt.time(12), SHANGHAI)
HOUR: Final = dt.timedelta(hours=1)
FULL: Final = PartyMemberType.FULL
DUTIES: Final = RegulationKind.DUTY_LISTS
COVENANT: Final = RegulationKind.COVENANT

MAY_LIE_AHEAD: Final = frozenset(
    {
        "activity.plan ends_at", "activity.plan festival_day", "activity.plan starts_at",
        "activity.revise ends_at", "activity.revise starts_at",
        "activity.record activity.ends_at", "activity.record activity.festival_day",
        "activity.record activity.starts_at",
        "party_parameter.set effective_on", "regulation.adopt effective_on",
        "role.grant ended_on", "role.grant started_on", "seat.appoint term_end",
    }
)  # fmt: skip
"""Dates of what is planned, granted or ordered. What is recorded as held is refused as ACTIVITY_NOT_OVER until it is
over, and only what was cancelled may have been planned for later."""

OTHERWISE: Final = {
    "regulation.register adopted_on": "DATE_ORDER",
    "regulation.register effective_on": "NOT_IN_FORCE",
    "volunteer.record_service check_in": "SERVICE_LENGTH",
}
"""Dates that are refused beside another one, by the code of that."""


@dataclass(frozen=True, slots=True)
class World:
    """A courtyard of which something has happened already."""

    house: House
    person: uuid.UUID
    dwelling: uuid.UUID
    lived_in: uuid.UUID
    club: uuid.UUID
    body: uuid.UUID
    seat: uuid.UUID
    committee: uuid.UUID
    branch: uuid.UUID
    other_branch: uuid.UUID
    approved: uuid.UUID
    membership: uuid.UUID
    newcomer: uuid.UUID
    fund: uuid.UUID
    voucher: uuid.UUID
    prepared: uuid.UUID
    closed: uuid.UUID
    opinion: uuid.UUID
    draft: uuid.UUID
    consulted: uuid.UUID


async def made(house: House, command: Command[Any], item: Any, tenant: int = COURTYARD) -> uuid.UUID:
    receipt = await run_command(command, at(house, tenant), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def month_of(house: House, month: str) -> uuid.UUID:
    with scoped(COURTYARD):
        sql = "SELECT id FROM period WHERE tenant_id = $1 AND month = $2"
        return uuid.UUID(str(await yuanluo.value(house.database, sql, COURTYARD, month)))


def lines(fund: uuid.UUID) -> tuple[VoucherLine, VoucherLine]:
    return VoucherLine(fund, BANK, debit_fen=100), VoucherLine(fund, "4101", credit_fen=100)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    house = await make_house(make_database, Plugins.load())
    person, newcomer = [await made(house, yuanluo.create_person, CreatePerson(name)) for name in ("张建国", "李素芬")]
    dwelling = await made(house, yuanluo.add_dwelling, AddDwelling(1, 1, "101", 5832))
    lived_in = await made(house, yuanluo.add_dwelling, AddDwelling(1, 1, "102", 5832))
    await made(house, yuanluo.move_in, MoveIn(lived_in, (Resident(person),), Occupancy.OWNER_OCCUPIED))
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "棋社"))
    seat = await made(house, yuanluo.appoint_seat, AppointSeat(club, person, "CHAIR", dt.date(2026, 1, 1)))
    elected = {"approval_no": "1号", "elected_on": dt.date(2025, 3, 1)}
    committee = await made(house, found_party_org, FoundPartyOrg("社区党委", PartyTier.COMMITTEE, **elected), COMMUNITY)
    below = {"tier": PartyTier.BRANCH, "upper_id": committee}
    branch, other_branch = [
        await made(house, found_party_org, FoundPartyOrg(name, **below, **elected)) for name in ("一支部", "二支部")
    ]
    approved = await made(house, found_party_org, FoundPartyOrg("三支部", **below, approval_no="3号"))
    fund = await made(house, open_fund, OpenFund(FundKind.PUBLIC_REVENUE, "公共收益"))
    vouchers = [
        await made(house, post_voucher, PostVoucher(VoucherKind.RECEIPT, f"2026-{month}-08", "停车费", lines(fund)))
        for month in ("08", "09", "10", "11")
    ]
    for month in ("2026-08", "2026-09"):
        await made(house, close_period, ClosePeriod(await month_of(house, month)))
    await made(house, confirm_period, ConfirmPeriod(await month_of(house, "2026-08")))
    opinion = await made(house, collect_opinion, CollectOpinion("路灯坏了", OpinionCategory.FACILITY))
    await made(house, triage_opinion, TriageOpinion(opinion, assignee_name="王秀英"))
    await made(house, answer_opinion, AnswerOpinion(opinion, "已报修"))
    consulted = await made(house, draft_version, DraftVersion(DUTIES, "第一条"))
    before = dataclasses.replace(at(house), clock=fixed_clock(dt.date(2026, 11, 2)))
    await run_command(consult_on_version, before, ConsultOnVersion(consulted))
    return World(
        house,
        person,
        dwelling,
        lived_in,
        club,
        await made(house, create_body, CreateBody(BodyKind.FORUM, "恳谈会")),
        seat,
        committee,
        branch,
        other_branch,
        approved,
        await made(house, register_membership, RegisterMembership(person, FULL, branch)),
        newcomer,
        fund,
        vouchers[-1],
        await month_of(house, "2026-09"),
        await month_of(house, "2026-08"),
        opinion,
        await made(house, draft_version, DraftVersion(DUTIES, "第二条")),
        consulted,
    )


Act = Callable[[World], tuple[Command[Any], Any]]


def held(signed_up_at: dt.datetime, checked_in_at: dt.datetime | None = None) -> Act:
    def act(world: World) -> tuple[Command[Any], Any]:
        plan = PlanActivity(ActivityKind.FESTIVAL, "茶话会", NOON - 3 * HOUR, NOON - HOUR, "院坝")
        return record_activity, RecordActivity(
            plan, attendance=(Attendance(world.person, signed_up_at, checked_in_at),)
        )

    return act


AHEAD: Final[dict[str, Act]] = {
    "activity.record attendance.checked_in_at": held(NOON - HOUR, NOON + HOUR),
    "activity.record attendance.signed_up_at": held(NOON + HOUR),
    "body.create established_on": lambda w: (
        create_body, CreateBody(BodyKind.OWNERS_ASSEMBLY, "业主大会", established_on=NEXT_MONTH),
    ),
    "body.dissolve dissolved_on": lambda w: (dissolve_body, DissolveBody(w.body, TOMORROW)),
    "dual_report.submit reported_on": lambda w: (
        submit_dual_report, SubmitDualReport("某厂", w.newcomer, reported_on=NEXT_MONTH),
    ),
    "fund.open opened_on": lambda w: (open_fund, OpenFund(FundKind.SELF_MANAGED_FEES, "自管费", opened_on=TOMORROW)),
    "opinion.close closed_on": lambda w: (close_opinion, CloseOpinion(w.opinion, "已修好", TOMORROW)),
    "opinion.collect received_on": lambda w: (
        collect_opinion, CollectOpinion("噪声", OpinionCategory.OTHER, received_on=TOMORROW),
    ),
    "opinion.register closed_on": lambda w: (register_opinion, RegisterOpinion("噪声", closed_on="2027")),
    "opinion.register received_on": lambda w: (register_opinion, RegisterOpinion("噪声", received_on=NEXT_MONTH)),
    "organization.create established_on": lambda w: (
        yuanluo.create_organization, CreateOrganization("CLUB", "画社", established_on="2027"),
    ),
    "organization.dissolve dissolved_on": lambda w: (
        yuanluo.dissolve_organization, DissolveOrganization(w.club, TOMORROW),
    ),
    "organization.update established_on": lambda w: (
        yuanluo.update_organization, UpdateOrganization(w.club, established_on="2026-11-23"),
    ),
    "ownership.change day": lambda w: (
        yuanluo.change_ownership, ChangeOwnership(w.dwelling, (OwnerShare(w.person),), TOMORROW),
    ),
    "party_membership.amend confirmed_on": lambda w: (
        amend_membership, AmendMembership(w.membership, confirmed_on=NEXT_MONTH),
    ),
    "party_membership.amend joined_on": lambda w: (amend_membership, AmendMembership(w.membership, joined_on="2027")),
    "party_membership.end day": lambda w: (
        end_membership, EndMembership(w.membership, PartyMembershipStatus.WITHDRAWN, TOMORROW),
    ),
    "party_membership.register confirmed_on": lambda w: (
        register_membership, RegisterMembership(w.newcomer, FULL, w.branch, confirmed_on="2026-11-23"),
    ),
    "party_membership.register joined_on": lambda w: (
        register_membership, RegisterMembership(w.newcomer, FULL, w.branch, joined_on=NEXT_MONTH),
    ),
    "party_membership.register started_on": lambda w: (
        register_membership, RegisterMembership(w.newcomer, FULL, w.branch, started_on=TOMORROW),
    ),
    "party_membership.transfer day": lambda w: (
        transfer_membership, TransferMembership(w.membership, w.other_branch, day=TOMORROW),
    ),
    "party_org.advance elected_on": lambda w: (
        advance_party_org, AdvancePartyOrg(w.approved, PartyOrgStatus.ACTIVE, elected_on=TOMORROW),
    ),
    "party_org.found elected_on": lambda w: (
        found_party_org,
        FoundPartyOrg("四支部", PartyTier.BRANCH, upper_id=w.committee, approval_no="4号", elected_on=TOMORROW),
    ),
    "party_org.found established_on": lambda w: (
        found_party_org, FoundPartyOrg("五支部", PartyTier.BRANCH, established_on=NEXT_MONTH),
    ),
    "period.confirm closed_on": lambda w: (confirm_period, ConfirmPeriod(w.prepared, TOMORROW)),
    "period.publish published_on": lambda w: (publish_period, PublishPeriod(w.closed, TOMORROW)),
    "person.create birth": lambda w: (yuanluo.create_person, CreatePerson("何欣怡", birth=NEXT_MONTH)),
    "person.update birth": lambda w: (yuanluo.update_person, UpdatePerson(w.person, birth="2027")),
    "regulation.adopt adopted_on": lambda w: (
        adopt_version, AdoptVersion(w.consulted, "决议1号", dt.date(2027, 1, 1), adopted_on=TOMORROW),
    ),
    "regulation.consult consult_from": lambda w: (consult_on_version, ConsultOnVersion(w.draft, TOMORROW)),
    "regulation.register adopted_on": lambda w: (
        register_regulation, RegisterRegulation(COVENANT, "第一条", "决议1号", TOMORROW, TODAY, "会议记录"),
    ),
    "regulation.register effective_on": lambda w: (
        register_regulation, RegisterRegulation(COVENANT, "第一条", "决议1号", TODAY - dt.timedelta(9), TOMORROW, "会议记录"),
    ),
    "residency.move_in day": lambda w: (
        yuanluo.move_in, MoveIn(w.dwelling, (Resident(w.newcomer),), Occupancy.RENTED, TOMORROW),
    ),
    "residency.move_out day": lambda w: (yuanluo.move_out, MoveOut(w.lived_in, TOMORROW)),
    "seat.appoint ended_on": lambda w: (
        yuanluo.appoint_seat,
        AppointSeat(w.club, w.newcomer, "VICE", TODAY, ended_on=TOMORROW, ended_by=SeatEnd.TERM),
    ),
    "seat.appoint started_on": lambda w: (
        yuanluo.appoint_seat, AppointSeat(w.club, w.newcomer, "VICE", TOMORROW),
    ),
    "seat.end ended_on": lambda w: (yuanluo.end_seat, EndSeat(w.seat, TOMORROW, SeatEnd.RESIGN)),
    "volunteer.record_service check_in": lambda w: (
        record_service, RecordService(w.person, NOON + HOUR, NOON - HOUR),
    ),
    "volunteer.record_service check_out": lambda w: (
        record_service, RecordService(w.person, NOON - HOUR, NOON + HOUR),
    ),
    "voucher.draft entry_date": lambda w: (
        draft_voucher, DraftVoucher(VoucherKind.RECEIPT, "2026-11-23", "停车费", lines(w.fund)),
    ),
    "voucher.post entry_date": lambda w: (
        post_voucher, PostVoucher(VoucherKind.RECEIPT, "2026-11-23", "停车费", lines(w.fund)),
    ),
    "voucher.reverse entry_date": lambda w: (reverse_voucher, ReverseVoucher(w.voucher, "录错", "2026-11-23")),
}  # fmt: skip
"""What has happened, by command and field, dated later than today."""


def dates_of(fields: Iterable[InputField], within: str = "") -> Iterator[str]:
    for each in fields:
        if each.fields:
            yield from dates_of(each.fields, f"{within}{each.name}.")
        elif each.kind in (Kind.DAY, Kind.MOMENT, Kind.PARTIAL_DATE):
            yield within + each.name


def test_every_date_that_a_command_takes_has_happened_or_may_lie_ahead() -> None:
    forms = yuanluo.Composition.of(Plugins.load()).forms
    found = {f"{command} {date}" for command, form in forms.items() for date in dates_of(form.fields)}
    assert found == MAY_LIE_AHEAD | AHEAD.keys()


@pytest.mark.parametrize("name", sorted(AHEAD))
async def test_what_has_happened_is_not_dated_in_the_future(world: World, name: str) -> None:
    command, item = AHEAD[name](world)
    sequence = await filed(world)
    with pytest.raises(Refused) as refused:
        await run_command(command, at(world.house), item)
    assert refused.value.stable_code == OTHERWISE.get(name, "DATE_FUTURE")
    if isinstance(refused.value, DateInFuture):
        assert refused.value.field == name.rpartition(" ")[2].rpartition(".")[2]
    assert await filed(world) == sequence


async def filed(world: World) -> Any:
    with scoped(COURTYARD):
        return await yuanluo.value(world.house.database, "SELECT sequence FROM record_head")


async def test_nobody_is_born_after_today_by_his_id_number_either(world: World) -> None:
    item = CreatePerson("何子涵", id_number="510100202611230018")
    with pytest.raises(DateInFuture) as refused:
        await run_command(yuanluo.create_person, at(world.house), item)
    assert refused.value.field == "id_number"


@pytest.mark.parametrize("day", [None, "2026", "2026-11", "2026-11-22", TODAY, dt.date(1958, 7, 2)])
def test_a_day_is_compared_as_far_as_it_is_known(day: dt.date | str | None) -> None:
    check_not_future(day, TODAY, "day")


@pytest.mark.parametrize("day", ["2027", "2026-12", "2026-11-23", TOMORROW])
def test_a_day_that_has_not_come_is_refused_in_both_languages(day: dt.date | str) -> None:
    with pytest.raises(DateInFuture) as refused:
        check_not_future(day, TODAY, "joined_on", rule="R16")
    wrong = refused.value
    assert (wrong.stable_code, wrong.field, wrong.rule) == ("DATE_FUTURE", "joined_on", "R16")
    assert wrong.zh == f"{day} 晚于今天,只能登记已发生的事。"
    assert wrong.en == f"{day} lies in the future; only what has happened is recorded."


def test_a_moment_is_compared_to_the_moment() -> None:
    check_moment_not_future(None, NOON, "check_out")
    check_moment_not_future(NOON, NOON, "check_out")
    with pytest.raises(DateInFuture, match="2026-11-22 12:01"):
        check_moment_not_future(NOON + dt.timedelta(minutes=1), NOON, "check_out")
