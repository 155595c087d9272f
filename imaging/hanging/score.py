"""Which rule hangs a study, and what hangs where. Every point has a reason that is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from imaging.hanging.facts import Hangable, StudyFacts
from imaging.hanging.rules import Pane, Rule, RuleSet, When

WEIGHTS = {"modalities": 10, "body_parts": 8, "views": 6, "sides": 4, "words": 3}
WORDS_FOR = {"modalities": "modality", "body_parts": "body part", "views": "view", "sides": "side", "words": "words"}
NUMBER, PRIOR, PLANE, EMPTY = 2, 4, 5, -5
"""Points for a number of series, an earlier study, a plane; and for a viewport that stays empty."""
UNWANTED = -10
"""By this factor a word counts that must be missing."""
_LEAST_PREFERRED, _OLDER, _LARGER = 0.1, 0.5, 0.001


@dataclass(frozen=True)
class Hung:
    """What hangs in one viewport; `hangable` is None where nothing fits."""

    wish: Pane
    study: StudyFacts | None = None
    hangable: Hangable | None = None
    points: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Candidate:
    """A rule as it was weighed. `points` is None where a condition fails; `reasons` name it, or every point given."""

    rule: Rule
    points: float | None
    reasons: tuple[str, ...]
    panes: tuple[Hung, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The rule that hangs the study, and all that were weighed, in their order."""

    chosen: Candidate
    weighed: tuple[Candidate, ...] = field(default=())


LAST_RESORT = Rule(name="Whatever comes first", rows=1, columns=1, panes=[Pane()])


def decide(rules: RuleSet, study: StudyFacts, priors: Sequence[StudyFacts] = ()) -> Decision:
    """The most specific rule that fits. `priors`: earlier studies of the patient, newest first."""
    comparable = [prior for prior in priors if is_comparable(study, prior)]
    weighed = tuple(_weigh(rule, study, comparable) for rule in rules.rules)
    fitting = [one for one in weighed if one.points is not None]
    best = max(fitting, key=lambda one: one.points or 0.0, default=None)  # of equals, max keeps the first
    return Decision(best or _weigh(LAST_RESORT, study, comparable), weighed)


def is_comparable(study: StudyFacts, prior: StudyFacts) -> bool:
    """Whether the earlier study shows the same kind of image of a part that is not known to be another one."""
    return any(
        one.modality == other.modality and not (one.body_part and other.body_part and one.body_part != other.body_part)
        for one in study.hangables for other in prior.hangables
    )


def _weigh(rule: Rule, study: StudyFacts, priors: Sequence[StudyFacts]) -> Candidate:
    asked = [*_terms_asked(rule.when, study), *_numbers_asked(rule.when, len(study.hangables), bool(priors))]
    failed = next((one for one in asked if not one.is_met), None)
    if failed is not None:
        return Candidate(rule, None, (failed.words,))
    panes = _hang(rule.panes, study, priors)
    empty = sum(one.hangable is None for one in panes)
    reasons = [f"{one.words} +{one.points}" for one in asked]
    if empty:
        reasons.append(f"{empty} empty viewport{'s' if empty > 1 else ''} {EMPTY * empty}")
    return Candidate(rule, float(sum(one.points for one in asked) + EMPTY * empty), tuple(reasons), panes)


class _Asked(NamedTuple):
    """A condition of a rule; `words` tell it, or why it fails."""

    is_met: bool
    points: int
    words: str


def _terms_asked(when: When, study: StudyFacts) -> Iterator[_Asked]:
    for name, weight in WEIGHTS.items():
        for term in getattr(when, name):
            is_met = _is_met(name, term, study.hangables)
            yield _Asked(is_met, weight, f"{'' if is_met else 'not '}{WORDS_FOR[name]} {term}")


def _numbers_asked(when: When, count: int, has_prior: bool) -> Iterator[_Asked]:
    if when.least is not None or when.most is not None:
        least, most = when.least or 0, 99 if when.most is None else when.most
        yield _Asked(least <= count <= most, NUMBER, f"{count} series")
    if when.prior is not None:
        words = "a comparable earlier study" if has_prior else "no comparable earlier study"
        yield _Asked(when.prior == has_prior, PRIOR, words)


def _is_met(name: str, term: str, hangables: Iterable[Hangable]) -> bool:
    if term.startswith("-"):
        return not any(_has(name, term[1:], one) for one in hangables)
    return any(_has(name, term, one) for one in hangables)


