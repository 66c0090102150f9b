"""What the client did wrong, in one shape: problems, their codes and the HTTP status.

A `RequestError` is a GraphQL *request error*: the operation did not begin, so the answer has `errors` and no
`data`. The document gate and the HTTP view raise it, an engine may. It is a client's mistake by definition and
never logged as a server error.

`status` is None for what is wrong inside a well-formed GraphQL request (syntax, validation, limits, variables):
the view then answers 400 as `application/graphql-response+json` and 200 as `application/json`, which is what
GraphQL over HTTP asks for. Everything wrong with the HTTP request itself carries its own status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from graphql import GraphQLError

from yuanluo_graphql.sayings import in_chinese
from yuanluo_tenants.errors import Locale, Refused

__all__ = ["Problem", "RequestError", "encode_problems", "internal", "problem_of", "problems_of"]

_LONGEST_MESSAGE = 500
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `errors`: a sentence in two languages, a stable code, and where in the document."""

    code: str
    zh: str
    en: str
    locations: tuple[tuple[int, int], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def formatted(self, locale: Locale) -> dict[str, Any]:
        """Return the entry as GraphQL formats errors, `extensions.code` included."""
        entry: dict[str, Any] = {"message": self.zh if locale == "zh-CN" else self.en}
        if self.locations:
            entry["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        entry["extensions"] = {"code": self.code, **self.details}
        return entry


class RequestError(Refused):
    """The request was refused before anything was executed; the answer carries no `data`."""

    code = "BAD_REQUEST"

    def __init__(
        self,
        *problems: Problem,
        status: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        first = problems[0]
        super().__init__(first.zh, first.en, code=first.code)
        self.problems = problems
        self.status = status
        self.headers = headers
        self.extensions = extensions
        """What stands beside `errors` in the answer, such as the cost."""


def problem_of(error: Refused) -> Problem:
    """Return the problem that a refusal is to a client."""
    return Problem(error.stable_code, error.message("zh-CN"), error.message("en"))


def internal(request_id: str) -> Problem:
    """Return the problem of a client when our own code failed."""
    return Problem(
        "INTERNAL",
        f"服务器内部出错,请联系管理员并提供编号 {request_id}。",
        f"The server failed; tell the operator the request id {request_id}.",
        details={"requestId": request_id},
    )


def problems_of(errors: Sequence[GraphQLError], code: str, zh: str) -> tuple[Problem, ...]:
    """Turn graphql-core's errors into problems with `code`; `zh` introduces the Chinese sentence."""
    return tuple(_problem_of(error, code, zh) for error in errors)


def _problem_of(error: GraphQLError, code: str, zh: str) -> Problem:
    en, said = _shortened(error.message), in_chinese(error.message)
    places = tuple((place.line, place.column) for place in error.locations or ())
    if said is not None:
        return Problem(code, f"{zh}:{_shortened(said)}", en, places)
    where = f"(第 {places[0][0]} 行第 {places[0][1]} 列)" if places else ""
    return Problem(code, f"{zh}{where},请核对此处的写法。", en, places, {"detail": en})


def _shortened(message: str) -> str:
    """Cut a message that repeats the client's own input at length."""
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "…"


def encode_problems(problems: Sequence[Problem], locale: Locale, extensions: Mapping[str, Any] | None = None) -> bytes:
    """Return the JSON body `{"errors": [...]}`, with `extensions` if there are any."""
    answer: dict[str, Any] = {"errors": [problem.formatted(locale) for problem in problems]}
    if extensions:
        answer["extensions"] = extensions
    return _encode(answer)
