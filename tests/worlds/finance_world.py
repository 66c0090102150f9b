"""A house with the finance plugin, viewers by role, and short sentences for its tests."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from databases import MakeDatabase
from houses import CLOCK, COMMUNITY, COURTYARD, at, make_house

import yuanluo_finance
from yuanluo import (
    Clearance,
    CommandContext,
    House,
    OpenCourtyard,
    Plugins,
    Range,
    Receipt,
    Scope,
    Viewer,
    fixed_clock,
    open_courtyard,
    rows,
    run_command,
    run_commands,
    scoped,
)
from yuanluo.counters import recount, stored_counts
from yuanluo_finance import FINANCE_COUNTER
from yuanluo_finance.commands import OpenFund, PostVoucher, VoucherLine, open_fund, post_voucher
from yuanluo_finance.tables import FundKind, VoucherKind
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.database import Database

__all__ = ["FinanceWorld", "build_finance_world", "payment", "receipt"]


@dataclass(slots=True)
class FinanceWorld:
    """The house, its engine, and what its tests say again and again."""

    house: House
    engine: CompiledEngine

    @property
    def database(self) -> Database:
        """The database, for the fixture that binds tables."""
        return self.house.database

    async def courtyard(self) -> int:
        """Open a courtyard of the test's own."""
        receipt = await run_command(open_courtyard, at(self.house, COMMUNITY), OpenCourtyard("新院", "沙湾路9号院"))
        with scoped(Range(COMMUNITY, COMMUNITY + 9999)):
            [row] = await rows(self.database, "SELECT tenant_id FROM courtyard WHERE id = $1", receipt.subject_id)
        return int(row["tenant_id"])

    def viewer(self, role: str, tenant: int = COURTYARD, span: int = 0) -> Viewer:
        """Return a viewer who holds `role` at `tenant` and the `span` numbers behind it."""
        where = Range(tenant, tenant + span)
        clearances = self.house.rules.roles[role].clearances.items()
        return Viewer(
            account_id=uuid.uuid4(),
            name=role,
            scope=Scope.of(where),
            clearances=tuple(Clearance(where, body, klass) for body, klass in clearances),
            roles=((role, tenant),),
            reach=((role, where),),
        )

    def at(self, tenant: int, role: str | None = None, day: dt.date | None = None) -> CommandContext:
        """Return a context at `tenant`, acting in `role` (the operator without one), on `day`."""
        actor = self.viewer(role, tenant) if role else at(self.house).actor
        return CommandContext(self.house, actor, tenant, fixed_clock(day) if day else CLOCK)

    async def fund(self, tenant: int, kind: FundKind = FundKind.PUBLIC_REVENUE) -> uuid.UUID:
        """Set up a fund."""
        receipt = await run_command(
            open_fund,
            self.at(tenant),
            OpenFund(kind, kind.value[0], purpose="定向" if kind is FundKind.DONATION else None),
        )
        assert receipt.subject_id is not None
        return receipt.subject_id

    async def post(self, tenant: int, *vouchers: PostVoucher) -> Receipt:
        """Post vouchers as the accountant."""
        return await run_commands(post_voucher, self.at(tenant, "ACCOUNTANT"), list(vouchers))

    async def period(self, tenant: int, month: str) -> uuid.UUID:
        """Return the id of a month of the books."""
        [row] = await self.select(tenant, "SELECT id FROM period WHERE tenant_id = $1 AND month = $2", month)
        found: uuid.UUID = row["id"]
        return found

    async def ask(self, asking: Viewer, text: str, **variables: Any) -> dict[str, Any]:
        """Answer a document for a viewer."""
        prepared = self.engine.documents.prepare(text)
        values = self.engine.documents.coerce_variables(prepared, variables).coerced
        return json.loads(await self.engine.run(prepared, values, Rights.of(asking)))

    async def select(self, tenant: int, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Run a statement of the test at `tenant`; `$1` is the tenant."""
        with scoped(tenant):
            return await rows(self.database, sql, tenant, *args)

    async def counters_agree(self, tenant: int) -> bool:
        """Whether the stored counters are what counting anew gives."""
        with scoped(tenant):
            stored = await stored_counts(self.database, FINANCE_COUNTER, tenant)
            return stored == await recount(self.database, FINANCE_COUNTER, tenant)


def receipt(fund: uuid.UUID, fen: int, day: str, summary: str = "停车费", **other: Any) -> PostVoucher:
    """Return a receipt voucher: bank against parking income."""
    lines = VoucherLine(fund, "1002", debit_fen=fen), VoucherLine(fund, "4101", credit_fen=fen)
    return PostVoucher(VoucherKind.RECEIPT, day, summary, lines, **other)


def payment(fund: uuid.UUID, fen: int, day: str, summary: str = "门卫工资", **other: Any) -> PostVoucher:
    """Return a payment voucher: guard's wages against bank."""
    lines = VoucherLine(fund, "5101", debit_fen=fen), VoucherLine(fund, "1002", credit_fen=fen)
    return PostVoucher(VoucherKind.PAYMENT, day, summary, lines, **other)


async def build_finance_world(make_database: MakeDatabase) -> FinanceWorld:
    """Build a house with the finance plugin alone."""
    house = await make_house(make_database, Plugins.load({"finance": yuanluo_finance}, entry_points=False))
    composed = compose(house.composition, house.keys)

    async def authenticate(_token: str) -> Viewer:
        raise AssertionError("these tests bring their viewers")

    async def log_reads(*_read: object) -> None:
        raise AssertionError("nothing of finance is D3")

    engine = CompiledEngine(
        house.database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, house.database.dialect, PageSizes()),
        Cursors(b"finance"),
        Doors(authenticate, log_reads, now=CLOCK),
    )
    return FinanceWorld(house, engine)
