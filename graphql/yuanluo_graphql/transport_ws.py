"""The sub-protocol `graphql-transport-ws`, as a state machine without input or output.

The rules are graphql-ws' PROTOCOL.md. A `Conversation` takes the text of a frame and says what is to be done; the
other way it words what the server says. It opens no socket and waits for nothing, so that each rule can be tried by
a plain call. What a message may do in which state is a table:

    state          connection_init   subscribe        ping    pong     complete
    WAITING        greet → GREETED   4401             pong    -        -
    GREETED        4429              4401             pong    -        -
    ACKNOWLEDGED   4429              start or 4409    pong    -        stop
    CLOSED         (nothing is heard any more)

Whatever is not one of these messages is 4400. An id is taken from `subscribe` until the operation has ended, from
whichever side; what concerns an id that is not taken is silently nothing, because both sides may end at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Final, cast

import msgspec

from yuanluo_graphql.http import GraphQLRequest

__all__ = ["PROTOCOL", "Action", "Close", "Conversation", "Initialise", "Send", "Start", "State", "Stop"]

PROTOCOL: Final = "graphql-transport-ws"
_LONGEST_REASON: Final = 123
_LONGEST_ID: Final = 255

_encode = msgspec.json.Encoder().encode


class State(Enum):
    """Where a conversation stands."""

    WAITING = "for connection_init"
    GREETED = "and being authenticated"
    ACKNOWLEDGED = "ready for operations"
    CLOSED = "over"


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket; nothing is said after it."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Initialise:
    """Find out who it is, then `acknowledge` or `close`."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """Run an operation under this id."""

    id: str
    request: GraphQLRequest
    variables_bytes: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the operation under this id; nothing more may be said of it."""

    id: str


Action = Send | Close | Initialise | Start | Stop

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_ID)]
_Payload = dict[str, Any] | None


class _ConnectionInit(msgspec.Struct, tag="connection_init", tag_field="type"):
    payload: _Payload = None


class _Ping(msgspec.Struct, tag="ping", tag_field="type"):
    payload: _Payload = None


class _Pong(msgspec.Struct, tag="pong", tag_field="type"):
    payload: _Payload = None


class _Complete(msgspec.Struct, tag="complete", tag_field="type"):
    id: _Id


class _Operation(msgspec.Struct):
    query: str | None = None
    operationName: str | None = None  # noqa: N815  # the name on the wire
    documentId: str | None = None  # noqa: N815  # the name on the wire
    variables: msgspec.Raw = msgspec.Raw()
    extensions: dict[str, Any] | None = None


class _Subscribe(msgspec.Struct, tag="subscribe", tag_field="type"):
    id: _Id
    payload: _Operation


_Message = _ConnectionInit | _Ping | _Pong | _Complete | _Subscribe
_decode = cast("Callable[[str | bytes], _Message]", msgspec.json.Decoder(_Message).decode)
_decode_variables = msgspec.json.Decoder(dict[str, Any] | None).decode

_AGAIN: Final = Close(4429, "Too many initialisation requests")
_UNAUTHORIZED: Final = Close(4401, "Unauthorized")
_TIMED_OUT: Final = Close(4408, "Connection initialisation timeout")

_VERDICTS: Final[Mapping[tuple[State, type[Any]], Close]] = MappingProxyType(
    {
        (State.GREETED, _ConnectionInit): _AGAIN,
        (State.ACKNOWLEDGED, _ConnectionInit): _AGAIN,
        (State.WAITING, Start): _UNAUTHORIZED,
        (State.GREETED, Start): _UNAUTHORIZED,
    }
)
"""What may not be said in a state, and how the conversation ends by it; the rest of the table is `_obey`."""


class Conversation:
    """One side of one socket: the server's."""

    __slots__ = ("_taken", "state")

    def __init__(self) -> None:
        self.state = State.WAITING
        self._taken: set[str] = set()

    # what the client says ---------------------------------------------------------------------------------------

    def receive(self, text: str | bytes | None) -> Action | None:
        """Take one frame and return what to do; None is a frame that is not text."""
        if self.state is State.CLOSED:
            return None
        if text is None:
            return self.close(4400, "Only text messages are understood")
        try:
            message = _decode(text)
            said = _start_of(message) if isinstance(message, _Subscribe) else message
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            return self.close(4400, f"Invalid message: {why}")
        verdict = _VERDICTS.get((self.state, said.__class__))
        if verdict is not None:
            return self.close(verdict.code, verdict.reason)
        return self._obey(said)

    def _obey(self, message: _ConnectionInit | _Ping | _Pong | _Complete | Start) -> Action | None:
        match message:
            case _ConnectionInit():
                self.state = State.GREETED
                return Initialise(message.payload or {})
            case _Ping():
                answer = {"type": "pong"} if message.payload is None else {"type": "pong", "payload": message.payload}
                return Send(_encode(answer).decode())
            case _Pong():
                return None
            case _Complete():
                if message.id not in self._taken:
                    return None
                self._taken.remove(message.id)
                return Stop(message.id)
            case Start():
                return self._start(message)

    def _start(self, start: Start) -> Action:
        if start.id in self._taken:
            return self.close(4409, f"Subscriber for {start.id} already exists")
        self._taken.add(start.id)
        return start

    def time_out(self) -> Action | None:
        """Tell that the client was given long enough to introduce itself."""
        if self.state in (State.WAITING, State.GREETED):
            return self.close(_TIMED_OUT.code, _TIMED_OUT.reason)
        return None

    # what the server says ---------------------------------------------------------------------------------------

    @property
    def operations(self) -> int:
        """How many ids are taken."""
        return len(self._taken)

    def acknowledge(self) -> Action | None:
        """Accept the client."""
        if self.state is not State.GREETED:
            return None
        self.state = State.ACKNOWLEDGED
        return Send('{"type":"connection_ack"}')

    def close(self, code: int, reason: str) -> Close:
        """End the conversation."""
        self.state = State.CLOSED
        self._taken.clear()
        return Close(code, _shortened(reason))

    def next(self, operation: str, body: bytes) -> Action | None:
        """Send one answer, as JSON; nothing if the client has completed the operation meanwhile."""
        if operation not in self._taken:
            return None
        return Send(f'{{"id":{_quoted(operation)},"type":"next","payload":{body.decode()}}}')

    def error(self, operation: str, errors: Sequence[Mapping[str, Any]]) -> Action | None:
        """End an operation by errors; nothing follows, no `complete` either."""
        return self._last(operation, {"id": operation, "type": "error", "payload": errors})

    def complete(self, operation: str) -> Action | None:
        """End an operation that has answered all it had to."""
        return self._last(operation, {"id": operation, "type": "complete"})

    def _last(self, operation: str, message: Mapping[str, Any]) -> Action | None:
        if operation not in self._taken:
            return None
        self._taken.remove(operation)
        return Send(_encode(message).decode())


def _start_of(message: _Subscribe) -> Start:
    asked, given = message.payload, bytes(message.payload.variables)
    try:
        variables = _decode_variables(given) if given else None
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{error} - at `$.payload.variables`") from None
    if asked.query is None and not asked.documentId:
        raise msgspec.ValidationError("Object missing required field `query` - at `$.payload`")
    name, document = asked.operationName or None, asked.documentId or None
    request = GraphQLRequest(asked.query or "", name, variables, asked.extensions, document)
    return Start(message.id, request, len(given))


def _quoted(text: str) -> str:
    return _encode(text).decode()


def _shortened(reason: str) -> str:
    """Cut a reason to what a close frame holds."""
    return reason.encode(errors="replace")[:_LONGEST_REASON].decode(errors="ignore")
