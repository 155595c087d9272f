"""Finds the pack's phrases in a sentence: at each place the longest, entities and cues apart."""

from __future__ import annotations

from dataclasses import dataclass

from reports_nlp.stages.rules import CUE, ENTITY, FILLERS, PROJECT, Node, Rule


@dataclass(slots=True, eq=False)
class Hit:
    """Rules whose phrase stands at words[start:end]."""

    start: int
    end: int
    rules: list[Rule]

    def rule(self, *roles: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.role in roles), None)


def find(
    words: list[str], first: int, last: int, table: Node, fillers: frozenset[str]
) -> tuple[list[Hit], list[Hit]]:
    """Entities and cues of one sentence, each in order and without overlap among themselves."""
    entities: list[Hit] = []
    cues: list[Hit] = []
    project: list[Hit] = []
    free_entity = free_cue = free_own = first
    get = table.get
    for start in range(first, last):
        node = get(words[start])
        if node is None:
            continue
        entity = cue = own = None
        at = start + 1
        reached = True
        waiting: list[tuple[int, Node]] = []
        while True:
            hit = node.get(None) if reached else None
            if hit is not None:
                if ENTITY in hit and (entity is None or at > entity[0]):
                    entity = (at, hit[ENTITY])
                if PROJECT in hit and (own is None or at > own[0]):
                    own = (at, hit[PROJECT])
                if CUE in hit and (cue is None or at > cue[0]):
                    cue = (at, hit[CUE])
            following = None
            reached = True
            if at < last:
                word = words[at]
                following = node.get(word)
                if FILLERS in node and word in fillers:
                    if following is None:
                        following, reached = node, False
                    else:
                        waiting.append((at + 1, node))
            if following is not None:
                node = following
                at += 1
            elif waiting:
                at, node = waiting.pop()
                reached = False
            else:
                break
        if entity is not None and start >= free_entity:
            free_entity = entity[0]
            entities.append(Hit(start, entity[0], entity[1]))
        if own is not None and start >= free_own:
            free_own = own[0]
            project.append(Hit(start, own[0], own[1]))
        if cue is not None and start >= free_cue:
            free_cue = cue[0]
            cues.append(Hit(start, cue[0], cue[1]))
    return _beside(entities, project) if project else entities, cues


def _beside(entities: list[Hit], project: list[Hit]) -> list[Hit]:
    """The pack's entities with the project's: where they overlap, one hit with the rules of both."""
    merged = list(entities)
    for own in project:
        others = [hit for hit in merged if hit.start < own.end and own.start < hit.end]
        merged = [hit for hit in merged if hit not in others]
        kept = [] if own.rule("excluded") else [rule for hit in others for rule in hit.rules]
        start, end = min([own.start, *(hit.start for hit in others)]), max([own.end, *(hit.end for hit in others)])
        merged.append(Hit(start, end, [*own.rules, *kept]))
    return sorted(merged, key=lambda hit: hit.start)


def find_attributes(
    words: list[str], first: int, last: int, table: Node, fillers: frozenset[str]
) -> list[Hit]:
    """Laterality, anatomy, severity and time of one sentence."""
    return find(words, first, last, table, fillers)[0]
