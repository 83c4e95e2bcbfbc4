"""Answers as an HTML form has them: read from its fields, written into them, and the field that an error is about."""

from interlinker_survey.domain.forms.naming import field_name, field_of, inner_questions, names_within
from interlinker_survey.domain.forms.reading import ListFields, answers_of_form, counts_of
from interlinker_survey.domain.forms.writing import fields_of, started

__all__ = [
    "ListFields",
    "answers_of_form",
    "counts_of",
    "field_name",
    "field_of",
    "fields_of",
    "inner_questions",
    "names_within",
    "started",
]
