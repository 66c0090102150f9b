"""What the commands read before they decide: activities and their queues, as values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from yuanluo import CommandContext, NotFound, many, rows
from yuanluo_culture.rules import Times
from yuanluo_culture.terms import ActivityStatus, SignupState

__all__ = ["Queue", "StoredActivity", "StoredSignup", "load_activities", "load_queues"]

T = TypeVar("T")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """An activity as the rules need it."""

    id: uuid.UUID
    status: ActivityStatus
    times: Times
    capacity: int | None
    check_in_code: str | None


@dataclass(slots=True)
class StoredSignup:
    """One sign-up; `is_new` until its row is written."""

    id: uuid.UUID
    person_id: uuid.UUID
    state: SignupState
    position: int
    attended: bool = False
    is_new: bool = False


@dataclass(slots=True)
class Queue:
    """The sign-ups of one activity, kept up to date while a command goes through its inputs."""

    signups: dict[uuid.UUID, StoredSignup] = field(default_factory=lambda: {})
    """By person."""

    @property
    def confirmed(self) -> int:
        """How many have a place."""
        return sum(each.state is SignupState.CONFIRMED for each in self.signups.values())

    @property
    def waiting(self) -> list[tuple[int, StoredSignup]]:
        """Who waits, with his position."""
        return [(e.position, e) for e in self.signups.values() if e.state is SignupState.WAITLISTED]

    @property
    def next_position(self) -> int:
        """The end of the queue; a position is never used twice."""
        return max((each.position for each in self.signups.values()), default=0) + 1


def chunks(ids: Iterable[T]) -> Iterator[Sequence[T]]:
    """Yield `ids` in parts that fit into one statement."""
    every = list(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


async def load_activities(context: CommandContext, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, StoredActivity]:
    """Return the activities `ids`; raise NotFound naming the first that is not here."""
    wanted = list(dict.fromkeys(ids))
    found: dict[uuid.UUID, StoredActivity] = {}
    for part in chunks(wanted):
        for row in await rows(
            context.database,
            "SELECT id, status, starts_at, ends_at, capacity, check_in_code FROM activity"
            f" WHERE tenant_id = $1 AND id IN ({many(part, 2)})",
            context.tenant,
            *part,
        ):
            found[row["id"]] = StoredActivity(
                row["id"],
                ActivityStatus[row["status"]],
                Times(row["starts_at"], row["ends_at"]),
                row["capacity"],
                row["check_in_code"],
            )
    for each in wanted:
        if each not in found:
            raise NotFound("没有找到该活动。", "there is no such activity here.")
    return found


async def load_queues(context: CommandContext, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Queue]:
    """Return the sign-ups of the activities `ids`."""
    wanted = list(dict.fromkeys(ids))
    found = {each: Queue() for each in wanted}
    for part in chunks(wanted):
        for row in await rows(
            context.database,
            "SELECT id, activity_id, person_id, state, position, attended FROM activity_signup"
            f" WHERE tenant_id = $1 AND activity_id IN ({many(part, 2)})",
            context.tenant,
            *part,
        ):
            found[row["activity_id"]].signups[row["person_id"]] = StoredSignup(
                row["id"], row["person_id"], SignupState[row["state"]], row["position"], row["attended"]
            )
    return found
