"""Changing what an open survey asks: by a new version, never by changing one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.assets.actions import expect_version
from interlinker_shared.errors import InvalidError
from interlinker_shared.events import record
from interlinker_survey import store
from interlinker_survey.definition import read_definition
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import Merge, Step, Version, VersionRefusedError, is_anonymous
from interlinker_survey.events import VersionPublished
from interlinker_survey.models import SurveyConfig

MOST = 100
"""Versions of one survey: each answer to an old one is led through all that follow."""


def publish_version(
    session: Session,
    survey_id: UUID,
    changed: Mapping[str, Any],
    merges: Mapping[str, Merge],
    *,
    seen: int,
    now: datetime,
) -> Version:
    """Let an open survey ask something else from now on; `changed` is of its config, `seen` the version of the asset.

    Raises InvalidError with pointers, PreconditionError when somebody was faster, VersionRefusedError for what must not
    change, AssetDraftError and AssetClosedError.
    """
    survey = assets.require_open(session, survey_id, now)
    expect_version(survey, seen)
    config = SurveyConfig.model_validate({**survey.config, **changed}).model_dump(mode="json")
    step = Step(definition_of(survey), read_definition(config["definition"]), merges)
    _check_change(session, survey, config, step)
    version = store.add_version(session, survey.id, config, merges=dict(merges), now=now)
    store.change_config(session, survey, config)
    record(
        session,
        VersionPublished(survey=survey.id, number=version.number, hash=version.hash),
        aggregate=survey.id,
        now=now,
    )
    return version


def _check_change(session: Session, survey: Asset, config: Mapping[str, Any], step: Step) -> None:
    if config == survey.config:
        message = "This is what the survey asks already."
        raise VersionRefusedError(message)
    if is_anonymous(survey.config) and not (step.only_reworded and config["consent"] == survey.config["consent"]):
        message = (
            "Answers here are anonymous. Which questions somebody was asked would tell when she answered, so these can be "
            "reworded, not added, removed or changed."
        )
        raise VersionRefusedError(message)
    if store.current_number(session, survey.id) >= MOST:
        message = f"A survey has at most {MOST} versions. Clone it to begin anew."
        raise VersionRefusedError(message)
    _check_imports(session, survey, read_definition(config["definition"]).questions)


def _check_imports(session: Session, survey: Asset, questions: Mapping[str, Any]) -> None:
    """What was handed over stays to be chosen: later steps wait for what becomes of it."""
    for question, value, _ in store.imported_choices(session, survey.id):
        choices = getattr(questions.get(question), "choices", ())
        if value not in {choice.key for choice in choices}:
            message = f"The question “{question}” must keep the choices that were imported."
            raise InvalidError(message, slug="imported-choice-missing", pointer="/config/definition")
