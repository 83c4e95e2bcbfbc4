"""Everything that was answered, as files: streamed from one snapshot of the database, for moderators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, State
from interlinker_survey import store
from interlinker_survey.domain import Response, Step, apart, merged, names_people, require_readable, steps_between
from interlinker_survey.exchange import (
    Book,
    Given,
    Layout,
    Values,
    Words,
    former_name,
    read_book,
    write_codebook,
    write_csv,
    write_spss,
    write_xlsx,
)
from interlinker_survey.exchange.bundle import MICRODATA, Study, tables_of, write_bundle


class Format(StrEnum):
    """The files that there are; the name is also the file's ending."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
    SAV = "sav"


MEDIA_TYPES = {
    Format.CSV: "text/csv",
    Format.JSONL: "application/jsonl",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.SAV: "application/x-spss-sav",
}


@dataclass(frozen=True)
class Wanted:
    """How a file should look. `language` is that of labels, the survey's own where it is None."""

    layout: Layout = Layout.WIDE
    values: Values = Values.CODES
    language: str | None = None
    mark: bool = False


AS_THEY_ARE = Wanted()


def write_responses(session: Session, survey: Asset, format: Format, wanted: Wanted = AS_THEY_ARE) -> Iterator[bytes]:
    """All responses; AnswersSealedError for an anonymous survey that is not closed.

    A file is dated like the survey, so that it is the same, byte for byte, as long as the survey is.
    """
    require_readable(survey.config, closed=survey.state is State.CLOSED)
    history = _History(session, survey)
    words = Words(wanted.language or survey.language, wanted.values)
    given = Given(history.book(), history.responses, words, survey.title)
    dated = survey.closed_at or survey.opened_at or survey.created_at
    match format:
        case Format.CSV:
            return write_csv(given, layout=wanted.layout, mark=wanted.mark)
        case Format.XLSX:
            return write_xlsx(given, now=dated)
        case Format.SAV:
            return write_spss(given, now=dated)
        case Format.JSONL:
            return _jsonl(session, survey)


def write_book(session: Session, survey: Asset, language: str | None) -> Iterator[bytes]:
    """What each column is and each code says, as CSV."""
    return write_codebook(_History(session, survey).book(), language or survey.language)


def write_microdata(session: Session, survey: Asset, address: str) -> Iterator[bytes]:
    """Single responses with what describes them, for those who run the survey; AnswersSealedError as above."""
    require_readable(survey.config, closed=survey.state is State.CLOSED)
    history = _History(session, survey)
    study = Study(
        id=str(survey.id),
        title=survey.title,
        description=MICRODATA,
        language=survey.language,
        address=address,
        dated=survey.closed_at or survey.opened_at or survey.created_at,
        began=survey.opened_at,
        ended=survey.closed_at,
        public=False,
    )
    return write_bundle(study, tables_of(history.book(), history.responses, survey.language))


class _History:
    """A survey that may have been changed: everything in the words of today, and beside it what does not go on."""

    def __init__(self, session: Session, survey: Asset) -> None:
        self._session, self._survey = session, survey
        self._versions = store.versions_of(session, survey.id)
        self._steps = steps_between(self._versions)

    def book(self) -> Book:
        """The variables of today, then those of former versions whose answers are apart."""
        book = replace(read_book(self._survey.config["definition"]), named=names_people(self._survey.config))
        for version, _ in zip(self._versions, self._steps, strict=False):
            every = dict.fromkeys(version.definition.questions, None)
            book = book.with_former(
                version.number, read_book(version.raw), apart(every, self._steps[version.number - 1 :])
            )
        return book

    def responses(self) -> Iterator[Response]:
        """All responses, with answers under the names of `book`."""
        for response in store.scan_as_given(self._session, self._survey):
            ahead = self._steps[response.version - 1 :] if response.version else []
            yield replace(response, answers=self._told(response, ahead)) if ahead else response

    def _told(self, response: Response, ahead: Sequence[Step]) -> dict[str, Any]:
        left = apart(response.answers, ahead)
        former = {former_name(name, response.version or 0): answer for name, answer in left.items()}
        return merged(response.answers, ahead) | former


def _jsonl(session: Session, survey: Asset) -> Iterator[bytes]:
    """Answers as they were given, each under the names of the version that it answers."""
    named = names_people(survey.config)
    for response in store.scan_as_given(session, survey):
        told = {"response": str(response.id), "submitted_at": response.told_time, "language": response.language}
        rest = {"channel": response.channel, "version": response.version, "answers": dict(response.answers)}
        whose = {"respondent": response.respondent} if named else {}
        yield json.dumps(told | whose | rest, ensure_ascii=False).encode() + b"\n"
