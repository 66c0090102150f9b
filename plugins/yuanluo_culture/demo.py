"""A plausible year of activities in a synthetic courtyard: about twenty, most of them over, some still to come.

Everything goes through the module's commands in their list forms, so a courtyard's year is a handful of records.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from uuid_utils.compat import uuid7

from yuanluo import CommandContext, DemoContext, Settled, rows, run_commands, scoped
from yuanluo.clock import SHANGHAI
from yuanluo_culture.attendance import SignUp, sign_up
from yuanluo_culture.festivals import festivals_between
from yuanluo_culture.planning import (
    AdvanceActivity,
    PlanActivity,
    advance_activity,
    plan_activity,
)
from yuanluo_culture.recording import Attendance, RecordActivity, record_activity
from yuanluo_culture.terms import ActivityKind, ActivityStatus, CheckInMethod, SignupState
from yuanluo_culture.volunteering import RecordService, SetConsent, record_service, set_consent

__all__ = ["write_demo_rows"]

_K = ActivityKind

FESTIVE: Final = {
    "LANTERN_FESTIVAL": (_K.FESTIVAL, "元宵猜灯谜"),
    "LEI_FENG_DAY": (_K.HARMONY_PUBLICITY, "学雷锋便民服务"),
    "DRAGON_BOAT": (_K.FESTIVAL, "端午包粽子"),
    "CHILDRENS_DAY": (_K.FESTIVAL, "六一亲子游园"),
    "MID_AUTUMN": (_K.FESTIVAL, "中秋邻里宴"),
    "DOUBLE_NINTH": (_K.FESTIVAL, "重阳敬老"),
    "CONSTITUTION_DAY": (_K.LAW, "宪法宣传日"),
    "WINTER_SOLSTICE": (_K.FESTIVAL, "冬至包饺子"),
    "LABA": (_K.FESTIVAL, "腊八粥分享"),
}
"""Festivals that the courtyard keeps, with what it does."""

PAST: Final = (
    (_K.GREEN_HOME, "春季认养绿地"),
    (_K.HEALTH, "社区医院义诊"),
    (_K.HARMONY_PUBLICITY, "垃圾分类宣传"),
    (_K.LECTURE, "防诈骗讲座"),
    (_K.SPORT, "院落趣味运动会"),
    (_K.GREEN_HOME, "楼道清理大扫除"),
    (_K.LAW, "民法典进院落"),
    (_K.HEALTH, "老年人健康体检"),
    (_K.SPORT, "坝坝舞比赛"),
    (_K.HARMONY_PUBLICITY, "文明养犬倡议"),
)
"""What else was held, in the order of the year."""

COMING: Final = (
    (_K.LECTURE, "冬季用电用气安全讲座", 5),
    (_K.HEALTH, "冬季健康义诊", 18),
)
"""What else is to come, and in how many days."""

PLACES: Final = ("院落坝子", "活动室", "小花园", "党群服务站", "门口广场")
TASKS: Final = ("文明劝导", "绿化养护", "助老送餐", "治安巡逻", "环境清洁")
HOURS: Final = (9, 9, 10, 14, 15, 19)
CAPACITIES: Final = (20, 30, 30, 40, 60, None)
FIRST_DAY, LAST_DAY = dt.timedelta(days=300), dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Who may come, and who helps."""

    people: Sequence[uuid.UUID]
    elderly: frozenset[uuid.UUID]
    volunteers: Sequence[uuid.UUID]


async def write_demo_rows(context: DemoContext) -> None:
    """Write a courtyard's year; above the courtyards there is nothing to write."""
    if context.settled is None:
        return
    rng, command = context.random("culture"), context.command
    crowd = _crowd(context.settled, command.today, rng)
    # one commit for the whole year; each command still files its record
    with scoped(command.tenant):
        async with command.database.transaction():
            over, coming = _year(command.today, await _organizer(command), rng)
            held = [_held(plan, crowd, command.today, rng) for plan in over]
            await run_commands(record_activity, command, held)
            await run_commands(plan_activity, command, coming)
            await _bring_up(command, coming, crowd, rng)
            await _volunteer(command, held, crowd, rng)


