"""Writes of ballots: cast, change, enter; and what begins and ends with voting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import domain, store
from interlinker_ideation.counting.reading import is_quick, poll_of
from interlinker_ideation.events import BallotCast
from interlinker_ideation.marking import Candidate, Marks, ideas_on, marks_of
from interlinker_ideation.phases import Deed, require_phase
from interlinker_ideation.voting import BallotPaper, Choices, EnteredBallot, Receipt
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, contribute, require_open
from interlinker_shared.auth import Principal
from interlinker_shared.db import brief
from interlinker_shared.events import record
from interlinker_shared.manifest import canonical_json


@brief
def cast_ballot(session: Session, campaign_id: UUID, body: BallotPaper, *, by: Principal, now: datetime) -> Receipt:
    """Cast one's own ballot, or change it with its receipt."""
    campaign, marks = _mark(session, campaign_id, body, now)
    if body.receipt is None:
        return _cast(session, campaign, marks, by, now)
    store.change_ballot(session, campaign.id, marks, domain.receipt_hash(body.receipt))
    return Receipt(receipt=None)


def enter_ballot(session: Session, campaign_id: UUID, body: EnteredBallot, *, by: Principal, now: datetime) -> Receipt:
    """Enter a ballot that came on paper, by telephone or from another system."""
    campaign, marks = _mark(session, campaign_id, body, now)
    voter = replace(by, subject=body.voter, channel=body.channel)
    return _cast(session, campaign, marks, voter, now)


def _mark(session: Session, campaign_id: UUID, choices: Choices, now: datetime) -> tuple[Asset, Marks]:
    campaign = require_open(session, campaign_id, now)
    config = CampaignConfig.of(campaign)
    domain.require_voting(config.voting)
    require_phase(config.phases, Deed.VOTE, now)
    found = store.on_ballot(session, campaign.id, ideas_on(choices))
    return campaign, marks_of(choices, config, {idea: Candidate(*one) for idea, one in found.items()})


def _cast(session: Session, campaign: Asset, marks: Marks, voter: Principal, now: datetime) -> Receipt:
    """Who voted and what was voted go to two places that nothing joins; the event tells neither."""
    store.spend_voter(session, campaign.id, voter.known())
    receipt = domain.new_receipt()
    store.add_ballot(session, campaign.id, marks, domain.receipt_hash(receipt))
    record(session, BallotCast(campaign=campaign.id), aggregate=campaign.id, now=now)
    contribute(session, campaign, voter, action="ballot", now=now)
    return Receipt(receipt=receipt)


def begin_voting(session: Session, campaign: Asset, _now: datetime) -> None:
    """Give a campaign the secret by which it knows who has voted."""
    store.add_key(session, campaign.id, domain.new_key())


def end_voting(session: Session, campaign: Asset, _now: datetime) -> None:
    """Let nothing tell any more whose ballot might be which, also not to who holds a receipt; and count, or have it counted."""
    store.seal_ballots(session, campaign.id)
    if is_quick(session, campaign):
        store.add_bundle(session, campaign.id, canonical_json(poll_of(session, campaign).count()).decode())
    else:
        store.wait_to_be_counted(session, campaign.id)


def check_change(session: Session, campaign: Asset, config: dict[str, Any]) -> None:
    """What of an open campaign may change. Raises CampaignFixedError."""
    before = CampaignConfig.of(campaign).model_dump(mode="json")  # also of one that was made when there was less to set
    domain.check_change(before, config, voted=store.has_ballots(session, campaign.id))
