"""One survey with 100 000 responses in this process: `python -m tests.bench.exporting` exports it and prints figures as JSON."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, AssetCreate
from interlinker_shared.assets import actions as assets
from interlinker_shared.db import Database
from interlinker_shared.ids import new_id
from interlinker_shared.state import Kit
from interlinker_survey.app import create_app
from interlinker_survey.exports import Format, Wanted, write_responses
from interlinker_survey.settings import SurveySettings
from interlinker_survey.store.tables import ResponseRow
from tests.bench.blocks import SECRET, prose

RESPONSES, QUESTIONS, AT_ONCE = 100_000, 51, 2_000
WORDS = ("shade", "benches", "a fountain", "more trees", "nothing")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def definition() -> dict[str, Any]:
    """51 questions: choices, ratings, numbers, dates, several lists of choices and two texts."""
    elements: list[dict[str, Any]] = []
    for number in range(QUESTIONS):
        name = f"q{number}"
        match number % 10:
            case 0 | 1 | 2 | 3:
                elements.append({"type": "radiogroup", "name": name, "choices": list(WORDS)})
            case 4 | 5 | 6:
                elements.append({"type": "rating", "name": name})
            case 7:
                elements.append({"type": "text", "name": name, "inputType": "number"})
            case 8:
                elements.append({"type": "text", "name": name, "inputType": "date"})
            case _:
                kind = "comment" if number in {9, 19} else "checkbox"
                elements.append({"type": kind, "name": name} | ({} if kind == "comment" else {"choices": list(WORDS)}))
    return {"elements": elements}


def answers(rng: random.Random, elements: list[dict[str, Any]]) -> dict[str, Any]:
    """What one person says."""
    said: dict[str, Any] = {}
    for element in elements:
        match element:
            case {"type": "radiogroup"}:
                said[element["name"]] = rng.choice(WORDS)
            case {"type": "checkbox"}:
                said[element["name"]] = rng.sample(WORDS, 2)
            case {"type": "comment"}:
                said[element["name"]] = f"{rng.random()}: {prose(rng.randrange(10**6))}"[:80]
            case {"inputType": "date"}:
                said[element["name"]] = f"20{rng.randint(10, 26)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
            case {"inputType": "number"}:
                said[element["name"]] = rng.choice([rng.randint(-5, 120), round(rng.random() * 100, 2)])
            case _:
                said[element["name"]] = rng.randint(1, 5)
    return said


def fill(session: Session, survey: UUID, rng: random.Random, elements: list[dict[str, Any]]) -> None:
    """Some more responses."""
    rows = [
        {
            "id": new_id(),
            "survey_id": survey,
            "answers": answers(rng, elements),
            "language": "en",
            "channel": "web",
            "revision": 1,
            "submitted_at": NOW,
            "version": 1,
        }
        for _ in range(AT_ONCE)
    ]
    session.execute(insert(ResponseRow), rows)


async def measure(db: Database, survey: Asset, format: Format) -> Iterator[tuple[str, float]]:
    """Processor seconds, size and memory above that at rest, of one file that nobody keeps."""
    rest, peak, size, began = _memory(), 0.0, 0, time.process_time()
    async for chunk in db.stream(write_responses, survey, format, Wanted()):
        size += len(chunk)
        peak = max(peak, _memory())
    figures = {"cpu": time.process_time() - began, "rss": peak - rest, "size": size / 1e6}
    return ((f"{format}.{name}", value) for name, value in figures.items())


def _memory() -> float:
    """MB of this process; without the pages of the database's file, which the system maps and takes back as it likes."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) * 1024 / 1e6


async def main() -> dict[str, float]:
    """Figures of all formats."""
    with tempfile.TemporaryDirectory() as folder:
        settings = SurveySettings(data_dir=Path(folder), secret=SecretStr(SECRET), nats_url=None, registry_url=None)
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            kit: Kit = app.state.kit
            survey = await _filled(kit)
            return {name: value for format in Format for name, value in await measure(kit.db, survey, format)}


async def _filled(kit: Kit) -> Asset:
    assert kit.assets is not None
    asked = definition()
    body = AssetCreate(title="Figures", config={"definition": asked})
    survey = await kit.db.write(assets.create_asset, kit.assets, body, by="bench", now=NOW)
    rng = random.Random(5)
    for _ in range(RESPONSES // AT_ONCE):
        await kit.db.write(fill, survey.id, rng, asked["elements"])
    return survey


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
