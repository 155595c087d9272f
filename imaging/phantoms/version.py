"""The generator's frozen version: a change of its sources is a new version, and re-runs every figure that used it."""

from __future__ import annotations

import hashlib
from pathlib import Path

PHANTOM_VERSION = "d4f928763c0718a4"
"""What `sources_digest` gave when the figures in docs/experiments.md were measured."""


def sources_digest() -> str:
    """16 hex digits of SHA-256 over names and contents of this package's modules, sorted; this module is left out."""
    digest = hashlib.sha256()
    here = Path(__file__)
    for path in sorted(here.parent.glob("*.py")):
        if path.name != here.name:
            digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]
