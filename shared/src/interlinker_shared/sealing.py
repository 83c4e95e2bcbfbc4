"""Secrets that a service must be able to use again: kept sealed, with a key that is made of the service's own secret.

Who has a copy of the database, and not that secret, has none of them. AES-256-GCM; what is sealed belongs to one row and
opens nowhere else. A service that got a new secret still opens what a former one has sealed, as long as it is told that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from sqlalchemy.orm import Session

PREFIX = "sealed:v1:"
INFO = "seal"  # where a session has it
_NONCE_BYTES = 12
_NAME_CHARACTERS = 12


class LostSecretError(Exception):
    """It was sealed with a secret that this service has not any more, or is not what was sealed."""


class Seal:
    """Seals with the present secret, and opens what that or a former one has sealed."""

    def __init__(self, secret: str, former: Sequence[str] = ()) -> None:
        """`former` are secrets that this service had before; a key is made of each, for this and nothing else."""
        keys = [hmac.digest(one.encode(), b"interlinkers sealed secrets", hashlib.sha256) for one in (secret, *former)]
        self._keys = {_name(key): key for key in keys}
        self._present = _name(keys[0])

    @property
    def mark(self) -> str:
        """How everything begins that the present secret has sealed."""
        return f"{PREFIX}{self._present}:"

    def seal(self, text: str, *, of: str) -> str:
        """`text` for a column of the thing that `of` names."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - most services have no such secret

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self._present]).encrypt(nonce, text.encode(), of.encode())
        return self.mark + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, kept: str, *, of: str) -> str:
        """What `seal` was given; LostSecretError. What was never sealed comes back as it is: an older version wrote it."""
        if not kept.startswith(PREFIX):
            return kept
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

        name, _, sealed = kept.removeprefix(PREFIX).partition(":")
        try:
            content = base64.urlsafe_b64decode(sealed)
            opened = AESGCM(self._keys[name]).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], of.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise LostSecretError from error
        return opened.decode()


def sealed(session: Session, text: str, *, of: str) -> str:
    """`text` as a column keeps it that belongs to the thing that `of` names."""
    return seal_of(session).seal(text, of=of)


def opened(session: Session, kept: str | None, *, of: str) -> str | None:
    """What is kept in a sealed column; None where nothing is, and where nobody can open it any more."""
    try:
        return None if kept is None else seal_of(session).open(kept, of=of)
    except LostSecretError:
        return None


def seal_of(session: Session) -> Seal:
    """The seal of the service that a session belongs to."""
    seal: Seal = session.info[INFO]
    return seal


def _name(key: bytes) -> str:
    return hashlib.sha256(b"name of " + key).hexdigest()[:_NAME_CHARACTERS]
