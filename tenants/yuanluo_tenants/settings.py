"""The settings of a deployment: environment variables `YUANLUO_...`, read once at start.

`load_settings()` reads them; `settings_markdown()` writes `docs/settings.md`. The values are converted by msgspec,
which the server has anyway: a library for its first second would stay in memory for good.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from yuanluo_tenants.crypto import Keyring, create_key_file, decode_key, read_key_file
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import ConfigurationError

__all__ = ["Environment", "LogLevel", "Secret", "Settings", "database_from", "load_settings", "settings_markdown"]

Environment = Literal["production", "demo", "development", "test"]
LogLevel = Literal["debug", "info", "warning", "error"]
Synchronous = Literal["FULL", "NORMAL", "OFF"]
Count = Annotated[int, Meta(ge=1, le=10**9)]
Days = Annotated[int, Meta(ge=1, le=36_525)]

_PREFIX: Final = "YUANLUO_"
_SHORTEST_TOKEN: Final = 16
_FLAGS: Final = {"yes": True, "y": True, "on": True, "t": True, "no": False, "n": False, "off": False, "f": False}
"""What stands for a flag beside `true`, `false`, `1` and `0`."""


class Secret:
    """A text that is shown to nobody who did not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        """Return the text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Return whether the other is a secret of the same text."""
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        """Return the text's hash."""
        return hash(self._text)

    def __repr__(self) -> str:
        """Return stars."""
        return "Secret('**********')"