def _has(name: str, term: str, one: Hangable) -> bool:
    found = _values(name, one)
    return any(alternative in found for alternative in term.split("/"))


def _values(name: str, one: Hangable) -> frozenset[str]:
    if name == "words":
        return one.words
    single = {"modalities": one.modality, "body_parts": one.body_part, "views": one.view, "sides": one.side}[name]
    return frozenset({single} if single else ())


def _hang(wishes: Sequence[Pane], study: StudyFacts, priors: Sequence[StudyFacts]) -> tuple[Hung, ...]:
    """The best pairs first, each thing once; an earlier study's viewports look for what hangs of the current one."""
    hung = _assign([w for w in wishes if w.study == "current"], [(study, one) for one in study.hangables])
    if hung and study.hangables and all(one.hangable is None for one in hung):
        # Whatever was asked for, the case has to be seen.
        hung[0] = Hung(hung[0].wish, study, study.hangables[0], 0.0, "first of the study")
    current = iter(hung)
    likes = [one.hangable for one in hung if one.hangable is not None]
    asked = [_like(wish, likes, n) for n, wish in enumerate(w for w in wishes if w.study == "prior")]
    earlier = iter(_assign(asked, [(prior, one) for prior in priors for one in prior.hangables], priors))
    return tuple(next(current) if wish.study == "current" else next(earlier) for wish in wishes)


def _like(wish: Pane, likes: Sequence[Hangable], place: int) -> Pane:
    """What an earlier study's viewport leaves open is asked for as in the current one that it stands for."""
    if not likes:
        return wish
    like = likes[min(place, len(likes) - 1)]
    said = {"modalities": like.modality, "body_parts": like.body_part, "views": like.view, "sides": like.side}
    return wish.model_copy(update={
        **{name: [value] for name, value in said.items() if value and not getattr(wish, name)},
        **({"plane": like.plane} if like.plane and not wish.plane else {}),
    })


def _assign(
    wishes: Sequence[Pane], things: Sequence[tuple[StudyFacts, Hangable]], priors: Sequence[StudyFacts] = ()
) -> list[Hung]:
    age = {prior.uid: n for n, prior in enumerate(priors)}
    pairs = []
    for place, wish in enumerate(wishes):
        for order, (study, thing) in enumerate(things):
            points, why = _fit(wish, thing)
            if points is not None:
                pairs.append((points - _OLDER * age.get(study.uid, 0), -place, -order, study, thing, why))
    pairs.sort(key=lambda pair: pair[:3], reverse=True)
    found: dict[int, Hung] = {}
    taken: set[tuple[str, str]] = set()
    for points, minus_place, _, study, thing, why in pairs:
        if -minus_place not in found and (thing.series, thing.image) not in taken:
            found[-minus_place] = Hung(wishes[-minus_place], study, thing, round(points, 3), why)
            taken.add((thing.series, thing.image))
    return [found.get(place, Hung(wish)) for place, wish in enumerate(wishes)]


def _fit(wish: Pane, thing: Hangable) -> tuple[float | None, str]:
    """Points and the reasons for them; None where the wish is contradicted as much as met."""
    given = [(name, term, _term(name, term, thing)) for name in WEIGHTS for term in getattr(wish, name)]
    points = sum(worth for *_, worth in given)
    reasons = [f"{WORDS_FOR[name]} {term}" for name, term, worth in given if worth > 0]
    if wish.plane:
        points += PLANE if thing.plane == wish.plane else -PLANE if thing.plane else 0
        reasons += [wish.plane] if thing.plane == wish.plane else []
    wants_something = bool(wish.plane) or any(not term.startswith("-") for _, term, _ in given)
    if points < 0 or (wants_something and points <= 0):
        return None, ""
    return points + _LARGER * min(thing.images, 999), ", ".join(reasons) or "in order"


def _term(name: str, term: str, thing: Hangable) -> float:
    """What the header does not say counts neither for nor against."""
    weight = WEIGHTS[name]
    if term.startswith("-"):
        return UNWANTED * weight if _has(name, term[1:], thing) else 0.0
    found = _values(name, thing)
    for place, alternative in enumerate(term.split("/")):
        if alternative in found:
            return weight - _LEAST_PREFERRED * place
    return -weight if found else 0.0
