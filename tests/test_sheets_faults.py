"""Small files that were once read wrongly, each of a kind: the right values, and others of the same kinds."""

from __future__ import annotations

import codecs
import datetime as dt
import struct
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sheets_support import FINANCE, PARTY, SAMPLES, TODAY, Book, codes, moment, row_of

from yuanluo.sheets import (
    OWNER_ROSTER,
    Preview,
    WorkbookBroken,
    WorkbookRefused,
    open_workbook,
    preview,
    write_workbook,
)
from yuanluo.sheets.areas import read_area, read_share
from yuanluo.sheets.limits import read_limit
from yuanluo.sheets.money import read_amount
from yuanluo.sheets.phones import read_phones
from yuanluo.sheets.rooms import read_room, read_split_room
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_party.roster import PARTY_ROSTER
from yuanluo_tenants.columns import MOST_FEN
from yuanluo_tenants.errors import Invalid

FAULTS = SAMPLES / "faults"
LATER = dt.date(2026, 12, 1)


def ledger_of(name: str) -> Preview:
    return preview(OPINION_LEDGER, FAULTS / name, today=LATER)


def in_gbk(folder: Path, name: str) -> Path:
    """Write a sample as the clerk had it: those in UTF-8 without a mark were in GB18030 once."""
    content = (FAULTS / name).read_bytes()
    path = folder / name
    has_mark = content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE))
    path.write_bytes(content if has_mark else content.decode("utf-8").encode("gb18030"))
    return path


def values(result: Preview, key: str) -> list[Any]:
    return [record[key] for record in result.records]


# dates that a spreadsheet made of something else -----------------------------------------------------------------


def test_a_date_cell_is_no_room():
    result = preview(OWNER_ROSTER, FAULTS / "r01b_owner_location_as_date.xlsx", today=LATER)
    assert values(result, "room_key") == ["3-1-202"]
    assert (2, "坐落", "E_ROOM_UNPARSEABLE") in codes(result)


def test_a_date_cell_is_no_limit():
    result = ledger_of("r02_limit_as_date.xlsx")
    assert values(result, "limit_workdays") == [None, 15]
    assert (2, "办理时限", "W_LIMIT_RANGE") in codes(result)


@pytest.mark.parametrize("text", ["2026-3-12", "2026-03-12", "2026-1-101", "3月12日"])
def test_a_date_that_a_csv_kept_as_text_is_no_room(text):
    assert read_room(text).code == "ROOM_UNPARSEABLE"


@pytest.mark.parametrize(
    ("cell", "limit", "issue"),
    [
        ("15个工作日", 15, None),
        ("3-5个工作日", 3, None),
        ("7.0", 7, None),
        (15, 15, None),
        (60, 60, None),
        (61, None, "W_LIMIT_RANGE"),
        (0, None, "W_LIMIT_RANGE"),
        ("尽快", None, None),
        ("10000", None, "W_LIMIT_RANGE"),
        (2026, None, "W_LIMIT_RANGE"),
        (-5, None, "W_LIMIT_RANGE"),
        (0.5, None, "W_LIMIT_RANGE"),
        ("1 5", None, "W_LIMIT_RANGE"),
        ("3月5日", None, "W_LIMIT_RANGE"),
        ("2026/3/5", None, "W_LIMIT_RANGE"),
        ("3-5", None, "W_LIMIT_RANGE"),
        (moment("2026-03-05"), None, "W_LIMIT_RANGE"),
        (dt.time(3, 5), None, "W_LIMIT_RANGE"),
    ],
)
def test_limits(cell, limit, issue):
    assert (read_limit(cell, 1, 60).value, read_limit(cell, 1, 60).code) == (limit, issue)


def test_a_date_cell_is_neither_a_name_nor_a_code_nor_a_text(tmp_path):
    day = moment("2026-03-12")
    book = Book(tmp_path / "名册.xlsx")
    member = row_of(
        PARTY, 姓名="甲一", 民族=day, 学历=day, 所在党支部=day, 联系电话=day, 住址=day, 备注=day, 身份证号=day
    )
    book.sheet([PARTY, row_of(PARTY, 姓名=day), member, row_of(PARTY, 姓名="乙二", 备注="2026-03-12")])
    result = book.read(PARTY_ROSTER)
    assert not [value for record in result.records[:-1] for value in record.values() if "2026" in str(value)]
    assert codes(result) == [
        (2, "姓名", "E_REQUIRED"),
        (2, "姓名", "W_TEXT_IS_DATE"),
        (3, "住址", "W_ROOM_UNPARSEABLE"),
        (3, "备注", "W_TEXT_IS_DATE"),
        (3, "学历", "W_TEXT_IS_DATE"),
        (3, "所在党支部", "W_TEXT_IS_DATE"),
        (3, "民族", "W_TEXT_IS_DATE"),
        (3, "联系电话", "W_PHONE_INVALID"),
        (3, "身份证号", "E_ID_LEN"),
    ]
    assert values(result, "remark") == ["2026-03-12"]


