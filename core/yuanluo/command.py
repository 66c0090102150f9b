"""A command is a sentence: who does what to whom, by which right, filed as one record.

A command is declared once, as a `Command` value: its action (name, who may, by which rule), its input (a frozen
dataclass), the type of its subject, and one async function. The name is the action's, the record's kind and, in
camel case, the mutation's. `run_command` takes one input, `run_commands` a list in one transaction and one record
whose payload digests the rows.

In order: the right is checked; the transaction begins and locks the courtyard's head row; the idempotency key is
taken; the function writes its rows; the record is filed; the counters move, last; commit.

    async def adopt(context: CommandContext, plots: Sequence[AdoptPlot]) -> Sequence[Outcome]: ...

    adopt_plot = Command(
        action=Action("plot.adopt", ("COUNCIL_DIRECTOR",), "domain 3.4", "认养绿地", "adopt a plot"),
        input=AdoptPlot, many=adopt, subject_type="Plot", body="culture",
    )
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from uuid_utils.compat import uuid7

from yuanluo.authority import OPERATOR, Action, Decision
from yuanluo.clock import Clock, day_in_shanghai, system_clock
from yuanluo.counters import CounterTable, Deltas, apply_deltas
from yuanluo.inputs import read_given
from yuanluo.records import canonical, current_head, file_record, lock_head
from yuanluo.sealing import blind_indexes, seal_values
from yuanluo.statements import changed, rows
from yuanluo.viewer import Viewer
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Code, Moment
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Conflict, NotFound, Refused
from yuanluo_tenants.scope import Range, Scope, crossing, scoped
from yuanluo_tenants.tables import Declared, TenantTable, columns_of

if TYPE_CHECKING:
    from yuanluo.house import House

__all__ = [
    "ADDS",
    "STATES",
    "STEPS",
    "AnyCommand",
    "Command",
    "CommandContext",
    "Idempotency",
    "IdempotencyConflict",
    "NotForOthers",
    "Offer",
    "OfferContext",
    "Outcome",
    "PluginOff",
    "Receipt",
    "StaleRevision",
    "each",
    "run_command",
    "run_commands",
    "sweep_idempotency",
]

I = TypeVar("I")  # noqa: E741  # the input of a command
KEPT: Final = dt.timedelta(days=7)


class Idempotency(
    TenantTable,
    zh="幂等键",
    en="a command's idempotency key, kept for 7 days",
    exposed=False,
    unique=[["actor", "key"]],
    indexes=[["taken_at"]],
):
    """Which input an actor sent under which key, and the record it became."""

    actor = Code("经办人", "account id")
    key = Code("键", "the key sent by the client")
    input_hash = Code("输入哈希", "SHA-256 of the canonical input")
    record_id = Code("记录", "id of the record that was filed")
    taken_at = Moment("时间", "moment")


class IdempotencyConflict(Conflict):
    """Another input was sent under the same idempotency key."""

    code = "IDEMPOTENCY_CONFLICT"
    next_zh = "请换一个幂等键重试。"
    next_en = "Use a new idempotency key."


class PluginOff(Refused):
    """The plugin that brings the command is switched off in this courtyard."""

    code = "PLUGIN_OFF"
    rule = "domain 7"
    next_zh = "请由社区书记或区级管理员启用该插件。"
    next_en = "Ask the community secretary or the district to switch it on."

    @classmethod
    def of(cls, plugin: str) -> PluginOff:
        """Say that `plugin` is off here."""
        return cls(
            f"插件 {plugin} 在该院落已停用,请先启用。",
            f"plugin {plugin} is switched off in this courtyard; switch it on first.",
        )


class StaleRevision(Conflict):
    """The row was written since the caller saw it; `current` is the revision it has now."""

    code = "STALE_REVISION"
    next_zh = "请重新读取最新内容,再以其修订号提交。"
    next_en = "Read it again and submit with the revision you then see."

    def __init__(self, zh: str, en: str, seen: int, current: int) -> None:
        super().__init__(
            f"您看到的{zh}是第 {seen} 版,现已是第 {current} 版。",
            f"the {en} you saw was revision {seen}; it is at revision {current} now.",
        )
        self.seen = seen
        self.current = current


class NotForOthers(Refused):
    """Somebody acts for another person in something that nobody does for another, or names two persons."""

    code = "ON_BEHALF_REFUSED"
    rule = "domain 7"
    next_zh = "请由本人办理。"
    next_en = "Let the person do it."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one input became: the subject's id, what the record says of it, and what only the caller gets.

    `payload` must not carry personal text; `personal` may, and is sealed. `secret` is returned once and stored
    nowhere (a new token).
    """

    subject_id: uuid.UUID | None
    payload: Mapping[str, Any] = field(default_factory=lambda: {})
    personal: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class OfferContext:
    """Who looks at a row, where and when."""

    viewer: Viewer
    tenant: int
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The present day in Asia/Shanghai."""
        return day_in_shanghai(self.now)

    def holds(self, *roles: str) -> bool:
        """Whether the viewer holds one of `roles` here, or runs the server."""
        return bool(self.viewer.roles_at(self.tenant).intersection((*roles, OPERATOR)))


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a command can be applied to a row as it stands, for `permissions`; the right is checked besides.

    `check` gets the columns of `needs` in JSON form, as the viewer may see them, and raises the refusal that the
    command would meet. It reads nothing else, so that a list costs no query per row.
    """

    needs: tuple[str, ...]
    check: Callable[[Mapping[str, Any], OfferContext], object]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the caller of a command gets; a replay gives the record it became the first time, without secrets."""

    record_id: uuid.UUID
    tenant: int
    subject_type: str
    subject_ids: tuple[uuid.UUID | None, ...]
    payload: Mapping[str, Any]
    secrets: tuple[str, ...] = ()
    replayed: bool = False

    @property
    def subject_id(self) -> uuid.UUID | None:
        """The id of the only or first subject."""
        return self.subject_ids[0] if self.subject_ids else None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who acts, where and when, on which deployment; passed to every command."""

    house: House
    actor: Viewer
    tenant: int
    clock: Clock = system_clock
    purpose: str = ""
    """Why, where the action asks for a reason."""
    on_behalf_of: uuid.UUID | None = None
    """The person of this tenant for whom the actor acts, where the command allows it."""
    deltas: Deltas = field(default_factory=lambda: {}, compare=False)
    attempts: list[Callable[[], Awaitable[None]]] = field(default_factory=lambda: [], compare=False)
    """What is written after the transaction, whether it was committed or rolled back, such as a log of refusals."""

    @property
    def database(self) -> Database:
        """The deployment's database."""
        return self.house.database

    @property
    def keys(self) -> Keyring:
        """The deployment's keys."""
        return self.house.keys

    @property
    def now(self) -> dt.datetime:
        """The present moment in UTC, by the clock passed in."""
        return self.clock()

    @property
    def today(self) -> dt.date:
        """The present day in Asia/Shanghai."""
        return day_in_shanghai(self.clock())

    def may(self, action: str) -> Decision:
        """Decide whether the actor may do `action` here, with the rule that decided."""
        return self.house.rules.may(self.actor, action, self.tenant)

    def bump(self, table: type[CounterTable], *, tenant: int | None = None, **deltas: int) -> None:
        """Add to counters of this tenant; written once, at the end of the transaction."""
        columns = self.deltas.setdefault((table, self.tenant if tenant is None else tenant), {})
        for name, delta in deltas.items():
            columns[name] = columns.get(name, 0) + delta

    async def insert(self, table: type[Declared], new: Iterable[Mapping[str, Any]]) -> list[uuid.UUID]:
        """Insert rows of this tenant and return their ids.

        `tenant_id` and `id` are filled in where missing; SEALED columns are given as plain text.
        """
        filled: list[dict[str, Any]] = []
        for row in new:
            whole = {"tenant_id": self.tenant, "id": uuid7(), **row}
            filled.append(seal_values(self.keys, table, whole))
        await self.database.insert_rows(table, filled)
        return [row["id"] for row in filled]

    async def update(self, table: type[Declared], row_id: uuid.UUID, changes: Mapping[str, Any]) -> None:
        """Change columns of one row of this tenant; raise NotFound if it is not there.

        SEALED columns are given as plain text, Enums as members or names.
        """
        known = columns_of(table)
        stored = seal_values(self.keys, table, {"tenant_id": self.tenant, "id": row_id, **changes})
        names = [name for name in stored if name not in ("tenant_id", "id")]
        if unknown := [name for name in names if name not in known]:
            raise KeyError(f"{table.__name__} has no columns {unknown}")
        if not names:
            return
        values = [getattr(stored[name], "name", stored[name]) for name in names]
        setting = ", ".join(f'"{name}" = ${index}' for index, name in enumerate(names, 3))
        if table.declared.revised:
            setting += ", revision = revision + 1"
        sql = f"UPDATE {table._meta.tablename} SET {setting} WHERE tenant_id = $1 AND id = $2"
        if not await changed(self.database, sql, self.tenant, row_id, *values):
            raise missing(table, row_id)


