"""A batch is taken back as a whole while nothing rests on it, and what rests on it is named."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, TODAY, at, make_house
from party_world import counters_agree, viewer
from sheets_support import id_number
from test_import_preview import owner, party, preview_of

import yuanluo
from yuanluo import (
    CreateAccount,
    CreatePerson,
    Forbidden,
    House,
    OpenCourtyard,
    Plugins,
    commit_import,
    create_account,
    preview_file,
    run_command,
    scoped,
    verify,
)
from yuanluo.command import IdempotencyConflict
from yuanluo.housing import MoveIn, Occupancy, Resident, move_in
from yuanluo.import_traces import _read
from yuanluo.registering import UpdatePerson, update_person
from yuanluo.undoing import BatchUndone, NotUndoable, RestsOnBatch, UndoImport, undo_import
from yuanluo_finance.commands import ClosePeriod, close_period
from yuanluo_finance.refusals import PeriodClosed
from yuanluo_tenants.scope import Range

SAMPLES = Path(__file__).parent / "samples"
FILES = {
    "party_roster": "01_党员花名册.xlsx",
    "owner_roster": "02_业主(居民)花名册.xlsx",
    "finance_statement": "03_收支公示表.xlsx",
    "opinion_ledger": "04_民情台账.xlsx",
}
LEFT = {
    "voucher", "ledger_entry", "statement", "period", "fund", "ledger_account", "identity_membership",
}  # fmt: skip
"""What the books keep of a statement that was undone: vouchers and their reversals, and what they were booked in."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load())


async def courtyard(house: House) -> int:
    receipt = await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), OpenCourtyard("梧桐苑", "丁香路1号"))
    return int(receipt.payload["number"])


async def stored(house: House, tenant: int) -> dict[str, dict[str, Any]]:
    """Every row of a courtyard without its revision."""
    with scoped(tenant):
        found = await _read(at(house, tenant))
    return {
        table: {key: {name: value for name, value in row.items() if name != "revision"} for key, row in rows.items()}
        for table, rows in found.items()
    }


async def undone(house: House, tenant: int, batch_id: uuid.UUID, **more: Any) -> Mapping[str, Any]:
    receipt = await run_command(undo_import, at(house, tenant), UndoImport(batch_id, "导错院落"), **more)
    return receipt.payload


async def holds(house: House, tenant: int) -> bool:
    with scoped(tenant):
        verified = await verify(house.database, tenant, house.keys)
    return verified.is_whole and await counters_agree(house, tenant)


@pytest.mark.parametrize("kind", sorted(FILES))
async def test_a_batch_that_was_undone_leaves_the_courtyard_as_it_was_and_goes_in_again(
    house: House, kind: str
) -> None:
    tenant = await courtyard(house)
    found = preview_file(house, kind, SAMPLES / FILES[kind], TODAY)
    before = await stored(house, tenant)
    first = await commit_import(at(house, tenant), found)
    after = await stored(house, tenant)
    payload = await undone(house, tenant, first.batch_id)
    assert json.loads(json.dumps(payload["kind"])) == kind
    now = await stored(house, tenant)
    if kind == "finance_statement":
        assert {name for name in now if now[name] != before[name]} <= LEFT
        with scoped(tenant):
            [statement] = await yuanluo.rows(house.database, "SELECT * FROM statement WHERE tenant_id = $1", tenant)
        assert {statement[name] for name in ("opening_fen", "income_fen", "expense_fen", "closing_fen")} == {0}
    else:
        assert now == before
    assert await holds(house, tenant)
    again = await commit_import(at(house, tenant), found)
    assert (again.repeated, again.batch_id) == (False, first.batch_id)
    assert dict(again.counts) | {"funds": 0} == dict(first.counts) | {"funds": 0}
    assert {name: len(rows) for name, rows in (await stored(house, tenant)).items() if name not in LEFT} == {
        name: len(rows) for name, rows in after.items() if name not in LEFT
    }
    assert (await commit_import(at(house, tenant), found)).repeated
    assert await holds(house, tenant)


