"""Rules N6, N8 to N10, N13, N14 on whole rows: members, reports, owners."""

from __future__ import annotations

import pytest
from sheets_support import DUAL, OWNER, PARTY, Book, codes, id_number, moment, row_of

from yuanluo.sheets import OWNER_ROSTER
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER, branch_in_title

MAN, WOMAN = id_number("19520714", 101), id_number("19580702", 122)


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path / "表.xlsx")


def members(book, *rows, **options):
    book.sheet([PARTY, *(row_of(PARTY, **row) for row in rows)], **options)
    return book.read(PARTY_ROSTER)


def owners(book, *rows, title=None):
    full = [{"楼栋": 1, "单元": 1, "建筑面积": 50, "身份证号": None, **row} for row in rows]
    for row in full:
        row["产权人身份证号"] = row.pop("身份证号")
    book.sheet([*([title] if title else []), OWNER, *(row_of(OWNER, **row) for row in full)])
    return book.read(OWNER_ROSTER)


def reports(book, *rows):
    book.sheet([DUAL, *(row_of(DUAL, **{"工作单位": "某局", **row}) for row in rows)])
    return book.read(DUAL_REPORT)


# Party roster


def test_a_valid_id_number_gives_birth_and_gender(book):
    (record,) = members(book, {"姓名": "张三", "身份证号": MAN}).records
    assert (record["birth"], record["gender"]) == ("1952-07-14", "M")


@pytest.mark.parametrize(
    ("birth", "issue"),
    [
        ("1952.07", None),
        ("1952", None),
        (1952.0, None),
        ("1952.07.14", None),
        ("1952.08", "W_BIRTH_ID_MISMATCH"),
        ("1952.07.15", "W_BIRTH_ID_MISMATCH"),
        ("1953", "W_BIRTH_ID_MISMATCH"),
        (1952.7, "W_DATE_FLOAT_MONTH"),
        (1952.07, None),
        ("1952.14", "E_DATE_INVALID"),
        ("52.07", "E_DATE_AMBIGUOUS"),
    ],
)
def test_a_birth_cell_contradicts_the_id_only_at_its_own_precision(book, birth, issue):
    result = members(book, {"姓名": "张三", "身份证号": MAN, "出生年月": birth})
    assert codes(result) == ([(2, "出生年月", issue)] if issue else [])
    assert [record["birth"] for record in result.records] == ([] if issue and issue[0] == "E" else ["1952-07-14"])


def test_a_float_month_is_warned_of_even_when_the_year_contradicts_the_id(book):
    result = members(book, {"姓名": "张三", "身份证号": MAN, "出生年月": 1951.1})
    assert [code for _, _, code in codes(result)] == ["W_BIRTH_ID_MISMATCH", "W_DATE_FLOAT_MONTH"]


def test_an_invalid_id_number_gives_no_mismatch(book):
    result = members(book, {"姓名": "张三", "身份证号": MAN[:-1] + "A", "出生年月": "1999.01", "性别": "女"})
    assert codes(result) == [(2, "身份证号", "E_ID_CHECKSUM")]


def test_gender_words_are_read_and_unknown_ones_are_null(book):
    result = members(
        book,
        {"姓名": "甲", "性别": "女性"},
        {"姓名": "乙", "性别": "未知"},
        {"姓名": "丙", "性别": "男", "身份证号": WOMAN},
    )
    assert [record["gender"] for record in result.records] == ["F", None, "F"]
    assert codes(result) == [(4, "性别", "W_GENDER_ID_MISMATCH")]


def test_an_absent_id_number_is_no_issue_in_a_party_roster(book):
    result = members(book, {"姓名": "张三", "身份证号": "无"})
    assert (codes(result), result.records[0]["id_number"]) == ([], None)


@pytest.mark.parametrize(
    ("joined", "issue"),
    [
        ("1970.07.13", "E_JOIN_UNDER_18"),
        ("1970.07.14", None),
        ("1970.07", None),
        ("1970", None),
        ("1970.06", "E_JOIN_UNDER_18"),
        ("1969", "E_JOIN_UNDER_18"),
    ],
)
def test_joining_before_eighteen_is_an_error_in_the_join_column(book, joined, issue):
    result = members(book, {"姓名": "张三", "身份证号": MAN, "入党时间": joined})
    assert codes(result) == ([(2, "入党时间", issue)] if issue else [])


