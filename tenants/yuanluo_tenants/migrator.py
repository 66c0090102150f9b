"""Building and changing the schema."""

from __future__ import annotations

from yuanluo_tenants import ddl
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry

__all__ = ["build"]


async def build(database: Database, registry: Registry) -> None:
    """Build the whole schema of `registry` in an empty database, as the owner, without migrations."""
    shapes = ddl.shapes_of(registry)
    async with database.owner() as owner:
        for sql in ddl.schema(shapes, database.dialect):
            await owner.execute(sql)
        if database.app_role is not None:
            for shape in shapes:
                for sql in ddl.grants(shape, database.app_role):
                    await owner.execute(sql)
