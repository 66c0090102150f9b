"""The model of the unified schema: entities and their fields, composed from declarations and field values.

`build_model(registry, fields)` is pure and can be called again. Both the strawberry types (`types.py`) and the
compiler (`compiler.py`) read this model and nothing else, so that what is shown and what is run cannot differ.
A colliding field name or a dangling target refuses the start, naming the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from yuanluo.command import ADDS, AnyCommand, Offer
from yuanluo.composition import OwnedIndicator
from yuanluo.fields import Aggregate, Condition, GraphQLField, PythonField, SqlField, ToMany, ToOne, camel
from yuanluo.inputs import Form, InputField
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind
from yuanluo_tenants.errors import PluginError
from yuanluo_tenants.listing import Listing
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import columns_of, is_shown, shown_columns, sort_column

__all__ = [
    "AggregateField",
    "ColumnField",
    "ComputedField",
    "Entity",
    "EntityField",
    "Model",
    "NodeIdField",
    "PythonEntityField",
    "Relation",
    "build_model",
    "plural",
]

FLOORS = frozenset({"core", "tenants"})
NODE_TYPES = {
    "DISTRICT": ("District", "区", "a district, the top of the administrative tree"),
    "SUBDISTRICT": ("Subdistrict", "街道", "a subdistrict of a district"),
    "COMMUNITY": ("Community", "社区", "a community, in which the courtyards lie"),
    "GRID": ("Grid", "网格", "a patrol area inside a community, with some of its courtyards"),
}
_TREE = tuple(name for name, _, _ in NODE_TYPES.values())
NUMERIC = frozenset({Kind.INTEGER, Kind.LONG, Kind.FEN, Kind.AREA, Kind.MINUTES})


_NO_PLURAL = ("Counts", "Equipment", "History", "News", "Progress", "Series", "Staff")
"""Ends of names that already say several, or have no plural."""


def plural(type_name: str) -> str:
    """Return what a list of a type is called: `Person` → `people`, `Activity` → `activities`."""
    name = type_name[:1].lower() + type_name[1:]
    if type_name.endswith(_NO_PLURAL):
        return name
    if name == "person" or name.endswith("Person"):
        return name[:-6] + ("people" if name == "person" else "People")
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name + "s"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A command as the schema shows it: `opinion.collect` is `opinionCollect(input: OpinionCollectInput!)`."""

    command: AnyCommand
    form: Form
    plugin: str
    subject: str | None
    """The subject's type, where it is one of the schema's."""

    @property
    def name(self) -> str:
        """The field of the root type."""
        return camel(self.command.name.replace(".", "_"))

    @property
    def type_prefix(self) -> str:
        """What the names of input and payload begin with."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def subject_field(self) -> str | None:
        """The payload's field with the subject."""
        return None if self.subject is None else self.subject[:1].lower() + self.subject[1:]

    def offer_on(self, type_name: str) -> Offer | None:
        """Return the command's offer where `type_name` is the type of the rows on which it is made."""
        on = self.form.anchor or self.form.listed
        return self.command.offer if on is not None and on.refers == type_name else None

    @property
    def description(self) -> str:
        """Chinese term and English gloss."""
        action = self.command.action
        text = f"{action.zh}: {action.en} ({action.rule})"
        if self.form.anchor is not None and self.form.revised is None:
            zh, en = self.command.unversioned or ADDS
            text += f"\n\n无需修订号: {zh}; no revision is needed: {en}"
        return text


@dataclass(frozen=True, slots=True)
class NodeIdField:
    """The global id: type, tenant number and row id."""

    name: str = "id"
    plugin: str = "core"
    description: str = "全局编号: global id, carrying type, tenant number and row id"


