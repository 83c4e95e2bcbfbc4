"""Join tokens: with one a service becomes known to the registry, once; whoever runs the registry gives it out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from interlinker_shared.accounts.secrets import new_token
from interlinker_shared.auth import ISSUER

TYP = "il-join+jwt"
ALGORITHM = "HS256"
AUDIENCE = "registry"
HOURS = 24


@dataclass(frozen=True)
class JoinToken:
    """What such a token says: which service may join with it, its number, and until when."""

    service: str
    jti: str
    until: datetime


def mint_join_token(secret: str, service: str, *, hours: int = HOURS) -> str:
    """A token for one instance of `service`; `secret` is the registry's. Nothing is kept of it before it is used."""
    from joserfc import jwt  # noqa: PLC0415 - loads all of cryptography
    from joserfc.jwk import OctKey  # noqa: PLC0415 - as above

    until = int(time.time()) + hours * 3600
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": service, "jti": new_token(), "exp": until}
    return jwt.encode({"alg": ALGORITHM, "typ": TYP}, claims, OctKey.import_key(secret))


def read_join_token(secret: str, token: str, *, now: datetime) -> JoinToken | None:
    """What a token says; None when it is not valid, whatever the reason."""
    from joserfc import jwt  # noqa: PLC0415 - as above
    from joserfc.errors import JoseError  # noqa: PLC0415 - as above
    from joserfc.jwk import OctKey  # noqa: PLC0415 - as above

    checks = jwt.JWTClaimsRegistry(
        now=lambda: int(now.timestamp()),
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        jti={"essential": True},
        exp={"essential": True},
    )
    try:
        said = jwt.decode(token, OctKey.import_key(secret), algorithms=[ALGORITHM])
        checks.validate(said.claims)
        until = datetime.fromtimestamp(float(said.claims["exp"]), UTC)
    except (JoseError, ValueError, TypeError, OverflowError):
        return None
    if said.header.get("typ") != TYP:
        return None
    return JoinToken(str(said.claims["sub"]), str(said.claims["jti"]), until)
