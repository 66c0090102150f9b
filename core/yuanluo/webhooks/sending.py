"""One POST to a receiver, guarded: what is refused, how long it may take, how much of the answer is read.

On `httpcore`, the transport beneath httpx: its network backend is a public door through which every connection goes,
so that the address is checked where it is connected to, after the name was resolved and never again asked. It also
does nothing of its own: no redirects, no proxies from the environment, no cookies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit

import httpcore

from yuanluo.clock import system_clock
from yuanluo.webhooks.answer import Answer
from yuanluo.webhooks.policy import Network, WebhookPolicy

__all__ = ["Sender", "is_admitted"]

MOST_READ: Final = 16_384
"""Bytes of an answer that are read; a longer one costs the receiver its connection, nothing else."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""Where all public IPv6 hosts are. Python calls some beyond it global that are not: site-local ones (fec0::/10), NAT64
of one's own (64:ff9b:1::/48), IPv4 in old dress (::/96, ::ffff:0:0:0/96)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(httpcore.ConnectError):
    """A receiver's name leads to no admitted address."""


def is_admitted(address: Address, networks: Iterable[Network] = ()) -> bool:
    """Whether a receiver may stand at `address`: a public one, or one inside of `networks`.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by that one as well.
    """
    if any(address in network for network in networks):
        return True
    if not address.is_global or address.is_multicast or (address.version == 4 and address.is_reserved):
        return False
    if address.version == 6 and not (address in _UNICAST or address in _NAT64):
        return False
    return all(is_admitted(each) for each in _carried(address))


def _carried(address: Address) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return [each for each in carried if each is not None]


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to admitted addresses, by the address that was checked."""

    def __init__(self, networks: tuple[Network, ...], seconds: float) -> None:
        self._networks = networks
        self._seconds = seconds
        # httpcore's own types hide what the class is behind a fallback for where anyio is missing
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve `host` and connect to the first admitted address that answers; each gets a share of the time."""
        last: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        addresses = await self._admitted(host, port)
        if len(addresses) > 1:
            timeout = self._seconds / (len(addresses) + 1)  # one share is left for the message
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or AddressRefused("the host has no address that webhooks may be sent to")

    async def _admitted(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the host's name cannot be resolved: {error}") from error
        addresses = dict.fromkeys(str(each[4][0]) for each in found)
        return [each for each in addresses if is_admitted(_parsed(each), self._networks)]

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


def _parsed(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])  # an address of one link carries its name


class Sender:
    """Posts messages under a policy; an async context manager that keeps connections between them."""

    def __init__(self, policy: WebhookPolicy) -> None:
        self._timeout = policy.timeout_seconds
        self._is_insecure = policy.is_insecure
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(cafile=policy.ca_file),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=30.0,
            network_backend=_Guarded(policy.networks, policy.timeout_seconds),
        )

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post `body` and return how it ended; nothing a receiver does raises."""
        began = time.monotonic()

        def ended(status: int | None, error: str | None = None, retry_after: float | None = None) -> Answer:
            return Answer(status, int((time.monotonic() - began) * 1000), error, retry_after)

        if not (url.startswith("https://") or self._is_insecure):
            return ended(None, "INSECURE: only https is admitted")
        try:
            async with asyncio.timeout(self._timeout):
                status, retry_after = await self._post(url, headers, body)
        except AddressRefused as error:
            return ended(None, f"ADDRESS_REFUSED: {error}")
        except (TimeoutError, httpcore.TimeoutException):
            return ended(None, f"TIMEOUT: no whole answer within {self._timeout:g} s")
        except (httpcore.NetworkError, ssl.SSLError, OSError) as error:
            return ended(None, f"UNREACHABLE: {_brief(error)}")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            return ended(None, f"PROTOCOL: {_brief(error)}")
        if 200 <= status < 300:
            return ended(status)
        return ended(status, f"STATUS: the receiver answered {status}", retry_after)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, float | None]:
        place, host = _place_of(url)
        lines = [("host", host), *headers.items()]
        async with self._pool.stream("POST", place, headers=lines, content=body) as response:
            read = 0
            async for chunk in response.aiter_stream():
                read += len(chunk)
                if read > MOST_READ:
                    break  # leaving the block closes the connection
            asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
        return response.status, _seconds(asked)


def _place_of(url: str) -> tuple[httpcore.URL, str]:
    """Return the URL in parts and its `Host`; httpcore drops a path's `;parameters` and an IPv6 address' brackets."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target), parts.netloc


def _seconds(asked: bytes) -> float | None:
    """Return how long a `Retry-After` asks to wait, in either of its forms: seconds or a date."""
    if asked.isdigit():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked.decode("latin-1"))
    except (ValueError, OverflowError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - system_clock()).total_seconds()


def _brief(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
