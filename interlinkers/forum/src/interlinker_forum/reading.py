"""Reads that are more than one query: what a board or a topic is to the one who asks."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store
from interlinker_forum.actions.arranging import page_of
from interlinker_forum.domain import TopicState
from interlinker_forum.models import Draft, Following, OwnState, Person, Post, Revision, TagCount, Topic
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Listing
from interlinker_shared.http.paging import PageOf, bad_cursor, id_of


def topic(session: Session, topic_id: UUID, who: Principal) -> Topic:
    """A topic as `who` may see it."""
    row = store.topic(session, topic_id)
    assets.require(session, row.board_id)
    return Topic.of(row, who.subject)


def post(session: Session, post_id: UUID, who: Principal) -> Post:
    """A post as `who` may see it."""
    row = store.post(session, post_id)
    assets.require(session, row.board_id)
    return Post.of(row, who.subject)


def open_topic_of(session: Session, post_id: UUID) -> UUID:
    """The topic of a post; TopicClosedError where nobody says anything about it any more."""
    row = store.post(session, post_id)
    assets.require_shown(session, row.board_id)
    domain.require_open(TopicState(store.topic(session, row.topic_id).state))
    topic: UUID = row.topic_id
    return topic


def admit_to_topic(session: Session, topic_id: UUID) -> None:
    """NotFoundError for who may not know of it."""
    assets.require_shown(session, store.board_of(session, topic_id))


def tags(session: Session, board_id: UUID) -> Listing[TagCount]:
    """The tags of a board."""
    assets.require_shown(session, board_id)
    found = store.tags_of(session, board_id)
    return Listing[TagCount](items=[TagCount(tag=row.tag, topics=row.topics) for row in found], next=None)


def topic_of_page(session: Session, board_id: UUID, url: str, who: Principal) -> Topic:
    """The topic about a page elsewhere."""
    board = assets.require(session, board_id)
    row = store.by_url(session, board_id, page_of(board, url))
    if row is None:
        raise NotFoundError
    return Topic.of(row, who.subject)


def people(session: Session, board_id: UUID, beginning: str) -> Listing[Person]:
    """People of a board by the beginning of their names."""
    assets.require_shown(session, board_id)
    found = store.people_of(session, board_id, beginning)
    return Listing[Person](items=[Person(name=name) for name in found], next=None)


def mentions(session: Session, board_id: UUID, who: Principal, page: PageOf) -> list[Post]:
    """Posts that mention `who`."""
    assets.require_shown(session, board_id)
    author = domain.pseudonym(store.board(session, board_id).naming_key, str(who.subject))
    before = id_of(page.cursor) if page.cursor is not None else None
    return [Post.of(row, who.subject) for row in store.mentions_of(session, board_id, author, before, page.limit)]


def followed(session: Session, board_id: UUID, who: Principal, page: PageOf) -> list[Following]:
    """Topics that `who` follows."""
    assets.require_shown(session, board_id)
    before = id_of(page.cursor) if page.cursor is not None else None
    rows = store.followed(session, str(who.subject), board_id, before, page.limit)
    return [Following.model_validate(dict(row._mapping)) for row in rows]  # noqa: SLF001 - that is its public name in SQLAlchemy


def draft_of_board(session: Session, board_id: UUID, who: Principal) -> Draft:
    """The topic that `who` has begun to write."""
    assets.require_shown(session, board_id)
    found = _draft(session, who, board_id)
    if found is None:
        raise NotFoundError
    return found


def own_state(session: Session, topic_id: UUID, who: Principal) -> OwnState:
    """What `who` keeps of a topic."""
    admit_to_topic(session, topic_id)
    subject = str(who.subject)
    kept = store.place_of_reader(session, subject, topic_id)
    read_to = kept.read_to if kept is not None else None
    reactions: dict[UUID, list[str]] = {}
    for row in store.reactions_in(session, topic_id, subject):
        reactions.setdefault(row.item_id, []).append(row.kind)
    return OwnState(
        following=kept is not None and kept.following,
        read_to=read_to,
        unread=store.unread(session, topic_id, read_to),
        draft=_draft(session, who, topic_id),
        reactions=reactions,
    )


def history_of_topic(session: Session, topic_id: UUID, page: PageOf) -> list[Revision]:
    """What the opening of a topic said before."""
    admit_to_topic(session, topic_id)
    return _history(session, topic_id, page)


def history_of_post(session: Session, post_id: UUID, page: PageOf) -> list[Revision]:
    """What a post said before."""
    assets.require_shown(session, store.post(session, post_id).board_id)
    return _history(session, post_id, page)


def _history(session: Session, item: UUID, page: PageOf) -> list[Revision]:
    after = page.cursor[0] if page.cursor else 0
    if not isinstance(after, int):
        raise bad_cursor()
    rows = store.revisions_of(session, item, after, page.limit)
    return [
        Revision(number=row.number, title=row.title, text=row.text, changes=row.changes, until=row.until)
        for row in rows
    ]


def _draft(session: Session, who: Principal, place: UUID) -> Draft | None:
    row = store.draft(session, str(who.subject), place)
    return None if row is None else Draft(place=place, title=row.title, text=row.text, saved_at=row.saved_at)
