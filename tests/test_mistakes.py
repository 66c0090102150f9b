"""What an author gets wrong in the guide's plugin stops the start with a sentence: which plugin, what, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from plots import plugin_of, source

from yuanluo import Composition, PluginError, Plugins, sheets
from yuanluo.plugins import GROUP
from yuanluo_graphql.assembly import compose
from yuanluo_tenants.errors import DeclarationError

NAME = 'name = yuanluo.Text("名称", "name", klass=DataClass.D0)'
INPUT = "    plot_id: uuid.UUID\n    keeper_id: uuid.UUID\n"
ACTION = '"plot.adopt", ("COUNCIL_DIRECTOR", "GREEN_STEWARD"), "domain 3.4", "认养绿地", "adopt a plot"'
RAW = "from piccolo.table import Table\n\nclass Raw(Table):\n    pass\n"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    sys.modules.pop("yuanluo_plots", None)


def changed(old: str, new: str) -> str:
    text = source()
    assert old in text, old
    return text.replace(old, new, 1)


MISTAKES = {
    # hooks
    "an argument": ("def roles() ->", "def roles(rules) ->", ["roles() is not given rules; it is given nothing"]),
    "another argument": (
        "demo_rows(context: yuanluo.DemoContext)",
        "demo_rows(ctx: yuanluo.DemoContext)",
        ["demo_rows() is not given ctx; it is given context"],
    ),
    "an unknown hook": ("def roles() ->", "def role() ->", ["no hook 'role'", "mean roles?", "seat_incompatibilities"]),
    "no mark": (
        "@hookimpl\ndef tables() ->",
        "def tables() ->",
        ["tables() bears the name of a hook", "mark it, or rename it"],
    ),
    "demo rows that nobody awaits": (
        "async def demo_rows(",
        "def demo_rows(",
        ["demo_rows() must be `async def`"],
    ),
    # tables
    "a table of Piccolo": (
        "return [Plot, PlotCounts]",
        "return [Plot, PlotCounts, Raw]",
        ["tables() returned Raw, which is no table; derive it from TenantTable"],
    ),
    "no table": ("return [Plot, PlotCounts]", "return [Plot, PlotStatus]", ["tables() returned PlotStatus"]),
    "the bare root": (
        "class Plot(\n    yuanluo.TenantTable",
        "class Plot(\n    yuanluo.Declared",
        ["Plot", "derive it from TenantTable"],
    ),
    # roles and actions
    "a misspelt role": (
        ACTION,
        ACTION.replace("COUNCIL_DIRECTOR", "COUNCIL_DIRECTR"),
        ["plot.adopt names a role 'COUNCIL_DIRECTR'", "Did you mean COUNCIL_DIRECTOR?"],
    ),
    "a misspelt keeper": (
        'keepers=("COUNCIL_DIRECTOR",)',
        'keepers=("COUNCIL_DIRECTR",)',
        ["plot.create names a role 'COUNCIL_DIRECTR'", "Did you mean COUNCIL_DIRECTOR?"],
    ),
    "clearances of a misspelt role": (
        'yuanluo.RoleAbout("RESIDENT"',
        'yuanluo.RoleAbout("RESIDNT"',
        ["roles() names a role 'RESIDNT'", "Did you mean RESIDENT?", "RoleAbout with its Chinese term"],
    ),
    "a role without a name": (', "绿化管护员", "green steward"', "", ["a role 'GREEN_STEWARD' that does not exist"]),
    "an action without gloss": (
        '"认养绿地", "adopt a plot"',
        '"认养绿地", ""',
        ["'plot.adopt' needs its Chinese term"],
    ),
    "an action in camel case": ('"plot.adopt"', '"plotAdopt"', ["'plotAdopt' must be like plot.adopt"]),
    # inputs
    "an input that is no dataclass": (
        "@dataclass(frozen=True, slots=True)\nclass AdoptPlot",
        "class AdoptPlot",
        ["its input AdoptPlot must be a dataclass"],
    ),
    "an unknown annotation": (
        INPUT,
        INPUT + "    plate: Plate\n",
        ["an annotation of its input AdoptPlot", "'Plate' is not defined", "at run time"],
    ),
    "a field without meaning": (
        INPUT,
        INPUT + "    reason: str\n",
        ["AdoptPlot.reason has no meaning", "yuanluo.Given(zh, en)]"],
    ),
    "an id without meaning": (INPUT, INPUT + "    other: uuid.UUID\n", ['yuanluo.Given(zh, en, refers="Type")]']),
    "an id without target": (
        INPUT,
        INPUT + '    other: Annotated[uuid.UUID, yuanluo.Given("另", "other")]\n',
        ['AdoptPlot.other does not say to what it refers; say it with yuanluo.Given(..., refers="Type")'],
    ),
    "a misspelt subject": ('subject_type="Plot"', 'subject_type="Plott"', ["no type 'Plott'; check subject_type"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_stops_the_start_and_says_what_to_do(mistake: str) -> None:
    old, new, words = MISTAKES[mistake]
    text = changed(old, new) + RAW
    if "demo" in mistake:
        text = text.replace(
            "    await yuanluo.run_commands(create, context.command,",
            "    yuanluo.run_commands(create, context.command,",
        )
    with pytest.raises(PluginError) as refused:
        compose(Composition.of(Plugins.load({"plots": plugin_of(text=text)}, entry_points=False)))
    assert refused.value.plugin == "plots"
    assert refused.value.zh.startswith("插件 plots:")
    assert [word for word in words if word not in refused.value.en] == [], refused.value.en


DECLARED = {
    "a column of Piccolo": (NAME, "name = Varchar()", "Plot.name is no column of yuanluo; declare it as Text"),
    "a column that is there": (
        NAME,
        NAME + '\n    tenant_id = yuanluo.Long("院落", "courtyard")',
        "Plot has the column 'tenant_id' by itself; do not declare it",
    ),
    "a column that a register has": (
        NAME,
        NAME + '\n    archived_on = yuanluo.Day("日", "day", null=True)',
        "Plot has the column 'archived_on' by itself",
    ),
    "a column without gloss": (NAME, 'name = yuanluo.Text("名称", "")', "column Plot.name needs its Chinese term"),
    "a member without gloss": (
        'FREE = ("待认养", "waiting for somebody")',
        'FREE = "待认养"',
        "PlotStatus.FREE must be its Chinese term and English gloss: (zh, en)",
    ),
    "a member in lower case": ("ADOPTED = (", "adopted = (", "PlotStatus.adopted must be of capitals"),
    "a field that no column fills": ('name_field="name"', 'name_field="nam"', "'plot_roster' fills 'nam'"),
}


@pytest.mark.parametrize("mistake", DECLARED)
def test_a_declaration_that_cannot_be_is_refused_where_it_stands(
    mistake: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new, word = DECLARED[mistake]
    (tmp_path / "yl_wrong.py").write_text(
        "from piccolo.columns import Varchar\n" + changed(old, new).replace("from __future__ import annotations\n", ""),
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = metadata.EntryPoint("wrong", "yl_wrong", GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point])
    with pytest.raises(PluginError) as refused:
        Plugins.load()
    assert refused.value.plugin == "wrong"
    assert word in refused.value.en
    assert "(yl_wrong.py, line " in refused.value.en


def test_a_reference_table_without_a_key_is_told_to_declare_one() -> None:
    text = source() + '\n\nclass Word(yuanluo.ReferenceTable, zh="词", en="a word"):\n    ' + NAME
    with pytest.raises(DeclarationError, match="Word has no key of its own; declare one, such as number = Long"):
        plugin_of(text=text)


def test_a_hook_that_raises_names_its_line() -> None:
    module = plugin_of(text=changed("return [adopt_plot]", "return [adopt_plot][1:2][0]"))
    with pytest.raises(PluginError, match=r"commands\(\) failed at start: IndexError: .* \(plugins.md, line \d+\)"):
        Composition.of(Plugins.load({"plots": module}, entry_points=False))


def test_two_plugins_of_one_name_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [metadata.EntryPoint("twin", value, GROUP) for value in ("json", "html")]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    with pytest.raises(PluginError, match="has the same name: json, html; uninstall one, or rename its entry point"):
        Plugins.load()


def test_a_command_of_the_command_line_that_is_there_already_is_refused() -> None:
    plugins = Plugins.load({"plots": plugin_of()}, entry_points=False)
    app: Any = typer.Typer()
    app.command("plots")(lambda: None)
    with pytest.raises(PluginError, match="the command plots is there already; choose another name"):
        plugins.add_commands(app)


def test_the_kind_of_a_workbook_names_fields_that_its_columns_fill() -> None:
    with pytest.raises(DeclarationError, match="no column of the workbook 'x' fills 'day'"):
        sheets.Kind(
            name="x", title="表", english="x", columns=(sheets.Column("名称", "name"),), name_field="name",
            date_field="day", rules=lambda draft: {},
        )  # fmt: skip
