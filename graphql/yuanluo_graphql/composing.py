"""Composing the schema in a process apart: the server never holds what only the building needs.

Strawberry, the types it makes and their source take some 25 MB that nobody uses once the schema stands. So, where the
system can fork, a child composes, sends what `schema_copy` describes, and ends with all of it; meanwhile the server
loads its other libraries and opens the database. Elsewhere, and where the child fails, the schema is composed here,
so that what is wrong with it is raised to the caller.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import sys
import threading
from typing import TYPE_CHECKING

from graphql import GraphQLSchema

from yuanluo.composition import Composition
from yuanluo_graphql.schema_copy import Description, described, schema_from
from yuanluo_tenants.crypto import Keyring

if TYPE_CHECKING:
    from typing import Never

__all__ = ["Composing", "compose_apart"]

_log = logging.getLogger("yuanluo.schema")


class Composing:
    """A schema that is being composed; ask for it once."""

    def __init__(self, composition: Composition, keys: Keyring, child: int | None, sent: int | None) -> None:
        self._of = (composition, keys)
        self._child = child
        self._sent = sent

    def schema(self) -> GraphQLSchema:
        """Return the schema, once it is there; raise PluginError naming the plugin whose field collides or dangles."""
        if self._child is None or self._sent is None:
            return schema_from(_composed(*self._of))
        with open(self._sent, "rb") as pipe:
            sent = pipe.read()
        _, status = os.waitpid(self._child, 0)
        if status:
            description = _composed(*self._of)
            _log.warning("the schema could not be composed apart (status %s), but here", status)
        else:
            description = pickle.loads(sent)  # noqa: S301  # from our own child
        return schema_from(description)


def compose_apart(composition: Composition, keys: Keyring) -> Composing:
    """Begin to compose the schema: in a child where this process may fork, else when it is asked for."""
    # another thread could hold a lock that the child would wait for without end
    if sys.platform != "linux" or threading.active_count() > 1:
        return Composing(composition, keys, None, None)
    sent, end = os.pipe()
    child = os.fork()
    if not child:
        os.close(sent)
        _compose_and_exit(composition, keys, end)
    os.close(end)
    return Composing(composition, keys, child, sent)


def _compose_and_exit(composition: Composition, keys: Keyring, end: int) -> Never:
    """Send the description and end at once: what the parent registered for its own exit is not ours to run."""
    status = 1
    gc.disable()  # we end before garbage could matter
    try:
        with open(end, "wb") as pipe:
            pipe.write(pickle.dumps(_composed(composition, keys), pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)


def _composed(composition: Composition, keys: Keyring) -> Description:
    from yuanluo_graphql.assembly import compose

    return described(compose(composition, keys).core)
