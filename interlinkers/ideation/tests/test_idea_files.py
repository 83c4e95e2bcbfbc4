"""Ideas as CSV and GeoJSON: what is written reads back equal, and broken files are refused with line and field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_ideation.formats import ideas
from interlinker_ideation.formats.ideas import PlainIdea

TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=30)
TITLES = TEXTS.map(str.strip).filter(bool)
PLACES = st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90))
IDEAS = st.builds(
    PlainIdea, TITLES, TEXTS, st.sampled_from(["", "en", "es-419"]), st.none() | st.integers(0, 10**12), PLACES
)


def complaints(read: Callable[[bytes], object], text: str) -> list[str]:
    with pytest.raises(ideas.IdeasError) as caught:
        read(text.encode())
    return [field.message for field in caught.value.fields] or [str(caught.value)]


@given(st.lists(IDEAS, max_size=5))
def test_table_reads_back_equal(some: list[PlainIdea]) -> None:
    assert ideas.parse_csv(b"".join(ideas.write_csv(some))) == some


@given(st.lists(IDEAS, max_size=5))
def test_geojson_reads_back_equal(some: list[PlainIdea]) -> None:
    assert ideas.parse_geojson(b"".join(ideas.write_geojson(some))) == some


def test_no_cell_is_a_formula() -> None:
    written = b"".join(ideas.write_csv([PlainIdea("=1+1", "@x")])).decode()
    assert written.splitlines()[1].startswith("'=1+1,'@x,")


def test_columns_that_are_not_ours_are_passed_over() -> None:
    assert ideas.parse_csv(b"votes,title\r\n7,A bench\r\n") == [PlainIdea("A bench")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,,,1.5,,", "line 2, cost: '1.5' is not a whole number"),
        (" ,x,,,,", "line 2, title: an idea needs one"),
        ("A,,,,181,0", "line 2, longitude: 181.0 is not from -180 to 180 degrees"),
        ("A,,,,1,", "line 2, longitude: longitude and latitude are two numbers in degrees"),
        ("A,,,,nan,0", "line 2, longitude: nan is not from -180 to 180 degrees"),
        ("A,,", "line 2, row: 3 fields where the header has 6"),
    ],
)
def test_broken_table_is_refused_with_line_and_field(row: str, message: str) -> None:
    assert message in complaints(ideas.parse_csv, f"{','.join(ideas.COLUMNS)}\n{row}\n")


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ('{"properties": {}}', "line 1, title: an idea needs one"),
        ('{"properties": {"title": 7}}', "line 1, title: is not a text"),
        ('{"properties": {"title": "A", "cost": -1}}', "line 1, cost: -1 is not a whole number"),
        ('{"properties": {"title": "A"}, "geometry": {"type": "Polygon"}}', "line 1, geometry: is not a Point"),
        (
            '{"properties": {"title": "A"}, "geometry": {"type": "Point", "coordinates": [0, 91]}}',
            "line 1, latitude: 91 is not from -90 to 90 degrees",
        ),
        ("7", "line 1, title: an idea needs one"),
    ],
)
def test_broken_feature_is_refused(feature: str, message: str) -> None:
    text = f'{{"type": "FeatureCollection", "features": [{feature}]}}'
    assert message in complaints(ideas.parse_geojson, text)


def test_what_is_no_collection_is_refused() -> None:
    assert complaints(ideas.parse_geojson, "[]") == ["line 1: not a FeatureCollection"]
    assert complaints(ideas.parse_geojson, "{\n]") == ["line 2: not JSON"]