@pytest.mark.parametrize(
    ("joined", "confirmed", "issue"),
    [
        ("1999.07.01", "1999.06.30", "E_DATE_ORDER"),
        ("1999.07.01", "2000.06.30", "W_PROBATION_LT_1Y"),
        ("1999.07.01", "2000.07.01", None),
        ("1999.07.01", "2000.07", None),
        ("1999.07", "2000.06.30", "W_PROBATION_LT_1Y"),
        ("1999", "2000.01.01", None),
        ("1999.07", "1999", "W_PROBATION_LT_1Y"),
        ("1999.07.01", "1999.07.01", "W_PROBATION_LT_1Y"),
        ("1999.07.01", "2000.14.01", "E_DATE_INVALID"),
    ],
)
def test_confirmation_follows_a_year_of_probation(book, joined, confirmed, issue):
    result = members(book, {"姓名": "张三", "入党时间": joined, "转正时间": confirmed})
    assert codes(result) == ([(2, "转正时间", issue)] if issue else [])


@pytest.mark.parametrize(
    ("joined", "future"),
    [("2026.11.22", False), ("2026.11.23", True), ("2026.11", False), ("2026.12", True), ("2027", True)],
)
def test_a_date_later_than_today_is_an_error_at_the_coarser_precision(book, joined, future):
    result = members(book, {"姓名": "张三", "入党时间": joined})
    assert codes(result) == ([(2, "入党时间", "E_DATE_FUTURE")] if future else [])


@pytest.mark.parametrize(("born", "future"), [("20261122", False), ("20261123", True)])
def test_nobody_is_born_after_today_by_his_id_number(book, born, future):
    result = members(book, {"姓名": "张三", "身份证号": id_number(born, 101)})
    assert codes(result) == ([(2, "身份证号", "E_DATE_FUTURE")] if future else [])


def test_all_issues_of_a_row_are_reported_and_one_error_rejects_it(book):
    result = members(book, {"身份证号": 5.1e17, "入党时间": "2026.9.31", "联系电话": "123", "住址": "外地"})
    assert codes(result) == [
        (2, "住址", "W_ROOM_UNPARSEABLE"),
        (2, "入党时间", "E_DATE_INVALID"),
        (2, "姓名", "E_REQUIRED"),
        (2, "联系电话", "W_PHONE_INVALID"),
        (2, "身份证号", "E_ID_PRECISION"),
    ]
    assert (result.counts.records, result.counts.errors, result.counts.warnings) == (0, 3, 2)


def test_duplicates_are_found_file_wide_against_rejected_rows_too(book):
    book.sheet([PARTY, row_of(PARTY, 姓名="张三", 身份证号=MAN, 入党时间="2026.9.31")], name="一")
    result = members(
        book,
        {"姓名": "张 三", "身份证号": MAN},
        {"姓名": "李四", "身份证号": MAN},
        {"姓名": "李四", "身份证号": MAN},
        {"身份证号": MAN},
        {"姓名": "李四"},
        {"姓名": "李四"},
        name="二",
    )
    found = [(issue.row, issue.column, issue.code) for issue in result.issues if issue.sheet == "二"]
    assert sorted(found) == [
        (2, "身份证号", "E_DUP_ROW"),
        (3, "身份证号", "E_DUP_ID"),
        (4, "身份证号", "E_DUP_ROW"),
        (5, "姓名", "E_REQUIRED"),
        (5, "身份证号", "E_DUP_ID"),
    ]
    assert result.counts.records == 2


