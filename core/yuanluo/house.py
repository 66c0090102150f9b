"""One deployment, put together: database, keys, and what core and the plugins brought."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yuanluo.authority import Rules
from yuanluo.blocking import Blocks
from yuanluo.composition import Composition
from yuanluo.plugins import CORE, Plugins
from yuanluo.webhooks.policy import WebhookPolicy
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.settings import Settings, database_from
from yuanluo_tenants.switches import Switches

__all__ = ["House"]


@dataclass(frozen=True, slots=True)
class House:
    """What every command and request of one deployment shares."""

    database: Database
    keys: Keyring
    plugins: Plugins
    composition: Composition
    webhooks: WebhookPolicy = WebhookPolicy()
    listeners: list[Callable[[int], None]] = field(default_factory=lambda: [], compare=False)
    """Told the node's number after each commit of a command in this process; a hint, which may be lost."""
    switches: Switches = field(init=False)
    blocks: Blocks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "switches", Switches(self.database))
        object.__setattr__(self, "blocks", Blocks(self.database))

    @classmethod
    def build(cls, database: Database, keys: Keyring, plugins: Plugins, webhooks: WebhookPolicy | None = None) -> House:
        """Compose the plugins and bind their tables to `database`; raise PluginError if they do not fit."""
        composition = Composition.of(plugins)
        database.bind(composition.registry)
        return cls(database, keys, plugins, composition, webhooks or WebhookPolicy())

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, plugins: Plugins | None = None) -> AsyncGenerator[House]:
        """Open the deployment that `settings` name, with the installed plugins, and close it again."""
        policy = WebhookPolicy.of(settings)
        house = cls.build(database_from(settings), settings.keyring, plugins or Plugins.load(), policy)
        await house.database.open()
        try:
            yield house
        finally:
            await house.database.close()

    def announce(self, tenant: int) -> None:
        """Tell the listeners that something was committed at `tenant`."""
        for listener in self.listeners:
            listener(tenant)

    @property
    def registry(self) -> Registry:
        """Every table of the house."""
        return self.composition.registry

    @property
    def rules(self) -> Rules:
        """Every action and role of the house."""
        return self.composition.rules

    async def is_enabled(self, tenant: int, plugin: str) -> bool:
        """Whether `plugin` is switched on at `tenant`; core always is."""
        return plugin == CORE or await self.switches.enabled(tenant, plugin)

    async def enabled(self, tenant: int) -> frozenset[str]:
        """Return the names of the plugins that are on at `tenant`, core's included."""
        return frozenset(self.plugins.names) - await self.switches.off(tenant) | {CORE}
