"""A plausible year of the council for the synthetic district (`domain.md` §4): bodies, regulations, opinions.

Everything is written by the same commands that people use, in four of them per courtyard.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yuanluo import AppointSeat, DemoContext, Settled, appoint_seat, run_commands
from yuanluo.synthetic import SyntheticPerson, day_between, pick
from yuanluo_council import demo_texts
from yuanluo_council.bodies import CreateBody, create_body
from yuanluo_council.opinions import RegisterOpinion, register_opinion
from yuanluo_council.parameters import PARAMETERS
from yuanluo_council.regulations import ClauseValue, RegisterRegulation, register_regulation
from yuanluo_council.rules import LIMIT_KEYS, delegates_needed, due_on
from yuanluo_council.tables import BodyKind, OpinionCategory, RegulationKind, Satisfaction

__all__ = ["plan_opinions", "write_demo"]

PLUGIN: Final = "council"
YEAR: Final = 365
TERM_YEARS: Final = 3
FEWEST_ADULTS: Final = 8
"""A council of five and three supervisors, nobody in both."""


@dataclass(frozen=True, slots=True)
class _Officer:
    """Somebody with a seat, by id and name."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class _PlannedBody:
    """A body and who sits in it, the chair first."""

    kind: BodyKind
    name: str
    people: Sequence[_Officer]


async def write_demo(context: DemoContext) -> None:
    """Write the council's rows of one courtyard; nothing at the nodes above."""
    if context.settled is None:
        return
    rng, command = context.random(PLUGIN), context.command
    planned = _bodies(rng, context.settled)
    council = planned[0].people if planned else ()
    if planned:
        await _found(rng, context, planned)
    await run_commands(register_regulation, command, list(_regulations(rng, command.today)))
    if opinions := list(plan_opinions(rng, context.settled, council, command.today)):
        await run_commands(register_opinion, command, opinions)


# bodies ----------------------------------------------------------------------------------------------------------


def _bodies(rng: random.Random, settled: Settled) -> list[_PlannedBody]:
    """Plan the bodies of a courtyard, the council first; none where too few adults live there."""
    courtyard, name = settled.courtyard, settled.courtyard.plan.name
    living = {each.person for each in courtyard.residencies}
    adults = [each for each in courtyard.people if each.serial in living and 28 <= each.age_on(_DAY) <= 76]
    if len(adults) < FEWEST_ADULTS:
        return []
    households = len(courtyard.households)
    size = 5 if households < 120 or len(adults) < 20 else 7 if households < 400 else 9
    watchers = 3 if size < 9 else 5
    chosen = [_Officer(settled.person_id(each.serial), each.name) for each in rng.sample(adults, len(adults))]
    council, supervisors = chosen[:size], chosen[size : size + watchers]
    delegates = rng.sample(chosen, min(len(chosen), delegates_needed(len(courtyard.stairwells), households)))
    planned = [
        _PlannedBody(BodyKind.RESIDENT_COUNCIL, f"{name}院委会", council),
        _PlannedBody(BodyKind.SUPERVISORY, f"{name}监委会", supervisors),
        _PlannedBody(BodyKind.DELIBERATIVE, f"{name}议事会", delegates),
        _PlannedBody(BodyKind.FORUM, f"{name}民情恳谈会", ()),
    ]
    if courtyard.plan.has_owners_assembly:
        planned.append(_PlannedBody(BodyKind.OWNERS_ASSEMBLY, f"{name}业主大会", ()))
        owners = _owners(rng, settled, {each.id for each in supervisors})
        if len(owners) >= 5:
            planned.append(_PlannedBody(BodyKind.OWNERS_COMMITTEE, f"{name}业主委员会", owners[:5]))
    return planned


_DAY: Final = dt.date(2026, 1, 1)


def _owners(rng: random.Random, settled: Settled, barred: set[uuid.UUID]) -> list[_Officer]:
    """Return grown-up owners in random order: members of an owners' committee are owners (C1)."""
    courtyard = settled.courtyard
    serials = sorted({each.person for each in courtyard.ownerships if each.person is not None})
    people: list[SyntheticPerson] = [courtyard.person(serial) for serial in serials]
    found = [_Officer(settled.person_id(each.serial), each.name) for each in people if each.age_on(_DAY) >= 18]
    return [each for each in rng.sample(found, len(found)) if each.id not in barred]


async def _found(rng: random.Random, context: DemoContext, planned: Sequence[_PlannedBody]) -> None:
    """Found the bodies and seat their members; leave their ids to the plugins that come after."""
    command, today = context.command, context.command.today
    built = context.settled.courtyard.plan.built_to if context.settled else today.year
    founded_in = min(max(built + 1, 2014 + int(rng.random() * 9)), today.year - 1)
    bodies = [
        CreateBody(
            each.kind, each.name, len(each.people) or None, established_on=f"{founded_in}-{rng.randint(1, 12):02}"
        )
        for each in planned
    ]
    receipt = await run_commands(create_body, command, bodies)
    first_day = day_between(rng, today - dt.timedelta(days=900), today - dt.timedelta(days=60))
    term_end = first_day.replace(year=first_day.year + TERM_YEARS, day=min(first_day.day, 28)) - dt.timedelta(days=1)
    seats: list[AppointSeat] = []
    for each, body_id in zip(planned, receipt.subject_ids, strict=True):
        assert body_id is not None, "a body that was just founded has an id"
        context.shared[PLUGIN, context.number, each.kind.name] = body_id
        for place, officer in enumerate(each.people):
            role, title = _role(each.kind, place)
            seats.append(AppointSeat(body_id, officer.id, role, first_day, term_end, title))
            if each.kind in (BodyKind.RESIDENT_COUNCIL, BodyKind.SUPERVISORY):
                context.shared[PLUGIN, context.number, f"{each.kind.name}.{place + 1}"] = officer.id
    await run_commands(appoint_seat, command, seats)


