"""Courtyards are configured, dwellings corrected, organizations, bodies, funds and accounts come to their end."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import pytest_asyncio
from culture_world import viewer
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at, make_house

import yuanluo
import yuanluo_council
import yuanluo_finance
from yuanluo import (
    AddDwelling,
    AppointSeat,
    ChangeOwnership,
    ConfigureCourtyard,
    Conflict,
    CreateAccount,
    CreateOrganization,
    CreatePerson,
    CreateToken,
    DisableAccount,
    DissolveOrganization,
    EnableAccount,
    Forbidden,
    GrantRole,
    House,
    Invalid,
    ManagementMode,
    NotFound,
    Occupancy,
    OpenCourtyard,
    OwnerShare,
    Plugins,
    Refused,
    SeatEnd,
    StaleRevision,
    Unauthenticated,
    UpdateDwelling,
    UpdateOrganization,
    run_command,
    scoped,
)
from yuanluo.configuring import OrganizationDissolved, OrganizationInUse
from yuanluo.counters import COURTYARD_COUNTER, recount, stored_counts
from yuanluo_council.bodies import CreateBody, DissolveBody, create_body, dissolve_body
from yuanluo_council.tables import BodyKind
from yuanluo_finance.commands import (
    CloseFund,
    DraftVoucher,
    OpenFund,
    PostVoucher,
    VoucherLine,
    close_fund,
    draft_voucher,
    open_fund,
    post_voucher,
)
from yuanluo_finance.refusals import FundClosed, FundNotEmpty
from yuanluo_finance.tables import FundKind, VoucherKind


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    plugins = {"council": yuanluo_council, "finance": yuanluo_finance}
    return await make_house(make_database, Plugins.load(plugins, entry_points=False))


async def made(house: House, command: Any, item: Any, tenant: int = COURTYARD) -> uuid.UUID:
    receipt = await run_command(command, at(house, tenant), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def row_of(house: House, table: str, row_id: uuid.UUID, tenant: int = COURTYARD) -> Mapping[str, Any]:
    with scoped(tenant):
        sql = f"SELECT * FROM {table} WHERE tenant_id = $1 AND id = $2"
        [row] = await yuanluo.rows(house.database, sql, tenant, row_id)
    return row


async def counts(house: House) -> Mapping[str, int]:
    """Return core's counters, which must be what counting anew gives."""
    with scoped(COURTYARD):
        stored = await stored_counts(house.database, COURTYARD_COUNTER, COURTYARD)
        assert stored == await recount(house.database, COURTYARD_COUNTER, COURTYARD)
    assert stored is not None
    return stored


# the courtyard ----------------------------------------------------------------------------------------------------


async def courtyard_id(house: House, tenant: int) -> uuid.UUID:
    with scoped(tenant):
        found: uuid.UUID = await yuanluo.value(house.database, "SELECT id FROM courtyard WHERE tenant_id = $1", tenant)
    return found


async def test_a_courtyard_is_configured_and_its_node_bears_the_new_name(house: House) -> None:
    here = await courtyard_id(house, OTHER)
    given = ConfigureCourtyard(
        here,
        name=" 银杏里小区 ",
        address="枣子巷15号院",
        management_mode=ManagementMode.TRUST,
        built_years="1992",
        building_count=7,
        has_owners_assembly=True,
    )
    await run_command(yuanluo.configure_courtyard, at(house, OTHER), given, revision=1)
    row = await row_of(house, "courtyard", here, OTHER)
    assert (row["name"], row["name_pinyin"], row["address"]) == ("银杏里小区", "yin xing li xiao qu", "枣子巷15号院")
    assert (row["management_mode"], row["building_count"], row["revision"]) == ("TRUST", 7, 2)
    node = await yuanluo.value(house.database, "SELECT name FROM node WHERE number = $1", OTHER, shared=True)
    assert node == "银杏里小区"
    with pytest.raises(StaleRevision):
        await run_command(yuanluo.configure_courtyard, at(house, OTHER), given, revision=1)
    await run_command(yuanluo.configure_courtyard, at(house, OTHER), ConfigureCourtyard(here, clear=("builtYears",)))
    assert (await row_of(house, "courtyard", here, OTHER))["built_years"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"name": " "},
        {"name": "\u200b"},
        {"address": ""},
        {"built_years": "1994", "clear": ("builtYears",)},
        {"building_count": -1},
        {"building_count": 1_001},
        {"clear": ("name",)},
        {"clear": ("grid",)},
        {},
    ],
)
async def test_a_courtyard_is_not_configured_to_what_cannot_be(house: House, more: Mapping[str, Any]) -> None:
    here = await courtyard_id(house, COURTYARD)
    with pytest.raises(Invalid):
        await run_command(yuanluo.configure_courtyard, at(house), ConfigureCourtyard(here, **more))


