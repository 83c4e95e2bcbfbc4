"""The definition of a survey as an object, read once and kept while people answer."""

from __future__ import annotations

from uuid import UUID

from interlinker_shared.assets import Asset, State
from interlinker_survey.definition import Definition, read_definition

KEPT = 64
_kept: dict[tuple[UUID, int], Definition] = {}


def definition_of(survey: Asset) -> Definition:
    """The definition; that of a draft may still change and is read anew each time."""
    raw = survey.config["definition"]
    if survey.state is State.DRAFT:
        return read_definition(raw, awaits_choices=survey.config["imports_into"])
    key = (survey.id, survey.version)
    if key not in _kept:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = read_definition(raw)
    return _kept[key]
