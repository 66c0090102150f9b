"""Opening courtyards and switching plugins: no restart, well under a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from uuid_utils.compat import uuid7

from yuanluo.authority import Action
from yuanluo.command import ADDS, STATES, Command, CommandContext, Outcome, actor_of, each
from yuanluo.counters import counter_row
from yuanluo.courtyards import Courtyard, CourtyardKind, ManagementMode
from yuanluo.inputs import Given
from yuanluo.names import normalize_name, pinyin_key
from yuanluo.plugins import CORE
from yuanluo.records import RecordHead, new_head
from yuanluo_tenants.errors import Invalid, NotFound
from yuanluo_tenants.tree import (
    NodeKind,
    code_of,
    kind_of_number,
    lock_tree,
    open_node,
    place_of,
    range_of,
    where_is,
)

__all__ = [
    "TEMPLATES",
    "CourtyardTemplate",
    "OpenCourtyard",
    "SwitchPlugin",
    "open_courtyard",
    "open_courtyards",
    "switch_plugin",
]


@dataclass(frozen=True, slots=True)
class CourtyardTemplate:
    """What a new courtyard starts with."""

    zh: str
    en: str
    kind: CourtyardKind
    management_mode: ManagementMode
    switched_off: tuple[str, ...] = ()


TEMPLATES: Final[Mapping[str, CourtyardTemplate]] = {
    "old_courtyard": CourtyardTemplate(
        "老旧院落", "old courtyard, self-managed", CourtyardKind.OLD_COURTYARD, ManagementMode.SELF
    ),
    "commercial": CourtyardTemplate(
        "商品房小区",
        "commercial estate with a property company",
        CourtyardKind.COMMERCIAL,
        ManagementMode.PROPERTY_COMPANY,
    ),
    "unit_compound": CourtyardTemplate(
        "单位宿舍", "employer's compound", CourtyardKind.UNIT_COMPOUND, ManagementMode.SELF
    ),
    "resettlement": CourtyardTemplate(
        "安置小区", "resettlement estate", CourtyardKind.RESETTLEMENT, ManagementMode.COMMUNITY_BASIC
    ),
    "rural": CourtyardTemplate(
        "农民集中居住区", "concentrated rural housing", CourtyardKind.RURAL_CONCENTRATED, ManagementMode.COMMUNITY_BASIC
    ),
}
"""The templates a courtyard is opened from; each says only where to begin."""


@dataclass(frozen=True, slots=True)
class OpenCourtyard:
    """A courtyard to be opened in the community the command runs at."""

    name: str
    address: str
    template: Annotated[str, Given("模板", "what kind of courtyard it starts as")] = "old_courtyard"
    serial: Annotated[int | None, Given("序号", "its number in the community; the next free one unless given")] = None
    """Its number in the community; the next free one unless given."""
    grid: Annotated[int | None, Given(is_node=True)] = None
    kind: CourtyardKind | None = None
    management_mode: ManagementMode | None = None
    built_years: str | None = None
    building_count: int = 0
    has_owners_assembly: bool = False
    switched_off: Annotated[tuple[str, ...], Given("停用的插件", "plugins to be off from the start")] = field(
        default=()
    )


async def open_courtyards(context: CommandContext, courtyards: Sequence[OpenCourtyard]) -> Sequence[Outcome]:
    """Open courtyards in a community: node, courtyard row, chain head and zeroed counters."""
    if kind_of_number(context.tenant) is not NodeKind.COMMUNITY:
        raise Invalid(
            "院落须在社区下开通。",
            "a courtyard is opened in a community.",
            field="tenant",
            code="NOT_A_COMMUNITY",
            rule="domain 2",
        )
    await lock_tree(context.database)
    above = await where_is(context.database, context.tenant)
    new: list[dict[str, Any]] = []
    for courtyard in courtyards:
        template = TEMPLATES.get(courtyard.template)
        if template is None:
            raise Invalid(
                f"没有模板 {courtyard.template},可用:{'、'.join(TEMPLATES)}。",
                f"there is no template {courtyard.template!r}; use one of {', '.join(TEMPLATES)}.",
                field="template",
                code="TEMPLATE_UNKNOWN",
                rule="domain 2",
            )
        name = normalize_name(courtyard.name)
        if not name:
            raise Invalid(
                "院落名称不能为空。", "a courtyard needs a name.", field="name", code="REQUIRED", rule="domain 2"
            )
        number = await open_node(
            context.database,
            NodeKind.COURTYARD,
            name,
            parent=context.tenant,
            serial=courtyard.serial,
            grid=courtyard.grid,
        )
        off = dict.fromkeys((*template.switched_off, *courtyard.switched_off))
        _check_plugins(context, off)
        await context.house.switches.turn_off(number, off, context.now, actor_of(context.actor))
        new.append(
            {
                "tenant_id": number,
                "id": uuid7(),
                "code": code_of(number),
                "name": name,
                "name_pinyin": pinyin_key(name),
                "address": courtyard.address.strip(),
                "kind": courtyard.kind or template.kind,
                "built_years": (courtyard.built_years or "").strip() or None,
                "building_count": courtyard.building_count,
                "has_owners_assembly": courtyard.has_owners_assembly,
                "management_mode": courtyard.management_mode or template.management_mode,
                "community": context.tenant,
                "subdistrict": above.subdistrict,
                "district": above.district,
                "grid": courtyard.grid,
                "opened_on": context.today,
            }
        )
    database = context.database
    numbers = [row["tenant_id"] for row in new]
    await database.insert_rows(Courtyard, new)
    await database.insert_rows(RecordHead, [new_head(number) for number in numbers])
    for counter in context.house.composition.counters:
        await database.insert_rows(counter.table, [counter_row(counter.table, number, above) for number in numbers])
    return [Outcome(row["id"], {"number": row["tenant_id"], "name": row["name"]}) for row in new]


@dataclass(frozen=True, slots=True)
class SwitchPlugin:
    """A plugin to be switched on or off at the tenant; its data stays."""

    plugin: Annotated[str, Given("插件", "name of the plugin")]
    on: Annotated[bool, Given("启用", "whether it is to be on")]


async def _switch_plugin(context: CommandContext, switch: SwitchPlugin) -> Outcome:
    _check_plugins(context, [switch.plugin])
    node = await place_of(context.database, context.tenant)
    switches = context.house.switches
    if switch.on:
        await switches.turn_on(context.tenant, [switch.plugin])
    else:
        await switches.turn_off(context.tenant, [switch.plugin], context.now, actor_of(context.actor))
    return Outcome(None, {"plugin": switch.plugin, "on": switch.on, "node": node.number})


def _check_plugins(context: CommandContext, plugins: Sequence[str] | Mapping[str, Any]) -> None:
    for plugin in plugins:
        if plugin == CORE:
            raise Invalid(
                "核心不能停用。", "core cannot be switched off.", field="plugin", code="CORE_STAYS_ON", rule="domain 7"
            )
        if plugin not in context.house.plugins.names:
            raise NotFound(f"没有插件 {plugin}。", f"there is no plugin {plugin!r}.")


open_courtyard: Final = Command(
    action=Action(
        "courtyard.open", ("DISTRICT_ADMIN", "SUBDISTRICT_OFFICER"), "domain 2", "开通院落", "open a courtyard"
    ),
    input=OpenCourtyard,
    many=open_courtyards,
    subject_type="Courtyard",
    reach=range_of,
    unversioned=ADDS,
)
"""Open a courtyard in a community."""

switch_plugin: Final = Command(
    action=Action(
        "plugin.switch",
        ("COMMUNITY_SECRETARY", "DISTRICT_ADMIN"),
        "domain 7",
        "启用或停用插件",
        "switch a plugin on or off",
    ),
    input=SwitchPlugin,
    many=each(_switch_plugin),
    subject_type="Courtyard",
    unversioned=STATES,
)
"""Switch a plugin on or off in a courtyard."""