def test_member_types_and_ethnicities_are_normalised(book):
    result = members(
        book,
        {"姓名": "甲", "党员类别": "正式", "民族": "汉"},
        {"姓名": "乙", "党员类别": "预备党员", "民族": "藏族"},
        {"姓名": "丙", "党员类别": "积极分子", "民族": "—"},
    )
    assert [record["member_type"] for record in result.records] == ["FULL", "PROBATIONARY", None]
    assert [record["ethnicity"] for record in result.records] == ["汉族", "藏族", None]
    assert codes(result) == []


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("金牛区抚琴街道某社区梧桐苑院落党支部党员花名册", "梧桐苑院落党支部"),
        ("梧桐苑院落党支部党员花名册", "梧桐苑院落党支部"),
        ("某社区(梧桐苑院落党支部)党员花名册", "梧桐苑院落党支部"),
        ("填报单位(盖章):银杏里党支部", "银杏里党支部"),
        ("抚琴街道沙湾小区党支部花名册", "沙湾小区党支部"),
        ("党员花名册", None),
    ],
)
def test_a_title_names_the_branch(title, branch):
    assert branch_in_title(title) == branch


def test_the_branch_comes_from_the_sheets_own_title_else_from_the_first_found(book):
    short = ["姓名", "性别", "民族"]
    book.sheet([short, ["甲", "男", "汉"]], name="一")
    book.sheet([["某社区银杏里党支部党员花名册"], short, ["乙", "男", "汉"]], name="二")
    book.sheet([["某街道茶花园党支部（党员）花名册"], short, ["丙", "男", "汉"]], name="三")
    result = book.read(PARTY_ROSTER)
    assert [record["branch"] for record in result.records] == ["银杏里党支部", "银杏里党支部", "茶花园党支部"]
    assert result.meta == {"branch": "银杏里党支部"}


def test_a_branch_column_leaves_the_title_alone(book):
    book.sheet([["某社区银杏里党支部党员花名册"], PARTY, row_of(PARTY, 姓名="甲")])
    result = book.read(PARTY_ROSTER)
    assert (result.records[0]["branch"], result.meta) == (None, {})


def test_spare_phones_come_last(book):
    book.sheet(
        [
            ["姓名", "性别", "备用电话", "联系电话"],
            ["甲", "男", "15400000109", "15400000101、123、20000102"],
            ["乙", "男", "abc", "15400000101"],
        ]
    )
    result = book.read(PARTY_ROSTER)
    assert result.records[0]["phone"] == "15400000101"
    assert result.records[0]["phone_alt"] == ["02820000102", "15400000109"]
    assert codes(result) == [(3, "备用电话", "W_PHONE_INVALID")]


def test_an_assumed_year_is_told_in_the_meta(book):
    result = members(book, {"姓名": "甲", "入党时间": "7月1日"})
    assert codes(result) == [(2, "入党时间", "W_DATE_YEAR_ASSUMED")]
    assert (result.meta, result.records[0]["joined_on"]) == ({"default_year": 2026}, "2026-07-01")


def test_the_default_year_can_be_given(tmp_path):
    book = Book(tmp_path / "表.xlsx")
    book.sheet([PARTY, row_of(PARTY, 姓名="甲", 入党时间="12月1日")])
    result = book.read(PARTY_ROSTER, default_year=2020)
    assert (result.meta, result.records[0]["joined_on"]) == ({"default_year": 2020}, "2020-12-01")


# Dual report


def test_a_report_needs_name_and_employer(book):
    result = reports(book, {"姓名": "甲"}, {"姓名": "乙", "工作单位": "无"}, {"工作单位": "某局"})
    assert codes(result) == [(3, "工作单位", "E_REQUIRED"), (4, "姓名", "E_REQUIRED")]


def test_a_report_has_all_of_its_keys(book):
    (record,) = reports(
        book,
        {
            "姓名": "甲",
            "组织关系所在党组织": "某局（机关） 党委",
            "特长": "书法、摄影/电工，木工；",
            "认领岗位": "政策宣传员、民情收集员",
            "报到时间": "2026.9",
            "居住地址": "1-1-101",
            "联系方式": "15400000101",
            "性别": "男",
        },
    ).records
    assert record == {
        "sheet": "Sheet1",
        "row": 2,
        "name": "甲",
        "gender": "M",
        "employer": "某局",
        "home_branch": "某局(机关)党委",
        "phone": "15400000101",
        "phone_alt": [],
        "room_key": "1-1-101",
        "reported_on": "2026-09",
        "skills": ["书法", "摄影", "电工", "木工"],
        "posts": ["POLICY_PROMOTER", "OPINION_COLLECTOR"],
        "status": "SUBMITTED",
    }