def _role(kind: BodyKind, place: int) -> tuple[str, str]:
    if kind is BodyKind.DELIBERATIVE and place > 0:
        return "MEMBER", "议事代表"
    if place == 0:
        return "CHAIR", "召集人" if kind is BodyKind.DELIBERATIVE else "主任"
    return ("VICE", "副主任") if place == 1 and kind is not BodyKind.SUPERVISORY else ("MEMBER", "成员")


# regulations -----------------------------------------------------------------------------------------------------


def _regulations(rng: random.Random, today: dt.date) -> Iterator[RegisterRegulation]:
    """Yield the seed's regulations as the courtyard adopted them; some have revised their finance rules since."""
    adopted = day_between(rng, today - dt.timedelta(days=1300), today - dt.timedelta(days=800))
    for seed in demo_texts.REGULATIONS:
        if seed.kind is RegulationKind.FINANCE_RULES and rng.random() < 0.3:
            yield _version(seed, adopted, 1)
            yield _version(seed, day_between(rng, adopted + dt.timedelta(days=200), today - dt.timedelta(days=40)), 2)
        else:
            yield _version(seed, adopted, 1)


def _version(seed: demo_texts.SeedRegulation, adopted: dt.date, version: int) -> RegisterRegulation:
    clauses = tuple(ClauseValue(key, value) for key, value in seed.clauses.items())
    if seed.kind is RegulationKind.FINANCE_RULES and version == 1:
        clauses = tuple(each for each in clauses if each.key != "finance.publish_day")
    return RegisterRegulation(
        seed.kind,
        seed.text,
        f"议事会〔{adopted.year}〕{version}号决议",
        adopted,
        adopted + dt.timedelta(days=10),
        f"议事会会议记录〔{adopted.year}〕第{version}号",
        clauses=clauses,
    )


# opinions --------------------------------------------------------------------------------------------------------


class _Even:
    """Numbers from 0 to 1 that fill the span evenly however few there are, so that a small courtyard has its shares.

    Additive recurrence by the golden ratio: any run of them is spread better than random ones.
    """

    def __init__(self, rng: random.Random) -> None:
        self._at = rng.random()

    def next(self) -> float:
        """Return the next number."""
        self._at = (self._at + 0.6180339887498949) % 1
        return self._at


def plan_opinions(
    rng: random.Random, settled: Settled, officers: Sequence[_Officer], today: dt.date
) -> Iterator[RegisterOpinion]:
    """Yield a year of opinions in the order of their days: 8 to 15 per 100 households, about 85 % closed in time."""
    courtyard = settled.courtyard
    households = courtyard.households
    count = round(len(households) * (8 + 7 * rng.random()) / 100)
    contented = 0.88 + 0.08 * rng.random()
    timely, pleased = _Even(rng), _Even(rng)
    days = sorted(day_between(rng, today - dt.timedelta(days=YEAR - 1), today) for _ in range(count))
    for received in days:
        household = pick(rng, households)
        head = courtyard.person(household.head)
        is_named = rng.random() < 0.88
        category = demo_texts.CATEGORIES.pick(rng)
        limit = PARAMETERS[LIMIT_KEYS[category]].default
        closed = _closed_on(rng, timely, received, limit, today)
        satisfaction = _satisfaction(rng, pleased, contented) if closed and rng.random() < 0.8 else None
        assignee = pick(rng, officers) if officers and (closed or received < today) else None
        yield RegisterOpinion(
            content=_content(rng, category, household.room_key.split("-")[0]),
            category=category,
            received_on=received.isoformat(),
            source=demo_texts.SOURCES.pick(rng),
            reporter_id=settled.person_id(head.serial) if is_named else None,
            reporter_name=head.name if is_named else None,
            room_key=household.room_key if is_named else None,
            phone=head.phone if is_named else None,
            assignee_id=assignee.id if assignee else None,
            assignee_name=assignee.name if assignee else None,
            limit_workdays=limit,
            closed_on=closed.isoformat() if closed else None,
            result=pick(rng, demo_texts.RESULTS[category]) if closed else None,
            satisfaction=satisfaction,
        )


def _content(rng: random.Random, category: OpinionCategory, building: str) -> str:
    if category is OpinionCategory.NEIGHBOUR_DISPUTE:
        return pick(rng, demo_texts.CONTENDED[demo_texts.DISPUTES.pick(rng)])
    return pick(rng, demo_texts.CONTENTS[category]).format(b=building)


def _closed_on(rng: random.Random, timely: _Even, received: dt.date, limit: int, today: dt.date) -> dt.date | None:
    """Return when it was closed, or None: of those due by now 86 % in time, 10 % late, 4 % not yet."""
    due = due_on(received, limit)
    assert due is not None, "day and limit are known"
    if due < today:
        drawn = timely.next()
        if drawn < 0.86:
            return day_between(rng, received + dt.timedelta(days=1), due)
        if drawn < 0.96:
            return min(today, due + dt.timedelta(days=1 + int(rng.random() * 20)))
        return None
    return day_between(rng, received, today) if rng.random() < 0.5 else None


def _satisfaction(rng: random.Random, pleased: _Even, contented: float) -> Satisfaction:
    if pleased.next() < contented:
        return Satisfaction.VERY_SATISFIED if rng.random() < 0.35 else Satisfaction.SATISFIED
    return demo_texts.UNSATISFIED.pick(rng)