@dataclass(frozen=True, slots=True)
class ColumnField:
    """A stored column; a SEALED one shows its masked form."""

    name: str
    plugin: str
    column: str
    about: About
    description: str

    @property
    def kind(self) -> Kind:
        """The logical kind of the shown value."""
        return Kind.TEXT if self.about.kind is Kind.SEALED else self.about.kind

    @property
    def is_nullable(self) -> bool:
        """Whether null may be shown: a nullable column, or one that masking may hide."""
        return self.about.null or self.about.klass is not DataClass.D0


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of another entity: one or null, or a connection."""

    name: str
    plugin: str
    target: str
    many: bool
    description: str
    child: str | None
    """Column of the target compared with `parent`; None: all rows of the parent's tenant."""
    parent: str
    same_tenant: bool
    where: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class AggregateField:
    """A count or a sum over the rows of another entity."""

    name: str
    plugin: str
    spec: Aggregate
    kind: Kind
    description: str


@dataclass(frozen=True, slots=True)
class ComputedField:
    """A value computed by the database from the row's own columns."""

    name: str
    plugin: str
    spec: SqlField
    description: str

    @property
    def kind(self) -> Kind:
        """The logical kind of the value."""
        return self.spec.kind


@dataclass(frozen=True, slots=True)
class PythonEntityField:
    """A value computed in Python, once for all rows of a selection."""

    name: str
    plugin: str
    spec: PythonField
    description: str

    @property
    def kind(self) -> Kind:
        """The logical kind of the value."""
        return self.spec.kind


