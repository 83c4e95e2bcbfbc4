"""Open data of a campaign: its ideas as CSV and JSON lines, a closed election with its ballots; never a voter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.counting.poll import outcome_of
from interlinker_ideation.domain import require_closed, require_file_for
from interlinker_ideation.formats import blt, pabulib
from interlinker_ideation.methods.placement import Verdict
from interlinker_ideation.voting import RankedMethod
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, State
from interlinker_shared.assets.actions import ResultPendingError
from interlinker_shared.tabular import csv_line

COLUMNS = ("id", "number", "title", "text", "language", "cost", "support", "created_at")
PABULIB_RULES = {"equal-shares": "equalshares", "phragmen": "phragmen", "greedy": "greedy"}


def ideas_as_csv(session: Session, campaign: Asset) -> Iterator[bytes]:
    """One line per idea, RFC 4180."""
    yield csv_line(COLUMNS)
    for idea in _ideas(session, campaign):
        yield csv_line(idea.values())


def ideas_as_jsonl(session: Session, campaign: Asset) -> Iterator[bytes]:
    """One JSON object per line and idea."""
    for idea in _ideas(session, campaign):
        yield json.dumps(idea, ensure_ascii=False).encode() + b"\n"


def bundle_of(session: Session, campaign: Asset) -> dict[str, Any]:
    """The bundle of a campaign. Raises NotYetClosedError before its close, ResultPendingError until it is counted."""
    require_closed(closed=campaign.state is State.CLOSED)
    document = store.bundle_of(session, campaign.id)
    if document is None:
        raise ResultPendingError
    bundle: dict[str, Any] = json.loads(document)
    return bundle


def ballots_as_pb(session: Session, campaign: Asset) -> Iterator[bytes]:
    """The closed election with its ballots, each numbered, in the order of what is on them.

    Ideas that nobody knows the cost of are left out: the format has no place for them, and they cannot be funded.
    """
    config = CampaignConfig.of(campaign)
    require_closed(closed=campaign.state is State.CLOSED)
    require_file_for("pb", fits=config.method.type in {"approval", "knapsack"} and config.budget is not None)
    bundle = bundle_of(session, campaign)
    ideas = {idea.number: idea for idea in store.all_ideas(session, campaign.id) if idea.cost is not None}
    projects = [
        pabulib.Project(
            id=str(one["number"]),
            cost=ideas[one["number"]].cost or 0,
            name=ideas[one["number"]].title,
            votes=one["votes"],
            selected=one["verdict"] == Verdict.FUNDED,
        )
        for one in outcome_of(bundle)
        if one["number"] in ideas
    ]
    votes = [
        pabulib.Vote(str(place), tuple(str(number) for number in numbers if number in ideas))
        for place, numbers in enumerate(_single(bundle), start=1)
    ]
    yield from pabulib.write(_meta(campaign, config, bundle, len(projects), len(votes)), projects, votes)


def ballots_as_blt(session: Session, campaign: Asset) -> Iterator[bytes]:
    """The closed election as programs for ranked ballots read it; equal ballots are one line."""
    method = CampaignConfig.of(campaign).method
    require_closed(closed=campaign.state is State.CLOSED)
    require_file_for("blt", fits=isinstance(method, RankedMethod))
    bundle = bundle_of(session, campaign)
    titles = {idea.number: idea.title for idea in store.all_ideas(session, campaign.id)}
    places = {one["number"]: place for place, one in enumerate(bundle["ideas"], start=1)}
    ballots = tuple(
        (tuple(places[number] for number in numbers if number in places), times) for times, numbers in bundle["ballots"]
    )
    names = tuple(titles.get(number, str(number)) for number in places)
    yield from blt.write(blt.RankedElection(campaign.title, bundle["rule"].get("seats", 1), names, ballots))


def ballots_as_csv(session: Session, campaign: Asset) -> Iterator[bytes]:
    """Every ballot of the closed election: a line for each idea on it. An empty ballot has a line without an idea."""
    bundle = bundle_of(session, campaign)
    yield csv_line(("ballot", "place", "idea", "value"))
    for ballot, marks in enumerate(_single(bundle), start=1):
        for place, mark in enumerate(marks or [("", "")], start=1):
            idea, value = mark if isinstance(mark, list | tuple) else (mark, 1)
            yield csv_line((ballot, place, idea, value))


def _single(bundle: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Each ballot as often as there were such."""
    for times, marks in bundle["ballots"]:
        for _ in range(times):
            yield marks


def _meta(
    campaign: Asset, config: CampaignConfig, bundle: Mapping[str, Any], projects: int, votes: int
) -> dict[str, str]:
    """What the format asks for, as far as a campaign knows it."""
    rule = bundle["rule"]
    meta: dict[str, object] = {
        "description": campaign.title,
        "unit": campaign.title,
        "instance": campaign.closed_at.year if campaign.closed_at else "",
        "num_projects": projects,
        "num_votes": votes,
        "budget": config.budget or 0,
        "vote_type": pabulib.APPROVAL,
        "rule": PABULIB_RULES[rule["method"]] + ("/add1" if str(rule.get("completion")).startswith("add-one") else ""),
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
