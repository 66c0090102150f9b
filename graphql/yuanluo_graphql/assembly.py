"""The house and its engine, put together from settings: what the server, the command line and tests start from."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema

import yuanluo
import yuanluo_tenants
from yuanluo.access import Authority
from yuanluo.authority import Unauthenticated
from yuanluo.capabilities import RULES
from yuanluo.clock import Clock, system_clock
from yuanluo.command import CommandContext, Receipt, run_command
from yuanluo.composition import Composition
from yuanluo.fields import FieldContext, GraphQLField, PythonField, camel
from yuanluo.house import House
from yuanluo.plugins import CORE, Plugins
from yuanluo.privacy import SensitiveRead as LoggedRead
from yuanluo.privacy import log_reads
from yuanluo.sealing import SEPARATOR, require_key
from yuanluo.viewer import Viewer
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_graphql.admission import Admission
from yuanluo_graphql.budgets import Budget, Budgets
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_graphql.limits import Limits
from yuanluo_graphql.model import Model, build_model
from yuanluo_graphql.mutations import Asked
from yuanluo_graphql.naming import check_names
from yuanluo_graphql.refusals import Problem, RequestError
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.crypto import Field, Keyring, SealBroken
from yuanluo_tenants.database import Database, OwnerConnection
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.migrator import Source, absent, pending
from yuanluo_tenants.settings import Settings, database_from
from yuanluo_tenants.tables import Declared, TableClass, columns_of

if TYPE_CHECKING:
    import strawberry

    from yuanluo_graphql.engine import CompiledEngine, Doors, PluginInfo
    from yuanluo_graphql.guards import Guards

__all__ = [
    "Composed",
    "absent_plugins",
    "build_engine",
    "build_house",
    "compose",
    "documents_of",
    "guards_of",
    "limits_of",
    "migration_sources",
    "model_of",
    "plugin_infos",
    "refuse_key_for_show",
    "sdl",
]


@dataclass(frozen=True, slots=True)
class Composed:
    """The unified schema of a composition: the model, the strawberry schema and graphql-core's."""

    model: Model
    schema: strawberry.Schema
    core: GraphQLSchema


def compose(composition: Composition, keys: Keyring | None = None) -> Composed:
    """Compose the schema; raise PluginError naming the plugin whose field collides or dangles."""
    from yuanluo_graphql.types import build_schema, core_schema  # strawberry, which a server need not keep

    model = model_of(composition, keys)
    schema = build_schema(model)
    return Composed(model, schema, core_schema(schema))


def model_of(composition: Composition, keys: Keyring | None = None) -> Model:
    """Return the model of a composition; raise PluginError naming the plugin whose field collides or dangles."""
    clear: list[tuple[str, GraphQLField]] = []
    for table in composition.registry:
        if table.declared.exposed and table.declared.table_class is TableClass.TENANT:
            owner = composition.registry.owner(table)
            clear.extend((owner, each) for each in clear_fields(table, keys))
    beside = [(owned.plugin, owned.field) for owned in composition.fields]
    check_names(composition.registry, beside, clear)
    commands = [
        (composition.command_owners[name], command, composition.forms[name])
        for name, command in composition.commands.items()
        if not command.is_internal
    ]
    return build_model(composition.registry, [*beside, *clear], composition.indicators, commands)


def clear_fields(table: type[Declared], keys: Keyring | None) -> Sequence[PythonField]:
    """Return, for each sealed column, the field that shows its clear text to who is cleared for it."""
    found: list[PythonField] = []
    for name, about in columns_of(table).items():
        if about.kind is not Kind.SEALED or not about.exposed:
            continue

        async def clear(
            rows: Sequence[Mapping[str, Any]], _context: FieldContext, column: str = name
        ) -> Sequence[str | SealBroken | None]:
            return [_unsealed(keys, table, row, column) for row in rows]

        found.append(
            PythonField(
                on=table.declared.type_name,
                name=f"{camel(name)}Clear",
                kind=Kind.TEXT,
                needs=[name],
                resolve=clear,
                zh=f"{about.zh}(明文)",
                en=f"{about.en}, in the clear; null without clearance, and reading it is logged if it is sensitive",
                klass=about.klass,
            )
        )
    return found


