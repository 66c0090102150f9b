"""`yuanluo check` beyond counters: each thing that is wrong in books, numbers, offices and records is found and told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from plots import plugin_of

import yuanluo
from yuanluo import Composition, House, PluginError, Plugins, hookimpl
from yuanluo.checking import Found, check_house
from yuanluo.records import file_record
from yuanluo_finance.checks import _number
from yuanluo_graphql.cli_check import print_checked
from yuanluo_graphql.demo import build_district
from yuanluo_tenants.crypto import Keyring, new_key
from yuanluo_tenants.tree import code_of

COURTYARD = 5101060320010001
NAMED = re.compile(r"\d{4}-[收付转]-\d{3}|\d{4}-\d\d")
"""A voucher's number, or a month or a day: what somebody finds the row by."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    """The demo's first courtyard, with the guide's plugin beside the bundled ones."""
    bundled = Plugins.load()
    found = {name: bundled.module(name) for name in ("party", "council", "finance", "culture")}
    plugins = Plugins.load({**found, "plots": plugin_of("yuanluo_plots_checks")}, entry_points=False)
    made = House.build(await make_database(Composition.of(plugins).registry), Keyring.single(new_key()), plugins)
    await build_district(made, courtyards=1, seed=1, progress=lambda *_: None)
    await file_alone(made)
    return made


async def file_alone(house: House) -> None:
    """File a voucher and a closed month as their commands do for one; the demo posts and closes many at once."""
    voucher = await select(house, "SELECT * FROM voucher WHERE number = 2 ORDER BY id LIMIT 1")
    period = await select(house, "SELECT * FROM period WHERE statement_hash IS NOT NULL ORDER BY id LIMIT 1")
    first = await select(house, "SELECT * FROM voucher WHERE status = 'POSTED' ORDER BY id LIMIT 1")
    posted = [
        ("Voucher", row["id"], {"voucher": _number(row), "month": row["month"], "amount_fen": row["amount_fen"]})
        for row in (voucher, first)
    ]
    closed = ("Period", period["id"], {"month": period["month"], "statement_hash": period["statement_hash"]})
    with yuanluo.scoped(COURTYARD):
        for type_name, subject, payload in (*posted, closed):
            async with house.database.transaction():
                await file_record(
                    *(house.database, house.keys, "voucher.post" if type_name == "Voucher" else "period.confirm"),
                    tenant=COURTYARD,
                    actor="operator",
                    subject_type=type_name,
                    subject_id=subject,
                    body="finance",
                    now=yuanluo.system_clock(),
                    day=yuanluo.system_clock().date(),
                    payload=payload,
                )


async def past_the_locks(house: House, table: str, sql: str, *args: Any) -> None:
    """Change rows as somebody who owns the database file or the schema could."""
    async with house.database.owner() as owner:
        if house.database.dialect == "postgresql":
            await owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            await owner.execute(sql, args)
            await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            await owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            return
        triggers = await owner.fetch(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
        )
        for trigger in triggers:
            await owner.execute(f"DROP TRIGGER {trigger['name']}")
        await owner.execute(sql.replace("$", "?"), args)
        for trigger in triggers:
            await owner.execute(trigger["sql"])


async def select(house: House, sql: str, *args: Any) -> Any:
    with yuanluo.scoped(COURTYARD):
        return (await yuanluo.rows(house.database, sql, *args))[0]


@asynccontextmanager
async def corrupted(house: House, table: str, column: str, where: str, new: str) -> AsyncIterator[Any]:
    """Change one column of one row for the length of a block, and give the row as it was."""
    row = await select(house, f"SELECT * FROM {table} WHERE {where} ORDER BY id LIMIT 1")
    await past_the_locks(house, table, f"UPDATE {table} SET {column} = {new} WHERE id = $1", row["id"])
    try:
        yield row
    finally:
        await past_the_locks(house, table, f"UPDATE {table} SET {column} = $1 WHERE id = $2", row[column], row["id"])


async def found_in(house: House) -> Sequence[Found]:
    found = (await check_house(house)).found
    assert {each.finding.tenant for each in found} <= {COURTYARD}
    for each in found:
        finding = each.finding
        assert all((finding.zh, finding.en, finding.next_zh, finding.next_en))
    return found


async def test_nothing_is_wrong_in_what_commands_wrote(house: House) -> None:
    checked = await check_house(house)
    assert checked.is_right, checked.found
    assert checked.checks == 7


