"""`play-election`: every ballot once, counts compared, broken files refused."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import stamina
import typer
from interlinkers.ideation.tests.calling import Service
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

from interlinker_ideation.formats import pabulib
from interlinker_ideation.play_election import play_election
from interlinker_ideation.play_election.compare import as_table, compare, rule_notice
from interlinker_ideation.play_election.run import FrontDoor, Played, PlayError, play

FILE = b"""META
key;value
description;A small town
num_projects;3
num_votes;4
budget;100
vote_type;approval
rule;unknown
language;pl
currency;PLN
PROJECTS
project_id;cost;votes;name;selected
7;70;3;Park;1
8;50;2;Staw;1
9;30;2;;0
VOTES
voter_id;vote
1;7
2;7,8
3;7,8,9
4;9
"""
ELECTION = pabulib.parse(FILE)


async def played_at(service: Service, election: pabulib.Election) -> Played:
    service.client.headers.update(service.token(audience="ideation"))
    with Progress(console=Console(file=io.StringIO())) as progress:
        return await play(election, FrontDoor(service.client), progress)


async def test_played_election_has_the_official_counts(service: Service) -> None:
    played = await played_at(service, ELECTION)
    comparison = compare(ELECTION, played)
    assert (played.accepted, comparison.counted, comparison.equal) == (4, 4, 3)
    assert comparison.holds
    assert {row.project for row in comparison.rows if row.funded} == {"7", "9"}
    assert played.result["counts"]["rule"] == "greedy/votes"


async def test_played_election_follows_the_files_rule(service: Service) -> None:
    """Everybody has 25: those of 7 buy it for 70 of their 75; what is left buys nothing."""
    fair = replace(ELECTION, meta={**ELECTION.meta, "rule": "equalshares"})
    fair = replace(fair, projects=tuple(replace(one, selected=one.id == "7") for one in fair.projects))
    played = await played_at(service, fair)
    comparison = compare(fair, played)
    assert played.result["counts"]["rule"] == "equal-shares/cost/none"
    assert (comparison.winners, comparison.holds) == ((1, 1), True)
    others = replace(fair, projects=tuple(replace(one, selected=one.id == "9") for one in fair.projects))
    assert not compare(others, played).holds


async def test_wrong_official_counts_are_told(service: Service) -> None:
    wrong = replace(ELECTION, projects=(replace(ELECTION.projects[0], votes=99), *ELECTION.projects[1:]))
    comparison = compare(wrong, await played_at(service, wrong))
    assert comparison.equal == 2
    assert not comparison.holds


async def test_election_without_official_counts_is_compared_with_a_recount(service: Service) -> None:
    silent = replace(ELECTION, projects=tuple(replace(one, votes=None, selected=None) for one in ELECTION.projects))
    comparison = compare(silent, await played_at(service, silent))
    assert [row.official_votes for row in comparison.rows] == [3, 2, 2]
    assert comparison.holds


async def test_missing_ballot_does_not_hold(service: Service) -> None:
    played = await played_at(service, ELECTION)
    assert not compare(ELECTION, replace(played, accepted=3)).holds


async def test_two_elections_side_by_side_do_not_mix(service: Service) -> None:
    first, second = await asyncio.gather(played_at(service, ELECTION), played_at(service, ELECTION))
    assert compare(ELECTION, first).holds
    assert compare(ELECTION, second).holds


async def test_table_and_notice_name_both_rules(service: Service) -> None:
    comparison = compare(ELECTION, await played_at(service, ELECTION))
    console = Console(file=io.StringIO(), width=120)
    console.print(as_table(comparison), *rule_notice(ELECTION, comparison, "greedy/votes"))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "rule used here: greedy/votes; the file's own rule: unknown" in text
    assert "the file's own rule is another one" in text.lower()
    assert comparison.winners == (1, 2)
    assert "Park" in text


def door(answer: Callable[[httpx.Request], httpx.Response]) -> FrontDoor:
    return FrontDoor(httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://door"))


async def test_call_is_repeated_with_its_key_until_it_is_answered() -> None:
    keys: list[str] = []
    answers: Iterator[httpx.Response | Exception] = itertools.chain(
        [httpx.ConnectError("down"), httpx.Response(503)], itertools.repeat(httpx.Response(201, json={}))
    )

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        given = next(answers)
        if isinstance(given, Exception):
            raise given
        return given

    with stamina.set_testing(True, attempts=5):
        assert await door(answer).post("/campaigns", "campaign", {}) == {}
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_refusal_is_not_repeated() -> None:
    calls = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(409, text="already-voted")

    with pytest.raises(PlayError, match="answered 409: already-voted"):
        await door(answer).post("/campaigns/1/ballots", "ballot-1", {})
    assert len(calls) == 1


@pytest.fixture
def command() -> typer.Typer:
    program = typer.Typer()
    program.command()(play_election)
    return program


def test_broken_file_is_refused_with_its_lines(command: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "broken.pb"
    file.write_bytes(FILE.replace(b"2;7,8\n", b"2;7,66\n").replace(b"7;70;", b"7;-70;"))
    result = CliRunner().invoke(command, [str(file), "--secret", "x" * 32])
    assert result.exit_code == 2
    assert "line 13, cost: '-70' is not a whole number" in result.output
    assert "line 19, vote: there is no project '66'" in result.output


def test_services_that_are_away_end_the_play(command: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "small.pb"
    file.write_bytes(FILE)
    with stamina.set_testing(True, attempts=1):
        result = CliRunner().invoke(command, [str(file), "--url", "http://127.0.0.1:9", "--secret", "x" * 32])
    assert result.exit_code == 2
    assert "POST /campaigns: no answer" in result.output


def test_secret_is_needed(command: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GATEWAY_SECRET", raising=False)
    file = tmp_path / "small.pb"
    file.write_bytes(FILE)
    result = CliRunner().invoke(command, [str(file)])
    assert result.exit_code == 2
    assert "var/gateway" in result.output
