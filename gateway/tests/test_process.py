"""Whole processes, from the template to the feedback, with blocks that keep the contract."""

from typing import Any

import pytest

INPUTS = {"inputs": {"question": "Well?"}}


async def run_to_decision(world: Any, process: str) -> tuple[str, str]:
    """Ask, answer, hand over, and collect ideas; the ids of what ann and ben said."""
    needs = await world.task(process, "needs", "active")
    said = await world.enter(world.asks, needs["asset"], "ann", "Trees")
    await world.enter(world.asks, needs["asset"], "cem", "nothing")
    await world.close(process, "needs")
    ideas = await world.task(process, "ideas", "active")
    own = await world.enter(world.ideas, ideas["asset"], "ben", "Benches")
    world.ideas.outcome = "funded"
    await world.close(process, "ideas")
    await world.task(process, "approve", "active")
    return said, own


async def test_a_process_runs_to_its_end_and_everyone_is_told_once(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    await run_to_decision(world, process)
    assert (await world.decide(process, "approve", "accept")).status_code == 200
    assert (await world.ended(process))["state"] == "finished"
    told = (await world.ask("GET", f"/processes/{process}/feedback", headers=world.token())).json()["items"]
    outcomes = {one["subject"]: [entry["outcome"] for entry in one["entries"]] for one in told}
    assert outcomes == {"ann": ["funded"], "ben": ["funded"], "cem": ["not-passed-on"]}


async def test_every_handed_over_item_has_its_provenance(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    said, _ = await run_to_decision(world, process)
    found = (await world.ask("GET", f"/processes/{process}/provenance")).json()["items"]
    assert [(edge["source"]["task"], edge["source"]["item"], edge["target"]["task"]) for edge in found] == [
        ("needs", said, "ideas")
    ]
    imported = world.ideas.items[next(iter(world.ideas.items))][found[0]["target"]["item"]]
    assert (imported.text, imported.source.item) == ("Trees", said)


async def test_a_decision_can_send_the_process_back(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    said, own = await run_to_decision(world, process)
    first = (await world.tasks(process))["ideas"]["asset"]
    await world.decide(process, "approve", "revise")
    again = await world.task(process, "ideas", "active", attempt=2)
    assert again["asset"] != first
    items = world.ideas.items[next(key for key in world.ideas.items if str(key) == again["asset"])]
    assert sorted(item.text for item in items.values()) == ["Benches", "Trees"]
    edges = (await world.ask("GET", f"/processes/{process}/provenance")).json()["items"]
    into = [edge["source"]["item"] for edge in edges if edge["target"]["asset"] == again["asset"]]
    assert len(edges) == 4
    assert {said, own} < set(into)


async def test_what_was_said_before_the_way_back_is_followed_to_the_end(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    await run_to_decision(world, process)
    await world.decide(process, "approve", "revise")
    await world.task(process, "ideas", "active", attempt=2)
    world.ideas.outcome = "funded at last"
    await world.close(process, "ideas")
    await world.task(process, "approve", "active", attempt=2)
    await world.decide(process, "approve", "accept")
    await world.ended(process)
    told = (await world.ask("GET", f"/processes/{process}/feedback", headers=world.token())).json()["items"]
    by_subject = {one["subject"]: {entry["outcome"] for entry in one["entries"]} for one in told}
    assert by_subject["ann"] == by_subject["ben"] == {"funded at last"}


async def test_the_record_holds_and_cannot_be_changed(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    await world.task(process, "needs", "active")
    audit = (await world.ask("GET", f"/processes/{process}/audit", headers=world.token())).json()
    assert audit["holds"]
    assert [entry["action"] for entry in audit["items"]] == ["process.started", "task.started", "asset.created"]
    kit = world.app.state.kit
    for change in ("DELETE FROM audit", "UPDATE audit SET action = 'x'"):
        with pytest.raises(Exception, match="can only grow"):
            await kit.db.write(lambda session, sql=change: session.connection().exec_driver_sql(sql))


async def test_a_block_that_is_away_makes_its_task_wait_and_say_so(world: Any, template: dict[str, Any]) -> None:
    world.away.add("asks")
    process = await world.begin(template, **INPUTS)

    async def says_so() -> bool:
        return (await world.tasks(process))["needs"]["waiting_for"] is not None

    await world.eventually(says_so)
    needs = (await world.tasks(process))["needs"]
    assert needs["state"] == "starting"
    assert needs["waiting_for"]["text"].startswith("waiting for survey: not reachable (ConnectError), since 20")
    world.away.clear()
    await world.ask("POST", f"/processes/{process}/tasks/needs/retry", headers=world.token())
    assert (await world.task(process, "needs", "active"))["waiting_for"] is None


async def test_a_block_that_does_not_know_our_key_yet_makes_its_task_wait_and_not_fail(
    world: Any, template: dict[str, Any]
) -> None:
    world.unaware.add("asks")
    process = await world.begin(template, **INPUTS)

    async def says_so() -> bool:
        waiting = (await world.tasks(process))["needs"]["waiting_for"]
        return waiting is not None and "it answered 401" in waiting["text"]

    await world.eventually(says_so)
    world.unaware.clear()
    await world.ask("POST", f"/processes/{process}/tasks/needs/retry", headers=world.token())
    assert (await world.task(process, "needs", "active"))["waiting_for"] is None


async def test_a_refusal_fails_the_task_until_its_owner_tries_again(world: Any, template: dict[str, Any]) -> None:
    world.refusing.add("asks")
    process = await world.begin(template, **INPUTS)
    needs = await world.task(process, "needs", "failed")
    assert needs["error"] == "The block refused (422): No.; /config: is wrong"
    world.refusing.clear()
    answer = await world.ask("POST", f"/processes/{process}/tasks/needs/retry", headers=world.token())
    assert answer.status_code == 200
    await world.task(process, "needs", "active")
    again = await world.ask("POST", f"/processes/{process}/tasks/needs/retry", headers=world.token())
    assert again.json()["type"].endswith("task-not-failed")


async def test_an_expression_without_a_value_fails_its_task(world: Any, template: dict[str, Any]) -> None:
    template["phases"][1]["tasks"][0]["import"][0]["map"]["text"] = "${{ item.nothing }}"
    process = await world.begin(template, **INPUTS)
    needs = await world.task(process, "needs", "active")
    await world.enter(world.asks, needs["asset"], "ann", "Trees")
    await world.close(process, "needs")
    ideas = await world.task(process, "ideas", "failed")
    assert "item.nothing" in ideas["error"]


async def test_a_cancelled_process_closes_what_is_open_and_tells_everyone(world: Any, template: dict[str, Any]) -> None:
    process = await world.begin(template, **INPUTS)
    needs = await world.task(process, "needs", "active")
    await world.enter(world.asks, needs["asset"], "ann", "Trees")

    async def heard() -> bool:
        return bool(await world.count_contributions(process))

    await world.pull("asks")
    await world.eventually(heard)
    body = {"reason": "No money."}
    answer = await world.ask("POST", f"/processes/{process}/cancel", json=body, headers=world.token())
    assert answer.json()["state"] == "cancelled"
    told = (await world.ask("GET", f"/processes/{process}/feedback", headers=world.token())).json()["items"]
    assert [one["subject"] for one in told] == ["ann"]
    await world.asset_state("asks", needs["asset"], "closed")
    assert (await world.decide(process, "approve", "accept")).status_code == 409


async def test_a_process_that_is_over_forgets_the_words_of_what_was_purged(
    world: Any, template: dict[str, Any]
) -> None:
    process = await world.begin(template, **INPUTS)
    await run_to_decision(world, process)
    asset = (await world.tasks(process))["ideas"]["asset"]
    purged = {"asset": asset, "context": None, "result_kept": False}
    await world.tell("eu.interlinkers.ideas.asset.purged.v1", purged)
    assert "Benches" in (await world.ask("GET", f"/processes/{process}/view")).text
    await world.decide(process, "approve", "accept")
    await world.ended(process)
    for name in ("asset.purged.v1", "asset.deleted.v1"):
        await world.tell(f"eu.interlinkers.ideas.{name}", purged)
    page = (await world.ask("GET", f"/processes/{process}/view")).text
    assert ("Benches" in page, "[removed]" in page) == (False, True)
    assert (await world.ask("GET", f"/processes/{process}")).json()["state"] == "finished"


async def test_waits_end_by_time_and_by_what_happens_elsewhere(world: Any) -> None:
    wait = {"id": "soon", "wait": {"for": "PT0.1S"}}
    late = {"id": "late", "wait": {"until": "${{ '2020-01-01T00:00:00Z' }}"}, "needs": ["soon"]}
    never = {"id": "never", "wait": {"until": "${{ 'one day' }}"}}
    event = {
        "event": "eu.interlinkers.asks.asset.closed.v1",
        "match": "${{ event.data.asset == tasks.ask.result.items.size() || true }}",
    }
    other = {"id": "ask", "uses": "survey", "if": "${{ 1 > 2 }}"}
    heard = {"id": "heard", "wait": event, "needs": ["ask"]}
    tasks = [wait, late, never, other, heard]
    document = {"id": "waits", "version": "1.0.0", "title": {"en": "W"}, "phases": [{"id": "p", "tasks": tasks}]}
    process = await world.begin(document)
    await world.task(process, "late", "done")
    assert (await world.task(process, "never", "failed"))["error"].startswith("The value 'one day' must be a time")
    assert (await world.tasks(process))["ask"]["state"] == "skipped"
    assert (await world.tasks(process))["heard"]["state"] == "active"
    await world.tell("eu.interlinkers.asks.asset.closed.v1", {"asset": "00000000-0000-7000-8000-000000000000"})
    await world.task(process, "heard", "done")
