"""Commands on regulations: drafted, consulted on, adopted, put in force; a version in force is never edited (C8)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from uuid_utils.compat import uuid7

from yuanluo import (
    ADDS,
    STEPS,
    Action,
    Command,
    CommandContext,
    Given,
    Invalid,
    NotFound,
    Outcome,
    Refused,
    check_not_backdated,
    check_not_far,
    check_not_future,
    day_of_filing,
    each,
    rows,
)
from yuanluo_council.offers import ADOPT, CONSULT, ENFORCE
from yuanluo_council.parameters import check_clauses, rule
from yuanluo_council.rules import (
    check_consulted,
    check_enforceable,
    check_in_force_from,
    consultation_end,
    regulation_step,
)
from yuanluo_council.tables import (
    Regulation,
    RegulationClause,
    RegulationKind,
    RegulationStatus,
    RegulationVersion,
)

__all__ = [
    "AdoptVersion",
    "ClauseValue",
    "ConsultOnVersion",
    "DraftVersion",
    "EnforceVersion",
    "RegisterRegulation",
    "RegulationBySteps",
    "adopt_version",
    "consult_on_version",
    "draft_version",
    "enforce_version",
    "register_regulation",
    "register_regulations",
]

DRAFTERS: Final = ("COUNCIL_DIRECTOR", "COUNCIL_MEMBER")


class RegulationBySteps(Refused):
    """What changes a regulation kept here is drafted, consulted on and adopted; only what was before is registered."""

    code = "REGULATION_BY_STEPS"
    rule = "K1, domain C8"
    next_zh = "请按起草、征求意见、通过、生效的步骤办理。"
    next_en = "Draft it, consult on it, adopt it, put it in force."

    def __init__(self, kind: RegulationKind, why_zh: str, why_en: str) -> None:
        super().__init__(
            f"“{kind.value[0]}”{why_zh},不能再登记为既有制度。",
            f"{kind.name} {why_en}; it is not registered as in force on paper.",
        )


@dataclass(frozen=True, slots=True)
class ClauseValue:
    """A number that a version sets, by the key of its parameter (`domain.md` §8)."""

    TABLE: ClassVar = RegulationClause

    key: Annotated[str, Given("参数", "the parameter it sets")]
    value: Annotated[int, Given("数值", "its value")]


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """A draft; the first of its kind opens the regulation."""

    kind: Annotated[RegulationKind, Given("制度类别", "which regulation")]
    text: str
    title: Annotated[str | None, Given("标题", "its title")] = None
    clauses: Annotated[tuple[ClauseValue, ...], Given("条款", "parameters it sets")] = ()


@dataclass(frozen=True, slots=True)
class ConsultOnVersion:
    """A draft that is posted for consultation, which runs from the day on which that is filed."""

    version_id: Annotated[uuid.UUID, Given("制度版本", "the version", refers="RegulationVersion")]
    consult_from: dt.date | None = None
    """Today; a day before is refused as BACKDATED (K1)."""


@dataclass(frozen=True, slots=True)
class AdoptVersion:
    """A version that was adopted by a resolution after its consultation."""

    version_id: Annotated[uuid.UUID, Given("制度版本", "the version", refers="RegulationVersion")]
    resolution: str
    effective_on: dt.date
    adopted_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class EnforceVersion:
    """An adopted version whose day has come; the one before it is superseded."""

    version_id: Annotated[uuid.UUID, Given("制度版本", "the version", refers="RegulationVersion")]


@dataclass(frozen=True, slots=True)
class RegisterRegulation:
    """A version already in force on paper, taken over with its dates; it supersedes the one before it.

    Only what was in force before the regulation is kept here: what comes after goes through the steps (K1).
    """

    kind: Annotated[RegulationKind, Given("制度类别", "which regulation")]
    text: str
    resolution: str
    adopted_on: dt.date
    effective_on: dt.date
    evidence: str
    title: Annotated[str | None, Given("标题", "its title")] = None
    clauses: Annotated[tuple[ClauseValue, ...], Given("条款", "parameters it sets")] = ()


# what is there ---------------------------------------------------------------------------------------------------

_New: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class _Shelf:
    """The regulations of a courtyard while a list of new versions is put on it; written at the end."""

    ids: dict[RegulationKind, uuid.UUID]
    last: dict[RegulationKind, int]
    current: dict[RegulationKind, tuple[uuid.UUID, dt.date]]
    """The version in force of each kind and its first day."""
    versions: list[_New]
    clauses: list[_New]
    superseded: dict[uuid.UUID, dt.date]
    by_steps: set[RegulationKind] = field(default_factory=set[RegulationKind])
    """Kinds with a version that was drafted here."""
    taken_over: dict[RegulationKind, dt.date] = field(default_factory=dict[RegulationKind, dt.date])
    """The day on which the first version of each kind was taken over from paper, by an earlier command."""

    def check_registers(self, new: RegisterRegulation, today: dt.date, *, may_draft: bool) -> None:
        """Refuse to register what would leave the steps out (K1).

        Whoever may draft takes a regulation over from paper once, whole. Only somebody who drafts none here adds to it
        later, and only what was in force by then.
        """
        if new.adopted_on == today:
            raise RegulationBySteps(new.kind, "今天才通过", "was adopted today")
        if new.kind in self.by_steps:
            raise RegulationBySteps(new.kind, "已在系统中起草", "has been drafted here")
        day = self.taken_over.get(new.kind)
        if day is not None and (may_draft or new.effective_on > day):
            raise RegulationBySteps(new.kind, f"已于 {day} 登记", f"was taken over on {day}")

    def supersede(self, kind: RegulationKind, by: uuid.UUID, effective_on: dt.date, adopted_on: dt.date) -> None:
        """Make `by` the version in force of its kind."""
        before = self.current.get(kind)
        check_in_force_from(effective_on, adopted_on, before[1] if before else None)
        if before is not None:
            self.superseded[before[0]] = effective_on
        self.current[kind] = (by, effective_on)


async def _shelf(context: CommandContext) -> _Shelf:
    found = await rows(
        context.database,
        "SELECT r.id AS regulation_id, r.kind, v.id, v.version, v.status, v.effective_on, v.registered_on"
        " FROM regulation r"
        " LEFT JOIN regulation_version v ON v.tenant_id = r.tenant_id AND v.regulation_id = r.id"
        " WHERE r.tenant_id = $1",
        context.tenant,
    )
    shelf = _Shelf({}, {}, {}, [], [], {})
    for row in found:
        kind = RegulationKind[row["kind"]]
        shelf.ids[kind] = row["regulation_id"]
        shelf.last[kind] = max(row["version"] or 0, shelf.last.get(kind, 0))
        if row["registered_on"] is not None:
            shelf.taken_over[kind] = min(row["registered_on"], shelf.taken_over.get(kind, row["registered_on"]))
        elif row["version"] is not None:
            shelf.by_steps.add(kind)
        if row["status"] == RegulationStatus.EFFECTIVE.name:
            shelf.current[kind] = (row["id"], row["effective_on"])
    return shelf


async def _put(
    context: CommandContext,
    shelf: _Shelf,
    new: DraftVersion | RegisterRegulation,
    columns: Mapping[str, Any],
) -> _New:
    """Put a new version on the shelf and return its row; the regulation is opened with its first version."""
    if not new.text.strip():
        raise Invalid("制度正文不能为空。", "a version needs a text.", field="text", code="REQUIRED", rule="domain C8")
    check_clauses(new.kind, [(clause.key, clause.value) for clause in new.clauses])
    if new.kind not in shelf.ids:
        title = (new.title or new.kind.value[0]).strip()
        [shelf.ids[new.kind]] = await context.insert(Regulation, [{"kind": new.kind, "title": title}])
    shelf.last[new.kind] = shelf.last.get(new.kind, 0) + 1
    row: _New = {
        "id": uuid7(),
        "regulation_id": shelf.ids[new.kind],
        "version": shelf.last[new.kind],
        "text": new.text.strip(),
        **columns,
    }
    shelf.versions.append(row)
    shelf.clauses += [{"version_id": row["id"], "key": clause.key, "value": clause.value} for clause in new.clauses]
    return row


async def _write(context: CommandContext, shelf: _Shelf) -> None:
    for row in shelf.versions:
        if (last := shelf.superseded.pop(row["id"], None)) is not None:
            row.update(_superseded(last))
    await context.insert(RegulationVersion, shelf.versions)
    await context.insert(RegulationClause, shelf.clauses)
    for row_id, last in shelf.superseded.items():
        await context.update(RegulationVersion, row_id, _superseded(last))


def _superseded(day: dt.date) -> _New:
    return {"status": RegulationStatus.SUPERSEDED, "superseded_on": day}


# commands --------------------------------------------------------------------------------------------------------


async def draft_versions(context: CommandContext, drafts: Sequence[DraftVersion]) -> Sequence[Outcome]:
    """Write drafts, each the next version of its regulation."""
    shelf = await _shelf(context)
    outcomes: list[Outcome] = []
    for draft in drafts:
        row = await _put(context, shelf, draft, {"status": RegulationStatus.DRAFT})
        outcomes.append(Outcome(row["id"], {"kind": draft.kind, "version": row["version"]}))
    await _write(context, shelf)
    return outcomes


async def register_regulations(context: CommandContext, known: Sequence[RegisterRegulation]) -> Sequence[Outcome]:
    """Take over versions that are in force on paper, in the order in which they came into force."""
    shelf = await _shelf(context)
    may_draft = context.may(draft_version.name).allowed
    outcomes: list[Outcome] = []
    for each_one in known:
        for name, said, zh, en in (
            ("resolution", each_one.resolution, "通过该制度的决议", "the resolution that adopted it"),
            ("evidence", each_one.evidence, "该制度此前已生效的凭据", "what proves that it was in force on paper"),
        ):
            if not said.strip():
                raise Invalid(f"须填写{zh}。", f"{en} is needed.", field=name, code="REQUIRED", rule="K1, domain C8")
        if each_one.effective_on > context.today:
            raise Invalid(
                "该制度尚未生效,请按程序办理。",
                "it is not in force yet; adopt it.",
                field="effective_on",
                code="NOT_IN_FORCE",
                rule="domain C8",
            )
        shelf.check_registers(each_one, context.today, may_draft=may_draft)
        row = await _put(
            context,
            shelf,
            each_one,
            {
                "status": RegulationStatus.EFFECTIVE,
                "resolution": each_one.resolution.strip(),
                "adopted_on": each_one.adopted_on,
                "effective_on": each_one.effective_on,
                "superseded_on": None,
                "registered_on": context.today,
                "evidence": each_one.evidence.strip(),
            },
        )
        shelf.supersede(each_one.kind, row["id"], each_one.effective_on, each_one.adopted_on)
        payload = {"kind": each_one.kind, "version": row["version"], "effective_on": each_one.effective_on}
        outcomes.append(Outcome(row["id"], payload))
    await _write(context, shelf)
    return outcomes


async def _version(context: CommandContext, version_id: uuid.UUID) -> Mapping[str, Any]:
    found = await rows(
        context.database,
        "SELECT v.status, v.version, v.consult_until, v.adopted_on, v.effective_on, r.kind FROM regulation_version v"
        " JOIN regulation r ON r.tenant_id = v.tenant_id AND r.id = v.regulation_id"
        " WHERE v.tenant_id = $1 AND v.id = $2",
        context.tenant,
        version_id,
    )
    if not found:
        raise NotFound("没有找到该制度版本。", "there is no such version here.")
    return found[0]


def _outcome(version_id: uuid.UUID, version: Mapping[str, Any], status: RegulationStatus, **more: Any) -> Outcome:
    return Outcome(version_id, {"kind": version["kind"], "version": version["version"], "status": status, **more})


async def _consult(context: CommandContext, given: ConsultOnVersion) -> Outcome:
    version = await _version(context, given.version_id)
    posted = context.today
    regulation_step(RegulationStatus[version["status"]], RegulationStatus.CONSULTING, {"consult_from": posted})
    day_of_filing(given.consult_from, posted, "consult_from", rule="K1, domain C8")
    days = await rule(context.database, context.tenant, "regulation.consult_days", posted)
    until = consultation_end(posted, days.value)
    changes = {"status": RegulationStatus.CONSULTING, "consult_from": posted, "consult_until": until}
    await context.update(RegulationVersion, given.version_id, changes)
    return _outcome(given.version_id, version, RegulationStatus.CONSULTING, until=until, rule=days.rule)


async def _adopt(context: CommandContext, given: AdoptVersion) -> Outcome:
    version = await _version(context, given.version_id)
    resolution, adopted_on = given.resolution.strip(), given.adopted_on or context.today
    regulation_step(
        RegulationStatus[version["status"]],
        RegulationStatus.ADOPTED,
        {"resolution": resolution, "effective_on": given.effective_on},
    )
    check_not_future(adopted_on, context.today, "adopted_on", rule="domain C8")
    check_consulted(adopted_on, version["consult_until"])
    current = (await _shelf(context)).current.get(RegulationKind[version["kind"]])
    check_in_force_from(given.effective_on, adopted_on, current[1] if current else None)
    check_not_backdated(given.effective_on, context.today, "effective_on", rule="K1, domain C8")
    check_not_far(given.effective_on, context.today, "effective_on", rule="domain C8")
    changes = {
        "status": RegulationStatus.ADOPTED,
        "resolution": resolution,
        "adopted_on": adopted_on,
        "effective_on": given.effective_on,
    }
    await context.update(RegulationVersion, given.version_id, changes)
    return _outcome(given.version_id, version, RegulationStatus.ADOPTED, effective_on=given.effective_on)


async def _enforce(context: CommandContext, given: EnforceVersion) -> Outcome:
    version = await _version(context, given.version_id)
    regulation_step(RegulationStatus[version["status"]], RegulationStatus.EFFECTIVE, {})
    effective_on: dt.date = version["effective_on"]
    check_enforceable(effective_on, context.today)
    shelf = await _shelf(context)
    shelf.supersede(RegulationKind[version["kind"]], given.version_id, effective_on, version["adopted_on"])
    await context.update(RegulationVersion, given.version_id, {"status": RegulationStatus.EFFECTIVE})
    await _write(context, shelf)
    return _outcome(given.version_id, version, RegulationStatus.EFFECTIVE, effective_on=effective_on)


draft_version: Final = Command(
    action=Action("regulation.draft", DRAFTERS, "domain 7", "起草制度", "draft a regulation"),
    input=DraftVersion,
    many=draft_versions,
    subject_type="RegulationVersion",
    body="council",
    unversioned=ADDS,
)
"""Draft a version of a regulation."""

consult_on_version: Final = Command(
    action=Action("regulation.consult", DRAFTERS, "domain C8", "公开征求制度意见", "open a consultation"),
    input=ConsultOnVersion,
    many=each(_consult),
    subject_type="RegulationVersion",
    body="council",
    unversioned=STEPS,
    offer=CONSULT,
)
"""Post a draft for consultation."""

adopt_version: Final = Command(
    action=Action("regulation.adopt", ("COUNCIL_DIRECTOR",), "domain 7", "登记制度通过", "record an adoption"),
    input=AdoptVersion,
    many=each(_adopt),
    subject_type="RegulationVersion",
    body="council",
    unversioned=STEPS,
    offer=ADOPT,
)
"""Record that a version was adopted."""

enforce_version: Final = Command(
    action=Action("regulation.enforce", ("COUNCIL_DIRECTOR",), "domain C8", "制度生效", "put a regulation in force"),
    input=EnforceVersion,
    many=each(_enforce),
    subject_type="RegulationVersion",
    body="council",
    unversioned=STEPS,
    offer=ENFORCE,
)
"""Put an adopted version in force."""

register_regulation: Final = Command(
    action=Action(
        "regulation.register",
        ("COUNCIL_DIRECTOR", "COMMUNITY_SECRETARY"),
        "domain C8",
        "登记现行制度",
        "take over a regulation in force",
    ),
    input=RegisterRegulation,
    many=register_regulations,
    subject_type="RegulationVersion",
    body="council",
    unversioned=ADDS,
)
"""Take over a regulation that is in force on paper."""
