"""Versions of what a survey asks: which answers of one mean the same in the next, and what has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from interlinker_shared.errors import FieldError, InvalidError, pointer
from interlinker_survey.definition import COMMENT, Definition, Question, read_definition
from interlinker_survey.domain.answers import Answer
from interlinker_survey.domain.rules import N_, VersionSupersededError

Kept = Mapping[str, Answer | None]

WORDING = frozenset(
    {"title", "description", "text", "isRequired", "labelTrue", "labelFalse", "placeholder", "maxLength"}
    | {"minRateDescription", "maxRateDescription", "requiredErrorText", "visibleIf", "enableIf", "requiredIf"}
)
"""Keys that change how or of whom something is asked. All others say what an answer means, also those that nobody knows yet."""
ALIKE = {"dropdown": "radiogroup", "tagbox": "checkbox", "comment": "text"}
"""Types whose answers look the same as those of another, so that one can be declared to go on as the other."""
SIMPLE = frozenset({"text", "boolean"})
"""Types whose answer is one value that is not chosen from a list."""
SUPERSEDED = N_(
    "The questions were changed after you began, and answers to the former ones are not taken any more. Nothing was stored "
    "yet. Look at what is asked now, and send your answers again."
)


class ChangeKind(StrEnum):
    """What became of a question in a version. Answers go on in those that are `reworded` or `mapped`, and in no others."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REWORDED = "reworded"
    MAPPED = "mapped"


