"""The API: who may do what, and what bad input is answered with."""

import copy
from typing import Any

import pytest

from interlinker_shared.auth import Role

NOWHERE = "00000000-0000-7000-8000-000000000000"
YAML = {"Content-Type": "application/yaml"}
JSON = {"Content-Type": "application/json"}
INPUTS = {"inputs": {"question": "Well?"}}


def problem(answer: Any, status: int) -> list[str]:
    """The pointers of a problem document with that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    return [error["pointer"] for error in answer.json().get("errors", [])]


class TestUploadTemplate:
    async def test_yaml_and_json_are_taken(self, world: Any, template: dict[str, Any]) -> None:
        yaml = b"id: a\nversion: 1.0.0\ntitle: {en: A}\nphases: [{id: p, tasks: [{id: t, wait: {for: P1D}}]}]"
        answer = await world.ask("POST", "/templates", content=yaml, headers=world.token() | YAML)
        assert (answer.status_code, answer.json()["id"]) == (201, "a")
        assert (await world.upload(template)).status_code == 201
        listed = (await world.ask("GET", "/templates")).json()["items"]
        assert [one["id"] for one in listed] == ["a", "budget"]

    async def test_the_same_again_is_fine_and_another_under_its_version_is_not(
        self, world: Any, template: dict[str, Any]
    ) -> None:
        first = await world.upload(template)
        assert (await world.upload(template)).json() == first.json()
        problem(await world.upload(template | {"title": {"en": "Other"}}), 409)
        later = template | {"title": {"en": "Other"}, "version": "1.0.1"}
        assert (await world.upload(later)).status_code == 201
        newest = (await world.ask("GET", "/templates/budget")).json()
        assert newest["version"] == "1.0.1"
        assert (await world.ask("GET", "/templates/budget", params={"version": "1.0.0"})).json()["document"] == template

    async def test_every_error_is_named_by_its_place(self, world: Any, template: dict[str, Any]) -> None:
        broken = copy.deepcopy(template)
        broken["phases"][0]["tasks"][0]["uses"] = "petition"
        broken["phases"][1]["tasks"][1]["needs"] = ["nobody"]
        pointers = problem(await world.upload(broken), 422)
        assert pointers == ["/phases/1/tasks/1/needs/0", "/phases/0/tasks/0/uses"]
        assert (await world.ask("GET", "/templates")).json()["items"] == []

    @pytest.mark.parametrize(
        ("content", "headers", "status"),
        [
            (b"{", JSON, 400),
            (b"a: [", YAML, 400),
            (b"\xff\xfe\x00", YAML, 400),
            (b"", YAML, 422),
            (b"", JSON, 400),
            (b"a: 1", {"Content-Type": "text/plain"}, 415),
            (b'{"id": "nul\\u0000"}', JSON, 422),
            (b'{"id": 1e999}', JSON, 422),
            (b'{"id": 123456789012345678901234567890}', JSON, 422),
            (b"a" * 300_000, YAML, 413),
            (b"a" * 2_100_000, YAML, 413),
        ],
    )
    async def test_bad_bodies_are_problems(
        self, world: Any, content: bytes, headers: dict[str, str], status: int
    ) -> None:
        problem(await world.ask("POST", "/templates", content=content, headers=world.token() | headers), status)

    async def test_it_is_for_owners(self, world: Any, template: dict[str, Any]) -> None:
        problem(await world.ask("POST", "/templates", json=template), 401)
        problem(await world.ask("POST", "/templates", json=template, headers=world.token(Role.MODERATOR, "mona")), 403)

    async def test_an_unknown_template_is_not_found(self, world: Any) -> None:
        problem(await world.ask("GET", "/templates/nobody"), 404)
        assert (await world.ask("GET", "/templates/schema")).json()["title"].startswith("Process template")


class TestStartProcess:
    @pytest.mark.parametrize(
        ("body", "pointers"),
        [
            ({}, ["/inputs/question"]),
            ({"inputs": {"question": 1}}, ["/inputs/question"]),
            ({"inputs": {"question": "a", "more": 1}}, ["/inputs/more"]),
            (INPUTS | {"roles": {"king": ["ann"]}}, ["/roles/king"]),
            (INPUTS | {"extra": 1}, ["/extra"]),
            (INPUTS | {"language": "not a tag"}, ["/language"]),
            ({"inputs": {"question": "nul\0"}}, ["/inputs"]),
        ],
    )
    async def test_wrong_inputs_are_named(
        self, world: Any, template: dict[str, Any], body: dict[str, Any], pointers: list[str]
    ) -> None:
        await world.upload(template)
        answer = await world.ask("POST", "/processes", json={"template": "budget"} | body, headers=world.token())
        assert problem(answer, 422) == pointers
        assert (await world.ask("GET", "/processes")).json()["items"] == []

    async def test_an_unknown_template_is_not_found(self, world: Any) -> None:
        problem(await world.ask("POST", "/processes", json={"template": "nobody"}, headers=world.token()), 404)

    async def test_it_is_for_moderators(self, world: Any) -> None:
        problem(await world.ask("POST", "/processes", json={"template": "budget"}), 401)
        member = world.token(Role.MEMBER, "ann")
        problem(await world.ask("POST", "/processes", json={"template": "budget"}, headers=member), 403)

    async def test_one_idempotency_key_starts_one_process(self, world: Any, template: dict[str, Any]) -> None:
        await world.upload(template)
        headers = world.token() | {"Idempotency-Key": "once"}
        body = {"template": "budget"} | INPUTS
        first, second = [await world.ask("POST", "/processes", json=body, headers=headers) for _ in range(2)]
        assert first.json()["id"] == second.json()["id"]
        assert len((await world.ask("GET", "/processes", params={"state": "running"})).json()["items"]) == 1


class TestDecide:
    @pytest.fixture
    async def process(self, world: Any) -> str:
        decision = {"role": "board", "options": ["yes", "no"], "quorum": 2}
        task = {"id": "choose", "decision": decision}
        document = {"id": "d", "version": "1.0.0", "title": {"en": "D"}, "phases": [{"id": "p", "tasks": [task]}]}
        return str(await world.begin(document, roles={"board": ["ann", "ben", "cem"]}))

    async def test_it_is_made_once_enough_agree(self, world: Any, process: str) -> None:
        await world.decide(process, "choose", "yes", "ann", Role.MEMBER)
        await world.decide(process, "choose", "no", "ben", Role.MEMBER)
        again = await world.decide(process, "choose", "yes", "ann", Role.MEMBER)
        assert again.json()["decision"]["votes"] == {"no": 1, "yes": 1}
        made = await world.decide(process, "choose", "yes", "cem", Role.MEMBER)
        assert (made.json()["state"], made.json()["option"]) == ("done", "yes")
        assert (await world.ended(process))["state"] == "finished"
        problem(await world.decide(process, "choose", "yes", "ben", Role.MEMBER), 409)

    async def test_only_those_who_are_named_decide(self, world: Any, process: str) -> None:
        problem(await world.decide(process, "choose", "yes", "eve", Role.MODERATOR), 403)
        assert (await world.decide(process, "choose", "yes", "mayor", Role.OWNER)).status_code == 200

    async def test_bad_decisions_are_problems(self, world: Any, process: str) -> None:
        assert problem(await world.decide(process, "choose", "maybe"), 422) == ["/option"]
        problem(await world.decide(process, "nothing", "yes"), 404)
        problem(await world.decide(NOWHERE, "choose", "yes"), 404)
        path = f"/processes/{process}/tasks/choose/decision"
        assert problem(await world.ask("POST", path, json={"option": "yes"}, headers=world.token()), 422) == ["/reason"]
        problem(await world.ask("POST", path, json={"option": "yes", "reason": "x"}), 401)
        problem(await world.ask("POST", path, content=b"{", headers=world.token() | JSON), 400)

    async def test_what_is_no_asset_cannot_be_closed(self, world: Any, process: str) -> None:
        path = f"/processes/{process}/tasks/choose/close"
        problem(await world.ask("POST", path, headers=world.token()), 409)
        problem(await world.ask("POST", path, headers=world.token(Role.MEMBER, "ann")), 403)


class TestRead:
    @pytest.mark.parametrize("path", ["", "/tasks", "/provenance", "/feedback", "/audit"])
    async def test_an_unknown_process_is_not_found(self, world: Any, path: str) -> None:
        problem(await world.ask("GET", f"/processes/{NOWHERE}{path}", headers=world.token()), 404)
        problem(await world.ask("GET", f"/processes/no-id{path}", headers=world.token()), 422)

    @pytest.mark.parametrize("what", ["processes", "templates", f"processes/{NOWHERE}/feedback"])
    async def test_a_made_up_cursor_is_refused(self, world: Any, what: str) -> None:
        for cursor in ("!!", "WzFd", "e30"):
            answer = await world.ask("GET", f"/{what}", params={"cursor": cursor}, headers=world.token())
            assert answer.status_code in {404, 422}

    async def test_everybody_reads_her_own_feedback_only(self, world: Any, template: dict[str, Any]) -> None:
        process = await world.begin(template, **INPUTS)
        path = f"/processes/{process}/feedback"
        problem(await world.ask("GET", path), 401)
        assert (await world.ask("GET", path, headers=world.token(Role.MEMBER, "ann"))).json()["items"] == []

    async def test_the_audit_is_for_moderators_and_what_can_be_done_for_owners(
        self, world: Any, template: dict[str, Any]
    ) -> None:
        process = await world.begin(template, **INPUTS)
        problem(await world.ask("GET", f"/processes/{process}/audit", headers=world.token(Role.MEMBER, "ann")), 403)
        for path in (f"/processes/{process}/tasks/needs/retry", f"/processes/{process}/cancel"):
            answer = await world.ask("POST", path, json={"reason": "x"}, headers=world.token(Role.MODERATOR, "mona"))
            problem(answer, 403)


class TestFrontDoor:
    async def test_what_is_behind_the_door_is_not_the_gateways(self, world: Any) -> None:
        problem(await world.ask("GET", "/i/nobody/x"), 404)
        problem(await world.ask("GET", "/i/asks/%2e%2e/x"), 400)
        problem(await world.ask("GET", "/i/asks/x", headers={"Authorization": "Bearer no"}), 401)


class TestView:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "What can be done now"), ("es", "Qué se puede hacer ahora"), ("de", "Was jetzt getan werden kann")],
    )
    async def test_the_page_says_where_the_process_stands(
        self, world: Any, template: dict[str, Any], language: str, words: str
    ) -> None:
        process = await world.begin(template, **INPUTS)
        needs = await world.task(process, "needs", "active")
        page = await world.ask("GET", f"/processes/{process}/view", params={"lang": language})
        assert page.status_code == 200
        assert words in page.text
        assert f'href="../../i/asks/surveys/{needs["asset"]}/view?lang={language}"' in page.text

    async def test_a_block_that_is_away_is_told(self, world: Any, template: dict[str, Any]) -> None:
        world.away.add("asks")
        process = await world.begin(template, **INPUTS)

        async def told() -> bool:
            page = await world.ask("GET", f"/processes/{process}/view", params={"lang": "en"})
            return "Waiting for “survey”: not reachable" in page.text

        await world.eventually(told)

    async def test_an_unknown_process_is_a_page_too(self, world: Any) -> None:
        page = await world.ask("GET", f"/processes/{NOWHERE}/view", headers={"Accept": "text/html"})
        assert (page.status_code, "<h1>" in page.text) == (404, True)

    async def test_the_list_names_every_process(self, world: Any, template: dict[str, Any]) -> None:
        assert "No process has been started yet." in (await world.ask("GET", "/processes/view")).text
        process = await world.begin(template, **INPUTS)
        assert f"../processes/{process}/view" in (await world.ask("GET", "/processes/view")).text
