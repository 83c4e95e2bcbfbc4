"""Open data of a campaign: its ideas as CSV and JSON lines, a closed election as `.pb`; never a voter."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.domain import require_exportable
from interlinker_ideation.formats import pabulib
from interlinker_ideation.methods.placement import Verdict
from interlinker_ideation.results import place
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, State
from interlinker_shared.tabular import csv_line

COLUMNS = ("id", "number", "title", "text", "language", "cost", "support", "created_at")


def ideas_as_csv(session: Session, campaign: Asset) -> Iterator[bytes]:
    """One line per idea, RFC 4180."""
    yield csv_line(COLUMNS)
    for idea in _ideas(session, campaign):
        yield csv_line(idea.values())


def ideas_as_jsonl(session: Session, campaign: Asset) -> Iterator[bytes]:
    """One JSON object per line and idea."""
    for idea in _ideas(session, campaign):
        yield json.dumps(idea, ensure_ascii=False).encode() + b"\n"


def election_as_pb(session: Session, campaign: Asset) -> Iterator[bytes]:
    """The closed election with its ballots, numbered in the order of their random ids.

    Ideas that nobody knows the cost of are left out: the format has no place for them, and they cannot be funded.
    """
    config = CampaignConfig.of(campaign)
    require_exportable(closed=campaign.state is State.CLOSED, budget=config.budget)
    ideas = {idea.number: idea for idea in store.all_ideas(session, campaign.id) if idea.cost is not None}
    ballots = list(store.grouped_ballots(session, campaign.id))
    placed = place(list(ideas.values()), ballots, config.budget)
    projects = [
        pabulib.Project(
            id=str(one.contender.number),
            cost=one.contender.cost or 0,
            name=ideas[one.contender.number].title,
            votes=one.contender.votes,
            selected=one.verdict is Verdict.FUNDED,
        )
        for one in placed
    ]
    meta = _meta(campaign, config, len(projects), sum(times for _, times in ballots))
    yield from pabulib.write(meta, projects, _votes(session, campaign, ideas.keys()))


def _votes(session: Session, campaign: Asset, present: Collection[int]) -> Iterator[pabulib.Vote]:
    for place_in_file, numbers in enumerate(store.stream_ballots(session, campaign.id), start=1):
        yield pabulib.Vote(str(place_in_file), tuple(str(number) for number in numbers if number in present))


def _meta(campaign: Asset, config: CampaignConfig, projects: int, votes: int) -> dict[str, str]:
    """What the format asks for, as far as a campaign knows it."""
    meta: dict[str, object] = {
        "description": campaign.title,
        "unit": campaign.title,
        "instance": campaign.closed_at.year if campaign.closed_at else "",
        "num_projects": projects,
        "num_votes": votes,
        "budget": config.budget or 0,
        "vote_type": pabulib.APPROVAL,
        "rule": "greedy",
        "date_begin": f"{campaign.opened_at:%d.%m.%Y}" if campaign.opened_at else "",
        "date_end": f"{campaign.closed_at:%d.%m.%Y}" if campaign.closed_at else "",
        "min_length": config.ballot.min,
        "max_length": config.ballot.max,
        "language": campaign.language,
        "currency": config.currency,
    }
    return {key: str(value) for key, value in meta.items() if value is not None}


def _ideas(session: Session, campaign: Asset) -> Iterator[dict[str, Any]]:
    for row in store.stream_ideas(session, campaign.id):
        values = {column: getattr(row, column) for column in COLUMNS}
        yield values | {"id": str(row.id), "created_at": row.created_at.isoformat()}
