"""When a refused record is tried again: a plain function of how often it failed."""

from __future__ import annotations

from yuanluo.webhooks.policy import WebhookPolicy

__all__ = ["retry_seconds"]

_DOUBLINGS = 32
"""Beyond, the longest delay holds anyway; keeps the power small."""


def retry_seconds(policy: WebhookPolicy, attempts: int, jitter: float, asked: float | None = None) -> float:
    """Return how long to wait after the failed attempt number `attempts`.

    The delay doubles from the first to the longest and is spread by a quarter to both sides with `jitter` (0 to 1),
    so that what failed together is not tried again together. A receiver that asked for a longer wait (Retry-After)
    gets it, up to the longest.
    """
    doubled = policy.first_retry_seconds * 2.0 ** min(attempts - 1, _DOUBLINGS)
    delay = min(doubled, policy.longest_retry_seconds) * (0.75 + 0.5 * jitter)
    return max(delay, min(asked or 0.0, policy.longest_retry_seconds))
