"""BLT files: what is written reads back equal, and broken files are refused with line and field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.formats import blt

SMALL = """# a comment
4 2
-4
2 1 2 0
1 3 0   # not a comment of the whole line is none
0
"Ana \\"the great\\""
"Bea"
"Cem"
"Dea"
"A small election"
""".replace("   # not a comment of the whole line is none", "")


def complaints(text: str) -> list[str]:
    with pytest.raises(blt.BltError) as caught:
        blt.parse(text.encode())
    return [field.message for field in caught.value.fields]


def test_file_is_read_whole() -> None:
    read = blt.parse(SMALL.encode())
    assert (read.title, read.seats, read.withdrawn) == ("A small election", 2, frozenset({4}))
    assert read.names == ('Ana "the great"', "Bea", "Cem", "Dea")
    assert read.ballots == (((1, 2), 2), ((3,), 1))


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("4 2", "4 two", "line 2, seats: 'two' is not a whole number of 1 or more"),
        ("2 1 2 0", "2 1 9 0", "line 4, preference: there is no candidate 9"),
        ("2 1 2 0", "2 1 1 0", "line 4, preference: names candidate 1 twice"),
        ("2 1 2 0", "2 1=2 0", "line 4, preference: '1=2' is not a whole number of 0 or more"),
        ("1 3 0\n", "1 3 0\n-1\n", "line 6, weight: withdrawn candidates come before the ballots"),
        ('"Dea"\n', "", "line 11, title: a text in double quotes is expected"),
        ('election"', 'election" 7', "line 11, end: '7' comes after the title"),
        ('"Bea"', "Bea", "line 8, name: a text in double quotes is expected"),
    ],
)
def test_broken_file_is_refused_with_line_and_field(good: str, bad: str, message: str) -> None:
    assert message in complaints(SMALL.replace(good, bad))


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)
RANKINGS = st.lists(st.integers(1, 3), unique=True).map(tuple)


@given(st.lists(NAMES, min_size=3, max_size=3), st.lists(st.tuples(RANKINGS, st.integers(1, 9))), st.sets(st.just(3)))
def test_what_is_written_reads_back_equal(
    names: list[str], ballots: list[tuple[tuple[int, ...], int]], withdrawn: set[int]
) -> None:
    election = blt.RankedElection("T", 1, tuple(names), tuple(ballots), frozenset(withdrawn))
    assert blt.parse(b"".join(blt.write(election))) == election


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(blt.BltError):
        blt.parse(data)


def test_grouped_rankings_tell_no_order_of_arrival() -> None:
    assert blt.rankings([((2, 1), 1), ((1,), 1), ((2, 1), 2)]) == (((1,), 1), ((2, 1), 3))
