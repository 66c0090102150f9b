"""Random sequences of commands against a simple model: what is allowed happens, what is refused changes nothing.

Each run opens a courtyard of its own. After every step the counters equal what counting anew gives, revisions have
only grown, every voucher balances in every fund, no activity has more places taken than it has, and the rows are
what the model says. A replay under the same key changes nothing. At the end the chain of records is whole.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COMMUNITY, TODAY, at, make_house
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import yuanluo
import yuanluo_council
import yuanluo_culture
import yuanluo_finance
from yuanluo import (
    AppointSeat,
    Count,
    Counter,
    CreateOrganization,
    CreatePerson,
    DataClass,
    Declared,
    DissolveOrganization,
    EndSeat,
    House,
    OpenCourtyard,
    Plugins,
    Receipt,
    Refused,
    SeatEnd,
    hookimpl,
    register_of,
    run_command,
    run_commands,
    scoped,
    verify,
)
from yuanluo.counters import recount, stored_counts
from yuanluo.records import RecordHead
from yuanluo_council import opinions
from yuanluo_council.tables import OpinionCategory, OpinionStatus, Satisfaction
from yuanluo_culture import attendance, planning
from yuanluo_culture.terms import ActivityKind, ActivityStatus, SignupState
from yuanluo_finance.commands import (
    ClosePeriod,
    ConfirmPeriod,
    OpenFund,
    PostVoucher,
    PublishPeriod,
    ReturnPeriod,
    ReverseVoucher,
    VoucherLine,
    close_period,
    confirm_period,
    open_fund,
    post_voucher,
    publish_period,
    return_period,
    reverse_voucher,
)
from yuanluo_finance.tables import FundKind, PeriodStatus, VoucherKind
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import TableClass

T = TypeVar("T")
EXAMPLES: Final = {"sqlite": 6, "postgresql": 2}
STEPS: Final = 20
PEOPLE: Final = 5
MONTHS: Final = ("2026-09", "2026-10")
REVERSED_IN: Final = "2026-11-02"


class Bench(
    yuanluo.TenantTable,
    zh="长椅",
    en="a bench",
    body="greening",
    natural_key=["name"],
    order=["name"],
    unique=[["name"]],
    keepers=("COUNCIL_DIRECTOR",),
    rule="domain 3.4",
):
    name = yuanluo.Text("名称", "name", klass=DataClass.D0)
    seats = yuanluo.Integer("座位数", "seats", unit="seats")


class BenchCounts(yuanluo.CounterTable, zh="长椅计数", en="counts of benches", body="greening"):
    benches = yuanluo.Long("长椅数", "benches in use", unit="benches")
    seats = yuanluo.Long("座位数", "seats of benches in use", unit="seats")


BENCH_COUNTER: Final = Counter(
    BenchCounts,
    {
        "benches": Count("bench", where=(("archived_on", None),)),
        "seats": Count("bench", sum_of="seats", where=(("archived_on", None),)),
    },
)
BENCHES: Final = register_of(Bench)


class Benches:
    """A plugin that is one register."""

    @hookimpl
    def tables(self) -> Sequence[type[Declared]]:
        return [Bench, BenchCounts]

    @hookimpl
    def counters(self) -> Sequence[Counter]:
        return [BENCH_COUNTER]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    plugins = {
        "council": yuanluo_council,
        "culture": yuanluo_culture,
        "finance": yuanluo_finance,
        "benches": Benches(),
    }
    return await make_house(make_database, Plugins.load(plugins, entry_points=False))


# the model --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """A sign-up as the model sees it."""

    state: SignupState
    position: int
    attended: bool = False


@dataclass(slots=True)
class Event:
    """An activity: it starts in half an hour, so that it takes sign-ups and check-ins, and cannot be over."""

    capacity: int | None
    status: ActivityStatus = ActivityStatus.PLANNED
    lines: dict[uuid.UUID, Line] = field(default_factory=lambda: {})

    def in_state(self, state: SignupState) -> list[Line]:
        """Return the lines in a state, first come first."""
        return sorted((each for each in self.lines.values() if each.state is state), key=lambda each: each.position)

    def promote(self) -> None:
        """Give free places to those who wait."""
        for waiting in self.in_state(SignupState.WAITLISTED):
            if self.capacity is None or len(self.in_state(SignupState.CONFIRMED)) < self.capacity:
                waiting.state = SignupState.CONFIRMED


HANDLERS: Final[Mapping[OpinionStatus, tuple[Any, Any]]] = {
    OpinionStatus.ANSWERED: (opinions.answer_opinion, opinions.AnswerOpinion),
    OpinionStatus.REFERRED: (opinions.refer_opinion, opinions.ReferOpinion),
    OpinionStatus.PROPOSED: (opinions.propose_opinion, opinions.ProposeOpinion),
}
NEXT: Final[Mapping[ActivityStatus, ActivityStatus]] = {
    ActivityStatus.PLANNED: ActivityStatus.APPROVED,
    ActivityStatus.APPROVED: ActivityStatus.PUBLISHED,
    ActivityStatus.PUBLISHED: ActivityStatus.SIGNUP,
    ActivityStatus.SIGNUP: ActivityStatus.RUNNING,
    ActivityStatus.RUNNING: ActivityStatus.FINISHED,
}


class Writes(RuleBasedStateMachine):
    """One courtyard, its commands and its model; `house` and `loop` are set before a run."""

    kept: ClassVar[Sequence[str]]
    """The revised tables that it writes."""
    house: ClassVar[House]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        opened = self.wait(
            run_command(yuanluo.open_courtyard, at(self.house, COMMUNITY), OpenCourtyard("试院", "沙湾路9号院"))
        )
        self.tenant = int(opened.payload["number"])
        self.context = at(self.house, self.tenant)
        self.keys = 0
        self.revisions: dict[tuple[str, uuid.UUID], int] = {}
        names = [CreatePerson(f"测试人{number}") for number in range(PEOPLE)]
        made = self.wait(run_commands(yuanluo.create_person, self.context, names))
        self.people = [each for each in made.subject_ids if each is not None]
        self.opinions: dict[uuid.UUID, OpinionStatus] = {}
        self.events: dict[uuid.UUID, Event] = {}
        self.funds: dict[uuid.UUID, int] = {}
        self.vouchers: dict[uuid.UUID, tuple[uuid.UUID, int, bool]] = {}
        self.months: dict[str, PeriodStatus] = {}
        self.clubs: dict[uuid.UUID, bool] = {}
        self.seats: dict[uuid.UUID, tuple[uuid.UUID, bool]] = {}
        self.members: set[tuple[uuid.UUID, uuid.UUID]] = set()
        self.benches: dict[uuid.UUID, tuple[str, int, bool]] = {}

    # how a command is run --------------------------------------------------------------------------------------

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop to which the database belongs."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def select(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Read rows of the courtyard; `$1` is the tenant."""

        async def read() -> list[dict[str, Any]]:
            with scoped(self.tenant):
                return await yuanluo.rows(self.house.database, sql, self.tenant, *args)

        return self.wait(read())

    def everything(self) -> dict[str, list[str]]:
        """Return every row of the courtyard, of every table; the head's count of writing transactions is none."""
        registry: Registry = self.house.composition.registry

        async def read() -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            with scoped(self.tenant):
                for table in registry.of_class(TableClass.TENANT):
                    name = table._meta.tablename
                    sql = f"SELECT * FROM {name} WHERE tenant_id = $1"
                    found[name] = sorted(
                        repr([value for key, value in row.items() if key != "version" or table is not RecordHead])
                        for row in await yuanluo.rows(self.house.database, sql, self.tenant)
                    )
            return found

        return self.wait(read())

    def do(self, command: Any, item: Any, refused: str | None = None, revision: int | None = None) -> Receipt | None:
        """Run a command, which must be refused under the code `refused`, or succeed and be replayed."""
        self.keys += 1
        key = f"step {self.keys}"
        before = self.everything() if refused is not None else None
        receipt: Receipt | None = None
        try:
            receipt = self.wait(run_command(command, self.context, item, key=key, revision=revision))
        except Refused as refusal:
            met = refusal.stable_code
        else:
            met = None
        assert met == refused, item
        if receipt is None:
            assert self.everything() == before
            return None
        if self.keys % 3 == 0:
            after = self.everything()
            again = self.wait(run_command(command, self.context, item, key=key, revision=revision))
            assert (again.replayed, again.record_id, again.subject_id) == (True, receipt.record_id, receipt.subject_id)
            assert self.everything() == after
        return receipt

    def made(self, command: Any, item: Any) -> uuid.UUID:
        """Run a command that must succeed and return its subject."""
        receipt = self.do(command, item)
        assert receipt is not None
        assert receipt.subject_id is not None
        return receipt.subject_id

    def column(self, table: str, column: str) -> dict[uuid.UUID, Any]:
        """Return a column of every row of a table, by row id."""
        found = self.select(f"SELECT id, {column} FROM {table} WHERE tenant_id = $1")
        return {row["id"]: row[column] for row in found}

    # what holds after every step -------------------------------------------------------------------------------

    @invariant()
    def counters_are_what_counting_gives(self) -> None:
        async def compare() -> None:
            with scoped(self.tenant):
                for counter in self.house.composition.counters:
                    stored = await stored_counts(self.house.database, counter, self.tenant)
                    assert stored == await recount(self.house.database, counter, self.tenant), counter.table.__name__

        self.wait(compare())

    @invariant()
    def revisions_only_grow(self) -> None:
        for table in self.kept:
            for row in self.select(f"SELECT id, revision FROM {table} WHERE tenant_id = $1"):
                assert row["revision"] >= self.revisions.get((table, row["id"]), 1)
                self.revisions[table, row["id"]] = row["revision"]

    def teardown(self) -> None:
        async def check() -> yuanluo.Verification:
            with scoped(self.tenant):
                return await verify(self.house.database, self.tenant, self.house.keys)

        assert self.wait(check()).is_whole


