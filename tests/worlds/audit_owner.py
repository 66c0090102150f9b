"""Dirty owner rosters with what the contract says of them."""

from __future__ import annotations

from pathlib import Path

from audit_support import Case, Told, words
from sheets_support import OWNER, Book, id_number, moment

from yuanluo.sheets import OWNER_ROSTER

WU, ZHOU = id_number("19700101", 102), id_number("19690202", 103)
LI, ZHAO, WANG = id_number("19800303", 105), id_number("19810404", 106), id_number("19820505", 107)


def split_rooms(path: Path) -> None:
    book = Book(path)
    labels = words("楼栋 单元 房号 套内面积 建筑面积(㎡) 产权人名称 证件号码 共有份额 居住情况 电话 备用电话 备注")
    book.sheet(
        [
            ["府河新居产权清册"],
            [None, "截止日期：2026年10月31日", None, None, None, None, None, None, "单位：㎡"],
            labels,
            ["3号楼", "２单元", "1501", 90.1, "110.235", "吴 敏", WU, "1/2", "自住", "15400000301"],
            [None, None, None, 90.1, None, "周强", ZHOU, "50%", "〃", "15400000302"],
            ["3号楼", "二", 1502.0, 90.1, "110.24平方米", "吴敏", WU, 0.5, "出租", None, "87654321"],
            ["3号楼", "二单元", "1502室", 90.1, "１１０．２４", "周强", ZHOU, "50％", "租给他人"],
            ["三栋", 2, "16楼1号", None, "1,000.01㎡", "成都府河置业有限公司", None, None, "空置", "028-87654321"],
            ["3栋", "2", "1602", None, 1000, "成都府河置业　有限公司", "不详", "100%", "空置", "无"],
            ["小 计", None, None, None, 999],
            labels,
            ["4栋", None, "3", None, 33.3, "—"],
            ["4栋", "/", "5号", None, "45.5平方米", "李四", LI, None, "自住"],
            ["4栋", "", "5号", None, 45.6, "王五", WANG],
            ["4栋", None, "6", None, 50, "赵六", ZHAO, "2/4"],
            ["4栋", None, "6", None, 50, "王五", "5101", "1/2"],
            ["合  计", None, None, 360.4, "2,315.99"],
            ["注：面积以不动产权证为准"],
        ],
        merges=["A1:L1", "A4:A5", "B4:B5", "C4:C5", "E4:E5"],
    )
    book.book.save(path)


def rooms_by_address(path: Path) -> None:
    book = Book(path)
    labels = words("坐落 建筑面积 产权人姓名 产权人身份证号 份额 居住状态 联系电话")
    book.sheet(
        [
            labels,
            ["金牛区枣子巷13号2栋1单元3楼4号", 68.5, "甲一", WU],
            ["2-1-5", "68.50", "甲二", ZHOU],
            ["十二栋三单元二十一楼三号", "68.5", "甲三", LI],
            ["5号楼1302室", 68.5, "甲四", ZHAO],
            ["１－１０１", 68.5, "甲五", WANG],
            ["2幢1单元地下室", 68.5, "甲六", WANG],
            ["2栋1单元3楼", 68.5, "甲七", WANG],
            ["3栋附1号", 68.5, "甲八", WANG],
            ["同上", 68.5, "甲九", WANG],
            ["2栋 1单元 402", -3, "乙一", WANG],
            ["2栋1单元402", 0.004, "乙二", WANG],
            ["2栋1单元403", "1/3", "乙三", WANG, "1/3"],
            ["合计", 700],
        ],
        name="1栋",
    )
    sheet = book.sheet(
        [
            ["楼栋", "坐落情况"],
            [],
            labels,
            ["8栋201", 40, "乙四", None, "1/3"],
            ["8栋201", 40, "乙五", None, "1/3"],
            ["8栋201", 40, "乙六", None, "33.33%"],
            ["8栋202", 40.1, "乙五", None, "1/2"],
            ["8栋202", 40.1, "乙四", None, "1/2"],
            ["8栋203", 40.1, "乙五", None, "50%"],
            ["8栋203", 40.1, "乙四", None, "50%"],
            ["总 计"],
        ],
        name="8栋 ",
        hidden=[7],
    )
    sheet["B11"] = "=SUM(B4:B10)"
    book.book.save(path)


