"""Runs a command while processes of it stand still at random: what passes under this waits for events, not for time.

    python tests/stopping.py [--seed N] -- uv run pytest ...

Every few seconds one process below the command (a worker, a server, one of PostgreSQL's, the command itself) is stopped
by SIGSTOP for 0.5 to 20 s, at least twice a minute. Nothing is left stopped, however this ends: a keeper continues what
is stopped when the other end of its pipe closes, by SIGKILL too. It exits with the status of the command. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

SHORTEST, LONGEST = 0.5, 20.0
"""Seconds for which a process stands still."""
PAUSES: Final = (1.0, 8.0)
"""Seconds between one stop and the next; with LONGEST, less than half a minute."""
_SUBREAPER: Final = 36


def children() -> dict[int, list[int]]:
    """Return the processes of the machine by their parent."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                parent = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
                found.setdefault(int(parent), []).append(int(folder.name))
    return found


def below(root: int, without: int) -> Iterator[int]:
    """Yield every process below one, but for `without`."""
    known, waiting = children(), [root]
    while waiting:
        for each in known.get(waiting.pop(), ()):
            if each != without:
                yield each
                waiting.append(each)


def told(pid: int) -> str:
    """Return the command of a process, empty if it has ended."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
        return " ".join(words)
    return ""


def kind(command: str) -> str:
    """Return what sort of process it is; each sort is as likely to be stopped, however many there are of it."""
    for sort, mark in (("postgres", "postgres"), ("worker", "exec(eval(sys.stdin"), ("server", "yuanluo_graphql")):
        if mark in command:
            return sort
    return "other"


def keeper() -> tuple[int, int]:
    """Fork who continues what is stopped when we are gone; return its id and where to say what is stopped."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid:
        os.close(heard)
        return pid, said
    os.close(said)
    os.setsid()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    stopped = 0
    with os.fdopen(heard, encoding="ascii") as lines:
        for line in lines:
            stopped = int(line)
    if stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGCONT)
    os._exit(0)


class Stopper:
    """Who stops the processes below this one."""

    def __init__(self, seed: int, command: Sequence[str]) -> None:
        self.dice = random.Random(seed)
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # a server that leaves its parent stays below us
        self.keeper, self.pipe = keeper()
        self.main = os.posix_spawnp(command[0], command, os.environ)
        self.status: int | None = None
        self.stops: Counter[str] = Counter()

    def reap(self) -> None:
        """Take note of what has ended; `status` is set once the command has."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.main:
                    self.status = os.waitstatus_to_exitcode(ended[1])

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the command has ended."""
        until = time.monotonic() + seconds
        while self.status is None and time.monotonic() < until:
            time.sleep(0.05)
            self.reap()

    def run(self) -> int:
        """Stop and continue until the command has ended; return its status."""
        began = time.monotonic()
        try:
            while self.status is None:
                self.wait(self.dice.uniform(*PAUSES))
                if self.status is None:
                    self.stop_one(time.monotonic() - began)
        finally:
            os.close(self.pipe)
            if self.status is None:
                os.kill(self.main, signal.SIGTERM)
        minutes = (time.monotonic() - began) / 60
        say(f"{self.stops.total()} stops in {minutes:.1f} minutes: {dict(self.stops)}")
        return self.status if self.status >= 0 else 128 - self.status

    def stop_one(self, now: float) -> None:
        """Let one process stand still for a while."""
        sorts: dict[str, list[tuple[int, str]]] = {}
        for pid in below(os.getpid(), self.keeper):
            command = told(pid)
            if command:
                sorts.setdefault(kind(command), []).append((pid, command))
        if not sorts:
            return
        sort = self.dice.choice(sorted(sorts))
        pid, command = self.dice.choice(sorts[sort])
        seconds = self.dice.uniform(SHORTEST, LONGEST)
        try:
            handle = os.pidfd_open(pid)  # holds on to the process, whoever gets its number later
        except ProcessLookupError:
            return
        try:
            if told(pid) != command:
                return
            os.write(self.pipe, f"{pid}\n".encode())
            signal.pidfd_send_signal(handle, signal.SIGSTOP)
            self.stops[sort] += 1
            say(f"{now:6.0f} s: {pid} stands still for {seconds:.1f} s: {command[:100]}")
            self.wait(seconds)
        except ProcessLookupError:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGCONT)
            os.write(self.pipe, b"0\n")
            os.close(handle)


def say(text: str) -> None:
    """Tell on standard error."""
    sys.stderr.write(f"[stopping] {text}\n")
    sys.stderr.flush()


def end(number: int, _frame: FrameType | None) -> None:
    """End by a signal, through every `finally`."""
    sys.exit(128 + number)


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("command", nargs="+", help="after --")
    given = parser.parse_args()
    say(f"seed {given.seed}")
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    return Stopper(given.seed, given.command).run()


if __name__ == "__main__":
    sys.exit(main())
