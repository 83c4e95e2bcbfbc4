"""Where the names in a form's expressions are looked up: from an item outwards to the row or panel, and to the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlinker_survey.expressions import MISSING, UNDEFINED, Path, Scope, Step, Value, look_up
from interlinker_survey.expressions.paths import joinable
from interlinker_survey.logic.parts import Question, questions_in

_MANY: Final = frozenset({"checkbox", "tagbox", "ranking"})
_ITEM_NAMES: Final = frozenset({"item", "choice", "self"})


@dataclass(frozen=True, slots=True)
class FormScope:
    """The whole form: calculated values first, then questions, then other answers."""

    questions: Mapping[str, Question]
    answers: dict[str, Value]
    calculated: dict[str, Value]

    def find(self, path: Path) -> Value:
        steps = path.steps
        if self.calculated and (found := look_up(self.calculated, steps)) is not MISSING:
            return found
        return find_question(self.questions, self.answers, steps)

    def is_ordered(self, path: Path) -> bool:
        question = self.questions.get(path.steps[0].name.lower())
        return question is not None and question.kind == "ranking"


def find_question(questions: Mapping[str, Question], answers: Value, steps: Sequence[Step]) -> Value:
    """The answer of a question (UNDEFINED where there is none yet) or what lies in it; names may hold dots."""
    steps = tuple(steps)
    if len(steps) == 1 and steps[0].at is None and (question := questions.get(steps[0].name.lower())) is not None:
        found = look_up(answers, steps)
        return unanswered(question) if found is MISSING else found
    for last in range(joinable(steps, 0), -1, -1):
        name = ".".join(step.name for step in steps[: last + 1])
        if name.lower() in questions:
            return _within(questions[name.lower()], answers, name, steps[last].at, steps[last + 1 :])
    return look_up(answers, steps)


def unanswered(question: Question) -> Value:
    """What expressions see of a question without an answer: of one with many choices none, not nothing."""
    return [] if question.kind in _MANY else UNDEFINED


def _within(question: Question, answers: Value, name: str, at: float | None, rest: tuple[Step, ...]) -> Value:
    value = look_up(answers, (Step(name),))
    if at is None and not rest:
        return unanswered(question) if value is MISSING else value
    found = look_up(answers, (Step(name, at), *rest))
    if found is not MISSING:
        return found
    cell = _cell(question, value, at, rest)
    if cell is not None:
        return unanswered(cell)
    return UNDEFINED if not rest and isinstance(value, list) else MISSING


def _cell(question: Question, value: Value, at: float | None, rest: tuple[Step, ...]) -> Question | None:
    """The question in a row or panel that exists: it is known, though nobody answered it."""
    if question.kind == "matrixdropdown":
        rows = {str(item.value).lower() for item in question.rows.items}
        return _inner(question, rest[1]) if len(rest) > 1 and rest[0].name.lower() in rows else None
    if question.kind not in {"matrixdynamic", "paneldynamic"} or at is None or not rest:
        return None
    return _inner(question, rest[0]) if isinstance(value, list) and 0 <= at < len(value) else None


def _inner(question: Question, step: Step) -> Question | None:
    inside = (*question.cells, *questions_in(question.elements))
    return next((inner for inner in inside if inner.name.lower() == step.name.lower()), None)


@dataclass(frozen=True, slots=True)
class OwnScope:
    """A question whose answer has parts: their names come before those of the form; {panel.x} is in the panel around it."""

    value: Value
    outer: Scope

    def find(self, path: Path) -> Value:
        if isinstance(self.value, dict) and self.value:
            found = look_up(self.value, path.steps)
            if found is not MISSING:
                return found
        return self.outer.find(path)

    def is_ordered(self, path: Path) -> bool:
        return self.outer.is_ordered(path)


@dataclass(frozen=True, slots=True)
class ItemScope:
    """A choice, row or column: {item} and {choice} are its value."""

    value: Value
    outer: Scope

    def find(self, path: Path) -> Value:
        if len(path.steps) == 1 and path.steps[0].name.lower() in _ITEM_NAMES:
            return self.value
        return self.outer.find(path)

    def is_ordered(self, path: Path) -> bool:
        return self.outer.is_ordered(path)


@dataclass(frozen=True, slots=True)
class EntryScope:
    """A panel of a dynamic panel ("panel") or a row of a matrix ("row"): its own answers by that word, its neighbours, its number.

    `entries` are all of its kind, `shown` the numbers of those that are shown: they are the neighbours; `names` is what stands
    by itself: {rowIndex}, {panelIndex}, {item}.
    """

    word: str
    questions: Mapping[str, Question]
    entries: Sequence[dict[str, Value]]
    index: int
    names: Mapping[str, Value]
    shown: Sequence[int]
    outer: Scope
    parent: Scope | None = None

    def find(self, path: Path) -> Value:
        first = path.steps[0].name.lower()
        if len(path.steps) == 1:
            return self._single(first, path)
        if first == self.word:
            return find_question(self.questions, self.entry, path.steps[1:])
        if first in {f"prev{self.word}", f"next{self.word}"}:
            return self._beside(path, -1 if first.startswith("prev") else 1)
        if first == "parentpanel" and self.parent is not None:
            return self.parent.find(Path(path.name, (Step("panel"), *path.steps[1:])))
        return self.outer.find(path)

    def _single(self, first: str, path: Path) -> Value:
        if first == "visiblerowindex" and self.word == "row":
            return self.place + 1
        return self.names[first] if first in self.names else self.outer.find(path)

    @property
    def entry(self) -> dict[str, Value]:
        """Its own answers."""
        return self.entries[self.index]

    def _beside(self, path: Path, distance: int) -> Value:
        place = self.place + distance
        if not 0 <= place < len(self.shown):
            return UNDEFINED
        return find_question(self.questions, self.entries[self.shown[place]], path.steps[1:])

    @property
    def place(self) -> int:
        """Its number among those that are shown; -1 where it is not."""
        return self.shown.index(self.index) if self.index in self.shown else -1

    def is_ordered(self, path: Path) -> bool:
        if path.steps[0].name.lower() == self.word and len(path.steps) > 1:
            question = self.questions.get(path.steps[1].name.lower())
            return question is not None and question.kind == "ranking"
        return self.outer.is_ordered(path)
