"""What answers depend on: a tag is noted by whoever reads a thing and raised by whoever writes it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from interlinker_shared.db.jobs import signal

ASSETS = "assets"
"""The tag of the list of assets; an asset's own tag is its id."""
EVERYTHING = "*"
"""Raised by what goes through all things at once, such as forgetting a person."""

SEEN = "interlinkers.seen"
"""In the scope of a request whose answer may be kept: the set of tags that its reads note."""

_SIGNAL = "tag:"
_SEEN = "seen"
_MOST_TAGS = 10_000


def concerns(session: Session, tag: str) -> None:
    """Say that this session looks at what `tag` names: what it reads depends on it, what it writes changes it.

    It stands where a thing is loaded. Nobody can write to a thing without loading it first, so no write can forget it.
    """
    seen: set[str] | None = session.info.get(_SEEN)
    if seen is not None:
        seen.add(tag)
    signal(session, _SIGNAL + tag)  # which a session that only reads lets pass


def note_into(session: Session, seen: set[str]) -> None:
    """Let `concerns` note in `seen` what this session looks at."""
    session.info[_SEEN] = seen


class Versions:
    """When each tag was raised last, counted in commits of this process since it started."""

    def __init__(self) -> None:
        """Nothing was raised yet."""
        self.now = 0
        self._raised: dict[str, int] = {}
        self._oldest = 0

    def forget(self) -> None:
        """Let nothing that was read so far count as unchanged: another database begins."""
        self.hear({_SIGNAL + EVERYTHING})

    def hear(self, signals: set[str]) -> None:
        """Take in the signals of a commit; on the event loop, before its writers get their answers."""
        tags = {name.removeprefix(_SIGNAL) for name in signals if name.startswith(_SIGNAL)}
        everything = _SIGNAL + EVERYTHING in signals  # which a set may say without holding a name: when nobody knows
        if not tags and not everything:
            return
        self.now += 1
        if everything or len(self._raised) >= _MOST_TAGS:
            self._raised.clear()
            self._oldest = self.now
        self._raised.update(dict.fromkeys(tags, self.now))

    def unchanged(self, tags: Iterable[str], since: int) -> bool:
        """Whether none of `tags` was raised after `since`, which was `now` before the read began."""
        raised = self._raised
        for tag in tags:  # a loop, for `all` with a generator takes three times as long, and every hit comes by here
            if raised.get(tag, 0) > since:
                return False
        return since >= self._oldest
