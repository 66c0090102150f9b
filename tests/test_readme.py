"""The README is true: its query is asked of its demo, its plugin is loaded, its commands are parsed.

`python tests/test_readme.py` writes the answer of the query into both READMEs.
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import typer.main
from databases import MakeDatabase
from typer.core import TyperGroup

from yuanluo.clock import fixed_clock
from yuanluo.composition import Composition
from yuanluo.house import House
from yuanluo.plugins import Plugins
from yuanluo.synthetic import REFERENCE_DAY
from yuanluo_graphql.assembly import build_engine, build_house, compose, migration_sources
from yuanluo_graphql.cli import app
from yuanluo_graphql.demo import DemoState, build_district, seat_viewers
from yuanluo_tenants.crypto import Keyring, new_key
from yuanluo_tenants.migrator import migrate
from yuanluo_tenants.settings import load_settings

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


async def answer_of(house: House, query: str) -> dict[str, Any]:
    codes = await build_district(house, courtyards=1, seed=1, progress=lambda *_: None)
    clock = fixed_clock(REFERENCE_DAY)
    tokens = await seat_viewers(house, DemoState(1, codes), clock=clock)
    engine = build_engine(house, load_settings(environment="demo", home=Path("unused")), clock=clock)
    prepared = engine.documents.prepare(query)
    rights = await engine.rights_of(tokens["branch_secretary"])
    return json.loads(await engine.run(prepared, {}, rights))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    plugins = Plugins.load()
    database = await make_database(Composition.of(plugins).registry)
    return House.build(database, Keyring.single(new_key()), plugins)


async def test_the_query_gives_the_answer(house: House) -> None:
    (query,), (answer,) = blocks(READMES[0], "graphql"), blocks(READMES[0], "json")
    assert await answer_of(house, query) == json.loads(answer)


def test_both_readmes_show_the_same_examples() -> None:
    for language in ("graphql", "json", "python", "sql", "console"):
        assert blocks(READMES[0], language) == blocks(READMES[1], language)


def test_the_plugin_in_15_lines_is_a_plugin() -> None:
    (source,) = blocks(READMES[0], "python")
    lines = [line for line in source.splitlines() if line.strip()]
    assert len(lines) <= 15
    module = types.ModuleType("plots")
    exec(compile(source, "README.md", "exec", dont_inherit=True), module.__dict__)
    plugins = Plugins.load({"plots": module})
    schema = compose(Composition.of(plugins)).core
    plot: Any = schema.type_map["Plot"]
    assert {"name", "sizeC", "keeper", "id", "courtyard"} <= set(plot.fields)
    courtyard: Any = schema.type_map["Courtyard"]
    assert "plots" in courtyard.fields


COMMANDS = [
    command
    for block in blocks(READMES[0], "console")
    for line in block.splitlines()
    for command in re.findall(r"uv run (yuanluo [^&)]*)", line)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str) -> None:
    words = shlex.split(command)[1:]
    parsed: Any = typer.main.get_command(app)
    while isinstance(parsed, TyperGroup):
        named = words[0] in parsed.commands  # else it is a kind of form: `import KIND FILE` is `import file KIND FILE`
        parsed = parsed.commands[words.pop(0) if named else "file"]
    assert parsed.make_context(parsed.name, words).command is parsed


def test_every_file_the_readmes_link_to_is_there() -> None:
    for path in [*READMES, *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def write() -> None:
    """Write the answer of the README's query into the READMEs."""
    import tempfile

    async def work() -> str:
        with tempfile.TemporaryDirectory() as folder:
            house = build_house(load_settings(environment="demo", home=Path(folder)))
            await migrate(house.database, house.registry, migration_sources(house.plugins))
            await house.database.open()
            try:
                answer = await answer_of(house, blocks(READMES[0], "graphql")[0])
            finally:
                await house.database.close()
        return json.dumps(answer, ensure_ascii=False, indent=2)

    text = asyncio.run(work())
    for path in READMES:
        page = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"```json\n.*?```", lambda _: f"```json\n{text}\n```", page, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    sys.exit(write())
