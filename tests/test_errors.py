"""What is refused: every code is stable and documented, says the rule it rests on and what to do next.

`python tests/test_errors.py` writes docs/errors.md anew.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import yuanluo
import yuanluo_council
import yuanluo_culture
import yuanluo_finance
import yuanluo_graphql
import yuanluo_party
import yuanluo_tenants
from yuanluo import Invalid, Refused
from yuanluo.citations import cite

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "errors.md"
SOURCES: Final = ("tenants/yuanluo_tenants", "core/yuanluo", "graphql/yuanluo_graphql", "plugins")
CODE: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
BASES: Final = frozenset({"Refused", "Invalid", "Conflict", "NotFound", "Forbidden", "RuleRefused"})
"""Raised directly, with a code of the place where that is worth one."""
PACKAGES: Final = (
    yuanluo_tenants,
    yuanluo,
    yuanluo_graphql,
    yuanluo_council,
    yuanluo_culture,
    yuanluo_finance,
    yuanluo_party,
)

HEAD: Final = """# Errors

Whatever is refused says what happened, to what, and what to do next, in Chinese or in English by `Accept-Language`.
`extensions.code` is stable and never translated; where a rule refused, document, version and clause stand beside it.
Written by `python tests/test_errors.py` from the sources; a test compares.

"""


@dataclass(frozen=True, slots=True)
class Raised:
    """A place that raises a base class with a code of its own."""

    code: str
    zh: str
    en: str
    where: str


def refusals() -> list[type[Refused]]:
    """Return every class of refusal of the product, by name."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "__main__" not in module.name and ".migrations" not in module.name:
                importlib.import_module(module.name)
    found: list[type[Refused]] = []
    open_classes: list[type[Refused]] = [Refused]
    while open_classes:
        each = open_classes.pop()
        open_classes += each.__subclasses__()
        if each.__module__.partition(".")[0] in {package.__name__ for package in PACKAGES}:
            found.append(each)
    return sorted(set(found), key=lambda each: (each.code, each.__name__))


def _text(node: ast.expr) -> str:
    """Return a sentence of the source, with … for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "…"


def _raised(path: Path) -> Iterator[Raised]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "Bound" and len(node.args) > 2:  # declared with a number, raised by `check_bound`
            yield Raised(_text(node.args[2]), "…须在 … 至 … 之间。", "…: it must lie between … and ….", "Invalid")
        if node.func.id not in BASES:
            continue
        said = list(node.args)
        codes = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if node.func.id == "RuleRefused":
            codes, said = said[:1], said[1:]
        if codes and isinstance(codes[0], ast.Constant) and len(said) >= 2:
            yield Raised(str(codes[0].value), _text(said[0]), _text(said[1]), node.func.id)


def raised() -> list[Raised]:
    """Return every refusal that is raised with a code of its own, by code."""
    found = [each for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py")) for each in _raised(path)]
    return sorted(found, key=lambda each: (each.code, each.en))


def errors_markdown() -> str:
    """Return docs/errors.md."""
    rows: dict[str, list[str]] = {}
    classes = {each.code: each for each in reversed(refusals())}
    for code, each in classes.items():
        meaning = (inspect.getdoc(each) or "").partition("\n")[0]
        rule = f"`{each.rule}`" if each.rule else ""
        rows[code] = [meaning, rule, f"{each.next_zh} {each.next_en}"]
    for place in raised():
        if place.code not in rows:
            rows[place.code] = [f"{place.zh} {place.en}", "", ""]
    lines = ["| code | meaning | rule | next |", "|---|---|---|---|"]
    for code in sorted(rows):
        cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in rows[code]]
        lines.append(f"| `{code}` | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.parametrize("refusal", refusals(), ids=lambda each: each.__name__)
def test_a_refusal_has_a_stable_code_a_next_step_and_a_rule_that_can_be_looked_up(refusal: type[Refused]) -> None:
    assert CODE.fullmatch(refusal.code)
    assert re.search(r"[\u4e00-\u9fff].*[。]$", refusal.next_zh)
    assert re.fullmatch(r"[A-Z][^\u4e00-\u9fff]*\.", refusal.next_en)
    if refusal.rule is not None:
        citation = cite(refusal.rule)
        assert citation.document
        assert citation.clause


def test_no_two_refusals_share_a_code() -> None:
    owners: dict[str, str] = {}
    for each in refusals():
        assert owners.setdefault(each.code, each.__name__) == each.__name__, (each, owners[each.code])


def test_what_the_books_the_council_and_the_party_refuse_names_its_rule() -> None:
    unruled = [
        each.__name__
        for each in refusals()
        if each.__module__.startswith(("yuanluo_finance", "yuanluo_council", "yuanluo_party", "yuanluo_culture"))
        and each.rule is None
        and "rule" not in inspect.signature(each.__init__).parameters
    ]
    assert unruled == []


def test_every_code_that_is_raised_is_in_capitals_and_means_no_other_class() -> None:
    names: Mapping[str, str] = {each.code: each.__name__ for each in refusals() if each.__name__ in BASES}
    for place in raised():
        assert CODE.fullmatch(place.code), place
        assert place.code not in names, place


def test_every_conflict_says_which_one() -> None:
    nameless: list[str] = []
    for folder in ("core/yuanluo", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Conflict":
                    given = {keyword.arg for keyword in node.keywords}
                    if not {"code", "rule"} <= given:
                        nameless.append(f"{path.name}:{node.lineno}")
    assert nameless == []


def test_every_business_refusal_of_a_plugin_names_its_rule() -> None:
    unruled: list[str] = []
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Invalid", "Conflict")
            ):
                given = {keyword.arg for keyword in node.keywords}
                if "rule" not in given:
                    unruled.append(f"{path.name}:{node.lineno}")
    assert unruled == []


def test_an_input_that_is_wrong_is_named_in_the_next_step() -> None:
    wrong = Invalid("时间须带时区。", "a moment needs its offset.", field="starts_at")
    assert wrong.next_step("en") == "Change startsAt, then try again."
    assert wrong.next_step("zh-CN") == "请修改 startsAt 后重试。"


def test_the_page_of_errors_is_what_the_sources_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == errors_markdown()


if __name__ == "__main__":
    PAGE.write_text(errors_markdown(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")
