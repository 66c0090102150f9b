"""Core's own checks: offices that cannot be held so, and records about rows that are no longer there."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from yuanluo.checks import Check, Finding
from yuanluo.courtyards import Courtyard
from yuanluo.seats import HeldSeat, find_incompatibility, find_same_seat
from yuanluo.statements import rows
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, TableClass

if TYPE_CHECKING:
    from yuanluo.house import House

__all__ = ["OWN_CHECKS"]

_NEXT_SEAT: Final = ("请核对任职登记,更正或结束该任职。", "Look the office up, and correct or end it.")
_SEATS: Final = (
    "SELECT s.tenant_id, s.person_id, s.organization_id, s.role, s.started_on, s.term_end, s.ended_on, s.ended_by,"
    " o.name, o.kind, o.dissolved_on FROM seat s"
    " JOIN organization o ON o.tenant_id = s.tenant_id AND o.id = s.organization_id"
    " ORDER BY s.tenant_id, s.started_on, s.id"
)


async def find_wrong_seats(house: House) -> Sequence[Finding]:
    """Return the offices whose days contradict each other, that are held twice, or together with another one."""
    found: list[Finding] = []
    held: defaultdict[tuple[int, uuid.UUID], list[HeldSeat]] = defaultdict(list)
    for row in await rows(house.database, _SEATS):
        office = f"{row['name']} {row['role']} {row['started_on']}"
        for zh, en in _wrong_days(row):
            found.append(Finding(row["tenant_id"], f"任职 {office}:{zh}", f"the office {office} {en}", *_NEXT_SEAT))
        seat = HeldSeat(row["kind"], row["role"], row["started_on"], row["ended_on"], row["organization_id"])
        others = held[row["tenant_id"], row["person_id"]]
        if find_same_seat(seat, others) is not None:
            zh, en = "同一人同时两次任此职", "is held twice at the same time by the same person"
            found.append(Finding(row["tenant_id"], f"任职 {office}:{zh}", f"the office {office} {en}", *_NEXT_SEAT))
        rule = find_incompatibility(seat, others, house.composition.incompatibilities)
        if rule is not None:
            zh, en = f"{rule.zh}({rule.rule})", f"is held against {rule.rule}: {rule.en}"
            found.append(Finding(row["tenant_id"], f"任职 {office}:{zh}", f"the office {office} {en}", *_NEXT_SEAT))
        others.append(seat)
    return found


def _wrong_days(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    started, term_end, ended = row["started_on"], row["term_end"], row["ended_on"]
    if ended is not None and ended < started:
        yield f"离任日期 {ended} 早于任职日期", f"ends on {ended}, before it began"
    if term_end is not None and term_end < started:
        yield f"届满日期 {term_end} 早于任职日期", f"has a term that ends on {term_end}, before it began"
    if (ended is None) != (row["ended_by"] is None):
        yield "离任日期与离任原因须同时填写", "has an end without a reason, or a reason without an end"
    dissolved = row["dissolved_on"]
    if dissolved is not None and (started > dissolved or ended is None or ended > dissolved):
        yield f"组织已于 {dissolved} 撤销", f"is held in an organization that was dissolved on {dissolved}"


async def find_lost_subjects(house: House) -> Sequence[Finding]:
    """Return the records about a row that is not there, of the tables whose rows are never deleted."""
    found: list[Finding] = []
    for table in _kept(house.registry):
        name = table.declared.type_name
        # records first: a row that is read later than its record is there, unless it was deleted
        filed = await rows(
            house.database,
            "SELECT tenant_id, sequence, kind, subject_id FROM record"
            " WHERE subject_type = $1 AND subject_id IS NOT NULL ORDER BY tenant_id, sequence",
            name,
        )
        if not filed:
            continue
        there = {
            (row["tenant_id"], str(row["id"]))
            for row in await rows(house.database, f'SELECT tenant_id, id FROM "{table._meta.tablename}"')
        }
        for row in filed:
            if (row["tenant_id"], row["subject_id"]) not in there:
                number, kind, gloss = row["sequence"], row["kind"], table.declared.zh
                found.append(
                    Finding(
                        row["tenant_id"],
                        f"第 {number} 条记录({kind})所记的{gloss}已不存在",
                        f"record {number} ({kind}) is about a {name} that is not there",
                        "该行被绕过平台删除;请从备份恢复。",
                        "It was deleted past the platform; restore it from a backup.",
                    )
                )
    return found


def _kept(registry: Registry) -> Iterator[type[Declared]]:
    """Yield the tables in which nothing is ever deleted: core's, registers, and what is append-only."""
    for table in registry.of_class(TableClass.TENANT):
        declared = table.declared
        if table is Courtyard:  # its opening is filed by the community, in another scope
            continue
        if registry.owner(table) == "core" or declared.keepers or declared.append_only:
            yield table


OWN_CHECKS: Final = (
    Check("seats", "任职", "offices: days, held twice, held together", find_wrong_seats),
    Check("subjects", "记录对象", "what records are about is there", find_lost_subjects),
)
"""What core checks beside counters and chains."""
