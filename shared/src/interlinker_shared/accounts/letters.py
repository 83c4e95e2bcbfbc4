"""The letters that carry links: whom they go to, what they say, where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from interlinker_shared.accounts.links import LINK_LASTS
from interlinker_shared.accounts.paths import CONFIRM
from interlinker_shared.accounts.store import INVITATION_LASTS
from interlinker_shared.mail.store import Letter
from interlinker_shared.pages import letters as words
from interlinker_shared.state import Kit

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Writer:
    """Writes letters in the name of one service, which is reached at `base_url`."""

    service: Mapping[str, str]
    base_url: str

    @classmethod
    def of(cls, kit: Kit) -> Writer:
        """The writer of a running service."""
        return cls(kit.manifest.name, kit.settings.base_url)

    def link(self, token: str, language: str) -> str:
        """Where a token leads: to a page with a button, so that a mail scanner that follows it uses nothing up."""
        return f"{self.base_url}{CONFIRM}?{urlencode({'token': token, 'lang': language})}"

    def sign_in(self, email: str, token: str, language: str) -> Letter:
        """A link to sign in with."""
        link = self.link(token, language)
        said = words.written(words.SIGN_IN, language, self.service, link=link, time=LINK_LASTS // _MINUTE)
        return Letter(email, *said, lasts=LINK_LASTS)

    def invitation(self, email: str, token: str, language: str) -> Letter:
        """A link for the first time."""
        link = self.link(token, language)
        said = words.written(words.INVITATION, language, self.service, link=link, time=INVITATION_LASTS // _DAY)
        return Letter(email, *said)
