"""Reads and writes the CSV files of Polis conversations, `comments.csv` and `votes.csv`.

Format: https://github.com/compdemocracy/openData.
Polis counts every vote event in a comment's `agrees` and `disagrees`, revotes too; how often each person counts is for who reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interlinker_ideation.formats.lines import Complaints, csv_rows, decode, table
from interlinker_shared.errors import InvalidError

COMMENTS = ("timestamp", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body")
VOTES = ("timestamp", "comment-id", "voter-id", "vote")
BROKEN = "The file is not one of a Polis conversation."
POSITIONS = {"1": 1, "0": 0, "-1": -1}


class PolisError(InvalidError):
    """The file breaks the format; each field error's pointer is `/<line>/<field>`, its message names both."""

    slug = "invalid-polis"


@dataclass(frozen=True, slots=True)
class Comment:
    """A statement with the figures that Polis tells; `moderated` is 1 (accepted), 0 (not looked at) or -1 (refused)."""

    id: int
    author: int
    body: str
    agrees: int = 0
    disagrees: int = 0
    moderated: int = 0
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class VoteEvent:
    """Somebody agreed (1), disagreed (-1) or passed (0); `timestamp` in milliseconds since 1970."""

    timestamp: int
    comment: int
    voter: int
    vote: int


def parse_comments(data: bytes) -> list[Comment]:
    """Read `comments.csv`. Raises PolisError with the lines and fields that are wrong."""
    complaints = Complaints(PolisError)
    comments = []
    for line, row in table(decode(data, PolisError), COMMENTS, complaints):
        numbers = {field: complaints.whole(line, field, row[field]) for field in COMMENTS[:5]}
        moderated = _position(complaints, line, "moderated", row["moderated"])
        comments.append(
            Comment(
                id=numbers["comment-id"],
                author=numbers["author-id"],
                body=row["comment-body"],
                agrees=numbers["agrees"],
                disagrees=numbers["disagrees"],
                moderated=moderated,
                timestamp=numbers["timestamp"],
            )
        )
    complaints.raise_if_any(BROKEN)
    return comments


def parse_votes(data: bytes) -> list[VoteEvent]:
    """Read `votes.csv` in the order of time, of the file among equal times. Raises PolisError as above."""
    complaints = Complaints(PolisError)
    events = []
    for line, row in table(decode(data, PolisError), VOTES, complaints):
        time, comment, voter = (complaints.whole(line, field, row[field]) for field in VOTES[:3])
        events.append(VoteEvent(time, comment, voter, _position(complaints, line, "vote", row["vote"])))
    complaints.raise_if_any(BROKEN)
    return sorted(events, key=lambda event: event.timestamp)


def write_comments(comments: Iterable[Comment]) -> Iterator[bytes]:
    """`comments.csv`, in pieces."""
    rows = ((c.timestamp, c.id, c.author, c.agrees, c.disagrees, c.moderated, c.body) for c in comments)
    return csv_rows(COMMENTS, rows)


def write_votes(events: Iterable[VoteEvent]) -> Iterator[bytes]:
    """`votes.csv`, in pieces."""
    return csv_rows(VOTES, ((event.timestamp, event.comment, event.voter, event.vote) for event in events))


def _position(complaints: Complaints, line: int, field: str, text: str) -> int:
    if text not in POSITIONS:
        complaints.add(line, field, f"{text!r} is none of 1, 0, -1")
    return POSITIONS.get(text, 0)
