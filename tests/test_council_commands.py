"""The council's commands on both engines: bodies, regulations, opinions; rows, records, counters, refusals."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, TODAY, make_house

import yuanluo
import yuanluo_council
from yuanluo import (
    AppointSeat,
    CommandContext,
    CreatePerson,
    Forbidden,
    House,
    IncompatibleSeats,
    Invalid,
    NotFound,
    Plugins,
    Range,
    Refused,
    Scope,
    Viewer,
    fixed_clock,
    operator,
    run_command,
    run_commands,
    scoped,
    verify,
)
from yuanluo.counters import recount, stored_counts
from yuanluo_council.bodies import BodyExists, CreateBody, create_body
from yuanluo_council.opinions import (
    AnswerOpinion,
    CloseOpinion,
    CollectOpinion,
    MergeOpinion,
    ProposeOpinion,
    RateOpinion,
    ReferOpinion,
    RegisterOpinion,
    TriageOpinion,
    answer_opinion,
    close_opinion,
    collect_opinion,
    merge_opinion,
    propose_opinion,
    rate_opinion,
    refer_opinion,
    register_opinion,
    triage_opinion,
)
from yuanluo_council.parameters import rule
from yuanluo_council.regulations import (
    AdoptVersion,
    ClauseValue,
    ConsultOnVersion,
    DraftVersion,
    EnforceVersion,
    RegisterRegulation,
    adopt_version,
    consult_on_version,
    draft_version,
    enforce_version,
    register_regulation,
)
from yuanluo_council.rights import COUNCIL_COUNTER
from yuanluo_council.rules import StepRefused, TooEarly
from yuanluo_council.tables import (
    BodyKind,
    OpinionCategory,
    OpinionSource,
    OpinionStatus,
    RegulationKind,
    Reporter,
    Satisfaction,
)

DUTIES = RegulationKind.DUTY_LISTS
FINANCE = RegulationKind.FINANCE_RULES


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))


def at(house: House, day: dt.date = TODAY, tenant: int = COURTYARD, actor: Viewer | None = None) -> CommandContext:
    return CommandContext(house, actor or operator(), tenant, fixed_clock(day))


def holding(*roles: str, tenant: int = COURTYARD, own: uuid.UUID | None = None) -> Viewer:
    """Return a viewer with `roles` in one courtyard."""
    reach = Range(tenant, tenant)
    return Viewer(
        uuid.uuid4(),
        "某人",
        Scope.of(tenant),
        (),
        tuple((role, tenant) for role in roles),
        ((tenant, own),) if own else (),
        reach=tuple((role, reach) for role in roles),
    )


async def run(command: Any, context: CommandContext, item: Any) -> uuid.UUID:
    receipt = await run_command(command, context, item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def row(house: House, table: str, row_id: uuid.UUID, tenant: int = COURTYARD) -> Mapping[str, Any]:
    with scoped(tenant):
        [found] = await yuanluo.rows(
            house.database, f"SELECT * FROM {table} WHERE tenant_id = $1 AND id = $2", tenant, row_id
        )
    return found


async def counts_agree(house: House, tenant: int = COURTYARD) -> dict[str, int]:
    """Return the counters of a courtyard, after holding them against a recount."""
    with scoped(tenant):
        stored = await stored_counts(house.database, COUNCIL_COUNTER, tenant)
        assert stored == await recount(house.database, COUNCIL_COUNTER, tenant)
    return stored


# bodies -----------------------------------------------------------------------------------------------------------


async def test_a_body_shares_the_key_of_its_organization_and_takes_the_usual_term(house: House) -> None:
    body = await run(
        create_body, at(house), CreateBody(BodyKind.RESIDENT_COUNCIL, "梧桐苑院委会", 7, established_on="2019")
    )
    stored = await row(house, "body", body)
    organization = await row(house, "organization", body)
    assert (stored["kind"], stored["seats"], stored["term_years"], stored["status"]) == (
        "RESIDENT_COUNCIL", 7, 3, "ACTIVE",
    )  # fmt: skip
    assert (organization["kind"], organization["name"], organization["established_on"]) == (
        "RESIDENT_COUNCIL", "梧桐苑院委会", "2019",
    )  # fmt: skip


async def test_a_second_council_is_refused_and_a_second_forum_is_not(house: House) -> None:
    council = CreateBody(BodyKind.RESIDENT_COUNCIL, "银杏里院委会", 5)
    await run(create_body, at(house, tenant=OTHER), council)
    with pytest.raises(BodyExists):
        await run(create_body, at(house, tenant=OTHER), council)
    forums = [CreateBody(BodyKind.FORUM, name) for name in ("一号恳谈会", "二号恳谈会")]
    receipt = await run_commands(create_body, at(house, tenant=OTHER), forums)
    assert len(set(receipt.subject_ids)) == 2


async def test_two_councils_in_one_list_are_refused_and_leave_nothing(house: House) -> None:
    pair = [CreateBody(BodyKind.PMC, "物管会", 5), CreateBody(BodyKind.PMC, "第二物管会", 5)]
    with pytest.raises(BodyExists):
        await run_commands(create_body, at(house), pair)
    with scoped(COURTYARD):
        found = await yuanluo.value(
            house.database, "SELECT count(*) AS n FROM organization WHERE tenant_id = $1 AND kind = 'PMC'", COURTYARD
        )
    assert found == 0


async def test_c1_is_kept_when_seats_are_filled(house: House) -> None:
    council = await run(create_body, at(house, tenant=OTHER), CreateBody(BodyKind.MEDIATION, "调委会", 3))
    watch = await run(create_body, at(house, tenant=OTHER), CreateBody(BodyKind.SUPERVISORY, "监委会", 3))
    person = await run(yuanluo.create_person, at(house, tenant=OTHER), CreatePerson("王秀英"))
    await run(yuanluo.appoint_seat, at(house, tenant=OTHER), AppointSeat(watch, person, "MEMBER", dt.date(2026, 1, 1)))
    with pytest.raises(IncompatibleSeats) as refused:
        await run(
            yuanluo.appoint_seat, at(house, tenant=OTHER), AppointSeat(council, person, "CASHIER", dt.date(2026, 3, 1))
        )
    assert refused.value.rule == "domain C1"
    await run(
        yuanluo.appoint_seat, at(house, tenant=OTHER), AppointSeat(council, person, "MEMBER", dt.date(2026, 3, 1))
    )


# regulations ------------------------------------------------------------------------------------------------------


async def test_a_regulation_goes_from_draft_to_force_and_supersedes_the_one_before(house: House) -> None:
    old = await run(
        register_regulation,
        at(house),
        RegisterRegulation(
            FINANCE, "旧制度", "2024年1号决议", dt.date(2024, 1, 5), dt.date(2024, 2, 1),
            "会议记录", clauses=(ClauseValue("finance.major_from", 400_000),),
        ),
    )  # fmt: skip
    new = await run(
        draft_version,
        at(house, dt.date(2026, 11, 2)),
        DraftVersion(FINANCE, " 新制度 ", clauses=(ClauseValue("finance.major_from", 300_000),)),
    )
    await run(consult_on_version, at(house, dt.date(2026, 11, 2)), ConsultOnVersion(new))
    assert (await row(house, "regulation_version", new))["consult_until"] == dt.date(2026, 11, 9)
    adopt = AdoptVersion(new, "2026年3号决议", dt.date(2026, 11, 20))
    with pytest.raises(TooEarly) as early:
        await run(adopt_version, at(house, dt.date(2026, 11, 9)), adopt)
    assert early.value.first_day == dt.date(2026, 11, 10)
    await run(adopt_version, at(house, dt.date(2026, 11, 10)), adopt)
    with pytest.raises(TooEarly):
        await run(enforce_version, at(house, dt.date(2026, 11, 19)), EnforceVersion(new))
    await run(enforce_version, at(house, dt.date(2026, 11, 21)), EnforceVersion(new))

    before, after = await row(house, "regulation_version", old), await row(house, "regulation_version", new)
    assert (before["status"], before["superseded_on"]) == ("SUPERSEDED", dt.date(2026, 11, 20))
    assert (after["status"], after["version"], after["text"]) == ("EFFECTIVE", 2, "新制度")
    with scoped(COURTYARD):
        read = {
            day: await rule(house.database, COURTYARD, "finance.major_from", day)
            for day in (dt.date(2023, 1, 1), dt.date(2026, 11, 19), dt.date(2026, 11, 20))
        }
    assert [each.value for each in read.values()] == [500_000, 400_000, 300_000]
    assert read[dt.date(2026, 11, 20)].rule == "财务管理制度 v2 finance.major_from"


async def test_a_version_in_force_cannot_be_stepped_back_or_adopted_again(house: House) -> None:
    version = await run(
        register_regulation,
        at(house),
        RegisterRegulation(
            RegulationKind.COVENANT,
            "规约",
            "1号决议",
            dt.date(2025, 1, 5),
            dt.date(2025, 2, 1),
            "会议记录",
            title="梧桐苑管理规约",
        ),
    )
    for command, item in (
        (consult_on_version, ConsultOnVersion(version)),
        (adopt_version, AdoptVersion(version, "2号决议", TODAY)),
        (enforce_version, EnforceVersion(version)),
    ):
        with pytest.raises(StepRefused):
            await run(command, at(house), item)
    assert (await row(house, "regulation_version", version))["resolution"] == "1号决议"


async def test_versions_taken_over_together_supersede_one_another(house: House) -> None:
    versions = [
        RegisterRegulation(RegulationKind.REPORTING_TO_BRANCH, f"第{n}版", f"{n}号决议", day, day, "会议记录")
        for n, day in enumerate((dt.date(2023, 1, 1), dt.date(2024, 1, 1), dt.date(2025, 1, 1)), 1)
    ]
    receipt = await run_commands(register_regulation, at(house), versions)
    stored = [await row(house, "regulation_version", each) for each in receipt.subject_ids if each]
    assert [each["status"] for each in stored] == ["SUPERSEDED", "SUPERSEDED", "EFFECTIVE"]
    assert [each["superseded_on"] for each in stored] == [dt.date(2024, 1, 1), dt.date(2025, 1, 1), None]
    with pytest.raises(Refused, match="was taken over on 2026-11-22"):
        await run_commands(register_regulation, at(house), versions[:1])
    with pytest.raises(Refused, match="later"):
        await run_commands(register_regulation, at(house, actor=holding("COMMUNITY_SECRETARY")), versions[:1])


async def test_never_more_than_one_version_of_a_kind_is_in_force(house: House) -> None:
    with scoped(COURTYARD):
        found = await yuanluo.rows(
            house.database,
            "SELECT regulation_id, count(*) AS n FROM regulation_version WHERE tenant_id = $1"
            " AND status = 'EFFECTIVE' GROUP BY regulation_id",
            COURTYARD,
        )
    assert found
    assert {each["n"] for each in found} == {1}


async def test_a_clause_below_the_floor_is_refused_with_its_basis(house: House) -> None:
    draft = DraftVersion(RegulationKind.AFFAIRS_DISCLOSURE, "公示三日", clauses=(ClauseValue("publicity.days", 2),))
    with pytest.raises(Invalid) as refused:
        await run(draft_version, at(house), draft)
    assert refused.value.stable_code == "PARAMETER_OUT_OF_BOUNDS"
    assert "Qingdao 92" in (refused.value.rule or "")


async def test_a_text_a_resolution_and_a_possible_day_are_asked_for(house: House) -> None:
    day = dt.date(2025, 1, 1)
    wrong = [
        (draft_version, DraftVersion(DUTIES, "  ")),
        (register_regulation, RegisterRegulation(DUTIES, "正文", " ", day, day, "会议记录")),
        (register_regulation, RegisterRegulation(DUTIES, "正文", "1号", day, TODAY + dt.timedelta(days=1), "会议记录")),
        (register_regulation, RegisterRegulation(DUTIES, "正文", "1号", day, day - dt.timedelta(days=1), "会议记录")),
    ]
    for command, item in wrong:
        with pytest.raises(Invalid):
            await run(command, at(house), item)
    draft = await run(draft_version, at(house), DraftVersion(RegulationKind.AFFAIRS_DISCLOSURE, "正文"))
    with pytest.raises(Invalid, match="future"):
        await run(consult_on_version, at(house), ConsultOnVersion(draft, TODAY + dt.timedelta(days=1)))
    with pytest.raises(NotFound):
        await run(consult_on_version, at(house, tenant=OTHER), ConsultOnVersion(draft))


# opinions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "kept"), [("154-0000-0201", "15400000201"), ("—", None)])
async def test_the_phone_of_a_reporter_is_kept_as_a_workbooks_is(house: House, typed: str, kept: str | None) -> None:
    item = CollectOpinion("路灯坏了", OpinionCategory.FACILITY, reporter_name="何大成", phone=typed)
    opinion = (await run_command(collect_opinion, at(house), item)).subject_id
    assert opinion is not None
    with scoped(COURTYARD):
        sql = "SELECT phone FROM opinion_reporter WHERE tenant_id = $1 AND id = $2"
        sealed = await yuanluo.value(house.database, sql, COURTYARD, opinion)
    clear = sealed and yuanluo.unseal(house.keys, Reporter, COURTYARD, opinion, "phone", sealed)
    assert clear == kept


@pytest.mark.parametrize("command", [collect_opinion, register_opinion])
async def test_a_reporter_has_no_phone_that_is_none(house: House, command: yuanluo.AnyCommand) -> None:
    given = {"reporter_name": "何大成", "phone": "12345"}
    item = (
        CollectOpinion("路灯坏了", OpinionCategory.FACILITY, **given)
        if command is collect_opinion
        else RegisterOpinion("路灯坏了", **given)
    )
    with pytest.raises(yuanluo.PhoneInvalid) as refused:
        await run_command(command, at(house), item)
    assert refused.value.field == "phone"


async def collected(house: House, content: str = "路灯不亮", **other: Any) -> uuid.UUID:
    item = CollectOpinion(content, OpinionCategory.FACILITY, OpinionSource.VISIT, **other)
    return await run(collect_opinion, at(house), item)


async def triaged(house: House, content: str = "路灯不亮") -> uuid.UUID:
    opinion = await collected(house, content, received_on=dt.date(2026, 11, 2))
    await run(triage_opinion, at(house), TriageOpinion(opinion, assignee_name="李长富"))
    return opinion


async def test_an_opinion_goes_from_collection_to_rating_and_the_counters_follow(house: House) -> None:
    before = await counts_agree(house)
    opinion = await triaged(house)
    stored = await row(house, "opinion", opinion)
    assert (stored["status"], stored["limit_workdays"], stored["due_on"]) == ("TRIAGED", 7, dt.date(2026, 11, 11))
    await run(answer_opinion, at(house), AnswerOpinion(opinion, "已联系电工"))
    await run(close_opinion, at(house), CloseOpinion(opinion, " 已更换 ", TODAY))
    await run(rate_opinion, at(house), RateOpinion(opinion, Satisfaction.SATISFIED))
    stored = await row(house, "opinion", opinion)
    assert (stored["status"], stored["closed_on"], stored["result"], stored["satisfaction"]) == (
        "RATED", "2026-11-22", "已更换", "SATISFIED",
    )  # fmt: skip
    after = await counts_agree(house)
    assert {name: after[name] - before[name] for name in after} == {
        "opinions": 1, "closed": 1, "rated": 1, "satisfied": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("command", "make", "status"),
    [
        (answer_opinion, AnswerOpinion, OpinionStatus.ANSWERED),
        (refer_opinion, ReferOpinion, OpinionStatus.REFERRED),
        (propose_opinion, ProposeOpinion, OpinionStatus.PROPOSED),
    ],
)
async def test_every_way_of_handling_needs_a_reason(
    house: House, command: Any, make: Any, status: OpinionStatus
) -> None:
    opinion = await triaged(house)
    with pytest.raises(Invalid) as refused:
        await run(command, at(house), make(opinion, "  "))
    assert refused.value.field == "reason"
    await run(command, at(house), make(opinion, "理由"))
    stored = await row(house, "opinion", opinion)
    assert (stored["status"], stored["reason"]) == (status.name, "理由")


async def test_an_opinion_is_merged_into_one_that_carries_on(house: House) -> None:
    first, second, third = [await triaged(house, f"漏水{n}") for n in range(3)]
    await run(merge_opinion, at(house), MergeOpinion(second, first, "同一处"))
    assert (await row(house, "opinion", second))["merged_into_id"] == first
    for wrong in (third, second):
        with pytest.raises(Invalid) as refused:
            await run(merge_opinion, at(house), MergeOpinion(third, wrong, "同一处"))
        assert refused.value.field == "merged_into_id"
    with pytest.raises(NotFound):
        await run(merge_opinion, at(house), MergeOpinion(third, uuid.uuid4(), "同一处"))


async def test_steps_out_of_order_are_refused_and_change_nothing(house: House) -> None:
    before = await counts_agree(house)
    opinion = await collected(house)
    for command, item in (
        (answer_opinion, AnswerOpinion(opinion, "好")),
        (close_opinion, CloseOpinion(opinion, "好")),
        (rate_opinion, RateOpinion(opinion, Satisfaction.SATISFIED)),
    ):
        with pytest.raises(StepRefused):
            await run(command, at(house), item)
    assert (await row(house, "opinion", opinion))["status"] == "COLLECTED"
    assert (await counts_agree(house))["opinions"] == before["opinions"] + 1


async def test_triage_needs_somebody_and_a_limit_within_reason(house: House) -> None:
    opinion = await collected(house)
    with pytest.raises(Invalid) as nobody:
        await run(triage_opinion, at(house), TriageOpinion(opinion, assignee_name=" "))
    assert nobody.value.field == "assignee"
    with pytest.raises(Invalid) as never:
        await run(triage_opinion, at(house), TriageOpinion(opinion, assignee_name="李长富", limit_workdays=61))
    assert never.value.field == "limit_workdays"


async def test_the_limit_is_that_of_the_regulation_in_force_when_it_came_in(house: House) -> None:
    day = dt.date(2026, 11, 10)
    clauses = (ClauseValue("hotline.limits.complaint", 10),)
    duties = RegisterRegulation(DUTIES, "职责清单", "5号决议", day, day, "会议记录", clauses=clauses)
    await run(register_regulation, at(house), duties)
    limits: list[int] = []
    for received in (day - dt.timedelta(days=1), day):
        opinion = await collected(house, received_on=received)
        triage = TriageOpinion(opinion, assignee_name="李长富", category=OpinionCategory.NEIGHBOUR_DISPUTE)
        await run(triage_opinion, at(house), triage)
        limits.append((await row(house, "opinion", opinion))["limit_workdays"])
    assert limits == [15, 10]


async def test_closing_before_receipt_or_in_the_future_is_refused(house: House) -> None:
    opinion = await triaged(house)
    await run(answer_opinion, at(house), AnswerOpinion(opinion, "好"))
    for day in (dt.date(2026, 11, 1), TODAY + dt.timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            await run(close_opinion, at(house), CloseOpinion(opinion, "好", day))
        assert refused.value.field == "closed_on"


async def test_who_reported_stands_apart_and_sealed_and_an_anonymous_one_leaves_no_trace(house: House) -> None:
    room = await run(yuanluo.add_dwelling, at(house), yuanluo.AddDwelling(1, 1, "101", 5832))
    named = await collected(house, reporter_name="何 大成", room_key="1-1-101", phone="15400000201")
    stored = await row(house, "opinion_reporter", named)
    assert (stored["name"], stored["dwelling_id"], stored["phone_masked"]) == ("何大成", room, "154****0201")
    assert b"15400000201" not in bytes(stored["phone"])
    anonymous = await collected(house)
    with scoped(COURTYARD):
        found = await yuanluo.rows(
            house.database, "SELECT id FROM opinion_reporter WHERE tenant_id = $1 AND id = $2", COURTYARD, anonymous
        )
    assert found == []


async def test_nothing_that_was_said_stands_in_a_record(house: House) -> None:
    receipt = await run_command(
        collect_opinion, at(house), CollectOpinion("机密诉求", OpinionCategory.OTHER, reporter_name="曾志强")
    )
    with scoped(COURTYARD):
        content = await yuanluo.value(
            house.database, "SELECT content FROM record WHERE tenant_id = $1 AND id = $2", COURTYARD, receipt.record_id
        )
        assert (await verify(house.database, COURTYARD)).is_whole
    assert "机密诉求" not in content
    assert "曾志强" not in content


async def test_numbers_run_on_per_courtyard(house: House) -> None:
    rows_of: Sequence[RegisterOpinion] = [RegisterOpinion(f"诉求{n}") for n in range(3)]
    first = await run_commands(register_opinion, at(house, tenant=OTHER), rows_of)
    second = await run_commands(register_opinion, at(house, tenant=OTHER), rows_of)
    ids = [each for each in (*first.subject_ids, *second.subject_ids) if each]
    assert [(await row(house, "opinion", each, OTHER))["number"] for each in ids] == [1, 2, 3, 4, 5, 6]
    assert (await counts_agree(house, OTHER))["opinions"] == 6


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (RegisterOpinion("  "), "content"),
        (RegisterOpinion("诉求", received_on="2026-11-23"), "received_on"),
        (RegisterOpinion("诉求", received_on="2026-02-30"), "received_on"),
        (RegisterOpinion("诉求", received_on="2026-11-02", closed_on="2026-11-01"), "closed_on"),
        (RegisterOpinion("诉求", closed_on="2027"), "closed_on"),
        (RegisterOpinion("诉求", received_on="2026-11-02", limit_workdays=-5), "limit_workdays"),
        (RegisterOpinion("诉求", received_on="2026-11-02", limit_workdays=2**31 - 1), "limit_workdays"),
    ],
)
async def test_a_ledger_row_that_cannot_be_is_refused_by_field(house: House, item: RegisterOpinion, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await run(register_opinion, at(house), item)
    assert refused.value.field == field


async def test_a_resident_reports_and_rates_only_what_is_his_own(house: House) -> None:
    me, other = [await run(yuanluo.create_person, at(house), CreatePerson(name)) for name in ("彭淑华", "陈德明")]
    resident = at(house, actor=holding("RESIDENT", own=me))
    mine = await run(collect_opinion, resident, CollectOpinion("清理楼顶", OpinionCategory.ENVIRONMENT, reporter_id=me))
    with pytest.raises(Forbidden):
        await run(collect_opinion, resident, CollectOpinion("x", OpinionCategory.OTHER, reporter_id=other))
    theirs = await collected(house, reporter_id=other)
    for opinion in (mine, theirs):
        await run(triage_opinion, at(house), TriageOpinion(opinion, assignee_name="李长富"))
        await run(answer_opinion, at(house), AnswerOpinion(opinion, "好"))
        await run(close_opinion, at(house), CloseOpinion(opinion, "已清理"))
    with pytest.raises(Forbidden):
        await run(rate_opinion, resident, RateOpinion(theirs, Satisfaction.SATISFIED))
    await run(rate_opinion, resident, RateOpinion(mine, Satisfaction.VERY_SATISFIED))
    assert (await row(house, "opinion", mine))["status"] == "RATED"


@pytest.mark.parametrize(
    ("command", "item", "allowed", "refused"),
    [
        (create_body, CreateBody(BodyKind.FORUM, "恳谈会"), "BRANCH_SECRETARY", "COUNCIL_MEMBER"),
        (draft_version, DraftVersion(RegulationKind.RULES_OF_PROCEDURE, "正文"), "COUNCIL_MEMBER", "SUPERVISOR"),
        (collect_opinion, CollectOpinion("诉求", OpinionCategory.OTHER), "POST_HOLDER", "PUBLIC"),
        (register_opinion, RegisterOpinion("诉求"), "COUNCIL_DIRECTOR", "RESIDENT"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_who_may_do_what(house: House, command: Any, item: Any, allowed: str, refused: str) -> None:
    with pytest.raises(Forbidden):
        await run(command, at(house, actor=holding(refused)), item)
    assert await run(command, at(house, actor=holding(allowed)), item)


async def test_an_opinion_of_another_courtyard_does_not_exist(house: House) -> None:
    opinion = await collected(house)
    with pytest.raises(NotFound):
        await run(triage_opinion, at(house, tenant=OTHER), TriageOpinion(opinion, assignee_name="李长富"))
