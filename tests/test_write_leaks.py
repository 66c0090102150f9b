"""The generated leak test of writes and exports: every mutation of the composed schema, with every reference of another
courtyard; every kind of workbook that can be exported.

Nobody adds a mutation here by hand. For each one an input is made from its form; each reference in turn is an id of
the other courtyard, one of it that is not there, an own tenant with the other's row, and one that nothing has. All of
them must be refused alike, and the other courtyard must stand as it stood, to the last row.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from two_courtyards import MUTATIONS, Two, build_two, nodes_named, references

import yuanluo
from yuanluo import Composition, Plugins
from yuanluo.authority import Role
from yuanluo.fields import camel
from yuanluo.importing import export_records
from yuanluo.webhooks import commands as webhooks
from yuanluo_graphql import mutations as writing
from yuanluo_graphql.model import Mutation
from yuanluo_tenants.scope import EVERYTHING
from yuanluo_tenants.tables import TableClass

ABSENT: Final = "5101060320019999"
REFUSED: Final = {"NOT_FOUND", "DANGLING_REFERENCE"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(make_database: MakeDatabase) -> Two:
    return await build_two(make_database)


def told(answer: Any, sent: str) -> str:
    """Return what an answer says, apart from the id the client sent himself."""
    text = json.dumps({**answer, "extensions": None}, ensure_ascii=False, sort_keys=True)
    return text.replace(sent.rpartition(":")[2], "<id>") if ":" in sent else text


async def refused_alike(two: Two, mutation: Mutation, path: str, values: Sequence[Any]) -> str | None:
    """Send the mutation with each of `values` at `path`; return its code, or say what differs.

    Compared are the answers and the number of statements: neither words nor time tell one from the other.
    """
    codes: list[str] = []
    answers: list[str] = []
    two.world.house.switches.forget()
    await two.send(mutation, two.input_of(mutation, {path: values[0]}))  # what is remembered is remembered for all
    for value in values:
        answer, asked = await two.counted(mutation, two.input_of(mutation, {path: value}))
        answers.append(f"{told(answer, value)} by {asked} statements")
        codes += [error["extensions"]["code"] for error in answer.get("errors", [])] or ["DONE"]
    if len(set(answers)) > 1:
        two.found.append(f"{mutation.name}.{path}: {sorted(set(answers))}")
    return codes[0]


@pytest.mark.parametrize("name", sorted(MUTATIONS))
async def test_no_mutation_tells_another_courtyards_ids_from_ones_that_are_not_there(two: Two, name: str) -> None:
    mutation = MUTATIONS[name]
    before = await two.standing(two.theirs)
    two.found.clear()
    for path, each in references(mutation.form.fields):
        table = two.world.house.registry.by_type(each.refers or "")
        is_of_a_node = table is not None and table.declared.listing is not None
        if table is None or not (is_of_a_node or table.declared.table_class is TableClass.TENANT):
            continue
        for pair in two.strange(each.refers or ""):
            code = await refused_alike(two, mutation, path, pair)
            if mutation.form.anchor is not None and path == mutation.form.anchor.name:
                assert code != "DONE", path
    for path in nodes_named(mutation.form.fields):
        await refused_alike(two, mutation, path, [ABSENT, two.world.codes[1]])
    if mutation.form.anchor is None:
        strange = [ABSENT, two.world.codes[1], two.world.codes[1][:12], "510106", "x"]
        assert await refused_alike(two, mutation, "node", strange) == "NOT_FOUND"
    assert two.found == []
    assert await two.standing(two.theirs) == before


async def test_who_helps_whom_names_nobody_of_another_courtyard(two: Two) -> None:
    before = await two.standing(two.theirs)
    for mutation in MUTATIONS.values():
        if mutation.command.acts_for is None:
            continue
        for pair in two.strange("Person"):
            values = two.input_of(mutation, {})
            answers = {told(await two.send(mutation, values | {"onBehalfOf": value}), value) for value in pair}
            assert len(answers) == 1, (mutation.name, answers)
    assert await two.standing(two.theirs) == before


def any_tenant(self: Any, type_name: str, gid: Any, name: str, *, is_upward: bool = False) -> uuid.UUID:
    return uuid.UUID(str(gid).rpartition(":")[2])


def any_scope(mutation: Mutation, values: Mapping[str, Any], scope: Any) -> int:
    anchor = mutation.form.anchor
    return int(values["node"]) if anchor is None else int(str(values[camel(anchor.name)]).split(":")[1])


@pytest.mark.parametrize(
    ("name", "path", "place", "hole"),
    [
        ("personUpdate", "person_id", "_tenant", any_scope),
        ("opinionCollect", "node", "_tenant", any_scope),
        ("opinionTriage", "opinion_id", "_tenant", any_scope),
    ],
)
async def test_a_forgotten_filter_is_found(
    two: Two, monkeypatch: pytest.MonkeyPatch, name: str, path: str, place: str, hole: Callable[..., Any]
) -> None:
    monkeypatch.setattr(writing, place, hole)
    two.found.clear()
    mutation = MUTATIONS[name]
    if path == "node":
        await refused_alike(two, mutation, path, [ABSENT, two.world.codes[1]])
        answer = await two.send(mutation, two.input_of(mutation, {"node": two.world.codes[1]}))
        assert two.found or answer["errors"][0]["extensions"]["code"] != "NOT_FOUND"
        return
    for pair in two.strange(mutation.form.anchor.refers or "" if mutation.form.anchor else ""):
        code = await refused_alike(two, mutation, path, pair)
        if code not in REFUSED:
            two.found.append(f"{name}: {code}")
    assert two.found


async def test_a_reference_that_is_not_checked_is_found(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing._Reader, "reference", any_tenant)
    two.found.clear()
    for name in ("seatAppoint", "opinionTriage", "residencyMoveIn"):
        mutation = MUTATIONS[name]
        for path, each in references(mutation.form.fields):
            for pair in two.strange(each.refers or ""):
                code = await refused_alike(two, mutation, path, pair)
                if code not in REFUSED:
                    two.found.append(f"{name}.{path}: {code}")
    assert two.found


async def any_node_there_is(_context: Any, tenant: int | None = None) -> yuanluo.Scope:
    if tenant == int(ABSENT):
        raise yuanluo.NotFound("没有", "there is none")
    return EVERYTHING


async def test_a_node_that_is_not_checked_is_found(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    two.found.clear()
    await refused_alike(two, MUTATIONS["webhookRedeliver"], "tenant", [ABSENT, two.codes[1]])
    assert two.found == []
    monkeypatch.setattr(webhooks, "_below", any_node_there_is)
    await refused_alike(two, MUTATIONS["webhookRedeliver"], "tenant", [ABSENT, two.codes[1]])
    assert two.found


# exports ----------------------------------------------------------------------------------------------------------

EXPORTS: Final = sorted(Composition.of(Plugins.load()).exporters)


def holder(two: Two, tenant: int) -> yuanluo.Viewer:
    """Return somebody who holds every role in one courtyard alone."""
    whole = yuanluo.Range(tenant, tenant)
    held = tuple(role.name for role in Role)
    return yuanluo.Viewer(
        uuid.UUID(int=1),
        "全能",
        yuanluo.Scope.of(tenant),
        tuple(yuanluo.Clearance(whole, body, yuanluo.DataClass.D3) for body in ("*",)),
        tuple((role, tenant) for role in held),
        reach=tuple((role, whole) for role in held),
    )


async def marked(two: Two, tenant: int) -> set[str]:
    """Return texts of a courtyard's exportable rows that stand in no other courtyard's."""
    return {text for kind in EXPORTS for text in await texts(two, tenant, kind)}


async def texts(two: Two, tenant: int, kind: str) -> set[str]:
    """Return every longer text of an export."""
    context = yuanluo.CommandContext(two.world.house, holder(two, tenant), tenant)
    records = (await export_records(context, kind)).records
    return {str(value) for record in records for value in record.values() if len(str(value)) > 6}


@pytest.mark.parametrize("kind", EXPORTS)
async def test_an_export_holds_nothing_that_stands_in_another_courtyard_alone(two: Two, kind: str) -> None:
    mine, theirs = await marked(two, two.mine), await marked(two, two.theirs)
    canaries = theirs - mine
    assert canaries
    assert not canaries.intersection(await texts(two, two.mine, kind))


@pytest.mark.parametrize("kind", EXPORTS)
async def test_an_export_of_another_courtyard_and_of_one_that_is_not_there_are_refused_alike(
    two: Two, kind: str
) -> None:
    before = await two.standing(two.theirs)
    said: set[str] = set()
    for tenant in (two.theirs, int(ABSENT)):
        context = yuanluo.CommandContext(two.world.house, holder(two, two.mine), tenant)
        asked = two.statements
        with pytest.raises(yuanluo.Forbidden) as refused:
            await export_records(context, kind)
        said.add(f"{refused.value.stable_code} {refused.value.zh} {refused.value.rule} {two.statements - asked}")
    assert len(said) == 1
    assert await two.standing(two.theirs) == before
