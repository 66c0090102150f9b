"""Two rows of one human become one: every reference follows, and what one person cannot have twice is refused."""

from __future__ import annotations

import datetime as dt
import types
import uuid
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at, make_house, schema_of
from party_world import counters_agree, found_branch, viewer
from sheets_support import id_number
from test_import_preview import party, preview_of

import yuanluo
from yuanluo import (
    AppointSeat,
    ChangeOwnership,
    CreateAccount,
    CreatePerson,
    DataClass,
    Forbidden,
    House,
    Mask,
    NotFound,
    OpenCourtyard,
    OwnerShare,
    Person,
    PersonStatus,
    Plugins,
    Ref,
    TenantTable,
    Text,
    appoint_seat,
    create_account,
    run_command,
    scoped,
    verify,
)
from yuanluo.housing import AddDwelling, MoveIn, Occupancy, Resident, add_dwelling, change_ownership, move_in
from yuanluo.identities import NotRegistrable
from yuanluo.importing import preview_import
from yuanluo.merging import MergeConflict, MergePerson, PersonsDiffer, merge_person
from yuanluo.offices import CreateOrganization, IncompatibleSeats, create_organization
from yuanluo.references import references_to
from yuanluo.registering import UpdatePerson, update_person
from yuanluo.sealing import unseal
from yuanluo_party.commands import register_membership
from yuanluo_party.memberships import RegisterMembership
from yuanluo_party.terms import PartyMemberType
from yuanluo_tenants.columns import Day, Sealed
from yuanluo_tenants.scope import Range


class Volunteer(
    TenantTable, zh="志愿者档案", en="what a stranger's plugin keeps of a person", body="strangers", extends=Person
):
    """One row per person at most, under his id."""

    contact = Sealed("紧急联系电话", "whom to call", klass=DataClass.D2, mask=Mask.PHONE, null=True)
    note = Text("备注", "note", klass=DataClass.D1, null=True)


class Outing(
    TenantTable, zh="外出登记", en="an outing of a volunteer", body="strangers", unique=[["volunteer_id", "day"]]
):
    """One outing a day."""

    volunteer_id = Ref("志愿者", "who went", Volunteer)
    companion_id = Ref("同伴", "who came along", Person, null=True)
    day = Day("日期", "day")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    module = types.ModuleType("strangers")

    @yuanluo.hookimpl
    def tables() -> Any:
        return [Volunteer, Outing]

    module.tables = tables  # type: ignore[attr-defined]  # a plugin made here
    return await make_house(make_database, Plugins.load({"strangers": module}))


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(house: House) -> int:
    receipt = await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), OpenCourtyard("梧桐苑", "丁香路1号"))
    return int(receipt.payload["number"])


async def person(house: House, tenant: int, name: str = "王芳", **more: Any) -> uuid.UUID:
    made = (await run_command(yuanluo.create_person, at(house, tenant), CreatePerson(name, **more))).subject_id
    assert made is not None
    return made


async def dwelling(house: House, tenant: int, room: str) -> uuid.UUID:
    made = (await run_command(add_dwelling, at(house, tenant), AddDwelling(1, 1, room, 5000))).subject_id
    assert made is not None
    return made


async def merge(house: House, tenant: int, one: uuid.UUID, other: uuid.UUID, **more: Any) -> yuanluo.Receipt:
    return await run_command(merge_person, at(house, tenant), MergePerson(one, other, "户口簿核对为同一人"), **more)


async def select(house: House, tenant: int, sql: str, *args: Any) -> list[dict[str, Any]]:
    with scoped(tenant):
        return await yuanluo.rows(house.database, sql, tenant, *args)


async def holds(house: House, tenant: int) -> bool:
    with scoped(tenant):
        verified = await verify(house.database, tenant, house.keys)
    return verified.is_whole and await counters_agree(house, tenant)


async def everywhere(house: House, tenant: int, person_id: uuid.UUID) -> int:
    """How many rows of any table name the person."""
    named = 0
    for reference in references_to(house.composition.registry, "person"):
        sql = f'SELECT count(*) AS n FROM {reference.table._meta.tablename} WHERE tenant_id = $1 AND "{reference.column}" = $2'
        named += (await select(house, tenant, sql, person_id))[0]["n"]
    return named