def _unsealed(
    keys: Keyring | None, table: type[Declared], row: Mapping[str, Any], column: str
) -> str | SealBroken | None:
    """Return the clear text; a value that does not open is the error of its own row alone."""
    sealed = row[column]
    if keys is None or not sealed:
        return None
    place = Field(int(row["tenant_id"]), table._meta.tablename, column)
    try:
        text = keys.open(bytes.fromhex(sealed), place, uuid.UUID(str(row["id"])))
    except SealBroken as broken:
        return broken
    return "、".join(text.split(SEPARATOR))


def sdl(composition: Composition) -> str:
    """Return the schema definition of a composition, ending in a newline."""
    return compose(composition).schema.as_str().rstrip() + "\n"


def limits_of(settings: Settings) -> Limits:
    """Return the limits of GraphQL requests that the settings say."""
    return Limits(
        max_body_bytes=settings.max_body_bytes,
        max_variables_bytes=settings.max_variables_bytes,
        max_variables=settings.max_variables,
        max_variables_depth=settings.max_variables_depth,
        max_tokens=settings.max_tokens,
        max_depth=settings.max_depth,
        max_aliases=settings.max_aliases,
        max_directives=settings.max_directives,
        max_cost=settings.max_cost,
        default_page_size=settings.page_size,
        max_page_size=settings.page_size_max,
        default_groups=settings.stats_groups,
        max_groups=settings.stats_groups_max,
    )


def build_house(settings: Settings, plugins: Plugins | None = None) -> House:
    """Load and compose the plugins over the database that the settings name, which is not opened yet."""
    policy = WebhookPolicy.of(settings)
    return House.build(database_from(settings), settings.keyring, plugins or Plugins.load(), policy)


def build_engine(
    house: House, settings: Settings, *, schema: GraphQLSchema | None = None, clock: Clock = system_clock
) -> CompiledEngine:
    """Build the GraphQL engine of `house`; raise ConfigurationError where a trusted document does not fit it.

    `schema` is the composition's, where it was composed before.
    """
    from yuanluo_graphql.engine import CompiledEngine  # Litestar is behind it, which composing does without

    if schema is None:
        composed = compose(house.composition, house.keys)
        model, schema = composed.model, composed.core
    else:
        model = model_of(house.composition, house.keys)
    documents = documents_of(schema, settings)
    guards = guards_of(house, settings)
    guards.trusted.check(documents)
    pages = PageSizes(
        settings.page_size, settings.page_size_max, settings.stats_groups, settings.stats_groups_max, settings.min_cell
    )
    return CompiledEngine(
        house.database,
        documents,
        Compiler(model, schema, house.database.dialect, pages),
        Cursors(house.keys.key_for("cursors")),
        doors_of(house, clock),
        plans=settings.plan_cache * 1_000_000,
        guards=guards,
    )


def documents_of(schema: GraphQLSchema, settings: Settings) -> Documents:
    """Return the document gate of a schema under the settings."""
    return Documents(
        schema,
        limits_of(settings),
        introspection=settings.introspection,
        suggestions=settings.suggestions,
    )


def guards_of(house: House, settings: Settings) -> Guards:
    """Return the guards that the settings say."""
    from yuanluo_graphql.guards import Guards
    from yuanluo_graphql.trusted import load_trusted

    connections = settings.sqlite_readers if house.database.dialect == "sqlite" else settings.pool_max
    return Guards(
        Budgets(Budget(settings.budget_per_token), Budget(settings.budget_per_tenant)),
        Admission.over(settings.in_flight or connections, settings.waiting_per_token),
        load_trusted(settings.trusted_documents, only=settings.trusted_only),
        lambda: house.blocks.reasons,
        seconds=settings.operation_milliseconds / 1_000,
        slow_seconds=settings.slow_milliseconds / 1_000,
        tells_cost=settings.cost_in_answers,
        wrong_tokens=Budget(settings.wrong_tokens),
    )


def doors_of(house: House, clock: Clock) -> Doors:
    """Return the engine's doors to authority, the read log and the plugins' health."""
    from yuanluo_graphql.engine import Doors

    authority = Authority(house.database, house.rules)

    async def authenticate(token: str) -> Viewer:
        try:
            return await authority.viewer_of(token, clock())
        except Unauthenticated as error:
            problem = Problem(error.stable_code, error.zh, error.en)
            raise RequestError(problem, status=401, headers=(("www-authenticate", "Bearer"),)) from None

    async def log(viewer: Viewer, reads: Sequence[SensitiveRead], request_id: str) -> None:
        await write_read_log(house.database, viewer, reads, request_id, clock())

    def plugins() -> Sequence[PluginInfo]:
        return plugin_infos(house.plugins)

    async def perform(viewer: Viewer, asked: Asked) -> Receipt:
        context = CommandContext(house, viewer, asked.tenant, clock, on_behalf_of=asked.on_behalf_of)
        return await run_command(asked.mutation.command, context, asked.given, key=asked.key, revision=asked.revision)

    return Doors(
        authenticate,
        log,
        authority.knows,
        plugins,
        house.plugins.report,
        house.plugins.recovered,
        services={RULES: house.rules},
        decide=house.rules.may,
        perform=perform,
        now=clock,
    )


