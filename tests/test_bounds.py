"""A number from outside never sizes a loop: every number of every mutation, register and workbook has its bound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from two_courtyards import MUTATIONS, Two, build_two

from yuanluo import MOST_AREA, MOST_FEN, Bound, Given, Invalid, Kind, PeriodTooLong, calendar, check_bound
from yuanluo.calendar import LONGEST_WORKDAYS, add_workdays, is_workday
from yuanluo.fields import camel
from yuanluo.inputs import InputField, read_given
from yuanluo.sheets.areas import read_area
from yuanluo.sheets.money import read_amount
from yuanluo_tenants.columns import bound_of

SMALL: Final = (2**31 - 1, -(2**31), 0, -1, 100_000)
LARGE: Final = (*SMALL, 2**53 - 1, 1 - 2**53)
TIMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.DAY: ("0001-01-01", "9999-12-31", "1800-01-01", "2999-12-31"),
    Kind.PARTIAL_DATE: ("0001", "9999-12", "1800", "2999-12-31"),
    Kind.MOMENT: ("0001-01-01T00:00:00Z", "9999-12-31T15:59:59Z", "9999-12-31T20:00:00Z", "2999-12-31T20:00:00Z"),
}
MOST_STEPS: Final = 200
"""Looks at the calendar that one command may take: a period of forty years takes some twenty."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(make_database: MakeDatabase) -> Two:
    return await build_two(make_database)


def numbers(fields: Sequence[InputField], path: str = "") -> Iterator[tuple[str, InputField]]:
    for each in fields:
        if each.nested is not None:
            yield from numbers(each.fields, f"{path}{each.name}.")
        elif each.bound is not None or each.kind in TIMES:
            yield f"{path}{each.name}", each


