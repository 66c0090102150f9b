"""Trusted documents: the operations that clients were built with, known to the server before they are asked for.

`YUANLUO_TRUSTED_DOCUMENTS` names a folder, searched through, or one file:

- a `.graphql` file is one document; its id is the SHA-256 of its text,
- a `.json` file is a manifest, either a map from id to text (what Relay's compiler writes) or Apollo's
  `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": ..., "body": ...}]}`.

Every document can be asked for by its id in the manifest and by the SHA-256 of its text. An id that looks like a
SHA-256 must be that of the text. Each document passes the same gate as a stranger's at every start, so that one that
no longer fits the schema is found before its clients find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec
from graphql import OperationDefinitionNode

from yuanluo_graphql.documents import Documents, hash_of
from yuanluo_graphql.http import GraphQLRequest
from yuanluo_graphql.refusals import Problem, RequestError
from yuanluo_tenants.errors import ConfigurationError

__all__ = ["TrustedDocument", "TrustedDocuments", "load_trusted"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_APOLLO: Final = "apollo-persisted-query-manifest"
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """One document, and where it stands."""

    id: str
    hash: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The allow-list: documents by id, and what else may be executed beside them."""

    by_id: Mapping[str, TrustedDocument] = field(default_factory=lambda: MappingProxyType({}))
    only: bool = False
    """Whether nothing else is executed, for whomever."""
    is_on: bool = False

    def text_of(self, request: GraphQLRequest, *, only: bool) -> str:
        """Return the document that `request` asks for; with `only` refuse one that is not trusted."""
        asked = _asked_id(request)
        if asked is None and not (only or self.only):
            return request.query
        if asked is None:
            asked = hash_of(request.query)
            if asked not in self.by_id:
                raise RequestError(
                    Problem(
                        "UNTRUSTED_DOCUMENT",
                        "只执行已登记的可信查询,请运维把本查询加入可信查询文件夹。",
                        "Only trusted documents are executed; ask the operator to add this one.",
                        details={"sha256": asked},
                    ),
                    status=403,
                )
            return request.query
        found = self.by_id.get(asked)
        if found is not None:
            if request.query and request.query != found.text:
                raise _not_the_same()
            return found.text
        if request.query:
            if _SHA256.fullmatch(asked) and asked != hash_of(request.query):
                raise _not_the_same()
            return self.text_of(GraphQLRequest(request.query), only=only)
        if not self.is_on:
            raise RequestError(
                Problem(
                    "PERSISTED_QUERY_NOT_SUPPORTED",
                    "本部署没有可信查询,请发送查询文本。",
                    "This deployment has no trusted documents; send the text.",
                )
            )
        raise RequestError(
            Problem(
                "PERSISTED_QUERY_NOT_FOUND",
                f"没有编号为 {asked[:80]} 的可信查询。",
                f"There is no trusted document {asked[:80]}.",
            )
        )

    def problems(self, documents: Documents) -> list[str]:
        """Return what is wrong with each document under the schema and limits of `documents`."""
        found: list[str] = []
        for each in dict.fromkeys(self.by_id.values()):
            try:
                for name in _operations(documents, each.text):
                    documents.prepare(each.text, name, method="WEBSOCKET")
            except RequestError as error:
                found += [f"{each.source}{_place(problem)}: {problem.en}" for problem in error.problems]
        return found

    def check(self, documents: Documents) -> None:
        """Raise ConfigurationError naming file, place and error of each document that does not pass the gate."""
        if problems := self.problems(documents):
            listed = "; ".join(problems[:_SHOWN]) + ("; …" if len(problems) > _SHOWN else "")
            raise ConfigurationError(
                f"可信查询中有 {len(problems)} 处错误:{listed}。",
                f"{len(problems)} errors in the trusted documents: {listed}.",
            )


def _operations(documents: Documents, text: str) -> list[str | None]:
    """Return the names of the operations of a document that is valid."""
    document = documents.admit(text)
    return [
        definition.name.value if definition.name else None
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]


def _place(problem: Problem) -> str:
    return ":{}:{}".format(*problem.locations[0]) if problem.locations else ""


