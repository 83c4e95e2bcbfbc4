"""Names that all who speak over NATS agree on."""

from __future__ import annotations

STREAM = "INTERLINK"
SUBJECT_PREFIX = "interlink."


def inbox_of(name: str) -> str:
    """What the subjects of the inboxes of user `name` begin with."""
    return f"_INBOX_{name}"