@dataclass(frozen=True, slots=True)
class PermissionsField:
    """What the viewer may do to a row, and why not: one entry per command that is anchored at its type."""

    mutations: tuple[Mutation, ...]
    on: str
    """The type that bears the field."""
    name: str = "permissions"
    plugin: str = "core"
    description: str = "可办事项: what the viewer may do here, and why not"

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that the offers read."""
        offers = (each.offer_on(self.on) for each in self.mutations)
        return tuple(dict.fromkeys(name for offer in offers if offer is not None for name in offer.needs))


EntityField = (
    NodeIdField | ColumnField | Relation | AggregateField | ComputedField | PythonEntityField | PermissionsField
)


@dataclass(slots=True)
class Entity:
    """One GraphQL object type that stands on one table."""

    name: str
    table: str
    plugin: str
    description: str
    body: str
    row_class: DataClass
    subject: str | None
    is_tenant: bool
    columns: Mapping[str, About]
    order: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    class_column: str | None = None
    body_column: str | None = None
    listing: Listing | None = None
    """The select its rows are read from; its ids name no courtyard, and only the list itself tells their number."""
    fields: dict[str, EntityField] = field(default_factory=lambda: {})

    @property
    def is_counted(self) -> bool:
        """Whether `statistics` of a node count its rows, also for who does not see them."""
        return self.is_tenant and self.listing is None

    @property
    def key(self) -> str:
        """The column that identifies a row."""
        return "id" if self.is_tenant else "number"

    def sort_column(self, column: str) -> str:
        """Return the stored column that `column` sorts by: a name sorts by its pinyin."""
        return sort_column(column, self.columns)

    def filterable(self) -> list[ColumnField]:
        """Return the column fields that filters and orders may name."""
        return [
            each
            for each in self.fields.values()
            if isinstance(each, ColumnField) and each.about.kind not in (Kind.BLOB, Kind.SEALED, Kind.REF, Kind.UPWARD)
        ]

    def ordered_by(self) -> dict[str, str]:
        """Return the column behind each member of the order enum."""
        return {each.column.upper(): each.column for each in self.filterable()}

    def numeric(self) -> list[ColumnField | AggregateField | ComputedField]:
        """Return the fields that a connection can sum."""
        return [
            each
            for each in self.fields.values()
            if isinstance(each, (ColumnField, AggregateField, ComputedField))
            and each.kind in NUMERIC
            and each.name != "revision"
        ]


@dataclass(slots=True)
class Model:
    """All entities of the composed schema."""

    entities: dict[str, Entity]
    enums: dict[str, type[Enum]]
    enum_terms: dict[str, str]
    """The Chinese term of each enum: that of the first column or field that uses it."""
    indicators: Mapping[str, OwnedIndicator] = field(default_factory=lambda: {})
    counted: Mapping[str, Mapping[str, About]] = field(default_factory=lambda: {})
    """The columns of every table that an indicator is made from."""
    mutations: dict[str, Mutation] = field(default_factory=lambda: {})

    @property
    def listed(self) -> dict[str, Entity]:
        """Return the entities of listings by their lists at the root: their rows stand above courtyards as well."""
        return {plural(each.name): each for each in self.entities.values() if each.listing is not None}

    @property
    def bodies(self) -> list[str]:
        """Return whose business anything shown may be."""
        return sorted({each.body for each in self.entities.values()})

    def needs_switch(self, field_plugin: str, parent: Entity | None) -> str | None:
        """Return the plugin whose per-courtyard switch guards a field of `field_plugin` on `parent`."""
        if field_plugin in FLOORS or (parent is not None and parent.plugin == field_plugin):
            return None
        return field_plugin


def build_model(
    registry: Registry,
    fields: Iterable[tuple[str, GraphQLField]],
    indicators: Mapping[str, OwnedIndicator] | None = None,
    commands: Iterable[tuple[str, AnyCommand, Form]] = (),
) -> Model:
    """Compose the model; raise PluginError for a collision or a dangling target, naming the plugin."""
    entities: dict[str, Entity] = {}
    enums: dict[str, type[Enum]] = {}
    terms: dict[str, str] = {}
    for table in registry:
        said = table.declared
        owner = registry.owner(table)
        if table._meta.tablename == "node":
            for kind, (name, zh, en) in NODE_TYPES.items():
                entities[name] = Entity(
                    name=name,
                    table="node",
                    plugin=owner,
                    description=f"{zh}: {en}",
                    body=said.body,
                    row_class=said.row_class,
                    subject=None,
                    is_tenant=False,
                    columns=columns_of(table),
                    order=("number",),
                    where=(("kind", "eq", kind),),
                )
        elif is_shown(table):
            entities[said.type_name] = Entity(
                name=said.type_name,
                table=table._meta.tablename,
                plugin=owner,
                description=said.description,
                body=said.body,
                row_class=said.row_class,
                subject=said.subject,
                is_tenant=True,
                columns=shown_columns(table),
                order=said.order,
                class_column=said.row_class_column,
                body_column=said.row_body_column,
                listing=said.listing,
            )
    by_table = {each.table: each for each in entities.values()}
    composer = _Composer(entities, by_table, enums, terms)
    for entity in entities.values():
        composer.columns(entity)
    for table in registry:
        if table.declared.extends and table._meta.tablename in by_table:
            composer.extension(by_table[table._meta.tablename], by_table[table.declared.extends])
    composer.tree()
    beside = list(fields)
    single = {
        each.target
        for _, each in beside
        if isinstance(each, ToOne) and each.on == "Courtyard" and not (each.via or each.key or each.where)
    }
    for entity in list(entities.values()):
        if entity.name not in single:
            composer.courtyard_connection(entity)
    for plugin, each in beside:
        composer.beside(plugin, each)
    named = indicators or {}
    counted = {table for each in named.values() for table in each.indicator.tables}
    columns = {name: columns_of(registry.table(name)) for name in counted}
    return Model(entities, enums, terms, named, columns, composer.mutations(commands))


@dataclass(slots=True)
class _Composer:
    entities: dict[str, Entity]
    by_table: dict[str, Entity]
    enums: dict[str, type[Enum]]
    terms: dict[str, str]

    def put(self, entity: Entity, each: EntityField) -> None:
        other = entity.fields.get(each.name)
        if other is not None:
            raise PluginError(
                each.plugin,
                f"字段 {entity.name}.{each.name} 已由 {other.plugin} 声明,请改名。",
                f"field {entity.name}.{each.name} is already declared by {other.plugin}; choose another name.",
            )
        entity.fields[each.name] = each

    def columns(self, entity: Entity) -> None:
        self.put(entity, NodeIdField(plugin=entity.plugin))
        for name, about in entity.columns.items():
            if name == "id" or not about.exposed or about.companion_of:
                continue
            if about.kind in (Kind.REF, Kind.UPWARD):
                target = self.by_table.get(about.target or "")
                if target is not None:
                    self.put(
                        entity,
                        Relation(
                            name=camel(name.removesuffix("_id")),
                            plugin=entity.plugin,
                            target=target.name,
                            many=False,
                            description=about.description,
                            child="id",
                            parent=name,
                            same_tenant=about.kind is Kind.REF,
                        ),
                    )
                continue
            if about.choices is not None:
                self.enum(entity.plugin, about.choices, about.zh)
            self.put(entity, ColumnField(camel(name), entity.plugin, name, about, about.description))

    def enum(self, plugin: str, choices: type[Enum], zh: str) -> None:
        self.terms.setdefault(choices.__name__, zh)
        known = self.enums.setdefault(choices.__name__, choices)
        if known is not choices:
            raise PluginError(
                plugin,
                f"枚举 {choices.__name__} 已有同名声明。",
                f"enum {choices.__name__} is already declared elsewhere; choose another name.",
            )

    def extension(self, entity: Entity, base: Entity) -> None:
        name = base.name[:1].lower() + base.name[1:]
        back = entity.name[:1].lower() + entity.name[1:]
        self.put(
            entity,
            Relation(name, entity.plugin, base.name, False, base.description, "id", "id", True),
        )
        self.put(
            base,
            Relation(back, entity.plugin, entity.name, False, entity.description, "id", "id", True),
        )

    def tree(self) -> None:
        courtyard = self.entities.get("Courtyard")
        below = {
            "District": ("Subdistrict", "Community"),
            "Subdistrict": ("Community",),
            "Community": ("Grid",),
            "Grid": (),
        }
        for upper, lowers in below.items():
            entity = self.entities.get(upper)
            if entity is None:
                continue
            column = upper.lower()
            for lower in lowers:
                target = self.entities[lower]
                self.put(
                    entity,
                    Relation(
                        plural(lower),
                        "core",
                        lower,
                        True,
                        target.description,
                        column,
                        "number",
                        False,
                        is_nullable=False,
                    ),
                )
            if courtyard is not None:
                self.put(
                    entity,
                    Relation(
                        "courtyards",
                        "core",
                        "Courtyard",
                        True,
                        courtyard.description,
                        column,
                        "number",
                        False,
                        is_nullable=False,
                    ),
                )
                if column in courtyard.columns:
                    courtyard.fields.pop(column, None)
                    self.put(
                        courtyard,
                        Relation(column, "core", upper, False, entity.description, "number", column, False),
                    )

    def courtyard_connection(self, entity: Entity) -> None:
        courtyard = self.entities.get("Courtyard")
        if courtyard is None or not entity.is_tenant or entity is courtyard:
            return
        # A register has its list below each courtyard without anyone saying so.
        self.put(
            courtyard,
            Relation(
                name=plural(entity.name),
                plugin=entity.plugin,
                target=entity.name,
                many=True,
                description=entity.description,
                child=None,
                parent="tenant_id",
                same_tenant=True,
                is_nullable=entity.plugin not in FLOORS or entity.row_class is not DataClass.D0,
            ),
        )
        self.put(
            entity,
            Relation("courtyard", entity.plugin, "Courtyard", False, courtyard.description, None, "tenant_id", True),
        )

    def beside(self, plugin: str, each: GraphQLField) -> None:
        entity = self.entities.get(each.on)
        if entity is None:
            raise PluginError(
                plugin,
                f"字段 {each.on}.{each.name} 所在的类型 {each.on} 不存在。",
                f"field {each.on}.{each.name} stands on a type {each.on!r} that does not exist.",
            )
        description = f"{each.zh}: {each.en}"
        match each:
            case ToMany() | ToOne():
                target = self.target(plugin, each.on, each.name, each.target)
                key = each.key if isinstance(each, ToOne) else None
                child, parent = (target.key, key) if key else (each.via, entity.key)
                if child is None:
                    parent = "tenant_id"
                self.known(plugin, entity, each.name, [parent])
                self.known(
                    plugin,
                    target,
                    each.name,
                    [
                        *([child] if child else []),
                        *(c.removeprefix("-") for c in each.order),
                        *(c for c, _, _ in each.where),
                    ],
                )
                # An upward reference leads to another node: rows on both sides are held by the scope instead.
                joined = {target.columns[child].kind if child else None, entity.columns[parent].kind}
                many = isinstance(each, ToMany)
                self.put(
                    entity,
                    Relation(
                        name=each.name,
                        plugin=plugin,
                        target=target.name,
                        many=many,
                        description=description,
                        child=child,
                        parent=parent,
                        same_tenant=entity.is_tenant and target.is_tenant and Kind.UPWARD not in joined,
                        where=tuple(each.where),
                        order=tuple(each.order),
                        is_nullable=not many or plugin not in FLOORS or target.row_class is not DataClass.D0,
                    ),
                )
            case Aggregate():
                target = self.target(plugin, each.on, each.name, each.target)
                self.known(
                    plugin,
                    target,
                    each.name,
                    [c for c in (each.via, each.column, *(c for c, _, _ in each.where)) if c],
                )
                kind = Kind.INTEGER if each.function == "count" else target.columns[each.column or ""].kind
                if each.function == "sum" and kind in (Kind.INTEGER, Kind.MINUTES):
                    kind = Kind.LONG
                self.put(entity, AggregateField(each.name, plugin, each, kind, description))
            case SqlField():
                self.known(plugin, entity, each.name, each.needs)
                if each.choices is not None:
                    self.enum(plugin, each.choices, each.zh)
                self.put(entity, ComputedField(each.name, plugin, each, description))
            case PythonField():
                self.known(plugin, entity, each.name, each.needs)
                self.put(entity, PythonEntityField(each.name, plugin, each, description))

    def mutations(self, commands: Iterable[tuple[str, AnyCommand, Form]]) -> dict[str, Mutation]:
        """Make mutations of commands, and put `permissions` on every type that a command is anchored at."""
        found: dict[str, Mutation] = {}
        anchored: dict[str, list[Mutation]] = {}
        for plugin, command, form in commands:
            subject = command.subject_type if command.subject_type in self.entities else None
            made = Mutation(command, form, plugin, subject)
            if made.name in found:
                raise PluginError(
                    plugin,
                    f"命令 {command.name} 与 {found[made.name].command.name} 在 GraphQL 中同名。",
                    f"its command {command.name!r} has the GraphQL name of {found[made.name].command.name!r}.",
                )
            found[made.name] = made
            self.input_enums(plugin, form.fields)
            for name in [form.anchor.refers or ""] if form.anchor is not None else ["Courtyard", *_TREE]:
                anchored.setdefault(name, []).append(made)
            if form.listed is not None and form.listed.refers in self.entities:
                anchored.setdefault(form.listed.refers, []).append(made)
        for name, mutations in anchored.items():
            self.put(self.entities[name], PermissionsField(tuple(mutations), name))
        return found

    def input_enums(self, plugin: str, fields: Iterable[InputField]) -> None:
        for each in fields:
            if each.choices is not None:
                self.enum(plugin, each.choices, each.zh)
            self.input_enums(plugin, each.fields)

    def target(self, plugin: str, on: str, name: str, target: str) -> Entity:
        found = self.entities.get(target)
        if found is None:
            raise PluginError(
                plugin,
                f"字段 {on}.{name} 指向不存在的类型 {target}。",
                f"field {on}.{name} targets a type {target!r} that does not exist.",
            )
        return found

    def known(self, plugin: str, entity: Entity, name: str, columns: Sequence[str]) -> None:
        for column in columns:
            if column not in entity.columns:
                raise PluginError(
                    plugin,
                    f"字段 {name} 提到 {entity.name} 没有的列 {column}。",
                    f"field {name!r} names a column {column!r} that {entity.name} does not have.",
                )
