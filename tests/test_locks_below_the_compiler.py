"""The locks below the compiler: with its tenant predicates gone, the database itself gives nothing foreign.

Every comparison of a tenant number in the compiled SQL, at every level, is made true: what is left is row-level
security on PostgreSQL and the scoped views on SQLite. The same statements with the locks open show that the
predicates were really gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from canaries import MINE, THEIRS, Planted, build_canary_world
from databases import MakeDatabase
from small_world import FIELDS, small_registry
from test_leaks import FULL_OF_MINE, NOBODY_OF_MINE, Leak, check_no_leaks, everything_theirs
from wide_world import WIDE_FIELDS, wide_registry

from yuanluo.viewer import Clearance, Viewer
from yuanluo_graphql.compiler import Compiler
from yuanluo_graphql.plan import Plan
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.scope import EVERYTHING, Scope

VALUE = r"(?:\?\d+|\$\d+::\w+|[ab]\d+\.k?\$?tenant_id)"
TENANT = re.compile(rf"b\d+\.tenant_id(?:={VALUE}| BETWEEN {VALUE} AND {VALUE})")
SEVERAL = re.compile(
    r"b\d+\.tenant_id <@ \(SELECT split_part\(\$1,'/',3\)::int8multirange\)|yuanluo_in\(b\d+\.tenant_id\)"
)


def without_predicates(plan: Plan) -> Plan:
    """Return a plan whose tenant predicates always hold; its parameters stay where they are."""
    if plan.sql is None:
        return plan
    sql = TENANT.sub(lambda found: f"({found.group()} OR 1=1)", plan.sql)
    return replace(plan, sql=SEVERAL.sub("1=1", sql))


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["small", "wide"])
async def planted(make_database: MakeDatabase, request: pytest.FixtureRequest) -> Planted:
    if request.param == "small":
        return await build_canary_world(make_database, small_registry(), FIELDS)
    return await build_canary_world(make_database, wide_registry(), WIDE_FIELDS)


@pytest.fixture
def forgetful(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """The world with a compiler that forgets tenants."""
    compile_ = Compiler.compile

    def compile_without(self: Compiler, *arguments: Any) -> Plan:
        return without_predicates(compile_(self, *arguments))

    monkeypatch.setattr(Compiler, "compile", compile_without)
    planted.world.engine._plans.clear()
    return planted


def open_locks(planted: Planted, patch: pytest.MonkeyPatch) -> None:
    """Let every statement see every tenant."""
    fetch_json = planted.database.fetch_json

    async def opened(sql: str, args: Sequence[Any], _scope: Scope) -> bytes | None:
        return await fetch_json(sql, args, EVERYTHING)

    patch.setattr(planted.database, "fetch_json", opened)


@pytest.mark.parametrize("viewer", [FULL_OF_MINE, NOBODY_OF_MINE], ids=["full", "nobody"])
async def test_without_tenant_predicates_the_database_gives_nothing_foreign(forgetful: Planted, viewer: Viewer) -> None:
    try:
        await check_no_leaks(forgetful, viewer, everything_theirs(forgetful), exact=False)
    finally:
        forgetful.world.engine._plans.clear()


async def test_without_tenant_predicates_nobody_without_a_token_gets_a_row(forgetful: Planted) -> None:
    try:
        everything = everything_theirs(forgetful).joined(forgetful.mine)
        await check_no_leaks(forgetful, None, everything)
    finally:
        forgetful.world.engine._plans.clear()


async def test_with_the_locks_open_the_same_statements_leak(
    forgetful: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_locks(forgetful, monkeypatch)
    try:
        with pytest.raises(Leak, match=f"of (courtyard )?{THEIRS}"):
            await check_no_leaks(forgetful, FULL_OF_MINE, everything_theirs(forgetful), exact=False)
    finally:
        forgetful.world.engine._plans.clear()


async def test_a_scope_of_several_ranges_holds_below_the_compiler(forgetful: Planted) -> None:
    """Two ranges, with the other courtyard between them: the range of lowest and highest would let it through."""
    scope = Scope.of(MINE, THEIRS + 5)
    assert scope.lo < THEIRS < scope.hi
    viewer = Viewer(
        FULL_OF_MINE.account_id,
        "甲",
        scope,
        tuple(Clearance(each, "*", DataClass.D3) for each in scope.ranges),
        (),
        expires_at=FULL_OF_MINE.expires_at,
    )
    rights = Rights.of(viewer)
    engine = forgetful.world.engine
    try:
        prepared = engine.documents.prepare("{ courtyards { totalCount nodes { code } } }")
        answer = json.loads(await engine.run(prepared, {}, rights))
        assert answer == {"data": {"courtyards": {"totalCount": 1, "nodes": [{"code": str(MINE)}]}}}
        await check_no_leaks(forgetful, viewer, everything_theirs(forgetful), depth=1, exact=False)
    finally:
        engine._plans.clear()


async def test_every_tenant_predicate_was_found(planted: Planted) -> None:
    """No comparison of a tenant number but with a switch is left in a statement of every sort of alias."""
    engine = planted.world.engine
    rights = Rights.of(FULL_OF_MINE)
    for entity in planted.world.model.entities.values():
        if not entity.is_tenant:
            continue
        text = f'{{ node(id: "{entity.name}:{MINE}:x") {{ ... on {entity.name} {{ id }} }} courtyards {{ nodes {{ id }} }} }}'
        prepared = engine.documents.prepare(text)
        plan = engine.compiler.compile(prepared.operation, prepared.fragments, {}, rights)
        assert plan.sql is not None
        assert TENANT.search(plan.sql)
        bare = TENANT.sub("", plan.sql)
        assert re.search(r"b\d+\.tenant_id\s*(=|BETWEEN|IN|<|>)", bare) is None
