"""The data set of the figures: courtyards of one shape, written in bulk below the commands into the real schema.

Each courtyard has 200 people, 5 organizations with officers, 100 ledger entries and 20 activities. The rows come from
the synthetic district of the demo, so that names and IDs look as they do in life; the same seed gives the same rows
but for their ids. The counter rows are counted from what was written, by the same code that checks them in life.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

from uuid_utils.compat import uuid7

from yuanluo.authority import operator
from yuanluo.clock import fixed_clock
from yuanluo.command import CommandContext
from yuanluo.counters import repair_counter
from yuanluo.courtyards import Courtyard
from yuanluo.house import House
from yuanluo.organizations import Organization
from yuanluo.people import Person
from yuanluo.registering import CreatePerson, person_columns
from yuanluo.seats import Seat
from yuanluo.synthetic import REFERENCE_DAY, CourtyardPlan, derive, generate_courtyard, plan_district
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tree import Node, ancestors, number_of

__all__ = ["Sizes", "fill"]

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


class Sizes:
    """How many rows of each register a courtyard has."""

    people = 200
    organizations = 5
    officers = 5
    entries = 100
    activities = 20


async def fill(house: House, courtyards: int, *, seed: int = 1, quiet: bool = False) -> list[int]:
    """Fill an empty, migrated and opened house of either engine; return the numbers of the courtyards."""
    plan = plan_district(courtyards, seed, people=Sizes.people)
    await _tree(house, plan)
    numbers: list[int] = []
    for index, entry in enumerate(plan.courtyards):
        with scoped(entry.number):
            async with house.database.transaction():
                await _courtyard(house, entry, seed)
                for counter in house.composition.counters:
                    await repair_counter(house.database, counter, entry.number)
        numbers.append(entry.number)
        if not quiet and index % 50 == 49:
            sys.stderr.write(f"\r{index + 1}/{courtyards}")
            sys.stderr.flush()
    return numbers


async def _tree(house: House, plan: Any) -> None:
    nodes: list[dict[str, Any]] = []

    def add(code: str, kind: str, name: str, number: int) -> None:
        above = ancestors(number)
        chain = {"district": above.district, "subdistrict": above.subdistrict, "community": above.community}
        own = {key: value for key, value in chain.items() if value is not None and value != number}
        parent = max(own.values(), default=None)
        nodes.append(
            {"number": number, "code": code, "kind": kind, "name": name, "status": "OPEN", "parent": parent, **own}
        )

    add(plan.code, "DISTRICT", plan.name, number_of(plan.code))
    for each in plan.subdistricts:
        add(each.code, "SUBDISTRICT", each.name, number_of(each.code))
    for each in plan.communities:
        add(each.code, "COMMUNITY", each.name, number_of(each.code))
    for each in plan.courtyards:
        add(each.code, "COURTYARD", each.name, each.number)
    await house.database.insert_rows(Node, nodes)


async def _courtyard(house: House, entry: CourtyardPlan, seed: int) -> None:
    rng = derive(seed, entry.code, "bench")
    number, database = entry.number, house.database
    above = ancestors(number)
    context = CommandContext(house, operator(), number, fixed_clock(REFERENCE_DAY))
    synthetic = generate_courtyard(entry, seed)
    await database.insert_rows(
        Courtyard,
        [
            {
                "tenant_id": number,
                "code": entry.code,
                "name": entry.name,
                "name_pinyin": entry.name,
                "address": entry.address,
                "kind": entry.kind,
                "management_mode": entry.management_mode,
                "built_years": entry.built_years,
                "building_count": entry.building_count,
                "has_owners_assembly": entry.has_owners_assembly,
                "community": above.community,
                "subdistrict": above.subdistrict,
                "district": above.district,
                "opened_on": REFERENCE_DAY,
            }
        ],
    )
    people = await context.insert(
        Person,
        [
            person_columns(
                CreatePerson(
                    each.name, birth=each.birth, ethnicity=each.ethnicity, id_number=each.id_number, phone=each.phone
                ),
                REFERENCE_DAY,
            )
            for each in synthetic.people[: Sizes.people]
        ],
    )
    organizations = await context.insert(
        Organization,
        [
            {
                "kind": f"BODY_{n}",
                "name": f"{entry.name}组织{n}",
                "established_on": f"2020-01-{n + 1:02}",
                "status": "ACTIVE",
            }
            for n in range(Sizes.organizations)
        ],
    )
    await context.insert(
        Seat,
        [
            {
                "organization_id": body,
                "person_id": people[rng.randrange(len(people))],
                "role": f"MEMBER{n}",
                "started_on": dt.date(2024, 1, 1),
            }
            for body in organizations
            for n in range(Sizes.officers)
        ],
    )
    await _ledger(house, context, rng)
    await _activities(context, rng)


async def _ledger(house: House, context: CommandContext, rng: Any) -> None:
    tables = house.registry
    fund, account, period, voucher, entry = (
        tables.table(name) for name in ("fund", "ledger_account", "period", "voucher", "ledger_entry")
    )
    (fund_id,) = await context.insert(
        fund,
        [
            {
                "kind": "PUBLIC_REVENUE",
                "name": "公共收益",
                "custody": "COURTYARD",
                "status": "OPEN",
                "opened_on": dt.date(2026, 1, 1),
            }
        ],
    )
    bank, income = await context.insert(
        account,
        [
            {"account_no": "1002", "name": "银行", "account_class": "MONEY"},
            {"account_no": "4001", "name": "停车费", "account_class": "INCOME"},
        ],
    )
    months = await context.insert(
        period,
        [
            {
                "month": f"2026-{m:02}",
                "first_day": dt.date(2026, m, 1),
                "last_day": dt.date(2026, m, 28),
                "year_last_day": dt.date(2026, 12, 31),
                "status": "OPEN",
                "close_due_on": dt.date(2026, m, 28),
                "publish_due_on": dt.date(2026, m, 28),
            }
            for m in range(1, 13)
        ],
    )
    vouchers: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for n in range(Sizes.entries // 2):
        month = n % 12 + 1
        amount = rng.randrange(1_000, 500_000)
        voucher_id = uuid7()
        day = dt.date(2026, month, 1 + n % 28)
        shared = {"month": f"2026-{month:02}", "entry_date": day.isoformat()}
        vouchers.append(
            {
                "id": voucher_id,
                "kind": "RECEIPT",
                "year": 2026,
                "number": n + 1,
                "period_id": months[month - 1],
                "summary": "停车费",
                "amount_fen": amount,
                "handler": "周福生",
                "status": "POSTED",
                **shared,
            }
        )
        for line, (account_id, account_no, klass, debit, credit) in enumerate(
            ((bank, "1002", "MONEY", amount, 0), (income, "4001", "INCOME", 0, amount)), 1
        ):
            entries.append(
                {
                    "voucher_id": voucher_id,
                    "line_no": line,
                    "fund_id": fund_id,
                    "kind": "RECEIPT",
                    "account_id": account_id,
                    "account_no": account_no,
                    "account_class": klass,
                    "debit_fen": debit,
                    "credit_fen": credit,
                    "net_fen": credit if klass == "INCOME" else 0,
                    **shared,
                }
            )
    await context.insert(voucher, vouchers)
    await context.insert(entry, entries)


async def _activities(context: CommandContext, rng: Any) -> None:
    activity = context.house.registry.table("activity")
    rows: list[dict[str, Any]] = []
    for n in range(Sizes.activities):
        day = REFERENCE_DAY + dt.timedelta(days=rng.randrange(-200, 120))
        start = dt.datetime.combine(day, dt.time(9 + n % 8), SHANGHAI).astimezone(dt.timezone.utc)
        rows.append(
            {
                "kind": "FESTIVAL",
                "title": f"活动{n}",
                "day": day,
                "starts_at": start,
                "ends_at": start + dt.timedelta(hours=2),
                "place": "院坝",
                "capacity": 50,
                "budget_fen": 100_00 * n,
                "status": "PUBLISHED",
            }
        )
    await context.insert(activity, rows)
