"""Opinion groups and what they have in common, on made-up people and on two real conversations."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from interlinkers.ideation.tests.elections import DATA

from interlinker_ideation.formats import polis
from interlinker_ideation.methods.opinions import (
    AGREES,
    DISAGREES,
    Counts,
    consensus,
    count_votes,
    counts_by_group,
    last_votes,
    placed,
    representative,
)

opinion_map = pytest.importorskip(
    "interlinker_ideation.methods.opinion_map",
    reason="opinion maps need numpy: interlinker-ideation[maps]",
    exc_type=ImportError,
)

CONVERSATIONS = ["15-per-hour-seattle", "canadian-electoral-reform"]
CAMPS = {0: (AGREES, DISAGREES), 1: (DISAGREES, AGREES)}


def camps(
    sizes: tuple[int, ...] = (12, 9), statements: int = 12, noise: float = 0.1, seed: int = 1
) -> dict[tuple[int, int], int]:
    """Camps that agree with statements of their own and disagree with the others', with some noise; statement 0 pleases all."""
    rng = Random(seed)
    votes = {}
    people = [camp for camp, size in enumerate(sizes) for _ in range(size)]
    for person, camp in enumerate(people):
        votes[person, 0] = AGREES
        for statement in range(1, statements):
            wanted = AGREES if statement % len(sizes) == camp else DISAGREES
            votes[person, statement] = -wanted if rng.random() < noise else wanted
    return votes


def conversation(name: str) -> tuple[list[polis.Comment], list[polis.VoteEvent]]:
    folder = DATA / "polis" / name
    if not folder.exists():
        pytest.skip(f"no real conversation at {folder}; set INTERLINKERS_DATA to the folder that holds polis/")
    return _read(folder)


def _read(folder: Path) -> tuple[list[polis.Comment], list[polis.VoteEvent]]:
    return (
        polis.parse_comments((folder / "comments.csv").read_bytes()),
        polis.parse_votes((folder / "votes.csv").read_bytes()),
    )


def relabelled(votes: dict[tuple[int, int], int], seed: int) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """The same votes by people under other numbers and in another order; and who is who."""
    rng = Random(seed)
    people = sorted({person for person, _ in votes})
    names = dict(zip(people, rng.sample(people, len(people)), strict=True))
    shuffled = rng.sample(sorted(votes.items()), len(votes))
    return {(names[person], statement): vote for (person, statement), vote in shuffled}, {
        v: k for k, v in names.items()
    }


def back(groups: Collection[Collection[int]], who: dict[int, int]) -> list[list[int]]:
    return [sorted(who[person] for person in group) for group in groups]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_published_counts_are_those_of_all_events(name: str) -> None:
    comments, events = conversation(name)
    counts = count_votes((event.comment, event.vote) for event in events)
    published = {one.id: (one.agrees, one.disagrees) for one in comments}
    ours = {one.id: counts.get(one.id, Counts()) for one in comments}
    assert {at: (counted.agrees, counted.disagrees) for at, counted in ours.items()} == published


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_once_per_person_the_last_vote_counts(name: str) -> None:
    """Polis itself publishes the last votes, in its matrix of participants."""
    _, events = conversation(name)
    last = last_votes((event.voter, event.comment, event.vote) for event in events)
    assert len(last) < len(events)
    lines = (DATA / "polis" / name / "participants-votes.csv").read_text().splitlines()
    header = lines[0].split(",")
    for line in lines[1:]:
        cells = dict(zip(header, line.split(","), strict=True))
        told = {int(key): int(cell) for key, cell in cells.items() if key.isdigit() and cell}
        mine = {statement: vote for (person, statement), vote in last.items() if person == int(cells["participant"])}
        assert {key: vote for key, vote in mine.items() if key in told} == told


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_order_and_names_of_people_change_no_group(name: str) -> None:
    _, events = conversation(name)
    votes = last_votes((event.voter, event.comment, event.vote) for event in events)
    drawn = opinion_map.draw(votes)
    assert len(drawn.groups) >= 2
    for seed in range(20):
        other, who = relabelled(votes, seed)
        again = opinion_map.draw(other)
        # Whose votes are equal may change places within their group; on real data nobody's are.
        assert back(again.groups, who) == [sorted(group) for group in drawn.groups]
        assert again.digest == drawn.digest


def test_camps_are_found() -> None:
    drawn = opinion_map.draw(camps((12, 9)))
    assert [list(group) for group in drawn.groups] == [list(range(12)), list(range(12, 21))]


