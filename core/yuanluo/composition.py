"""What core and the plugins brought, checked against each other and frozen.

Two tables, types, commands, actions, importers or fields of one name, a field on a type that does not exist or
over a column that is not there, a condition on an unknown column: each stops the start with the plugin named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from yuanluo.authority import Action, RoleAbout, Rules
from yuanluo.checks import Check
from yuanluo.command import AnyCommand, Command
from yuanluo.counters import Counter
from yuanluo.fields import Aggregate, GraphQLField, Operator, PythonField, SqlField, ToMany, ToOne, camel
from yuanluo.importing import Exporter, Importer
from yuanluo.indicators import Indicator, Tally
from yuanluo.inputs import Form, form_of
from yuanluo.plugins import CORE, Plugins, did_you_mean
from yuanluo.records import ERASED
from yuanluo.registers import register_of
from yuanluo.seats import Incompatibility
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import DeclarationError, Invalid, PluginError
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.switches import PluginSwitch
from yuanluo_tenants.tables import Declared, TableClass, columns_of, is_shown, shown_columns
from yuanluo_tenants.tree import Node

__all__ = ["Composition", "Owned", "OwnedIndicator"]

T = TypeVar("T")

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_INDICATOR = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Owned:
    """A field and the plugin that brought it; its switch decides whether the field answers."""

    plugin: str
    field: GraphQLField


@dataclass(frozen=True, slots=True)
class OwnedIndicator:
    """An indicator, the plugin that brought it, and every plugin whose switch leaves a courtyard out."""

    plugin: str
    indicator: Indicator
    plugins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """The composed house, computed once at start."""

    registry: Registry
    fields: tuple[Owned, ...]
    commands: Mapping[str, AnyCommand]
    command_owners: Mapping[str, str]
    importers: Mapping[str, Importer]
    exporters: Mapping[str, Exporter]
    kind_owners: Mapping[str, str]
    incompatibilities: tuple[Incompatibility, ...]
    rules: Rules
    counters: tuple[Counter, ...]
    counter_owners: Mapping[str, str]
    forms: Mapping[str, Form]
    """What clients fill in, by command."""
    indicators: Mapping[str, OwnedIndicator]
    checks: tuple[tuple[str, Check], ...]
    """What `yuanluo check` looks for, each with the plugin that brought it."""

    @classmethod
    def of(cls, plugins: Plugins) -> Composition:
        """Compose what `plugins` brought; raise PluginError naming the first that does not fit."""
        registry = _registry(plugins)
        fields = tuple(
            Owned(plugin, each) for plugin, each in plugins.collect("graphql_fields", *get_args(GraphQLField))
        )
        _check_fields(registry, fields)
        commands = [*plugins.collect("commands", Command), *_registers(registry)]
        importers = plugins.collect("importers", Importer)
        exporters = plugins.collect("exporters", Exporter)
        counters = plugins.collect("counters", Counter)
        _check_counters(registry, counters)
        indicators = plugins.collect("indicators", Indicator)
        checks = plugins.collect("checks", Check)
        _unique("check", checks, lambda each: each.name)
        _check_indicators(registry, counters, indicators)
        by_kind = _unique("importer", importers, lambda each: each.kind)
        exporters_by_kind = _unique("exporter", exporters, lambda each: each.kind)
        actions: list[tuple[str, Action]] = [(plugin, each.action) for plugin, each in commands]
        actions += plugins.collect("actions", Action)
        actions += [(plugin, each.action) for plugin, each in (*importers, *exporters)]
        roles = plugins.collect("roles", RoleAbout)
        _check_roles(roles, actions)
        by_action = _unique("action", actions, lambda each: each.name)
        return cls(
            registry=registry,
            fields=fields,
            commands=_unique("command", commands, lambda each: each.name),
            forms={each.name: _form(registry, plugin, each) for plugin, each in commands},
            command_owners={each.name: plugin for plugin, each in commands},
            importers=by_kind,
            exporters=exporters_by_kind,
            kind_owners={each.kind: plugin for plugin, each in (*importers, *exporters)},
            incompatibilities=tuple(each for _, each in plugins.collect("seat_incompatibilities", Incompatibility)),
            rules=Rules.of(by_action.values(), [each for _, each in roles]),
            counters=tuple(each for _, each in counters),
            counter_owners={each.table._meta.tablename: plugin for plugin, each in counters},
            indicators=_unique(
                "indicator", [_owned(registry, *each) for each in indicators], lambda each: each.indicator.name
            ),
            checks=tuple(checks),
        )

    def plugin_of(self, command: AnyCommand) -> str:
        """Return the plugin that brought `command`; an importer's command belongs to its kind's plugin."""
        return self.command_owners.get(command.name) or self.kind_owners.get(command.name.partition(".")[2], CORE)

    @property
    def record_kinds(self) -> frozenset[str]:
        """Every kind of record that is filed here: of a command, of an import, of an erasure."""
        return frozenset((*self.commands, *(each.action.name for each in self.importers.values()), ERASED))

    def check_kinds(self, kinds: Iterable[str], *, families: bool = False) -> None:
        """Raise Invalid for the first of `kinds` that is never filed here; with `families`, `person.*` is one too."""
        known = self.record_kinds
        for kind in kinds:
            family = kind.removesuffix("*") if families and kind.endswith(".*") else ""
            if kind in known or (family and any(each.startswith(family) for each in known)):
                continue
            zh, en = did_you_mean(kind, known)
            raise Invalid(
                f"没有记录类型 {kind}。{zh}请改用现有命令的名称,如 person.create。",
                f"no record is of the kind {kind!r}.{en} A kind is the name of a command, such as person.create.",
                field="kinds",
                code="KIND_UNKNOWN",
            )

    def fields_on(self, type_name: str) -> list[Owned]:
        """Return the fields that stand on the type `type_name`."""
        return [owned for owned in self.fields if owned.field.on == type_name]


def _registers(registry: Registry) -> list[tuple[str, AnyCommand]]:
    """Return the commands of every table that names its keepers, each with the plugin the table is of."""
    found: list[tuple[str, AnyCommand]] = []
    for table in registry:
        if table.declared.keepers:
            plugin = registry.owner(table)
            try:
                found += [(plugin, command) for command in register_of(table)]
            except DeclarationError as error:
                raise PluginError(plugin, error.zh, error.en) from error
    return found


def _form(registry: Registry, plugin: str, command: AnyCommand) -> Form:
    try:
        form = form_of(
            command.input,
            registry,
            command.subject_type,
            named=command.anchor,
            is_versioned=command.unversioned is None,
        )
    except DeclarationError as error:
        about = command.subject_type
        is_known = registry.by_type(about) is not None
        raise PluginError(
            plugin,
            f"命令 {command.name}:{error.zh}{'' if is_known else f'(没有类型 {about},请核对 subject_type)'}",
            f"its command {command.name!r}: {error.en}"
            + ("" if is_known else f" There is no type {about!r}; check subject_type."),
        ) from error
    _check_form(registry, plugin, command, form)
    return form


def _check_form(registry: Registry, plugin: str, command: AnyCommand, form: Form) -> None:
    """Refuse an offer, or a resident acted for, that reads what the anchor's table does not have."""
    on = form.anchor or form.listed
    anchored = registry.by_type(on.refers or "") if on is not None else None
    columns = shown_columns(anchored) if anchored is not None else {}
    wanted = list(command.offer.needs) if command.offer is not None else []
    if command.offer is not None and anchored is None:
        raise PluginError(
            plugin,
            f"命令 {command.name} 有 offer,但输入中没有所针对的对象。",
            f"its command {command.name!r} has an offer, but its input names no row to offer it on.",
        )
    if command.acts_for is not None and command.acts_for not in {each.name for each in form.fields}:
        wanted.append(command.acts_for)
    for name in wanted:
        if name not in columns:
            named = anchored.declared.type_name if anchored is not None else "—"
            raise PluginError(
                plugin,
                f"命令 {command.name} 用到 {named} 没有的列 {name}。",
                f"its command {command.name!r} reads a column {name!r} that {named} does not have.",
            )


