"""What a survey's config decides about those who answer: who may, what is known of them, and whether they may change their minds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Access(StrEnum):
    """Who may answer: everybody; people with an account, once each; or who has an invitation, once per invitation."""

    OPEN = "open"
    ACCOUNT = "account"
    INVITATION = "invitation"


class Anonymity(StrEnum):
    """What is known of who answers.

    `identified`: those who run the survey see whose each response is. `pseudonymous`: they do not, but the service keeps it,
    so that a response can be changed and erased. `anonymous`: nobody can find out, once the survey is closed.
    """

    IDENTIFIED = "identified"
    PSEUDONYMOUS = "pseudonymous"
    ANONYMOUS = "anonymous"


class Edits(StrEnum):
    """Until when a response can be replaced by who sent it."""

    UNTIL_CLOSE = "until_close"
    NEVER = "never"


FORMER: dict[str, tuple[str, dict[bool, StrEnum]]] = {
    "guests": ("access", {True: Access.OPEN, False: Access.ACCOUNT}),
    "anonymous": ("anonymity", {True: Anonymity.ANONYMOUS, False: Anonymity.PSEUDONYMOUS}),
}
"""Two words of config that were yes or no, and what they mean now: templates of processes, which never change, hold them."""


def in_present_words(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config without the former words; what never was right is left as it is. ValueError for what is said in both."""
    said = dict(config)
    for former, (present, meaning) in FORMER.items():
        if former in said and present in said:
            message = f"{former} is the former word for {present}: say one of them"
            raise ValueError(message)
        if isinstance(said.get(former), bool):
            said[present] = str(meaning[said.pop(former)])
    if said.get("anonymity") == Anonymity.ANONYMOUS:
        said.setdefault("edits", str(Edits.NEVER))
    return said


def check_together(access: Access, anonymity: Anonymity, edits: Edits, *, live_result: bool) -> None:
    """ValueError where one of them takes back what another promises."""
    if anonymity is Anonymity.ANONYMOUS and live_result:
        message = "live_result cannot go with anonymity: who watches a result grow can tell single answers"
        raise ValueError(message)
    if anonymity is Anonymity.ANONYMOUS and edits is not Edits.NEVER:
        message = "edits cannot go with anonymity: nobody finds an anonymous response again to change it"
        raise ValueError(message)
    if anonymity is Anonymity.IDENTIFIED and access is Access.OPEN:
        message = "people are identified by an account or an invitation: with access `open` there is neither"
        raise ValueError(message)
