"""A table that names its keepers is a register: entries are created, updated, archived and restored, and counted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, TODAY, at, make_house

import yuanluo
from yuanluo import (
    AnyCommand,
    Composition,
    Count,
    Counter,
    CreateOrganization,
    CreatePerson,
    DataClass,
    Declared,
    Forbidden,
    House,
    IdempotencyConflict,
    Invalid,
    NotFound,
    PluginError,
    PluginOff,
    Plugins,
    Range,
    Scope,
    StaleRevision,
    SwitchPlugin,
    Viewer,
    hookimpl,
    register_of,
    run_command,
    run_commands,
    scoped,
)
from yuanluo.counters import recount, stored_counts
from yuanluo.registers import Archived, NotArchived
from yuanluo_tenants.database import DanglingReference, Duplicate


class BedKind(Enum):
    FLOWERS = ("花卉", "flowers")
    HERBS = ("香草", "herbs")


class Bed(
    yuanluo.TenantTable,
    zh="花圃",
    en="a flower bed",
    body="greening",
    subject="tended_by",
    natural_key=["name"],
    order=["name"],
    unique=[["name"]],
    keepers=("COUNCIL_DIRECTOR",),
    rule="domain 3.4",
):
    name = yuanluo.Text("名称", "name", klass=DataClass.D0)
    kind = yuanluo.Choice("类别", "what grows there", BedKind)
    size_c = yuanluo.Area("面积", "size")
    plants = yuanluo.Integer("株数", "plants", null=True, default=None)
    is_fenced = yuanluo.Flag("是否围栏", "whether it is fenced", null=True)
    sown = yuanluo.PartialDate("播种时间", "when it was sown", klass=DataClass.D0)
    watered_at = yuanluo.Moment("浇水时间", "when it was watered last", null=True)
    tended_by = yuanluo.Ref("照管人", "who tends it", "person", null=True, klass=DataClass.D1)
    sponsor_id = yuanluo.Upward("资助单位", "who pays for it", "organization")
    hotline = yuanluo.Sealed("联系电话", "phone", klass=DataClass.D2, mask=yuanluo.Mask.PHONE, null=True)


class BedCounts(yuanluo.CounterTable, zh="花圃计数", en="counts of beds", body="greening"):
    beds = yuanluo.Long("花圃数", "beds not archived", unit="beds")
    herbs = yuanluo.Long("香草圃数", "beds of herbs", unit="beds")
    area_c = yuanluo.Area("面积", "area of all beds")
    tended = yuanluo.Long("未照管", "beds that nobody tends", unit="beds")


BED_COUNTER = Counter(
    BedCounts,
    {
        "beds": Count("bed", where=(("archived_on", None),)),
        "herbs": Count("bed", where=(("kind", ("HERBS",)),)),
        "area_c": Count("bed", sum_of="size_c", where=(("archived_on", None),)),
        "tended": Count("bed", where=(("tended_by", None),)),
    },
)
BEDS = register_of(Bed)


class Beds:
    """A plugin that is one register."""

    @hookimpl
    def tables(self) -> Sequence[type[Declared]]:
        return [Bed, BedCounts]

    @hookimpl
    def counters(self) -> Sequence[Counter]:
        return [BED_COUNTER]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"beds": Beds()}, entry_points=False))


def new(name: str, **more: Any) -> Any:
    return BEDS.create.input(**{"name": name, "kind": BedKind.FLOWERS, "size_c": 1_250, **more})


def changed(bed: uuid.UUID, **more: Any) -> Any:
    return BEDS.update.input(bed_id=bed, **more)


def gone(bed: uuid.UUID) -> Any:
    return BEDS.archive.input(bed_id=bed)


async def bed(house: House, name: str, **more: Any) -> uuid.UUID:
    receipt = await run_command(BEDS.create, at(house), new(name, **more))
    assert receipt.subject_id is not None
    return receipt.subject_id


async def row_of(house: House, bed_id: uuid.UUID) -> Mapping[str, Any]:
    with scoped(COURTYARD):
        sql = "SELECT * FROM bed WHERE tenant_id = $1 AND id = $2"
        [row] = await yuanluo.rows(house.database, sql, COURTYARD, bed_id)
    return row


async def counts(house: House) -> Mapping[str, int]:
    """Return the stored counters, which must be what counting anew gives."""
    with scoped(COURTYARD):
        stored = await stored_counts(house.database, BED_COUNTER, COURTYARD)
        assert stored == await recount(house.database, BED_COUNTER, COURTYARD)
    assert stored is not None
    return stored


def test_declaring_keepers_brings_four_commands_of_the_tables_plugin() -> None:
    composition = Composition.of(Plugins.load({"beds": Beds()}, entry_points=False))
    for name in ("bed.create", "bed.update", "bed.archive", "bed.restore"):
        action = composition.rules.actions[name]
        assert (action.roles, action.rule) == (("COUNCIL_DIRECTOR",), "domain 3.4")
        assert composition.command_owners[name] == "beds"
    assert composition.forms["bed.update"].revised is Bed
    assert composition.forms["bed.create"].anchor is None


def test_what_may_be_null_may_be_left_out_and_everything_may_stay_as_it_is() -> None:
    composition = Composition.of(Plugins.load({"beds": Beds()}, entry_points=False))
    create = {field.name: field.is_required for field in composition.forms["bed.create"].fields}
    assert {name for name, is_required in create.items() if is_required} == {"name", "kind", "size_c"}
    update = {field.name: field.is_required for field in composition.forms["bed.update"].fields}
    assert {name for name, is_required in update.items() if is_required} == {"bed_id"}
    assert set(update) - set(create) == {"bed_id", "clear"}


async def test_an_entry_is_created_as_it_is_given(house: House) -> None:
    person = (await run_command(yuanluo.create_person, at(house), CreatePerson("李长富"))).subject_id
    funder = CreateOrganization("CHARITY", "绿化基金")
    sponsor = (await run_command(yuanluo.create_organization, at(house, COMMUNITY), funder)).subject_id
    watered = dt.datetime(2026, 11, 21, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    made = await bed(
        house,
        "  东圃 ",
        sown="2026-03",
        watered_at=watered,
        tended_by=person,
        sponsor_id=sponsor,
        hotline="15400000201",
        is_fenced=True,
    )
    row = await row_of(house, made)
    assert (row["name"], row["kind"], row["size_c"], row["sown"]) == ("东圃", "FLOWERS", 1_250, "2026-03")
    assert (row["watered_at"], row["tended_by"], row["sponsor_id"]) == (watered, person, sponsor)
    assert (row["revision"], row["archived_on"], row["plants"]) == (1, None, None)
    assert b"154" not in row["hotline"]


async def test_an_update_changes_what_it_names_and_empties_what_it_clears(house: House) -> None:
    made = await bed(house, "西圃", sown="2026", plants=12)
    receipt = await run_command(BEDS.update, at(house), changed(made, size_c=99, clear=("sown",)), revision=1)
    row = await row_of(house, made)
    assert (row["name"], row["size_c"], row["sown"], row["plants"], row["revision"]) == ("西圃", 99, None, 12, 2)
    assert receipt.payload["fields"] == ["size_c", "sown"]


async def test_an_update_of_what_somebody_else_changed_is_refused(house: House) -> None:
    made = await bed(house, "南圃")
    await run_command(BEDS.update, at(house), changed(made, size_c=1), revision=1)
    with pytest.raises(StaleRevision) as refused:
        await run_command(BEDS.update, at(house), changed(made, size_c=2), revision=1)
    assert (refused.value.seen, refused.value.current) == (1, 2)
    assert (await row_of(house, made))["size_c"] == 1


async def test_an_archived_entry_stays_and_takes_no_update_until_it_is_restored(house: House) -> None:
    made = await bed(house, "北圃")
    await run_command(BEDS.archive, at(house), gone(made))
    assert (await row_of(house, made))["archived_on"] == TODAY
    for command, item in ((BEDS.archive, gone(made)), (BEDS.update, changed(made, size_c=5))):
        with pytest.raises(Archived) as refused:
            await run_command(command, at(house), item)
        assert (refused.value.stable_code, refused.value.rule) == ("ARCHIVED", "domain 3.4")
    await run_command(BEDS.restore, at(house), BEDS.restore.input(bed_id=made))
    await run_command(BEDS.update, at(house), changed(made, size_c=5))
    with pytest.raises(NotArchived):
        await run_command(BEDS.restore, at(house), BEDS.restore.input(bed_id=made))


async def test_the_offer_of_a_register_follows_its_archive(house: House) -> None:
    context = yuanluo.OfferContext(at(house).actor, COURTYARD, at(house).now)
    for command in (BEDS.update, BEDS.archive):
        assert command.offer is not None
        command.offer.check({"archived_on": None}, context)
        with pytest.raises(Archived):
            command.offer.check({"archived_on": "2026-11-22"}, context)
    assert BEDS.restore.offer is not None
    BEDS.restore.offer.check({"archived_on": "2026-11-22"}, context)
    with pytest.raises(NotArchived):
        BEDS.restore.offer.check({"archived_on": None}, context)


async def test_counters_follow_every_step(house: House) -> None:
    before = await counts(house)

    async def since() -> dict[str, int]:
        return {name: value - before[name] for name, value in (await counts(house)).items()}

    items = [new("计数一", size_c=100), new("计数二", size_c=10, kind=BedKind.HERBS)]
    first, second = (await run_commands(BEDS.create, at(house), items)).subject_ids
    assert first is not None
    assert second is not None
    assert await since() == {"beds": 2, "herbs": 1, "area_c": 110, "tended": 2}
    await run_command(BEDS.update, at(house), changed(first, size_c=130, kind=BedKind.HERBS))
    assert await since() == {"beds": 2, "herbs": 2, "area_c": 140, "tended": 2}
    await run_command(BEDS.archive, at(house), gone(first))
    assert await since() == {"beds": 1, "herbs": 2, "area_c": 10, "tended": 2}
    await run_command(BEDS.restore, at(house), BEDS.restore.input(bed_id=first))
    assert await since() == {"beds": 2, "herbs": 2, "area_c": 140, "tended": 2}
    person = (await run_command(yuanluo.create_person, at(house), CreatePerson("王秀英"))).subject_id
    await run_command(BEDS.update, at(house), changed(second, tended_by=person))
    assert (await since())["tended"] == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"size_c": 2**53}, "size_c"),
        ({"plants": 2**31}, "plants"),
        ({"sown": "2026-13"}, "sown"),
        ({"sown": "2026-02-30"}, "sown"),
        ({"sown": "20260301"}, "sown"),
        ({"watered_at": dt.datetime(2026, 11, 21)}, "watered_at"),  # noqa: DTZ001  # what is refused
    ],
)
async def test_a_value_that_cannot_be_is_refused_and_its_field_named(
    house: House, more: Mapping[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await run_command(BEDS.create, at(house), new(**{"name": "错圃", **more}))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"clear": ("name",)}, "NOT_CLEARABLE"),
        ({"clear": ("colour",)}, "NOT_CLEARABLE"),
        ({"clear": ("sown",), "sown": "2026"}, "NOT_CLEARABLE"),
        ({}, "NOTHING_TO_CHANGE"),
    ],
)
async def test_an_update_that_says_nothing_or_contradicts_itself_is_refused(
    house: House, more: Mapping[str, Any], code: str
) -> None:
    made = await bed(house, f"矛盾{uuid.uuid4()}")
    with pytest.raises(Invalid) as refused:
        await run_command(BEDS.update, at(house), changed(made, **more))
    assert refused.value.stable_code == code


async def test_a_reference_elsewhere_is_refused(house: House) -> None:
    stranger = (await run_command(yuanluo.create_person, at(house, OTHER), CreatePerson("何大成"))).subject_id
    with pytest.raises(DanglingReference):
        await run_command(BEDS.create, at(house), new("远圃", tended_by=stranger))
    beside = CreateOrganization("CHARITY", "邻院基金")
    sponsor = (await run_command(yuanluo.create_organization, at(house, OTHER), beside)).subject_id
    with pytest.raises(NotFound):
        await run_command(BEDS.create, at(house), new("远圃", sponsor_id=sponsor))


async def test_another_courtyards_entry_is_not_there(house: House) -> None:
    made = await bed(house, "本院圃")
    for command, item in ((BEDS.update, changed(made, size_c=1)), (BEDS.archive, gone(made))):
        with pytest.raises(NotFound):
            await run_command(command, at(house, OTHER), item)


async def test_a_key_is_taken_once_and_its_replay_creates_nothing(house: House) -> None:
    await bed(house, "唯一圃")
    with pytest.raises(Duplicate):
        await bed(house, "唯一圃")
    once = await run_command(BEDS.create, at(house), new("幂等圃"), key="k1")
    again = await run_command(BEDS.create, at(house), new("幂等圃"), key="k1")
    assert (again.subject_id, again.replayed) == (once.subject_id, True)
    with pytest.raises(IdempotencyConflict):
        await run_command(BEDS.create, at(house), new("另一圃"), key="k1")
    await counts(house)


async def test_only_the_keepers_keep_it(house: House) -> None:
    here = Range(COURTYARD, COURTYARD)

    def acting(role: str) -> yuanluo.CommandContext:
        viewer = Viewer(uuid.uuid4(), role, Scope((here,)), (), ((role, COURTYARD),), reach=((role, here),))
        return dataclasses.replace(at(house), actor=viewer)

    with pytest.raises(Forbidden) as refused:
        await run_command(BEDS.create, acting("RESIDENT"), new("他人圃"))
    assert refused.value.rule == "domain 3.4"
    await run_command(BEDS.create, acting("COUNCIL_DIRECTOR"), new("主任圃"))


async def test_a_register_is_closed_where_its_plugin_is_off(house: House) -> None:
    off = SwitchPlugin("beds", on=False)
    await run_command(yuanluo.switch_plugin, at(house, OTHER), off)
    with pytest.raises(PluginOff):
        await run_command(BEDS.create, at(house, OTHER), new("停用圃"))


def test_a_command_of_the_same_name_stops_the_start() -> None:
    class Twice(Beds):
        @hookimpl
        def commands(self) -> Sequence[AnyCommand]:
            return [dataclasses.replace(BEDS.create, body="culture")]

    with pytest.raises(PluginError, match=r"plugin twice: .*'bed\.create' is already brought by twice"):
        Composition.of(Plugins.load({"twice": Twice()}, entry_points=False))


def test_a_table_that_extends_another_is_no_register() -> None:
    class Mast(yuanluo.TenantTable, zh="灯杆", en="a mast", extends=Bed, keepers=("COUNCIL_DIRECTOR",)):
        height = yuanluo.Integer("高度", "height")

    class Masts(Beds):
        @hookimpl
        def tables(self) -> Sequence[type[Declared]]:
            return [Bed, BedCounts, Mast]

    with pytest.raises(PluginError, match="plugin masts: Mast cannot be a register"):
        Composition.of(Plugins.load({"masts": Masts()}, entry_points=False))
