"""收支公示表 as a workbook, plain or with income and expense side by side (`domain.md` §5, rules N11, N12).

Side by side means that column labels repeat: the columns from the first repeated label on are the expense block (R),
those before it the income block (L). Each block makes its own record of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, cast

from yuanluo.sheets import (
    ORDINAL,
    ClosedRow,
    Column,
    DateReading,
    Draft,
    Form,
    Frame,
    Issue,
    Kind,
    Layout,
    Row,
    RowReader,
    Side,
    Written,
    as_hundredths,
    as_text,
    read_amount,
)
from yuanluo_finance.statement_period import Period, period_in_title, year_in_title

__all__ = ["FINANCE_STATEMENT", "SIDE_BY_SIDE", "SIDE_BY_SIDE_HANDLED"]

Columns = Mapping[str, tuple[int, ...]]

_SUMS: Final = ("opening", "income", "expense", "closing")


@dataclass(slots=True)
class _Statement:
    """What the rows of the file add up to."""

    income: int = 0
    expense: int = 0
    opening: int | None = None
    declared: dict[str, int] = field(default_factory=dict[str, int])
    vouchers: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class _SheetSums:
    """What the accepted rows of one sheet add up to, and its last declared balance."""

    income: int = 0
    expense: int = 0
    balance: int | None = None


@dataclass(frozen=True, slots=True)
class _Titles:
    """The period and year that hold for the rows of a sheet."""

    period: Period | None
    year: int | None


def _read(draft: Draft) -> Mapping[str, object]:
    titles, first = _titles(draft)
    statement = _Statement()
    for layout in draft.tables:
        _read_sheet(draft, layout, titles.get(layout.name, first), statement)
    opening = statement.opening or 0
    meta: dict[str, object] = {
        "period": first.period.text if first.period else None,
        "opening_fen": opening,
        "income_fen": statement.income,
        "expense_fen": statement.expense,
        "closing_fen": opening + statement.income - statement.expense,
    }
    return meta | statement.declared


def _titles(draft: Draft) -> tuple[dict[str, _Titles], _Titles]:
    """Return what each sheet's own titles say, and the first period and year of the file."""
    periods: dict[str, Period] = {}
    years: dict[str, int] = {}
    for sheet, text in draft.titles():
        if period := period_in_title(text):
            periods.setdefault(sheet, period)
        if year := year_in_title(text):
            years.setdefault(sheet, year)
    own = {
        sheet: _Titles(periods.get(sheet), period.year if (period := periods.get(sheet)) else years.get(sheet))
        for sheet in periods.keys() | years.keys()
    }
    period = next(iter(periods.values()), None)
    return own, _Titles(period, period.year if period else next(iter(years.values()), None))


def _read_sheet(draft: Draft, layout: Layout, titles: _Titles, statement: _Statement) -> None:
    blocks = _blocks(draft, layout)
    sums = _SheetSums()
    dates = {column for columns in blocks.values() for column in columns.get("entry_date", ())}
    closed = {row.number: row for row in layout.closed}
    rows = {row.number: row for row in layout.rows}
    for number in sorted(closed.keys() | rows.keys()):
        if row := rows.get(number):
            _read_row(draft, layout, row, blocks, titles, statement, sums)
        elif closed[number].kind == "OPENING":
            amount = _amount_of(closed[number], dates)
            if amount is not None:
                sums.balance = amount
                statement.opening = amount if statement.opening is None else statement.opening
    statement.income += sums.income
    statement.expense += sums.expense
    _read_totals(draft, layout, blocks, dates, sums, statement)


def _blocks(draft: Draft, layout: Layout) -> dict[Side | None, Columns]:
    """Return the columns of the one block, or of both blocks of a side-by-side statement (N12)."""
    seen: set[str] = set()
    for column, label in sorted(layout.labels.items()):
        if label in seen:
            left = draft.columns(layout, [other for other in layout.labels if other < column])
            right = draft.columns(layout, [other for other in layout.labels if other >= column])
            blocks: dict[Side | None, Columns] = {
                "L": _with_amount(left, "income_fen"),
                "R": _with_amount(right, "expense_fen"),
            }
            if all("amount" in columns for columns in blocks.values()):
                return blocks
            break
        seen.add(label)
    return {None: draft.columns(layout)}


