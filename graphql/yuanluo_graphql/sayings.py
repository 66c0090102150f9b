"""What the libraries that read requests say, in Chinese: graphql-core and msgspec speak English only.

Each sentence that can reach a client has its own here; one that has none is told by its place alone, and its English
stands beside it (`extensions.detail`), so that nothing half English is shown.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["in_chinese", "place_in_body"]

_SAYINGS: Final[tuple[tuple[str, str], ...]] = (
    (r"Cannot query field '(.+?)' on type '(.+?)'\.", "类型 {1} 没有字段 {0}"),
    (r"Field '(.+?)' must not have a selection since type '(.+?)' has no subfields\.", "字段 {0}({1})没有下级字段"),
    (r"Field '(.+?)' of type '(.+?)' must have (?:a selection|at least one).+", "字段 {0}({1})须写明所要的下级字段"),
    (r"Unknown argument '(.+?)' on field '(.+?)'\.", "字段 {1} 没有参数 {0}"),
    (r"Unknown argument '(.+?)' on directive '(.+?)'\.", "指令 {1} 没有参数 {0}"),
    (
        r"Argument '(.+?)\((.+?):\)' of type '(.+?)' is required, but it was not provided\.",
        "{0} 缺少必填参数 {1}({2})",
    ),
    (r"Field '(.+?)' of required type '(.+?)' was not provided\.", "缺少必填字段 {0}({1})"),
    (r"Field '(.+?)' is not defined by type '(.+?)'\.", "类型 {1} 没有字段 {0}"),
    (r"Unknown type '(.+?)'\.", "没有类型 {0}"),
    (r"Unknown fragment '(.+?)'\.", "没有片段 {0}"),
    (r"Unknown directive '(.+?)'\.", "没有指令 {0}"),
    (r"Directive '(.+?)' may not be used on (.+?)\.", "指令 {0} 不能用在此处"),
    (r"The directive '(.+?)' can only be used once at this location\.", "指令 {0} 在此处只能用一次"),
    (r"Variable '(.+?)' is not defined(?: by operation '.*?')?\.", "变量 {0} 没有声明"),
    (r"Variable '(.+?)' is never used(?: in (?:operation|fragment) '.*?')?\.", "变量 {0} 没有用到"),
    (
        r"Variable '(.+?)' of type '(.+?)' used in position expecting type '(.+?)'\.",
        "变量 {0} 的类型是 {1},此处须为 {2}",
    ),
    (r"Variable '(.+?)' cannot be non-input type '(.+?)'\.", "变量 {0} 不能是类型 {1}"),
    (r"There can be only one variable named '(.+?)'\.", "变量 {0} 声明了多次"),
    (r"There can be only one argument named '(.+?)'\.", "参数 {0} 写了多次"),
    (r"There can be only one input field named '(.+?)'\.", "字段 {0} 写了多次"),
    (r"There can be only one fragment named '(.+?)'\.", "片段 {0} 写了多次"),
    (r"There can be only one operation named '(.+?)'\.", "操作 {0} 写了多次"),
    (r"This anonymous operation must be the only defined operation\.", "有多个操作时,每个操作都须有名称"),
    (r"Fragment '(.+?)' is never used\.", "片段 {0} 没有用到"),
    (r"Cannot spread fragment '(.+?)' within itself.*", "片段 {0} 引用了它自己"),
    (
        r"Fragment '(.+?)' cannot be spread here as objects of type '(.+?)' can never be of type '(.+?)'\.",
        "片段 {0} 不能用在此处:{1} 不会是 {2}",
    ),
    (
        r"Fragment cannot be spread here as objects of type '(.+?)' can never be of type '(.+?)'\.",
        "片段不能用在此处:{0} 不会是 {1}",
    ),
    (r"Fragment (?:'.+?' )?cannot condition on non composite type '(.+?)'\.", "片段不能针对类型 {0}"),
    (r"Fields '(.+?)' conflict because .+", "字段 {0} 重复而内容不同,请用别名区分"),
    (r"The (.+?) definition is not executable\.", "查询中只能有操作和片段"),
    (r"The (.+?) operation is not supported by the schema\.", "没有这种操作"),
    (r"(?:Subscription '.+?'|Anonymous Subscription) must .+", "一次订阅只能有一个字段"),
    (r"Value '(.+?)' does not exist in '(.+?)' enum\..*", "{1} 中没有 {0}"),
    (r"Enum '(.+?)' cannot represent (?:non-enum|non-string) value: (.+?)\..*", "{1} 不是 {0} 的值"),
    (r"Expected value of type '(.+?)' not to include unknown field '(.+?)'\..*", "类型 {0} 没有字段 {1}"),
    (r"Expected value of type '(.+?)' to include required field '(.+?)', found.+", "类型 {0} 缺少必填字段 {1}"),
    (r"Expected value of (?:non-null )?type '(.+?)'(?:, found| not to be).+", "此处须为 {0}"),
    (r"(Int|Float|String|Boolean|ID) cannot represent .+", "此处须为 {0}"),
    (r"Syntax Error: Expected Name, found <EOF>\.", "查询没有写完"),
    (r"Syntax Error: Expected (.+?), found <EOF>\.", "查询没有写完,缺少 {0}"),
    (r"Syntax Error: Unexpected <EOF>\.", "查询是空的或没有写完"),
    (r"Syntax Error: Expected Name, found (.+?)\.", "此处须为名称,而写的是 {0}"),
    (r"Syntax Error: Expected (.+?), found (.+?)\.", "此处须为 {0},而写的是 {1}"),
    (r"Syntax Error: Unexpected (?:Name|character:?|variable)? ?(.+?)(?: in constant value)?\.", "此处不能写 {0}"),
    (r"Syntax Error: Unterminated string\.", "文字缺少结尾的引号"),
    (r"Syntax Error: Invalid .+", "此处的数字或文字写法有误"),
)
_PATTERNS: Final = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in _SAYINGS)
_SUGGESTION: Final = re.compile(r" Did you mean .+$", re.DOTALL)
_NAMED: Final = re.compile(r"'([^']+)'")
_FIELD: Final = re.compile(r"field `(\w+)`")
_PATH: Final = re.compile(r"`\$\.?([^`]*)`")


def in_chinese(message: str) -> str | None:
    """Return what graphql-core says in Chinese, suggestions included; None for a sentence that has none."""
    plain = _SUGGESTION.sub("", message)
    for pattern, said in _PATTERNS:
        if (found := pattern.fullmatch(plain)) is not None:
            meant = _NAMED.findall(message[len(plain) :])
            asked = f";是否想写 {'、'.join(meant)}?" if meant else "。"
            return said.format(*found.groups()) + asked
    return None


def place_in_body(message: str) -> str:
    """Return the field at which msgspec found a body not to be a request, or an empty text for the body itself."""
    field, path = _FIELD.search(message), _PATH.search(message)
    return ".".join(part for part in (path[1] if path else "", field[1] if field else "") if part)