@pytest.mark.parametrize("count", [-1, 1_001])
async def test_a_courtyard_is_not_opened_with_buildings_it_cannot_be_configured_to(house: House, count: int) -> None:
    item = OpenCourtyard("茶花园", "沙湾路1号院", building_count=count)
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), item)
    assert refused.value.field == "building_count"


async def test_another_courtyard_is_not_there_to_be_configured(house: House) -> None:
    elsewhere = ConfigureCourtyard(await courtyard_id(house, OTHER), name="占名")
    with pytest.raises(NotFound):
        await run_command(yuanluo.configure_courtyard, at(house), elsewhere)


async def test_the_community_secretary_configures_and_the_council_does_not(house: House) -> None:
    given = ConfigureCourtyard(await courtyard_id(house, COURTYARD), building_count=3)
    director = at(house, actor=viewer(house, "COUNCIL_DIRECTOR"))
    with pytest.raises(Forbidden):
        await run_command(yuanluo.configure_courtyard, director, given)
    await run_command(yuanluo.configure_courtyard, at(house, actor=viewer(house, "COMMUNITY_SECRETARY")), given)


# dwellings --------------------------------------------------------------------------------------------------------


async def test_a_dwelling_is_corrected_and_its_area_is_counted(house: House) -> None:
    before = await counts(house)
    dwelling = await made(house, yuanluo.add_dwelling, AddDwelling(1, 1, "101", 5_832))
    change = UpdateDwelling(dwelling, area_c=6_000, occupancy=Occupancy.RENTED, delivered=False)
    await run_command(yuanluo.update_dwelling, at(house), change)
    row = await row_of(house, "dwelling", dwelling)
    assert (row["area_c"], row["occupancy"], bool(row["delivered"]), row["revision"]) == (6_000, "RENTED", False, 2)
    assert (await counts(house))["area_c"] == before["area_c"] + 6_000
    await run_command(yuanluo.update_dwelling, at(house), UpdateDwelling(dwelling, clear=("occupancy",)), revision=2)
    assert (await row_of(house, "dwelling", dwelling))["occupancy"] is None
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.update_dwelling, at(house), UpdateDwelling(dwelling, area_c=-1))
    assert refused.value.field == "area_c"


# organizations ----------------------------------------------------------------------------------------------------


async def test_an_organization_is_renamed_dissolved_once_and_then_left_alone(house: House) -> None:
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "棋社", established_on="2019"))
    person = await made(house, yuanluo.create_person, CreatePerson("李长富"))
    for role, started_on in (("CHAIR", dt.date(2026, 1, 1)), ("MEMBER", TODAY)):
        await made(house, yuanluo.appoint_seat, AppointSeat(club, person, role, started_on))
    before = await counts(house)
    await run_command(
        yuanluo.update_organization, at(house), UpdateOrganization(club, "象棋社", clear=("established_on",))
    )
    dissolved = DissolveOrganization(club, dt.date(2026, 11, 1))
    said = (await run_command(yuanluo.dissolve_organization, at(house), dissolved)).payload
    assert said["seats_ended"] == 2
    row = await row_of(house, "organization", club)
    assert (row["name"], row["established_on"], row["status"]) == ("象棋社", None, "DISSOLVED")
    assert row["dissolved_on"] == dt.date(2026, 11, 1)
    with scoped(COURTYARD):
        sql = "SELECT role, ended_on FROM seat WHERE tenant_id = $1 AND organization_id = $2 ORDER BY role"
        seats = await yuanluo.rows(house.database, sql, COURTYARD, club)
    assert [tuple(seat.values()) for seat in seats] == [("CHAIR", dt.date(2026, 11, 1)), ("MEMBER", TODAY)]
    assert (await counts(house))["organizations"] == before["organizations"] - 1
    for command, item in (
        (yuanluo.dissolve_organization, dissolved),
        (yuanluo.update_organization, UpdateOrganization(club, "新社")),
    ):
        with pytest.raises(OrganizationDissolved):
            await run_command(command, at(house), item)


