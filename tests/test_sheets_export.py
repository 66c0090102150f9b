"""Written workbooks: exact headers, text that stays text, and the same records when read again."""

from __future__ import annotations

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets_support import DUAL, FINANCE, OPINION, OWNER, PARTY, SAMPLES, SIDES, TODAY, id_number

from yuanluo.sheets import OWNER_ROSTER, preview, write_workbook
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT, SIDE_BY_SIDE
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER

SAMPLE_KINDS = {"01": PARTY_ROSTER, "02": OWNER_ROSTER, "03": FINANCE_STATEMENT, "04": OPINION_LEDGER}
MAN, WOMAN = id_number("19520714", 101), id_number("19580702", 122)


def without_place(records):
    return [{key: value for key, value in record.items() if key not in ("sheet", "row")} for record in records]


def written_again(tmp_path, kind, records, **options):
    path = tmp_path / "导出.xlsx"
    write_workbook(kind, records, path, **options)
    return preview(kind, path, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        (PARTY_ROSTER, PARTY),
        (OWNER_ROSTER, OWNER),
        (FINANCE_STATEMENT, FINANCE),
        (DUAL_REPORT, DUAL),
        (OPINION_LEDGER, OPINION),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_headers_are_exactly_those_of_the_contract(tmp_path, kind, headers):
    path = tmp_path / "导出.xlsx"
    assert write_workbook(kind, [], path) == 0
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[1]] == headers
    assert kind.headers == tuple(headers)
    assert sheet.title == kind.title


@pytest.mark.parametrize("number", SAMPLE_KINDS)
def test_the_records_of_a_sample_survive_export_and_import(tmp_path, number):
    kind = SAMPLE_KINDS[number]
    sample = preview(kind, next(SAMPLES.glob(f"{number}*.xlsx")), today=TODAY)
    again = written_again(tmp_path, kind, sample.records, title="梧桐苑院落", meta=sample.meta)
    assert without_place(again.records) == without_place(sample.records)
    assert not [issue for issue in again.issues if issue.is_error]


def test_a_statement_gets_its_period_opening_totals_and_closing_back(tmp_path):
    sample = preview(FINANCE_STATEMENT, next(SAMPLES.glob("03*.xlsx")), today=TODAY)
    again = written_again(tmp_path, FINANCE_STATEMENT, sample.records, title="梧桐苑院落收支公示表", meta=sample.meta)
    sums = {key: sample.meta[key] for key in ("period", "opening_fen", "income_fen", "expense_fen", "closing_fen")}
    declared = {
        "declared_income_fen": sums["income_fen"],
        "declared_expense_fen": sums["expense_fen"],
        "declared_closing_fen": sums["closing_fen"],
    }
    assert again.meta == sums | declared


@pytest.mark.parametrize("period", ["2026-01", "2026-10", "2026-Q3", "2025-Q1"])
def test_the_period_of_a_statement_survives(tmp_path, period):
    meta = {"period": period}
    assert written_again(tmp_path, FINANCE_STATEMENT, [], meta=meta).meta["period"] == period


def test_the_record_date_of_a_roster_survives(tmp_path):
    again = written_again(tmp_path, OWNER_ROSTER, [], title="业主花名册", meta={"record_date": "2026-10"})
    assert again.meta["record_date"] == "2026-10"


