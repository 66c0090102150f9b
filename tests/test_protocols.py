"""An answer leaves in one piece, and nothing that is written is lost, reordered or held for long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from yuanluo_graphql.protocols import Whole


class Wire:
    """A transport that notes what reaches it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("written to a closed transport")
        self.sent.append(data)

    def writelines(self, lines: Sequence[bytes]) -> None:
        self.write(b"".join(lines))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> Any:
        return f"the {name}"


@pytest.fixture
def wire() -> Wire:
    return Wire()


def whole(wire: Wire) -> Whole:
    return Whole(cast("asyncio.Transport", wire), asyncio.get_running_loop())


@pytest.mark.parametrize("size", [0, 1, 300_000])
async def test_head_and_body_leave_together(wire: Wire, size: int) -> None:
    transport = whole(wire)
    transport.write(b"head")
    transport.write(b"b" * size)
    assert wire.sent == [b"head" + b"b" * size]
    await asyncio.sleep(0)
    assert len(wire.sent) == 1


async def test_a_head_that_nothing_follows_leaves_at_once_by_itself(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head of a stream")
    await asyncio.sleep(0)
    assert wire.sent == [b"head of a stream"]
    for event in (b"one", b"two", b"three"):
        transport.write(event)
    await asyncio.sleep(0)
    assert b"".join(wire.sent) == b"head of a streamonetwothree"


async def test_what_is_held_leaves_before_the_connection_closes(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"last words")
    transport.close()
    assert (wire.sent, wire.closed) == ([b"last words"], True)


async def test_who_hung_up_meanwhile_is_written_nothing(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head")
    wire.closed = True
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_the_bare_transport_comes_with_nothing_held_and_the_rest_is_its_own(wire: Wire) -> None:
    transport = whole(wire)
    transport.write(b"head")
    assert transport.bare() is cast("Any", wire)
    assert wire.sent == [b"head"]
    assert transport.get_extra_info("peername") == "the peername"
