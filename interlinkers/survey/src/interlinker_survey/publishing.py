"""Publishing tables of a survey: what is told is frozen, numbered and judged by all that was told before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.errors import ConflictError, InvalidError
from interlinker_shared.events import record
from interlinker_shared.manifest import canonical_json, digest_of
from interlinker_survey import actions, store
from interlinker_survey.counting import count_responses
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.disclosure import Choices, CircleError, Counted, Pairing, Release, Single, TooFewError, release
from interlinker_survey.domain import require_readable
from interlinker_survey.events import TablesPublished
from interlinker_survey.publication import Pair, Tables, categories, counted, tables
from interlinker_survey.statistics import Kind
from interlinker_survey.store import Published
from interlinker_survey.variables import Asked, published_variables, variables_of


class NothingToPublishError(ConflictError):
    """What could be told beside what has been told would tell of too few."""

    slug = "nothing-to-publish"


@dataclass(frozen=True)
class _Held:
    """What judges the next publication: all counts, and which categories they are of.

    Tables of variables that were asked otherwise later are `frozen`: they stay as they are.
    """

    least: int
    size: int
    singles: dict[str, Single]
    choices: dict[str, Choices]
    pairs: list[tuple[Pair, Pairing]]
    categories: dict[str, list[str]]
    frozen: list[str] = field(default_factory=list)

    def release(self, names: set[str]) -> Release:
        """The former release of these variables."""
        return Release(
            self.least,
            self.size,
            {name: one for name, one in self.singles.items() if name in names},
            {name: one for name, one in self.choices.items() if name in names},
            {pair: one for pair, one in self.pairs if names.issuperset(pair)},
        )


def publish(session: Session, survey_id: UUID, crosstabs: Sequence[Pair], *, now: datetime) -> Published:
    """Publish tables of all questions and of pairs of them; what was published before, comes again.

    Raises NothingToPublishError where nothing new can be told, InvalidError for pairs that cannot be, AnswersSealedError
    before the end of an anonymous survey.
    """
    survey = assets.require(session, survey_id)
    require_readable(survey.config, closed=survey.state is State.CLOSED)
    published = _publish(session, survey, crosstabs, now=now)
    if published is None:
        message = "Nothing new can be published yet: what was added since would tell of too few people."
        raise NothingToPublishError(message)
    return published


def end_survey(session: Session, survey: Asset, now: datetime) -> None:
    """Let nothing tell any more whose anonymous responses might be, then publish what all may know of the counts."""
    actions.end_survey(session, survey, now)
    if survey.state is State.OPEN:
        _publish(session, survey, (), now=now, final=True)


def told(session: Session, survey: Asset) -> Tables | None:
    """What everybody may see of the counts: the latest publication, or all as it is now where nothing has to be held back."""
    if survey.state is State.OPEN and survey.config["smallest_count"] == 1:
        shown = published_variables(definition_of(survey), survey)
        found = _release(_counted(session, survey, shown, ()), survey, None)
        return tables(shown, found) if found else None
    latest = store.latest_publication(session, survey.id)
    return read_tables(latest) if latest else None


def read_tables(published: Published) -> Tables:
    """What a publication tells."""
    return Tables.model_validate_json(published.document)


def _publish(
    session: Session, survey: Asset, crosstabs: Sequence[Pair], *, now: datetime, final: bool = False
) -> Published | None:
    shown = published_variables(definition_of(survey), survey)
    before = store.latest_publication(session, survey.id)
    held = msgspec.json.decode(before.held, type=_Held) if before else None
    names, frozen = _asked_as_before(shown, held)
    _check_pairs(crosstabs, shown, names)
    former = held.release(names) if held else None
    known = list(former.pairs) if former else []
    pairs = [*known, *(pair for pair in dict.fromkeys(crosstabs) if not {pair, pair[::-1]} & set(known))]
    counting = [one for one in shown if one.name in names]
    found = _release(_counted(session, survey, counting, pairs), survey, former)
    if found is None or (former and found.told == former.told and not (final and found.size != former.size)):
        return None
    _check_published(crosstabs, found)
    told = _with_frozen(tables(counting, found), before, frozen)
    keep = _Held(
        found.least,
        found.size,
        dict(found.singles),
        dict(found.choices),
        list(found.pairs.items()),
        _categories(shown),
        frozen,
    )
    return _keep(session, survey, told, keep, number=before.number + 1 if before else 1, now=now)


def _counted(session: Session, survey: Asset, shown: Sequence[Asked], pairs: Sequence[Pair]) -> Counted:
    """What was answered, counted as it is published: numbers as they are, then by class."""
    names = {one.name for one in shown}
    asked = [one for one in variables_of(definition_of(survey), survey.language) if one.name in names]
    return counted(shown, survey.config["classes"], count_responses(session, survey, asked, pairs))


def _release(counts: Counted, survey: Asset, former: Release | None) -> Release | None:
    try:
        return release(counts, survey.config["smallest_count"], former)
    except TooFewError:
        return None
    except CircleError as error:
        message = f"{error}. Tables of one survey may not form a circle: together they tell more than each by itself."
        raise InvalidError(message, slug="circle-of-tables", pointer="/crosstabs") from error


def _asked_as_before(shown: Sequence[Asked], held: _Held | None) -> tuple[set[str], list[str]]:
    """The variables that can be published, and those whose tables stay as they were, since they are asked otherwise now."""
    current = _categories(shown)
    if held is None:
        return set(current), []
    other = [name for name, former in held.categories.items() if current.get(name) != former]
    frozen = list(dict.fromkeys([*held.frozen, *other]))
    return current.keys() - set(frozen), frozen


def _categories(shown: Sequence[Asked]) -> dict[str, list[str]]:
    return {one.name: [one.variable.kind, *categories(one.variable)] for one in shown}


def _check_pairs(crosstabs: Sequence[Pair], shown: Sequence[Asked], names: set[str]) -> None:
    kinds = {one.name: one.variable.kind for one in shown}
    for number, pair in enumerate(crosstabs):
        for place, name in enumerate(pair):
            if name not in names or kinds[name] is Kind.MULTIPLE:
                message = f"There is no table of “{name}” with another question: one answer is needed of each person."
                raise InvalidError(message, slug="no-such-variable", pointer=f"/crosstabs/{number}/{place}")
        if pair[0] == pair[1]:
            message = "A table is of two different questions."
            raise InvalidError(message, slug="same-variable", pointer=f"/crosstabs/{number}/1")


def _check_published(crosstabs: Sequence[Pair], found: Release) -> None:
    late = [pair for pair in crosstabs if pair not in found.pairs and pair[::-1] not in found.pairs]
    if late:
        named = ", ".join(" × ".join(pair) for pair in late)
        message = f"{named}: this table says no more than its questions alone, or they have been published for other responses already."
        raise NothingToPublishError(message)


def _with_frozen(told: Tables, before: Published | None, frozen: Sequence[str]) -> Tables:
    if before is None or not frozen:
        return told
    former = read_tables(before)
    return told.model_copy(
        update={
            "variables": [*told.variables, *(one for one in former.variables if one.name in frozen)],
            "choices": [*told.choices, *(one for one in former.choices if one.name in frozen)],
            "crosstabs": [*told.crosstabs, *(one for one in former.crosstabs if {one.rows, one.columns} & set(frozen))],
        }
    )


def _keep(session: Session, survey: Asset, told: Tables, held: _Held, *, number: int, now: datetime) -> Published:
    content = told.model_dump(mode="json")
    published = Published(
        survey.id,
        number,
        digest_of(canonical_json(content)),
        told.model_dump_json(),
        msgspec.json.encode(held).decode(),
        now,
    )
    store.add_publication(session, published)
    record(session, TablesPublished(survey=survey.id, number=number, hash=published.hash), aggregate=survey.id, now=now)
    return published
