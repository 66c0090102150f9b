"""Commands on volunteering: services recorded as they were, and the consent to be named for them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo import ADDS, STATES, Command, CommandContext, DataClass, Given, Outcome, changed, many, rows
from yuanluo_culture.attendance import on_behalf_of
from yuanluo_culture.rights import DESK, PEOPLE, action
from yuanluo_culture.rules import Span, aware, check_services, minutes_between
from yuanluo_culture.stored import chunks
from yuanluo_culture.tables import CULTURE, CultureCounts, VolunteerConsent, VolunteerService

__all__ = ["RecordService", "SetConsent", "record_service", "set_consent"]


@dataclass(frozen=True, slots=True)
class RecordService:
    """A volunteer's service from check-in to check-out."""

    person_id: uuid.UUID
    check_in: dt.datetime
    check_out: dt.datetime
    activity_id: uuid.UUID | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True)
class SetConsent:
    """Whether a volunteer may be named in the courtyard for what he does; he may change it at any time."""

    person_id: Annotated[uuid.UUID, Given("人员", "the volunteer", refers="Person")]
    is_granted: Annotated[bool, Given("是否同意", "whether the name may be published")]


async def _record_services(context: CommandContext, services: Sequence[RecordService]) -> Sequence[Outcome]:
    new: list[dict[str, Any]] = []
    by_person: dict[uuid.UUID, list[Span]] = {}
    for service in services:
        span = (aware(service.check_in, "check_in"), aware(service.check_out, "check_out"))
        by_person.setdefault(service.person_id, []).append(span)
        new.append(
            {
                "person_id": service.person_id,
                "activity_id": service.activity_id,
                "task": (service.task or "").strip() or None,
                "check_in": span[0],
                "check_out": span[1],
                "minutes": minutes_between(*span),
            }
        )
    known = await _known_services(context, by_person)
    for person_id, spans in by_person.items():
        check_services(spans, known.get(person_id, ()), context.now)
    ids = await context.insert(VolunteerService, new)
    context.bump(CultureCounts, volunteer_services=len(new), volunteer_minutes=sum(row["minutes"] for row in new))
    return [
        Outcome(row_id, {"minutes": row["minutes"], "activity": row["activity_id"]})
        for row_id, row in zip(ids, new, strict=True)
    ]


async def _known_services(
    context: CommandContext, by_person: Mapping[uuid.UUID, Sequence[Span]]
) -> dict[uuid.UUID, list[Span]]:
    """Return the services of these people that touch the days of the new ones, and a day around them."""
    spans = [span for each_of in by_person.values() for span in each_of]
    day = dt.timedelta(days=1)
    first = min((begun for begun, _ in spans), default=context.now) - day
    last = max((ended for _, ended in spans), default=context.now) + day
    found: dict[uuid.UUID, list[Span]] = {}
    for part in chunks(by_person):
        for row in await rows(
            context.database,
            "SELECT person_id, check_in, check_out FROM volunteer_service"
            f" WHERE tenant_id = $1 AND check_out > $2 AND check_in < $3 AND person_id IN ({many(part, 4)})",
            context.tenant,
            first,
            last,
            *part,
        ):
            found.setdefault(row["person_id"], []).append((row["check_in"], row["check_out"]))
    return found


async def _set_consents(context: CommandContext, consents: Sequence[SetConsent]) -> Sequence[Outcome]:
    people = list(dict.fromkeys(each.person_id for each in consents))
    granted = await _granted(context, people)
    before = set(granted)
    outcomes: list[Outcome] = []
    for consent in consents:
        acts_for = on_behalf_of(context, consent.person_id, "volunteer.consent_others")
        said = {"granted": consent.is_granted, "was_granted": consent.person_id in granted, "on_behalf_of": acts_for}
        (granted.add if consent.is_granted else granted.discard)(consent.person_id)
        outcomes.append(Outcome(consent.person_id, said))
    await context.insert(
        VolunteerConsent,
        [{"id": each, "granted_on": context.today} for each in people if each in granted and each not in before],
    )
    for part in chunks(each for each in people if each in before and each not in granted):
        await changed(
            context.database,
            f"DELETE FROM volunteer_consent WHERE tenant_id = $1 AND id IN ({many(part, 2)})",
            context.tenant,
            *part,
        )
    return outcomes


async def _granted(context: CommandContext, people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for part in chunks(people):
        found |= {
            row["id"]
            for row in await rows(
                context.database,
                f"SELECT id FROM volunteer_consent WHERE tenant_id = $1 AND id IN ({many(part, 2)})",
                context.tenant,
                *part,
            )
        }
    return found


record_service: Final = Command(
    action=action("volunteer.record_service", DESK, "登记志愿服务", "record volunteer services"),
    input=RecordService,
    many=_record_services,
    subject_type="VolunteerService",
    body=CULTURE,
    disclosure=DataClass.D2,
    unversioned=ADDS,
)
"""Record a volunteer's service, truthfully (志愿服务条例 19)."""

set_consent: Final = Command(
    action=action("volunteer.set_consent", PEOPLE, "志愿者公示同意", "consent to be named as a volunteer"),
    input=SetConsent,
    many=_set_consents,
    subject_type="VolunteerConsent",
    body=CULTURE,
    disclosure=DataClass.D2,
    unversioned=STATES,
    acts_for="person_id",
)
"""Give or withdraw the consent to be named (志愿服务条例 20)."""
