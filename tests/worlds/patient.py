"""`yuanluo` as tests start it: it waits for whoever stands still.

What a client or a server gives up after seconds is tested by tests of its own, with times of their own. Everywhere else
a process that stands still (`tests/stopping.py`, a busy machine) must not become another answer.

    python tests/worlds/patient.py serve --port 8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from yuanluo_graphql import hub, protocols, serving
from yuanluo_tenants import engine_postgres

__all__ = ["COMMAND", "LIMITLESS", "be_patient"]

_SECONDS: Final = 600
LIMITLESS: Final = {
    "YUANLUO_OPERATION_MILLISECONDS": f"{_SECONDS}000",
    "YUANLUO_STATEMENT_MILLISECONDS": f"{_SECONDS}000",
    "YUANLUO_BUSY_MILLISECONDS": f"{_SECONDS}000",
    "YUANLUO_LIVE_INIT_SECONDS": f"{_SECONDS}",
    "YUANLUO_LIVE_KEEPALIVE_SECONDS": f"{_SECONDS}",
}
"""Settings for what has one."""
COMMAND: Final = (sys.executable, str(Path(__file__)))
"""Starts `yuanluo`; its words follow."""


def be_patient() -> None:
    """Set what has no setting, in this process."""
    for module, name in (
        (engine_postgres, "_CONNECT_SECONDS"),
        (hub, "_CONNECT_SECONDS"),
        (serving, "_GRACE_SECONDS"),
        (protocols.Http, "head_seconds"),
        (protocols.Http, "stalled_seconds"),
    ):
        assert hasattr(module, name)
        setattr(module, name, _SECONDS)


if __name__ in ("__main__", "__mp_main__"):  # and in the workers that uvicorn starts
    be_patient()
if __name__ == "__main__":
    from yuanluo_graphql.starting import main

    main()
