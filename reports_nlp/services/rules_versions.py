"""How a project reads its reports: versions of policy, settings, own phrases and the map to its findings.

The newest version is in force. Whoever extracts asks for it again between two batches, so that a change reaches every
worker without a restart; what has been compiled is kept by its content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from annotation.models import Finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from reports_nlp.models import RulesVersion
from reports_nlp.services.finding_map import entries_for, suggest_map
from reports_nlp.stages.policy import PolicyError, load_policy, policies
from reports_nlp.stages.rules import RulesError, languages, load_rules

if TYPE_CHECKING:
    from reports_nlp.stages import Extractor

DEFAULT_POLICY, FIRST_LANGUAGE = "chexpert", "en"
MOST_PHRASES = 2000
_PROBE = (
    "INDICATION: Cough.\n\nFINDINGS: No pneumothorax. Small left pleural effusion. Possible pneumonia or atelectasis. "
    "The heart is enlarged. Series 4 image 32: 8 mm nodule.\n\nIMPRESSION: Lungs are clear."
)


@dataclass(frozen=True)
class Rules:
    """What is in force. `number` is 0 where the project has saved nothing and reads as shipped."""

    number: int
    policy: str
    settings: Mapping[str, Any]
    phrases: tuple[Mapping[str, Any], ...]
    generated: tuple[Mapping[str, Any], ...]
    """Entries made for findings that the shipped lexicon does not know."""
    finding_map: Mapping[str, tuple[str, ...]]
    """Finding code → names in the lexicon; complete: findings that no version names are matched by their own name."""

    def extractor(self, language: str) -> Extractor:
        """Ready to use; a language without a pack is read with the English one."""
        return _extractor(self._language(language), self.policy, _text(self.settings), _text(self._entries()))

    def definition(self, language: str) -> str:
        """sha256 of rules + policy, as the extractor's own; without a pipeline, which takes seconds to import."""
        rules, policy = load_rules(self._language(language), self._entries()), load_policy(self.policy, self.settings)
        return hashlib.sha256(f"{rules.definition} {policy.definition}".encode()).hexdigest()

    def _entries(self) -> tuple[Mapping[str, Any], ...]:
        return (*self.generated, *self.phrases)

    def _language(self, language: str) -> str:
        return language if language in languages() else FIRST_LANGUAGE


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@lru_cache(maxsize=16)
def _extractor(language: str, policy: str, settings: str, entries: str) -> Extractor:
    from reports_nlp.stages import Extractor

    return Extractor(rules=load_rules(language, json.loads(entries)), policy=load_policy(policy, json.loads(settings)))


def rules_in_force(*, project: Project) -> Rules:
    """The newest version, completed for findings that it does not name."""
    newest = RulesVersion.objects.filter(project=project).order_by("-number").first()
    if newest is None:
        return compose(project=project)
    return compose(
        project=project, number=newest.number, policy=newest.policy, settings=newest.settings, phrases=newest.phrases,
        finding_map=newest.finding_map,
    )


def compose(
    *, project: Project, number: int = 0, policy: str = DEFAULT_POLICY, settings: Mapping[str, Any] | None = None,
    phrases: Sequence[Mapping[str, Any]] = (), finding_map: Mapping[str, Sequence[str]] | None = None,
) -> Rules:
    """Rules as they would be in force; nothing is saved. An entry of the map that is empty says: not from reports.

    Names of a merged finding count for what it was merged into, unless the map says of that one that it has none.
    """
    chosen = {code: tuple(names) for code, names in (finding_map or {}).items()}
    findings = Finding.objects.filter(project=project).exclude(state="archived").select_related("merged_into")
    open_ones = [finding for finding in findings if finding.code not in chosen]
    suggested = suggest_map(findings=open_ones, phrases=phrases)
    generated = entries_for(findings=open_ones, suggested=suggested)
    return Rules(
        number, policy, dict(settings or {}), tuple(phrases), tuple(generated),
        _merged({**suggested, **chosen}, [f for f in findings if f.merged_into is not None], chosen),
    )