async def test_an_organization_keeps_a_name(house: House) -> None:
    item = CreateOrganization("HOBBY", "棋社")
    chess = (await run_command(yuanluo.create_organization, at(house), item)).subject_id
    assert chess is not None
    with pytest.raises(Invalid) as unnamed:
        await run_command(yuanluo.update_organization, at(house), UpdateOrganization(chess, name="\u200b"))
    assert unnamed.value.field == "name"


async def test_nobody_takes_office_in_a_dissolved_organization_nor_founds_one_below_it(house: House) -> None:
    item = CreateOrganization("HOBBY", "书画社")
    club = (await run_command(yuanluo.create_organization, at(house), item)).subject_id
    person = (await run_command(yuanluo.create_person, at(house), CreatePerson("画友"))).subject_id
    assert club is not None
    assert person is not None
    early = AppointSeat(club, person, "HEAD", TODAY, term_end=TODAY - dt.timedelta(days=1))
    with pytest.raises(Invalid) as backwards:
        await run_command(yuanluo.appoint_seat, at(house), early)
    assert backwards.value.field == "term_end"
    await run_command(yuanluo.dissolve_organization, at(house), DissolveOrganization(club))
    with pytest.raises(OrganizationDissolved):
        await run_command(yuanluo.appoint_seat, at(house), AppointSeat(club, person, "HEAD", TODAY))
    with pytest.raises(OrganizationDissolved):
        await run_command(yuanluo.create_organization, at(house), CreateOrganization("HOBBY", "国画组", parent_id=club))
    past = AppointSeat(club, person, "HEAD", dt.date(2020, 1, 1), ended_on=TODAY, ended_by=SeatEnd.TERM)
    await run_command(yuanluo.appoint_seat, at(house), past)


async def test_an_organization_on_which_something_rests_is_not_dissolved(house: House) -> None:
    owner = await made(house, yuanluo.create_organization, CreateOrganization("OWNING_INSTITUTION", "某厂"))
    dwelling = await made(house, yuanluo.add_dwelling, AddDwelling(2, 1, "201", 5_000))
    share = ChangeOwnership(dwelling, (OwnerShare(organization_id=owner),))
    await run_command(yuanluo.change_ownership, at(house), share)
    with pytest.raises(OrganizationInUse):
        await run_command(yuanluo.dissolve_organization, at(house), DissolveOrganization(owner))
    upper = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "总社"))
    await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "分社", parent_id=upper))
    with pytest.raises(OrganizationInUse):
        await run_command(yuanluo.dissolve_organization, at(house), DissolveOrganization(upper))


async def test_a_body_is_dissolved_by_its_own_command_and_may_be_founded_anew(house: House) -> None:
    council = CreateBody(BodyKind.SUPERVISORY, "监委会", seats=3)
    body = await made(house, create_body, council)
    with pytest.raises(OrganizationInUse, match="kept as a Body"):
        await run_command(yuanluo.dissolve_organization, at(house), DissolveOrganization(body))
    await run_command(dissolve_body, at(house), DissolveBody(body))
    assert (await row_of(house, "body", body))["status"] == "DISSOLVED"
    assert (await row_of(house, "organization", body))["dissolved_on"] == TODAY
    with pytest.raises(OrganizationDissolved):
        await run_command(dissolve_body, at(house), DissolveBody(body))
    await made(house, create_body, council)
    await counts(house)


async def test_nothing_is_dissolved_in_the_future(house: House) -> None:
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "诗社"))
    tomorrow = DissolveOrganization(club, TODAY + dt.timedelta(1))
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.dissolve_organization, at(house), tomorrow)
    assert refused.value.stable_code == "DATE_FUTURE"


# funds ------------------------------------------------------------------------------------------------------------


def moved(fund: uuid.UUID, debit: str, credit: str, fen: int = 900) -> tuple[VoucherLine, VoucherLine]:
    return VoucherLine(fund, debit, debit_fen=fen), VoucherLine(fund, credit, credit_fen=fen)


