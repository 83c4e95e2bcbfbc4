"""Wire models: what a board, its topics and their posts look like from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from interlinker_forum.domain import PostState, Shelf, TopicState
from interlinker_shared.assets import Source
from interlinker_shared.auth import Channel
from interlinker_shared.text import Clean, Key, LanguageTag, Line, Prose, Wire

_MOVING = {"mine", "posts", "participants", "active_at", "reactions"}
_AS_STORED = (
    *("question", "url", "merged_into", "accepted", "official", "decided_at", "decision", "reactions", "edited_at"),
)
_AUTHOR = "A pseudonym that is the same person's on this board only; null for guests, imported and erased ones."


Site = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$", max_length=200)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Clean]
Tag = Annotated[
    str,
    StringConstraints(to_lower=True, strip_whitespace=True, max_length=40, pattern=r"^[^\s/,#?%]+( [^\s/,#?%]+)*$"),
    Clean,
]
Tags = Annotated[list[Tag], Field(max_length=10)]


class BoardConfig(Wire):
    """What a board is for, and whether people without an account may take part. Both may change at any time."""

    description: Prose | None = Field(None, description="CommonMark.")
    guests: bool = Field(default=False, description="Whether people without an account may open topics and post.")
    origins: list[Site] = Field(
        default_factory=list,
        max_length=20,
        description="Sites (`https://example.org`) whose pages can have a topic here, for comments on them.",
    )


class Contribution(Wire):
    """What every contribution says beside its words."""

    language: LanguageTag | None = Field(None, description="Of the text; the board's by default.")
    channel: Channel | None = Field(None, description="How it came in; the token's by default.")
    author: Key | None = Field(
        None,
        description="For moderators: pseudonymous id of the person whose words from desk, phone or paper these are.",
    )


class TopicCreate(Contribution):
    """A new topic: a title and the opening text in CommonMark."""

    title: Line
    text: Prose
    tags: Tags = Field(default_factory=list)
    question: bool = Field(default=False, description="Whether it asks for an answer that can be accepted.")


class PostCreate(Contribution):
    """A new post in CommonMark, perhaps in reply to another one of the same topic."""

    text: Prose
    reply_to: UUID | None = None
    quotes: list[UUID] = Field(
        default_factory=list,
        max_length=10,
        description="Posts of the board, or its topic, whose words `text` repeats: they are shown as where the words are from.",
    )
    office: Line | None = Field(
        None, description="For moderators: the office of the authority whose official answer this is."
    )


class TopicEdit(Wire):
    """An opening as it is to be."""

    title: Line
    text: Prose


class PostEdit(Wire):
    """A post as it is to be."""

    text: Prose


class TopicTags(Wire):
    """All tags of a topic."""

    tags: Tags


class TopicMove(Wire):
    """Where a topic is to be."""

    board: UUID


class TopicMerge(Wire):
    """The topic of the same board that takes it up."""

    into: UUID


class TopicSplit(Wire):
    """Posts of the topic that become one of their own, with what answers them; the first of them is its opening."""

    posts: list[UUID] = Field(min_length=1, max_length=100)
    title: Line


class Acceptance(Wire):
    """The post that answers the question."""

    post: UUID


class OfficialAnswer(Wire):
    """The office that speaks in a post."""

    office: Line


class Decision(Wire):
    """What a topic ends in: a sentence, and the whole in CommonMark."""

    summary: Line
    text: Prose


class PageTopic(Wire):
    """The topic of a page elsewhere; it is made when there is none. `title` and `language` are of a new one."""

    url: Url
    title: Line
    language: LanguageTag | None = None


class DraftBody(Wire):
    """What somebody has begun to write."""

    title: Annotated[str, StringConstraints(max_length=200), Clean] = ""
    text: Annotated[str, StringConstraints(max_length=20_000), Clean]


class Draft(DraftBody):
    """The same, of a topic or, for a new topic, of a board (`place`)."""

    place: UUID
    saved_at: datetime


class Position(Wire):
    """The last post that somebody has read."""

    post: UUID


class Following(BaseModel):
    """A topic that the caller follows or has read some of; `unread` counts posts after `read_to`."""

    model_config = ConfigDict(frozen=True)

    topic: UUID
    title: str
    language: str
    following: bool
    read_to: UUID | None
    unread: int


class OwnState(BaseModel):
    """What the caller keeps of a topic: her place, whether she follows it, her draft, and her reactions by post."""

    model_config = ConfigDict(frozen=True)

    following: bool
    read_to: UUID | None
    unread: int
    draft: Draft | None
    reactions: dict[UUID, list[str]]


class Revision(BaseModel):
    """What was said before an edit. `changes` is HTML of what the edit did to it: `ins` and `del` around words."""

    model_config = ConfigDict(frozen=True)

    number: int
    title: str | None
    text: str
    changes: str
    until: datetime


class Found(BaseModel):
    """A post, or a topic's opening (`post` is null), that fits a search. `snippet` is HTML with `mark` around the words."""

    model_config = ConfigDict(frozen=True)

    topic: UUID
    post: UUID | None
    title: str
    snippet: str
    language: str
    author: str | None
    at: datetime
    score: float


