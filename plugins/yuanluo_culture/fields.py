"""What the culture module puts beside its declarations, on its own types and on core's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Aggregate, Count, Counter, DataClass, GraphQLField, ToMany, ToOne
from yuanluo_culture.tables import CultureCounts

__all__ = ["COUNTERS", "FIELDS"]

FIELDS: Final[Sequence[GraphQLField]] = (
    # Courtyard
    ToMany(
        "Courtyard", "upcomingActivities", "Activity", "近期活动", "activities from today on, the next one first",
        where=[("day", "ge", TODAY), ("status", "ne", "CANCELLED")], order=["day", "starts_at"],
    ),
    Aggregate(
        "Courtyard", "activityCount", "Activity", "count", "活动数", "activities that were not cancelled",
        where=[("status", "ne", "CANCELLED")],
    ),
    Aggregate(
        "Courtyard", "volunteerMinutes", "VolunteerService", "sum", "志愿服务时长", "time volunteered",
        column="minutes",
    ),
    ToOne("Courtyard", "cultureCounts", "CultureCounts", "文化活动计数", "counters kept by every write"),
    # Activity: how many is public, who is not
    ToMany(
        "Activity", "signups", "ActivitySignup", "报名名单", "who signed up, in the order of the queue",
        via="activity_id",
    ),
    Aggregate(
        "Activity", "signupCount", "ActivitySignup", "count", "报名人数", "how many have a place",
        via="activity_id", where=[("state", "eq", "CONFIRMED")],
    ),
    Aggregate(
        "Activity", "waitlistCount", "ActivitySignup", "count", "候补人数", "how many wait for a place",
        via="activity_id", where=[("state", "eq", "WAITLISTED")],
    ),
    Aggregate(
        "Activity", "checkedInCount", "ActivitySignup", "count", "签到人数", "how many came",
        via="activity_id", where=[("attended", "eq", True)],
    ),
    ToMany(
        "Activity", "volunteerServices", "VolunteerService", "志愿服务", "volunteers' services at it",
        via="activity_id",
    ),
    Aggregate(
        "Activity", "volunteerMinutes", "VolunteerService", "sum", "志愿服务时长", "time volunteered at it",
        via="activity_id", column="minutes",
    ),
    # Person
    ToMany("Person", "activitySignups", "ActivitySignup", "活动报名", "what he signed up for", via="person_id"),
    ToMany(
        "Person", "volunteerServices", "VolunteerService", "志愿服务",
        "his services, the latest first; their `sum` is his time", via="person_id",
    ),
    Aggregate(
        "Person", "volunteerMinutes", "VolunteerService", "sum", "志愿服务时长", "time volunteered",
        via="person_id", column="minutes", klass=DataClass.D2,
    ),
    # VolunteerConsent: named with consent, so with his time too
    Aggregate(
        "VolunteerConsent", "minutes", "VolunteerService", "sum", "志愿服务时长", "time volunteered",
        via="person_id", column="minutes",
    ),
    # Organization
    ToMany("Organization", "activities", "Activity", "主办活动", "activities it runs", via="organizer_id"),
)  # fmt: skip
"""Relations and aggregates.

A person's minutes stand behind his rows (`volunteerServices { sum { minutes } }`, D2 or himself) or behind his
consent (`volunteerConsent { minutes }`, D1): an aggregate on `Person` would tell them to whoever sees the person,
which 志愿服务条例 20 forbids.
"""

COUNTERS: Final[Sequence[Counter]] = (
    Counter(
        CultureCounts,
        {
            "activities": Count("activity"),
            "cancelled_activities": Count("activity", where=(("status", "CANCELLED"),)),
            "participants": Count("activity_signup", where=(("attended", True),)),
            "volunteer_services": Count("volunteer_service"),
            "volunteer_minutes": Count("volunteer_service", sum_of="minutes"),
        },
    ),
)
"""What the counters count."""
