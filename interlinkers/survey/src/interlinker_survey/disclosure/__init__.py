"""Disclosure control, pure: what of counted answers can be published so that nobody can work out a count of too few people.

The rules, why they hold and what they do not hold against are in the README beside this file.
"""

from interlinker_survey.disclosure.choosing import Several
from interlinker_survey.disclosure.linked import CircleError
from interlinker_survey.disclosure.releases import (
    Choices,
    Counted,
    Pairing,
    Release,
    Single,
    TooFewError,
    release,
)

__all__ = [
    "Choices",
    "CircleError",
    "Counted",
    "Pairing",
    "Release",
    "Several",
    "Single",
    "TooFewError",
    "release",
]