class Person(BaseModel):
    """Somebody of a board who can be mentioned as `@name`."""

    model_config = ConfigDict(frozen=True)

    name: str


class TagCount(BaseModel):
    """A tag, and how many topics have it."""

    model_config = ConfigDict(frozen=True)

    tag: str
    topics: int


class TopicSummary(BaseModel):
    """A topic without its text. `posts` and `participants` count what was said in it, the opening not included."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    board: UUID
    title: str = Field(description="Empty once the opening is taken down.")
    language: str
    author: str | None = Field(description=_AUTHOR)
    mine: bool = Field(default=False, description="True for its author only.")
    channel: Channel
    state: TopicState
    opening: PostState
    reason: str | None = Field(description="Why a moderator took the opening down.")
    posts: int
    participants: int
    opened_at: datetime
    active_at: datetime
    closed_at: datetime | None
    source: Source | None
    shelf: Shelf
    pinned: bool
    question: bool
    tags: list[str]
    url: str | None = Field(description="The page that it is about.")
    merged_into: UUID | None = Field(description="The topic that has taken it up.")
    accepted: UUID | None = Field(description="The post that answers the question.")
    official: UUID | None = Field(description="The latest official answer of an authority.")
    decided_at: datetime | None
    decision: str | None = Field(description="What it ended in, in a sentence.")
    reactions: dict[str, int]
    edited_at: datetime | None

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> TopicSummary:
        """The row as `viewer` (a subject, or None) may see it."""
        return cls.model_construct(**_summary(row, viewer))


class Topic(TopicSummary):
    """A topic with its opening, as it was written and as sanitised HTML."""

    text: str
    html: str
    decision_text: str | None
    decision_html: str | None

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> Topic:
        """The row as `viewer` (a subject, or None) may see it."""
        words = {name: getattr(row, name) for name in ("text", "html", "decision_text", "decision_html")}
        return cls.model_construct(**_summary(row, viewer), **words)

    def published(self) -> dict[str, Any]:
        """What a mirror keeps: without the counters, which follow from the posts."""
        return self.model_dump(mode="json", exclude=_MOVING)


class Post(BaseModel):
    """A post, or the tombstone of one: then `text` is empty and `state` says who took it down."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    topic: UUID
    reply_to: UUID | None
    text: str
    html: str
    language: str
    author: str | None = Field(description=_AUTHOR)
    mine: bool = Field(default=False, description="True for its author only.")
    channel: Channel
    state: PostState
    reason: str | None = Field(description="Why a moderator removed it.")
    created_at: datetime
    depth: int = Field(description="How many posts stand between it and the opening.")
    quotes: list[UUID] = Field(description="Whose words it repeats: posts, or a topic for its opening.")
    mentions: list[str] = Field(description="The people of the board whom it names.")
    office: str | None = Field(description="The office of the authority that answers here officially.")
    reactions: dict[str, int]
    edited_at: datetime | None

    @classmethod
    def of(cls, row: Any, viewer: str | None) -> Post:
        """The row as `viewer` (a subject, or None) may see it."""
        return cls.model_construct(
            id=row.id,
            topic=row.topic_id,
            reply_to=row.reply_to,
            text=row.text,
            html=row.html,
            language=row.language,
            author=row.author,
            mine=_is_own(row, viewer),
            channel=Channel(row.channel),
            state=PostState(row.state),
            reason=row.reason,
            created_at=row.created_at,
            depth=row.depth,
            quotes=[UUID(str(one)) for one in row.quotes],
            mentions=row.mentions,
            office=row.office,
            reactions=row.reactions,
            edited_at=row.edited_at,
        )

    def published(self) -> dict[str, Any]:
        """What a mirror keeps."""
        return self.model_dump(mode="json", exclude=_MOVING)


def _summary(row: Any, viewer: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "board": row.board_id,
        "title": row.title,
        "language": row.language,
        "author": row.author,
        "mine": _is_own(row, viewer),
        "channel": Channel(row.channel),
        "state": TopicState(row.state),
        "opening": PostState(row.opening),
        "reason": row.reason,
        "posts": row.posts,
        "participants": row.participants,
        "opened_at": row.opened_at,
        "active_at": row.active_at,
        "closed_at": row.closed_at,
        "source": Source.model_construct(**row.source) if row.source else None,
        "shelf": Shelf(row.shelf),
        "pinned": row.pinned,
        "tags": row.tags,
        **{name: getattr(row, name) for name in _AS_STORED},
    }


def _is_own(row: Any, viewer: str | None) -> bool:
    return viewer is not None and row.subject == viewer
