"""Exports as files, on both engines: the form the records ask for, whole or not at all, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world, payment, receipt
from houses import TODAY
from sheets_support import FINANCE, SIDES

from yuanluo import Forbidden, Invalid, NotFound, commit_import, export_file, export_records, preview_file, run_command
from yuanluo_finance.commands import ReverseVoucher, reverse_voucher

KEYS = ("side", "entry_date", "voucher_no", "summary", "income_fen", "expense_fen", "handler")
NOVEMBER = {"period": "2026-11"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


async def red_month(world: FinanceWorld, handler: str | None = None) -> int:
    """A courtyard with a payment reversed in the same month."""
    tenant = await world.courtyard()
    fund = await world.fund(tenant)
    posted = await world.post(
        tenant,
        receipt(fund, 90_000, "2026-11-01", handler=handler),
        payment(fund, 4_000, "2026-11-03", handler="周福生"),
        payment(fund, 2_500, "2026-11-05", "清掏化粪池"),
    )
    wrong = posted.subject_ids[1]
    assert wrong is not None
    await run_command(reverse_voucher, world.at(tenant, "ACCOUNTANT"), ReverseVoucher(wrong, "错", "2026-11-04"))
    return tenant


async def written(world: FinanceWorld, tenant: int, path: Path) -> list[Any]:
    """Export November; return the header row, which is the third under title and period."""
    await export_file(world.at(tenant, "SUPERVISOR"), "finance_statement", path, NOVEMBER)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [cell.value for cell in sheet[3]]


def content(records: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(record[key] for key in KEYS) for record in records]


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def exports(world: FinanceWorld, tenant: int) -> int:
    [row] = await world.select(
        tenant, "SELECT count(*) AS n FROM record WHERE tenant_id = $1 AND kind = 'export.finance_statement'"
    )
    return int(row["n"])


@pytest.mark.parametrize("handler", [None, "何大成"])
async def test_a_month_with_red_entries_is_written_side_by_side_and_reads_back_the_same(
    world: FinanceWorld, tmp_path: Path, handler: str | None
) -> None:
    tenant, twin = await red_month(world, handler), await world.courtyard()
    path = tmp_path / "十一月.xlsx"
    assert await written(world, tenant, path) == (SIDES if handler is None else [*SIDES[:4], "经手人", *SIDES[4:]])
    first = await export_records(world.at(tenant, "SUPERVISOR"), "finance_statement", NOVEMBER)
    assert sorted(record["expense_fen"] for record in first.records) == [-4_000, 0, 2_500, 4_000]
    back = preview_file(world.house, "finance_statement", path, TODAY)
    assert [issue.code for issue in back.issues] == ["W_RED_ENTRY"]
    assert content(back.records) == content(first.records)
    assert {key: back.meta[key] for key in first.meta} == first.meta
    await commit_import(world.at(twin, "ACCOUNTANT"), back)
    again = await export_records(world.at(twin, "SUPERVISOR"), "finance_statement", NOVEMBER)
    assert content(again.records) == content(first.records)
    assert again.meta == first.meta


async def test_importing_a_red_month_where_it_came_from_adds_nothing(world: FinanceWorld, tmp_path: Path) -> None:
    tenant, path = await red_month(world), tmp_path / "十一月.xlsx"
    await written(world, tenant, path)
    back = preview_file(world.house, "finance_statement", path, TODAY)
    report = await commit_import(world.at(tenant, "ACCOUNTANT"), back)
    assert (report.counts["vouchers"], report.counts["skipped"]) == (0, 4)


async def test_a_month_without_red_entries_keeps_the_usual_form(world: FinanceWorld, tmp_path: Path) -> None:
    tenant = await world.courtyard()
    await world.post(tenant, receipt(await world.fund(tenant), 500, "2026-11-02"))
    assert await written(world, tenant, tmp_path / "十一月.xlsx") == FINANCE


async def test_an_export_replaces_the_file_that_was_there(world: FinanceWorld, tmp_path: Path) -> None:
    tenant, path = await red_month(world), tmp_path / "十一月.XLSX"
    path.write_bytes(b"last month's")
    await written(world, tenant, path)
    assert names_in(tmp_path) == [path.name]


async def test_an_export_that_fails_leaves_the_old_file_and_nothing_beside_it(
    world: FinanceWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, path = await red_month(world), tmp_path / "十一月.xlsx"
    path.write_bytes(b"last month's")

    def full(_self: Path, _target: Path) -> Path:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        await export_file(world.at(tenant), "finance_statement", path)
    assert path.read_bytes() == b"last month's"
    assert names_in(tmp_path) == [path.name]


@pytest.mark.parametrize("name", ["十一月.xls", "十一月", "no such folder/十一月.xlsx"])
async def test_a_file_that_cannot_be_written_is_refused_before_anything_is_filed(
    world: FinanceWorld, tmp_path: Path, name: str
) -> None:
    tenant = await red_month(world)
    with pytest.raises(Invalid):
        await export_file(world.at(tenant), "finance_statement", tmp_path / name)
    assert await exports(world, tenant) == 0


async def test_an_export_is_filed_with_its_purpose_and_a_refused_one_is_not(
    world: FinanceWorld, tmp_path: Path
) -> None:
    tenant = await red_month(world)
    with pytest.raises(Forbidden):
        await export_file(world.at(tenant, "CASHIER"), "finance_statement", tmp_path / "a.xlsx")
    assert await exports(world, tenant) == 0
    assert await export_file(world.at(tenant, "SUPERVISOR"), "finance_statement", tmp_path / "a.xlsx") == 4
    assert await exports(world, tenant) == 1


async def test_a_kind_nobody_exports_is_named_with_those_there_are(world: FinanceWorld, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"cat_roster.*finance_statement.*owner_roster"):
        await export_file(world.at(await world.courtyard()), "cat_roster", tmp_path / "a.xlsx")