def test_a_date_cell_in_a_statement_is_neither_a_voucher_nor_an_amount(tmp_path):
    book = Book(tmp_path / "收支.xlsx")
    day = moment("2026-03-12")
    book.sheet([FINANCE, ["2026-10-01", day, day, day], ["2026-10-02", day, day, 5, None, None, day]])
    result = book.read(FINANCE_STATEMENT)
    assert [(each["voucher_no"], each["summary"], each["handler"]) for each in result.records] == [(None, None, None)]
    assert (2, "收入", "E_AMOUNT_INVALID") in codes(result)
    assert (3, "凭证号", "W_TEXT_IS_DATE") in codes(result)


def test_a_year_in_a_date_cell_is_not_a_day_of_1905():
    result = ledger_of("r08_dates.xlsx")
    assert (2, "收集日期", "E_DATE_INVALID") in codes(result)
    assert all(str(value)[:4] in {"2026", "1958"} for value in values(result, "received_on"))


def test_days_of_old_people_are_still_days(tmp_path):
    book = Book(tmp_path / "名册.xlsx")
    book.sheet([PARTY, row_of(PARTY, 姓名="甲一", 出生年月=moment("1935-03-12"), 入党时间=moment("1960-07-01"))])
    assert values(book.read(PARTY_ROSTER), "birth") == ["1935-03-12"]


# digits of something else ----------------------------------------------------------------------------------------


def test_phones_that_a_program_took_for_fractions_keep_their_digits():
    result = ledger_of("r06b_phones.csv")
    numbers = dict(zip(values(result, "row"), values(result, "phone"), strict=True))
    assert {row: number for row, number in numbers.items() if number} == {
        2: "15400000101",
        4: "02887654321",
        6: "02887654321",
        7: "08312345678",
        9: "02887654321",
        10: "15400000101",
        13: "15400000101",
    }
    assert {row for row, _, code in codes(result) if code == "W_PHONE_INVALID"} == {3, 5, 8, 11, 12, 14}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("154.0000.0101", "15400000101"),
        ("028.8765.4321", "02887654321"),
        ("+86 (028) 8765 4321", "02887654321"),
        ("电话：15400000101（本人）", "15400000101"),
        ("86543210", "02886543210"),
        ("15400000101.00", "15400000101"),
        ("0831-2345678转1", None),
        ("028-8765432-1", None),
        ("8765432-1", None),
        ("1540000.0101", None),
        ("8765.4321", None),
        ("2026-09-02", None),
        ("20号楼8765432", None),
        ("87654321*8", None),
        ("+15400000101", None),
    ],
)
def test_digits_of_something_else_are_never_glued_to_a_number(text, number):
    reading = read_phones(text)
    assert reading.numbers == (() if number is None else (number,))
    assert reading.code == ("W_PHONE_INVALID" if number is None else None)


@pytest.mark.parametrize("text", ["3 12栋2单元501", "3-1 101", "1-1-1 01"])
def test_two_numbers_of_a_location_are_not_one(text):
    assert read_room(text).value is None
    assert read_split_room("1栋", "1 2", "101").value is None


# marks that are judged before they go ----------------------------------------------------------------------------


def test_decimal_commas_are_no_thousands():
    result = preview(FINANCE_STATEMENT, FAULTS / "r07_money_marks.xlsx", today=LATER)
    assert {record["row"]: record["income_fen"] for record in result.records} == {
        3: 480_000,
        7: 120_000,
        8: 120_050,
        9: 240_000,
    }
    refused = {row for row, _, code in codes(result) if code == "E_AMOUNT_INVALID"}
    assert refused == {4, 5, 6, 10, 11, 12, 13, 15, 16, 17}


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234,567.89", 123_456_789),
        ("￥1,200元", 120_000),
        ("（1,200.50）", -120_050),
        ("1 234.50", 123_450),
        ("1,23", None),
        ("12 50", None),
        ("1200\n300", None),
        ("0,500", None),
        (",500", None),
        ("1,,200", None),
        ("1,200,", None),
        ("4.800,000", None),
        ("1.234,567", None),
        ("12,345,67", None),
        ("1,2万", None),
    ],
)
def test_marks_of_thousands_in_amounts(text, fen):
    assert read_amount(text).value == fen
    assert (read_amount(text).code is None) == (fen is not None)


