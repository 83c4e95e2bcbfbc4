"""What a participant can do, and what becomes of responses: one plain function per deed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, Item, State
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.auth import Channel, Principal, Role, check_role
from interlinker_shared.errors import InvalidError
from interlinker_shared.events import record
from interlinker_shared.ids import new_id
from interlinker_shared.moderation import author_rewrote
from interlinker_survey import store
from interlinker_survey.definition import read_definition
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    GuestsNotAllowedError,
    ImportTooLateError,
    NewChoice,
    Response,
    ResponseEntryError,
    ResponseMissingError,
    check_answers,
    erase_texts,
    free_texts,
    import_target,
    is_anonymous,
    item_id,
    new_key,
    require_own,
    with_choices,
    without_choice,
)
from interlinker_survey.events import ResponseReplaced, ResponseSubmitted

BY_STAFF = {Channel.PAPER, Channel.PHONE, Channel.DESK, Channel.LETTER}
WITHDRAWN = {"default": "Withdrawn", "en": "Withdrawn", "es": "Retirada", "de": "Zurückgezogen"}


def submit_response(
    session: Session,
    survey_id: UUID,
    answers: Mapping[str, object],
    *,
    language: str | None = None,
    channel: Channel | None = None,
    respondent: str | None = None,
    response_id: UUID | None = None,
    by: Principal,
    now: datetime,
) -> Response:
    """Answer a survey that is open; a `response_id` makes sure that one form is one response: ResponseKnownError.

    Raises InvalidError with a pointer per wrong answer, AlreadyAnsweredError, GuestsNotAllowedError, AssetClosedError.
    """
    survey = assets.require_open(session, survey_id, now)
    who = replace(by, subject=_subject(survey, by, channel, respondent), channel=channel or by.channel)
    anonymous = is_anonymous(survey.config)
    response = Response(
        id=response_id or (uuid4() if anonymous else new_id()),
        survey=survey.id,
        answers=check_answers(definition_of(survey), answers),
        language=language or survey.language,
        channel=None if anonymous else who.channel,
        revision=1,
        submitted_at=None if anonymous else now,
    )
    keep = _keep_anonymous if anonymous else _keep
    keep(session, survey, response, who, now)
    return response


def replace_response(
    session: Session,
    survey_id: UUID,
    answers: Mapping[str, object],
    *,
    language: str | None = None,
    by: Principal,
    now: datetime,
) -> Response:
    """Replace one's own answers while the survey is open; ResponseMissingError when there are none."""
    survey = assets.require_open(session, survey_id, now)
    require_own(survey.config)
    former = read_own_response(session, survey_id, by=by)
    response = replace(
        former,
        answers=check_answers(definition_of(survey), answers),
        language=language or former.language,
        revision=former.revision + 1,
    )
    store.replace_response(session, response)
    if None in former.answers.values():
        author_rewrote(session, "response", response.id, now=now)
    _tell_replaced(session, survey, former, response, who=by, now=now)
    return response


def read_own_response(session: Session, survey_id: UUID, *, by: Principal) -> Response:
    """What one has answered; ResponseMissingError when one has not."""
    require_own(assets.require(session, survey_id).config)
    response = store.own_response(session, survey_id, by.known())
    if response is None:
        raise ResponseMissingError
    return response


def begin_survey(session: Session, survey: Asset, _now: datetime) -> None:
    """Refuse to open a survey whose choices never came; an anonymous one gets its secret."""
    read_definition(survey.config["definition"])
    if is_anonymous(survey.config):
        store.add_key(session, survey.id, new_key())


def end_survey(session: Session, survey: Asset, _now: datetime) -> None:
    """Let nothing tell any more whose anonymous responses might be."""
    if is_anonymous(survey.config) and survey.state is State.OPEN:
        store.seal_survey(session, survey.id)


def import_items(session: Session, survey: Asset, items: Sequence[Item], _now: datetime) -> list[str]:
    """Make items choices of the question that `config.imports_into` names; the ids are the choices' values."""
    if survey.state is not State.DRAFT:
        message = "Choices are fixed once people can answer. Import before opening."
        raise ImportTooLateError(message)
    target = import_target(definition_of(survey), survey.config["imports_into"])
    taken = {str(new_id()): item for item in items}
    choices = [NewChoice.of(value, _words(item), item.language) for value, item in taken.items()]
    definition = with_choices(survey.config["definition"], target.name, choices)
    store.change_config(session, survey, {**survey.config, "definition": definition})
    store.add_imported_choices(session, survey.id, target.name, taken)
    return list(taken)


