"""A deployment for tests of the command line: a folder, or a folder and a PostgreSQL database, and `yuanluo` on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from patient import COMMAND, LIMITLESS
from postgres_server import APP, OWNER, Server

import yuanluo
from yuanluo import House
from yuanluo_graphql import cli
from yuanluo_tenants.settings import Settings, load_settings

__all__ = ["Deployment", "Said", "new_deployment"]


@dataclass(frozen=True, slots=True)
class Said:
    """How a call of `yuanluo` ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said on standard output, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a deployment stands."""

    home: Path
    urls: Mapping[str, str] = field(default_factory=lambda: {})

    @property
    def is_embedded(self) -> bool:
        """Whether its data stands in an SQLite file."""
        return not self.urls

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a process of its own."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("YUANLUO_")}
        return {**outside, **LIMITLESS, **self.urls, "YUANLUO_HOME": str(self.home), "PYTHONWARNINGS": "error"}

    def settings(self) -> Settings:
        """The settings under which the deployment runs."""
        with mock.patch.dict(os.environ, self.environment, clear=True):
            return load_settings()

    def yuanluo(self, *words: str, **more: str) -> Said:
        """Run a command in this process, in a thread, where no event loop runs."""
        out, err = io.StringIO(), io.StringIO()
        left: list[BaseException] = []

        def call() -> None:
            try:
                cli.main()
            except BaseException as error:  # noqa: BLE001  # raised again by the caller's thread
                left.append(error)

        environment = {**self.environment, **more}
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch.object(sys, "argv", ["yuanluo", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            thread = threading.Thread(target=call)
            thread.start()
            thread.join()
        [ended] = left
        if not isinstance(ended, SystemExit):
            raise ended
        return Said(ended.code if isinstance(ended.code, int) else 0, out.getvalue(), err.getvalue())

    def done(self, *words: str, **more: str) -> Said:
        """Run a command that must succeed."""
        said = self.yuanluo(*words, **more)
        assert said.status == 0, said
        return said

    def refused(self, *words: str, **more: str) -> str:
        """Run a command that must be refused in one sentence per language, and return what it said."""
        said = self.yuanluo(*words, **more)
        assert (said.status, said.out) == (1, ""), said
        assert said.err.count("\n") >= 2
        return said.err

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own; a server with the key that a demo made is one of a demo."""
        return subprocess.Popen(
            [*COMMAND, *words],
            env={**self.environment, "YUANLUO_ENVIRONMENT": "demo", **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        """Open the deployment beside the command line."""
        async with yuanluo.House.opened(self.settings()) as house:
            yield house


@asynccontextmanager
async def new_deployment(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    """Make room for a deployment on the engine of this round."""
    home = tmp_path_factory.mktemp("deployment") / "yuanluo-data"
    if engine_name == "sqlite":
        yield Deployment(home)
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = await server.new_database()
    try:
        urls = {
            "YUANLUO_DATABASE_URL": server.for_database(name, APP),
            "YUANLUO_OWNER_URL": server.for_database(name, OWNER),
        }
        yield Deployment(home, urls)
    finally:
        await server.drop_database(name)
