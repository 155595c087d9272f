"""What a measured verdict depends on, as a hash: a change of comments or words leaves it as it is."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from pathlib import Path

from imaging.phantoms.version import PHANTOM_VERSION
from learning.toolkit.inventory import Row

CORE = (
    "learning.toolkit.train", "learning.toolkit.trainer", "learning.toolkit.step", "learning.toolkit.nets",
    "learning.toolkit.images", "learning.toolkit.losses", "learning.toolkit.prediction",
    "benchmarks.strategy_table.bench",
)
"""Code that every effect runs through."""


def code_hash(row: Row) -> str:
    """Of the row's code, its effect, the training loop and the phantoms. Raises LookupError for a missing module."""
    modules = sorted({*CORE, *(name.partition(":")[0] for name in row.code), row.effect.partition(":")[0]} - {""})
    digest = hashlib.sha256(PHANTOM_VERSION.encode())
    for name in modules:
        only = row.effect.partition(":")[2] if name == row.effect.partition(":")[0] else ""
        digest.update(f"{name}\n{_bare(source_of(name), only)}\n".encode())
    return digest.hexdigest()[:16]


def source_of(module: str) -> str:
    """Text of a module of this repository, without importing it (torch is large). Raises LookupError."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise LookupError(f"There is no module {module}.")
    return Path(found.origin).read_text(encoding="utf-8")


def _bare(source: str, only: str) -> str:
    """The syntax tree without docstrings; with `only`, that function and what it uses of its module."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[:] = body[1:] or [ast.Pass()]
    if not only:
        return ast.dump(tree)
    defined = {name: node for node in tree.body for name in _names(node)}
    wanted, queue = {}, [only]
    while queue:
        name = queue.pop()
        if name in wanted or name not in defined:
            continue
        wanted[name] = ast.dump(defined[name])
        queue += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    return "\n".join(f"{name}={wanted[name]}" for name in sorted(wanted))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []
