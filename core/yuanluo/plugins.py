"""Finding, checking and calling plugins.

Plugins are loaded one by one in name order; one that cannot be imported, has an unknown hook or argument, wants
something that is not there or collides with another stops the start with a `PluginError` that names it. What a
plugin does wrong later, at run time, is isolated: `call` records who failed and goes on with the others.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from yuanluo import hookspecs
from yuanluo.sheets.errors import RowFailed
from yuanluo.sheets.issues import hide_numbers
from yuanluo_tenants.errors import DeclarationError, IsolationError, PluginError, YuanluoError

__all__ = ["CORE", "GROUP", "Failure", "PluginAbout", "Plugins", "did_you_mean"]

CORE: Final = "core"
"""The name under which core brings its own tables, commands and importers."""

GROUP: Final = "yuanluo.plugins"
"""The entry point group in which plugins are found."""

_RESERVED: Final = frozenset({"tenants", "yuanluo"})

_HOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(inspect.signature(function).parameters)
    for name, function in vars(hookspecs).items()
    if hasattr(function, "yuanluo_spec")
}
"""Every hook and what it is given."""

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
        origins: dict[str, str] = {}
        if entry_points:
            for point in sorted(metadata.entry_points(group=GROUP), key=lambda each: each.name):
                origin = f"{point.dist.name} ({point.value})" if point.dist else point.value
                if point.name in found:
                    both = f"{origins[point.name]}, {origin}" if point.name in origins else origin
                    raise PluginError(
                        point.name,
                        f"名称重复:{both}。请卸载其一,或更改入口点的名称。",
                        f"another plugin has the same name: {both}; uninstall one, or rename its entry point.",
                    )
                origins[point.name] = origin
                found[point.name] = (_import(point), point.dist.version if point.dist else "0")
        for name in sorted(found):
            plugins._register(name, *found[name])
        plugins._check_requirements()
        return plugins

    def _register(self, name: str, plugin: object, version: str) -> None:
        if name in self._abouts or name in _RESERVED:
            raise PluginError(
                name,
                "名称已被平台占用,请更改入口点的名称。",
                "another plugin, or the house itself, has the same name; rename its entry point.",
            )
        self._check_hooks(name, plugin)
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

    def _check_hooks(self, name: str, plugin: object) -> None:
        """Refuse a hook that does not exist, takes what is not given, or was not marked."""
        for member in dir(plugin):
            said = self._manager.parse_hookimpl_opts(plugin, member)
            function: Any = getattr(plugin, member, None)
            if said is None:
                if member in _HOOKS and inspect.isfunction(function) and function.__module__ == _module_name(plugin):
                    raise PluginError(
                        name,
                        f"{member}() 与钩子同名,但没有标记 @yuanluo.hookimpl;请标记,或改名。",
                        f"{member}() bears the name of a hook but is not marked with @yuanluo.hookimpl;"
                        " mark it, or rename it.",
                    )
                continue
            hook = said.get("specname") or member
            if hook not in _HOOKS:
                zh, en = did_you_mean(hook, _HOOKS)
                raise PluginError(
                    name,
                    f"没有名为 {hook} 的钩子。{zh}现有:{'、'.join(_HOOKS)}。",
                    f"there is no hook {hook!r}.{en} There are {', '.join(_HOOKS)}.",
                )
            given = _HOOKS[hook]
            if unknown := [each for each in inspect.signature(function).parameters if each not in given]:
                zh, en = ("、".join(given), ", ".join(given)) if given else ("无", "nothing")
                raise PluginError(
                    name,
                    f"{hook}() 没有参数 {'、'.join(unknown)};可用参数:{zh}。",
                    f"{hook}() is not given {', '.join(unknown)}; it is given {en}.",
                )
            if hook == "demo_rows" and inspect.isfunction(function) and not inspect.iscoroutinefunction(function):
                raise PluginError(
                    name,
                    "demo_rows() 须为 async def,其中的写入须用 await。",
                    "demo_rows() must be `async def`, and await what it writes.",
                )

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

    @contextmanager
    def within(self, plugin: str, work: str) -> Generator[None]:
        """Turn what `plugin` raises in `work`, other than a refusal, into a PluginError that names the line."""
        try:
            yield
        except (DeclarationError, IsolationError) as error:
            raise self._failed(plugin, work, error) from error
        except YuanluoError:
            raise
        except RowFailed as failed:
            cause = failed.__cause__ or failed
            raise self._failed(plugin, work, cause, failed) from cause
        except Exception as error:
            raise self._failed(plugin, work, error) from error

    def _failed(self, plugin: str, work: str, error: BaseException, failed: RowFailed | None = None) -> PluginError:
        place = _place(error, getattr(self._manager.get_plugin(plugin), "__file__", None) or "")
        said = f"{type(error).__name__}: {hide_numbers(str(error))}{place}"
        zh = f"(工作表“{failed.sheet}”第 {failed.row} 行)" if failed is not None else ""
        en = f"; it was at row {failed.row} of sheet {failed.sheet!r}" if failed is not None else ""
        return PluginError(
            plugin, f"{work} 出错{zh},未写入任何内容:{said}", f"{work} failed, nothing was written: {said}{en}"
        )

    def add_commands(self, app: Any) -> None:
        """Let every plugin add commands to the command line `app`; raise PluginError for one that fails."""
        known = _command_names(app)
        for impl in self._impls("cli"):
            try:
                _apply(impl, {"app": app})
            except Exception as error:
                raise PluginError(impl.plugin_name, f"cli() 出错:{error}", f"cli() failed: {error}") from error
            found = _command_names(app)
            if twice := sorted({each for each in found if found.count(each) > max(1, known.count(each))}):
                names = ", ".join(twice)
                raise PluginError(
                    impl.plugin_name,
                    f"命令 {names} 已存在,请换一个名称。",
                    f"the command {names} is there already; choose another name.",
                )
            known = found

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
                f"{impl.function.__name__}() 启动时出错:{error}{_place(error, impl.function.__code__.co_filename)}",
                f"{impl.function.__name__}() failed at start: {type(error).__name__}: {error}"
                f"{_place(error, impl.function.__code__.co_filename)}",
            ) from error


def _apply(impl: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
    return impl.function(*(arguments[name] for name in impl.argnames))


def did_you_mean(name: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the question whether the nearest of `known` was meant, in Chinese and English; empty if none is near."""
    near = get_close_matches(name, list(known), 1)
    return (f"是否应为 {near[0]}?", f" Did you mean {near[0]}?") if near else ("", "")


