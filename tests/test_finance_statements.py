"""收支公示表 into the books and out again, on both engines."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world, payment, receipt
from houses import TODAY

from yuanluo import (
    Forbidden,
    Invalid,
    NotFound,
    commit_import,
    export_file,
    export_records,
    preview_file,
    run_command,
    run_commands,
)
from yuanluo.sheets import Preview, SkippedRow, preview, write_workbook
from yuanluo_finance.commands import (
    ClosePeriod,
    ConfirmPeriod,
    PublishPeriod,
    ReverseVoucher,
    close_period,
    confirm_period,
    publish_period,
    reverse_voucher,
)
from yuanluo_finance.importing import StatementImport, statement_importer
from yuanluo_finance.refusals import OpeningMismatch, PeriodClosed, StatementMismatch
from yuanluo_finance.statement import FINANCE_STATEMENT, SIDE_BY_SIDE
from yuanluo_finance.tables import FundKind

SAMPLES = Path(__file__).parent / "samples"
SAMPLE = SAMPLES / "03_收支公示表.xlsx"
EXPECTED = json.loads((SAMPLES / "03_收支公示表.expected.json").read_text(encoding="utf-8"))
KEYS = ("entry_date", "voucher_no", "summary", "income_fen", "expense_fen", "handler")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


def sheet(*rows: Mapping[str, Any], opening: int | None = None, period: str | None = "2026-10") -> Preview:
    """A preview as reading a statement makes it, with a hash of its own."""
    income, expense = (sum(row.get(name, 0) for row in rows) for name in ("income_fen", "expense_fen"))
    blank = dict.fromkeys(KEYS) | {"balance_fen": None, "income_fen": 0, "expense_fen": 0}
    records = tuple({"sheet": "表", "row": number, **blank, **row} for number, row in enumerate(rows, 5))
    skipped = () if opening is None else (SkippedRow("表", 4, "OPENING"),)
    meta = {
        "period": period, "opening_fen": opening or 0, "income_fen": income, "expense_fen": expense,
        "closing_fen": (opening or 0) + income - expense,
    }  # fmt: skip
    return Preview("表.xlsx", uuid.uuid4().hex, "finance_statement", (), meta, records, (), skipped)


def row(number: str | None, day: str | None, summary: str, income: int = 0, expense: int = 0) -> dict[str, Any]:
    return {
        "entry_date": day, "voucher_no": number, "summary": summary, "income_fen": income, "expense_fen": expense,
    }  # fmt: skip


def content(records: Any) -> list[tuple[Any, ...]]:
    return [tuple(record[key] for key in KEYS) for record in records]


async def month(world: FinanceWorld, tenant: int, code: str) -> tuple[int, int, int, int]:
    [found] = await world.select(
        tenant,
        "SELECT opening_fen, income_fen, expense_fen, closing_fen FROM statement WHERE tenant_id = $1 AND month = $2",
        code,
    )
    return found["opening_fen"], found["income_fen"], found["expense_fen"], found["closing_fen"]


# import


async def test_the_sample_becomes_vouchers_and_the_ledger_closes_as_the_sheet_does(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    read = preview_file(world.house, "finance_statement", SAMPLE, TODAY)
    assert read.to_json()["records"] == EXPECTED["records"]
    report = await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    assert report.counts == {"vouchers": 7, "opening_vouchers": 1, "skipped": 0, "funds": 1}
    meta = EXPECTED["meta"]
    assert await month(world, tenant, "2026-10") == (
        meta["opening_fen"], meta["income_fen"], meta["expense_fen"], meta["closing_fen"],
    )  # fmt: skip
    found = await world.select(
        tenant,
        "SELECT v.external_no, v.entry_date, v.month, a.account_no, e.debit_fen, e.credit_fen, f.kind FROM voucher v"
        " JOIN ledger_entry e ON e.tenant_id = v.tenant_id AND e.voucher_id = v.id"
        " JOIN ledger_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
        " JOIN fund f ON f.tenant_id = e.tenant_id AND f.id = e.fund_id"
        " WHERE v.tenant_id = $1 ORDER BY v.id, e.line_no",
    )
    lines = [tuple(each.values()) for each in found]
    assert lines[0] == (None, "2026-10", "2026-10", "1002", 1234567, 0, "PUBLIC_REVENUE")
    assert lines[2:4] == [
        ("收-01", "2026-10-08", "2026-10", "1002", 480000, 0, "PUBLIC_REVENUE"),
        ("收-01", "2026-10-08", "2026-10", "4101", 0, 480000, "PUBLIC_REVENUE"),
    ]
    assert [line[3] for line in lines[4::2]] == ["5101", "5104", "1002", "5105", "5106", "5103"]
    assert lines[-1][:3] == ("付-06", "2026-11-01", "2026-10")
    assert await world.counters_agree(tenant)


async def test_the_same_file_a_second_time_writes_nothing(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    accountant = world.at(tenant, "ACCOUNTANT")
    read = preview_file(world.house, "finance_statement", SAMPLE, TODAY)
    first = await commit_import(accountant, read)
    again = await commit_import(accountant, read)
    assert again.repeated
    assert again.batch_id == first.batch_id
    [found] = await world.select(tenant, "SELECT count(*) AS n FROM voucher WHERE tenant_id = $1")
    assert found["n"] == 8


async def test_only_the_accountant_imports_a_statement(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    with pytest.raises(Forbidden):
        await commit_import(world.at(tenant, "CASHIER"), sheet(row("收-1", "2026-10-01", "停车费", 5)))


async def test_an_opening_that_is_not_the_ledgers_refuses_the_file(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    accountant = world.at(tenant, "ACCOUNTANT")
    await commit_import(accountant, sheet(row("收-1", "2026-09-01", "停车费", 50), opening=100, period="2026-09"))
    with pytest.raises(OpeningMismatch):
        await commit_import(accountant, sheet(row("收-1", "2026-10-01", "停车费", 5), opening=149))
    await commit_import(accountant, sheet(row("收-1", "2026-10-01", "停车费", 5), opening=150))
    assert await month(world, tenant, "2026-10") == (150, 5, 0, 155)


async def test_a_deficit_is_brought_in_as_one(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    read = sheet(row("收-1", "2026-10-01", "停车费", 5), opening=-133_200)
    await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    assert await month(world, tenant, "2026-10") == (-133_200, 5, 0, -133_195)


async def test_rows_that_are_in_the_books_are_passed_over_and_others_under_their_number_refused(
    world: FinanceWorld,
) -> None:
    tenant = await world.courtyard()
    accountant = world.at(tenant, "ACCOUNTANT")
    first, second = row("收-1", "2026-10-01", "停车费", 5), row("付-1", "2026-10-02", "水电费", 0, 3)
    await commit_import(accountant, sheet(first))
    report = await commit_import(accountant, sheet(first, second))
    assert report.counts == {"vouchers": 1, "opening_vouchers": 0, "skipped": 1, "funds": 0}
    with pytest.raises(StatementMismatch, match="收-1"):
        await commit_import(accountant, sheet(row("收-1", "2026-10-01", "停车费", 6), second))


async def test_a_sheet_that_leaves_out_what_the_ledger_has_is_refused_whole(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 7, "2026-10-03"))
    with pytest.raises(StatementMismatch, match="other vouchers"):
        await commit_import(world.at(tenant, "ACCOUNTANT"), sheet(row("收-1", "2026-10-01", "停车费", 5)))
    [found] = await world.select(tenant, "SELECT count(*) AS n FROM voucher WHERE tenant_id = $1")
    assert found["n"] == 1


async def test_a_closed_month_takes_no_sheet(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    accountant = world.at(tenant, "ACCOUNTANT")
    await commit_import(accountant, sheet(row("收-1", "2026-10-01", "停车费", 5)))
    await run_command(close_period, accountant, ClosePeriod(await world.period(tenant, "2026-10")))
    with pytest.raises(PeriodClosed):
        await commit_import(accountant, sheet(row("收-2", "2026-10-01", "停车费", 5)))


async def test_a_quarter_is_booked_month_by_month_and_dates_outside_stay_within_it(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    read = sheet(
        row("收-1", "2026-06-30", "停车费", 1), row("收-2", "2026-08-05", "停车费", 2), row("收-3", None, "停车费", 4),
        row("收-4", "2026-09-30", "停车费", 8), row("收-5", "2026-10-09", "停车费", 16), opening=100, period="2026-Q3",
    )  # fmt: skip
    await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    assert [await month(world, tenant, f"2026-0{number}") for number in (7, 8, 9)] == [
        (100, 1, 0, 101),
        (101, 6, 0, 107),
        (107, 24, 0, 131),
    ]


async def test_without_a_period_in_the_title_the_dates_say_the_month(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    read = sheet(row("收-1", "2026-09-30", "停车费", 1), row(None, "2026-10", "水电费", 0, 1), period=None)
    await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    assert await month(world, tenant, "2026-10") == (1, 0, 1, 0)
    with pytest.raises(Invalid, match="month"):
        await commit_import(world.at(tenant, "ACCOUNTANT"), sheet(row("收-9", "2026", "停车费", 1), period=None))


async def test_red_rows_are_booked_in_red(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    read = sheet(
        {"side": "L", **row("收-1", "2026-10-01", "停车费", 500)},
        {"side": "R", **row("付-1", "2026-10-02", "冲水电费", 0, -120)},
    )
    await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    assert await month(world, tenant, "2026-10") == (0, 500, -120, 620)
    found = await world.select(
        tenant, "SELECT debit_fen, credit_fen FROM ledger_entry WHERE tenant_id = $1 AND fund_id = $2 ORDER BY id", fund
    )
    assert [tuple(each.values()) for each in found[2:]] == [(-120, 0), (0, -120)]


async def test_the_fund_and_the_money_account_are_parameters(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    importer = statement_importer(StatementImport(FundKind.SELF_MANAGED_FEES, money_account="1001"))
    house = dataclasses.replace(
        world.house,
        composition=dataclasses.replace(world.house.composition, importers={"finance_statement": importer}),
    )
    context = dataclasses.replace(world.at(tenant, "ACCOUNTANT"), house=house)
    await commit_import(context, sheet(row("收-1", "2026-10-01", "收自管费", 5)))
    found = await world.select(
        tenant,
        "SELECT f.kind, a.account_no FROM ledger_entry e"
        " JOIN fund f ON f.tenant_id = e.tenant_id AND f.id = e.fund_id"
        " JOIN ledger_account a ON a.tenant_id = e.tenant_id AND a.id = e.account_id"
        " WHERE e.tenant_id = $1 ORDER BY e.line_no",
    )
    assert [tuple(each.values()) for each in found] == [("SELF_MANAGED_FEES", "1001"), ("SELF_MANAGED_FEES", "4102")]


# export


async def test_an_exported_statement_reads_back_as_the_same_rows(world: FinanceWorld, tmp_path: Path) -> None:
    tenant, twin = await world.courtyard(), await world.courtyard()
    read = preview_file(world.house, "finance_statement", SAMPLE, TODAY)
    await commit_import(world.at(tenant, "ACCOUNTANT"), read)
    path = tmp_path / "out.xlsx"
    assert await export_file(world.at(tenant, "SUPERVISOR"), "finance_statement", path, {"period": "2026-10"}) == 7
    back = preview_file(world.house, "finance_statement", path, TODAY)
    assert {issue.code for issue in back.issues} == {"W_OUT_OF_PERIOD"}
    assert content(back.records) == content(read.records)
    assert {key: back.meta[key] for key in EXPECTED["meta"] if key in back.meta} | {
        "declared_expense_fen": 510780
    } == EXPECTED["meta"]
    await commit_import(world.at(twin, "ACCOUNTANT"), back)
    assert await month(world, twin, "2026-10") == await month(world, tenant, "2026-10")
    again = await export_records(world.at(twin, "SUPERVISOR"), "finance_statement")
    first = await export_records(world.at(tenant, "SUPERVISOR"), "finance_statement")
    assert again.records == first.records
    assert again.meta == first.meta


async def test_importing_a_courtyards_own_export_adds_nothing(world: FinanceWorld, tmp_path: Path) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(tenant, receipt(fund, 900, "2026-10-01"), payment(fund, 40, "2026-10-03", handler="周福生"))
    path = tmp_path / "out.xlsx"
    await export_file(world.at(tenant, "ACCOUNTANT"), "finance_statement", path)
    back = preview_file(world.house, "finance_statement", path, TODAY)
    report = await commit_import(world.at(tenant, "ACCOUNTANT"), back)
    assert report.counts == {"vouchers": 0, "opening_vouchers": 0, "skipped": 2, "funds": 0}


async def test_a_statement_with_red_entries_reads_back_in_the_form_with_both_sides(
    world: FinanceWorld, tmp_path: Path
) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    posted = await world.post(tenant, receipt(fund, 900, "2026-11-01"), payment(fund, 40, "2026-11-03"))
    wrong = posted.subject_ids[1]
    assert wrong is not None
    await run_command(reverse_voucher, world.at(tenant, "ACCOUNTANT"), ReverseVoucher(wrong, "错", "2026-11-04"))
    exported = await export_records(world.at(tenant, "ACCOUNTANT"), "finance_statement", {"period": "2026-11"})
    assert [record["side"] for record in exported.records] == ["L", "R", "R"]
    path = tmp_path / "red.xlsx"
    write_workbook(
        FINANCE_STATEMENT, exported.records, path, title=exported.title, meta=exported.meta, form=SIDE_BY_SIDE
    )
    back = preview(FINANCE_STATEMENT, path, today=TODAY)
    assert [issue.code for issue in back.issues] == ["W_RED_ENTRY"]
    assert [record["expense_fen"] for record in back.records] == [0, 40, -40]
    assert back.meta["closing_fen"] == 900


async def test_a_closed_month_exports_what_was_closed_and_void_numbers_stay_out(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fees, revenue = await world.fund(tenant, FundKind.SELF_MANAGED_FEES), await world.fund(tenant)
    await world.post(tenant, receipt(fees, 3, "2026-10-01"), receipt(revenue, 5, "2026-10-02"))
    await run_commands(
        close_period, world.at(tenant, "ACCOUNTANT"), [ClosePeriod(await world.period(tenant, "2026-10"))]
    )
    await run_commands(
        confirm_period, world.at(tenant, "SUPERVISOR"), [ConfirmPeriod(await world.period(tenant, "2026-10"))]
    )
    await run_commands(
        publish_period, world.at(tenant, "SUPERVISOR"), [PublishPeriod(await world.period(tenant, "2026-10"))]
    )
    context = world.at(tenant, "COUNCIL_DIRECTOR")
    assert [each["income_fen"] for each in (await export_records(context, "finance_statement")).records] == [5]
    chosen = await export_records(context, "finance_statement", {"fund": "SELF_MANAGED_FEES"})
    assert content(chosen.records) == [("2026-10-01", "收-001", "停车费", 3, 0, None)]
    assert chosen.meta["closing_fen"] == 3
    with pytest.raises(NotFound):
        await export_records(context, "finance_statement", {"fund": "捐赠"})
    with pytest.raises(NotFound):
        await export_records(context, "finance_statement", {"period": "2026-09"})


async def test_a_number_that_comes_twice_in_a_statement_is_told_apart(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    await world.post(
        tenant, receipt(fund, 1, "2026-10-01", external_no="收-1"), receipt(fund, 2, "2026-10-02", external_no="收-1")
    )
    exported = await export_records(world.at(tenant), "finance_statement")
    assert [each["voucher_no"] for each in exported.records] == ["收-1", "收-1-2"]