def _registry(plugins: Plugins) -> Registry:
    registry = Registry()
    registry.add("tenants", [Node, PluginSwitch])
    brought: dict[str, list[type[Declared]]] = {}
    for plugin, table in plugins.collect("tables"):
        if not (isinstance(table, type) and issubclass(table, Declared) and hasattr(table, "declared")):
            named = table.__name__ if isinstance(table, type) else repr(table)
            raise PluginError(
                plugin,
                f"tables() 返回了 {named},它不是表;请由 TenantTable、ReferenceTable 或 AccountTable 派生。",
                f"tables() returned {named}, which is no table;"
                " derive it from TenantTable, ReferenceTable or AccountTable.",
            )
        brought.setdefault(plugin, []).append(table)
    for plugin, tables in brought.items():
        try:
            registry.add(plugin, tables)
        except DeclarationError as error:
            raise PluginError(plugin, error.zh, error.en) from error
    for plugin, tables in brought.items():
        for table in tables:
            _check_table(registry, plugin, table)
    return registry


def _check_table(registry: Registry, plugin: str, table: type[Declared]) -> None:
    if table._meta.tablename.startswith("yuanluo_"):
        raise PluginError(
            plugin,
            f"表名 {table._meta.tablename} 以 yuanluo_ 开头,由平台保留。",
            f"the table name {table._meta.tablename!r} begins with yuanluo_, which is reserved.",
        )
    targets = [(name, each.target) for name, each in columns_of(table).items() if each.kind in (Kind.REF, Kind.UPWARD)]
    if table.declared.extends:
        targets.append(("id", table.declared.extends))
    for column, target in targets:
        if (
            target is None
            or target not in registry
            or registry.table(target).declared.table_class is not TableClass.TENANT
        ):
            raise PluginError(
                plugin,
                f"{table._meta.tablename}.{column} 指向不存在的表 {target}。",
                f"{table._meta.tablename}.{column} targets {target!r}, which is no registered tenant table.",
            )


