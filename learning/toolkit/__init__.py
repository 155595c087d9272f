"""Deep learning for few labelled radiological images, in plain torch and NumPy: no Django, no Celery, no database.

Arrays in, arrays out. In a notebook:

    from learning.toolkit import Examples, evaluate, fit, load_recipe, predict

`Examples` holds images with what is known of them, `fit` trains by a `Recipe`, `predict` and `evaluate` judge,
`verdict_card` says what a strategy is worth against its control, `save_model` and `export_onnx` keep models.
docs/toolkit.md has a worked example of each.

Names are imported when they are first used, so that a program that wants an interval does not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from learning.recipe import PRESETS, Recipe, RecipeError, load_recipe
    from learning.toolkit.calibrate import choose_points, fit_scaling, scale
    from learning.toolkit.comparison import Comparison, compare, compare_runs
    from learning.toolkit.conformal import fit_conformal, prediction_sets
    from learning.toolkit.crossfit import Outcome, fit_by_evaluation
    from learning.toolkit.data import DataError, Examples
    from learning.toolkit.evaluation import Evaluation, evaluate
    from learning.toolkit.export import ModelCard, load_model, save_model
    from learning.toolkit.nets import Network, build_network
    from learning.toolkit.onnx_file import export_onnx
    from learning.toolkit.planner import Expectation, cases_needed, power
    from learning.toolkit.prediction import Predictions, predict
    from learning.toolkit.prior_shift import correct_prior, estimate_prior
    from learning.toolkit.reports import EpochReport, FitResult
    from learning.toolkit.splits import grouped_holdout, grouped_kfold
    from learning.toolkit.train import TrainError, fit
    from learning.toolkit.verdict import Cell, Spent, VerdictCard, verdict_card

_HOMES = {
    "learning.recipe": ("PRESETS", "Recipe", "RecipeError", "load_recipe"),
    "learning.toolkit.calibrate": ("choose_points", "fit_scaling", "scale"),
    "learning.toolkit.comparison": ("Comparison", "compare", "compare_runs"),
    "learning.toolkit.conformal": ("fit_conformal", "prediction_sets"),
    "learning.toolkit.crossfit": ("Outcome", "fit_by_evaluation"),
    "learning.toolkit.data": ("DataError", "Examples"),
    "learning.toolkit.evaluation": ("Evaluation", "evaluate"),
    "learning.toolkit.export": ("ModelCard", "load_model", "save_model"),
    "learning.toolkit.nets": ("Network", "build_network"),
    "learning.toolkit.onnx_file": ("export_onnx",),
    "learning.toolkit.planner": ("Expectation", "cases_needed", "power"),
    "learning.toolkit.prediction": ("Predictions", "predict"),
    "learning.toolkit.prior_shift": ("correct_prior", "estimate_prior"),
    "learning.toolkit.reports": ("EpochReport", "FitResult"),
    "learning.toolkit.splits": ("grouped_holdout", "grouped_kfold"),
    "learning.toolkit.train": ("TrainError", "fit"),
    "learning.toolkit.verdict": ("Cell", "Spent", "VerdictCard", "verdict_card"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "PRESETS", "Cell", "Comparison", "DataError", "EpochReport", "Evaluation", "Examples", "Expectation", "FitResult",
    "ModelCard", "Network", "Outcome", "Predictions", "Recipe", "RecipeError", "Spent", "TrainError", "VerdictCard",
    "build_network", "cases_needed", "choose_points", "compare", "compare_runs", "correct_prior", "estimate_prior",
    "evaluate", "export_onnx", "fit", "fit_by_evaluation", "fit_conformal", "fit_scaling", "grouped_holdout",
    "grouped_kfold", "load_model", "load_recipe", "power", "predict", "prediction_sets", "save_model", "scale",
    "verdict_card",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"learning.toolkit has no {name!r}; it has: {', '.join(__all__)}.")
    return getattr(import_module(_HOME[name]), name)