def one_sheet_of_corners(path: Path) -> None:
    book = Book(path)
    sheet = book.sheet(
        [
            ["茶花园业主花名册", None, None, None, None, None, None, None, "基准日：", moment("2026-11-01")],
            OWNER,
            ["1号楼", 1, 101, 60, "甲一", WU, moment("2026-01-02"), "自 住", "15400000701"],
            ["同上", "〃", "〃", "〃", "甲二", ZHOU, moment("2026-01-02"), "〃", "〃"],
            [],
            ["〃", None, "〃", 61, "甲三", LI],
            ["1号楼", "1单元", "102", "58.325", "·甲．四", f"’{LI}"],
            ["1号楼", "1单元", "103", "＃", "甲五", "无", "三分之一"],
            ["1号楼", "1单元", "2层12号", "１，２３４．５", "甲六", ZHAO],
            ["1号楼", "0", "3", "70 ㎡", "成都某公司（开发商）"],
            ["1号楼", "无", "4室", "70平方米", "成都某公司(开发商)"],
            ["一号楼", "三单元", "一〇四", 70, "甲五"],
            ["1号楼", "附楼", "105", 70, "甲七", WANG],
            ["不详", "1", "106", 70, "甲八", WANG, None, "出租", "123"],
            [None, None, "合计", "60＋"],
            [None, None, "总计：", 1562.83],
            ["累计", None, None, 1],
        ],
        name="名册",
        merges=["A1:H1"],
        hidden=[5, 8],
    )
    sheet.column_dimensions["F"].hidden = True
    book.book.save(path)


