"""The council's rules as plain functions: offices, sizes, the two state machines, limits, parameters."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo import HeldSeat, Invalid, find_incompatibility
from yuanluo.calendar import is_workday
from yuanluo_council.parameters import PARAMETERS, DatedVersion, check_clauses, in_force, ruling
from yuanluo_council.rules import (
    BODY_RULES,
    C1,
    LIMIT_KEYS,
    OPINION_STEPS,
    REGULATION_STEPS,
    StepRefused,
    body_keys,
    check_body,
    check_in_force_from,
    check_limit,
    check_order,
    check_partial,
    consultation_end,
    delegates_needed,
    due_on,
    full_day,
    is_overdue,
    is_satisfied,
    opinion_step,
    regulation_step,
    status_of_past_opinion,
)
from yuanluo_council.tables import (
    BodyKind,
    OpinionCategory,
    OpinionStatus,
    RegulationKind,
    RegulationStatus,
    Satisfaction,
)

DAY = dt.date(2026, 11, 22)
GIVEN: dict[str, Any] = {
    "assignee": "何大成", "limit_workdays": 7, "reason": "理由", "merged_into": "x", "result": "已修",
    "satisfaction": "满意", "consult_from": DAY, "resolution": "决议", "effective_on": DAY,
}  # fmt: skip


def seat(kind: str, role: str, until: dt.date | None = None) -> HeldSeat:
    return HeldSeat(kind, role, dt.date(2026, 1, 1), until)


# C1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "role"),
    [("RESIDENT_COUNCIL", "MEMBER"), ("OFFICE", "CASHIER"), ("OFFICE", "ACCOUNTANT"), ("OFFICE", "SIGNATORY")],
)
def test_a_supervisor_may_not_hold_what_he_supervises(kind: str, role: str) -> None:
    found = find_incompatibility(seat("SUPERVISORY", "MEMBER"), [seat(kind, role)], C1)
    assert found is not None
    assert found.rule == "domain C1"
    assert find_incompatibility(seat(kind, role), [seat("SUPERVISORY", "CHAIR")], C1) == found


def test_a_supervisor_may_deliberate_and_may_have_been_on_the_council_before() -> None:
    over = seat("RESIDENT_COUNCIL", "CHAIR", dt.date(2026, 6, 30))
    after = HeldSeat("SUPERVISORY", "MEMBER", dt.date(2026, 7, 1))
    assert find_incompatibility(after, [over, seat("DELIBERATIVE", "MEMBER")], C1) is None


# bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "seats", "fits"),
    [
        (BodyKind.RESIDENT_COUNCIL, 5, True),
        (BodyKind.RESIDENT_COUNCIL, 9, True),
        (BodyKind.RESIDENT_COUNCIL, 6, False),
        (BodyKind.RESIDENT_COUNCIL, 3, False),
        (BodyKind.RESIDENT_COUNCIL, 11, False),
        (BodyKind.SUPERVISORY, 3, True),
        (BodyKind.SUPERVISORY, 5, True),
        (BodyKind.SUPERVISORY, 4, False),
        (BodyKind.OWNERS_COMMITTEE, 11, True),
        (BodyKind.OWNERS_COMMITTEE, 13, False),
        (BodyKind.MEDIATION, 4, True),
        (BodyKind.MEDIATION, 10, False),
        (BodyKind.RESIDENT_COUNCIL, None, False),
        (BodyKind.FORUM, None, True),
        (BodyKind.OWNERS_ASSEMBLY, 5, False),
    ],
)
def test_bodies_have_the_sizes_that_domain_3_2_says(kind: BodyKind, seats: int | None, fits: bool) -> None:
    if fits:
        check_body(kind, seats, None, {})
    else:
        with pytest.raises(Invalid) as refused:
            check_body(kind, seats, None, {})
        assert refused.value.field == "seats"


@given(st.sampled_from(sorted(BODY_RULES, key=lambda kind: kind.name)), st.integers(-3, 260))
def test_a_size_passes_exactly_when_it_lies_within_the_bounds_and_is_odd_where_it_must_be(
    kind: BodyKind, seats: int
) -> None:
    rule = BODY_RULES[kind]
    fits = rule.least <= seats <= rule.most and not (rule.odd and seats % 2 == 0)
    if fits:
        assert check_body(kind, seats, None, {}) == rule.term_years
        return
    with pytest.raises(Invalid) as refused:
        check_body(kind, seats, None, {})
    assert refused.value.stable_code == "BODY_SIZE"


def test_a_regulation_narrows_the_size_and_sets_the_term() -> None:
    ruled = {"council.size_min": 7, "council.size_max": 7, "council.term_years": 4}
    assert check_body(BodyKind.RESIDENT_COUNCIL, 7, None, ruled) == 4
    assert check_body(BodyKind.RESIDENT_COUNCIL, 7, 2, ruled) == 2
    with pytest.raises(Invalid, match="from 7 to 7"):
        check_body(BodyKind.RESIDENT_COUNCIL, 5, None, ruled)
    with pytest.raises(Invalid, match="term"):
        check_body(BodyKind.RESIDENT_COUNCIL, 7, 6, ruled)


def test_every_parameter_of_a_body_exists() -> None:
    for kind in BodyKind:
        assert set(body_keys(kind)) <= set(PARAMETERS)


@pytest.mark.parametrize(
    ("stairwells", "households", "least"), [(20, 271, 10), (4, 271, 4), (0, 300, 10), (0, 10, 3), (2, 0, 3)]
)
def test_delegates_are_one_per_stairwell_or_one_per_30_households(stairwells: int, households: int, least: int) -> None:
    assert delegates_needed(stairwells, households) == least


# C7 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", OpinionStatus)
@pytest.mark.parametrize("target", OpinionStatus)
def test_an_opinion_takes_exactly_the_steps_of_the_table(source: OpinionStatus, target: OpinionStatus) -> None:
    if any(step.source is source and step.target is target for step in OPINION_STEPS):
        assert opinion_step(source, target, GIVEN).target is target
    else:
        with pytest.raises(StepRefused) as refused:
            opinion_step(source, target, GIVEN)
        assert refused.value.rule == "domain C7"


def test_the_way_of_an_opinion_is_that_of_c7() -> None:
    arrows = {(step.source.name, step.target.name) for step in OPINION_STEPS}
    handled = ("ANSWERED", "REFERRED", "MERGED", "PROPOSED")
    assert arrows == {
        ("COLLECTED", "TRIAGED"),
        *(("TRIAGED", each) for each in handled),
        *((each, "CLOSED") for each in handled),
        ("CLOSED", "RATED"),
    }


@pytest.mark.parametrize("step", OPINION_STEPS, ids=lambda step: f"{step.source.name}-{step.target.name}")
def test_a_step_without_what_it_needs_is_refused_by_field(step: Any) -> None:
    assert step.needs
    for name in step.needs:
        with pytest.raises(Invalid) as refused:
            opinion_step(step.source, step.target, {**GIVEN, name: ""})
        assert refused.value.field == name
        assert refused.value.stable_code == "REASON_REQUIRED"


@pytest.mark.parametrize(
    ("assigned", "closed", "satisfaction", "status"),
    [
        (False, None, None, OpinionStatus.COLLECTED),
        (True, None, None, OpinionStatus.TRIAGED),
        (True, None, Satisfaction.SATISFIED, OpinionStatus.TRIAGED),
        (True, "2026-09-03", None, OpinionStatus.CLOSED),
        (False, "2026-09", Satisfaction.DISSATISFIED, OpinionStatus.RATED),
    ],
)
def test_a_paper_row_says_where_its_opinion_stands(
    assigned: bool, closed: str | None, satisfaction: Satisfaction | None, status: OpinionStatus
) -> None:
    assert status_of_past_opinion(is_assigned=assigned, closed_on=closed, satisfaction=satisfaction) is status


def test_fairly_satisfied_does_not_count_as_satisfied() -> None:
    assert [each for each in Satisfaction if is_satisfied(each)] == [
        Satisfaction.VERY_SATISFIED,
        Satisfaction.SATISFIED,
    ]
    assert not is_satisfied(None)


# C12 --------------------------------------------------------------------------------------------------------------


def test_a_limit_over_the_autumn_holidays_counts_make_up_days() -> None:
    """2026: holidays 25 Sep and 1-7 Oct, make-up working days 20 Sep and 10 Oct (`domain.md` §5)."""
    assert due_on(dt.date(2026, 9, 10), 15) == dt.date(2026, 10, 8)
    assert due_on(dt.date(2026, 9, 21), 7) == dt.date(2026, 10, 8)
    assert due_on(dt.date(2026, 9, 18), 1) == dt.date(2026, 9, 20)
    assert due_on(None, 7) is None
    assert due_on(DAY, None) is None


@given(st.dates(dt.date(2024, 1, 1), dt.date(2026, 10, 1)), st.integers(1, 30))
def test_the_last_day_of_a_limit_is_its_nth_working_day(received: dt.date, limit: int) -> None:
    due = due_on(received, limit)
    assert due is not None
    assert is_workday(due)
    days = (received + dt.timedelta(days=n) for n in range(1, (due - received).days + 1))
    assert sum(map(is_workday, days)) == limit


def test_an_opinion_is_overdue_only_after_its_last_day() -> None:
    due = dt.date(2026, 9, 30)
    assert not is_overdue(due, "2026-09-30", DAY)
    assert is_overdue(due, "2026-10-08", DAY)
    assert is_overdue(due, None, DAY)
    assert not is_overdue(due, None, due)
    assert not is_overdue(due, "2026-09", DAY)
    assert is_overdue(due, "2026-10", DAY)
    assert not is_overdue(None, None, DAY)


def test_every_category_takes_a_limit_of_the_city() -> None:
    defaults = {category.name: PARAMETERS[key].default for category, key in LIMIT_KEYS.items()}
    assert set(LIMIT_KEYS) == set(OpinionCategory)
    assert defaults["SUGGESTION"] == 7
    assert defaults["NEIGHBOUR_DISPUTE"] == 15
    assert set(defaults.values()) == {7, 15}


@pytest.mark.parametrize("limit", [0, -1, 61])
def test_a_limit_out_of_reason_is_refused(limit: int) -> None:
    with pytest.raises(Invalid):
        check_limit(limit)


@pytest.mark.parametrize("partial", ["2026", "2026-11", "2026-11-22", None])
def test_partial_dates_up_to_today_are_accepted(partial: str | None) -> None:
    check_partial(partial, "received_on", DAY)


@pytest.mark.parametrize("partial", ["2026-11-23", "2026-12", "2027", "2026-02-30", "2026-13", "26", "", "2026-1-1"])
def test_dates_that_are_none_or_lie_in_the_future_are_refused(partial: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_partial(partial, "received_on", DAY)
    assert refused.value.field == "received_on"


def test_order_is_compared_at_the_coarser_precision() -> None:
    check_order("2026-09-10", "2026-09")
    check_order("2026-09", "2026-09-01")
    check_order(None, "2020")
    with pytest.raises(Invalid):
        check_order("2026-09-10", "2026-08")


def test_only_a_full_date_is_a_day() -> None:
    assert full_day("2026-09-10") == dt.date(2026, 9, 10)
    assert full_day("2026-09") is None
    assert full_day(None) is None


# C8 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", RegulationStatus)
@pytest.mark.parametrize("target", RegulationStatus)
def test_a_version_takes_exactly_the_steps_of_c8(source: RegulationStatus, target: RegulationStatus) -> None:
    order = list(RegulationStatus)
    if order.index(target) == order.index(source) + 1:
        assert regulation_step(source, target, GIVEN).target is target
    else:
        with pytest.raises(StepRefused):
            regulation_step(source, target, GIVEN)
    assert len(REGULATION_STEPS) == len(order) - 1


def test_adoption_needs_a_resolution() -> None:
    with pytest.raises(Invalid) as refused:
        regulation_step(RegulationStatus.CONSULTING, RegulationStatus.ADOPTED, {**GIVEN, "resolution": ""})
    assert refused.value.field == "resolution"


def test_a_consultation_of_seven_days_ends_after_the_holiday() -> None:
    """A07: posted on 2 November it runs to the 9th; posted on 24 September the end moves past the holiday."""
    assert consultation_end(dt.date(2026, 11, 2), 7) == dt.date(2026, 11, 9)
    assert consultation_end(dt.date(2026, 9, 24), 7) == dt.date(2026, 10, 8)


def test_a_version_is_in_force_after_its_adoption_and_after_the_one_before() -> None:
    check_in_force_from(DAY, DAY, None)
    with pytest.raises(Invalid, match="before it is adopted"):
        check_in_force_from(DAY, DAY + dt.timedelta(days=1), None)
    with pytest.raises(Invalid, match="later"):
        check_in_force_from(DAY, DAY, DAY)


def history(first_days: list[dt.date]) -> list[DatedVersion]:
    ends = [*first_days[1:], None]
    return [
        DatedVersion(
            "财务管理制度",
            number,
            RegulationStatus.SUPERSEDED if end else RegulationStatus.EFFECTIVE,
            first,
            end,
            {"finance.major_from": number * 1000},
        )
        for number, (first, end) in enumerate(zip(first_days, ends, strict=True), 1)
    ]


@given(
    st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)), min_size=1, max_size=6, unique=True),
    st.dates(dt.date(2019, 1, 1), dt.date(2027, 12, 31)),
)
def test_on_every_day_the_last_version_begun_is_the_one_in_force(days: list[dt.date], day: dt.date) -> None:
    versions = history(sorted(days))
    found = in_force(versions, day)
    begun = [each for each in versions if each.effective_on is not None and each.effective_on <= day]
    assert found == (begun[-1] if begun else None)


def test_what_is_adopted_but_not_in_force_rules_nothing() -> None:
    waiting = DatedVersion("财务管理制度", 1, RegulationStatus.ADOPTED, DAY, None, {"finance.major_from": 1})
    found = ruling("finance.major_from", [waiting], DAY)
    assert found.value == 500_000
    assert found.rule.startswith("domain 8")


def test_a_ruling_cites_version_and_clause() -> None:
    versions = history([dt.date(2025, 1, 1), dt.date(2026, 1, 1)])
    assert ruling("finance.major_from", versions, dt.date(2025, 12, 31)).value == 1000
    now = ruling("finance.major_from", versions, dt.date(2026, 1, 1))
    assert (now.value, now.rule) == (2000, "财务管理制度 v2 finance.major_from")
    assert ruling("finance.cash_limit_fen", versions, DAY).value == 100_000


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda each: each.key)
def test_every_default_lies_within_its_bounds_and_the_bounds_hold(parameter: Any) -> None:
    assert parameter.least <= parameter.default <= parameter.most
    check_clauses(parameter.kind, [(parameter.key, parameter.default)])
    for beyond in (parameter.least - 1, parameter.most + 1):
        with pytest.raises(Invalid) as refused:
            check_clauses(parameter.kind, [(parameter.key, beyond)])
        assert refused.value.stable_code == "PARAMETER_OUT_OF_BOUNDS"


def test_a_clause_of_another_regulation_an_unknown_one_and_a_double_one_are_refused() -> None:
    with pytest.raises(Invalid, match="FINANCE_RULES"):
        check_clauses(RegulationKind.DUTY_LISTS, [("finance.major_from", 500_000)])
    with pytest.raises(Invalid, match="no parameter"):
        check_clauses(RegulationKind.DUTY_LISTS, [("nonsense", 1)])
    with pytest.raises(Invalid, match="once"):
        check_clauses(RegulationKind.AFFAIRS_DISCLOSURE, [("publicity.days", 7), ("publicity.days", 8)])


def test_a_least_size_above_the_greatest_is_refused_from_either_side() -> None:
    meetings = RegulationKind.MEETING_PROCEDURE
    check_clauses(meetings, [("council.size_min", 9), ("council.size_max", 9)])
    for pair in (
        [("council.size_min", 9), ("council.size_max", 7)],
        [("council.size_min", 11)],
        [("council.size_max", 3)],
    ):
        with pytest.raises(Invalid, match="must not be greater"):
            check_clauses(meetings, pair)


def test_the_limits_of_the_city_may_be_tightened_but_not_stretched() -> None:
    check_clauses(RegulationKind.DUTY_LISTS, [("hotline.limits.complaint", 10)])
    with pytest.raises(Invalid, match="between 1 and 15"):
        check_clauses(RegulationKind.DUTY_LISTS, [("hotline.limits.complaint", 16)])


def test_steps_lead_on_from_one_to_the_next() -> None:
    for before, after in pairwise(REGULATION_STEPS):
        assert before.target is after.source
