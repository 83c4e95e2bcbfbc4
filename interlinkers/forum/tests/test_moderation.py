"""Notices, decisions, statements of reasons, appeals and the public log, as they work in the forum."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from interlinkers.forum.tests.calling import NOWHERE, Forum, ok, problem
from sqlalchemy.orm import Session

from interlinker_shared.auth import Role
from interlinker_shared.moderation import actions, store, worker
from interlinker_shared.state import Kit


def _row(session: Session, decision: str) -> Any:
    return store.decision(session, UUID(decision))


REMOVE = {"outcome": "remove", "ground": "insult", "clause": "House rules 3: no insults", "facts": "Calls Ana a fool."}
RUDE = "Ana is a **fool**"


class Case:
    """A rude post of ben's in a topic of ana's, and what is done about it."""

    def __init__(self, forum: Forum, board: str, topic: str, post: str) -> None:
        self.forum, self.board, self.topic, self.post = forum, board, topic, post

    async def call(
        self, method: str, path: str, body: object = None, who: str | None = None, role: Role = Role.MEMBER
    ) -> httpx.Response:
        return await self.forum.client.request(method, path, json=body, headers=self.forum.headers(who, role))

    async def notice(self, who: str | None = None, **fields: Any) -> dict[str, Any]:
        said = {"kind": "post", "item": self.post, "ground": "insult", "reason": "It insults Ana.", "good_faith": True}
        return ok(await self.call("POST", "/notices", said | fields, who))

    async def decide(self, notice: str, who: str = "mira", **fields: Any) -> httpx.Response:
        return await self.call("POST", f"/notices/{notice}/decision", REMOVE | fields, who, Role.MODERATOR)

    async def removed(self) -> dict[str, Any]:
        return ok(await self.decide((await self.notice())["id"]))

    async def appeal(self, statement: str, who: str = "ben") -> httpx.Response:
        return await self.call("POST", f"/statements/{statement}/appeal", {"text": "It was a joke."}, who)

    async def judge(self, appeal: str, outcome: str, who: str = "max", role: Role = Role.MODERATOR) -> httpx.Response:
        body = {"outcome": outcome, "explanation": "We looked again."}
        return await self.call("POST", f"/appeals/{appeal}/outcome", body, who, role)

    async def shown(self) -> dict[str, Any]:
        """The post as everybody sees it."""
        posts = (await self.forum.get(f"/topics/{self.topic}/posts"))["items"]
        return next(post for post in posts if post["id"] == self.post)

    async def everywhere(self) -> str:
        """All that is public about the board, in one text."""
        paths = [f"/topics/{self.topic}/posts", f"/topics/{self.topic}/view", f"/boards/{self.board}/result"]
        paths += [f"/boards/{self.board}/export?format={name}" for name in ("csv", "jsonl")]
        told = [(await self.forum.client.get(path)).text for path in [*paths, f"/topics/{self.topic}"]]
        return re.sub('"computed_at":"[^"]*"', "", "".join(told))

    def pass_days(self, days: int) -> None:
        kit: Kit = self.forum.app.state.kit
        later = kit.clock() + timedelta(days=days)
        kit.clock = lambda: later


@pytest_asyncio.fixture
async def case(forum: Forum) -> Case:
    board = await forum.create_board()
    topic = (await forum.create_topic(board))["id"]
    return Case(forum, board, topic, (await forum.create_post(topic, text=RUDE))["id"])


class TestNotice:
    @pytest.mark.parametrize("who", [None, "cleo"])
    async def test_anybody_gives_notice_and_is_told_that_it_came_in(self, case: Case, who: str | None) -> None:
        receipt = await case.notice(who)
        assert receipt["secret"]
        assert [event["data"]["item"] for event in await case.forum.recorded("notice.filed.v1")] == [case.post]

    async def test_who_gave_it_is_told_to_nobody(self, case: Case) -> None:
        await case.notice("cleo", contact="cleo@example.org")
        listed = (await case.call("GET", "/notices", who="mira", role=Role.MODERATOR)).text
        assert "cleo" not in listed + str(await case.forum.recorded("notice.filed.v1"))

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"good_faith": False}, "/good_faith"),
            ({"reason": " "}, "/reason"),
            ({"kind": "poem"}, "/kind"),
            ({"ground": "bad"}, "/ground"),
            ({"contact": "me"}, "/contact"),
        ],
    )
    async def test_what_the_law_asks_for_must_be_there(self, case: Case, fields: dict[str, Any], pointer: str) -> None:
        said = {"kind": "post", "item": case.post, "ground": "insult", "reason": "Insult", "good_faith": True}
        answer = await case.call("POST", "/notices", said | fields)
        assert (problem(answer)[0], problem(answer)[2]) == (422, [pointer])

    async def test_about_nothing_is_not_found(self, case: Case) -> None:
        said = {"kind": "topic", "item": NOWHERE, "ground": "spam", "reason": "Spam", "good_faith": True}
        assert problem(await case.call("POST", "/notices", said))[0] == 404

    async def test_about_what_is_gone_is_refused(self, case: Case) -> None:
        await case.removed()
        said = {"kind": "post", "item": case.post, "ground": "spam", "reason": "Spam", "good_faith": True}
        assert problem(await case.call("POST", "/notices", said))[:2] == (409, "item-gone")

    async def test_its_secret_shows_what_became_of_it(self, case: Case) -> None:
        receipt = await case.notice()
        path = f"/notices/{receipt['id']}?secret={receipt['secret']}"
        assert (await case.forum.get(path))["decision"] is None
        await case.decide(receipt["id"])
        answer = await case.forum.get(path)
        assert (answer["state"], answer["decision"]["outcome"]) == ("decided", "remove")
        assert "Calls Ana" not in str(answer)

    @pytest.mark.parametrize(("who", "secret"), [(None, ""), (None, "?secret=guessed"), ("dora", "")])
    async def test_for_others_it_is_as_if_it_were_not_there(self, case: Case, who: str | None, secret: str) -> None:
        receipt = await case.notice("cleo")
        foreign = await case.call("GET", f"/notices/{receipt['id']}{secret}", who=who)
        missing = await case.call("GET", f"/notices/{NOWHERE}{secret}", who=who)
        assert (foreign.status_code, foreign.content) == (404, missing.content)

    async def test_who_gave_it_sees_it_without_the_secret(self, case: Case) -> None:
        receipt = await case.notice("cleo")
        assert (await case.call("GET", f"/notices/{receipt['id']}", who="cleo")).is_success

    @pytest.mark.parametrize(("who", "status"), [(None, 401), ("ana", 403)])
    async def test_the_queue_is_for_moderators(self, case: Case, who: str | None, status: int) -> None:
        for path in ("/notices", "/appeals"):
            assert (await case.call("GET", path, who=who)).status_code == status

    async def test_moderators_see_what_it_is_about(self, case: Case) -> None:
        notice = await case.notice()
        (listed,) = ok(await case.call("GET", "/notices", who="mira", role=Role.MODERATOR))["items"]
        assert (listed["id"], listed["matter"]["excerpt"]) == (notice["id"], RUDE)
        page = await case.forum.client.get(listed["matter"]["page"])
        assert f'id="post-{case.post}"' in page.text

    async def test_an_address_is_forgotten_six_months_after_the_decision(self, case: Case) -> None:
        notice = (await case.notice(contact="cleo@example.org"))["id"]
        path, kit = f"/notices/{notice}/contact", case.forum.app.state.kit
        assert ok(await case.call("GET", path, who="mira", role=Role.MODERATOR)) == {"contact": "cleo@example.org"}
        await case.decide(notice)
        case.pass_days(185)
        await kit.db.write(actions.forget_old, kit.clock())
        assert problem(await case.call("GET", path, who="mira", role=Role.MODERATOR))[0] == 404


class TestDecision:
    async def test_what_is_removed_is_gone_everywhere(self, case: Case) -> None:
        assert "fool" in await case.everywhere()
        await case.removed()
        assert "fool" not in await case.everywhere()
        assert (await case.shown())["reason"] == REMOVE["clause"]
        assert [event["actor"] for event in await case.forum.recorded("notice.decided.v1")] == ["mira"]

    async def test_what_is_kept_stays(self, case: Case) -> None:
        notice = (await case.notice())["id"]
        kept = ok(await case.call("POST", f"/notices/{notice}/decision", {"outcome": "keep"}, "mira", Role.MODERATOR))
        assert (kept["in_force"], (await case.shown())["state"]) == (False, "published")
        assert ok(await case.call("GET", "/statements", who="ben"))["items"] == []

    @pytest.mark.parametrize(
        ("fields", "pointers"),
        [
            ({"facts": None, "ground": None}, ["/ground", "/facts"]),
            ({"outcome": "hide"}, ["/until"]),
            ({"outcome": "hide", "until": "2020-01-01T00:00:00Z"}, ["/until"]),
            ({"until": "2099-01-01T00:00:00Z"}, ["/until", "/until"]),
        ],
    )
    async def test_nothing_goes_without_reasons(self, case: Case, fields: dict[str, Any], pointers: list[str]) -> None:
        answer = await case.decide((await case.notice())["id"], **fields)
        assert (problem(answer)[0], problem(answer)[2]) == (422, pointers)
        assert (await case.shown())["state"] == "published"

    async def test_one_decision_answers_all_notices_about_an_item(self, case: Case) -> None:
        notices = [(await case.notice(who))["id"] for who in (None, "cleo", "dora")]
        assert ok(await case.decide(notices[1]))["notices"] == notices
        assert problem(await case.decide(notices[0]))[:2] == (409, "decided-already")

    async def test_of_two_at_once_one_wins(self, case: Case) -> None:
        notice = (await case.notice())["id"]
        answers = await asyncio.gather(*(case.decide(notice, who=f"mira-{number}") for number in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
        assert len(await case.forum.recorded("notice.decided.v1")) == 1

    @pytest.mark.parametrize(("who", "status"), [(None, 401), ("ben", 403)])
    async def test_only_moderators_decide(self, case: Case, who: str | None, status: int) -> None:
        notice = (await case.notice())["id"]
        assert (await case.call("POST", f"/notices/{notice}/decision", REMOVE, who)).status_code == status

    async def test_about_a_missing_notice_is_not_found(self, case: Case) -> None:
        assert problem(await case.decide(NOWHERE))[0] == 404

    async def test_what_is_hidden_comes_back_on_its_day(self, case: Case) -> None:
        until = (case.forum.app.state.kit.clock() + timedelta(days=7)).isoformat()
        await case.decide((await case.notice())["id"], outcome="hide", until=until)
        assert (await case.shown())["text"] == ""
        case.pass_days(8)
        await worker.end_due(case.forum.app.state.moderated, case.forum.app.state.kit)
        assert (await case.shown())["text"] == RUDE
        assert len(await case.forum.recorded("restriction.ended.v1")) == 1

    async def test_a_moderator_who_removes_something_herself_states_her_reasons(self, case: Case) -> None:
        body = {"reason": "House rules 3"}
        await case.call("POST", f"/posts/{case.post}/remove", body, "mira", Role.MODERATOR)
        (statement,) = ok(await case.call("GET", "/statements", who="ben"))["items"]
        assert (statement["clause"], statement["ground"], statement["legal"]) == (body["reason"], "other-terms", False)


class TestStatement:
    async def test_the_author_reads_why_and_what_she_can_do(self, case: Case) -> None:
        decision = await case.removed()
        (statement,) = ok(await case.call("GET", "/statements", who="ben"))["items"]
        told = {name: statement[name] for name in ("facts", "ground", "clause", "automated", "restriction")}
        assert told == {name: REMOVE.get(name, False) for name in told} | {"restriction": "remove"}
        assert (statement["words"], statement["id"]) == ({"text": RUDE}, decision["id"])
        assert {"en", "es", "de"} <= statement["redress"].keys()

    @pytest.mark.parametrize(("who", "status"), [(None, 401), ("ana", 404)])
    async def test_nobody_else_reads_it(self, case: Case, who: str | None, status: int) -> None:
        path = f"/statements/{(await case.removed())['id']}"
        assert (await case.call("GET", path, who=who)).status_code == status
        assert (await case.call("POST", f"{path}/appeal", {"text": "No"}, who)).status_code == status

    async def test_an_appeal_brings_it_back(self, case: Case) -> None:
        before = await case.everywhere()
        appeal = ok(await case.appeal((await case.removed())["id"]))
        ok(await case.judge(appeal["id"], "reversed"))
        assert (await case.everywhere(), (await case.shown())["reason"]) == (before, None)
        assert len(await case.forum.recorded("post.restored.v1")) == 1

    async def test_a_decision_that_is_upheld_stands(self, case: Case) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        ok(await case.judge(appeal["id"], "upheld"))
        (statement,) = ok(await case.call("GET", "/statements", who="ben"))["items"]
        assert (statement["appeal"]["outcome"], (await case.shown())["text"]) == ("upheld", "")

    async def test_it_is_appealed_once(self, case: Case) -> None:
        decision = await case.removed()
        await case.appeal(decision["id"])
        assert problem(await case.appeal(decision["id"]))[:2] == (409, "appealed-already")

    async def test_it_is_appealed_within_six_months(self, case: Case) -> None:
        decision = await case.removed()
        case.pass_days(185)
        assert problem(await case.appeal(decision["id"]))[:2] == (409, "appeal-too-late")

    async def test_nobody_judges_her_own_decision(self, case: Case) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        assert problem(await case.judge(appeal["id"], "upheld", who="mira"))[:2] == (403, "own-decision")

    async def test_an_owner_may_where_there_is_nobody_else(self, case: Case) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        assert (await case.judge(appeal["id"], "upheld", who="mira", role=Role.OWNER)).is_success

    async def test_an_appeal_is_judged_once(self, case: Case) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        outcomes = ("upheld", "reversed", "reversed")
        answers = await asyncio.gather(*(case.judge(appeal["id"], outcome) for outcome in outcomes))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]

    @pytest.mark.parametrize(("who", "status"), [(None, 401), ("ben", 403)])
    async def test_only_moderators_judge(self, case: Case, who: str | None, status: int) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        assert (await case.judge(appeal["id"], "reversed", who=who or "", role=Role.MEMBER)).status_code == status

    async def test_words_are_let_go_after_the_time_to_appeal(self, case: Case) -> None:
        await case.removed()
        case.pass_days(185)
        await case.forum.app.state.kit.db.write(actions.forget_old, case.forum.app.state.kit.clock())
        (statement,) = ok(await case.call("GET", "/statements", who="ben"))["items"]
        assert statement["words"] is None


class TestTopic:
    async def test_a_topic_comes_back_as_it_was(self, case: Case) -> None:
        before = await case.forum.get(f"/topics/{case.topic}")
        decision = ok(await case.decide((await case.notice(kind="topic", item=case.topic))["id"]))
        assert (await case.forum.get(f"/topics/{case.topic}"))["state"] == "closed"
        appeal = ok(await case.appeal(decision["id"], who="ana"))
        ok(await case.judge(appeal["id"], "reversed"))
        assert await case.forum.get(f"/topics/{case.topic}") == before

    async def test_a_final_result_loses_its_words_and_gets_them_back(self, case: Case) -> None:
        before = await case.forum.close(case.board)
        decision = ok(await case.decide((await case.notice(kind="topic", item=case.topic))["id"]))
        without = await case.forum.get(f"/boards/{case.board}/result")
        assert (without["items"][0]["title"], without["version"]) == ("[removed]", 2)
        assert (without["counts"], "text" in without["items"][0]) == (before["counts"], False)
        appeal = ok(await case.appeal(decision["id"], who="ana"))
        ok(await case.judge(appeal["id"], "reversed"))
        after = await case.forum.get(f"/boards/{case.board}/result")
        assert (after["items"], after["hash"], after["version"]) == (before["items"], before["hash"], 3)


class TestLog:
    async def test_everybody_sees_what_was_decided(self, case: Case) -> None:
        appeal = ok(await case.appeal((await case.removed())["id"]))
        assert (await case.forum.get("/moderation-log"))["items"][0]["appeal"] == "open"
        await case.judge(appeal["id"], "reversed")
        (entry,) = (await case.forum.get("/moderation-log"))["items"]
        assert entry.keys() == {"day", "kind", "outcome", "ground", "automated", "appeal"}
        assert (entry["kind"], entry["outcome"], entry["appeal"]) == ("post", "remove", "reversed")
        (count,) = (await case.forum.get("/moderation-log/counts"))["items"]
        assert [count[name] for name in ("decisions", "automated", "appeals", "reversed")] == [1, 0, 1, 1]

    async def test_nobody_is_named_in_it(self, case: Case) -> None:
        await case.notice("cleo", contact="cleo@example.org")
        appeal = ok(await case.appeal((await case.removed())["id"]))
        await case.judge(appeal["id"], "upheld")
        paths = ("/moderation-log", "/moderation-log/counts", "/moderation-log/export?format=csv")
        told = "".join([(await case.forum.client.get(path)).text for path in paths])
        secret = [
            "ana",
            "ben",
            "cleo",
            "mira",
            "max",
            case.post,
            case.topic,
            case.board,
            "fool",
            "joke",
            REMOVE["clause"],
        ]
        assert [word for word in secret if f'"{word}' in told or f",{word}" in told] == []

    async def test_its_pages_show_each_decision_once(self, case: Case) -> None:
        for _ in range(3):
            post = (await case.forum.create_post(case.topic))["id"]
            await case.call(
                "POST", f"/posts/{post}/remove", {"reason": "Spam", "ground": "spam"}, "mira", Role.MODERATOR
            )
        first = await case.forum.get("/moderation-log?limit=2")
        rest = await case.forum.get(f"/moderation-log?limit=2&cursor={first['next']}")
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)


class TestErasure:
    async def test_an_author_takes_all_that_was_decided_about_her_with_her(self, case: Case) -> None:
        await case.removed()
        held = (await case.forum.get("/subjects/ben", case.forum.headers("ben")))["data"]["moderation"]
        assert [one["facts"] for one in held["statements"]] == [REMOVE["facts"]]

    async def test_an_erased_author_leaves_the_log_and_no_words(self, case: Case) -> None:
        decision = await case.removed()
        before = await case.forum.get("/moderation-log")
        await case.call("DELETE", "/subjects/ben", who="ben")
        assert await case.forum.get("/moderation-log") == before
        kept = await case.forum.app.state.kit.db.read(_row, decision["id"])
        assert (kept.author, kept.facts, kept.kept) == (None, None, None)

    async def test_who_gave_notice_is_forgotten_with_her_words(self, case: Case) -> None:
        notice = (await case.notice("cleo", contact="cleo@example.org"))["id"]
        await case.call("DELETE", "/subjects/cleo", who="cleo")
        assert problem(await case.call("GET", f"/notices/{notice}/contact", who="mira", role=Role.MODERATOR))[0] == 404
        listed = ok(await case.call("GET", "/notices", who="mira", role=Role.MODERATOR))["items"]
        assert [one["reason"] for one in listed] == [""]