class Ledger(Writes):
    """The ledger of opinions."""

    kept = ("opinion",)

    @rule()
    def collect(self) -> None:
        made = self.made(opinions.collect_opinion, opinions.CollectOpinion("路灯不亮", OpinionCategory.FACILITY))
        self.opinions[made] = OpinionStatus.COLLECTED

    def step(
        self, row: uuid.UUID, source: OpinionStatus | tuple[OpinionStatus, ...], target: OpinionStatus
    ) -> str | None:
        """Return the code under which the step is refused; where it is not, take it in the model."""
        sources = source if isinstance(source, tuple) else (source,)
        if self.opinions[row] not in sources:
            return "STEP_REFUSED"
        self.opinions[row] = target
        return None

    @precondition(lambda self: self.opinions)
    @rule(data=st.data())
    def triage(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.opinions)))
        refused = self.step(row, OpinionStatus.COLLECTED, OpinionStatus.TRIAGED)
        self.do(opinions.triage_opinion, opinions.TriageOpinion(row, assignee_name="王秀英"), refused)

    @precondition(lambda self: self.opinions)
    @rule(data=st.data(), handled=st.sampled_from(sorted(HANDLERS, key=lambda each: each.name)))
    def handle(self, data: st.DataObject, handled: OpinionStatus) -> None:
        row = data.draw(st.sampled_from(sorted(self.opinions)))
        command, given = HANDLERS[handled]
        self.do(command, given(row, "已处理"), self.step(row, OpinionStatus.TRIAGED, handled))

    @precondition(lambda self: self.opinions)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.opinions)))
        into = data.draw(st.sampled_from(sorted(self.opinions)))
        refused: str | None
        if self.opinions[row] is not OpinionStatus.TRIAGED:
            refused = "STEP_REFUSED"
        elif row == into or self.opinions[into] is OpinionStatus.MERGED:
            refused = "MERGE_TARGET"
        else:
            refused = self.step(row, OpinionStatus.TRIAGED, OpinionStatus.MERGED)
        self.do(opinions.merge_opinion, opinions.MergeOpinion(row, into, "同一事项"), refused)

    @precondition(lambda self: self.opinions)
    @rule(data=st.data())
    def close_opinion(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.opinions)))
        refused = self.step(row, (*HANDLERS, OpinionStatus.MERGED), OpinionStatus.CLOSED)
        self.do(opinions.close_opinion, opinions.CloseOpinion(row, "已修复"), refused)

    @precondition(lambda self: self.opinions)
    @rule(data=st.data(), satisfaction=st.sampled_from(Satisfaction))
    def rate(self, data: st.DataObject, satisfaction: Satisfaction) -> None:
        row = data.draw(st.sampled_from(sorted(self.opinions)))
        refused = self.step(row, OpinionStatus.CLOSED, OpinionStatus.RATED)
        self.do(opinions.rate_opinion, opinions.RateOpinion(row, satisfaction), refused)

    @invariant()
    def opinions_stand_where_the_model_says(self) -> None:
        assert self.column("opinion", "status") == {row: status.name for row, status in self.opinions.items()}


