"""The rules of a campaign: who may still submit or vote, how receipts and voters are kept."""

from __future__ import annotations

import hmac
import secrets
import textwrap
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from interlinker_shared.errors import ConflictError, ForbiddenError, UnauthorisedError

MAX_MONEY = 10**12
"""Largest amount of money, in whole units of the currency: every JSON reader keeps it exact."""

CHANGEABLE = {"description", "submissions", "voting", "phases"}
"""What of a campaign's configuration may change while it is open."""

UNTIL_THE_FIRST_BALLOT = {"method", "rule", "ballot", "ties", "seed"}
"""And what may change until somebody has voted."""

IMPORTED_TITLE_LENGTH = 200
KEY_BYTES = 32


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract me, translate me later"
    """Mark a text for the catalogues; the page kit's own mark is beyond a domain's reach."""
    return message


class Gate(StrEnum):
    """Whether people may do something in an open campaign."""

    OPEN = "open"
    CLOSED = "closed"


class Sort(StrEnum):
    """The order of a list of ideas."""

    NEWEST = "newest"
    SUPPORT = "support"


class Outcome(StrEnum):
    """What became of an idea."""

    FUNDED = "funded"
    NOT_FUNDED = "not-funded"
    NO_BUDGET = "no-budget"
    ELECTED = "elected"
    NOT_ELECTED = "not-elected"


class SubmissionsClosedError(ConflictError):
    slug = "submissions-closed"


class VotingClosedError(ConflictError):
    slug = "voting-closed"


class AlreadyVotedError(ConflictError):
    slug = "already-voted"

    def __init__(self) -> None:
        super().__init__(N_("You have voted in this campaign. To change a ballot, send its receipt."))


class NotYetClosedError(ConflictError):
    slug = "not-yet-closed"


class OtherMethodError(ConflictError):
    slug = "other-method"


class CampaignFixedError(ConflictError):
    slug = "campaign-fixed"


class GuestsRefusedError(UnauthorisedError):
    slug = "guests-refused"


class NotYoursError(ForbiddenError):
    slug = "not-yours"


class ReceiptUnknownError(ForbiddenError):
    slug = "receipt-unknown"

    def __init__(self) -> None:
        super().__init__(N_("No ballot of this campaign has this receipt."))


class CostReservedError(ForbiddenError):
    slug = "cost-reserved"


def require_submissions(gate: Gate) -> None:
    if gate is not Gate.OPEN:
        raise SubmissionsClosedError(N_("This campaign takes no more ideas."))


def require_voting(gate: Gate) -> None:
    if gate is not Gate.OPEN:
        raise VotingClosedError(N_("Voting is not open in this campaign."))


def require_closed(*, closed: bool) -> None:
    """Ballots leave the house after the close only."""
    if not closed:
        raise NotYetClosedError("Ballots are published once the campaign is closed.")


def require_file_for(ending: str, *, fits: bool) -> None:
    """Each format is about one kind of vote."""
    if not fits:
        raise OtherMethodError(f"The ballots of this campaign make no .{ending} file.")


def require_may_submit(*, guests: bool, signed_in: bool) -> None:
    if not (guests or signed_in):
        raise GuestsRefusedError(N_("Sign in to submit an idea to this campaign."))


def require_may_assess(cost: int | None, *, moderator: bool) -> None:
    if cost is not None and not moderator:
        raise CostReservedError(N_("What an idea costs is set by the moderators of the campaign. Leave cost out."))


def require_own(author: str | None, who: str | None) -> None:
    if author is None or author != who:
        raise NotYoursError(N_("You can withdraw only your own idea. A moderator can remove it, with a reason."))


def check_change(before: Mapping[str, object], after: Mapping[str, object], *, voted: bool) -> None:
    """While people take part, only the description and the gates may change, and until the first ballot the way to vote.

    Raises CampaignFixedError.
    """
    changeable = CHANGEABLE if voted else CHANGEABLE | UNTIL_THE_FIRST_BALLOT
    fixed = sorted(key for key in after.keys() - changeable if after[key] != before.get(key))
    if fixed:
        since = "once somebody has voted" if voted else "while the campaign is open"
        raise CampaignFixedError(f"{', '.join(fixed)} cannot change {since}.")


def new_key() -> bytes:
    """The secret of one campaign, forgotten when it closes: from then on nobody can make or check a token of it."""
    return secrets.token_bytes(KEY_BYTES)


def voter_token(key: bytes, campaign: UUID, voter: str) -> str:
    """The mark that this person has voted here: it stays when she is erased, so that she cannot vote again.

    Without the key nobody can try out whose it is. The hash inside is what was kept before there were keys.
    """
    return hmac.digest(key, sha256(f"{campaign}\0{voter}".encode()).hexdigest().encode(), "sha256").hex()


def new_receipt() -> str:
    """256 random bits, shown once to who cast the ballot."""
    return secrets.token_urlsafe(32)


def receipt_hash(receipt: str) -> str:
    """What is kept of a receipt; 256 random bits need no salt."""
    return sha256(receipt.encode()).hexdigest()


def imported_title(title: str | None, text: str | None, key: str) -> str:
    """The title of a handed-over item: its own, else the first line of its text, else its key."""
    words = next(iter((title or text or key).strip().splitlines()), key)
    return textwrap.shorten(words, IMPORTED_TITLE_LENGTH, placeholder="…")


def imported_cost(cost: object) -> int | None:
    """The cost of a handed-over item where it is a whole amount that we can take."""
    if isinstance(cost, bool) or not isinstance(cost, int):
        return None
    return cost if 0 <= cost <= MAX_MONEY else None
