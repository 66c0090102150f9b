"""Options of an import, on both engines: what the sheet does not say, such as the fund, is chosen by the caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from finance_world import FinanceWorld, build_finance_world
from houses import TODAY
from typer.testing import CliRunner

from yuanluo import Importer, Invalid, NotFound, commit_import, run_command
from yuanluo.importing import Commit
from yuanluo.sheets import OWNER_ROSTER, Preview
from yuanluo_finance.commands import OpenFund, open_fund
from yuanluo_finance.tables import FundKind
from yuanluo_graphql.cli import app
from yuanluo_graphql.exchange import chosen_options

SAMPLE = Path(__file__).parent / "samples" / "03_收支公示表.xlsx"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> FinanceWorld:
    return await build_finance_world(make_database)


def statement(fen: int = 500, kind: str = "finance_statement") -> Preview:
    """A month with one receipt."""
    record: dict[str, object] = {
        "sheet": "表", "row": 5, "entry_date": "2026-10-08", "voucher_no": "收-1", "summary": "停车费",
        "income_fen": fen, "expense_fen": 0, "balance_fen": None, "handler": None,
    }  # fmt: skip
    meta = {"period": "2026-10", "opening_fen": 0, "income_fen": fen, "expense_fen": 0, "closing_fen": fen}
    return Preview("十月.xlsx", f"{fen:064}", kind, (), meta, (record,), (), ())


async def booked(world: FinanceWorld, tenant: int) -> dict[str, int]:
    """Income by name of the fund."""
    found = await world.select(
        tenant,
        "SELECT f.name, sum(e.debit_fen) AS fen FROM ledger_entry e"
        " JOIN fund f ON f.tenant_id = e.tenant_id AND f.id = e.fund_id WHERE e.tenant_id = $1 GROUP BY f.name",
    )
    return {row["name"]: int(row["fen"]) for row in found}


@pytest.mark.parametrize("chosen", ["SELF_MANAGED_FEES", "自管费用"])
async def test_a_statement_is_booked_into_the_kind_of_fund_that_was_chosen(world: FinanceWorld, chosen: str) -> None:
    tenant = await world.courtyard()
    report = await commit_import(world.at(tenant, "ACCOUNTANT"), statement(), {"fund": chosen})
    assert report.counts["funds"] == 1
    assert await booked(world, tenant) == {"自管费用": 500}


async def test_a_fund_chosen_by_name_goes_before_its_kind(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    for name in ("东门公共收益", "公共收益", "重阳节捐赠"):
        kind, purpose = (FundKind.DONATION, "敬老") if "捐赠" in name else (FundKind.PUBLIC_REVENUE, None)
        await run_command(open_fund, world.at(tenant), OpenFund(kind, name, purpose=purpose))
    await commit_import(world.at(tenant, "ACCOUNTANT"), statement(7), {"fund": "重阳节捐赠"})
    await commit_import(world.at(tenant, "ACCOUNTANT"), statement(8), {"fund": "公共收益"})
    assert await booked(world, tenant) == {"重阳节捐赠": 7, "公共收益": 8}


async def test_without_options_an_import_does_as_before(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    await commit_import(world.at(tenant, "ACCOUNTANT"), statement())
    assert await booked(world, tenant) == {"公共收益": 500}


async def test_a_fund_that_is_not_there_refuses_the_file_and_leaves_nothing(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    with pytest.raises(NotFound, match="SELF_MANAGED_FEES"):
        await commit_import(world.at(tenant, "ACCOUNTANT"), statement(), {"fund": "菜金"})
    assert await booked(world, tenant) == {}
    assert (await commit_import(world.at(tenant, "ACCOUNTANT"), statement())).repeated is False


async def test_the_same_file_is_not_booked_again_into_another_fund(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    await commit_import(world.at(tenant, "ACCOUNTANT"), statement())
    again = await commit_import(world.at(tenant, "ACCOUNTANT"), statement(), {"fund": "自管费用"})
    assert again.repeated
    assert await booked(world, tenant) == {"公共收益": 500}


async def test_the_record_of_an_import_says_what_was_chosen(world: FinanceWorld) -> None:
    tenant = await world.courtyard()
    await commit_import(world.at(tenant, "ACCOUNTANT"), statement(), {"fund": "自管费用"})
    [row] = await world.select(
        tenant, "SELECT content FROM record WHERE tenant_id = $1 AND kind = 'import.finance_statement'"
    )
    assert json.loads(row["content"])["payload"]["options"] == {"fund": "自管费用"}


@pytest.mark.parametrize(("kind", "known"), [("finance_statement", "fund"), ("owner_roster", "none")])
async def test_an_option_that_a_kind_does_not_have_is_refused(world: FinanceWorld, kind: str, known: str) -> None:
    context = world.at(await world.courtyard())
    with pytest.raises(Invalid, match=f"no option 'colour'; there are: {known}"):
        await commit_import(context, statement(kind=kind), {"colour": "red"})


def test_an_importer_has_options_and_the_way_to_take_them_or_neither() -> None:
    async def commit(_context: object, _preview: object) -> Mapping[str, int]:
        raise AssertionError("never run")

    def configure(_chosen: Mapping[str, str]) -> Commit:
        return commit

    halves: list[dict[str, Any]] = [{"options": {"fund": "资金"}}, {"configure": configure}]
    for half in halves:
        with pytest.raises(ValueError, match="owner_roster needs both"):
            Importer(OWNER_ROSTER, commit=commit, **half)
    whole = Importer(OWNER_ROSTER, commit=commit, options={"fund": "资金"}, configure=configure)
    assert whole.with_options({}) is commit


def test_options_are_written_as_name_and_value() -> None:
    assert chosen_options(["fund=重阳=节", "period="]) == {"fund": "重阳=节", "period": ""}
    assert chosen_options(None) == {}
    for word in ("fund", "=捐赠"):
        with pytest.raises(Invalid):
            chosen_options([word])


def test_the_command_line_checks_options_before_it_reads_or_writes() -> None:
    call = ["import", "finance_statement", str(SAMPLE), "--courtyard", "5101060320010001", "--dry-run", "--json"]
    call += ["--today", TODAY.isoformat()]
    fine = CliRunner().invoke(app, [*call, "--option", "fund=捐赠"])
    assert json.loads(fine.stdout)["counts"]["records"] == 7
    wrong = CliRunner().invoke(app, [*call, "--option", "colour=red"])
    assert isinstance(wrong.exception, Invalid)
