"""The demo's year of books: balanced, gapless, plausible, the same for the same seed."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world

from yuanluo import DemoContext, NodeKind, rows, scoped
from yuanluo.settling import settle
from yuanluo.synthetic import generate_courtyard, plan_district
from yuanluo_finance.book import load_book
from yuanluo_finance.closing import statement_hashes
from yuanluo_finance.demo import write_demo
from yuanluo_finance.rules import check_numbers
from yuanluo_finance.tables import PeriodStatus

YARDS = 3


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


async def demo(world: FinanceWorld, ordinal: int, seed: int = 1) -> tuple[int, Any]:
    """Settle a synthetic courtyard in a courtyard of the test's own and write its books."""
    plan = plan_district(YARDS, seed=seed)
    courtyard = generate_courtyard(plan.courtyards[ordinal], plan.seed)
    tenant = await world.courtyard()
    settled = await settle(world.at(tenant), courtyard)
    context = DemoContext(
        world.at(tenant), NodeKind.COURTYARD, courtyard.plan.number, courtyard.plan.name, seed, {}, settled
    )
    await write_demo(_standing_at(context, tenant))
    return tenant, courtyard


def _standing_at(context: DemoContext, tenant: int) -> DemoContext:
    """Let the books stand at `tenant` but be drawn as at the planned courtyard."""

    class Drawn(DemoContext):
        def random(self, plugin: str) -> Any:
            return context.random(plugin)

    return Drawn(context.command, context.kind, tenant, context.name, context.seed, context.ancestors, context.settled)


async def lines(world: FinanceWorld, tenant: int) -> list[tuple[Any, ...]]:
    """Return the books by natural key, without ids."""
    with scoped(tenant):
        found = await rows(
            world.database,
            "SELECT v.kind, v.year, v.number, v.month, v.entry_date, v.summary, v.handler, f.name, a.account_no,"
            " e.debit_fen, e.credit_fen FROM ledger_entry e"
            " JOIN voucher v ON v.tenant_id = e.tenant_id AND v.id = e.voucher_id"
            " JOIN fund f ON f.tenant_id = e.tenant_id AND f.id = e.fund_id"
            " JOIN ledger_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
            " WHERE e.tenant_id = $1 ORDER BY v.kind, v.year, v.number, e.line_no",
            tenant,
        )
    return [tuple(row.values()) for row in found]


async def test_the_demo_writes_a_year_that_keeps_every_rule(world: FinanceWorld) -> None:
    for ordinal in range(YARDS):
        tenant, courtyard = await demo(world, ordinal)
        with scoped(tenant):
            context = world.at(tenant)
            book = await load_book(context)
            closed = [each for each in book.periods.values() if each.statement_hash is not None]
            hashes = await statement_hashes(context, book, closed)
            unbalanced = await rows(
                world.database,
                "SELECT voucher_id FROM ledger_entry WHERE tenant_id = $1 GROUP BY voucher_id, fund_id"
                " HAVING sum(debit_fen) <> sum(credit_fen)",
                tenant,
            )
        assert len(book.periods) == 12
        assert len(closed) >= 10
        assert [each.statement_hash for each in closed] == [hashes[each.month] for each in closed]
        assert sum(each.status is PeriodStatus.PUBLISHED for each in closed) >= 9
        assert unbalanced == []
        series: dict[tuple[str, int], set[int]] = {}
        months: dict[str, set[tuple[str, int]]] = {}
        for kind, year, number, month, *_ in await lines(world, tenant):
            series.setdefault((kind, year), set()).add(number)
            months.setdefault(month, set()).add((kind, number))
        for numbers in series.values():
            check_numbers(numbers)
        whole = [len(each) for month, each in sorted(months.items())][:-1]
        assert all(4 <= count <= 12 for count in whole)
        [year] = await world.select(
            tenant, "SELECT sum(income_fen) AS came, sum(expense_fen) AS went FROM period WHERE tenant_id = $1"
        )
        households = len(courtyard.households)
        if not courtyard.plan.leaves_sample_rooms:
            assert 30_00 <= int(year["came"]) / households / 12 <= 110_00
        assert 0 < int(year["went"]) < int(year["came"])
        assert await world.counters_agree(tenant)


async def test_the_same_seed_writes_the_same_books(world: FinanceWorld) -> None:
    first, _ = await demo(world, 1)
    second, _ = await demo(world, 1)
    assert await lines(world, first) == await lines(world, second)
    other, _ = await demo(world, 1, seed=2)
    assert await lines(world, other) != await lines(world, first)
