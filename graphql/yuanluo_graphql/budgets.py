"""Cost budgets: how much of the server one token, and one node of the tree, may use per minute.

Each payer has a bucket that is filled evenly with his budget of a minute and holds ten seconds of it, so that a burst
is served at once and yet no minute sees much more than the budget. An operation is admitted while something is in the
buckets of all who pay for it, and takes its whole cost at once: so a bucket may be overdrawn by one operation, and
whoever overdrew it waits until it is filled above nothing again. That keeps three promises at once: the rate over time
is the budget, no admitted operation is too dear for any budget, and the time to wait is known to the second.

The cost is the estimate, taken before the database works: what was used is known only when it has been used, and a
budget that is settled later protects nobody from the operations that run meanwhile. A request pays `REQUEST_PRICE`
whatever it asks, and a document that the gate has not seen pays for being read, which is what a flood of wrong
documents costs the server.

Buckets live in the process: with `workers` above one each process counts for itself. That needs no round trip, and
an operator who runs four processes divides by four.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from yuanluo_graphql.refusals import Problem, RequestError

__all__ = [
    "CHARACTER_PRICE",
    "EVENT_PRICE",
    "RATE_LIMITED",
    "REQUEST_PRICE",
    "Account",
    "Budget",
    "Budgets",
    "rate_limited",
]

REQUEST_PRICE: Final = 500
"""What every request costs beside its operation: as much as a small statement with its way there and back."""
EVENT_PRICE: Final = 200
"""What an event of a subscription costs beside what it selects: a small statement."""
CHARACTER_PRICE: Final = 10
"""What a character of a document that has to be parsed and validated costs."""
RATE_LIMITED: Final = "RATE_LIMITED"
_KEPT: Final = 20_000
_MINUTE: Final = 60.0
_BURST: Final = 10.0
"""Seconds of the budget that a bucket holds."""


class Purse:
    """What one payer has left, as of the moment `at`."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left = left
        self.at = at


class Budget:
    """One budget per minute, for each of many payers; `per_minute` 0 asks nobody to pay."""

    def __init__(self, per_minute: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self.burst = per_minute / _MINUTE * _BURST
        self._rate = per_minute / _MINUTE
        self._monotonic = monotonic
        self._purses: OrderedDict[Hashable, Purse] = OrderedDict()

    def __bool__(self) -> bool:
        return self.per_minute > 0

    def purse(self, payer: Hashable) -> Purse:
        """Return the payer's purse, filled up to this moment."""
        now = self._monotonic()
        purse = self._purses.get(payer)
        if purse is None:
            purse = self._purses[payer] = Purse(self.burst, now)
            if len(self._purses) > _KEPT:
                # who has not asked for longest has the fullest purse
                self._purses.popitem(last=False)
            return purse
        self._purses.move_to_end(payer)
        left = purse.left + (now - purse.at) * self._rate
        purse.left = left if left < self.burst else self.burst
        purse.at = now
        return purse

    def overdrawn(self, payer: Hashable) -> float:
        """Return the seconds that a payer has to wait, 0 if he has paid nothing or can pay; it opens no purse."""
        if payer not in self._purses:
            return 0.0
        purse = self.purse(payer)
        return self.wait(purse) if purse.left <= 0 else 0.0

    def wait(self, purse: Purse) -> float:
        """Return the seconds after which an empty purse holds something again."""
        return max(0.0, -purse.left) / self._rate + 1 / self._rate


def rate_limited(seconds: float, zh: str, en: str, remaining: int = 0) -> RequestError:
    """Return the refusal with which a client is told to come back, and when."""
    wait = max(1, math.ceil(seconds))
    return RequestError(
        Problem(
            RATE_LIMITED,
            f"{zh}请在 {wait} 秒后重试。",
            f"{en}; try again in {wait} s.",
            details={"retryAfter": wait},
        ),
        status=429,
        headers=(("retry-after", str(wait)),),
        extensions={"cost": {"remaining": remaining}},
    )


class Account:
    """What pays for one request."""

    __slots__ = ("_purses",)

    def __init__(self, purses: list[tuple[Purse, int]]) -> None:
        self._purses = purses

    def pay(self, cost: int) -> None:
        """Take `cost` from every purse; nodes that a token belongs to share it evenly."""
        for purse, sharers in self._purses:
            purse.left -= cost / sharers

    @property
    def remaining(self) -> int | None:
        """What is left in the emptiest purse, None where nobody has to pay."""
        if not self._purses:
            return None
        return max(0, int(min(purse.left for purse, _ in self._purses)))


class Budgets:
    """The budgets of a server: per token (or address) and per tenant."""

    def __init__(self, per_token: Budget, per_tenant: Budget) -> None:
        self._per_token = per_token
        self._per_tenant = per_tenant

    def open(self, token: Hashable, tenants: Sequence[int]) -> Account:
        """Return the account of a request; refuse it while one of its purses is empty."""
        purses: list[tuple[Purse, int]] = []
        if self._per_token:
            purse = self._per_token.purse(token)
            if purse.left <= 0:
                raise rate_limited(
                    self._per_token.wait(purse),
                    f"本令牌每分钟的查询额度({self._per_token.per_minute})已用完,",
                    f"this token has used its budget of {self._per_token.per_minute} a minute",
                )
            purses.append((purse, 1))
        if self._per_tenant:
            for tenant in tenants:
                purse = self._per_tenant.purse(tenant)
                if purse.left <= 0:
                    raise rate_limited(
                        self._per_tenant.wait(purse),
                        f"本单位每分钟的查询额度({self._per_tenant.per_minute})已用完,",
                        f"the node of this token has used its budget of {self._per_tenant.per_minute} a minute",
                    )
                purses.append((purse, len(tenants)))
        return Account(purses)
