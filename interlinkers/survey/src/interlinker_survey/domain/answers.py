"""Whether answers are what a form asks for, shown as it is for them: the server is the only judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_survey.definition import Definition
from interlinker_survey.definition.flaws import MAX_FLAWS
from interlinker_survey.definition.part import within
from interlinker_survey.definition.reading import Answer, Answers, Single, flaws_of, read_all
from interlinker_survey.domain.entries import padded, take_claims
from interlinker_survey.domain.form_check import FormCheck
from interlinker_survey.domain.rules import N_
from interlinker_survey.expressions import TooManyStepsError
from interlinker_survey.logic import State

__all__ = ["Answer", "Answers", "Judgement", "Single", "check_answers", "judge_answers", "state_with"]

_TOO_MUCH = N_("These answers cannot be checked: the conditions of this form take too long for them.")


@dataclass(frozen=True)
class Judgement:
    """What is worth keeping of some answers, what is wrong (under /answers), and what the form shows for them."""

    kept: Answers
    flaws: list[FieldError]
    state: State


def check_answers(
    definition: Definition, raw: Mapping[str, object], *, now: datetime, language: str | None = None
) -> Answers:
    """The answers worth keeping, in the order of asking; InvalidError points under /answers at each that is wrong.

    An empty text, an empty selection and null are no answer. Answers to what is hidden or closed are left out; what the form
    works out is added, and refused where something else was sent. `now` is aware: its zone is that of today(). `language` is
    that of the messages which the definition itself holds.
    """
    judged = judge_answers(definition, raw, now=now, language=language)
    if judged.flaws:
        raise InvalidError.many(judged.flaws[:MAX_FLAWS])
    return judged.kept


def judge_answers(
    definition: Definition, raw: Mapping[str, object], *, now: datetime, language: str | None = None
) -> Judgement:
    """The same without an end at the first flaw; InvalidError only where the conditions cannot be worked out at all."""
    read, wrong = read_all(definition.questions, raw)
    claims = take_claims(definition.questions, read)
    state = _settled(definition, padded(definition.questions, read), now)
    check = FormCheck(state, claims, language, frozenset(wrong))
    kept = check.entry(definition.questions, state.answers, "", "")
    hidden = {name for name, question in definition.questions.items() if not state.visible(question.name)}
    flaws = [*flaws_of({name: refusal for name, refusal in wrong.items() if name not in hidden}), *check.flaws]
    return Judgement(kept, list(within("/answers", flaws)), state)


def state_with(definition: Definition, raw: Mapping[str, object], counts: Mapping[str, int], *, now: datetime) -> State:
    """What a form shows that has so many rows or panels of each list, by its place, whether or not they say anything."""
    read, _ = read_all(definition.questions, raw)
    take_claims(definition.questions, read)
    return _settled(definition, padded(definition.questions, read, counts), now)


def _settled(definition: Definition, answers: Answers, now: datetime) -> State:
    try:
        return definition.form.settle(answers, now=now)
    except TooManyStepsError:
        raise InvalidError(_TOO_MUCH, slug="too_complex", pointer="/answers") from None