def _with_amount(columns: Columns, field_name: str) -> Columns:
    """Let the column 收入 of the income block and 支出 of the expense block serve as its 金额."""
    if "amount" in columns or field_name not in columns:
        return columns
    return {**columns, "amount": columns[field_name]}


def _read_row(
    draft: Draft,
    layout: Layout,
    row: Row,
    blocks: Mapping[Side | None, Columns],
    titles: _Titles,
    statement: _Statement,
    sums: _SheetSums,
) -> None:
    change: int | None = 0
    last: RowReader | None = None
    last_balance: int | None = None
    for side, columns in blocks.items():
        if side is not None and not _is_written(row, columns):
            continue
        reader = draft.row(layout, row, columns, side=side, title_year=titles.year)
        date = _entry_date(reader, titles)
        voucher = reader.code("voucher_no")
        if voucher is not None:
            if voucher in statement.vouchers:
                reader.issue("E_DUP_VOUCHER", "voucher_no")
            statement.vouchers.add(voucher)
        income, expense = _amounts(reader, side)
        change = None if change is None or income is None or expense is None else change + income - expense
        balance = reader.amount("balance_fen")
        change = None if balance.is_unreadable else change
        if balance.value is not None:
            last, last_balance = reader, balance.value
        accepted = reader.accept(
            {
                "entry_date": date.value.iso if date.value else None,
                "voucher_no": voucher,
                "summary": reader.free_text("summary"),
                "income_fen": income,
                "expense_fen": expense,
                "balance_fen": balance.value,
                "handler": reader.name("handler"),
            }
        )
        if accepted:
            sums.income += income or 0
            sums.expense += expense or 0
    if last is not None and last_balance is not None:
        _check_balance(last, last_balance, change, sums)


def _is_written(row: Row, columns: Columns) -> bool:
    """Return whether the block has anything of its own in this row (remarks and placeholders are nothing)."""
    return any(
        column in row.written and not row.is_nothing(column)
        for name, places in columns.items()
        if name != "remark"
        for column in places
    )


def _entry_date(reader: RowReader, titles: _Titles) -> DateReading:
    date = reader.date("entry_date")
    if date.value and titles.period and not titles.period.contains(date.value):
        reader.issue("W_OUT_OF_PERIOD", "entry_date")
    return date


def _amounts(reader: RowReader, side: Side | None) -> tuple[int | None, int | None]:
    """Read what came in and what went out, in fen; None for what cannot be read."""
    if side is not None:
        amount = reader.amount("amount")
        if amount.value is None and amount.code is None:
            reader.issue("E_REQUIRED", "amount")
            return 0, 0
        if amount.value is not None and amount.value < 0:
            reader.issue("W_RED_ENTRY", "amount")
        return (amount.value, 0) if side == "L" else (0, amount.value)
    income, expense = reader.amount("income_fen"), reader.amount("expense_fen")
    if income.value is None and expense.value is None and not (income.code or expense.code):
        reader.issue("E_REQUIRED", "income_fen")
    for name, reading in (("income_fen", income), ("expense_fen", expense)):
        if reading.value is not None and reading.value < 0:
            reader.issue("E_NEGATIVE", name)
    if income.value and expense.value:
        reader.issue("E_BOTH_SIDES", "income_fen")
    return (
        None if income.is_unreadable else income.value or 0,
        None if expense.is_unreadable else expense.value or 0,
    )


def _check_balance(reader: RowReader, balance: int, change: int | None, sums: _SheetSums) -> None:
    """Compare a declared balance with the previous declared one; then it stands for the next row, right or wrong."""
    if sums.balance is not None and change is not None and balance != sums.balance + change:
        reader.issue("W_BALANCE_MISMATCH", "balance_fen")
    sums.balance = balance