async def test_a_fund_is_closed_once_it_is_empty_and_takes_nothing_more(house: House) -> None:
    fund = await made(house, open_fund, OpenFund(FundKind.PUBLIC_REVENUE, "旧公共收益"))
    income = PostVoucher(VoucherKind.RECEIPT, "2026-11-01", "停车费", moved(fund, "1002", "4101"))
    await run_command(post_voucher, at(house), income)
    with pytest.raises(FundNotEmpty, match="balance 900"):
        await run_command(close_fund, at(house), CloseFund(fund, "合并"))
    spent = PostVoucher(VoucherKind.PAYMENT, "2026-11-02", "门卫工资", moved(fund, "5101", "1002"))
    await run_command(post_voucher, at(house), spent)
    with pytest.raises(Invalid, match="needs a reason"):
        await run_command(close_fund, at(house), CloseFund(fund, " "))
    await run_command(close_fund, at(house), CloseFund(fund, "合并"))
    assert (await row_of(house, "fund", fund))["status"] == "CLOSED"
    for command, item in ((close_fund, CloseFund(fund, "合并")), (post_voucher, income)):
        with pytest.raises(FundClosed):
            await run_command(command, at(house), item)


async def test_a_fund_that_owes_or_has_a_draft_is_not_closed(house: House) -> None:
    owing = await made(house, open_fund, OpenFund(FundKind.SELF_MANAGED_FEES, "押金"))
    deposit = PostVoucher(VoucherKind.RECEIPT, "2026-11-01", "押金", moved(owing, "1002", "2101"))
    await run_command(post_voucher, at(house), deposit)
    with pytest.raises(FundNotEmpty, match="MONEY 900"):
        await run_command(close_fund, at(house), CloseFund(owing, "合并"))
    drafted = await made(house, open_fund, OpenFund(FundKind.SELF_MANAGED_FEES, "草稿"))
    draft = DraftVoucher(VoucherKind.RECEIPT, "2026-11-01", "停车费", moved(drafted, "1002", "4101"))
    await run_command(draft_voucher, at(house), draft)
    with pytest.raises(FundNotEmpty, match="drafts 1"):
        await run_command(close_fund, at(house), CloseFund(drafted, "合并"))


# accounts ---------------------------------------------------------------------------------------------------------


async def test_a_disabled_account_is_refused_with_every_token_until_it_is_enabled(house: House) -> None:
    account = await made(house, yuanluo.create_account, CreateAccount("wang", "王秀英"), COMMUNITY)
    await run_command(yuanluo.grant_role, at(house, COMMUNITY), GrantRole(account, "COMMUNITY_SECRETARY"))
    [token] = (await run_command(yuanluo.create_token, at(house, COMMUNITY), CreateToken(account, "手机"))).secrets
    now = at(house).now

    async def login() -> None:
        await yuanluo.Authority(house.database, house.rules).viewer_of(token, now)

    await login()
    await run_command(yuanluo.disable_account, at(house, COMMUNITY), DisableAccount(account))
    with pytest.raises(Unauthenticated):
        await login()
    with pytest.raises(Conflict) as refused:
        await run_command(yuanluo.disable_account, at(house, COMMUNITY), DisableAccount(account))
    assert refused.value.stable_code == "ACCOUNT_DISABLED"
    await run_command(yuanluo.enable_account, at(house, COMMUNITY), EnableAccount(account))
    await login()


async def test_nobody_disables_his_own_account_or_that_of_somebody_above_him(house: House) -> None:
    secretary = viewer(house, "COMMUNITY_SECRETARY", tenant=COMMUNITY, span=9_999)
    account = await made(house, yuanluo.create_account, CreateAccount("zhou", "周福生"), COMMUNITY)
    district = 5101060000000000
    await run_command(yuanluo.grant_role, at(house, district), GrantRole(account, "DISTRICT_ADMIN"))
    context = at(house, COMMUNITY, secretary)
    with pytest.raises(Forbidden):
        await run_command(yuanluo.disable_account, context, DisableAccount(account))
    own = await made(house, yuanluo.create_account, CreateAccount("he", "何大成"), COMMUNITY)
    me = at(house, COMMUNITY, viewer_with(secretary, own))
    with pytest.raises(Refused) as refused:
        await run_command(yuanluo.disable_account, me, DisableAccount(own))
    assert refused.value.stable_code == "OWN_ACCOUNT"


def viewer_with(one: yuanluo.Viewer, account_id: uuid.UUID) -> yuanluo.Viewer:

    return dataclasses.replace(one, account_id=account_id)