@pytest.mark.parametrize(
    ("text", "area_c"), [("1,000.50㎡", 100_050), ("68,5", None), ("68 50", None), ("6,850", 685_000)]
)
def test_marks_of_thousands_in_areas(text, area_c):
    assert read_area(text).value == area_c


@pytest.mark.parametrize(
    ("text", "share"), [("33.3%", Fraction(333, 1000)), ("33,3%", None), ("1 0%", None), ("0,5", None)]
)
def test_marks_in_shares(text, share):
    assert read_share(text) == share


def test_a_balance_and_a_total_with_a_decimal_comma_are_not_multiplied(tmp_path):
    book = Book(tmp_path / "收支.xlsx")
    book.sheet([FINANCE, ["2026-10-01", "收-1", "费", "12.50", None, "12,5"], ["合计", None, None, "12,50"]])
    result = book.read(FINANCE_STATEMENT)
    assert codes(result) == [(2, "结余", "E_AMOUNT_INVALID")]
    assert "declared_income_fen" not in result.meta


def test_amounts_beyond_any_fund_are_refused_for_that_reason():
    for name in ("r22_amounts.xlsx", "r22b_large_amounts.xlsx"):
        result = preview(FINANCE_STATEMENT, FAULTS / name, today=LATER)
        assert {row for row, _, code in codes(result) if code == "E_AMOUNT_RANGE"} == {3, 4}
        assert all(abs(record[key]) <= MOST_FEN for record in result.records for key in ("income_fen", "expense_fen"))
    assert "金额超过" in next(issue for issue in result.issues if issue.code == "E_AMOUNT_RANGE").sentence()


@pytest.mark.parametrize("cell", [1e300, "9" * 30, "99999999999999", 10**17, "999999999万"])
def test_large_amounts_give_one_reason_however_they_are_written(cell):
    assert read_amount(cell).code == "E_AMOUNT_RANGE"


# what is hidden, and since when days count -----------------------------------------------------------------------


def test_rows_of_hidden_sheets_are_told():
    result = ledger_of("r03_hidden_sheets.xlsx")
    assert [(issue.sheet, issue.row) for issue in result.issues if issue.code == "W_ROW_HIDDEN"] == [
        ("旧表", 2),
        ("底稿", 2),
    ]


def test_hidden_filtered_and_flat_rows_and_hidden_columns_are_told(tmp_path):
    book = Book(tmp_path / "名册.xlsx")
    sheet = book.sheet([PARTY, *[row_of(PARTY, 姓名=f"甲{n}", 备注="x") for n in "一二三"]], hidden=[2])
    sheet.row_dimensions[3].height = 0.05
    sheet.column_dimensions["N"].hidden = True
    result = book.read(PARTY_ROSTER)
    assert [issue.row for issue in result.issues if issue.code == "W_ROW_HIDDEN"] == [2, 3]
    assert [column.header for column in result.columns if column.is_hidden] == ["备注"]
    assert result.to_json()["columns"][13]["hidden"] is True
    assert values(result, "remark") == ["x", "x", "x"]


def test_days_of_an_old_workbook_from_a_mac_count_from_1904():
    assert values(ledger_of("r13b_xls_1904.xls"), "received_on") == ["2026-09-02", "2026-09-02"]


def xls_with(path: Path, change: Any) -> Path:
    """Copy the .xls and change its records by `change(content, places by kind)`; their stream lies in one piece."""
    content = bytearray((FAULTS / "r13b_xls_1904.xls").read_bytes())
    at = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    places: dict[int, list[int]] = {}
    while at + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, at)
        places.setdefault(kind, []).append(at + 4)
        at += 4 + length
    change(content, places)
    path.write_bytes(content)
    return path


def hide_a_row(content: bytearray, places: dict[int, list[int]]) -> None:
    content[places[0x0208][1] + 12] |= 0x20


