"""Effects of the rows in `learning.toolkit.inventory.altering`.

Imbalance is measured on effusion in one case of 20, by balanced accuracy at a probability of one half: the area under
the ROC curve, printed beside it, hardly moves with the prior.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.strategy_table.bench import Bench, Settings
from benchmarks.strategy_table.paired import Paired
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc

RARE = 0.05
SEEN = ("effusion", "consolidation")
"""Findings that this few labels teach: nodules need more, and would leave both arms at chance."""
STEPS: Settings = {"optimiser": {"max_steps": 300, "batch_size": 16}}


def altered(kind: str, **more: Any) -> Settings:
    return {"augmentation": {"kind": kind, **more}}


def limited_alterations(bench: Bench) -> Paired:
    """A1: limited alterations of radiographs against none."""
    train, test = bench.phantoms(train=150, findings=SEEN)
    return bench.against(altered("limited"), train=train, test=test)


def excessive_alterations(bench: Bench) -> Paired:
    """A2: the strong policy against the limited one."""
    train, test = bench.phantoms(train=150, findings=SEEN)
    return bench.against(altered("strong"), altered("limited"), train=train, test=test)


def preserved_ratio(bench: Bench) -> Paired:
    """A3: one policy for cardiomegaly, with and without what breaks the cardiothoracic ratio."""
    train, test = bench.phantoms(train=300, findings=("cardiomegaly",))
    kept = altered("standard", invariances=["preserve_ratio"])
    return bench.against(kept, altered("standard"), train=train, test=test)


def one_alteration_each(bench: Bench) -> Paired:
    """A15: TrivialAugment, a policy without parameters to choose, against the limited one."""
    train, test = bench.phantoms(train=150, findings=SEEN)
    return bench.against(altered("trivial_augment"), altered("limited"), train=train, test=test)


def mixup(bench: Bench) -> Paired:
    """Mixup against plain training."""
    train, test = bench.phantoms(train=150, findings=SEEN)
    return bench.against(altered("none", mixup=0.4), train=train, test=test)


def cutmix(bench: Bench) -> Paired:
    """CutMix against plain training."""
    train, test = bench.phantoms(train=150, findings=SEEN)
    return bench.against(altered("none", cutmix=1.0), train=train, test=test)


def imbalance_itself(bench: Bench) -> Paired:
    """I1: as many cases with one positive in 20 against half positive."""
    train, test = bench.phantoms(train=400, test=600, findings=("effusion",), prevalence={"effusion": RARE})
    even, _ = bench.phantoms(train=400, test=1, findings=("effusion",), prevalence={"effusion": 0.5})
    tables = [bench.ask(bench.train(STEPS, part), test) for part in (train, even)]
    return balanced_accuracy(*tables, test)


def oversampling(bench: Bench) -> Paired:
    """I2, I3: random oversampling."""
    return rare(bench, sampling="oversample")


def undersampling(bench: Bench) -> Paired:
    """I3: random undersampling."""
    return rare(bench, sampling="undersample")


def hard_cases(bench: Bench) -> Paired:
    """I3: oversampling of what the network gets wrong."""
    return rare(bench, sampling="hard_cases")


def excessive_oversampling(bench: Bench) -> Paired:
    """I6: both sides equally often against a quarter of the way there."""
    full: Settings = {"imbalance": {"sampling": "oversample"}}
    part: Settings = {"imbalance": {"sampling": "oversample", "sampling_strength": 0.25}}
    train, test = _rare_cases(bench)
    tables = [bench.ask(bench.train({**STEPS, **settings}, train), test) for settings in (full, part)]
    return Paired.auroc(*tables, test)


def dynamic_sampling(bench: Bench) -> Paired:
    """I3: sides in proportion to 1 - F1 of the last epoch; both arms validate on the same fifth of the cases."""
    train, test = _rare_cases(bench)
    inside, val = train.take(np.arange(0, 320)), train.take(np.arange(320, 400))
    on: Settings = {**STEPS, "imbalance": {"sampling": "dynamic"}}
    tables = [bench.ask(bench.train(settings, inside, val=val), test) for settings in (on, STEPS)]
    return balanced_accuracy(*tables, test)


def class_weights(bench: Bench) -> Paired:
    """I7: inverse prevalence."""
    return rare(bench, class_weights="inverse_prevalence")


def class_balanced(bench: Bench) -> Paired:
    """I7: by the effective number of cases."""
    return rare(bench, class_weights="class_balanced", beta=0.999)


def focal(bench: Bench) -> Paired:
    """I8: focal loss without class weights."""
    return rare(bench, loss="focal", focal_gamma=2.0)


def logit_adjustment(bench: Bench) -> Paired:
    """I8: log odds shifted by the prevalence in training."""
    return rare(bench, loss="logit_adjustment")


def ldam(bench: Bench) -> Paired:
    """I8: margins, with late class-balanced weights."""
    return rare(bench, loss="ldam", beta=0.999)


def smote(bench: Bench) -> Paired:
    """I2: synthetic cases among hand-crafted features, against the same classifier without."""
    frozen: Settings = {"network": {"name": "hog"}, "tuning": {"kind": "frozen", "classifier": "logistic"}}
    train, test = _rare_cases(bench)
    on: Settings = {**frozen, "imbalance": {"embeddings": "smote"}}
    tables = [bench.ask(bench.train(settings, train), test) for settings in (on, frozen)]
    return balanced_accuracy(*tables, test)


def dropout(bench: Bench) -> Paired:
    """R1, R2: a drop probability of one half in the embedding on 200 images."""
    return regularised(bench, {"dropout_hidden": 0.5}, {"dropout_hidden": 0.0})


def group_norm(bench: Bench) -> Paired:
    """R3: groups against batches of 8."""
    return regularised(bench, {"norm": "group"}, {"norm": "batch"})


def lasso(bench: Bench) -> Paired:
    """R4: L1 with exact zeros."""
    return regularised(bench, {"l1": 0.001}, {"l1": 0.0})


def ridge(bench: Bench) -> Paired:
    """R4: weight decay."""
    return regularised(bench, {"weight_decay": 0.05}, {"weight_decay": 0.0})


def label_smoothing(bench: Bench) -> Paired:
    """Label smoothing."""
    return regularised(bench, {"label_smoothing": 0.1}, {"label_smoothing": 0.0})


def weight_average(bench: Bench) -> Paired:
    """Exponential average of the weights."""
    return regularised(bench, {"average": "ema"}, {"average": "none"})


def regularised(bench: Bench, on: dict[str, Any], off: dict[str, Any]) -> Paired:
    train, test = bench.phantoms(train=200, findings=SEEN)
    return bench.against({"regularisation": on}, {"regularisation": off}, train=train, test=test)


def rare(bench: Bench, **imbalance: Any) -> Paired:
    """One way with rare findings against none."""
    train, test = _rare_cases(bench)
    on: Settings = {**STEPS, "imbalance": imbalance}
    tables = [bench.ask(bench.train(settings, train), test) for settings in (on, STEPS)]
    return balanced_accuracy(*tables, test)


def balanced_accuracy(strategy: Any, control: Any, test: Examples) -> Paired:
    """Per case 0, or the weight of its side if it is answered rightly at 1/2: the mean is the balanced accuracy."""
    truth = test.targets[:, 0] == 1
    weight = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    scores = [((table[:, 0] >= 0.5) == truth) * weight for table in (strategy, control)]
    areas = [auroc(table[:, 0], test.targets[:, 0]) or 0.0 for table in (strategy, control)]
    told = f"AUROC {areas[0]:.3f} against {areas[1]:.3f}"
    return Paired.scores(*scores, test.patients, "balanced accuracy", told=told)


def _rare_cases(bench: Bench) -> tuple[Examples, Examples]:
    return bench.phantoms(train=400, test=600, findings=("effusion",), prevalence={"effusion": RARE})
