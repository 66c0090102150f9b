import pytest, pytest_asyncio, time, json, asyncio
from canaries import *
from test_oracle import *
from test_oracle import both, run
from yuanluo import Plugins, Composition
@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def full(make_database):
    c = Composition.of(Plugins.load())
    p = await build_canary_world(make_database, c.registry, [(o.plugin, o.field) for o in c.fields])
    return await both(p.world, "person", ["finance", "registry"], (MINE, MINE+1, THEIRS))
@SETTINGS
@given(seed=SEEDS, who=SEEDS)
def test_full(full, seed, who):
    run(full, seed, who)
