"""Parts of benchmarks.reader_actions."""