def missing(table: type[Declared], row_id: uuid.UUID) -> NotFound:
    """Say that there is no such row here, whether it is nowhere or elsewhere."""
    about = table.declared
    return NotFound(f"没有编号为 {row_id} 的{about.zh}。", f"there is no {about.type_name} {row_id} here.")


Many = Callable[[CommandContext, Sequence[I]], Awaitable[Sequence[Outcome]]]
One = Callable[[CommandContext, I], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[I]):
    """A write, declared once; see the module."""

    action: Action
    input: type[I]
    many: Many[I]
    """Writes the rows for a list of inputs and returns one outcome each."""
    subject_type: str
    body: str = "registry"
    disclosure: DataClass = DataClass.D1
    reach: Callable[[int], Range | Scope] | None = None
    """The scope the command writes in, from the tenant; the tenant alone unless said otherwise."""
    anchor: str | None = None
    """The input field that names its subject, where it is not called after the subject's type."""
    unversioned: tuple[str, str] | None = None
    """Why clients need not say which revision they saw, in Chinese and English; None: they must."""
    acts_for: str | None = None
    """What names the resident whose act it is: a field of the input or, where it has none of that name, a column of
    the row it is anchored at. Somebody may help him, and who helped is recorded."""
    secret: tuple[str, str] | None = None
    """What the secret of its outcome is, in Chinese and English; None: there is none."""
    offer: Offer | None = None
    """When it can be applied to a row."""
    is_internal: bool = False
    """Whether only the house's own processes run it: no mutation is made of it."""

    @property
    def name(self) -> str:
        """The command's name: its action's, and its record's kind."""
        return self.action.name


