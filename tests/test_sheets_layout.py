"""Rules N3, N4, N5: finding header, data rows and rows to skip."""

from __future__ import annotations

import pytest
from sheets_support import FINANCE, OPINION, PARTY, Book, codes, reasons, row_of

from yuanluo.sheets import NoHeaderFound, guess_kind
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path / "表.xlsx")


def member(name, **cells):
    return row_of(PARTY, 姓名=name, 所在党支部="甲党支部", **cells)


def values(result, key):
    return [record[key] for record in result.records]


def test_rows_above_the_header_are_titles_or_blank(book):
    book.sheet([[], ["党员花名册"], [None, "\u200b "], ["填报单位：甲"], PARTY, member("张三")])
    result = book.read(PARTY_ROSTER)
    assert result.to_json()["sheets"] == [{"name": "Sheet1", "header_row": 5}]
    assert reasons(result) == {1: "BLANK", 2: "TITLE", 3: "BLANK", 4: "TITLE"}
    assert values(result, "row") == [6]


def test_leading_empty_rows_keep_excels_row_numbers(book):
    book.sheet([[], [], PARTY, member("张三")])
    assert values(book.read(PARTY_ROSTER), "row") == [4]


def test_the_header_may_stand_in_row_ten_but_not_in_row_eleven(book):
    book.sheet([*[["标题"]] * 9, PARTY, member("张三")], name="十")
    book.sheet([*[["标题"]] * 10, PARTY, member("李四")], name="十一")
    result = book.read(PARTY_ROSTER)
    assert values(result, "name") == ["张三"]
    assert [(row.row, row.reason) for row in result.skipped_rows if row.sheet == "十一"] == [
        (row, "TITLE") for row in range(1, 13)
    ]


def test_a_header_needs_three_known_labels(book):
    book.sheet([["姓名", "性别", "籍贯"], ["姓名", "性别", "民族"], ["张三", "男", "汉"]])
    result = book.read(PARTY_ROSTER)
    assert reasons(result) == {1: "TITLE"}
    assert values(result, "ethnicity") == ["汉族"]


def test_a_workbook_without_any_header_is_refused_with_the_name_of_the_form(book):
    book.sheet([["甲", "乙"], ["丙"]])
    with pytest.raises(NoHeaderFound, match="党员花名册") as refused:
        book.read(PARTY_ROSTER)
    assert "党员花名册" in refused.value.zh


def test_sheets_without_header_give_titles_only_and_are_not_listed(book):
    book.sheet([["填表说明"], ["请用文本填写"]], name="说明")
    book.sheet([PARTY, member("张三")], name="名册")
    book.sheet([], name="空")
    result = book.read(PARTY_ROSTER)
    assert [sheet.name for sheet in result.sheets] == ["名册"]
    assert [(row.sheet, row.row, row.reason) for row in result.skipped_rows] == [
        ("说明", 1, "TITLE"),
        ("说明", 2, "TITLE"),
    ]


def test_synonyms_newlines_and_groups_in_headers_are_understood(book):
    book.sheet(
        [
            [
                "姓 名",
                "公民身份\n号码",
                "出生日期（年月）",
                "文化程度",
                "入党\n日期",
                "转正日期",
                "党员类型",
                "手机",
                "备用电话",
                "现居住地",
            ],
            ["张三", None, "1960.05", "高中", "1990.07.01", "1991.07.01", "正式", "15400000101", "20000101", "1-1-101"],
        ]
    )
    (record,) = book.read(PARTY_ROSTER).records
    assert record["birth"] == "1960-05"
    assert record["education"] == "高中"
    assert record["confirmed_on"] == "1991-07-01"
    assert record["member_type"] == "FULL"
    assert (record["phone"], record["phone_alt"]) == ("15400000101", ["02820000101"])
    assert record["room_key"] == "1-1-101"


def test_unknown_columns_are_read_past(book):
    book.sheet([["籍贯", *PARTY, "出生地"], ["成都", *member("张三"), "眉山"]])
    (record,) = book.read(PARTY_ROSTER).records
    assert record["name"] == "张三"
    assert "籍贯" not in record


def test_a_group_row_above_the_header_is_a_title(book):
    book.sheet(
        [
            ["党员花名册"],
            [None, "基本情况", None, None, "党籍", None, None],
            ["序号", "姓名", "性别", "民族", "入党时间", "转正时间", "备注"],
            [1, "张三", "男", "汉", "1990.07", "1991.07"],
        ],
        merges=["A1:G1", "B2:D2", "E2:F2"],
    )
    result = book.read(PARTY_ROSTER)
    assert result.sheets[0].header_row == 3
    assert reasons(result) == {1: "TITLE", 2: "TITLE"}


