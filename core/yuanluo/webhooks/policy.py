"""What the settings say of webhooks, as one value that commands and the deliverer share."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from yuanluo_tenants.settings import Settings

__all__ = ["Network", "WebhookPolicy"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class WebhookPolicy:
    """How webhooks are delivered; the default is what a house built by hand has: it delivers nothing by itself."""

    runs: bool = False
    """Whether the server delivers."""
    poll_seconds: float = 1.0
    timeout_seconds: float = 10.0
    concurrency: int = 4
    """Courtyards delivered at once to one endpoint."""
    first_retry_seconds: float = 5.0
    longest_retry_seconds: float = 14_400.0
    give_up_after: dt.timedelta = dt.timedelta(hours=72)
    log_kept: dt.timedelta = dt.timedelta(days=30)
    is_insecure: bool = False
    """Whether `http://` is admitted."""
    networks: tuple[Network, ...] = ()
    """Networks that are admitted although they are not public."""
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> WebhookPolicy:
        """Return the policy that the settings say."""
        return cls(
            runs=settings.webhooks,
            poll_seconds=settings.webhook_poll_milliseconds / 1000,
            timeout_seconds=settings.webhook_timeout_seconds,
            concurrency=settings.webhook_concurrency,
            first_retry_seconds=settings.webhook_retry_seconds,
            longest_retry_seconds=settings.webhook_retry_max_seconds,
            give_up_after=dt.timedelta(hours=settings.webhook_give_up_hours),
            log_kept=dt.timedelta(days=settings.webhook_log_days),
            is_insecure=settings.webhook_insecure,
            networks=tuple(ipaddress.ip_network(each) for each in settings.webhook_networks),
            ca_file=settings.webhook_ca_file,
        )

    @property
    def lease(self) -> dt.timedelta:
        """How long a deliverer may stay silent before another takes over: twice as long as one attempt may take.

        The second half is for writing down what came of it, and for clocks of servers that are not quite together.
        """
        return dt.timedelta(seconds=2 * self.timeout_seconds)