WALKED: Final = [
    (name, path, each) for name in sorted(MUTATIONS) for path, each in numbers(MUTATIONS[name].form.fields)
]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    taken = [0]

    def counting(plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def counted(day: Any) -> Any:
            taken[0] += 1
            return plain(day)

        return counted

    for name in ("is_workday", "_workdays_until"):
        monkeypatch.setattr(calendar, name, counting(getattr(calendar, name)))
    return taken


@pytest.mark.parametrize(("name", "path", "each"), WALKED, ids=[f"{name}.{path}" for name, path, _ in WALKED])
async def test_no_number_and_no_day_of_any_mutation_stalls_or_breaks_it(
    two: Two, steps: list[int], name: str, path: str, each: InputField
) -> None:
    mutation = MUTATIONS[name]
    values: Sequence[Any] = TIMES.get(each.kind, LARGE if each.kind in (Kind.LONG, Kind.FEN, Kind.AREA) else SMALL)
    for value in values:
        steps[0] = 0
        answer = await two.send(mutation, two.input_of(mutation, {path: value}))
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert "INTERNAL" not in codes, (value, answer)
        assert steps[0] <= MOST_STEPS, (value, steps[0])
        if each.bound is not None and not each.bound.least <= value <= each.bound.most and codes != ["FORBIDDEN"]:
            assert codes == [each.bound.code], (value, answer)
            assert answer["errors"][0]["extensions"]["field"] == camel(path.rpartition(".")[2])


def test_every_number_of_every_mutation_has_a_bound_that_is_narrower_than_the_database() -> None:
    whole = {Kind.INTEGER: 2**31 - 1, Kind.MINUTES: 2**31 - 1, Kind.FEN: 2**53 - 1, Kind.AREA: 2**53 - 1}
    walked = [(path, each) for _, path, each in WALKED if each.bound is not None]
    assert len(walked) > 30
    for path, each in walked:
        assert each.kind is not None
        assert each.bound is not None
        if path.rpartition(".")[2] not in ("numerator", "denominator"):  # of a fraction, which nothing counts through
            assert each.bound.most < whole.get(each.kind, 2**53), path


# working days -----------------------------------------------------------------------------------------------------


def one_after_the_other(day: dt.date, n: int) -> dt.date:
    while n > 0:
        day += dt.timedelta(days=1)
        n -= is_workday(day)
    return day


@pytest.mark.parametrize("year", [1999, 2004, 2019, 2025, 2026, 2027])
def test_working_days_are_counted_as_if_one_after_the_other(year: int) -> None:
    for month in range(1, 13):
        for n in (0, 1, 2, 5, 7, 15, 60, 250):
            day = dt.date(year, month, 1) + dt.timedelta(days=n % 28)
            assert add_workdays(day, n) == one_after_the_other(day, n), (day, n)


def test_the_longest_period_takes_few_looks_at_the_calendar_and_a_longer_one_none(steps: list[int]) -> None:
    assert add_workdays(dt.date(2026, 11, 20), LONGEST_WORKDAYS).year == 2065
    assert steps[0] <= 40
    steps[0] = 0
    with pytest.raises(PeriodTooLong):
        add_workdays(dt.date(2026, 11, 20), LONGEST_WORKDAYS + 1)
    assert steps[0] == 0


# amounts and areas --------------------------------------------------------------------------------------------------


def test_an_amount_is_told_in_yuan_and_an_area_in_square_metres() -> None:
    with pytest.raises(Invalid) as refused:
        check_bound(Kind.FEN, Bound(0, MOST_FEN, "AMOUNT_BOUND"), MOST_FEN + 1, "budget_fen", "预算", "budget")
    assert refused.value.message("zh-CN") == "预算须在 0 至 1,000,000,000 元之间。"
    assert (refused.value.stable_code, refused.value.field) == ("AMOUNT_BOUND", "budget_fen")
    bound = bound_of(Kind.AREA)
    assert bound is not None
    with pytest.raises(Invalid, match="1,000,000 m²"):
        check_bound(Kind.AREA, bound, MOST_AREA + 1, "area_c", "面积", "area")


def test_a_district_of_the_largest_amounts_stays_within_what_javascript_holds() -> None:
    assert 90_000 * MOST_FEN < 2**53


@pytest.mark.parametrize(
    "written", ["1000000000.01", 1_000_000_000.01, "100001万", "99999999999999", "90071992547409.92"]
)
def test_a_workbook_admits_no_larger_amount(written: str | float) -> None:
    assert read_amount(written).code == "E_AMOUNT_RANGE"


def test_a_workbook_admits_the_largest_amount_and_area_and_no_larger_one() -> None:
    assert read_amount("1,000,000,000.00").value == MOST_FEN
    assert read_area("1000000").value == MOST_AREA
    assert read_area("1000000.01").code == "E_AREA_RANGE"


def test_a_bound_holds_in_lists_and_nested_inputs_too() -> None:
    years = InputField("years", "年数", "years", Kind.INTEGER, True, True, None, bound=Bound(1, 5, "TERM"))
    inner = InputField("inner", "内", "inner", None, True, True, None, nested=Given, fields=(years,))

    with pytest.raises(Invalid) as refused:
        read_given([inner], SimpleNamespace(inner=(SimpleNamespace(years=(1, 5)), SimpleNamespace(years=(6,)))))
    assert (refused.value.stable_code, refused.value.field) == ("TERM", "years")


# what is sought -----------------------------------------------------------------------------------------------------

SOUGHT: Final = {
    "activities": {
        "capacity": ("2147483647", "-2147483648"),
        "budgetFen": ("9007199254740991", "-9007199254740991"),
        "day": ('"0001-01-01"', '"9999-12-31"'),
        "startsAt": ('"0001-01-01T00:00:00Z"', '"9999-12-31T15:59:59.999999Z"'),
    },
    "opinions": {"receivedOn": ('"0001"', '"9999-12-31"')},
    "dwellings": {"areaC": ("9007199254740991", "-9007199254740991")},
}


async def test_filters_take_the_ends_of_every_scale(two: Two) -> None:
    for name, fields in SOUGHT.items():
        for field, ends in fields.items():
            conditions = [f"{field}: {{{op}: {end}}}" for op in ("lt", "le", "gt", "ge") for end in ends]
            parts = [f"q{i}: {name}(filter: {{{one}}}) {{ totalCount }}" for i, one in enumerate(conditions)]
            await two.world.courtyard(" ".join(parts), "council_director")


@pytest.mark.parametrize("moment", ["9999-12-31T16:00:00Z", "9999-12-31T23:00:00-08:00", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_without_a_day_in_shanghai_is_refused_in_inputs_and_filters(two: Two, moment: str) -> None:
    query = (
        "query($code: String!, $moment: DateTime!) { courtyard(code: $code)"
        " { activities(filter: {startsAt: {ge: $moment}}) { totalCount } } }"
    )
    answer = await two.world.send(query, "council_director", {"code": two.codes[0], "moment": moment})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    mutation = MUTATIONS["activityPlan"]
    answer = await two.send(mutation, two.input_of(mutation, {"starts_at": moment, "ends_at": moment}))
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
