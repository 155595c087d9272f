"""Who gave the answers that a run learned from."""

from __future__ import annotations

from collections import Counter

from annotation.models import Source
from learning.models import Snapshot, SnapshotRow

_AT_ONCE = 5000
_KINDS = {"report": "report labeler", "record": "coded record", "consensus": "consensus", "unknown": "imported source"}


def who_said_it(snapshot: Snapshot) -> str:
    """Rows by origin, and how many readers and other sources gave their answers; says so where readers are simulated.

    Names are left to the authors, as is what training the readers had.
    """
    rows = SnapshotRow.objects.filter(snapshot=snapshot)
    origins = Counter(rows.values_list("origin", flat=True))
    if not origins:
        return ""
    said = {one for found in rows.values_list("observations", flat=True) for ids in found.values() for one in ids}
    sources: set[tuple[int, str, bool]] = set()
    ids = sorted(said)
    for start in range(0, len(ids), _AT_ONCE):
        part = Source.objects.filter(observations__in=ids[start : start + _AT_ONCE])
        sources |= set(part.values_list("pk", "kind", "is_simulated").distinct())
    simulated = sum(is_simulated for *_, is_simulated in sources)
    kinds = Counter(kind for _, kind, is_simulated in sources if not is_simulated)
    told = [_number(n, _KINDS.get(kind, kind)) for kind, n in kinds.most_common()]
    told += [_number(simulated, "SIMULATED reader")] if simulated else []
    images = ", ".join(f"{n} {origin}" for origin, n in origins.most_common())
    warning = " ATTENTION: no person gave these answers." if simulated and not kinds else ""
    return f"Training rows: {images}, by {', '.join(told) or 'sources that are gone'}.{warning}"


def _number(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