def _import(point: metadata.EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        place = _place(error, _origin(point.module))
        raise PluginError(
            point.name,
            f"无法导入 {point.value}:{getattr(error, 'zh', error)}{place}",
            f"{point.value} cannot be imported: {type(error).__name__}: {error}{place}",
        ) from error


def _origin(module: str) -> str:
    """Return the file of a plugin's package, or nothing."""
    spec = find_spec(module.partition(".")[0]) if module else None
    return (spec.origin if spec is not None else None) or ""


def _place(error: BaseException, origin: str) -> str:
    """Return the plugin's own line at which `error` came up, as ` (file, line n)`."""
    path = Path(origin)
    within = path.parent if path.name == "__init__.py" else path
    for frame in reversed(traceback.extract_tb(error.__traceback__) if origin else []):
        if Path(frame.filename).is_relative_to(within):
            return f" ({Path(frame.filename).name}, line {frame.lineno})"
    return ""


def _module_name(plugin: object) -> str | None:
    return plugin.__name__ if isinstance(plugin, ModuleType) else None


def _command_names(app: Any) -> list[str]:
    """Return the names under which the Typer `app` has commands and groups."""
    single = [each.name or each.callback.__name__.replace("_", "-") for each in app.registered_commands]
    return [*single, *(str(each.name) for each in app.registered_groups)]


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