async def test_the_older_id_stays_and_everything_follows(house: House, tenant: int) -> None:
    older, younger = await person(house, tenant), await person(house, tenant, birth="1958-07", phone="15400000201")
    context = at(house, tenant)
    home, shop = await dwelling(house, tenant, "101"), await dwelling(house, tenant, "102")
    await run_command(move_in, context, MoveIn(home, (Resident(younger),), Occupancy.OWNER_OCCUPIED))
    await run_command(change_ownership, context, ChangeOwnership(shop, (OwnerShare(younger),)))
    branch = await found_branch(house, "第一党支部", None, tenant)
    await run_command(register_membership, context, RegisterMembership(younger, PartyMemberType.FULL, branch))
    made = await run_command(create_organization, context, CreateOrganization("COUNCIL", "院委会"))
    assert made.subject_id is not None
    await run_command(appoint_seat, context, AppointSeat(made.subject_id, younger, "MEMBER", TODAY))
    with scoped(tenant):
        await context.insert(Volunteer, [{"id": younger, "contact": "15400000999", "note": "热心"}])
        await context.insert(Outing, [{"volunteer_id": younger, "companion_id": younger, "day": TODAY}])
    named = await everywhere(house, tenant, younger)
    receipt = await merge(house, tenant, younger, older)
    assert receipt.subject_id == older
    assert (await everywhere(house, tenant, younger), await everywhere(house, tenant, older)) == (0, named)
    [row] = await select(house, tenant, "SELECT * FROM person WHERE tenant_id = $1")
    assert (row["id"], row["birth"], row["phone_masked"]) == (older, "1958-07", "154****0201")
    [extended] = await select(house, tenant, "SELECT * FROM volunteer WHERE tenant_id = $1")
    contact = unseal(house.keys, Volunteer, tenant, older, "contact", extended["contact"])
    assert (extended["id"], contact, extended["note"]) == (older, "15400000999", "热心")
    [outing] = await select(house, tenant, "SELECT * FROM outing WHERE tenant_id = $1")
    assert (outing["volunteer_id"], outing["companion_id"]) == (older, older)
    assert await holds(house, tenant)
    [record] = await select(house, tenant, "SELECT * FROM record WHERE tenant_id = $1 AND kind = 'person.merge'")
    assert (record["subject_id"], str(younger) in record["content"]) == (str(older), True)
    assert "户口簿" not in record["content"]


async def test_the_younger_id_is_nobodys(house: House, tenant: int) -> None:
    older, younger = await person(house, tenant), await person(house, tenant)
    await merge(house, tenant, older, younger)
    with pytest.raises(NotFound):
        await merge(house, tenant, older, younger)
    assert schema_of(house).mutation_type is not None
    assert "personMerge" in schema_of(house).mutation_type.fields  # type: ignore[union-attr]  # asked the line before


async def test_what_the_older_lacks_comes_from_the_younger_and_phones_are_added_up(house: House, tenant: int) -> None:
    number = id_number("19580702", 12)
    older = await person(house, tenant, phone="15400000201", birth="1958", ethnicity="汉族")
    younger = await person(house, tenant, id_number=number, phone="15400000202", phone_alt=("15400000201",))
    await merge(house, tenant, older, younger)
    [row] = await select(house, tenant, "SELECT * FROM person WHERE tenant_id = $1")
    said = [
        row[name] and unseal(house.keys, Person, tenant, older, name, row[name])
        for name in ("id_number", "phone", "phone_alt")
    ]
    assert said == [number, "15400000201", "15400000202"]
    assert (row["birth"], row["gender"], row["ethnicity"]) == ("1958-07-02", "F", "汉族")
    assert await holds(house, tenant)


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ({"id_number": id_number("19580702", 13)}, {"id_number": id_number("19580702", 15)}, "身份证号"),
        ({"birth": "1958-07"}, {"birth": "1958-08-01"}, "出生年月"),
        ({"gender": yuanluo.Gender.M}, {"gender": yuanluo.Gender.F}, "性别"),
        ({"status": PersonStatus.DECEASED}, {}, "去世"),
    ],
)
async def test_what_cannot_be_one_human_is_refused(
    house: House, tenant: int, one: dict[str, Any], other: dict[str, Any], what: str
) -> None:
    first, second = await person(house, tenant, **one), await person(house, tenant, **other)
    with pytest.raises(PersonsDiffer, match="differ") as told:
        await merge(house, tenant, first, second)
    assert what in told.value.zh
    assert len(await select(house, tenant, "SELECT id FROM person WHERE tenant_id = $1")) == 2


