"""Rules N7, N11, N12: statements of income and expense, plain and side by side."""

from __future__ import annotations

import pytest
from sheets_support import FINANCE, SIDES, TODAY, Book, codes, reasons, row_of

from yuanluo.sheets import preview
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_finance.statement_period import period_in_title, year_in_title

TITLE = ["梧桐苑院落2026年10月收支公示表"]


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path / "表.xlsx")


def plain(book, *rows, titles=(TITLE,), **options):
    made = [row_of(FINANCE, **row) if isinstance(row, dict) else row for row in rows]
    book.sheet([*titles, FINANCE, *made], **options)
    return book.read(FINANCE_STATEMENT)


def sided(book, *rows, headers=SIDES, **options):
    book.sheet([TITLE, ["收入", None, None, None, "支出"], headers, *rows], merges=["A2:D2", "E2:H2"], **options)
    return book.read(FINANCE_STATEMENT)


def found(result):
    return sorted((issue.row, issue.side, issue.column, issue.code) for issue in result.issues)


def place(result):
    return [(record["row"], record["side"]) for record in result.records]


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("梧桐苑院落2026年10月收支情况公示表", "2026-10"),
        ("2026年1月收支", "2026-01"),
        ("2026年10月份收支公示", "2026-10"),
        ("2026.10收支", "2026-10"),
        ("2026年第三季度收支公示表", "2026-Q3"),
        ("2026年三季度", "2026-Q3"),
        ("2026年第3季度", "2026-Q3"),
        ("2026年度第四季度收支", "2026-Q4"),
        ("2026年Q1", "2026-Q1"),
        ("2026年7-9月收支", "2026-Q3"),
        ("2026年7月至9月", "2026-Q3"),
        ("2026年7月1日至2026年9月30日", "2026-Q3"),
        ("2026年10月1日-31日", "2026-10"),
        ("2026年10月1日-10月31日", "2026-10"),
        ("二〇二六年10月收支", "2026-10"),
        ("2026年10月收支公示表公示日期:2026年11月5日", "2026-10"),
        ("公示日期:2026年11月5日", None),
        ("公示时间:2026年11月", None),
        ("2026年11月5日", None),
        ("2026年度收支公示表", None),
        ("2026年8-9月", None),
        ("2026年13月", None),
        ("期间:2026.10.01-2026.10.31", "2026-10"),
        ("2026-10-01至2026-10-31", "2026-10"),
        ("2026/7/1-9/30收支", "2026-Q3"),
        ("2026.10.1-31收支", "2026-10"),
        ("2026.7-2026.9收支", "2026-Q3"),
        ("2026年10月1日起至2026年10月31日止", "2026-10"),
        ("2026年10月1日——10月31日", "2026-10"),
        ("2026年10月份至12月份", "2026-Q4"),
        ("2026年10、11、12月收支", "2026-Q4"),
        ("2026年8、9月收支", None),
        ("2025年10月至2026年12月", None),
        ("2026三季度", "2026-Q3"),
        ("2026年第三、四季度", None),
        ("2026-11-05", None),
        ("收支公示表", None),
    ],
)
def test_a_title_gives_the_period(title, period):
    found = period_in_title(title)
    assert (found.text if found else None) == period


def test_a_title_with_a_year_alone_gives_the_year():
    assert year_in_title("2026年度收支公示表") == 2026
    assert year_in_title("公示日期:2026年11月5日") is None


def test_meta_always_has_the_five_sums(book):
    result = plain(book, {"日期": "10月8日", "收入": 1, "摘要": "停车费"}, titles=())
    assert result.meta == {
        "period": None,
        "opening_fen": 0,
        "income_fen": 100,
        "expense_fen": 0,
        "closing_fen": 100,
        "default_year": 2026,
    }
    assert codes(result) == [(2, "日期", "W_DATE_YEAR_ASSUMED")]


def test_a_record_has_all_keys_and_zero_on_the_unused_side(book):
    (record,) = plain(book, {"日期": "10月8日", "收入": "4,800.00", "摘要": "停车费（48辆）"}).records
    assert record == {
        "sheet": "Sheet1",
        "row": 3,
        "entry_date": "2026-10-08",
        "voucher_no": None,
        "summary": "停车费（48辆）",
        "income_fen": 480_000,
        "expense_fen": 0,
        "balance_fen": None,
        "handler": None,
    }


def test_a_statement_without_balance_column_has_null_balances(book):
    book.sheet([TITLE, ["日期", "凭证号", "项目", "收入", "支出"], ["10月8日", 1, "停车费", 5, None]])
    (record,) = book.read(FINANCE_STATEMENT).records
    assert (record["balance_fen"], record["voucher_no"], record["summary"]) == (None, "1", "停车费")


