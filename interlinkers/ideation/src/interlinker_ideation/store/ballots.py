"""Queries and writes of ballots, and of who has voted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import String, bindparam, cast, func, insert, select, update
from sqlalchemy.orm import Session

from interlinker_ideation.domain import AlreadyVotedError, ReceiptUnknownError, voter_token
from interlinker_ideation.store.tables import (
    BallotRow,
    Base,
    CampaignKeyRow,
    CountedReceiptRow,
    IdeaRow,
    VoterRow,
    present,
)
from interlinker_ideation.voting import Turnout
from interlinker_shared.assets import require
from interlinker_shared.auth import Principal
from interlinker_shared.db import forget_order, upsert, wipe
from interlinker_shared.db.hot import Hot, HotWrite

# What was inserted comes back as rows: a count of them is not what every driver gives for an INSERT.
_SPEND = HotWrite(upsert(VoterRow).on_conflict_do_nothing().returning(VoterRow.token))

_KEY = Hot(select(CampaignKeyRow.key).where(CampaignKeyRow.campaign_id == bindparam("campaign")))

_ADD_BALLOT = HotWrite(insert(BallotRow))


Marks = Sequence[Any]


def read_turnout(session: Session, campaign_id: UUID, who: Principal) -> Turnout:
    """Whether this person has voted."""
    campaign = require(session, campaign_id)
    return Turnout(voted=has_voted(session, campaign.id, who.known()))


def add_key(session: Session, campaign: UUID, key: bytes) -> None:
    """Give a campaign its secret."""
    session.execute(insert(CampaignKeyRow).values(campaign_id=campaign, key=key))


def spend_voter(session: Session, campaign: UUID, voter: str) -> None:
    """Mark that this voter has voted. Raises AlreadyVotedError the second time."""
    token = _token(session, campaign, voter)
    assert token is not None, "a campaign that is open has its secret"  # noqa: S101 - narrows the type
    if not _SPEND.run(session, campaign_id=campaign, token=token):
        raise AlreadyVotedError


def has_voted(session: Session, campaign: UUID, voter: str) -> bool:
    """Whether this person has voted in a campaign that is open; of a closed one nobody can tell any more."""
    token = _token(session, campaign, voter)
    return token is not None and session.get(VoterRow, (campaign, token)) is not None


def _token(session: Session, campaign: UUID, voter: str) -> str | None:
    row = _KEY.first(session, campaign=campaign)
    return voter_token(bytes(row.key), campaign, voter) if row is not None else None


def add_ballot(session: Session, campaign: UUID, marks: Marks, receipt: str) -> None:
    """Keep a ballot under a random id; `receipt` is the hash of what its voter was given."""
    row = {"id": uuid4(), "campaign_id": campaign, "receipt": receipt, "marks": json.dumps(marks)}
    _ADD_BALLOT.run(session, **row)


def change_ballot(session: Session, campaign: UUID, marks: Marks, receipt: str) -> None:
    """Replace the choices of the ballot that has this receipt (its hash). Raises ReceiptUnknownError."""
    mine = (BallotRow.campaign_id == campaign) & (BallotRow.receipt == receipt)
    changed = update(BallotRow).where(mine).values(marks=json.dumps(marks))
    if not session.connection().execute(changed).rowcount:
        raise ReceiptUnknownError


def seal_ballots(session: Session, campaign: UUID) -> None:
    """Forget in which order the ballots of a campaign came, which receipt is whose, and the secret that tells who has voted."""
    here = BallotRow.campaign_id == campaign
    receipts = select(BallotRow.campaign_id, BallotRow.receipt).where(here).order_by(BallotRow.receipt)
    session.execute(insert(CountedReceiptRow).from_select(["campaign_id", "receipt"], receipts))
    ballots, moved = Base.metadata.tables["ballots"], Base.metadata.tables["ballots_moved"]
    no_receipt = cast(ballots.c.id, String)  # something that is different for each
    forget_order(session, ballots, moved, ballots.c.campaign_id == campaign, changed={"receipt": no_receipt})
    keys = Base.metadata.tables["campaign_keys"]
    wipe(session, keys, keys.c.campaign_id == campaign)


def grouped_ballots(session: Session, campaign: UUID) -> Iterator[tuple[list[Any], int]]:
    """The ballots of a campaign, equal ones together: marks and how many such ballots."""
    query = select(BallotRow.marks, func.count()).where(BallotRow.campaign_id == campaign)
    for marks, times in session.execute(query.group_by(BallotRow.marks)):
        yield json.loads(marks), times


def stream_ballots(session: Session, campaign: UUID) -> Iterator[list[Any]]:
    """The marks of every ballot, in the order of their random ids."""
    query = select(BallotRow.marks).where(BallotRow.campaign_id == campaign).order_by(BallotRow.id)
    for marks in session.scalars(query.execution_options(yield_per=1000)):
        yield json.loads(marks)


def receipts_of(session: Session, campaign: UUID) -> Sequence[str]:
    """The hashes of the receipts whose ballots were counted, in their own order; none before the close."""
    query = select(CountedReceiptRow.receipt).where(CountedReceiptRow.campaign_id == campaign)
    return session.scalars(query.order_by(CountedReceiptRow.receipt)).all()


def has_ballots(session: Session, campaign: UUID) -> bool:
    """Whether anybody has voted."""
    return session.scalar(select(BallotRow.id).where(BallotRow.campaign_id == campaign).limit(1)) is not None


def size_of(session: Session, campaign: UUID) -> tuple[int, int]:
    """How many ideas and how many ballots there are."""
    ideas = select(func.count()).select_from(IdeaRow).where(IdeaRow.campaign_id == campaign, present)
    ballots = select(func.count()).select_from(BallotRow).where(BallotRow.campaign_id == campaign)
    return session.scalar(ideas) or 0, session.scalar(ballots) or 0


def voted_in(session: Session, subject: str) -> Sequence[UUID]:
    """The open campaigns in which a person has voted."""
    keys = session.execute(select(CampaignKeyRow.campaign_id, CampaignKeyRow.key)).all()
    tokens = [voter_token(bytes(row.key), row.campaign_id, subject) for row in keys]
    here = (VoterRow.campaign_id.in_([row.campaign_id for row in keys]), VoterRow.token.in_(tokens))
    return session.scalars(select(VoterRow.campaign_id).where(*here)).all() if keys else []