async def test_what_one_person_has_once_is_refused_by_name(house: House, tenant: int) -> None:
    context = at(house, tenant)
    first, second = await person(house, tenant), await person(house, tenant, "王方")
    home = await dwelling(house, tenant, "101")
    halves = (OwnerShare(first, numerator=1, denominator=2), OwnerShare(second, numerator=1, denominator=2))
    await run_command(change_ownership, context, ChangeOwnership(home, halves))
    with pytest.raises(MergeConflict) as told:
        await merge(house, tenant, first, second)
    assert "产权“1-1-101 王芳”" in told.value.zh
    assert "产权“1-1-101 王方”" in told.value.zh
    later = ChangeOwnership(home, (OwnerShare(second),), TODAY)
    await run_command(change_ownership, context, later)
    with pytest.raises(MergeConflict):  # what was theirs at one time stays so
        await merge(house, tenant, first, second)


async def test_one_after_the_other_is_no_conflict(house: House, tenant: int) -> None:
    context = at(house, tenant)
    first, second = await person(house, tenant), await person(house, tenant)
    home = await dwelling(house, tenant, "101")
    await run_command(change_ownership, context, ChangeOwnership(home, (OwnerShare(first),)))
    await run_command(change_ownership, context, ChangeOwnership(home, (OwnerShare(second),), TODAY))
    await merge(house, tenant, first, second)
    owned = await select(house, tenant, "SELECT person_id, ended_on FROM ownership WHERE tenant_id = $1 ORDER BY id")
    assert [(row["person_id"], row["ended_on"]) for row in owned] == [(first, TODAY - dt.timedelta(1)), (first, None)]


async def test_two_memberships_are_one_too_many_and_are_named_to_those_who_may_know(house: House, tenant: int) -> None:
    branch = await found_branch(house, "第一党支部", None, tenant)
    both = [await person(house, tenant), await person(house, tenant)]
    for each in both:
        membership = RegisterMembership(each, PartyMemberType.FULL, branch)
        await run_command(register_membership, at(house, tenant), membership)
    here = Range(tenant, tenant)
    with pytest.raises(MergeConflict) as told:
        await run_command(
            merge_person, at(house, tenant, viewer(house, "BRANCH_SECRETARY", here)), MergePerson(*both, "核对")
        )
    assert "党员关系“王芳 " in told.value.zh
    with pytest.raises(MergeConflict) as told:
        await run_command(
            merge_person, at(house, tenant, viewer(house, "COUNCIL_DIRECTOR", here)), MergePerson(*both, "核对")
        )
    assert "党" not in told.value.zh
    assert await holds(house, tenant)


async def test_a_strangers_rows_clash_by_their_declared_keys(house: House, tenant: int) -> None:
    context = at(house, tenant)
    first, second = await person(house, tenant), await person(house, tenant)
    with scoped(tenant):
        await context.insert(Volunteer, [{"id": first}, {"id": second}])
    with pytest.raises(MergeConflict, match="志愿者档案") as told:
        await merge(house, tenant, first, second)
    assert told.value.stable_code == "MERGE_CONFLICT"


async def test_offices_that_go_not_together_are_refused_by_their_rule(house: House, tenant: int) -> None:
    context = at(house, tenant)
    first, second = await person(house, tenant), await person(house, tenant)
    made = await run_command(create_organization, context, CreateOrganization("COUNCIL", "院委会"))
    assert made.subject_id is not None
    for each, role in ((first, "CASHIER"), (second, "ACCOUNTANT")):
        await run_command(appoint_seat, context, AppointSeat(made.subject_id, each, role, TODAY))
    with pytest.raises(IncompatibleSeats):
        await merge(house, tenant, first, second)


