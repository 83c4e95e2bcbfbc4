"""What there is in a service, and whose it is as strangers see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Realm(StrEnum):
    """Whose something is, as seen by a stranger."""

    OWN = "own"
    KNOWN = "known"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Thing:
    """Something with a name. `heading` is the word in addresses before names of its kind."""

    name: str
    heading: str
    realm: Realm