MEMBER = {
    "name": "买买提·艾力",
    "gender": "M",
    "ethnicity": "维吾尔族",
    "birth": "1952-07-14",
    "id_number": MAN,
    "education": "大专",
    "joined_on": "1975-07",
    "confirmed_on": "1976",
    "member_type": "PROBATIONARY",
    "branch": "梧桐苑院落党支部",
    "phone": "15400000101",
    "phone_alt": ["02820000108", "15400000102"],
    "room_key": "6-0-1302",
    "remark": "=1+1",
}
REPORT = {
    "name": "甲",
    "gender": "F",
    "employer": "=cmd|'/C'!A0",
    "home_branch": "@某党委",
    "phone": None,
    "phone_alt": [],
    "room_key": None,
    "reported_on": "2026-09",
    "skills": ["书法", "+电工"],
    "posts": ["POLICY_PROMOTER", "OTHER", "MEDIATOR", "PATROL"],
    "status": "REJECTED",
}
ENTRY = {
    "entry_date": "2026-10",
    "voucher_no": "-付-01",
    "summary": "@电费",
    "income_fen": 0,
    "expense_fen": 123_456_789,
    "balance_fen": -1_332,
    "handler": None,
}
OPINION_RECORD = {
    "received_on": "2026-09-01",
    "reporter": None,
    "room_key": "1-1-101",
    "phone": "02820000101",
    "content": '=HYPERLINK("http://x")',
    "category": "OTHER",
    "source": "HOTLINE_12345",
    "assignee": "甲",
    "limit_workdays": 60,
    "closed_on": None,
    "result": "-已处理",
    "satisfaction": None,
}
OWNER_RECORD = {
    "room_key": "2-0-003",
    "area_c": 3_333,
    "owner_name": "+某公司",
    "owner_id_number": None,
    "phone": None,
    "phone_alt": [],
    "share": "1/3",
    "occupancy": None,
}


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (PARTY_ROSTER, MEMBER),
        (DUAL_REPORT, REPORT),
        (FINANCE_STATEMENT, ENTRY),
        (OPINION_LEDGER, OPINION_RECORD),
        (OWNER_ROSTER, OWNER_RECORD),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_record_reads_back_as_itself_and_is_no_formula(tmp_path, kind, record):
    again = written_again(tmp_path, kind, [record])
    assert without_place(again.records) == [record]
    sheet = openpyxl.load_workbook(tmp_path / "导出.xlsx").active
    assert not [cell.coordinate for row in sheet for cell in row if cell.data_type == "f" or cell.hyperlink]


def test_ids_phones_and_dates_are_text_and_amounts_are_numbers(tmp_path):
    written_again(tmp_path, PARTY_ROSTER, [MEMBER])
    cells = dict(zip(PARTY, openpyxl.load_workbook(tmp_path / "导出.xlsx").active[2], strict=True))
    assert [cells[label].data_type for label in ("身份证号", "联系电话", "入党时间", "序号")] == ["s", "s", "s", "n"]
    assert cells["身份证号"].number_format == "@"
    written_again(tmp_path, FINANCE_STATEMENT, [ENTRY])
    row = dict(zip(FINANCE, openpyxl.load_workbook(tmp_path / "导出.xlsx").active[2], strict=True))
    assert (row["支出（元）"].value, row["支出（元）"].number_format, row["收入（元）"].value) == (
        1_234_567.89,
        "0.00",
        None,
    )


def test_red_entries_survive_in_the_side_by_side_form(tmp_path):
    entries = [
        {**ENTRY, "side": "L", "income_fen": -500, "expense_fen": 0, "balance_fen": None, "voucher_no": "1"},
        {**ENTRY, "side": "R", "expense_fen": 700, "balance_fen": None, "handler": "周福生"},
    ]
    meta = {"period": "2026-10", "opening_fen": 100, "income_fen": -500, "expense_fen": 700, "closing_fen": -1_100}
    again = written_again(tmp_path, FINANCE_STATEMENT, entries, meta=meta, form=SIDE_BY_SIDE)
    assert without_place(again.records) == [dict(entry) for entry in entries]
    assert {key: again.meta[key] for key in meta} == meta
    assert [issue.code for issue in again.issues] == ["W_RED_ENTRY"]
    assert [cell.value for cell in openpyxl.load_workbook(tmp_path / "导出.xlsx").active[2]] == SIDES


def test_rows_may_be_a_stream(tmp_path):
    path = tmp_path / "导出.xlsx"
    assert write_workbook(PARTY_ROSTER, (MEMBER for _ in range(3)), path, title="花名册") == 3
    assert openpyxl.load_workbook(path).active["A1"].value == "花名册"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(text=st.text(alphabet=st.sampled_from("=+-@<>&\"'_x000A ab1,;甲乙（）％·\t"), min_size=1, max_size=20))
def test_any_free_text_an_import_can_give_reads_back_unchanged(tmp_path, text):
    first = written_again(tmp_path, OPINION_LEDGER, [{**OPINION_RECORD, "content": text}])
    again = written_again(tmp_path, OPINION_LEDGER, first.records)
    assert without_place(again.records) == without_place(first.records)
