"""What must hold in the books, looked for by `yuanluo check`: balances, voucher numbers, statements, records."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from yuanluo import Check, Finding, House, rows
from yuanluo.wording import yuan
from yuanluo_finance.rules import label
from yuanluo_finance.tables import VoucherKind

__all__ = ["CHECKS"]

_RESTORE: Final = (
    "账簿被绕过平台改动;请与备份和原始凭证核对后恢复。",
    "The books were changed past the platform; compare with a backup and the documents, and restore.",
)


def _number(row: Mapping[str, Any]) -> str:
    return f"{row['year']}-{label(VoucherKind[row['kind']], row['number'])}"


async def find_unbalanced(house: House) -> Sequence[Finding]:
    """Return the vouchers that do not balance within a fund, or whose amount is not that of their lines (F1)."""
    voucher = "JOIN voucher v ON v.tenant_id = e.tenant_id AND v.id = e.voucher_id"
    named = "v.tenant_id, v.year, v.kind, v.number"
    found = [
        Finding(
            row["tenant_id"],
            f"凭证 {_number(row)} 在“{row['fund']}”内借贷不平:借 {yuan(row['debit'])} 元,贷 {yuan(row['credit'])} 元",
            f"voucher {_number(row)} does not balance in {row['fund']}: debit {yuan(row['debit'])}, credit"
            f" {yuan(row['credit'])} yuan",
            *_RESTORE,
        )
        for row in await rows(
            house.database,
            f"SELECT {named}, f.name AS fund, sum(e.debit_fen) AS debit, sum(e.credit_fen) AS credit"
            f" FROM ledger_entry e {voucher} JOIN fund f ON f.tenant_id = e.tenant_id AND f.id = e.fund_id"
            f" GROUP BY {named}, f.name HAVING sum(e.debit_fen) <> sum(e.credit_fen) ORDER BY {named}, f.name",
        )
    ]
    found += [
        Finding(
            row["tenant_id"],
            f"凭证 {_number(row)} 的金额 {yuan(row['amount_fen'])} 元与分录合计 {yuan(row['lines'])} 元不符",
            f"voucher {_number(row)} says {yuan(row['amount_fen'])} yuan, but its lines are {yuan(row['lines'])}",
            *_RESTORE,
        )
        for row in await rows(
            house.database,
            f"SELECT {named}, v.amount_fen, coalesce(sum(e.debit_fen), 0) AS lines FROM voucher v"
            " LEFT JOIN ledger_entry e ON e.tenant_id = v.tenant_id AND e.voucher_id = v.id"
            f" WHERE v.status = 'POSTED' GROUP BY {named}, v.amount_fen"
            f" HAVING v.amount_fen <> coalesce(sum(e.debit_fen), 0) ORDER BY {named}",
        )
    ]
    found += [
        Finding(
            row["tenant_id"],
            f"凭证 {_number(row)} 第 {row['line_no']} 行的净资产变动与借贷金额不符",
            f"line {row['line_no']} of voucher {_number(row)} changes the net assets by another amount than it says",
            *_RESTORE,
        )
        for row in await rows(
            house.database,
            f"SELECT {named}, e.line_no FROM ledger_entry e {voucher} WHERE e.net_fen <> CASE WHEN"
            " e.account_class IN ('NET_ASSETS', 'INCOME', 'EXPENSE') THEN e.credit_fen - e.debit_fen ELSE 0 END"
            f" ORDER BY {named}, e.line_no",
        )
    ]
    return found


async def find_number_gaps(house: House) -> Sequence[Finding]:
    """Return the series of voucher numbers, drafts' included, that do not run from 1 without a gap (F8)."""
    series = "tenant_id, year, kind"
    numbers: defaultdict[tuple[int, int, str], set[int]] = defaultdict(set)
    wrong = (
        f"SELECT {series} FROM (SELECT {series}, number FROM voucher UNION ALL"
        f" SELECT {series}, number FROM voucher_draft) n GROUP BY {series}"
        " HAVING count(*) <> max(number) OR min(number) <> 1"
    )
    for table in ("voucher", "voucher_draft"):
        for row in await rows(
            house.database,
            f"SELECT {series}, number FROM {table} t WHERE EXISTS (SELECT 1 FROM ({wrong}) w"
            " WHERE w.tenant_id = t.tenant_id AND w.year = t.year AND w.kind = t.kind)",
        ):
            numbers[row["tenant_id"], row["year"], row["kind"]].add(row["number"])
    found: list[Finding] = []
    for (tenant, year, kind), taken in sorted(numbers.items()):
        missing = sorted(set(range(1, max(taken) + 1)) - taken)[:10]
        named = "、".join(f"{year}-{label(VoucherKind[kind], number)}" for number in missing)
        zh = f"凭证号不连续,缺少 {named}" if named else f"{year} 年{VoucherKind[kind].value[0]}字凭证号重复"
        en = f"voucher numbers have a gap: {named}" if named else f"a voucher number of {year} {kind} is used twice"
        found.append(Finding(tenant, zh, en, *_RESTORE))
    return found


