"""The demo's first courtyards and people behind the application, asked over HTTP without a network."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from houses import schema_of
from litestar import Litestar

import yuanluo
from yuanluo import CommandContext, House, Plugins, operator, run_command
from yuanluo_graphql.app import build_app
from yuanluo_graphql.demo import DemoState, build_district, seat_viewers
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.settings import load_settings

__all__ = ["SETTINGS", "World", "furnish"]

SETTINGS: Final = load_settings(environment="test", secret_key=None)


@dataclass(slots=True)
class World:
    """Two courtyards of the demo behind the application."""

    house: House
    app: Litestar
    codes: list[str]
    tokens: Mapping[str, str]

    @property
    def database(self) -> yuanluo.Database:
        """The house's database."""
        return self.house.database

    @property
    def tenant(self) -> int:
        """The courtyard in which the demo's people hold their offices."""
        return int(self.codes[0])

    def client(self, app: Litestar | None = None) -> httpx.AsyncClient:
        """Return a client of the application, without a network."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app or self.app), base_url="http://yuanluo.test")

    async def post(self, query: str, token: str | None = None, **headers: str) -> httpx.Response:
        """Send a query."""
        sent = {"authorization": f"Bearer {token}"} if token is not None else {}
        async with self.client() as client:
            return await client.post("/graphql", json={"query": query}, headers=sent | headers)

    async def ask(self, query: str, role: str) -> Any:
        """Return the data for a holder of one of the demo's roles; there must be no error."""
        answer = (await self.post(query, self.tokens[role])).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def courtyard(self, selection: str, role: str) -> Any:
        """Return a selection on the first courtyard."""
        return (await self.ask(f'{{ courtyard(code: "{self.codes[0]}") {{ {selection} }} }}', role))["courtyard"]

    def at(self, tenant: int | None = None, clock: yuanluo.Clock = yuanluo.system_clock) -> CommandContext:
        """Return a context of the operator."""
        return CommandContext(self.house, operator(), tenant or self.tenant, clock)

    async def mint(self, clock: yuanluo.Clock = yuanluo.system_clock) -> tuple[uuid.UUID, str]:
        """Make a token of the district officer for one day; return its id and itself."""
        sql = "SELECT id FROM account WHERE login = 'district_officer'"
        account = await yuanluo.value(self.database, sql, shared=True)
        wanted = yuanluo.CreateToken(account, "test", days=1)
        receipt = await run_command(yuanluo.create_token, self.at(clock=clock), wanted)
        assert receipt.subject_id is not None
        return receipt.subject_id, receipt.secrets[0]

    async def resident(self) -> uuid.UUID:
        """Return the resident's own person."""
        sql = "SELECT p.person_id FROM account_person p JOIN account a ON a.id = {} WHERE a.login = 'resident'"
        key = "CAST(p.account_id AS uuid)" if self.database.dialect == "postgresql" else "p.account_id"
        return uuid.UUID(await yuanluo.value(self.database, sql.format(key), shared=True))

    async def send(self, query: str, role: str, variables: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """Send an operation with variables as a holder of one of the demo's roles; return the whole answer."""
        sent = {"authorization": f"Bearer {self.tokens[role]}"} | headers
        async with self.client() as client:
            body = {"query": query, "variables": dict(variables or {})}
            return (await client.post("/graphql", json=body, headers=sent)).json()


async def furnish(database: yuanluo.Database, plugins: Plugins) -> World:
    """Build two courtyards of the demo in `database` and put the application before them."""
    house = House.build(database, Keyring.single(bytes(range(32))), plugins)
    codes = await build_district(house, courtyards=2, seed=1, progress=lambda *_: None)
    tokens = await seat_viewers(house, DemoState(1, codes))
    return World(house, build_app(house, SETTINGS, schema=schema_of(house)), codes, tokens)
