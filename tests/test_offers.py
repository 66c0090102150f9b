"""An offer says of a row what its command would say: refused where that is refused, open where it runs.

For every command with an offer there are rows in each state, and for each row inputs that are valid but for the
state. The command is run on the row and undone; the offer, which sees the row's columns alone, must agree.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import pytest
import pytest_asyncio
from culture_world import viewer
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, TODAY, at, make_house

import yuanluo
from yuanluo import (
    AppointSeat,
    CommandContext,
    Composition,
    CreateOrganization,
    CreatePerson,
    DissolveOrganization,
    EndSeat,
    House,
    OfferContext,
    OpenCourtyard,
    Organization,
    OrganizationStatus,
    Person,
    Plugins,
    Refused,
    Seat,
    SeatEnd,
    UpdateOrganization,
    run_command,
    scoped,
)
from yuanluo.administration import row_of
from yuanluo.data_requests import (
    AnswerDataRequest,
    DataRequest,
    DataRequestKind,
    DataRequestStatus,
    ErasePerson,
    ExportPerson,
)
from yuanluo.importing import ImportBatch
from yuanluo.undoing import UndoImport
from yuanluo.webhooks.commands import CreateWebhook, PauseWebhook, create_webhook, pause_webhook
from yuanluo_council.bodies import DissolveBody
from yuanluo_council.opinions import (
    AnswerOpinion,
    CloseOpinion,
    MergeOpinion,
    ProposeOpinion,
    RateOpinion,
    ReferOpinion,
    TriageOpinion,
)
from yuanluo_council.regulations import AdoptVersion, ConsultOnVersion, EnforceVersion
from yuanluo_council.tables import (
    Body,
    BodyKind,
    Opinion,
    OpinionStatus,
    Regulation,
    RegulationKind,
    RegulationStatus,
    RegulationVersion,
    Satisfaction,
)
from yuanluo_culture.attendance import CancelSignUp, CheckIn, SignUp
from yuanluo_culture.planning import AdvanceActivity, CancelActivity, ReviseActivity
from yuanluo_culture.tables import Activity, ActivitySignup
from yuanluo_culture.terms import ActivityKind, ActivityStatus, SignupState
from yuanluo_finance.commands import (
    CloseFund,
    ClosePeriod,
    ConfirmPeriod,
    DraftVoucher,
    OpenFund,
    PostVoucher,
    PublishPeriod,
    ReturnPeriod,
    ReverseVoucher,
    VoidVoucher,
    VoucherLine,
    close_fund,
    close_period,
    confirm_period,
    draft_voucher,
    open_fund,
    post_voucher,
    publish_period,
    reverse_voucher,
    void_voucher,
)
from yuanluo_finance.tables import FundKind, VoucherKind
from yuanluo_party.dual_reports import DecideDualReport, MoveDualReport
from yuanluo_party.memberships import AmendMembership, EndMembership, TransferMembership
from yuanluo_party.organizations import AdvancePartyOrg
from yuanluo_party.tables import DualReport, PartyMembership, PartyOrg
from yuanluo_party.terms import (
    DualReportStatus,
    DualReportSubject,
    PartyMembershipStatus,
    PartyMemberType,
    PartyOrgKind,
    PartyOrgStatus,
    PartyRelation,
    PartyTier,
)

HOUR: Final = dt.timedelta(hours=1)

Given = Callable[[uuid.UUID], Sequence[Any]]


@dataclasses.dataclass(slots=True)
class World:
    """Rows in each state, by type; `where` says at which courtyard a row stands."""

    house: House
    rows: dict[str, list[uuid.UUID]] = dataclasses.field(default_factory=lambda: {})
    where: dict[uuid.UUID, int] = dataclasses.field(default_factory=lambda: {})
    inputs: dict[str, Given] = dataclasses.field(default_factory=lambda: {})

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    async def put(self, table: type[yuanluo.Declared], *new: Mapping[str, Any]) -> list[uuid.UUID]:
        """Insert rows as they stand."""
        with scoped(COURTYARD):
            return await at(self.house).insert(table, new)

    def has(self, type_name: str, ids: Sequence[uuid.UUID], tenant: int = COURTYARD) -> None:
        """Remember rows that are looked at."""
        self.rows.setdefault(type_name, []).extend(ids)
        self.where |= dict.fromkeys(ids, tenant)


async def batches(world: World) -> None:
    at_once = {
        "kind": "owner_roster", "file_name": "名册.xlsx", "imported_on": TODAY, "imported_at": at(world.house).now,
        "imported_by": "officer", "record_count": 1, "counts": "{}",
    }  # fmt: skip
    states = ({"keeps_trace": True}, {"keeps_trace": False}, {"keeps_trace": True, "undone_on": TODAY})
    ids = await world.put(
        ImportBatch, *({**at_once, **state, "file_sha256": str(number)} for number, state in enumerate(states))
    )
    world.has("ImportBatch", ids)
    world.inputs["import.undo"] = lambda row: [UndoImport(row, "导错院落")]


async def data_requests(world: World) -> None:
    named = {"name": "何大成", "name_pinyin": "he", "status": yuanluo.PersonStatus.MOVED_OUT, "gender": None}
    people = await world.put(Person, named, {**named, "erased_on": TODAY})
    world.has("Person", people)
    filed = {
        "person_id": people[0], "kind": DataRequestKind.COPY, "filed_on": TODAY, "filed_by": "officer",
    }  # fmt: skip
    world.has("DataRequest", await world.put(DataRequest, *({**filed, "status": each} for each in DataRequestStatus)))
    world.inputs["data_request.refuse"] = lambda row: [AnswerDataRequest(row, "仍有诉讼")]
    world.inputs["person.export"] = lambda row: [ExportPerson(row)]
    world.inputs["person.erase"] = lambda row: [ErasePerson(row)]


async def opinions(world: World) -> None:
    [reporter] = await world.put(
        Person, {"name": "李长富", "name_pinyin": "li", "status": yuanluo.PersonStatus.ACTIVE, "gender": None}
    )
    base = {"content": "路灯不亮", "received_on": "2026-11-02", "reporter_id": reporter}
    ids = await world.put(
        Opinion, *({**base, "number": number, "status": status} for number, status in enumerate(OpinionStatus, 1))
    )
    [other] = await world.put(Opinion, {**base, "number": 99, "status": OpinionStatus.TRIAGED})
    world.has("Opinion", ids)
    world.inputs |= {
        "opinion.triage": lambda row: [TriageOpinion(row, assignee_name="王秀英")],
        "opinion.answer": lambda row: [AnswerOpinion(row, "已答复")],
        "opinion.refer": lambda row: [ReferOpinion(row, "转社区")],
        "opinion.merge": lambda row: [MergeOpinion(row, other, "同一事项")],
        "opinion.propose": lambda row: [ProposeOpinion(row, "提议")],
        "opinion.close": lambda row: [CloseOpinion(row, "已修复")],
        "opinion.rate": lambda row: [RateOpinion(row, Satisfaction.SATISFIED)],
    }


async def regulations(world: World) -> None:
    [regulation] = await world.put(Regulation, {"kind": RegulationKind.DUTY_LISTS, "title": "职责清单"})
    yesterday, tomorrow = TODAY - dt.timedelta(1), TODAY + dt.timedelta(1)
    states: list[dict[str, Any]] = [
        {"status": RegulationStatus.DRAFT},
        {"status": RegulationStatus.CONSULTING, "consult_until": TODAY},
        {"status": RegulationStatus.CONSULTING, "consult_until": yesterday},
        {"status": RegulationStatus.ADOPTED, "consult_until": yesterday, "effective_on": tomorrow},
        {"status": RegulationStatus.ADOPTED, "consult_until": yesterday, "effective_on": TODAY},
        {"status": RegulationStatus.SUPERSEDED, "consult_until": yesterday, "effective_on": yesterday},
    ]
    ids = await world.put(
        RegulationVersion,
        *(
            {"regulation_id": regulation, "version": number, "text": "正文", "adopted_on": yesterday, **state}
            for number, state in enumerate(states, 1)
        ),
    )
    world.has("RegulationVersion", ids)
    world.inputs |= {
        "regulation.consult": lambda row: [ConsultOnVersion(row)],
        "regulation.adopt": lambda row: [AdoptVersion(row, "决议", TODAY)],
        "regulation.enforce": lambda row: [EnforceVersion(row)],
    }


async def activities(world: World) -> None:
    now = at(world.house).now
    [person, guest] = await world.put(
        Person,
        *({"name": name, "name_pinyin": "", "status": yuanluo.PersonStatus.ACTIVE} for name in ("王秀英", "何大成")),
    )
    times = {
        "past": (now - 5 * HOUR, now - 3 * HOUR),
        "on": (now - HOUR, now + HOUR),
        "soon": (now + HOUR, now + 3 * HOUR),
    }
    times["far"] = (now + 30 * HOUR, now + 32 * HOUR)
    ids = await world.put(
        Activity,
        *(
            {
                "kind": ActivityKind.SPORT,
                "title": f"{status.name} {when}",
                "starts_at": starts_at,
                "ends_at": ends_at,
                "day": TODAY,
                "place": "坝子",
                "status": status,
                "check_in_code": "code",
            }
            for status in ActivityStatus
            for when, (starts_at, ends_at) in times.items()
        ),
    )
    line = {"person_id": person, "signed_up_at": now, "state": SignupState.CONFIRMED, "position": 1, "attended": False}
    await world.put(ActivitySignup, *({**line, "activity_id": each} for each in ids))
    world.has("Activity", ids)
    world.inputs |= {
        "activity.revise": lambda row: [ReviseActivity(row, title="新名称")],
        "activity.advance": lambda row: [
            AdvanceActivity(row, to) for to in ActivityStatus if to is not ActivityStatus.CANCELLED
        ],
        "activity.cancel": lambda row: [CancelActivity(row, "下雨")],
        "activity.sign_up": lambda row: [SignUp(row, guest)],
        "activity.cancel_sign_up": lambda row: [CancelSignUp(row, person)],
        "activity.check_in": lambda row: [CheckIn(row, person)],
    }


async def books(world: World) -> None:
    house = world.house

    async def open_books(name: str, month: str = "2026-10") -> tuple[CommandContext, uuid.UUID]:
        opened = await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), OpenCourtyard(name, "沙湾路"))
        tenant = int(opened.payload["number"])
        fund = await run_command(open_fund, at(house, tenant), OpenFund(FundKind.PUBLIC_REVENUE, "公共收益"))
        assert fund.subject_id is not None
        lines = VoucherLine(fund.subject_id, "1002", 900), VoucherLine(fund.subject_id, "4101", credit_fen=900)
        context = at(house, tenant)
        posted = await run_command(
            post_voucher, context, PostVoucher(VoucherKind.RECEIPT, f"{month}-01", "停车费", lines)
        )
        if not name.startswith("账"):
            assert posted.subject_id is not None
            red = await run_command(reverse_voucher, context, ReverseVoucher(posted.subject_id, "录错", "2026-11-01"))
            again = await run_command(
                post_voucher, context, PostVoucher(VoucherKind.RECEIPT, "2026-10-01", "停车费", lines)
            )
            draft = await run_command(
                draft_voucher, context, DraftVoucher(VoucherKind.RECEIPT, "2026-10-01", "停车费", lines)
            )
            assert draft.subject_id is not None
            void = await run_command(void_voucher, context, VoidVoucher(draft.subject_id, "重复"))
            world.has("Voucher", [row for row in (red.subject_id, again.subject_id, void.subject_id) if row], tenant)
        with scoped(tenant):
            period = await yuanluo.value(
                house.database, "SELECT id FROM period WHERE tenant_id = $1 AND month = $2", tenant, month
            )
        return context, period

    steps: list[tuple[Any, Any]] = [
        (close_period, ClosePeriod),
        (confirm_period, ConfirmPeriod),
        (publish_period, PublishPeriod),
    ]
    for count in range(len(steps) + 1):
        context, period = await open_books(f"账{count}")
        for command, given in steps[:count]:
            await run_command(command, context, given(period))
        world.has("Period", [period], context.tenant)
    context, running = await open_books("账当月", "2026-11")
    world.has("Period", [running], context.tenant)
    await open_books("凭证院")
    context = at(house)
    for name in ("启用", "停用"):
        fund = (await run_command(open_fund, context, OpenFund(FundKind.SELF_MANAGED_FEES, name))).subject_id
        assert fund is not None
        if name == "停用":
            await run_command(close_fund, context, CloseFund(fund, "不再使用"))
        world.has("Fund", [fund])
    world.inputs["fund.close"] = lambda row: [CloseFund(row, "不再使用")]
    world.inputs |= {
        "period.close": lambda row: [ClosePeriod(row)],
        "period.return": lambda row: [ReturnPeriod(row, "缺单据")],
        "period.confirm": lambda row: [ConfirmPeriod(row)],
        "period.publish": lambda row: [PublishPeriod(row)],
        "voucher.reverse": lambda row: [ReverseVoucher(row, "录错", "2026-11-02")],
    }


async def party(world: World) -> None:
    people = await world.put(
        Person,
        *({"name": f"党员{n}", "name_pinyin": "", "status": yuanluo.PersonStatus.ACTIVE} for n in range(20)),
    )
    orgs: list[uuid.UUID] = []
    for status in PartyOrgStatus:
        [org] = await world.put(
            Organization,
            {"kind": "PARTY_COMMITTEE", "name": status.name, "status": OrganizationStatus.ACTIVE},
        )
        await world.put(
            PartyOrg,
            {
                "id": org,
                "tier": PartyTier.COMMITTEE,
                "kind": PartyOrgKind.ORDINARY,
                "status": status,
                "term_years": 5,
                "term_end": TODAY - dt.timedelta(1),
            },
        )
        orgs.append(org)
    world.has("PartyOrg", orgs)
    home = orgs[list(PartyOrgStatus).index(PartyOrgStatus.ACTIVE)]
    member = {"type": PartyMemberType.FULL, "relation": PartyRelation.FLOATING_IN, "started_on": dt.date(2026, 1, 1)}
    ids = await world.put(
        PartyMembership,
        *(
            {**member, "person_id": people[n], "org_id": home, "status": status, "is_verified": False}
            for n, status in enumerate(PartyMembershipStatus)
        ),
    )
    world.has("PartyMembership", ids)
    reports = await world.put(
        DualReport,
        *(
            {
                "subject": DualReportSubject.PERSON,
                "person_id": people[10 + n],
                "employer": "某厂",
                "reported_on": "2026-03",
                "status": status,
            }
            for n, status in enumerate(DualReportStatus)
        ),
    )
    world.has("DualReport", reports)
    world.inputs |= {
        "party_org.advance": lambda row: [
            AdvancePartyOrg(row, to, approval_no="批〔2026〕1号", elected_on=TODAY) for to in PartyOrgStatus
        ],
        "party_membership.amend": lambda row: [AmendMembership(row, employer="某校")],
        "party_membership.transfer": lambda row: [TransferMembership(row, destination="外地")],
        "party_membership.end": lambda row: [EndMembership(row, PartyMembershipStatus.LOST_CONTACT)],
        "dual_report.decide": lambda row: [DecideDualReport(row, accepted=True, org_id=home, residence_checked=True)],
        "dual_report.move": lambda row: [MoveDualReport(row, to) for to in DualReportStatus],
    }


async def administration(world: World) -> None:
    here = at(world.house)
    ids: dict[str, list[uuid.UUID]] = {"Account": [], "Grant": [], "ApiToken": [], "WebhookEndpoint": []}
    for number in range(2):
        made = await run_command(yuanluo.create_account, here, yuanluo.CreateAccount(f"offer{number}", "某人"))
        assert made.subject_id is not None
        granted = await run_command(yuanluo.grant_role, here, yuanluo.GrantRole(made.subject_id, "CASHIER"))
        token = await run_command(yuanluo.create_token, here, yuanluo.CreateToken(made.subject_id, "试用"))
        hook = await run_command(create_webhook, here, CreateWebhook("https://receiver.example/", role=""))
        for name, receipt in zip(ids, (made, granted, token, hook), strict=True):
            assert receipt.subject_id is not None
            ids[name].append(receipt.subject_id)
    await run_command(yuanluo.disable_account, here, yuanluo.DisableAccount(ids["Account"][1]))
    await run_command(yuanluo.revoke_role, here, yuanluo.RevokeRole(ids["Grant"][1]))
    await run_command(pause_webhook, here, PauseWebhook(ids["WebhookEndpoint"][1]))
    for name, found in ids.items():
        world.has(name, found)
    world.inputs |= {
        "account.disable": lambda row: [yuanluo.DisableAccount(row)],
        "account.enable": lambda row: [yuanluo.EnableAccount(row)],
        "role.revoke": lambda row: [yuanluo.RevokeRole(row)],
        "token.create": lambda row: [yuanluo.CreateToken(row, "试用")],
        "token.revoke": lambda row: [yuanluo.RevokeToken(row)],
        "webhook.pause": lambda row: [PauseWebhook(row)],
    }


async def seats(world: World) -> None:
    context = at(world.house)
    person = (await run_command(yuanluo.create_person, context, CreatePerson("周福生"))).subject_id
    body = (await run_command(yuanluo.create_organization, context, CreateOrganization("CLUB", "棋社"))).subject_id
    assert person is not None
    assert body is not None
    made: list[uuid.UUID] = []
    for role, ended in (("CHAIR", None), ("MEMBER", dt.date(2026, 6, 30))):
        seat = AppointSeat(
            body, person, role, dt.date(2026, 1, 1), ended_on=ended, ended_by=SeatEnd.TERM if ended else None
        )
        receipt = await run_command(yuanluo.appoint_seat, context, seat)
        assert receipt.subject_id is not None
        made.append(receipt.subject_id)
    world.has(Seat.declared.type_name, made)
    [old] = await world.put(Organization, {"kind": "CLUB", "name": "旧社", "status": OrganizationStatus.DISSOLVED})
    world.has("Organization", [body, old])
    world.inputs["organization.update"] = lambda row: [UpdateOrganization(row, name="新名")]
    world.inputs["organization.dissolve"] = lambda row: [DissolveOrganization(row)]
    for status in (OrganizationStatus.ACTIVE, OrganizationStatus.DISSOLVED):
        [council] = await world.put(Organization, {"kind": "FORUM", "name": status.name, "status": status})
        await world.put(Body, {"id": council, "kind": BodyKind.FORUM, "status": status})
        world.has("Body", [council])
    world.inputs["body.dissolve"] = lambda row: [DissolveBody(row)]
    world.inputs["seat.end"] = lambda row: [EndSeat(row, TODAY, SeatEnd.RESIGN)]


BUILDERS: Final[Sequence[Callable[[World], Awaitable[None]]]] = (
    opinions,
    regulations,
    activities,
    books,
    party,
    seats,
    batches,
    data_requests,
    administration,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    built = World(await make_house(make_database, Plugins.load()))
    for build in BUILDERS:
        await build(built)
    return built


class _Undone(Exception):
    """Undoes what was tried."""


async def refusal_of(world: World, command: Any, context: CommandContext, given: Sequence[Any]) -> Refused | None:
    """Return why the command is refused with every one of the inputs, or None if one of them runs."""
    refused: Refused | None = None
    with scoped(context.tenant):
        for item in given:
            try:
                async with world.database.transaction():
                    await run_command(command, context, item)
                    raise _Undone
            except _Undone:
                return None
            except Refused as refusal:
                refused = refusal
    assert refused is not None
    return refused


def json_form(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


OFFERED: Final = sorted(
    name for name, each in Composition.of(Plugins.load()).commands.items() if each.offer is not None
)


ALWAYS: Final = frozenset({"token.revoke"})
"""Offered on every row to whoever has the rank, as the operator has here."""


@pytest.mark.parametrize("name", OFFERED)
async def test_an_offer_is_refused_exactly_where_its_command_is(world: World, name: str) -> None:
    composition = world.house.composition
    command, form = composition.commands[name], composition.forms[name]
    anchor = form.anchor or form.listed
    assert command.offer is not None
    assert anchor is not None
    table = composition.registry.by_type(anchor.refers or "")
    assert table is not None
    verdicts: dict[bool, int] = {True: 0, False: 0}
    for row_id in world.rows[table.declared.type_name]:
        tenant = world.where[row_id]
        context = at(world.house, tenant)
        columns = ", ".join(command.offer.needs)
        if table.declared.listing is not None:
            row = dict(await row_of(world.database, table, row_id, context.now))
            row = {key: row[key] for key in command.offer.needs}
        else:
            with scoped(tenant):
                [row] = await yuanluo.rows(
                    world.database,
                    f"SELECT {columns} FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2",
                    tenant,
                    row_id,
                )
        shown = {key: json_form(value) for key, value in row.items()}
        said: Refused | None = None
        try:
            command.offer.check(shown, OfferContext(context.actor, tenant, context.now))
        except Refused as refusal:
            said = refusal
        met = await refusal_of(world, command, context, world.inputs[name](row_id))
        assert (said is None) == (met is None), (name, shown, said, met)
        if said is not None and met is not None and len(world.inputs[name](row_id)) == 1:
            assert (said.stable_code, said.rule) == (met.stable_code, met.rule)
        verdicts[said is None] += 1
    if name not in ALWAYS:
        assert all(verdicts.values()), f"{name} is never refused or never open: {verdicts}"


def test_an_offer_says_nothing_of_what_the_viewer_may_not_see(world: World) -> None:
    for name in OFFERED:
        offer = world.house.composition.commands[name].offer
        assert offer is not None
        offer.check(dict.fromkeys(offer.needs), OfferContext(at(world.house).actor, COURTYARD, at(world.house).now))


def looking(world: World, role: str, own: uuid.UUID | None = None) -> OfferContext:
    return OfferContext(viewer(world.house, role, own=own), COURTYARD, at(world.house).now)


def test_a_result_is_rated_by_its_reporter_or_who_may_enter_it_for_him_but_not_by_whose_work_it_is(
    world: World,
) -> None:
    offer = world.house.composition.commands["opinion.rate"].offer
    assert offer is not None
    reporter = uuid.uuid4()
    closed = {"status": "CLOSED", "reporter_id": str(reporter), "assignee_id": None}
    offer.check(closed, looking(world, "RESIDENT", reporter))
    offer.check(closed, looking(world, "SUPERVISOR"))
    for judge in (looking(world, "COUNCIL_MEMBER"), looking(world, "COUNCIL_DIRECTOR", reporter)):
        with pytest.raises(Refused) as refused:
            offer.check(closed, judge)
        assert refused.value.stable_code == "OWN_WORK"
    with pytest.raises(Refused, match="responsible"):
        offer.check({**closed, "assignee_id": str(reporter)}, looking(world, "POST_HOLDER", reporter))
    for stranger in (looking(world, "RESIDENT"), looking(world, "RESIDENT", uuid.uuid4())):
        with pytest.raises(yuanluo.Forbidden):
            offer.check(closed, stranger)


def test_a_walk_in_is_signed_up_at_the_desk_alone(world: World) -> None:
    offer = world.house.composition.commands["activity.sign_up"].offer
    assert offer is not None
    now = at(world.house).now
    running = {"status": "RUNNING", "starts_at": (now - HOUR).isoformat(), "ends_at": (now + HOUR).isoformat()}
    offer.check(running, looking(world, "POST_HOLDER"))
    with pytest.raises(Refused, match="sign-up is not open"):
        offer.check(running, looking(world, "RESIDENT"))


def test_whoever_prepared_a_closing_is_not_offered_to_confirm_it(world: World) -> None:
    offer = world.house.composition.commands["period.confirm"].offer
    assert offer is not None
    here = looking(world, "SUPERVISOR")
    prepared = {"status": "CLOSING", "month": "2026-10", "prepared_by": str(here.viewer.account_id)}
    with pytest.raises(Refused, match="does not confirm"):
        offer.check(prepared, here)
    offer.check({**prepared, "prepared_by": str(uuid.uuid4())}, here)


def test_nobody_is_offered_to_decide_on_his_own_report_in(world: World) -> None:
    offer = world.house.composition.commands["dual_report.decide"].offer
    assert offer is not None
    me = uuid.uuid4()
    with pytest.raises(Refused, match="his own report-in"):
        offer.check({"status": "SUBMITTED", "person_id": str(me)}, looking(world, "BRANCH_SECRETARY", me))


def test_a_planned_activity_is_offered_to_be_moved_on_to_who_approves_it(world: World) -> None:
    offer = world.house.composition.commands["activity.advance"].offer
    assert offer is not None
    now = at(world.house).now
    planned = {"status": "PLANNED", "starts_at": now.isoformat(), "ends_at": (now + HOUR).isoformat()}
    offer.check(planned, looking(world, "COUNCIL_DIRECTOR"))
    with pytest.raises(yuanluo.Forbidden):
        offer.check(planned, looking(world, "COUNCIL_MEMBER"))
