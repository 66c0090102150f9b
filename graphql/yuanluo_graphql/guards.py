"""What stands between an admitted document and the database: budgets, turns, the clock, blocks, and the slow query log.

The engine asks these in order; each is a few dictionary look-ups where nothing is amiss.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from types import MappingProxyType
from typing import Any, Final

import msgspec
from graphql import OperationType

from yuanluo_graphql.admission import Admission
from yuanluo_graphql.alarms import Alarms, Deadline
from yuanluo_graphql.budgets import Account, Budget, Budgets, rate_limited
from yuanluo_graphql.documents import Prepared
from yuanluo_graphql.http import HttpContext
from yuanluo_graphql.refusals import Problem, RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.trusted import TrustedDocuments
from yuanluo_tenants.errors import Refused

__all__ = ["Guards", "Told", "address_of"]

slow_log = logging.getLogger("yuanluo.slow")

_NOBODY: Final = "anonymous"
_NO_BLOCKS: Final[Mapping[str, str]] = MappingProxyType({})


class Told(msgspec.Struct, frozen=True):
    """What an answer tells of its cost: the estimate, its limit, and what is left of the emptiest budget."""

    estimated: int
    limit: int
    remaining: int | None

    @property
    def extensions(self) -> dict[str, Any]:
        """The `extensions` of an answer."""
        cost = {"estimated": self.estimated, "limit": self.limit}
        if self.remaining is not None:
            cost["remaining"] = self.remaining
        return {"cost": cost}

    @property
    def tail(self) -> bytes:
        """The same as the bytes that are put before the last brace of an answer."""
        remaining = "" if self.remaining is None else f',"remaining":{self.remaining}'
        return f',"extensions":{{"cost":{{"estimated":{self.estimated},"limit":{self.limit}{remaining}}}}}'.encode()


@dataclass(slots=True)
class Guards:
    """The guards of one engine; as made without arguments they refuse nobody but who takes ten seconds."""

    budgets: Budgets = field(default_factory=lambda: Budgets(Budget(0), Budget(0)))
    admission: Admission = field(default_factory=lambda: Admission(1_000, 1_000, 1_000, 1_000))
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)
    blocked: Callable[[], Mapping[str, str]] = lambda: _NO_BLOCKS
    """Return the reasons of the blocked documents by hash."""
    seconds: float = 10.0
    slow_seconds: float = 0.0
    tells_cost: bool = True
    wrong_tokens: Budget = field(default_factory=lambda: Budget(0))
    """How many wrong tokens an address may send."""
    slow: int = 0
    """How many operations were logged as slow."""
    _alarms: Alarms = field(init=False)

    def __post_init__(self) -> None:
        self._alarms = Alarms(self.seconds)

    def payer(self, rights: Rights, http: HttpContext) -> Hashable:
        """Return who pays for a request: its token, or the address it comes from."""
        return address_of(http.client) if rights.token is None else rights.token

    def account(self, payer: Hashable, rights: Rights) -> Account:
        """Return what pays for a request; refuse it while that is empty."""
        return self.budgets.open(payer, rights.nodes)

    def shut_out(self, client: str | None) -> float:
        """Return the seconds for which no unknown token of an address is looked up, nearly always 0."""
        if client is None or not self.wrong_tokens:
            return 0.0
        return self.wrong_tokens.overdrawn(address_of(client))

    def stranger(self, seconds: float) -> RequestError:
        """Return the refusal of an address that has sent too many wrong tokens."""
        return rate_limited(
            seconds, "该地址发来的无效令牌过多,", "this address has sent too many tokens that are not valid"
        )

    def count_wrong_token(self, client: str | None) -> None:
        """Remember that an address has sent a wrong token."""
        if client is not None and self.wrong_tokens:
            self.wrong_tokens.purse(address_of(client)).left -= 1

    def refuse_blocked(self, prepared: Prepared) -> None:
        """Refuse an operation that the operator has blocked."""
        reason = self.blocked().get(prepared.hash)
        if reason is not None:
            raise RequestError(
                Problem(
                    "OPERATION_BLOCKED",
                    f"本查询已被运维停用:{reason}",
                    f"The operator has blocked this operation: {reason}",
                    details={"sha256": prepared.hash},
                ),
                status=403,
            )

    def named(self, prepared: Prepared) -> str | None:
        """Return the operation's name where the operator registered its document; any other may say anything."""
        return prepared.name if prepared.hash in self.trusted.by_id else None

    def told(self, cost: int, limit: int, account: Account) -> Told | None:
        """Return what the answer tells of its cost, None where it tells nothing."""
        return Told(cost, limit, account.remaining) if self.tells_cost else None

    async def run(
        self,
        prepared: Prepared,
        cost: int,
        payer: Hashable,
        rights: Rights,
        request_id: str,
        work: Callable[[], Awaitable[bytes]],
    ) -> bytes:
        """Await `work` when it is its turn and stop it when it takes too long; log it if it was slow."""
        tenant = rights.nodes or _NOBODY
        if not self.admission.enter_at_once(payer, tenant):
            await self._wait(payer, tenant)
        began = time.perf_counter()
        deadline = Deadline()
        self._alarms.set(deadline)
        try:
            return await work()
        except asyncio.CancelledError:
            if deadline.was_it():
                raise self._too_late(prepared) from None
            raise
        finally:
            self._alarms.stop(deadline)
            self.admission.leave(payer, tenant)
            took = time.perf_counter() - began
            if self.slow_seconds and took >= self.slow_seconds:
                self.slow += 1
                slow_log.warning(
                    "slow operation sha256=%s name=%s cost=%d milliseconds=%d request=%s",
                    prepared.hash,
                    self.named(prepared) or "-",
                    cost,
                    took * 1_000,
                    request_id,
                )

    async def _wait(self, payer: Hashable, tenant: Hashable) -> None:
        """Wait for a turn, as long as an operation may run at most."""
        deadline = asyncio.timeout(self.seconds)
        try:
            async with deadline:
                await self.admission.enter(payer, tenant)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise rate_limited(
                1,
                "服务器正忙,本令牌的其他查询尚未结束,",
                "the server is busy with other operations of this token",
            ) from None

    def _too_late(self, prepared: Prepared) -> RequestError:
        seconds = f"{self.seconds:g}"
        zh, en = "请缩小范围或拆分后再试。", "ask for less at a time."
        if prepared.kind is OperationType.MUTATION:
            zh = "其中部分变更可能已生效;请用同一 idempotencyKey 再提交一次,即可得知。"
            en = "some of its fields may have been written; send it again with the same idempotencyKey to learn which."
        return RequestError(
            Problem(
                "OPERATION_TIMEOUT",
                f"操作超过 {seconds} 秒,已停止。{zh}",
                f"The operation took more than {seconds} s and was stopped; {en}",
                details={"seconds": self.seconds},
            )
        )


def with_cost(error: Refused, told: Told | None) -> RequestError:
    """Return the refusal of a priced operation as one that tells its cost."""
    if not isinstance(error, RequestError):
        error = RequestError(Problem(error.stable_code, error.message("zh-CN"), error.message("en")))
    if told is not None:
        error.extensions = {**told.extensions, **(error.extensions or {})}
    return error


def address_of(client: str | None) -> str:
    """Return the address whose budget pays; of IPv6 the network of one subscriber, of IPv4 in its dress the IPv4."""
    if client is None:
        return _NOBODY
    if ":" not in client:
        return client
    try:
        address = IPv6Address(client.partition("%")[0])
    except ValueError:
        return client
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