def _read_totals(
    draft: Draft,
    layout: Layout,
    blocks: Mapping[Side | None, Columns],
    dates: Iterable[int],
    sums: _SheetSums,
    statement: _Statement,
) -> None:
    declared: dict[str, int] = {}
    balances = {column for columns in blocks.values() for column in columns.get("balance_fen", ())}
    for row in layout.closed:
        if row.kind == "CLOSING" and (amount := _amount_of(row, dates, balances)) is not None:
            statement.declared["declared_closing_fen"] = amount
        if row.kind != "TOTAL":
            continue
        for side, name, columns in _total_columns(blocks):
            declared_sum = read_amount(row.cells.get(columns[0])).value
            if declared_sum is None:
                continue
            declared[f"declared_{name}_fen"] = declared_sum
            if declared_sum != (sums.income if name == "income" else sums.expense):
                draft.report(Issue(layout.name, row.number, layout.labels[columns[0]], "W_TOTAL_MISMATCH", side))
    for key, value in declared.items():
        statement.declared[key] = statement.declared.get(key, 0) + value


def _total_columns(
    blocks: Mapping[Side | None, Columns],
) -> Iterable[tuple[Side | None, str, tuple[int, ...]]]:
    for side, name in ((None, "income"), (None, "expense"), ("L", "income"), ("R", "expense")):
        place = cast("Side | None", side)
        field_name = f"{name}_fen" if side is None else "amount"
        if columns := blocks.get(place, {}).get(field_name):
            yield place, name, columns


def _amount_of(row: ClosedRow, dates: Iterable[int], first: Collection[int] = ()) -> int | None:
    """Return the first readable amount of an opening or closing row: behind its label or in another column.

    Columns in `first` are looked at before the others.
    """
    for column, cell in sorted(row.cells.items(), key=lambda place: (place[0] not in first, place[0])):
        if column == row.label_column:
            amount = read_amount(row.after_label)
        elif column in dates:
            continue
        else:
            amount = read_amount(cell)
        if amount.value is not None:
            return amount.value
    return None


def _frame(meta: Mapping[str, object]) -> Frame:
    """Put opening, totals and closing around the entries, and the period above them."""
    opening, income, expense, closing = (meta.get(f"{name}_fen") for name in _SUMS)
    before: list[Mapping[str, Written]] = []
    after: list[Mapping[str, Written]] = []
    if opening is not None:
        before.append({"summary": "上期结余", "balance_fen": _yuan(opening)})
    if income is not None and expense is not None:
        after.append({"entry_date": "合计", "income_fen": _yuan(income), "expense_fen": _yuan(expense)})
    if closing is not None:
        after.append({"entry_date": "本期结余", "balance_fen": _yuan(closing)})
    return Frame(_period_line(meta), before, after)


def _frame_of_sides(meta: Mapping[str, object]) -> Frame:
    """The same around both blocks, where opening and closing stand in the income block."""
    opening, income, expense, closing = (meta.get(f"{name}_fen") for name in _SUMS)
    before: list[Mapping[str, Written]] = []
    after: list[Mapping[str, Written]] = []
    if opening is not None:
        before.append({"L.summary": "上期结余", "L.amount": _yuan(opening)})
    if income is not None and expense is not None:
        after.append({"L.entry_date": "合计", "L.amount": _yuan(income), "R.amount": _yuan(expense)})
    if closing is not None:
        after.append({"L.entry_date": "本期结余", "L.amount": _yuan(closing)})
    return Frame(_period_line(meta), before, after)


def _period_line(meta: Mapping[str, object]) -> tuple[str, ...]:
    period = meta.get("period")
    return (f"期间：{_spoken(str(period))}",) if period else ()


def _of_side(side: Side, write: Callable[[Mapping[str, object]], Written]) -> Callable[[Mapping[str, object]], Written]:
    """Write the cell only in the block to which the record belongs: by its side, else by where its amount stands."""

    def written(record: Mapping[str, object]) -> Written:
        own = record.get("side") or ("R" if record.get("expense_fen") else "L")
        return write(record) if own == side else None

    return written


def _spoken(period: str) -> str:
    year, _, rest = period.partition("-")
    return f"{year}年第{'一二三四'[int(rest[1]) - 1]}季度" if rest.startswith("Q") else f"{year}年{int(rest)}月"


