"""The ledger of opinions (民情台账) in and out: what `opinions_sheet` reads becomes rows, and rows are read back.

A clerk hands in the same ledger again and again, a little longer each time. So a row that is already here, by day,
content, reporter and room, is not written twice: where the file knows more of it than we do, it moves on; else it
stays as it is. Equal rows count: the third of three equal ones in the file is the third of those here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

from yuanluo import CommandContext, Exporter, Importer, PeopleIndex, Row, rows, value
from yuanluo.importing import Exported, ImportFile
from yuanluo.registering import meant_by
from yuanluo.sealing import unseal
from yuanluo.sheets import Record
from yuanluo_council.offers import KEEPERS
from yuanluo_council.opinions import RegisterOpinion, bump_counts, write_opinions
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_council.rules import due_on, full_day
from yuanluo_council.tables import Opinion, OpinionCategory, OpinionSource, OpinionStatus, Reporter, Satisfaction

__all__ = ["EXPORTER", "IMPORTER", "commit_ledger", "ledger_rows"]

E = TypeVar("E", bound=Enum)
Key: TypeAlias = tuple[str | None, str, str | None, str | None]
"""Day, content, reporter and room: what tells one row of a ledger from another."""

_LEDGER: Final = (
    "SELECT o.id, o.number, o.received_on, o.content, o.category, o.source, o.limit_workdays, o.closed_on, o.result,"
    " o.satisfaction, o.status, o.assignee_name, o.assignee_id, o.registered_on, r.phone,"
    " coalesce(o.assignee_name, a.name) AS assignee, coalesce(r.name, p.name) AS reporter,"
    " coalesce(r.room_key, d.room_key) AS room_key"
    " FROM opinion o"
    " LEFT JOIN opinion_reporter r ON r.tenant_id = o.tenant_id AND r.id = o.id"
    " LEFT JOIN person p ON p.tenant_id = r.tenant_id AND p.id = r.person_id"
    " LEFT JOIN dwelling d ON d.tenant_id = r.tenant_id AND d.id = r.dwelling_id"
    " LEFT JOIN person a ON a.tenant_id = o.tenant_id AND a.id = o.assignee_id"
    " WHERE o.tenant_id = $1 ORDER BY o.number"
)
_OFFICERS: Final = (
    "SELECT DISTINCT p.id, p.name FROM seat s JOIN person p ON p.tenant_id = s.tenant_id AND p.id = s.person_id"
    " WHERE s.tenant_id = $1 AND s.started_on <= $2 AND (s.ended_on IS NULL OR s.ended_on >= $2)"
)
_RANK: Final[Mapping[OpinionStatus, int]] = {
    OpinionStatus.COLLECTED: 0,
    OpinionStatus.TRIAGED: 1,
    OpinionStatus.CLOSED: 3,
    OpinionStatus.RATED: 4,
}
_HANDLED: Final = 2


# import ----------------------------------------------------------------------------------------------------------


async def commit_ledger(context: CommandContext, file: ImportFile) -> Mapping[str, int]:
    """Write the accepted rows of a ledger that are not here yet, and move on those of which the file knows more."""
    waiting: dict[Key, list[Row]] = {}
    for row in await rows(context.database, _LEDGER, context.tenant):
        waiting.setdefault(_key(row), []).append(row)
    people, officers = await PeopleIndex.load(context), await _officers(context)
    new: list[tuple[RegisterOpinion, Record]] = []
    moved = 0
    for record in file.records:
        with file.at(record):
            opinion = _opinion(record, _reporter(file, record, people), officers)
            if same := waiting.get(_key(record)):
                moved += await _move_on(context, same.pop(0), opinion)
            else:
                new.append((opinion, record))
    await file.by_row(context, write_opinions, [opinion for opinion, _ in new], [record for _, record in new])
    return {"opinions": len(new), "moved": moved, "unchanged": len(file.records) - len(new) - moved}


def _key(row: Mapping[str, Any]) -> Key:
    return row["received_on"], row["content"], row["reporter"], row["room_key"]


def _reporter(file: ImportFile, record: Mapping[str, Any], people: PeopleIndex) -> uuid.UUID | None:
    """Return who reported it, if the register knows him beyond doubt."""
    if not record["reporter"]:
        return None
    rooms = [record["room_key"]] if record["room_key"] else []
    match = people.match(record["reporter"], rooms=rooms, phone=record["phone"])
    known = meant_by(file, record, people, match, "reporter", ("将不关联到人员", "nobody is tied to the row"))
    return None if known is None else known.id


def _opinion(record: Mapping[str, Any], reporter: uuid.UUID | None, officers: Mapping[str, Any]) -> RegisterOpinion:
    return RegisterOpinion(
        content=record["content"],
        category=_member(OpinionCategory, record["category"]),
        received_on=record["received_on"],
        source=_member(OpinionSource, record["source"]),
        reporter_id=reporter,
        reporter_name=record["reporter"],
        room_key=record["room_key"],
        phone=record["phone"],
        assignee_id=officers.get(record["assignee"] or ""),
        assignee_name=record["assignee"],
        limit_workdays=record["limit_workdays"],
        closed_on=record["closed_on"],
        result=record["result"],
        satisfaction=_member(Satisfaction, record["satisfaction"]),
    )


def _member(choices: type[E], name: str | None) -> E | None:
    return None if name is None else choices[name]


async def _officers(context: CommandContext) -> Mapping[str, Any]:
    """Return who holds an office today by name; a name that two of them share is left out."""
    found: dict[str, Any] = {}
    shared: set[str] = set()
    for row in await rows(context.database, _OFFICERS, context.tenant, context.today):
        if row["name"] in found:
            shared.add(row["name"])
        found[row["name"]] = row["id"]
    return {name: row_id for name, row_id in found.items() if name not in shared}


async def _move_on(context: CommandContext, stored: Row, opinion: RegisterOpinion) -> int:
    """Bring a stored row to where the file says it is by now; return 1 if it moved, else 0.

    What was collected here is closed on the day on which the file is handed in, whatever day it says (K1), and the
    council's members do not bring in how it was rated (K7).
    """
    before, status = OpinionStatus[stored["status"]], opinion.status
    closed_on, satisfaction = opinion.closed_on, opinion.satisfaction
    if stored["registered_on"] is None:
        closed_on = stored["closed_on"] or (closed_on and context.today.isoformat())
        if status is OpinionStatus.RATED and context.actor.roles_at(context.tenant).intersection(KEEPERS):
            status, satisfaction = OpinionStatus.CLOSED, None
    if _RANK.get(status, _HANDLED) <= _RANK.get(before, _HANDLED):
        return 0
    received: dt.date | None = full_day(opinion.received_on)
    limit = opinion.limit_workdays if opinion.limit_workdays is not None else stored["limit_workdays"]
    changes = {
        "status": status,
        "assignee_id": opinion.assignee_id or stored["assignee_id"],
        "assignee_name": opinion.assignee_name or stored["assignee_name"],
        "limit_workdays": limit,
        "due_on": due_on(received, limit),
        "closed_on": closed_on or stored["closed_on"],
        "result": opinion.result or stored["result"],
        "satisfaction": satisfaction or stored["satisfaction"],
    }
    await context.update(Opinion, stored["id"], changes)
    bump_counts(context, before, status, _member(Satisfaction, stored["satisfaction"]), satisfaction)
    return 1


# export ----------------------------------------------------------------------------------------------------------


async def ledger_rows(context: CommandContext, _options: Mapping[str, str]) -> Exported:
    """Return the whole ledger in the order of its numbers, with the keys of `domain.md` §5, phones in full."""
    records = [
        {
            "received_on": row["received_on"],
            "reporter": row["reporter"],
            "room_key": row["room_key"],
            "phone": _phone(context, row),
            "content": row["content"],
            "category": row["category"],
            "source": row["source"],
            "assignee": row["assignee"],
            "limit_workdays": row["limit_workdays"],
            "closed_on": row["closed_on"],
            "result": row["result"],
            "satisfaction": row["satisfaction"],
        }
        for row in await rows(context.database, _LEDGER, context.tenant)
    ]
    name = await value(context.database, "SELECT name FROM courtyard WHERE tenant_id = $1", context.tenant)
    return Exported(records, title=f"{name or ''}{OPINION_LEDGER.title}")


def _phone(context: CommandContext, row: Row) -> str | None:
    if row["phone"] is None:
        return None
    return unseal(context.keys, Reporter, context.tenant, row["id"], "phone", row["phone"])


IMPORTER: Final = Importer(
    OPINION_LEDGER,
    commit=commit_ledger,
    roles=("COMMUNITY_SECRETARY", "COUNCIL_DIRECTOR", "COUNCIL_MEMBER"),
    body="council",
)
"""Imports a ledger of opinions."""

EXPORTER: Final = Exporter(
    OPINION_LEDGER, rows=ledger_rows, roles=("COUNCIL_DIRECTOR", "COUNCIL_MEMBER"), body="council"
)
"""Exports the ledger in full, for those who may see it in the clear."""
