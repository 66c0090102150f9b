"""The ledger of opinions end to end on both engines: sample in, again, a longer one, out, and back in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, TODAY, at, make_house
from openpyxl import load_workbook

import yuanluo
import yuanluo_council
from yuanluo import (
    AddDwelling,
    AppointSeat,
    CreatePerson,
    Forbidden,
    House,
    MoveIn,
    Occupancy,
    Plugins,
    Resident,
    Viewer,
    commit_import,
    export_file,
    export_records,
    preview_file,
    run_command,
    scoped,
)
from yuanluo.counters import recount, stored_counts
from yuanluo.sheets import Preview, preview
from yuanluo_council.bodies import CreateBody, create_body
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_council.rights import COUNCIL_COUNTER
from yuanluo_council.tables import BodyKind

SAMPLE = Path(__file__).parent / "samples" / "04_民情台账.xlsx"
HEADERS = [
    "序号", "收集日期", "反映人", "住址", "联系电话", "诉求内容", "类别", "来源", "责任人", "办理时限（工作日）",
    "办结日期", "办理结果", "满意度",
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))


def line(content: str, **other: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "sheet": "2026年", "row": 3, "received_on": "2026-09-01", "reporter": None, "room_key": None, "phone": None,
        "content": content, "category": "FACILITY", "source": "VISIT", "assignee": None, "limit_workdays": None,
        "closed_on": None, "result": None, "satisfaction": None,
    }  # fmt: skip
    return record | other


def ledger(sha256: str, *records: Mapping[str, Any]) -> Preview:
    return Preview("台账.xlsx", sha256 * 64, "opinion_ledger", (), {}, tuple(dict(each) for each in records), (), ())


def bare(records: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name not in ("sheet", "row")} for each in records]


async def opinions(house: House, tenant: int) -> list[dict[str, Any]]:
    with scoped(tenant):
        assert await stored_counts(house.database, COUNCIL_COUNTER, tenant) == await recount(
            house.database, COUNCIL_COUNTER, tenant
        )
        return await yuanluo.rows(
            house.database,
            "SELECT o.*, r.name, r.person_id, r.dwelling_id, r.room_key FROM opinion o LEFT JOIN opinion_reporter r"
            " ON r.tenant_id = o.tenant_id AND r.id = o.id WHERE o.tenant_id = $1 ORDER BY o.number",
            tenant,
        )


async def test_the_sample_ledger_is_imported_once_and_stands_as_it_was_written(house: House) -> None:
    read = preview_file(house, "opinion_ledger", SAMPLE, TODAY)
    report = await commit_import(at(house), read)
    assert report.counts == {"opinions": 4, "moved": 0, "unchanged": 0}
    again = await commit_import(at(house), read)
    assert again.repeated
    assert again.batch_id == report.batch_id
    found = await opinions(house, COURTYARD)
    assert [each["status"] for each in found] == ["RATED", "TRIAGED", "RATED", "RATED"]
    assert [each["due_on"] for each in found] == [
        dt.date(2026, 9, 8), dt.date(2026, 9, 22), dt.date(2026, 10, 8), dt.date(2026, 10, 8),
    ]  # fmt: skip
    assert [each["name"] for each in found] == ["何大成", None, "曾志强", "彭淑华"]


async def test_the_export_has_the_exact_headers_and_reads_back_as_the_same_records(
    house: House, tmp_path: Path
) -> None:
    path = tmp_path / "民情台账.xlsx"
    read = preview_file(house, "opinion_ledger", SAMPLE, TODAY)
    await commit_import(at(house), read)
    count = await export_file(at(house), "opinion_ledger", path)
    assert count == len(read.records)
    sheet = load_workbook(path).worksheets[0]
    assert [cell.value for cell in sheet[2]] == HEADERS
    back = preview(OPINION_LEDGER, path, today=TODAY)
    assert bare(back.records) == bare(read.records)
    assert [issue.code for issue in back.issues] == ["W_OVERDUE"]


async def test_an_export_that_is_imported_again_writes_nothing_new(house: House, tmp_path: Path) -> None:
    path = tmp_path / "民情台账.xlsx"
    await commit_import(at(house), preview_file(house, "opinion_ledger", SAMPLE, TODAY))
    before = await opinions(house, COURTYARD)
    await export_file(at(house), "opinion_ledger", path)
    report = await commit_import(at(house), preview_file(house, "opinion_ledger", path, TODAY))
    assert report.counts == {"opinions": 0, "moved": 0, "unchanged": len(before)}
    assert await opinions(house, COURTYARD) == before


async def test_a_longer_ledger_moves_on_what_is_known_and_adds_what_is_new(house: House) -> None:
    await commit_import(
        at(house, OTHER), ledger("a", line("路灯不亮"), line("路灯不亮"), line("漏水", assignee="李长富"))
    )
    later = ledger(
        "b",
        line("路灯不亮", closed_on="2026-09-03", result="已更换", satisfaction="SATISFIED"),
        line("路灯不亮"),
        line("路灯不亮"),
        line("漏水", closed_on="2026-09", result="已修", limit_workdays=5),
    )
    report = await commit_import(at(house, OTHER), later)
    assert report.counts == {"opinions": 1, "moved": 2, "unchanged": 1}
    found = await opinions(house, OTHER)
    assert [(each["content"], each["status"]) for each in found] == [
        ("路灯不亮", "RATED"), ("路灯不亮", "COLLECTED"), ("漏水", "CLOSED"), ("路灯不亮", "COLLECTED"),
    ]  # fmt: skip
    assert (found[2]["assignee_name"], found[2]["due_on"]) == ("李长富", dt.date(2026, 9, 8))
    backwards = await commit_import(at(house, OTHER), ledger("c", line("漏水")))
    assert backwards.counts == {"opinions": 0, "moved": 0, "unchanged": 1}


async def test_reporter_dwelling_and_assignee_are_recognised_where_they_are_known(house: House) -> None:
    context = at(house, OTHER)
    person = (await run_command(yuanluo.create_person, context, CreatePerson("何大成"))).subject_id
    keeper = (await run_command(yuanluo.create_person, context, CreatePerson("王秀英"))).subject_id
    room = (await run_command(yuanluo.add_dwelling, context, AddDwelling(3, 2, "509", 5832))).subject_id
    council = await run_command(create_body, context, CreateBody(BodyKind.RESIDENT_COUNCIL, "银杏里院委会", 5))
    assert person is not None
    assert keeper is not None
    assert room is not None
    assert council.subject_id is not None
    await run_command(yuanluo.move_in, context, MoveIn(room, (Resident(person),), Occupancy.OWNER_OCCUPIED))
    seat = AppointSeat(council.subject_id, keeper, "MEMBER", dt.date(2026, 1, 1))
    await run_command(yuanluo.appoint_seat, context, seat)
    records = [
        line("门禁坏了", reporter="何大成", room_key="3-2-509", assignee="王秀英"),
        line("水压低", reporter="何大成", room_key="9-9-999", assignee="路人甲"),
    ]
    await commit_import(context, ledger("d", *records))
    known, unknown = (await opinions(house, OTHER))[-2:]
    assert (known["person_id"], known["reporter_id"], known["dwelling_id"], known["assignee_id"]) == (
        person, person, room, keeper,
    )  # fmt: skip
    assert [unknown[name] for name in ("person_id", "dwelling_id", "assignee_id")] == [None, None, None]
    assert (unknown["name"], unknown["room_key"], unknown["assignee_name"]) == ("何大成", "9-9-999", "路人甲")


async def test_rows_with_little_in_them_are_kept_and_written_back_as_they_are(house: House) -> None:
    record = line("只有诉求", received_on=None, category=None, source=None, satisfaction="SATISFIED", limit_workdays=60)
    await commit_import(at(house, OTHER), ledger("e", record))
    exported = await export_records(at(house, OTHER), "opinion_ledger")
    assert dict(exported.records[-1]) == bare([record])[0]
    assert exported.title == "银杏里民情台账"


async def test_a_failing_row_leaves_nothing_of_the_file(house: House) -> None:
    before = await opinions(house, OTHER)
    with pytest.raises(yuanluo.Invalid):
        await commit_import(at(house, OTHER), ledger("f", line("新的诉求"), line("坏日期", received_on="2026-02-30")))
    assert await opinions(house, OTHER) == before


async def test_only_those_who_may_see_it_in_the_clear_export_the_ledger(house: House) -> None:
    everywhere = yuanluo.Range(COURTYARD, COURTYARD)
    secretary = Viewer(
        yuanluo.operator().account_id, "书记", yuanluo.Scope.of(COURTYARD), (), (("BRANCH_SECRETARY", COURTYARD),),
        reach=(("BRANCH_SECRETARY", everywhere),),
    )  # fmt: skip
    with pytest.raises(Forbidden):
        await export_records(at(house, actor=secretary), "opinion_ledger")
