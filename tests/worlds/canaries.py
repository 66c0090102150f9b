"""Two courtyards full of canaries, planted from the declarations of any composition.

Every text, number and byte string is unique and says where it stands, so that one that turns up in an answer names
the leak. Values are made from salts: two worlds with the same salts are equal, and two that differ in one salt
alone differ in just the values that a viewer must not notice. Sizes and counts never depend on a salt.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from believing import Believing
from bundled import bundled, bundled_schema
from databases import MakeDatabase
from oracle import shown
from small_world import NOW, World

from yuanluo.composition import Composition
from yuanluo.fields import GraphQLField
from yuanluo.viewer import Viewer
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_graphql.limits import Limits
from yuanluo_graphql.model import ComputedField, Entity, Model, build_model
from yuanluo_graphql.types import build_schema, core_schema
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind, Mask
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.switches import PluginSwitch
from yuanluo_tenants.tables import Declared, TableClass, columns_of
from yuanluo_tenants.tree import NodeKind, open_node

__all__ = ["DISTRICT_CODE", "MINE", "THEIRS", "Canaries", "Planted", "build_canary_world"]

MINE, THEIRS = 5101060240010001, 5101060240020001
"""The viewer's courtyard and the other one, in another community of the same district."""
DISTRICT_CODE = "510106"
ROWS = 4
GENEROUS = Limits(
    max_cost=10**9,
    max_document_characters=10**6,
    max_tokens=10**5,
    max_aliases=10**4,
    max_depth=60,
    cached_bytes=10**9,
)
FIXED_COURTYARD = ("code", "community", "subdistrict", "district", "grid")


@dataclass(slots=True)
class Canaries:
    """What was planted in one courtyard."""

    texts: dict[str, str] = field(default_factory=lambda: {})
    """Token to where it stands."""
    numbers: dict[int, str] = field(default_factory=lambda: {})
    ids: dict[str, list[uuid.UUID]] = field(default_factory=lambda: {})
    """Row ids by table."""
    rows: dict[uuid.UUID, Mapping[str, Any]] = field(default_factory=lambda: {})
    """The rows themselves, by id; one that extends another stands in its place."""
    values: dict[tuple[str, str], list[Any]] = field(default_factory=lambda: {})
    """Values by table and column, as JSON shows them."""
    secrets: Canaries | None = None
    """Those among them that stand in columns and rows above the class of `secret_above`."""

    def joined(self, other: Canaries) -> Canaries:
        """Return the canaries of both."""
        return Canaries(self.texts | other.texts, self.numbers | other.numbers)


@dataclass(slots=True)
class Planted:
    """A world of canaries."""

    world: World
    mine: Canaries
    theirs: Canaries

    @property
    def database(self) -> Database:
        """The database, by which tests bind the tables."""
        return self.world.database


