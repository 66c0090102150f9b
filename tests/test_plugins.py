"""The plugin contract: what stops the start, by name; what is isolated at run time; the hooks and their words."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import pytest

import yuanluo
from yuanluo import (
    Action,
    Aggregate,
    Command,
    CommandContext,
    Composition,
    DataClass,
    Exported,
    Exporter,
    Importer,
    Kind,
    Outcome,
    PluginAbout,
    PluginError,
    Plugins,
    SqlField,
    TenantTable,
    Text,
    ToMany,
    ToOne,
    hookimpl,
    hookspecs,
)
from yuanluo.plugins import CORE, GROUP
from yuanluo.sheets import OWNER_ROSTER


class Plot(TenantTable, zh="绿地", en="a plot of green", body="culture", natural_key=["name"], order=["name"]):
    name = Text("名称", "name", klass=DataClass.D0)
    keeper_id = yuanluo.Ref("认养人", "who looks after it", "person", null=True)


class Dangling(TenantTable, zh="悬空", en="refers to nothing"):
    lost_id = yuanluo.Ref("去向", "nowhere", "nowhere")


class Rival(TenantTable, zh="人员", en="another person", tablename="rival", type_name="Person"):
    name = Text("名称", "name")


class Twin(TenantTable, zh="绿地", en="a table of the same name", tablename="plot", type_name="Twin"):
    name = Text("名称", "name")


PLOTS = ToMany("Person", "plots", "Plot", "绿地", "his plots", via="keeper_id")


def plugin(**hooks: Any) -> object:
    """Make a plugin whose hooks return the given values, or are the given functions."""

    def answer(value: Any) -> Any:
        return lambda: value

    members = {
        name: staticmethod(hookimpl(value if inspect.isfunction(value) else answer(value)))
        for name, value in hooks.items()
    }
    return type("Plugin", (), members)()


def compose(**plugins: object) -> Composition:
    return Composition.of(Plugins.load(plugins, entry_points=False))


def refusal(**plugins: object) -> PluginError:
    with pytest.raises(PluginError) as refused:
        compose(**plugins)
    return refused.value


def test_a_plugin_adds_tables_fields_commands_and_roles() -> None:
    composition = compose(
        plots=plugin(
            tables=[Plot],
            graphql_fields=[PLOTS],
            roles=[yuanluo.RoleAbout("COUNCIL_DIRECTOR", {"culture": DataClass.D2})],
        )
    )
    assert composition.registry.owner("plot") == "plots"
    assert [owned.plugin for owned in composition.fields_on("Person") if owned.field is PLOTS] == ["plots"]
    assert composition.rules.roles["COUNCIL_DIRECTOR"].clearances["culture"] is DataClass.D2


def test_core_comes_first_and_plugins_in_name_order() -> None:
    plugins = Plugins.load({"zebra": plugin(), "ant": plugin()}, entry_points=False)
    assert plugins.names == (CORE, "ant", "zebra")


def test_an_unknown_hook_stops_the_start() -> None:
    error = refusal(garden=plugin(flowers=[]))
    assert error.plugin == "garden"
    assert "flowers" in error.en


def test_an_unknown_hook_argument_stops_the_start() -> None:
    def demo_rows(weather: str) -> None:
        raise AssertionError(weather)

    error = refusal(garden=plugin(demo_rows=demo_rows))
    assert error.plugin == "garden"
    assert "weather" in error.en


def test_a_hook_that_raises_or_returns_no_list_stops_the_start() -> None:
    def tables() -> Sequence[type[yuanluo.Declared]]:
        raise RuntimeError("kaput")

    assert "kaput" in refusal(garden=plugin(tables=tables)).en
    assert "sequence" in refusal(garden=plugin(tables=None)).en
    assert "PluginAbout" in refusal(garden=plugin(about="me")).en


@pytest.mark.parametrize(
    ("requires", "word"),
    [
        ({"weather": ">=1"}, "weather"),
        ({"yuanluo": ">=99"}, ">=99"),
        ({"ant": ">=2"}, "1.5"),
        ({"yuanluo": "newest"}, "newest"),
    ],
)
def test_an_unmet_version_or_dependency_stops_the_start(requires: Mapping[str, str], word: str) -> None:
    ant = plugin(about=PluginAbout("蚁", "ant", "1.5"))
    error = refusal(ant=ant, garden=plugin(about=PluginAbout("园", "garden", "1", requires)))
    assert error.plugin == "garden"
    assert word in error.en


def test_a_met_requirement_is_no_obstacle() -> None:
    ant = plugin(about=PluginAbout("蚁", "ant", "1.5"))
    garden = plugin(about=PluginAbout("园", "garden", "1", {"yuanluo": ">=0.1", "ant": ">=1,<2"}))
    assert Plugins.load({"ant": ant, "garden": garden}, entry_points=False).about("garden").en == "garden"


@pytest.mark.parametrize(
    ("hooks", "word"),
    [
        ({"tables": [Dangling]}, "nowhere"),
        ({"tables": [Rival]}, "Person"),
        ({"graphql_fields": [ToMany("Weather", "days", "Person", "日", "days", via="id")]}, "Weather"),
        ({"graphql_fields": [ToMany("Person", "days", "Weather", "日", "days", via="id")]}, "Weather"),
        ({"graphql_fields": [ToMany("Person", "offices", "Seat", "职", "seats", via="holder")]}, "holder"),
        ({"graphql_fields": [ToMany("Person", "offices", "Seat", "职", "seats")]}, "via"),
        ({"graphql_fields": [ToOne("Person", "home", "Dwelling", "家", "home", key="home_id")]}, "home_id"),
        ({"graphql_fields": [ToMany("Person", "seats", "Seat", "职", "seats", via="person_id")]}, "core"),
        ({"graphql_fields": [ToMany("Person", "name", "Seat", "名", "name", via="person_id")]}, "core"),
        ({"graphql_fields": [ToMany("Person", "my_seats", "Seat", "职", "x", via="person_id")]}, "camel"),
        ({"graphql_fields": [Aggregate("Courtyard", "n", "Person", "sum", "数", "n")]}, "column"),
        ({"graphql_fields": [SqlField("Person", "age", Kind.INTEGER, "{age}", ["age"], "岁", "age")]}, "age"),
        ({"graphql_fields": [ToMany("RecordHead", "x", "Person", "人", "x", via="id")]}, "RecordHead"),
        ({"importers": [Importer(OWNER_ROSTER, commit=lambda context, preview: _never())]}, "owner_roster"),
    ],
)
def test_a_colliding_or_dangling_declaration_stops_the_start(hooks: Mapping[str, Any], word: str) -> None:
    error = refusal(garden=plugin(**hooks))
    assert error.plugin == "garden"
    assert word in error.en
    assert error.zh.startswith("插件 garden:")


async def _never() -> Mapping[str, int]:
    raise AssertionError("is not called")


def test_two_plugins_with_one_table_or_field_stop_the_start_by_the_second_name() -> None:
    ant = plugin(tables=[Plot], graphql_fields=[PLOTS])
    assert refusal(ant=ant, bee=plugin(tables=[Twin])).plugin == "bee"
    other = ToMany("Person", "plots", "Plot", "绿地", "plots again", via="keeper_id")
    error = refusal(ant=ant, bee=plugin(graphql_fields=[other]))
    assert error.plugin == "bee"
    assert "ant" in error.en


def test_two_commands_of_one_name_stop_the_start() -> None:
    async def nothing(context: CommandContext, items: Sequence[str]) -> Sequence[Outcome]:
        raise AssertionError((context, items))

    command = Command(
        action=Action("person.create", (), "x", "登记", "create"), input=str, many=nothing, subject_type="Person"
    )
    error = refusal(garden=plugin(commands=[command]))
    assert error.plugin == "garden"
    assert "person.create" in error.en


def test_an_exporter_of_a_kind_that_is_not_imported_is_welcome() -> None:
    async def rows(context: CommandContext, options: Mapping[str, str]) -> Exported:
        raise AssertionError((context, options))

    import dataclasses

    sheet = dataclasses.replace(OWNER_ROSTER, name="plot_roster")
    composition = compose(garden=plugin(exporters=[Exporter(sheet, rows=rows)]))
    assert composition.kind_owners["plot_roster"] == "garden"
    assert "export.plot_roster" in composition.rules.actions


def test_an_entry_point_that_cannot_be_imported_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = metadata.EntryPoint("broken", "yuanluo_no_such_module", GROUP)

    def entry_points(group: str) -> list[metadata.EntryPoint]:
        return [broken] if group == GROUP else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    with pytest.raises(PluginError) as refused:
        Plugins.load()
    assert refused.value.plugin == "broken"
    assert "yuanluo_no_such_module" in refused.value.en


# run time -------------------------------------------------------------------------------------------------------


async def test_a_plugin_failing_at_run_time_is_isolated_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    async def fails(context: Any) -> None:
        raise ValueError("rain")

    async def works(context: Any) -> None:
        called.append(context)

    plugins = Plugins.load({"ant": plugin(demo_rows=fails), "bee": plugin(demo_rows=works)}, entry_points=False)
    results = await plugins.call("demo_rows", {"context": "here"})
    assert (results, called) == ([("bee", None)], ["here"])
    assert [(each.plugin, each.hook, each.error) for each in plugins.failures] == [
        ("ant", "demo_rows", "ValueError: rain")
    ]
    assert "ant" in caplog.text
    plugins.recovered("ant", "demo_rows")
    assert plugins.failures == ()


async def test_a_plugin_that_is_switched_off_is_not_called() -> None:
    called: list[str] = []

    def named(name: str) -> Any:
        async def demo_rows(context: Any) -> None:
            called.append(name)

        return demo_rows

    plugins = Plugins.load({name: plugin(demo_rows=named(name)) for name in ("ant", "bee", "cat")}, entry_points=False)
    for _ in range(2):
        await plugins.call("demo_rows", {"context": None}, enabled=frozenset({"core", "ant", "cat"}))
    assert called == ["ant", "cat"] * 2


# the contract -----------------------------------------------------------------------------------------------------

HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "yuanluo_spec")
}


def test_the_contract_is_small_and_complete() -> None:
    assert set(HOOKS) == {
        "checks",
        "about", "tables", "graphql_fields", "commands", "importers", "exporters", "seat_incompatibilities",
        "actions", "roles", "counters", "indicators", "demo_rows", "cli",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_every_hook_is_one_sentence_with_an_example_and_few_arguments(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    assert text.splitlines()[0].endswith((".", ";")) or ". " not in text.splitlines()[0]
    assert "Example: `" in text
    assert len(inspect.signature(HOOKS[name]).parameters) <= 2


def test_everything_that_yuanluo_promises_is_there_and_documented() -> None:
    for name in yuanluo.__all__:
        value = getattr(yuanluo, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
