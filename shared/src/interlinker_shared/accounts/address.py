"""E-mail addresses, written in one way: two that reach the same box are the same account."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from interlinker_shared.text import Clean

MAX_ADDRESS = 254  # RFC 3696, erratum 1690
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MOST_LOCAL = 64
_WRONG = "must be an e-mail address, such as anna@example.org"


def normalised(address: str) -> str:
    """The address in lower case, its domain in ASCII (IDNA). Raises ValueError.

    Before the @ only ASCII: lower-casing other letters can turn one person's address into another's.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local.isascii() or len(local) > _MOST_LOCAL or not _LOCAL.fullmatch(local.lower()):
        raise ValueError(_WRONG)
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(_WRONG) from error
    if not _DOMAIN.fullmatch(ascii_domain) or len(local) + len(ascii_domain) >= MAX_ADDRESS:
        raise ValueError(_WRONG)
    return f"{local.lower()}@{ascii_domain}"


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=MAX_ADDRESS),
    Clean,
    AfterValidator(normalised),
]
