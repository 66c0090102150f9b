"""A gate that believes most documents to be valid, for strategies that write thousands of valid ones."""

from __future__ import annotations

from typing import Final

from extent import IS_LONG
from graphql import DocumentNode

from yuanluo_graphql.documents import Documents

__all__ = ["Believing"]

LOOKED_AT: Final = 1 if IS_LONG else 20
"""Of so many documents one is validated, which is half of what the gate costs; all are, in a long run."""


class Believing(Documents):
    """A gate for documents that tests write themselves."""

    asked = 0

    def _validate(self, document: DocumentNode) -> None:
        self.asked += 1
        if self.asked % LOOKED_AT == 0:
            super()._validate(document)
