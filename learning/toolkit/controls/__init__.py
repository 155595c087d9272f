"""Controls that tell a working strategy from one that only looks like it: one harness for all strategies.

C1 no-op, C2 shuffled labels, C3 paired seeds, C4 label ledger, C5 leak guard, C6 trivial baseline, C7 determinism and
resume. `mechanism_controls` and `effect_controls` run them over a described `Strategy`; each is also there by itself.
"""

from learning.toolkit.controls.control import Control, ControlFailed, require
from learning.toolkit.controls.given import Given, fingerprint, paired_calls
from learning.toolkit.controls.harness import Material, effect_controls, mechanism_controls
from learning.toolkit.controls.labels import BudgetExceeded, Oracle, label_ledger, shuffled_labels, turned_labels
from learning.toolkit.controls.leaks import blind_to_test_labels, leak_guard
from learning.toolkit.controls.no_op import no_op
from learning.toolkit.controls.paired import LEAST_SEEDS, PairedSeeds, against_random, trivial_baseline
from learning.toolkit.controls.resume import determinism_and_resume
from learning.toolkit.controls.strategy import Pipeline, Strategy, supervised

__all__ = [
    "LEAST_SEEDS", "BudgetExceeded", "Control", "ControlFailed", "Given", "Material", "Oracle", "PairedSeeds",
    "Pipeline", "Strategy", "against_random", "blind_to_test_labels", "determinism_and_resume", "effect_controls",
    "fingerprint", "label_ledger", "leak_guard", "mechanism_controls", "no_op", "paired_calls", "require",
    "shuffled_labels", "supervised", "trivial_baseline", "turned_labels",
]
