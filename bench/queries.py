"""The queries of the figures, as yuanluo and the usual way are asked, and as PostGraphile is.

`rollup` and `rollup_counters` answer alike but for where their numbers come from: counted and summed while one
waits, or read from the counter rows that every write keeps. The next three activities depend on the day and are
looked up in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["QUERIES", "Query", "comparable"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question: `what` it asks, its text for each kind of peer, and its variables."""

    name: str
    what: str
    text: str
    postgraphile: str
    asks: str = ""
    """`courtyard` or `courtyards`: what the variables name."""

    def variables(self, number: int, asked: int = 200) -> dict[str, Any]:
        """Return the variables for the courtyard `number`, or for the first `asked` courtyards."""
        if self.asks == "courtyard":
            return {"c": str(number)}
        return {"n": asked} if self.asks == "courtyards" else {}


QUERIES = (
    Query(
        "tiny",
        "one field of one courtyard: what HTTP, token and scope cost by themselves",
        "query Tiny($c: String!) { courtyard(code: $c) { name } }",
        "query Tiny($c: BigInt!) { courtyardByTenantId(tenantId: $c) { name } }",
        "courtyard",
    ),
    Query(
        "overview",
        "ten scalars of a courtyard and its five organizations with their officers and the officers' names",
        """query Overview($c: String!) { courtyard(code: $c) {
          id code name address kind builtYears buildingCount hasOwnersAssembly managementMode openedOn
          organizations(first: 5) { nodes { id name kind establishedOn
            officers { nodes { role startedOn person { name } } } } } } }""",
        """query Overview($c: BigInt!) { courtyardByTenantId(tenantId: $c) {
          rowId code name address kind builtYears buildingCount hasOwnersAssembly managementMode openedOn
          organizations(first: 5, orderBy: [KIND_ASC, NAME_ASC, ROW_ID_ASC]) { nodes { rowId name kind establishedOn
            officers { nodes { role startedOn person { name } } } } } } }""",
        "courtyard",
    ),
    Query(
        "people",
        "100 people of a courtyard with their seats and the seats' organizations",
        """query People($c: String!) { courtyard(code: $c) { people(first: 100) { nodes { id name birth
          seats(first: 5) { nodes { role organization { name } } } } } } }""",
        """query People($c: BigInt!) { courtyardByTenantId(tenantId: $c) {
          people(first: 100, orderBy: [NAME_PINYIN_ASC, ROW_ID_ASC]) { nodes { rowId name birth
            seats(first: 5, orderBy: [STARTED_ON_ASC, ROLE_ASC, ROW_ID_ASC]) { nodes { role organization { name } } } } } } }""",
        "courtyard",
    ),
    Query(
        "rollup",
        "200 courtyards with people, organizations and balance counted live, and their next three activities",
        """query Rollup($n: Int!) { courtyards(first: $n) { totalCount nodes { code name
          peopleCount organizationCount fundsBalance
          upcomingActivities(first: 3) { nodes { title day } } } } }""",
        """query Rollup($n: Int!) { courtyards: allCourtyards(first: $n, orderBy: [NAME_PINYIN_ASC, CODE_ASC, ROW_ID_ASC]) { totalCount
          nodes { code name peopleCount organizationCount fundsBalance
            upcomingActivities(first: 3) { nodes { title day } } } } }""",
        "courtyards",
    ),
    Query(
        "rollup_counters",
        "the same 200 courtyards with the numbers of their counter rows, and their next three activities",
        """query RollupByCounters($n: Int!) { courtyards(first: $n) { totalCount nodes { code name
          counts { people organizations } financeCounts { balanceFen }
          upcomingActivities(first: 3) { nodes { title day } } } } }""",
        """query RollupByCounters($n: Int!) { courtyards: allCourtyards(first: $n, orderBy: [NAME_PINYIN_ASC, CODE_ASC, ROW_ID_ASC]) {
          totalCount nodes { code name counts { people organizations } financeCounts { balanceFen }
            upcomingActivities(first: 3) { nodes { title day } } } } }""",
        "courtyards",
    ),
    Query(
        "rows",
        "1,000 people of five courtyards, ten fields each",
        """query Rows { courtyards(first: 5) { nodes { people(first: 200) { nodes { id name gender birth ethnicity
          status phone idNumber type: __typename phoneAlt } } } } }""",
        """query Rows { courtyards: allCourtyards(first: 5, orderBy: [NAME_PINYIN_ASC, CODE_ASC, ROW_ID_ASC]) { nodes {
          people(first: 200, orderBy: [NAME_PINYIN_ASC, ROW_ID_ASC]) { nodes { rowId name gender birth ethnicity status
            phone: phoneMasked idNumber: idNumberMasked type: __typename phoneAlt: phoneAltMasked } } } } }""",
    ),
)


def comparable(value: Any) -> Any:
    """Return an answer as every peer can give it: row ids without type and tenant, numbers as numbers.

    PostGraphile shows the bare row id and writes bigints as strings; everything else must be equal as it is.
    """
    if isinstance(value, dict):
        return {_plain(key): _number(_plain(key), comparable(each)) for key, each in value.items()}
    return [comparable(each) for each in value] if isinstance(value, list) else value


def _plain(key: str) -> str:
    return {"rowId": "id", "courtyardByTenantId": "courtyard"}.get(key, key)


_NUMBERS = frozenset({"peopleCount", "organizationCount", "fundsBalance", "people", "organizations", "balanceFen"})


def _number(key: str, value: Any) -> Any:
    if key == "id" and isinstance(value, str):
        return value.rpartition(":")[2]
    return int(value) if key in _NUMBERS and isinstance(value, str) else value
