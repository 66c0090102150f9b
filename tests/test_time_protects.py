"""K1 and K7 in the council: no period begins before it is filed, and nobody judges his own work."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, TODAY, at, make_house

import yuanluo
import yuanluo_council
from yuanluo import (
    AppointSeat,
    CommandContext,
    CreateAccount,
    CreatePerson,
    GrantRole,
    House,
    Plugins,
    Range,
    Refused,
    Scope,
    Viewer,
    fixed_clock,
    run_command,
    scoped,
)
from yuanluo.calendar import day_of_filing
from yuanluo_council.bodies import CreateBody, create_body
from yuanluo_council.opinions import (
    AnswerOpinion,
    CloseOpinion,
    CollectOpinion,
    RateOpinion,
    RegisterOpinion,
    TriageOpinion,
    answer_opinion,
    close_opinion,
    collect_opinion,
    rate_opinion,
    register_opinion,
    triage_opinion,
)
from yuanluo_council.regulations import (
    AdoptVersion,
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
from yuanluo_council.tables import BodyKind, OpinionCategory, RegulationKind, Satisfaction

LONG_AGO: Final = dt.date(1900, 1, 1)
LAST_WEEK: Final = TODAY - dt.timedelta(9)
YESTERDAY: Final = TODAY - dt.timedelta(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"council": yuanluo_council}, entry_points=False))


def holding(*roles: str, own: uuid.UUID | None = None, account: uuid.UUID | None = None) -> Viewer:
    reach = Range(COURTYARD, COURTYARD)
    return Viewer(
        account or uuid.uuid4(), "某人", Scope.of(COURTYARD), (), tuple((role, COURTYARD) for role in roles),
        ((COURTYARD, own),) if own else (), reach=tuple((role, reach) for role in roles),
    )  # fmt: skip


def by(house: House, *roles: str, own: uuid.UUID | None = None, day: dt.date = TODAY) -> CommandContext:
    return dataclasses.replace(at(house, actor=holding(*roles, own=own)), clock=fixed_clock(day))


async def run(command: Any, context: CommandContext, item: Any) -> uuid.UUID:
    receipt = await run_command(command, context, item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def refused(command: Any, context: CommandContext, item: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as found:
        await run_command(command, context, item)
    return found.value.stable_code, getattr(found.value, "field", None)


async def row(house: House, table: str, row_id: uuid.UUID) -> dict[str, Any]:
    with scoped(COURTYARD):
        [found] = await yuanluo.rows(
            house.database, f"SELECT * FROM {table} WHERE tenant_id = $1 AND id = $2", COURTYARD, row_id
        )
    return dict(found)


def test_an_act_is_of_the_day_on_which_it_is_filed() -> None:
    assert day_of_filing(None, TODAY, "day") == day_of_filing(TODAY, TODAY, "day") == TODAY
    for day, code in ((YESTERDAY, "BACKDATED"), (LONG_AGO, "BACKDATED"), (dt.date(9999, 12, 31), "DATE_FUTURE")):
        with pytest.raises(Refused) as found:
            day_of_filing(day, TODAY, "day", rule="K1")
        assert (found.value.stable_code, found.value.rule) == (code, "K1")


# regulations


@pytest.mark.parametrize("day", [YESTERDAY, LAST_WEEK, LONG_AGO])
async def test_a_consultation_begins_on_the_day_on_which_it_is_filed(house: House, day: dt.date) -> None:
    director = by(house, "COUNCIL_DIRECTOR")
    draft = await run(draft_version, director, DraftVersion(RegulationKind.MEETING_PROCEDURE, "第一条"))
    assert await refused(consult_on_version, director, ConsultOnVersion(draft, day)) == ("BACKDATED", "consult_from")
    assert (await row(house, "regulation_version", draft))["status"] == "DRAFT"


async def test_nobody_drafts_consults_adopts_and_enforces_within_a_minute(house: House) -> None:
    kind, director = RegulationKind.AFFAIRS_DISCLOSURE, by(house, "COUNCIL_DIRECTOR")
    draft = await run(draft_version, director, DraftVersion(kind, "第一条"))
    await run(consult_on_version, director, ConsultOnVersion(draft))
    for adopted in (None, TODAY, LAST_WEEK, LONG_AGO):
        item = AdoptVersion(draft, "决议1号", TODAY, adopted)
        assert (await refused(adopt_version, director, item))[0] == "TOO_EARLY"
    around = RegisterRegulation(kind, "第一条", "决议1号", LAST_WEEK, LAST_WEEK, "会议记录")
    assert (await refused(register_regulation, director, around))[0] == "REGULATION_BY_STEPS"
    assert (await refused(enforce_version, director, EnforceVersion(draft)))[0] == "STEP_REFUSED"
    later = by(house, "COUNCIL_DIRECTOR", day=TODAY + dt.timedelta(12))
    yesterday = later.today - dt.timedelta(1)
    back = AdoptVersion(draft, "决议1号", yesterday, yesterday)
    assert await refused(adopt_version, later, back) == ("BACKDATED", "effective_on")
    await run(adopt_version, later, AdoptVersion(draft, "决议1号", later.today))
    await run(enforce_version, later, EnforceVersion(draft))


async def test_what_was_on_paper_is_registered_with_its_evidence_once_and_shows_as_registered(house: House) -> None:
    kind, director = RegulationKind.COVENANT, by(house, "COUNCIL_DIRECTOR")
    known = RegisterRegulation(kind, "规约", "决议1号", dt.date(2024, 1, 1), dt.date(2024, 2, 1), "会议记录、公示照片")
    assert await refused(register_regulation, director, dataclasses.replace(known, evidence=" ")) == (
        "REQUIRED", "evidence",
    )  # fmt: skip
    today = dataclasses.replace(known, adopted_on=TODAY, effective_on=TODAY)
    assert (await refused(register_regulation, director, today))[0] == "REGULATION_BY_STEPS"
    stored = await row(house, "regulation_version", await run(register_regulation, director, known))
    assert (stored["status"], stored["registered_on"], stored["evidence"]) == (
        "EFFECTIVE", TODAY, "会议记录、公示照片",
    )  # fmt: skip
    assert (await refused(register_regulation, director, known))[0] == "REGULATION_BY_STEPS"
    tomorrow = TODAY + dt.timedelta(1)
    newer = dataclasses.replace(known, adopted_on=dt.date(2025, 1, 1), effective_on=dt.date(2025, 2, 1))
    after = dataclasses.replace(known, adopted_on=TODAY, effective_on=tomorrow)
    assert (await refused(register_regulation, by(house, "COUNCIL_DIRECTOR", day=tomorrow), newer))[0] == (
        "REGULATION_BY_STEPS"
    )
    secretary = by(house, "COMMUNITY_SECRETARY", day=tomorrow)
    assert (await refused(register_regulation, secretary, after))[0] == "REGULATION_BY_STEPS"
    await run(register_regulation, secretary, newer)


# opinions


async def closed(house: House, assignee: uuid.UUID | None = None, name: str = "王秀英", **other: Any) -> uuid.UUID:
    director = by(house, "COUNCIL_DIRECTOR")
    opinion = await run(collect_opinion, director, CollectOpinion("路灯不亮", OpinionCategory.FACILITY, **other))
    await run(triage_opinion, director, TriageOpinion(opinion, assignee, None if assignee else name))
    await run(answer_opinion, director, AnswerOpinion(opinion, "已报修"))
    await run(close_opinion, director, CloseOpinion(opinion, "已更换"))
    return opinion


async def person(house: House, name: str) -> uuid.UUID:
    return await run(yuanluo.create_person, at(house), CreatePerson(name))


@pytest.mark.parametrize("day", [YESTERDAY, LONG_AGO])
async def test_an_opinion_that_is_late_is_not_closed_in_time(house: House, day: dt.date) -> None:
    director = by(house, "COUNCIL_DIRECTOR")
    opinion = await run(
        collect_opinion, director, CollectOpinion("漏水", OpinionCategory.FACILITY, received_on=dt.date(2026, 10, 8))
    )
    await run(triage_opinion, director, TriageOpinion(opinion, assignee_name="王秀英"))
    await run(answer_opinion, director, AnswerOpinion(opinion, "已报修"))
    assert await refused(close_opinion, director, CloseOpinion(opinion, "已修", day)) == ("BACKDATED", "closed_on")
    await run(close_opinion, director, CloseOpinion(opinion, "已修", TODAY))
    assert (await row(house, "opinion", opinion))["closed_on"] == TODAY.isoformat()


async def test_a_ledger_on_paper_shows_as_registered_and_what_is_collected_here_does_not(house: House) -> None:
    director = by(house, "COUNCIL_DIRECTOR")
    taken = await run(register_opinion, director, RegisterOpinion("噪声", closed_on="2026-09", received_on="2026-08"))
    made = await run(collect_opinion, director, CollectOpinion("噪声", OpinionCategory.OTHER))
    assert [(await row(house, "opinion", each))["registered_on"] for each in (taken, made)] == [TODAY, None]


async def test_members_of_the_council_rate_no_opinion_for_others_neither(house: House) -> None:
    reporter = await person(house, "彭淑华")
    opinion = await closed(house, reporter_id=reporter)
    rating = RateOpinion(opinion, Satisfaction.VERY_SATISFIED)
    for role in ("COUNCIL_DIRECTOR", "COUNCIL_MEMBER"):
        assert (await refused(rate_opinion, by(house, role), rating))[0] == "OWN_WORK"
        helping = dataclasses.replace(by(house, role), on_behalf_of=reporter)
        assert (await refused(rate_opinion, helping, rating))[0] == "OWN_WORK"
    assert (await refused(rate_opinion, by(house, "COUNCIL_MEMBER", "OWNER", own=reporter), rating))[0] == "OWN_WORK"
    await run(rate_opinion, dataclasses.replace(by(house, "SUPERVISOR"), on_behalf_of=reporter), rating)


async def test_whoever_is_responsible_rates_nothing_by_id_or_by_name(house: House) -> None:
    holder = await person(house, "周建军")
    for opinion in (await closed(house, holder), await closed(house, name="周建军")):
        rating = RateOpinion(opinion, Satisfaction.SATISFIED)
        assert (await refused(rate_opinion, by(house, "POST_HOLDER", own=holder), rating))[0] == "OWN_WORK"
    own = await closed(house, holder, reporter_id=holder)
    for rater in (by(house, "RESIDENT", own=holder), by(house, "SUPERVISOR")):
        assert (await refused(rate_opinion, rater, RateOpinion(own, Satisfaction.SATISFIED)))[0] == "OWN_WORK"


async def test_a_second_account_of_the_same_human_does_not_help(house: House) -> None:
    director = await person(house, "吴国庆")
    for login in ("wu-zhuren", "wu-jumin"):
        account = await run(yuanluo.create_account, at(house), CreateAccount(login, "吴国庆", person_id=director))
        role = "COUNCIL_DIRECTOR" if login == "wu-zhuren" else "RESIDENT"
        await run(yuanluo.grant_role, at(house), GrantRole(account, role))
    opinion = await closed(house, reporter_id=director)
    rating = RateOpinion(opinion, Satisfaction.SATISFIED)
    assert (await refused(rate_opinion, by(house, "RESIDENT", own=director), rating))[0] == "OWN_WORK"


async def test_a_seat_in_the_council_is_enough(house: House) -> None:
    member, former = [await person(house, name) for name in ("陈桂芳", "黄德明")]
    council = await run(create_body, at(house), CreateBody(BodyKind.RESIDENT_COUNCIL, "院委会", 5))
    seats = AppointSeat(council, member, "MEMBER", dt.date(2026, 1, 1))
    await run(yuanluo.appoint_seat, at(house), seats)
    ended = dataclasses.replace(seats, person_id=former, ended_on=YESTERDAY, ended_by=yuanluo.SeatEnd.TERM)
    await run(yuanluo.appoint_seat, at(house), ended)
    for who, is_refused in ((member, True), (former, False)):
        rating = RateOpinion(await closed(house, reporter_id=who), Satisfaction.SATISFIED)
        rater = by(house, "RESIDENT", own=who)
        if is_refused:
            assert (await refused(rate_opinion, rater, rating))[0] == "OWN_WORK"
        else:
            await run(rate_opinion, rater, rating)


# K8


async def test_a_resident_who_says_nothing_reports_himself(house: House) -> None:
    me, other = await person(house, "何欣怡"), await person(house, "罗浩然")
    resident = by(house, "RESIDENT", own=me)
    opinion = await run(collect_opinion, resident, CollectOpinion("楼道灯坏了", OpinionCategory.FACILITY))
    assert (await row(house, "opinion", opinion))["reporter_id"] == me
    assert (await row(house, "opinion_reporter", opinion))["person_id"] == me
    mine = CollectOpinion("楼道灯坏了", OpinionCategory.FACILITY, reporter_name="何欣怡")
    await run(collect_opinion, resident, mine)
    for item in (
        dataclasses.replace(mine, reporter_name="罗浩然"),
        dataclasses.replace(mine, reporter_name=None, reporter_id=other),
    ):
        assert (await refused(collect_opinion, resident, item))[0] == "FORBIDDEN"
    assert (await refused(collect_opinion, by(house, "OWNER"), mine))[0] == "FORBIDDEN"
    early = CollectOpinion("噪声", OpinionCategory.OTHER, received_on=YESTERDAY)
    assert await refused(collect_opinion, resident, early) == ("BACKDATED", "received_on")


async def test_an_entry_of_who_keeps_the_ledger_stays_anonymous(house: House) -> None:
    me = await person(house, "邓雨桐")
    keeper = by(house, "COUNCIL_MEMBER", "RESIDENT", own=me)
    opinion = await run(collect_opinion, keeper, CollectOpinion("噪声", OpinionCategory.OTHER))
    assert (await row(house, "opinion", opinion))["reporter_id"] is None
