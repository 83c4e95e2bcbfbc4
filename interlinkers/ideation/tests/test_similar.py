"""Ideas that are like one that somebody is typing: what is offered, and that nothing is left of an idea that is gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from interlinkers.ideation.tests.calling import Service
from sqlalchemy import text

from interlinker_ideation.similar.words import closest, fold, likeness, pieces, rarest
from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.state import Kit
from interlinker_shared.testing import files_with, later
from interlinker_shared.testing_reads import NOWHERE, Readers, handed_over

TITLES = (
    "A pond with frogs",
    "New playground at the station",
    "Bänke für den Marktplatz",
    "Árboles en la calle Mayor",
    "Cycle path along the river",
    "A bookcase in the park",
    "Żłobek przy ulicy Łąkowej",
    "Open kitchen in the youth club",
    "Quiet hours in the library",
    "公园里的长椅",
)
# What people type, and the place in TITLES of the idea that must come first; None: nothing is alike.
JUDGED = (
    ("pond with frogs", 0),
    ("Station playground", 1),
    ("new playgr", 1),
    ("banke fur den marktplatz", 2),
    ("Marktplatz: Bänke!", 2),
    ("ARBOLES EN CALLE MAYOR", 3),
    ("river cycle path", 4),
    ("cicle pth rivr", 4),
    ("bookcases for the park", 5),
    ("zlobek lakowa", 6),
    ("youth club kitchen", 7),
    ("libary quiet hours", 8),
    ("公园长椅", 9),
    ("Tax relief for dentists", None),
    ("zzz", None),
    ("?!", None),
)


async def similar(service: Service, campaign: str, asked: str) -> list[str]:
    answer = await service.client.get(f"/campaigns/{campaign}/ideas/similar", params={"q": asked})
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def test_judged_questions_find_the_idea_that_people_mean(service: Service) -> None:
    campaign = await service.create_campaign()
    for title in TITLES:
        await service.create_idea(campaign, title)
    found = [(asked, (await similar(service, campaign, asked))[:1]) for asked, _ in JUDGED]
    assert found == [(asked, [] if place is None else [TITLES[place]]) for asked, place in JUDGED]


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


def test_damaged_titles_are_most_like_their_own() -> None:
    rng, folded = Random(4), [(title, fold(title)) for title in TITLES if " " in title]
    for _ in range(40):
        for title, _own in folded:
            asked = fold(damaged(title, rng))
            assert closest(asked, folded, 1)[0][0] == title, asked


def test_likeness_is_total_for_equal_words_and_none_without_any() -> None:
    assert likeness(fold("Frogs, pond!"), fold("pond frogs")) == 100
    assert likeness("", "pond") < 1
    assert closest("", [(1, "pond")], 5) == []


def test_a_word_that_is_still_typed_may_go_on() -> None:
    assert pieces("po", unfinished=True) == [" po"]
    assert pieces("po") == [" po", "po "]
    assert pieces("") == []


def test_rare_pieces_are_asked_for_first_and_common_ones_no_more_than_needed() -> None:
    counts = {f"r{number}": 1 for number in range(6)} | {"common": 100_000, "usual": 500}
    assert rarest(counts) == [*(f"r{number}" for number in range(6)), "usual"]


async def test_of_equals_all_are_offered_up_to_the_limit(service: Service) -> None:
    campaign, other = await service.create_campaign(), await service.create_campaign()
    for _ in range(7):
        await service.create_idea(campaign, "A pond")
    assert await similar(service, campaign, "a pond") == ["A pond"] * 5
    assert await similar(service, other, "a pond") == []


async def test_questions_must_be_short_and_about_a_campaign(service: Service) -> None:
    campaign = await service.create_campaign()
    for query in ("", "q=", f"q={'x' * 201}", "q=%00", "q=a&limit=0"):
        assert (await service.client.get(f"/campaigns/{campaign}/ideas/similar?{query}")).status_code == 422
    assert (await service.client.get(f"/campaigns/{NOWHERE}/ideas/similar?q=a")).status_code == 404


async def pieces_kept(service: Service) -> int:
    kit: Kit = service.app.state.kit
    return int(
        await kit.db.read(lambda session: session.execute(text("SELECT count(*) FROM idea_pieces")).scalar_one())
    )


async def withdraw(service: Service, path: str) -> None:
    await service.call("DELETE", path)


async def erase(service: Service, _path: str) -> None:
    await service.staff("DELETE", "/subjects/ana")


async def remove(service: Service, path: str) -> None:
    await service.call("POST", f"{path}/remove", {"reason": "Spam"}, who="mo", role=Role.MODERATOR)


async def purge(service: Service, path: str) -> None:
    campaign = path.split("/")[2]
    closed = await service.staff("POST", f"/campaigns/{campaign}/close")
    until = {"retain_until": (utc_now() + timedelta(days=1)).isoformat()}
    match = {"If-Match": closed.headers["etag"]}
    assert (await service.staff("PATCH", f"/campaigns/{campaign}", until, match)).status_code == 200
    await later(service.app, timedelta(days=1))


@pytest.mark.parametrize("leave", [withdraw, erase, remove, purge])
async def test_nothing_of_an_idea_that_is_gone_is_left_in_the_index(
    service: Service, leave: Callable[[Service, str], Awaitable[None]]
) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Xylophone quiz")
    assert await pieces_kept(service)
    await leave(service, f"/campaigns/{campaign}/ideas/{idea}")
    assert await pieces_kept(service) == 0


async def test_an_imported_idea_that_was_withdrawn_elsewhere_is_not_offered(service: Service) -> None:
    campaign = await service.create_campaign()
    assert (await service.staff("POST", f"/campaigns/{campaign}/imports", handed_over("9"))).is_success
    assert await similar(service, campaign, "item 9") == ["Item 9"]
    readers = Readers(service.app, service.client, asset_id=[campaign], campaign_id=[campaign], idea_id=[])
    await readers.withdraw_elsewhere("9")
    assert (await pieces_kept(service), await similar(service, campaign, "item 9")) == (0, [])


@pytest.mark.sqlite
async def test_no_piece_of_a_title_is_left_in_the_files(service: Service, tmp_path: Path) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, "Zqx")
    indexed = f"{UUID(campaign).hex} zq"  # a row of the index as SQLite writes it: campaign, then piece
    assert files_with(tmp_path, indexed)
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{idea}")
    assert files_with(tmp_path, indexed) == []
