"""The .pb reader and writer: a real election, broken files, and what is written reads back equal."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.formats import pabulib
from interlinker_ideation.methods.greedy import allocate
from interlinker_ideation.methods.placement import Contender, count_approvals

DATA = Path(os.environ.get("INTERLINKERS_DATA", Path(__file__).parents[4] / "shared" / "data"))
WIELICZKA = DATA / "pabulib" / "poland_wieliczka_2023_green-budget.pb"

SMALL = """META
key;value
num_projects;2
num_votes;2
budget;100
vote_type;approval
PROJECTS
project_id;cost;name;selected
a;60;"A ""park""; with a pond";1
b;70;Bridge;0
VOTES
voter_id;vote
1;a,b
2;b
"""


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(pabulib.PabulibError) as caught:
        pabulib.parse(text if isinstance(text, bytes) else text.encode())
    return [field.message for field in caught.value.fields]


@pytest.fixture(scope="module")
def wieliczka() -> pabulib.Election:
    if not WIELICZKA.exists():
        pytest.skip(f"no real election at {WIELICZKA}; set INTERLINKERS_DATA to the folder that holds pabulib/")
    return pabulib.parse(WIELICZKA.read_bytes())


def test_real_election_reads_whole(wieliczka: pabulib.Election) -> None:
    assert (len(wieliczka.projects), len(wieliczka.votes), wieliczka.budget) == (64, 6586, 1_000_000)
    assert wieliczka.rule == "equalshares/add1"
    assert sum(bool(project.selected) for project in wieliczka.projects) == 30


def test_counts_equal_the_official_ones(wieliczka: pabulib.Election) -> None:
    order = {project.id: number for number, project in enumerate(wieliczka.projects)}
    votes = count_approvals(([order[key] for key in vote.approved], 1) for vote in wieliczka.votes)
    assert [votes[order[project.id]] for project in wieliczka.projects] == [one.votes for one in wieliczka.projects]


def test_real_election_is_decided_within_a_second(wieliczka: pabulib.Election) -> None:
    """6 586 ballots and 64 projects; the file's own rule is another one, so only the budget is compared."""
    started = time.perf_counter()
    votes = count_approvals(([int(key) for key in vote.approved], 1) for vote in wieliczka.votes)
    contenders = [Contender(int(one.id), votes[int(one.id)], one.cost) for one in wieliczka.projects]
    spent = sum(placement.spent for placement in allocate(contenders, wieliczka.budget).placements)
    assert time.perf_counter() - started < 1
    assert 900_000 < spent <= 1_000_000


def test_quoted_fields_keep_semicolons_and_quotes() -> None:
    assert pabulib.parse(SMALL.encode()).projects[0].name == 'A "park"; with a pond'


def test_windows_line_ends_and_byte_order_mark_read_the_same() -> None:
    assert pabulib.parse(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()) == pabulib.parse(SMALL.encode())


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("1;a,b", "1;a,x", "line 13, vote: there is no project 'x'"),
        ("1;a,b", "1;a,a", "line 13, vote: names a project twice"),
        ("2;b\n", "1;b\n", "line 14, voter_id: '1' is empty or used before"),
        ("2;b\n", "2;b;c\n", "line 14, VOTES: 3 fields where the header has 2"),
        ("b;70", "b;7.5", "line 10, cost: '7.5' is not a whole number"),
        ("b;70", "a;70", "line 10, project_id: 'a' is empty or used before"),
        ("budget;100", "budget;", "line 5, budget: '' is not a whole number"),
        ("num_votes;2", "num_votes;3", "line 4, num_votes: says 3, but the file has 2"),
        (
            "vote_type;approval",
            "vote_type;ordinal",
            "line 6, vote_type: only approval ballots can be read, not 'ordinal'",
        ),
        ("project_id;cost", "id;cost", "line 8, project_id: PROJECTS needs this column"),
        ("META\n", "", "line 1, section: expected META"),
    ],
)
def test_broken_file_is_refused_with_line_and_field(good: str, bad: str, message: str) -> None:
    assert message in complaints(SMALL.replace(good, bad))


def test_missing_section_is_named() -> None:
    assert complaints(SMALL[: SMALL.index("VOTES")]) == ["line 11, VOTES: this section is missing"]


def test_open_quote_is_refused() -> None:
    assert any("quoting" in message for message in complaints(SMALL.replace("Bridge", '"Bridge')))


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    assert complaints(SMALL.encode().replace(b"Bridge", b"Br\xfccke")) == ["line 10: not UTF-8"]


def test_every_wrong_line_is_named_at_once() -> None:
    assert len(complaints(SMALL.replace("1;a,b", "1;x").replace("2;b", "2;y"))) == 2


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(pabulib.PabulibError):
        pabulib.parse(data)


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


@given(st.lists(NAMES, min_size=1, max_size=6), st.lists(st.sets(st.integers(0, 5)), max_size=8))
def test_what_is_written_reads_back_equal(names: list[str], ballots: list[set[int]]) -> None:
    projects = tuple(pabulib.Project(str(at), at * 10, name, at, at % 2 == 0) for at, name in enumerate(names))
    votes = tuple(
        pabulib.Vote(str(at), tuple(str(key) for key in sorted(ballot) if key < len(names)))
        for at, ballot in enumerate(ballots, start=1)
    )
    meta = {"budget": "100", "num_projects": str(len(projects)), "num_votes": str(len(votes)), "rule": "greedy"}
    assert pabulib.parse(b"".join(pabulib.write(meta, projects, votes))) == pabulib.Election(meta, 100, projects, votes)
