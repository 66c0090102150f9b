"""Finding, checking and calling plugins.

Plugins are loaded one by one in name order; one that cannot be imported, has an unknown hook or argument, wants
something that is not there or collides with another stops the start with a `PluginError` that names it. What a
plugin does wrong later, at run time, is isolated: `call` records who failed and goes on with the others.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Final, cast

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from yuanluo import hookspecs
from yuanluo_tenants.errors import PluginError

__all__ = ["CORE", "GROUP", "Failure", "PluginAbout", "Plugins"]

CORE: Final = "core"
"""The name under which core brings its own tables, commands and importers."""

GROUP: Final = "yuanluo.plugins"
"""The entry point group in which plugins are found."""

_RESERVED: Final = frozenset({"tenants", "yuanluo"})

_log = logging.getLogger("yuanluo.plugins")


@dataclass(frozen=True, slots=True)
class PluginAbout:
    """What a plugin is called and what it requires.

    `requires` maps plugin names to version specifiers; `yuanluo` is the house itself: `{"yuanluo": ">=0.1"}`.
    """

    zh: str
    en: str
    version: str = "0"
    requires: Mapping[str, str] = field(default_factory=lambda: {})


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that failed at run time: which hook, which error; the traceback stays in the log."""

    plugin: str
    hook: str
    error: str


