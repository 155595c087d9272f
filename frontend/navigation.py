"""Which pages a person finds in a project's navigation. What they may not open is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from core.access import may
from core.models import Project, User


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; `is_here` marks the page being looked at."""

    label: str
    href: str
    icon: str
    is_here: bool


@dataclass(frozen=True)
class Group:
    title: str
    entries: list[Entry]


# group → (label, path below the project, icon, act that the person must be allowed)
PAGES: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    ("", [("Overview", "", "home", "read")]),
    ("Read", [
        ("Read cases", "read/", "eye", "annotate"),
        ("My readings", "readings/", "history", "annotate"),
    ]),
    ("Data", [
        ("Studies", "studies/", "photo", "read"),
        ("Import", "import/", "upload", "import"),
        ("Findings", "findings/", "tags", "read"),
        ("Worklists", "worklists/", "list-check", "read"),
        ("Hanging", "hanging/", "layout-board", "manage"),
    ]),
    ("Reports", [
        ("All reports", "reports/", "report-medical", "read"),
        ("Import reports", "reports/import/", "file-import", "import"),
        ("Rules", "reports/rules/", "adjustments", "read"),
        ("Accuracy", "reports/accuracy/", "target", "read"),
    ]),
    ("Learn", [
        ("Loop", "loop/", "refresh", "read"),
        ("Train", "train/", "flask", "read"),
        ("Compare", "compare/", "arrows-diff", "read"),
        ("Advice", "advice/", "bulb", "read"),
        ("Plan", "planner/", "chart-line", "read"),
        ("Models", "models/", "box", "read"),
        ("What aid does", "aid/", "scale", "train"),
    ]),
    ("Project", [
        ("Ledger", "ledger/", "list-details", "train"),
        ("Export", "export/", "download", "export"),
        ("Members", "members/", "users", "read"),
        ("Jobs", "jobs/", "activity", "read"),
        ("Audit", "audit/", "shield", "manage"),
    ]),
]
ALSO_AT = {"train/": ("runs/", "weights/"), "studies/": ("study/",)}
"""Pages that belong to an entry without lying below its path."""


def groups_for(user: User, project: Project, path: str) -> list[Group]:
    """The groups that are not empty for this person, with the page at `path` marked."""
    allowed = {act: may(user, act, project) for _, entries in PAGES for *_, act in entries}
    base = f"/p/{project.slug}/"
    here = _here(path.removeprefix(base) if path.startswith(base) else None)
    found = [
        Group(title, [
            Entry(label, base + below, icon, below == here) for label, below, icon, act in entries if allowed[act]
        ])
        for title, entries in PAGES
    ]
    return [group for group in found if group.entries]


def _here(place: str | None) -> str | None:
    """Of the entries that a page lies below, the deepest."""
    if not place:
        return place
    paths = [below for _, entries in PAGES for _, below, *_ in entries if below]
    fitting = [below for below in paths if any(place.startswith(one) for one in (below, *ALSO_AT.get(below, ())))]
    return max(fitting, key=len, default=None)

