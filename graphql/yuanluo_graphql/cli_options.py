"""Options that many commands of `yuanluo` take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["JsonOption", "PathOption"]

PathOption = Annotated[
    Path | None, typer.Option("--path", help="部署所在文件夹 folder of the deployment (default: ./yuanluo-data).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出 print JSON.")]
