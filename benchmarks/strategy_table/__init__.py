"""Review row → code → test → measured verdict. `python -m benchmarks.strategy_table --help`."""
