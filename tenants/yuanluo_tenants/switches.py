"""Which plugins a tenant has switched off: a row in `plugin_switch` means off, no row means on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from yuanluo_tenants.columns import Code, Moment, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import require_scope, scoped
from yuanluo_tenants.tables import TenantTable

__all__ = ["PluginSwitch", "Switches"]


class PluginSwitch(
    TenantTable,
    zh="插件停用",
    en="a plugin switched off at a node",
    natural_key=["plugin"],
    unique=[["plugin"]],
    exposed=False,
):
    """One row per tenant and plugin that is switched off; the plugin's data stays."""

    plugin = Code("插件", "plugin")
    off_since = Moment("停用时间", "when it was switched off")
    off_by = Text("停用人", "who switched it off", null=True)


class Switches:
    """Answers whether a plugin is on at a tenant; the answers are kept until a switch is turned here.

    Another process's switch is seen after `forget()`, which the server calls once a second.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._off: dict[int, frozenset[str]] = {}

    def forget(self) -> None:
        """Drop the kept answers."""
        self._off.clear()

    async def off(self, tenant: int) -> frozenset[str]:
        """Return the plugins switched off at `tenant`."""
        found = self._off.get(tenant)
        if found is None:
            with scoped(tenant):
                rows = await self._database.fetch("SELECT plugin FROM plugin_switch")
            found = frozenset(row["plugin"] for row in rows)
            if not self._database.in_transaction():  # which may yet be rolled back
                self._off[tenant] = found
        return found

    async def enabled(self, tenant: int, plugin: str) -> bool:
        """Whether `plugin` is on at `tenant`; on unless switched off."""
        return plugin not in await self.off(tenant)

    async def turn_off(self, tenant: int, plugins: Iterable[str], now: dt.datetime, by: str | None = None) -> None:
        """Switch `plugins` off at `tenant`, which must be in scope; those already off stay as they are."""
        require_scope("plugin_switch")
        already = await self._fresh(tenant)
        await self._database.insert_rows(
            PluginSwitch,
            [
                {"tenant_id": tenant, "plugin": plugin, "off_since": now, "off_by": by}
                for plugin in dict.fromkeys(plugins)
                if plugin not in already
            ],
        )
        self._off.pop(tenant, None)

    async def turn_on(self, tenant: int, plugins: Iterable[str]) -> None:
        """Switch `plugins` on again at `tenant`, which must be in scope."""
        require_scope("plugin_switch")
        for plugin in plugins:
            await PluginSwitch.delete().where((PluginSwitch.tenant_id == tenant) & (PluginSwitch.plugin == plugin))
        self._off.pop(tenant, None)

    async def _fresh(self, tenant: int) -> frozenset[str]:
        self._off.pop(tenant, None)
        return await self.off(tenant)
