"""Reads and writes ideas as a CSV table and as GeoJSON (RFC 7946), for spreadsheets and for maps.

Columns and properties: `title`, `text`, `language`, `cost` (whole units of the currency), and `longitude` and `latitude` in
degrees (WGS 84), which GeoJSON has as a Point. Only the title must be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from interlinker_ideation.formats.lines import Complaints, csv_rows, decode, table
from interlinker_shared.errors import InvalidError

COLUMNS = ("title", "text", "language", "cost", "longitude", "latitude")
REACH = {"longitude": 180.0, "latitude": 90.0}
BROKEN = "The ideas cannot be read."
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class IdeasError(InvalidError):
    """The file breaks the format; each field error's pointer is `/<line or feature>/<field>`, its message names both."""

    slug = "invalid-ideas"


@dataclass(frozen=True, slots=True)
class PlainIdea:
    """An idea outside any campaign; `place` is longitude and latitude in degrees."""

    title: str
    text: str = ""
    language: str = ""
    cost: int | None = None
    place: tuple[float, float] | None = None


def parse_csv(data: bytes) -> list[PlainIdea]:
    """Read a table with a header; columns that are not ours are passed over. Raises IdeasError with lines and fields."""
    complaints = Complaints(IdeasError)
    ideas = []
    for line, row in table(decode(data, IdeasError), ("title",), complaints):
        title = _unescaped(row["title"]).strip()
        if not title:
            complaints.add(line, "title", "an idea needs one")
        cost = row.get("cost", "").strip()
        ideas.append(
            PlainIdea(
                title,
                _unescaped(row.get("text", "")),
                row.get("language", "").strip(),
                complaints.whole(line, "cost", cost) if cost else None,
                _place_in(row, line, complaints),
            )
        )
    complaints.raise_if_any(BROKEN)
    return ideas


def write_csv(ideas: Iterable[PlainIdea]) -> Iterator[bytes]:
    """A table in pieces. What a spreadsheet would take for a formula begins with an apostrophe, which `parse_csv` takes off."""
    rows = ((_escaped(i.title), _escaped(i.text), i.language, i.cost, *(i.place or ("", ""))) for i in ideas)
    return csv_rows(COLUMNS, rows)


def parse_geojson(data: bytes) -> list[PlainIdea]:
    """Read a FeatureCollection of Points, or of features without geometry. Raises IdeasError, lines counting features from 1."""
    complaints = Complaints(IdeasError)
    try:
        read = json.loads(decode(data, IdeasError))
    except (json.JSONDecodeError, RecursionError) as wrong:
        raise IdeasError(f"line {getattr(wrong, 'lineno', 1)}: not JSON") from None
    features = read.get("features") if isinstance(read, dict) and read.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise IdeasError("line 1: not a FeatureCollection")
    ideas = [_feature(feature, number, complaints) for number, feature in enumerate(features, start=1)]
    complaints.raise_if_any(BROKEN)
    return ideas


def write_geojson(ideas: Iterable[PlainIdea]) -> Iterator[bytes]:
    """A FeatureCollection in pieces, a feature on each line; ideas without a place have no geometry."""
    yield b'{"type":"FeatureCollection","features":['
    for number, idea in enumerate(ideas):
        geometry = {"type": "Point", "coordinates": list(idea.place)} if idea.place else None
        properties = {"title": idea.title, "text": idea.text, "language": idea.language, "cost": idea.cost}
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        yield (",\n" if number else "\n").encode() + json.dumps(feature, ensure_ascii=False).encode()
    yield b"\n]}\n"


def _feature(feature: Any, number: int, complaints: Complaints) -> PlainIdea:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    told: dict[str, Any] = properties if isinstance(properties, dict) else {}
    texts = {field: told.get(field) or "" for field in ("title", "text", "language")}
    for field, value in texts.items():
        if not isinstance(value, str):
            complaints.add(number, field, "is not a text")
    if not texts["title"]:
        complaints.add(number, "title", "an idea needs one")
    cost = told.get("cost")
    if cost is not None and (isinstance(cost, bool) or not isinstance(cost, int) or cost < 0):
        complaints.add(number, "cost", f"{cost!r} is not a whole number")
    return PlainIdea(**texts, cost=cost, place=_point(feature, number, complaints))


def _point(feature: Any, number: int, complaints: Complaints) -> tuple[float, float] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if geometry is None:
        return None
    at = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if not isinstance(at, list) or len(at) not in {2, 3}:
        complaints.add(number, "geometry", "is not a Point")
        return None
    return _within(number, at[0], at[1], complaints)


def _place_in(row: dict[str, str], line: int, complaints: Complaints) -> tuple[float, float] | None:
    texts = [row.get(field, "").strip() for field in REACH]
    if not any(texts):
        return None
    try:
        longitude, latitude = map(float, texts)
    except ValueError:
        complaints.add(line, "longitude", "longitude and latitude are two numbers in degrees")
        return None
    return _within(line, longitude, latitude, complaints)


def _within(line: int, longitude: Any, latitude: Any, complaints: Complaints) -> tuple[float, float] | None:
    for (field, reach), value in zip(REACH.items(), (longitude, latitude), strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float) or not -reach <= value <= reach:
            complaints.add(line, field, f"{value!r} is not from -{reach:g} to {reach:g} degrees")
            return None
    return float(longitude), float(latitude)


def _escaped(text: str) -> str:
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def _unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text