async def build_canary_world(
    make_database: MakeDatabase,
    registry: Registry,
    fields: Sequence[tuple[str, GraphQLField]],
    *,
    theirs: str = "theirs",
    secret: str = "secret",
    secret_above: DataClass = DataClass.D0,
    switched_off: Sequence[str] = (),
    composition: Composition | None = None,
    like: World | None = None,
) -> Planted:
    """Plant both courtyards of a composition in a fresh database.

    `composition` is the whole house that the registry and the fields are of: then its schema has what mutations and
    indicators bring as well, such as permissions.
    `like` is another world of the same composition: its schema is not composed again, what its gate has admitted is not
    validated again, and on the same engine what it has compiled is not compiled again.
    `theirs` salts everything of the other courtyard; `secret` salts what in the viewer's own stands in columns or
    rows of a class above `secret_above`; plugins `switched_off` are off in the viewer's own.
    """
    database = await make_database(registry)
    reads: list[SensitiveRead] = []

    async def log_reads(_viewer: Viewer, found: Sequence[SensitiveRead], _request: str) -> None:
        reads.extend(found)

    async def authenticate(_token: str) -> Viewer:
        raise AssertionError("canaries have no tokens")

    if like is not None:
        model, documents = like.model, like.engine.documents
    elif composition is not None:
        composed = bundled_schema() if composition is bundled() else compose(composition)
        model, documents = composed.model, Believing(composed.core, GENEROUS)
    else:
        model = build_model(registry, fields)
        documents = Believing(core_schema(build_schema(model)), GENEROUS)
    schema = documents.schema
    doors = Doors(authenticate, log_reads, now=lambda: NOW)
    if composition is not None:
        doors = replace(doors, decide=composition.rules.may)
    await open_node(database, NodeKind.DISTRICT, "区", code=DISTRICT_CODE)
    await open_node(database, NodeKind.SUBDISTRICT, "街道", code="510106024")
    for number, code in ((MINE, "510106024001"), (THEIRS, "510106024002")):
        community = await open_node(database, NodeKind.COMMUNITY, "社区", code=code)
        await open_node(database, NodeKind.COURTYARD, "院", parent=community, serial=number % 10_000)
    mine = await _plant(database, registry, model, MINE, "public", secret, secret_above)
    other = await _plant(database, registry, model, THEIRS, theirs, theirs, DataClass.D3)
    with scoped(MINE):
        await database.insert_rows(
            PluginSwitch, [{"tenant_id": MINE, "plugin": plugin, "off_since": NOW} for plugin in switched_off]
        )
    engine = CompiledEngine(
        database,
        documents,
        Compiler(model, schema, database.dialect, PageSizes()),
        Cursors(b"canaries"),
        doors,
        plans=10**9,
    )
    if like is not None and like.database.dialect == database.dialect:
        engine._plans = like.engine._plans
    return Planted(World(database, model, schema, engine, reads, [], []), mine, other)


async def _plant(
    database: Database,
    registry: Registry,
    model: Model,
    tenant: int,
    salt: str,
    secret: str,
    above: DataClass,
) -> Canaries:
    found = Canaries(secrets=Canaries())
    bodies = sorted({entity.body for entity in model.entities.values()})
    with scoped(tenant):
        for table in _parents_first(registry):
            entity = model.entities.get(table.declared.type_name)
            rows = _Rows(table, tenant, salt, secret, above, bodies, found, _json_columns(entity)).made()
            await database.insert_rows(table, rows)
    return found


def _json_columns(entity: Entity | None) -> frozenset[str]:
    """Return the columns that an SqlField reads as JSON, which must hold some."""
    return frozenset(
        column
        for each in (entity.fields.values() if entity is not None else ())
        if isinstance(each, ComputedField) and "json" in str(each.spec.sql)
        for column in each.spec.needs
    )


def _parents_first(registry: Registry) -> Iterator[type[Declared]]:
    """Yield the tables that have rows of a tenant, so that each follows those it must refer to."""
    waiting = {
        table._meta.tablename: table
        for table in registry
        if (table.declared.table_class is TableClass.TENANT or table.declared.listing is not None)
        and table._meta.tablename != "plugin_switch"
    }
    while waiting:
        ready = [name for name, table in waiting.items() if not _needed(table) & waiting.keys()]
        assert ready, f"tables refer to each other in a circle: {sorted(waiting)}"
        for name in ready:
            yield waiting.pop(name)


def _needed(table: type[Declared]) -> set[str]:
    needed = {
        about.target or ""
        for about in columns_of(table).values()
        if about.kind is Kind.REF and not about.null and about.target != table._meta.tablename
    }
    if table.declared.listing is not None:
        needed |= set(table.declared.listing.references.values())
        needed |= {about.target or "" for about in columns_of(table).values() if about.kind is Kind.UPWARD}
    return needed | ({table.declared.extends} if table.declared.extends else set())