class Activities(Writes):
    """Activities with their lists; the first takes sign-ups from the start."""

    kept = ("activity", "activity_signup")

    @initialize(capacity=st.sampled_from((1, 2)))
    def open_for_sign_up(self, capacity: int) -> None:
        self.plan(capacity)
        [row] = self.events
        for target in (ActivityStatus.APPROVED, ActivityStatus.PUBLISHED, ActivityStatus.SIGNUP):
            self.do(planning.advance_activity, planning.AdvanceActivity(row, target))
            self.events[row].status = target
        for person in self.people[:3]:
            self.enter(row, person)

    @precondition(lambda self: len(self.events) < 2)
    @rule(capacity=st.sampled_from((1, 2, None)))
    def plan(self, capacity: int | None) -> None:
        starts_at = CLOCK() + dt.timedelta(minutes=30)
        plan = planning.PlanActivity(
            ActivityKind.SPORT, "太极晨练", starts_at, starts_at + dt.timedelta(hours=2), "坝子", capacity
        )
        self.events[self.made(planning.plan_activity, plan)] = Event(capacity)

    @precondition(lambda self: self.events)
    @rule(data=st.data(), leaps=st.booleans())
    def advance(self, data: st.DataObject, leaps: bool) -> None:
        row = data.draw(st.sampled_from(sorted(self.events)))
        event = self.events[row]
        target = NEXT.get(event.status, ActivityStatus.APPROVED)
        refused: str | None = "ACTIVITY_STEP" if event.status not in NEXT else None
        if leaps:
            target, refused = ActivityStatus.ARCHIVED, "ACTIVITY_STEP"
        elif target is ActivityStatus.FINISHED:
            refused = "ACTIVITY_TOO_EARLY"
        self.do(planning.advance_activity, planning.AdvanceActivity(row, target), refused)
        if refused is None:
            event.status = target

    @precondition(lambda self: len(self.events) > 1)
    @rule(data=st.data())
    def cancel_activity(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.events)))
        refused = None if self.events[row].status in NEXT else "ACTIVITY_STEP"
        self.do(planning.cancel_activity, planning.CancelActivity(row, "下雨"), refused)
        self.events[row].status = ActivityStatus.CANCELLED

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def sign_up(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.events)))
        self.enter(row, data.draw(st.sampled_from(self.people)))

    def enter(self, row: uuid.UUID, person: uuid.UUID) -> None:
        """Sign a person up, where the activity takes him."""
        event = self.events[row]
        known = event.lines.get(person)
        refused: str | None = None
        if event.status not in (ActivityStatus.SIGNUP, ActivityStatus.RUNNING):
            refused = "SIGN_UP_CLOSED"
        elif known is not None and known.state is not SignupState.CANCELLED:
            refused = "ALREADY_SIGNED_UP"
        self.do(attendance.sign_up, attendance.SignUp(row, person), refused)
        if refused is None:
            is_free = event.capacity is None or len(event.in_state(SignupState.CONFIRMED)) < event.capacity
            waits = event.in_state(SignupState.WAITLISTED)
            state = SignupState.CONFIRMED if is_free and not waits else SignupState.WAITLISTED
            last = max((each.position for each in event.lines.values()), default=0)
            event.lines[person] = Line(state, last + 1)

    @precondition(lambda self: any(event.lines for event in self.events.values()))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(each for each, event in self.events.items() if event.lines)))
        event = self.events[row]
        person = data.draw(st.sampled_from([*event.lines, self.people[-1]]))
        line = event.lines.get(person)
        refused: str | None = None
        if line is None or line.state is SignupState.CANCELLED:
            refused = "NOT_FOUND"
        elif event.status not in (ActivityStatus.PUBLISHED, ActivityStatus.SIGNUP, ActivityStatus.RUNNING):
            refused = "SIGN_UP_CLOSED"
        elif line.attended:
            refused = "ALREADY_CHECKED_IN"
        self.do(attendance.cancel_sign_up, attendance.CancelSignUp(row, person), refused)
        if refused is None and line is not None:
            line.state = SignupState.CANCELLED
            event.promote()

    @precondition(lambda self: any(event.lines for event in self.events.values()))
    @rule(data=st.data())
    def check_in(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(each for each, event in self.events.items() if event.lines)))
        event = self.events[row]
        person = data.draw(st.sampled_from([*event.lines, self.people[-1]]))
        line = event.lines.get(person)
        refused: str | None = None
        if line is None or line.state is SignupState.CANCELLED:
            refused = "NOT_FOUND"
        elif event.status not in (ActivityStatus.SIGNUP, ActivityStatus.RUNNING):
            refused = "CHECK_IN_CLOSED"
        elif line.state is not SignupState.CONFIRMED:
            refused = "NO_PLACE"
        elif line.attended:
            refused = "ALREADY_CHECKED_IN"
        self.do(attendance.check_in, attendance.CheckIn(row, person), refused)
        if refused is None and line is not None:
            line.attended = True

    @precondition(lambda self: self.events)
    @rule(data=st.data(), capacity=st.integers(1, 3))
    def revise(self, data: st.DataObject, capacity: int) -> None:
        row = data.draw(st.sampled_from(sorted(self.events)))
        event = self.events[row]
        refused: str | None = None
        if event.status not in NEXT or event.status is ActivityStatus.RUNNING:
            refused = "ACTIVITY_FIXED"
        elif capacity != event.capacity and len(event.in_state(SignupState.CONFIRMED)) > capacity:
            refused = "PLACES_TAKEN"
        self.do(planning.revise_activity, planning.ReviseActivity(row, capacity=capacity), refused)
        if refused is None:
            event.capacity = capacity
            event.promote()

    @invariant()
    def places_are_never_given_twice(self) -> None:
        stored: dict[uuid.UUID, dict[uuid.UUID, Line]] = {row: {} for row in self.events}
        for row in self.select(
            "SELECT activity_id, person_id, state, position, attended FROM activity_signup WHERE tenant_id = $1"
        ):
            line = Line(SignupState[row["state"]], row["position"], bool(row["attended"]))
            stored[row["activity_id"]][row["person_id"]] = line
        for row, event in self.events.items():
            assert stored[row] == event.lines
            confirmed = sum(line.state is SignupState.CONFIRMED for line in stored[row].values())
            assert event.capacity is None or confirmed <= event.capacity
        assert self.column("activity", "status") == {row: event.status.name for row, event in self.events.items()}


