"""An empty database becomes a district by the words of the README: its lines are run as they stand, on either engine."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from deployments import Deployment
from pace import PATIENCE
from postgres_server import OwnServer
from served_demo import free_port, until_ready

ROOT = Path(__file__).parent.parent
CODES = """统计用区划代码,城乡分类代码,名称
510000000000,,四川省
510100000000,,成都市
510106000000,,金牛区
510106024000,,西安路街道
510106024001,111,枣子巷社区
5101060240019001,,第一网格
510106024002,111,白果林社区
510106032000,,抚琴街道
510106032001,111,银杏社区
"""
QUERY = """{
  district(code: "510106") { code name subdistricts(first: 9) { nodes { code name communities(first: 9) { nodes { code name
    grids(first: 9) { nodes { code name } } courtyards(first: 9) { nodes { code name } } } } } } }
}"""


def section(title: str, language: str) -> list[str]:
    """Return the lines of the examples of a section of the README."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    body = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert body is not None
    return [
        line for block in re.findall(rf"```{language}\n(.*?)```", body[1], re.DOTALL) for line in block.splitlines()
    ]


@pytest.fixture
def superuser(engine_name: str) -> Iterator[str | None]:
    """The URL of an empty server's superuser, whose roles are nobody else's; None on SQLite."""
    if engine_name == "sqlite":
        yield None
        return
    own = OwnServer()
    try:
        yield own.start().url
    finally:
        own.stop()


def run(line: str, place: Deployment, exported: dict[str, str]) -> str:
    """Run a line as a shell would, `yuanluo` in this process; return what it printed."""
    export = re.fullmatch(r"export (\w+)=(.*)", line)
    if export is not None:
        inner = re.fullmatch(r"\$\((.*)\)", export[2])
        exported[export[1]] = run(inner[1], place, exported) if inner is not None else export[2]
        return ""
    words = shlex.split(line)
    assert words[:3] == ["uv", "run", "yuanluo"], line
    return place.done(*words[3:], **exported).out.strip()


def test_the_lines_of_the_readme_make_a_district(
    superuser: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("codes.csv").write_text(CODES, encoding="utf-8")
    setting, operating = section("On PostgreSQL", "console"), section("Operating", "console")
    assert setting.pop() == "$ uv run yuanluo serve"
    if superuser is None:
        setting = [line for line in setting if "_URL=" not in line]
    else:
        asyncio.run(make_roles(superuser, section("On PostgreSQL", "sql")))
        host = urlsplit(superuser).netloc.rpartition("@")[2]
        setting = [line.replace("@localhost/", f"@{host}/") for line in setting]
    place, port = Deployment(tmp_path / "yuanluo-data"), free_port()
    exported: dict[str, str] = {}
    for line in setting:
        run(line.removeprefix("$ "), place, exported)
    serving = place.start("serve", "--port", str(port), **exported)
    try:
        until_ready(serving, port)
        told = {line: run(line.removeprefix("$ "), place, exported) for line in operating}
        [token] = [said for line, said in told.items() if "token create" in line]
        headers = {"authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{port}/graphql"
        answer = httpx.post(url, json={"query": QUERY}, headers=headers, timeout=PATIENCE).json()
    finally:
        serving.terminate()
        _, said = serving.communicate(timeout=PATIENCE)
    assert "Traceback" not in said
    assert "3 opened, 4 there already, 2 lines passed over" in "\n".join(told.values())
    assert tree(answer) == {
        "510106 金牛区": {
            "510106024 西安路街道": {
                "510106024001 枣子巷社区": ["5101060240019001 第一网格", "5101060240010001 梧桐苑"],
                "510106024002 白果林社区": [],
            },
            "510106032 抚琴街道": {"510106032001 银杏社区": []},
        }
    }


async def make_roles(superuser: str, lines: list[str]) -> None:
    """Run the lines of SQL as the superuser."""
    connection = await asyncpg.connect(superuser)
    for line in lines:
        await connection.execute(line)
    await connection.close()


def tree(answer: Any) -> Any:
    """Return the tree of an answer as names within names."""
    assert "errors" not in answer, answer

    def called(node: Any) -> str:
        return f"{node['code']} {node['name']}"

    return {
        called(district): {
            called(subdistrict): {
                called(community): [
                    called(each) for name in ("grids", "courtyards") for each in community[name]["nodes"]
                ]
                for community in subdistrict["communities"]["nodes"]
            }
            for subdistrict in district["subdistricts"]["nodes"]
        }
        for district in [answer["data"]["district"]]
    }
