"""A service with nothing but jobs in it, for chaos. Used by benchmarks.jobs_chaos and tests/workers."""