def _holds(condition: str, row: Mapping[str, Any]) -> bool:
    """Whether a check of a whole row holds, as a database says it."""
    names = ", ".join(f'? AS "{name}"' for name in row)
    values = [each if isinstance(each, str | int | None) else str(each) for each in row.values()]
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        [(answer,)] = database.execute(f"SELECT {condition} FROM (SELECT {names})", values).fetchall()
    return answer != 0


@dataclass(slots=True)
class _Rows:
    table: type[Declared]
    tenant: int
    salt: str
    secret: str
    above: DataClass
    bodies: list[str]
    found: Canaries
    json_columns: frozenset[str]

    def made(self) -> list[dict[str, Any]]:
        """Return the rows of one table, those left out that would break a unique key."""
        said, name = self.table.declared, self.table._meta.tablename
        columns = columns_of(self.table)
        unique = [*said.unique, *([each] for each, about in columns.items() if about.unique)]
        rows: list[dict[str, Any]] = []
        taken: set[tuple[Any, ...]] = set()
        for index in range(1 if name == "courtyard" else ROWS):
            row = self.row(name, columns, index)
            if row is None:
                continue
            keys = [(n, *(row.get(column) for column in group)) for n, group in enumerate(unique)]
            keys = [key for key in keys if None not in key]
            if any(key in taken for key in keys):
                continue
            taken.update(keys)
            rows.append(row)
            self.note(name, columns, row, index)
        return rows

    def row(self, name: str, columns: Mapping[str, About], index: int) -> dict[str, Any] | None:
        said = self.table.declared
        row: dict[str, Any] = {"tenant_id": self.tenant} if "tenant_id" in columns else {}
        base = self.found.ids.get(said.extends or "", [])
        if said.extends and index >= len(base):
            return None
        row["id"] = base[index] if said.extends else uuid.UUID(bytes=self.digest("id", index, self.salt)[:16])
        for column, about in columns.items():
            if column not in ("tenant_id", "id"):
                salt = self.secret if self.is_secret(about, index) else self.salt
                row[column] = self.value(name, column, about, index, salt)
        if name == "courtyard":
            community = self.tenant // 10_000 * 10_000
            row.update(
                code=str(self.tenant),
                community=community,
                subdistrict=community // 10**7 * 10**7,
                district=community // 10**10 * 10**10,
                grid=None,
            )
        for column, about in columns.items():
            if about.kind is Kind.REF and row[column] is None and not about.null:
                return None  # its target has no row that it could mean
        return self.agreed(columns, row)

    def agreed(self, columns: Mapping[str, About], row: dict[str, Any]) -> dict[str, Any] | None:
        """Return the row with what it repeats of others, referring to the first of them that its checks admit."""
        said = self.table.declared
        choices: list[list[tuple[str, uuid.UUID]]] = []
        for reference, _ in said.agreeing:
            targets = self.found.ids.get(columns[reference].target or "", [])
            at = targets.index(row[reference])
            choices.append([(reference, each) for each in (*targets[at:], *targets[:at])])
        for chosen in itertools.product(*choices):
            for reference, target in chosen:
                said_there = self.found.rows[target]
                row |= {reference: target, **{name: said_there[name] for name in dict(said.agreeing)[reference]}}
            if all(_holds(condition, row) for _, condition in said.checks):
                return row
        return None

    def is_secret(self, about: About, index: int) -> bool:
        said = self.table.declared
        own = DataClass(index % 4) if said.row_class_column else DataClass.D0
        klass = max(about.klass, said.row_class, own)
        if about.companion_of:  # the masked form of a sealed value is for D1, its other forms are for nobody
            klass = max(said.row_class, own, DataClass.D1 if about.kind is Kind.TEXT else DataClass.D3)
        elif about.kind is Kind.SEALED:
            klass = DataClass.D3
        return klass > self.above

    def digest(self, column: str, index: int, salt: str) -> bytes:
        text = f"{salt}|{self.tenant}|{self.table._meta.tablename}|{column}|{index}"
        return hashlib.sha256(text.encode()).digest()

    def value(self, name: str, column: str, about: About, index: int, salt: str) -> Any:
        said = self.table.declared
        if said.listing is not None and column in said.listing.nodes:
            return self.tenant
        if said.listing is not None and (target := said.listing.references.get(column)):
            targets = self.found.ids[target]
            return str(targets[index % len(targets)])
        digest = self.digest(column, index, salt)
        number = int.from_bytes(digest[:6], "big")
        if column == said.row_class_column:
            return f"D{index % 4}"
        if column == said.row_body_column:
            return [*self.bodies, "elsewhere"][index % (len(self.bodies) + 1)]
        match about.kind:
            case Kind.TEXT | Kind.CODE:
                token = f"canary{digest.hex()[:12]}"
                if column in self.json_columns:
                    return json.dumps({"payload": {"text": token}, token: [token]}, separators=(",", ":"))
                return {
                    Mask.NAME: f"张{token}国",
                    Mask.PHONE: f"154{token}0101",
                    Mask.ID_NUMBER: f"510{token}1010",
                    Mask.ROOM: f"3-{token}",
                }.get(about.mask, token + "+" * (number % 7))  # a length may leak as well
            case Kind.SEALED | Kind.BLOB:
                return digest
            case Kind.INTEGER | Kind.MINUTES:
                return 1_000_000 + number % 9_000_000
            case Kind.LONG | Kind.FEN | Kind.AREA:
                return 10**10 + number % (9 * 10**10)
            case Kind.FLAG:
                return bool(number % 2)
            case Kind.DAY:
                return dt.date(1900, 1, 1) + dt.timedelta(days=number % 80_000)
            case Kind.MOMENT:
                return dt.datetime(1990, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(microseconds=number * 10)
            case Kind.PARTIAL_DATE:
                return (dt.date(1900, 1, 1) + dt.timedelta(days=number % 40_000)).isoformat()
            case Kind.CHOICE:
                assert about.choices is not None
                members = list(about.choices)
                return members[number % len(members)].name
            case Kind.REF:
                targets = self.found.ids.get(about.target or "", [])
                if not targets:
                    return None
                is_unique = about.unique or any(column in group for group in said.unique)
                return targets[(index if is_unique else number) % len(targets)]
            case Kind.UPWARD if about.null:
                return None
            case Kind.UPWARD if targets := self.found.ids.get(about.target or ""):
                return targets[index % len(targets)]
            case Kind.UUID | Kind.UPWARD:  # an upward reference may dangle: no row of an ancestor is planted
                return uuid.UUID(bytes=digest[:16])

    def note(self, name: str, columns: Mapping[str, About], row: Mapping[str, Any], index: int) -> None:
        """Write down what one row holds."""
        found = self.found
        found.ids.setdefault(name, []).append(row["id"])
        found.rows[row["id"]] = row
        for column, about in columns.items():
            value = row[column]
            if value is None or column in ("tenant_id", "id") or (name == "courtyard" and column in FIXED_COURTYARD):
                continue
            listing = self.table.declared.listing
            if listing is not None and column in (*listing.nodes, *listing.references):
                continue  # which courtyard and which account: these are told apart by their own canaries
            found.values.setdefault((name, column), []).append(shown(value))
            if any(column in repeated for _, repeated in self.table.declared.agreeing):
                continue  # the canary of the row that it repeats
            marked = [found]
            if self.is_secret(about, index) and found.secrets is not None:
                marked.append(found.secrets)
            place = f"{name}.{column} of {self.tenant}"
            for each in marked:
                if about.kind in (Kind.TEXT, Kind.CODE) and "canary" in str(value):
                    start = str(value).index("canary")
                    each.texts[str(value)[start : start + 18]] = place
                elif about.kind in (Kind.SEALED, Kind.BLOB):
                    each.texts[value.hex()] = place
                elif isinstance(value, int) and not isinstance(value, bool):
                    each.numbers[value] = place
                elif about.kind is Kind.MOMENT:
                    each.texts[shown(value)] = place