def _merged(
    names: dict[str, tuple[str, ...]], merged: Sequence[Finding], chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    for finding in merged:
        assert finding.merged_into is not None
        into = finding.merged_into.code
        own = names.pop(finding.code, ())
        if chosen.get(into) != ():
            names[into] = tuple(dict.fromkeys((*names.get(into, ()), *own)))
    return names


def save_rules(
    *, project: Project, user: User | None, base_number: int, policy: str = DEFAULT_POLICY,
    settings: Mapping[str, Any] | None = None, phrases: Sequence[Mapping[str, Any]] = (),
    finding_map: Mapping[str, Sequence[str]] | None = None, note: str = "",
) -> RulesVersion:
    """A new version, in force from now on. Nothing is extracted here: `enqueue_extraction` follows.

    base_number  the version that the change started from. Raises Conflict when another one has come meanwhile, Invalid
    naming what cannot be read.
    """
    rules = checked(project=project, policy=policy, settings=settings, phrases=phrases, finding_map=finding_map)
    try:
        with transaction.atomic():
            newest = RulesVersion.objects.filter(project=project).order_by("-number").first()
            number = 0 if newest is None else newest.number
            if number != base_number:
                raise Conflict(f"Version {number} has been saved meanwhile. Look at it, then change it.", number=number)
            made = RulesVersion.objects.create(
                project=project, number=number + 1, policy=policy, settings=dict(settings or {}),
                phrases=[dict(phrase) for phrase in phrases],
                finding_map={code: list(names) for code, names in (finding_map or {}).items()},
                definition=_definition(rules), created_by=user, note=note[:300],
            )
            audit.record(
                "report-rules.saved", actor=user, project=project, subject=f"rules:{made.number}", policy=policy,
                phrases=len(made.phrases),
            )
    except IntegrityError:
        raise Conflict("Another version has been saved at this moment. Look at it, then change it.") from None
    return made


def _definition(rules: Rules) -> str:
    told = [rules.definition(FIRST_LANGUAGE), {code: list(names) for code, names in rules.finding_map.items()}]
    return hashlib.sha256(_text(told).encode()).hexdigest()


def checked(
    *, project: Project, policy: str = DEFAULT_POLICY, settings: Mapping[str, Any] | None = None,
    phrases: Sequence[Mapping[str, Any]] = (), finding_map: Mapping[str, Sequence[str]] | None = None,
) -> Rules:
    """The rules, if they can be read and used. Raises Invalid with the pack's own words otherwise."""
    if policy not in policies():
        raise Invalid(f"No policy {policy!r}; known: {', '.join(policies())}.", field="policy")
    if len(phrases) > MOST_PHRASES:
        raise Invalid(f"{len(phrases)} phrases are too many; at most {MOST_PHRASES}.", field="phrases")
    codes = set(Finding.objects.filter(project=project).values_list("code", flat=True))
    unknown = sorted(set(finding_map or {}) - codes)
    if unknown:
        raise Invalid(f"This project has no finding {unknown[0]!r}.", field="finding_map")
    for number, entry in enumerate(phrases, start=1):
        words = entry.get("words", [])
        if not isinstance(words, list) or any(not isinstance(word, str) for word in words):
            raise Invalid(f"Phrase {number}: `words` must be a list of phrases.", field="phrases")
        if any(not isinstance(entry.get(name, ""), str) for name in ("finding", "subfinding", "role", "id")):
            raise Invalid(f"Phrase {number}: `finding`, `role` and `id` are words.", field="phrases")
    rules = compose(project=project, policy=policy, settings=settings, phrases=phrases, finding_map=finding_map)
    try:
        rules.extractor(FIRST_LANGUAGE)(_PROBE)
    except RulesError as error:
        raise Invalid(str(error), field="phrases") from None
    except PolicyError as error:
        raise Invalid(str(error), field="settings") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # A setting of the wrong shape shows only where it is used; better here than in the job.
        raise Invalid(f"These settings can't be used: {error}.", field="settings") from None
    return rules