@pytest.mark.parametrize(
    ("table", "column", "where", "new", "check", "told"),
    [
        ("ledger_entry", "debit_fen", "debit_fen > 0", "debit_fen + 100", "finance.balance", "借贷不平"),
        ("ledger_entry", "net_fen", "net_fen > 0", "net_fen + 1", "finance.balance", "净资产变动"),
        ("voucher", "amount_fen", "status = 'POSTED'", "amount_fen + 1", "finance.balance", "与分录合计"),
        ("voucher", "amount_fen", "status = 'POSTED'", "amount_fen + 1", "finance.records", "条记录不符(amount_fen"),
        ("voucher", "number", "number = 2", "9999", "finance.numbers", "-002"),
        ("voucher", "month", "number = 2", "'2020-01'", "finance.records", "条记录不符(month"),
        ("statement", "closing_fen", "closing_fen > 0", "closing_fen + 1", "finance.statements", "本期结余存为"),
        ("statement", "opening_fen", "closing_fen > 0", "opening_fen - 1", "finance.statements", "上期结余存为"),
        ("period", "expense_fen", "expense_fen > 0", "expense_fen - 1", "finance.statements", "全部资金的本期支出"),
        ("period", "statement_hash", "statement_hash IS NOT NULL", "'0'", "finance.records", "(statement_hash:"),
        ("seat", "term_end", "ended_on IS NULL", "'1990-01-01'", "seats", "届满日期 1990-01-01 早于任职日期"),
        ("seat", "ended_by", "ended_on IS NULL", "'RESIGN'", "seats", "离任日期与离任原因"),
    ],
)
async def test_what_was_changed_past_the_platform_is_found(
    house: House, table: str, column: str, where: str, new: str, check: str, told: str
) -> None:
    async with corrupted(house, table, column, where, new) as row:
        found = await found_in(house)
        assert [each for each in found if each.check == check and told in each.finding.zh], (row, found)
        assert all(NAMED.search(each.finding.zh) for each in found)
    assert not await found_in(house)


async def test_an_office_held_twice_is_found(house: House) -> None:
    one = await select(house, "SELECT * FROM seat WHERE ended_on IS NULL ORDER BY id LIMIT 1")
    other = await select(
        house,
        "SELECT * FROM seat WHERE organization_id = $1 AND role <> $2 AND ended_on IS NULL ORDER BY id LIMIT 1",
        one["organization_id"],
        one["role"],
    )
    change = "UPDATE seat SET role = $1, person_id = $2 WHERE id = $3"
    await past_the_locks(house, "seat", change, one["role"], one["person_id"], other["id"])
    assert any("同一人同时两次任此职" in each.finding.zh for each in await found_in(house))
    await past_the_locks(house, "seat", change, other["role"], other["person_id"], other["id"])
    assert not await found_in(house)


async def test_a_plugins_own_check_is_told_with_its_name(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    plot = house.registry.by_type("Plot")
    assert plot is not None
    context = yuanluo.CommandContext(house, yuanluo.operator(), COURTYARD)
    create = yuanluo.register_of(plot).create
    free = house.plugins.module("plots").PlotStatus.FREE
    await yuanluo.run_command(create, context, create.input(name="花园", size_c=1_000, status=free))
    status = "UPDATE plot SET status = $1 WHERE name = '花园'"
    await past_the_locks(house, "plot", status, "ADOPTED")
    checked = await check_house(house)
    assert [(each.plugin, each.check) for each in checked.found] == [("plots", "plots.keepers")]
    print_checked(checked, {COURTYARD: "梧桐苑"}, repaired=False, as_json=False)
    told = capsys.readouterr().out
    assert f"{code_of(COURTYARD)} 梧桐苑 [plots.keepers] 绿地 花园 已认养但没有认养人。请登记认养人" in told
    await past_the_locks(house, "plot", status, "FREE")


async def test_a_check_that_fails_names_its_plugin(make_database: MakeDatabase) -> None:
    class Broken:
        @staticmethod
        @hookimpl
        def checks() -> list[yuanluo.Check]:
            async def find(_house: House) -> Sequence[yuanluo.Finding]:
                raise ZeroDivisionError("no plots")

            return [yuanluo.Check("greens", "绿地", "greens", find)]

    plugins = Plugins.load({"greens": Broken}, entry_points=False)
    made = House.build(await make_database(Composition.of(plugins).registry), Keyring.single(new_key()), plugins)
    with pytest.raises(PluginError, match="no plots") as refused:
        await check_house(made)
    assert refused.value.plugin == "greens"


async def test_a_record_about_a_row_that_is_gone_is_found(house: House) -> None:
    """Asked last: what is deleted does not come back."""
    filed = await select(
        house,
        "SELECT subject_id FROM record WHERE subject_type = 'Plot' AND subject_id IS NOT NULL ORDER BY sequence LIMIT 1",
    )
    assert filed["subject_id"]
    await past_the_locks(house, "plot", "DELETE FROM plot")
    found = await found_in(house)
    assert [(each.plugin, each.check) for each in found] == [("core", "subjects")]
    assert "(plot.create)所记的绿地已不存在" in found[0].finding.zh
