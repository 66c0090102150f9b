"""Signatures by the Standard Webhooks scheme, so that receivers verify with a library they can take as it is.

Made by the scheme's own library: the sender and the receivers of its users then agree by construction, and it needs
nothing but the standard library.
"""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Final

__all__ = ["new_secret", "signed_headers"]

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """Return a new signing secret: `whsec_` and 256 random bits in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed_headers(signing: Sequence[str], message_id: str, at: dt.datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of the scheme; each secret in `signing` adds one signature, the newest first."""
    from standardwebhooks import Webhook

    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, text) for secret in signing),
    }
