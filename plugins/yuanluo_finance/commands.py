"""The commands of the books.

Who may (`domain.md` §7): vouchers are entered by the accountant, never by whoever is also cashier (会计法 35); a month
is closed by the accountant, confirmed by a supervisor, published by the council's director or a supervisor.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo import (
    ADDS,
    STEPS,
    Action,
    Command,
    CommandContext,
    Conflict,
    Given,
    Invalid,
    Kind,
    NotFound,
    Outcome,
    Reads,
    changed,
    check_not_future,
    day_of_filing,
    each,
    many,
    rows,
)
from yuanluo.command import actor_of
from yuanluo_finance.book import (
    Book,
    NewVoucher,
    PeriodState,
    check_voucher,
    complete_chart,
    due_row,
    ensure_chart,
    ensure_period,
    load_book,
    next_numbers,
    post,
)
from yuanluo_finance.chart import ADVANCES, BANK, NET_ASSETS
from yuanluo_finance.closing import check_months, complete_statements, statement_hashes
from yuanluo_finance.months import Month
from yuanluo_finance.offers import CLOSE_FUND, CONFIRM, REVERSE, period_offer
from yuanluo_finance.refusals import FundNotEmpty, PeriodOrder, VoucherPosted
from yuanluo_finance.rules import (
    Line,
    check_confirmer,
    check_fund_open,
    check_month_over,
    check_reversal,
    check_step,
    close_due,
    label,
    publish_due,
    red_lines,
)
from yuanluo_finance.tables import (
    AccountClass,
    FinanceCounts,
    Fund,
    FundCustody,
    FundKind,
    FundStatus,
    Period,
    PeriodStatus,
    Voucher,
    VoucherDraft,
    VoucherKind,
    VoucherStatus,
)

__all__ = [
    "COMMANDS",
    "CloseFund",
    "ClosePeriod",
    "ConfirmPeriod",
    "DraftVoucher",
    "OpenFund",
    "PostDraft",
    "PostVoucher",
    "PublishPeriod",
    "ReturnPeriod",
    "ReverseVoucher",
    "VoidVoucher",
    "VoucherLine",
    "close_fund",
    "close_period",
    "confirm_period",
    "confirm_periods",
    "draft_voucher",
    "open_fund",
    "open_funds",
    "opening_lines",
    "post_draft",
    "post_voucher",
    "publish_period",
    "publish_periods",
    "return_period",
    "reverse_voucher",
    "reverse_vouchers",
    "void_voucher",
]

BOOKKEEPING: Final = "F1, 会计法 35"


# funds --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenFund:
    """A fund to set up; the first one also makes the chart of accounts."""

    kind: FundKind
    name: str
    custody: FundCustody = FundCustody.COURTYARD
    purpose: str | None = None
    opened_on: dt.date | None = None


async def open_funds(context: CommandContext, inputs: Sequence[OpenFund]) -> Sequence[Outcome]:
    """Set up funds; a donation names its purpose, for it is spent on nothing else (`domain.md` §3.3)."""
    for each_fund in inputs:
        check_not_future(each_fund.opened_on, context.today, "opened_on", rule="domain 3.3")
        if not each_fund.name.strip():
            raise Invalid("资金须有名称。", "a fund needs a name.", field="name", code="REQUIRED", rule="domain 3.3")
        if each_fund.kind is FundKind.DONATION and not (each_fund.purpose or "").strip():
            raise Invalid(
                "捐赠资金须写明用途。",
                "a donation fund names its purpose.",
                field="purpose",
                code="REQUIRED",
                rule="domain 3.3",
            )
    await ensure_chart(context)
    ids = await context.insert(
        Fund,
        [
            {
                "kind": each_fund.kind,
                "name": each_fund.name.strip(),
                "custody": each_fund.custody,
                "status": FundStatus.OPEN,
                "purpose": each_fund.purpose,
                "opened_on": each_fund.opened_on or context.today,
            }
            for each_fund in inputs
        ],
    )
    return [
        Outcome(fund, {"name": each_fund.name.strip(), "kind": each_fund.kind})
        for fund, each_fund in zip(ids, inputs, strict=True)
    ]


open_fund: Final = Command(
    action=Action("fund.open", ("ACCOUNTANT", "COUNCIL_DIRECTOR"), "domain 3.3", "设立资金", "set up a fund"),
    input=OpenFund,
    many=open_funds,
    subject_type="Fund",
    body="finance",
    unversioned=ADDS,
)


@dataclass(frozen=True, slots=True)
class CloseFund:
    """A fund that takes no more vouchers; it must be empty."""

    fund_id: uuid.UUID
    reason: Annotated[str, Given("停用原因", "why it is closed")]


async def _close_fund(context: CommandContext, given: CloseFund) -> Outcome:
    fund = (await load_book(context)).fund(given.fund_id)
    check_fund_open(fund.name, fund.status)
    if not given.reason.strip():
        raise Invalid(
            "停用资金须写明原因。",
            "closing a fund needs a reason.",
            field="reason",
            code="REASON_REQUIRED",
            rule="domain 3.3",
        )
    left = await _left_in(context, given.fund_id)
    if any(left.values()):
        raise FundNotEmpty(
            f"{fund.name}尚有余额或草稿,不能停用。",
            f"{fund.name} is not empty: {', '.join(f'{name} {fen}' for name, fen in sorted(left.items()) if fen)}.",
        )
    await context.update(Fund, given.fund_id, {"status": FundStatus.CLOSED})
    return Outcome(given.fund_id, {"name": fund.name, "reason": given.reason.strip()})


async def _left_in(context: CommandContext, fund_id: uuid.UUID) -> dict[str, int]:
    """Return what still rests in a fund: net assets, each class of the balance sheet, and drafts that name it."""
    found = await rows(
        context.database,
        "SELECT account_class, sum(debit_fen - credit_fen) AS held, sum(net_fen) AS net FROM ledger_entry"
        " WHERE tenant_id = $1 AND fund_id = $2 GROUP BY account_class",
        context.tenant,
        fund_id,
    )
    left = {
        row["account_class"]: int(row["held"])
        for row in found
        if AccountClass[row["account_class"]] in (AccountClass.MONEY, AccountClass.RECEIVABLE, AccountClass.LIABILITY)
    }
    drafts = await rows(
        context.database,
        "SELECT count(*) AS n FROM voucher_draft WHERE tenant_id = $1 AND lines LIKE $2",
        context.tenant,
        f"%{fund_id}%",
    )
    return {**left, "balance": sum(int(row["net"]) for row in found), "drafts": int(drafts[0]["n"])}


close_fund: Final = Command(
    action=Action("fund.close", ("ACCOUNTANT", "COUNCIL_DIRECTOR"), "domain 3.3", "停用资金", "close a fund"),
    input=CloseFund,
    many=each(_close_fund),
    subject_type="Fund",
    body="finance",
    unversioned=STEPS,
    offer=CLOSE_FUND,
)


# vouchers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A line of a voucher, in fen on one side."""

    fund_id: Annotated[uuid.UUID, Given("资金", "the fund", refers="Fund")]
    account_no: Annotated[str, Given("科目", "number of the account", kind=Kind.CODE, reads=Reads.CODE)]
    debit_fen: Annotated[int, Given("借方", "debit", kind=Kind.FEN)] = 0
    credit_fen: Annotated[int, Given("贷方", "credit", kind=Kind.FEN)] = 0


