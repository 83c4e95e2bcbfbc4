"""The forum's words and rules: who may post where, what a topic came to, and how its people are named."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

from interlinker_shared.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    UnauthorisedError,
)

_TITLE_LENGTH = 200
_TEXT_LENGTH = 20_000
_PSEUDONYM_BYTES = 5
LEFT_OUT = "> […]"

# What other blocks add to the items they hand over, as far as it helps a discussion.
_FACTS: Mapping[str, Mapping[str, str]] = {
    "en": {"support": "Support", "votes": "Votes", "cost": "Cost", "rank": "Rank"},
    "es": {"support": "Apoyos", "votes": "Votos", "cost": "Coste", "rank": "Puesto"},
    "de": {"support": "Unterstützung", "votes": "Stimmen", "cost": "Kosten", "rank": "Rang"},
}


class TopicState(StrEnum):
    """Where a topic stands; people write only in an open one."""

    OPEN = "open"
    CLOSED = "closed"


class PostState(StrEnum):
    """What is left of a post or of a topic's opening: its text, or a tombstone that says who took it down."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class Outcome(StrEnum):
    """What a topic came to."""

    DECIDED = "decided"
    ANSWERED = "answered"
    DISCUSSED = "discussed"
    NO_REPLIES = "no-replies"


class Shelf(StrEnum):
    """Where a topic is kept: among those that are talked about, among the old ones, or in another topic."""

    CURRENT = "current"
    ARCHIVED = "archived"
    MERGED = "merged"


class View(StrEnum):
    """In which order posts are shown: as they came, or each answer under what it answers."""

    FLAT = "flat"
    TREE = "tree"


class Reaction(StrEnum):
    """What people can say without words; of `up` and `down` one holds at a time."""

    UP = "up"
    DOWN = "down"
    THANKS = "thanks"
    HEART = "heart"
    IDEA = "idea"
    UNSURE = "unsure"


VOTES = frozenset({Reaction.UP, Reaction.DOWN})


class TopicClosedError(ConflictError):
    """The topic stays readable, nobody can post any more."""

    slug = "topic-closed"


class PostGoneError(ConflictError):
    """It was taken down before."""

    slug = "post-gone"


class NotArrangeableError(ConflictError):
    """Topics cannot be put together or apart in this way."""

    slug = "not-arrangeable"


class UrlTakenError(ConflictError):
    """Another topic of the board is about that page."""

    slug = "url-taken"


class ForeignPageError(InvalidError):
    """The board is not for pages of that site."""

    def __init__(self, message: str) -> None:
        """`message` is for people."""
        super().__init__(message, slug="foreign-page", pointer="/url")


class GuestsNotAllowedError(UnauthorisedError):
    """This board takes posts from people with an account only."""

    slug = "guests-not-allowed"


class NotYoursError(ForbiddenError):
    """Only its author takes a contribution back; moderators remove it and say why."""

    slug = "not-yours"


class StaffEntryError(ForbiddenError):
    """Only moderators enter what others said at the desk, by phone or on paper."""

    slug = "staff-entry"


def require_may_post(*, guests: bool, signed_in: bool) -> None:
    """Let people with an account in, and guests where the board takes them."""
    if not (signed_in or guests):
        raise GuestsNotAllowedError("This board takes posts from people with an account only. Sign in and try again.")


def require_open(state: TopicState) -> None:
    """Refuse new posts where the discussion has ended."""
    if state is TopicState.CLOSED:
        raise TopicClosedError("This topic is closed. You can read it, but nobody can post any more.")


def require_own(author: str | None, caller: str | None) -> None:
    """Let nobody but its author take a contribution back."""
    if author is None or author != caller:
        raise NotYoursError("You can take back only what you wrote yourself. A moderator can remove it, with a reason.")


def require_standing(state: PostState) -> None:
    """Refuse to take down what is down already."""
    if state is not PostState.PUBLISHED:
        raise PostGoneError("This was taken down before.")


def outcome_of(posts: int, *, decided: bool = False, answered: bool = False) -> Outcome:
    """Tell how far it came: to a decision, to an answer that was official or accepted, or to any post."""
    if decided:
        return Outcome.DECIDED
    if answered:
        return Outcome.ANSWERED
    return Outcome.DISCUSSED if posts else Outcome.NO_REPLIES


def summary(posts: int, participants: int) -> dict[str, str]:
    """Sum a topic up in people's words, per language: "12 posts by 8 people"."""
    if not posts:
        return {"en": "No replies", "es": "Sin respuestas", "de": "Keine Antworten"}
    one, alone = posts == 1, participants == 1
    return {
        "en": f"{posts} {'post' if one else 'posts'} by {participants} {'person' if alone else 'people'}",
        "es": f"{posts} {'mensaje' if one else 'mensajes'} de {participants} {'persona' if alone else 'personas'}",
        "de": f"{posts} {'Beitrag' if one else 'Beiträge'} von {participants} {'Person' if alone else 'Personen'}",
    }


def pseudonym(key: bytes, subject: str) -> str:
    """Name a person by the key of a board: stable there, different on every other, not to be turned back without it.

    40 bits: among 10 000 people on a board the chance that any two share a name is 1 in 20 000.
    """
    return hmac.new(key, subject.encode(), hashlib.sha256).digest()[:_PSEUDONYM_BYTES].hex()


def imported_title(title: str | None, text: str | None) -> str | None:
    """Take an item's own title, else the first line of its text that says something."""
    lines = [title or "", *(text or "").splitlines()]
    first = next((line for line in map(_plain_line, lines) if line), None)
    if first is None or len(first) <= _TITLE_LENGTH:
        return first
    return first[: _TITLE_LENGTH - 1].rstrip() + "…"


def _plain_line(line: str) -> str:
    return " ".join(line.strip().lstrip("#>*- ").split())


def imported_text(text: str | None, extra: Mapping[str, object], language: str) -> str:
    """Open a topic with the item's text and one line of what an earlier step found out about it."""
    named = _FACTS.get(language.split("-", maxsplit=1)[0], _FACTS["en"])
    facts = [f"{named[key]}: {value}" for key, value in extra.items() if key in named and _is_plain(value)]
    opening = "\n\n".join(part for part in (text or "", " · ".join(facts)) if part)
    return opening if len(opening) <= _TEXT_LENGTH else text or ""


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def unquoted(text: str, said: str) -> str:
    """`text` (CommonMark) without the quoted lines that repeat what was `said`; the rest of it stays as it is."""
    known = " ".join(said.split())
    return "\n".join(LEFT_OUT if _repeats(line, known) else line for line in text.split("\n"))


def _repeats(line: str, said: str) -> bool:
    words = " ".join(line.lstrip("> \t").split())
    return line.lstrip().startswith(">") and bool(words) and words in said