class Plugins:
    """The loaded plugins, core first, then by name."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("yuanluo")
        self._manager.add_hookspecs(hookspecs)
        self._abouts: dict[str, PluginAbout] = {}
        self._subsets: dict[tuple[str, frozenset[str]], tuple[pluggy.HookImpl, ...]] = {}
        self._failures: dict[tuple[str, str], Failure] = {}

    @classmethod
    def load(cls, extra: Mapping[str, object] | None = None, *, entry_points: bool = True) -> Plugins:
        """Load core, the installed plugins and `extra` ones by name; raise PluginError naming the first bad one."""
        from yuanluo import core_plugin

        plugins = cls()
        plugins._register(CORE, core_plugin, yuanluo_version())
        found: dict[str, tuple[object, str]] = {name: (each, "0") for name, each in (extra or {}).items()}
        if entry_points:
            for point in sorted(metadata.entry_points(group=GROUP), key=lambda each: each.name):
                if point.name in found:
                    raise PluginError(point.name, "名称重复。", "another plugin has the same name.")
                found[point.name] = (_import(point), point.dist.version if point.dist else "0")
        for name in sorted(found):
            plugins._register(name, *found[name])
        plugins._check_requirements()
        return plugins

    def _register(self, name: str, plugin: object, version: str) -> None:
        if name in self._abouts or name in _RESERVED:
            raise PluginError(name, "名称重复。", "another plugin has the same name.")
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(name, f"插件不合规范:{error}", str(error)) from error
        default = PluginAbout(name, name, version)
        said = [self._start(name, impl) for impl in self._impls("about") if impl.plugin_name == name]
        if said and not isinstance(said[0], PluginAbout):
            raise PluginError(name, "about() 须返回 PluginAbout。", "about() must return a PluginAbout.")
        about = said[0] if said else default
        self._abouts[name] = about if about.version != "0" else _with_version(about, version)

    def _check_requirements(self) -> None:
        versions = {name: about.version for name, about in self._abouts.items()}
        versions["yuanluo"] = yuanluo_version()
        for name, about in self._abouts.items():
            for needed, specifier in about.requires.items():
                version = versions.get(needed)
                if version is None:
                    raise PluginError(
                        name, f"需要插件 {needed},但未安装。", f"it requires {needed}, which is not there."
                    )
                if not _fits(name, version, specifier):
                    raise PluginError(
                        name,
                        f"需要 {needed} {specifier},现有 {version}。",
                        f"it requires {needed} {specifier}, but {version} is there.",
                    )

    @property
    def names(self) -> tuple[str, ...]:
        """Every plugin's name, core first, then in name order."""
        return tuple(self._abouts)

    def about(self, name: str) -> PluginAbout:
        """Return what the plugin `name` says of itself; KeyError if there is none."""
        return self._abouts[name]

    def module(self, name: str) -> object:
        """Return the module or object that the plugin `name` is; KeyError if there is none."""
        plugin: object | None = self._manager.get_plugin(name)
        if plugin is None:
            raise KeyError(name)
        return plugin

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What failed at run time, the last error of each plugin and hook; health shows it."""
        return tuple(self._failures.values())

    # calling ------------------------------------------------------------------------------------------------

    def collect(self, hook: str, *kinds: type) -> list[tuple[str, Any]]:
        """Call a start-up hook; return `(plugin, item)` for every item returned, core's first.

        An implementation that raises, or returns no sequence, or an item that is none of `kinds`, stops the start.
        """
        collected: list[tuple[str, Any]] = []
        for impl in self._impls(hook):
            items = self._start(impl.plugin_name, impl)
            if isinstance(items, str) or not isinstance(items, Sequence):
                raise PluginError(
                    impl.plugin_name, f"{hook}() 须返回列表。", f"{hook}() must return a sequence, not {items!r}."
                )
            for item in cast("Sequence[Any]", items):
                if not isinstance(item, kinds or object):
                    wanted = "、".join(kind.__name__ for kind in kinds)
                    raise PluginError(
                        impl.plugin_name,
                        f"{hook}() 返回了 {item!r},须为 {wanted}。",
                        f"{hook}() returned {item!r}, which is no {wanted.replace('、', ' or ')}.",
                    )
                collected.append((impl.plugin_name, item))
        return collected

    async def call(
        self, hook: str, arguments: Mapping[str, Any], *, enabled: frozenset[str] | None = None
    ) -> list[tuple[str, Any]]:
        """Call a run-time hook of the enabled plugins one after the other; return `(plugin, result)`.

        A plugin that raises is left out, logged and shown in `failures`; the others still run.
        """
        results: list[tuple[str, Any]] = []
        for impl in self._enabled(hook, enabled):
            try:
                answer = _apply(impl, arguments)
                if inspect.isawaitable(answer):
                    answer = await answer
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a plugin raises is isolated, logged and shown
                self.report(impl.plugin_name, hook, error)
                continue
            self.recovered(impl.plugin_name, hook)
            results.append((impl.plugin_name, answer))
        return results

    def add_commands(self, app: Any) -> None:
        """Let every plugin add commands to the command line `app`; raise PluginError for one that fails."""
        for impl in self._impls("cli"):
            try:
                _apply(impl, {"app": app})
            except Exception as error:
                raise PluginError(impl.plugin_name, f"cli() 出错:{error}", f"cli() failed: {error}") from error

    def report(self, plugin: str, hook: str, error: BaseException) -> None:
        """Record that `plugin` failed at run time in `hook` (a hook's or a field's name)."""
        _log.error("plugin %s failed in %s", plugin, hook, exc_info=error)
        self._failures[plugin, hook] = Failure(plugin, hook, f"{type(error).__name__}: {error}")

    def recovered(self, plugin: str, hook: str) -> None:
        """Forget a failure after the same call succeeded."""
        self._failures.pop((plugin, hook), None)

    def _enabled(self, hook: str, enabled: frozenset[str] | None) -> tuple[pluggy.HookImpl, ...]:
        if enabled is None:
            return self._impls(hook)
        key = (hook, enabled)
        if key not in self._subsets:
            off = [self._manager.get_plugin(name) for name in self.names if name not in enabled]
            caller = self._manager.subset_hook_caller(hook, [each for each in off if each is not None])
            self._subsets[key] = self._sorted(caller.get_hookimpls())
        return self._subsets[key]

    def _impls(self, hook: str) -> tuple[pluggy.HookImpl, ...]:
        return self._sorted(getattr(self._manager.hook, hook).get_hookimpls())

    def _sorted(self, impls: Iterable[pluggy.HookImpl]) -> tuple[pluggy.HookImpl, ...]:
        return tuple(sorted(impls, key=lambda impl: (impl.plugin_name != CORE, impl.plugin_name)))

    def _start(self, name: str, impl: pluggy.HookImpl) -> Any:
        try:
            return impl.function()
        except Exception as error:
            raise PluginError(
                name,
                f"{impl.function.__name__}() 启动时出错:{error}",
                f"{impl.function.__name__}() failed at start: {type(error).__name__}: {error}",
            ) from error


def _apply(impl: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
    return impl.function(*(arguments[name] for name in impl.argnames))


def _import(point: metadata.EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        raise PluginError(
            point.name,
            f"无法导入 {point.value}:{error}",
            f"{point.value} cannot be imported: {type(error).__name__}: {error}",
        ) from error


def _with_version(about: PluginAbout, version: str) -> PluginAbout:
    return PluginAbout(about.zh, about.en, version, about.requires)


def _fits(name: str, version: str, specifier: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise PluginError(name, f"版本要求无效:{error}", f"invalid version or specifier: {error}") from error


def yuanluo_version() -> str:
    """Return the version of the installed distribution."""
    return metadata.version("yuanluo")
