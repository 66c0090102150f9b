"""Every refusal of yuanluo, under one root.

    YuanluoError
    ├── ConfigurationError        the deployment is set up wrongly; the start is refused
    │   └── PluginError           a plugin is malformed; names the plugin and the reason
    ├── DeclarationError          a table or field declaration contradicts itself or another one
    ├── Refused                   a person asked for something that cannot be done
    │   ├── Forbidden             the actor lacks the right; names the action and the rule that decided
    │   ├── NotFound              what is not yours does not exist: the same answer for both
    │   ├── Invalid               an input is wrong; names the field
    │   └── Conflict              somebody or something was faster (stale version, duplicate, idempotency)
    └── IsolationError            the locks between courtyards held against our own code
        ├── ScopeRequired         a tenant row was asked for outside of any scope
        └── ScopeViolation        a row outside the scope was read or written

A message says what happened, to what, and what to do next, in Chinese first; `code` is stable and never
translated. Details are attributes; tracebacks stay in the log.
"""

from __future__ import annotations

from typing import ClassVar, Literal

__all__ = [
    "ConfigurationError",
    "Conflict",
    "DeclarationError",
    "Forbidden",
    "Invalid",
    "IsolationError",
    "Locale",
    "NotFound",
    "PluginError",
    "Refused",
    "ScopeRequired",
    "ScopeViolation",
    "YuanluoError",
]

Locale = Literal["zh-CN", "en"]


class YuanluoError(Exception):
    """The root of all errors that yuanluo raises on purpose.

    `zh` and `en` are one sentence each: what, where, what to do next. `code` is stable.
    """

    code: ClassVar[str] = "YUANLUO_ERROR"

    def __init__(self, zh: str, en: str, *, code: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.stable_code = code or type(self).code

    def message(self, locale: Locale = "zh-CN") -> str:
        """Return the sentence in `locale`."""
        return self.zh if locale == "zh-CN" else self.en


class ConfigurationError(YuanluoError):
    """The deployment is set up wrongly; the start is refused."""

    code = "CONFIGURATION"


class PluginError(ConfigurationError):
    """A plugin is malformed: the start is refused, naming the plugin and the reason."""

    code = "PLUGIN"

    def __init__(self, plugin: str, zh: str, en: str) -> None:
        super().__init__(f"插件 {plugin}:{zh}", f"plugin {plugin}: {en}")
        self.plugin = plugin


class DeclarationError(YuanluoError):
    """A declaration contradicts itself or another one."""

    code = "DECLARATION"


class Refused(YuanluoError):
    """A person asked for something that cannot be done; `rule` says by which rule, where one decided.

    `next_zh` and `next_en` say what to do next where the sentence itself does not.
    """

    code = "REFUSED"
    rule: str | None = None
    next_zh: str = "请按提示修改后重试。"
    next_en: str = "Change what the message names, then try again."

    def __init__(self, zh: str, en: str, *, code: str | None = None, rule: str | None = None) -> None:
        super().__init__(zh, en, code=code)
        if rule is not None:
            self.rule = rule

    def next_step(self, locale: Locale = "zh-CN") -> str:
        """Return what to do next, in `locale`."""
        return self.next_zh if locale == "zh-CN" else self.next_en


class Forbidden(Refused):
    """The actor lacks the right; `action` and the `rule` that decided are attributes."""

    code = "FORBIDDEN"
    next_zh = "请由有此权限的人员办理,或向上级申请授权。"
    next_en = "Ask somebody who holds the right, or ask for it to be granted."

    def __init__(self, zh: str, en: str, *, action: str, rule: str) -> None:
        super().__init__(zh, en, rule=rule)
        self.action = action


class NotFound(Refused):
    """What is not there and what is not yours answer alike."""

    code = "NOT_FOUND"
    next_zh = "请核对编号;不属于您的院落的内容不会显示。"
    next_en = "Check the id; what is not yours is not shown."


class Invalid(Refused):
    """An input is wrong; `field` names which one."""

    code = "INVALID"

    def __init__(
        self, zh: str, en: str, *, field: str | None = None, code: str | None = None, rule: str | None = None
    ) -> None:
        super().__init__(zh, en, code=code, rule=rule)
        self.field = field
        if field is not None and type(self).next_en == Refused.next_en:
            shown = _camel(field)
            self.next_zh = f"请修改 {shown} 后重试。"
            self.next_en = f"Change {shown}, then try again."


class Conflict(Refused):
    """Somebody or something was faster."""

    code = "CONFLICT"
    next_zh = "请重新读取最新内容,再决定是否提交。"
    next_en = "Read it again, then decide whether to submit."


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


class IsolationError(YuanluoError):
    """A lock between courtyards held against our own code."""

    code = "ISOLATION"


class ScopeRequired(IsolationError):
    """A tenant row was asked for outside of any scope; nothing was read."""

    code = "SCOPE_REQUIRED"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"访问 {what} 前须先限定院落范围(with scope(...))。",
            f"{what} was asked for without a scope; open one with `with scoped(...)` first.",
        )


class ScopeViolation(IsolationError):
    """A row outside the scope was written or referenced; the transaction was rolled back."""

    code = "SCOPE_VIOLATION"