@dataclass(frozen=True, slots=True)
class PostVoucher:
    """A voucher to post; `month` is that of the date unless the document belongs to another period."""

    kind: VoucherKind
    entry_date: str
    """Date on the document: 2026-10-08, or as precise as it says."""
    summary: str
    lines: Annotated[tuple[VoucherLine, ...], Given("分录", "its lines; they balance per fund")]
    handler: str | None = None
    external_no: str | None = None
    month: str | None = None
    is_opening: bool = False
    basis: str | None = None
    """The resolution that allows a transfer between funds."""


@dataclass(frozen=True, slots=True)
class DraftVoucher:
    """A voucher to prepare: it takes its number now and is posted or voided later."""

    kind: VoucherKind
    entry_date: str
    summary: str
    lines: Annotated[tuple[VoucherLine, ...], Given("分录", "its lines; they balance per fund")]
    handler: str | None = None
    external_no: str | None = None
    month: str | None = None
    basis: str | None = None


def _new_voucher(item: PostVoucher | DraftVoucher) -> NewVoucher:
    summary = item.summary.strip()
    if not summary:
        raise Invalid(
            "凭证须写明摘要。", "a voucher needs its summary.", field="summary", code="REQUIRED", rule="domain 3.3"
        )
    return NewVoucher(
        item.kind,
        Month.parse(item.month or item.entry_date),
        item.entry_date,
        summary,
        tuple(Line(line.fund_id, line.account_no, line.debit_fen, line.credit_fen) for line in item.lines),
        handler=item.handler,
        external_no=item.external_no,
        basis=item.basis,
        is_opening=isinstance(item, PostVoucher) and item.is_opening,
    )


