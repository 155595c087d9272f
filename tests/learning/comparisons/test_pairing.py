"""Arms that cannot see the same images, and recipes that findings bind: what is compared is still alike."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from annotation.models import Finding
from core.errors import Invalid
from core.models import Project
from imaging.models import Instance
from learning.models import Comparison
from learning.selectors.comparisons import arm_rows, headline
from learning.services.comparisons.downloads import table_of
from learning.services.comparisons.files import finished_cells, rows_of
from learning.services.comparisons.making import ArmWish, extend_comparison
from tests.learning.comparisons.conftest import STUDIES, begin, finish, plain

pytestmark = pytest.mark.django_db
UNSPACED = 7
SPACED = ArmWish("spaced", plain(input={"spacing_mm": 2.0}))


@pytest.fixture
def comparison(project: Project) -> Comparison:
    """Seven images have no pixel spacing, so that an arm which asks for millimetres cannot see them."""
    for instance in Instance.objects.filter(series__study__projects=project).order_by("pk")[:UNSPACED]:
        instance.metadata = {k: v for k, v in instance.metadata.items() if k not in ("00280030", "00181164")}
        instance.save(update_fields=["metadata"])
    return finish(begin(project, folds=2, arms=[ArmWish("plain", plain()), SPACED]))


def rows_by_arm(comparison: Comparison) -> dict[str, dict[str, list[str]]]:
    """Arm → image → its row in the file: arm, seed, image, patient, fold, probability, target."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in list(rows_of(finished_cells(comparison)))[1:]:
        found[row[0]][row[2]] = row
    return found


def test_arms_that_see_different_images_share_every_patients_fold_and_are_paired_by_image(
    comparison: Comparison,
) -> None:
    rows, judged = rows_by_arm(comparison), {row.arm.name: row.judged for row in arm_rows(comparison)}
    assert (len(rows["plain"]), len(rows["spaced"])) == (STUDIES, STUDIES - UNSPACED)
    assert {uid: rows["plain"][uid][4] for uid in rows["spaced"]} == {uid: r[4] for uid, r in rows["spaced"].items()}
    for arm in ("plain", "spaced"):
        by_fold = defaultdict(list)
        for uid in rows["spaced"]:
            *_, fold, _, target = rows["plain"][uid]
            if target:
                by_fold[fold].append((float(rows[arm][uid][5]), float(target)))
        whole = [np.array(pairs).T for pairs in by_fold.values() if len({target for _, target in pairs}) == 2]
        by_hand = np.mean([roc_auc_score(targets, scores) for scores, targets in whole])
        mine = judged[arm]
        assert mine is not None
        assert mine["auroc"]["value"] == pytest.approx(by_hand, abs=1e-4)


def test_what_an_arm_leaves_out_is_said_on_the_page_and_in_the_table(comparison: Comparison) -> None:
    assert (comparison.results or {})["left_out"] == {"spaced": UNSPACED}
    told = headline(comparison, arm_rows(comparison))
    assert f"on {STUDIES - UNSPACED} held-out cases" in told
    assert f"No arm is judged on {UNSPACED} more, which not every recipe can use (spaced leaves out {UNSPACED})" in told
    head, *lines = [line.split(",") for line in table_of(comparison).decode().splitlines()]
    left_out = {line[0]: line[head.index("left_out")] for line in lines if line[1] == "mean"}
    assert left_out == {"plain": "0", "spaced": str(UNSPACED), "brightness alone": "0"}


def test_what_findings_ask_of_augmentation_binds_every_arm(project: Project) -> None:
    Finding.objects.filter(project=project, code="nodule").update(invariances=["preserve_ratio"])
    Finding.objects.filter(project=project, code="effusion").update(invariances=["flip_only"])
    altering = plain(augmentation={"kind": "limited"})
    still = ArmWish("still", plain(augmentation={"kind": "none"}))
    comparison = begin(project, arms=[still, ArmWish("turned", altering)])
    extend_comparison(
        comparison=comparison, user=None, arms=[ArmWish("brighter", plain(augmentation={"kind": "strong"}))]
    )
    asked = {arm.name: arm.recipe.get("augmentation", {}).get("invariances") for arm in comparison.arms.all()}
    assert asked["turned"] == asked["brighter"] == ["preserve_ratio"], "effusion is not learned here"
    assert asked["still"] == []


def test_recipes_that_are_alike_once_findings_bind_them_are_refused(project: Project) -> None:
    Finding.objects.filter(project=project).update(invariances=["preserve_ratio"])
    arms = [
        ArmWish("loose", plain(augmentation={"kind": "limited"})),
        ArmWish("strict", plain(augmentation={"kind": "limited", "invariances": ["preserve_ratio"]})),
    ]
    with pytest.raises(Invalid, match="the same recipe"):
        begin(project, arms=arms)
