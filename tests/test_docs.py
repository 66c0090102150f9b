"""The documents are true: the guide's plugin works whole, hooks, settings and commands are all written down.

`python tests/test_docs.py` writes the reference of hooks in docs/plugins.md anew.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graphql
import pytest
import pytest_asyncio
import typer.main
from databases import MakeDatabase
from houses import CLOCK, COURTYARD, OTHER, TODAY, at, make_house
from plots import GUIDE, blocks, plugin_of
from typer.core import TyperGroup

import yuanluo
from yuanluo import DataClass, House, Plugins, Viewer, hookspecs, run_command, scoped
from yuanluo.counters import recount, stored_counts
from yuanluo_graphql.assembly import build_engine
from yuanluo_graphql.cli import app
from yuanluo_graphql.engine import CompiledEngine
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.settings import load_settings

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core" / "yuanluo"
REFERENCE = "## The hooks\n\nAll hooks but `demo_rows` and `cli` are called once, at start.\n"
HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "yuanluo_spec")
}


# the guide's plugin -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Plots:
    """A house in which the guide's plugin is installed, and what a test wants of it."""

    house: House
    module: Any
    engine: CompiledEngine

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    async def create(
        self, name: str, size_c: int, keeper_id: uuid.UUID | None = None, context: yuanluo.CommandContext | None = None
    ) -> yuanluo.Receipt:
        """Enter a plot with the command that its declaration brings."""
        create = yuanluo.register_of(self.module.Plot).create
        status = self.module.PlotStatus.ADOPTED if keeper_id else self.module.PlotStatus.FREE
        item = create.input(name=name, size_c=size_c, keeper_id=keeper_id, status=status)
        return await run_command(create, context or at(self.house), item)

    async def ask(self, query: str, role: str = "COUNCIL_DIRECTOR", own: uuid.UUID | None = None) -> dict[str, Any]:
        """Return what a holder of `role` in the courtyard is answered."""
        here = yuanluo.Range(COURTYARD, COURTYARD)
        clearances = self.house.rules.roles[role].clearances
        viewer = Viewer(
            uuid.uuid4(),
            role,
            yuanluo.Scope((here,)),
            tuple(yuanluo.Clearance(here, body, klass) for body, klass in clearances.items()),
            ((role, COURTYARD),),
            ((COURTYARD, own),) if own else (),
            reach=((role, here),),
        )
        prepared = self.engine.documents.prepare(query)
        answer: dict[str, Any] = json.loads(await self.engine.run(prepared, {}, Rights.of(viewer)))
        return answer

    async def courtyard(self, selection: str, role: str = "COUNCIL_DIRECTOR") -> Any:
        """Return a selection on the courtyard, which must be free of errors."""
        answer = await self.ask(f'{{ courtyard(code: "{COURTYARD}") {{ {selection} }} }}', role)
        assert "errors" not in answer, answer
        return answer["data"]["courtyard"]


