"""The two roles on PostgreSQL: the owner of the schema, and the app, which row-level security binds.

The server runs as the app's role and refuses to start where that role could step around the policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from yuanluo_tenants.errors import ConfigurationError

__all__ = ["ensure_app_role", "refuse_powerful_role"]

_POWERS = """
SELECT current_user::text AS name,
       r.rolsuper AS superuser,
       r.rolbypassrls AS bypass,
       coalesce((SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
                 WHERE c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER')
                   AND c.relnamespace = current_schema()::regnamespace), '') AS owned,
       coalesce((SELECT string_agg(s.rolname, ', ' ORDER BY s.rolname) FROM pg_roles s
                 WHERE (s.rolsuper OR s.rolbypassrls) AND s.rolname <> current_user
                   AND pg_has_role(current_user, s.oid, 'MEMBER')), '') AS becomes
FROM pg_roles r WHERE r.rolname = current_user
"""
_UNLOCKED = """
SELECT coalesce(string_agg(c.relname, ', ' ORDER BY c.relname), '') AS names FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
  AND c.relname = any($1::text[]) AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
"""


class _Connection(Protocol):
    async def fetch(self, query: str, *args: Any) -> list[Mapping[str, Any]]: ...
    async def execute(self, query: str, *args: Any) -> Any: ...


async def refuse_powerful_role(connection: _Connection, tenant_tables: list[str]) -> None:
    """Raise ConfigurationError unless row-level security binds the connected role on every tenant table."""
    (row,) = await connection.fetch(_POWERS)
    name = row["name"]
    reasons = [
        (row["superuser"], "是超级用户", "is a superuser"),
        (row["bypass"], "拥有 BYPASSRLS 权限", "has BYPASSRLS"),
        (row["owned"], f"是表 {row['owned']} 的所有者", f"owns the tables {row['owned']}"),
        (row["becomes"], f"可切换为 {row['becomes']}", f"may become {row['becomes']}"),
    ]
    for holds, zh, en in reasons:
        if holds:
            raise ConfigurationError(
                f"数据库角色 {name} {zh},行级安全对其无效。请为服务器另设普通角色(YUANLUO_DATABASE_URL),"
                "迁移使用 YUANLUO_OWNER_URL。",
                f"database role {name} {en}, so row-level security would not bind it. Give the server a plain "
                "role in YUANLUO_DATABASE_URL and keep the owner for YUANLUO_OWNER_URL.",
            )
    (found,) = await connection.fetch(_UNLOCKED, tenant_tables)
    unlocked = found["names"]
    if unlocked:
        raise ConfigurationError(
            f"表 {unlocked} 未强制行级安全,请运行 yuanluo migrate。",
            f"tables {unlocked} do not force row-level security; run `yuanluo migrate`.",
        )


async def ensure_app_role(connection: _Connection, role: str, password: str | None) -> None:
    """Create the app's role if it is missing; the owner needs CREATEROLE for that and for nothing else."""
    if await connection.fetch("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        return
    quoted = '"' + role.replace('"', '""') + '"'
    secret = " PASSWORD '" + password.replace("'", "''") + "'" if password else ""
    await connection.execute(f"CREATE ROLE {quoted} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE{secret}")
