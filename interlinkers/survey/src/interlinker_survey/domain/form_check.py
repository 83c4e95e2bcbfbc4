"""What a form demands of the answers that its questions can take: all that is required, offered, valid and worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interlinker_shared.errors import FieldError, pointer
from interlinker_survey.definition import (
    COMMENT,
    CheckboxQuestion,
    ChoiceQuestion,
    ExpressionQuestion,
    ImagePickerQuestion,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
    PanelDynamicQuestion,
    Question,
    RankingQuestion,
)
from interlinker_survey.definition.choosing import OTHER
from interlinker_survey.definition.reading import Answer, Answers
from interlinker_survey.definition.reading import refusals as say
from interlinker_survey.domain.entries import Claims, entries
from interlinker_survey.domain.rules import N_
from interlinker_survey.domain.validating import broken_rules, in_words
from interlinker_survey.logic import Part, State

_SAME = ("duplicate", N_("This is said twice; say it only once."))
_HIDDEN = Part(visible=False, enabled=False, required=False)


@dataclass
class FormCheck:
    """One check; `flaws` are what it finds, with pointers from the answers on. What is `wrong` already is not looked at again."""

    state: State
    claims: Claims
    language: str | None
    wrong: frozenset[str]
    flaws: list[FieldError] = field(default_factory=list)

    def entry(self, questions: Mapping[str, Question], said: Mapping[str, Any], place: str, at: str) -> Answers:
        """What is worth keeping of a form, a row or a panel; `place` is what the names of its parts begin with."""
        kept: Answers = {}
        for name, question in questions.items():
            if not at and name in self.wrong:
                continue
            part = self.state.parts.get(place + name, _HIDDEN)
            if not part.visible:
                continue
            answer = self._answer(question, said.get(name), place + name, f"{at}/{name}", part)
            if answer is not None:
                kept[name] = answer
            if part.enabled and question.comments:
                kept |= self._comment(question, answer, said, at)
        return kept

    def _answer(self, question: Question, said: Any, place: str, at: str, part: Part) -> Answer | None:
        if isinstance(question, ExpressionQuestion):
            return self._worked_out(said, place, at)
        if not part.enabled:
            return said  # type: ignore[no-any-return] # its default, or nothing
        if said is not None:
            self._offered(question, said, place, at)
        answer = self._within(question, said, place, at)
        if answer is None:
            if part.required:
                self._flaw(at, say.MISSING[0], in_words(question.required_error_text, self.language) or say.MISSING[1])
            return None
        self._valid(question, answer, place, at)
        return answer

    def _flaw(self, at: str, code: str, message: str) -> None:
        self.flaws.append(FieldError(at, message, code))

    def _worked_out(self, said: Any, place: str, at: str) -> Answer | None:
        claim = self.claims.get(place)
        if claim is not None and claim != said:
            self._flaw(at, "calculated", say.CALCULATED)
        return said  # type: ignore[no-any-return] # a value of the form's own

    # --- what is offered ---------------------------------------------------------------------------------------------

    def _offered(self, question: Question, said: Any, place: str, at: str) -> None:
        match question:
            case ChoiceQuestion() | CheckboxQuestion() | ImagePickerQuestion() | RankingQuestion():
                own = [choice.value for choice in question.choices]
                left = self._left([*own], place)
                chosen = said if isinstance(said, list) else [said]
                if any(value in own and value not in left for value in chosen):
                    self._flaw(at, *say.NOT_OFFERED)
                elif isinstance(question, RankingQuestion) and not question.select_to_rank_enabled:
                    self._whole(said, left, at)
            case MatrixQuestion() if place in self.state.columns:
                left = self.state.columns[place]
                for row, column in said.items():
                    if column not in left:
                        self._flaw(at + pointer(row), *say.NOT_OFFERED)

    def _left(self, values: Sequence[Any], place: str) -> Sequence[Any]:
        closed = self.state.closed.get(place, [])
        return [value for value in self.state.choices.get(place, values) if value not in closed]

    def _whole(self, said: Sequence[Any], left: Sequence[Any], at: str) -> None:
        if len(said) < len(left):
            self._flaw(at, *say.NOT_ALL)

    # --- what is within ----------------------------------------------------------------------------------------------

    def _within(self, question: Question, said: Any, place: str, at: str) -> Answer | None:
        match question:
            case MatrixQuestion():
                return self._rows_of_choices(question, said or {}, place, at)
            case MatrixDropdownQuestion():
                return self._table(question, said or {}, place, at)
            case MatrixDynamicQuestion() | PanelDynamicQuestion():
                return self._entries(question, said or [], place, at)
            case MultipleTextQuestion():
                return self._lines(question, said or {}, at)
            case _:
                return said  # type: ignore[no-any-return] # a single value

    def _rows_of_choices(self, question: MatrixQuestion, said: Any, place: str, at: str) -> Answer | None:
        shown = [str(row) for row in self.state.rows.get(place, [row.value for row in question.rows])]
        missing = [row for row in shown if row not in said] if question.each_row_required else []
        for row in missing:
            self._flaw(at + pointer(row), *say.MISSING)
        return {row: column for row, column in said.items() if row in shown} or None

    def _table(self, question: MatrixDropdownQuestion, said: Any, place: str, at: str) -> Answer | None:
        shown = self.state.rows.get(place, [row.value for row in question.rows])
        cells = {cell.name: cell for cell in question.cells}
        kept: dict[str, Answer] = {}
        for row in map(str, shown):
            entry = self.entry(cells, said.get(row, {}), f"{place}.{row}.", at + pointer(row))
            if entry:
                kept[row] = entry
        self._distinct(self._unique(question), [(at + pointer(row), entry) for row, entry in kept.items()], question)
        return kept or None

    def _entries(
        self, question: MatrixDynamicQuestion | PanelDynamicQuestion, said: Any, place: str, at: str
    ) -> Answer | None:
        kept: list[Answer] = []
        for index, (prefix, inner, entry) in enumerate(entries(question, said, place)):
            kept.append(self.entry(inner, entry, prefix, at + pointer(index)))
        found = [(at + pointer(index), entry) for index, entry in enumerate(kept)]
        self._distinct(self._unique(question), found, question)
        some = any(kept) if isinstance(question, MatrixDynamicQuestion) else len(kept) > 0
        return kept if some else None

    def _unique(self, question: MatrixDropdownQuestion | MatrixDynamicQuestion | PanelDynamicQuestion) -> list[str]:
        columns = [] if isinstance(question, PanelDynamicQuestion) else question.columns
        own = [column.name for column in columns if getattr(column, "is_unique", False)]
        return [*own, *getattr(question, "unique", [])]

    def _distinct(self, names: Sequence[str], found: Sequence[tuple[str, Any]], question: Any) -> None:
        for name in dict.fromkeys(names):
            seen: list[Any] = []
            for at, entry in found:
                value = entry.get(name)
                if value is not None and value in seen:
                    said = in_words(question.key_duplication_error, self.language)
                    self._flaw(at + pointer(name), _SAME[0], said or _SAME[1])
                seen.append(value)

    def _lines(self, question: MultipleTextQuestion, said: Any, at: str) -> Answer | None:
        for line in question.lines:
            answer, place = said.get(line.name), at + pointer(line.name)
            if answer is not None:
                self._rules(line, answer, (), place)
            elif line.is_required:
                self._flaw(place, say.MISSING[0], in_words(line.required_error_text, self.language) or say.MISSING[1])
        return said or None

    # --- rules -------------------------------------------------------------------------------------------------------

    def _valid(self, question: Question, answer: Answer, place: str, at: str) -> None:
        self._rules(question, answer, self.state.failed.get(place, ()), at)

    def _rules(self, question: Question, answer: Answer, failed: Sequence[int], at: str) -> None:
        for rule in broken_rules(question.validators, answer, failed):
            self._flaw(at, rule.code, in_words(rule.words, self.language) or rule.message)

    def _comment(self, question: Question, answer: Answer | None, said: Mapping[str, Any], at: str) -> Answers:
        """The comment beside an answer, where there can be one; who chose something else has to say what."""
        key = question.name + COMMENT
        other = getattr(question, "show_other_item", False) and _says_other(answer)
        if said.get(key) is not None and (other or getattr(question, "show_comment_area", False)):
            return {key: said[key]}
        if other and key not in self.wrong:
            words = in_words(getattr(question, "other_error_text", None), self.language)
            self._flaw(at + pointer(key), say.MISSING[0], words or say.MISSING[1])
        return {}


def _says_other(answer: Answer | None) -> bool:
    return answer == OTHER or (isinstance(answer, list) and OTHER in answer)
