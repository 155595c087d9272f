"""Loaded before Django (`-p tests.environment`): every run writes to a home of its own, under known keys."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

if "RADLOOP_TEST_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="radloop-test-")
    os.environ["RADLOOP_TEST_HOME"] = os.environ["RADLOOP_HOME"] = _home
    atexit.register(shutil.rmtree, _home, True)
# Pseudonyms, UIDs, day shifts and splits follow from the vault's key, so a run is repeated only under the same key.
# RADLOOP_TEST_KEYS=drawn lets every home draw its own, as an installation does: to hunt what holds under one key alone.
if os.environ.get("RADLOOP_TEST_KEYS", "fixed") == "fixed":
    os.environ["RADLOOP_SECRET_KEY"] = "a key that only tests use, in every run of theirs"
    os.environ["RADLOOP_VAULT_KEY"] = "the same draw in every run of the tests"
# The same examples in every run of a check; `--hypothesis-profile=wander` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("wander", derandomize=False)
settings.load_profile("repeatable")
# Playwright's synchronous driver runs an event loop in the test's thread; Django must still answer there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