def test_labels_merged_over_group_row_and_header_row_label_their_columns(book):
    book.sheet(
        [
            ["2026年10月收支公示表"],
            ["日期", "凭证号", "摘要", "金额", None, "结余", "经手人"],
            [None, None, None, "收入（元）", "支出（元）"],
            ["2026.10.08", "收-01", "停车费", 100, None, 100, "周福生"],
        ],
        merges=["A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3", "G2:G3"],
    )
    result = book.read(FINANCE_STATEMENT)
    assert result.sheets[0].header_row == 3
    assert reasons(result) == {1: "TITLE", 2: "TITLE"}
    (record,) = result.records
    assert (record["income_fen"], record["handler"], record["entry_date"]) == (10_000, "周福生", "2026-10-08")


def test_two_labels_merged_over_the_group_row_do_the_same(book):
    book.sheet(
        [
            ["序号", "姓名", "基本情况", None, None],
            [None, None, "性别", "民族", "学历"],
            [1, "张三", "男", "汉", "高中"],
        ],
        merges=["A1:A2", "B1:B2", "C1:E1"],
    )
    result = book.read(PARTY_ROSTER)
    assert result.sheets[0].header_row == 2
    assert values(result, "name") == ["张三"]


@pytest.mark.parametrize(
    "upper",
    [
        ["序号", "姓名", "籍贯", "联系方式", None, "时间", None, "备注"],
        [None, "姓名", None, "电话一览", None, "时间"],
    ],
    ids=["three labels above", "one label above"],
)
def test_a_header_of_two_rows_that_lost_its_merges_is_read_as_one(book, upper):
    lower = [None, None, "民族", "手机", "备用电话", "入党时间", "转正时间"]
    book.sheet([["党员花名册"], upper, lower, [1, "张三", "汉", "15400000101", "20000101", "1990.7", "1991.7"]])
    result = book.read(PARTY_ROSTER)
    assert reasons(result) == {1: "TITLE", 2: "TITLE"}
    assert codes(result) == []
    (record,) = result.records
    assert [record[key] for key in ("name", "ethnicity", "phone", "phone_alt", "joined_on", "confirmed_on")] == [
        "张三", "汉族", "15400000101", ["02820000101"], "1990-07", "1991-07",
    ]  # fmt: skip


def test_two_amounts_under_a_group_that_is_not_merged_are_two_columns(book):
    book.sheet(
        [
            ["2026年10月收支公示表"],
            ["日期", "凭证号", "摘要", "金额", None, "结余"],
            [None, None, None, "收入（元）", "支出（元）"],
            ["2026.10.08", "收-01", "停车费", 100, None, 100],
        ]
    )
    (record,) = book.read(FINANCE_STATEMENT).records
    assert (record["summary"], record["income_fen"], record["balance_fen"]) == ("停车费", 10_000, 10_000)


def test_a_header_written_twice_stays_in_its_first_row(book):
    book.sheet([PARTY, PARTY, member("张三")])
    assert reasons(book.read(PARTY_ROSTER)) == {2: "REPEATED_HEADER"}


def test_a_header_merely_two_rows_tall_is_its_first_row(book):
    book.sheet(
        [["姓名", "性别", "民族"], [], ["张三", "男", "汉"]],
        merges=["A1:A2", "B1:B2", "C1:C2"],
    )
    result = book.read(PARTY_ROSTER)
    assert result.sheets[0].header_row == 1
    assert reasons(result) == {2: "REPEATED_HEADER"}


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("合计", "TOTAL"),
        ("合 计：", "TOTAL"),
        ("总　计", "TOTAL"),
        ("小计", "TOTAL"),
        ("本页合计", "TOTAL"),
        ("本期结余", "TOTAL"),
        ("本月合计", "TOTAL"),
        ("本季结余", "TOTAL"),
        ("本年合计", "TOTAL"),
        ("期末结余", "TOTAL"),
        ("累计", "TOTAL"),
        ("制表人：张某", "FOOTER"),
        ("审核", "FOOTER"),
        ("填表人", "FOOTER"),
        ("注：以上", "FOOTER"),
        ("备注：以上", "FOOTER"),
        ("说明", "FOOTER"),
        ("院委会主任（签字）：", "FOOTER"),
        ("单位（盖章）", "FOOTER"),
        ("监督电话：028-20000101", "FOOTER"),
        ("公示时间：2026年11月1日—7日", "FOOTER"),
        ("上期结余", "OPENING"),
        ("上月结余", "OPENING"),
        ("上季结余", "OPENING"),
        ("期初结余", "OPENING"),
    ],
)
@pytest.mark.parametrize("column", [0, 2])
def test_the_first_written_cell_tells_why_a_row_is_skipped(book, first, reason, column):
    book.sheet([FINANCE, [*[None] * column, first, None, None, 12], row_of(FINANCE, 日期="2026.10.08", 收入=1)])
    result = book.read(FINANCE_STATEMENT)
    assert reasons(result) == {2: reason}
    assert values(result, "row") == [3]


def test_a_word_further_right_skips_nothing(book):
    book.sheet([FINANCE, row_of(FINANCE, 日期="2026.10.08", 凭证号="1", 摘要="合计退还押金", 支出=5)])
    assert values(book.read(FINANCE_STATEMENT), "summary") == ["合计退还押金"]