def setting(*, default: Any, description: str) -> Any:
    """Declare a setting: its value where the environment gives none, and what it means."""
    return dataclasses.field(default=default, metadata={"description": description})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between deployments; frozen after the start."""

    environment: Environment = setting(
        default="production",
        description="What the deployment is for. `production` and `test` never make a key by themselves; `demo` and "
        "`development` make one beside the data when none is given, which no server in `production` takes.",
    )
    home: Path = setting(
        default=Path("./yuanluo-data"),
        description="Folder of the deployment's files: the SQLite file, the key file, exports and signed heads.",
    )
    database_url: Secret | None = setting(
        default=None,
        description="`sqlite:///path/to/file.db` or `postgresql://user:password@host/name`, the latter as a plain "
        "role that row-level security binds. Empty: the file `yuanluo.db` in `home`.",
    )
    owner_url: Secret | None = setting(
        default=None,
        description="PostgreSQL only: the owner of the tables, for migrations. The server does not need it.",
    )
    listen_url: Secret | None = setting(
        default=None,
        description="PostgreSQL only: where subscriptions LISTEN, if `database_url` is a pooler in transaction mode, "
        "which cannot.",
    )
    secret_key: Secret | None = setting(
        default=None,
        description="The deployment key, base64 of 32 bytes (`yuanluo key` prints one). For several versions use "
        "`key_file`.",
    )
    key_file: Path | None = setting(
        default=None,
        description="File of `version:base64` lines, newest first, readable by its owner alone. Empty: "
        "`deployment.key` in `home`, if it exists. Without the key sealed values are lost: keep a copy apart "
        "from the database's.",
    )
    synchronous: Synchronous = setting(
        default="FULL",
        description="SQLite's synchronous mode. `FULL` loses nothing acknowledged; `NORMAL` is several times faster "
        "at writing and may lose the last commits at power loss; `OFF` is for tests.",
    )
    sqlite_readers: Count = setting(
        default=3, description="SQLite: reader threads at most, each with a connection; the first is started at once."
    )
    busy_milliseconds: Count = setting(
        default=10_000, description="SQLite: how long a write waits for another process's transaction."
    )
    pool_min: Annotated[int, Meta(ge=0)] = setting(default=2, description="PostgreSQL: connections held open at least.")
    pool_max: Count = setting(default=10, description="PostgreSQL: connections at most.")
    statement_cache: Annotated[int, Meta(ge=0)] = setting(
        default=512,
        description="PostgreSQL: kB of SQL kept prepared per connection, for each of which the server holds some "
        "0.2 MB; 0 behind a pooler in transaction mode.",
    )
    statement_milliseconds: Count = setting(default=30_000, description="A statement that runs longer is stopped.")
    page_size: Count = setting(default=50, description="Rows of a connection when the query names no `first`.")
    page_size_max: Count = setting(default=200, description="The largest `first` a query may name.")
    stats_groups: Count = setting(default=100, description="Groups of statistics when the query names no `limit`.")
    stats_groups_max: Count = setting(default=2_000, description="The largest `limit` of groups a query may name.")
    min_cell: Annotated[int, Meta(ge=5)] = setting(
        default=5,
        description="kpi.min_cell: the smallest number that statistics and indicators tell of rows above the viewer's "
        "class; smaller ones are withheld.",
    )
    max_depth: Count = setting(default=20, description="The deepest admitted GraphQL selection.")
    max_tokens: Count = setting(default=5_000, description="The longest admitted GraphQL document, in tokens.")
    max_cost: Count = setting(
        default=500_000, description="The dearest admitted GraphQL query: values its answer may hold."
    )
    max_aliases: Count = setting(default=200, description="Aliases admitted in a GraphQL document.")
    max_directives: Count = setting(default=200, description="Directives admitted in a GraphQL document.")
    max_body_bytes: Count = setting(default=1_000_000, description="The largest admitted request body.")
    max_variables_bytes: Count = setting(default=500_000, description="The longest admitted `variables` of a request.")
    max_variables: Count = setting(default=100, description="Variables admitted in a request.")
    max_variables_depth: Count = setting(default=20, description="How deep lists and objects in `variables` may nest.")
    plan_cache: Count = setting(
        default=32, description="MB of compiled GraphQL operations kept in memory, with their documents."
    )

    operation_milliseconds: Count = setting(
        default=10_000,
        description="A GraphQL operation that takes longer is stopped, and its statement cancelled in the database.",
    )
    slow_milliseconds: Annotated[int, Meta(ge=0)] = setting(
        default=1_000,
        description="GraphQL operations that take longer are logged with the hash of their document; 0 logs none.",
    )
    budget_per_token: Annotated[int, Meta(ge=0)] = setting(
        default=6_000_000,
        description="Cost that one token, or one address without a token, may use per minute; 0 is without bound. "
        "A sixth of it may be used at once. Counted by each server process for itself.",
    )
    budget_per_tenant: Annotated[int, Meta(ge=0)] = setting(
        default=20_000_000,
        description="Cost that all tokens of one node of the tree may use together per minute; 0 is without bound.",
    )
    wrong_tokens: Annotated[int, Meta(ge=0)] = setting(
        default=120,
        description="Wrong bearer tokens that one address may send per minute, a sixth of them at once; then 429 "
        "answers any token that this process has not seen hold, without a look into the database. 0 is without bound.",
    )
    in_flight: Annotated[int, Meta(ge=0)] = setting(
        default=0,
        description="GraphQL operations that run at the same time in one process; 0: as many as there are database "
        "connections (`pool_max`, `sqlite_readers`). One token runs a third of them, one node of the tree two thirds.",
    )
    waiting_per_token: Count = setting(
        default=50, description="GraphQL operations of one token that may wait for their turn; further ones get 429."
    )
    cost_in_answers: bool = setting(
        default=True, description="Whether answers tell the cost of their operation in `extensions.cost`."
    )
    trusted_documents: Path | None = setting(
        default=None,
        description="Trusted documents: a folder of `.graphql` files and JSON manifests, or one manifest. They are "
        "validated at start and may be asked for by their id.",
    )
    trusted_only: bool = setting(
        default=False, description="Whether nothing but trusted documents is executed, for every token."
    )
    live_init_seconds: Count = setting(
        default=10, description="A WebSocket that has not been acknowledged by then is closed with 4408."
    )
    live_check_seconds: Count = setting(
        default=10,
        description="How often the tokens behind running subscriptions are looked up again, beside every event.",
    )
    live_keepalive_seconds: Count = setting(
        default=20, description="How often a quiet WebSocket is pinged and a quiet event stream gets a comment."
    )
    live_queue: Count = setting(
        default=200, description="Events that may wait for one slow subscriber before its subscription is ended."
    )
    live_replay: Annotated[int, Meta(ge=0)] = setting(
        default=1_000, description="Records that a subscription with `after` may catch up with."
    )
    live_operations: Count = setting(default=50, description="Operations that may run at once on one WebSocket.")
    live_sockets: Count = setting(
        default=2_000,
        description="WebSockets and event streams that one token, or one address without a token, may hold in one "
        "process.",
    )

    introspection: bool = setting(default=True, description="Whether the schema may be asked for by GraphQL.")
    suggestions: bool = setting(
        default=True,
        description="Whether errors suggest names of the schema (`Did you mean`); never where `introspection` is off.",
    )
    graphiql: bool = setting(default=False, description="Whether `/graphql` serves the query editor to browsers.")
    host: str = setting(default="127.0.0.1", description="Address the server listens on.")
    port: Annotated[int, Meta(ge=1, le=65_535)] = setting(default=8000, description="Port the server listens on.")
    workers: Count = setting(default=1, description="Server processes; more than one needs PostgreSQL.")
    allowed_hosts: tuple[str, ...] = setting(
        default=(),
        description="Host names the server answers to, as a JSON list, on any port; `*.example.org` admits every name"
        " below it. Empty admits every name.",
    )
    cors_origins: tuple[str, ...] = setting(
        default=(),
        description="Origins of browser pages that may call the API, as a JSON list such as"
        ' `["https://board.example.org"]`; tokens are sent in a header, cookies are not used.',
    )
    request_log: bool = setting(
        default=False,
        description="Whether each HTTP request is told in a line of JSON on standard output: what was asked by its "
        "hash, what it cost, how it ended; no text, name, variable, address or token.",
    )
    metrics_token: Secret | None = setting(
        default=None,
        description="Bearer token, of 16 characters at least, with which Prometheus reads `/metrics`. Empty: there is "
        "no `/metrics`.",
    )
    log_level: LogLevel = setting(default="info", description="The least severe messages that are logged.")

    webhooks: bool = setting(
        default=True,
        description="Whether the server delivers webhooks. Off where `yuanluo webhooks run` does so by itself.",
    )
    webhook_poll_milliseconds: Count = setting(
        default=1_000, description="Webhooks: how often to look for what other processes filed."
    )
    webhook_timeout_seconds: Count = setting(
        default=10, description="Webhooks: how long a receiver may take to answer."
    )
    webhook_concurrency: Count = setting(
        default=4, description="Webhooks: courtyards delivered at once to one endpoint."
    )
    webhook_retry_seconds: Count = setting(
        default=5, description="Webhooks: how long to wait after the first refusal; doubled with each further one."
    )
    webhook_retry_max_seconds: Count = setting(
        default=14_400, description="Webhooks: the longest wait between attempts."
    )
    webhook_give_up_hours: Count = setting(
        default=72, description="Webhooks: after so long without an answer the delivery is given up, and filed as such."
    )
    webhook_log_days: Days = setting(default=30, description="Webhooks: days for which attempts are kept in the log.")
    webhook_insecure: bool = setting(
        default=False, description="Webhooks: whether `http://` is admitted, for development."
    )
    webhook_networks: tuple[str, ...] = setting(
        default=(),
        description="Webhooks: networks that are admitted although they are not public, as a JSON list such as "
        '`["10.20.0.0/16"]`. Every other private, loopback or link-local address is refused.',
    )
    webhook_ca_file: Path | None = setting(
        default=None, description="Webhooks: certificates of the authorities to trust. Empty: the system's."
    )

    def __post_init__(self) -> None:
        """Refuse settings that do not fit each other, by ConfigurationError."""
        for name in ("database_url", "owner_url", "listen_url"):
            _check_url(name, getattr(self, name))
        for each in self.webhook_networks:
            try:
                ipaddress.ip_network(each)
            except ValueError as error:
                raise _wrong(
                    f"YUANLUO_WEBHOOK_NETWORKS 中的 {each} 不是网段", f"YUANLUO_WEBHOOK_NETWORKS: {error}"
                ) from None
        for low, high in (
            ("page_size", "page_size_max"),
            ("stats_groups", "stats_groups_max"),
            ("pool_min", "pool_max"),
        ):
            if getattr(self, low) > getattr(self, high):
                names = _variable(low), _variable(high)
                raise _wrong(f"{names[0]} 不能大于 {names[1]}", f"{names[0]} must not exceed {names[1]}")
        if self.webhook_give_up_hours > self.webhook_log_days * 24:
            raise _wrong(
                "YUANLUO_WEBHOOK_LOG_DAYS 不能短于 YUANLUO_WEBHOOK_GIVE_UP_HOURS",
                "YUANLUO_WEBHOOK_LOG_DAYS must not end before YUANLUO_WEBHOOK_GIVE_UP_HOURS",
            )
        if self.workers > 1 and self.is_sqlite:
            raise _wrong(
                "YUANLUO_WORKERS 大于 1 须使用 PostgreSQL(YUANLUO_DATABASE_URL)",
                "YUANLUO_WORKERS above 1 need PostgreSQL (YUANLUO_DATABASE_URL)",
            )
        if self.metrics_token is not None and len(self.metrics_token.get_secret_value()) < _SHORTEST_TOKEN:
            raise _wrong(
                f"YUANLUO_METRICS_TOKEN 至少须有 {_SHORTEST_TOKEN} 个字符",
                f"YUANLUO_METRICS_TOKEN must have {_SHORTEST_TOKEN} characters at least",
            )
        if self.trusted_only and self.trusted_documents is None:
            raise _wrong(
                "启用 YUANLUO_TRUSTED_ONLY 须设置 YUANLUO_TRUSTED_DOCUMENTS",
                "YUANLUO_TRUSTED_ONLY needs YUANLUO_TRUSTED_DOCUMENTS",
            )
        if self.secret_key is not None and self.key_file is not None:
            raise _wrong(
                "YUANLUO_SECRET_KEY 与 YUANLUO_KEY_FILE 只能设置一个",
                "give YUANLUO_SECRET_KEY or YUANLUO_KEY_FILE, not both",
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether the data stands in an SQLite file."""
        return self.database_url is None or self.database_url.get_secret_value().startswith("sqlite:")

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file."""
        if self.database_url is None:
            return self.home / "yuanluo.db"
        return Path(self.database_url.get_secret_value().removeprefix("sqlite:///"))

    @property
    def database_told(self) -> str:
        """Where the data stands, without who logs in and by which password."""
        if self.database_url is None or self.is_sqlite:
            return f"SQLite {self.sqlite_path}"
        parts = urlsplit(self.database_url.get_secret_value())
        return f"PostgreSQL {parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def key_path(self) -> Path:
        """The key file, which need not exist."""
        return self.key_file if self.key_file is not None else self.home / "deployment.key"

    @property
    def has_key(self) -> bool:
        """Whether a deployment key is given; where not, none is made by asking."""
        return self.secret_key is not None or self.key_path.exists()

    @cached_property
    def keyring(self) -> Keyring:
        """The deployment's keys; raise ConfigurationError where there are none and none may be made."""
        if self.secret_key is not None:
            return Keyring.single(decode_key(self.secret_key.get_secret_value()))
        if self.key_path.exists():
            return read_key_file(self.key_path)
        if self.environment in ("demo", "development"):
            return create_key_file(self.key_path)
        raise ConfigurationError(
            f"未提供部署密钥:请设置 YUANLUO_SECRET_KEY,或将密钥文件放在 {self.key_path}(yuanluo key 可生成)。",
            f"there is no deployment key: set YUANLUO_SECRET_KEY or put a key file at {self.key_path} "
            "(`yuanluo key` makes one).",
        )