def test_both_sides_filled_is_one_error_on_the_income_column(book):
    result = plain(book, {"收入": 5, "支出": 5}, {"收入": 5, "支出": 0}, {"收入": "—", "支出": 5})
    assert codes(result) == [(3, "收入", "E_BOTH_SIDES")]
    assert [record["income_fen"] for record in result.records] == [500, 0]


def test_neither_side_filled_is_required_on_the_income_column(book):
    assert codes(plain(book, {"日期": "10月8日", "摘要": "停车费"})) == [(3, "收入", "E_REQUIRED")]


def test_unreadable_and_negative_amounts_reject_the_row(book):
    result = plain(book, {"收入": "伍佰"}, {"支出": "(50)"}, {"收入": -1, "支出": "约5"}, {"收入": 5, "结余": "若干"})
    assert codes(result) == [
        (3, "收入", "E_AMOUNT_INVALID"),
        (4, "支出", "E_NEGATIVE"),
        (5, "支出", "E_AMOUNT_INVALID"),
        (5, "收入", "E_NEGATIVE"),
        (6, "结余", "E_AMOUNT_INVALID"),
    ]


def test_a_voucher_may_be_used_once_in_the_file_even_if_its_first_row_was_rejected(book):
    book.sheet([TITLE, FINANCE, row_of(FINANCE, 凭证号="收－０１", 收入="x")], name="一")
    result = plain(book, {"凭证号": "收-01", "收入": 5}, {"收入": 5}, {"收入": 6}, name="二")
    assert [(issue.sheet, issue.row, issue.code) for issue in result.issues] == [
        ("一", 3, "E_AMOUNT_INVALID"),
        ("二", 3, "E_DUP_VOUCHER"),
    ]


def test_each_balance_is_compared_with_the_previous_declared_one(book):
    result = plain(
        book,
        {"摘要": "上期结余", "结余": 100},
        {"收入": 10, "结余": 110},
        {"支出": 10, "结余": 95},
        {"支出": 5, "结余": 90},
        {"支出": 7},
        {"支出": 5, "结余": 85},
        {"支出": "五元", "结余": 70},
        {"收入": 1, "支出": 1, "结余": 70},
        {"日期": "10月9日", "结余": 71},
    )
    assert [issue for issue in codes(result) if issue[2] == "W_BALANCE_MISMATCH"] == [
        (5, "结余", "W_BALANCE_MISMATCH"),
        (11, "结余", "W_BALANCE_MISMATCH"),
    ]


def test_the_first_balance_is_not_compared_without_an_opening_row(book):
    assert codes(plain(book, {"收入": 10, "结余": 999})) == []


@pytest.mark.parametrize(
    ("row", "opening"),
    [
        ([None, None, "上期结余", None, None, "12,345.67"], 1_234_567),
        (["上月结余", None, None, -13.32], -1_332),
        (["期初结余：1,000元"], 100_000),
        ([None, "上季结余", None, None, None, None, None, "贰佰元整"], 20_000),
        (["2026.10.01", None, "上期结余", 5], 500),
        (["2026.10.01", "—", "上期结余", "/", None, 5], 500),
        (["上期结余"], 0),
    ],
)
def test_the_opening_amount_is_the_first_readable_one_outside_the_date_column(book, row, opening):
    result = plain(book, row, {"收入": 1})
    assert (result.meta["opening_fen"], result.meta["closing_fen"]) == (opening, opening + 100)


def test_a_serial_date_in_an_opening_row_is_not_its_amount(book):
    book.sheet(
        [
            TITLE,
            ["摘要", "日期", "凭证号", "收入", "支出", "结余"],
            ["上期结余", 46296, None, None, None, 5],
            ["停车费", "10月8日", 1, 1],
        ]
    )
    assert book.read(FINANCE_STATEMENT).meta["opening_fen"] == 500


@pytest.mark.parametrize(
    ("row", "closing"),
    [
        (["本期结余：13,172.97元"], 1_317_297),
        (["期末结余：人民币壹万叁仟元整"], 1_300_000),
        (["本月结余", None, None, None, None, 5], 500),
        (["本季结余（元）：7"], 700),
        ([None, None, "本年结余", "-3"], -300),
        (["本期结余"], None),
        (["累计", 5], None),
    ],
)
def test_a_closing_row_declares_the_closing_amount_unchecked(book, row, closing):
    result = plain(book, {"收入": 1}, row)
    assert result.meta.get("declared_closing_fen") == closing
    assert codes(result) == []


