"""Core's commands on both engines: rows, records, counters, refusals."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from fractions import Fraction

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at, make_house

import yuanluo
from yuanluo import (
    AddDwelling,
    AppointSeat,
    ChangeOwnership,
    Conflict,
    CreateOrganization,
    CreatePerson,
    DissolveOrganization,
    EndSeat,
    Forbidden,
    House,
    Incompatibility,
    IncompatibleSeats,
    Invalid,
    MoveIn,
    MoveOut,
    NotFound,
    Occupancy,
    Office,
    OwnerShare,
    PersonStatus,
    PhoneInvalid,
    Plugins,
    Relation,
    Resident,
    SeatEnd,
    UpdatePerson,
    hookimpl,
    run_command,
    run_commands,
    scoped,
)
from yuanluo.counters import COURTYARD_COUNTER, recount, stored_counts
from yuanluo.offices import SeatHeld
from yuanluo_tenants.database import DanglingReference, Duplicate


class Offices:
    """A plugin that knows one incompatible pair (`domain.md` §3.2 C1)."""

    @hookimpl
    def seat_incompatibilities(self) -> Sequence[Incompatibility]:
        return [
            Incompatibility(
                Office("SUPERVISORY"),
                Office(role="CASHIER"),
                "domain C1",
                "监委不得任出纳",
                "a supervisor is no cashier",
            )
        ]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"offices": Offices()}, entry_points=False))


async def someone(house: House, name: str = "张建国", tenant: int = COURTYARD) -> uuid.UUID:
    receipt = await run_command(yuanluo.create_person, at(house, tenant), CreatePerson(name))
    assert receipt.subject_id is not None
    return receipt.subject_id


async def somewhere(house: House, room: str) -> uuid.UUID:
    building, stairwell, number = yuanluo.split_room_key(room)
    item = AddDwelling(building, stairwell, number, 5832)
    receipt = await run_command(yuanluo.add_dwelling, at(house), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def test_opening_a_courtyard_writes_its_row_its_head_and_its_zeroed_counters(house: House) -> None:
    with scoped(OTHER):
        [row] = await yuanluo.rows(house.database, "SELECT name, kind, community FROM courtyard")
        head = await yuanluo.value(house.database, "SELECT sequence FROM record_head")
        counts = await stored_counts(house.database, COURTYARD_COUNTER, OTHER)
    assert row == {"name": "银杏里", "kind": "OLD_COURTYARD", "community": COMMUNITY}
    assert head == 0
    assert counts == dict.fromkeys(COURTYARD_COUNTER.counts, 0)


async def test_an_id_number_fills_birth_and_gender_and_is_stored_sealed(house: House) -> None:
    item = CreatePerson("何大成", id_number="510100195001020117", phone="15400000201", phone_alt=("02820000202",))
    receipt = await run_command(yuanluo.create_person, at(house), item)
    with scoped(COURTYARD):
        [row] = await yuanluo.rows(
            house.database, "SELECT * FROM person WHERE tenant_id = $1 AND id = $2", COURTYARD, receipt.subject_id
        )
    assert (row["gender"], row["birth"], row["name_pinyin"]) == ("M", "1950-01-02", "he da cheng")
    assert row["id_number_masked"] == "510***********0117"
    assert row["phone_masked"] == "154****0201"
    assert b"510100" not in row["id_number"]
    clear = yuanluo.unseal(house.keys, yuanluo.Person, COURTYARD, row["id"], "id_number", row["id_number"])
    assert clear == "510100195001020117"


async def test_a_second_person_with_the_same_id_number_is_refused_here_but_not_elsewhere(house: House) -> None:
    item = CreatePerson("冯涛", id_number="510100197704050338")
    await run_command(yuanluo.create_person, at(house), item)
    with pytest.raises(Duplicate):
        await run_command(yuanluo.create_person, at(house), item)
    assert (await run_command(yuanluo.create_person, at(house, OTHER), item)).subject_id is not None


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (CreatePerson("  "), "name"),
        (CreatePerson("王芳", birth="1958.7"), "birth"),
        (CreatePerson("王芳", birth="2023-02-29"), "birth"),
        (CreatePerson("王芳", birth="１９５８-07"), "birth"),
        (CreatePerson("王芳", birth="0000"), "birth"),
        (CreatePerson("王芳", id_number="510100195001020118"), "id_number"),
    ],
)
async def test_a_wrong_input_is_refused_by_its_field(house: House, item: CreatePerson, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.create_person, at(house), item)
    assert refused.value.field == field


async def test_updating_changes_what_is_given_and_empties_what_is_to_be_cleared(house: House) -> None:
    receipt = await run_command(
        yuanluo.create_person, at(house), CreatePerson("周福生", birth="1958", phone="15400000999")
    )
    assert receipt.subject_id is not None
    change = UpdatePerson(receipt.subject_id, ethnicity="汉族", clear=("phone",))
    await run_command(yuanluo.update_person, at(house), change)
    with scoped(COURTYARD):
        [row] = await yuanluo.rows(
            house.database,
            "SELECT name, birth, ethnicity, phone, phone_index, phone_masked FROM person WHERE id = $1",
            receipt.subject_id,
        )
    assert row == {
        "name": "周福生",
        "birth": "1958",
        "ethnicity": "汉族",
        "phone": None,
        "phone_index": None,
        "phone_masked": None,
    }


async def test_a_person_is_emptied_in_either_spelling_and_never_of_what_is_given(house: House) -> None:
    item = CreatePerson("周福生", phone="15400000998", phone_alt=("02820000998",))
    person = (await run_command(yuanluo.create_person, at(house), item)).subject_id
    assert person is not None
    change = UpdatePerson(person, phone="15400000997", clear=("phone",))
    with pytest.raises(Invalid) as both:
        await run_command(yuanluo.update_person, at(house), change)
    assert (both.value.field, both.value.stable_code) == ("clear", "NOT_CLEARABLE")
    await run_command(yuanluo.update_person, at(house), UpdatePerson(person, clear=("phoneAlt",)))
    with scoped(COURTYARD):
        sql = "SELECT phone_masked, phone_alt FROM person WHERE id = $1"
        [row] = await yuanluo.rows(house.database, sql, person)
    assert row == {"phone_masked": "154****0998", "phone_alt": None}


async def test_a_person_of_another_courtyard_answers_like_one_who_does_not_exist(house: House) -> None:
    person = await someone(house, "外院人", OTHER)
    with pytest.raises(NotFound) as elsewhere:
        await run_command(yuanluo.update_person, at(house), UpdatePerson(person, name="改名"))
    nowhere = uuid.uuid4()
    with pytest.raises(NotFound) as missing:
        await run_command(yuanluo.update_person, at(house), UpdatePerson(nowhere, name="改名"))
    assert elsewhere.value.zh.replace(str(person), "") == missing.value.zh.replace(str(nowhere), "")


async def test_ownership_is_closed_and_opened_never_overwritten(house: House) -> None:
    dwelling, first, second = await somewhere(house, "7-1-101"), await someone(house), await someone(house, "邓丽")
    await run_command(yuanluo.change_ownership, at(house), ChangeOwnership(dwelling, (OwnerShare(first),)))
    half = ChangeOwnership(
        dwelling, (OwnerShare(first, None, 1, 2), OwnerShare(second, None, 1, 2)), dt.date(2026, 3, 1)
    )
    await run_command(yuanluo.change_ownership, at(house), half)
    with scoped(COURTYARD):
        rows = await yuanluo.rows(
            house.database,
            "SELECT numerator, denominator, started_on, ended_on FROM ownership WHERE dwelling_id = $1 ORDER BY id",
            dwelling,
        )
    assert [(row["started_on"], row["ended_on"]) for row in rows] == [
        (None, dt.date(2026, 2, 28)),
        (dt.date(2026, 3, 1), None),
        (dt.date(2026, 3, 1), None),
    ]
    assert sum(Fraction(row["numerator"], row["denominator"]) for row in rows if row["ended_on"] is None) == 1


@pytest.mark.parametrize(
    "owners",
    [
        (),
        (OwnerShare(uuid.UUID(int=1), None, 1, 3), OwnerShare(uuid.UUID(int=2), None, 1, 3)),
        (OwnerShare(uuid.UUID(int=1), None, 3, 2),),
        (OwnerShare(uuid.UUID(int=1), uuid.UUID(int=2)),),
        (OwnerShare(),),
    ],
)
async def test_shares_that_are_no_whole_are_refused(house: House, owners: tuple[OwnerShare, ...]) -> None:
    dwelling = await somewhere(
        house, f"8-0-{100 + len(owners)}{owners[0].numerator if owners else 0}{uuid.uuid4().hex}"
    )
    with pytest.raises(Invalid):
        await run_command(yuanluo.change_ownership, at(house), ChangeOwnership(dwelling, owners))


async def test_an_owner_is_named_once(house: House) -> None:
    dwelling, person = await somewhere(house, "8-1-808"), await someone(house)
    halves = (OwnerShare(person, None, 1, 2), OwnerShare(person, None, 1, 2))
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.change_ownership, at(house), ChangeOwnership(dwelling, halves))
    assert (refused.value.stable_code, refused.value.field) == ("OWNER_TWICE", "owners")


async def test_an_owner_of_another_courtyard_cannot_be_referred_to(house: House) -> None:
    dwelling, stranger = await somewhere(house, "7-1-103"), await someone(house, "外院人", OTHER)
    with pytest.raises(DanglingReference):
        await run_command(yuanluo.change_ownership, at(house), ChangeOwnership(dwelling, (OwnerShare(stranger),)))


async def test_moving_in_and_out_keeps_households_occupancy_and_counters(house: House) -> None:
    dwelling = await somewhere(house, "7-1-104")
    husband, wife = await someone(house, "罗勇"), await someone(house, "罗敏")
    before = await counts(house)
    move = MoveIn(
        dwelling,
        (Resident(husband, Relation.HEAD), Resident(wife, Relation.SPOUSE)),
        Occupancy.RENTED,
        dt.date(2025, 1, 1),
    )
    household = (await run_command(yuanluo.move_in, at(house), move)).subject_id
    assert (await counts(house))["households"] == before["households"] + 1
    await run_command(yuanluo.move_out, at(house), MoveOut(dwelling, dt.date(2026, 5, 31), (wife,)))
    with scoped(COURTYARD):
        sql = "SELECT ended_on FROM household WHERE id = $1"
        assert await yuanluo.value(house.database, sql, household) is None
    await run_command(yuanluo.move_out, at(house), MoveOut(dwelling, dt.date(2026, 6, 30)))
    with scoped(COURTYARD):
        assert await yuanluo.value(house.database, sql, household) == dt.date(2026, 6, 30)
        sql = "SELECT occupancy FROM dwelling WHERE id = $1"
        assert await yuanluo.value(house.database, sql, dwelling) == "VACANT"
    assert (await counts(house))["households"] == before["households"]


async def counts(house: House) -> dict[str, int]:
    with scoped(COURTYARD):
        stored = await stored_counts(house.database, COURTYARD_COUNTER, COURTYARD)
    assert stored is not None
    return stored


async def test_nobody_lives_twice_in_a_dwelling(house: House) -> None:
    dwelling, person = await somewhere(house, "8-1-301"), await someone(house, "蒋玉兰")
    twice = MoveIn(dwelling, (Resident(person), Resident(person)), Occupancy.OWNER_OCCUPIED, TODAY)
    once = MoveIn(dwelling, (Resident(person),), Occupancy.OWNER_OCCUPIED, TODAY)
    with pytest.raises(Conflict, match="already"):
        await run_command(yuanluo.move_in, at(house), twice)
    await run_command(yuanluo.move_in, at(house), once)
    with pytest.raises(Conflict, match="already"):
        await run_command(yuanluo.move_in, at(house), once)
    await run_command(yuanluo.move_out, at(house), MoveOut(dwelling, TODAY))
    await run_command(yuanluo.move_in, at(house), once)


@pytest.mark.parametrize(("stairwell", "room"), list(enumerate([" 201 ", "２０１", "2 01", "20\u200b1"], 2)))
async def test_a_room_number_is_one_however_it_is_typed(house: House, stairwell: int, room: str) -> None:
    await run_command(yuanluo.add_dwelling, at(house), AddDwelling(8, stairwell, "201", 5832))
    with pytest.raises(Duplicate):
        await run_command(yuanluo.add_dwelling, at(house), AddDwelling(8, stairwell, room, 5832))


@pytest.mark.parametrize("room", ["", " ", "\u200b", "1-2"])
async def test_a_room_without_a_number_of_its_own_is_refused(house: House, room: str) -> None:
    with pytest.raises(Invalid):
        await run_command(yuanluo.add_dwelling, at(house), AddDwelling(8, 1, room, 5832))


async def test_blanks_are_no_phone_and_no_ethnicity(house: House) -> None:
    blank = CreatePerson("白纸", phone=" ", phone_alt=("\u3000", " 13800000002 "), ethnicity=" 汉族 ")
    made = (await run_command(yuanluo.create_person, at(house), blank)).subject_id
    with scoped(COURTYARD):
        sql = "SELECT phone_masked, phone_alt_masked, ethnicity FROM person WHERE id = $1"
        [row] = await yuanluo.rows(house.database, sql, made)
    assert (row["phone_masked"], row["ethnicity"]) == (None, "汉族")
    assert row["phone_alt_masked"].endswith("02")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("154-0000-0201", "15400000201"),
        ("+86 154 0000 0201", "15400000201"),
        ("１５４００００２０１０", "15400002010"),
        ("2000 0202", "02820000202"),
        ("0816-2222333", "08162222333"),
        ("无", None),
    ],
)
async def test_a_phone_is_one_number_however_it_is_typed(house: House, typed: str, kept: str | None) -> None:
    person = await someone(house)
    await run_command(yuanluo.update_person, at(house), UpdatePerson(person, phone=typed, phone_alt=(typed,)))
    receipt = await run_command(yuanluo.create_person, at(house), CreatePerson("电话人", phone=typed))
    with scoped(COURTYARD):
        sql = "SELECT id, phone, phone_alt FROM person WHERE tenant_id = $1 AND id IN ($2, $3)"
        found = await yuanluo.rows(house.database, sql, COURTYARD, person, receipt.subject_id)
    stored = {
        yuanluo.unseal(house.keys, yuanluo.Person, COURTYARD, row["id"], column, row[column])
        for row in found
        for column in ("phone", "phone_alt")
        if row[column] is not None
    }
    assert stored == ({kept} if kept else set())


@pytest.mark.parametrize(
    "wrong", ["1540000020", "123", "不清楚", "15400000201/15400000202", "15400000201、12", "8001-1"]
)
async def test_what_is_no_phone_number_is_refused_by_its_field(house: House, wrong: str) -> None:
    person = await someone(house)
    for item, field in (
        (UpdatePerson(person, phone=wrong), "phone"),
        (UpdatePerson(person, phone_alt=("15400000201", wrong)), "phone_alt"),
    ):
        with pytest.raises(PhoneInvalid) as refused:
            await run_command(yuanluo.update_person, at(house), item)
        assert (refused.value.stable_code, refused.value.field, refused.value.rule) == ("PHONE_INVALID", field, "N8")
        assert wrong not in refused.value.zh + refused.value.en
    with pytest.raises(PhoneInvalid):
        await run_command(yuanluo.create_person, at(house), CreatePerson("何大成", phone=wrong))


async def test_no_organization_is_registered_as_dissolved(house: House) -> None:
    gone = CreateOrganization("FORUM", "老议事会", status=yuanluo.OrganizationStatus.DISSOLVED)
    with pytest.raises(Invalid) as refused:
        await run_command(yuanluo.create_organization, at(house), gone)
    assert refused.value.stable_code == "ORGANIZATION_STATUS"


async def test_counters_equal_a_recount_after_many_writes(house: House) -> None:
    person = await someone(house, "迁出人")
    await run_command(yuanluo.update_person, at(house), UpdatePerson(person, status=PersonStatus.MOVED_OUT))
    await run_command(yuanluo.create_organization, at(house), CreateOrganization("FORUM", "议事小组"))
    with scoped(COURTYARD):
        counted = await recount(house.database, COURTYARD_COUNTER, COURTYARD)
    assert await counts(house) == counted
    assert counted["people"] > 0
    assert counted["organizations"] > 0


async def test_thousands_of_people_are_one_record_that_digests_the_rows(house: House) -> None:
    people = [CreatePerson(f"批量{number}") for number in range(1200)]
    before = await counts(house)
    receipt = await run_commands(yuanluo.create_person, at(house), people)
    assert receipt.payload["rows"] == len(set(receipt.subject_ids)) == 1200
    assert (await counts(house))["people"] == before["people"] + 1200


async def test_an_incompatible_office_is_refused_by_its_rule(house: House) -> None:
    person = await someone(house, "彭淑华")
    receipt = await run_commands(
        yuanluo.create_organization,
        at(house),
        [CreateOrganization("SUPERVISORY", "监委会"), CreateOrganization("FINANCE_OFFICE", "财务组")],
    )
    supervisory, finance = receipt.subject_ids
    assert supervisory
    assert finance
    seat = AppointSeat(supervisory, person, "MEMBER", dt.date(2024, 1, 1))
    held = (await run_command(yuanluo.appoint_seat, at(house), seat)).subject_id
    cashier = AppointSeat(finance, person, "CASHIER", TODAY)
    with pytest.raises(IncompatibleSeats) as refused:
        await run_command(yuanluo.appoint_seat, at(house), cashier)
    assert refused.value.rule == "domain C1"
    assert held is not None
    end = EndSeat(held, TODAY - dt.timedelta(days=1), SeatEnd.RESIGN)
    await run_command(yuanluo.end_seat, at(house), end)
    assert (await run_command(yuanluo.appoint_seat, at(house), cashier)).subject_id is not None


async def test_nobody_holds_one_office_twice_at_once(house: House) -> None:
    person, other = await someone(house), await someone(house, "李素芬")
    made = [
        (await run_command(yuanluo.create_organization, at(house), CreateOrganization("CLUB", name))).subject_id
        for name in ("棋社", "画社")
    ]
    chess, painting = [each for each in made if each is not None]
    first, last = dt.date(2026, 1, 1), dt.date(2026, 6, 30)

    def office(club: uuid.UUID, who: uuid.UUID, role: str, since: dt.date) -> AppointSeat:
        return AppointSeat(club, who, role, since)

    seat = (await run_command(yuanluo.appoint_seat, at(house), office(chess, person, "CHAIR", first))).subject_id
    with pytest.raises(SeatHeld) as refused:
        await run_command(yuanluo.appoint_seat, at(house), office(chess, person, "CHAIR", dt.date(2026, 3, 1)))
    assert (refused.value.stable_code, refused.value.rule) == ("SEAT_HELD", "domain 3.2")
    twice = [office(painting, person, "CHAIR", first), office(painting, person, "CHAIR", TODAY)]
    with pytest.raises(SeatHeld):
        await run_commands(yuanluo.appoint_seat, at(house), twice)
    others = [(chess, person, "MEMBER"), (painting, person, "CHAIR"), (chess, other, "CHAIR")]
    await run_commands(yuanluo.appoint_seat, at(house), [office(*each, first) for each in others])
    assert seat is not None
    await run_command(yuanluo.end_seat, at(house), EndSeat(seat, last, SeatEnd.TERM))
    with pytest.raises(SeatHeld):
        await run_command(yuanluo.appoint_seat, at(house), office(chess, person, "CHAIR", last))
    again = office(chess, person, "CHAIR", last + dt.timedelta(days=1))
    assert (await run_command(yuanluo.appoint_seat, at(house), again)).subject_id is not None


async def test_incompatible_offices_within_one_list_are_refused_too(house: House) -> None:
    person = await someone(house, "肖勇")
    receipt = await run_commands(
        yuanluo.create_organization,
        at(house),
        [CreateOrganization("SUPERVISORY", "监委会二"), CreateOrganization("FINANCE_OFFICE", "财务组二")],
    )
    supervisory, finance = receipt.subject_ids
    assert supervisory
    assert finance
    both = [AppointSeat(supervisory, person, "MEMBER", TODAY), AppointSeat(finance, person, "CASHIER", TODAY)]
    with pytest.raises(IncompatibleSeats):
        await run_commands(yuanluo.appoint_seat, at(house), both)


async def test_an_upper_organization_must_be_of_a_node_above(house: House) -> None:
    above = await run_command(
        yuanluo.create_organization, at(house, COMMUNITY), CreateOrganization("COMMITTEE", "社区党委")
    )
    below = await run_command(
        yuanluo.create_organization,
        at(house),
        CreateOrganization("BRANCH", "梧桐苑党支部", upper_id=above.subject_id),
    )
    assert below.subject_id is not None
    beside = await run_command(
        yuanluo.create_organization, at(house, OTHER), CreateOrganization("BRANCH", "银杏里党支部")
    )
    for wrong in (beside.subject_id, below.subject_id, uuid.uuid4()):
        with pytest.raises(NotFound):
            await run_command(
                yuanluo.create_organization, at(house), CreateOrganization("BRANCH", "第二支部", upper_id=wrong)
            )


async def test_nothing_stands_below_a_dissolved_organization_of_a_node_above(house: House) -> None:
    above = at(house, COMMUNITY)
    upper = (await run_command(yuanluo.create_organization, above, CreateOrganization("CLUB", "社区棋协"))).subject_id
    assert upper is not None
    below = CreateOrganization("CLUB", "院落棋社", upper_id=upper)
    club = (await run_command(yuanluo.create_organization, at(house), below)).subject_id
    assert club is not None
    with pytest.raises(Conflict) as refused:
        await run_command(yuanluo.dissolve_organization, above, DissolveOrganization(upper))
    assert refused.value.stable_code == "ORGANIZATION_IN_USE"
    await run_command(yuanluo.dissolve_organization, at(house), DissolveOrganization(club))
    await run_command(yuanluo.dissolve_organization, above, DissolveOrganization(upper))
    with pytest.raises(Conflict) as refused:
        await run_command(yuanluo.create_organization, at(house), below)
    assert refused.value.stable_code == "ORGANIZATION_DISSOLVED"


async def test_a_plugin_is_switched_off_and_on_in_one_courtyard_only(house: House) -> None:
    await run_command(yuanluo.switch_plugin, at(house), yuanluo.SwitchPlugin("offices", on=False))
    assert await house.enabled(COURTYARD) == {"core"}
    assert await house.enabled(OTHER) == {"core", "offices"}
    await run_command(yuanluo.switch_plugin, at(house), yuanluo.SwitchPlugin("offices", on=True))
    assert await house.is_enabled(COURTYARD, "offices")
    with pytest.raises(Invalid):
        await run_command(yuanluo.switch_plugin, at(house), yuanluo.SwitchPlugin("core", on=False))


async def test_a_command_without_the_role_is_forbidden_with_its_rule_and_writes_nothing(house: House) -> None:
    resident = yuanluo.Viewer(
        uuid.uuid4(), "居民", yuanluo.Scope.of(COURTYARD), (), (("RESIDENT", COURTYARD),),
        reach=(("RESIDENT", yuanluo.Range(COURTYARD, COURTYARD)),),
    )  # fmt: skip
    before = await counts(house)
    with pytest.raises(Forbidden) as refused:
        await run_command(yuanluo.create_person, at(house, actor=resident), CreatePerson("王芳"))
    assert (refused.value.action, refused.value.rule) == ("person.create", "domain 7")
    assert await counts(house) == before
