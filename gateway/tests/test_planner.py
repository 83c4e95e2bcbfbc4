"""The engine's rules on processes nobody thought of: any template, any order of answers, decisions and returns."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from interlinker_gateway.domain.graph import downstream, find_cycle
from interlinker_gateway.domain.model import (
    ENDED,
    Decision,
    Import,
    Phase,
    ProcessState,
    Standing,
    Task,
    TaskId,
    TaskState,
    Template,
    Uses,
    Wait,
)
from interlinker_gateway.domain.planner import (
    Call,
    Command,
    ExpressionError,
    GoBack,
    Start,
    Step,
    answered,
    apply,
    closed,
    decided,
    failed,
    fresh,
    needs_of,
    plan,
    retried,
    waited,
    waits_for,
)

MAX_ROUNDS = 500


def holds(text: str, variables: Mapping[str, Any]) -> bool:
    if text == "broken":
        raise ExpressionError(text, "has no value")
    return text == "yes"


@st.composite
def tasks(draw: st.DrawFn, number: int) -> Task:
    earlier = [TaskId(f"t{index}") for index in range(number)]
    needs = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if earlier else ()
    sources = draw(st.lists(st.sampled_from(earlier), max_size=2)) if earlier else []
    uses = Uses("any", {}, tuple(Import(source, "${{ [] }}", {}) for source in sources))
    back = {"again": needs[0]} if needs else {}
    kinds: list[Uses | Decision | Wait] = [uses, Decision("any", ("on", "again"), 1, back), Wait(duration="PT1H")]
    work = draw(st.sampled_from(kinds))
    condition = draw(st.sampled_from([None, None, "yes", "no"]))
    return Task(TaskId(f"t{number}"), "p", {}, work, needs, condition)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    size = draw(st.integers(1, 7))
    made = tuple(draw(tasks(number)) for number in range(size))
    return Template("t", "1.0.0", {"en": "T"}, {}, {}, (Phase("p", {}, made),))


def settle(template: Template, standing: Standing) -> tuple[Standing, list[Command]]:
    """Everything the engine does on its own, checked at each command."""
    issued: list[Command] = []
    while commands := plan(template, standing, holds):
        for command in commands:
            if isinstance(command, Start):
                needs = waits_for(template.task(command.task))
                assert all(standing.tasks[need].state in ENDED for need in needs)
            standing = apply(template, standing, command)
            issued.append(command)
        assert len(issued) < MAX_ROUNDS
    return standing, issued


def answer(template: Template, standing: Standing, call: Call) -> Standing:
    asset = f"{call.task}-{call.attempt}" if call.step in {Step.CREATE, Step.CLONE} else None
    result: dict[str, Any] | None = {"items": [], "counts": {}} if call.step is Step.RESULT else None
    return answered(template, standing, call.task, asset=asset, result=result)


def choices(template: Template, standing: Standing, calls: dict[str, Call]) -> list[tuple[str, str]]:
    """What the world may do next to a process that waits."""
    found: list[tuple[str, str]] = []
    for task in template.tasks():
        progress = standing.tasks[task.id]
        if progress.calling:
            found += [("answer", task.id), ("fail", task.id)]
        elif progress.state is TaskState.ACTIVE:
            found.append((type(task.work).__name__, task.id))
        elif progress.state is TaskState.FAILED:
            found.append(("retry", task.id))
    return found


def happen(
    template: Template, standing: Standing, calls: dict[str, Call], event: tuple[str, str], *, back: bool
) -> Standing:
    kind, task = event
    match kind:
        case "answer":
            return answer(template, standing, calls[task])
        case "fail":
            return failed(standing, task, "refused")
        case "retry":
            return retried(template, standing, task)
        case "Uses":
            return closed(standing, task, standing.tasks[task].asset or "")
        case "Decision":
            return decided(standing, task, "again" if back else "on", "because")
        case _:
            return waited(standing, task)


@settings(max_examples=150, deadline=None)
@given(template=templates(), data=st.data())
def test_every_process_ends_with_each_task_done_or_skipped(template: Template, data: st.DataObject) -> None:
    standing = fresh(template, {})
    calls: dict[str, Call] = {}
    returns = failures = 2
    for _ in range(MAX_ROUNDS):
        standing, issued = settle(template, standing)
        assert plan(template, standing, holds) == ()
        calls |= {command.task: command for command in issued if isinstance(command, Call)}
        events = choices(template, standing, calls)
        events = [event for event in events if event[0] != "fail" or failures > 0]
        if not events:
            break
        event = data.draw(st.sampled_from(events))
        back = returns > 0 and data.draw(st.booleans())
        failures -= event[0] == "fail"
        returns -= back and event[0] == "Decision"
        standing = happen(template, standing, calls, event, back=back)
    assert standing.state is ProcessState.FINISHED
    assert all(progress.state in ENDED for progress in standing.tasks.values())


def one_uses(**extra: Any) -> Template:
    work = Uses("any", {}, **extra)
    return Template("t", "1.0.0", {"en": "T"}, {}, {}, (Phase("p", {}, (Task(TaskId("a"), "p", {}, work),)),))


def with_way_back() -> Template:
    first = Task(TaskId("a"), "p", {}, Uses("any", {}, (), None))
    beside = Task(TaskId("b"), "p", {}, Uses("any", {}), (TaskId("a"),))
    choose = Task(TaskId("c"), "p", {}, Decision("any", ("on", "again"), 1, {"again": TaskId("a")}), (TaskId("a"),))
    return Template("t", "1.0.0", {"en": "T"}, {}, {}, (Phase("p", {}, (first, beside, choose)),))


def run_to_decision(template: Template) -> Standing:
    standing = fresh(template, {})
    while standing.tasks["c"].state is not TaskState.ACTIVE:
        standing, issued = settle(template, standing)
        for call in (command for command in issued if isinstance(command, Call) and command.task == "a"):
            standing = answer(template, standing, call)
        if standing.tasks["a"].state is TaskState.ACTIVE:
            standing = closed(standing, "a", "a-1")
    return standing


def test_a_way_back_clones_the_asset_and_resets_what_follows() -> None:
    template = with_way_back()
    standing = decided(run_to_decision(template), "c", "again", "too few")
    (command,) = plan(template, standing, holds)
    assert command == GoBack("c", "a", ("b", "c"))
    standing = apply(template, standing, command)
    assert {task: progress.attempt for task, progress in standing.tasks.items()} == {"a": 2, "b": 2, "c": 2}
    standing, issued = settle(template, standing)
    assert issued == [Start("a"), Call("a", 2, Step.CLONE, 0)]
    standing, issued = settle(template, answer(template, standing, Call("a", 2, Step.CLONE, 0)))
    assert issued == [Call("a", 2, Step.CARRY, 1)]


def test_news_of_an_earlier_attempt_changes_nothing() -> None:
    template = one_uses()
    standing, _ = settle(template, fresh(template, {}))
    standing = answer(template, standing, Call("a", 1, Step.CREATE, 0))
    assert closed(standing, "a", "another") == standing
    once = closed(standing, "a", "a-1")
    assert closed(once, "a", "a-1") is once


def test_a_broken_condition_fails_the_task_and_a_retry_asks_again() -> None:
    template = Template(
        "t", "1.0.0", {}, {}, {}, (Phase("p", {}, (Task(TaskId("a"), "p", {}, Wait("P1D"), (), "broken"),)),)
    )
    standing, _ = settle(template, fresh(template, {}))
    assert standing.tasks["a"].state is TaskState.FAILED
    assert retried(template, standing, "a").tasks["a"].state is TaskState.WAITING


def test_a_skipped_task_lets_its_followers_go() -> None:
    first = Task(TaskId("a"), "p", {}, Wait("P1D"), (), "no")
    second = Task(TaskId("b"), "p", {}, Wait("P1D"), (TaskId("a"),))
    template = Template("t", "1.0.0", {}, {}, {}, (Phase("p", {}, (first, second)),))
    standing, _ = settle(template, fresh(template, {}))
    assert [standing.tasks[task].state for task in "ab"] == [TaskState.SKIPPED, TaskState.ACTIVE]


def test_a_cancelled_process_plans_nothing() -> None:
    template = one_uses()
    assert plan(template, Standing({}, fresh(template, {}).tasks, ProcessState.CANCELLED), holds) == ()


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_a_cycle_is_found_exactly_when_a_task_is_downstream_of_itself(needs: dict[str, list[str]]) -> None:
    looped = [task for task in needs if task in downstream(needs, task)]
    cycle = find_cycle(needs)
    assert bool(cycle) == bool(looped)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in needs[before] for before, after in pairwise(cycle))


def test_needs_include_what_is_imported_from() -> None:
    template = with_way_back()
    assert needs_of(template)["b"] == ("a",)