def hide_the_sheet(content: bytearray, places: dict[int, list[int]]) -> None:
    content[places[0x0085][0] + 4] = 2


@pytest.mark.parametrize(("change", "rows"), [(hide_a_row, [2]), (hide_the_sheet, [2, 3])])
def test_an_xls_tells_what_is_hidden(tmp_path, change, rows):
    result = preview(OPINION_LEDGER, xls_with(tmp_path / "台账.xls", change), today=LATER)
    assert [issue.row for issue in result.issues if issue.code == "W_ROW_HIDDEN"] == rows


@pytest.mark.parametrize("length", [1000, 2500, 4000, 5000, 5600])
def test_an_xls_cut_short_is_refused_rather_than_read_short(tmp_path, length):
    path = tmp_path / "台账.xls"
    path.write_bytes((FAULTS / "r13b_xls_1904.xls").read_bytes()[:length])
    with pytest.raises(WorkbookRefused):
        open_workbook(path)


def ods(path: Path, tables: str, styles: str = "") -> Path:
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("META-INF/manifest.xml", "<m/>")
        made.writestr(
            "content.xml",
            f"<office:document-content{names}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(cells: list[str], attributes: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f"<table:table-row {attributes}>{inner}</table:table-row>"


def test_an_ods_tells_what_is_hidden_and_since_when_days_count(tmp_path):
    styles = (
        '<style:style style:name="weg" style:family="table"><style:table-properties table:display="false"/></style:style>'
        '<style:style style:name="flach" style:family="table-row"><style:table-row-properties style:row-height="0cm"/>'
        "</style:style>"
    )
    head, good = ods_row(PARTY), ["", "甲一", *[""] * 12]
    unseen = [
        ods_row(good, looks)
        for looks in ('table:visibility="collapse"', 'table:visibility="filter"', 'table:style-name="flach"')
    ]
    serial = '<table:table-row><table:table-cell/><table:table-cell office:value-type="string"><text:p>丙</text:p>'
    serial += '</table:table-cell><table:table-cell table:number-columns-repeated="5"/>'
    serial += '<table:table-cell office:value-type="float" office:value="35000"/></table:table-row>'
    tables = (
        "<table:calculation-settings><table:null-date table:date-value='1904-01-01'/></table:calculation-settings>"
        f'<table:table table:name="一"><table:table-column table:number-columns-repeated="13"/>'
        f'<table:table-column table:visibility="collapse"/>{head}{ods_row(good)}'
        f"{''.join(unseen)}{serial}</table:table>"
        f'<table:table table:name="二" table:style-name="weg">{head}{ods_row(good)}</table:table>'
    )
    result = preview(PARTY_ROSTER, ods(tmp_path / "名册.ods", tables, styles), today=LATER)
    assert [(each.sheet, each.row) for each in result.issues if each.code == "W_ROW_HIDDEN"] == [
        ("一", 3),
        ("一", 4),
        ("一", 5),
        ("二", 2),
    ]
    assert [column.header for column in result.columns if column.is_hidden] == ["备注"]
    assert result.records[4]["joined_on"] == "1999-10-29"


# characters, and cells that are no reason to refuse a workbook ---------------------------------------------------


def test_halves_of_a_character_are_joined():
    result = ledger_of("r10c_escapes.xlsx")
    assert values(result, "reporter") == ["李A", "𠮷三", None]
    str(result.to_json()).encode()


def test_the_name_of_a_file_that_is_no_text_can_be_stored(tmp_path):
    path = tmp_path / "名册\udcff.csv"
    path.write_text("姓名,性别,民族\n甲一,男,汉\n", encoding="utf-8")
    found = preview(PARTY_ROSTER, path, today=TODAY)
    str(found.to_json()).encode()
    path.write_text('姓名,性别,民族\n"甲一,男,汉\n', encoding="utf-8")
    with pytest.raises(WorkbookBroken) as refused:
        open_workbook(path)
    refused.value.zh.encode()


def test_a_time_or_a_text_in_a_day_cell_is_an_issue_of_that_cell():
    result = ledger_of("r10f_iso_date_cells.xlsx")
    assert result.records
    assert {code for _, _, code in codes(result)} <= {"E_DATE_INVALID"}
    assert "E_DATE_INVALID" in {code for _, _, code in codes(result)}


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "#####", "Err:502"])
def test_an_error_that_a_file_keeps_as_text_is_no_name(tmp_path, text):
    path = tmp_path / "名册.csv"
    path.write_text(f"姓名,性别,学历\n{text},男,高中\n乙,男,{text}\n", encoding="utf-8")
    result = preview(PARTY_ROSTER, path, today=TODAY)
    assert codes(result) == [(2, "姓名", "E_REQUIRED")]
    assert values(result, "education") == [None]


