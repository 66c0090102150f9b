"""Two-step import of the roster of owners on both engines: preview, commit, repeat, export, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, TODAY, at, make_house

import yuanluo
from yuanluo import (
    CreatePerson,
    DateInFuture,
    Forbidden,
    House,
    Invalid,
    NotFound,
    Range,
    Scope,
    Viewer,
    commit_import,
    export_file,
    export_records,
    masked_records,
    operator,
    preview_file,
    run_command,
    scoped,
    verify,
)
from yuanluo.counters import COURTYARD_COUNTER, recount, stored_counts
from yuanluo.owner_roster import is_institution
from yuanluo.settling import settle
from yuanluo.sheets import OWNER_ROSTER, Preview
from yuanluo.synthetic import generate_courtyard, plan_district

KEYS = ("room_key", "area_c", "owner_name", "owner_id_number", "phone", "phone_alt", "share", "occupancy")


def line(room: str, name: str, id_number: str | None = None, **other: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "sheet": "Sheet1", "row": 2, "room_key": room, "area_c": 5832, "owner_name": name,
        "owner_id_number": id_number, "phone": None, "phone_alt": [], "share": "1/1", "occupancy": "OWNER_OCCUPIED",
    }  # fmt: skip
    return record | other


def roster(*records: Mapping[str, Any], sha256: str = "0" * 64, **meta: object) -> Preview:
    return Preview("名册.xlsx", sha256, "owner_roster", (), meta, tuple(dict(each) for each in records), (), ())


TWO_OWNERS = (
    line("1-1-101", "何大成", "510100195001020117", phone="15400000201", phone_alt=["02820000202"]),
    line("1-1-201", "冯涛", "510100197704050338", share="1/2", occupancy="RENTED"),
    line("1-1-201", "邓丽", "510100197906070441", share="1/2", occupancy="RENTED"),
    line("2-0-003", "成都某单位后勤处", area_c=3330, occupancy="VACANT"),
    line("2-0-004", "成都某单位后勤处", area_c=3330, occupancy="RENTED"),
    line("2-0-005", "无证人", phone="15400000777"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


async def count(house: House, table: str, tenant: int = COURTYARD) -> int:
    with scoped(tenant):
        return int(await yuanluo.value(house.database, f"SELECT count(*) FROM {table}"))


async def exported(house: House, tenant: int = COURTYARD) -> list[tuple[Any, ...]]:
    found = await export_records(at(house, tenant), "owner_roster")
    return [tuple(record[key] for key in KEYS) for record in found.records]


def plain(records: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(record[key] for key in KEYS) for record in records]


async def test_a_roster_becomes_dwellings_people_institutions_and_shares(house: House) -> None:
    report = await commit_import(at(house), roster(*TWO_OWNERS))
    assert report.counts == {
        "dwellings": 5, "areas_corrected": 0, "people": 4, "people_completed": 0, "organizations": 1, "ownerships": 6,
    }  # fmt: skip
    assert await exported(house) == plain(TWO_OWNERS)
    assert await count(house, "building") == 2
    with scoped(COURTYARD):
        assert await stored_counts(house.database, COURTYARD_COUNTER, COURTYARD) == await recount(
            house.database, COURTYARD_COUNTER, COURTYARD
        )
        assert (await verify(house.database, COURTYARD, house.keys)).is_whole


async def test_the_same_file_is_imported_once_per_courtyard(house: House) -> None:
    first = await commit_import(at(house), roster(*TWO_OWNERS))
    again = await commit_import(at(house), roster(*TWO_OWNERS))
    assert again == dataclasses.replace(first, repeated=True)
    assert await count(house, "record") == await count(house, "import_batch") == 1
    other = await commit_import(at(house, OTHER), roster(*TWO_OWNERS))
    assert not other.repeated


async def test_another_file_with_the_same_rows_changes_nothing_but_the_batch(house: House) -> None:
    await commit_import(at(house), roster(*TWO_OWNERS))
    report = await commit_import(at(house), roster(*TWO_OWNERS, sha256="1" * 64))
    assert set(report.counts.values()) == {0}
    assert (await count(house, "ownership"), await count(house, "person")) == (6, 4)


async def test_a_newer_roster_closes_the_old_shares_on_its_record_date(house: House) -> None:
    await commit_import(at(house), roster(line("1-1-101", "何大成", "510100195001020117")))
    sold = line("1-1-101", "罗世英", "510100196102030220", area_c=5900)
    report = await commit_import(at(house), roster(sold, sha256="1" * 64, record_date="2026-06-30"))
    assert (report.counts["ownerships"], report.counts["areas_corrected"]) == (1, 1)
    with scoped(COURTYARD):
        rows = await yuanluo.rows(house.database, "SELECT started_on, ended_on FROM ownership ORDER BY id")
        assert await yuanluo.value(house.database, "SELECT area_c FROM courtyard_counts") == 5900
    assert [tuple(row.values()) for row in rows] == [
        (None, dt.date(2026, 6, 29)),
        (dt.date(2026, 6, 30), None),
    ]


@pytest.mark.parametrize("record_date", ["2026-11-23", "2026-12", "2027"])
async def test_a_roster_as_of_a_day_that_has_not_come_is_refused_whole(house: House, record_date: str) -> None:
    with pytest.raises(DateInFuture) as refused:
        await commit_import(at(house), roster(*TWO_OWNERS, record_date=record_date))
    assert (refused.value.stable_code, refused.value.field) == ("DATE_FUTURE", "record_date")
    assert await count(house, "dwelling") == await count(house, "import_batch") == 0


async def test_a_roster_as_of_today_is_imported(house: House) -> None:
    report = await commit_import(at(house), roster(*TWO_OWNERS, record_date="2026-11-22"))
    assert report.counts["dwellings"] == 5


async def test_an_owner_is_found_by_id_number_else_by_name_and_room(house: House) -> None:
    known = await run_command(yuanluo.create_person, at(house), CreatePerson("何大成", id_number="510100195001020117"))
    await commit_import(at(house), roster(*TWO_OWNERS))
    assert await count(house, "person") == 4
    with scoped(COURTYARD):
        sql = "SELECT count(*) FROM ownership WHERE person_id = $1"
        assert await yuanluo.value(house.database, sql, known.subject_id) == 1
    now_known = line("2-0-005", "无证人", "510100198312130771", phone="15400000777")
    await commit_import(at(house), roster(now_known, sha256="1" * 64))
    assert await count(house, "person") == 4
    namesake = line("2-0-006", "何大成", "510100196808090559")
    await commit_import(at(house), roster(namesake, sha256="2" * 64))
    assert await count(house, "person") == 5


async def test_rosters_corrected_on_one_day_leave_the_last_one_in_force(house: House) -> None:
    for number, share in enumerate(("1/2", "1/3", "1/4", "1/5")):
        await commit_import(at(house), roster(line("1-1-101", "何大成", share=share), sha256=str(number) * 64))
    assert [row[6] for row in await exported(house)] == ["1/5"]
    found = await export_records(at(house), "owner_roster", {"on": "2026-01-01"})
    assert [record["share"] for record in found.records] == ["1/2"]
    assert await count(house, "ownership") == 4


async def test_shares_that_do_not_add_up_are_accepted_from_a_roster(house: House) -> None:
    await commit_import(at(house), roster(line("1-1-101", "何大成", share="1/3")))
    assert (await exported(house))[0][6] == "1/3"


async def test_a_commit_that_fails_half_way_writes_nothing(house: House) -> None:
    bad = line("一栋", "王芳")
    with pytest.raises(Invalid):
        await commit_import(at(house), roster(*TWO_OWNERS, bad))
    for table in ("person", "dwelling", "ownership", "import_batch", "record"):
        assert await count(house, table) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"share": None}, "SHARE_UNREADABLE"),
        ({"share": "0/1"}, "SHARE_UNREADABLE"),
        ({"share": "3/2"}, "SHARE_UNREADABLE"),
        ({"share": "333333333333/1000000000000"}, "SHARE_UNREADABLE"),
        ({"area_c": None}, "AREA_UNSAID"),
    ],
)
async def test_an_accepted_row_that_the_register_cannot_hold_is_named_and_nothing_is_written(
    house: House, changed: dict[str, Any], code: str
) -> None:
    odd = line("3-1-101", "王芳", sheet="3栋", row=17) | changed
    with pytest.raises(Invalid, match="row 17 of sheet '3栋'") as refused:
        await commit_import(at(house), roster(*TWO_OWNERS, odd))
    assert refused.value.stable_code == code
    assert "“3栋”第 17 行" in refused.value.zh
    for table in ("person", "dwelling", "ownership", "import_batch", "record"):
        assert await count(house, table) == 0


async def test_an_empty_area_leaves_the_area_of_the_register_and_of_another_row(house: House) -> None:
    await commit_import(at(house), roster(line("1-1-101", "王芳")))
    rows = (
        line("1-1-101", "王芳", area_c=None),
        line("1-1-102", "王芳", area_c=None, share="1/2"),
        line("1-1-102", "李丽", area_c=6000, share="1/2"),
    )
    report = await commit_import(at(house), roster(*rows, sha256="1" * 64))
    assert (report.counts["dwellings"], report.counts["areas_corrected"]) == (1, 0)
    assert {(row[0], row[1]) for row in await exported(house)} == {("1-1-101", 5832), ("1-1-102", 6000)}


async def test_an_import_needs_the_right_a_known_kind_and_a_record(house: House) -> None:
    resident = Viewer(
        operator().account_id, "居民", Scope.of(COURTYARD), (), (("RESIDENT", COURTYARD),),
        reach=(("RESIDENT", Range(COURTYARD, COURTYARD)),),
    )  # fmt: skip
    for call in (
        commit_import(at(house, actor=resident), roster(*TWO_OWNERS)),
        export_records(at(house, actor=resident), "owner_roster"),
    ):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(NotFound):
        await commit_import(at(house), dataclasses.replace(roster(*TWO_OWNERS), kind="cat_roster"))
    with pytest.raises(NotFound):
        await export_records(at(house), "cat_roster")
    with pytest.raises(Invalid):
        await commit_import(at(house), roster())


async def test_no_record_carries_an_id_number_and_reports_mask_it(house: House) -> None:
    await commit_import(at(house), roster(*TWO_OWNERS))
    await export_records(at(house), "owner_roster")
    with scoped(COURTYARD):
        contents = await yuanluo.rows(house.database, "SELECT content, kind FROM record ORDER BY sequence")
    assert [row["kind"] for row in contents] == ["import.owner_roster", "export.owner_roster"]
    assert not any(part in row["content"] for row in contents for part in ("510100", "何大成", "15400000201"))
    [shown] = masked_records(TWO_OWNERS[:1])
    assert (shown["owner_id_number"], shown["phone"], shown["phone_alt"]) == (
        "510***********0117", "154****0201", ["028****0202"],
    )  # fmt: skip


async def test_an_exported_workbook_imports_into_another_courtyard_as_the_same_rows(
    house: House, tmp_path: Path
) -> None:
    await commit_import(at(house), roster(*TWO_OWNERS))
    path = tmp_path / "名册.xlsx"
    assert await export_file(at(house), "owner_roster", path) == len(TWO_OWNERS)
    read = preview_file(house, "owner_roster", path, TODAY)
    assert plain(read.records) == plain(TWO_OWNERS)
    await commit_import(at(house, OTHER), read)
    assert await exported(house, OTHER) == await exported(house)


async def test_the_sample_workbook_is_imported_exported_and_read_back_as_the_same_records(
    house: House, tmp_path: Path
) -> None:
    sample = Path(__file__).parent / "samples" / "02_业主(居民)花名册.xlsx"
    first = preview_file(house, "owner_roster", sample, TODAY)
    report = await commit_import(at(house), first)
    assert (report.counts["dwellings"], report.counts["people"], report.counts["organizations"]) == (8, 7, 1)
    assert (await commit_import(at(house), first)).repeated
    path = tmp_path / "again.xlsx"
    await export_file(at(house), "owner_roster", path)
    assert plain(preview_file(house, "owner_roster", path, TODAY).records) == plain(first.records)


async def test_a_synthetic_courtyard_settles_and_exports_as_its_own_roster(house: House) -> None:
    plan = plan_district(2, seed=7)
    courtyard = generate_courtyard(plan.courtyards[1], plan.seed)
    settled = await settle(at(house), courtyard)
    assert await count(house, "person") == len(courtyard.people)
    assert await count(house, "residency") == len(courtyard.residencies)
    assert len(await exported(house)) == len(courtyard.ownerships)
    assert settled.person_id(1) == settled.people[0]
    with scoped(COURTYARD):
        assert await stored_counts(house.database, COURTYARD_COUNTER, COURTYARD) == await recount(
            house.database, COURTYARD_COUNTER, COURTYARD
        )


@pytest.mark.parametrize(
    ("name", "institution"),
    [
        ("成都某单位后勤处", True),
        ("四川某某有限公司", True),
        ("张建国", False),
        ("买买提·艾力", False),
        ("欧阳院士", False),
    ],
)
def test_an_institution_is_told_by_its_name(name: str, institution: bool) -> None:
    assert is_institution(name) is institution


def test_the_sheet_says_what_kind_it_is() -> None:
    assert OWNER_ROSTER.name == "owner_roster"
    assert json.dumps(OWNER_ROSTER.title, ensure_ascii=False)
