"""The link from the command line that makes somebody an owner: signed with the service's secret, good once, for an hour."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from interlinker_shared.accounts.secrets import new_token
from interlinker_shared.auth import ISSUER

TYPE = "il-admin+jwt"
ALGORITHM = "HS256"
LASTS_SECONDS = 3600


@dataclass(frozen=True)
class AdminToken:
    """What such a token says."""

    jti: str
    until: datetime


def mint(secret: str, service: str) -> str:
    """A token for one service. Whoever can read its secret runs it anyway."""
    from joserfc import jwt  # noqa: PLC0415 - loads all of cryptography
    from joserfc.jwk import OctKey  # noqa: PLC0415 - as above

    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": service,
        "jti": new_token(),
        "exp": int(time.time()) + LASTS_SECONDS,
    }
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, OctKey.import_key(secret))


def read(secret: str, service: str, token: str) -> AdminToken | None:
    """What a token says; None when it is not valid here, whatever the reason."""
    from joserfc import jwt  # noqa: PLC0415 - as above
    from joserfc.errors import JoseError  # noqa: PLC0415 - as above
    from joserfc.jwk import OctKey  # noqa: PLC0415 - as above

    checks = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": service},
        jti={"essential": True},
        exp={"essential": True},
    )
    try:
        decoded = jwt.decode(token, OctKey.import_key(secret), algorithms=[ALGORITHM])
        checks.validate(decoded.claims)
    except (JoseError, ValueError, TypeError):
        return None
    if decoded.header.get("typ") != TYPE:
        return None
    return AdminToken(str(decoded.claims["jti"]), datetime.fromtimestamp(float(decoded.claims["exp"]), UTC))
