"""Editing one's own words; what they were stays visible."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import SequenceMatcher
from html import escape
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import domain, store, threads
from interlinker_forum.domain import PostState, TopicState
from interlinker_forum.events import PostEdited, TopicEdited
from interlinker_forum.models import Post, PostEdit, Topic, TopicEdit
from interlinker_shared import assets
from interlinker_shared.auth import Principal
from interlinker_shared.commonmark import to_html
from interlinker_shared.events import record

_WORDS = re.compile(r"\s+|[^\W_]+|[\W_]")
_MOST_WORDS = 600  # of a passage that is compared word by word: beyond, it is shown as new


def edit_post(session: Session, post_id: UUID, body: PostEdit, *, by: Principal, now: datetime) -> Post:
    """Write one's own post anew."""
    post = store.post(session, post_id)
    board = assets.require_open(session, post.board_id, now)
    domain.require_own(post.subject, by.subject)
    domain.require_standing(PostState(post.state))
    domain.require_open(TopicState(store.topic(session, post.topic_id).state))
    if body.text != post.text:
        changes = changes_between(post.text, body.text)
        store.add_revision(session, post_id, title=None, text=post.text, changes=changes, until=now)
        mentions = store.known_on(session, board.id, threads.mentioned(body.text))
        words = {"text": body.text, "html": to_html(body.text), "mentions": mentions}
        store.change_post(session, post_id, **words, edited_at=now)
        store.unlink(session, post_id)
        store.link(session, post_id, quotes=[UUID(str(one)) for one in post.quotes], mentions=mentions)
        event = PostEdited(asset=board.id, topic=post.topic_id, post=post_id)
        record(session, event, aggregate=post.topic_id, actor=by.subject, now=now)
    changed = Post.of(store.post(session, post_id), by.subject)
    assets.touch(session, "post", post_id, changed.published())
    return changed


def edit_topic(session: Session, topic_id: UUID, body: TopicEdit, *, by: Principal, now: datetime) -> Topic:
    """Write the opening of one's own topic anew."""
    topic = store.topic(session, topic_id)
    board = assets.require_open(session, topic.board_id, now)
    domain.require_own(topic.subject, by.subject)
    domain.require_standing(PostState(topic.opening))
    domain.require_open(TopicState(topic.state))
    if (body.title, body.text) != (topic.title, topic.text):
        before, after = f"{topic.title}\n\n{topic.text}", f"{body.title}\n\n{body.text}"
        changes = changes_between(before, after)
        store.add_revision(session, topic_id, title=topic.title, text=topic.text, changes=changes, until=now)
        words = {"title": body.title, "text": body.text, "html": to_html(body.text)}
        store.change_topic(session, topic_id, **words, edited_at=now)
        event = TopicEdited(asset=board.id, topic=topic_id)
        record(session, event, aggregate=topic_id, actor=by.subject, now=now)
    changed = Topic.of(store.topic(session, topic_id), by.subject)
    assets.touch(session, "topic", topic_id, changed.published())
    return changed


def changes_between(before: str, after: str) -> str:
    """HTML of one text with what became of it in another: `del` around words that went, `ins` around those that came."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    parts = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        parts.append(escape(gone, quote=False) if tag == "equal" else _passage(gone, come))
    return "".join(parts)


def _passage(gone: str, come: str) -> str:
    old, new = _WORDS.findall(gone), _WORDS.findall(come)
    if max(len(old), len(new)) > _MOST_WORDS:
        return _marked("del", gone) + _marked("ins", come)
    parts = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        went, came = "".join(old[a:b]), "".join(new[c:d])
        parts.append(escape(went, quote=False) if tag == "equal" else _marked("del", went) + _marked("ins", came))
    return "".join(parts)


def _marked(tag: str, words: str) -> str:
    return f"<{tag}>{escape(words, quote=False)}</{tag}>" if words else ""
