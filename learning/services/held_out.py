"""Held-out predictions for one person: a reader is not told what a model makes of a case to be read unaided."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from annotation.selectors.unaided import studies_read_unaided
from core.models import User
from imaging.models import Instance
from learning.models import Run
from learning.services.runs import held_out_path


def held_out_for(*, user: User, run: Run) -> BinaryIO:
    """The run's file, less the images of studies that this person is yet to read unaided."""
    path = held_out_path(run)
    unread = studies_read_unaided(user=user, project=run.project)
    left_out = set(Instance.objects.filter(series__study__in=unread).values_list("sop_uid", flat=True))
    if not left_out:
        return path.open("rb")
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    column = header.index("sop_uid")
    text = io.StringIO()
    # An image whose label was imported stands there as UID:imported.
    kept = [row for row in rows if row[column].partition(":")[0] not in left_out]
    csv.writer(text, lineterminator="\n").writerows([header, *kept])
    return io.BytesIO(text.getvalue().encode())