async def test_values_that_a_batch_changed_are_given_back(house: House) -> None:
    tenant = await courtyard(house)
    first = [owner("1-1-101", "王芳", phone="15400000201"), owner("1-1-102", "张伟", occupancy="RENTED")]
    await commit_import(at(house, tenant), preview_of("owner_roster", first))
    before = await stored(house, tenant)
    number = id_number("19580702", 44)
    later = [
        owner("1-1-101", "王芳", owner_id_number=number, phone="15400000201", area_c=6000),
        owner("1-1-102", "李娜", occupancy="VACANT"),
    ]
    report = await commit_import(at(house, tenant), preview_of("owner_roster", later))
    assert (report.counts["people_completed"], report.counts["areas_corrected"], report.counts["people"]) == (1, 1, 1)
    assert await stored(house, tenant) != before
    await undone(house, tenant, report.batch_id)
    assert await stored(house, tenant) == before
    assert await holds(house, tenant)


async def test_a_registration_is_given_up_and_may_be_taken_elsewhere(house: House) -> None:
    one, other = await courtyard(house), await courtyard(house)
    roster = [party(id_number=id_number("19580702", 55))]
    report = await commit_import(at(house, one), preview_of("party_roster", roster))
    await undone(house, one, report.batch_id)
    assert (await commit_import(at(house, other), preview_of("party_roster", roster))).counts["memberships"] == 1


async def test_a_registration_that_a_batch_gave_up_is_taken_back(house: House) -> None:
    tenant = await courtyard(house)
    number = id_number("19580702", 66)
    await commit_import(at(house, tenant), preview_of("party_roster", [party(id_number=number)]))
    before = await stored(house, tenant)
    report = await commit_import(
        at(house, tenant), preview_of("party_roster", [party(id_number=number, remark="双报到")])
    )
    assert (await stored(house, tenant))["identity_membership"] == {}
    await undone(house, tenant, report.batch_id)
    assert await stored(house, tenant) == before


# what rests on it ---------------------------------------------------------------------------------------------------


async def refused(house: House, tenant: int, batch_id: uuid.UUID) -> str:
    before = await stored(house, tenant)
    with pytest.raises(RestsOnBatch) as told:
        await undone(house, tenant, batch_id)
    assert await stored(house, tenant) == before
    assert str(batch_id) not in told.value.zh
    return told.value.zh


