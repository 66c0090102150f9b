"""The worlds that the oracle is asked about, with viewers of every sort, and one comparison in them.

`Both.check` is what a test or the long run (`oracle_run.py`) does with one document.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from canaries import MINE, THEIRS
from databases import MakeDatabase
from documents_strategy import Corpus, Document, corpus_of, smaller
from executor_finish import completes, strict_schema
from graphql import DocumentNode
from oracle import REFUSED, SMALL_CELLS, Oracle, agree, rows_of
from oracle_house import HouseRules
from small_world import DISTRICT, NOW, ONE, TWO, World, build_world
from whole_world import build_whole_world
from wide_world import A, B, C, build_wide_world

from yuanluo.composition import Composition
from yuanluo.viewer import Clearance, Viewer
from yuanluo_graphql.refusals import RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Refused
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.switches import PluginSwitch

__all__ = ["Both", "NotCompared", "NotValid", "make_full", "make_small", "make_wide", "minimised"]

D1, D2, D3 = DataClass.D1, DataClass.D2, DataClass.D3
LIMITS = ("COST_LIMIT", "DEPTH_LIMIT", "ALIAS_LIMIT", "STATEMENT_LIMIT")
"""Codes of refusals that say nothing of the answer: the document asks for more than is admitted at once."""


class NotCompared(Exception):
    """The document is refused for its size; there is no answer to compare."""


class NotValid(Exception):
    """The strategy made a document that the gate refuses for its contents."""


class Both:
    """A world with its oracle; no dataclass, because hypothesis would print all of it."""

    def __init__(
        self, world: World, oracle: Oracle, viewers: Mapping[str, Viewer | None], twins: Mapping[str, Viewer | None]
    ) -> None:
        self.world = world
        self.oracle = oracle
        self.corpus: Corpus = corpus_of(oracle)
        self.strict = strict_schema(world.schema)
        self.viewers = viewers
        self.twins = twins
        self.loop = asyncio.get_running_loop()
        self.note: Callable[[str], object] = lambda _what: None
        """Told what a comparison came upon."""

    @property
    def database(self) -> Any:
        """The world's database, by which the tables are bound again before each test."""
        return self.world.database

    async def check(self, document: Document, name: str) -> None:
        """Assert that the compiled answers are the oracle's, with both sets of variables, for a viewer and his twin.

        The twin has rights of the same shape elsewhere, so that the plan of the one is used for the other.
        """
        for viewer in (self.viewers[name], self.twins[name]):
            await self.check_for(document, document.variables, viewer)
        if document.other != document.variables:
            await self.check_for(document, document.other, self.viewers[name])

    async def check_for(self, document: Document, variables: Mapping[str, Any], viewer: Viewer | None) -> None:
        """Assert that one answer is the oracle's, and again with cursors of the first answer."""
        engine = self.world.engine
        seen = engine.anonymous if viewer is None else Rights.of(viewer)
        try:
            prepared = engine.documents.prepare(document.text)
            coerced = engine.documents.coerce_variables(prepared, dict(variables)).coerced
        except RequestError as refused:
            if refused.problems[0].code in LIMITS:
                raise NotCompared from refused
            raise NotValid(str(refused)) from refused
        variables = dict(variables)
        mine = dict(variables)
        for more in (True, True, False) if document.places else (False,):
            logging.disable(logging.ERROR)  # plugins fail here on purpose
            try:
                found = json.loads(await engine.run(prepared, coerced, seen))
            except Refused as refused:
                await self.refuses(prepared.document, viewer, mine, refused)
                return
            finally:
                logging.disable(logging.NOTSET)
            expected = await self.oracle.answer(prepared.document, viewer, mine)
            assert expected.errors != REFUSED, "answered, but the oracle refuses"
            cursors = agree(found, expected)
            completes(self.strict, prepared.document, variables, found["data"])
            moved = False
            for variable, key in document.places:
                cursor = _cursor_at(found["data"], key)
                if cursor is not None:
                    variables[variable], mine[variable] = cursor, cursors[cursor]
                    moved = True
            if not moved or not more:
                return
            self.note("continued from a cursor")
            coerced = engine.documents.coerce_variables(prepared, variables).coerced

    async def refuses(
        self, document: DocumentNode, viewer: Viewer | None, variables: Mapping[str, Any], refused: Refused
    ) -> None:
        """Assert that a refusal is the oracle's too; a document that is too wide for one statement is no case."""
        if refused.stable_code in LIMITS:
            raise NotCompared from refused
        assert refused.stable_code == SMALL_CELLS, refused
        self.note("refused for small cells")
        if (await self.oracle.answer(document, viewer, variables)).errors != REFUSED:
            assert self.oracle.may_refuse(document, viewer, variables), refused


