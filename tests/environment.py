"""Loaded before Django (`-p tests.environment`): every test run writes to a home folder of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "RADLOOP_TEST_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="radloop-test-")
    os.environ["RADLOOP_TEST_HOME"] = os.environ["RADLOOP_HOME"] = _home
    atexit.register(shutil.rmtree, _home, True)
# Playwright's synchronous driver runs an event loop in the test's thread; Django must still answer there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
