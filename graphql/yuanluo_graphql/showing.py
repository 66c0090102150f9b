"""What `yuanluo demo` shows: the building with a progress bar, the address, tokens and queries."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from yuanluo.house import House
from yuanluo.statements import rows
from yuanluo_graphql.assembly import build_house, migration_sources
from yuanluo_graphql.demo import ROLES, DemoState, build_district, queries_for, seat_viewers
from yuanluo_graphql.serving import check_port, run_fast, serve_house
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.migrator import migrate
from yuanluo_tenants.settings import Settings

__all__ = ["show_demo"]


def show_demo(settings: Settings, *, courtyards: int, seed: int, serve: bool, as_json: bool) -> None:
    """Build or reuse the demo, then serve it and tell how to use it."""
    run_fast(_show(settings, courtyards=courtyards, seed=seed, serve=serve, as_json=as_json))


async def _show(settings: Settings, *, courtyards: int, seed: int, serve: bool, as_json: bool) -> None:
    if serve:
        check_port(settings)  # a city is not built in a minute, to be told then that there is no room
    console = Console(stderr=True, soft_wrap=True)  # a path that is broken over lines cannot be copied
    state_path = settings.home / "demo.json"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"无法使用文件夹 {settings.home}({error.strerror}),请用 --path 换一个。",
            f"the folder {settings.home} cannot be used ({error.strerror}); choose another with --path.",
        ) from error
    state = DemoState.read(state_path)
    if state is not None and not state.done:
        _clear_unfinished(settings, console)
        state = None
    made_key = not settings.has_key
    house = build_house(settings)
    if made_key:
        console.print(
            f"已在数据库旁生成密钥 {settings.key_path},仅供演示;请勿用于生产。\n"
            "A key was made beside the database, for the demo only; never use it in production."
        )
    if state is None:
        state = await _build(house, settings, state_path, courtyards, seed, console)
    else:
        console.print(
            f"沿用已有的演示:{len(state.courtyards)} 个院落,种子 {state.seed}。 Reusing the demo that is there."
        )
        await migrate(house.database, house.registry, migration_sources(house.plugins))
    await house.database.open()
    try:
        tokens = await seat_viewers(house, state)
    finally:
        await house.database.close()
    state.write(state_path)
    facts = _facts(settings, state, tokens)
    if not serve:
        _print(facts, as_json=as_json, serving=False)
        return
    await serve_house(build_house(settings), settings, lambda: _print(facts, as_json=as_json, serving=True))


def _clear_unfinished(settings: Settings, console: Console) -> None:
    if not settings.is_sqlite:
        raise ConfigurationError(
            "上次的演示没有建完;请换一个空数据库。",
            "the last demo was not finished; use another, empty database.",
        )
    console.print("上次的演示没有建完,重新生成。 The last demo was not finished; building it anew.")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{settings.sqlite_path}{suffix}").unlink(missing_ok=True)


async def _build(
    house: House, settings: Settings, state_path: Path, courtyards: int, seed: int, console: Console
) -> DemoState:
    if settings.is_sqlite and settings.sqlite_path.exists():
        raise ConfigurationError(
            f"{settings.sqlite_path} 已有数据但不是演示;请用 --path 换一个文件夹。",
            f"{settings.sqlite_path} holds data that is no demo; choose another folder with --path.",
        )
    state = DemoState(seed, [])
    state.write(state_path)
    await migrate(house.database, house.registry, migration_sources(house.plugins))
    await house.database.open()
    try:
        if await rows(house.database, "SELECT number FROM node LIMIT 1", shared=True):
            raise _occupied(state_path)
        with Progress(
            TextColumn("[progress.description]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as bar:
            task = bar.add_task("生成院落 building", total=courtyards)

            def progress(done: int, _total: int, name: str) -> None:
                bar.update(task, completed=done, description=f"生成院落 {name}" if name else "完成 done")

            state.courtyards = await build_district(house, courtyards=courtyards, seed=seed, progress=progress)
    finally:
        await house.database.close()
    state.done = True
    state.write(state_path)
    return state


def _occupied(state_path: Path) -> ConfigurationError:
    state_path.unlink()
    return ConfigurationError(
        "数据库已有数据但不是演示;请换一个空数据库。",
        "the database holds data that is no demo; use another, empty database.",
    )


def _facts(settings: Settings, state: DemoState, tokens: Mapping[str, str]) -> dict[str, Any]:
    url = f"http://{settings.host}:{settings.port}"
    return {
        "url": url,
        "graphql": f"{url}/graphql",
        "tokens": dict(tokens),
        "queries": queries_for(state.courtyards[0]),
        "courtyards": state.courtyards,
    }


def _print(facts: Mapping[str, Any], *, as_json: bool, serving: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    lines = [f"{'服务地址 serving at' if serving else '启动后的地址 once served'}: {facts['graphql']}", ""]
    names = {name: zh for name, _, zh in ROLES}
    lines += [f"{names[name]} {name}: {token}" for name, token in facts["tokens"].items()]
    for each in facts["queries"]:
        lines += ["", f"# {each['name']}", each["query"]]
    lines += ["", f"院落 courtyards: {len(facts['courtyards'])}"]
    if serving:
        lines.append("按 Ctrl+C 停止。 Press Ctrl+C to stop.")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
