"""Three recipes from the table of rules, with this site's own verdicts weighed in."""

from dataclasses import dataclass
from typing import Any

from learning.advice.facts import Facts
from learning.advice.rules import RULES, Rule
from learning.recipe import Recipe, RecipeError, load_recipe

WORTH = {"gain": 15, "equivalent": -10, "harm": -40, "undecided": 0}
"""What a verdict of this site adds to a rule's weight; the first counts most."""
HOW_MANY = 3
FEW_PATIENTS, SOME_PATIENTS = 40, 300


@dataclass(frozen=True, slots=True)
class Advice:
    """One recipe to try, with its control arm; `site` is what this site's own verdicts say, empty without any."""

    name: str
    rows: tuple[str, ...]
    recipe: Recipe
    control: Recipe
    reason: str
    site: str
    weight: int


def advise(facts: Facts, *, how_many: int = HOW_MANY) -> list[Advice]:
    """The best rules that apply, each on the plain recipe that suits the number of cases. No two change the same alike.

    At most one of a section is taken while others wait, so that the three differ in kind.
    """
    made = [advice for rule in RULES if rule.applies(facts) and (advice := _made(rule, facts)) is not None]
    made.sort(key=lambda one: -one.weight)
    chosen: list[Advice] = []
    for fresh_section in (True, False):
        for one in made:
            taken = {_section(other) for other in chosen}
            if len(chosen) < how_many and one not in chosen and (not fresh_section or _section(one) not in taken):
                chosen.append(one)
    return sorted(chosen, key=lambda one: -one.weight)


def plain(facts: Facts) -> Recipe:
    """Training without a strategy, of what can be learned, judged as so many patients allow: E2, E3."""
    evaluation: dict[str, Any] = {"kind": "kfold", "folds": 5}
    if facts.patients < FEW_PATIENTS:
        evaluation["repeats"] = 3
    if facts.patients >= SOME_PATIENTS:
        evaluation = {"kind": "holdout"}
    long = {"max_epochs": 60, "patience": 15} if facts.labelled < SOME_PATIENTS else {"max_epochs": 40, "patience": 10}
    return load_recipe({"optimiser": long, "evaluation": evaluation, "targets": {"findings": facts.learnable}})


def judging(facts: Facts) -> str:
    """How to judge on so many patients, and why."""
    if facts.patients < FEW_PATIENTS:
        return (
            f"{facts.patients} patients: a share held out would starve training and judge by chance (E1). Every "
            "patient is held out once in five folds, three times over (E2); leaving out one patient at a time is "
            "offered too, and varies more (E3)."
        )
    if facts.patients < SOME_PATIENTS:
        return f"{facts.patients} patients: every patient is held out once, in five folds (E1, E2)."
    return f"{facts.patients} patients are enough to hold a share of them out."


def _made(rule: Rule, facts: Facts) -> Advice | None:
    """None where the recipe does not hold together, or where this site has only seen harm of it."""
    base = plain(facts)
    try:
        recipe = _with(base, rule.changes(facts))
        control = _control(base, recipe, rule)
    except RecipeError:
        return None
    site, worth = _site(rule, facts)
    if worth <= WORTH["harm"]:
        return None
    return Advice(rule.name, rule.rows, recipe, control, _reason(rule, facts), site, rule.weight + worth)


def _with(base: Recipe, changes: Any) -> Recipe:
    data = base.model_dump(mode="json")
    for section, fields in changes.items():
        data[section] |= fields
    return load_recipe(data)


def _control(base: Recipe, recipe: Recipe, rule: Rule) -> Recipe:
    """The same network and input without the strategy; hand-crafted features are held against the plain network."""
    if rule.section in ("input",) or recipe.network.name in ("hog", "lbp", "histogram", "radiomics"):
        return base
    data = recipe.model_dump(mode="json")
    for section in (rule.section, *(("tuning",) if rule.section == "start" else ())):
        data[section] = base.model_dump(mode="json")[section]
    return load_recipe(data)


def _reason(rule: Rule, facts: Facts) -> str:
    source = facts.best_source
    told = rule.reason.format(
        fewest=facts.fewest, finding=facts.finding, labelled=facts.labelled, share=f"{100 * facts.prevalence:.0f} %",
        source=source.reference if source else "",
    )
    return told[0].upper() + told[1:]


def _site(rule: Rule, facts: Facts) -> tuple[str, int]:
    """What verdict cards on this section say, newest first, and what that is worth."""
    found = [v for v in facts.verdicts if rule.section in v.sections]
    if not found:
        return "", 0
    counts = {word: sum(v.verdict == word for v in found) for word in WORTH}
    words = {"gain": "clear gain", "equivalent": "tie", "harm": "harm", "undecided": "undecided"}
    told = ", ".join(f"{n} × {words[word]}" for word, n in counts.items() if n)
    newest = found[0]
    delta = f"{round(newest.delta, 3) or 0.0:+.3f}".replace("-", "\u2212").replace("+0.000", "0.000")
    sentence = (
        f"This site's verdicts on {rule.section}: {told}; the newest {delta} AUROC on {newest.patients} "
        f"patients of {newest.project}."
    )
    decided = [v for v in found if v.verdict != "undecided"]
    return sentence, WORTH[decided[0].verdict] if decided else 0


def _section(advice: Advice) -> str:
    return next(rule.section for rule in RULES if rule.name == advice.name)
