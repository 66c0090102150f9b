"""What the council plugin puts beside its declarations: relations, counts, and its fields on core's types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import TODAY, Aggregate, GraphQLField, ToMany, ToOne
from yuanluo.fields import IN_FORCE, Condition

__all__ = ["COUNCIL_FIELDS"]

STANDING: Final[Condition] = ("status", "ne", "DISSOLVED")
OPEN: Final[Condition] = ("status", "in", ("COLLECTED", "TRIAGED", "ANSWERED", "REFERRED", "MERGED", "PROPOSED"))

COUNCIL_FIELDS: Final[Sequence[GraphQLField]] = (
    # Courtyard
    ToOne(
        "Courtyard", "council", "Body", "院委会", "the resident council",
        where=[("kind", "eq", "RESIDENT_COUNCIL"), STANDING],
    ),
    ToOne(
        "Courtyard", "supervisoryCommittee", "Body", "监委会", "the supervisory committee",
        where=[("kind", "eq", "SUPERVISORY"), STANDING],
    ),
    ToOne("Courtyard", "councilCounts", "CouncilCounts", "民情计数", "counters kept by every write"),
    Aggregate("Courtyard", "opinionCount", "Opinion", "count", "民情总数", "opinions in the ledger"),
    Aggregate(
        "Courtyard", "openOpinionCount", "Opinion", "count", "未办结民情数", "opinions not closed", where=[OPEN],
    ),
    Aggregate(
        "Courtyard", "overdueOpinionCount", "Opinion", "count", "超期未办结民情数", "open opinions past their limit",
        where=[OPEN, ("due_on", "lt", TODAY)],
    ),
    # Body
    ToMany("Body", "members", "Seat", "成员", "seats held today", via="organization_id", where=IN_FORCE),
    Aggregate(
        "Body", "memberCount", "Seat", "count", "现任人数", "seats held today", via="organization_id", where=IN_FORCE,
    ),
    # Regulation
    ToOne(
        "Regulation", "currentVersion", "RegulationVersion", "现行版本", "the version in force",
        via="regulation_id",
        where=[("status", "eq", "EFFECTIVE"), ("effective_on", "le", TODAY), ("superseded_on", "null_or_gt", TODAY)],
    ),
    ToMany("Regulation", "versions", "RegulationVersion", "版本", "every version, newest first", via="regulation_id"),
    ToMany("RegulationVersion", "clauses", "RegulationClause", "制度参数", "the numbers it sets", via="version_id"),
    # Person: through Reporter (D2), so that nobody else learns who reported what; his own he sees
    ToMany("Person", "reportedOpinions", "Reporter", "反映的民情", "opinions he reported", via="person_id"),
    # Opinion
    ToMany("Opinion", "mergedOpinions", "Opinion", "并入的民情", "opinions merged into it", via="merged_into_id"),
)  # fmt: skip
"""The plugin's fields."""