def opening_lines(fund: uuid.UUID, kind: FundKind, amount_fen: int, money_account: str = BANK) -> tuple[Line, Line]:
    """Return the lines that bring an opening balance into the books; a deficit is what somebody advanced (K5)."""
    if amount_fen >= 0:
        return Line(fund, money_account, debit_fen=amount_fen), Line(fund, NET_ASSETS[kind], credit_fen=amount_fen)
    return Line(fund, NET_ASSETS[kind], debit_fen=-amount_fen), Line(fund, ADVANCES, credit_fen=-amount_fen)


async def _post_vouchers(context: CommandContext, inputs: Sequence[PostVoucher]) -> Sequence[Outcome]:
    posted = await post(context, [_new_voucher(item) for item in inputs])
    return [Outcome(voucher.id, voucher.payload) for voucher in posted]


post_voucher: Final = Command(
    action=Action("voucher.post", ("ACCOUNTANT",), BOOKKEEPING, "记账", "post a voucher", never=("CASHIER",)),
    input=PostVoucher,
    many=_post_vouchers,
    subject_type="Voucher",
    body="finance",
    unversioned=ADDS,
)


async def _draft_vouchers(context: CommandContext, inputs: Sequence[DraftVoucher]) -> Sequence[Outcome]:
    book = await load_book(context)
    drafts = [_new_voucher(item) for item in inputs]
    await complete_chart(context, book, drafts)
    for draft in drafts:
        check_voucher(context, book, draft)
    last = await next_numbers(context, {draft.series for draft in drafts})
    new: list[dict[str, Any]] = []
    for draft in drafts:
        last[draft.series] += 1
        new.append(
            {
                "kind": draft.kind,
                "year": draft.month.year,
                "number": last[draft.series],
                "month": draft.month.code,
                "entry_date": draft.entry_date,
                "summary": draft.summary,
                "handler": draft.handler,
                "external_no": draft.external_no,
                "basis": draft.basis,
                "lines": json.dumps(
                    [[str(line.fund), line.account, line.debit_fen, line.credit_fen] for line in draft.lines]
                ),
            }
        )
    ids = await context.insert(VoucherDraft, new)
    return [
        Outcome(draft, {"voucher": f"{row['year']}-{label(row['kind'], row['number'])}"})
        for draft, row in zip(ids, new, strict=True)
    ]


