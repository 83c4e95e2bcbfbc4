"""The words of the letters that accounts send, in every language of the kit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from interlinker_shared.pages.form_state import N_
from interlinker_shared.pages.language import best_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel.support import Translations

LANGUAGES = ("en", "es", "de")


@dataclass(frozen=True)
class Words:
    """Subject and body, in English; `%(service)s`, `%(link)s` and `%(time)s` are filled in."""

    subject: str
    body: str


SIGN_IN = Words(
    N_("Your link to sign in: %(service)s"),
    N_(
        "Hello,\n\nwith this link you sign in to %(service)s. It works once, within %(time)s minutes:\n\n%(link)s\n\n"
        "If you did not ask for it, you need not do anything. Please give the link to nobody: whoever has it can sign in as you."
    ),
)
INVITATION = Words(
    N_("You are invited: %(service)s"),
    N_(
        "Hello,\n\nyou are invited to take part in %(service)s. With this link you sign in for the first time. "
        "It works once, within %(time)s days:\n\n%(link)s\n\nIf you do not want to take part, you need not do anything."
    ),
)


def written(words: Words, language: str, service: Mapping[str, str], *, link: str, time: int) -> tuple[str, str]:
    """Subject and body in the best language that the kit has for `language`."""
    known = language if language in LANGUAGES else language.partition("-")[0]
    chosen = known if known in LANGUAGES else LANGUAGES[0]
    values = {"service": service[best_language(service, chosen)], "link": link, "time": time}
    said = _translations(chosen).gettext
    return said(words.subject) % values, said(words.body) % values


@lru_cache(maxsize=len(LANGUAGES))
def _translations(language: str) -> Translations:
    from interlinker_shared.pages.catalogues import KIT, load_translations  # noqa: PLC0415 - loads babel

    return load_translations(KIT, language)