@dataclass(frozen=True)
class Merge:
    """A declaration that answers to a question of the version before count in one of this: `values` are keys, former to new."""

    question: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What became of one question; `former` is its name before, where it goes on."""

    question: str
    kind: ChangeKind
    former: str | None = None


@dataclass(frozen=True)
class Version:
    """A version of what a survey asks. `document` is `definition` and `consent` as canonical JSON, `hash` its digest.

    Once published it stays; only the words of an imported choice leave it when they were withdrawn where they came from.
    """

    survey: UUID
    number: int
    hash: str
    document: str
    merges: dict[str, Merge]
    published_at: datetime
    superseded_at: datetime | None

    @property
    def definition(self) -> Definition:
        """What it asks."""
        return _read(self.document)

    @property
    def raw(self) -> dict[str, Any]:
        """What it asks, as JSON."""
        found: dict[str, Any] = json.loads(self.document)["definition"]
        return found

    @property
    def consent(self) -> dict[str, str] | None:
        """What people consent to when they answer, by language."""
        found: dict[str, str] | None = json.loads(self.document)["consent"]
        return found

    def accepted_until(self, grace: timedelta) -> datetime | None:
        """Until when answers to it are taken; None for the one in force."""
        return self.superseded_at + grace if self.superseded_at else None

    def check_accepted(self, grace: timedelta, now: datetime) -> None:
        """VersionSupersededError when it is too late for answers to it."""
        until = self.accepted_until(grace)
        if until is not None and until <= now:
            raise VersionSupersededError(SUPERSEDED)


@lru_cache(maxsize=64)
def _read(document: str) -> Definition:
    return read_definition(json.loads(document)["definition"])


class Step:
    """How answers to one version go on in the next: by former name, the new one, and new values by their keys."""

    def __init__(self, former: Definition, new: Definition, merges: Mapping[str, Merge]) -> None:
        """InvalidError with a pointer for each of `merges` that cannot be."""
        flaws = list(_flaws(former, new, merges))
        if flaws:
            raise InvalidError.many(flaws)
        self.changes = _changes(former, new, merges)
        self._goes_on: dict[str, tuple[str, Mapping[str, Any]]] = {}
        gone = {change.question for change in self.changes if change.kind in _APART}
        taken = {merge.question for merge in merges.values()}
        for name in new.questions:
            if name in merges:
                self._goes_on[merges[name].question] = (name, _typed(merges[name], new.questions[name]))
            elif name in former.questions and name not in gone | taken:
                self._goes_on[name] = (name, {})

    @property
    def only_reworded(self) -> bool:
        """Whether every answer to the former version is one to the new, as it stands."""
        return all(change.kind is ChangeKind.REWORDED for change in self.changes)

    def forward(self, answers: Kept) -> tuple[dict[str, Answer | None], dict[str, Answer | None]]:
        """(answers in the words of the new version, those that do not go on)."""
        on: dict[str, Answer | None] = {}
        apart: dict[str, Answer | None] = {}
        for name, answer in answers.items():
            if name in self._goes_on:
                new, values = self._goes_on[name]
                on[new] = _mapped(answer, values)
            elif (commented := name.removesuffix(COMMENT)) in self._goes_on:
                on[self._goes_on[commented][0] + COMMENT] = answer
            else:
                apart[name] = answer
        return on, apart


def steps_between(versions: Sequence[Version]) -> list[Step]:
    """How answers go on from each of `versions` to the next."""
    return [Step(one.definition, two.definition, two.merges) for one, two in pairwise(versions)]


def merged(answers: Kept, steps: Sequence[Step]) -> dict[str, Answer | None]:
    """Answers in the words of the version to which `steps` lead; what does not go on somewhere on the way is left out."""
    on = dict(answers)
    for step in steps:
        on, _ = step.forward(on)
    return on


def apart(answers: Kept, steps: Sequence[Step]) -> dict[str, Answer | None]:
    """The answers that do not reach the end of `steps`, under the names that they were given under."""
    return {name: answer for name, answer in answers.items() if not merged({name: answer}, steps)}


_APART = {ChangeKind.ADDED, ChangeKind.CHANGED}


def _changes(former: Definition, new: Definition, merges: Mapping[str, Merge]) -> list[Change]:
    found = [
        change
        for name, question in new.questions.items()
        if (change := _change(name, question, former, merges)) is not None
    ]
    taken = {merge.question for merge in merges.values()}
    gone = [name for name in former.questions if name not in new.questions and name not in taken]
    return found + [Change(name, ChangeKind.REMOVED) for name in gone]


def _change(name: str, question: Question, former: Definition, merges: Mapping[str, Merge]) -> Change | None:
    if name in merges:
        return Change(name, ChangeKind.MAPPED, merges[name].question)
    before = former.questions.get(name)
    if before is None:
        return Change(name, ChangeKind.ADDED)
    if before == question:
        return None
    same = _means_the_same(before, question)
    return Change(name, ChangeKind.REWORDED, name) if same else Change(name, ChangeKind.CHANGED)


def _means_the_same(before: Question, after: Question) -> bool:
    meant, means = _meaning(_dump(before)), _meaning(_dump(after))
    return bool(meant | {"name": None} == means | {"name": None})


def _dump(question: Question) -> dict[str, Any]:
    return question.model_dump(by_alias=True, warnings=False)


def _meaning(node: Any) -> Any:
    """A part of a definition without its words; the order of choices means nothing."""
    if isinstance(node, dict):
        return {key: _choices(key, _meaning(value)) for key, value in node.items() if key not in WORDING}
    return [_meaning(value) for value in node] if isinstance(node, list) else node


def _choices(key: str, value: Any) -> Any:
    return sorted(value, key=repr) if key == "choices" and isinstance(value, list) else value


def _flaws(former: Definition, new: Definition, merges: Mapping[str, Merge]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for name, merge in merges.items():
        at = pointer("merges", name)
        if name not in new.questions:
            yield FieldError(at, "There is no such question in the new version.", "unknown-question")
        elif merge.question not in former.questions:
            yield FieldError(f"{at}/question", "There is no such question in the version before.", "unknown-question")
        elif merge.question in seen:
            yield FieldError(f"{at}/question", "Its answers go on in another question already.", "duplicate")
        else:
            yield from _mismatches(at, merge, former.questions[merge.question], new.questions[name])
        seen.add(merge.question)


def _mismatches(at: str, merge: Merge, before: Question, after: Question) -> Iterator[FieldError]:
    if _kind(before) != _kind(after):
        yield FieldError(at, f"Answers to a {before.type} cannot count as those to a {after.type}.", "other-type")
        return
    if _is_free(before) and before.name != after.name:
        yield FieldError(
            at, "A text stays under the name of the question under which it was told to others.", "free-text"
        )
    known, wanted = _values(before), _values(after)
    if known is None and _kind(before)[0] not in SIMPLE and not _means_the_same(before, after):
        yield FieldError(at, "Answers of several parts go on only where those are the same.", "other-type")
    if known is None or wanted is None:
        if merge.values:
            yield FieldError(
                f"{at}/values", "Only choices and ratings have values that can be mapped.", "not_applicable"
            )
        return
    for value in merge.values:
        if value not in known:
            yield FieldError(at + pointer("values", value), "The former question has no such value.", "unknown-value")
    for value in known:
        if merge.values.get(value, value) not in wanted:
            yield FieldError(at + pointer("values", value), "Say which value of the new question this is.", "missing")


def _kind(question: Question) -> tuple[Any, Any]:
    """What an answer is; a type of several parts goes on only as it is."""
    dump = _dump(question)
    kind = ALIKE.get(question.type, question.type)
    return kind, dump.get("inputType", "text") if kind == "text" else None


def _is_free(question: Question) -> bool:
    return ALIKE.get(question.type, question.type) == "text" and _kind(question)[1] == "text"


def _values(question: Question) -> dict[str, Any] | None:
    """What can be chosen, by its key as forms and counts have it; None where it is not chosen from a list."""
    choices = getattr(question, "offered", getattr(question, "steps", None))
    return None if choices is None else {choice.key: choice.value for choice in choices}


def _typed(merge: Merge, after: Question) -> dict[str, Any]:
    wanted = _values(after) or {}
    return {value: wanted[new] for value, new in merge.values.items()}


def _mapped(answer: Answer | None, values: Mapping[str, Any]) -> Answer | None:
    if not values or answer is None:
        return answer
    if isinstance(answer, list):
        return list(dict.fromkeys(values.get(str(one), one) for one in answer))
    mapped: Answer = values.get(str(answer), answer)
    return mapped
