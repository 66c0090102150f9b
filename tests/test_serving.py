"""What `yuanluo serve`, `demo` and `--version` say and refuse before there is work to lose."""

from __future__ import annotations

import base64
import re
import socket
from pathlib import Path

import pytest
from deployments import Deployment
from pace import PATIENCE
from served_demo import free_port, until_ready

from yuanluo.plugins import yuanluo_version
from yuanluo_tenants.crypto import Keyring, new_key, read_key_file
from yuanluo_tenants.settings import Secret, Settings


def test_the_version_is_told(tmp_path: Path) -> None:
    assert Deployment(tmp_path).done("--version").out == f"yuanluo {yuanluo_version()}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """An empty deployment whose key was made beside its database."""
    made = Deployment(tmp_path_factory.mktemp("serving") / "yuanluo-data")
    made.done("migrate", YUANLUO_ENVIRONMENT="demo")
    return made


def test_serving_says_in_one_line_what_where_over_which_database_and_for_what(place: Deployment) -> None:
    port = free_port()
    process = place.start("serve", "--port", str(port))
    try:
        until_ready(process, port)
        process.terminate()
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    database = re.escape(str(place.home / "yuanluo.db"))
    assert re.fullmatch(
        rf"yuanluo \S+ 服务地址 serving at http://127\.0\.0\.1:{port}/graphql,数据库 database SQLite {database},"
        r"环境 environment demo\n",
        said,
    )


def test_the_database_is_told_without_who_logs_in_and_how() -> None:
    url = "postgresql://app:pa%40ss@db.example.org:5433/yuanluo?password=hidden&sslmode=require"
    told = Settings(database_url=Secret(url)).database_told
    assert told == "PostgreSQL db.example.org:5433/yuanluo"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_key_made_for_show_does_not_serve_in_production(place: Deployment, workers: str) -> None:
    ring = read_key_file(place.home / "deployment.key")
    assert ring.is_for_show
    more = {"YUANLUO_WORKERS": "2", "YUANLUO_DATABASE_URL": "postgresql://a@127.0.0.1:1/b"} if workers == "2" else {}
    copied = base64.b64encode(ring.keys[1]).decode()  # however it is given
    for key in ({}, {"YUANLUO_SECRET_KEY": copied}):
        told = place.refused("serve", "--port", str(free_port()), YUANLUO_ENVIRONMENT="production", **key, **more)
        assert "must not serve in production" in told
    assert not ring.rotated(new_key()).is_for_show
    assert not any(Keyring.single(new_key()).is_for_show for _ in range(100))


def test_a_demo_is_not_built_in_production(tmp_path: Path) -> None:
    place = Deployment(tmp_path / "yuanluo-data")
    assert "no demo is built in production" in place.refused("demo", "--no-serve", YUANLUO_ENVIRONMENT="production")
    assert not place.home.exists()


def test_a_taken_port_is_told_before_the_demo_is_built(tmp_path: Path) -> None:
    place = Deployment(tmp_path / "yuanluo-data")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = place.refused("demo", "--port", str(taken.getsockname()[1]))
    assert "choose another port with --port" in told
    assert not place.home.exists()