def _yuan(fen: object) -> float:
    return cast("int", fen) / 100


FINANCE_STATEMENT: Final = Kind(
    name="finance_statement",
    title="收支公示表",
    english="statement of income and expense",
    columns=(
        Column(
            "日期",
            "entry_date",
            ("记账日期", "发生日期", "业务日期", "收支日期", "时间", "年月日", "发生时间", "记账时间", "收付日期"),
            as_text("entry_date"),
            hint="如 2026.10.08;按文本填写",
        ),
        Column(
            "凭证号",
            "voucher_no",
            (
                *("凭证编号", "凭证字号", "凭证号码", "凭证", "票据号", "票据编号", "票据号码", "单据号", "单据编号"),
                *("记账凭证号", "凭单号"),
            ),
            as_text("voucher_no"),
            hint="每笔一个号,不得重复",
        ),
        Column(
            "摘要",
            "summary",
            (
                "项目",
                "收支项目",
                "内容",
                "事由",
                "用途",
                "摘要说明",
                "收支内容",
                "项目名称",
                "收支摘要",
                "款项内容",
                "科目",
            ),
            as_text("summary"),
            width=30,
        ),
        Column(
            "收入（元）",
            "income_fen",
            ("收入金额", "本期收入", "收入额", "收款金额", "收入数"),
            as_hundredths("income_fen"),
            width=14,
            digits=2,
            hint="收入、支出只填一栏",
            perhaps=("借方", "借方金额", "进账"),
        ),
        Column(
            "支出（元）",
            "expense_fen",
            ("支出金额", "本期支出", "支出额", "付款金额", "支出数"),
            as_hundredths("expense_fen"),
            width=14,
            digits=2,
            hint="收入、支出只填一栏",
            perhaps=("贷方", "贷方金额", "出账"),
        ),
        Column(
            "结余",
            "balance_fen",
            ("余额", "结存", "结余金额", "账面结余", "节余", "结余额", "账面余额", "滚存结余", "结存金额"),
            as_hundredths("balance_fen", zero=0),
            width=14,
            digits=2,
        ),
        Column(
            "经手人",
            "handler",
            ("经办人", "经手", "经手人签字", "报账人", "经办", "经手人姓名", "经办人签字", "报销人"),
            as_text("handler"),
        ),
        Column("备注", "remark", ("备注说明", "说明"), width=20),
    ),
    variants=MappingProxyType({"金额": "amount", "序号": ORDINAL, "编号": ORDINAL}),
    name_field="summary",
    rules=_read,
    date_field="entry_date",
    frame=_frame,
    needs=(("income_fen", "expense_fen", "amount"),),
    instead=MappingProxyType(
        {"amount": ("income_fen", "expense_fen"), "income_fen": ("amount",), "expense_fen": ("amount",)}
    ),
)
"""The monthly or quarterly statement of income and expense that is put up on the board."""


def _block(side: Side) -> tuple[Column, ...]:
    amount = "income_fen" if side == "L" else "expense_fen"
    return (
        Column("日期", f"{side}.entry_date", write=_of_side(side, as_text("entry_date"))),
        Column("凭证号", f"{side}.voucher_no", write=_of_side(side, as_text("voucher_no"))),
        Column("项目", f"{side}.summary", write=_of_side(side, as_text("summary")), width=30),
        Column("金额", f"{side}.amount", write=_of_side(side, as_hundredths(amount, zero=0)), width=14, digits=2),
    )


def _handlers(side: Side) -> Column:
    return Column("经手人", f"{side}.handler", write=_of_side(side, as_text("handler")))


SIDE_BY_SIDE: Final = Form((*_block("L"), *_block("R"), _handlers("R")), _frame_of_sides)
"""The form with income and expense side by side: the one that takes red (negative) entries, such as reversals."""

SIDE_BY_SIDE_HANDLED: Final = Form((*_block("L"), _handlers("L"), *_block("R"), _handlers("R")), _frame_of_sides)
"""The same where income was handled by somebody as well: there the income block has a column of its own for it."""
