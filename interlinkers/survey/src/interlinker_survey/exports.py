"""Everything that was answered, as files: streamed from one snapshot of the database, for moderators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, State
from interlinker_survey import store
from interlinker_survey.domain import require_readable
from interlinker_survey.exchange import (
    Given,
    Layout,
    Values,
    Words,
    read_book,
    write_codebook,
    write_csv,
    write_spss,
    write_xlsx,
)


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
    given = Given(
        read_book(survey.config["definition"]),
        lambda: store.scan_responses(session, survey),
        Words(wanted.language or survey.language, wanted.values),
        survey.title,
    )
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


def write_book(_session: Session, survey: Asset, language: str | None) -> Iterator[bytes]:
    """What each column is and each code says, as CSV."""
    return write_codebook(read_book(survey.config["definition"]), language or survey.language)


def _jsonl(session: Session, survey: Asset) -> Iterator[bytes]:
    for response in store.scan_responses(session, survey):
        told = {"response": str(response.id), "submitted_at": response.told_time}
        rest = {"language": response.language, "channel": response.channel, "answers": dict(response.answers)}
        yield json.dumps(told | rest, ensure_ascii=False).encode() + b"\n"
