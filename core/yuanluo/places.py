"""Where accounts, grants and tokens stand in the tree, in SQL: nothing stored says so but the grants.

A grant stands at its node. An account stands at the lowest node that holds all of its grants in force today (all it
ever had where none is; without any, the node at which it was made): whoever may disable it needs his rank
at each of them, and so does whoever may revoke its tokens, which stand where their account does. An account with
grants in several districts stands nowhere; only the command line shows it.
"""

from __future__ import annotations

from typing import Final

from yuanluo.authority import RANKS
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import About, Kind
from yuanluo_tenants.listing import NODE_CODE, NOWHERE, Shown, code_sql

__all__ = [
    "ADMINISTRATION",
    "HOLDER",
    "HOLDER_WITH_GRANTS",
    "OF_HOLDER",
    "PLACE_OF_ACCOUNT",
    "RANK",
    "common_node_sql",
    "granted_sql",
    "node_of",
]

D0, D2 = DataClass.D0, DataClass.D2

ADMINISTRATION: Final = "administration"
"""The body whose business accounts, grants, tokens and endpoints are."""

_LEVELS: Final = ("grid", "community", "subdistrict", "district")


def common_node_sql(only: str) -> str:
    """Return the lowest node at or above all of a group's grants `r` that meet `only`, or null.

    `n` is the node of each grant: what is above it, the tree says as it stands.
    """

    def level(column: str) -> str:
        least, most, known = (f"{each}(CASE WHEN {only} THEN {column} END)" for each in ("min", "max", "count"))
        every = f"count(CASE WHEN {only} THEN 1 END)"
        return f" WHEN {least} = {most} AND {known} = {every} THEN {least}"

    return f"CASE{''.join(level(column) for column in ('r.node', *(f'n.{each}' for each in _LEVELS)))} END"


def granted_sql() -> str:
    """Return the select of the node at which each account stands by its grants, if any, and of its rank today."""
    holds = "r.revoked_at IS NULL AND r.started_on <= {today} AND (r.ended_on IS NULL OR r.ended_on >= {today})"
    ranks = " ".join(f"WHEN r.role = '{role}' AND {holds} THEN {rank}" for role, rank in RANKS.items())
    today = f"count(CASE WHEN {holds} THEN 1 END) > 0"
    return (
        "SELECT r.account_id, count(*) AS grants,"
        f" CASE WHEN {today} THEN {common_node_sql(holds)} ELSE {common_node_sql('1 = 1')} END AS node,"
        f" max(CASE {ranks} ELSE 0 END) AS rank FROM role_grant r LEFT JOIN node n ON n.number = r.node"
        " GROUP BY r.account_id"
    )


def node_of(place: str) -> Shown:
    """Return the column with the code of the node at which a row stands."""
    return Shown(NODE_CODE, code_sql(place))


PLACE_OF_ACCOUNT: Final = (
    f"CASE WHEN g.grants IS NULL THEN coalesce(a.node, {NOWHERE}) ELSE coalesce(g.node, {NOWHERE}) END"
)
"""The place of the account `a` whose grants are `g`."""


HOLDER: Final = {
    "sqlite": "LEFT JOIN account a ON a.id = t.account_id",
    "postgresql": "LEFT JOIN account a ON CAST(a.id AS text) = t.account_id",
}
"""The join from a row with an `account_id` to its account `a`."""

_GRANTED: Final = f"LEFT JOIN ({granted_sql()}) g ON g.account_id = t.account_id"
HOLDER_WITH_GRANTS: Final = {dialect: f"{joined} {_GRANTED}" for dialect, joined in HOLDER.items()}
"""The same, with the account's grants `g`."""

RANK: Final = Shown(
    About(Kind.INTEGER, "层级", "highest administrative rank that the account holds today", D0, exposed=False),
    "coalesce(g.rank, 0)",
)
"""For offers: whoever disables an account or revokes its token has at least its rank."""

OF_HOLDER: Final = {
    "account_id": Shown(
        About(Kind.UPWARD, "账号", "the account that holds it", D0, null=True, target="account"), "a.id"
    ),
    "holder_login": Shown(About(Kind.CODE, "持有人登录名", "login of the account that holds it", D2), "a.login"),
    "holder_name": Shown(About(Kind.TEXT, "持有人", "name of the account that holds it", D2), "a.name"),
}
"""Whose a grant or a token is. The account may stand at another node than its grant, and not be shown there."""