draft_voucher: Final = Command(
    action=Action(
        "voucher.draft", ("ACCOUNTANT",), f"F8, {BOOKKEEPING}", "起草凭证", "draft a voucher", never=("CASHIER",)
    ),
    input=DraftVoucher,
    many=_draft_vouchers,
    subject_type="VoucherDraft",
    body="finance",
    unversioned=ADDS,
)


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A draft to post under its number."""

    draft_id: Annotated[uuid.UUID, Given("凭证草稿", "the draft", refers="VoucherDraft")]


@dataclass(frozen=True, slots=True)
class VoidVoucher:
    """A draft to void; a posted voucher is refused, for it is corrected by a reversal only (F7)."""

    draft_id: Annotated[uuid.UUID, Given("凭证草稿", "the draft", refers="VoucherDraft")]
    reason: str


async def _take_draft(context: CommandContext, draft_id: uuid.UUID) -> NewVoucher:
    """Return a draft and remove it; raise VoucherPosted for a voucher that is in the books, else NotFound."""
    found = await rows(
        context.database,
        "SELECT kind, number, month, entry_date, summary, handler, external_no, basis, lines FROM voucher_draft"
        " WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        draft_id,
    )
    if not found:
        posted = await rows(
            context.database, "SELECT id FROM voucher WHERE tenant_id = $1 AND id = $2", context.tenant, draft_id
        )
        if posted:
            raise VoucherPosted(
                "已记账的凭证不能修改、作废或删除,请用红字冲销。",
                "a posted voucher is never changed, voided or deleted; reverse it (F7).",
            )
        raise NotFound("没有找到该凭证草稿。", "there is no such draft here.")
    await changed(
        context.database, "DELETE FROM voucher_draft WHERE tenant_id = $1 AND id = $2", context.tenant, draft_id
    )
    row = found[0]
    return NewVoucher(
        VoucherKind[row["kind"]],
        Month.parse(row["month"]),
        row["entry_date"],
        row["summary"],
        tuple(
            Line(uuid.UUID(fund), account, debit, credit) for fund, account, debit, credit in json.loads(row["lines"])
        ),
        handler=row["handler"],
        external_no=row["external_no"],
        basis=row["basis"],
        number=row["number"],
    )


async def _post_drafts(context: CommandContext, inputs: Sequence[PostDraft]) -> Sequence[Outcome]:
    drafts = [await _take_draft(context, item.draft_id) for item in inputs]
    return [Outcome(voucher.id, voucher.payload) for voucher in await post(context, drafts)]


post_draft: Final = Command(
    action=Action("voucher_draft.post", ("ACCOUNTANT",), BOOKKEEPING, "草稿记账", "post a draft", never=("CASHIER",)),
    input=PostDraft,
    many=_post_drafts,
    subject_type="Voucher",
    body="finance",
    unversioned=STEPS,
)


async def _void_voucher(context: CommandContext, item: VoidVoucher) -> Outcome:
    draft = await _take_draft(context, item.draft_id)
    if not item.reason.strip():
        raise Invalid(
            "作废须写明原因。", "voiding a draft needs a reason.", field="reason", code="REASON_REQUIRED", rule="F8"
        )
    book = await load_book(context)
    period = await ensure_period(context, book, draft.month)
    [voucher] = await context.insert(
        Voucher,
        [
            {
                "kind": draft.kind,
                "year": draft.month.year,
                "number": draft.number,
                "period_id": period.id,
                "month": draft.month.code,
                "entry_date": draft.entry_date,
                "summary": "作废",
                "status": VoucherStatus.VOIDED,
                "reason": item.reason,
            }
        ],
    )
    context.bump(FinanceCounts, vouchers=1)
    return Outcome(voucher, {"voucher": f"{draft.month.year}-{label(draft.kind, draft.number or 0)}"})


void_voucher: Final = Command(
    action=Action("voucher.void", ("ACCOUNTANT",), "F7, F8", "作废凭证草稿", "void a draft", never=("CASHIER",)),
    input=VoidVoucher,
    many=each(_void_voucher),
    subject_type="Voucher",
    body="finance",
    unversioned=STEPS,
)


@dataclass(frozen=True, slots=True)
class ReverseVoucher:
    """A posted voucher to reverse: the same lines in red, in an open period (F7)."""

    voucher_id: uuid.UUID
    reason: str
    entry_date: str | None = None
    """Date of the reversal; today unless given."""
    month: str | None = None


async def reverse_vouchers(context: CommandContext, inputs: Sequence[ReverseVoucher]) -> Sequence[Outcome]:
    """Post the reversals of posted vouchers, each once."""
    book = await load_book(context)
    ids = [item.voucher_id for item in inputs]
    if len(set(ids)) != len(ids):
        raise Conflict("同一凭证只能冲销一次。", "a voucher is reversed only once.", code="ALREADY_REVERSED", rule="F7")
    found = await rows(
        context.database,
        "SELECT v.id, v.kind, v.year, v.number, v.status, v.summary, v.handler, v.basis, v.is_opening, v.reverses_id,"
        " r.id AS reversal FROM voucher v"
        " LEFT JOIN voucher r ON r.tenant_id = v.tenant_id AND r.reverses_id = v.id"
        f" WHERE v.tenant_id = $1 AND v.id IN ({many(ids, 2)})",
        context.tenant,
        *ids,
    )
    vouchers = {row["id"]: row for row in found}
    lines = await _lines_of(context, book, ids)
    new: list[NewVoucher] = []
    for item in inputs:
        row = vouchers.get(item.voucher_id)
        if row is None:
            raise NotFound("没有找到该凭证。", "there is no such voucher here.")
        check_reversal(
            VoucherStatus[row["status"]],
            is_reversal=row["reverses_id"] is not None,
            is_reversed=row["reversal"] is not None,
            reason=item.reason,
        )
        kind = VoucherKind[row["kind"]]
        entry_date = item.entry_date or context.today.isoformat()
        new.append(
            NewVoucher(
                kind,
                Month.parse(item.month or entry_date),
                entry_date,
                f"冲销{row['year']}年{label(kind, row['number'])}:{row['summary']}",
                red_lines(lines[item.voucher_id]),
                handler=row["handler"],
                basis=row["basis"],
                is_opening=row["is_opening"],
                is_red=not _is_red(lines[item.voucher_id]),
                reverses=item.voucher_id,
                reason=item.reason,
            )
        )
    return [
        Outcome(voucher.id, {**voucher.payload, "reverses": item.voucher_id})
        for voucher, item in zip(await post(context, new, book), inputs, strict=True)
    ]


def _is_red(lines: Sequence[Line]) -> bool:
    return any((line.debit_fen or line.credit_fen) < 0 for line in lines)


async def _lines_of(context: CommandContext, book: Book, vouchers: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Line]]:
    numbers = {account.id: account.number for account in book.accounts.values()}
    lines: dict[uuid.UUID, list[Line]] = {voucher: [] for voucher in vouchers}
    for row in await rows(
        context.database,
        "SELECT voucher_id, fund_id, account_id, debit_fen, credit_fen FROM ledger_entry"
        f" WHERE tenant_id = $1 AND voucher_id IN ({many(vouchers, 2)}) ORDER BY voucher_id, line_no",
        context.tenant,
        *vouchers,
    ):
        lines[row["voucher_id"]].append(
            Line(row["fund_id"], numbers[row["account_id"]], row["debit_fen"], row["credit_fen"])
        )
    return lines


reverse_voucher: Final = Command(
    action=Action(
        "voucher.reverse", ("ACCOUNTANT",), f"F7, {BOOKKEEPING}", "冲销凭证", "reverse a voucher", never=("CASHIER",)
    ),
    input=ReverseVoucher,
    many=reverse_vouchers,
    subject_type="Voucher",
    body="finance",
    unversioned=STEPS,
    offer=REVERSE,
)


# periods ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """A month whose closing is prepared; earlier ones first."""

    period_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReturnPeriod:
    """A prepared closing that the supervisor gives back; nothing is closed yet."""

    period_id: uuid.UUID
    reason: Annotated[str, Given("退回原因", "why it is returned")]


@dataclass(frozen=True, slots=True)
class ConfirmPeriod:
    """A prepared closing that the supervisor confirms; from now on the month is closed for ever."""

    period_id: uuid.UUID
    closed_on: dt.date | None = None
    """Today; a day before is refused as BACKDATED (K1)."""


@dataclass(frozen=True, slots=True)
class PublishPeriod:
    """A closed month whose statement is on the board."""

    period_id: uuid.UUID
    published_on: dt.date | None = None
    """Today; a day before is refused as BACKDATED (K1)."""


def _steps(book: Book, ids: Sequence[uuid.UUID], wanted: PeriodStatus) -> list[PeriodState]:
    """Return the periods `ids`, each checked to be ready for the step, and note the step in `book`."""
    periods: list[PeriodState] = []
    for period_id in ids:
        period = book.period_with_id(period_id)
        earlier = [each.status for month, each in book.periods.items() if month < period.month]
        check_step(period.month, period.status, wanted, earlier)
        book.periods[period.month] = dataclasses.replace(period, status=wanted)
        periods.append(period)
    return periods


async def _close_periods(context: CommandContext, inputs: Sequence[ClosePeriod]) -> Sequence[Outcome]:
    book = await load_book(context)
    periods = _steps(book, [item.period_id for item in inputs], PeriodStatus.CLOSING)
    for period in periods:
        check_month_over(period.month, context.today)
    over = await check_months(context, book, periods)
    for period in periods:
        await context.update(
            Period,
            period.id,
            {"status": PeriodStatus.CLOSING, "prepared_by": actor_of(context.actor), **due_row(period.month)},
        )
    return [
        Outcome(period.id, {"month": period.month.code, "cash_over_limit_fen": over[period.month]})
        for period in periods
    ]


close_period: Final = Command(
    action=Action("period.close", ("ACCOUNTANT",), "F9, domain 7", "结账", "close a month", never=("CASHIER",)),
    input=ClosePeriod,
    many=_close_periods,
    subject_type="Period",
    body="finance",
    unversioned=STEPS,
    offer=period_offer(PeriodStatus.CLOSING),
)


async def _return_period(context: CommandContext, item: ReturnPeriod) -> Outcome:
    if not item.reason.strip():
        raise Invalid(
            "退回结账须写明原因。",
            "returning a closing needs a reason.",
            field="reason",
            code="REASON_REQUIRED",
            rule="F9",
        )
    book = await load_book(context)
    month = book.period_with_id(item.period_id).month
    later = [each for each in book.periods.values() if each.month > month]
    if any(each.status is not PeriodStatus.OPEN for each in later):
        raise PeriodOrder("之后的月份已开始结账。", "a later month is being closed already; return that one first.")
    [period] = _steps(book, [item.period_id], PeriodStatus.OPEN)
    await context.update(Period, period.id, {"status": PeriodStatus.OPEN, "prepared_by": None})
    return Outcome(period.id, {"month": period.month.code, "reason": item.reason})


return_period: Final = Command(
    action=Action("period.return", ("SUPERVISOR", "ACCOUNTANT"), "F9", "退回结账", "return a closing"),
    input=ReturnPeriod,
    many=each(_return_period),
    subject_type="Period",
    body="finance",
    unversioned=STEPS,
    offer=period_offer(PeriodStatus.OPEN),
)


async def _confirm_periods(context: CommandContext, inputs: Sequence[ConfirmPeriod]) -> Sequence[Outcome]:
    days = [day_of_filing(item.closed_on, context.today, "closed_on", rule="K1, F9") for item in inputs]
    return await confirm_periods(context, [item.period_id for item in inputs], days)


async def confirm_periods(
    context: CommandContext, ids: Sequence[uuid.UUID], days: Sequence[dt.date]
) -> Sequence[Outcome]:
    """Close prepared months, each on the day on which that is filed."""
    book = await load_book(context)
    actor = actor_of(context.actor)
    periods = _steps(book, ids, PeriodStatus.CLOSED)
    for period in periods:
        check_confirmer(period.prepared_by, actor, is_account=bool(context.actor.account_id.int))
    await complete_statements(context, book, periods)
    hashes = await statement_hashes(context, book, periods)
    outcomes: list[Outcome] = []
    for period, closed_on in zip(periods, days, strict=True):
        await context.update(
            Period,
            period.id,
            {
                "status": PeriodStatus.CLOSED,
                "confirmed_by": actor,
                "closed_on": closed_on,
                "closed_on_time": closed_on <= close_due(period.month),
                "statement_hash": hashes[period.month],
            },
        )
        outcomes.append(Outcome(period.id, {"month": period.month.code, "statement_hash": hashes[period.month]}))
    return outcomes


confirm_period: Final = Command(
    action=Action(
        "period.confirm", ("SUPERVISOR",), "F9, domain 7", "复核结账", "confirm a closing", never=("CASHIER",)
    ),
    input=ConfirmPeriod,
    many=_confirm_periods,
    subject_type="Period",
    body="finance",
    unversioned=STEPS,
    offer=CONFIRM,
)


async def _publish_periods(context: CommandContext, inputs: Sequence[PublishPeriod]) -> Sequence[Outcome]:
    days = [day_of_filing(item.published_on, context.today, "published_on", rule="K1, F9") for item in inputs]
    return await publish_periods(context, [item.period_id for item in inputs], days)


async def publish_periods(
    context: CommandContext, ids: Sequence[uuid.UUID], days: Sequence[dt.date]
) -> Sequence[Outcome]:
    """Put closed months on the board, each on the day on which that is filed."""
    book = await load_book(context)
    periods = _steps(book, ids, PeriodStatus.PUBLISHED)
    hashes = await statement_hashes(context, book, periods)
    outcomes: list[Outcome] = []
    for period, published_on in zip(periods, days, strict=True):
        if hashes[period.month] != period.statement_hash:
            raise PeriodOrder(
                f"{period.month.code} 的账与结账时的报表不符,不能公示。",
                f"the ledger of {period.month.code} is no longer what was closed; it is not published.",
            )
        on_time = published_on <= publish_due(period.month)
        await context.update(
            Period,
            period.id,
            {
                "status": PeriodStatus.PUBLISHED,
                "published_on": published_on,
                "published_on_time": on_time,
                **due_row(period.month),
            },
        )
        context.bump(FinanceCounts, months_published=1, months_on_time=int(on_time))
        outcomes.append(Outcome(period.id, {"month": period.month.code, "statement_hash": period.statement_hash}))
    return outcomes


publish_period: Final = Command(
    action=Action(
        "period.publish",
        ("COUNCIL_DIRECTOR", "SUPERVISOR"),
        "domain 3.2 C10, domain 7",
        "公示月报",
        "publish a month's statement",
        never=("CASHIER", "ACCOUNTANT"),
    ),
    input=PublishPeriod,
    many=_publish_periods,
    subject_type="Period",
    body="finance",
    unversioned=STEPS,
    offer=period_offer(PeriodStatus.PUBLISHED),
)


COMMANDS: Final = (
    open_fund,
    close_fund,
    post_voucher,
    draft_voucher,
    post_draft,
    void_voucher,
    reverse_voucher,
    close_period,
    return_period,
    confirm_period,
    publish_period,
)
"""Every command of the plugin."""
