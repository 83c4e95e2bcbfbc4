"""A service's own key: Ed25519, made at its first start and known by its thumbprint."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlinker_shared.compact import base64url, decoded
from interlinker_shared.settings import kept_secret
from interlinker_shared.signing import signing_input

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# cryptography is loaded with the first key, not with this module: 26 ms and 10 MB that a block alone can do without.

ALGORITHM = "Ed25519"  # RFC 9864; the only one, so that no header can choose
_X = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_NAME = re.compile(r"(?P<service>[a-z][a-z0-9-]{0,39})/(?P<instance>[a-z0-9-]{1,40})")


@dataclass(frozen=True, order=True)
class ServiceName:
    """One instance of a service, such as `forum/main`."""

    service: str
    instance: str

    def __str__(self) -> str:
        return f"{self.service}/{self.instance}"

    @classmethod
    def of(cls, text: object) -> ServiceName:
        """The name that a text spells; ValueError where it spells none."""
        found = _NAME.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            message = "a service is named like forum/main"
            raise ValueError(message)
        return cls(found["service"], found["instance"])


@dataclass(frozen=True)
class PublicKey:
    """What others check the signatures of a service with. `x` is the key in base64url (RFC 8037)."""

    x: str

    @property
    def kid(self) -> str:
        """Its thumbprint (RFC 7638): two keys never have one, and nobody chooses it."""
        members = json.dumps({"crv": ALGORITHM, "kty": "OKP", "x": self.x}, separators=(",", ":"), sort_keys=True)
        return base64url(hashlib.sha256(members.encode()).digest()).decode()


class OwnKey:
    """The key of this service, which never leaves it."""

    def __init__(self, name: ServiceName, pem: str) -> None:
        """`pem` as `openssl genpkey -algorithm ed25519` writes it, PKCS 8; ValueError for anything else."""
        self.name = name
        self._key = _private(pem)
        self.public = PublicKey(base64url(self._key.public_key().public_bytes_raw()).decode())
        self.kid = self.public.kid

    @classmethod
    def kept(cls, name: ServiceName, path: Path) -> OwnKey:
        """The one in a file, made there first where there is none."""
        return cls(name, kept_secret(path, new_pem))

    def sign(self, claims: Mapping[str, object], typ: str) -> str:
        """A JWT over `claims`, of one kind."""
        text = signing_input({"alg": ALGORITHM, "typ": typ, "kid": self.kid}, claims)
        return (text + b"." + base64url(self._key.sign(text))).decode()


def is_usable(x: str) -> bool:
    """Whether a text can be a public key: 32 bytes in their only spelling, and none of the few that many signatures fit."""
    return _X.fullmatch(x) is not None and int.from_bytes(decoded(x), "little") % 2**255 not in _SMALL


def _private(pem: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see above

    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        message = "The key of a service must be Ed25519: `openssl genpkey -algorithm ed25519`."
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not a type of ours
    return key


def new_pem() -> str:
    """A key that nobody has."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _text(raw: bytes) -> str:
    return base64url(raw).decode()


# The y of the points of small order (RFC 8032, section 5.1.7): a signature of theirs fits many texts.
_FIELD = 2**255 - 19
_Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL = {y for one in (0, 1, _Y8) for y in (one, _FIELD - one, _FIELD + one) if y < 2**255}
