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

_LEVELS: Final = (10**4, 10**7, 10**10)


def common_node_sql(lo: str, hi: str) -> str:
    """Return the expression of the lowest node that holds both the nodes `lo` and `hi`, `lo` not above `hi`.

    The nodes below a node are one range of numbers, so it also holds every number between the two.
    """
    levels = "".join(f" WHEN {lo} / {span} = {hi} / {span} THEN {lo} / {span} * {span}" for span in _LEVELS)
    return f"CASE WHEN {lo} = {hi} THEN {lo}{levels} ELSE {NOWHERE} END"


def granted_sql() -> str:
    """Return the select of each account's least and greatest node with a role, and of its highest rank today."""
    holds = "revoked_at IS NULL AND started_on <= {today} AND (ended_on IS NULL OR ended_on >= {today})"
    node = f"CASE WHEN {holds} THEN node END"
    ranks = " ".join(f"WHEN role = '{role}' AND {holds} THEN {rank}" for role, rank in RANKS.items())
    return (
        f"SELECT account_id, coalesce(min({node}), min(node)) AS lo, coalesce(max({node}), max(node)) AS hi,"
        f" max(CASE {ranks} ELSE 0 END) AS rank FROM role_grant GROUP BY account_id"
    )


def node_of(place: str) -> Shown:
    """Return the column with the code of the node at which a row stands."""
    return Shown(NODE_CODE, code_sql(place))


PLACE_OF_ACCOUNT: Final = (
    f"CASE WHEN g.lo IS NULL THEN coalesce(a.node, {NOWHERE}) ELSE {common_node_sql('g.lo', 'g.hi')} END"
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