def _check_counters(registry: Registry, counters: Iterable[tuple[str, Counter]]) -> None:
    for plugin, counter in counters:
        name = counter.table._meta.tablename
        if name not in registry:
            raise PluginError(
                plugin, f"计数表 {name} 未由 tables() 提供。", f"its counter table {name!r} is not among its tables."
            )
        for column, count in counter.counts.items():
            counted = columns_of(registry.table(count.table)) if count.table in registry else {}
            wanted = [*([count.sum_of] if count.sum_of else []), *(condition for condition, _ in count.where)]
            if not counted or column not in columns_of(counter.table) or any(each not in counted for each in wanted):
                raise PluginError(
                    plugin,
                    f"计数 {name}.{column} 用到不存在的表或列({count.table}:{'、'.join(wanted) or '行数'})。",
                    f"its counter {name}.{column} counts over a table or column that does not exist"
                    f" ({count.table}: {', '.join(wanted) or 'rows'}).",
                )


def _check_roles(roles: Sequence[tuple[str, RoleAbout]], actions: Iterable[tuple[str, Action]]) -> None:
    """Refuse an action without name or gloss, and a role that nobody named: nobody could ever hold it."""
    known = {each.role for _, each in roles if each.zh and each.en}
    used = [(plugin, each.role, "roles()") for plugin, each in roles]
    for plugin, action in actions:
        if _ACTION.fullmatch(action.name) is None:
            raise PluginError(
                plugin,
                f"操作名 {action.name} 须形如 plot.adopt,用小写字母、数字和下划线。",
                f"the name of its action {action.name!r} must be like plot.adopt, in lower case.",
            )
        if not (action.zh and action.en):
            raise PluginError(
                plugin,
                f"操作 {action.name} 缺少中文名或英文释义。",
                f"its action {action.name!r} needs its Chinese term and its English gloss.",
            )
        used += [(plugin, role, action.name) for role in (*action.roles, *action.never)]
    for plugin, role, where in used:
        if role not in known:
            zh, en = did_you_mean(role, known)
            raise PluginError(
                plugin,
                f"{where} 提到不存在的角色 {role}。{zh}新角色须在 roles() 中写明中文名和英文释义。",
                f"{where} names a role {role!r} that does not exist.{en}"
                " A new role needs a RoleAbout with its Chinese term and English gloss in roles().",
            )


def _owned(registry: Registry, plugin: str, each: Indicator) -> tuple[str, OwnedIndicator]:
    owners = {plugin, *(registry.owner(registry.table(table)) for table in each.tables)}
    return plugin, OwnedIndicator(plugin, each, tuple(sorted(owners - {CORE, "tenants"})))


def _check_indicators(
    registry: Registry, counters: Iterable[tuple[str, Counter]], indicators: Iterable[tuple[str, Indicator]]
) -> None:
    counted = {each.table._meta.tablename: set(each.counts) for _, each in counters}
    for plugin, each in indicators:
        if _INDICATOR.fullmatch(each.name) is None:
            raise PluginError(
                plugin,
                f"指标名 {each.name} 须为大写字母、数字和下划线。",
                f"the name of its indicator {each.name!r} must be of capitals, digits and underscores.",
            )
        unknown = [
            f"{measure.table}.{column}"
            for measure in each.measures
            if isinstance(measure, Tally)
            for column in (measure.column, measure.less)
            if column is not None and column not in counted.get(measure.table, ())
        ]
        for rows in each.rows:
            known = columns_of(registry.table(rows.table)) if rows.table in registry else {}
            unknown += [f"{rows.table}"] if not known else []
            unknown += [f"{rows.table}.{column}" for column, _, _ in rows.where if column not in known]
            unknown += [f"{operator}" for _, operator, _ in rows.where if operator not in get_args(Operator)]
        if unknown:
            raise PluginError(
                plugin,
                f"指标 {each.name} 用到不存在的计数、表、列或条件:{'、'.join(unknown)}。",
                f"its indicator {each.name} is made of what is not there: {', '.join(unknown)}.",
            )