AnyCommand = Command[Any]


STEPS: Final = (
    "每一步只能从其前一状态出发,他人已办理时会被拒绝",
    "a step leads from one state only and is refused where somebody took it meanwhile",
)
"""Why a step of a state machine needs no revision."""
ADDS: Final = ("只新增,不改写已有内容", "it adds and overwrites nothing")
"""Why a command that only adds needs no revision."""
STATES: Final = (
    "写明自此的状态,与此前的状态无关",
    "it says what holds from then on, whatever held before",
)
"""Why a command that states the whole of what it sets needs no revision."""


def each(one: One[I]) -> Many[I]:
    """Make the list form of a command function from one for a single input."""

    async def many(context: CommandContext, inputs: Sequence[I]) -> Sequence[Outcome]:
        return [await one(context, item) for item in inputs]

    return many


async def run_command(
    command: Command[I], context: CommandContext, item: I, *, key: str | None = None, revision: int | None = None
) -> Receipt:
    """Run `command` with one input; `key` makes it idempotent for 7 days.

    `revision` is the one of the subject that the caller saw: raise StaleRevision if it was written since. Callers
    that read and write in one transaction need none.
    """
    context, item = for_whom(command, context, item)
    return await _run(command, context, [item], key, bulk=False, revision=revision)


async def run_commands(
    command: Command[I], context: CommandContext, items: Sequence[I], *, key: str | None = None
) -> Receipt:
    """Run `command` with a list of inputs: one transaction, one record that digests the rows."""
    return await _run(command, context, items, key, bulk=True)


async def _run(
    command: Command[I],
    context: CommandContext,
    items: Sequence[I],
    key: str | None,
    *,
    bulk: bool,
    revision: int | None = None,
) -> Receipt:
    context.may(command.name).enforce()
    await _require_plugin(command, context)
    if (form := context.house.composition.forms.get(command.name)) is not None:
        items = [read_given(form.fields, item) for item in items]
    nested = context.database.in_transaction()
    context = dataclasses.replace(context, deltas={}, attempts=context.attempts if nested else [])
    with scoped(command.reach(context.tenant) if command.reach else context.tenant):
        try:
            receipt = await _write(command, context, items, key, bulk=bulk, revision=revision)
            if not nested:
                context.house.announce(context.tenant)
            return receipt
        finally:
            for write in () if nested else context.attempts:
                await write()


