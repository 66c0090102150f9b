"""What a server gives back to the system once it answers: memory that only its start needed.

Two things stay otherwise. glibc keeps the pages that building the schema left free. And the code of shared libraries
that ran or was looked at once (OpenSSL's self-tests, the parser of Python, relocation) stays mapped: of 23 MB a
serving process uses 7. Those pages are the file's and unchanged; what is needed again is mapped again from the page
cache: the first request meets 27 minor faults more than it would, sixty requests map some 2 MB again.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["give_back"]

_MAPPING: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9][0-9]* +/", re.MULTILINE)
_FIELD: Final = re.compile(r"^(Anonymous|Locked): +(\d+) kB", re.MULTILINE)


def give_back() -> None:
    """Return free heap pages and mapped code to the system, where it is one that has a way to."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    trim = getattr(libc, "malloc_trim", None)  # musl has none and needs none
    if trim is not None:
        trim(0)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with suppress(OSError):  # a container may hide /proc
        for start, size in _unchanged(Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")):
            libc.madvise(start, size, mmap.MADV_DONTNEED)


def _unchanged(maps: str) -> Iterator[tuple[int, int]]:
    """Yield start and size of the read-only mappings of files that hold nothing but the file.

    A page that was written to before it was made read-only (relocations) exists nowhere else: such mappings stay.
    """
    found = list(_MAPPING.finditer(maps))
    headers = [each.start() for each in re.finditer(r"^[0-9a-f]+-[0-9a-f]+ ", maps, re.MULTILINE)]
    ends = dict(zip(headers, [*headers[1:], len(maps)], strict=True))
    for mapping in found:
        told = dict(_FIELD.findall(maps, mapping.end(), ends[mapping.start()]))
        if told == {"Anonymous": "0", "Locked": "0"}:
            start, end = int(mapping[1], 16), int(mapping[2], 16)
            yield start, end - start
