"""The plugin that docs/plugins.md builds, as a module of its own: what the tests of the contract are played with."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable
from pathlib import Path

__all__ = ["GUIDE", "blocks", "plugin_of", "source"]

GUIDE = Path(__file__).parent.parent.parent / "docs" / "plugins.md"


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced code blocks of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def source() -> str:
    """Return the guide's Python blocks in order, as one module."""
    return "\n\n".join(blocks(GUIDE, "python"))


def plugin_of(name: str = "yuanluo_plots", without: Iterable[str] = (), text: str | None = None) -> types.ModuleType:
    """Execute the guide's plugin, or `text`, as a fresh module, and drop the hooks named in `without`."""
    module = types.ModuleType(name)
    sys.modules[name] = module  # dataclasses and typer look annotations up in the module
    exec(compile(text or source(), str(GUIDE), "exec", dont_inherit=True), module.__dict__)
    for hook in without:
        del module.__dict__[hook]
    return module