async def _write(
    command: Command[I],
    context: CommandContext,
    items: Sequence[I],
    key: str | None,
    *,
    bulk: bool,
    revision: int | None,
) -> Receipt:
    database, tenant = context.database, context.tenant
    async with database.transaction():
        await lock_head(database, tenant)
        record_id = uuid7()
        if key is not None:
            replayed = await _take_key(command, context, items, key, record_id)
            if replayed is not None:
                return replayed
        if not bulk:
            context = await _for_whom_of_row(command, context, items[0])
        if context.on_behalf_of is not None:
            await _require_person(context, context.on_behalf_of)
        written = _written(command, context, items[0]) if revision is not None else None
        if written is not None and revision is not None:
            await _require_revision(context, *written, revision)
        outcomes = await command.many(context, items)
        if written is not None and revision is not None:
            await _raise_revision(context, *written, revision)
        payload = _digest(outcomes) if bulk else outcomes[0].payload
        await file_record(
            database,
            context.keys,
            command.name,
            tenant=tenant,
            actor=actor_of(context.actor),
            subject_type=command.subject_type,
            subject_id=None if bulk else outcomes[0].subject_id,
            body=command.body,
            now=context.now,
            day=context.today,
            disclosure=command.disclosure,
            payload=payload,
            personal=_personal(outcomes),
            on_behalf_of=None if context.on_behalf_of is None else str(context.on_behalf_of),
            head=await current_head(database, tenant),
            record_id=record_id,
        )
        await apply_deltas(database, context.deltas)
    return Receipt(
        record_id,
        tenant,
        command.subject_type,
        tuple(outcome.subject_id for outcome in outcomes),
        payload,
        tuple(outcome.secret for outcome in outcomes if outcome.secret is not None),
    )


def for_whom(command: Command[I], context: CommandContext, item: I) -> tuple[CommandContext, I]:
    """Return context and input with the resident whose act it is said in both; raise NotForOthers.

    Who acts for somebody else is recorded as the helper, whether he said so or just named another than himself;
    whether he may, the command itself decides.
    """
    whom = context.on_behalf_of
    if command.acts_for is None:
        if whom is None:
            return context, item
        raise NotForOthers(f"“{command.action.zh}”不能代办。", f"nobody does this for another: {command.action.en}.")
    if not hasattr(item, command.acts_for):
        return context, item  # the row says whose act it is, see `_for_whom_of_row`
    named: uuid.UUID | None = getattr(item, command.acts_for)
    if whom is not None and named is not None and whom != named:
        raise NotForOthers("代办的对象与所填人员不同。", "the person helped is not the person named.")
    person = named or whom
    if named is None and person is not None:
        item = cast("I", dataclasses.replace(cast("Any", item), **{command.acts_for: person}))
    is_own = person is None or (context.tenant, person) in context.actor.own
    return dataclasses.replace(context, on_behalf_of=None if is_own else person), item


async def _for_whom_of_row(command: Command[I], context: CommandContext, item: I) -> CommandContext:
    """Return the context with the resident whom the anchor's row names, where the input names none."""
    form = context.house.composition.forms.get(command.name)
    if command.acts_for is None or hasattr(item, command.acts_for) or form is None or form.anchor is None:
        return context
    table = context.house.composition.registry.by_type(form.anchor.refers or "")
    if table is None:
        return context
    sql = f'SELECT "{command.acts_for}" AS person FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2'
    found = await rows(context.database, sql, context.tenant, getattr(item, form.anchor.name))
    if not found:
        raise missing(table, getattr(item, form.anchor.name))
    person: uuid.UUID | None = found[0]["person"]
    if context.on_behalf_of not in (None, person):
        raise NotForOthers("代办的对象不是本人。", "the person helped is not the one whose matter it is.")
    is_own = person is None or (context.tenant, person) in context.actor.own
    return dataclasses.replace(context, on_behalf_of=None if is_own else person)


async def _require_person(context: CommandContext, person: uuid.UUID) -> None:
    sql = "SELECT id FROM person WHERE tenant_id = $1 AND id = $2"
    if not await rows(context.database, sql, context.tenant, person):
        raise NotFound("没有这个人员。", "there is no such person here.")


def _written(command: AnyCommand, context: CommandContext, item: Any) -> tuple[type[Declared], uuid.UUID] | None:
    """Return table and id of the row that a versioned command writes."""
    form = context.house.composition.forms.get(command.name)
    if form is None or form.revised is None or form.anchor is None:
        return None
    return form.revised, getattr(item, form.anchor.name)


async def _require_revision(context: CommandContext, table: type[Declared], row_id: uuid.UUID, seen: int) -> None:
    sql = f"SELECT revision FROM {table._meta.tablename} WHERE tenant_id = $1 AND id = $2"
    found = await rows(context.database, sql, context.tenant, row_id)
    if not found:
        raise missing(table, row_id)
    if found[0]["revision"] != seen:
        raise StaleRevision(table.declared.zh, table.declared.type_name, seen, found[0]["revision"])


