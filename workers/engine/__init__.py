"""The job engine: register handlers, defer work, report progress, survive anything.

>>> from workers.engine import JobContext, defer, handler
>>> @handler("imaging.import", queue="cpu")            # doctest: +SKIP
... def run_import(job: JobContext) -> dict[str, int]: ...
"""

from workers.engine.context import JobContext
from workers.engine.errors import JobStopped, PermanentFailure
from workers.engine.queueing import defer, request_cancel, retry
from workers.engine.registry import handler
from workers.engine.runner import run_pending

__all__ = ["JobContext", "JobStopped", "PermanentFailure", "defer", "handler", "request_cancel", "retry", "run_pending"]
