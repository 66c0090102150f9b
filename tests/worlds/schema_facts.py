"""What a database's schema is, read back from its catalog, in an order that does not depend on its history."""

from __future__ import annotations

from yuanluo_tenants.database import Database, OwnerConnection

_POSTGRES = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default "
    "FROM information_schema.columns WHERE table_schema = current_schema()",
    "constraints": "SELECT conrelid::regclass::text AS t, conname, pg_get_constraintdef(oid) AS d FROM pg_constraint "
    "WHERE connamespace = current_schema()::regnamespace",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "policies": "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies "
    "WHERE schemaname = current_schema()",
    "locks": "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace",
    "grants": "SELECT table_name, privilege_type, grantee FROM information_schema.role_table_grants "
    "WHERE table_schema = current_schema()",
    "column grants": "SELECT table_name, column_name, privilege_type, grantee "
    "FROM information_schema.column_privileges WHERE table_schema = current_schema()",
}


async def schema_facts(database: Database) -> list[str]:
    """Return one line per column, constraint, index, lock and grant."""
    async with database.owner() as owner:
        if database.dialect == "sqlite":
            return await _sqlite(owner)
        found: list[str] = []
        for kind, sql in _POSTGRES.items():
            rows = await owner.fetch(sql)
            found += [f"{kind} {'|'.join(str(value) for value in row.values())}" for row in rows]
        return sorted(found)


async def _sqlite(owner: OwnerConnection) -> list[str]:
    rows = await owner.fetch("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return sorted(f"{row['type']} {row['name']} {' '.join(row['sql'].split())}" for row in rows)
