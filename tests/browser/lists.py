"""What browser tests find in the service: the worklists that are read, one per test (name → mode), and studies."""

LISTS = {
    "Keyboard": "concurrent", "Killed tab": "concurrent", "Stale tab": "concurrent", "Unaided": "unaided",
    "Second reader": "second_reader", "Two enters": "second_reader", "Amend": "concurrent", "Offline": "concurrent",
    "Boxes": "concurrent", "Clicks": "concurrent", "Looks": "concurrent",
    "Flow": "concurrent", "Tour": "concurrent",
    "By keyboard": "concurrent", "Barriers": "concurrent", "Undo": "second_reader",
}
REPORT_STUDIES = 900
"""Number of the first of three phantoms in the project of the reports' tests: their patients are PHANTOM-7-900 …"""
TALK_STUDIES = 950
"""Likewise of the first of two in the project of the tests of talk, each on a list of its own."""
KINDS_PROJECT, KINDS_LIST = "kinds", "Kinds"
"""One study with a series of every kind of file (benchmarks.grey.kinds), in the order of that table."""