def test_three_camps_are_three_groups() -> None:
    drawn = opinion_map.draw(camps((20, 15, 10), statements=30))
    assert sorted(map(len, drawn.groups)) == [10, 15, 20]


def test_people_who_vote_alike_are_one_crowd() -> None:
    alike = {(person, statement): AGREES for person in range(30) for statement in range(10)}
    assert opinion_map.draw(alike).groups == ()


@pytest.mark.parametrize("sizes", [(12, 4), (4, 4)])
def test_no_group_has_fewer_than_five_people(sizes: tuple[int, ...]) -> None:
    drawn = opinion_map.draw(camps(sizes, noise=0))
    assert all(len(group) >= 5 for group in drawn.groups)
    assert not any(set(group) == set(range(12, 16)) for group in drawn.groups)


def test_who_has_hardly_voted_is_in_no_group() -> None:
    votes = camps((12, 9)) | {(99, statement): AGREES for statement in range(6)}
    assert 99 not in placed(votes)
    drawn = opinion_map.draw(votes)
    assert 99 not in drawn.places
    assert all(99 not in group for group in drawn.groups)


def test_nothing_is_drawn_of_a_handful_of_people() -> None:
    assert opinion_map.draw(camps((4, 3))).places == {}
    assert opinion_map.draw({}).groups == ()


def test_small_groups_are_not_counted_at_all() -> None:
    with pytest.raises(ValueError, match="fewer than 5"):
        counts_by_group(camps(), [range(4), range(4, 21)])


def test_what_all_groups_agree_with_is_consensus() -> None:
    groups = counts_by_group(camps(), [range(12), range(12, 21)])
    agreed = consensus(groups)
    assert max(agreed, key=agreed.__getitem__) == 0
    assert agreed[0] == Fraction(13, 14) * Fraction(10, 11)


def test_a_loud_majority_makes_no_consensus() -> None:
    """90 agree and 10 disagree: nine tenths of all, but hardly anybody in the second group."""
    groups = [{1: Counts(agrees=90)}, {1: Counts(disagrees=10)}]
    assert consensus(groups)[1] < Fraction(1, 10)
    assert consensus([{1: Counts(agrees=6)}, {}])[1] == Fraction(7, 8) / 2


def test_statements_that_set_a_group_apart_are_told() -> None:
    groups = counts_by_group(camps(statements=8, noise=0), [range(12), range(12, 21)])
    first, second = representative(groups)
    assert {(one.statement, one.position) for one in first} <= {
        (2, 1),
        (4, 1),
        (6, 1),
        (1, -1),
        (3, -1),
        (5, -1),
        (7, -1),
    }
    assert len(first) == len(second) == 5
    assert 0 not in {one.statement for one in (*first, *second)}


def test_measures_are_those_of_the_paper() -> None:
    """By hand: 8 of 10 inside, 5 of 20 outside; z = (9/11 - 6/21) / sqrt(15/32 * 17/32 * (1/11 + 1/21))."""
    (one,), _ = representative([{1: Counts(8, 2)}, {1: Counts(5, 15)}])
    assert (one.statement, one.position, one.share, one.elsewhere) == (1, 1, Fraction(9, 12), Fraction(6, 22))
    assert one.z == pytest.approx(2.8668, abs=0.0001)


def test_conversation_is_written_as_it_was_read() -> None:
    comments, events = conversation(CONVERSATIONS[0])
    assert polis.parse_comments(b"".join(polis.write_comments(comments))) == comments
    assert polis.parse_votes(b"".join(polis.write_votes(events))) == events


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timestamp,comment-id,voter-id,vote\n1,2,x,1\n", "line 2, voter-id: 'x' is not a whole number"),
        ("timestamp,comment-id,voter-id,vote\n1,2,3,2\n", "line 2, vote: '2' is none of 1, 0, -1"),
        ("timestamp,comment-id,vote\n", "line 1, voter-id: this column is missing"),
        ("timestamp,comment-id,voter-id,vote\n1,2,3\n", "line 2, row: 3 fields where the header has 4"),
        ("", "line 1, header: the file is empty"),
    ],
)
def test_broken_votes_are_refused_with_line_and_field(text: str, message: str) -> None:
    with pytest.raises(polis.PolisError) as caught:
        polis.parse_votes(text.encode())
    assert message in [field.message for field in caught.value.fields]