async def test_what_rests_on_a_batch_is_named(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    rows = await stored(house, tenant)
    [dwelling], [person] = rows["dwelling"], rows["person"]
    living = MoveIn(uuid.UUID(dwelling), (Resident(uuid.UUID(person)),), Occupancy.OWNER_OCCUPIED)
    await run_command(move_in, at(house, tenant), living)
    told = await refused(house, tenant, report.batch_id)
    assert "居住“1-1-101 王芳”引用了人员“王芳”" in told
    assert "房屋(专有部分)“1-1-101”此后有改动" in told


async def test_a_row_that_somebody_corrected_since_is_named(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    [person] = (await stored(house, tenant))["person"]
    await run_command(update_person, at(house, tenant), UpdatePerson(uuid.UUID(person), phone="15400000201"))
    assert await refused(house, tenant, report.batch_id) == "不能撤销该批次:人员“王芳”此后有改动。"
    await run_command(update_person, at(house, tenant), UpdatePerson(uuid.UUID(person), clear=("phone",)))
    await undone(house, tenant, report.batch_id)


async def test_a_value_that_is_no_longer_the_batchs_stays_and_refuses(house: House) -> None:
    tenant = await courtyard(house)
    await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    second = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳", area_c=6000)]))
    third = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳", area_c=7000)]))
    assert "房屋(专有部分)“1-1-101”此后有改动" in await refused(house, tenant, second.batch_id)
    await undone(house, tenant, third.batch_id)
    await undone(house, tenant, second.batch_id)
    assert [row["area_c"] for row in (await stored(house, tenant))["dwelling"].values()] == [5000]


async def test_an_account_tied_to_a_person_rests_on_the_batch(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    [person] = (await stored(house, tenant))["person"]
    account = CreateAccount(f"wangfang-{tenant}", "王芳", person_id=uuid.UUID(person))
    await run_command(create_account, at(house, tenant), account)
    assert "账号绑定了人员“王芳”" in await refused(house, tenant, report.batch_id)


async def test_rows_that_one_may_not_see_are_not_named(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    await commit_import(at(house, tenant), preview_of("party_roster", [party(room_key="1-1-101")]))
    director = at(house, tenant, viewer(house, "COUNCIL_DIRECTOR", Range(tenant, tenant)))
    with pytest.raises(RestsOnBatch) as told:
        await run_command(undo_import, director, UndoImport(report.batch_id, "导错"))
    assert "党" not in told.value.zh
    assert "一项您无权查看的登记引用了人员“王芳”" in told.value.zh


async def test_a_closed_month_keeps_its_statement(house: House) -> None:
    tenant = await courtyard(house)
    found = preview_file(house, "finance_statement", SAMPLES / FILES["finance_statement"], TODAY)
    report = await commit_import(at(house, tenant), found)
    [period] = (await stored(house, tenant))["period"]
    accountant = at(house, tenant, viewer(house, "ACCOUNTANT", Range(tenant, tenant)))
    await run_command(close_period, accountant, ClosePeriod(uuid.UUID(period)))
    with pytest.raises(PeriodClosed):
        await undone(house, tenant, report.batch_id)


# who may, and how often -----------------------------------------------------------------------------------------------


async def test_a_batch_is_undone_once_by_those_who_may_import_its_kind_and_for_a_reason(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("party_roster", [party()]))
    here = Range(tenant, tenant)
    for role in ("COUNCIL_DIRECTOR", "RESIDENT", "DISTRICT_ADMIN"):
        with pytest.raises(Forbidden):
            await run_command(
                undo_import, at(house, tenant, viewer(house, role, here)), UndoImport(report.batch_id, "导错")
            )
    with pytest.raises(yuanluo.Invalid):
        await run_command(undo_import, at(house, tenant), UndoImport(report.batch_id, " "))
    secretary = at(house, tenant, viewer(house, "BRANCH_SECRETARY", here))
    wanted = UndoImport(report.batch_id, "导错院落")
    first = await run_command(undo_import, secretary, wanted, key="k1")
    again = await run_command(undo_import, secretary, wanted, key="k1")
    assert (again.record_id, again.replayed) == (first.record_id, True)
    with pytest.raises(IdempotencyConflict):
        await run_command(undo_import, secretary, UndoImport(report.batch_id, "别的"), key="k1")
    with pytest.raises(BatchUndone):
        await run_command(undo_import, secretary, wanted)
    with pytest.raises(yuanluo.NotFound):
        await undone(house, await courtyard(house), report.batch_id)
    with scoped(tenant):
        sql = "SELECT kind, content FROM record WHERE tenant_id = $1 ORDER BY sequence"
        records = await yuanluo.rows(house.database, sql, tenant)
    assert [row["kind"] for row in records][-2:] == ["import.party_roster", "import.undo"]
    assert "导错院落" not in records[-1]["content"]


async def test_a_batch_from_before_traces_were_kept_is_not_undone(house: House) -> None:
    tenant = await courtyard(house)
    report = await commit_import(at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳")]))
    with scoped(tenant):
        sql = "UPDATE import_batch SET keeps_trace = $1 WHERE tenant_id = $2"
        await yuanluo.changed(house.database, sql, False, tenant)
    with pytest.raises(NotUndoable):
        await undone(house, tenant, report.batch_id)


async def test_what_a_batch_wrote_is_kept_without_clear_text(house: House) -> None:
    tenant = await courtyard(house)
    await run_command(yuanluo.create_person, at(house, tenant), CreatePerson("王芳", phone="15400000201"))
    roster = [owner("1-1-101", "王芳", phone="15400000201", owner_id_number=id_number("19580702", 77))]
    await commit_import(at(house, tenant), preview_of("owner_roster", roster))
    with scoped(tenant):
        found = await yuanluo.rows(house.database, "SELECT * FROM import_change WHERE tenant_id = $1", tenant)
    assert {row["deed"] for row in found if row["table_name"] == "person"} == {"CHANGED"}
    text = str([dict(row.items()) for row in found])
    assert not any(part in text for part in ("王芳", "1958-07-02", "15400000201"))
    [person] = (await stored(house, tenant))["person"]
    assert {row["table_name"] for row in found if str(row["person_id"]) == person} == {"person", "ownership"}