async def write_read_log(
    database: Database, viewer: Viewer, reads: Sequence[SensitiveRead], request_id: str, now: dt.datetime
) -> None:
    """Log sensitive rows that a GraphQL answer shows, one entry per courtyard and type."""
    grouped: dict[tuple[int, str], list[uuid.UUID]] = {}
    for read in reads:
        grouped.setdefault((read.tenant, read.type_name), []).append(uuid.UUID(read.row))
    logged = [LoggedRead(tenant, name, "*", ids) for (tenant, name), ids in grouped.items()]
    await log_reads(database, viewer, logged, purpose=f"graphql {request_id}", now=now)


def plugin_infos(plugins: Plugins) -> list[PluginInfo]:
    """Return what `plugins` and health show of each plugin.

    Of an error only its class is shown: health is for everybody, and a message may quote personal data.
    """
    from yuanluo_graphql.engine import PluginInfo

    problems: dict[str, str] = {}
    for failure in plugins.failures:
        problems[failure.plugin] = f"{failure.hook}: {failure.error.partition(':')[0]}"
    return [
        PluginInfo(name, about.version, f"{about.zh}: {about.en}", name not in problems, problems.get(name))
        for name in plugins.names
        for about in (plugins.about(name),)
    ]


def migration_sources(plugins: Plugins) -> list[Source]:
    """Return the floors and plugins as the migrator sees them; a module that is no package has no files."""
    found = [Source("tenants", _folder(yuanluo_tenants)), Source("core", _folder(yuanluo), ("tenants",))]
    for name in plugins.names:
        if name != CORE:
            needs = tuple(each for each in plugins.about(name).requires if each != "yuanluo")
            found.append(Source(name, _folder(plugins.module(name)), ("core", *needs)))
    return found


def refuse_key_for_show(house: House, settings: Settings) -> None:
    """Refuse to serve a district with the key that `yuanluo demo` or development made beside the database."""
    if settings.environment == "production" and house.keys.is_for_show:
        raise ConfigurationError(
            "部署密钥由演示或开发环境在数据库旁生成,不得用于生产:请用 yuanluo key 生成密钥并另行保管;"
            "如只是演示,请设置 YUANLUO_ENVIRONMENT=demo。",
            "the deployment key was made beside the database, for a demo or for development, and must not serve in"
            " production: make one with `yuanluo key` and keep it apart, or set YUANLUO_ENVIRONMENT=demo if this is a"
            " demo.",
        )


async def require_ready(house: House) -> None:
    """Refuse an open database while migrations are pending, or one that was written under another key."""
    waiting = await pending(house.database, house.registry, migration_sources(house.plugins))
    if waiting:
        names = [f"{each.plugin} {each.number:04}_{each.name}" for each in waiting]
        raise ConfigurationError(
            f"有未执行的迁移({'、'.join(names)}),请先运行 yuanluo migrate。",
            f"migrations are pending ({', '.join(names)}); run `yuanluo migrate` first.",
        )
    await require_key(house.database, house.keys, house.registry)


async def absent_plugins(house: House, source: Database | OwnerConnection) -> list[str]:
    """Return a line for each plugin that is not installed but has tables in the database."""
    left = await absent(source, house.registry, migration_sources(house.plugins))
    return [
        f"插件 {plugin} 未安装,其数据仍在表 {'、'.join(tables)} 中;重新安装并运行 yuanluo migrate 即可恢复使用。 "
        f"plugin {plugin} is not installed, its rows are still in {', '.join(tables)};"
        " install it again and run `yuanluo migrate` to have them back."
        for plugin, tables in left.items()
        if tables
    ]


def _folder(module: object) -> Path | None:
    paths = getattr(module, "__path__", None)
    return Path(next(iter(paths))) / "migrations" if paths else None
