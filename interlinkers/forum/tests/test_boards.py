"""What a board takes over, what it came to, and how it leaves as open data."""

from __future__ import annotations

import csv
import io
import json

import pytest
from interlinkers.forum.tests.calling import Forum

SOURCE = {"interlinker": "elsewhere", "asset": "a-1", "item": "i-1"}


class TestConfig:
    async def test_a_board_changes_who_may_write_while_it_is_open(self, forum: Forum) -> None:
        board = await forum.create_board()
        headers = forum.staff | {"If-Match": '"2"'}
        answer = await forum.client.patch(f"/boards/{board}", json={"config": {"guests": True}}, headers=headers)
        assert answer.json()["config"] == {"description": None, "guests": True, "origins": []}
        assert (await forum.create_topic(board, who=None))["state"] == "open"

    async def test_an_unknown_setting_is_named(self, forum: Forum) -> None:
        body = {"title": "Our pool", "config": {"colour": "red"}}
        answer = await forum.client.post("/boards", json=body, headers=forum.staff)
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/config/colour"]

    async def test_a_clone_begins_at_zero(self, forum: Forum) -> None:
        board, _ = await forum.discussed(guests=True)
        clone = (await forum.client.post(f"/boards/{board}/clone", headers=forum.staff)).json()
        assert clone["config"]["guests"] is True
        result = await forum.client.get(f"/boards/{clone['id']}/result", headers=forum.staff)
        assert result.json()["counts"] == {"topics": 0, "posts": 0, "participants": 0}


class TestImport:
    async def test_an_item_becomes_a_topic_of_nobody_that_knows_its_source(self, forum: Forum) -> None:
        item = {"id": "1", "title": "A pond", "text": "With *fish*", "language": "es", "source": SOURCE}
        [topic] = await forum.import_items(await forum.create_board(), item | {"support": 12, "cost": 900})
        found = await forum.get(f"/topics/{topic}")
        assert (found["title"], found["author"], found["language"], found["source"]) == ("A pond", None, "es", SOURCE)
        assert found["text"] == "With *fish*\n\nApoyos: 12 · Coste: 900"

    @pytest.mark.parametrize(
        ("item", "title"),
        [({"text": "\n# More trees\nbecause"}, "More trees"), ({}, "1"), ({"title": "Pond"}, "Pond")],
    )
    async def test_every_item_gets_a_title(self, forum: Forum, item: dict[str, str], title: str) -> None:
        [topic] = await forum.import_items(await forum.create_board(), {"id": "1"} | item)
        assert (await forum.get(f"/topics/{topic}"))["title"] == title

    async def test_a_repeated_handover_adds_only_what_is_new(self, forum: Forum) -> None:
        board = await forum.create_board()
        [first] = await forum.import_items(board, {"id": "1", "title": "A pond"})
        again = await forum.import_items(board, {"id": "1", "title": "A pond"}, {"id": "2", "title": "A path"})
        assert again[0] == first
        assert (await forum.get(f"/boards/{board}/result"))["counts"]["topics"] == 2

    async def test_it_is_told_as_imported_and_as_nobodys_contribution(self, forum: Forum) -> None:
        await forum.import_items(await forum.create_board(), {"id": "1", "title": "A pond"})
        [event] = await forum.recorded("topic.opened.v1")
        assert (event["data"]["imported"], event.get("actor")) == (True, None)
        assert await forum.recorded("contribution.made.v1") == []


class TestResult:
    async def test_each_topic_says_what_it_came_to(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        quiet = (await forum.create_topic(board, title="Quiet"))["id"]
        talked, silent = (await forum.close(board))["items"]
        assert (talked["id"], talked["posts"], talked["participants"]) == (topic, 3, 2)
        assert (talked["outcome"], talked["reason"]["es"]) == ("discussed", "3 mensajes de 2 personas")
        assert (silent["id"], silent["outcome"], silent["reason"]["de"]) == (quiet, "no-replies", "Keine Antworten")

    async def test_a_person_counts_once_and_every_guest_counts(self, forum: Forum) -> None:
        board, topic = await forum.discussed(guests=True)
        await forum.create_post(topic, who="ana")
        for _ in range(2):
            await forum.create_post(topic, who=None)
        assert (await forum.close(board))["counts"] == {"topics": 1, "posts": 6, "participants": 5}

    async def test_it_names_no_person(self, forum: Forum) -> None:
        board, _ = await forum.discussed()
        assert not {"ana", "ben", "cleo"} & set(json.dumps(await forum.close(board)).split('"'))

    async def test_a_topic_that_was_taken_back_is_counted_but_not_handed_on(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.client.delete(f"/topics/{topic}", headers=forum.headers("ana"))
        result = await forum.close(board)
        assert (result["items"], result["counts"]["posts"]) == ([], 3)


class TestExport:
    async def test_csv_holds_topics_and_posts_and_starts_no_formula(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.create_post(topic, text='=HYPERLINK("https://evil.example")')
        answer = await forum.client.get(f"/boards/{board}/export?format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["kind"] for row in rows] == ["topic", "post", "post", "post", "post"]
        assert rows[-1]["text"] == '\'=HYPERLINK("https://evil.example")'

    async def test_json_lines_hold_the_words_as_written(self, forum: Forum) -> None:
        board, topic = await forum.discussed()
        await forum.create_post(topic, text="=1+1")
        answer = await forum.client.get(f"/boards/{board}/export?format=jsonl")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert (lines[0]["title"], lines[-1]["text"]) == ("Opening hours", "=1+1")
        assert all("ben" not in line.values() for line in lines)

    async def test_an_unknown_format_is_named(self, forum: Forum) -> None:
        answer = await forum.client.get(f"/boards/{await forum.create_board()}/export?format=docx")
        assert answer.json()["errors"][0]["pointer"] == "/query/format"


async def test_mirrors_hear_of_topics_and_posts_and_of_their_end(forum: Forum) -> None:
    _, topic = await forum.discussed()
    post = (await forum.create_post(topic, who="dora"))["id"]
    await forum.client.delete(f"/posts/{post}", headers=forum.headers("dora"))
    changes = {change["id"]: change for change in (await forum.get("/changes", forum.owner))["items"]}
    assert changes[topic]["body"]["title"] == "Opening hours"
    assert (changes[post]["kind"], changes[post]["body"]) == ("post", None)
