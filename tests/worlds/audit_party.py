"""Dirty rosters of party members and of dual report-in, with what the contract says of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from audit_support import Case, Told, words
from sheets_support import DUAL, Book, id_number, moment

from yuanluo.sheets.ids import check_character
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER

WANG = id_number("19500108", 101)
GULI = id_number("19620304", 102)
SERIAL_1974_07_01 = (dt.date(1974, 7, 1) - dt.date(1899, 12, 30)).days


def two_storey_heading(path: Path) -> None:
    book = Book(path)
    labels = "序号 姓名 性别 民族 出生日期 公民身份号码 文化程度 入党日期 转正日期 党员类型 联系电话 备用电话 现居住地 籍贯 备注"
    # fmt: off
    book.sheet(
        [
            ["中共成都市金牛区抚琴街道西北社区梧桐苑院落党支部（2026年）党员花名册"],
            [],
            # three known labels stand in the upper storey already
            ["序号", "姓名", "基本情况", None, None, None, None, "党籍", None, None, "联系方式", None, None, "籍贯", "备注"],
            [None, None, "性\n别", "民族", "出生日期", "公民身份号码\n（18位）", "文化程度", "入党日期", "转正日期", "党员类型", "联系电话（手机）", "备用电话", "现居住地"],
            [1, "王　建\u00a0国", "男性", "汉", 1950.01, WANG, "初中 ", SERIAL_1974_07_01, moment("1975-07-01"), "正式", "154 0000 0101，028-20000111", 15400000199.0, "抚琴西路12号3栋2单元5楼9号", "四川金堂", "无"],
            [2, "阿依古丽．买买提", None, "〃", "不详", GULI.lower(), "大专（在读）", "1983年", 1984, "预备党员", "+86-154-0000-0102", "-", "三幢一单元一〇二室"],
            [3, "刘芳", "女", "回族", "1990-5", None, "同上", "2012-06-30", "2013.6", "正式党员", None, "15400000103；028-2000", "2-1-5", None, "〃"],
            [4, "欧阳 明", "男", "汉", 1949, None, None, "1966-12-31", "1968", "正式"],
            [5, "无", "女", "彝", "9/5/1980", None, "小学", "2001.07.01", "2002.07.01", "正式", "没有电话", None, "车库"],
            [],
            words(labels),
            [6, "何平", "男", "同上", "1985.02", None, None, "〃", "—", "预备", "同上", None, "2-0-3"],
            ["合 计：", "6人"],
            ["制表：张某", None, None, None, "审核：李某"],
        ],
        name="党员花名册 ",
        merges=["A1:O1", "A3:A4", "B3:B4", "C3:G3", "H3:J3", "K3:M3", "N3:N4", "O3:O4"],
        hidden=[6],
    )
    # fmt: on
    book.sheet(
        [
            ["梧桐苑第二党支部党员名单"],
            ["姓名", "身份证号", "入党时间"],
            ["张三", id_number("19701231", 105), "1990.07"],
            ["王建国", WANG, "1974.07"],
        ],
        name="退休支部",
    )
    book.sheet([["一、填报范围"], ["二、填报要求"]], name="填表说明")
    book.book.save(path)


def dates_and_ids(path: Path) -> None:
    book = Book(path)
    one = id_number("19710203", 103)
    two = id_number("19521015", 105)
    three = id_number("19580702", 122)
    # fmt: off
    book.sheet(
        [
            ["党员名册"],
            words("姓名 证件号码 出生年月 入党时间 转正时间 党员类别 所在党支部 联系电话 住址"),
            ["甲一", 510100195207141010],
            ["甲二", "510100520714101", None, "58.07.01"],
            ["甲三", f"'{one}", "1971年", "20010701", "2002/6/30", "正式党员"],
            ["甲四", two, 1952.1, "1975年10月", "1975.9"],
            ["甲五", two, "1952.10"],
            ["甲六", None, None, "2026年12月"],
            ["甲七", None, None, 2025, "2026年"],
            ["甲八", None, None, "2025.11.23", "2026.11"],
            ["甲九", None, None, "6月31日", "7月1日"],
            ["甲十", None, "1980.13", "1998.02.29"],
            ["乙一", three, "1958.08", 198507.0, "1986 年 7 月 1 日", "发展对象", "梧桐苑（南区）党支部", "15400000101\n15400000102", "7栋901"],
            ["乙二", "N/A", "--", "／", "—", "不详", "－", "无", "不详"],
            ["乙三", None, "1970.06", "1988.06"],
            ["乙四", None, "1970.06.15", "1988.06.14"],
            ["乙五", None, None, True],
            ["乙六", None, None, None, "30.06.1999"],
            ["乙七", None, None, "1998.7.1", "九九年七月"],
            ["乙八", None, 58.07, "2000-12-31", "2001-12-31", "预备期"],
            ["乙九", "5101001952071410108", None, "1998.7.1", "1999.7.1"],
            ["丙一", None, None, None, None, None, None, "028-876543；8615", "梧桐苑2-1-101"],
            ["丙二", None, None, None, None, None, None, "（0817）2222222；87654321", "2栋1单元12层1室"],
        ],
    )
    # fmt: on
    book.book.save(path)


def a_1904_workbook(path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Book(path)
    book.book.epoch = CALENDAR_MAC_1904
    book.sheet([["姓名", "出生年月", "入党时间"], ["甲一", moment("1970-06-01"), 35246 - 1462]])
    book.book.save(path)


def dual_report(path: Path) -> None:
    book = Book(path)
    # fmt: off
    book.sheet(
        [
            ["梧桐苑院落“双报到”登记表"],
            DUAL,
            [1, "李 雷", "男", "成都某局（机关）", "某局 机关党委", "15400000501、15400000502", "3-1-701", "2026年3月", "书法、唱歌，法律", "政策宣传员/民情收集员/巡逻队", "同意接收"],
            [2, "韩梅梅", "女", "无", "某校党支部", None, "学府苑"],
            [3, "李雷", "男", "〃", None, "154-0000-0501"],
            [4, "吴用", "男", "某公司", None, None, "—", None, "无", "—"],
            [5, "吴 用", "男", "某公司", None, "不详"],
            [6, None, "女", "某厂", None, "15400000504"],
            [7, "孙二", None, "某厂", None, "1540000050", None, "2026.11.23", None, None, None],
            [8, "周通", "男性", "某　院", "某院党支部（联合）", 15400000506, "3栋1单元7楼2号", moment("2026-03-05"), "医疗；维修 水电", "理发；邻里纠纷调解员; 司机，文明劝导员", "不同意（已迁出）"],
        ],
        merges=["A1:K1"],
    )
    # fmt: on
    book.book.save(path)


def duplicates_and_errors(path: Path) -> None:
    book = Book(path)
    company = "91510100MA61TEST1X"
    no_such_month = "51010019801301001"
    spaced = f" {WANG[:6]}\u00a0{WANG[6:14]} {WANG[14:]}"
    sheet = book.sheet(
        [
            [],
            [None, None, "党员花名册（梧桐苑院落党支部）"],
            [None, None, "填报单位：梧桐苑", None, None, "2026年11月"],
            [],
            [
                None,
                None,
                "姓  名",
                "公民身份号码",
                "出生\u200b日期",
                "入党\r\n日期",
                "转正日期（年月）",
                "民 族",
                "手机",
                "备 注",
            ],
            [None, None, "王建国", spaced, "1950.1.8", "1968-01-08", "1969-01-07"],
            [None, None, "王健国", WANG, "1950.01.09", None, None, "土家", "0086 15400000601"],
            [None, None, "王 建 国", WANG, None, None, None, "汉 族", "86-15400000602"],
            [None, None, "赵敏", id_number("19880229", 68), None, "2006-02-28", None, None, "028-20000108-802"],
            [None, None, "钱某", company],
            [None, None, "孙某", f"{no_such_month}{check_character(no_such_month)}"],
            [
                None,
                None,
                "李某",
                "".join(chr(ord(c) + 0xFEE0) for c in GULI),
                "1962年3月4日",
                None,
                None,
                "维吾尔族",
                None,
                "〃",
            ],
            [None, None, "周某", None, None, None, None, None, None, "  低保户\n（二级）　已核 "],
            [None, None, "吴某", True, None, None, None, None, "一三八"],
            [None, None, "合计", 8],
        ],
        name="名单",
    )
    sheet["H11"] = "#REF!"
    sheet["H11"].data_type = "e"
    sheet["C16"] = "填表人：张某"
    book.book.save(path)


ROSTER_CASES = (
    Case(
        "a heading of two storeys, branch from the title, sheets of two branches",
        PARTY_ROSTER,
        "01 两层表头.xlsx",
        two_storey_heading,
        (
            Told(
                "党员花名册 ",
                4,
                {
                    5: {
                        "name": "王建国",
                        "gender": "M",
                        "ethnicity": "汉族",
                        "birth": "1950-01-08",
                        "id_number": WANG,
                        "education": "初中",
                        "joined_on": "1974-07-01",
                        "confirmed_on": "1975-07-01",
                        "member_type": "FULL",
                        "branch": "梧桐苑院落党支部",
                        "phone": "15400000101",
                        "phone_alt": ["02820000111", "15400000199"],
                        "room_key": "3-2-509",
                    },
                    6: {
                        "name": "阿依古丽·买买提",
                        "gender": "F",
                        "ethnicity": "汉族",
                        "birth": "1962-03-04",
                        "id_number": GULI,
                        "education": "大专(在读)",
                        "joined_on": "1983",
                        "confirmed_on": "1984",
                        "member_type": "PROBATIONARY",
                        "branch": "梧桐苑院落党支部",
                        "phone": "15400000102",
                        "room_key": "3-1-102",
                    },
                    7: {
                        "name": "刘芳",
                        "gender": "F",
                        "ethnicity": "回族",
                        "birth": "1990-05",
                        "education": "大专(在读)",
                        "joined_on": "2012-06-30",
                        "confirmed_on": "2013-06",
                        "member_type": "FULL",
                        "branch": "梧桐苑院落党支部",
                        "phone_alt": ["15400000103"],
                        "room_key": "2-1-005",
                    },
                },
                """
                6 姓名 W_ROW_HIDDEN
                8 入党日期 E_JOIN_UNDER_18
                9 姓名 E_REQUIRED
                9 出生日期 E_DATE_AMBIGUOUS
                9 联系电话 W_PHONE_INVALID
                9 现居住地 W_ROOM_UNPARSEABLE
                12 入党日期 E_JOIN_UNDER_18
                12 联系电话 W_PHONE_INVALID
                """,
                "1 TITLE 2 BLANK 3 TITLE 10 BLANK 11 REPEATED_HEADER 13 TOTAL 14 FOOTER",
            ),
            Told(
                "退休支部",
                2,
                {
                    3: {
                        "name": "张三",
                        "gender": "M",
                        "birth": "1970-12-31",
                        "id_number": id_number("19701231", 105),
                        "joined_on": "1990-07",
                        "branch": "梧桐苑第二党支部",
                    }
                },
                "4 身份证号 E_DUP_ROW",
                "1 TITLE",
            ),
            Told("填表说明", None, skipped="1 TITLE 2 TITLE"),
        ),
        {"branch": "梧桐苑院落党支部"},
    ),
    Case(
        "dates and identity numbers of every sort",
        PARTY_ROSTER,
        "02 日期与证件.xlsx",
        dates_and_ids,
        (
            Told(
                "Sheet1",
                2,
                {
                    5: {
                        "name": "甲三",
                        "gender": "M",
                        "birth": "1971-02-03",
                        "id_number": id_number("19710203", 103),
                        "joined_on": "2001-07-01",
                        "confirmed_on": "2002-06-30",
                        "member_type": "FULL",
                    },
                    9: {"name": "甲七", "joined_on": "2025", "confirmed_on": "2026"},
                    10: {"name": "甲八", "joined_on": "2025-11-23", "confirmed_on": "2026-11"},
                    13: {
                        "name": "乙一",
                        "gender": "F",
                        "birth": "1958-07-02",
                        "id_number": id_number("19580702", 122),
                        "joined_on": "1985-07",
                        "confirmed_on": "1986-07-01",
                        "branch": "梧桐苑(南区)党支部",
                        "phone": "15400000101",
                        "phone_alt": ["15400000102"],
                        "room_key": "7-0-901",
                    },
                    14: {"name": "乙二"},
                    15: {"name": "乙三", "birth": "1970-06", "joined_on": "1988-06"},
                    22: {"name": "丙一"},
                    23: {
                        "name": "丙二",
                        "phone": "08172222222",
                        "phone_alt": ["02887654321"],
                        "room_key": "2-1-1201",
                    },
                },
                """
                3 证件号码 E_ID_PRECISION
                4 证件号码 E_ID_LEN
                4 入党时间 E_DATE_AMBIGUOUS
                5 转正时间 W_PROBATION_LT_1Y
                6 出生年月 W_DATE_FLOAT_MONTH
                6 转正时间 E_DATE_ORDER
                7 证件号码 E_DUP_ID
                8 入党时间 E_DATE_FUTURE
                11 入党时间 E_DATE_INVALID
                11 转正时间 W_DATE_YEAR_ASSUMED
                12 出生年月 E_DATE_INVALID
                12 入党时间 E_DATE_INVALID
                13 出生年月 W_BIRTH_ID_MISMATCH
                16 入党时间 E_JOIN_UNDER_18
                17 入党时间 E_DATE_INVALID
                18 转正时间 E_DATE_AMBIGUOUS
                19 转正时间 E_DATE_INVALID
                20 出生年月 E_DATE_AMBIGUOUS
                21 证件号码 E_ID_LEN
                22 联系电话 W_PHONE_INVALID
                22 住址 W_ROOM_UNPARSEABLE
                """,
                "1 TITLE",
            ),
        ),
        {"default_year": 2026},
    ),
    Case(
        "days counted from 1904",
        PARTY_ROSTER,
        "03 1904.xlsx",
        a_1904_workbook,
        (Told("Sheet1", 1, {2: {"name": "甲一", "birth": "1970-06-01", "joined_on": "1996-06-30"}}),),
    ),
    Case(
        "dual report-in with posts, twins and refusals",
        DUAL_REPORT,
        "04 双报到.xlsx",
        dual_report,
        (
            Told(
                "Sheet1",
                2,
                {
                    3: {
                        "name": "李雷",
                        "gender": "M",
                        "employer": "成都某局(机关)",
                        "home_branch": "某局机关党委",
                        "phone": "15400000501",
                        "phone_alt": ["15400000502"],
                        "room_key": "3-1-701",
                        "reported_on": "2026-03",
                        "skills": ["书法", "唱歌", "法律"],
                        "posts": ["POLICY_PROMOTER", "OPINION_COLLECTOR", "OTHER"],
                        "status": "ACCEPTED",
                    },
                    6: {"name": "吴用", "gender": "M", "employer": "某公司"},
                    10: {
                        "name": "周通",
                        "gender": "M",
                        "employer": "某院",
                        "home_branch": "某院党支部(联合)",
                        "phone": "15400000506",
                        "room_key": "3-1-702",
                        "reported_on": "2026-03-05",
                        "skills": ["医疗", "维修水电"],
                        "posts": ["OTHER", "MEDIATOR", "OTHER", "CIVILITY_ADVISOR"],
                        "status": "REJECTED",
                    },
                },
                """
                3 认领岗位 W_CATEGORY_UNKNOWN
                4 工作单位 E_REQUIRED
                4 居住地址 W_ROOM_UNPARSEABLE
                5 工作单位 E_REQUIRED
                5 姓名 E_DUP_ROW
                7 姓名 E_DUP_ROW
                8 姓名 E_REQUIRED
                9 联系方式 W_PHONE_INVALID
                9 报到时间 E_DATE_FUTURE
                10 认领岗位 W_CATEGORY_UNKNOWN
                10 认领岗位 W_CATEGORY_UNKNOWN
                """,
                "1 TITLE",
            ),
        ),
    ),
    Case(
        "a table that begins in C5, with three of one number and cells of every error",
        PARTY_ROSTER,
        "05 重复.xlsx",
        duplicates_and_errors,
        (
            Told(
                "名单",
                5,
                {
                    6: {
                        "name": "王建国",
                        "gender": "M",
                        "birth": "1950-01-08",
                        "id_number": WANG,
                        "joined_on": "1968-01-08",
                        "confirmed_on": "1969-01-07",
                        "branch": "梧桐苑院落党支部",
                    },
                    12: {
                        "name": "李某",
                        "gender": "F",
                        "birth": "1962-03-04",
                        "id_number": GULI,
                        "ethnicity": "维吾尔族",
                        "branch": "梧桐苑院落党支部",
                    },
                    13: {"name": "周某", "branch": "梧桐苑院落党支部", "remark": "低保户 （二级） 已核"},
                },
                """
                6 转正日期 W_PROBATION_LT_1Y
                7 公民身份号码 E_DUP_ID
                7 出生日期 W_BIRTH_ID_MISMATCH
                8 公民身份号码 E_DUP_ROW
                9 入党日期 E_JOIN_UNDER_18
                9 手机 W_PHONE_INVALID
                10 公民身份号码 E_ID_CHECKSUM
                11 公民身份号码 E_ID_CHECKSUM
                14 公民身份号码 E_ID_LEN
                14 手机 W_PHONE_INVALID
                """,
                "1 BLANK 2 TITLE 3 TITLE 4 BLANK 15 TOTAL 16 FOOTER",
            ),
        ),
        {"branch": "梧桐苑院落党支部"},
    ),
)
