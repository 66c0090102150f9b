"""The long run: the compiler against the oracle over the full composition, as many documents as one has time for.

    nice -n 19 uv run --no-sync python tests/worlds/oracle_run.py sqlite 50000 20261124 oracle-sqlite.jsonl
    nice -n 19 uv run --no-sync python tests/worlds/oracle_run.py postgresql 50000 20261124 oracle-postgresql.jsonl

Document `i` of a run hangs on (run, engine, i) alone, so that a run can be repeated and a stopped one goes on where
its log ends. Only different documents count. Each is compared as in `test_oracle.py`: for a viewer and his twin, with
other variables, and on from its own cursors; by the compiled finish, the executor's finish and the naive executor.
The first disagreement ends the run with the smallest document that shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from believing import Believing
from databases import MakeDatabase
from documents_strategy import Document, document_of
from oracle_worlds import Both, NotCompared, make_full, minimised
from postgres_server import OwnServer, Server, given_server
from schema_parts import parts_named, parts_of
from templates import Templates

EVERY = 500
"""Documents between two lines of the log."""


@contextlib.asynccontextmanager
async def databases(engine: str) -> AsyncIterator[MakeDatabase]:
    """Give fresh databases of an engine while the run lasts."""
    own = OwnServer() if engine == "postgresql" and given_server() is None else None
    server: Server | None = None
    if engine == "postgresql":
        server = own.start() if own is not None else given_server()
    with tempfile.TemporaryDirectory() as folder:
        templates = Templates(lambda: Path(tempfile.mkdtemp(dir=folder)), server, max_size=2)
        try:
            yield templates.make
        finally:
            await templates.close()
            if own is not None:
                own.stop()


@dataclass(slots=True)
class Run:
    """A run under way."""

    both: Both
    run: int
    engine: str
    log: Path
    at: int = 0
    """The document that comes next."""
    compared: int = 0
    """Different documents that were compared and agreed."""
    seen: set[bytes] = field(default_factory=set[bytes])
    notes: Counter[str] = field(default_factory=Counter[str])

    def document(self) -> tuple[Document, str, bool]:
        """Return the next document, the viewer who asks, and whether it is a new one."""
        rng = random.Random(f"{self.run}/{self.engine}/{self.at}")
        names = sorted(self.both.viewers)
        document = document_of(self.both.world.schema, self.both.corpus, rng.getrandbits(64))
        mark = hashlib.blake2b(document.text.encode(), digest_size=12).digest()
        is_new = mark not in self.seen
        self.seen.add(mark)
        self.at += 1
        return document, rng.choice(names), is_new

    async def compare(self, wanted: int) -> bool:
        """Compare until `wanted` documents agreed; say whether they did."""
        started, before = time.monotonic(), self.compared
        while self.compared < wanted:
            at = self.at
            document, name, is_new = self.document()
            if not is_new:
                self.notes["repeated"] += 1
                continue
            try:
                await self.both.check(document, name)
            except NotCompared:
                self.notes["refused for its size"] += 1
                continue
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told with the document
                least, why = await minimised(self.both, document, name, error)
                self.write({"disagreed": at, "viewer": name, "document": str(least), "why": repr(why)})
                return False
            self.compared += 1
            if self.compared % EVERY == 0 or self.compared == wanted:
                each = (time.monotonic() - started) / (self.compared - before)
                self.write({"milliseconds each": round(1000 * each, 1)})
        return True

    def write(self, more: dict[str, object]) -> None:
        """Add a line to the log."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "run": self.run,
            "engine": self.engine,
            "at": self.at,
            "compared": self.compared,
            **self.notes,
            **more,
        }
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")

    def never_named(self) -> list[str]:
        """Write all documents again, and return the parts of the schema that none of them names."""
        schema, until, self.at = self.both.world.schema, self.at, 0
        missing = set(parts_of(schema))
        while self.at < until and missing:
            document, _, _ = self.document()
            missing -= parts_named(schema, document.text, document.variables)
        self.at = until
        return sorted(missing)

    def goes_on(self) -> None:
        """Pass what the log says was compared, document by document, so that none is compared twice."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        last = json.loads(lines[-1]) if lines else {"at": 0, "compared": 0}
        assert not lines or (last["run"], last["engine"]) == (self.run, self.engine), "the log is of another run"
        until = last.get("disagreed", last["at"])
        while self.at < until:
            self.document()
        self.compared = last["compared"]
        self.notes.update({name: last[name] for name in ("repeated", "refused for its size") if name in last})


async def main(engine: str, wanted: int, run: int, log: Path) -> int:
    """Run, and return 0 if all agreed."""
    async with databases(engine) as make_database:
        one = Run(await make_full(make_database), run, engine, log)
        engine = one.both.world.engine
        engine.documents = Believing(one.both.world.schema, engine.documents.limits)
        one.both.note = lambda what: one.notes.update((what,))
        one.goes_on()
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        if not await one.compare(wanted):
            return 1
        one.write({"never named": one.never_named()})
        return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))))