def test_each_unknown_post_is_other_with_a_warning(book):
    result = reports(book, {"姓名": "甲", "认领岗位": "厨师、政策宣传员、司机"}, {"姓名": "乙", "认领岗位": "—"})
    assert [record["posts"] for record in result.records] == [["OTHER", "POLICY_PROMOTER", "OTHER"], []]
    assert codes(result) == [(2, "认领岗位", "W_CATEGORY_UNKNOWN")] * 2


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("同意", "ACCEPTED"),
        ("同意报到", "ACCEPTED"),
        ("不同意（非本院居住）", "REJECTED"),
        (None, "SUBMITTED"),
        ("待定", "SUBMITTED"),
    ],
)
def test_the_communitys_opinion_gives_the_status(book, text, status):
    assert reports(book, {"姓名": "甲", "社区意见": text}).records[0]["status"] == status


def test_the_same_name_and_phone_is_a_duplicate_and_two_empty_phones_are_equal(book):
    result = reports(
        book,
        {"姓名": "甲", "联系方式": "15400000101"},
        {"姓名": "甲", "联系方式": "154-0000-0101"},
        {"姓名": "甲"},
        {"姓名": "甲", "联系方式": "无"},
        {"姓名": "乙", "联系方式": "15400000101"},
    )
    assert codes(result) == [(3, "姓名", "E_DUP_ROW"), (5, "姓名", "E_DUP_ROW")]


# Owner roster


def test_location_in_one_column_replaces_three(book):
    book.sheet(
        [
            ["坐落", "建筑面积（㎡）", "产权人姓名/名称", "证件号码"],
            ["枣子巷13号院1栋2单元302号", 60, "甲", MAN],
            ["车库", 10, "乙", WOMAN],
            [None, 10, "丙", None],
        ]
    )
    result = book.read(OWNER_ROSTER)
    assert [record["room_key"] for record in result.records] == ["1-2-302"]
    assert codes(result) == [
        (3, "坐落", "E_ROOM_UNPARSEABLE"),
        (4, "坐落", "E_ROOM_UNPARSEABLE"),
        (4, "证件号码", "W_ID_MISSING"),
    ]


def test_inner_area_is_not_taken_for_the_building_area(book):
    book.sheet(
        [
            ["楼栋", "单元", "房号", "套内面积（㎡）", "建筑面积（㎡）", "产权人", "身份证号"],
            [1, 1, 101, 40, 50, "甲", MAN],
        ]
    )
    assert book.read(OWNER_ROSTER).records[0]["area_c"] == 5000


def test_a_missing_owner_is_an_error_and_a_missing_id_a_warning(book):
    result = owners(book, {"房号": 101}, {"房号": 102, "产权人": "甲"})
    assert codes(result) == [
        (2, "产权人", "E_REQUIRED"),
        (2, "产权人身份证号", "W_ID_MISSING"),
        (3, "产权人身份证号", "W_ID_MISSING"),
    ]


def test_another_area_for_the_same_room_rejects_the_later_row_and_the_first_accepted_stands(book):
    result = owners(
        book,
        {"房号": 101, "身份证号": MAN, "建筑面积": 70},
        {"房号": 101, "产权人": "甲", "身份证号": MAN, "建筑面积": 50, "份额": "1/2"},
        {"房号": 101, "产权人": "乙", "身份证号": WOMAN, "建筑面积": "50.00㎡", "份额": "50%"},
        {"房号": 101, "产权人": "丙", "身份证号": WOMAN, "建筑面积": 51},
    )
    assert codes(result) == [(2, "产权人", "E_REQUIRED"), (5, "建筑面积", "E_AREA_CONFLICT")]
    assert result.meta["voting_roll"] == {"units": 1, "total_area_c": 5000, "headcount": 1}


def test_shares_are_summed_over_accepted_rows_and_warned_of_on_the_last_of_them(book):
    result = owners(
        book,
        {"房号": 101, "产权人": "甲", "身份证号": MAN, "份额": "1/3"},
        {"房号": 101, "产权人": "乙", "身份证号": WOMAN, "份额": "1/3"},
        {"房号": 101, "身份证号": WOMAN, "份额": "1/3"},
        {"房号": 102, "产权人": "甲", "身份证号": MAN, "份额": "50%"},
        {"房号": 102, "产权人": "乙", "身份证号": WOMAN, "份额": 0.5},
    )
    assert codes(result) == [(3, "份额", "W_SHARE_SUM"), (4, "产权人", "E_REQUIRED")]
    assert [record["share"] for record in result.records] == ["1/3", "1/3", "1/2", "1/2"]