def _crowd(settled: Settled, today: dt.date, rng: random.Random) -> _Crowd:
    ages = [(settled.person_id(each.serial), today.year - each.birth_year) for each in settled.courtyard.people]
    grown = [each for each, age in ages if age >= 16]
    elderly = frozenset(each for each, age in ages if age >= 60)
    return _Crowd(grown, elderly, rng.sample(grown, min(len(grown), 4 + len(grown) // 20)))


async def _organizer(command: CommandContext) -> uuid.UUID | None:
    found = await rows(
        command.database,
        "SELECT id FROM organization WHERE tenant_id = $1 AND kind = 'RESIDENT_COUNCIL' ORDER BY name",
        command.tenant,
    )
    return found[0]["id"] if found else None


def _year(
    today: dt.date, organizer: uuid.UUID | None, rng: random.Random
) -> tuple[list[PlanActivity], list[PlanActivity]]:
    """Return the activities that are over and those to come, each in order of days."""
    first, last = today - FIRST_DAY, today + LAST_DAY
    plans = [
        _plan(*FESTIVE[each.code], each.day, organizer, rng, festival=each.code)
        for each in festivals_between(first, last)
        if each.code in FESTIVE
    ]
    taken = {cast("dt.date", plan.festival_day) for plan in plans}
    gap = (FIRST_DAY.days - 5) // len(PAST)
    wanted = [
        (kind, title, first + dt.timedelta(days=index * gap + rng.randrange(gap)))
        for index, (kind, title) in enumerate(PAST)
    ]
    wanted += [(kind, title, today + dt.timedelta(days=days + rng.randrange(5))) for kind, title, days in COMING]
    for kind, title, day in wanted:
        free = _next_free(day, taken)
        taken.add(free)
        plans.append(_plan(kind, title, free, organizer, rng))
    plans.sort(key=lambda plan: (plan.starts_at, plan.title))
    noon = dt.datetime.combine(today, dt.time(), SHANGHAI)
    return [plan for plan in plans if plan.ends_at < noon], [plan for plan in plans if plan.ends_at >= noon]


def _next_free(day: dt.date, taken: set[dt.date]) -> dt.date:
    """Return `day` or the first after it on which nothing is held: nobody can be at two activities at once."""
    while day in taken:
        day += dt.timedelta(days=1)
    return day


def _plan(
    kind: ActivityKind,
    title: str,
    day: dt.date,
    organizer: uuid.UUID | None,
    rng: random.Random,
    festival: str | None = None,
) -> PlanActivity:
    starts_at = dt.datetime.combine(day, dt.time(rng.choice(HOURS), rng.choice((0, 30))), SHANGHAI)
    return PlanActivity(
        kind=kind,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=rng.choice((90, 120, 120, 150))),
        place=rng.choice(PLACES),
        capacity=rng.choice(CAPACITIES),
        organizer_id=organizer,
        budget_fen=rng.randrange(2, 31) * 10_000,
        festival=festival,
        festival_day=day if festival else None,
        check_in_code=f"{rng.getrandbits(48):012x}",
        id=uuid7(),
    )


def _held(plan: PlanActivity, crowd: _Crowd, today: dt.date, rng: random.Random) -> RecordActivity:
    """Return what became of an activity that is over; one in twenty fell to the rain."""
    if rng.random() < 0.05:
        return RecordActivity(plan, ActivityStatus.CANCELLED, cancel_reason="因天气原因取消")
    ago = (today - plan.starts_at.date()).days
    late = ActivityStatus.EVALUATED if ago < 90 else ActivityStatus.ARCHIVED
    status = ActivityStatus.FINISHED if ago < 30 else late
    return RecordActivity(plan, status, _attendance(plan, crowd, rng))


def _interested(crowd: _Crowd, rng: random.Random) -> list[uuid.UUID]:
    wanted = min(60, int(len(crowd.people) * rng.uniform(0.04, 0.11)) + rng.randrange(5, 12))
    return rng.sample(crowd.people, min(len(crowd.people), wanted))


def _attendance(plan: PlanActivity, crowd: _Crowd, rng: random.Random) -> tuple[Attendance, ...]:
    people = _interested(crowd, rng)
    opened = plan.starts_at - dt.timedelta(days=9)
    moments = sorted(opened + dt.timedelta(minutes=rng.randrange(8 * 24 * 60)) for _ in people)
    lines: list[Attendance] = []
    places = plan.capacity if plan.capacity is not None else len(people)
    for person, moment in zip(people, moments, strict=True):
        state, came, method = SignupState.CONFIRMED, None, CheckInMethod.LIST
        if rng.random() < 0.04:
            state = SignupState.CANCELLED
        elif not places:
            state = SignupState.WAITLISTED
        else:
            places -= 1
            if rng.random() < 0.87:
                came = plan.starts_at + dt.timedelta(minutes=rng.randrange(-25, 20))
            if person not in crowd.elderly and rng.random() < 0.7:
                method = CheckInMethod.QR
        lines.append(Attendance(person, moment, came, method, state))
    return tuple(lines)


_LADDER: Final = (
    (45, ActivityStatus.APPROVED),
    (28, ActivityStatus.PUBLISHED),
    (14, ActivityStatus.SIGNUP),
)
"""How many days ahead an activity is brought to which status."""


async def _bring_up(command: CommandContext, coming: Sequence[PlanActivity], crowd: _Crowd, rng: random.Random) -> None:
    """Bring each activity to come as far as it would be by now, and let people sign up where they can."""
    steps: list[AdvanceActivity] = []
    wanted: list[SignUp] = []
    for plan in coming:
        activity_id = cast("uuid.UUID", plan.id)
        ahead = (plan.starts_at.date() - command.today).days
        steps += [AdvanceActivity(activity_id, status) for days, status in _LADDER if ahead <= days]
        if ahead <= _LADDER[-1][0] and plan.starts_at > command.now:
            wanted += [SignUp(activity_id, person) for person in _interested(crowd, rng)]
    await run_commands(advance_activity, command, steps)
    await run_commands(sign_up, command, wanted)


async def _volunteer(
    command: CommandContext, held: Sequence[RecordActivity], crowd: _Crowd, rng: random.Random
) -> None:
    """Let the volunteers help at activities and on days of their own; most agree to be named."""
    services: list[RecordService] = []
    taken: set[tuple[uuid.UUID, dt.date]] = set()
    for each in held:
        if each.status is ActivityStatus.CANCELLED:
            continue
        plan = each.activity
        for person in rng.sample(crowd.volunteers, min(len(crowd.volunteers), rng.randrange(2, 6))):
            taken.add((person, plan.starts_at.date()))
            begun = plan.starts_at - dt.timedelta(minutes=30)
            services.append(RecordService(person, begun, plan.ends_at, plan.id, "活动服务"))
    for person in crowd.volunteers:
        for _ in range(rng.randrange(2, 7)):
            day = command.today - dt.timedelta(days=rng.randrange(1, FIRST_DAY.days))
            if (person, day) not in taken:
                taken.add((person, day))
                begun = dt.datetime.combine(day, dt.time(rng.randrange(8, 18)), SHANGHAI)
                ended = begun + dt.timedelta(minutes=rng.randrange(45, 181))
                services.append(RecordService(person, begun, ended, None, rng.choice(TASKS)))
    await run_commands(record_service, command, services)
    consents = [SetConsent(person, True) for person in crowd.volunteers if rng.random() < 0.7]
    await run_commands(set_consent, command, consents)
