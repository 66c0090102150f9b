"""Turns and budgets by themselves, with a clock of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanluo_graphql.admission import Admission
from yuanluo_graphql.budgets import Budget, Budgets
from yuanluo_graphql.refusals import RequestError


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def budgets(per_token: int = 0, per_tenant: int = 0) -> tuple[Budgets, Clock]:
    clock = Clock()
    return Budgets(Budget(per_token, monotonic=clock), Budget(per_tenant, monotonic=clock)), clock


def wait_of(made: Budgets, token: Hashable, tenants: tuple[int, ...] = ()) -> int:
    with pytest.raises(RequestError) as refused:
        made.open(token, tenants)
    assert (refused.value.stable_code, refused.value.status) == ("RATE_LIMITED", 429)
    wait = refused.value.problems[0].details["retryAfter"]
    assert dict(refused.value.headers) == {"retry-after": str(wait)}
    return int(wait)


def test_an_overdrawn_budget_is_open_again_after_the_time_that_was_told() -> None:
    made, clock = budgets(per_token=600)
    made.open("a", ()).pay(200)
    wait = wait_of(made, "a")
    assert wait == 11  # a hundred too much at ten a second, and a little to have something
    clock.now += wait
    assert made.open("a", ()).remaining == 10
    clock.now += 3_600
    assert made.open("a", ()).remaining == 100


def test_over_time_nobody_uses_more_than_his_budget() -> None:
    made, clock = budgets(per_token=600)
    used = 0
    for _ in range(6_000):
        clock.now += 0.1
        try:
            made.open("greedy", ()).pay(10)
            used += 10
        except RequestError:
            continue
    assert abs(used - (600 * 10 + 100)) <= 10  # ten minutes, and the ten seconds that were saved at the start


def test_payers_do_not_pay_for_each_other_and_nodes_share() -> None:
    made, _ = budgets(per_token=6_000, per_tenant=6_000)
    made.open("a", (1, 2)).pay(1_000)
    assert wait_of(made, "a") == 1
    made.open("b", (1,)).pay(500)
    assert wait_of(made, "c", (1,)) == 1
    assert made.open("d", (2,)).remaining == 500


def test_a_budget_forgets_those_who_have_not_asked_for_longest() -> None:
    clock = Clock()
    budget = Budget(100, monotonic=clock)
    budget.purse("first").left = -5
    for start in (0, 20_000):
        for number in range(start, start + 19_999):
            budget.purse(number)
        assert budget.purse("first").left == -5
    for number in range(40_000, 60_000):
        budget.purse(number)
    assert len(budget._purses) == 20_000
    assert budget.purse("first").left == budget.burst


async def started(admission: Admission, order: list[str], name: str, tenant: str) -> None:
    await admission.enter(name, tenant)
    order.append(name)


async def test_queues_are_served_in_turn() -> None:
    admission = Admission(1, 1, 1, 100)
    assert admission.enter_at_once("busy", "T")
    order: list[str] = []
    tasks = [asyncio.create_task(started(admission, order, name, name)) for name in ["greedy"] * 5 + ["b", "c"]]
    await asyncio.sleep(0)
    assert admission.waiting == 7
    admission.leave("busy", "T")
    for _ in range(7):
        await asyncio.sleep(0)
        admission.leave(order[-1], order[-1])
    await asyncio.gather(*tasks)
    assert order == ["greedy", "b", "c", "greedy", "greedy", "greedy", "greedy"]
    assert (admission.running, admission.waiting) == (0, 0)


async def test_a_token_and_a_tenant_have_their_share_of_the_connections() -> None:
    assert (Admission.over(3, 1).per_token, Admission.over(3, 1).per_tenant, Admission.over(1, 1).per_tenant) == (
        1,
        2,
        1,
    )
    admission = Admission.over(12, 10)
    assert (admission.total, admission.per_token, admission.per_tenant) == (12, 4, 8)
    admission = Admission(8, 4, 6, 10)
    assert [admission.enter_at_once("a", "T") for _ in range(5)] == [True] * 4 + [False]
    assert [admission.enter_at_once("b", "T") for _ in range(3)] == [True, True, False]
    assert [admission.enter_at_once("c", "U") for _ in range(3)] == [True, True, False]
    admission.leave("a", "T")
    assert [admission.enter_at_once("d", "T"), admission.enter_at_once("d", "T")] == [True, False]


Step = st.tuples(st.sampled_from(["enter", "enter", "leave", "cancel", "cancel and leave"]), st.integers(0, 5))


@settings(max_examples=200)
@given(st.lists(Step, max_size=60))
def test_however_tasks_come_leave_and_give_up_no_place_is_lost_and_none_is_taken_twice(
    steps: list[tuple[str, int]],
) -> None:
    async def work() -> None:
        admission = Admission(3, 2, 2, 1_000)
        inside: list[tuple[str, str]] = []
        tasks: list[asyncio.Task[None]] = []

        async def enter(token: str, tenant: str) -> None:
            await admission.enter(token, tenant)
            inside.append((token, tenant))

        for step, number in steps:
            if step == "enter":
                tasks.append(asyncio.create_task(enter(f"t{number}", f"T{number // 2}")))
            if "cancel" in step and tasks:
                tasks[number % len(tasks)].cancel()
            if "leave" in step and inside:
                admission.leave(*inside.pop(number % len(inside)))
            if step != "cancel":
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            assert admission.running <= 3
        for _ in range(200):
            await asyncio.sleep(0)
            assert admission.running == len(inside) <= 3
            if inside:
                admission.leave(*inside.pop())
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (admission.running, admission.waiting) == (0, 0)
        assert (admission._of_token, admission._of_tenant, len(admission._queues)) == ({}, {}, 0)

    asyncio.run(work())
