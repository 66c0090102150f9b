"""docs/webhooks.md is true: its Python takes what is really sent, its tables name what is really told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from plots import blocks
from receivers import Receiver
from test_webhooks import ENVELOPE, METADATA, WHOLE, World, house, world

from yuanluo import run_command
from yuanluo.webhooks.commands import WEBHOOK_COMMANDS, RedeliverWebhook, RotateWebhookSecret
from yuanluo.webhooks.commands import redeliver_webhook as redeliver
from yuanluo.webhooks.commands import rotate_webhook_secret as rotate

__all__ = ["house", "world"]

PAGE = Path(__file__).parent.parent / "docs" / "webhooks.md"


def example() -> dict[str, Any]:
    """Execute the page's Python."""
    names: dict[str, Any] = {}
    for block in blocks(PAGE, "python"):
        exec(compile(block, str(PAGE), "exec", dont_inherit=True), names)
    return names


def statuses(inbox: Any, receiver: Receiver) -> set[int]:
    return {inbox.take(got.headers, got.body) for got in receiver.got}


async def test_the_pages_inbox_takes_each_record_once_and_only_genuine_ones(world: World) -> None:
    endpoint = await world.endpoint(world.courtyard)
    assert endpoint.subject_id is not None
    await world.people("甲", "乙")
    await world.deliver()
    again = RedeliverWebhook(endpoint.subject_id, world.courtyard, 1)
    await run_command(redeliver, world.at(), again)
    turned = await run_command(rotate, world.at(), RotateWebhookSecret(endpoint.subject_id))
    await world.deliver()
    old, new = endpoint.secrets[0], turned.secrets[0]
    Inbox, is_genuine = example()["Inbox"], example()["is_genuine"]  # noqa: N806  # a class of the page
    inbox = Inbox(old)
    assert statuses(inbox, world.receiver) == {204}
    assert [message["data"]["sequence"] for message in inbox.taken] == [1, 2, 3, 4, 5]
    assert statuses(Inbox("whsec_" + "A" * 44), world.receiver) == {401}
    got = world.receiver.got[-1]
    assert is_genuine(old, got.headers, got.body)
    assert is_genuine(new, got.headers, got.body)
    assert not is_genuine(old, got.headers, got.body + b" ")
    assert not is_genuine(old, {**got.headers, "webhook-timestamp": "1"}, got.body)


async def test_the_pages_message_has_the_fields_that_are_sent(world: World) -> None:
    await world.endpoint(world.courtyard)
    await world.people("甲")
    await world.deliver()
    [shown] = [json.loads(block) for block in blocks(PAGE, "json")]
    sent = world.receiver.got[-1].json
    assert (shown.keys(), shown["data"].keys()) == (sent.keys(), sent["data"].keys())
    assert (shown["type"], shown["data"]["kind"]) == (sent["type"], sent["data"]["kind"])


def test_the_pages_table_says_what_each_clearance_is_told() -> None:
    rows = re.findall(r"^\|[^|]*\|[^|]*\|([^|]*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = [set(re.findall(r"`(\w+)`", row)) for row in rows[2:]]
    assert told == [ENVELOPE, METADATA - ENVELOPE, WHOLE - METADATA | {"payload"}]


def test_the_page_names_every_command() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [command.name for command in WEBHOOK_COMMANDS if f"`{command.name}`" not in text] == []
