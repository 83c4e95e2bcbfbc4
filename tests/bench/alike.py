"""How well and how fast ideas with a similar title are found among 20 000: `python -m tests.bench.alike` prints figures as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.similar.asking import most_alike
from interlinker_ideation.similar.words import fold
from interlinker_shared.assets import AssetRow
from interlinker_shared.db import Database, open_database

IDEAS, QUESTIONS, OFFERED = 20_000, 1000, 5
CAMPAIGN, NOW = UUID(int=1), datetime(2026, 11, 24, tzinfo=UTC)
HOW = "new safe green old small large shared accessible quiet bright modern covered public free renovated wooden shady extended"
WHAT = (
    "pond playground bench library bicycle path tree avenue skate park community garden bus shelter lamp crossing fountain "
    "sports field dog run youth club open kitchen repair cafe bookcase stage mural toilet noticeboard meadow orchard ramp "
    "swimming pool court flower bed speed bump drinking tap parking garage charging station river bank market hall nursery"
)
NEAR = "station church school river market hospital museum harbour castle bridge stadium cemetery mill theatre forest lake hill"


def titles() -> list[str]:
    """Made up, and harder than real ones: 90 words and 2 500 streets make 20 000 titles that differ by a word or two."""
    rng = Random(7)
    how, what, near = HOW.split(), WHAT.split(), NEAR.split()
    ends = ("street", "lane", "gate", "field", " road")
    streets = [
        "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        + rng.choice(ends)
        for _ in range(2500)
    ]
    made: dict[str, None] = {}
    while len(made) < IDEAS:
        where = rng.choice((f"in {rng.choice(streets)}", f"near the {rng.choice(near)} of {rng.choice(streets)}"))
        made[f"{rng.choice(how)} {rng.choice(what)} {rng.choice(what)} {where}"] = None
    return list(made)


def damaged(title: str, rng: Random) -> str:
    """A title with two neighbouring words swapped and three letters dropped."""
    words = title.split()
    at = rng.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    text = " ".join(words)
    for _ in range(3):
        gone = rng.choice([place for place, letter in enumerate(text) if letter != " "])
        text = text[:gone] + text[gone + 1 :]
    return text


def fill(session: Session, made: list[str]) -> None:
    """A campaign with an idea for each title."""
    when = {"opened_at": NOW, "created_at": NOW}
    about = {"title": "Alike", "config": {}, "language": "en", "state": "open", "visibility": "public", "version": 1}
    session.execute(insert(AssetRow).values(id=CAMPAIGN, retain_result=False, **about, **when))
    for number, title in enumerate(made, start=1):
        more = {"id": UUID(int=number), "campaign_id": CAMPAIGN, "number": number, "created_at": NOW, "language": "en"}
        idea = store.IdeaRow(title=title, text=title, html=title, support=0, withdrawn=False, removed=False, **more)
        session.add(idea)
        store.index_title(session, idea)


async def ask(db: Database, made: list[str]) -> dict[str, float]:
    """Damaged titles: how many find their own among the first five, and how long that takes, in seconds."""
    rng, found, took = Random(8), 0, []
    for number in rng.sample(range(IDEAS), QUESTIONS):
        asked = damaged(made[number], rng)
        began = time.perf_counter()
        told = most_alike(asked, await db.read(store.candidates, CAMPAIGN, fold(asked)), OFFERED)
        took.append(time.perf_counter() - began)
        found += number + 1 in {item.number for item in told.items}
    return {"alike.recall": found / QUESTIONS, "alike.p95": sorted(took)[QUESTIONS * 95 // 100] * 1000}


async def measure(place: Path | str) -> dict[str, Any]:
    """Fill a new database at `place`, a file or an address, and ask it."""
    db = open_database(place, service="ideation", instance="bench", statement_seconds=60)
    db.migrate("interlinker_ideation")
    db.start()
    made = titles()
    try:
        await db.write(fill, made)
        return await ask(db, made)
    finally:
        await db.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        where: Path | str = sys.argv[1] if len(sys.argv) > 1 else Path(folder) / "alike.db"
        print(json.dumps(asyncio.run(measure(where))))
