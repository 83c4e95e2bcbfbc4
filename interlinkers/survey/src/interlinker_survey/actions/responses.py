"""Answering a survey: who may, what is kept of it and where, and how one's own answers are read and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.auth import Channel, Principal, Role, check_role
from interlinker_shared.events import record
from interlinker_shared.ids import new_id
from interlinker_shared.moderation import author_rewrote
from interlinker_survey import store
from interlinker_survey.definition import Definition
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    Access,
    GuestsNotAllowedError,
    Response,
    ResponseEntryError,
    ResponseMissingError,
    check_answers,
    free_texts,
    is_anonymous,
    item_id,
    require_edits,
    require_own,
)
from interlinker_survey.events import ResponseReplaced, ResponseSubmitted

BY_STAFF = {Channel.PAPER, Channel.PHONE, Channel.DESK, Channel.LETTER}


@dataclass(frozen=True)
class Sent:
    """What somebody sends: answers as they came in, and what goes with them.

    `channel` and `respondent` are for staff; a `response_id` makes sure that one form is one response; `version` is the one
    that was read, the one in force by default.
    """

    answers: Mapping[str, object]
    language: str | None = None
    channel: Channel | None = None
    respondent: str | None = None
    response_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True)
class Asked:
    """What answers are judged by."""

    number: int
    definition: Definition


def submit_response(session: Session, survey_id: UUID, sent: Sent, *, by: Principal, now: datetime) -> Response:
    """Answer a survey that is open; with a `response_id` that is known: ResponseKnownError.

    Raises InvalidError with a pointer per wrong answer, AlreadyAnsweredError, GuestsNotAllowedError, AssetClosedError,
    VersionSupersededError.
    """
    survey = assets.require_open(session, survey_id, now)
    who = replace(by, subject=_subject(survey, by, sent), channel=sent.channel or by.channel)
    asked = asked_in(session, survey, sent.version, now)
    anonymous = is_anonymous(survey.config)
    response = Response(
        id=sent.response_id or (uuid4() if anonymous else new_id()),
        survey=survey.id,
        answers=check_answers(asked.definition, sent.answers, now=now, language=sent.language),
        language=sent.language or survey.language,
        channel=None if anonymous else who.channel,
        revision=1,
        submitted_at=None if anonymous else now,
        version=None if anonymous else asked.number,
    )
    if anonymous:
        _keep_anonymous(session, survey, response, who, now)
    else:
        _keep(session, survey, response, who, items=_items(response, asked.definition), now=now)
    return response


def replace_response(session: Session, survey_id: UUID, sent: Sent, *, by: Principal, now: datetime) -> Response:
    """Replace one's own answers while the survey is open; ResponseMissingError when there are none."""
    survey = assets.require_open(session, survey_id, now)
    require_edits(survey.config)
    former = read_own_response(session, survey_id, by=by)
    asked = asked_in(session, survey, sent.version, now)
    response = replace(
        former,
        answers=check_answers(asked.definition, sent.answers, now=now, language=sent.language),
        language=sent.language or former.language,
        revision=former.revision + 1,
        version=asked.number,
    )
    before = _items(former, store.asked_by(session, survey, [former])[former.id])
    store.replace_response(session, response)
    if None in former.answers.values():
        author_rewrote(session, "response", response.id, now=now)
    after = _items(response, asked.definition)
    _tell_replaced(session, survey, response, before=before, after=after, who=by, now=now)
    return response


def read_own_response(session: Session, survey_id: UUID, *, by: Principal) -> Response:
    """What one has answered; ResponseMissingError when one has not."""
    require_own(assets.require(session, survey_id).config)
    response = store.own_response(session, survey_id, by.known())
    if response is None:
        raise ResponseMissingError
    return response


def asked_in(session: Session, survey: Asset, number: int | None, now: datetime) -> Asked:
    """The version that was read, as long as answers to it are taken; VersionSupersededError after that."""
    current = store.current_number(session, survey.id)
    if number in {None, current}:
        return Asked(current, definition_of(survey))
    read = store.version(session, survey.id, number or 0)
    read.check_accepted(timedelta(hours=survey.config["grace_hours"]), now)
    return Asked(read.number, read.definition)


def _subject(survey: Asset, by: Principal, sent: Sent) -> str | None:
    """Whose answers these are; None for those of a guest, and for a form without a name that staff enter."""
    by = by.on(survey.path)
    if sent.respondent is not None or sent.channel in BY_STAFF:
        if not by.may(Role.MODERATOR):
            message = "Only moderators enter answers for others."
            raise ResponseEntryError(message)
        return sent.respondent
    if survey.config["access"] != Access.OPEN:
        _check_member(by)
    return by.subject


def _check_member(by: Principal) -> None:
    if by.subject is None:
        message = "This survey takes answers of people with an account. Sign in to take part."
        raise GuestsNotAllowedError(message)
    check_role(by, Role.MEMBER)


def _keep(
    session: Session, survey: Asset, response: Response, who: Principal, *, items: list[str], now: datetime
) -> None:
    store.add_response(session, response)
    if who.subject is not None:
        store.add_participation(session, response, who.subject)
    event = ResponseSubmitted(survey=survey.id, response=response.id, channel=who.channel)
    record(session, event, aggregate=survey.id, actor=who.subject, now=now)
    assets.contribute(session, survey, who, action="response", items=items, now=now)


def _keep_anonymous(session: Session, survey: Asset, response: Response, who: Principal, now: datetime) -> None:
    """Who answered and what was answered go to two places that nothing joins; the one event names the first only."""
    store.add_anonymous_response(session, response)
    if who.subject is not None:
        store.spend_token(session, survey.id, who.subject)
    assets.contribute(session, survey, who, action="response", now=now)


def _tell_replaced(
    session: Session,
    survey: Asset,
    response: Response,
    *,
    before: list[str],
    after: list[str],
    who: Principal,
    now: datetime,
) -> None:
    """Texts that are gone are withdrawn; new ones are a contribution of their own."""
    event = ResponseReplaced(survey=survey.id, response=response.id, revision=response.revision)
    record(session, event, aggregate=survey.id, actor=who.subject, now=now)
    for gone in sorted(set(before) - set(after)):
        withdraw(session, survey, gone, now=now)
    new = sorted(set(after) - set(before))
    if new:
        channel = Channel(response.channel) if response.channel else None
        assets.contribute(session, survey, who, action="response", items=new, now=now, channel=channel)


def _items(response: Response, asked: Definition) -> list[str]:
    return [item_id(response.id, question) for question, _ in free_texts(asked, response.answers)]