def _unique(what: str, items: Iterable[tuple[str, T]], name_of: Callable[[T], str]) -> dict[str, T]:
    found: dict[str, T] = {}
    owners: dict[str, str] = {}
    for plugin, item in items:
        name = name_of(item)
        if name in found and found[name] != item:
            raise PluginError(
                plugin, f"{name} 已由 {owners[name]} 提供。", f"{what} {name!r} is already brought by {owners[name]}."
            )
        found[name], owners[name] = item, plugin
    return found


# fields -----------------------------------------------------------------------------------------------------------


def _check_fields(registry: Registry, fields: Sequence[Owned]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for table in registry:
        for name, about in shown_columns(table).items():
            if about.exposed:
                owner = registry.owner(table)
                taken[table.declared.type_name, camel(name)] = owner
                if about.kind in (Kind.REF, Kind.UPWARD):
                    taken[table.declared.type_name, camel(name.removesuffix("_id"))] = owner
    for owned in fields:
        plugin, each = owned.plugin, owned.field
        if each.name != camel(each.name):
            raise PluginError(
                plugin, f"字段名 {each.name} 须为小驼峰。", f"field name {each.name!r} must be lower camel case."
            )
        if (other := taken.get((each.on, each.name))) is not None:
            raise PluginError(
                plugin,
                f"字段 {each.on}.{each.name} 已由 {other} 提供。",
                f"field {each.on}.{each.name} is already brought by {other}.",
            )
        taken[each.on, each.name] = plugin
        _check_field(registry, plugin, each)


def _check_field(registry: Registry, plugin: str, each: GraphQLField) -> None:
    on = _type(registry, plugin, each, each.on)
    match each:
        case PythonField():
            _columns(plugin, each, on, each.needs)
        case SqlField():
            _columns(plugin, each, on, each.needs)
            texts = [each.sql] if isinstance(each.sql, str) else each.sql.values()
            if unknown := {name for sql in texts for name in _PLACEHOLDER.findall(sql)} - set(each.needs):
                names = ", ".join(sorted(unknown))
                raise _wrong(plugin, each, f"用到未列入 needs 的 {names}", f"it uses {names} without needing it")
        case ToMany() | ToOne() | Aggregate():
            target = _type(registry, plugin, each, each.target)
            for _, operator, _ in each.where:
                if operator not in get_args(Operator):
                    raise _wrong(plugin, each, f"没有条件 {operator}", f"there is no condition {operator!r}")
            wanted = [condition[0] for condition in each.where]
            if each.via is not None:
                wanted.append(each.via)
            if isinstance(each, Aggregate):
                if (each.column is None) == (each.function == "sum"):
                    raise _wrong(plugin, each, "sum 须给出列,count 不得给出列", "sum takes a column, count none")
                wanted += [each.column] if each.column else []
            else:
                wanted += [name.removeprefix("-") for name in each.order]
            _columns(plugin, each, target, wanted)
            if isinstance(each, ToOne) and each.key is not None:
                _columns(plugin, each, on, [each.key])
                if each.via is not None:
                    raise _wrong(plugin, each, "via 与 key 只能给出一个", "it takes via or key, not both")
            elif each.via is None and each.on != "Courtyard":
                raise _wrong(plugin, each, "须给出 via 或 key", "it needs via or key unless it is on Courtyard")


def _type(registry: Registry, plugin: str, each: GraphQLField, name: str) -> type[Declared]:
    table = registry.by_type(name)
    if table is None or not (table.declared.exposed or is_shown(table)):
        raise _wrong(plugin, each, f"指向不存在的类型 {name}", f"it refers to a type {name!r} that does not exist")
    return table


def _columns(plugin: str, each: GraphQLField, table: type[Declared], names: Iterable[str]) -> None:
    known = shown_columns(table)
    for name in names:
        if name not in known:
            raise _wrong(
                plugin,
                each,
                f"用到 {table.declared.type_name} 没有的列 {name}",
                f"it uses a column {name!r} that {table.declared.type_name} does not have",
            )


def _wrong(plugin: str, each: GraphQLField, zh: str, en: str) -> PluginError:
    return PluginError(plugin, f"字段 {each.on}.{each.name} {zh}。", f"field {each.on}.{each.name}: {en}.")