def test_totals_are_compared_with_accepted_rows_and_subtotals_are_not(book):
    result = plain(
        book,
        {"收入": 10},
        {"收入": "十元"},
        ["小计", None, None, 99],
        ["本页合计", None, None, 99],
        ["本月合计", None, None, 10, 0],
        ["合计", None, None, 20, None],
        ["总计", None, None, "若干", 5],
    )
    assert codes(result) == [
        (4, "收入", "E_AMOUNT_INVALID"),
        (8, "收入", "W_TOTAL_MISMATCH"),
        (9, "支出", "W_TOTAL_MISMATCH"),
    ]
    assert (result.meta["declared_income_fen"], result.meta["declared_expense_fen"]) == (2_000, 500)
    assert result.meta["income_fen"] == 1_000


def test_sums_of_either_side_and_of_pages_are_no_entries(book):
    result = plain(
        book,
        [None, None, "承前页", 50],
        {"收入": 10},
        {"支出": 3},
        [None, None, "收入合计：", 11],
        ["本月支出合计", None, None, None, 3],
        [None, None, "过次页", 60],
    )
    assert codes(result) == [(6, "收入", "W_TOTAL_MISMATCH")]
    assert reasons(result) == {1: "TITLE", 3: "TOTAL", 6: "TOTAL", 7: "TOTAL", 8: "TOTAL"}
    assert (result.meta["income_fen"], result.meta["declared_income_fen"]) == (1_000, 1_100)
    assert result.meta["declared_expense_fen"] == 300


def test_a_formula_without_cached_value_declares_nothing(book):
    result = plain(book, {"收入": 10, "结余": "=D3"}, ["合计", None, None, "=SUM(D3:D3)", "=1+1"])
    assert codes(result) == []
    assert "declared_income_fen" not in result.meta
    assert result.records[0]["balance_fen"] is None


def test_a_formula_with_cached_value_counts_by_it(tmp_path):
    import xlsxwriter

    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, FINANCE)
        sheet.write_row(1, 0, ["2026.10.08", "收-01", "停车费", 10.5])
        sheet.write_row(2, 0, ["合计"])
        sheet.write_formula(2, 3, "=SUM(D2:D2)", None, 10.5)
        sheet.write_formula(2, 4, '=""', None, "")
    result = preview(FINANCE_STATEMENT, path, today=TODAY)
    assert (result.meta["declared_income_fen"], result.issues) == (1_050, ())


@pytest.mark.parametrize(
    ("title", "date", "outside"),
    [
        ("2026年10月", "2026-11-01", True),
        ("2026年10月", "2026-10", False),
        ("2026年10月", "2026", False),
        ("2026年10月", "2025", True),
        ("2026年第三季度", "2026-07-01", False),
        ("2026年第三季度", "2026-09-30", False),
        ("2026年第三季度", "2026-10-01", True),
        ("2026年第三季度", "9月30日", False),
        ("2026年收支", "2026-01-01", False),
    ],
)
def test_a_date_outside_of_the_title_period_is_warned_of(book, title, date, outside):
    result = plain(book, {"日期": date, "收入": 1}, titles=([title],))
    assert codes(result) == ([(3, "日期", "W_OUT_OF_PERIOD")] if outside else [])


def test_an_unreadable_date_takes_no_part_in_other_checks(book):
    result = plain(book, {"日期": "2026-11-31", "收入": 1}, {"日期": "2026-12-01", "收入": 1})
    assert codes(result) == [
        (3, "日期", "E_DATE_INVALID"),
        (4, "日期", "E_DATE_FUTURE"),
        (4, "日期", "W_OUT_OF_PERIOD"),
    ]


def test_each_sheet_goes_by_its_own_title(book):
    book.sheet(
        [["2025年9月收支公示表"], FINANCE, row_of(FINANCE, 日期="9月5日", 收入=1), ["合计", None, None, 1]], name="一"
    )
    book.sheet(
        [["2025年10月收支公示表"], FINANCE, row_of(FINANCE, 日期="10月5日", 支出=2), ["合计", None, None, 0, 2]],
        name="二",
    )
    result = plain(book, {"日期": "9月6日", "收入": 3}, titles=(), name="三")
    assert result.issues == ()
    assert [record["entry_date"] for record in result.records] == ["2025-09-05", "2025-10-05", "2025-09-06"]
    assert result.meta == {
        "period": "2025-09",
        "opening_fen": 0,
        "income_fen": 400,
        "expense_fen": 200,
        "closing_fen": 200,
        "declared_income_fen": 100,
        "declared_expense_fen": 200,
    }


def test_a_cover_sheet_gives_the_period_only_if_no_statement_has_one(book):
    book.sheet([["自2025年1月起使用本表"]], name="说明")
    result = plain(book, {"日期": "10月5日", "收入": 1}, name="表")
    assert (result.meta["period"], result.records[0]["entry_date"]) == ("2026-10", "2026-10-05")


