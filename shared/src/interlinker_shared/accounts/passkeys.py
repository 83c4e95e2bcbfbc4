"""Passkeys (Web Authentication, level 3): registering one and signing in with it, checked by the package `webauthn`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from interlinker_shared.accounts import actions, links, store
from interlinker_shared.accounts.actions import Entered
from interlinker_shared.accounts.models import Passkey, Way
from interlinker_shared.accounts.secrets import hash_of
from interlinker_shared.accounts.store import PasskeyRow
from interlinker_shared.errors import ConflictError, InvalidError, NotFoundError
from interlinker_shared.settings import ServiceSettings

CHALLENGE_LASTS = timedelta(minutes=5)
MOST = 20  # passkeys of one person
MAX_KEY = 2000  # characters of a credential's id: it has 1023 bytes at most
MAX_DATA = 65_536


class PasskeyRefusedError(InvalidError):
    slug = "passkey-refused"


class TooManyPasskeysError(ConflictError):
    slug = "too-many-passkeys"


@dataclass(frozen=True)
class Party:
    """Who passkeys are made for: browsers give them to this origin only."""

    name: str
    origin: str

    @classmethod
    def of(cls, settings: ServiceSettings, name: str) -> Party:
        """The public address of a service; without one it is this machine, which browsers know as localhost only."""
        parts = urlsplit(settings.public_url or f"http://localhost:{settings.port}")
        return cls(name, f"{parts.scheme}://{parts.netloc}".lower())

    @property
    def id(self) -> str:
        """The host's name, which signatures are bound to."""
        return urlsplit(self.origin).hostname or ""


class Held(NamedTuple):
    """What is held of a passkey."""

    id: str
    subject: str
    public_key: str
    sign_count: int


def registration_options(party: Party, subject: str, held: list[Passkey]) -> str:
    """What the browser needs to make a passkey, as JSON; those that there are already are not made again."""
    import webauthn  # noqa: PLC0415 - loads all of cryptography
    from webauthn.helpers import structs  # noqa: PLC0415 - as above

    selection = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=subject.encode(),
        user_name=party.name,
        authenticator_selection=selection,
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(passkey.id)) for passkey in held
        ],
    )
    return webauthn.options_to_json(options)


def sign_in_options(party: Party) -> str:
    """What the browser needs to find a passkey, as JSON: whose, it will say itself."""
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers import structs  # noqa: PLC0415 - as above

    required = structs.UserVerificationRequirement.REQUIRED
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(rp_id=party.id, user_verification=required)
    )


def keep_challenge(session: Session, options: str, *, subject: str | None, now: datetime) -> None:
    """Remember the challenge of options, for whom and for a while."""
    key = _key(json.loads(options)["challenge"])
    links.put_aside(session, key, {"subject": subject}, until=now + CHALLENGE_LASTS)


def take_challenge(session: Session, credential: dict[str, Any], now: datetime) -> tuple[bytes, str | None]:
    """The challenge that a credential answers, and whom it was for. It is used up, whatever comes of the answer.

    Raises PasskeyRefusedError for one that was never given, or was answered before.
    """
    import webauthn  # noqa: PLC0415 - as above

    challenge = _challenge_of(credential)
    kept = links.take_back(session, _key(challenge), now)
    if kept is None:
        raise refused()
    return webauthn.base64url_to_bytes(challenge), kept["subject"]


def add(
    session: Session,
    subject: str,
    credential: dict[str, Any],
    challenge: bytes,
    party: Party,
    *,
    name: str,
    now: datetime,
) -> Passkey:
    """Keep the public key of a new passkey."""
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - as above

    if store.find_account(session, subject) is None:  # somebody with a token of the family, or erased meanwhile
        raise refused()
    if len(store.passkeys_of(session, subject)) >= MOST:
        message = f"You have {MOST} passkeys already. Delete one first."
        raise TooManyPasskeysError(message)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise refused() from error
    passkey = Passkey(id=_text(made.credential_id), name=name, created_at=now, last_used_at=None)
    row = {"subject": subject, "public_key": _text(made.credential_public_key), "sign_count": made.sign_count}
    try:
        session.execute(insert(PasskeyRow).values(**passkey.model_dump(), **row))
    except IntegrityError as error:
        raise refused() from error
    return passkey


def find(session: Session, credential: dict[str, Any]) -> Held:
    """The passkey that a credential says it is; PasskeyRefusedError when nobody has it."""
    columns = (getattr(PasskeyRow, name) for name in Held._fields)
    row = session.execute(select(*columns).where(PasskeyRow.id == str(credential.get("id"))[:MAX_KEY])).first()
    if row is None:
        raise refused()
    return Held(*row)


def checked_count(held: Held, credential: dict[str, Any], challenge: bytes, party: Party) -> int:
    """How often the passkey says it was used, once its signature is checked. Raises PasskeyRefusedError.

    A count that does not rise means that there are two of it; where a kind of passkey does not count, it stays 0.
    """
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - as above

    try:
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=webauthn.base64url_to_bytes(held.public_key),
            credential_current_sign_count=held.sign_count,
            require_user_verification=True,
        )
        handle = credential["response"].get("userHandle")
        same = handle is None or webauthn.base64url_to_bytes(handle) == held.subject.encode()
    except (WebAuthnException, ValueError, TypeError) as error:
        raise refused() from error
    if not same:
        raise refused()
    return checked.new_sign_count


def enter(session: Session, held: Held, count: int, *, next_path: str | None, now: datetime) -> Entered:
    """Sign in with a passkey that was checked, unless somebody else was faster with the same count."""
    same = (PasskeyRow.id == held.id, PasskeyRow.sign_count == held.sign_count)
    noted = update(PasskeyRow).where(*same).values(sign_count=count, last_used_at=now).returning(PasskeyRow.id)
    account = store.find_account(session, held.subject)
    if session.execute(noted).first() is None or account is None:
        raise refused()
    return actions.enter(session, account, way=Way.PASSKEY, next_path=next_path, now=now)


def remove(session: Session, subject: str, passkey_id: str) -> None:
    """Forget one of somebody's own passkeys."""
    same = (PasskeyRow.id == passkey_id, PasskeyRow.subject == subject)
    if session.execute(delete(PasskeyRow).where(*same).returning(PasskeyRow.id)).first() is None:
        raise NotFoundError


def refused() -> PasskeyRefusedError:
    """One answer for every reason."""
    return PasskeyRefusedError(
        "This passkey is not accepted here. Try again, or sign in another way.", pointer="/credential"
    )


def _challenge_of(credential: dict[str, Any]) -> str:
    import webauthn  # noqa: PLC0415 - as above

    try:
        data = json.loads(webauthn.base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = data["challenge"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise refused() from error
    if not isinstance(challenge, str) or not challenge.isascii():
        raise refused()
    return challenge


def _key(challenge: str) -> str:
    return hash_of(f"passkey {challenge}")


def _text(data: bytes) -> str:
    import webauthn.helpers  # noqa: PLC0415 - as above

    return webauthn.helpers.bytes_to_base64url(data)