async def test_accounts_follow_and_one_tied_to_both_is_tied_once(house: House, tenant: int) -> None:
    first, second = await person(house, tenant), await person(house, tenant)
    accounts = []
    for number, tied in enumerate((first, second)):
        given = CreateAccount(f"u{tenant}-{number}", "王芳", person_id=tied)
        accounts.append(str((await run_command(create_account, at(house, tenant), given)).subject_id))
    both = {"account_id": accounts[0], "tenant": tenant, "person_id": str(second)}
    await house.database.insert_rows(yuanluo.accounts.AccountPerson, [both])
    await merge(house, tenant, first, second)
    sql = "SELECT account_id, person_id FROM account_person WHERE tenant = $1"
    tied = await yuanluo.rows(house.database, sql, tenant, shared=True)
    assert sorted((row["account_id"], row["person_id"]) for row in tied) == sorted(
        (each, str(first)) for each in accounts
    )


async def test_who_may_merge_whom_and_how_often(house: House, tenant: int) -> None:
    first, second = await person(house, tenant), await person(house, tenant)
    resident = viewer(house, "RESIDENT", Range(tenant, tenant))
    with pytest.raises(Forbidden):
        await run_command(merge_person, at(house, tenant, resident), MergePerson(first, second, "核对"))
    for wrong in (MergePerson(first, first, "核对"), MergePerson(first, second, " ")):
        with pytest.raises(yuanluo.Invalid):
            await run_command(merge_person, at(house, tenant), wrong)
    elsewhere = await person(house, OTHER)
    with pytest.raises(NotFound):
        await merge(house, tenant, first, elsewhere)
    with pytest.raises(NotFound):
        await merge(house, COURTYARD, first, second)
    with pytest.raises(yuanluo.command.StaleRevision):
        await merge(house, tenant, first, second, revision=7)
    done = await merge(house, tenant, first, second, key="m1", revision=1)
    again = await merge(house, tenant, first, second, key="m1", revision=1)
    assert (again.record_id, again.replayed) == (done.record_id, True)


async def test_a_number_that_becomes_known_holds_the_registration_or_is_refused(house: House, tenant: int) -> None:
    number = id_number("19580702", 91)
    branch = await found_branch(house, "第一党支部", None, tenant)
    first, second = await person(house, tenant), await person(house, tenant, id_number=number)
    await run_command(register_membership, at(house, tenant), RegisterMembership(first, PartyMemberType.FULL, branch))
    await merge(house, tenant, first, second)
    sql = "SELECT id, is_verified FROM party_membership WHERE tenant_id = $1"
    [membership] = await select(house, tenant, sql)
    assert membership["is_verified"]
    held = "SELECT tenant FROM identity_membership WHERE subject_id = $1"
    assert await yuanluo.value(house.database, held, str(membership["id"]), shared=True) == tenant

    receipt = await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), OpenCourtyard("银杏里", "丁香路2号"))
    elsewhere = int(receipt.payload["number"])
    other = await found_branch(house, "第二党支部", None, elsewhere)
    third, fourth = await person(house, elsewhere), await person(house, elsewhere, "王方", id_number=number)
    await run_command(register_membership, at(house, elsewhere), RegisterMembership(third, PartyMemberType.FULL, other))
    with pytest.raises(NotRegistrable):
        await merge(house, elsewhere, third, fourth)
    await run_command(update_person, at(house, elsewhere), UpdatePerson(fourth, clear=("id_number",)))
    with pytest.raises(NotRegistrable):
        await run_command(update_person, at(house, elsewhere), UpdatePerson(third, id_number=number))
    roster = preview_of("party_roster", [party(room_key="1-1-101"), party(id_number=number, phone="15400000777")])
    await run_command(update_person, at(house, elsewhere), UpdatePerson(third, phone="15400000777"))
    told = await preview_import(at(house, elsewhere), roster)
    assert [(issue.row, issue.code) for issue in told.issues] == [(4, "E_NOT_REGISTRABLE")]