@pytest.fixture(scope="module")
def module() -> Iterator[Any]:
    yield plugin_of()
    del sys.modules["yuanluo_plots"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plots(make_database: MakeDatabase, module: Any) -> Plots:
    house = await make_house(make_database, Plugins.load({"plots": module}, entry_points=False))
    settings = load_settings(environment="test")
    return Plots(house, module, build_engine(house, settings, clock=CLOCK))


async def test_the_guides_plugin_writes_and_answers_queries(plots: Plots) -> None:
    keeper = (await run_command(yuanluo.create_person, at(plots.house), yuanluo.CreatePerson("李长富"))).subject_id
    added = await plots.create("东门花坛", 12_550)
    wanted = plots.module.AdoptPlot(added.subject_id, keeper)
    await run_command(plots.module.adopt_plot, at(plots.house), wanted)
    with pytest.raises(yuanluo.Conflict) as refused:
        await run_command(plots.module.adopt_plot, at(plots.house), wanted)
    assert refused.value.stable_code == "PLOT_TAKEN"
    found = await plots.courtyard(
        'plots(filter: {name: {eq: "东门花坛"}}) { nodes { name sizeC sizeInWords isLarge status keeper { name } } }'
        ' people(filter: {name: {eq: "李长富"}}) { nodes { plots { nodes { name adoptedOn } } } }'
        " plotCounts { plots adopted areaC } plotAreaC"
    )
    assert found == {
        "plots": {
            "nodes": [
                {
                    "name": "东门花坛",
                    "sizeC": 12_550,
                    "sizeInWords": "125.50 ㎡",
                    "isLarge": True,
                    "status": "ADOPTED",
                    "keeper": {"name": "李长富"},
                }
            ]
        },
        "people": {"nodes": [{"plots": {"nodes": [{"name": "东门花坛", "adoptedOn": TODAY.isoformat()}]}}]},
        "plotCounts": {"plots": 1, "adopted": 1, "areaC": 12_550},
        "plotAreaC": 12_550,
    }


async def test_the_guides_roles_decide_what_is_seen(plots: Plots) -> None:
    query = "plots { nodes { name keeper { name } } }"
    await plots.create("西门花坛", 900)
    seen = {role: await plots.courtyard(query, role) for role in ("GREEN_STEWARD", "DISTRICT_ADMIN", "RESIDENT")}
    assert {len(each["plots"]["nodes"]) for each in seen.values()} == {2}
    keepers = {role: [node["keeper"] for node in each["plots"]["nodes"]] for role, each in seen.items()}
    assert {"name": "李长富"} in keepers["GREEN_STEWARD"]
    assert {"name": "李长富"} in keepers["RESIDENT"]
    assert keepers["DISTRICT_ADMIN"] == [None, None]
    rules = plots.house.rules
    assert rules.roles["GREEN_STEWARD"].clearances["greening"] is DataClass.D2
    steward = Viewer(
        uuid.uuid4(), "x", yuanluo.Scope((yuanluo.Range(COURTYARD, COURTYARD),)), (), (),
        reach=(("GREEN_STEWARD", yuanluo.Range(COURTYARD, COURTYARD)),),
    )  # fmt: skip
    assert rules.may(steward, "plot.inspect", COURTYARD).allowed
    assert not rules.may(steward, "plot.inspect", OTHER).allowed


async def test_the_guides_counters_agree_with_the_rows(plots: Plots) -> None:
    [counter] = plots.module.counters()
    with scoped(COURTYARD):
        stored = await stored_counts(plots.database, counter, COURTYARD)
        assert stored == await recount(plots.database, counter, COURTYARD)
        assert stored is not None
        assert stored["plots"] >= 1


async def test_the_guides_seats_cannot_be_held_together(plots: Plots) -> None:
    context = at(plots.house)
    person = (await run_command(yuanluo.create_person, context, yuanluo.CreatePerson("王秀英"))).subject_id
    body = (
        await run_command(yuanluo.create_organization, context, yuanluo.CreateOrganization("GREEN_TEAM", "绿化队"))
    ).subject_id
    assert person is not None
    assert body is not None
    steward = yuanluo.AppointSeat(body, person, "GREEN_STEWARD", TODAY)
    await run_command(yuanluo.appoint_seat, context, steward)
    with pytest.raises(yuanluo.IncompatibleSeats):
        await run_command(yuanluo.appoint_seat, context, yuanluo.AppointSeat(body, person, "CASHIER", TODAY))


async def test_the_guides_workbook_goes_out_and_in_again(plots: Plots, tmp_path: Path) -> None:
    here, there = at(plots.house), at(plots.house, OTHER)
    await run_command(yuanluo.create_person, here, yuanluo.CreatePerson("赵世英", phone="13800000000"))
    with scoped(COURTYARD):
        sql = "SELECT id FROM person WHERE tenant_id = $1 AND name = $2"
        keeper = await yuanluo.value(plots.database, sql, COURTYARD, "赵世英")
    await plots.create("南门花坛", 3_000, keeper, context=here)
    file = tmp_path / "绿地.xlsx"
    count = await yuanluo.export_file(here, "plot_roster", file)
    preview = yuanluo.preview_file(plots.house, "plot_roster", file, TODAY)
    assert [issue.code for issue in preview.issues] == []
    assert len(preview.records) == count
    report = await yuanluo.commit_import(there, preview)
    assert report.counts["plots"] == count
    assert (await yuanluo.commit_import(there, preview)).repeated
    again = tmp_path / "again.xlsx"
    await yuanluo.export_file(there, "plot_roster", again)
    read = yuanluo.preview_file(plots.house, "plot_roster", again, TODAY)
    assert read.records == preview.records
    assert {"赵世英"} <= {record["keeper"] for record in read.records}


async def test_the_guides_own_test_passes(plots: Plots) -> None:
    assert await plots.module.adopt_twice(plots.house, COURTYARD) == "PLOT_TAKEN"


def test_what_a_command_is_given_is_checked_as_a_register_checks_it(module: Any) -> None:
    assert yuanluo.checked_values(module.Plot, {"name": " 东门花坛 ", "remark": " "}) == {
        "name": "东门花坛",
        "remark": None,
    }
    with pytest.raises(yuanluo.Invalid) as refused:
        yuanluo.checked_values(module.Plot, {"name": " "})
    assert (refused.value.stable_code, refused.value.field) == ("REQUIRED", "name")


async def test_an_offer_that_fails_is_its_plugins_problem_and_the_answer_stands(
    plots: Plots, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plots.create("北门花坛", 700)
    asked = (
        '{ courtyard(code: "%s") { plots(filter: {name: {eq: "北门花坛"}}) { nodes { name permissions { %s } } } } }'
    )
    query = asked % (COURTYARD, "action allowed reason")
    with monkeypatch.context() as patch:
        patch.setattr(plots.module, "check_free", lambda name, keeper: keeper + 1)
        answer = await plots.ask(query)
    [node] = answer["data"]["courtyard"]["plots"]["nodes"]
    told = {each["action"]: (each["allowed"], each["reason"]) for each in node["permissions"]}
    assert told["plot.adopt"] == (False, "暂时无法判断可否办理(插件 plots)。")
    assert told["plot.update"][0]
    [error] = answer["errors"]
    assert error["path"] == ["courtyard", "plots", "nodes", 0, "permissions"]
    assert error["extensions"]["code"] == "PLUGIN_FAILED"
    [failure] = plots.house.plugins.failures
    assert (failure.plugin, failure.hook) == ("plots", "offer of plot.adopt")
    answer = await plots.ask(query)
    assert "errors" not in answer
    assert plots.house.plugins.failures == ()


async def test_an_import_that_fails_names_its_plugin_and_line_and_writes_nothing(
    plots: Plots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plots.create("花台", 400)
    file = tmp_path / "绿地.xlsx"
    await yuanluo.export_file(at(plots.house), "plot_roster", file)
    preview = yuanluo.preview_file(plots.house, "plot_roster", file, TODAY)
    monkeypatch.setattr(plots.module, "__file__", str(GUIDE), raising=False)
    monkeypatch.setattr(plots.module, "PlotStatus", None)
    before = await plots.courtyard("people { totalCount } plotCounts { plots }")
    told = (
        r"import.plot_roster failed, nothing was written: AttributeError: .*(FREE|ADOPTED).* \(plugins.md, line \d+\)"
    )
    with pytest.raises(yuanluo.PluginError, match=told) as refused:
        await yuanluo.commit_import(at(plots.house, OTHER), dataclasses.replace(preview, file_sha256="0" * 64))
    assert refused.value.plugin == "plots"
    assert await plots.courtyard("people { totalCount } plotCounts { plots }") == before
    monkeypatch.setattr(plots.module.sheets.Draft, "row", lambda *_: 1 // 0)
    with pytest.raises(yuanluo.PluginError, match="ZeroDivisionError"):
        yuanluo.preview_file(plots.house, "plot_roster", file, TODAY)


def test_the_guides_plugin_is_installed_as_it_says() -> None:
    (page,) = blocks(GUIDE, "toml")
    project = tomllib.loads(page)["project"]
    assert project["entry-points"]["yuanluo.plugins"] == {"plots": "yuanluo_plots"}


# the reference of hooks -------------------------------------------------------------------------------------------


def reference() -> str:
    """Return the reference of hooks as hookspecs.py says it."""
    sections: list[str] = [REFERENCE]
    for name, function in HOOKS.items():
        sentence, _, example = (inspect.getdoc(function) or "").partition("\n\n")
        arguments = ", ".join(inspect.signature(function).parameters)
        sections.append(f"### `{name}({arguments})`\n\n{sentence}\n\n{example}\n")
    return "\n".join(sections)


def test_every_hook_is_documented_as_the_contract_says_it() -> None:
    page = GUIDE.read_text(encoding="utf-8")
    assert page[page.index("## The hooks") :] == reference(), "write it anew with `python tests/test_docs.py`"


def test_the_guides_plugin_implements_every_hook(module: Any) -> None:
    assert {name for name in HOOKS if hasattr(getattr(module, name, None), "yuanluo_impl")} == set(HOOKS)


# the page on GraphQL ----------------------------------------------------------------------------------------------

GRAPHQL = ROOT / "docs" / "graphql.md"


def test_the_queries_of_the_graphql_page_fit_the_schema() -> None:
    schema = graphql.build_schema((ROOT / "docs" / "schema.graphql").read_text(encoding="utf-8"))
    queries = blocks(GRAPHQL, "graphql")
    assert len(queries) == 5
    for query in queries:
        assert graphql.validate(schema, graphql.parse(query)) == []


def test_the_graphql_page_names_every_code_and_no_other() -> None:
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", GRAPHQL.read_text(encoding="utf-8").partition("## Refusals")[2]))
    folder = ROOT / "graphql" / "yuanluo_graphql"
    used = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(
            r'"((?:[A-Z]+_)?(?:LIMIT|TOO_LARGE|FAILED|CURSOR|TIMEOUT|NOT_FOUND|REQUEST|INPUT)|INTERNAL'
            r'|(?:GRAPHQL_)?(?:PARSE|VALIDATION)_FAILED|[A-Z]+_NOT_ALLOWED|NOT_ACCEPTABLE|UNSUPPORTED_MEDIA_TYPE)"',
            path.read_text(encoding="utf-8"),
        )
    }
    assert used <= told | {"NOT_FOUND"}
    ground = ROOT / "tenants" / "yuanluo_tenants" / "database.py"
    source = "\n".join(path.read_text(encoding="utf-8") for path in [*folder.glob("*.py"), *CORE.glob("*.py"), ground])
    assert [code for code in told if f'"{code}"' not in source] == []


# commands and files -----------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode("utf-8")


def command_names(command: Any, prefix: str = "yuanluo") -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from command_names(each, f"{prefix} {name}")
    else:
        yield prefix


def test_every_command_stands_in_the_readme_or_the_documents() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    names = [name for name in command_names(typer.main.get_command(app)) if not name.endswith(" plots")]
    assert len(names) >= 13
    assert [name for name in names if name not in text] == []


def test_no_file_tells_where_it_was_written() -> None:
    # the classes of one letter keep the words themselves out of this file
    forbidden = re.compile(
        r"/(?:root|home/[a-z]\w*|Users/\w+|work|farm)/|(?<!\w)\.[l]ibrary/|before[-]stop|[c]laude|[a]nthropic"
        r"|https?://[a-z.-]*(?:[p]ypi|[p]ythonhosted|[n]pmjs|[d]ebian)\b",
        re.IGNORECASE,
    )
    found = [
        f"{name}: {match.group()}"
        for name, text in texts()
        if not name.startswith("graphql/yuanluo_graphql/static/")
        for match in [forbidden.search(text)]
        if match
    ]
    assert found == []


def test_the_changelog_says_what_is_not_released_yet() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.partition("## Unreleased")[2]
    assert re.search(r"^- \S", unreleased, re.MULTILINE)
    for name in command_names(typer.main.get_command(app)):
        word = name.removeprefix("yuanluo ")
        assert word == "plots" or word in unreleased, f"the changelog does not name {name}"


def test_every_decision_has_its_number_and_says_what_was_given_up() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert all(number.isdecimal() for number in numbers)
    assert len(set(numbers)) == len(numbers)
    for path in decisions:
        assert len(path.read_text(encoding="utf-8").splitlines()) >= 5, path.name


def write() -> None:
    """Write the reference of hooks into the guide."""
    page = GUIDE.read_text(encoding="utf-8")
    GUIDE.write_text(page[: page.index("## The hooks")] + reference(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
