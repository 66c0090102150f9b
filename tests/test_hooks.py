"""Every hook is called: for each there is something that is there with the guide's plugin and gone without the hook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio
import typer
from databases import MakeDatabase
from houses import CLOCK, COMMUNITY
from plots import plugin_of
from test_docs import HOOKS
from typer.core import TyperGroup

import yuanluo
from yuanluo import Composition, DataClass, DemoContext, House, NodeKind, Plugins
from yuanluo_graphql.assembly import compose
from yuanluo_graphql.demo import build_district
from yuanluo_tenants.crypto import Keyring

Seen = Callable[[Plugins, Composition], bool]


def on_type(type_name: str, field: str) -> Seen:
    def seen(_plugins: Plugins, composition: Composition) -> bool:
        types: Any = compose(composition).core.type_map
        return type_name in types and field in types[type_name].fields

    return seen


def has_command(plugins: Plugins, _composition: Composition) -> bool:
    app = typer.Typer()
    app.command("one")(lambda: None)
    app.command("two")(lambda: None)
    plugins.add_commands(app)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return "plots" in group.commands


EFFECTS: Final[Mapping[str, Seen]] = {
    "about": lambda plugins, _: plugins.about("plots").zh == "绿地认养",
    "tables": on_type("Plot", "sizeC"),
    "graphql_fields": on_type("Person", "plots"),
    "commands": lambda _, composition: "plot.adopt" in composition.rules.actions,
    "importers": lambda _, composition: "import.plot_roster" in composition.rules.actions,
    "exporters": lambda _, composition: "export.plot_roster" in composition.rules.actions,
    "seat_incompatibilities": lambda _, composition: any(
        each.left.role == "GREEN_STEWARD" for each in composition.incompatibilities
    ),
    "actions": lambda _, composition: "plot.inspect" in composition.rules.actions,
    "roles": lambda _, composition: (
        composition.rules.roles["COUNCIL_DIRECTOR"].clearances.get("greening") is DataClass.D2
    ),
    "counters": lambda _, composition: composition.counter_owners.get("plot_counts") == "plots",
    "indicators": lambda _, composition: "PLOT_ADOPTION" in composition.indicators,
    "checks": lambda _, composition: "plots.keepers" in {check.name for _, check in composition.checks},
    "cli": has_command,
}
"""What shows that a hook was called; `demo_rows` is asked of a real demo below."""

WITHOUT_TABLES = (
    "graphql_fields",
    "commands",
    "importers",
    "exporters",
    "counters",
    "indicators",
    "demo_rows",
    "cli",
    "checks",
)


@pytest.fixture(autouse=True)
def guides_module_leaves_nothing() -> Iterator[None]:
    yield
    for name in [each for each in sys.modules if each.startswith("yuanluo_plots")]:
        del sys.modules[name]


def test_every_hook_of_the_contract_has_an_effect_here() -> None:
    assert {*EFFECTS, "demo_rows"} == set(HOOKS)


@pytest.mark.parametrize("hook", sorted(EFFECTS))
def test_a_hook_is_called(hook: str) -> None:
    there = Plugins.load({"plots": plugin_of("yuanluo_plots_with")}, entry_points=False)
    assert EFFECTS[hook](there, Composition.of(there))
    together = {
        "tables": ("tables", *WITHOUT_TABLES),
        "counters": ("counters", "indicators"),
        "roles": ("roles", "commands", "actions"),
    }
    dropped = together.get(hook, (hook,))
    gone = Plugins.load({"plots": plugin_of("yuanluo_plots_without", dropped)}, entry_points=False)
    assert not EFFECTS[hook](gone, Composition.of(gone))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    plugins = Plugins.load({"plots": plugin_of("yuanluo_plots_demo")}, entry_points=False)
    database = await make_database(Composition.of(plugins).registry)
    return House.build(database, Keyring.single(bytes(range(32))), plugins)


async def test_demo_rows_is_called_for_every_node_from_the_top_down(house: House) -> None:
    called: list[DemoContext] = []

    class Watcher:
        @staticmethod
        @yuanluo.hookimpl
        async def demo_rows(context: DemoContext) -> None:
            called.append(context)

    house.plugins._register("watcher", Watcher, "1")
    [code] = await build_district(house, courtyards=1, seed=1, progress=lambda *_: None)
    kinds = [each.kind for each in called]
    assert kinds[0] is NodeKind.DISTRICT
    assert kinds[-1] is NodeKind.COURTYARD
    assert called[-1].settled is not None
    assert called[-1].ancestors[NodeKind.COMMUNITY] == COMMUNITY
    assert called[-1].command.today == yuanluo.day_in_shanghai(CLOCK())
    with yuanluo.scoped(int(code)):
        sql = "SELECT count(*) AS n FROM plot WHERE tenant_id = $1"
        assert await yuanluo.value(house.database, sql, int(code)) == 4