def _not_the_same() -> RequestError:
    return RequestError(
        Problem(
            "BAD_REQUEST",
            "查询文本与其编号不符,请只发送其中之一。",
            "The text is not the document that the id names; send one of them.",
        ),
        status=400,
    )


def _asked_id(request: GraphQLRequest) -> str | None:
    """Return the id that a request gives: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`."""
    if request.document_id is not None:
        return request.document_id.removeprefix("sha256:")
    if request.extensions is None:
        return None
    persisted: Any = request.extensions.get("persistedQuery")
    if persisted is None:
        return None
    found = cast("dict[str, Any]", persisted).get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(found, str):
        raise RequestError(
            Problem(
                "BAD_REQUEST",
                "extensions.persistedQuery 须含字符串 sha256Hash。",
                "`extensions.persistedQuery` needs `sha256Hash`, a string.",
            ),
            status=400,
        )
    return found.lower()


def load_trusted(path: Path | None, *, only: bool = False) -> TrustedDocuments:
    """Read the trusted documents at `path`; raise ConfigurationError naming a file that cannot be read as such."""
    if path is None:
        return TrustedDocuments()
    by_id: dict[str, TrustedDocument] = {}
    for file in _files(path):
        for given, text in _read(file):
            hashed = hash_of(text)
            if given is not None and _SHA256.fullmatch(given) and given != hashed:
                raise _broken(
                    file,
                    f"编号 {given} 不是其文本的 SHA-256({hashed})",
                    f"the id {given} is not the SHA-256 of its text, {hashed}",
                )
            document = TrustedDocument(given or hashed, hashed, text, f"{file}" if given is None else f"{file}#{given}")
            for name in dict.fromkeys((document.id, hashed)):
                known = by_id.setdefault(name, document)
                if known.text != text:
                    raise _broken(
                        file,
                        f"编号 {name} 已在 {known.source} 中用于另一份查询",
                        f"the id {name} names another document in {known.source}",
                    )
    if not by_id:
        raise ConfigurationError(f"{path} 中没有可信查询。", f"there are no trusted documents in {path}.")
    return TrustedDocuments(MappingProxyType(by_id), only, is_on=True)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConfigurationError(
            f"可信查询 {path} 不存在,请检查 YUANLUO_TRUSTED_DOCUMENTS。",
            f"there are no trusted documents at {path}; look at YUANLUO_TRUSTED_DOCUMENTS.",
        )
    return sorted(each for each in path.rglob("*") if each.suffix in (".graphql", ".gql", ".json") and each.is_file())


def _read(file: Path) -> Iterator[tuple[str | None, str]]:
    """Return the ids and texts in a file; the id is None where only the text is given."""
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(file, f"无法读取({error})", f"it cannot be read ({error})") from None
    if file.suffix != ".json":
        yield None, text
        return
    try:
        manifest: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _broken(file, f"不是 JSON({error})", f"it is not JSON ({error})") from None
    yield from _operations_of(file, manifest)


def _operations_of(file: Path, manifest: Any) -> Iterator[tuple[str, str]]:
    if isinstance(manifest, dict):
        about = cast("dict[str, Any]", manifest)
        listed = about.get("operations")
        if about.get("format") == _APOLLO and isinstance(listed, list):
            pairs = [
                (cast("dict[str, Any]", each).get("id"), cast("dict[str, Any]", each).get("body"))
                for each in cast("list[Any]", listed)
                if isinstance(each, dict)
            ]
            is_whole = len(pairs) == len(cast("list[Any]", listed))
        else:
            pairs, is_whole = list(about.items()), True
        if is_whole and all(isinstance(name, str) and isinstance(text, str) for name, text in pairs):
            yield from cast("list[tuple[str, str]]", pairs)
            return
    raise _broken(
        file,
        "须为编号到文本的对象,或 Apollo 的持久化查询清单",
        "it must be a map from id to text, or Apollo's persisted query manifest",
    )


def _broken(file: Path, zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(f"可信查询 {file}:{zh}。", f"trusted documents {file}: {en}.")
