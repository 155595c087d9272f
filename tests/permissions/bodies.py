"""What a request of the permission table sends, where an empty body would not do. Strings may hold placeholders."""

from __future__ import annotations

import io
from typing import Any

ANSWER = {"findings": {"{finding}": {"state": "absent"}}, "regions": [], "not_assessable": None,
          "no_finding": False, "comment": ""}
SAVE = {"base_version": 0, "content": ANSWER, "active_seconds": 1}


def upload(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


HANGING = [{"name": "Any", "rows": 1, "columns": 1, "panes": [{}]}]
QUICK = {"recipe": {"targets": {"findings": ["nodule"]}}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/reports/{report}/blind/"): {
        "digest": "{shown_digest}", "answers": {"nodule": "absent", "effusion": "not_mentioned"},
    },
    ("POST", "/api/report_models/{text_model}/promote/"): {"note": "Better on our reports"},
    ("POST", "/api/report_models/{text_model}/retire/"): {"note": "Back to the rules"},
    ("POST", "/api/reports/{report}/verdicts/"): {
        "finding": "{finding}", "act": "accept", "definition": "{shown_definition}", "digest": "{shown_digest}",
    },
    ("POST", "/api/projects/{project}/reports/rules/"): {"base_number": 0},
    ("PUT", "/api/projects/{project}/gaze/"): {"is_on": True},
    ("POST", "/api/readings/{reading}/gaze/"): {
        "samples": upload(b"t,x,y\n0,1,1\n", "gaze.csv"), "instance": "{image}",
    },
    ("POST", "/api/readings/{reading}/gaze/pointer/"): {"samples": [[0, 1, 1]]},
    ("PUT", "/api/projects/{project}/hanging/"): {"base_number": 0, "rules": HANGING},
    ("POST", "/api/projects/{project}/hanging/try/"): {"study": "{study}", "rules": HANGING},
    ("POST", "/p/{project}/hanging/#save"): {"base_number": "0", "count": "1", "r0-name": "Any", "r0-layout": "1x1"},
    ("POST", "/p/{project}/hanging/#shipped"): {"base_number": "0"},
    ("POST", "/api/projects/"): {"name": "Another"},
    ("PATCH", "/api/projects/{project}/"): {"question": "How few?"},
    ("POST", "/api/projects/{project}/members/"): {"username": "{person}", "role": "reviewer"},
    ("PATCH", "/api/projects/{project}/members/{member}/"): {"role": "reviewer"},
    ("POST", "/api/users/"): {"username": "another"},
    ("POST", "/api/projects/{project}/recipes/estimate/"): QUICK,
    ("POST", "/api/projects/{project}/runs/"): QUICK,
    ("POST", "/api/projects/{project}/recipes/saved/"): QUICK | {"name": "Small"},
    ("POST", "/api/comparisons/{comparison}/extend/"): {"more_seeds": 1},
    ("POST", "/api/projects/{project}/comparisons/"): {
        "arms": [{"preset": "quick"}, {"preset": "balanced"}], "findings": ["nodule"], "folds": 2,
    },
    ("POST", "/api/models/{foreign}/predictions/"): {"predictions": {"{instance}": {"nodule": 0.5}}},
    ("POST", "/api/projects/{project}/pixels/"): {"keys": ["{instance}"], "size": 32},
    ("POST", "/api/projects/{project}/foreign_models/"): {
        "name": "A forest", "findings": ["nodule"], "snapshot": "{snapshot}",
    },
    ("POST", "/api/projects/{project}/snapshots/"): {"findings": ["nodule"]},
    ("POST", "/tokens/#make"): {"name": "notebook", "days": "30"},
    ("POST", "/p/{project}/models/#onnx"): {"model": "{model}"},
    ("POST", "/api/turns/{turn}/override/"): {"note": "Better on our scanner"},
    ("POST", "/api/projects/{project}/findings/"): {"name": "Fracture"},
    ("PATCH", "/api/findings/{finding}/"): {"definition": "Round."},
    ("POST", "/api/findings/{finding}/merge/"): {"into": "{other_finding}"},
    ("PUT", "/api/readings/{reading}/draft/"): SAVE,
    ("POST", "/api/readings/{reading}/lock/"): SAVE,
    ("POST", "/api/readings/{reading}/submit/"): SAVE,
    ("POST", "/api/readings/{reading}/skip/"): {"reason": "blurred"},
    ("POST", "/api/projects/{project}/report-intakes/"): {
        "files": upload(b"No effusion.", "a.txt"), "names": "a.txt",
    },
    ("POST", "/api/reports/{waiting_report}/match/"): {"study": "{study}"},
    ("POST", "/api/imports/{import}/files/"): {"files": upload(b"not an image", "a.txt"), "names": "a.txt"},
    ("POST", "/api/projects/{project}/reserved/"): {"sizes": {"calibration": 1}, "seed": 1},
    ("POST", "/api/projects/{project}/worklists/"): {"name": "Second list"},
    ("PATCH", "/api/worklists/{worklist}/"): {"is_open": False},
    ("POST", "/api/worklists/{worklist}/items/"): {"all": True},
    ("POST", "/api/projects/{project}/studies/{study}/comments/"): {"text": "Is this a nodule?"},
    ("POST", "/p/{project}/train/#remove"): {"opened": "{saved_recipe}"},
    ("POST", "/p/{project}/compare/new/#start"): {
        "arms": ["preset:quick", "preset:balanced"], "findings": ["nodule"], "folds": "2",
    },
    ("POST", "/p/{project}/compare/{comparison}/#extend"): {"more_seeds": "1"},
    ("POST", "/p/{project}/advice/#compare"): {"advice": "hand-crafted features"},
    ("POST", "/p/{project}/advice/#train"): {"advice": "hand-crafted features"},
    ("POST", "/p/{project}/#edit"): {"name": "Small", "question": "How few?"},
    ("POST", "/p/{project}/findings/#add"): {"name": "Fracture", "kind": "binary"},
    ("POST", "/p/{project}/findings/{finding}/#edit"): {"name": "Nodule", "kind": "binary"},
    ("POST", "/p/{project}/findings/{finding}/#merge"): {"into": "{other_finding}"},
    ("POST", "/p/{project}/jobs/#cancel"): {"job": "{job}"},
    ("POST", "/p/{project}/jobs/#retry"): {"job": "{ended_job}"},
    ("POST", "/p/{project}/ledger/#withdraw"): {"batch": "{batch}", "note": "a wrong file"},
    ("POST", "/p/{project}/loop/#override"): {"turn": "0", "note": "Better on our scanner"},
    ("PATCH", "/api/projects/{project}/loop/"): {"margin": 0.03},
    ("POST", "/p/{project}/loop/settings/#change"): {
        "worklist": "{worklist}", "corrections_per_turn": "12", "query": "margin", "rule": "non_inferior",
        "margin": "0.02", "pseudolabel_threshold": "0.95", "pseudolabel_weight": "0.3", "audited_share": "0.1",
    },
    ("POST", "/p/{project}/members/#add"): {"username": "{person}", "role": "reviewer"},
    ("POST", "/p/{project}/members/#remove"): {"member": "{member}"},
    ("POST", "/p/{project}/members/#role"): {"member": "{member}", "role": "reviewer"},
    ("POST", "/p/{project}/readings/looking/#add"): {
        "reading": "{reading}", "pixels": "image", "samples": upload(b"t,x,y\n0,1,1\n", "gaze.csv"),
    },
    ("POST", "/p/{project}/readings/looking/#delete"): {"recording": "{gaze}"},
    ("POST", "/p/{project}/readings/#amend"): {"reading": "{submitted}"},
    ("POST", "/p/{project}/worklists/{worklist}/#settings"): {
        "mode": "second_reader", "report_policy": "after", "unaided_percent": "10", "reservation_minutes": "30",
        "cases_ahead": "2", "reread_percent": "0", "reread_after_days": "30",
    },
    ("POST", "/p/{project}/studies/{study}/#say"): {"text": "A vessel."},
    ("POST", "/p/{project}/studies/{study}/#resolve"): {"comment": "{comment}"},
    ("POST", "/p/{project}/studies/{study}/#reopen"): {"comment": "{comment}"},
    ("POST", "/people/#make"): {"username": "another"},
    ("POST", "/people/#close"): {"person": "{person_id}"},
    ("POST", "/people/#open"): {"person": "{person_id}"},
    ("POST", "/people/#password"): {"person": "{person_id}"},
    ("POST", "/projects/new/#create"): {"name": "Another"},
}
"""By method and the row's path. A page's form needs no `act` here: the path says it."""

HEADERS: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/p/{project}/loop/live/now/"): {"HX-Request": "true"},
}
