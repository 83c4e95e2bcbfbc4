"""Anonymous surveys: what tells that somebody has answered, and what nobody is told."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from interlinker_survey.domain.modes import Anonymity, Edits
from interlinker_survey.domain.rules import N_, AnswersSealedError, EditsOverError

KEY_BYTES = 32


def is_anonymous(config: Mapping[str, object]) -> bool:
    """Whether a survey with this configuration keeps answers apart from who gave them."""
    return config.get("anonymity") == Anonymity.ANONYMOUS


def new_key() -> bytes:
    """The secret of one survey, forgotten when it closes: from then on nobody can make or check a token of it."""
    return secrets.token_bytes(KEY_BYTES)


def spent_token(key: bytes, subject: str) -> str:
    """The mark that a person has answered; it says nothing to who has no key."""
    return hmac.digest(key, subject.encode(), "sha256").hex()


def require_own(config: Mapping[str, object]) -> None:
    """AnswersSealedError where nobody can find the answers of one person, not even her."""
    if is_anonymous(config):
        raise AnswersSealedError(
            N_("Answers here are anonymous: nobody can find yours, so you cannot read or change them.")
        )


def require_readable(config: Mapping[str, object], *, closed: bool) -> None:
    """AnswersSealedError for anonymous answers before the end: who watches them come in sees whose they are."""
    if is_anonymous(config) and not closed:
        raise AnswersSealedError(N_("Answers here are anonymous: they can be read once this is closed."))


def names_people(config: Mapping[str, object]) -> bool:
    """Whether those who run a survey with this configuration see whose each response is."""
    return config.get("anonymity") == Anonymity.IDENTIFIED


def require_edits(config: Mapping[str, object]) -> None:
    """AnswersSealedError or EditsOverError where a response cannot be replaced, whoever asks."""
    require_own(config)
    if config.get("edits") == Edits.NEVER:
        raise EditsOverError(N_("Answers here are final: they cannot be changed once they are sent."))
