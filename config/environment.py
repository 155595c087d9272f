"""What the installation's operator may set, read once from the environment and typed from there on."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

BASE_DIR = Path(__file__).resolve().parent.parent


class BadEnvironment(RuntimeError):
    """A variable holds something we cannot use; the message names it and says what to write."""


@dataclass(frozen=True)
class Environment:
    home: Path
    """Where this installation keeps everything it writes (database, images, models, keys)."""
    debug: bool
    hosts: list[str]
    database_url: str
    broker_url: str
    secret_key: str
    vault_key: bytes
    secure_cookies: bool
    llm_url: str
    """Address of an OpenAI-compatible server on the site's own network, up to /v1; empty: none is asked."""
    llm_model: str
    llm_key: str
    llm_seconds: float
    llm_at_once: int
    llm_may_leave_network: bool
    """Whether report text may go to an address outside private networks. It should not."""
    recogniser: str
    """Command line of a speech recogniser on this machine; gets a WAV's path, prints words with times. Empty: none."""
    recogniser_seconds: float


def read_environment() -> Environment:
    """Read RADLOOP_* variables; create the home folder and the two keys on first use.

    Raises BadEnvironment when a value is unusable.
    """
    home = Path(os.environ.get("RADLOOP_HOME", BASE_DIR / "var")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    return Environment(
        home=home,
        debug=_flag("RADLOOP_DEBUG", False),
        hosts=os.environ.get("RADLOOP_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(","),
        database_url=os.environ.get("DATABASE_URL", f"sqlite:///{home}/radloop.sqlite3"),
        broker_url=os.environ.get("RADLOOP_BROKER_URL", ""),
        secret_key=os.environ.get("RADLOOP_SECRET_KEY") or _key_file(home / "secret.key"),
        vault_key=(os.environ.get("RADLOOP_VAULT_KEY") or _key_file(home / "vault.key")).encode(),
        secure_cookies=_flag("RADLOOP_SECURE_COOKIES", False),
        llm_url=os.environ.get("RADLOOP_LLM_URL", "").rstrip("/"),
        llm_model=os.environ.get("RADLOOP_LLM_MODEL", ""),
        llm_key=os.environ.get("RADLOOP_LLM_KEY", ""),
        llm_seconds=_number("RADLOOP_LLM_SECONDS", 60, least=1),
        llm_at_once=int(_number("RADLOOP_LLM_AT_ONCE", 2, least=1)),
        llm_may_leave_network=_flag("RADLOOP_LLM_MAY_LEAVE_NETWORK", False),
        recogniser=os.environ.get("RADLOOP_RECOGNISER", ""),
        recogniser_seconds=_number("RADLOOP_RECOGNISER_SECONDS", 60, least=1),
    )


def _flag(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise BadEnvironment(f"{name}={value!r} is neither yes nor no; write 1 or 0.")


def _number(name: str, default: float, *, least: float) -> float:
    text = os.environ.get(name, "") or str(default)
    try:
        value = float(text)
    except ValueError:
        raise BadEnvironment(f"{name}={text!r} is not a number.") from None
    if not value >= least:
        raise BadEnvironment(f"{name}={text!r} is too small; write {least:g} or more.")
    return value


def _key_file(path: Path) -> str:
    """A random key that survives restarts. Losing vault.key severs pseudonyms from identities for ever."""
    if not path.exists():
        # Written whole, then linked: of processes that start together one makes the key and none reads half of it.
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    key = path.read_text().strip()
    if len(key) < 32:
        raise BadEnvironment(f"{path} holds no usable key. Restore it from a backup; a new installation may delete it.")
    return key


def database_settings(url: str) -> dict[str, object]:
    """Django's DATABASES['default'] for sqlite:///PATH or postgres://user:password@host:port/name.

    Raises BadEnvironment for any other scheme.
    """
    parsed = urlparse(url)
    if parsed.scheme == "sqlite":
        path = "/" + unquote(parsed.path).lstrip("/")
        return {
            "ENGINE": "core.sqlite",
            "NAME": path,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},
            "TEST": {"NAME": f"{path}.test"},
        }
    if parsed.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parsed.path.lstrip("/"),
            "USER": unquote(parsed.username or ""),
            "PASSWORD": unquote(parsed.password or ""),
            "HOST": parsed.hostname or "",
            "PORT": str(parsed.port or 5432),
            # Under ASGI every request has its own thread: connections that lived in threads would use up the server.
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 16, "timeout": 30}},
            "CONN_HEALTH_CHECKS": True,
        }
    raise BadEnvironment(f"DATABASE_URL starts with {parsed.scheme!r}; use sqlite:///PATH or postgres://….")