# dialects of .csv ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "r05c_utf16_unicode_text.txt",
        "r05d_semicolon.csv",
        "r05g_tab_with_commas.txt",
        "r05i_tab.tsv",
        "r19e_trailing_ctrlz.csv",
    ],
)
def test_what_excel_writes_is_read(tmp_path, name):
    (record,) = preview(OPINION_LEDGER, in_gbk(tmp_path, name), today=LATER).records
    assert (record["reporter"], record["category"], record["phone"]) == ("李一", "FACILITY", "15400000101")


LINES = ["党员花名册", "姓名,性别,民族,备注", '甲一,男,汉,"一、二;三|四"', "乙二,女,回,"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_the_header_tells_the_delimiter_in_every_encoding(tmp_path, delimiter, encoding):
    path = tmp_path / "名册.csv"
    text = "\r\n".join(LINES).replace(",", delimiter) + "\r\n"
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    path.write_bytes(mark + text.encode(encoding))
    result = preview(PARTY_ROSTER, path, today=TODAY)
    assert (values(result, "row"), values(result, "name")) == ([3, 4], ["甲一", "乙二"])
    assert result.records[0]["remark"] == "一、二;三|四"


def test_a_first_line_may_say_the_delimiter(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text("sep=;\r\n姓名;性别;备注\r\n甲一;男;a,b,c,d,e,f\r\n", encoding="utf-8")
    (record,) = preview(PARTY_ROSTER, path, today=TODAY).records
    assert (record["row"], record["remark"]) == (2, "a,b,c,d,e,f")


def test_an_open_quote_is_refused_with_its_line(tmp_path):
    path = in_gbk(tmp_path, "r19g_unclosed_quote_last_col.csv")
    with pytest.raises(WorkbookBroken) as refused:
        open_workbook(path)
    assert refused.value.line == 2
    assert "第2行" in refused.value.zh


def csv_of(path: Path, *lines: str) -> Path:
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (['甲一,男,汉,"党员', "乙二,女,汉,无", '丙三,男,汉,好"'], 2),
        (['甲一,男,汉,"党员', '乙二,女,汉,好"'], 2),
        (["甲一,男,汉,", '"乙二,女,汉,', '丙三",男,汉,'], 3),
        (['甲一,男,"汉,', '乙二,女,回",好'], 2),
        (['甲一,男,汉,"好"的', "乙二,女,汉,"], 2),
    ],
)
def test_a_quote_that_swallows_rows_is_refused_with_its_line(tmp_path, lines, line):
    path = csv_of(tmp_path / "名册.csv", "姓名,性别,民族,备注", *lines)
    with pytest.raises(WorkbookBroken) as refused:
        preview(PARTY_ROSTER, path, today=TODAY)
    assert refused.value.line == line


def test_a_text_of_several_lines_is_a_text(tmp_path):
    path = csv_of(tmp_path / "名册.csv", "姓名,性别,民族,备注", '甲一,男,汉,"第一,', '第二, 又, 三"', "乙二,女,汉,")
    result = preview(PARTY_ROSTER, path, today=TODAY)
    assert values(result, "remark") == ["第一, 第二, 又, 三", None]


# exports ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["诉" * 40_000, "𠮷" * 16_384])
def test_an_export_refuses_to_cut_a_text(tmp_path, text):
    record = dict.fromkeys(OPINION_LEDGER.main_labels, None) | {"content": text}
    with pytest.raises(Invalid) as refused:
        write_workbook(OPINION_LEDGER, [{"content": "短"}, record], tmp_path / "台账.xlsx")
    assert refused.value.stable_code == "TEXT_TOO_LONG_FOR_CELL"
    assert "第 2 条" in refused.value.zh
    assert "诉求内容" in refused.value.zh


def test_the_longest_text_is_exported_whole(tmp_path):
    text = "诉" * 32_767
    write_workbook(OPINION_LEDGER, [{"content": text}], tmp_path / "台账.xlsx")
    assert values(preview(OPINION_LEDGER, tmp_path / "台账.xlsx", today=TODAY), "content") == [text]
