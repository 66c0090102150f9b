"""Core's rules on offices as plain functions, and the log of sensitive reads on both engines."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COURTYARD, OTHER, make_house
from hypothesis import given
from hypothesis import strategies as st

import yuanluo
from yuanluo import HeldSeat, House, Incompatibility, Office, find_incompatibility, operator, scoped
from yuanluo.privacy import SensitiveRead, log_reads
from yuanluo.sealing import masked
from yuanluo_tenants.columns import Mask

RULE = Incompatibility(Office("SUPERVISORY"), Office(role="CASHIER"), "domain C1", "不得兼任", "not together")
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def seat(kind: str, role: str, since: dt.date, days: int | None) -> HeldSeat:
    return HeldSeat(kind, role, since, None if days is None else since + dt.timedelta(days=days))


@given(DAYS, st.none() | st.integers(0, 900), DAYS, st.none() | st.integers(0, 900))
def test_two_incompatible_offices_collide_exactly_when_they_share_a_day(
    first: dt.date, long: int | None, second: dt.date, short: int | None
) -> None:
    supervisor = seat("SUPERVISORY", "MEMBER", first, long)
    cashier = seat("FINANCE_OFFICE", "CASHIER", second, short)
    end = min(supervisor.until or dt.date.max, cashier.until or dt.date.max)
    share = max(first, second) <= end
    assert (find_incompatibility(cashier, [supervisor], [RULE]) is RULE) is share
    assert (find_incompatibility(supervisor, [cashier], [RULE]) is RULE) is share


@pytest.mark.parametrize(
    ("kind", "role"), [("SUPERVISORY", "MEMBER"), ("RESIDENT_COUNCIL", "CHAIR"), ("FINANCE_OFFICE", "ACCOUNTANT")]
)
def test_offices_without_a_rule_go_together(kind: str, role: str) -> None:
    held = seat("SUPERVISORY", "CHAIR", dt.date(2024, 1, 1), None)
    assert find_incompatibility(seat(kind, role, dt.date(2025, 1, 1), None), [held], [RULE]) is None


def test_one_office_that_matches_both_sides_of_a_rule_does_not_forbid_itself() -> None:
    both = seat("SUPERVISORY", "CASHIER", dt.date(2025, 1, 1), None)
    assert find_incompatibility(both, [], [RULE]) is None


def test_each_phone_of_a_list_is_masked_by_itself_and_a_hidden_text_leaves_nothing() -> None:
    assert masked(Mask.PHONE, "15400000201/02820000202") == "154****0201/028****0202"
    assert masked(Mask.HIDE, "病历") is None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


async def test_sensitive_reads_of_several_courtyards_are_logged_outside_the_chain(house: House) -> None:
    ids = [uuid.UUID(int=number) for number in (3, 1, 2)]
    reads = [
        SensitiveRead(COURTYARD, "PartyMembership", "*", ids),
        SensitiveRead(OTHER, "PartyMembership", "*", ids[:1]),
        SensitiveRead(OTHER, "Person", "*", []),
    ]
    await log_reads(house.database, operator(), reads, purpose="年度统计", now=CLOCK())
    with scoped(COURTYARD, OTHER):
        rows = await yuanluo.rows(house.database, "SELECT * FROM read_log ORDER BY tenant_id")
        assert await yuanluo.value(house.database, "SELECT count(*) FROM record") == 0
    assert [(row["tenant_id"], row["row_count"], row["purpose"], row["actor"]) for row in rows] == [
        (COURTYARD, 3, "年度统计", "operator"),
        (OTHER, 1, "年度统计", "operator"),
    ]
    assert json.loads(rows[0]["row_ids"]) == sorted(map(str, ids))


async def test_the_read_log_cannot_be_changed(house: House) -> None:
    await log_reads(
        house.database, operator(), [SensitiveRead(OTHER, "Person", "*", [uuid.uuid4()])], purpose="", now=CLOCK()
    )
    for sql in ("UPDATE read_log SET purpose = 'x'", "DELETE FROM read_log"):
        with scoped(OTHER), pytest.raises(Exception, match=r"(?i)append|permission|只可追加|不得"):
            await house.database.execute(sql)