async def find_wrong_statements(house: House) -> Sequence[Finding]:
    """Return the statements and periods whose figures are not those of the entries (`domain.md` §3.3)."""
    booked: defaultdict[tuple[int, Any], list[tuple[str, int, int, int]]] = defaultdict(list)
    for row in await rows(
        house.database,
        "SELECT tenant_id, fund_id, month, account_class, sum(credit_fen - debit_fen) AS net FROM ledger_entry"
        " WHERE account_class IN ('NET_ASSETS', 'INCOME', 'EXPENSE') GROUP BY tenant_id, fund_id, month, account_class",
    ):
        net = int(row["net"])
        brought, income, expense = (
            net if row["account_class"] == each else 0 for each in ("NET_ASSETS", "INCOME", "EXPENSE")
        )
        line = row["month"], brought, income, -expense
        booked[row["tenant_id"], row["fund_id"]].append(line)
        booked[row["tenant_id"], None].append(line)
    columns = "month, brought_in_fen, opening_fen, income_fen, expense_fen, closing_fen"
    statements = await rows(
        house.database,
        f"SELECT s.tenant_id, s.fund_id, f.name, {', '.join(f's.{each}' for each in columns.split(', '))}"
        " FROM statement s JOIN fund f ON f.tenant_id = s.tenant_id AND f.id = s.fund_id"
        " ORDER BY s.tenant_id, s.month, f.name",
    )
    periods = await rows(house.database, f"SELECT tenant_id, {columns} FROM period ORDER BY tenant_id, month")
    found: list[Finding] = []
    for row in [*statements, *periods]:
        expected = _figures(booked[row["tenant_id"], row.get("fund_id")], row["month"])
        for column, wanted in expected.items():
            if row[column] != wanted:
                of = f"“{row['name']}”" if "name" in row else "全部资金"
                zh, en = _GLOSSES[column]
                found.append(
                    Finding(
                        row["tenant_id"],
                        f"{row['month']} {of}的{zh}存为 {yuan(row[column])} 元,按分录应为 {yuan(wanted)} 元",
                        f"{row['month']} {row.get('name', 'all funds')}: {en} is stored as {yuan(row[column])} yuan,"
                        f" the entries give {yuan(wanted)}",
                        *_RESTORE,
                    )
                )
    return found


_GLOSSES: Final = {
    "brought_in_fen": ("建账转入", "what was brought in"),
    "opening_fen": ("上期结余", "the opening balance"),
    "income_fen": ("本期收入", "the income"),
    "expense_fen": ("本期支出", "the expense"),
    "closing_fen": ("本期结余", "the closing balance"),
}


def _figures(lines: Iterable[tuple[str, int, int, int]], month: str) -> dict[str, int]:
    """Return what the entries give for a month: its movement, and the balance at its beginning and end."""
    before = brought_in = income = expense = 0
    for booked_in, brought, earned, spent in lines:
        if booked_in < month:
            before += brought + earned - spent
        elif booked_in == month:
            brought_in, income, expense = brought_in + brought, income + earned, expense + spent
    opening = before + brought_in
    return {
        "brought_in_fen": brought_in,
        "opening_fen": opening,
        "income_fen": income,
        "expense_fen": expense,
        "closing_fen": opening + income - expense,
    }


async def find_other_than_filed(house: House) -> Sequence[Finding]:
    """Return the vouchers and closed months that are not what their record in the chain says."""
    filed = await rows(
        house.database,
        "SELECT tenant_id, sequence, subject_type, subject_id, content FROM record"
        " WHERE subject_type IN ('Voucher', 'Period') AND subject_id IS NOT NULL ORDER BY tenant_id, sequence",
    )
    stands: dict[tuple[int, str], Mapping[str, Any]] = {}
    for sql in (
        "SELECT tenant_id, id, year, kind, number, month, amount_fen, status FROM voucher",
        "SELECT tenant_id, id, month, status, statement_hash FROM period",
    ):
        stands |= {(row["tenant_id"], str(row["id"])): row for row in await rows(house.database, sql)}
    last = {(row["tenant_id"], row["subject_id"]): row for row in filed if row["subject_type"] == "Period"}
    vouchers = [row for row in filed if row["subject_type"] == "Voucher"]
    found: list[Finding] = []
    for record in [*vouchers, *last.values()]:
        row = stands.get((record["tenant_id"], record["subject_id"]))
        if row is None:
            continue  # that is core's to tell
        said: Mapping[str, Any] = json.loads(record["content"])["payload"] or {}
        if record["subject_type"] == "Voucher":
            stored = {"voucher": _number(row), "month": row["month"], "amount_fen": row["amount_fen"]}
            name = f"凭证 {_number(row)}", f"voucher {_number(row)}"
        else:
            stored = {"month": row["month"], "statement_hash": row["statement_hash"]}
            name = f"{row['month']} 月报", f"the statement of {row['month']}"
        found += [
            Finding(
                record["tenant_id"],
                f"{name[0]}与第 {record['sequence']} 条记录不符({key}:记为 {said[key]},存为 {value})",
                f"{name[1]} is not what record {record['sequence']} says ({key}: filed {said[key]}, stored {value})",
                *_RESTORE,
            )
            for key, value in stored.items()
            if key in said and said[key] != value
        ]
    return found


CHECKS: Final = (
    Check("finance.balance", "借贷平衡", "vouchers balance in each fund", find_unbalanced),
    Check("finance.numbers", "凭证号", "voucher numbers run without a gap", find_number_gaps),
    Check("finance.statements", "月报", "statements are what the entries give", find_wrong_statements),
    Check("finance.records", "账与记录", "vouchers and statements are what was filed", find_other_than_filed),
)
"""What must hold in the books."""
