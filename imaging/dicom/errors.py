from __future__ import annotations


class ImportRefused(Exception):
    """A file that can't be taken; the message says why and what to do, and holds nothing from the file itself."""