async def _raise_revision(context: CommandContext, table: type[Declared], row_id: uuid.UUID, seen: int) -> None:
    """Raise the revision of a row about which something was written that stands in other rows."""
    sql = (
        f"UPDATE {table._meta.tablename} SET revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND revision = $3"
    )
    await changed(context.database, sql, context.tenant, row_id, seen)


def actor_of(viewer: Viewer) -> str:
    """Return how records name the actor: the account's id, or the viewer's name where there is no account."""
    return str(viewer.account_id) if viewer.account_id.int else viewer.name


async def _require_plugin(command: AnyCommand, context: CommandContext) -> None:
    plugin = context.house.composition.plugin_of(command)
    if not await context.house.is_enabled(context.tenant, plugin):
        raise PluginOff.of(plugin)


def _digest(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    rows_text = canonical([[outcome.subject_id, outcome.payload] for outcome in outcomes])
    return {"rows": len(outcomes), "digest": hashlib.sha256(rows_text.encode()).hexdigest()}


def _personal(outcomes: Sequence[Outcome]) -> str | None:
    texts = [outcome.personal for outcome in outcomes if outcome.personal is not None]
    if not texts:
        return None
    return texts[0] if len(outcomes) == 1 else canonical(texts)


# idempotency ----------------------------------------------------------------------------------------------------


async def _take_key(
    command: Command[I], context: CommandContext, items: Sequence[I], key: str, record_id: uuid.UUID
) -> Receipt | None:
    """Take `key` for this transaction, or return the receipt of the record it became before."""
    actor, now = actor_of(context.actor), context.now
    hashed = _input_hashes(command, context, items)
    found = await rows(
        context.database,
        "SELECT input_hash, record_id, taken_at FROM idempotency WHERE tenant_id = $1 AND actor = $2 AND key = $3",
        context.tenant,
        actor,
        key,
    )
    if found and found[0]["taken_at"] > now - KEPT:
        if found[0]["input_hash"] not in hashed:
            raise IdempotencyConflict(
                "该幂等键已用于另一次提交,请换一个键。",
                "this idempotency key was used with another input; use a new key.",
            )
        return await _replay(context, uuid.UUID(found[0]["record_id"]))
    if found:
        await changed(
            context.database,
            "DELETE FROM idempotency WHERE tenant_id = $1 AND actor = $2 AND key = $3",
            context.tenant,
            actor,
            key,
        )
    await context.insert(
        Idempotency,
        [{"actor": actor, "key": key, "input_hash": hashed[0], "record_id": str(record_id), "taken_at": now}],
    )
    return None


def _input_hashes(command: Command[I], context: CommandContext, items: Sequence[I]) -> list[str]:
    """Hash the input under each of the tenant's keys, newest first; a bare hash would let one guess ID numbers."""
    plain = [dataclasses.asdict(cast("Any", item)) for item in items]
    whom = [] if context.on_behalf_of is None else [context.on_behalf_of]
    text = canonical([command.name, plain, *whom])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return [each.hex() for each in blind_indexes(context.keys, Idempotency, context.tenant, "input_hash", digest)]


async def _replay(context: CommandContext, record_id: uuid.UUID) -> Receipt:
    found = await rows(
        context.database,
        "SELECT subject_type, content FROM record WHERE tenant_id = $1 AND id = $2",
        context.tenant,
        record_id,
    )
    content = json.loads(found[0]["content"])
    subject = content["subject_id"]
    return Receipt(
        record_id,
        context.tenant,
        found[0]["subject_type"],
        (uuid.UUID(subject),) if subject else (),
        content["payload"],
        replayed=True,
    )


async def sweep_idempotency(database: Database, now: dt.datetime) -> int:
    """Delete the keys that are older than 7 days, a node at a time, and return how many there were.

    A server does so each hour; `yuanluo sweep` does so for who runs none.
    """
    before = now - KEPT
    with crossing("keys of idempotency that are over are swept"):
        found = await rows(database, "SELECT DISTINCT tenant_id FROM idempotency WHERE taken_at < $1", before)
    gone = 0
    for row in found:
        with scoped(row["tenant_id"]):
            sql = "DELETE FROM idempotency WHERE tenant_id = $1 AND taken_at < $2"
            gone += await changed(database, sql, row["tenant_id"], before)
    return gone
