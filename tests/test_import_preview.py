"""A preview tells what a commit does, and nothing else: refusals and warnings by row, the same counts, nothing written."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, at, make_house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets_support import PARTY, Book, id_number, row_of

import yuanluo
from yuanluo import House, Importer, Invalid, OpenCourtyard, PluginError, Plugins, commit_import, run_command, scoped
from yuanluo.import_file import ImportFile
from yuanluo.import_traces import _read
from yuanluo.importing import ImportReport, RegisterPreview, preview_import
from yuanluo.people import Person
from yuanluo.sealing import unseal
from yuanluo.sheets import OWNER_ROSTER, Preview, SheetHeader, SkippedRow
from yuanluo_party.roster import PARTY_ROSTER
from yuanluo_tenants.errors import Refused

SAMPLES = Path(__file__).parent / "samples"
NAMES = ("王芳", "张伟", "李娜")
ROOMS = ("1-1-101", "1-1-102", "2-0-003")
PHONES = (None, "15400000201", "15400000202")
NUMBERS = (None, id_number("19580702", 11), id_number("19620303", 12), id_number("20120101", 13))
BIRTHS = (None, "1958", "1958-07", "1958-07-02", "1962-03-03")
KEYS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "owner_roster": {
        "room_key": (*ROOMS, "9999999999-1-101"), "area_c": (5000, 6000, None), "owner_name": (*NAMES, "成都某单位后勤处"),
        "owner_id_number": NUMBERS, "phone": PHONES, "phone_alt": ([],), "share": ("1/1", "1/2", "1/2", None, "0/1"),
        "occupancy": (None, "RENTED", "VACANT"),
    },
    "party_roster": {
        "name": NAMES, "gender": (None,), "ethnicity": (None, "汉族"), "birth": BIRTHS, "id_number": NUMBERS,
        "education": (None, "大专"), "joined_on": (None, "1985-07-01", "1975"),
        "confirmed_on": (None, "1986-07-01", "1970-01"), "member_type": (None, "FULL", "PROBATIONARY"),
        "branch": (None, "第一党支部", "第一党支部", "第二党支部"), "phone": PHONES, "phone_alt": ([],),
        "room_key": (None, *ROOMS), "remark": (None, "双报到", "流出"),
    },
    "dual_report": {
        "name": NAMES, "gender": (None,), "employer": ("区教育局",), "home_branch": (None,), "phone": PHONES,
        "phone_alt": ([],), "room_key": (None, *ROOMS), "reported_on": (None, "2026-03-05"), "skills": ([],),
        "posts": ([], ["OTHER"]), "status": ("SUBMITTED", "ACCEPTED", "REJECTED"),
    },
    "opinion_ledger": {
        "received_on": (None, "2026-09-01"), "reporter": (None, *NAMES), "room_key": (None, *ROOMS), "phone": PHONES,
        "content": ("路灯不亮", "电梯异响"), "category": ("FACILITY", None), "source": (None, "VISIT"),
        "assignee": (None, "王芳"), "limit_workdays": (None, 15), "closed_on": (None, "2026-09-09", "2026-08-01"),
        "result": (None, "已修复"), "satisfaction": (None, "SATISFIED"),
    },
    "finance_statement": {
        "entry_date": ("2026-10-08", None), "voucher_no": (None, "收-01", "收-02"), "summary": ("停车费", "保洁费"),
        "income_fen": (0, 4800), "expense_fen": (0, 0, 1200, 9007199254740993), "balance_fen": (None,), "handler": (None,),
    },
}  # fmt: skip


def record(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in KEYS[kind].items()})


FILES = st.sampled_from(sorted(KEYS)).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.lists(st.lists(record(kind), min_size=1, max_size=4), min_size=1, max_size=3)
    )
)


def preview_of(kind: str, records: Sequence[Mapping[str, Any]], **meta: Any) -> Preview:
    placed = tuple({"sheet": "表", "row": number, **each} for number, each in enumerate(records, 3))
    skipped: tuple[SkippedRow, ...] = ()
    if kind == "finance_statement":
        income, expense = (sum(each[name] for each in records) for name in ("income_fen", "expense_fen"))
        meta = {"period": "2026-10", "opening_fen": 0, "income_fen": income, "expense_fen": expense,
                "closing_fen": income - expense} | meta  # fmt: skip
        skipped = (SkippedRow("表", 2, "OPENING"),)
    sheets = (SheetHeader("表", 1),)
    return Preview("表.xlsx", uuid.uuid4().hex, kind, sheets, meta, placed, (), skipped)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load())


async def courtyard(house: House, name: str = "丁香苑") -> int:
    receipt = await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), OpenCourtyard(name, "丁香路1号"))
    return int(receipt.payload["number"])


async def stored(house: House, tenant: int) -> Any:
    with scoped(tenant):
        return await _read(at(house, tenant))


async def told_and_done(
    house: House, tenant: int, found: Preview, options: Mapping[str, str] | None = None
) -> tuple[RegisterPreview, ImportReport | Refused]:
    """Preview, then commit; whatever the preview says must be what the commit does, and it must write nothing."""
    before = await stored(house, tenant)
    told = await preview_import(at(house, tenant), found, options)
    assert await stored(house, tenant) == before
    done: ImportReport | Refused
    try:
        done = await commit_import(at(house, tenant), found, options)
    except Refused as refused:
        done = refused
        assert await stored(house, tenant) == before
    assert isinstance(done, Refused) is any(issue.is_error for issue in told.issues), (told, done)
    if isinstance(done, Refused):
        assert told.counts is None
        assert f"E_{done.stable_code}" in {issue.code for issue in told.issues}
    else:
        assert (told.counts, told.repeated) == (done.counts, done.repeated)
        assert told.issues == done.issues or done.repeated
    for issue in told.issues:
        assert issue.sheet == "表"
        assert 1 <= issue.row <= 12
    return told, done


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(files=FILES)
async def test_whatever_a_file_and_the_register_hold_a_preview_says_what_the_commit_does(
    house: House, files: tuple[str, list[list[dict[str, Any]]]]
) -> None:
    kind, rosters = files
    tenant = await courtyard(house)
    for records in rosters:
        await told_and_done(house, tenant, preview_of(kind, records))


def party(**cells: Any) -> dict[str, Any]:
    return {
        **{name: [] if name == "phone_alt" else None for name in KEYS["party_roster"]},
        "name": "王芳", "branch": "第一党支部", "member_type": "FULL", **cells,
    }  # fmt: skip


def owner(room: str, name: str, **cells: Any) -> dict[str, Any]:
    empty = {each: [] if each == "phone_alt" else None for each in KEYS["owner_roster"]}
    return {**empty, "room_key": room, "owner_name": name, "area_c": 5000, "share": "1/1", **cells}


async def test_every_row_that_the_register_refuses_is_told_by_row_and_column(house: House) -> None:
    tenant = await courtyard(house)
    rows = [
        party(name="王芳", birth="1990-01", joined_on="2001"),
        party(name="张伟", joined_on="1985", confirmed_on="1984"),
        party(name="李娜二", joined_on="1985"),
    ]
    told, refused = await told_and_done(house, tenant, preview_of("party_roster", rows))
    assert [(issue.row, issue.column, issue.code) for issue in told.issues] == [
        (3, "入党时间", "E_JOIN_UNDER_18"), (4, "转正时间", "E_DATE_ORDER"),
    ]  # fmt: skip
    assert isinstance(refused, Refused)
    assert refused.zh.startswith("工作表“表”第 3 行“入党时间”:")
    assert "另有 1 处" in refused.zh
    rows = [owner("1-1-101", "王芳", share=None), owner("1-1-102", "张伟", area_c=None), owner("1-1-103", "李娜")]
    told, _ = await told_and_done(house, tenant, preview_of("owner_roster", rows))
    assert [(issue.row, issue.column, issue.code) for issue in told.issues] == [
        (3, "份额", "E_SHARE_UNREADABLE"), (4, "建筑面积", "E_AREA_UNSAID"),
    ]  # fmt: skip


async def test_what_a_whole_file_is_refused_for_stands_at_its_header_or_its_total(house: House) -> None:
    tenant = await courtyard(house)
    line = {"entry_date": "2026-10-08", "voucher_no": "收-01", "summary": "停车费", "income_fen": 4800, "expense_fen": 0,
            "balance_fen": None, "handler": None}  # fmt: skip
    await commit_import(at(house, tenant), preview_of("finance_statement", [line]))
    other = preview_of("finance_statement", [line | {"voucher_no": "收-02"}])
    told, _ = await told_and_done(house, tenant, other)
    assert [(issue.row, issue.code) for issue in told.issues] == [(1, "E_STATEMENT_MISMATCH")]
    assert "48.00 元" in told.issues[0].zh
    opening = preview_of("finance_statement", [line], opening_fen=100)
    told, _ = await told_and_done(house, tenant, opening)
    assert [(issue.row, issue.code) for issue in told.issues] == [(2, "E_OPENING_MISMATCH")]


async def test_a_file_that_was_imported_is_told_as_such_and_one_without_rows_as_refused(house: House) -> None:
    tenant = await courtyard(house)
    found = preview_of("owner_roster", [owner("1-1-101", "王芳")])
    report = await commit_import(at(house, tenant), found)
    told = await preview_import(at(house, tenant), found)
    assert (told.repeated, told.counts, told.issues) == (True, report.counts, ())
    told, _ = await told_and_done(house, tenant, preview_of("owner_roster", []))
    assert [issue.code for issue in told.issues] == ["E_INVALID"]


async def test_refused_registrations_count_whether_tried_or_previewed(house: House) -> None:
    one, other = await courtyard(house), await courtyard(house)
    number = id_number("19580702", 71)
    await commit_import(at(house, one), preview_of("party_roster", [party(id_number=number)]))
    sql = "SELECT count(*) FROM identity_attempt WHERE tenant = $1 AND refused"
    told = await preview_import(
        at(house, other), preview_of("party_roster", [party(name="甲"), party(id_number=number)])
    )
    assert [(issue.row, issue.code) for issue in told.issues] == [(4, "E_NOT_REGISTRABLE")]
    assert await yuanluo.value(house.database, sql, other, shared=True) == 1


# who is meant -------------------------------------------------------------------------------------------------------


async def people(house: House, tenant: int) -> list[tuple[str, str | None, str | None, str | None]]:
    """Name, birth, gender and ID number of everybody."""
    with scoped(tenant):
        found = await yuanluo.rows(house.database, "SELECT * FROM person WHERE tenant_id = $1 ORDER BY id", tenant)
    return [
        (
            row["name"], row["birth"], row["gender"],
            row["id_number"] and unseal(house.keys, Person, tenant, row["id"], "id_number", row["id_number"]),
        )
        for row in found
    ]  # fmt: skip


async def test_a_person_is_found_by_name_and_birth_and_what_was_missing_is_counted(house: House) -> None:
    tenant = await courtyard(house)
    number = id_number("19580702", 22)
    first = [party(birth="1958-07"), party(name="张伟", room_key="1-1-102")]
    await commit_import(at(house, tenant), preview_of("party_roster", first))
    later = [party(id_number=number, birth="1958-07-02"), party(name="张伟", room_key="1-1-102")]
    told, report = await told_and_done(house, tenant, preview_of("party_roster", later))
    assert told.issues == ()
    assert isinstance(report, ImportReport)
    assert report.counts == {"people": 0, "branches": 0, "memberships": 0, "amended": 1, "unchanged": 1}
    assert await people(house, tenant) == [("王芳", "1958-07-02", "F", number), ("张伟", None, None, None)]


async def test_another_birth_is_another_person_and_the_same_phone_asks_the_clerk(house: House) -> None:
    tenant = await courtyard(house)
    phone = "15400000299"
    await commit_import(at(house, tenant), preview_of("party_roster", [party(birth="1958-07", phone=phone)]))
    told, _ = await told_and_done(house, tenant, preview_of("party_roster", [party(birth="1962")]))
    assert told.issues == ()
    told, _ = await told_and_done(house, tenant, preview_of("party_roster", [party(birth="1963", phone=phone)]))
    assert [(issue.row, issue.column, issue.code) for issue in told.issues] == [(3, "姓名", "W_PERSON_AMBIGUOUS")]
    assert len(await people(house, tenant)) == 3


async def test_where_two_fit_the_clerk_decides(house: House) -> None:
    tenant = await courtyard(house)
    twins = [owner("1-1-101", "王芳", phone="15400000301"), owner("1-1-102", "张伟")]
    await commit_import(at(house, tenant), preview_of("owner_roster", twins))
    for number in (1, 2):
        person = yuanluo.CreatePerson("王芳", birth="1958-07", phone=f"1540000040{number}")
        await run_command(yuanluo.create_person, at(house, tenant), person)
    found = preview_of("party_roster", [party(birth="1958-07-02")])
    told = await preview_import(at(house, tenant), found)
    [issue] = told.issues
    assert issue.code == "W_PERSON_AMBIGUOUS"
    assert told.counts == {"people": 1, "branches": 1, "memberships": 1, "amended": 0, "unchanged": 0}
    with scoped(tenant):
        sql = "SELECT id FROM person WHERE tenant_id = $1 AND name = '王芳' AND birth = '1958-07' ORDER BY id"
        [_, second] = await yuanluo.rows(house.database, sql, tenant)
    assert str(second["id"]) in issue.zh
    assert "154****0402" in issue.zh
    for option in ({"person.3": str(second["id"])}, {"person.表!3": str(second["id"])}):
        told = await preview_import(at(house, tenant), found, option)
        assert (told.issues, told.counts and told.counts["people"]) == ((), 0)
    told = await preview_import(at(house, tenant), found, {"person.3": "new"})
    assert (told.issues, told.counts and told.counts["people"]) == ((), 1)
    for wrong, code in (({"person.9": "new"}, "E_NOTHING_TO_CHOOSE"), ({"person.3": str(uuid.uuid4())}, "E_NOT_FOUND")):
        told, _ = await told_and_done(house, tenant, found, wrong)
        assert [each.code for each in told.issues if each.is_error] == [code]
    with pytest.raises(Invalid):
        await preview_import(at(house, tenant), found, {"person.3": "王芳"})
    told, _report = await told_and_done(house, tenant, found, {"person.3": str(second["id"])})
    with scoped(tenant):
        sql = "SELECT person_id FROM party_membership WHERE tenant_id = $1"
        assert await yuanluo.value(house.database, sql, tenant) == second["id"]
        sql = "SELECT content FROM record WHERE tenant_id = $1 AND kind = 'import.party_roster'"
        assert str(second["id"]) not in await yuanluo.value(house.database, sql, tenant)


async def test_an_id_number_under_another_name_is_told(house: House) -> None:
    tenant = await courtyard(house)
    number = id_number("19580702", 33)
    await commit_import(
        at(house, tenant), preview_of("owner_roster", [owner("1-1-101", "王芳", owner_id_number=number)])
    )
    told, _ = await told_and_done(
        house, tenant, preview_of("owner_roster", [owner("1-1-102", "王方", owner_id_number=number)])
    )
    assert [issue.code for issue in told.issues] == ["W_NAME_DIFFERS"]
    assert [name for name, *_ in await people(house, tenant)] == ["王芳"]


# whose branch -------------------------------------------------------------------------------------------------------


def titled(tmp_path: Path, title: str) -> Preview:
    headers = [each for each in PARTY if each != "所在党支部"]
    book = Book(tmp_path / f"{uuid.uuid4().hex}.xlsx")
    book.sheet([[title], headers, row_of(headers, 姓名="韩永贵", 党员类别="正式党员")], name="表")
    return book.read(PARTY_ROSTER)


@pytest.mark.parametrize("branch", ["银杏里院落党支部", "锦绣苑院落党支部", "银杏里党支部"])
async def test_a_title_with_another_courtyards_branch_founds_nothing(house: House, tmp_path: Path, branch: str) -> None:
    tenant = await courtyard(house, "海棠苑")
    found = titled(tmp_path, f"抚琴街道{branch}党员花名册")
    told, _ = await told_and_done(house, tenant, found)
    assert [(issue.row, issue.code) for issue in told.issues] == [(3, "W_OTHER_BRANCH"), (3, "E_BRANCH_UNSAID")]
    told, report = await told_and_done(house, tenant, found, {"branch": "海棠苑院落党支部"})
    assert [issue.code for issue in told.issues] == ["W_OTHER_BRANCH"]
    assert isinstance(report, ImportReport)
    assert report.counts["branches"] == 1
    told, report = await told_and_done(house, tenant, titled(tmp_path, f"抚琴街道{branch}党员名册"))
    assert [issue.code for issue in told.issues] == ["W_OTHER_BRANCH"]
    assert isinstance(report, ImportReport)
    assert report.counts["branches"] == 0


async def test_a_title_with_ones_own_branch_founds_it(house: House, tmp_path: Path) -> None:
    tenant = await courtyard(house, "海棠苑")
    told, report = await told_and_done(house, tenant, titled(tmp_path, "海棠苑院落党支部党员花名册"))
    assert (told.issues, isinstance(report, ImportReport) and report.counts["branches"]) == ((), 1)


# importers that fail ------------------------------------------------------------------------------------------------


async def failing_at_a_row(_context: yuanluo.CommandContext, file: ImportFile) -> Mapping[str, int]:
    for each in file.records:
        if each["owner_name"] == "张伟":
            raise KeyError(f"身份证 {NUMBERS[1]}")
    return {}


async def failing_in_a_helper(_context: yuanluo.CommandContext, file: ImportFile) -> Mapping[str, int]:
    return {each["owner_name"]: _area_of(each) for each in file.records}


def _area_of(each: Mapping[str, Any]) -> int:
    return 1 // (each["owner_name"] != "张伟")


async def failing_in_a_list(context: yuanluo.CommandContext, file: ImportFile) -> Mapping[str, int]:
    async def write(_: yuanluo.CommandContext, items: Sequence[str]) -> Sequence[int]:
        return [{"王芳": 1, "李娜": 3}[item] for item in items]

    await file.by_row(context, write, [each["owner_name"] for each in file.records], file.records)
    return {}


async def failing_after_the_rows(context: yuanluo.CommandContext, file: ImportFile) -> Mapping[str, int]:
    await run_command(yuanluo.create_person, context, yuanluo.CreatePerson("王芳"))
    names = [each["owner_name"] for each in file.records]
    return {"people": names["王芳"]}  # type: ignore[call-overload]  # what it fails of


@pytest.mark.parametrize(
    ("commit", "row"),
    [(failing_at_a_row, 4), (failing_in_a_helper, 4), (failing_in_a_list, 4), (failing_after_the_rows, None)],
)
async def test_an_importer_that_fails_is_told_with_its_plugin_sheet_and_row(
    house: House, commit: Any, row: int | None
) -> None:
    importers = {**house.composition.importers, "owner_roster": Importer(OWNER_ROSTER, commit)}
    broken = dataclasses.replace(house, composition=dataclasses.replace(house.composition, importers=importers))
    tenant = await courtyard(house)
    found = preview_of("owner_roster", [owner("1-1-101", name) for name in NAMES])
    before = await stored(house, tenant)
    for work in (preview_import, commit_import):
        with pytest.raises(PluginError) as told:
            await work(at(broken, tenant), found)
        place = f"(工作表“表”第 {row} 行)" if row else ",未写入任何内容"
        assert told.value.zh.startswith(f"插件 core:import.owner_roster 出错{place}")
        assert ("row" in told.value.en.split("; it was at ")[-1]) is (row is not None)
        assert str(NUMBERS[1]) not in told.value.zh + told.value.en
    assert await stored(house, tenant) == before


def test_rules_that_fail_are_told_with_sheet_and_row(tmp_path: Path) -> None:
    def rules(draft: Any) -> Mapping[str, object]:
        for layout in draft.tables:
            for each in layout.rows:
                reader = draft.row(layout, each, draft.columns(layout))
                1 // (reader.name("name") != "张伟")
        return {}

    book = Book(tmp_path / "坏.xlsx")
    book.sheet([PARTY, *(row_of(PARTY, 姓名=name) for name in NAMES)], name="名册")
    broken, plugins = dataclasses.replace(PARTY_ROSTER, rules=rules), Plugins.load(entry_points=False)
    with (
        pytest.raises(PluginError, match="row 3 of sheet '名册'") as told,
        plugins.within("core", "import.party_roster"),
    ):
        book.read(broken)
    assert "(工作表“名册”第 3 行)" in told.value.zh
    assert "ZeroDivisionError" in told.value.zh
