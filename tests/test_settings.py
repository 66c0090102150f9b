"""Settings: documented, validated, and no production start without a key."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest

from yuanluo_tenants.crypto import new_key
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.settings import Settings, database_from, load_settings, settings_markdown

NAMES = [each.name for each in dataclasses.fields(Settings)]
PAGE = Path(__file__).parent.parent / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"YUANLUO_{name.upper()}", raising=False)


def test_every_setting_is_described_and_the_page_is_current() -> None:
    assert all(field.metadata["description"] for field in dataclasses.fields(Settings))
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`YUANLUO_{name.upper()}`" in page for name in NAMES)
    assert page == settings_markdown(), "write docs/settings.md anew from settings_markdown()"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANLUO_PORT", "9000")
    monkeypatch.setenv("YUANLUO_ALLOWED_HOSTS", '["a.example", "b.example"]')
    monkeypatch.setenv("YUANLUO_SECRET_KEY", "")
    settings = load_settings()
    assert settings.port == 9000
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.secret_key is None


def test_every_way_of_writing_a_flag_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, flag in {
        "true": True,
        "1": True,
        "Yes": True,
        "on": True,
        "FALSE": False,
        "0": False,
        "off": False,
    }.items():
        monkeypatch.setenv("YUANLUO_GRAPHIQL", text)
        assert load_settings().graphiql is flag


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANLUO_PORT", "http")
    monkeypatch.setenv("YUANLUO_POOL_MAX", "0")
    with pytest.raises(
        ConfigurationError, match=r"(?s)YUANLUO_PORT: .*YUANLUO_POOL_MAX: |YUANLUO_POOL_MAX: .*YUANLUO_PORT: "
    ):
        load_settings()


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="YUANLUO_COLOUR"):
        load_settings(colour="red")


def test_a_variable_that_is_nearly_a_setting_is_refused_and_others_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANLUO_TOKEN", "a client's")
    monkeypatch.setenv("YUANLUO_URL", "http://127.0.0.1:8000/graphql")
    monkeypatch.setenv("YUANLUO_PARKING_FEE", "a plugin's")
    load_settings()
    monkeypatch.setenv("YUANLUO_PAGE_SIZE_MX", "20")
    with pytest.raises(ConfigurationError, match="YUANLUO_PAGE_SIZE_MX; perhaps YUANLUO_PAGE_SIZE_MAX is meant"):
        load_settings()


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YUANLUO_PORT", "0"),
        ("YUANLUO_ENVIRONMENT", "prod"),
        ("YUANLUO_DATABASE_URL", "mysql://x@y/z"),
        ("YUANLUO_DATABASE_URL", "sqlite:///"),
        ("YUANLUO_DATABASE_URL", "postgresql://host/name"),
        ("YUANLUO_PAGE_SIZE", "201"),
        ("YUANLUO_WORKERS", "2"),
        ("YUANLUO_POOL_MIN", "11"),
        ("YUANLUO_ALLOWED_HOSTS", "a.example"),
        ("YUANLUO_GRAPHIQL", "maybe"),
        ("YUANLUO_LISTEN_URL", "postgresql://[h/n"),
        ("YUANLUO_WEBHOOK_NETWORKS", '["10.20.0.1/16"]'),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert name in caught.value.zh


def test_a_secret_is_not_shown_by_the_error_that_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANLUO_DATABASE_URL", "mysql://user:hunter2@host/name")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value) + caught.value.zh
    assert "hunter2" not in repr(load_settings(database_url="postgresql://user:hunter2@host/name"))


@pytest.mark.parametrize("environment", ["production", "test"])
def test_a_production_start_without_a_key_is_refused(tmp_path: Path, environment: str) -> None:
    settings = load_settings(environment=environment, home=tmp_path)
    with pytest.raises(ConfigurationError, match="YUANLUO_SECRET_KEY"):
        _ = settings.keyring
    assert list(tmp_path.iterdir()) == []


def test_a_demo_makes_its_key_beside_its_database_and_keeps_it(tmp_path: Path) -> None:
    first = load_settings(environment="demo", home=tmp_path / "demo").keyring
    again = load_settings(environment="production", home=tmp_path / "demo").keyring
    assert first.keys == again.keys
    assert (tmp_path / "demo" / "deployment.key").stat().st_mode & 0o077 == 0


def test_a_key_in_the_environment_is_used(tmp_path: Path) -> None:
    key = new_key()
    settings = load_settings(home=tmp_path, secret_key=base64.b64encode(key).decode())
    assert settings.keyring.keys == {1: key}
    with pytest.raises(ConfigurationError, match="not both"):
        load_settings(secret_key="x", key_file=tmp_path / "k")


def test_the_database_follows_the_url(tmp_path: Path) -> None:
    embedded = database_from(load_settings(home=tmp_path))
    assert isinstance(embedded, SqliteDatabase)
    assert embedded.path == tmp_path / "yuanluo.db"
    named = database_from(load_settings(database_url="sqlite:////srv/x.db"))
    assert isinstance(named, SqliteDatabase)
    assert named.path == Path("/srv/x.db")
    server = database_from(load_settings(database_url="postgresql://app@h/n", owner_url="postgresql://o@h/n"))
    assert isinstance(server, PostgresDatabase)
    assert server.app_role == "app"
