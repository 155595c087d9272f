from __future__ import annotations


class JobStopped(BaseException):
    """The job was cancelled or its lease was lost: stop at once, write nothing more.

    A BaseException, so that a handler's `except Exception` cannot swallow it.
    """


class PermanentFailure(Exception):
    """Trying again cannot help; the message tells a person what to do."""
