"""The party plugin's forms end to end: a roster in twice writes nothing new, and out and in again neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at
from party_world import ELECTED, build_party_house, committee, counters_agree, found_branch, viewer
from sheets_support import DUAL, PARTY, SAMPLES, Book, id_number, row_of

from yuanluo import Forbidden, House, Invalid, Person, commit_import, rows, run_command, scoped
from yuanluo.identities import NotRegistrable
from yuanluo.importing import export_file, export_records, preview_file
from yuanluo.sealing import unseal
from yuanluo.sheets import preview
from yuanluo_party.commands import found_party_org
from yuanluo_party.importing import member_type, relation_of
from yuanluo_party.organizations import FoundPartyOrg
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER
from yuanluo_party.terms import PartyMemberType, PartyOrgKind, PartyRelation, PartyTier
from yuanluo_tenants.scope import Range

SAMPLE = SAMPLES / "01_党员花名册.xlsx"
BRANCH = "梧桐苑院落党支部"


@pytest_asyncio.fixture(loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await build_party_house(make_database)


async def number_of_rows(house: House, table: str, tenant: int = COURTYARD) -> int:
    with scoped(tenant):
        found = await rows(house.database, f"SELECT count(*) AS n FROM {table} WHERE tenant_id = $1", tenant)
    return int(found[0]["n"])


async def memberships(house: House, tenant: int = COURTYARD) -> dict[str, dict[str, object]]:
    with scoped(tenant):
        found = await rows(
            house.database,
            "SELECT p.name, p.id_number_masked, m.* FROM party_membership m"
            " JOIN person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id WHERE m.tenant_id = $1",
            tenant,
        )
    return {row["name"]: row for row in found}


async def test_the_sample_roster_becomes_members_of_its_branch(house: House) -> None:
    branch = await found_branch(house, BRANCH, await committee(house))
    report = await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    assert report.counts == {
        "people": 8, "branches": 0, "memberships": 8, "amended": 0, "unchanged": 0,
    }  # fmt: skip
    members = await memberships(house)
    assert {row["org_id"] for row in members.values()} == {branch}
    assert all(row["is_verified"] == (row["relation"] == "REGISTERED") for row in members.values())
    zhao, yang = members["赵敏"], members["杨洋"]
    assert (zhao["relation"], zhao["type"], zhao["education"], zhao["room_key"]) == (
        "REPORTED_IN", "FULL", "本科", "3-1-701",
    )  # fmt: skip
    assert (yang["relation"], yang["type"], yang["confirmed_on"]) == ("REGISTERED", "PROBATIONARY", None)
    assert await counters_agree(house)


async def test_two_rows_of_one_person_without_a_number_are_both_named_and_nothing_is_written(
    house: House, tmp_path: Path
) -> None:
    await found_branch(house, BRANCH, await committee(house))
    book = Book(tmp_path / "同一人.xlsx")
    lines = [row_of(PARTY, 姓名=name, 住址="1-1-101") for name in ("张建国", "李素芬", "张建国")]
    book.sheet([PARTY, *lines])
    book.book.save(book.path)
    found = preview_file(house, "party_roster", book.path, TODAY)
    assert found.issues == (), "N13 compares by ID number alone"
    with pytest.raises(Invalid, match="rows 2 and 4") as refused:
        await commit_import(at(house), found)
    assert refused.value.stable_code == "SAME_PERSON_TWICE"
    assert await number_of_rows(house, "person") == 0


async def test_rows_that_only_the_register_takes_for_one_person_are_both_named(house: House, tmp_path: Path) -> None:
    await found_branch(house, BRANCH, await committee(house))
    number = id_number("19520714", 101)
    for name, lines in (
        ("先.xlsx", [{"身份证号": number, "住址": "1-1-101"}]),
        ("后.xlsx", [{"身份证号": number}, {"住址": "1-1-101"}]),
    ):
        book = Book(tmp_path / name)
        book.sheet([PARTY, *(row_of(PARTY, 姓名="张建国", **line) for line in lines)])
        book.book.save(book.path)
    await commit_import(at(house), preview_file(house, "party_roster", tmp_path / "先.xlsx", TODAY))
    with pytest.raises(Invalid, match="rows 2 and 3") as refused:
        await commit_import(at(house), preview_file(house, "party_roster", tmp_path / "后.xlsx", TODAY))
    assert refused.value.stable_code == "SAME_PERSON_TWICE"


async def test_the_same_file_twice_creates_nothing_new(house: House) -> None:
    first = await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    before = [await number_of_rows(house, table) for table in ("person", "party_membership", "party_org", "record")]
    second = await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    after = [await number_of_rows(house, table) for table in ("person", "party_membership", "party_org", "record")]
    assert (second.repeated, second.batch_id, second.counts) == (True, first.batch_id, first.counts)
    assert after == before


async def test_a_branch_that_is_not_on_the_register_is_entered_as_being_prepared(house: House) -> None:
    report = await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    assert report.counts["branches"] == 1
    with scoped(COURTYARD):
        found = await rows(
            house.database,
            "SELECT o.name, g.status FROM party_org g JOIN organization o ON o.tenant_id = g.tenant_id AND o.id = g.id"
            " WHERE g.tenant_id = $1",
            COURTYARD,
        )
    assert [(row["name"], row["status"]) for row in found] == [(BRANCH, "PREPARING")]


async def test_what_was_exported_imports_to_the_same_rows(house: House, tmp_path: Path) -> None:
    await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    path = tmp_path / "out.xlsx"
    assert await export_file(at(house), "party_roster", path) == 8
    expected = json.loads(SAMPLE.with_suffix(".expected.json").read_text("utf-8"))["records"]
    again = preview(PARTY_ROSTER, path, today=TODAY)
    assert [issue.code for issue in again.issues if issue.is_error] == []

    def bare(records: list[dict[str, object]]) -> list[dict[str, object]]:
        stripped = [{key: each[key] for key in each if key not in ("sheet", "row")} for each in records]
        return sorted(stripped, key=lambda each: str(each["id_number"]))

    assert bare(list(again.records)) == bare(expected)
    report = await commit_import(at(house), again)
    assert (report.counts["unchanged"], report.counts["people"], report.counts["memberships"]) == (8, 0, 0)
    assert await counters_agree(house)


async def test_a_later_roster_amends_and_adds(house: House, tmp_path: Path) -> None:
    await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    book = Book(tmp_path / "later.xlsx")
    common = {"所在党支部": BRANCH, "党员类别": "正式党员"}
    book.sheet(
        [
            PARTY,
            row_of(PARTY, 姓名="杨洋", 身份证号="51010019950910079X", 转正时间="2026.11.20", **common),
            row_of(PARTY, 姓名="蒋明德", 身份证号=id_number("19550303", 11), 住址="2-1-101", **common),
        ]
    )
    report = await commit_import(at(house), book.read(PARTY_ROSTER))
    assert (report.counts["amended"], report.counts["memberships"], report.counts["people"]) == (1, 1, 1)
    members = await memberships(house)
    assert (members["杨洋"]["type"], members["杨洋"]["confirmed_on"]) == ("FULL", "2026-11-20")
    assert await counters_agree(house)


async def test_a_row_without_branch_is_named_where_the_courtyard_has_none(house: House, tmp_path: Path) -> None:
    book = Book(tmp_path / "无支部.xlsx")
    lines = [row_of(PARTY, 姓名="甲", 所在党支部=BRANCH), row_of(PARTY, 姓名="乙", 所在党支部="乙党支部")]
    book.sheet([PARTY, *lines, row_of(PARTY, 姓名="丙")])
    with pytest.raises(Invalid, match="row 4 ") as refused:
        await commit_import(at(house), book.read(PARTY_ROSTER))
    assert "第 4 行" in refused.value.zh
    assert await number_of_rows(house, "person") == 0


async def test_without_an_id_number_name_and_room_find_the_member_again(house: House, tmp_path: Path) -> None:
    common = {"所在党支部": BRANCH, "党员类别": "正式党员"}
    for number in (1, 2):
        book = Book(tmp_path / f"{number}.xlsx")
        book.sheet([PARTY, row_of(PARTY, 姓名="谢世荣", 住址="5-1-502", 备注=f"第{number}次", **common)])
        await commit_import(at(house), book.read(PARTY_ROSTER))
    assert await number_of_rows(house, "person") == 1
    assert (await memberships(house))["谢世荣"]["remark"] == "第2次"
    namesake = Book(tmp_path / "namesake.xlsx")
    namesake.sheet([PARTY, row_of(PARTY, 姓名="谢世荣", 住址="5-1-601", **common)])
    await commit_import(at(house), namesake.read(PARTY_ROSTER))
    assert await number_of_rows(house, "person") == 2


async def test_a_roster_with_a_member_registered_elsewhere_is_refused_whole(house: House) -> None:
    await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    there = at(house, OTHER)
    with pytest.raises(NotRegistrable):
        await commit_import(there, preview_file(house, "party_roster", SAMPLE, TODAY))
    assert await number_of_rows(house, "person", OTHER) == 0
    assert await number_of_rows(house, "party_org", OTHER) == 0


async def test_a_roster_that_names_no_branch_needs_the_only_one(house: House, tmp_path: Path) -> None:
    headers = [each for each in PARTY if each != "所在党支部"]
    book = Book(tmp_path / "no-branch.xlsx")
    book.sheet([headers, row_of(headers, 姓名="韩永贵", 党员类别="正式党员")])
    found = book.read(PARTY_ROSTER)
    with pytest.raises(Invalid):
        await commit_import(at(house), found)
    branch = await found_branch(house, BRANCH, None)
    await commit_import(at(house), found)
    assert (await memberships(house))["韩永贵"]["org_id"] == branch


async def test_a_roster_may_name_the_joint_branch_that_covers_the_courtyard(house: House, tmp_path: Path) -> None:
    joint = FoundPartyOrg(
        "联合党支部",
        PartyTier.BRANCH,
        PartyOrgKind.JOINT,
        parent_id=await committee(house),
        approval_no="8号",
        elected_on=ELECTED,
        covers=(COURTYARD, OTHER),
    )
    joint_id = (await run_command(found_party_org, at(house, COMMUNITY), joint)).subject_id
    book = Book(tmp_path / "joint.xlsx")
    book.sheet([PARTY, row_of(PARTY, 姓名="曹明贵", 党员类别="正式党员", 所在党支部="联合党支部")])
    report = await commit_import(at(house), book.read(PARTY_ROSTER))
    member = (await memberships(house))["曹明贵"]
    assert (report.counts["branches"], member["org_id"], member["joint_org_id"]) == (0, None, joint_id)
    [record] = (await export_records(at(house), "party_roster")).records
    assert record["branch"] == "联合党支部"


async def test_councils_neither_import_nor_export_members(house: House) -> None:
    here = Range(COURTYARD, COURTYARD)
    found = preview_file(house, "party_roster", SAMPLE, TODAY)
    for role in ("COUNCIL_DIRECTOR", "COMMUNITY_SECRETARY", "DISTRICT_ADMIN", "RESIDENT"):
        context = at(house, actor=viewer(house, role, here))
        with pytest.raises(Forbidden):
            await commit_import(context, found)
        with pytest.raises(Forbidden):
            await export_records(context, "party_roster")
    secretary = at(house, actor=viewer(house, "BRANCH_SECRETARY", here))
    await commit_import(secretary, found)
    assert len((await export_records(secretary, "party_roster")).records) == 8


async def test_id_numbers_are_sealed_and_phones_come_back(house: House) -> None:
    await commit_import(at(house), preview_file(house, "party_roster", SAMPLE, TODAY))
    with scoped(COURTYARD):
        [row] = await rows(
            house.database,
            "SELECT id, id_number, id_number_masked FROM person WHERE tenant_id = $1 AND name = '李长富'",
            COURTYARD,
        )
    assert row["id_number_masked"] == "510***********1010"
    assert b"510100195207141010" not in row["id_number"]
    clear = unseal(house.keys, Person, COURTYARD, row["id"], "id_number", row["id_number"])
    assert clear == "510100195207141010"


def test_the_remark_tells_the_relation_and_missing_types_are_assumed() -> None:
    assert relation_of(None) is PartyRelation.REGISTERED
    assert relation_of("支部书记") is PartyRelation.REGISTERED
    assert relation_of("双报到") is PartyRelation.REPORTED_IN
    assert relation_of("流出党员") is PartyRelation.FLOATING_OUT
    assert relation_of("流入") is PartyRelation.FLOATING_IN

    def assumed(joined_on: str | None, confirmed_on: str | None) -> PartyMemberType:
        record = {"member_type": None, "joined_on": joined_on, "confirmed_on": confirmed_on}
        return member_type(record, "2026-11-22")

    assert assumed("1990", None) is PartyMemberType.FULL
    assert assumed("2024-11-22", None) is PartyMemberType.PROBATIONARY
    assert assumed(None, "1991-07") is PartyMemberType.FULL
    assert assumed(None, None) is PartyMemberType.PROBATIONARY


async def test_reports_in_come_from_their_form_and_go_back(house: House, tmp_path: Path) -> None:
    await found_branch(house, BRANCH, await committee(house))
    book = Book(tmp_path / "dual.xlsx")
    common = {"工作单位": "区教育局", "组织关系所在党组织": "区教育局机关党支部", "报到时间": "2026.03.05"}
    book.sheet(
        [
            DUAL,
            row_of(
                DUAL, 姓名="徐敏", 联系方式="15400000201", 居住地址="1-1-301", 特长="书法、法律",
                认领岗位="政策宣传员", 社区意见="同意", **common,
            ),
            row_of(DUAL, 姓名="林涛", 联系方式="15400000202", 居住地址="1-1-302", **common),
            row_of(DUAL, 姓名="许静", 联系方式="15400000203", 居住地址="1-1-303", 社区意见="不同意", **common),
        ]
    )  # fmt: skip
    report = await commit_import(at(house), book.read(DUAL_REPORT))
    assert report.counts == {"people": 3, "reports": 3, "accepted": 1, "amended": 0, "unchanged": 0}
    members = await memberships(house)
    assert {name: row["relation"] for name, row in members.items()} == {"徐敏": "REPORTED_IN"}
    path = tmp_path / "dual-out.xlsx"
    assert await export_file(at(house), "dual_report", path) == 3
    again = preview(DUAL_REPORT, path, today=TODAY)
    first = book.read(DUAL_REPORT).records
    assert sorted(map(str, ({**each, "row": 0, "sheet": ""} for each in again.records))) == sorted(
        map(str, ({**each, "row": 0, "sheet": ""} for each in first))
    )
    repeated = await commit_import(at(house), again)
    assert (repeated.counts["reports"], repeated.counts["unchanged"]) == (0, 3)
    assert await counters_agree(house)