def test_heads_are_counted_by_sets_of_owners(book):
    rows = [
        {"房号": 101, "产权人": "甲", "身份证号": MAN, "份额": "1/2"},
        {"房号": 101, "产权人": "乙", "身份证号": WOMAN, "份额": "1/2"},
        {"房号": 102, "产权人": "乙", "身份证号": WOMAN, "份额": "1/2"},
        {"房号": 102, "产权人": "甲", "身份证号": MAN, "份额": "1/2"},
        {"房号": 201, "产权人": "甲", "身份证号": MAN},
        {"房号": 301, "产权人": "某 公司"},
        {"房号": 302, "产权人": "某公司"},
    ]
    assert owners(book, *rows).meta["voting_roll"] == {"units": 5, "total_area_c": 25_000, "headcount": 3}


def test_a_declared_total_counts_each_room_once(book):
    book.sheet(
        [
            OWNER,
            row_of(OWNER, 楼栋=1, 房号=101, 建筑面积=50, 产权人="甲", 产权人身份证号=MAN, 份额="1/2"),
            row_of(OWNER, 楼栋=1, 房号=101, 建筑面积=50, 产权人="乙", 产权人身份证号=WOMAN, 份额="1/2"),
            ["小计", None, None, 99],
            ["合计", "2人", None, "50.00㎡"],
            ["总计", None, None, 100],
            ["合计", None, None, "2户"],
        ]
    )
    result = book.read(OWNER_ROSTER)
    assert codes(result) == [(6, "建筑面积", "W_TOTAL_MISMATCH")]
    assert result.meta["declared_total_area_c"] == 10_000


def test_totals_are_compared_sheet_by_sheet(book):
    for name, room in (("1栋", 101), ("2栋", 102)):
        book.sheet(
            [
                OWNER,
                row_of(OWNER, 楼栋=name, 房号=room, 建筑面积=50, 产权人="甲", 产权人身份证号=MAN),
                ["合计", None, None, 50],
            ],
            name=name,
        )
    result = book.read(OWNER_ROSTER)
    assert codes(result) == []
    assert result.meta["declared_total_area_c"] == 10_000


@pytest.mark.parametrize(
    ("title", "future"),
    [
        (["截止日期：2026年11月22日"], False),
        (["截止日期：2026年11月"], False),
        (["截止日期：2026年11月23日"], True),
        (["截止日期：", moment("2026-12-31")], True),
    ],
)
def test_a_record_date_later_than_today_is_an_error_of_its_row(book, title, future):
    result = owners(book, {"房号": 101, "产权人": "甲", "身份证号": MAN}, title=title)
    assert codes(result) == ([(1, "产权人", "E_DATE_FUTURE")] if future else [])
    assert len(result.records) == 1


@pytest.mark.parametrize(
    "title",
    [
        ["截止日期：2026年10月31日"],
        ["截止日 2026.10.31"],
        ["(基准日：2026-10-31)"],
        ["截止日期：", moment("2026-10-31")],
    ],
)
def test_a_title_gives_the_record_date(book, title):
    assert owners(book, {"房号": 101, "产权人": "甲"}, title=title).meta["record_date"] == "2026-10-31"


def test_occupancy_words_are_read_and_unknown_ones_are_null(book):
    rows = [
        {"房号": 101 + place, "产权人": "甲", "身份证号": MAN, "居住状态": word}
        for place, word in enumerate(["自住", "出租", "空 置", "借住"])
    ]
    assert [record["occupancy"] for record in owners(book, *rows).records] == [
        "OWNER_OCCUPIED",
        "RENTED",
        "VACANT",
        None,
    ]


def test_a_large_area_is_warned_of(book):
    assert codes(owners(book, {"房号": 101, "产权人": "甲", "身份证号": MAN, "建筑面积": 1000.01})) == [
        (2, "建筑面积", "W_AREA_LARGE")
    ]