OWNER_CASES = (
    Case(
        "rooms in three columns, couples, a developer, a total",
        OWNER_ROSTER,
        "11 产权清册.xlsx",
        split_rooms,
        (
            Told(
                "Sheet1",
                3,
                {
                    4: {
                        "room_key": "3-2-1501",
                        "area_c": 11024,
                        "owner_name": "吴敏",
                        "owner_id_number": WU,
                        "phone": "15400000301",
                        "share": "1/2",
                        "occupancy": "OWNER_OCCUPIED",
                    },
                    5: {
                        "room_key": "3-2-1501",
                        "area_c": 11024,
                        "owner_name": "周强",
                        "owner_id_number": ZHOU,
                        "phone": "15400000302",
                        "share": "1/2",
                        "occupancy": "OWNER_OCCUPIED",
                    },
                    6: {
                        "room_key": "3-2-1502",
                        "area_c": 11024,
                        "owner_name": "吴敏",
                        "owner_id_number": WU,
                        "phone_alt": ["02887654321"],
                        "share": "1/2",
                        "occupancy": "RENTED",
                    },
                    7: {
                        "room_key": "3-2-1502",
                        "area_c": 11024,
                        "owner_name": "周强",
                        "owner_id_number": ZHOU,
                        "share": "1/2",
                    },
                    8: {
                        "room_key": "3-2-1601",
                        "area_c": 100001,
                        "owner_name": "成都府河置业有限公司",
                        "phone": "02887654321",
                        "occupancy": "VACANT",
                    },
                    9: {
                        "room_key": "3-2-1602",
                        "area_c": 100000,
                        "owner_name": "成都府河置业有限公司",
                        "occupancy": "VACANT",
                    },
                    13: {
                        "room_key": "4-0-005",
                        "area_c": 4550,
                        "owner_name": "李四",
                        "owner_id_number": LI,
                        "occupancy": "OWNER_OCCUPIED",
                    },
                    15: {
                        "room_key": "4-0-006",
                        "area_c": 5000,
                        "owner_name": "赵六",
                        "owner_id_number": ZHAO,
                        "share": "1/2",
                    },
                },
                """
                8 建筑面积 W_AREA_LARGE
                8 证件号码 W_ID_MISSING
                9 证件号码 W_ID_MISSING
                12 产权人名称 E_REQUIRED
                12 证件号码 W_ID_MISSING
                14 建筑面积 E_AREA_CONFLICT
                15 共有份额 W_SHARE_SUM
                16 证件号码 E_ID_LEN
                """,
                "1 TITLE 2 TITLE 10 TOTAL 11 REPEATED_HEADER 17 TOTAL 18 FOOTER",
            ),
        ),
        {
            "record_date": "2026-10-31",
            "declared_total_area_c": 231599,
            "voting_roll": {"units": 6, "total_area_c": 231599, "headcount": 4},
        },
    ),
    Case(
        "rooms by address on a sheet for each building",
        OWNER_ROSTER,
        "12 坐落.xlsx",
        rooms_by_address,
        (
            Told(
                "1栋",
                1,
                {
                    2: {"room_key": "2-1-304", "area_c": 6850, "owner_name": "甲一", "owner_id_number": WU},
                    3: {"room_key": "2-1-005", "area_c": 6850, "owner_name": "甲二", "owner_id_number": ZHOU},
                    4: {"room_key": "12-3-2103", "area_c": 6850, "owner_name": "甲三", "owner_id_number": LI},
                    5: {"room_key": "5-0-1302", "area_c": 6850, "owner_name": "甲四", "owner_id_number": ZHAO},
                    6: {"room_key": "1-0-101", "area_c": 6850, "owner_name": "甲五", "owner_id_number": WANG},
                },
                """
                7 坐落 E_ROOM_UNPARSEABLE
                8 坐落 E_ROOM_UNPARSEABLE
                9 坐落 E_ROOM_UNPARSEABLE
                10 坐落 E_ROOM_UNPARSEABLE
                11 建筑面积 E_AREA_RANGE
                12 建筑面积 E_AREA_RANGE
                13 建筑面积 E_AREA_RANGE
                14 建筑面积 W_TOTAL_MISMATCH
                """,
                "14 TOTAL",
            ),
            Told(
                "8栋 ",
                3,
                {
                    4: {"room_key": "8-0-201", "area_c": 4000, "owner_name": "乙四", "share": "1/3"},
                    5: {"room_key": "8-0-201", "area_c": 4000, "owner_name": "乙五", "share": "1/3"},
                    6: {"room_key": "8-0-201", "area_c": 4000, "owner_name": "乙六", "share": "3333/10000"},
                    7: {"room_key": "8-0-202", "area_c": 4010, "owner_name": "乙五", "share": "1/2"},
                    8: {"room_key": "8-0-202", "area_c": 4010, "owner_name": "乙四", "share": "1/2"},
                    9: {"room_key": "8-0-203", "area_c": 4010, "owner_name": "乙五", "share": "1/2"},
                    10: {"room_key": "8-0-203", "area_c": 4010, "owner_name": "乙四", "share": "1/2"},
                },
                """
                4 产权人身份证号 W_ID_MISSING
                5 产权人身份证号 W_ID_MISSING
                6 产权人身份证号 W_ID_MISSING
                6 份额 W_SHARE_SUM
                7 产权人身份证号 W_ID_MISSING
                7 产权人姓名 W_ROW_HIDDEN
                8 产权人身份证号 W_ID_MISSING
                9 产权人身份证号 W_ID_MISSING
                10 产权人身份证号 W_ID_MISSING
                """,
                "1 TITLE 2 BLANK 11 TOTAL",
            ),
        ),
        {
            "declared_total_area_c": 70000,
            "voting_roll": {"units": 8, "total_area_c": 6850 * 5 + 4000 + 4010 * 2, "headcount": 7},
        },
    ),
    Case(
        "shares turned into dates, dittos over a blank row, rooms without stairwell",
        OWNER_ROSTER,
        "13 份额.xlsx",
        one_sheet_of_corners,
        (
            Told(
                "名册",
                2,
                {
                    3: {
                        "room_key": "1-1-101",
                        "area_c": 6000,
                        "owner_name": "甲一",
                        "owner_id_number": WU,
                        "phone": "15400000701",
                        "share": "1/2",
                        "occupancy": "OWNER_OCCUPIED",
                    },
                    4: {
                        "room_key": "1-1-101",
                        "area_c": 6000,
                        "owner_name": "甲二",
                        "owner_id_number": ZHOU,
                        "phone": "15400000701",
                        "share": "1/2",
                        "occupancy": "OWNER_OCCUPIED",
                    },
                    6: {"room_key": "1-0-101", "area_c": 6100, "owner_name": "甲三", "owner_id_number": LI},
                    7: {"room_key": "1-1-102", "area_c": 5833, "owner_name": "·甲·四", "owner_id_number": LI},
                    9: {
                        "room_key": "1-1-212",
                        "area_c": 123450,
                        "owner_name": "甲六",
                        "owner_id_number": ZHAO,
                    },
                    10: {"room_key": "1-0-003", "area_c": 7000, "owner_name": "成都某公司(开发商)"},
                    11: {"room_key": "1-0-004", "area_c": 7000, "owner_name": "成都某公司(开发商)"},
                    12: {"room_key": "1-3-104", "area_c": 7000, "owner_name": "甲五"},
                },
                """
                8 产权人 W_ROW_HIDDEN
                8 产权人身份证号 W_ID_MISSING
                8 建筑面积 E_AREA_RANGE
                9 建筑面积 W_AREA_LARGE
                10 产权人身份证号 W_ID_MISSING
                11 产权人身份证号 W_ID_MISSING
                12 产权人身份证号 W_ID_MISSING
                13 房号 E_ROOM_UNPARSEABLE
                14 房号 E_ROOM_UNPARSEABLE
                14 联系电话 W_PHONE_INVALID
                16 建筑面积 W_TOTAL_MISMATCH
                """,
                "1 TITLE 5 BLANK 15 TOTAL 16 TOTAL 17 TOTAL",
            ),
        ),
        {
            "record_date": "2026-11-01",
            "declared_total_area_c": 156283,
            "voting_roll": {
                "units": 7,
                "total_area_c": 6000 + 6100 + 5833 + 123450 + 7000 * 3,
                "headcount": 5,
            },
        },
    ),
)
