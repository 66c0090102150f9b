"""Rules N1, N2, N6 to N11 as functions of one value."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets_support import id_number, moment

from yuanluo import MOST_FEN
from yuanluo.sheets.areas import read_area, read_share
from yuanluo.sheets.cells import CellError, code, decimal_text, free_text, header_label, is_ditto, name
from yuanluo.sheets.dates import PartialDate, find_date, read_date
from yuanluo.sheets.ids import birth_of, gender_of, read_id_number
from yuanluo.sheets.money import read_amount
from yuanluo.sheets.numerals import count, formal_yuan
from yuanluo.sheets.phones import read_phones
from yuanluo.sheets.rooms import read_room, read_split_room


@pytest.mark.parametrize(
    "text", ["", " ", "　", "\u00a0", "\u200b", "无", "/", "／", "-", "－", "—", "--", "——", "不详", "N/A", "Ｎ／Ａ"]
)
def test_a_placeholder_reads_as_nothing(text):
    assert code(text) is None
    assert name(text) is None
    assert free_text(text) is None
    assert read_phones(text).code is None
    assert read_amount(text).code is None
    assert read_date(text, default_year=2026).code is None


def test_codes_are_folded_and_lose_their_whitespace():
    assert code(" 收－\u200b０１\u00a0（甲） ") == "收-01(甲)"
    assert code(12345) == "12345"
    assert code(12345.0) == "12345"


def test_free_text_collapses_whitespace_and_keeps_its_width():
    assert free_text("  停车费（４８辆）\n\n 第二行　末 ") == "停车费（４８辆） 第二行 末"


@pytest.mark.parametrize(
    "text",
    ["买买提•艾力", "买买提・艾力", "买买提･艾力", "买买提‧艾力", "买买提.艾力", "买买提．艾力", " 买买提 · 艾力"],
)
def test_every_dot_in_a_name_becomes_the_middle_dot(text):
    assert name(text) == "买买提·艾力"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("出生\n年月", "出生年月"),
        ("建筑面积\n（㎡）", "建筑面积"),
        ("办理时限(工作日)", "办理时限"),
        ("套内面积（㎡）", "套内面积"),
        ("备 注（（内）外）", "备注"),
    ],
)
def test_a_header_compares_without_whitespace_and_groups(text, label):
    assert header_label(text) == label


@pytest.mark.parametrize("text", ["同上", "〃", " 同 上 ", "″", '"'])
def test_ditto_marks_are_known(text):
    assert is_ditto(text)


@pytest.mark.parametrize(
    ("cell", "value", "issue"),
    [
        ("510100195207141010", "510100195207141010", None),
        ("'510100 19880229 068x", "51010019880229068X", None),
        ("５１０１００１９５２０７１４１０１０", "510100195207141010", None),
        (510100195207141010, None, "E_ID_PRECISION"),
        (5.1010019650308e17, None, "E_ID_PRECISION"),
        ("51010019520714101", None, "E_ID_LEN"),
        ("510100520714101", None, "E_ID_LEN"),
        ("510100196311110920", None, "E_ID_CHECKSUM"),
        ("51010019521314101A", None, "E_ID_CHECKSUM"),
        (CellError("#REF!"), None, "E_ID_LEN"),
        ("—", None, None),
        ("'—", None, None),
        ("’无", None, None),
        (None, None, None),
    ],
)
def test_id_numbers(cell, value, issue):
    reading = read_id_number(cell)
    assert (reading.value, reading.code) == (value, issue)


def test_an_id_number_with_an_impossible_birthday_fails_even_with_a_right_check_character():
    assert read_id_number(id_number("19900231", 101)).code == "E_ID_CHECKSUM"


def test_an_id_number_tells_birth_and_gender():
    assert birth_of("510100195807021223") == dt.date(1958, 7, 2)
    assert gender_of("510100195807021223") == "F"
    assert gender_of("510100195207141010") == "M"


@pytest.mark.parametrize(
    ("cell", "iso", "issue"),
    [
        (moment("1970-03-15 14:30"), "1970-03-15", None),
        (46305, "2026-10-10", None),
        (46305.75, "2026-10-10", None),
        ("46305", "2026-10-10", None),
        ("2026.9.1", "2026-09-01", None),
        ("2026年9月2日", "2026-09-02", None),
        ("２０２６／０９／０２", "2026-09-02", None),
        ("2026-09-02 00:00:00", "2026-09-02", None),
        ("2026 年 9 月 2 日", "2026-09-02", None),
        ("2026. 9. 2", "2026-09-02", None),
        ("2026 1 1", None, "E_DATE_INVALID"),
        ("２０２６　１　１", None, "E_DATE_INVALID"),
        ("1958 07", None, "E_DATE_INVALID"),
        ("1958\n07", None, "E_DATE_INVALID"),
        ("1958.07", "1958-07", None),
        ("1958.1", "1958-01", None),
        ("1958.10", "1958-10", None),
        ("1958年7月", "1958-07", None),
        ("1958年", "1958", None),
        ("1958", "1958", None),
        (1958, "1958", None),
        (1958.0, "1958", None),
        (1958.07, "1958-07", None),
        (1958.12, "1958-12", None),
        (1958.1, "1958", "W_DATE_FLOAT_MONTH"),
        (1958.7, "1958", "W_DATE_FLOAT_MONTH"),
        (1958.13, None, "E_DATE_INVALID"),
        (1958.123, None, "E_DATE_INVALID"),
        ("20010701", "2001-07-01", None),
        (20010701, "2001-07-01", None),
        ("200107", "2001-07", None),
        (200107, "2001-07", None),
        ("9/5/2026", None, "E_DATE_AMBIGUOUS"),
        ("31.12.2026", None, "E_DATE_AMBIGUOUS"),
        ("58.07", None, "E_DATE_AMBIGUOUS"),
        ("58年7月2日", None, "E_DATE_AMBIGUOUS"),
        ("85.6.30", None, "E_DATE_AMBIGUOUS"),
        ("'85-6-30", None, "E_DATE_AMBIGUOUS"),
        ("7/1/85", None, "E_DATE_AMBIGUOUS"),
        ("850630", None, "E_DATE_AMBIGUOUS"),
        (58.07, None, "E_DATE_AMBIGUOUS"),
        ("2026.09.31", None, "E_DATE_INVALID"),
        ("2026.14.01", None, "E_DATE_INVALID"),
        ("2026-14", None, "E_DATE_INVALID"),
        ("202614", None, "E_DATE_INVALID"),
        ("20260931", None, "E_DATE_INVALID"),
        ("2025年2月29日", None, "E_DATE_INVALID"),
        ("9月31日", None, "E_DATE_INVALID"),
        ("去年十月", None, "E_DATE_INVALID"),
        ("1899.01", None, "E_DATE_INVALID"),
        (60500, None, "E_DATE_INVALID"),
        (-5, None, "E_DATE_INVALID"),
        (5.1e17, None, "E_DATE_INVALID"),
        (True, None, "E_DATE_INVALID"),
        (CellError("#VALUE!"), None, "E_DATE_INVALID"),
        ("10月12日", "2026-10-12", "W_DATE_YEAR_ASSUMED"),
        (None, None, None),
    ],
)
def test_dates(cell, iso, issue):
    reading = read_date(cell, default_year=2026)
    assert (reading.value.iso if reading.value else None, reading.code) == (iso, issue)


def test_a_title_gives_the_year_silently():
    reading = read_date("10月12日", title_year=2025, default_year=2026)
    assert (reading.value, reading.code, reading.assumed_year) == (PartialDate(2025, 10, 12), None, None)


def test_a_serial_counts_from_1904_where_the_workbook_does():
    reading = read_date(44843, default_year=2026, epoch_1904=True)
    assert reading.value == PartialDate(2026, 10, 10)


def test_dates_compare_at_the_coarser_precision():
    month, day = PartialDate(2026, 10), PartialDate(2026, 10, 31)
    assert not month.is_before(day)
    assert not day.is_before(month)
    assert month.agrees_with(day)
    assert PartialDate(2025).is_before(day)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_an_iso_date_reads_as_itself(day):
    assert read_date(day.isoformat(), default_year=2026).value == PartialDate.of(day)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 32_767,
        "1-1-" + "9" * 5_000,
        "九" * 5_000 + "栋1单元101",
        "九" * 5_000 + "分之一",
        "1 " * 16_000,
        "(" * 16_000 + "5" + ")" * 16_000,
        "一" * 32_767,
        "1栋" * 10_000,
        "２０２６年" * 6_000,
    ],
    ids=lambda text: f"{text[:6]}…",
)
def test_the_longest_text_of_a_cell_is_read_like_a_short_one(text):
    assert read_room(text).code == "ROOM_UNPARSEABLE"
    assert read_split_room(text, text, text).code == "ROOM_UNPARSEABLE"
    assert read_amount(text).code == "E_AMOUNT_INVALID"
    assert read_area(text).code == "E_AREA_RANGE"
    assert read_date(text, default_year=2026).code == "E_DATE_INVALID"
    assert read_phones(text).code == "W_PHONE_INVALID"
    assert read_share(text) is None
    assert len(header_label(text)) <= len(text)


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.booleans()))
def test_no_cell_whatever_makes_a_reader_fail(cell):
    readings = (
        read_date(cell, default_year=2026),
        read_amount(cell),
        read_area(cell),
        read_id_number(cell),
        read_room(cell),
    )
    assert all(reading.value is None or reading.code is None or reading.code[0] in "WE" for reading in readings)
    assert read_phones(cell).code in (None, "W_PHONE_INVALID")
    assert read_share(cell) is None or read_share(cell) >= 0


def test_a_date_is_found_at_the_beginning_of_a_text():
    assert find_date("2026年10月31日制表") == PartialDate(2026, 10, 31)
    assert find_date("制表2026") is None


@pytest.mark.parametrize(
    ("cell", "numbers", "issue"),
    [
        ("15400000101", ("15400000101",), None),
        (15400000101, ("15400000101",), None),
        (15400000101.0, ("15400000101",), None),
        ("１５４ ００００ ０１０１", ("15400000101",), None),
        ("+86 154-0000-0101", ("15400000101",), None),
        ("008615400000101", ("15400000101",), None),
        ("20000108", ("02820000108",), None),
        ("028-20000108", ("02820000108",), None),
        ("0838-2000108", ("08382000108",), None),
        (
            "15400000101/20000108、15400000102；15400000103，1\n15400000104",
            ("15400000101", "02820000108", "15400000102", "15400000103", "15400000104"),
            None,
        ),
        ("15400000101(儿子)", ("15400000101",), None),
        ("1540000011", (), "W_PHONE_INVALID"),
        ("没有", (), "W_PHONE_INVALID"),
        ("1.54E+10", (), "W_PHONE_INVALID"),
        ("1.54000001E+10", (), "W_PHONE_INVALID"),
        ("1.54000001e+10/15400000102", ("15400000102",), None),
        (moment("2026-01-01"), (), "W_PHONE_INVALID"),
        ("不详", (), None),
        ("/", (), None),
    ],
)
def test_phones(cell, numbers, issue):
    reading = read_phones(cell)
    assert (reading.numbers, reading.code) == (numbers, issue)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1-1-101", "1-1-101"),
        ("6-1302", "6-0-1302"),
        ("1-1-5", "1-1-005"),
        ("01-02-0301", "1-2-0301"),
        ("１栋２单元４０２号", "1-2-402"),
        ("3幢2单元6层2室", "3-2-602"),
        ("3栋2单元5楼9号", "3-2-509"),
        ("12号楼1302室", "12-0-1302"),
        ("2栋3号", "2-0-003"),
        ("十二栋一单元三〇一室", "12-1-301"),
        ("一栋二单元二楼一号", "1-2-201"),
        ("2栋11楼12号", "2-0-1112"),
        ("枣子巷13号院3栋2单元501", "3-2-501"),
        ("1 栋 1 单元 301", "1-1-301"),
        ("2栋地下室", None),
        ("1栋1单元101车库", None),
        ("1栋1单元", None),
        ("1栋1单元101（租）", None),
        ("101", None),
        ("外地", None),
        ("1234567890123栋101", None),
        ("0-0-101", None),
        ("〇栋1单元101", None),
        (moment("2026-06-12"), None),
        (CellError("#REF!"), None),
    ],
)
def test_rooms(text, key):
    reading = read_room(text)
    assert reading.value == key
    assert (reading.code is None) == (key is not None)


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("1栋", "一单元", "101"), "1-1-101"),
        ((1, 2, 102), "1-2-102"),
        (("１栋", "2单元", "2楼1号"), "1-2-201"),
        (("2", None, "3号"), "2-0-003"),
        (("2幢", "无", "4"), "2-0-004"),
        (("6号楼", "/", 1302.0), "6-0-1302"),
        (("2栋", None, "地下室"), None),
        ((None, None, "101"), None),
        (("1栋", "1单元", None), None),
        ((None, None, "1-1-101"), "1-1-101"),
        ((None, None, moment("2026-06-12")), None),
        ((moment("2026-01-01"), None, 101), None),
        (("1栋", CellError("#N/A"), 101), None),
    ],
)
def test_rooms_in_three_columns(parts, key):
    assert read_split_room(*parts).value == key


@pytest.mark.parametrize(
    ("cell", "area_c", "issue"),
    [
        (58.32, 5832, None),
        ("58.32㎡", 5832, None),
        ("７２．５０", 7250, None),
        ("45.005平方米", 4501, None),
        (45.005, 4501, None),
        ("1,000.00", 100_000, None),
        (1000.01, 100_001, "W_AREA_LARGE"),
        (0, None, "E_AREA_RANGE"),
        ("-3", None, "E_AREA_RANGE"),
        ("约50", None, "E_AREA_RANGE"),
        (None, None, None),
    ],
)
def test_areas(cell, area_c, issue):
    reading = read_area(cell)
    assert (reading.value, reading.code) == (area_c, issue)


@pytest.mark.parametrize(
    ("cell", "share"),
    [
        (None, Fraction(1)),
        ("50%", Fraction(1, 2)),
        ("５０％", Fraction(1, 2)),
        ("2/4", Fraction(1, 2)),
        (0.5, Fraction(1, 2)),
        (1 / 3, Fraction(1, 3)),
        (0.666666666666667, Fraction(2, 3)),
        (0.3333, Fraction(3333, 10_000)),
        (0.33333, Fraction(33_333, 100_000)),
        (50, None),
        (-0.5, None),
        (1, Fraction(1)),
        ("100%", Fraction(1)),
        ("33.3%", Fraction(333, 1000)),
        (moment("2026-01-02"), Fraction(1, 2)),
        ("三分之一", Fraction(1, 3)),
        ("½", Fraction(1, 2)),
        ("1/0", None),
        ("共有", None),
        (CellError("#DIV/0!"), None),
    ],
)
def test_shares(cell, share):
    assert read_share(cell) == share


@pytest.mark.parametrize(
    ("cell", "fen", "issue"),
    [
        (1000.1, 100_010, None),
        (85, 8_500, None),
        (0.005, 1, None),
        ("4,800.00", 480_000, None),
        ("￥2,400", 240_000, None),
        ("¥2400元", 240_000, None),
        ("３６０．５０元", 36_050, None),
        ("0.12万", 120_000, None),
        ("1.5万元", 1_500_000, None),
        ("(50)", -5_000, None),
        ("（1,200.50元）", -120_050, None),
        ("-50", -5_000, None),
        ("－50", -5_000, None),
        ("￥-50", -5_000, None),
        ("12.345", 1_235, None),
        ("-0.005", -1, None),
        ("贰佰元整", 20_000, None),
        ("壹万贰仟叁佰元伍角整", 1_230_050, None),
        ("人民币壹拾贰圆叁角肆分", 1_234, None),
        ("壹万零伍元整", 1_000_500, None),
        ("伍佰", None, "E_AMOUNT_INVALID"),
        ("二百元", None, "E_AMOUNT_INVALID"),
        ("约200", None, "E_AMOUNT_INVALID"),
        ("200/月", None, "E_AMOUNT_INVALID"),
        ("￥", None, "E_AMOUNT_INVALID"),
        ("(-5)", None, "E_AMOUNT_INVALID"),
        (True, None, "E_AMOUNT_INVALID"),
        (float("inf"), None, "E_AMOUNT_INVALID"),
        (CellError("#REF!"), None, "E_AMOUNT_INVALID"),
        ("—", None, None),
    ],
)
def test_amounts(cell, fen, issue):
    reading = read_amount(cell)
    assert (reading.value, reading.code) == (fen, issue)


@given(st.integers(-MOST_FEN, MOST_FEN))
def test_an_amount_written_as_a_number_reads_back_to_the_fen(fen):
    assert read_amount(fen / 100).value == fen


@pytest.mark.parametrize(
    ("text", "number"),
    [("十", 10), ("二十三", 23), ("一百零二", 102), ("三〇一", 301), ("08", 8), ("x", None), ("", None)],
)
def test_counts(text, number):
    assert count(text) == number


@pytest.mark.parametrize("text", ["壹贰元", "万元", "佰仟元", "壹万贰万元", "元整"])
def test_formal_figures_out_of_order_are_none(text):
    assert formal_yuan(text) is None


def test_a_float_shows_the_digits_a_spreadsheet_shows():
    assert decimal_text(0.1 + 0.2) == "0.3"
    assert decimal_text(1e15) == "1000000000000000"
    assert decimal_text(0.00001) == "0.00001"
