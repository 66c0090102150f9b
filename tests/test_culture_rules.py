"""The rules of activities and volunteering, at their edges."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo import Invalid
from yuanluo.clock import SHANGHAI
from yuanluo_culture.rules import (
    TRANSITIONS,
    CultureParameters,
    RuleRefused,
    Times,
    admit,
    aware,
    check_check_in,
    check_services,
    check_sign_up,
    check_times,
    coins,
    is_revisable,
    minutes_between,
    minutes_by_day,
    promoted,
    step,
)
from yuanluo_culture.terms import ActivityStatus, SignupState

S = ActivityStatus
START = dt.datetime(2026, 11, 25, 9, 30, tzinfo=SHANGHAI)
TIMES = Times(START, START + dt.timedelta(hours=2))
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
LONG_AFTER = START + dt.timedelta(days=400)
CHAIN = [S.PLANNED, S.APPROVED, S.PUBLISHED, S.SIGNUP, S.RUNNING, S.FINISHED, S.EVALUATED, S.ARCHIVED]


def at(hour: int, minute: int = 0, day: int = 20) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def code_of(refused: pytest.ExceptionInfo[RuleRefused]) -> str:
    return refused.value.stable_code


# the life of an activity


def test_an_activity_goes_through_its_life_one_step_at_a_time() -> None:
    steps = {(a, b) for a, b in TRANSITIONS if b is not S.CANCELLED}

    assert steps == set(itertools.pairwise(CHAIN))


def test_what_was_held_is_not_cancelled() -> None:
    assert {a for a, b in TRANSITIONS if b is S.CANCELLED} == set(CHAIN[:5])


@given(st.sampled_from(S), st.sampled_from(S))
def test_a_step_that_is_not_in_the_table_is_refused(source: ActivityStatus, target: ActivityStatus) -> None:
    if (source, target) in TRANSITIONS:
        assert step(source, target, TIMES, LONG_AFTER) is TRANSITIONS[source, target]
    else:
        with pytest.raises(RuleRefused) as refused:
            step(source, target, TIMES, LONG_AFTER)
        assert code_of(refused) == "ACTIVITY_STEP"
        assert refused.value.rule == "domain 3.4 Activity"


def test_approving_takes_a_right_of_its_own() -> None:
    assert {edge[0] for edge, each in TRANSITIONS.items() if each.right == "activity.approve"} == {S.PLANNED}


def test_an_activity_runs_an_hour_before_its_start_at_the_earliest() -> None:
    opens = START - dt.timedelta(hours=1)

    assert step(S.SIGNUP, S.RUNNING, TIMES, opens)
    with pytest.raises(RuleRefused) as refused:
        step(S.SIGNUP, S.RUNNING, TIMES, opens - SECOND)
    assert code_of(refused) == "ACTIVITY_TOO_EARLY"
    assert "2026-11-25 08:30" in refused.value.zh


def test_an_activity_is_not_over_before_it_starts() -> None:
    assert step(S.RUNNING, S.FINISHED, TIMES, START)
    with pytest.raises(RuleRefused):
        step(S.RUNNING, S.FINISHED, TIMES, START - SECOND)


def test_plans_change_until_the_activity_runs() -> None:
    assert [each for each in S if is_revisable(each)] == CHAIN[:4]


@pytest.mark.parametrize(
    ("times", "budget", "capacity", "field"),
    [
        (Times(START, START), 0, None, "ends_at"),
        (Times(START, START - SECOND), 0, None, "ends_at"),
        (Times(START.replace(tzinfo=None), START + MINUTE), 0, None, "starts_at"),
        (TIMES, -1, None, "budget_fen"),
        (TIMES, 0, 0, "capacity"),
        (TIMES, 0, -3, "capacity"),
    ],
)
def test_an_impossible_plan_is_refused(times: Times, budget: int, capacity: int | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_times(times, budget, capacity)
    assert refused.value.field == field


# places


@pytest.mark.parametrize(
    ("status", "now", "desk", "is_open"),
    [
        (S.PUBLISHED, START - MINUTE, True, False),
        (S.SIGNUP, START - SECOND, False, True),
        (S.SIGNUP, START, False, False),
        (S.SIGNUP, START, True, False),
        (S.RUNNING, START + MINUTE, False, False),
        (S.RUNNING, START + MINUTE, True, True),
        (S.RUNNING, TIMES.ends_at, True, False),
        (S.FINISHED, START + MINUTE, True, False),
    ],
)
def test_sign_up_is_open_until_the_start_and_at_the_desk_until_the_end(
    status: ActivityStatus, now: dt.datetime, desk: bool, is_open: bool
) -> None:
    if is_open:
        check_sign_up(status, TIMES, now, at_the_desk=desk)
    else:
        with pytest.raises(RuleRefused) as refused:
            check_sign_up(status, TIMES, now, at_the_desk=desk)
        assert code_of(refused) == "SIGN_UP_CLOSED"


@pytest.mark.parametrize(
    ("capacity", "confirmed", "waiting", "state"),
    [
        (None, 500, 0, SignupState.CONFIRMED),
        (2, 1, 0, SignupState.CONFIRMED),
        (2, 2, 0, SignupState.WAITLISTED),
        (2, 1, 1, SignupState.WAITLISTED),
    ],
)
def test_a_free_place_goes_to_who_waits_first(
    capacity: int | None, confirmed: int, waiting: int, state: SignupState
) -> None:
    assert admit(capacity, confirmed, waiting) is state


@given(st.none() | st.integers(1, 20), st.integers(0, 20), st.lists(st.integers(1, 99), unique=True, max_size=15))
def test_promotion_is_first_come_first_served_and_never_beyond_the_places(
    capacity: int | None, confirmed: int, positions: list[int]
) -> None:
    lucky = promoted(capacity, confirmed, [(position, position) for position in positions])
    free = len(positions) if capacity is None else max(0, capacity - confirmed)

    assert lucky == sorted(positions)[:free]


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (START - dt.timedelta(hours=1), True),
        (START - dt.timedelta(hours=1) - SECOND, False),
        (TIMES.ends_at, True),
        (TIMES.ends_at + SECOND, False),
    ],
)
def test_check_in_is_open_from_an_hour_before_to_the_end(now: dt.datetime, is_open: bool) -> None:
    if is_open:
        check_check_in(S.RUNNING, SignupState.CONFIRMED, TIMES, now)
    else:
        with pytest.raises(RuleRefused) as refused:
            check_check_in(S.RUNNING, SignupState.CONFIRMED, TIMES, now)
        assert code_of(refused) == "CHECK_IN_CLOSED"


@pytest.mark.parametrize("status", [S.PUBLISHED, S.FINISHED, S.CANCELLED])
def test_nobody_checks_in_at_what_is_not_on(status: ActivityStatus) -> None:
    with pytest.raises(RuleRefused):
        check_check_in(status, SignupState.CONFIRMED, TIMES, START)


def test_nobody_checks_in_without_a_place() -> None:
    with pytest.raises(RuleRefused) as refused:
        check_check_in(S.RUNNING, SignupState.WAITLISTED, TIMES, START)
    assert code_of(refused) == "NO_PLACE"


# volunteering

MOMENTS = st.integers(0, 500_000_000).map(lambda tenths: at(0) - dt.timedelta(milliseconds=100 * tenths))
NOW = at(0, day=30)


@given(MOMENTS, st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)))
def test_minutes_by_day_add_up_and_stay_within_their_days(begun: dt.datetime, length: dt.timedelta) -> None:
    days = minutes_by_day(begun, begun + length)

    assert sum(days.values()) == minutes_between(begun, begun + length)
    assert all(0 < minutes <= 24 * 60 for minutes in days.values())
    assert list(days) == sorted(days)


def test_minutes_belong_to_the_day_in_shanghai() -> None:
    assert minutes_by_day(at(23, 30), at(0, 45, day=21)) == {dt.date(2026, 11, 20): 30, dt.date(2026, 11, 21): 45}


def test_a_begun_minute_is_not_counted() -> None:
    assert minutes_between(at(9), at(9) + 59 * SECOND) == 0
    assert minutes_between(at(9), at(9) + 119 * SECOND) == 1


def test_services_may_touch_but_not_overlap() -> None:
    check_services([(at(9), at(10))], [(at(8), at(9)), (at(10), at(11))], NOW)
    for other in ((at(8), at(9, 1)), (at(9, 59), at(11)), (at(9, 10), at(9, 20)), (at(8), at(12)), (at(9), at(10))):
        with pytest.raises(RuleRefused) as refused:
            check_services([(at(9), at(10))], [other], NOW)
        assert code_of(refused) == "SERVICE_OVERLAP"
        assert "志愿服务条例 19" in refused.value.rule


def test_services_of_one_batch_may_not_overlap_either() -> None:
    with pytest.raises(RuleRefused):
        check_services([(at(9), at(10)), (at(9, 30), at(10, 30))], [], NOW)


def test_twelve_hours_a_day_are_admitted_and_a_minute_more_is_not() -> None:
    check_services([(at(6), at(12)), (at(13), at(19))], [], NOW)
    with pytest.raises(RuleRefused) as refused:
        check_services([(at(13), at(19))], [(at(6), at(12)), (at(20), at(20, 1))], NOW)
    assert code_of(refused) == "SERVICE_DAY_FULL"
    check_services([(at(6), at(14))], [], NOW, CultureParameters(volunteer_minutes_per_day=480))
    with pytest.raises(RuleRefused):
        check_services([(at(6), at(14, 1))], [], NOW, CultureParameters(volunteer_minutes_per_day=480))


def test_a_night_is_split_between_its_days() -> None:
    check_services([(at(13), at(0, 59, day=21)), (at(1, day=21), at(12, day=21))], [], NOW)


@pytest.mark.parametrize(
    "span", [(at(9), at(9)), (at(10), at(9)), (at(9), at(9) + 30 * SECOND), (at(9, day=29), at(10, day=30))]
)
def test_an_impossible_service_is_refused(span: tuple[dt.datetime, dt.datetime]) -> None:
    with pytest.raises(Invalid):
        check_services([span], [], NOW)


def test_a_service_of_more_than_a_day_is_split_by_who_records_it() -> None:
    with pytest.raises(Invalid, match="split"):
        check_services([(at(9, day=20), at(10, day=21))], [], NOW, CultureParameters(volunteer_minutes_per_day=1440))


def test_a_moment_without_its_offset_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        aware(at(9).replace(tzinfo=None), "check_in")
    assert refused.value.field == "check_in"
    assert aware(at(9), "check_in") == dt.datetime(2026, 11, 20, 1, tzinfo=dt.timezone.utc)


@given(st.integers(0, 10**6))
def test_sixty_minutes_make_one_coin_and_the_rest_none(minutes: int) -> None:
    assert coins(minutes) * 60 <= minutes < (coins(minutes) + 1) * 60
    assert coins(minutes, CultureParameters(minutes_per_coin=30)) == minutes // 30
