"""Dirty statements of income and expense with what the contract says of them."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter
from audit_support import Case, Told, words
from sheets_support import FINANCE, SIDES, Book

from yuanluo_finance.statement import FINANCE_STATEMENT

PLAIN = words("日期 凭证号 摘要 收入（元） 支出（元） 结余（元） 经手人 备注")


def plain_month(path: Path) -> None:
    book = Book(path)
    book.sheet(
        [
            ["茶花园2026年9月份公共收支明细公示"],
            ["公示日期：2026年10月8日", None, None, None, None, "单位：元"],
            PLAIN,
            ["上月结余：", None, None, None, None, "（1,200.50）"],
            ["9月1日", "收-1", "停车费", "伍仟元整", None, "3,799.50", "周 福生"],
            ["9月3日", "付-1", "门卫 工资（8月）", None, "0.2万元", 1799.5, "〃"],
            ["2026.09.31", "付-9", "买扫把", None, 100, 1699.5],
            ["本页合计", None, None, 5000, 2100],
            FINANCE,
            ["2026-09-20", "付-2", "退费", None, "（50）", 1749.5],
            ["2026-09-21", "付－２", "购灯", None, "35.555", 1713.94],
            ["2026-09-25", "付-3", "保洁费"],
            ["2026-10-01", "付-4", "水费", None, "￥413.94", 1300],
            ["2026-09-30", "收-2", "快递柜", "1,000元", None, "2,301"],
            ["2026-09-30", "收-3", "利息", 3.335],
            ["2026-09-30", "付-5", "其他", None, 1, "2300.00"],
            ["2026-09", "付-6", "零星", None, "叁拾贰圆伍角", "2267.5元", "张三（代）"],
            ["2026.9", 7, "零 星\n支出", "—", "约200", 2067.5],
            ["合 计", None, None, "6003.34", "2514.94"],
            ["期末结余：贰仟叁佰元整"],
            ["制表：张某"],
        ],
        name="2026年9月",
        merges=["A1:H1"],
    )
    book.book.save(path)


def side_by_side_quarter(path: Path) -> None:
    book = Book(path)
    book.sheet(
        [
            ["沙湾一号院2026年第三季度收支公示"],
            ["收入", None, None, None, "支出", None, None, None, "经手人"],
            [label.replace("金额", "金额（元）") for label in SIDES[:8]],
            ["期初结余", None, None, "12345.67"],
            ["7月2日", "收1", "停车费", 2400, "2026.7.5", "付1", "清掏", "1,500.00", "周福生"],
            ["7月9日", "收2", "退摊位费", "-100"],
            [None, None, None, None, "7月15日", "付1", "维修", 200, "何大成"],
            ["10月8日", "收3", "广告费", "1000", "2026.8.1", "付3", "门卫", "2,000", "同上"],
            ["8月9日", "收4", "场地费", None, "8月9日", "付4", "红字冲销", "（500）"],
            ["合计", None, None, 3300, None, None, None, 3700],
            ["本期结余", None, None, "12145.67"],
        ],
        name="三季度",
        merges=["A1:I1", "A2:D2", "E2:H2", "I2:I3"],
        hidden=[7],
    )
    book.book.save(path)


def formulas(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("十月")
    sheet.write_row(0, 0, ["银杏里二〇二六年收支表（2026年10月）"])
    sheet.write_row(1, 0, FINANCE)
    sheet.write_row(2, 0, ["2026.10.1", "收1", "停车费"])
    sheet.write_formula(2, 3, "=10*30", None, 300.1 + 0.2)
    sheet.write_formula(2, 5, "=D3", None, 300.3)
    sheet.write_row(3, 0, ["2026.10.2", "付1", "灯泡"])
    sheet.write_formula(3, 4, "=1/0", None, "#DIV/0!")
    sheet.write_formula(3, 5, "=F3-E4", None, "#DIV/0!")
    sheet.write_row(4, 0, ["2026.10.3", "付2", "扫把", None, True])
    sheet.write_row(5, 0, ["2026.10.4", "付3", "水管", "无", 100.3, 200])
    sheet.write_row(6, 0, ["合计"])
    sheet.write_formula(6, 3, "=SUM(D3:D6)", None, 300.3)
    sheet.write_formula(6, 4, "=SUM(E3:E6)", None, "#DIV/0!")
    sheet.write_row(7, 0, ["本期结余", None, None, 300.3, 100.3, 200])
    book.close()


def three_months(path: Path) -> None:
    book = Book(path)
    book.sheet([["银杏里2026年第三季度财务公示（封面）"]], name="封面")
    book.sheet(
        [
            ["银杏里2026年7月收支公示表"],
            FINANCE,
            ["期初结余：1,000.00元"],
            ["7月1日", "1", "停车费", 200, None, 1200],
            ["7月32日", "2", "灯泡", None, 50, 1150],
            [],
            ["8月1日", "3", "水费", None, 30, 1120],
            ["本月合计", None, None, 200, 80, 1120],
            ["本年累计", None, None, 999, 999, 999],
        ],
        name="7月",
    )
    book.sheet(
        [
            ["银杏里2026年8月收支公示表"],
            FINANCE,
            [None, None, "上月结余", None, None, 1120],
            ["8月1日", "1", "停车费", 300, None, 1420],
            ["8月2日", 4, "门卫", None, 100, 1320.0],
            ["合计", None, None, 300, 100],
            ["本期结余（大写）：壹仟叁佰贰拾元整"],
        ],
        name="8月",
    )
    book.sheet([["摘 要", "收入", "支出", "结 余"], ["利息", 1, "－", 1321]], name="9月")
    book.book.save(path)


def sides_with_their_own_words(path: Path) -> None:
    book = Book(path)
    left = ["日期", "凭证号", "项目", "金额", "经手人"]
    labels = [*left, *left, "备注"]
    book.sheet(
        [
            [],
            [None, "公示日期：2026年7月5日"],
            [None, "茶花园二〇二六年六月份收支对照表"],
            [None, *labels],
            [None, "上期结余", None, None, "-500.00元"],
            [None, "2026.6.1", "A1", "停车费", "壹佰元整", "甲", None, None, None, None, None, "雨天"],
            [None, "〃", "A2", "〃", 100, "〃", "6月3日", "B1", "清洁", "1.5万", "乙"],
            [None, None, None, None, None, None, "同上", "A2", "清洁", "贰佰", "乙"],
            [None, *labels],
            [None, None, None, None, None, None, "〃", "B3", "〃", 300, "〃"],
            [None, "小计", None, None, 1, None, "小计", None, None, 2],
            [None, "2026.6", "A3", None, "0.005", None, "2026.7", "B4", "水\u3000费", 0.004],
            [None, "总计", None, None, "200.01", None, None, None, None, "15,300.00"],
            [None, "期末结余", None, None, None, None, None, None, None, "-15,599.99"],
            [None, "说明：红字为冲减"],
        ],
        name="对照",
        merges=["B3:L3"],
    )
    book.book.save(path)


FINANCE_CASES = (
    Case(
        "a month with page totals, capital amounts and a closing line",
        FINANCE_STATEMENT,
        "21 收支.xlsx",
        plain_month,
        (
            Told(
                "2026年9月",
                3,
                {
                    5: {
                        "entry_date": "2026-09-01",
                        "voucher_no": "收-1",
                        "summary": "停车费",
                        "income_fen": 500000,
                        "balance_fen": 379950,
                        "handler": "周福生",
                    },
                    6: {
                        "entry_date": "2026-09-03",
                        "voucher_no": "付-1",
                        "summary": "门卫 工资（8月）",
                        "expense_fen": 200000,
                        "balance_fen": 179950,
                        "handler": "周福生",
                    },
                    13: {
                        "entry_date": "2026-10-01",
                        "voucher_no": "付-4",
                        "summary": "水费",
                        "expense_fen": 41394,
                        "balance_fen": 130000,
                    },
                    14: {
                        "entry_date": "2026-09-30",
                        "voucher_no": "收-2",
                        "summary": "快递柜",
                        "income_fen": 100000,
                        "balance_fen": 230100,
                    },
                    15: {
                        "entry_date": "2026-09-30",
                        "voucher_no": "收-3",
                        "summary": "利息",
                        "income_fen": 334,
                    },
                    16: {
                        "entry_date": "2026-09-30",
                        "voucher_no": "付-5",
                        "summary": "其他",
                        "expense_fen": 100,
                        "balance_fen": 230000,
                    },
                    17: {
                        "entry_date": "2026-09",
                        "voucher_no": "付-6",
                        "summary": "零星",
                        "expense_fen": 3250,
                        "balance_fen": 226750,
                        "handler": "张三(代)",
                    },
                },
                """
                7 日期 E_DATE_INVALID
                10 支出 E_NEGATIVE
                12 收入 E_REQUIRED
                13 日期 W_OUT_OF_PERIOD
                14 结余 W_BALANCE_MISMATCH
                18 支出 E_AMOUNT_INVALID
                19 支出 W_TOTAL_MISMATCH
                11 凭证号 E_DUP_VOUCHER
                """,
                "1 TITLE 2 TITLE 4 OPENING 8 TOTAL 9 REPEATED_HEADER 19 TOTAL 20 TOTAL 21 FOOTER",
            ),
        ),
        {
            "period": "2026-09",
            "opening_fen": -120050,
            "income_fen": 600334,
            "expense_fen": 244744,
            "closing_fen": -120050 + 600334 - 244744,
            "declared_income_fen": 600334,
            "declared_expense_fen": 251494,
            "declared_closing_fen": 230000,
        },
    ),
    Case(
        "a quarter side by side under a group row",
        FINANCE_STATEMENT,
        "22 左右.xlsx",
        side_by_side_quarter,
        (
            Told(
                "三季度",
                3,
                {
                    (5, "L"): {
                        "entry_date": "2026-07-02",
                        "voucher_no": "收1",
                        "summary": "停车费",
                        "income_fen": 240000,
                    },
                    (5, "R"): {
                        "entry_date": "2026-07-05",
                        "voucher_no": "付1",
                        "summary": "清掏",
                        "expense_fen": 150000,
                        "handler": "周福生",
                    },
                    (6, "L"): {
                        "entry_date": "2026-07-09",
                        "voucher_no": "收2",
                        "summary": "退摊位费",
                        "income_fen": -10000,
                    },
                    (8, "L"): {
                        "entry_date": "2026-10-08",
                        "voucher_no": "收3",
                        "summary": "广告费",
                        "income_fen": 100000,
                    },
                    (8, "R"): {
                        "entry_date": "2026-08-01",
                        "voucher_no": "付3",
                        "summary": "门卫",
                        "expense_fen": 200000,
                        "handler": "何大成",
                    },
                    (9, "R"): {
                        "entry_date": "2026-08-09",
                        "voucher_no": "付4",
                        "summary": "红字冲销",
                        "expense_fen": -50000,
                    },
                },
                """
                6 金额 W_RED_ENTRY L
                7 项目 W_ROW_HIDDEN R
                7 凭证号 E_DUP_VOUCHER R
                8 日期 W_OUT_OF_PERIOD L
                9 金额 E_REQUIRED L
                9 金额 W_RED_ENTRY R
                10 金额 W_TOTAL_MISMATCH R
                """,
                "1 TITLE 2 TITLE 4 OPENING 10 TOTAL 11 TOTAL",
            ),
        ),
        {
            "period": "2026-Q3",
            "opening_fen": 1234567,
            "income_fen": 330000,
            "expense_fen": 300000,
            "closing_fen": 1264567,
            "declared_income_fen": 330000,
            "declared_expense_fen": 370000,
            "declared_closing_fen": 1214567,
        },
    ),
    Case(
        "formulas with and without a value, errors and truths",
        FINANCE_STATEMENT,
        "23 公式.xlsx",
        formulas,
        (
            Told(
                "十月",
                2,
                {
                    3: {
                        "entry_date": "2026-10-01",
                        "voucher_no": "收1",
                        "summary": "停车费",
                        "income_fen": 30030,
                        "balance_fen": 30030,
                    },
                    6: {
                        "entry_date": "2026-10-04",
                        "voucher_no": "付3",
                        "summary": "水管",
                        "expense_fen": 10030,
                        "balance_fen": 20000,
                    },
                },
                """
                4 支出 E_AMOUNT_INVALID
                4 结余 E_AMOUNT_INVALID
                5 支出 E_AMOUNT_INVALID
                """,
                "1 TITLE 7 TOTAL 8 TOTAL",
            ),
        ),
        {
            "period": "2026-10",
            "opening_fen": 0,
            "income_fen": 30030,
            "expense_fen": 10030,
            "closing_fen": 20000,
            "declared_income_fen": 30030,
            "declared_closing_fen": 20000,
        },
    ),
    Case(
        "a sheet for each month, with the balance carried over",
        FINANCE_STATEMENT,
        "24 三个月.xlsx",
        three_months,
        (
            Told("封面", None, skipped="1 TITLE"),
            Told(
                "7月",
                2,
                {
                    4: {
                        "entry_date": "2026-07-01",
                        "voucher_no": "1",
                        "summary": "停车费",
                        "income_fen": 20000,
                        "balance_fen": 120000,
                    },
                    7: {
                        "entry_date": "2026-08-01",
                        "voucher_no": "3",
                        "summary": "水费",
                        "expense_fen": 3000,
                        "balance_fen": 112000,
                    },
                },
                """
                5 日期 E_DATE_INVALID
                7 日期 W_OUT_OF_PERIOD
                8 支出 W_TOTAL_MISMATCH
                """,
                "1 TITLE 3 OPENING 6 BLANK 8 TOTAL 9 TOTAL",
            ),
            Told(
                "8月",
                2,
                {
                    5: {
                        "entry_date": "2026-08-02",
                        "voucher_no": "4",
                        "summary": "门卫",
                        "expense_fen": 10000,
                        "balance_fen": 132000,
                    }
                },
                """
                4 凭证号 E_DUP_VOUCHER
                6 收入 W_TOTAL_MISMATCH
                """,
                "1 TITLE 3 OPENING 6 TOTAL 7 TOTAL",
            ),
            Told("9月", 1, {2: {"summary": "利息", "income_fen": 100, "balance_fen": 132100}}),
        ),
        {
            "period": "2026-07",
            "opening_fen": 100000,
            "income_fen": 20100,
            "expense_fen": 13000,
            "closing_fen": 107100,
            "declared_income_fen": 50000,
            "declared_expense_fen": 18000,
            "declared_closing_fen": 132000,
        },
    ),
    Case(
        "side by side with two handlers, dittos and a title in Chinese figures",
        FINANCE_STATEMENT,
        "25 对照.xlsx",
        sides_with_their_own_words,
        (
            Told(
                "对照",
                4,
                {
                    (6, "L"): {
                        "entry_date": "2026-06-01",
                        "voucher_no": "A1",
                        "summary": "停车费",
                        "income_fen": 10000,
                        "handler": "甲",
                    },
                    (7, "L"): {
                        "entry_date": "2026-06-01",
                        "voucher_no": "A2",
                        "summary": "停车费",
                        "income_fen": 10000,
                        "handler": "甲",
                    },
                    (7, "R"): {
                        "entry_date": "2026-06-03",
                        "voucher_no": "B1",
                        "summary": "清洁",
                        "expense_fen": 1500000,
                        "handler": "乙",
                    },
                    (10, "R"): {
                        "entry_date": "2026-06-03",
                        "voucher_no": "B3",
                        "summary": "清洁",
                        "expense_fen": 30000,
                        "handler": "乙",
                    },
                    (12, "L"): {"entry_date": "2026-06", "voucher_no": "A3", "income_fen": 1},
                    (12, "R"): {"entry_date": "2026-07", "voucher_no": "B4", "summary": "水 费"},
                },
                """
                8 凭证号 E_DUP_VOUCHER R
                8 金额 E_AMOUNT_INVALID R
                12 日期 W_OUT_OF_PERIOD R
                """,
                "1 BLANK 2 TITLE 3 TITLE 5 OPENING 9 REPEATED_HEADER 11 TOTAL 13 TOTAL 14 TOTAL 15 FOOTER",
            ),
        ),
        {
            "period": "2026-06",
            "opening_fen": -50000,
            "income_fen": 20001,
            "expense_fen": 1530000,
            "closing_fen": -50000 + 20001 - 1530000,
            "declared_income_fen": 20001,
            "declared_expense_fen": 1530000,
            "declared_closing_fen": -1559999,
        },
    ),
)
