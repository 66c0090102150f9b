"""What stops the start of a composed house: each refusal names the plugin and the reason (see test_plugins.py too)."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer

import yuanluo
from yuanluo import (
    Choice,
    Composition,
    Count,
    Counter,
    CounterTable,
    CourtyardCounts,
    DataClass,
    Kind,
    Long,
    PluginAbout,
    PluginError,
    Plugins,
    PythonField,
    SqlField,
    TenantTable,
    Text,
    ToMany,
    ToOne,
    hookimpl,
)
from yuanluo.plugins import GROUP
from yuanluo_graphql import cli
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.naming import RESERVED, SUFFIXES


def plugin(**hooks: Any) -> object:
    def answer(value: Any) -> Any:
        return lambda: value

    members = {
        name: staticmethod(hookimpl(value if inspect.isfunction(value) else answer(value)))
        for name, value in hooks.items()
    }
    return type("Plugin", (), members)()


def start(*, bundled: bool = True, **plugins: object) -> None:
    compose(Composition.of(Plugins.load(plugins, entry_points=bundled)))


def refusal(*, bundled: bool = True, **plugins: object) -> PluginError:
    with pytest.raises(PluginError) as refused:
        start(bundled=bundled, **plugins)
    return refused.value


def table(name: str, *, table_name: str = "", **members: Any) -> type[TenantTable]:
    columns = {"label": Text("名称", "name", klass=DataClass.D0)} | members
    made: Any = type(
        name, (TenantTable,), columns, zh="花圃", en="a garden", tablename=table_name or f"garden_{name.lower()}"
    )
    return made


class Gender(Enum):
    """Another enum of a name that core uses."""

    OTHER = ("其他", "other")


class PersonStatusFilter(Enum):
    """An enum with the name of a type that the schema makes."""

    OTHER = ("其他", "other")


class GardenCounts(CounterTable, zh="花圃计数", en="garden counters"):
    gardens = Long("花圃数", "gardens", unit="gardens")


async def never(rows: Sequence[Mapping[str, Any]], context: Any) -> Sequence[Any]:
    raise AssertionError((rows, context))


def to_many(name: str, on: str = "Person", target: str = "Seat", **rest: Any) -> ToMany:
    return ToMany(on, name, target, "字段", "a field", **({"via": "person_id"} | rest))


@pytest.mark.parametrize(
    ("hooks", "word"),
    [
        pytest.param({"graphql_fields": [to_many("funds", "Courtyard", via=None)]}, "finance", id="field of a plugin"),
        pytest.param({"graphql_fields": [to_many("people", "Courtyard", via=None)]}, "core", id="list of core"),
        pytest.param({"graphql_fields": [to_many("id")]}, "core", id="global id"),
        pytest.param({"graphql_fields": [to_many("idNumberClear")]}, "core", id="clear text"),
        pytest.param({"graphql_fields": [to_many("indicator", "Courtyard", via=None)]}, "own", id="field of the tree"),
        pytest.param({"graphql_fields": [to_many("a-b")]}, "a-b", id="invalid name"),
        pytest.param({"graphql_fields": [to_many("x", where=[("hue", "eq", 1)])]}, "hue", id="condition on no column"),
        pytest.param({"graphql_fields": [to_many("x", where=[("role", "like", 1)])]}, "like", id="no such condition"),
        pytest.param({"graphql_fields": [to_many("x", order=["-hue"])]}, "hue", id="order by no column"),
        pytest.param(
            {"graphql_fields": [ToOne("Person", "x", "Garden", "花", "x", via="person_id")]}, "Garden", id="no type"
        ),
        pytest.param(
            {"graphql_fields": [SqlField("Person", "x", Kind.TEXT, "{hue}", ["name"], "色", "hue")]},
            "hue",
            id="SQL over what it does not need",
        ),
        pytest.param(
            {"graphql_fields": [PythonField("Person", "x", Kind.TEXT, ["hue"], never, "色", "hue")]},
            "hue",
            id="Python over no column",
        ),
        pytest.param({"tables": [table("Fund")]}, "finance", id="type of a plugin"),
        pytest.param({"tables": [table("Garden", table_name="fund")]}, "finance", id="table of a plugin"),
        pytest.param({"tables": [table("Garden", table_name="yuanluo_migration")]}, "reserved", id="reserved table"),
        pytest.param({"tables": [table("Query")]}, "Query", id="root type"),
        pytest.param({"tables": [table("District")]}, "District", id="type of the tree"),
        pytest.param({"tables": [table("PersonConnection")]}, "PersonConnection", id="type the schema makes"),
        pytest.param({"tables": [table("Count")]}, "Courtyard.counts", id="list with a field's name"),
        pytest.param({"tables": [table("Garden", sex=Choice("性别", "sex", Gender))]}, "Gender", id="enum of core"),
        pytest.param(
            {"tables": [table("Garden", x=Choice("状态", "x", PersonStatusFilter))]},
            "PersonStatusFilter",
            id="enum with a made name",
        ),
        pytest.param(
            {"tables": [table("Garden", lost_id=yuanluo.Ref("丢失", "lost", "nowhere"))]},
            "nowhere",
            id="Ref to no table",
        ),
        pytest.param(
            {"tables": [table("Garden", lost_id=yuanluo.Ref("密钥", "token", "api_token"))]},
            "api_token",
            id="Ref out of the courtyard",
        ),
        pytest.param({"counters": [Counter(GardenCounts, {})]}, "garden_counts", id="counter without its table"),
        pytest.param(
            {"counters": [Counter(CourtyardCounts, {"people": Count("garden")})]}, "garden", id="count of no table"
        ),
        pytest.param(
            {"counters": [Counter(CourtyardCounts, {"people": Count("person", where=(("hue", 1),))})]},
            "hue",
            id="count over no column",
        ),
        *(
            pytest.param({hook: ["flower"]}, "flower", id=f"{hook} of something else")
            for hook in (
                "tables",
                "graphql_fields",
                "commands",
                "importers",
                "exporters",
                "actions",
                "roles",
                "counters",
                "seat_incompatibilities",
            )
        ),
    ],
)
def test_what_does_not_fit_stops_the_start_by_name_and_reason(hooks: Mapping[str, Any], word: str) -> None:
    error = refusal(garden=plugin(**hooks))
    assert error.plugin == "garden"
    assert word in error.en
    assert error.zh.startswith("插件 garden:")


def test_a_plugin_that_fits_starts_beside_the_bundled_ones() -> None:
    start(garden=plugin(tables=[table("Garden")], graphql_fields=[to_many("offices")]))


def test_two_plugins_with_one_field_are_refused_by_the_second_name_and_tell_the_first() -> None:
    error = refusal(ant=plugin(graphql_fields=[to_many("offices")]), bee=plugin(graphql_fields=[to_many("offices")]))
    assert (error.plugin, "ant" in error.en) == ("bee", True)


def test_two_plugins_with_one_enum_are_refused() -> None:
    def with_enum() -> object:
        hue: Any = Enum("Hue", {"RED": ("红", "red")})
        return table(f"Garden{id(hue)}", hue=Choice("颜色", "hue", hue))

    error = refusal(ant=plugin(tables=[with_enum()]), bee=plugin(tables=[with_enum()]))
    assert "Hue" in error.en


@pytest.mark.parametrize("name", ["core", "tenants", "yuanluo"])
def test_a_plugin_may_not_take_a_floors_name(name: str) -> None:
    assert refusal(bundled=False, **{name: plugin()}).plugin == name


def test_every_type_that_the_schema_makes_is_reserved() -> None:
    composition = Composition.of(Plugins.load())
    composed = compose(composition)
    own = {*composed.model.entities, *composed.model.enums}
    made = {name for name in composed.core.type_map if not name.startswith("__")} - own
    suffixed = {f"{name}{suffix}" for name in own for suffix in SUFFIXES}
    written = {f"{each.type_prefix}{end}" for each in composed.model.mutations.values() for end in ("Input", "Payload")}
    nested = {
        f"{each.nested.__name__}Input"
        for mutation in composed.model.mutations.values()
        for each in mutation.form.fields
        if each.nested is not None
    }
    assert made <= RESERVED | suffixed | written | nested
    assert {name for name, _ in composed.core.type_map.items() if name in RESERVED} > {"Query", "District", "PageInfo"}


# entry points and the command line --------------------------------------------------------------------------------


def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **sources: str) -> None:
    """Install plugins as a stranger would: modules with entry points, one distribution each."""
    for name, source in sources.items():
        (tmp_path / f"yl_{name}.py").write_text(source, encoding="utf-8")
        folder = tmp_path / f"yl_{name}-1.5.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: yl-{name}\nVersion: 1.5\n", encoding="utf-8")
        point = name.partition("_")[0]
        (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{point} = yl_{name}\n", encoding="utf-8")
        monkeypatch.delitem(sys.modules, f"yl_{name}", raising=False)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("sources", "plugin_name", "word"),
    [
        ({"garden": "import no_such_library"}, "garden", "no_such_library"),
        ({"garden": "1 / 0"}, "garden", "ZeroDivisionError"),
        ({"garden": "def ("}, "garden", "SyntaxError"),
        ({"garden_a": "", "garden_b": ""}, "garden", "same name"),
        ({"finance_x": ""}, "finance", "same name"),
        (
            {
                "garden": "import yuanluo\n@yuanluo.hookimpl\ndef about():\n"
                "    return yuanluo.PluginAbout('园', 'g', requires={'ant': '>=2'})",
                "ant": "",
            },
            "garden",
            "1.5",
        ),
    ],
)
def test_an_installed_plugin_that_does_not_load_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Mapping[str, str], plugin_name: str, word: str
) -> None:
    install(monkeypatch, tmp_path, **sources)
    with pytest.raises(PluginError) as refused:
        Plugins.load()
    assert refused.value.plugin == plugin_name
    assert word in refused.value.en


def test_an_installed_plugin_has_its_distributions_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, tmp_path, garden="")
    assert Plugins.load().about("garden") == PluginAbout("garden", "garden", "1.5")


def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Return the exit status of a call of `yuanluo` and what it said on standard error."""
    monkeypatch.setattr(sys, "argv", ["yuanluo", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    status = left.value.code
    assert isinstance(status, int)
    return status, capsys.readouterr().err


def test_a_plugins_command_line_that_raises_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(app: typer.Typer) -> None:
        raise RuntimeError("no garden")

    loaded = Plugins.load({"garden": plugin(cli=failing)}, entry_points=False)
    monkeypatch.setattr(Plugins, "load", lambda: loaded)
    status, told = say(monkeypatch, capsys, "flowers")
    assert status == 1
    assert "garden" in told
    assert "no garden" in told


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_production_start_without_a_key_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    for name in ("ENVIRONMENT", "SECRET_KEY", "KEY_FILE", "DATABASE_URL"):
        monkeypatch.delenv(f"YUANLUO_{name}", raising=False)
    (tmp_path / "yuanluo.db").touch()
    status, told = say(monkeypatch, capsys, command, "--path", str(tmp_path))
    assert status == 1
    assert "YUANLUO_SECRET_KEY" in told
    assert "Traceback" not in told
