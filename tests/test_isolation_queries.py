"""The first lock, the query layer, with the lock of the database taken off."""

from __future__ import annotations

import pytest
import pytest_asyncio
from databases import MakeDatabase
from isolation_tables import TABLES, A, B, C, Courtyards, Ground, GroundNote, three_courtyards

from yuanluo_tenants.errors import DeclarationError, ScopeRequired, ScopeViolation
from yuanluo_tenants.scope import EVERYTHING, Range, Scope, crossing, scoped
from yuanluo_tenants.sqlite_guard import Guard


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unlocked(make_database: MakeDatabase) -> Courtyards:
    courtyards = await three_courtyards(make_database)
    if courtyards.database.dialect == "postgresql":
        async with courtyards.database.owner() as owner:
            for table in TABLES:
                name = table._meta.tablename
                await owner.execute(f"CREATE POLICY open ON {name} USING (true) WITH CHECK (true)")
                await owner.execute(f"GRANT UPDATE, DELETE ON {name} TO {courtyards.database.app_role}")
    else:
        async with courtyards.database.owner() as owner:
            for row in await owner.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                await owner.execute(f'DROP TRIGGER "{row["name"]}"')
    return courtyards


@pytest.fixture(autouse=True)
def every_row_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    enter = Guard.enter
    monkeypatch.setattr(Guard, "enter", lambda self, scope, writing=None: enter(self, EVERYTHING, writing))


async def test_the_lower_lock_is_really_off(unlocked: Courtyards) -> None:
    with scoped(A):
        rows = await unlocked.database.fetch("SELECT name FROM ground")
    assert len(rows) == 3


async def test_a_select_returns_the_rows_of_the_scope_alone(unlocked: Courtyards) -> None:
    with scoped(A):
        assert [row["tenant_id"] for row in await Ground.select()] == [A]
        assert [row.tenant_id for row in await Ground.objects()] == [A]
        assert await Ground.count() == 1
        assert await Ground.select(Ground.name).where(Ground.tenant_id == B) == []
        assert not await Ground.exists().where(Ground.tenant_id == B)
        assert await Ground.objects().get(Ground.id == unlocked.plots[B]) is None


async def test_an_or_in_the_condition_does_not_open_the_scope(unlocked: Courtyards) -> None:
    with scoped(A):
        rows = await Ground.select().where((Ground.tenant_id == A) | (Ground.tenant_id == B))
    assert [row["tenant_id"] for row in rows] == [A]


async def test_a_subquery_carries_the_scope_too(unlocked: Courtyards) -> None:
    with scoped(A):
        inner = GroundNote.select(GroundNote.ground_id)
        rows = await Ground.select().where(Ground.id.is_in(inner))
    assert [row["tenant_id"] for row in rows] == [A]


async def test_a_scope_of_several_ranges_selects_each_of_them(unlocked: Courtyards) -> None:
    with scoped(A, C):
        assert sorted(row["tenant_id"] for row in await Ground.select()) == [A, C]
    with scoped(Range(A, B)):
        assert sorted(row["tenant_id"] for row in await Ground.select()) == [A, B]
    with crossing("test of every courtyard"):
        assert await Ground.count() == 3


async def test_without_a_scope_every_query_raises(unlocked: Courtyards) -> None:
    new = Ground(tenant_id=A, code="x", name="x")
    for query in (
        Ground.select(),
        Ground.objects(),
        Ground.count(),
        Ground.exists(),
        Ground.update({Ground.name: "x"}, force=True),
        Ground.delete(force=True),
        Ground.insert(new),
    ):
        with pytest.raises(ScopeRequired):
            await query
    with pytest.raises(ScopeRequired):
        await unlocked.database.fetch("SELECT 1")
    with pytest.raises(ScopeRequired):
        await unlocked.database.execute("DELETE FROM ground")
    with pytest.raises(ScopeRequired):
        await unlocked.database.insert_rows(Ground, [{"tenant_id": A, "code": "x", "name": "x"}])


async def test_updates_and_deletes_stay_inside_the_scope(unlocked: Courtyards) -> None:
    with scoped(A):
        await Ground.update({Ground.name: "renamed"}, force=True)
        await GroundNote.delete(force=True).where(GroundNote.tenant_id == B)
    with crossing("test"):
        names = {row["tenant_id"]: row["name"] for row in await Ground.select()}
        assert await GroundNote.count() == 3
    assert names == {A: "renamed", B: f"plot of {B}", C: f"plot of {C}"}


async def test_a_row_of_another_tenant_is_not_inserted(unlocked: Courtyards) -> None:
    with scoped(A):
        with pytest.raises(ScopeViolation):
            await Ground.insert(Ground(tenant_id=A, code="ok", name="ok"), Ground(tenant_id=B, code="x", name="x"))
        with pytest.raises(ScopeViolation):
            await unlocked.database.insert_rows(Ground, [{"tenant_id": B, "code": "x", "name": "x"}])
        assert await Ground.count() == 1


async def test_a_row_is_not_moved_to_another_tenant_even_inside_the_scope(unlocked: Courtyards) -> None:
    with scoped(A, B), pytest.raises(ScopeViolation):
        await Ground.update({Ground.tenant_id: B}).where(Ground.tenant_id == A)


async def test_raw_and_freeze_are_refused(unlocked: Courtyards) -> None:
    with scoped(A):
        with pytest.raises(ScopeViolation):
            Ground.raw("SELECT * FROM ground")
        with pytest.raises(DeclarationError):
            Ground.select().freeze()


async def test_a_stored_row_is_saved_by_naming_its_columns(unlocked: Courtyards) -> None:
    with scoped(B):
        plot = await Ground.objects().get(Ground.code == "p")
        assert plot is not None
        plot.name = "saved"
        with pytest.raises(DeclarationError):
            plot.save()
        await plot.save([Ground.name])
        await plot.refresh()
        assert plot.name == "saved"


def test_overlapping_ranges_merge_into_one() -> None:
    assert Scope.of(Range(1, 5), Range(3, 9), 10) == Scope((Range(1, 10),))
