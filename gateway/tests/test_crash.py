"""The gateway is cut off in the middle of any call, before or after the block has acted, and ends in the same state."""

import asyncio
from typing import Any

import pytest

CALLS = 7
"""Calls that the process below makes: create, open, close; create, import, open, close."""


async def play(world: Any, template: dict[str, Any]) -> tuple[str, list[Any]]:
    """The process to its end, starting the gateway again whenever it hangs; what came out, without ids."""
    watching = asyncio.create_task(restart_when_it_hangs(world))
    try:
        process = await world.begin(template, inputs={"question": "Well?"})
        needs = await patient(world, process, "needs")
        await world.enter(world.asks, needs["asset"], "ann", "Trees")
        await world.enter(world.asks, needs["asset"], "ben", "Benches")
        await world.close(process, "needs")
        await patient(world, process, "ideas")
        world.ideas.outcome = "funded"
        await world.close(process, "ideas")
        await patient(world, process, "approve")
        await world.decide(process, "approve", "accept")
        return process, await outcome(world, process)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=not watching.done())  # a restart that broke is told


async def restart_when_it_hangs(world: Any) -> None:
    await world.hanging.wait()
    world.hang_before = world.hang_after = 0
    async with world.turn:
        await world.stop()
        await world.start()


async def patient(world: Any, process: str, task: str) -> dict[str, Any]:
    """The task once it is active, whoever restarts meanwhile."""
    return dict(await world.task(process, task, "active"))


async def outcome(world: Any, process: str) -> list[Any]:
    """What a killed process must have in common with one that was left alone."""
    state = (await world.ended(process))["state"]
    tasks = [(task["state"], task["attempt"], task["items"]) for task in (await world.tasks(process)).values()]
    told = (await world.ask("GET", f"/processes/{process}/feedback", headers=world.token())).json()["items"]
    feedback = [(one["subject"], [entry["outcome"] for entry in one["entries"]]) for one in told]
    edges = (await world.ask("GET", f"/processes/{process}/provenance")).json()["items"]
    audit = (await world.ask("GET", f"/processes/{process}/audit", headers=world.token())).json()
    made = [len(items) for items in world.ideas.items.values()]
    return [state, tasks, feedback, len(edges), audit["holds"], [entry["action"] for entry in audit["items"]], made]


EXPECTED = [
    "finished",
    [("done", 1, 2), ("done", 1, 2), ("done", 1, None)],
    [("ann", ["funded"]), ("ben", ["funded"])],
    2,
    True,
    [
        *("process.started", "task.started", "asset.created", "close.asked", "asset.closed", "result.taken"),
        *("task.finished", "task.started", "asset.created", "items.handed-over", "close.asked", "asset.closed"),
        *("result.taken", "task.finished", "task.started", "option.chosen", "task.finished", "process.finished"),
    ],
    [2],
]


async def test_a_process_left_alone_makes_the_calls_it_needs(world: Any, template: dict[str, Any]) -> None:
    _, came_out = await play(world, template)
    assert came_out == EXPECTED
    assert world.posts == CALLS


@pytest.mark.parametrize("moment", ["hang_before", "hang_after"])
@pytest.mark.parametrize("call", range(1, CALLS + 1))
async def test_cut_off_in_any_call_it_ends_the_same(
    world: Any, template: dict[str, Any], call: int, moment: str
) -> None:
    setattr(world, moment, call)
    _, came_out = await play(world, template)
    assert world.hanging.is_set()
    assert came_out == EXPECTED
