"""The installation's own settings, with leases and sweeps short enough to watch."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "benchmarks.service"]
JOB_LEASE_SECONDS = 3
JOB_SWEEP_SECONDS = 1
