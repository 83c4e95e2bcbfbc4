"""Answers that are choices: one, several, an order of them."""

from __future__ import annotations

from collections.abc import Sequence

from interlinker_survey.definition.choosing import (
    EXCLUSIVE,
    CheckboxQuestion,
    ChoiceQuestion,
    ImagePickerQuestion,
    RankingQuestion,
)
from interlinker_survey.definition.items import Choice
from interlinker_survey.definition.reading import refusals as say
from interlinker_survey.definition.reading.refusals import Answer, refused


def read_choice(question: ChoiceQuestion, value: object) -> str | int:
    """The one that is chosen."""
    return chosen(question.offered, value)


def chosen(choices: Sequence[Choice], value: object) -> str | int:
    """The choice of this value, which is of the same type."""
    for choice in choices:
        if type(value) is type(choice.value) and value == choice.value:
            return choice.value
    raise refused(*say.NOT_OFFERED)


def read_selection(question: CheckboxQuestion, value: object) -> list[Answer]:
    """Those that are chosen."""
    found = _several(question.offered, value, question.most)
    alone = {choice.key for choice in question.special} & EXCLUSIVE
    if len(found) > 1 and any(entry in alone for entry in found):
        raise refused(*say.EXCLUSIVE_CHOICE)
    if len(found) < question.min_selected_choices and not any(entry in alone for entry in found):
        raise refused("too_short", f"Choose at least {question.min_selected_choices}.")
    return found


def read_order(question: RankingQuestion, value: object) -> list[Answer]:
    """The choices from the first to the last."""
    found = _several(question.offered, value, question.most)
    if question.select_to_rank_enabled and len(found) < question.min_selected_choices:
        raise refused("too_short", f"Choose at least {question.min_selected_choices}.")
    return found


def read_picture(question: ImagePickerQuestion, value: object) -> Answer:
    """The picture that is chosen, or those."""
    offered = question.offered
    return _several(offered, value, len(offered)) if question.multi_select else chosen(offered, value)


def _several(choices: Sequence[Choice], value: object, most: int) -> list[Answer]:
    if not isinstance(value, list):
        raise refused(*say.NO_LIST)
    if len(value) > most:
        raise refused("too_long", f"Choose at most {most}.")
    found: list[Answer] = [chosen(choices, entry) for entry in value]
    if len(set(map(str, found))) < len(found):
        raise refused(*say.TWICE)
    return found
