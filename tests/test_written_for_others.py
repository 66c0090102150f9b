"""Whoever writes says which revision he saw or why he need not, and for whom he acts; the record keeps both."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, at, make_house

import yuanluo
import yuanluo_council
import yuanluo_culture
from yuanluo import (
    Action,
    AnyCommand,
    Command,
    CommandContext,
    Composition,
    CreatePerson,
    House,
    IdempotencyConflict,
    NotForOthers,
    Offer,
    Outcome,
    PluginError,
    Plugins,
    Range,
    Receipt,
    Scope,
    Viewer,
    hookimpl,
    run_command,
    scoped,
)
from yuanluo_council.opinions import (
    AnswerOpinion,
    CloseOpinion,
    CollectOpinion,
    RateOpinion,
    TriageOpinion,
    answer_opinion,
    close_opinion,
    collect_opinion,
    rate_opinion,
    triage_opinion,
)
from yuanluo_council.tables import OpinionCategory, Satisfaction
from yuanluo_culture.volunteering import SetConsent, set_consent


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    plugins = {"council": yuanluo_council, "culture": yuanluo_culture}
    return await make_house(make_database, Plugins.load(plugins, entry_points=False))


async def someone(house: House) -> uuid.UUID:
    receipt = await run_command(yuanluo.create_person, at(house), CreatePerson("李长富"))
    assert receipt.subject_id is not None
    return receipt.subject_id


def acting(house: House, role: str, own: uuid.UUID | None = None, whom: uuid.UUID | None = None) -> CommandContext:
    here = Range(COURTYARD, COURTYARD)
    viewer = Viewer(
        uuid.uuid4(),
        role,
        Scope((here,)),
        (),
        ((role, COURTYARD),),
        ((COURTYARD, own),) if own else (),
        reach=((role, here),),
    )
    return dataclasses.replace(at(house, actor=viewer), on_behalf_of=whom)


async def said_of(house: House, receipt: Receipt) -> Mapping[str, Any]:
    with scoped(COURTYARD):
        sql = "SELECT content FROM record WHERE tenant_id = $1 AND id = $2"
        found: Mapping[str, Any] = json.loads(await yuanluo.value(house.database, sql, COURTYARD, receipt.record_id))
    return found


def test_every_command_is_versioned_or_says_why_it_need_not_be() -> None:
    composition = Composition.of(Plugins.load())
    silent = [
        name
        for name, form in composition.forms.items()
        if (form.revised is None) == (composition.commands[name].unversioned is None)
    ]
    assert silent == []


def test_what_is_overwritten_is_versioned() -> None:
    composition = Composition.of(Plugins.load())
    versioned = {name for name, form in composition.forms.items() if form.revised is not None}
    assert versioned >= {
        "person.update",
        "ownership.change",
        "residency.move_out",
        "activity.revise",
        "party_membership.amend",
        "party_org.advance",
        "dual_report.move",
    }


async def test_the_one_who_helps_is_the_actor_and_the_resident_is_recorded(house: House) -> None:
    resident = await someone(house)
    helper = acting(house, "COUNCIL_MEMBER", whom=resident)
    collected = await run_command(collect_opinion, helper, CollectOpinion("路灯不亮", OpinionCategory.FACILITY))
    said = await said_of(house, collected)
    assert (said["actor"], said["on_behalf_of"]) == (str(helper.actor.account_id), str(resident))
    assert collected.payload["category"] is OpinionCategory.FACILITY


async def test_naming_another_in_the_input_is_helping_him(house: House) -> None:
    resident = await someone(house)
    paper = await run_command(set_consent, acting(house, "POST_HOLDER"), SetConsent(resident, is_granted=True))
    own = await run_command(set_consent, acting(house, "RESIDENT", resident), SetConsent(resident, is_granted=False))
    assert (await said_of(house, paper))["on_behalf_of"] == str(resident)
    assert (await said_of(house, own))["on_behalf_of"] is None


async def closed_opinion(house: House, reporter: uuid.UUID | None) -> uuid.UUID:
    keeper = acting(house, "COUNCIL_DIRECTOR")
    collected = await run_command(
        collect_opinion, keeper, CollectOpinion("楼道积水", OpinionCategory.FACILITY, reporter_id=reporter)
    )
    assert collected.subject_id is not None
    await run_command(triage_opinion, keeper, TriageOpinion(collected.subject_id, assignee_name="王秀英"))
    await run_command(answer_opinion, keeper, AnswerOpinion(collected.subject_id, "已疏通"))
    await run_command(close_opinion, keeper, CloseOpinion(collected.subject_id, "已疏通"))
    return collected.subject_id


async def test_a_rating_entered_by_a_keeper_is_the_reporters(house: House) -> None:
    resident = await someone(house)
    rating = RateOpinion(await closed_opinion(house, resident), Satisfaction.SATISFIED)
    said = await said_of(house, await run_command(rate_opinion, acting(house, "SUPERVISOR"), rating))
    assert said["on_behalf_of"] == str(resident)


async def test_the_reporters_own_rating_is_on_behalf_of_nobody(house: House) -> None:
    resident = await someone(house)
    rating = RateOpinion(await closed_opinion(house, resident), Satisfaction.SATISFIED)
    said = await said_of(house, await run_command(rate_opinion, acting(house, "RESIDENT", resident), rating))
    assert said["on_behalf_of"] is None


@pytest.mark.parametrize("is_anonymous", [False, True])
async def test_nobody_rates_on_behalf_of_somebody_who_did_not_report(house: House, is_anonymous: bool) -> None:
    resident, other = await someone(house), await someone(house)
    opinion = await closed_opinion(house, None if is_anonymous else resident)
    with pytest.raises(NotForOthers):
        await run_command(
            rate_opinion, acting(house, "SUPERVISOR", whom=other), RateOpinion(opinion, Satisfaction.SATISFIED)
        )


async def test_a_key_of_somebody_helped_is_not_anothers(house: House) -> None:
    resident, other = await someone(house), await someone(house)
    rating = RateOpinion(await closed_opinion(house, resident), Satisfaction.SATISFIED)
    helper = acting(house, "SUPERVISOR", whom=resident)
    first = await run_command(rate_opinion, helper, rating, key="rated")
    again = await run_command(rate_opinion, helper, rating, key="rated")
    assert (again.record_id, again.replayed) == (first.record_id, True)
    with pytest.raises(IdempotencyConflict):
        await run_command(rate_opinion, dataclasses.replace(helper, on_behalf_of=other), rating, key="rated")


# what a plugin may not say ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touch:
    """A person to be touched."""

    person_id: uuid.UUID


async def _touch(_context: CommandContext, _given: Sequence[Touch]) -> Sequence[Outcome]:
    return []


def bringing(**more: Any) -> Any:
    touch: AnyCommand = Command(
        action=Action("person.touch", (), "domain 7", "触碰", "touch"),
        input=Touch,
        many=_touch,
        subject_type="Person",
        **more,
    )

    class Plugin:
        @hookimpl
        def commands(self) -> Sequence[AnyCommand]:
            return [touch]

    return Plugins.load({"touching": Plugin()}, entry_points=False)


@pytest.mark.parametrize("more", [{"offer": Offer(("mood",), lambda *_: None)}, {"acts_for": "mood"}])
def test_a_command_that_reads_a_column_its_row_does_not_have_stops_the_start(more: Mapping[str, Any]) -> None:
    with pytest.raises(PluginError, match=r"plugin touching: .*'mood'"):
        Composition.of(bringing(**more))
