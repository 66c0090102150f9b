"""The command that plans the festivals of a year, as many times as one likes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from yuanluo import ADDS, Bound, Command, CommandContext, Given, Invalid, Kind, Outcome, each, rows
from yuanluo.clock import SHANGHAI
from yuanluo_culture.festivals import FIRST_YEAR, LAST_YEAR, Festival, festivals
from yuanluo_culture.planning import PlanActivity, plan_activities
from yuanluo_culture.rights import ORGANISERS, action
from yuanluo_culture.tables import CULTURE
from yuanluo_culture.terms import ActivityKind

__all__ = ["PlanFestivals", "plan_festivals"]

MINUTES_OF_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class PlanFestivals:
    """The festivals of a year to be planned, all of them or those in `codes`.

    Days gone by are left out, and so is a festival that has an activity already, a cancelled one included.
    """

    year: Annotated[int, Given("年份", "the year", bound=Bound(FIRST_YEAR, LAST_YEAR, "FESTIVAL_YEAR", "domain 3.4"))]
    codes: Annotated[tuple[str, ...], Given("节日", "which festivals; all unless named")] = ()
    place: str = "院落坝子"
    start_minute: Annotated[
        int,
        Given(
            "开始时刻(当日第几分钟)",
            "minute of the day at which each starts",
            bound=Bound(0, MINUTES_OF_A_DAY - 1, rule="domain 3.4"),
        ),
    ] = 9 * 60 + 30
    """Minutes after midnight in Asia/Shanghai."""
    minutes: Annotated[
        int,
        Given("时长", "how long each lasts", kind=Kind.MINUTES, bound=Bound(1, MINUTES_OF_A_DAY, rule="domain 3.4")),
    ] = 120
    capacity: int | None = None
    organizer_id: uuid.UUID | None = None
    budget_fen: int = 0


async def _plan_festivals(context: CommandContext, asked: PlanFestivals) -> Outcome:
    plan = _plan_of(asked.year, asked.codes)
    known = {
        (row["festival"], row["festival_day"])
        for row in await rows(
            context.database,
            "SELECT festival, festival_day FROM activity WHERE tenant_id = $1 AND festival_day BETWEEN $2 AND $3",
            context.tenant,
            plan[0].day,
            plan[-1].day,
        )
    }
    new: list[Festival] = []
    said: dict[str, list[str]] = {"planned": [], "kept": [], "past": []}
    for festival in plan:
        if (festival.code, festival.day) in known:
            said["kept"].append(festival.code)
        elif festival.day < context.today:
            said["past"].append(festival.code)
        else:
            said["planned"].append(festival.code)
            new.append(festival)
    await plan_activities(context, [_festival_activity(festival, asked) for festival in new])
    return Outcome(None, {"year": asked.year, **said})


def _plan_of(year: int, codes: Sequence[str]) -> list[Festival]:
    plan = festivals(year)
    if unknown := set(codes) - {festival.code for festival in plan}:
        raise Invalid(
            f"没有这些节日:{'、'.join(sorted(unknown))}。",
            f"there are no such festivals: {', '.join(sorted(unknown))}.",
            field="codes",
            code="FESTIVAL_UNKNOWN",
            rule="domain 3.4",
        )
    return [festival for festival in plan if not codes or festival.code in codes]


def _festival_activity(festival: Festival, asked: PlanFestivals) -> PlanActivity:
    starts_at = dt.datetime.combine(festival.day, dt.time(), SHANGHAI) + dt.timedelta(minutes=asked.start_minute)
    return PlanActivity(
        kind=ActivityKind.FESTIVAL,
        title=f"{festival.day.year}年{festival.zh}活动",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=asked.minutes),
        place=asked.place,
        capacity=asked.capacity,
        organizer_id=asked.organizer_id,
        budget_fen=asked.budget_fen,
        festival=festival.code,
        festival_day=festival.day,
    )


plan_festivals: Final = Command(
    action=action("activity.plan_festivals", ORGANISERS, "策划全年节日活动", "plan the festivals of a year"),
    input=PlanFestivals,
    many=each(_plan_festivals),
    subject_type="Activity",
    body=CULTURE,
    unversioned=ADDS,
)
"""Plan the festivals of a year; a second time adds nothing."""