def withdraw_item(session: Session, survey: Asset, value: str, now: datetime) -> None:
    """Let go of an imported choice: a draft loses it, an open or closed survey only its words."""
    question = store.take_imported_choice(session, survey.id, value)
    if question is None:
        return
    left = None if survey.state is State.DRAFT else WITHDRAWN
    definition = without_choice(survey.config["definition"], question, value, left)
    store.change_config(session, survey, {**survey.config, "definition": definition})
    withdraw(session, survey, value, now=now)


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """Everything held of a person; of anonymous surveys only where she has answered, and only while they are open."""
    return {
        "responses": [_as_json(response) for response in store.responses_of(session, subject)],
        "answered": [str(survey) for survey in store.answered_by(session, subject)],
    }


def erase_subject(session: Session, subject: str, now: datetime) -> None:
    """Forget a person: her words are deleted and withdrawn, her choices stay in the counts and are nobody's.

    What she sent to anonymous surveys nobody can find. That she has, her spent token, stays: it says nothing once they close.
    """
    for response in store.responses_of(session, subject):
        survey = store.survey_of(session, response)
        for gone in _item_ids(survey, response):
            withdraw(session, survey, gone, now=now)
        answers = erase_texts(definition_of(survey), response.answers)
        store.replace_response(session, replace(response, answers=answers))
    store.forget_subject(session, subject)


def _subject(survey: Asset, by: Principal, channel: Channel | None, respondent: str | None) -> str | None:
    """Whose answers these are; None for those of a guest, and for a form without a name that staff enter."""
    by = by.on(survey.path)
    if respondent is not None or channel in BY_STAFF:
        if not by.may(Role.MODERATOR):
            message = "Only moderators enter answers for others."
            raise ResponseEntryError(message)
        return respondent
    if not survey.config["guests"]:
        _check_member(by)
    return by.subject


def _check_member(by: Principal) -> None:
    if by.subject is None:
        message = "This survey takes answers of people with an account. Sign in to take part."
        raise GuestsNotAllowedError(message)
    check_role(by, Role.MEMBER)


def _keep(session: Session, survey: Asset, response: Response, who: Principal, now: datetime) -> None:
    store.add_response(session, response)
    if who.subject is not None:
        store.add_participation(session, response, who.subject)
    event = ResponseSubmitted(survey=survey.id, response=response.id, channel=who.channel)
    record(session, event, aggregate=survey.id, actor=who.subject, now=now)
    assets.contribute(session, survey, who, action="response", items=_item_ids(survey, response), now=now)


def _keep_anonymous(session: Session, survey: Asset, response: Response, who: Principal, now: datetime) -> None:
    """Who answered and what was answered go to two places that nothing joins; the one event names the first only."""
    store.add_anonymous_response(session, response)
    if who.subject is not None:
        store.spend_token(session, survey.id, who.subject)
    assets.contribute(session, survey, who, action="response", now=now)


def _tell_replaced(
    session: Session, survey: Asset, former: Response, response: Response, *, who: Principal, now: datetime
) -> None:
    """Texts that are gone are withdrawn; new ones are a contribution of their own."""
    event = ResponseReplaced(survey=survey.id, response=response.id, revision=response.revision)
    record(session, event, aggregate=survey.id, actor=who.subject, now=now)
    before, after = _item_ids(survey, former), _item_ids(survey, response)
    for gone in sorted(set(before) - set(after)):
        withdraw(session, survey, gone, now=now)
    new = sorted(set(after) - set(before))
    if new:
        channel = Channel(response.channel) if response.channel else None
        assets.contribute(session, survey, who, action="response", items=new, now=now, channel=channel)


def _item_ids(survey: Asset, response: Response) -> list[str]:
    texts = free_texts(definition_of(survey), response.answers)
    return [item_id(response.id, question) for question, _ in texts]


def _words(item: Item) -> str:
    words = item.title or item.text
    if words is None:
        message = f"The item {item.id} has neither a title nor a text, so it cannot become a choice."
        raise InvalidError(message, slug="item-without-words", pointer="/items")
    return words


def _as_json(response: Response) -> dict[str, Any]:
    told = {"id": str(response.id), "survey": str(response.survey), "submitted_at": response.told_time}
    return {**told, "language": response.language, "channel": response.channel, "answers": dict(response.answers)}