def _check_url(name: str, given: Secret | None) -> None:
    if given is None:
        return
    url = given.get_secret_value()
    is_file = url.startswith("sqlite:///") and len(url) > len("sqlite:///")
    try:
        is_server = urlsplit(url).scheme in ("postgresql", "postgres") and bool(urlsplit(url).username)
    except ValueError:
        is_server = False
    if not (is_file or is_server):
        raise _wrong(
            f"{_variable(name)} 应为 sqlite:///路径 或 postgresql://用户@主机/库名",
            f"{_variable(name)}: must be sqlite:///path or postgresql://user@host/name",
        )


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _wrong(zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(f"设置有误:{zh}。", f"wrong settings: {en}.")


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; raise ConfigurationError naming each wrong one."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, given in {**_from_environment(os.environ), **overrides}.items():
        try:
            values[name] = _converted(name, given)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            wrong.append(f"{_variable(name)}: {error}")
    if wrong:
        found = "; ".join(wrong)
        raise _wrong(f"{found};yuanluo settings 列出各项含义", f"{found}; `yuanluo settings` tells what each means")
    return Settings(**values)


@cache
def _types() -> Mapping[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that the environment gives; an empty one is as none.

    Other variables may begin like ours; one that is nearly the name of a setting is taken for a slip and refused.
    """
    known = {_variable(each.name): each.name for each in dataclasses.fields(Settings)}
    given = {name.upper(): value for name, value in environment.items() if value and name.upper().startswith(_PREFIX)}
    for name in given.keys() - known.keys():
        if near := _nearest(name, known):
            raise _wrong(f"没有设置项 {name},可能应为 {near}", f"there is no setting {name}; perhaps {near} is meant")
    return {known[name]: value for name, value in given.items() if name in known}


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the variable that `name` seems to be a slip of, or None."""
    from difflib import get_close_matches

    bare = {each.removeprefix(_PREFIX): each for each in known}
    near = get_close_matches(name.removeprefix(_PREFIX), bare, 1, cutoff=0.85)
    return bare[near[0]] if near else None


def _converted(name: str, given: Any) -> Any:
    wanted = _types().get(name)
    if wanted is None:
        raise msgspec.ValidationError("there is no such setting")
    if isinstance(given, str):
        if get_origin(wanted) is tuple:
            try:
                given = msgspec.json.decode(given)
            except msgspec.DecodeError:
                raise msgspec.ValidationError('Expected a JSON list such as ["a", "b"]') from None
        elif wanted is bool:
            given = _FLAGS.get(given.lower(), given)
    return msgspec.convert(given, wanted, strict=False, dec_hook=_made)


def _made(wanted: type, given: Any) -> Any:
    if isinstance(given, str):
        return wanted(given)
    if not isinstance(given, wanted):
        raise ValueError(f"expected a text or a {wanted.__name__}")  # msgspec tells of no other error
    return given


def database_from(settings: Settings) -> Database:
    """Return the database that the settings name, not yet open; the other engine's library is not loaded."""
    if settings.is_sqlite:
        from yuanluo_tenants.engine_sqlite import SqliteDatabase

        return SqliteDatabase(
            settings.sqlite_path,
            readers=settings.sqlite_readers,
            synchronous=settings.synchronous,
            busy_milliseconds=settings.busy_milliseconds,
            statement_milliseconds=settings.statement_milliseconds,
        )
    url, owner, listen = settings.database_url, settings.owner_url, settings.listen_url
    if url is None:
        raise ConfigurationError("未设置数据库地址。", "no database URL is set.")
    from yuanluo_tenants.engine_postgres import PostgresDatabase

    return PostgresDatabase(
        url.get_secret_value(),
        owner_url=owner.get_secret_value() if owner is not None else None,
        listen_url=listen.get_secret_value() if listen is not None else None,
        min_size=settings.pool_min,
        max_size=settings.pool_max,
        statement_cache=settings.statement_cache,
        statement_milliseconds=settings.statement_milliseconds,
    )


def settings_markdown() -> str:
    """Return `docs/settings.md`: every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Each setting is an environment variable, read once at start. Lists are JSON. A wrong value, or a name that is",
        "nearly a setting's, stops the start and names the variable. This page is generated from",
        "`yuanluo_tenants/settings.py`.",
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    for each in dataclasses.fields(Settings):
        default = each.default
        shown = "" if default in (None, ()) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        admitted = [value for value in get_args(_types()[each.name]) if isinstance(value, str)]
        choices = f" One of {', '.join(f'`{value}`' for value in admitted)}." if admitted else ""
        lines.append(f"| `{_PREFIX}{each.name.upper()}` | {shown} | {each.metadata['description']}{choices} |")
    return "\n".join(lines) + "\n"
