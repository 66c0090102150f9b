"""双报到登记表 into rows and back (`domain.md` §5): who reported in, and what the community said to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from yuanluo import CommandContext, Person, Row, rows
from yuanluo.importing import Exported, Exporter, Importer, ImportFile
from yuanluo.registering import upsert_people
from yuanluo.sealing import SEPARATOR, unseal
from yuanluo_party.dual_reports import DecideDualReport, SubmitDualReport, decide_reports, submit_reports
from yuanluo_party.importing import CLERKS, Branch, only_branch, person_of, rooms_of, standing_branches
from yuanluo_party.roster import DUAL_REPORT
from yuanluo_party.tables import PARTY

__all__ = ["DUAL_REPORT_EXPORTER", "DUAL_REPORT_IMPORTER"]

Record = Mapping[str, Any]
_DECIDED: Final = ("ACCEPTED", "REJECTED")
_REJECTED_BY_FORM: Final = "社区不同意"


async def commit_reports(context: CommandContext, file: ImportFile) -> Mapping[str, int]:
    """Write the accepted rows: a report-in each, unless the same person reported on the same day before."""
    records = cast("Sequence[Record]", file.records)
    found = await upsert_people(
        context,
        [person_of(record) for record in records],
        [rooms_of(record) for record in records],
        file=file,
        records=records,
    )
    known = await _known(context)
    submit: list[SubmitDualReport] = []
    written: list[Record] = []
    amended: set[uuid.UUID] = set()
    for record, person_id in zip(records, found.ids, strict=True):
        reported_on = record["reported_on"] or context.today.isoformat()
        if (person_id, reported_on) in known:
            amended |= {person_id} & found.completed
            continue
        known.add((person_id, reported_on))
        written.append(record)
        submit.append(
            SubmitDualReport(
                employer=record["employer"],
                person_id=person_id,
                home_org=record["home_branch"],
                room_key=record["room_key"],
                reported_on=reported_on,
                skills=tuple(record["skills"]),
                claimed_posts=tuple(record["posts"]),
            )
        )
    outcomes = await file.by_row(context, submit_reports, submit, written)
    file.enforce()
    branches = await standing_branches(context)
    decided: list[tuple[DecideDualReport, Record]] = []
    for record, outcome in zip(written, outcomes, strict=True):
        if record["status"] not in _DECIDED or outcome is None:
            continue
        accepted = record["status"] == "ACCEPTED"
        with file.at(record, "home_branch"):
            branch = only_branch(branches) if accepted else Branch()
            decision = DecideDualReport(
                cast("uuid.UUID", outcome.subject_id),
                accepted,
                org_id=branch.org_id,
                joint_org_id=branch.joint_org_id,
                reason=None if accepted else _REJECTED_BY_FORM,
                residence_checked=True,  # the community's opinion on the form says so
            )
            decided.append((decision, record))
    await file.by_row(context, decide_reports, [each for each, _ in decided], [record for _, record in decided])
    return {
        "people": found.created,
        "reports": len(submit),
        "accepted": sum(each.accepted for each, _ in decided),
        "amended": len(amended),
        "unchanged": len(records) - len(submit) - len(amended),
    }


async def _known(context: CommandContext) -> set[tuple[uuid.UUID, str]]:
    found = await rows(
        context.database,
        "SELECT person_id, reported_on FROM dual_report WHERE tenant_id = $1 AND person_id IS NOT NULL",
        context.tenant,
    )
    return {(row["person_id"], row["reported_on"]) for row in found}


async def report_rows(context: CommandContext, options: Mapping[str, str]) -> Exported:  # noqa: ARG001 - the contract
    """Return the reports-in of members as rows of the form, in order of reporting."""
    found = await rows(
        context.database,
        "SELECT r.*, p.name, p.gender, p.phone, p.phone_alt FROM dual_report r"
        " JOIN person p ON p.tenant_id = r.tenant_id AND p.id = r.person_id"
        " WHERE r.tenant_id = $1 ORDER BY r.reported_on, p.name_pinyin, r.id",
        context.tenant,
    )
    return Exported([_record(context, row) for row in found])


def _record(context: CommandContext, row: Row) -> Record:
    def clear(column: str) -> str | None:
        sealed = row[column]
        if sealed is None:
            return None
        return unseal(context.keys, Person, context.tenant, row["person_id"], column, sealed)

    phone_alt = clear("phone_alt")
    decided = {"SUBMITTED": "SUBMITTED", "REJECTED": "REJECTED"}
    return {
        "name": row["name"],
        "gender": row["gender"],
        "employer": row["employer"],
        "home_branch": row["home_org"],
        "phone": clear("phone"),
        "phone_alt": phone_alt.split(SEPARATOR) if phone_alt else [],
        "room_key": row["room_key"],
        "reported_on": row["reported_on"],
        "skills": row["skills"].split("、") if row["skills"] else [],
        "posts": row["claimed_posts"].split("/") if row["claimed_posts"] else [],
        "status": decided.get(row["status"], "ACCEPTED"),
    }


DUAL_REPORT_IMPORTER: Final = Importer(DUAL_REPORT, commit_reports, CLERKS, "domain 5, R9", PARTY)
"""Imports a register of reports-in."""

DUAL_REPORT_EXPORTER: Final = Exporter(DUAL_REPORT, report_rows, CLERKS[:1], "domain 2, 7", PARTY)
"""Exports the reports-in; the branch secretary's alone."""