# Side by side


def test_each_block_makes_its_own_record_left_before_right(book):
    result = sided(
        book,
        ["10月8日", "收-01", "停车费", 100, "10月9日", "付-01", "门卫", 40, "周福生"],
        ["10月10日", "收-02", "广告费", 50],
        [None, None, None, None, "10月11日", "付-02", "电费", "10", "何大成"],
    )
    assert place(result) == [(4, "L"), (4, "R"), (5, "L"), (6, "R")]
    assert list(result.records[0])[:4] == ["sheet", "row", "side", "entry_date"]
    assert [(record["income_fen"], record["expense_fen"], record["handler"]) for record in result.records] == [
        (10_000, 0, None),
        (0, 4_000, "周福生"),
        (5_000, 0, None),
        (0, 1_000, "何大成"),
    ]
    assert all(record["balance_fen"] is None for record in result.records)
    assert result.issues == ()


def test_the_income_block_keeps_a_handler_of_its_own(book):
    headers = ["日期", "凭证号", "项目", "金额", "经手人", "日期", "凭证号", "项目", "金额", "经手人"]
    result = sided(book, ["10月8日", "1", "停车费", 1, "甲", "10月8日", "2", "电费", 1, "乙"], headers=headers)
    assert [record["handler"] for record in result.records] == ["甲", "乙"]


def test_blocks_may_call_their_amounts_income_and_expense(book):
    headers = ["日期", "凭证号", "摘要", "收入（元）", "日期", "凭证号", "摘要", "支出（元）", "经手人"]
    result = sided(
        book,
        ["10月8日", "1", "停车费", 1, "10月8日", "2", "电费", "x", "乙"],
        ["合计", None, None, 2, None, None, None, 0],
        headers=headers,
    )
    assert found(result) == [(4, "R", "支出", "E_AMOUNT_INVALID"), (5, "L", "收入", "W_TOTAL_MISMATCH")]


def test_issues_carry_their_side(book):
    result = sided(
        book,
        ["2026-09-30", "1", "停车费", -5, "10月9日", "1", "电费", None],
        [None, None, "广告费", None, "10月9日", "3", "水费", "若干"],
        ["合计", None, None, 9, "合计", None, None, 9],
    )
    assert found(result) == [
        (4, "L", "日期", "W_OUT_OF_PERIOD"),
        (4, "L", "金额", "W_RED_ENTRY"),
        (4, "R", "凭证号", "E_DUP_VOUCHER"),
        (4, "R", "金额", "E_REQUIRED"),
        (5, "L", "金额", "E_REQUIRED"),
        (5, "R", "金额", "E_AMOUNT_INVALID"),
        (6, "L", "金额", "W_TOTAL_MISMATCH"),
        (6, "R", "金额", "W_TOTAL_MISMATCH"),
    ]
    assert result.meta["income_fen"] == -500
    assert result.meta["declared_expense_fen"] == 900
    assert all("side" in issue.to_json() for issue in result.issues)


def test_a_hidden_row_is_warned_of_once_per_block(book):
    result = sided(book, ["10月8日", "1", "停车费", 1, "10月9日", "2", "电费", 1], hidden=[4])
    assert found(result) == [(4, "L", "项目", "W_ROW_HIDDEN"), (4, "R", "项目", "W_ROW_HIDDEN")]


def test_ditto_copies_within_its_own_column(book):
    result = sided(
        book,
        ["10月8日", "1", "停车费", 1, "10月9日", "2", "电费", 1, "周福生"],
        ["同上", "3", "〃", 1, "同上", "4", "〃", 1, "同上"],
    )
    assert [(record["entry_date"], record["summary"], record["handler"]) for record in result.records[2:]] == [
        ("2026-10-08", "停车费", None),
        ("2026-10-09", "电费", "周福生"),
    ]


def test_a_handler_merged_down_over_rows_makes_no_expense_of_them(book):
    book.sheet(
        [
            TITLE,
            SIDES,
            ["10月8日", "1", "停车费", 1, "10月9日", "2", "电费", 1, "周福生"],
            ["10月9日", "3", "广告", 1, "—", None, "无"],
        ],
        merges=["I3:I4"],
    )
    assert place(book.read(FINANCE_STATEMENT)) == [(3, "L"), (3, "R"), (4, "L")]


def test_opening_and_closing_rows_are_read_from_either_block(book):
    result = sided(
        book,
        ["上期结余", None, None, 100],
        ["10月8日", "1", "停车费", 1],
        [None, None, None, None, None, None, "本期结余", 101],
    )
    assert (result.meta["opening_fen"], result.meta["closing_fen"], result.meta["declared_closing_fen"]) == (
        10_000,
        10_100,
        10_100,
    )
