"""What an operator may set; a value that cannot be used is named."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from config.environment import BadEnvironment, database_settings, read_environment
from tests.racing import race


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("RADLOOP_")] + ["DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RADLOOP_HOME", str(tmp_path / "fresh"))
    return tmp_path / "fresh"


def test_a_fresh_home_gets_sqlite_a_folder_as_broker_and_two_keys(home: Path) -> None:
    environment = read_environment()
    assert environment.database_url == f"sqlite:///{home}/radloop.sqlite3"
    assert (environment.broker_url, environment.debug, environment.secure_cookies) == ("", False, False)
    assert environment.secret_key.encode() != environment.vault_key
    for name in ("secret.key", "vault.key"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert sorted(p.name for p in home.iterdir()) == ["secret.key", "vault.key"]


def test_keys_survive_a_restart_and_may_come_from_outside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_environment()
    assert read_environment() == first
    monkeypatch.setenv("RADLOOP_VAULT_KEY", "from-outside")
    assert read_environment().vault_key == b"from-outside"


def test_processes_that_start_together_agree_on_the_keys(home: Path) -> None:
    answers = race(*(read_environment for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert not isinstance(answers[0], Exception)


def test_a_key_file_that_was_emptied_is_not_replaced_in_silence(home: Path) -> None:
    read_environment()
    (home / "vault.key").write_text("")
    with pytest.raises(BadEnvironment, match=r"vault\.key holds no usable key"):
        read_environment()


@pytest.mark.parametrize("name", ["RADLOOP_DEBUG", "RADLOOP_SECURE_COOKIES"])
@pytest.mark.parametrize("value", ["maybe", "2", "yes please"])
def test_a_flag_that_is_neither_yes_nor_no_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadEnvironment, match=f"{name}='{value}'.*write 1 or 0"):
        read_environment()


@pytest.mark.parametrize(
    ("value", "flag"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("No", False), ("", False)]
)
def test_flags_are_read_as_people_write_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str, flag: bool
) -> None:
    monkeypatch.setenv("RADLOOP_DEBUG", value)
    assert read_environment().debug is flag


@pytest.mark.parametrize("url", ["mysql://u@h/d", "radloop.sqlite3", "", "oracle:x"])
def test_a_database_that_is_not_served_is_named(url: str) -> None:
    with pytest.raises(BadEnvironment, match="use sqlite:///PATH or postgres://"):
        database_settings(url)


def test_a_postgres_address_is_taken_apart() -> None:
    found = database_settings("postgres://anna:p%40ss%2F@db.example:6543/rad")
    assert {key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "rad", "USER": "anna", "PASSWORD": "p@ss/", "HOST": "db.example", "PORT": "6543",
    }


def test_connections_to_postgres_are_pooled_and_never_more_than_a_server_has() -> None:
    found = database_settings("postgres://u@h/d")
    assert found["OPTIONS"]["pool"]["max_size"] <= 16
    assert "CONN_MAX_AGE" not in found


@pytest.mark.parametrize("url", ["sqlite:///srv/rad.sqlite3", "sqlite:////srv/rad.sqlite3"])
def test_sqlite_writes_begin_as_writers(url: str) -> None:
    found = database_settings(url)
    assert (found["ENGINE"], found["NAME"]) == ("core.sqlite", "/srv/rad.sqlite3")
    assert found["OPTIONS"] == {"transaction_mode": "IMMEDIATE", "timeout": 30}


def test_no_language_model_is_asked_unless_one_is_set(home: Path) -> None:
    environment = read_environment()
    assert (environment.llm_url, environment.llm_model, environment.llm_may_leave_network) == ("", "", False)


def test_a_language_model_is_set_by_address_and_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADLOOP_LLM_URL", "http://10.0.0.5:8000/v1/")
    monkeypatch.setenv("RADLOOP_LLM_MODEL", "small")
    monkeypatch.setenv("RADLOOP_LLM_AT_ONCE", "4")
    environment = read_environment()
    assert (environment.llm_url, environment.llm_model) == ("http://10.0.0.5:8000/v1", "small")
    assert (environment.llm_seconds, environment.llm_at_once) == (60, 4)


@pytest.mark.parametrize("value", ["soon", "0", "nan"])
def test_an_unusable_time_for_an_answer_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RADLOOP_LLM_SECONDS", value)
    with pytest.raises(BadEnvironment, match="RADLOOP_LLM_SECONDS"):
        read_environment()