class Books(Writes):
    """Funds, vouchers, their reversals, and months."""

    kept = ("fund", "period", "statement")

    @precondition(lambda self: len(self.funds) < 2)
    @rule()
    def open_fund(self) -> None:
        fund = OpenFund(FundKind.PUBLIC_REVENUE, f"公共收益{len(self.funds)}")
        self.funds[self.made(open_fund, fund)] = 0

    @precondition(lambda self: self.funds)
    @rule(data=st.data(), month=st.sampled_from(MONTHS), fen=st.integers(1, 500))
    def post(self, data: st.DataObject, month: str, fen: int) -> None:
        fund = data.draw(st.sampled_from(sorted(self.funds)))
        lines = VoucherLine(fund, "1002", fen), VoucherLine(fund, "4101", credit_fen=fen)
        begun = [each for each, status in self.months.items() if status is not PeriodStatus.OPEN]
        refused = "PERIOD_CLOSED" if any(month <= each for each in begun) else None
        posted = self.do(post_voucher, PostVoucher(VoucherKind.RECEIPT, f"{month}-05", "停车费", lines), refused)
        if posted is not None and posted.subject_id is not None:
            self.vouchers[posted.subject_id] = (fund, fen, False)
            self.funds[fund] += fen
            self.learn_months()

    def learn_months(self) -> None:
        """Note the months that the books have now: those between are made with them."""
        for row in self.select("SELECT month FROM period WHERE tenant_id = $1"):
            self.months.setdefault(row["month"], PeriodStatus.OPEN)

    @precondition(lambda self: self.vouchers)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.vouchers)))
        fund, fen, is_reversed = self.vouchers[row]
        refused = "ALREADY_REVERSED" if is_reversed else None
        red = self.do(reverse_voucher, ReverseVoucher(row, "录错", REVERSED_IN), refused)
        if red is not None:
            self.vouchers[row] = (fund, fen, True)
            self.funds[fund] -= fen
            self.learn_months()

    @precondition(lambda self: any(month in self.months for month in MONTHS))
    @rule(data=st.data(), wanted=st.sampled_from(PeriodStatus))
    def take_month(self, data: st.DataObject, wanted: PeriodStatus) -> None:
        month = data.draw(st.sampled_from([each for each in MONTHS if each in self.months]))
        command, given, source = {
            PeriodStatus.CLOSING: (close_period, ClosePeriod, PeriodStatus.OPEN),
            PeriodStatus.OPEN: (
                return_period,
                lambda row: ReturnPeriod(row, "缺单据"),
                PeriodStatus.CLOSING,
            ),
            PeriodStatus.CLOSED: (confirm_period, ConfirmPeriod, PeriodStatus.CLOSING),
            PeriodStatus.PUBLISHED: (publish_period, PublishPeriod, PeriodStatus.CLOSED),
        }[wanted]
        others = [(each, status) for each, status in self.months.items() if each != month]
        is_blocked = self.months[month] is not source
        if wanted is PeriodStatus.CLOSING:
            is_blocked |= any(each < month and status is PeriodStatus.OPEN for each, status in others)
        if wanted is PeriodStatus.OPEN:
            is_blocked |= any(each > month and status is not PeriodStatus.OPEN for each, status in others)
        [row] = self.select("SELECT id FROM period WHERE tenant_id = $1 AND month = $2", month)
        self.do(command, given(row["id"]), "PERIOD_STATE" if is_blocked else None)
        if not is_blocked:
            self.months[month] = wanted

    @invariant()
    def every_voucher_balances_in_every_fund(self) -> None:
        uneven = self.select(
            "SELECT voucher_id, fund_id FROM ledger_entry WHERE tenant_id = $1 GROUP BY voucher_id, fund_id"
            " HAVING sum(debit_fen) <> sum(credit_fen)"
        )
        assert uneven == []
        held = self.select(
            "SELECT fund_id, sum(net_fen) AS net FROM ledger_entry WHERE tenant_id = $1 GROUP BY fund_id"
        )
        balances = {row["fund_id"]: int(row["net"]) for row in held}
        assert {fund: balances.get(fund, 0) for fund in self.funds} == self.funds


