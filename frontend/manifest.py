"""Vite's manifest: which built files a page's entry needs."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import DomainError

DIST = Path(__file__).resolve().parent / "static" / "frontend" / "dist"
BASE = "/static/frontend/dist/"


class NotBuilt(DomainError):
    """The front end has to be built before pages can be shown."""

    status = 503
    code = "front-end-not-built"


def entry_files(name: str) -> tuple[list[str], list[str], list[str]]:
    """(styles, scripts imported, the entry's script) of `pages/NAME.ts`, as addresses.

    Raises NotBuilt when there is no build, or none that holds this page.
    """
    manifest = _manifest()
    if name not in manifest:
        raise NotBuilt(f"The built front end has no {name}. Run `make frontend`, then start the service again.")
    chunks = _with_imports(manifest, name)
    styles = list(dict.fromkeys(css for chunk in chunks for css in chunk.get("css", [])))
    scripts = [chunk["file"] for chunk in chunks[1:]]
    return [BASE + s for s in styles], [BASE + s for s in scripts], [BASE + chunks[0]["file"]]


def _with_imports(manifest: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The chunk, then everything that it imports statically, each once."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [name]
    while waiting:
        key = waiting.pop(0)
        if key not in found:
            found[key] = manifest[key]
            waiting += manifest[key].get("imports", [])
    return list(found.values())


def _manifest() -> dict[str, Any]:
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise NotBuilt("The front end has not been built. Run `make frontend`, then load this page again.") from None


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest
