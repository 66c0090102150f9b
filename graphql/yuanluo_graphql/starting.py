"""The `yuanluo` command: the server starts without the command line's libraries, everything else with them.

A server lives for months in the memory that its start took, and what reads words and draws tables would be a tenth of
it. So plain words of `yuanluo serve` are read here; `--help`, whatever is wrong and every other command is the command
line's (`cli.py`).
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from yuanluo_graphql.discretion import WithoutValues
from yuanluo_tenants.errors import ConfigurationError, YuanluoError
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["check_there", "main", "prepare_process", "served_words", "tell"]

_MESSAGE: Final = "%(levelname)s %(name)s: %(message)s"
_OPTIONS: Final = {"--path": "home", "--host": "host", "--port": "port"}


def main() -> None:
    """Run the command that the words after `yuanluo` name."""
    given = served_words(sys.argv[1:])
    if given is None:
        from yuanluo_graphql import cli

        cli.main()
        return
    prepare_process()
    try:
        settings = load_settings(**given)
        check_there(settings)

        from yuanluo_graphql.serving import serve_forever

        serve_forever(settings)
    except YuanluoError as error:
        tell(error)
        sys.exit(1)


def served_words(words: Sequence[str]) -> dict[str, Any] | None:
    """Return the settings that `yuanluo serve` is called with; None where the words are for the command line."""
    if not words or words[0] != "serve":
        return None
    given: dict[str, Any] = {}
    left = [part for word in words[1:] for part in (word.split("=", 1) if word.startswith("--") else [word])]
    if len(left) % 2:
        return None
    for option, value in zip(left[::2], left[1::2], strict=True):
        name = _OPTIONS.get(option)
        if name is None or value.startswith("-") or (name == "port" and not value.isdecimal()):
            return None
        given[name] = Path(value) if name == "home" else int(value) if name == "port" else value
    return given


def prepare_process() -> None:
    """Set what holds for the whole process: how often garbage is looked for, and how messages are logged."""
    gc.set_threshold(50_000, 20, 20)  # start-up makes half a million objects that stay: looking at them often is idle
    logging.basicConfig(level=logging.WARNING, format=_MESSAGE)
    if os.environ.get("YUANLUO_ENVIRONMENT") != "development":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(WithoutValues(_MESSAGE))


def check_there(settings: Settings) -> None:
    """Refuse an embedded deployment whose file does not exist."""
    if settings.is_sqlite and not settings.sqlite_path.exists():
        raise ConfigurationError(
            f"{settings.sqlite_path} 不存在;请先运行 yuanluo demo 或 yuanluo migrate。",
            f"{settings.sqlite_path} does not exist; run `yuanluo demo` or `yuanluo migrate` first.",
        )


def tell(error: YuanluoError) -> None:
    """Say on standard error what went wrong, in one sentence per language."""
    sys.stderr.write(f"错误 [{error.stable_code}] {error.zh}\n{error.en}\n")