class Registers(Writes):
    """Organizations with their seats, and a register."""

    kept = ("organization", "seat", "bench")

    @precondition(lambda self: len(self.clubs) < 3)
    @rule()
    def found_club(self) -> None:
        made = self.made(yuanluo.create_organization, CreateOrganization("CLUB", f"棋社{len(self.clubs)}"))
        self.clubs[made] = True

    @precondition(lambda self: self.clubs)
    @rule(data=st.data())
    def appoint(self, data: st.DataObject) -> None:
        club = data.draw(st.sampled_from(sorted(each for each in self.clubs)))
        person = data.draw(st.sampled_from(self.people))
        seat = AppointSeat(club, person, "MEMBER", dt.date(2026, 1, 1))
        if self.clubs[club] and (club, person) in self.members:
            self.do(yuanluo.appoint_seat, seat, "SEAT_HELD")
        elif self.clubs[club]:
            self.seats[self.made(yuanluo.appoint_seat, seat)] = (club, True)
            self.members.add((club, person))

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def end_seat(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(sorted(self.seats)))
        club, is_held = self.seats[row]
        self.do(yuanluo.end_seat, EndSeat(row, TODAY, SeatEnd.RESIGN), None if is_held else "SEAT_ENDED")
        self.seats[row] = (club, False)

    @precondition(lambda self: len(self.clubs) > 1)
    @rule(data=st.data())
    def dissolve(self, data: st.DataObject) -> None:
        club = data.draw(st.sampled_from(sorted(self.clubs)))
        refused = None if self.clubs[club] else "ORGANIZATION_DISSOLVED"
        self.do(yuanluo.dissolve_organization, DissolveOrganization(club), refused)
        self.clubs[club] = False
        for row, (of, _) in list(self.seats.items()):
            if of == club:
                self.seats[row] = (of, False)

    @rule(number=st.integers(1, 4), seats=st.integers(1, 9))
    def add_bench(self, number: int, seats: int) -> None:
        name = f"{number}号长椅"
        refused = "DUPLICATE" if any(name == known for known, _, _ in self.benches.values()) else None
        made = self.do(BENCHES.create, BENCHES.create.input(name=name, seats=seats), refused)
        if made is not None and made.subject_id is not None:
            self.benches[made.subject_id] = (name, seats, True)

    @precondition(lambda self: self.benches)
    @rule(data=st.data(), seats=st.integers(1, 9), is_late=st.booleans())
    def update_bench(self, data: st.DataObject, seats: int, is_late: bool) -> None:
        row = data.draw(st.sampled_from(sorted(self.benches)))
        name, _, is_present = self.benches[row]
        [stored] = self.select("SELECT revision FROM bench WHERE tenant_id = $1 AND id = $2", row)
        refused = "STALE_REVISION" if is_late else None if is_present else "ARCHIVED"
        self.do(
            BENCHES.update, BENCHES.update.input(bench_id=row, seats=seats), refused, stored["revision"] - int(is_late)
        )
        if refused is None:
            self.benches[row] = (name, seats, True)

    @precondition(lambda self: self.benches)
    @rule(data=st.data(), is_restored=st.booleans())
    def archive_bench(self, data: st.DataObject, is_restored: bool) -> None:
        row = data.draw(st.sampled_from(sorted(self.benches)))
        name, seats, is_present = self.benches[row]
        command = BENCHES.restore if is_restored else BENCHES.archive
        refused = {(True, True): "NOT_ARCHIVED", (False, False): "ARCHIVED"}.get((is_restored, is_present))
        self.do(command, command.input(bench_id=row), refused)
        self.benches[row] = (name, seats, is_restored)

    @invariant()
    def rows_are_what_the_model_says(self) -> None:
        held = {row: ended_on is None for row, ended_on in self.column("seat", "ended_on").items()}
        assert held == {row: is_held for row, (_, is_held) in self.seats.items()}
        seats, archived = self.column("bench", "seats"), self.column("bench", "archived_on")
        assert {row: (seats[row], archived[row] is None) for row in seats} == {
            row: (count, is_present) for row, (_, count, is_present) in self.benches.items()
        }


@pytest.mark.parametrize("machine", [Ledger, Activities, Books, Registers])
async def test_no_sequence_of_commands_breaks_what_must_hold(
    house: House, engine_name: str, machine: type[Writes]
) -> None:
    Writes.house, Writes.loop = house, asyncio.get_running_loop()
    chosen = settings(
        max_examples=EXAMPLES[engine_name],
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),  # a run of 20 steps is short enough to read, and shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=chosen)