def _cursor_at(value: Any, key: str) -> str | None:
    """Return the last cursor below any list answered under `key`."""
    if isinstance(value, list):
        for item in value:
            if (found := _cursor_at(item, key)) is not None:
                return found
    elif isinstance(value, dict):
        if isinstance(value.get(key), dict) and "pageInfo" in value[key]:
            info = value[key]["pageInfo"]
            if info["endCursor"] is not None:
                return str(info["endCursor"])
        for item in value.values():
            if (found := _cursor_at(item, key)) is not None:
                return found
    return None


def viewer(scope: Scope, *clearances: Clearance, own: tuple[tuple[int, uuid.UUID], ...] = ()) -> Viewer:
    """Return a viewer."""
    ends = dt.datetime(2027, 1, 1, 0, 0, 0, 5, tzinfo=dt.timezone.utc)
    return Viewer(uuid.uuid4(), "测试", scope, clearances, (("CLERK", A), ("RESIDENT", B)), own, expires_at=ends)


def viewers_of(
    one: int, two: int, three: int, people: list[tuple[int, uuid.UUID]], bodies: list[str]
) -> dict[str, Viewer | None]:
    """Return a viewer of every sort over three courtyards."""
    whole = Scope.of(DISTRICT)
    community = Range(one // 10_000 * 10_000, one // 10_000 * 10_000 + 9_999)
    here = Scope.of(one)
    return {
        "full": viewer(whole, Clearance(DISTRICT, "*", D3)),
        "nobody": viewer(whole),
        "without a token": None,
        "one courtyard, full": viewer(here, Clearance(Range(one, one), "*", D3)),
        "one courtyard, resident": viewer(here, Clearance(Range(one, one), "*", D1), own=(people[0],)),
        "own person only": viewer(here, own=(people[1],)),
        "own persons in two courtyards": viewer(Scope.of(one, three), own=(people[0], people[-1])),
        "cleared in part": viewer(whole, Clearance(Range(one, one), "*", D3), Clearance(community, "*", D1)),
        "cleared in two parts": viewer(
            whole, Clearance(Range(one, one), "*", D2), Clearance(Range(three, three), "*", D2)
        ),
        "two ranges": viewer(Scope.of(one, three), Clearance(DISTRICT, "*", D2)),
        "two ranges, cleared in one": viewer(Scope.of(community, three), Clearance(Range(three, three), "*", D3)),
        "one body": viewer(
            whole, Clearance(DISTRICT, bodies[0], D3), Clearance(Range(two, two), bodies[1], D2), own=(people[2],)
        ),
        "elsewhere": viewer(Scope.of(one + 5), Clearance(DISTRICT, "*", D3)),
    }


async def both(
    world: World,
    person: str,
    bodies: list[str],
    numbers: tuple[int, int, int],
    composition: Composition | None = None,
) -> Both:
    """Return a world with its oracle; with a composition its viewers hold roles."""
    rows = await rows_of(world.database, world.database.registry, NOW)
    plugins = [
        {"name": p.name, "version": p.version, "description": p.description, "healthy": p.healthy, "problem": p.problem}
        for p in world.engine.doors.plugins()
    ]
    today = NOW.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    rules = HouseRules(composition, NOW) if composition is not None else None
    oracle = Oracle(world.model, world.schema, rows, today, plugins=plugins, rules=rules, formulas=FORMULAS)
    people = [(row["tenant_id"], row["id"]) for row in rows[person]]
    one, two, three = numbers
    viewers = viewers_of(one, two, three, people, bodies)
    twins = viewers_of(two, three, one, people[::-1], bodies)
    if composition is not None:
        viewers, twins = in_office(viewers), in_office(twins)
    return Both(world, oracle, viewers, twins)


OFFICES: Mapping[str, tuple[str, ...]] = {
    "full": ("OPERATOR",),
    "one courtyard, full": ("COUNCIL_DIRECTOR", "POST_HOLDER"),
    "one courtyard, resident": ("RESIDENT", "OWNER"),
    "own person only": ("COUNCIL_MEMBER",),
    "own persons in two courtyards": ("BRANCH_SECRETARY", "SUPERVISOR"),
    "cleared in part": ("COMMUNITY_SECRETARY",),
    "cleared in two parts": ("CASHIER", "ACCOUNTANT"),
    "two ranges": ("OPERATOR",),
    "two ranges, cleared in one": ("SIGNATORY", "AUDITOR"),
    "one body": ("SUBDISTRICT_OFFICER", "DISTRICT_ADMIN"),
    "elsewhere": ("OPERATOR",),
}
"""The roles of the viewers over the full composition; whoever is not named holds none."""


def in_office(viewers: Mapping[str, Viewer | None]) -> dict[str, Viewer | None]:
    """Return the viewers with their roles, in the whole of their scope; one of the operators may only read."""
    return {
        name: replace(
            each,
            reach=tuple((role, part) for role in OFFICES.get(name, ()) for part in each.scope.ranges),
            can_write=name != "elsewhere",
        )
        if each is not None
        else None
        for name, each in viewers.items()
    }


def _payload(values: Mapping[str, Any]) -> str | None:
    if values["disclosure"] in (None, "D3") or values["content"] is None:
        return None
    return json.dumps(json.loads(values["content"])["payload"], ensure_ascii=False, separators=(",", ":"))


FORMULAS = {"Record.payload": _payload}


async def make_small(make_database: MakeDatabase) -> Both:
    """The small world: everything on."""
    world = await build_world(make_database)
    return await both(world, "reader", ["library", "registry"], (ONE, ONE + 1, TWO))


async def make_wide(make_database: MakeDatabase) -> Both:
    """The wide world, with plugins switched off here and there."""
    world = await build_wide_world(make_database)
    with scoped(B, C):
        await world.database.insert_rows(
            PluginSwitch,
            [
                {"tenant_id": B, "plugin": "tea", "off_since": NOW},
                {"tenant_id": C, "plugin": "games", "off_since": NOW},
            ],
        )
    return await both(world, "someone", ["tea", "registry"], (A, B, C))


async def make_full(make_database: MakeDatabase) -> Both:
    """Core with every installed plugin, as the server composes them, over canaries."""
    world, composition = await build_whole_world(make_database)
    bodies = sorted({entity.body for entity in world.model.entities.values()} - {"registry"})
    return await both(world, "person", [bodies[0], "registry"], (MINE, MINE + 1, THEIRS), composition)


async def minimised(both: Both, document: Document, name: str, error: Exception) -> tuple[Document, Exception]:
    """Take away parts of a failing document while it fails in the same way; hypothesis alone needs minutes."""
    progress = True
    while progress:
        progress = False
        for each in smaller(document):
            try:
                await both.check(each, name)
            except (NotCompared, NotValid):
                continue
            except Exception as found:  # noqa: BLE001  # of the same type, else it is another fault
                if type(found) is type(error):
                    document, error, progress = each, found, True
                    break
    return document, error
