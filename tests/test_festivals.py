"""The festival plan: the table of `domain.md` §3.4 and A15."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo_culture.festivals import Festival, FestivalKind, festivals, festivals_between

CODES = (
    "NEW_YEARS_EVE",
    "SPRING_FESTIVAL",
    "LANTERN_FESTIVAL",
    "QINGMING",
    "DRAGON_BOAT",
    "QIXI",
    "MID_AUTUMN",
    "DOUBLE_NINTH",
    "WINTER_SOLSTICE",
    "LABA",
)

TABLE = {
    2026: "02-16 02-17 03-03 04-05 06-19 08-19 09-25 10-18 12-22 2027-01-15",
    2027: "02-05 02-06 02-20 04-05 06-09 08-08 09-15 10-08 12-22 2028-01-04",
    2028: "01-25 01-26 02-09 04-04 05-28 08-26 10-03 10-26 12-21 2029-01-22",
    2030: "02-02 02-03 02-17 04-05 06-05 08-05 09-12 10-05 12-22 2031-01-01",
}

CIVIL = {
    "LEI_FENG_DAY": (3, 5),
    "LABOUR_DAY": (5, 1),
    "CHILDRENS_DAY": (6, 1),
    "PARTY_FOUNDING_DAY": (7, 1),
    "ARMY_DAY": (8, 1),
    "NATIONAL_DAY": (10, 1),
    "CONSTITUTION_DAY": (12, 4),
    "VOLUNTEER_DAY": (12, 5),
}


def by_code(year: int) -> dict[str, Festival]:
    return {festival.code: festival for festival in festivals(year)}


@pytest.mark.parametrize(
    ("year", "code", "day"),
    [
        (year, code, dt.date.fromisoformat(day if len(day) == 10 else f"{year}-{day}"))
        for year, row in TABLE.items()
        for code, day in zip(CODES, row.split(), strict=True)
    ],
)
def test_a_traditional_festival_falls_on_the_day_of_the_table(year: int, code: str, day: dt.date) -> None:
    assert by_code(year)[code].day == day


@pytest.mark.parametrize("year", TABLE)
def test_a_plan_holds_each_festival_once_in_order_of_days(year: int) -> None:
    plan = festivals(year)

    assert [festival.day for festival in plan] == sorted(festival.day for festival in plan)
    assert sorted(festival.code for festival in plan) == sorted([*CODES, *CIVIL])


def test_civil_festivals_keep_their_day() -> None:
    plan = by_code(2026)

    assert {code: (plan[code].day.month, plan[code].day.day) for code in CIVIL} == CIVIL
    assert {plan[code].kind for code in CIVIL} == {FestivalKind.CIVIL}


def test_a15_a_leap_fifth_month_holds_no_festival() -> None:
    plan = by_code(2028)
    leap_month = festivals_between(dt.date(2028, 6, 23), dt.date(2028, 7, 21))

    assert plan["DRAGON_BOAT"].day == dt.date(2028, 5, 28)
    assert plan["MID_AUTUMN"].day == dt.date(2028, 10, 3)
    assert plan["NEW_YEARS_EVE"].day == dt.date(2028, 1, 25)
    assert [festival.code for festival in leap_month] == ["PARTY_FOUNDING_DAY"]


def test_the_eve_may_be_the_thirtieth_day_of_the_twelfth_month() -> None:
    assert by_code(2030)["NEW_YEARS_EVE"].day == dt.date(2030, 2, 2)


def test_festivals_are_found_by_civil_days_across_plans() -> None:
    found = festivals_between(dt.date(2027, 12, 22), dt.date(2028, 1, 26))

    assert [festival.zh for festival in found] == ["冬至", "腊八", "除夕", "春节"]


def test_an_impossible_year_is_refused() -> None:
    with pytest.raises(ValueError, match="1900"):
        festivals(1900)


@given(st.integers(1902, 2098))
def test_traditional_festivals_keep_their_distances(year: int) -> None:
    plan = by_code(year)

    assert plan["SPRING_FESTIVAL"].day - plan["NEW_YEARS_EVE"].day == dt.timedelta(days=1)
    assert plan["LANTERN_FESTIVAL"].day - plan["SPRING_FESTIVAL"].day == dt.timedelta(days=14)
    assert dt.date(year, 1, 20) <= plan["SPRING_FESTIVAL"].day <= dt.date(year, 2, 21)
    assert (by_code(year + 1)["SPRING_FESTIVAL"].day - plan["LABA"].day).days in {22, 23}
    assert plan["WINTER_SOLSTICE"].day.month == 12
    assert plan["QINGMING"].day.replace(year=2000) in {dt.date(2000, 4, day) for day in (4, 5, 6)}