def test_a_date_before_a_bare_opening_label_does_not_hide_it(book):
    book.sheet(
        [
            FINANCE,
            row_of(FINANCE, 日期="2026.10.01", 摘要="上期结余", 结余=10),
            row_of(FINANCE, 日期="2026.10.08", 收入=1),
        ]
    )
    result = book.read(FINANCE_STATEMENT)
    assert reasons(result) == {2: "OPENING"}
    assert result.meta["opening_fen"] == 1000


def test_a_repeated_header_and_blank_rows_are_skipped(book):
    book.sheet([PARTY, member("张三"), [], PARTY, member("李四"), [None, "  "], member("王五"), [], []])
    result = book.read(PARTY_ROSTER)
    assert reasons(result) == {3: "BLANK", 4: "REPEATED_HEADER", 6: "BLANK"}
    assert values(result, "name") == ["张三", "李四", "王五"]


def test_rows_end_at_the_last_written_row_even_if_the_sheet_claims_more(book):
    sheet = book.sheet([PARTY, member("张三")])
    sheet.row_dimensions[500].height = 20
    assert reasons(book.read(PARTY_ROSTER)) == {}


def test_vertical_merges_fill_down_and_make_no_records_of_empty_rows(book):
    book.sheet([PARTY, member("张三"), row_of(PARTY, 姓名="李四"), [], row_of(PARTY, 姓名="王五")], merges=["K2:K5"])
    result = book.read(PARTY_ROSTER)
    assert values(result, "branch") == ["甲党支部"] * 3
    assert reasons(result) == {4: "BLANK"}


def test_ditto_copies_through_chains_rejected_rows_blank_rows_and_repeated_headers(book):
    book.sheet(
        [
            PARTY,
            member("张三", 学历="高中", 备注="原件"),
            row_of(PARTY, 学历="〃", 所在党支部="乙党支部"),
            [],
            PARTY,
            row_of(PARTY, 姓名="李四", 学历="同上", 所在党支部="同上", 备注="〃"),
            row_of(PARTY, 姓名="王五", 学历="同上", 所在党支部="同 上"),
        ]
    )
    result = book.read(PARTY_ROSTER)
    assert codes(result) == [(3, "姓名", "E_REQUIRED")]
    assert values(result, "education") == ["高中", "高中", "高中"]
    assert values(result, "branch") == ["甲党支部", "乙党支部", "乙党支部"]
    assert values(result, "remark") == ["原件", None, None]


def test_ditto_copies_the_raw_cell_and_not_what_was_read_from_it(book):
    book.sheet([PARTY, member("张三", 入党时间=1958.1), member("李四", 入党时间="同上")])
    result = book.read(PARTY_ROSTER)
    assert codes(result) == [(2, "入党时间", "W_DATE_FLOAT_MONTH"), (3, "入党时间", "W_DATE_FLOAT_MONTH")]


def test_ditto_in_the_first_row_copies_nothing(book):
    book.sheet([PARTY, member("张三", 学历="同上")])
    assert values(book.read(PARTY_ROSTER), "education") == [None]


def test_hidden_rows_are_taken_with_a_warning_whether_accepted_or_not(book):
    book.sheet([PARTY, member("张三"), member(None), ["合计"]], hidden=[2, 3, 4])
    result = book.read(PARTY_ROSTER)
    assert codes(result) == [(2, "姓名", "W_ROW_HIDDEN"), (3, "姓名", "E_REQUIRED"), (3, "姓名", "W_ROW_HIDDEN")]
    assert result.counts.records == 1


def test_the_column_of_an_issue_is_the_files_own_header(book):
    book.sheet([["姓 名（签字）", "证件\n号码", "入党日期"], ["张三", 510100195207141010, "2026.9.31"]])
    assert codes(book.read(PARTY_ROSTER)) == [(2, "入党日期", "E_DATE_INVALID"), (2, "证件号码", "E_ID_PRECISION")]


def test_the_kind_with_most_known_labels_is_guessed(book):
    book.sheet([["说明"]], name="封面")
    book.sheet([OPINION, row_of(OPINION, 诉求内容="灯不亮")])
    book.read(OPINION_LEDGER)
    assert guess_kind([PARTY_ROSTER, DUAL_REPORT, FINANCE_STATEMENT, OPINION_LEDGER], book.path) is OPINION_LEDGER


def test_a_workbook_of_no_known_kind_is_refused(book):
    book.sheet([["甲", "乙", "丙"]])
    book.book.save(book.path)
    with pytest.raises(NoHeaderFound):
        guess_kind([PARTY_ROSTER, DUAL_REPORT], book.path)


def test_records_come_in_the_order_of_sheets_and_rows(book):
    book.sheet([PARTY, member("丙"), member("甲")], name="二")
    book.sheet([PARTY, member("乙")], name="一")
    assert [(record["sheet"], record["row"]) for record in book.read(PARTY_ROSTER).records] == [
        ("二", 2),
        ("二", 3),
        ("一", 2),
    ]
